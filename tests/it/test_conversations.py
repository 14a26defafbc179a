"""Conversations over REST, in the form of document 004: of two, and groups."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from answers import NEVER, ok, refused
from people import Person
from test_direct import told

URL = "/api/conversations"


def opened(person, other):
    answer = person.post(URL, json={"type": "p2p", "user_id": other.id})
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["created"] == (answer.status_code == 201)
    return answer.json()["conversation_id"]


def found(person, room):
    """The conversation in the person's list."""
    return next((one for one in ok(person.get(URL)) if one["conversation_id"] == room), None)


@pytest.fixture
def two(person):
    """Two who have never spoken."""
    return person(), person()


def test_two_people_talk(system, two, connect):
    """The way of the document: register, log in, open a conversation, talk in it, see it in the list."""
    ann, bob = two
    socket = connect(bob)
    answer = ann.post(URL, json={"type": "p2p", "user_id": bob.id})
    assert answer.status_code == 201 and answer.json()["created"] is True
    room = answer.json()["conversation_id"]
    assert told(system, bob, "room_added") == [room]
    socket.join(room)
    assert ann.post(URL, json={"type": "p2p", "user_id": bob.id}).json() == {"conversation_id": room, "created": False}
    assert opened(bob, ann) == room
    ann.say(room, "hello")
    assert socket.expect("new_message", roomId=room)["message"]["content"] == "hello"
    for person in two:
        seen = found(person, room)
        assert (seen["type"], seen["name"], seen["created_by"]) == ("p2p", None, ann.id)
        assert {(m["user_id"], m["username"]) for m in seen["members"]} == {(p.id, p.name) for p in two}


def test_twelve_at_once_from_both_sides_get_one(system, two):
    def ask(i):
        me, other = two if i % 2 else two[::-1]
        with Person(system) as client:
            client.headers["Authorization"] = me.headers["Authorization"]
            return opened(client, other)

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1


def test_a_note_to_oneself(person):
    ann = person()
    room = opened(ann, ann)
    ann.say(room, "milk")
    assert [m["user_id"] for m in found(ann, room)["members"]] == [ann.id]


def test_a_group(system, two, person):
    ann, bob = two
    cat = person()
    answer = ann.post(URL, json={"type": "group", "member_ids": [bob.id, cat.id, bob.id], "name": "the three"})
    assert answer.status_code == 201 and answer.json()["created"] is True
    room = answer.json()["conversation_id"]
    assert told(system, bob, "room_added") == [room]
    seen = found(cat, room)
    assert (seen["type"], seen["name"], seen["created_by"]) == ("group", "the three", ann.id)
    assert {m["user_id"] for m in seen["members"]} == {ann.id, bob.id, cat.id}
    bob.say(room, "hello")
    again = ann.post(URL, json={"type": "group", "member_ids": [bob.id, cat.id], "name": "the three"}).json()
    assert again["created"] and again["conversation_id"] != room
    unnamed = ann.post(URL, json={"type": "group", "member_ids": [bob.id]}).json()["conversation_id"]
    assert found(bob, unnamed)["name"] == f"{ann.name}, {bob.name}"


BAD = [
    ({}, "type"),
    ({"type": "channel", "user_id": NEVER}, "type"),
    ({"type": "p2p"}, "user_id"),
    ({"type": "p2p", "user_id": "7"}, "user_id"),
    ({"type": "group"}, "member_ids"),
    ({"type": "group", "member_ids": []}, "member_ids"),
    ({"type": "group", "member_ids": ["7"]}, "member_ids"),
    ({"type": "group", "member_ids": [NEVER]}, "member_ids"),
    ({"type": "group", "member_ids": [NEVER] * 101}, "member_ids"),
    ({"type": "group", "member_ids": [NEVER], "name": ""}, "name"),
    ({"type": "group", "member_ids": [NEVER], "name": "x" * 256}, "name"),
    ({"type": "group", "member_ids": [NEVER], "name": "a\u0007b"}, "name"),
]


@pytest.mark.parametrize("body, field", BAD)
def test_bad_fields(someone, body, field):
    refused(someone().post(URL, json=body), 422, "bad_field", field)


def test_nobody_talks_to_who_is_not_there(system, two, person):
    ann, off = two
    gone = person()
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (off.id,))
        db.execute("UPDATE chat.users SET deleted_at = now() WHERE id = %s", (gone.id,))
    for id in (NEVER, off.id, gone.id):
        refused(ann.post(URL, json={"type": "p2p", "user_id": id}), 404, "user_not_found")


def test_who_is_blocked_opens_nothing(system, two):
    ann, bob = two
    with system.db() as db:
        db.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", (ann.id, bob.id))
    refused(bob.post(URL, json={"type": "p2p", "user_id": ann.id}), 403, "blocked")
    assert ok(ann.get(URL)) == []


def test_the_list_is_by_the_latest_news_and_in_pages(person, crowd):
    ann = person()
    rooms = [opened(ann, next(crowd)) for _ in range(5)]
    ann.say(rooms[1], "news")
    wanted = [rooms[i] for i in (1, 4, 3, 2, 0)]
    assert [one["conversation_id"] for one in ok(ann.get(URL))] == wanted
    pages, before = [], {}
    while page := ok(ann.get(URL, params={"limit": 2, **before})):
        pages.append([one["conversation_id"] for one in page])
        before = {"before": pages[-1][-1]}
    assert pages == [wanted[:2], wanted[2:4], wanted[4:]]
    assert ok(ann.get(URL, params={"before": NEVER})) == []
    for params, field in (({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"before": "7"}, "before")):
        refused(ann.get(URL, params=params), 422, "bad_field", field)


def test_a_hidden_one_is_listed_while_it_has_news(system, two):
    ann, bob = two
    room = opened(ann, bob)
    with system.db() as db:
        db.execute("UPDATE chat.room_members SET is_hidden = true WHERE room_id = %s AND user_id = %s", (room, ann.id))
    assert found(ann, room) is None and ok(ann.get("/auth/conversations")) == []
    bob.say(room, "hello")
    assert found(ann, room) and ok(ann.get("/auth/conversations"))[0]["unread_count"] == 1
    ok(ann.put(f"/auth/conversations/{room}/read"))
    assert found(ann, room) is None
    assert opened(ann, bob) == room and found(ann, room)


def test_names_that_are_no_text_are_nobodys(someone):
    ann = someone()
    answer = ann.post(URL, content=b'{"type":"group","member_ids":["' + ann.id.encode() + b'"],"name":"\xff"}',
                      headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert ann.post(URL, content="type=p2p").status_code == 415
