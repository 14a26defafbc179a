"""What becomes of a message over REST, and what sockets hear of it: edits, deletions, reactions, threads, pins."""

from urllib.parse import quote

import pytest
from answers import NEVER, ok, refused
from apitokens import ApiToken
from native import LOBBY, bearer

THUMB = "\U0001f44d"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def url(message, *more):
    return "/".join([f"/api/rooms/{message['roomId']}/messages/{message['id']}", *more])


def reaction(message, emoji=THUMB):
    return url(message, "reactions", quote(emoji, safe=""))


def after(person, message, answer):
    """The message as `person` sees it after what was answered."""
    assert set(ok(answer)) == {"message"}
    return ok(person.get(url(message)))


@pytest.fixture
def said(room):
    """Ann, Bob, and a message of Bob's in their room."""
    ann, bob, room_id = room
    return ann, bob, bob.say(room_id, "first")


def sql(system, query, *values):
    with system.db() as db:
        return db.execute(query, values)


# --- reading --------------------------------------------------------------------------------------------


def test_one_message_is_what_the_page_shows(said):
    ann, bob, message = said
    assert ok(ann.get(url(message))) == message == ann.history(message["roomId"]).json()[-1]
    ok(bob.put(reaction(message)))
    changed = ok(ann.get(url(message)))
    assert changed["reactions"] == {THUMB: 1}
    assert changed == ann.history(message["roomId"]).json()[-1]


def test_what_is_not_there(said, someone):
    ann, bob, message = said
    elsewhere = {**message, "id": ann.say(ann.create_room()["id"], "elsewhere")["id"]}
    for other in ({**message, "id": NEVER}, elsewhere):
        refused(ann.get(url(other)), 404, "message_not_found")
        refused(ann.get(url(other, "edits")), 404, "message_not_found")
        refused(ann.get(url(other, "replies")), 404, "message_not_found")
        refused(ann.patch(url(other), json={"content": "x"}), 404, "message_not_found")
        refused(ann.delete(url(other)), 404, "message_not_found")
        refused(ann.put(reaction(other)), 404, "message_not_found")
        refused(ann.delete(reaction(other)), 404, "message_not_found")
        refused(ann.put(url(other, "pin")), 404, "message_not_found")
        refused(ann.delete(url(other, "pin")), 404, "message_not_found")
    refused(ann.get(url({**message, "roomId": NEVER})), 404, "room_not_found")
    refused(ann.delete(url({**message, "roomId": NEVER})), 404, "room_not_found")
    assert ann.get(url({**message, "id": "7"})).status_code == 404
    assert ann.post(url(message)).headers["allow"] == "GET, HEAD, PATCH, DELETE, OPTIONS"


def test_what_was_said_before_somebody_joined_is_not_there(person):
    ann, late = person(), person()
    room = ann.create_room(historyVisibility="since_join")["id"]
    old, reply = ann.say(room, "old"), None
    ann.put(url(old, "pin"))
    ann.add(room, late)
    reply = ann.say(room, "to the old one", parentId=old["id"])
    for path in (url(old), url(old, "edits"), url(old, "replies")):
        refused(late.get(path), 404, "message_not_found")
    refused(late.put(reaction(old)), 404, "message_not_found")
    assert ok(late.get(f"/api/rooms/{room}/pins")) == []
    assert [m["id"] for m in ok(ann.get(f"/api/rooms/{room}/pins"))] == [old["id"]]
    assert ok(late.get(url(reply)))["content"] == "to the old one"
    ok(late.put(reaction(reply)))


# --- editing and deleting -------------------------------------------------------------------------------


def test_an_edit_and_what_it_said_before(said):
    ann, bob, message = said
    edited = ok(bob.patch(url(message), json={"content": "second \u00e4\U0001f600"}))
    assert (edited["content"], edited["seq"]) == ("second \u00e4\U0001f600", message["seq"])
    assert edited["rev"] > message["rev"] and edited["editedAt"] == edited["updatedAt"]
    third = ok(bob.patch(url(message), json={"content": "third"}))
    assert ok(ann.get(url(message, "edits"))) == [
        {"rev": edited["rev"], "editorId": bob.id, "content": "first", "editedAt": edited["editedAt"]},
        {"rev": third["rev"], "editorId": bob.id, "content": edited["content"], "editedAt": third["editedAt"]}]
    assert ok(bob.patch(url(message), json={"content": "third"})) == third


def test_who_is_named_by_an_edit_is_told_once(system, said):
    ann, bob, message = said

    def mentions(person):
        return [row[0] for row in sql(
            system, "SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'mention'", person.id)]

    def named(person):
        rooms = {room["id"]: room for room in ok(person.get("/api/rooms"))}
        return rooms[message["roomId"]]["mentions"], [one for one in mentions(person) if one not in earlier]

    earlier = mentions(ann) + mentions(bob)  # in other tests' rooms: the crowd is everybody's
    ok(bob.patch(url(message), json={"content": f"@{ann.name} look"}))
    told = {"roomId": message["roomId"], "seq": message["seq"], "messageId": message["id"]}
    assert (named(ann), named(bob)) == ((1, [told]), (0, []))
    ok(bob.patch(url(message), json={"content": f"@{ann.name} and @{bob.name}, look again"}))
    assert (named(ann), named(bob)) == ((1, [told]), (0, []))
    ok(bob.patch(url(message), json={"content": "never mind"}))
    assert named(ann) == (0, [told])


def test_an_edit_is_checked(said):
    ann, bob, message = said
    for content in (None, "", 7, "x" * 8001):
        refused(bob.patch(url(message), json={"content": content}), 422, "bad_field", "content")
    assert bob.patch(url(message), content="content=x").status_code == 415
    long = "\U0001f600" * 8000
    assert ok(bob.patch(url(message), json={"content": long}))["content"] == long
    told = refused(ann.patch(url(message), json={"content": "mine"}), 403, "forbidden")
    assert told["detail"] == "You can change your own messages only"


def test_a_deletion_leaves_a_tombstone(said):
    ann, bob, message = said
    bob.patch(url(message), json={"content": "secret"})
    ann.put(reaction(message))
    ann.put(url(message, "pin"))
    deleted = bob.delete(url(message))
    assert deleted.json() == {"message": "Message deleted successfully"}
    gone = after(ann, message, deleted)
    assert (gone["content"], gone["reactions"], gone["meta"]) == ("", {}, None)
    assert gone["deletedAt"] == gone["updatedAt"] and gone["rev"] > message["rev"]
    assert after(bob, message, ann.delete(url(message))) == gone
    assert ann.history(message["roomId"]).json()[-1] == gone
    assert ok(ann.get(url(message, "edits"))) == ok(ann.get(f"/api/rooms/{message['roomId']}/pins")) == []
    for answer in (bob.patch(url(message), json={"content": "back"}), bob.put(reaction(message)),
                   bob.delete(reaction(message)), ann.put(url(message, "pin"))):
        refused(answer, 404, "message_not_found")


def test_a_member_deletes_his_own_only(room):
    ann, bob, room_id = room
    hers, his = ann.say(room_id, "hers"), bob.say(room_id, "his")
    refused(bob.delete(url(hers)), 403, "forbidden")
    ok(ann.delete(url(his)))


def test_who_is_muted_or_in_an_archived_room(system, said):
    ann, bob, message = said
    room_id = message["roomId"]
    sql(system, "SELECT chat.set_member(%s, %s, false, %s, NULL, 'infinity', true)", room_id, ann.id, bob.id)
    refused(bob.patch(url(message), json={"content": "x"}), 403, "muted")
    refused(bob.put(reaction(message)), 403, "muted")
    sql(system, "UPDATE chat.rooms SET archived_at = now() WHERE id = %s", room_id)
    refused(ann.put(url(message, "pin")), 403, "archived")
    refused(ann.delete(reaction(message)), 403, "archived")
    assert after(ann, message, bob.delete(url(message)))["content"] == ""


def test_who_was_banned(system, said):
    ann, bob, message = said
    sql(system, "SELECT chat.remove_member(%s, %s, false, %s, true)", message["roomId"], ann.id, bob.id)
    refused(bob.get(url(message)), 403, "banned")
    refused(bob.delete(url(message)), 403, "banned")


def test_an_application_reacts_between_two_people_with_admin_only(said, system):
    ann, bob, _ = said
    pair = ann.post("/messages", json={"recipient_id": bob.id, "content": "between us"}).json()
    message = {"id": pair["id"], "roomId": pair["conversation_id"]}

    def change(method, permissions):
        token = ApiToken(system, ann, "CLIENT", permissions)
        return bob.request(method, reaction(message), params={"userId": bob.id}, headers=bearer(token))

    for method in ("PUT", "DELETE"):
        refused(change(method, None), 404, "room_not_found")
    assert after(bob, message, change("PUT", 31))["reactions"] == {THUMB: 1}
    assert after(bob, message, change("DELETE", 31))["reactions"] == {}


def test_an_application(said, client_token):
    """It edits and deletes whatever it likes, and reacts for somebody who is in the room."""
    ann, bob, message = said
    assert ok(client_token.patch(url(message), json={"content": "moderated"}))["content"] == "moderated"
    refused(client_token.put(reaction(message)), 403, "not_member")
    def reactions(answer):
        return after(ann, message, answer)["reactions"]

    assert reactions(client_token.put(reaction(message), params={"userId": ann.id})) == {THUMB: 1}
    refused(client_token.put(reaction(message), params={"userId": "ann"}), 422, "bad_field", "userId")
    assert reactions(client_token.delete(reaction(message), params={"userId": ann.id})) == {}
    # of a user it is ignored
    assert reactions(bob.put(reaction(message), params={"userId": ann.id})) == {THUMB: 1}
    assert reactions(ann.delete(reaction(message))) == {THUMB: 1}
    ok(client_token.put(url(message, "pin")))
    assert after(ann, message, client_token.delete(url(message)))["content"] == ""


# --- reactions, threads, pins ---------------------------------------------------------------------------


def test_reactions(said):
    ann, bob, message = said
    one = after(ann, message, ann.put(reaction(message)))
    two = after(ann, message, bob.put(reaction(message)))
    assert (one["reactions"], two["reactions"]) == ({THUMB: 1}, {THUMB: 2})
    assert two["rev"] == one["rev"] + 1
    assert after(ann, message, bob.put(reaction(message))) == two
    for emoji in (FAMILY, "\u2764\ufe0f", "+1", "50%", 'say "hi"', "a b", "\u00e4" * 32):
        assert after(ann, message, ann.put(reaction(message, emoji)))["reactions"][emoji] == 1
        assert emoji not in after(ann, message, ann.delete(reaction(message, emoji)))["reactions"]
    left = after(ann, message, ann.delete(reaction(message)))
    assert left["reactions"] == {THUMB: 1} and after(ann, message, ann.delete(reaction(message))) == left


def test_a_reaction_is_a_short_text(said):
    ann, _, message = said
    for emoji in ("\u00e4" * 33, "x" * 65, " x", "x ", "\u0085", "\u202ex"):
        for method in ("PUT", "DELETE"):
            refused(ann.request(method, reaction(message, emoji)), 422, "bad_field", "emoji")
    for raw in ("%0A", "%00", "%ff", "%2F", "%5C"):
        assert ann.put(url(message, "reactions", raw)).status_code == 400
    assert ann.put(url(message, "reactions", "")).status_code == 404
    assert ann.get(reaction(message)).headers["allow"] == "PUT, DELETE, OPTIONS"


def test_a_message_has_at_most_20_different_reactions(system, said):
    ann, bob, message = said
    for number in range(20):
        sql(system, "SELECT chat.react(%s, %s, %s, %s)", message["roomId"], message["id"], ann.id, str(number))
    told = refused(bob.put(reaction(message)), 422, "limit_reached")
    assert told["detail"] == "A message can have 20 different reactions"
    assert after(ann, message, bob.put(reaction(message, "7")))["reactions"]["7"] == 2


def test_a_thread(room):
    ann, bob, room_id = room
    root = ann.say(room_id, "root")
    replies = [bob.say(room_id, f"reply {number}", parentId=root["id"]) for number in range(5)]
    bob.say(room_id, "something else")
    ids = [reply["id"] for reply in replies]

    def page(**query):
        answer = ann.get(url(root, "replies"), params=query)
        return [m["id"] for m in ok(answer)], answer

    assert page()[0] == ids
    newest, answer = page(limit=2)
    assert newest == ids[3:] and 'rel="prev"' in answer.headers["link"]
    assert int(answer.headers["chat-seq"]) > replies[-1]["seq"] and answer.headers["chat-epoch"]
    link = answer.headers["link"].split(">")[0].lstrip("<")
    assert [m["id"] for m in ok(ann.get(link))] == ids[1:3]
    assert page(after=0, limit=3)[0] == ids[:3]
    assert page(after=replies[2]["seq"])[0] == ids[3:]
    assert page(before=replies[1]["seq"])[0] == ids[:1]
    refused(ann.get(url(root, "replies"), params={"after": 1, "before": 2}), 422, "bad_field", "after")
    refused(ann.get(url(root, "replies"), params={"limit": 101}), 422, "bad_field", "limit")
    # one level: a reply to a reply is the root's
    again = bob.say(room_id, "deeper", parentId=ids[0])
    assert again["parentId"] == root["id"] and ok(ann.get(url(replies[0], "replies"))) == []
    assert ok(ann.get(url(root)))["replyCount"] == 6
    gone = after(ann, again, bob.delete(url(again)))
    left = ok(ann.get(url(root)))
    assert (left["replyCount"], left["rev"]) == (5, gone["rev"])
    assert ok(ann.get(url(root, "replies")))[-1] == gone


def test_pins(room):
    ann, bob, room_id = room
    one, two = bob.say(room_id, "one"), bob.say(room_id, "two")
    refused(bob.put(url(one, "pin")), 403, "forbidden")
    assert after(ann, two, ann.put(url(two, "pin")))["rev"] > two["rev"]
    pinned = after(ann, one, ann.put(url(one, "pin")))
    assert after(ann, one, ann.put(url(one, "pin"))) == pinned
    answer = bob.get(f"/api/rooms/{room_id}/pins")
    assert [m["id"] for m in ok(answer)] == [one["id"], two["id"]] and answer.headers["chat-seq"]
    refused(bob.delete(url(one, "pin")), 403, "forbidden")
    ok(ann.delete(url(one, "pin")))
    assert [m["id"] for m in ok(bob.get(f"/api/rooms/{room_id}/pins"))] == [two["id"]]


def test_the_lobby(room):
    ann, bob, _ = room
    message = bob.say(LOBBY, "hello everybody")
    assert after(bob, message, ann.put(reaction(message)))["reactions"] == {THUMB: 1}
    refused(ann.delete(url(message)), 403, "forbidden")
    refused(ann.put(url(message, "pin")), 403, "forbidden")
    assert message["seq"] in [m["id"] for m in ann.get("/auth/messages").json()]
    assert after(ann, message, bob.delete(url(message)))["content"] == ""
    assert message["seq"] not in [m["id"] for m in ann.get("/auth/messages").json()]


# --- what sockets hear ----------------------------------------------------------------------------------

CHANGES = [("message_edited", "patch", url, {"json": {"content": "second"}}), ("reaction_added", "put", reaction, {}),
           ("reaction_removed", "delete", reaction, {}), ("pinned", "put", lambda m: url(m, "pin"), {}),
           ("unpinned", "delete", lambda m: url(m, "pin"), {}), ("message_deleted", "delete", url, {})]


def test_another_member_hears_of_every_change(connect, room):
    ann, bob, room_id = room
    message = ann.say(room_id, "first")
    his = connect(bob)
    his.join(room_id)
    for kind, method, where, options in CHANGES:
        ok(getattr(ann, method)(where(message), **options))
        answered = ok(ann.get(url(message)))
        event = his.expect(kind, roomId=room_id)
        assert event["message"] == answered and event["seq"] == answered["rev"]
        assert event["actorId"] == ann.id
        assert event["data"] == ({"emoji": THUMB} if kind.startswith("reaction") else {})


def texts(socket):
    return str(socket.events)


def test_a_change_in_a_room_of_late_comers_names_its_message(connect, person):
    """history_visibility since_join: frames are shared by all, so they show nobody what one may not see."""
    ann, late = person(), person()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    old = ann.say(room_id, "before he came")
    ann.add(room_id, late)
    his = connect(late)
    his.join(room_id)
    for kind, method, where, options in CHANGES:
        ok(getattr(ann, method)(where(old), **options))
        answered = ok(ann.get(url(old)))
        event = his.expect(kind, roomId=room_id)
        assert (event["messageId"], event["targetSeq"], event["seq"]) == (old["id"], old["seq"], answered["rev"])
        assert "message" not in event
    ann.say(room_id, "now")
    assert his.wait_messages(room_id, 1)[0]["message"]["content"] == "now"
    assert "before" not in texts(his) and "second" not in texts(his)


def test_who_resumes_never_hears_what_was_deleted(connect, room):
    """From the ring, which a socket that stayed has filled, and from the table."""
    ann, bob, room_id = room
    his = connect(bob)
    position = his.join(room_id)
    message = ann.say(room_id, "secret one")
    ok(ann.patch(url(message), json={"content": "secret two"}))
    ok(ann.put(reaction(message)))
    ann.say(room_id, "harmless")
    his.wait_messages(room_id, 2)
    gone = after(ann, message, ann.delete(url(message)))
    his.expect("message_deleted", roomId=room_id)
    again = connect(bob)
    again.join(room_id, after=position["lastSeq"], epoch=position["epoch"])
    deleted = again.expect("message_deleted", roomId=room_id)
    assert deleted["message"] == gone
    assert "secret" not in texts(again)
    assert [event["message"]["content"] for event in again.messages(room_id)] == ["", "harmless"]


def test_a_deletion_in_a_room_of_late_comers_is_complete(connect, person):
    ann, late = person(), person()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    ann.add(room_id, late)
    his = connect(late)
    position = his.join(room_id)
    message = ann.say(room_id, "secret")
    his.wait_messages(room_id, 1)
    ok(ann.delete(url(message)))
    his.expect("message_deleted", roomId=room_id)
    again = connect(late)
    again.join(room_id, after=position["lastSeq"], epoch=position["epoch"])
    again.expect("message_deleted", roomId=room_id)
    assert "secret" not in texts(again)
