"""The dialect of document 001 beyond its transcripts: the past and what happens meet, large pasts, many rooms."""

import json
import threading

import pytest
from native import frame, post_by_sql
from people import unique
from system import wait_until


@pytest.fixture
def sphere(raw):
    """Opens a socket as that document's client does."""
    return lambda who: raw(f"{who.system.ws_url}?token={who.access_token}", subprotocol=None)


def receive(socket, kind, timeout=10):
    """The next frame of this type; others are passed over."""
    while (came := json.loads(socket.receive(timeout)))["type"] != kind:
        pass
    return came


def join(socket, room_id):
    socket.send(frame("join", roomId=room_id))
    assert receive(socket, "join_confirmation")["roomId"] == room_id
    return [m["content"] for m in receive(socket, "previous_messages")["messages"]]


def test_the_newest_fifty_ascending(sphere, system, room):
    ann, bob, room_id = room
    (session,) = [s["id"] for s in ann.get("/auth/sessions").json() if s["current"]]
    post_by_sql(system, ann, session, room_id, 60, text="number ")
    assert join(sphere(bob), room_id) == [f"number {n}" for n in range(11, 61)]


def test_past_and_present_meet_without_a_hole_and_without_repetition(sphere, system, room):
    """Sockets join while somebody talks: each has every message once, in order, whichever way it came."""
    ann, bob, room_id = room
    (session,) = [s["id"] for s in ann.get("/auth/sessions").json() if s["current"]]
    stop, said = threading.Event(), []

    def talk():
        while not stop.is_set():
            said.extend(post_by_sql(system, ann, session, room_id, 3, text=f"{len(said)} and "))

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        sockets = []
        for _ in range(8):
            wait_until(lambda seen=len(said): len(said) > seen, what="somebody talks")
            sockets.append(sphere(bob))
            sockets[-1].send(frame("join_room" if len(sockets) % 2 else "join", roomId=room_id))
    finally:
        stop.set()
        talker.join()
    last = bob.say(room_id, unique("the last"))
    everything = [m["id"] for m in all_messages(bob, room_id)]
    assert len(everything) == len(said) + 1
    for socket in sockets:
        heard = heard_until(socket, last["id"])
        assert heard == everything[everything.index(heard[0]) :]


def all_messages(person, room_id):
    found = []
    while page := person.history(room_id, after=found[-1]["seq"] if found else 0, limit=100).json():
        found += page
    return found


def heard_until(socket, message_id):
    """Ids of what a join brought and of what came after it."""
    heard = []
    while message_id not in heard:
        came = json.loads(socket.receive())
        if came["type"] == "new_message":
            heard.append(came.get("message", came)["id"])
        elif came["type"] in ("previous_messages", "message_history"):
            assert not heard, "the past comes first"
            heard = [m["id"] for m in came["messages"]]
    return heard


def test_many_rooms_with_large_pasts_at_once(sphere, system, someone):
    """A client that joins all its rooms in one write is not closed as one that does not read."""
    ann, bob = someone(), someone()
    (session,) = [s["id"] for s in ann.get("/auth/sessions").json() if s["current"]]
    rooms = [ann.create_room()["id"] for _ in range(12)]
    for room_id in rooms:
        ann.add(room_id, bob)
        post_by_sql(system, ann, session, room_id, 50, text="x" * 4000)
    socket = sphere(bob)
    socket.send_together(*[frame("join", roomId=room_id) for room_id in rooms])
    for room_id in rooms:
        assert receive(socket, "join_confirmation")["roomId"] == room_id
        assert len(receive(socket, "previous_messages")["messages"]) == 50


def test_a_past_that_is_too_large_is_cut_at_its_old_end(sphere, system, room):
    ann, bob, room_id = room
    (session,) = [s["id"] for s in ann.get("/auth/sessions").json() if s["current"]]
    post_by_sql(system, ann, session, room_id, 50, text="語" * 7990 + " ")
    contents = join(sphere(bob), room_id)
    assert [int(c.split()[1]) for c in contents] == list(range(51 - len(contents), 51))
    assert 10 <= len(contents) < 50


def test_left_before_the_answer(sphere, room):
    """Who leaves a room in the same breath hears nothing of it; who joins again afterwards hears it."""
    ann, bob, room_id = room
    socket = sphere(bob)
    socket.send_together(frame("join", roomId=room_id), frame("leave", roomId=room_id))
    ann.say(room_id, "to nobody")
    socket.send(frame("dance"))
    came = []
    while (event := json.loads(socket.receive()))["type"] != "error":
        came.append(event["type"])
    assert "new_message" not in came
    assert join(socket, room_id) == ["to nobody"]


def test_who_is_removed_hears_no_more(sphere, room):
    ann, bob, room_id = room
    socket = sphere(bob)
    assert join(socket, room_id) == []
    assert ann.delete(f"/api/rooms/{room_id}/users/{bob.id}").status_code == 200
    ann.say(room_id, "without him")
    socket.send(frame("join", roomId=room_id))
    assert receive(socket, "error")["message"] == "You are not a member of this room"


def test_a_since_join_room_shows_its_past_from_there_on(sphere, someone):
    ann, bob = someone(), someone()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    ann.say(room_id, "before him")
    ann.add(room_id, bob)
    ann.say(room_id, "with him")
    assert join(sphere(bob), room_id) == ["with him"]
