"""GET /events: rooms without a WebSocket, as Server-Sent Events and by long polls, through a web server."""

import os
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from gateways import Gateway
from native import bearer, contents, post_by_sql
from people import unique
from sse import EventStream, Poller, Refused, target
from system import wait_until


@pytest.fixture
def stream(system):
    """Opens streams, through the web server unless told otherwise."""
    opened = []

    def open_one(rooms, person=None, base_url=None, **options):
        headers = {**(bearer(person) if person else {}), **options.pop("headers", {})}
        opened.append(EventStream(base_url or system.base_url, rooms, headers, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def poller(system):
    def make(rooms, person, base_url=None):
        return Poller(base_url or system.base_url, rooms, bearer(person))

    return make


def session_of(system, person):
    """Any session of this person."""
    with system.db() as db:
        ((session,),) = db.execute("SELECT id FROM chat.sessions WHERE user_id = %s LIMIT 1", [person.id]).fetchall()
    return session


# --- streams --------------------------------------------------------------------------------------


def test_a_stream_hears_its_room(stream, room):
    ann, bob, room_id = room
    events = stream(room_id, ann)
    assert events.headers["content-type"] == "text/event-stream"
    assert events.headers["cache-control"] == "no-store"
    assert events.headers["x-content-type-options"] == "nosniff"
    joined = events.expect("joined", roomId=room_id)
    assert joined["recovered"] is False
    said = bob.say(room_id, "hello\nyou: data")
    heard = events.expect("new_message")
    assert (heard["seq"], heard["message"]["id"], heard["message"]["content"]) == (
        said["seq"], said["id"], "hello\nyou: data")
    assert 1000 <= events.retry < 3000


def test_it_comes_back_where_it_was(stream, room):
    ann, bob, room_id = room
    events = stream(room_id, ann)
    first = bob.say(room_id, "first")["seq"]
    events.wait_seq(room_id, first)
    events.close()
    last = [bob.say(room_id, f"meanwhile {i}") for i in range(5)][-1]["seq"]
    again = stream(room_id, ann, last_id=events.last_id)
    assert again.expect("joined")["recovered"] is True
    assert again.wait_seq(room_id, last) == list(range(first + 1, last + 1))


def test_it_may_have_heard_nothing_yet(stream, room):
    """The cursor of `joined` counts, too."""
    ann, bob, room_id = room
    events = stream(room_id, ann)
    events.expect("joined")
    events.close()
    seq = bob.say(room_id, "meanwhile")["seq"]
    assert stream(room_id, ann, lastEventId=events.last_id).wait_seq(room_id, seq) == [seq]


def test_each_room_has_its_own_position(stream, room, someone):
    ann, bob, first = room
    second = ann.create_room()["id"]
    events = stream([first, second], ann)
    events.expect("joined", roomId=first), events.expect("joined", roomId=second)
    seqs = {room_id: [ann.say(room_id, str(i))["seq"] for i in range(3)] for room_id in (first, second)}
    for room_id in seqs:
        events.wait_seq(room_id, seqs[room_id][-1])
    events.close()
    later = ann.say(second, "later")["seq"]
    again = stream([second, first], ann, last_id=events.last_id)
    assert [again.expect("joined", roomId=one)["recovered"] for one in (first, second)] == [True, True]
    assert again.wait_seq(second, later) == [later]
    assert again.seqs(first) == []


@pytest.mark.parametrize("cursor", ["x", "1", "1AAAAAAAAAAA", "1AAAAAAAAAAA.AAAAAAAAB", "2" + "A" * 11, "9" * 3000, "%00"])
def test_a_cursor_that_is_void_is_not_recovered(stream, room, cursor):
    ann, _, room_id = room
    assert stream(room_id, ann, last_id=cursor).expect("joined")["recovered"] is False


def test_a_room_that_the_cursor_does_not_know_starts_now(stream, room):
    ann, _, room_id = room
    events = stream(room_id, ann)
    events.expect("joined")
    other = ann.create_room()["id"]
    again = stream([room_id, other], ann, last_id=events.last_id)
    assert again.expect("joined", roomId=room_id)["recovered"] is True
    assert again.expect("joined", roomId=other)["recovered"] is False


def test_a_gap_that_is_too_long_is_not_recovered(system, stream, room):
    ann, _, room_id = room
    events = stream(room_id, ann)
    events.expect("joined")
    events.close()
    last = post_by_sql(system, ann, session_of(system, ann), room_id, 1001)[-1]
    again = stream(room_id, ann, last_id=events.last_id)
    joined = again.expect("joined")
    assert (joined["recovered"], joined["lastSeq"]) == (False, last)
    assert again.seqs(room_id) == []


def test_a_sign_of_life(system, room):
    ann, _, room_id = room
    with Gateway(system, PING_INTERVAL_MS="1000") as gateway:
        events = EventStream(f"http://127.0.0.1:{gateway.port}", room_id, bearer(ann))
        wait_until(lambda: events.comments >= 2, what="comments in the stream")
        events.close()


def test_all_rooms(system, stream, poller, person):
    ann = person()
    rooms = [ann.create_room()["id"] for _ in range(3)]
    events, polls = stream("all", ann), poller("all", ann)
    assert {events.expect("joined")["roomId"] for _ in rooms} == set(rooms)
    assert {event["roomId"] for event in polls.poll() if event["type"] == "joined"} == set(rooms)
    for room_id in rooms:
        events.wait_seq(room_id, ann.say(room_id, "hello")["seq"])
    assert sorted(event["roomId"] for event in polls.poll(wait=5)) == sorted(rooms)
    events.close()
    ann.post(f"/api/rooms/{rooms[0]}/leave")
    later = ann.say(rooms[1], "meanwhile")["seq"]
    again = stream("all", ann, last_id=events.last_id)
    assert {again.expect("joined", recovered=True)["roomId"] for _ in rooms[1:]} == set(rooms[1:])
    assert again.wait_seq(rooms[1], later) == [later]
    assert again.seqs(rooms[2]) == []
    assert [event["seq"] for event in polls.poll(wait=5) if event["type"] == "new_message"] == [later]


def test_all_means_rooms_to_come_too(stream, poller, person, someone):
    ann, bob = person(), someone()
    events, polls = stream("all", ann), poller("all", ann)
    polls.poll()
    room_id = bob.create_room()["id"]
    bob.add(room_id, ann)
    events.expect("joined", roomId=room_id)
    events.wait_seq(room_id, bob.say(room_id, "welcome")["seq"])
    told = polls.poll(wait=5)
    told += polls.poll(wait=5) if len(told) < 2 else []
    assert sorted(event["type"] for event in told) == ["joined", "room_added"]
    bob.say(room_id, "again")
    assert contents(polls.poll(wait=5)) == ["again"]


def test_all_of_none(stream, poller, person):
    ann = person()
    assert [event["type"] for event in poller("all", ann).poll()] == ["welcome"]
    assert stream("all", ann).expect("welcome")["userId"] == ann.id


def test_all_is_bounded_by_the_cursor(system, person):
    ann = person()
    rooms = [ann.create_room()["id"] for _ in range(4)]
    with Gateway(system, ROOMS_PER_SOCKET="3") as gateway:
        events = EventStream(f"http://127.0.0.1:{gateway.port}", "all", bearer(ann))
        heard = {events.expect("joined")["roomId"] for _ in range(3)}
        assert events.expect("activity")["roomId"] in set(rooms) - heard
        assert_refused(422, "limit_reached", lambda: EventStream(f"http://127.0.0.1:{gateway.port}", rooms, bearer(ann)))
        events.close()


def test_what_is_not_in_the_log(stream, connect, room):
    """Who reads and who types is told as it happens, without an id: it is not resumed."""
    ann, bob, room_id = room
    events, socket_ = stream(room_id, ann), connect(bob)
    events.expect("joined")
    seq = ann.say(room_id, "read this")["seq"]
    events.wait_seq(room_id, seq)
    cursor = events.last_id
    socket_.join(room_id)
    socket_.request("typing", roomId=room_id)
    assert events.expect("typing")["userId"] == bob.id
    bob.put(f"/api/rooms/{room_id}/read", json={"seq": seq})
    assert events.expect("read")["readSeq"] == seq
    assert events.last_id == cursor


# --- the user's own log ---------------------------------------------------------------------------


def test_what_concerns_the_user_himself(stream, poller, person, someone):
    """Mentions, rooms that come and go: each once, over any absence."""
    ann, bob = person(), someone()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    events, polls = stream(room_id, ann), poller(room_id, ann)
    assert events.expect("welcome")["userRecovered"] is False
    assert polls.poll()[0]["userRecovered"] is False
    bob.say(room_id, f"@{ann.name} look")
    heard = events.expect("mention")["useq"]
    events.close()
    bob.add(bob.create_room()["id"], ann)
    again = stream(room_id, ann, last_id=events.last_id)
    welcome = again.expect("welcome")
    assert (welcome["userRecovered"], welcome["userSeq"]) == (True, heard + 1)
    assert again.expect("room_added")["useq"] == heard + 1
    again.close()
    assert not [event for event in again.events if event["type"] == "mention"]
    told = polls.poll(wait=0)
    assert sorted(event["type"] for event in told) == ["mention", "new_message", "room_added"]
    assert polls.poll(wait=0) == []


# --- who may --------------------------------------------------------------------------------------


def assert_refused(status, code, open_it):
    with pytest.raises(Refused) as refused:
        open_it()
    assert (refused.value.status, refused.value.problem["code"]) == (status, code)
    return refused.value


def test_without_a_good_credential(system, stream, poller, room):
    _, _, room_id = room
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-Session-Token": "nonsense"}):
        refused = assert_refused(401, "unauthorized", lambda h=headers: stream(room_id, headers=h))
        assert refused.headers["www-authenticate"] == "Bearer"
    assert_refused(400, "bad_request", lambda: stream(room_id, token="nonsense"))
    assert_refused(401, "unauthorized", lambda: Poller(system.base_url, room_id, {}).poll())


def test_two_credentials(stream, room):
    ann, _, room_id = room
    assert_refused(400, "bad_request", lambda: stream(room_id, ann, ticket="cs_tk_x"))
    assert_refused(400, "bad_request", lambda: stream(room_id, ann, headers={"X-Session-Token": ann.access_token}))


def test_the_other_header_of_rest(stream, room):
    ann, _, room_id = room
    assert stream(room_id, headers={"X-Session-Token": ann.access_token}).expect("joined")


def test_a_ticket_for_browsers(system, stream, room):
    ann, _, room_id = room
    ticket = ann.post("/api/ws-ticket").json()["ticket"]
    assert stream(room_id, ticket=ticket).expect("joined")
    assert_refused(401, "unauthorized", lambda: stream(room_id, ticket=ticket))


@pytest.mark.parametrize(
    "rooms, query, status, code",
    [
        ("", {}, 422, "bad_field"),
        ("nonsense", {}, 422, "bad_field"),
        ([unique("x")] * 200, {}, 422, "limit_reached"),
        ("00000000-0000-7000-8000-000000000001", {"wait": "26"}, 422, "bad_field"),
        ("00000000-0000-7000-8000-000000000001", {"wait": "x"}, 422, "bad_field"),
        ("00000000-0000-7000-8000-0000000000ff", {}, 404, "room_not_found"),
    ],
)
def test_bad_requests(stream, someone, rooms, query, status, code):
    assert_refused(status, code, lambda: stream(rooms, someone(), **query))


def test_other_methods(system):
    answer = httpx.post(f"{system.base_url}/events?rooms=x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, OPTIONS")


def test_foreign_rooms(stream, poller, someone):
    ann, eve = someone(), someone()
    secret, public = ann.create_room(isPrivate=True)["id"], ann.create_room()["id"]
    assert_refused(404, "room_not_found", lambda: stream(secret, eve))
    assert_refused(403, "not_member", lambda: stream(public, eve))
    assert_refused(404, "room_not_found", lambda: poller(secret, eve).poll())
    own = eve.create_room()["id"]
    events = stream([secret, own, public], eve)
    assert events.expect("error", roomId=secret)["code"] == "room_not_found"
    assert events.expect("error", roomId=public)["code"] == "not_member"
    assert events.expect("joined")["roomId"] == own
    _, *told = poller([own, secret], eve).poll()
    assert {event["type"]: event["roomId"] for event in told} == {"joined": own, "error": secret}


def test_who_is_removed_hears_no_more(stream, poller, room):
    ann, bob, room_id = room
    events, polls = stream(room_id, bob), poller(room_id, bob)
    events.expect("joined"), polls.poll()
    assert ann.delete(f"/api/rooms/{room_id}/users/{bob.id}").status_code == 200
    ann.say(room_id, "among us")
    events.expect("left", roomId=room_id)
    events.wait_ended()
    assert not [event for event in events.events if event["type"] == "new_message"]
    assert_refused(403, "not_member", polls.poll)
    assert_refused(403, "not_member", lambda: stream(room_id, bob, last_id=events.last_id))


def test_a_session_that_ends_ends_its_streams(stream, poller, person):
    ann = person()
    room_id = ann.create_room()["id"]
    events, polls = stream(room_id, ann), poller(room_id, ann)
    events.expect("joined"), polls.poll()
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(polls.ask(wait=25)))
    waiting.start()
    began = time.monotonic()
    assert ann.post("/auth/logout").status_code == 200
    events.wait_ended(timeout=5)
    waiting.join(timeout=5)
    assert time.monotonic() - began < 5
    assert answers[0].status_code == 401


def test_ten_streams_a_person(stream, person):
    ann = person()
    room_id = ann.create_room()["id"]
    for _ in range(10):
        stream(room_id, ann).expect("joined")
    refused = assert_refused(429, "rate_limited", lambda: stream(room_id, ann))
    assert int(refused.headers["retry-after"]) >= 1


def test_a_client_that_goes_away_is_forgotten(system, room):
    ann, _, room_id = room
    with Gateway(system) as gateway:
        url = f"http://127.0.0.1:{gateway.port}"
        events = EventStream(url, room_id, bearer(ann))
        connections = lambda: httpx.get(f"{url}/health").json()["connections"]  # noqa: E731
        assert connections() == 1
        events.close()
        wait_until(lambda: connections() == 0, what="the stream to be forgotten")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("what", [b"", b"GET /health HTTP/1.1\r\nHost: chat\r\n\r\n", b"x"])
def test_a_client_that_talks_out_of_turn(system, room, what, at_once):
    """Its stream ends; and the loop does not turn for what nobody reads."""
    ann, _, room_id = room
    with Gateway(system) as gateway, socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as line:
        head = [f"GET {target(room_id)} HTTP/1.1", "Host: chat", f"Authorization: Bearer {ann.access_token}", "", ""]
        line.sendall("\r\n".join(head).encode() + (what if at_once else b""))
        if not at_once:
            assert line.recv(4096).startswith(b"HTTP/1.1 200")
            line.sendall(what)
        if not what:
            line.shutdown(socket.SHUT_WR)
        while not (what and at_once) and line.recv(4096):
            pass  # (of what came in one packet with the request it knows nothing, and goes on)
        before = cpu_seconds(gateway.process.pid)
        wait_until(lambda: gateway.health() == 200, what="an answer")
        EventStream(f"http://127.0.0.1:{gateway.port}", room_id, bearer(ann), wait=None).close()
        assert cpu_seconds(gateway.process.pid) - before < 0.2


# --- pages of other origins -----------------------------------------------------------------------


def test_pages_of_other_origins(system, room):
    ann, _, room_id = room
    with Gateway(system, CORS_ALLOW_ORIGINS="https://app.example") as gateway:
        url = f"http://127.0.0.1:{gateway.port}"

        def ask(origin, method="GET", **headers):
            return httpx.request(method, url + target(room_id, wait=0), headers={"Origin": origin, **headers})

        good = ask("https://app.example", **bearer(ann))
        assert good.status_code == 200
        assert good.headers["access-control-allow-origin"] == "https://app.example"
        assert good.headers["vary"] == "Origin"
        assert ask("https://app.example").headers["access-control-allow-origin"] == "https://app.example"
        foreign = ask("https://evil.example", **bearer(ann))
        assert (foreign.status_code, foreign.json()["code"]) == (403, "bad_origin")
        assert "access-control-allow-origin" not in foreign.headers
        preflight = ask("https://app.example", "OPTIONS")
        assert preflight.status_code == 204
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-methods" not in ask("https://evil.example", "OPTIONS").headers


# --- polls ----------------------------------------------------------------------------------------


def test_a_poll_answers_at_once_when_there_is_something(poller, room):
    ann, bob, room_id = room
    polls = poller(room_id, ann)
    assert [event["type"] for event in polls.poll(wait=25)] == ["welcome", "joined"]
    bob.say(room_id, "one"), bob.say(room_id, "two")
    assert contents(polls.poll(wait=25)) == ["one", "two"]
    assert polls.poll(wait=0) == []


def test_a_poll_waits_for_something(poller, room):
    ann, bob, room_id = room
    polls = poller(room_id, ann)
    polls.poll()
    timer = threading.Timer(0.5, lambda: bob.say(room_id, "late"))
    timer.start()
    began = time.monotonic()
    assert contents(polls.poll(wait=25)) == ["late"]
    assert 0.4 < time.monotonic() - began < 5


def test_a_poll_ends_without_anything(poller, room):
    ann, _, room_id = room
    polls = poller(room_id, ann)
    polls.poll()
    began = time.monotonic()
    assert polls.poll(wait=1) == []
    assert 0.9 < time.monotonic() - began < 4


def test_a_poll_without_a_wait_is_asked_for_by_accept(system, room):
    ann, bob, room_id = room
    answer = httpx.get(system.base_url + target(room_id), headers={"Accept": "application/json", **bearer(ann)})
    assert answer.headers["content-type"] == "application/json"
    assert [event["type"] for event in answer.json()["events"]] == ["welcome", "joined"]


# --- nothing is lost, nothing comes twice ---------------------------------------------------------


def assert_whole(system, room_id, seqs, first):
    """Every seq of the room's log from `first` on, once, ascending."""
    with system.db() as db:
        ((last,),) = db.execute("SELECT last_seq FROM chat.room_seq WHERE room_id = %s", [room_id]).fetchall()
    assert seqs == list(range(first, last + 1))


def traffic(people, room_id, stop):
    """Each says something all the time, until `stop` is set."""
    def talk(person):
        while not stop.is_set():
            person.post(f"/api/rooms/{room_id}/messages", json={"content": "x", "clientId": unique("c")})
            stop.wait(0.05)

    threads = [threading.Thread(target=talk, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    return threads


def test_streams_over_two_gateways_that_come_and_go(system, room):
    """An EventSource that is sent from one gateway to another, again and again, under traffic."""
    ann, bob, room_id = room
    stop, heard, last_id = threading.Event(), [], None
    with Gateway(system) as one, Gateway(system) as two:
        urls = [f"http://127.0.0.1:{gateway.port}" for gateway in (one, two)]
        first = EventStream(urls[0], room_id, bearer(ann))
        start = first.expect("joined")["lastSeq"]
        last_id = first.last_id
        first.close()
        threads = traffic([ann, bob], room_id, stop)
        for turn in range(6):
            events = EventStream(urls[turn % 2], room_id, bearer(ann), last_id=last_id)
            assert events.expect("joined")["recovered"] is True
            had = len(heard)
            wait_until(lambda e=events: len(e.seqs(room_id)) >= 3, what="a few events")
            events.close()
            heard += events.seqs(room_id)
            last_id = events.last_id
            assert len(heard) > had
        stop.set()
        for thread in threads:
            thread.join()
        events = EventStream(urls[0], room_id, bearer(ann), last_id=last_id)
        seq = bob.say(room_id, "the end")["seq"]
        heard += events.wait_seq(room_id, seq)
        events.close()
    assert_whole(system, room_id, heard, start + 1)


def test_a_stream_over_a_restart_of_its_gateway(system, room):
    ann, bob, room_id = room
    with Gateway(system, keep=True) as gateway:
        url = f"http://127.0.0.1:{gateway.port}"
        events = EventStream(url, room_id, bearer(ann))
        start = events.expect("joined")["lastSeq"]
        events.wait_seq(room_id, bob.say(room_id, "before")["seq"])
        gateway.process.kill()
        events.wait_ended()
        bob.say(room_id, "meanwhile")
        gateway.wait_healthy()
        again = EventStream(url, room_id, bearer(ann), last_id=events.last_id)
        assert again.expect("joined")["recovered"] is True
        again.wait_seq(room_id, bob.say(room_id, "after")["seq"])
        again.close()
    assert_whole(system, room_id, events.seqs(room_id) + again.seqs(room_id), start + 1)


def test_polls_under_load_over_two_gateways(system, poller, room):
    ann, bob, room_id = room
    stop, heard = threading.Event(), []
    with Gateway(system) as one, Gateway(system) as two:
        polls = poller(room_id, ann, f"http://127.0.0.1:{one.port}")
        _, joined = polls.poll()
        threads = traffic([ann, bob], room_id, stop)
        until = time.monotonic() + 4
        while time.monotonic() < until:
            heard += [event["seq"] for event in polls.poll(wait=25)]
            assert len(set(heard)) == len(heard)
            polls.base_url = f"http://127.0.0.1:{(one, two)[len(heard) % 2].port}"
        stop.set()
        for thread in threads:
            thread.join()
        for _ in range(10):
            heard += [event["seq"] for event in polls.poll(wait=0)]
    assert len(heard) > 10
    assert_whole(system, room_id, heard, joined["lastSeq"] + 1)


def test_a_drain_is_told_and_ends_the_stream(system, room):
    ann, _, room_id = room
    with Gateway(system) as gateway:
        events = EventStream(f"http://127.0.0.1:{gateway.port}", room_id, bearer(ann))
        events.expect("joined")
        gateway.process.terminate()
        assert events.expect("drain")["retryAfterMs"] > 0
        events.wait_ended()


def test_a_reader_that_does_not_read_is_left_behind(system, room):
    """His stream ends, as a socket would with 4009; the memory that he takes is bounded."""
    ann, _, room_id = room
    with Gateway(system) as gateway, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", gateway.port))
        head = [f"GET {target(room_id)} HTTP/1.1", "Host: chat", f"Authorization: Bearer {ann.access_token}", "", ""]
        line.sendall("\r\n".join(head).encode())
        connections = lambda: httpx.get(f"http://127.0.0.1:{gateway.port}/health").json()["connections"]  # noqa: E731
        wait_until(lambda: connections() == 1, what="the stream")
        session = session_of(system, ann)
        for _ in range(4):
            post_by_sql(system, ann, session, room_id, 200, text="x" * 3000)
            ann.say(room_id, "which rings")
        wait_until(lambda: connections() == 0, timeout=15, what="the end of the stream")
