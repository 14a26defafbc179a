"""Posting over a socket and over REST: refused by the same codes, naming the same people, at one pace per user."""

from contextlib import ExitStack, closing

import pytest
from answers import NEVER
from apitokens import READ, ApiToken
from gateways import Gateway
from native import LOBBY
from people import unique
from wsclient import NativeSocket, Refused



def sql(system, query, *values):
    with system.db() as db:
        return db.execute(query, values)


def refused_alike(socket, person, room_id, code, content="x", **fields):
    """Both ways: the same code in the same words; the two events and answers."""
    with pytest.raises(Refused) as refused:
        socket.message(room_id, content, **fields)
    said = refused.value.event
    answer = person.post(f"/api/rooms/{room_id}/messages", json={"content": content, **fields})
    told = answer.json()
    assert said["code"] == told["code"] == code
    assert (said["detail"], said.get("field")) == (told["detail"], told.get("field"))
    return said, answer


@pytest.fixture
def his(room, connect):
    """Ann who owns the room, Bob, the room, and his socket."""
    ann, bob, room_id = room
    return ann, bob, room_id, connect(bob)


# --- refused --------------------------------------------------------------------------------------


def test_where_one_is_not(system, his, someone):
    ann, bob, room_id, socket = his
    stranger_room, hidden = someone().create_room()["id"], someone().create_room(isPrivate=True)["id"]
    refused_alike(socket, bob, NEVER, "room_not_found")
    refused_alike(socket, bob, stranger_room, "not_member")
    refused_alike(socket, bob, hidden, "room_not_found")
    sql(system, "SELECT chat.remove_member(%s, %s, false, %s, true)", room_id, ann.id, bob.id)
    refused_alike(socket, bob, room_id, "banned")


def test_who_may_not_speak(system, his):
    ann, bob, room_id, socket = his
    sql(system, "SELECT chat.set_member(%s, %s, false, %s, NULL, 'infinity', true)", room_id, ann.id, bob.id)
    refused_alike(socket, bob, room_id, "muted")
    sql(system, "UPDATE chat.rooms SET archived_at = now() WHERE id = %s", room_id)
    refused_alike(socket, bob, room_id, "archived")


def test_who_is_blocked(system, someone, connect):
    ann, bob = someone(), someone()
    pair = bob.post("/messages", json={"recipient_id": ann.id, "content": "hello"}).json()["conversation_id"]
    sql(system, "INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", ann.id, bob.id)
    try:
        refused_alike(connect(bob), bob, pair, "blocked")
    finally:
        sql(system, "DELETE FROM chat.user_blocks WHERE user_id = %s", ann.id)


def test_slow_mode(his, connect):
    ann, bob, room_id, socket = his
    assert ann.patch(f"/api/rooms/{room_id}", json={"slowModeSeconds": 60}).status_code == 200
    ack = socket.message(room_id, "first", client_id="first")
    said, answer = refused_alike(socket, bob, room_id, "slow_mode")
    assert 50_000 < said["retryAfterMs"] <= 60_000 and said["retryable"]
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    again = socket.message(room_id, "first", client_id="first")   # a retry is no second message
    assert (again["seq"], again["duplicate"]) == (ack["seq"], True)
    hers = connect(ann)
    for _ in range(2):   # who keeps order is not slowed down
        hers.message(room_id, "quick")


def test_replies(his, someone):
    ann, bob, room_id, socket = his
    elsewhere = ann.say(ann.create_room()["id"], "elsewhere")["id"]
    for parent in (NEVER, elsewhere):
        refused_alike(socket, bob, room_id, "parent_not_found", parentId=parent)
    refused_alike(socket, bob, room_id, "bad_field", parentId="7")
    root = ann.say(room_id, "root")
    socket.message(room_id, "over the socket", parentId=root["id"])
    by_rest = bob.say(room_id, "over REST", parentId=root["id"])
    replies = ann.get(f"/api/rooms/{room_id}/messages/{root['id']}/replies").json()
    assert [reply["content"] for reply in replies] == ["over the socket", "over REST"]
    root = ann.get(f"/api/rooms/{room_id}/messages/{root['id']}").json()
    assert (root["replyCount"], root["rev"]) == (2, by_rest["seq"])


def test_a_reply_to_what_was_said_before_one_joined(someone, connect):
    ann, late = someone(), someone()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    old = ann.say(room_id, "old")
    ann.add(room_id, late)
    refused_alike(connect(late), late, room_id, "parent_not_found", parentId=old["id"])


@pytest.mark.parametrize("content", ["", 7, None, "x" * 8001])
def test_what_is_no_text(his, content):
    _, bob, room_id, socket = his
    refused_alike(socket, bob, room_id, "bad_field", content=content)


def test_a_token_that_may_not_write(system, his, connect):
    _, bob, room_id, _ = his
    token = ApiToken(system, bob, permissions=READ)
    with pytest.raises(Refused) as refused:
        connect(token).message(room_id, "x")
    answer = bob.post(f"/api/rooms/{room_id}/messages", json={"content": "x"},
                      headers={"Authorization": f"Bearer {token.access_token}"})
    assert refused.value.code == answer.json()["code"] == "forbidden"


# --- who is named ---------------------------------------------------------------------------------


def test_the_same_people_are_named(system, his, someone):
    ann, bob, room_id, socket = his
    outside = someone()
    content = f"@{ann.name} @{bob.name} @{outside.name} @nobody-of-that-name @room and <@{ann.id}>"
    seqs = [socket.message(room_id, content)["seq"], bob.say(room_id, content)["seq"]]

    def named(seq):
        rows = sql(system, "SELECT user_id::text FROM chat.mentions WHERE room_id = %s AND seq = %s", room_id, seq)
        told = sql(system, "SELECT user_id::text, kind FROM chat.user_events WHERE data ->> 'roomId' = %s"
                   " AND (data ->> 'seq')::bigint = %s", room_id, seq)
        return {user for (user,) in rows}, sorted(told.fetchall())

    by_socket, by_rest = (named(seq) for seq in seqs)
    assert by_socket == by_rest == ({ann.id, None}, [(ann.id, "mention")])


# --- the pace -------------------------------------------------------------------------------------


def test_many_sockets_are_not_faster_than_one(system, room):
    ann, bob, room_id = room
    with Gateway(system, MESSAGES_BURST="10") as gateway, ExitStack() as opened:
        hers, *sockets = [opened.enter_context(closing(NativeSocket(gateway.ws_url, one.access_token)))
                          for one in (ann, bob, bob, bob, bob)]
        sockets[1].join(room_id)   # one that has joined, and some that have not
        for n in range(16):
            sockets[n % 4].send(type="message", ref=n, roomId=room_id, clientId=unique("c"), content=str(n))
        outcomes = [sockets[n % 4].expect("ack", "error", ref=n) for n in range(16)]
        refused = [outcome for outcome in outcomes if outcome["type"] == "error"]
        assert 4 <= len(refused) <= 6   # ten at once, and one a second
        assert all(one["code"] == "rate_limited" and 0 < one["retryAfterMs"] <= 1001 for one in refused)
        sockets[0].message(LOBBY, "elsewhere it is allowed")
        hers.message(room_id, "and to others")
