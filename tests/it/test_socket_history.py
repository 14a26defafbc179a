"""Pages of a room's past over a socket: what REST answers, in one ack; and who reads slowly is waited for."""

import json
import uuid
from contextlib import closing

import pytest
from answers import NEVER
from apitokens import READ, WRITE, ApiToken
from gateways import UNLIMITED, Gateway
from native import LOBBY, bearer, frame, post_by_sql
from rawws import RawSocket
from wsclient import SUBPROTOCOL, Closed, NativeSocket, Refused



def sql(system, query, *values):
    with system.db() as db:
        return db.execute(query, values)


def session_of(system, person):
    return sql(system, "SELECT id FROM chat.sessions WHERE user_id = %s AND revoked_at IS NULL LIMIT 1", person.id).fetchone()[0]


def same_page(socket, person, room_id, **fields):
    """The page by the socket, which is the one by REST."""
    ack = socket.request("history", roomId=room_id, **fields)
    answer = person.history(room_id, **fields)
    assert set(ack) == {"type", "ref", "roomId", "messages", "epoch", "seq", "hasMore"}
    assert ack["messages"] == answer.json()
    assert (ack["epoch"], str(ack["seq"])) == (answer.headers["chat-epoch"], answer.headers["chat-seq"])
    assert ack["hasMore"] == ('rel="prev"' in answer.headers.get("link", ""))
    return ack


def refused_alike(socket, person, room_id, code):
    with pytest.raises(Refused) as refused:
        socket.request("history", roomId=room_id)
    answer = person.get(f"/api/rooms/{room_id}/messages").json()
    assert refused.value.code == answer["code"] == code
    assert refused.value.event["detail"] == answer["detail"]


@pytest.fixture
def talk(system, room, connect):
    """Ann, Bob, a room with 120 messages of Ann's, some of them changed; and Bob's socket."""
    ann, bob, room_id = room
    post_by_sql(system, ann, session_of(system, ann), room_id, 120)
    messages = ann.history(room_id, limit=5).json()
    ann.patch(f"/api/rooms/{room_id}/messages/{messages[0]['id']}", json={"content": "changed"})
    ann.delete(f"/api/rooms/{room_id}/messages/{messages[1]['id']}")
    bob.put(f"/api/rooms/{room_id}/messages/{messages[2]['id']}/reactions/x")
    bob.say(room_id, "a reply", parentId=messages[3]["id"])
    return ann, bob, room_id, connect(bob)


def test_pages_back_to_the_beginning(talk):
    _, bob, room_id, socket = talk
    newest = same_page(socket, bob, room_id)
    assert len(newest["messages"]) == 50 and newest["hasMore"]
    page, read = newest, len(newest["messages"])
    while page["hasMore"]:
        page = same_page(socket, bob, room_id, before=page["messages"][0]["seq"], limit=33)
        read += len(page["messages"])
    assert read == 121
    assert same_page(socket, bob, room_id, before=0)["messages"] == []
    assert len(same_page(socket, bob, room_id, limit=100)["messages"]) == 100
    assert len(same_page(socket, bob, room_id, limit=1)["messages"]) == 1


def test_who_joins_at_its_position_misses_nothing(talk):
    ann, _, room_id, socket = talk
    page = socket.request("history", roomId=room_id)
    said = ann.say(room_id, "in between")
    joined = socket.join(room_id, after=page["seq"], epoch=page["epoch"])
    assert joined["recovered"] is True
    assert socket.expect("new_message")["seq"] == said["seq"]


@pytest.mark.parametrize("fields, field", [
    ({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"limit": "5"}, "limit"), ({"before": -1}, "before"),
    ({"before": "5"}, "before"), ({"roomId": "7"}, "roomId"), ({"roomId": None}, "roomId"),
])
def test_a_bad_field(connect, someone, fields, field):
    with pytest.raises(Refused) as refused:
        connect(someone()).request("history", **{"roomId": LOBBY, **fields})
    assert (refused.value.code, refused.value.event["field"]) == ("bad_field", field)


def test_without_a_ref_there_is_nothing_to_answer_with(connect, someone):
    socket = connect(someone())
    socket.send(type="history", roomId=LOBBY)
    error = socket.expect("error")
    assert (error["code"], error["field"]) == ("bad_field", "ref") and "ref" not in error


def test_what_one_may_not_read(system, talk, someone, connect):
    ann, bob, room_id, socket = talk
    stranger = someone()
    refused_alike(connect(stranger), stranger, room_id, "not_member")
    refused_alike(socket, bob, NEVER, "room_not_found")
    hidden = someone().create_room(isPrivate=True)["id"]
    refused_alike(socket, bob, hidden, "room_not_found")
    sql(system, "SELECT chat.remove_member(%s, %s, false, %s, true)", room_id, ann.id, bob.id)
    refused_alike(socket, bob, room_id, "banned")


def test_what_was_said_before_one_joined(someone, connect):
    ann, late = someone(), someone()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    ann.say(room_id, "old")
    ann.add(room_id, late)
    ann.say(room_id, "new")
    page = same_page(connect(late), late, room_id)
    assert [message["content"] for message in page["messages"]] == ["new"]


def test_by_which_credential(system, person, someone, connect):
    """Asked anew for each page: nobody has told the gateway yet."""
    ann, stranger = person(), someone()
    room_id = ann.create_room(isPrivate=True)["id"]
    ann.say(room_id, "hello")
    application = connect(ApiToken(system, stranger, "CLIENT"))
    assert len(application.request("history", roomId=room_id)["messages"]) == 1
    token = ApiToken(system, ann, permissions=READ)
    reader, socket = connect(token), connect(ann)
    assert len(reader.request("history", roomId=room_id)["messages"]) == 1
    sql(system, "UPDATE chat.api_tokens SET permissions = %s WHERE id = %s", WRITE, token.id)
    with pytest.raises(Refused) as refused:
        reader.request("history", roomId=room_id)
    assert refused.value.code == "forbidden"
    sql(system, "UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s", ann.id)
    with pytest.raises((Refused, Closed)) as ended:   # the gateway may look just now whether its sockets are good
        socket.request("history", roomId=room_id)
    assert ended.value.code in ("unauthorized", 4401)


@pytest.fixture
def long(system, room):
    """A room with a hundred of the longest messages: 3.2 MB."""
    ann, bob, room_id = room
    session = session_of(system, ann)
    with system.db() as db:
        db.execute("SELECT chat.post_messages(array_fill(%(r)s::uuid, ARRAY[100]), array_fill(%(u)s::uuid, ARRAY[100]),"
                   " array_fill('session'::text, ARRAY[100]), array_fill(%(s)s::uuid, ARRAY[100]),"
                   " (SELECT array_agg('long' || i) FROM generate_series(1, 100) i), NULL,"
                   " array_fill(repeat(%(c)s, 8000), ARRAY[100]), NULL, NULL, NULL, NULL)",
                   {"r": room_id, "u": ann.id, "s": session, "c": "\U0001f600"})
    return bob, room_id


def test_a_page_of_long_messages_is_cut(connect, long):
    bob, room_id = long
    socket, before, seqs = connect(bob), {}, []
    for _ in range(5):
        page = socket.request("history", roomId=room_id, limit=100, **before)
        assert 1 <= len(page["messages"]) <= 4 and page["hasMore"]
        seqs = [message["seq"] for message in page["messages"]] + seqs
        before = {"before": seqs[0]}
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert all(len(message["content"]) == 8000 for message in page["messages"])


def test_control_characters_make_it_six_times_as_long(system, connect, room):
    ann, bob, room_id = room
    for n in range(20):
        ann.say(room_id, "\x01" * 8000)
    page = connect(bob).request("history", roomId=room_id)
    assert len(page["messages"]) == 15 and page["hasMore"]


def test_who_reads_slowly_is_waited_for(system, long):
    """Eight megabytes at once would be more than may wait for a connection: they are asked for as he takes them."""
    bob, room_id = long
    with Gateway(system, **UNLIMITED) as gateway:
        stuck = RawSocket(gateway.ws_url, bearer(bob), SUBPROTOCOL, receive_buffer=65536)
        stuck.send_together(*({"type": "history", "ref": n, "roomId": room_id, "limit": 100} for n in range(60)))
        with closing(NativeSocket(gateway.ws_url, bob.access_token)) as other:
            for _ in range(60):   # each is behind those that were asked for him
                other.request("history", roomId=room_id, limit=100)
        answers = []
        while len(answers) < 60:
            answers += [event for event in json.loads(stuck.receive()) if event["type"] in ("ack", "error")]
        assert [(answer["type"], answer["ref"]) for answer in answers] == [("ack", n) for n in range(60)]
        stuck.close()


def test_pages_and_messages_of_many_at_once(talk, connect, someone):
    """More than are asked at once, from several sockets; each gets its own."""
    ann, bob, room_id, socket = talk
    sockets = [socket, connect(ann), connect(bob)]
    for n in range(1, 11):
        for one in sockets:
            one.send_raw(frame("history", ref=n, roomId=room_id, limit=n))
    ack = sockets[1].message(room_id, "meanwhile", client_id=str(uuid.uuid4()))
    assert ack["duplicate"] is False
    for one in sockets:
        for n in range(1, 11):
            assert len(one.expect("ack", ref=n)["messages"]) == n
