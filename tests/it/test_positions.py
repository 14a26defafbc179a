"""Read positions over REST: one's own, everybody's, and who hears of a move."""

import pytest


def read(reader, room_id, seq, expect=200):
    answer = reader.put(f"/api/rooms/{room_id}/read", json={"seq": seq})
    assert answer.status_code == expect, answer.text
    return answer.json()


def positions(reader, room_id, **query):
    answer = reader.get(f"/api/rooms/{room_id}/read", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_position_moves_forward_and_never_beyond_the_last(room):
    ann, bob, room_id = room
    first, last = (ann.say(room_id, f"@{bob.name} {text}") for text in ("one", "two"))
    moved = read(bob, room_id, first["seq"])
    assert (moved["readSeq"], moved["unread"], moved["mentions"]) == (first["seq"], 1, 1)
    assert read(bob, room_id, 0)["readSeq"] == first["seq"]
    moved = read(bob, room_id, 2**62)
    assert (moved["readSeq"], moved["unread"], moved["mentions"]) == (last["seq"], 0, 0)
    room = bob.get(f"/api/rooms/{room_id}").json()
    assert (room["readSeq"], room["unread"], room["mentions"]) == (last["seq"], 0, 0)


def test_everybodys_position(room):
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    before = {one["userId"]: one["readSeq"] for one in positions(ann, room_id).json()}
    assert before[ann.id] < seq  # posting does not move it
    read(bob, room_id, seq)
    after = positions(ann, room_id).json()
    assert {one["userId"]: one["readSeq"] for one in after} == {**before, bob.id: seq}
    assert {one["username"] for one in after} == {ann.name, bob.name}
    bob.post(f"/api/rooms/{room_id}/leave")
    assert [one["userId"] for one in positions(ann, room_id).json()] == [ann.id]


def test_positions_come_in_pages(room):
    ann, bob, room_id = room
    first = positions(ann, room_id, limit=1)
    assert [one["userId"] for one in first.json()] == [min(ann.id, bob.id)]
    second = ann.get(first.links["next"]["url"])
    assert [one["userId"] for one in second.json()] == [max(ann.id, bob.id)]
    assert "next" not in second.links


@pytest.mark.parametrize("body", ({}, {"seq": -1}, {"seq": "3"}, {"seq": None}))
def test_a_position_is_a_number(room, body):
    ann, _, room_id = room
    answer = ann.put(f"/api/rooms/{room_id}/read", json=body)
    assert (answer.status_code, answer.json().get("field")) == (422, "seq")


def test_who_is_there_hears_of_a_move(connect, room, system):
    """`read` goes to the others in the room; the reader's own log is for his devices."""
    ann, bob, room_id = room
    seq = ann.say(room_id, "hello")["seq"]
    hers, his = connect(ann), connect(bob)
    for socket in (hers, his):
        socket.join(room_id)
    read(bob, room_id, seq)
    assert hers.expect("read", roomId=room_id) == {
        "type": "read", "roomId": room_id, "userId": bob.id, "readSeq": seq}
    read(bob, room_id, seq)  # nothing moves, so nobody is told
    read(ann, room_id, seq)
    assert his.expect("read", roomId=room_id)["userId"] == ann.id
    assert [event["userId"] for socket in (hers, his) for event in socket.events if event["type"] == "read"] == [
        bob.id, ann.id]
    with system.db() as db:
        events = db.execute("SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'read_moved'"
                            "   AND data ->> 'roomId' = %s", [bob.id, room_id]).fetchall()
    assert events == [({"roomId": room_id, "readSeq": seq},)]


def test_who_has_left_the_room_hears_nothing(connect, room):
    ann, bob, room_id = room
    his = connect(bob)
    his.join(room_id)
    seq = ann.say(room_id, "hello")["seq"]
    assert bob.post(f"/api/rooms/{room_id}/leave").status_code == 200
    read(ann, room_id, seq)
    assert his.expect("left", roomId=room_id)
    other = ann.create_room()["id"]
    ann.add(other, bob)
    his.join(other)
    read(ann, other, ann.say(other, "there")["seq"])
    his.expect("read", roomId=other)  # the bells come in order, so the first one is past
    assert [event["roomId"] for event in his.events if event["type"] == "read"] == [other]
