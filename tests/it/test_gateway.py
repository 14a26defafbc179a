"""The native dialect, frame by frame, through a web server and against the real database."""

import itertools
import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from gateways import Gateway
from native import LOBBY, bearer, contents, frame, message, post_by_sql
from people import unique
from rawws import BINARY, TEXT
from wsclient import NativeSocket, Refused

FRAME_MAX = 64 * 1024
REPLAY_MAX = 1000


# --- frames ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["text", "ünïcode \"'\\", 0, 7, 2**53])
def test_a_ref_comes_back_as_it_was(connect, someone, ref):
    socket = connect(someone())
    socket.send(type="ping", ref=ref)
    assert socket.expect("ack")["ref"] == ref


def test_without_a_ref_there_is_no_answer(connect, someone):
    socket = connect(someone())
    socket.send(type="ping")
    socket.request("ping")
    assert len([event for event in socket.events if event["type"] == "ack"]) == 1


@pytest.mark.parametrize(
    "text, code",
    [
        ("{", "bad_json"),
        ("[]", "bad_json"),
        ("7", "bad_json"),
        ('{"type":"ping"} x', "bad_json"),
        ("[" * 1000, "bad_json"),
        ('{"type":"dance","ref":1}', "unknown_type"),
        ('{"ref":1}', "bad_field"),
        ('{"type":7,"ref":1}', "bad_field"),
        ('{"type":"ping","ref":{}}', "bad_field"),
        ('{"type":"join","ref":1}', "bad_field"),
        ('{"type":"join","ref":1,"roomId":"not-an-id"}', "bad_field"),
        (frame("join", ref=1, roomId=LOBBY, after=-1), "bad_field"),
        (frame("join", ref=1, roomId=LOBBY, after="1"), "bad_field"),
        (frame("message", ref=1, roomId=LOBBY, clientId="c"), "bad_field"),
        (frame("message", ref=1, roomId=LOBBY, content="x"), "bad_field"),
        (message(LOBBY, ""), "bad_field"),
        (message(LOBBY, 5), "bad_field"),
        (message(LOBBY, "x", client_id="c" * 65), "bad_field"),
        (message(LOBBY, "x" * 8001), "bad_field"),
        (message(LOBBY, "a\0b"), "NUL"),
    ],
)
def test_a_bad_frame_is_an_error_and_the_socket_stays(connect, someone, text, code):
    socket = connect(someone())
    socket.send_raw(text)
    error = socket.expect("error")
    assert error["code"] in ({"bad_encoding", "bad_field", "bad_json"} if code == "NUL" else {code})
    assert error.get("ref") == (1 if re.search(r'"ref": ?1', text) and code != "NUL" else None)
    socket.request("ping")


def test_unknown_fields_are_ignored(connect, room):
    ann, bob, room_id = room
    ack = connect(ann).message(room_id, "as myself", userId=bob.id, seq=99)
    assert ann.history(room_id).json()[-1]["userId"] == ann.id
    assert ack["seq"] != 99


def test_the_longest_message(joined):
    socket, room_id = joined
    content = "\U0001f600" * 8000
    socket.send_raw(message(room_id, content))
    socket.expect("ack", ref=1)
    assert contents(socket.wait_messages(room_id, 1)) == [content]


def test_fragments_are_put_together(raw, room):
    ann, _, room_id = room
    socket = raw(headers=bearer(ann))
    data = message(room_id, "grüße 🙂").encode()
    pieces = [data[at : at + 1] for at in range(len(data))]  # through the middle of characters
    for number, piece in enumerate(pieces):
        socket.send(piece, TEXT if number == 0 else 0, final=number == len(pieces) - 1)
    socket.receive_events("ack")
    assert ann.history(room_id).json()[-1]["content"] == "grüße 🙂"


@pytest.mark.parametrize("payload", [b"", b"\x00\x01", b'{"type":"ping"}'])
def test_binary_is_closed_with_1003(raw, someone, payload):
    socket = raw(headers=bearer(someone()))
    socket.send(payload, BINARY)
    assert socket.wait_closed().code == 1003


@pytest.mark.parametrize(
    "payload", [b"\xff", b'{"type":"\xc0\xaf"}', b"\xed\xa0\x80", b"\xf0\x9f\x98"]
)
def test_bad_utf8_is_closed_with_1007(raw, someone, payload):
    socket = raw(headers=bearer(someone()))
    socket.send(payload)
    assert socket.wait_closed().code == 1007


def test_a_frame_at_the_cap_is_looked_at(raw, someone):
    socket = raw(headers=bearer(someone()))
    socket.send(json.dumps({"type": "ping", "ref": 1}).ljust(FRAME_MAX))
    assert socket.receive_events("ack", "error")["ref"] == 1


@pytest.mark.parametrize("pieces", [1, 5])
def test_a_frame_over_the_cap_is_closed_with_1009(raw, someone, pieces):
    socket = raw(headers=bearer(someone()))
    data, size = b"x" * (FRAME_MAX + 1), FRAME_MAX // pieces + 1
    for at in range(0, len(data), size):
        socket.send(data[at : at + size], TEXT if at == 0 else 0, final=at + size >= len(data))
    assert socket.wait_closed().code == 1009


# --- limits ---------------------------------------------------------------------------------------


def test_too_many_frames_are_refused_and_at_last_closed(raw, someone):
    socket = raw(headers=bearer(someone()))
    socket.receive_events("welcome")
    pings = [{"type": "ping", "ref": number} for number in range(150)]
    socket.send_together(*pings[:60])
    answers = []
    while len(answers) < 60:
        answers += json.loads(socket.receive())
    assert [answer["ref"] for answer in answers] == list(range(60))
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert 25 <= len(refused) <= 30
    assert all(error["code"] == "rate_limited" for error in refused)
    assert all(error["retryable"] and error["retryAfterMs"] > 0 for error in refused)
    socket.send_together(*pings[60:])
    assert socket.wait_closed().code == 4008


def test_who_waits_after_a_refusal_goes_on(connect, someone):
    socket = connect(someone())
    with pytest.raises(Refused) as refused:
        for _ in range(40):
            socket.request("ping")
    wait_s = refused.value.event["retryAfterMs"] / 1000
    assert 0 < wait_s < 1
    time.sleep(wait_s)  # what the server asked for
    socket.request("ping")


def test_who_comes_back_may_join_all_his_rooms_at_once(connect, room):
    ann, _, room_id = room
    socket = connect(ann)
    rooms = socket.welcome["limits"]["rooms"]
    for _ in range(rooms):
        socket.request("join", roomId=room_id)
    with pytest.raises(Refused) as refused:
        for _ in range(rooms):
            socket.request("join", roomId=room_id)
    assert refused.value.code == "rate_limited"
    socket.request("ping")  # which is counted apart


def test_too_many_messages_to_a_room_are_refused(system, room):
    ann, _, room_id = room
    with Gateway(system, MESSAGES_BURST="10") as gateway, closing(NativeSocket(gateway.ws_url, ann.access_token)) as socket:
        socket.join(room_id)
        with pytest.raises(Refused) as refused:
            for number in range(12):
                socket.message(room_id, str(number))
        assert refused.value.code == "rate_limited"
        assert refused.value.event["retryable"] is True
        assert 10 <= len(ann.history(room_id).json()) <= 12
        socket.message(LOBBY, "elsewhere it is allowed")


# --- joining and talking --------------------------------------------------------------------------


def test_joined_tells_the_position(connect, room):
    ann, bob, room_id = room
    said = ann.say(room_id, "before")
    event = connect(bob).join(room_id)
    page = bob.history(room_id)
    assert event["lastSeq"] == said["seq"] == int(page.headers["chat-seq"])
    assert event["epoch"] == page.headers["chat-epoch"]
    assert (event["recovered"], event["members"]) == (False, 2)


def test_the_ack_comes_before_the_message_and_both_once(joined):
    socket, room_id = joined
    acks = [socket.message(room_id, str(number)) for number in range(5)]
    events = socket.wait_messages(room_id, 5)
    assert [event["seq"] for event in events] == [ack["seq"] for ack in acks]
    assert [event["message"]["id"] for event in events] == [ack["id"] for ack in acks]
    socket.request("ping")
    assert [event["id"] for event in socket.events if event["type"] == "ack" and "id" in event] == [a["id"] for a in acks]
    assert len(socket.messages(room_id)) == 5
    for ack, event in zip(acks, events):
        assert socket.events.index(ack) < socket.events.index(event)
        assert ack["createdAt"] == event["message"]["createdAt"]
        assert ack["duplicate"] is False


def test_a_duplicate_is_answered_with_the_original(joined):
    socket, room_id = joined
    first = socket.message(room_id, "the first", client_id="same")
    again = socket.message(room_id, "something else", client_id="same")
    assert again | {"ref": None} == first | {"ref": None, "duplicate": True}
    socket.message(room_id, "the end")
    assert contents(socket.wait_messages(room_id, 2)) == ["the first", "the end"]


def test_one_client_id_over_socket_and_rest_is_one_message(joined, room):
    ann, _, _ = room
    socket, room_id = joined
    ack = socket.message(room_id, "once", client_id="both")
    assert ann.say(room_id, "once", clientId="both")["id"] == ack["id"]


def test_a_reply_names_the_root_of_its_thread(joined):
    socket, room_id = joined
    root = socket.message(room_id, "root")
    reply = socket.message(room_id, "reply", parentId=root["id"])
    socket.message(room_id, "reply to the reply", parentId=reply["id"])
    parents = [event["message"]["parentId"] for event in socket.wait_messages(room_id, 3)]
    assert parents == [None, root["id"], root["id"]]
    with pytest.raises(Refused) as refused:
        socket.message(room_id, "to nobody", parentId=str(uuid.uuid4()))
    assert refused.value.code == "parent_not_found"


@pytest.mark.parametrize("kind", ["join", "message"])
def test_what_is_not_ones_own(connect, someone, room, kind):
    _, _, room_id = room
    socket = connect(someone())
    fields = {"content": "x", "clientId": "c"} if kind == "message" else {}
    with pytest.raises(Refused) as not_member:
        socket.request(kind, roomId=room_id, **fields)
    with pytest.raises(Refused) as unknown:
        socket.request(kind, roomId=str(uuid.uuid4()), **fields)
    assert not_member.value.code in ("not_member", "room_not_found")
    assert unknown.value.code == "room_not_found"


def test_after_leave_nothing_more_is_heard(connect, room):
    ann, bob, room_id = room
    socket = connect(bob)
    socket.join(room_id)
    socket.request("leave", roomId=room_id)
    said = ann.say(room_id, "unheard")
    assert socket.join(room_id)["lastSeq"] == said["seq"]
    assert socket.messages(room_id) == []
    socket.request("leave", roomId=str(uuid.uuid4()))  # what was never joined is left already


def test_a_second_join_starts_from_its_position(joined, room):
    ann, _, _ = room
    socket, room_id = joined
    said = [ann.say(room_id, str(number)) for number in range(3)]
    socket.wait_messages(room_id, 3)
    again = socket.join(room_id, after=said[0]["seq"], epoch=socket.welcome["epoch"])
    assert again["recovered"] is True
    events = socket.wait_messages(room_id, 5)
    assert contents(events) == ["0", "1", "2", "1", "2"]


def test_who_is_added_is_announced_and_who_leaves_hears_no_more(connect, someone, room):
    ann, bob, room_id = room
    hers, his = connect(ann), connect(bob)
    hers.join(room_id)
    his.join(room_id)
    eve = someone()
    ann.add(room_id, eve)
    assert hers.expect("member_joined")["user"]["id"] == eve.id
    assert bob.post(f"/api/rooms/{room_id}/leave").status_code == 200
    his.expect("member_left")
    ann.say(room_id, "without Bob")
    hers.wait_messages(room_id, 1)
    his.request("ping")
    assert his.messages(room_id) == []


# --- resuming -------------------------------------------------------------------------------------


def test_a_gap_is_replayed_whole_and_in_order(system, connect, room):
    ann, bob, room_id = room
    first = connect(ann)
    position = first.join(room_id)
    seqs = post_by_sql(system, ann, first.welcome["sessionId"], room_id, 300)
    again = connect(bob)
    back = again.join(room_id, after=position["lastSeq"], epoch=position["epoch"])
    assert (back["recovered"], back["lastSeq"]) == (True, seqs[-1])
    events = again.wait_messages(room_id, 300)
    assert [event["seq"] for event in events] == seqs
    assert contents(events) == [f"number {number}" for number in range(1, 301)]
    assert again.events.index(back) < again.events.index(events[0])


@pytest.mark.parametrize("count, size", [(REPLAY_MAX + 1, 1), (10, 7990)])
def test_a_gap_too_large_is_not_replayed_in_part(system, connect, room, count, size):
    """More events, or more bytes, than a resume may bring."""
    ann, bob, room_id = room
    socket = connect(ann)
    position = socket.join(room_id)
    text = "\U0001f600" * size
    seqs = post_by_sql(system, ann, socket.welcome["sessionId"], room_id, count, text)
    late = connect(bob)
    back = late.join(room_id, after=position["lastSeq"], epoch=position["epoch"])
    assert (back["recovered"], back["lastSeq"]) == (False, seqs[-1])
    ann.say(room_id, "live")
    assert contents(late.wait_messages(room_id, 1)) == ["live"]


@pytest.mark.parametrize(
    "lie", [{"epoch": "another"}, {"epoch": ""}, {"after": 10**9}, {"after": 2**62}]
)
def test_a_position_that_is_not_ours_is_not_recovered(connect, room, lie):
    ann, _, room_id = room
    ann.say(room_id, "something")
    socket = connect(ann)
    position = socket.join(room_id)
    back = socket.join(room_id, **({"after": 1, "epoch": position["epoch"]} | lie))
    assert (back["recovered"], back["lastSeq"]) == (False, position["lastSeq"])
    socket.message(room_id, "goes on")
    assert contents(socket.wait_messages(room_id, 1)) == ["goes on"]


def test_nothing_missed_is_recovered_too(joined):
    socket, room_id = joined
    position = socket.join(room_id)
    again = socket.join(room_id, after=position["lastSeq"], epoch=position["epoch"])
    assert again["recovered"] is True


# --- one log, whatever the way --------------------------------------------------------------------


def test_rest_and_socket_are_one_conversation(connect, room):
    ann, bob, room_id = room
    socket = connect(bob)
    socket.join(room_id)
    posted = ann.say(room_id, "by REST")
    sent = socket.message(room_id, "by socket")
    events = socket.wait_messages(room_id, 2)
    assert [event["seq"] for event in events] == [posted["seq"], sent["seq"]]
    page = ann.history(room_id).json()
    assert [message["id"] for message in page] == [posted["id"], sent["id"]]
    assert page == [event["message"] for event in events]


def test_the_lobby_over_a_native_socket(connect, someone):
    ann = someone()
    socket = connect(ann)
    socket.join(LOBBY)
    text = unique("lobby")
    ack = socket.message(LOBBY, text)
    line = {"id": ack["seq"], "username": ann.name, "text": text}
    assert line in ann.get("/auth/messages").json()


def test_many_senders_one_order(system, connect, someone):
    people = [someone() for _ in range(10)]
    room_id = people[0].create_room()["id"]
    for other in people[1:]:
        people[0].add(room_id, other)
    sockets = [connect(one) for one in people]
    start = sockets[0].join(room_id)["lastSeq"]
    for socket in sockets[1:]:
        socket.join(room_id)

    def talk(number):
        acks = [sockets[number].message(room_id, f"{number}: {n}") for n in range(8)]
        acks += [people[number].say(room_id, f"{number}: by REST")]
        return [ack["seq"] for ack in acks]

    with ThreadPoolExecutor(len(people)) as pool:
        acked = list(pool.map(talk, range(len(people))))
    total = sum(map(len, acked))
    seqs = list(range(start + 1, start + 1 + total))
    assert sorted(itertools.chain(*acked)) == seqs
    assert all(own == sorted(own) for own in acked)
    heard = [socket.wait_messages(room_id, total) for socket in sockets]
    assert [event["seq"] for event in heard[0]] == seqs
    assert all(events == heard[0] for events in heard)
