"""The dialect of document 004 beyond its transcripts: limits, many conversations, who comes and goes."""

import json

import pytest
from gateways import Gateway
from native import bearer
from people import unique
from rawws import RawSocket
from stopped import stopped

SUBPROTOCOL = "nexus.v1"


@pytest.fixture
def envelope(raw):
    """Opens a socket as that document's client does."""
    return lambda who: raw(f"{who.system.ws_url}?token={who.access_token}", subprotocol=SUBPROTOCOL)


def group(owner, *others):
    """A new conversation of several: its id."""
    body = {"type": "group", "member_ids": [other.id for other in others], "name": unique("group")}
    return owner.post("/api/conversations", json=body).json()["conversation_id"]


def send(conversation_id, content):
    return {"type": "send_message", "payload": {"conversation_id": conversation_id, "content": content}}


def receive(socket):
    """The next frame: its type, and what it says."""
    frame = json.loads(socket.receive())
    assert set(frame) == {"type", "payload"}
    return frame["type"], frame["payload"].get("content", frame["payload"].get("code"))


def database_silent(system):
    """To gateways, for as long as the block lasts."""
    with system.db() as db:
        return stopped(*(pid for (pid,) in db.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'chatsphere-gateway'")))


def test_what_is_said_while_the_database_is_asked_who_somebody_is_reaches_him(system, envelope, someone):
    """From the connection on: its client has no cursor with which it could ask for what it missed."""
    ann, bob = someone(), someone()
    conversations = [group(ann, bob) for _ in range(2)]
    ann.say(conversations[0], "before")
    with database_silent(system):
        socket = envelope(bob)
        for conversation in conversations:
            ann.say(conversation, f"meanwhile {conversation}")
    ann.say(conversations[0], "after")
    came = [receive(socket) for _ in range(3)]
    assert sorted(came[:2]) == sorted(("message_delivered", f"meanwhile {one}") for one in conversations)
    assert came[2] == ("message_delivered", "after")


def test_the_subprotocol_is_echoed(envelope, someone):
    assert envelope(someone()).head["sec-websocket-protocol"] == SUBPROTOCOL


def test_too_much_at_once_is_rate_limited(system, someone):
    ann, bob = someone(), someone()
    conversation, texts = group(ann, bob), [f"number {n}" for n in range(14)]
    with Gateway(system, MESSAGES_BURST="10") as gateway:
        socket = RawSocket(gateway.ws_url, bearer(ann), SUBPROTOCOL)
        socket.send_together(*[json.dumps(send(conversation, text)) for text in texts])
        came = [receive(socket) for _ in texts]
        socket.close()
    heard = [text for kind, text in came if kind == "message_delivered"]
    assert heard == texts[: len(heard)] and 10 <= len(heard) < 14
    assert {code for kind, code in came if kind == "error"} == {"rate_limited"}


def test_all_conversations_are_heard_however_many(system, someone):
    """The cap of rooms a socket is for those who name rooms."""
    ann, bob = someone(), someone()
    conversations = [group(ann, bob) for _ in range(5)]
    with Gateway(system, ROOMS_PER_SOCKET="2") as gateway:
        socket = RawSocket(gateway.ws_url, bearer(bob), SUBPROTOCOL)
        socket.send(send(conversations[0], "here"))
        assert receive(socket) == ("message_delivered", "here")
        for conversation in conversations:
            ann.say(conversation, f"in {conversation}")
        came = {receive(socket) for _ in conversations}
        assert came == {("message_delivered", f"in {conversation}") for conversation in conversations}
        fresh = group(ann, bob)
        socket.send(send(fresh, "in a fresh one"))
        assert receive(socket) == ("message_delivered", "in a fresh one")
        socket.close()


def test_who_is_removed_hears_no_more(envelope, someone):
    ann, bob = someone(), someone()
    left, kept = group(ann, bob), group(ann, bob)
    socket = envelope(bob)
    socket.send(send(left, "still here"))
    assert receive(socket) == ("message_delivered", "still here")
    assert ann.delete(f"/api/rooms/{left}/users/{bob.id}").status_code == 200
    ann.say(left, "without him")
    ann.say(kept, "with him")
    assert receive(socket) == ("message_delivered", "with him")
    socket.send(send(left, "let me in again"))
    assert receive(socket) == ("error", "unauthorized")


def test_a_member_again_hears_again(envelope, someone):
    ann, bob = someone(), someone()
    conversation, socket = group(ann, bob), envelope(bob)
    socket.send(send(conversation, "one"))
    assert receive(socket)[1] == "one"
    assert ann.delete(f"/api/rooms/{conversation}/users/{bob.id}").status_code == 200
    socket.send(send(conversation, "not now"))
    assert receive(socket) == ("error", "unauthorized")
    ann.add(conversation, bob)
    socket.send(send(conversation, "two"))
    assert receive(socket) == ("message_delivered", "two")


def test_frames_keep_their_order_over_a_join(envelope, someone):
    """The first message to a conversation that was opened after the socket waits for a join; what follows, too."""
    ann, bob = someone(), someone()
    socket, old = envelope(ann), group(ann, bob)
    socket.send(send(old, "ready"))
    assert receive(socket)[1] == "ready"
    fresh, fresher = group(ann, bob), group(ann, bob)
    rooms = [old, fresh, fresh, old, fresher, fresh]
    texts = [f"number {n}" for n in range(len(rooms))]
    socket.send_together(*[json.dumps(send(room, text)) for room, text in zip(rooms, texts)])
    came = [json.loads(socket.receive())["payload"] for _ in rooms]
    assert sorted(m["content"] for m in came) == texts
    for room in (old, fresh, fresher):
        heard = [m["content"] for m in came if m["conversation_id"] == room]
        assert heard == [text for at, text in zip(rooms, texts) if at == room]


def test_a_conversation_that_somebody_else_opens_is_heard_from_its_beginning(envelope, someone):
    """However long it takes until the socket has heard of it."""
    ann, bob = someone(), someone()
    socket, old = envelope(bob), group(ann, bob)
    socket.send(send(old, "here"))
    assert receive(socket)[1] == "here"
    fresh = group(ann, bob)
    said = [ann.say(fresh, f"number {n}")["content"] for n in range(8)]
    assert [receive(socket)[1] for _ in said] == said


def test_what_was_said_before_he_answers_is_heard_once(envelope, someone):
    """He speaks in a conversation that his socket is about to hear of: from both sides nothing is lost or doubled."""
    ann, bob = someone(), someone()
    socket, old = envelope(bob), group(ann, bob)
    socket.send(send(old, "here"))
    assert receive(socket)[1] == "here"
    for _ in range(5):
        fresh = group(ann, bob)
        ann.say(fresh, "from her")
        socket.send(send(fresh, "from him"))
        assert [receive(socket)[1] for _ in range(2)] == ["from her", "from him"]


def test_who_is_a_member_again_hears_nothing_of_between(envelope, someone):
    ann, bob = someone(), someone()
    conversation, socket = group(ann, bob), envelope(bob)
    socket.send(send(conversation, "one"))
    assert receive(socket)[1] == "one"
    assert ann.delete(f"/api/rooms/{conversation}/users/{bob.id}").status_code == 200
    ann.say(conversation, "without him")
    ann.add(conversation, bob)
    ann.say(conversation, "with him")
    assert receive(socket) == ("message_delivered", "with him")
