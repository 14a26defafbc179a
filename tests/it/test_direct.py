"""Messages of two in the form of document 002: by sender and recipient, over rooms that are rooms like any other."""

import pytest
from admins import admin  # noqa: F401 - a fixture
from answers import NEVER, ok, refused
from apitokens import ApiToken
from people import Person, unique

URL = "/messages"


def write(sender, recipient, content="hello", **fields):
    answer = sender.post(URL, json={"recipient_id": recipient.id, "content": content, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(person, what="", **params):
    return [one["content"] for one in ok(person.get(URL + what, params=params))]


def unread(person):
    return ok(person.get(URL + "/unread/count"))["unread_count"]


def told(system, person, kind):
    """The rooms of the events in the person's own log."""
    with system.db() as db:
        rows = db.execute("SELECT data->>'roomId' FROM chat.user_events WHERE user_id = %s AND kind = %s",
                          (person.id, kind)).fetchall()
    return [room for (room,) in rows]


@pytest.fixture
def two(person):
    return person(), person()


def test_the_writer_hears_that_it_was_read(two, connect):
    """By marking the message or the conversation; not again when nothing has moved."""
    ann, bob = two
    first = write(ann, bob)
    room = first["conversation_id"]
    socket = connect(ann)
    socket.join(room)
    for mark in (f"{URL}/{first['id']}/read", f"/auth/conversations/{room}/read"):
        ok(bob.put(mark))
        heard = socket.expect("read")
        assert (heard["roomId"], heard["userId"]) == (room, bob.id)
        assert heard["readSeq"] == ann.history(room).json()[-1]["seq"]
        ok(bob.put(mark))
        write(ann, bob, "more")
    socket.expect("new_message", seq=heard["readSeq"] + 1)
    assert len([event for event in socket.events if event["type"] == "read"]) == 2


# --- the way of the document ----------------------------------------------------------------------------


def test_two_people_write_to_each_other(two, connect):
    ann, bob = two
    first = write(ann, bob, "hello bob", conversation_id=NEVER)
    assert (first["sender_id"], first["recipient_id"], first["content"]) == (ann.id, bob.id, "hello bob")
    assert first["is_read"] is False and first["parent_id"] is None and first["conversation_id"] != NEVER
    assert first["created_at"] == first["updated_at"]
    socket = connect(ann)
    socket.join(first["conversation_id"])
    reply = write(bob, ann, "hello ann", parent_id=first["id"], conversation_id=str(NEVER))
    assert reply["conversation_id"] == first["conversation_id"] and reply["parent_id"] == first["id"]
    assert socket.expect("new_message")["message"]["id"] == reply["id"]
    assert listed(ann) == listed(bob) == ["hello ann", "hello bob"]
    assert listed(ann, "/sent") == listed(bob, "/received") == ["hello bob"]
    assert unread(ann) == 1
    ok(ann.put(f"{URL}/{reply['id']}/read"))
    assert unread(ann) == 0 and ok(bob.get(f"{URL}/{reply['id']}"))["is_read"] is True
    changed = ok(ann.put(f"{URL}/{first['id']}", json={"content": "hello, bob"}))
    assert changed["content"] == "hello, bob" and changed["updated_at"] > changed["created_at"]
    assert socket.expect("message_edited")["message"]["content"] == "hello, bob"
    assert ok(ann.delete(f"{URL}/{first['id']}"))["message"]
    socket.expect("message_deleted")
    refused(ann.get(f"{URL}/{first['id']}"), 404, "message_not_found")
    assert listed(bob) == ["hello ann"]


def test_they_are_the_rows_of_a_room(two):
    ann, bob = two
    one = write(ann, bob, "hello")
    room = one["conversation_id"]
    bob.say(room, "said in the room")
    in_room = ann.history(room).json()
    assert [m["content"] for m in in_room] == ["hello", "said in the room"] and in_room[0]["id"] == one["id"]
    assert listed(ann) == ["said in the room", "hello"]
    page = ok(ann.get(f"/auth/conversations/{room}/messages"))
    assert [m["content"] for m in page] == ["hello", "said in the room"]
    assert page[0] == ok(ann.get(f"{URL}/{one['id']}"))


def test_the_first_message_opens_the_conversation(system, two):
    ann, bob = two
    room = write(ann, bob)["conversation_id"]
    assert told(system, bob, "room_added") == [room]
    answer = bob.post("/api/conversations", json={"type": "p2p", "user_id": ann.id})
    assert answer.json() == {"conversation_id": room, "created": False}


def test_a_mention_is_in_the_own_log_of_who_is_named(system, two):
    ann, bob = two
    one = write(ann, bob, f"@{bob.name} look")
    other = write(ann, bob)
    assert told(system, bob, "mention") == [one["conversation_id"]]
    ok(ann.put(f"{URL}/{other['id']}", json={"content": f"@{bob.name} here too"}))
    assert told(system, bob, "mention") == [one["conversation_id"]] * 2


def test_a_note_to_oneself(person):
    ann = person()
    note = write(ann, ann, "milk")
    assert note["sender_id"] == note["recipient_id"] == ann.id and note["is_read"] is True
    assert listed(ann) == listed(ann, "/sent") == listed(ann, "/received") == ["milk"]
    assert listed(ann, unread_only=True) == [] and unread(ann) == 0
    ok(ann.put(f"{URL}/{note['id']}/read"))
    assert ok(ann.get("/auth/conversations"))[0]["other_user_id"] == ann.id


# --- lists ----------------------------------------------------------------------------------------------


def test_lists_over_all_go_on_before_a_message(person, someone):
    ann, bob, cat = person(), someone(), someone()
    for i in range(3):
        write(ann, bob, f"to bob {i}")
        write(cat, ann, f"from cat {i}")
    wanted = [text for i in (2, 1, 0) for text in (f"from cat {i}", f"to bob {i}")]
    assert listed(ann) == wanted
    before, seen = {}, []
    while page := ok(ann.get(URL, params={"limit": 4, **before})):
        seen += [one["content"] for one in page]
        before = {"before": page[-1]["id"]}
    assert seen == wanted
    assert listed(ann, "/sent", limit=2) == ["to bob 2", "to bob 1"]
    assert listed(ann, "/received", unread_only=True) == [f"from cat {i}" for i in (2, 1, 0)]
    assert listed(ann, "/sent", unread_only=True) == [f"to bob {i}" for i in (2, 1, 0)]


def test_pages_of_one_conversation(two):
    ann, bob = two
    said = [write(ann, bob, str(i)) for i in range(5)]
    url = f"/auth/conversations/{said[0]['conversation_id']}/messages"
    assert [one["content"] for one in ok(bob.get(url, params={"limit": 2}))] == ["3", "4"]
    assert [one["content"] for one in ok(bob.get(url, params={"limit": 2, "before": said[3]["id"]}))] == ["1", "2"]
    assert ok(bob.get(url, params={"before": NEVER})) == []


def test_conversations_of_two(two, person):
    ann, bob = two
    cat = person()
    write(bob, ann, "x" * 300)
    room = write(cat, ann, "later")["conversation_id"]
    write(cat, ann, "still later")
    assert ann.post("/api/conversations", json={"type": "group", "member_ids": [bob.id]}).status_code == 201
    first, second = ok(ann.get("/auth/conversations"))
    assert (first["conversation_id"], first["other_user_id"], first["other_user_name"]) == (room, cat.id, cat.name)
    assert (first["last_message"], first["unread_count"]) == ("still later", 2)
    assert (second["last_message"], second["unread_count"]) == ("x" * 280, 1)
    assert ok(ann.get("/auth/conversations", params={"before": room})) == [second]
    empty = person()
    empty.post("/api/conversations", json={"type": "p2p", "user_id": ann.id})
    assert ok(empty.get("/auth/conversations"))[0] | {"last_message": None, "last_message_at": None} == \
        ok(empty.get("/auth/conversations"))[0]


def test_reading(system, two, person):
    ann, bob = two
    cat = person()
    first, second = write(ann, bob, "1"), write(ann, bob, "2")
    write(cat, bob, "3")
    refused(ann.put(f"{URL}/{first['id']}/read"), 403, "forbidden")
    assert ann.put(f"{URL}/{first['id']}/read").json()["detail"] == "Only the recipient can mark this message as read"
    ok(bob.put(f"{URL}/{first['id']}/read"))
    assert told(system, bob, "read_moved") == [first["conversation_id"]]
    assert unread(bob) == 2 and listed(bob, unread_only=True) == ["3", "2"]
    ok(bob.put(f"/auth/conversations/{second['conversation_id']}/read"))
    assert unread(bob) == 1
    ok(bob.put(f"{URL}/read-all"))
    assert unread(bob) == 0 and listed(bob, "/received", unread_only=True) == []
    assert listed(ann, "/sent", unread_only=True) == []


# --- who may not, and what is not there -----------------------------------------------------------------


def test_messages_of_others_are_not_there(two, someone):
    ann, bob = two
    cat, one = someone(), write(*two)
    room = one["conversation_id"]
    for call in (lambda: cat.get(f"{URL}/{one['id']}"), lambda: cat.delete(f"{URL}/{one['id']}"),
                 lambda: cat.put(f"{URL}/{one['id']}", json={"content": "x"}),
                 lambda: cat.put(f"{URL}/{one['id']}/read"), lambda: cat.get(f"{URL}/{NEVER}")):
        refused(call(), 404, "message_not_found")
    for call in (lambda: cat.get(f"/auth/conversations/{room}/messages"),
                 lambda: cat.put(f"/auth/conversations/{room}/read"),
                 lambda: cat.post(f"/auth/conversations/{room}/messages", json={"content": "x"})):
        assert refused(call(), 404, "room_not_found")["detail"] == "Conversation not found"
    assert cat.get(f"{URL}/7").status_code == 404


def test_only_the_sender_changes_his_message(two):
    ann, bob = two
    one = write(ann, bob)
    for answer, what in ((bob.put(f"{URL}/{one['id']}", json={"content": "x"}), "update"),
                         (bob.delete(f"{URL}/{one['id']}"), "delete")):
        assert refused(answer, 403, "forbidden")["detail"] == f"Only the sender can {what} this message"
    for _ in range(2):
        ok(ann.delete(f"{URL}/{one['id']}"))
    refused(ann.put(f"{URL}/{one['id']}", json={"content": "x"}), 404, "message_not_found")


def test_who_is_gone_disabled_or_unknown_gets_nothing(system, two, person):
    ann, off = two
    gone = person()
    rooms = [write(ann, other)["conversation_id"] for other in (off, gone)]
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (off.id,))
        db.execute("SELECT chat.blank_user(%s)", (gone.id,))
    for id in (NEVER, off.id, gone.id):
        answer = ann.post(URL, json={"recipient_id": id, "content": "hello"})
        assert refused(answer, 404, "user_not_found")["detail"] == "Recipient not found"
    for room in rooms:
        refused(ann.post(f"/auth/conversations/{room}/messages", json={"content": "x"}), 404, "user_not_found")
    assert len(listed(ann)) == 2


def test_who_has_blocked_somebody_gets_nothing_from_him(system, two, person):
    ann, bob = two
    cat = person()
    room = write(ann, bob)["conversation_id"]
    with system.db() as db:
        for user in (bob, cat):
            db.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", (user.id, ann.id))
    for answer in (ann.post(URL, json={"recipient_id": bob.id, "content": "x"}),
                   ann.post(URL, json={"recipient_id": cat.id, "content": "x"}),
                   ann.post(f"/auth/conversations/{room}/messages", json={"content": "x"})):
        refused(answer, 403, "blocked")
    assert ok(cat.get("/auth/conversations")) == []
    write(bob, ann, "I may")


BAD = [
    ({"content": "x"}, "recipient_id"),
    ({"content": "x", "recipient_id": "7"}, "recipient_id"),
    ({"recipient_id": NEVER}, "content"),
    ({"recipient_id": NEVER, "content": ""}, "content"),
    ({"recipient_id": NEVER, "content": "x" * 8001}, "content"),
    ({"recipient_id": NEVER, "content": "x", "parent_id": "7"}, "parent_id"),
    ({"recipient_id": NEVER, "content": "x", "client_id": "x" * 65}, "client_id"),
]


@pytest.mark.parametrize("body, field", BAD)
def test_bad_fields(someone, body, field):
    refused(someone().post(URL, json=body), 422, "bad_field", field)


@pytest.mark.parametrize("what", ("", "/sent", "/received"))
def test_bad_positions(someone, what):
    ann = someone()
    for params, field in (({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"before": "7"}, "before"),
                          ({"unread_only": "maybe"}, "unread_only")):
        refused(ann.get(URL + what, params=params), 422, "bad_field", field)


def test_an_answer_belongs_to_the_same_two(two, someone):
    ann, bob = two
    other = write(ann, someone())
    for recipient in (bob, someone()):
        answer = ann.post(URL, json={"recipient_id": recipient.id, "content": "x", "parent_id": other["id"]})
        refused(answer, 404, "parent_not_found")
    assert len(ok(bob.get("/auth/conversations"))) == 0


# --- idempotency ----------------------------------------------------------------------------------------


def test_a_post_is_repeatable_by_field_and_by_header(two):
    ann, bob = two
    body = {"recipient_id": bob.id, "content": "once"}
    key = {"Idempotency-Key": unique("key")}
    first = ann.post(URL, json=body | {"client_id": unique("c")})
    again = ann.post(URL, json=body | {"client_id": "other", "content": "once"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    room = first.json()["conversation_id"]
    for fields, headers in (({"client_id": unique("x")}, key), ({}, key)):
        third = ann.post(f"/auth/conversations/{room}/messages", json={"content": "twice", **fields}, headers=headers)
        assert third.status_code == 201
    repeated = ann.post(URL, json=body | {"content": "something else"}, headers=key)
    assert repeated.status_code == 200 and repeated.json() == third.json()
    answer = ann.post(URL, json=body, headers={"Idempotency-Key": "x" * 65})
    refused(answer, 422, "bad_field", "Idempotency-Key")


def test_a_repeated_post_is_answered_after_a_block(system, two):
    ann, bob = two
    body = {"recipient_id": bob.id, "content": "once", "client_id": "one"}
    first = ann.post(URL, json=body)
    with system.db() as db:
        db.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", (bob.id, ann.id))
        db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (bob.id,))
    again = ann.post(URL, json=body)
    assert (again.status_code, again.json()) == (200, first.json())


# --- over many rooms, in the form of document 001 -------------------------------------------------------


@pytest.fixture
def keeper(system, admin):
    """An application with permission admin."""
    token = ApiToken(system, admin, "CLIENT", permissions=17)
    with Person(system) as made:
        made.headers["Authorization"] = f"Bearer {token.access_token}"
        yield made


def texts(answer):
    return [one["content"] for one in ok(answer)]


def test_all_messages_are_for_applications_and_admins(client_token, admin, two, someone):
    ann, bob = two
    room = ann.create_room()["id"]
    ann.say(room, "in a room")
    secret = write(ann, bob, "between two")
    last = ann.say(ann.create_room(isPrivate=True)["id"], "in a private one")
    for who in (client_token, admin):
        assert texts(who.get("/api/messages", params={"limit": 2})) == ["in a private one", "in a room"]
        page = who.get("/api/messages", params={"limit": 1})
        assert f"before={last['id']}" in page.headers["link"] and page.json() == [last]
        assert texts(who.get(page.headers["link"].split(">")[0][1:])) == ["in a room"]
        assert texts(who.get("/api/messages", params={"room": room})) == ["in a room"]
        refused(who.get("/api/messages", params={"room": secret["conversation_id"]}), 404, "room_not_found")
        refused(who.get("/api/messages", params={"room": NEVER}), 404, "room_not_found")
    refused(someone().get("/api/messages"), 403, "forbidden")
    for params, field in (({"limit": 101}, "limit"), ({"before": "7"}, "before"), ({"room": "7"}, "room")):
        refused(client_token.get("/api/messages", params=params), 422, "bad_field", field)


def test_messages_of_two_are_for_applications_with_permission_admin(keeper, two):
    ann, bob = two
    one = write(ann, bob, "between two")
    for params in ({"limit": 1}, {"room": one["conversation_id"]}):
        assert texts(keeper.get("/api/messages", params=params)) == ["between two"]
    assert texts(keeper.get(f"/api/users/{ann.id}/messages")) == ["between two"]


def test_messages_of_one_room_in_pages(client_token, person):
    ann = person()
    room = ann.create_room()["id"]
    said = [ann.say(room, str(i)) for i in range(3)]
    first = client_token.get("/api/messages", params={"room": room, "limit": 2})
    assert ok(first) == said[:0:-1]
    rest = client_token.get(first.headers["link"].split(">")[0][1:])
    assert ok(rest) == said[:1] and "link" not in rest.headers


def test_what_somebody_said(client_token, admin, two, someone):
    ann, bob = two
    room = ann.create_room()["id"]
    ann.add(room, bob)
    ann.say(room, "in a room")
    write(ann, bob, "between two")
    bob.say(room, "not mine")
    left = bob.create_room()["id"]
    ann.post(f"/api/rooms/{left}/join")
    ann.say(left, "before I left")
    ann.post(f"/api/rooms/{left}/leave")
    own = "/api/messages/user"
    assert texts(ann.get(own)) == texts(ann.get(f"/api/users/{ann.id}/messages")) == ["between two", "in a room"]
    assert texts(ann.get(own, params={"room": room})) == ["in a room"]
    assert texts(ann.get(own, params={"room": left})) == []
    assert texts(ann.get(own, params={"limit": 1, "before": ok(ann.get(own))[0]["id"]})) == ["in a room"]
    for who in (client_token, admin):
        assert texts(who.get(f"/api/users/{ann.id}/messages")) == ["before I left", "in a room"]
        refused(who.get(f"/api/users/{NEVER}/messages"), 404, "user_not_found")
    refused(someone().get(f"/api/users/{ann.id}/messages"), 403, "forbidden")
