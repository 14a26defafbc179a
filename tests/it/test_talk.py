"""Two people talk: over sockets and over REST, with a reconnect, and nothing is lost or doubled."""

import pytest
from people import unique
from wsclient import Refused


def contents(events):
    return [event["message"]["content"] for event in events]


def test_a_socket_is_welcomed(connect, person):
    ann = person()
    socket = connect(ann)
    assert socket.subprotocol == "chatsphere.v1"
    assert socket.welcome["userId"] == ann.id
    assert {"epoch", "heartbeatMs", "limits"} <= set(socket.welcome)


def test_two_people_talk(connect, room):
    ann, bob, room_id = room
    hers, his = connect(ann), connect(bob)
    assert hers.join(room_id)["recovered"] is False
    his.join(room_id)
    first = hers.message(room_id, "hello Bob")
    second = his.message(room_id, "hello Ann")
    assert second["seq"] == first["seq"] + 1
    for socket in (hers, his):
        events = socket.wait_messages(room_id, 2)
        assert [event["seq"] for event in events] == [first["seq"], second["seq"]]
        assert contents(events) == ["hello Bob", "hello Ann"]
    assert [message["id"] for message in ann.history(room_id).json()] == [first["id"], second["id"]]


def test_what_is_posted_over_rest_reaches_the_sockets(connect, room):
    ann, bob, room_id = room
    his = connect(bob)
    his.join(room_id)
    said = ann.say(room_id, "by post")
    event = his.expect("new_message", roomId=room_id)
    assert event["seq"] == said["seq"]
    assert event["message"]["user"] == {"id": ann.id, "username": ann.name}


def test_a_repeated_message_is_acknowledged_as_the_first(connect, room):
    ann, bob, room_id = room
    hers, his = connect(ann), connect(bob)
    hers.join(room_id)
    his.join(room_id)
    acks = [hers.message(room_id, "once", client_id="c-1") for _ in range(2)]
    assert [ack["duplicate"] for ack in acks] == [False, True]
    assert acks[0]["id"] == acks[1]["id"]
    hers.message(room_id, "then this")
    assert contents(his.wait_messages(room_id, 2)) == ["once", "then this"]


def test_who_comes_back_gets_what_he_missed(connect, room):
    ann, bob, room_id = room
    his = connect(bob)
    joined = his.join(room_id)
    his.close()
    for number in range(5):
        ann.say(room_id, str(number))
    again = connect(bob)
    back = again.join(room_id, after=joined["lastSeq"], epoch=joined["epoch"])
    assert back["recovered"] is True
    ann.say(room_id, "live")
    assert contents(again.wait_messages(room_id, 6)) == ["0", "1", "2", "3", "4", "live"]


def test_a_page_of_history_says_where_to_join(connect, room):
    ann, bob, room_id = room
    ann.say(room_id, "before")
    page = bob.history(room_id)
    ann.say(room_id, "between")
    his = connect(bob)
    position = {"after": int(page.headers["chat-seq"]), "epoch": page.headers["chat-epoch"]}
    assert his.join(room_id, **position)["recovered"] is True
    assert contents(his.wait_messages(room_id, 1)) == ["between"]


def test_strangers_hear_nothing(connect, person, room):
    ann, _, room_id = room
    hers, eves = connect(ann), connect(person())
    with pytest.raises(Refused):
        eves.join(room_id)
    with pytest.raises(Refused):
        eves.message(room_id, "me too")
    hers.join(room_id)
    hers.message(room_id, "among us")
    eves.request("ping")
    assert eves.messages(room_id) == []


def test_a_bad_token_is_closed_with_1008(connect):
    socket = connect()
    socket.send(type="auth", token=unique("nonsense"))
    assert socket.wait_closed().code == 1008


def test_nonsense_is_an_error_and_the_socket_stays(connect, person):
    socket = connect(person())
    for frame in ("{", "[]", '{"type":"dance"}', '{"type":"join","roomId":7}'):
        socket.send_raw(frame)
        socket.expect("error")
    assert socket.is_open
