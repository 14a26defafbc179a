"""The user log on sockets: what concerns one person, told to each of his devices, in order, once."""

import threading

import pytest
from admins import give, make_admin, make_role
from apitokens import ApiToken
from gateways import UNLIMITED, Gateway
from native import LOBBY
from people import Person
from system import wait_until
from test_gateways import listeners
from wsclient import NativeSocket

RESUME_MAX = 1000


@pytest.fixture(scope="module")
def second(system):
    """Another gateway, at which a socket joins no more than two rooms."""
    with Gateway(system, **UNLIMITED, ROOMS_PER_SOCKET="2") as gateway:
        yield gateway


@pytest.fixture
def there(second):
    """Opens sockets at the other gateway: there(person)."""
    opened = []

    def open_one(who, **fields):
        opened.append(NativeSocket(second.ws_url))
        opened[-1].welcome = opened[-1].auth(who.access_token, **fields)
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def log_of(socket):
    """The user events that a socket has heard, which have to be without a hole from where it began."""
    events = [event for event in list(socket.events) if "useq" in event]
    first = events[0]["useq"] if events else 0
    assert [event["useq"] for event in events] == list(range(first, first + len(events)))
    return events


def written(system, person):
    """How far the person's log has got."""
    with system.db() as db:
        row = db.execute("SELECT last_useq FROM chat.user_seq WHERE user_id = %s", [person.id]).fetchone()
    return row[0] if row else 0


def note(system, person, count, bell=True):
    """That many events in the person's log, in one transaction."""
    with system.db() as db:
        db.execute("SELECT chat.log_user(%s, 'read_moved', jsonb_build_object('roomId', %s::uuid, 'readSeq', n))"
                   "  FROM generate_series(1, %s) AS n", [person.id, LOBBY, count])
        if bell:
            db.execute("SELECT pg_notify('chatsphere', %s)", [f"u{person.id}"])


def caught_up(system, person, *sockets):
    """Waits until each has heard the last event that is there."""
    last = written(system, person)
    for socket in sockets:
        wait_until(lambda s=socket: log_of(s) and log_of(s)[-1]["useq"] == last, 15, f"event {last}")


# --- telling --------------------------------------------------------------------------------------


def test_every_device_hears_what_concerns_its_user(system, connect, there, person, someone):
    ann, bob = someone(), person()
    here, far = connect(bob), there(bob)
    began = here.welcome["userSeq"]
    assert began == far.welcome["userSeq"] == written(system, bob)
    assert not here.welcome["userRecovered"]
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    message = ann.say(room_id, f"hello @{bob.name}")
    assert bob.put(f"/api/rooms/{room_id}/read", json={"seq": message["seq"]}).status_code == 200
    admin = make_admin(system, person())
    role = make_role(admin, "read", "write")
    assert give(admin, bob, role).status_code == 200
    assert ann.delete(f"/api/rooms/{room_id}/users/{bob.id}").status_code in (200, 204)
    expected = [
        {"type": "room_added", "roomId": room_id},
        {"type": "mention", "roomId": room_id, "seq": message["seq"], "messageId": message["id"]},
        {"type": "read_moved", "roomId": room_id, "readSeq": message["seq"]},
        {"type": "role_changed", "role": "MEMBER", "roles": ["MEMBER", role["name"]]},
        {"type": "room_removed", "roomId": room_id},
    ]
    caught_up(system, bob, here, far)
    for socket in (here, far):
        assert log_of(socket) == [{**event, "useq": began + n} for n, event in enumerate(expected, 1)]


def test_a_bell_crosses_gateways_quickly(there, someone):
    ann, bob = someone(), someone()
    socket = there(bob)
    for _ in range(2):  # the first may come by the poll that finds who has entered
        room_id = ann.create_room()["id"]
        ann.add(room_id, bob)
        assert socket.expect("room_added", roomId=room_id, timeout=2)


def test_who_is_named_by_a_message_on_a_socket_hears_it_at_once(connect, there, room):
    ann, bob, room_id = room
    hers, his = connect(ann), there(bob)
    for number in range(3):
        seq = hers.message(room_id, f"@{bob.name} {number}")["seq"]
        assert his.expect("mention", seq=seq, timeout=2)["roomId"] == room_id


def test_nobody_hears_anothers_log(connect, someone):
    ann, bob = someone(), someone()
    hers, his = connect(ann), connect(bob)
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    his.expect("room_added", roomId=room_id)
    assert [event["type"] for event in log_of(hers)] == ["room_added"]  # she has made it


def test_an_application_has_no_log(connect, system, person):
    owner = person()
    socket = connect(ApiToken(system, owner, "CLIENT"))
    devices = connect(ApiToken(system, owner)), connect(owner)
    assert "userSeq" not in socket.welcome and "userRecovered" not in socket.welcome
    owner.create_room()
    caught_up(system, owner, *devices)
    assert log_of(socket) == []


def test_many_events_come_once_and_in_order(system, connect, there, person, someone):
    """Written by three at a time, while sockets come and go."""
    bob, makers = person(), [someone() for _ in range(3)]
    sockets = [connect(bob), there(bob)]

    def add(maker):
        for _ in range(5):
            maker.add(maker.create_room()["id"], bob)

    threads = [threading.Thread(target=add, args=[maker]) for maker in makers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        late = there(bob)
        late.request("ping")
        if len(sockets) < 6:
            sockets.append(late)
        else:
            late.close()
    for thread in threads:
        thread.join()
    assert written(system, bob) == 15
    note(system, bob, 1)  # so that who came last has something to hear, too
    caught_up(system, bob, *sockets)
    for socket in sockets:
        assert log_of(socket)[0]["useq"] == socket.welcome["userSeq"] + 1


# --- lost bells -----------------------------------------------------------------------------------


def test_a_lost_bell_is_a_delay_and_no_more(system, connect, there, person):
    bob = person()
    here, far = connect(bob), there(bob)
    with system.db() as db:
        for _ in range(2):
            wait_until(lambda: listeners(db), 20, "a listener")
            for pid in listeners(db):
                db.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            note(system, bob, 3, bell=False)
    caught_up(system, bob, here, far)
    assert len(log_of(here)) == len(log_of(far)) == 6


def test_what_rang_no_bell_is_found_by_the_poll(system, there, person):
    bob = person()
    socket = there(bob)
    note(system, bob, 300, bell=False)
    caught_up(system, bob, socket)
    assert len(log_of(socket)) == 300


# --- coming back ----------------------------------------------------------------------------------


@pytest.fixture
def away(system, connect, person):
    """Somebody whose log has gone on since his socket was closed: (he, place, events since)."""
    bob = person()
    socket = connect(bob)
    epoch = socket.join(bob.create_room()["id"])["epoch"]
    place = {"userAfter": socket.expect("room_added")["useq"], "epoch": epoch}
    socket.close()
    note(system, bob, 5)
    return bob, place


def test_what_was_missed_follows(system, there, away):
    bob, place = away
    socket = there(bob, **place)
    assert socket.welcome["userRecovered"] and socket.welcome["userSeq"] == place["userAfter"] + 5
    caught_up(system, bob, socket)
    assert [event["readSeq"] for event in log_of(socket)] == [1, 2, 3, 4, 5]
    assert log_of(socket)[0]["useq"] == place["userAfter"] + 1
    note(system, bob, 1)
    caught_up(system, bob, socket)
    assert len(log_of(socket)) == 6


@pytest.mark.parametrize("change", [{"epoch": "another"}, {"epoch": None}, {"userAfter": 10**6}])
def test_what_cannot_be_vouched_for_is_not_recovered(system, there, away, change):
    bob, place = away
    socket = there(bob, **{**place, **change})
    assert not socket.welcome["userRecovered"] and socket.welcome["userSeq"] == written(system, bob)
    note(system, bob, 1)
    caught_up(system, bob, socket)
    assert len(log_of(socket)) == 1


def test_a_thousand_events_are_recovered_and_no_more(system, connect, away):
    bob, place = away
    note(system, bob, RESUME_MAX - 5)
    socket = connect()
    welcome = socket.auth(bob.access_token, **place)
    assert welcome["userRecovered"]
    caught_up(system, bob, socket)
    assert len(log_of(socket)) == RESUME_MAX
    note(system, bob, 1)
    late = connect()
    assert not late.auth(bob.access_token, **place)["userRecovered"]


def test_a_socket_that_is_open_may_say_where_it_has_got_to(system, connect, away):
    """As who came with a ticket, which says nothing but who he is."""
    bob, place = away
    socket = connect(bob)
    other = connect(bob)
    ack = socket.request("auth", token=bob.access_token, **place)
    assert ack == {"type": "ack", "ref": ack["ref"], "userSeq": place["userAfter"] + 5, "userRecovered": True}
    caught_up(system, bob, socket)
    assert len(log_of(socket)) == 5 and log_of(other) == []
    assert "userSeq" not in socket.request("auth", token=bob.access_token)
    note(system, bob, 2)
    caught_up(system, bob, socket, other)
    assert len(log_of(socket)) == 7 and len(log_of(other)) == 2


def test_another_epoch_makes_all_positions_void(system, connect, person):
    socket = connect(person())
    with system.db() as db:
        (was,) = db.execute("SELECT value FROM chat.epoch").fetchone()
        db.execute("UPDATE chat.epoch SET value = 'fedcba9876543210'")
        try:
            assert socket.wait_closed().code == 4010
        finally:
            db.execute("UPDATE chat.epoch SET value = %s", [was])


LOSSES = {
    "the log is shorter": "UPDATE chat.user_seq SET last_useq = last_useq - 1 WHERE user_id = %(user)s",
    "the log has a hole": "INSERT INTO chat.user_events (user_id, useq, kind)"
                          " SELECT user_id, last_useq + 2, 'mention' FROM chat.user_seq WHERE user_id = %(user)s;"
                          " UPDATE chat.user_seq SET last_useq = last_useq + 2 WHERE user_id = %(user)s",
}


@pytest.mark.parametrize("sql", LOSSES.values(), ids=LOSSES)
def test_a_log_that_lost_events_is_not_gone_on_with(system, connect, person, sql):
    """As after a restore of which nobody told."""
    bob = person()
    note(system, bob, 3)
    socket = connect(bob)
    with system.db(prepare_threshold=None) as db:
        for part in sql.split(";"):
            db.execute(part, {"user": bob.id})
    assert socket.wait_closed().code == 4010


# --- rooms that come and go -----------------------------------------------------------------------


def test_who_hears_all_rooms_hears_those_that_come(connect, room):
    ann, bob, first = room
    listening, other = connect(bob), connect(bob)
    listening.request("join_all")
    added = ann.create_room()["id"]
    ann.add(added, bob)
    assert listening.expect("joined", roomId=added)["recovered"] is False
    seq = ann.say(added, "welcome")["seq"]
    assert listening.expect("new_message", roomId=added)["seq"] == seq
    other.expect("room_added", roomId=added)
    other.request("ping")
    assert not [event for event in other.events if event["type"] == "joined"]


def test_who_comes_back_to_a_room_hears_it_again(connect, room):
    ann, bob, room_id = room
    socket = connect(bob)
    socket.request("join_all")
    for number in range(4):
        assert ann.delete(f"/api/rooms/{room_id}/users/{bob.id}").status_code in (200, 204)
        ann.add(room_id, bob)
        socket.expect("joined", roomId=room_id)
        socket.expect("left", roomId=room_id)
        socket.expect("joined", roomId=room_id)
        said = ann.say(room_id, str(number))
        assert socket.expect("new_message", roomId=room_id)["seq"] == said["seq"]
        socket.request("leave", roomId=room_id)
        socket.request("join_all")


def test_a_room_that_comes_when_there_is_no_place_is_listed(there, person, someone):
    ann, bob = someone(), person()
    rooms = [ann.create_room()["id"] for _ in range(3)]
    for room_id in rooms[:2]:
        ann.add(room_id, bob)
    socket = there(bob)
    assert socket.request("join_all")["joined"] == 2
    ann.add(rooms[2], bob)
    socket.expect("activity", roomId=rooms[2])
    seq = ann.say(rooms[2], "of a listed room")["seq"]
    socket.expect("activity", roomId=rooms[2], lastSeq=seq)
    assert ann.delete(f"/api/rooms/{rooms[2]}/users/{bob.id}").status_code in (200, 204)
    socket.expect("room_removed", roomId=rooms[2])
    before = len(socket.events)
    ann.say(rooms[2], "among others")
    ann.say(rooms[0], "heard")
    socket.expect("new_message", roomId=rooms[0])
    ann.add(rooms[2], bob)
    later = socket.expect("activity", roomId=rooms[2], timeout=5)
    assert [e for e in socket.events[before:] if e["type"] == "activity"] == [later]


# --- the end --------------------------------------------------------------------------------------


def test_a_revoked_session_is_told_so_before_its_sockets_end(system, connect, person):
    ann = person()
    by_bell, silent = connect(ann), connect(Person(system, ann.name).login())
    assert ann.post("/auth/logout").status_code == 200
    assert by_bell.wait_closed(timeout=5).code == 4401
    assert by_bell.events[-1] == {"type": "session_revoked", "sessionId": by_bell.welcome["sessionId"]}
    with system.db() as db:
        db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE id = %s", [silent.welcome["sessionId"]])
    assert silent.wait_closed(timeout=5).code == 4401
    assert silent.events[-1]["type"] == "session_revoked"
