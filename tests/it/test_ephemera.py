"""What is told to those who are there and kept nowhere: who is typing, over two gateways, and what a
socket that does not drain misses of it."""

import itertools
import json
import signal
import time

import pytest
from gateways import UNLIMITED, Gateway
from native import LOBBY, bearer
from people import unique
from rawws import RawSocket
from system import wait_until
from wsclient import SUBPROTOCOL, NativeSocket, Refused


@pytest.fixture(scope="module")
def second(system):
    """Another gateway on the same database, without limits."""
    with Gateway(system, **UNLIMITED) as gateway:
        yield gateway


@pytest.fixture
def elsewhere(second):
    """Opens sockets at the other gateway."""
    opened = []

    def open_one(person):
        opened.append(NativeSocket(second.ws_url, person.access_token))
        return opened[-1]

    yield open_one
    for socket in opened:
        socket.close()


def told(socket, kind):
    return [event for event in socket.events if event["type"] == kind]


# --- typing ---------------------------------------------------------------------------------------


def test_the_others_in_the_room_hear_who_is_typing_once(connect, elsewhere, room):
    ann, bob, room_id = room
    hers, hers_too, near, far = connect(ann), elsewhere(ann), connect(bob), elsewhere(bob)
    for socket in (hers, hers_too, near, far):
        socket.join(room_id)
    hers.request("typing", roomId=room_id)
    event = {"type": "typing", "roomId": room_id, "userId": ann.id, "username": ann.name}
    assert near.expect("typing") == event
    assert far.expect("typing") == event
    far.send(type="typing", ref="t", roomId=room_id)  # rung behind hers, so hers are past when it arrives
    assert hers.expect("typing")["userId"] == hers_too.expect("typing")["userId"] == bob.id
    assert [len(told(socket, "typing")) for socket in (hers, hers_too, near, far)] == [1, 1, 1, 1]


def test_typing_is_told_at_most_every_three_seconds(connect, room):
    """Whichever of his sockets it is, and each frame has its ack."""
    ann, bob, room_id = room
    one, two, his = connect(ann), connect(ann), connect(bob)
    other = ann.create_room()["id"]
    ann.add(other, bob)
    for socket in (one, two, his):
        socket.join(room_id)
        socket.join(other)
    began = time.monotonic()
    for socket in (one, two, one):
        socket.request("typing", roomId=room_id)
    one.request("typing", roomId=other)
    his.expect("typing", roomId=other)  # rooms are apart, and what was told before it is past
    assert len(told(his, "typing")) == 2
    while len(told(his, "typing")) < 3 and time.monotonic() < began + 10:
        two.request("typing", roomId=room_id)
        with pytest.raises(TimeoutError):
            his.expect("nothing", timeout=0.25)
    assert 2.9 < time.monotonic() - began < 4.5


@pytest.mark.parametrize("fields, code", (({}, "bad_field"), ({"roomId": "@other"}, "conflict")))
def test_who_has_not_joined_the_room_types_nowhere(connect, room, fields, code):
    ann, _, room_id = room
    fields = {name: room_id for name in fields}
    with pytest.raises(Refused) as refused:
        connect(ann).request("typing", **fields)
    assert refused.value.code == code


def test_who_may_only_read_does_not_type(system, room):
    ann, _, room_id = room
    answer = ann.post("/api/tokens/user", json={"userId": ann.id, "permissions": {"read": True}})
    assert answer.status_code == 201, answer.text
    socket = NativeSocket(system.ws_url, answer.json()["token"])
    socket.join(room_id)
    with pytest.raises(Refused, match="forbidden"):
        socket.request("typing", roomId=room_id)
    socket.close()


def test_a_name_that_was_changed_is_the_one_that_is_told(connect, elsewhere, person, room):
    """The other gateway asks what he is called; it had never heard of him."""
    ann, _, room_id = room
    him = person()
    ann.add(room_id, him)
    far, his = elsewhere(ann), connect(him)
    for socket in (far, his):
        socket.join(room_id)
    name = unique("renamed")
    assert him.put("/api/auth/profile", json={"username": name}).status_code == 200
    his.request("typing", roomId=room_id)
    assert far.expect("typing")["username"] == name


# --- reading --------------------------------------------------------------------------------------


def positions(system, room_id):
    with system.db() as db:
        return dict(db.execute("SELECT user_id::text, read_seq FROM chat.room_reads WHERE room_id = %s", [room_id]))


def test_a_read_is_written_told_and_acknowledged(connect, elsewhere, room, system):
    ann, bob, room_id = room
    hers, his, his_too, far = connect(ann), connect(bob), connect(bob), elsewhere(ann)
    for socket in (hers, his, his_too, far):
        socket.join(room_id)
    first, last = (hers.message(room_id, text)["seq"] for text in ("one", "two"))
    his.request("read", roomId=room_id, seq=first)
    assert positions(system, room_id)[bob.id] == first
    event = {"type": "read", "roomId": room_id, "userId": bob.id, "readSeq": first}
    assert hers.expect("read") == far.expect("read") == event
    his.request("read", roomId=room_id, seq=first)  # moves nothing
    his.request("read", roomId=room_id, seq=last + 1000)
    assert hers.expect("read")["readSeq"] == far.expect("read")["readSeq"] == last
    hers.request("read", roomId=room_id, seq=last)
    assert his_too.expect("read")["userId"] == ann.id
    assert len(told(his_too, "read")) == 1  # what he reads himself stands in his own log
    with system.db() as db:
        moves = db.execute("SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'read_moved'"
                           " ORDER BY useq DESC LIMIT 2", [bob.id]).fetchall()
    assert moves == [({"roomId": room_id, "readSeq": seq},) for seq in (last, first)]


def test_many_reads_are_one_transaction(crowd, elsewhere, system):
    """A second's worth of them; each has its ack, and the highest wins."""
    people = [next(crowd) for _ in range(10)]
    ann = people[0]
    rooms = [ann.create_room()["id"] for _ in range(3)]
    for room_id in rooms:
        for other in people[1:]:
            ann.add(room_id, other)
    sockets = [elsewhere(one) for one in people]
    first = sockets[0].join(rooms[0])["lastSeq"]
    seqs = [sockets[0].message(rooms[0], str(number))["seq"] for number in range(8)]
    sockets[0].request("read", roomId=rooms[1], seq=1)  # the second begins here
    for socket in sockets:
        for seq in (seqs[3], seqs[-1], seqs[0]):
            socket.send(type="read", ref=f"s{seq}", roomId=rooms[0], seq=seq)
        for room_id in rooms[1:]:
            socket.send(type="read", ref=rooms.index(room_id), roomId=room_id, seq=1 << 40)
    for socket in sockets:
        for ref in (*(f"s{seq}" for seq in (seqs[3], seqs[-1], seqs[0])), 1, 2):
            socket.expect("ack", ref=ref)
    assert set(positions(system, rooms[0]).values()) == {seqs[-1]} and first < seqs[0]
    with system.db() as db:
        ((writers, rows),) = db.execute("SELECT count(DISTINCT xmin::text), count(*) FROM chat.room_reads"
                                        " WHERE room_id = %s", [rooms[0]])
    assert rows == 10 and writers <= 2  # they may fall on the edge of a second


def test_what_a_socket_read_last_is_kept_when_it_closes(elsewhere, room, system):
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    his = elsewhere(bob)
    his.request("read", roomId=room_id, seq=1)
    his.send(type="read", roomId=room_id, seq=seq)
    his.close()
    wait_until(lambda: positions(system, room_id)[bob.id] == seq, what="the last position")


def test_a_draining_gateway_writes_what_was_read(system, room):
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    with Gateway(system, DRAIN_MS="100", **UNLIMITED) as gateway:
        his = NativeSocket(gateway.ws_url, bob.access_token)
        his.request("read", roomId=room_id, seq=1)
        his.send(type="read", ref="last", roomId=room_id, seq=seq)
        his.request("ping")
        gateway.process.send_signal(signal.SIGTERM)
        his.expect("ack", ref="last")
        assert gateway.process.wait(10) == 0
    assert positions(system, room_id)[bob.id] == seq


def test_a_position_that_is_locked_waits_and_is_written(system, elsewhere, room):
    """Its batch fails and is sent again: nobody hears of it but by his ack."""
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    his = elsewhere(bob)
    with system.db() as db, db.transaction():
        db.execute("SELECT FROM chat.room_reads WHERE room_id = %s AND user_id = %s FOR UPDATE", [room_id, bob.id])
        his.send(type="read", ref="waits", roomId=room_id, seq=seq)
        wait_until(lambda: waiting_for_a_lock(system), 10, "a batch that waits")
        wait_until(lambda: not waiting_for_a_lock(system), 10, "a batch that failed")
        his.request("ping")
        assert not any(event.get("ref") == "waits" for event in his.events)
    his.expect("ack", ref="waits")
    assert positions(system, room_id)[bob.id] == seq


FULL = """
    CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE UPDATE ON chat.room_reads
       FOR EACH ROW WHEN (NEW.room_id = '{room}') EXECUTE FUNCTION public.full_disk()"""


def test_a_database_that_cannot_write_says_so_at_once(system, elsewhere, room):
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    his = elsewhere(bob)
    with system.db() as db:
        db.execute(FULL.format(room=room_id))
        try:
            with pytest.raises(Refused) as refused:
                his.request("read", roomId=room_id, seq=seq)
        finally:
            db.execute("DROP FUNCTION public.full_disk() CASCADE")
    assert (refused.value.code, refused.value.event["retryable"]) == ("read_only", True)
    his.request("read", roomId=room_id, seq=seq)
    assert positions(system, room_id)[bob.id] == seq


def waiting_for_a_lock(system):
    with system.db() as db:
        return db.execute("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                          " AND query LIKE '%set_reads%'").fetchone()


@pytest.mark.parametrize("fields", ({}, {"seq": -1}, {"seq": "3"}, {"seq": None}))
def test_a_read_names_a_number(connect, room, fields):
    ann, _, room_id = room
    with pytest.raises(Refused) as refused:
        connect(ann).request("read", roomId=room_id, **fields)
    assert (refused.value.code, refused.value.event["field"]) == ("bad_field", "seq")


def test_reads_are_counted_apart(system, connect, room):
    """Who has used up his reads may still say something."""
    ann, _, room_id = room
    socket = connect(ann)
    for ref in range(40):
        socket.send(type="read", ref=ref, roomId=room_id, seq=1)
    assert socket.expect("error")["code"] == "rate_limited"
    socket.message(room_id, "still here")


# --- presence -------------------------------------------------------------------------------------


def presence(socket, person):
    """What the socket has heard of him so far, without repetitions."""
    heard = [event["status"] for event in told(socket, "presence") if event["userId"] == person.id]
    return [status for status, _ in itertools.groupby(heard)]


def until(socket, person, status, timeout=10):
    """Waits until this is what the socket heard last. What it heard before depends on which of two gateways
    wrote first."""
    wait_until(lambda: presence(socket, person)[-1:] == [status], timeout, f"{person.name} {status}")


def test_who_comes_changes_and_goes_is_told_everywhere(connect, elsewhere, room, person):
    ann, bob, room_id = room
    him = person()
    ann.add(room_id, him)
    near, far, other = connect(ann), elsewhere(ann), connect(bob)
    near.join(room_id)
    far.join(room_id)
    one = connect(him)
    for socket in (near, far):
        until(socket, him, "online")
    assert socket.expect("presence", userId=him.id) == {"type": "presence", "userId": him.id, "status": "online"}
    two = elsewhere(him)
    one.request("presence", status="away")  # he is online at the other one
    two.request("presence", status="busy")
    for socket in (near, far):
        until(socket, him, "busy")
    two.close()
    for socket in (near, far):
        until(socket, him, "away")
    began = time.monotonic()
    one.close()
    for socket in (near, far):
        until(socket, him, "offline")
    assert time.monotonic() - began > 4  # he might have come back
    assert told(other, "presence") == []  # it has not joined the room


def test_who_joins_learns_who_is_there(connect, elsewhere, room, person):
    ann, bob, room_id = room
    other = ann.create_room()["id"]
    ann.add(other, bob)
    him = person()  # a member, and not there
    ann.add(room_id, him)
    his, far = connect(bob), elsewhere(bob)
    far.request("presence", status="busy")
    watcher = connect(ann)
    watcher.join(room_id)
    until(watcher, bob, "busy")
    watcher = connect(ann)
    for one in (room_id, other):
        watcher.send(type="join", roomId=one)
    until(watcher, bob, "busy")
    until(watcher, ann, "online")
    assert presence(watcher, him) == []
    assert his.is_open


def test_each_socket_is_told_once_however_many_rooms_are_shared(connect, room, person):
    ann, bob, room_id = room
    rooms = [room_id, *(ann.create_room()["id"] for _ in range(3))]
    him = person()
    for one in rooms:
        ann.add(one, him)
    hers = connect(ann)
    for one in rooms:
        hers.join(one)
    his = connect(him)
    until(hers, him, "online")
    his.request("presence", status="away")
    until(hers, him, "away")
    his.request("presence", status="busy")
    until(hers, him, "busy")
    heard = [event["status"] for event in told(hers, "presence") if event["userId"] == him.id]
    assert heard.count("away") == heard.count("busy") == 1


def test_nobody_hears_of_who_is_not_in_his_rooms(connect, room, person):
    """Not in the lobby, not in a room of more than 200, not of who has left."""
    ann, bob, room_id = room
    large = ann.create_room()["id"]
    him, witness = person(), person()
    ann.add(room_id, witness)
    ann.add(large, him)
    with bob.system.db() as db:
        db.execute("UPDATE chat.room_seq SET member_count = 201 WHERE room_id = %s", [large])
    hers = connect(ann)
    for one in (LOBBY, large, room_id):
        hers.join(one)
    ann.add(room_id, him)
    assert him.post(f"/api/rooms/{room_id}/leave").status_code == 200
    connect(him).join(LOBBY)
    connect(witness)
    until(hers, witness, "online")  # his way was the same, and later
    assert presence(hers, him) == []


def test_in_a_large_room_nobody_hears_what_each_has_read(connect, room):
    ann, bob, room_id = room
    large = ann.create_room()["id"]
    ann.add(large, bob)
    with bob.system.db() as db:
        db.execute("UPDATE chat.room_seq SET member_count = 201 WHERE room_id = %s", [large])
    hers, his = connect(ann), connect(bob)
    for one in (large, room_id):
        hers.join(one)
        his.request("read", roomId=one, seq=hers.message(one, "hello")["seq"])
    hers.expect("read", roomId=room_id)
    assert {event["roomId"] for event in told(hers, "read")} == {room_id}


def test_the_users_of_a_gateway_that_was_killed_are_gone_in_time(system, connect, elsewhere, room, person):
    """Within 15 s; who has come back elsewhere by then was there all the time, and so was who has only
    loaded his page again."""
    ann, _, room_id = room
    lost, back, again = person(), person(), person()
    for one in (lost, back, again):
        ann.add(room_id, one)
    hers = connect(ann)
    hers.join(room_id)
    with Gateway(system, **UNLIMITED) as gateway:
        for one in (lost, back):
            NativeSocket(gateway.ws_url, one.access_token)
        his = connect(again)
        for one in (lost, back, again):
            until(hers, one, "online")
        gateway.process.kill()
        began = time.monotonic()
        his.close()
        for one in (back, again):
            elsewhere(one)
        until(hers, lost, "offline", timeout=20)
        assert time.monotonic() - began < 15
    assert presence(hers, back) == presence(hers, again) == ["online"]


def test_what_a_crash_of_the_database_takes_is_told_again(connect, room, system):
    """Both tables are empty then, as if by a TRUNCATE."""
    ann, _, _ = room
    connect(ann).request("presence", status="busy")

    def status():
        with system.db() as db:
            return db.execute("SELECT chat.presence_of(%s)", [ann.id]).fetchone()[0]

    wait_until(lambda: status() == 3, what="the first time")
    with system.db() as db:
        db.execute("TRUNCATE chat.gateways, chat.presence")
    wait_until(lambda: status() == 3, what="the second time")


@pytest.mark.parametrize("fields", ({}, {"status": "offline"}, {"status": "asleep"}, {"status": 1}))
def test_there_are_three_statuses(connect, room, fields):
    ann, _, _ = room
    with pytest.raises(Refused) as refused:
        connect(ann).request("presence", **fields)
    assert (refused.value.code, refused.value.event["field"]) == ("bad_field", "status")


# --- who does not drain ---------------------------------------------------------------------------

# Bells as a worker rings them: ten moves of a position in each.
READS = """
    SELECT count(pg_notify('chatsphere', (
               SELECT string_agg(format('er%%s:%%s:%%s', %(room)s::text, %(user)s::text, b * 10 + i), ';' ORDER BY i)
                 FROM generate_series(1, 10) AS i)))
      FROM generate_series(%(first)s::int, %(first)s::int + 99) AS b"""
SLICES = 60  # of a thousand: 11 MB in all, more than the kernel holds for a socket


def raw_reader(second, person, room_id, **options):
    """Of raw sockets, because each of so many events would be held against the document."""
    socket = RawSocket(second.ws_url, bearer(person), SUBPROTOCOL, **options)
    socket.send({"type": "join", "ref": 1, "roomId": room_id})
    socket.receive_events("joined")
    return socket


def reads_until(socket, is_last):
    """How many positions came before, or with, the event that is the last."""
    count = 0
    while True:
        events = json.loads(socket.receive())
        count += sum(event["type"] == "read" for event in events)
        if any(is_last(event) for event in events):
            return count


def test_a_stuck_socket_misses_ephemera_and_stays_open(system, second, room):
    """Half of what may wait for it is left to what is due to it: its acks, and then it goes on."""
    ann, bob, room_id = room
    stuck, reader = raw_reader(second, bob, room_id, receive_buffer=4096), raw_reader(second, bob, room_id)
    with system.db() as db:
        for first in range(0, SLICES * 100, 100):
            db.execute(READS, {"room": room_id, "user": ann.id, "first": first})
            last = first * 10 + 1000
            assert reads_until(reader, lambda event, last=last: event.get("readSeq") == last) == 1000
    stuck.send({"type": "ping", "ref": "late"})
    assert 0 < reads_until(stuck, lambda event: event.get("ref") == "late") < SLICES * 1000
    stuck.close()
    reader.close()
