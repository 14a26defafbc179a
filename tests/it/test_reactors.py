"""Who has given which reactions: one's own over a page of messages, everybody's of one."""

from urllib.parse import quote

import pytest
from answers import NEVER, ok, refused

THUMB, HEART, FAMILY = "\U0001f44d", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def react(person, message, emoji, method="PUT"):
    ok(person.request(method, f"/api/rooms/{message['roomId']}/messages/{message['id']}/reactions/{quote(emoji, safe='')}"))


def mine(person, room_id, *seqs):
    return person.get(f"/api/rooms/{room_id}/reactions/mine", params={"seqs": ",".join(map(str, seqs))})


def reactors(person, message):
    return person.get(f"/api/rooms/{message['roomId']}/messages/{message['id']}/reactions")


@pytest.fixture
def talk(room):
    """Ann, Bob, their room, and three messages."""
    ann, bob, room_id = room
    return ann, bob, room_id, [bob.say(room_id, text) for text in ("one", "two", "three")]


def test_own_reactions_of_a_page(talk):
    ann, bob, room_id, (one, two, three) = talk
    for person, message, emoji in ((ann, one, THUMB), (ann, one, FAMILY), (bob, one, HEART), (bob, two, THUMB), (ann, three, HEART)):
        react(person, message, emoji)
    seqs = [three["seq"], one["seq"], two["seq"], 9_999_999]
    answer = mine(ann, room_id, *seqs)
    page = ok(answer)
    assert [(row["messageId"], row["seq"], set(row["emojis"])) for row in page] == [
        (one["id"], one["seq"], {THUMB, FAMILY}), (three["id"], three["seq"], {HEART})]
    newest = ann.history(room_id)
    assert [answer.headers[name] for name in ("chat-seq", "chat-epoch")] == [
        newest.headers[name] for name in ("chat-seq", "chat-epoch")]
    assert [(row["seq"], row["emojis"]) for row in ok(mine(bob, room_id, *seqs))] == [
        (one["seq"], [HEART]), (two["seq"], [THUMB])]
    react(ann, three, HEART, "DELETE")
    assert ok(mine(ann, room_id, three["seq"])) == []
    ok(bob.delete(f"/api/rooms/{room_id}/messages/{one['id']}"))
    assert ok(mine(ann, room_id, *seqs)) == []


def test_a_place_that_is_named_twice_is_answered_once(talk):
    ann, _, room_id, (one, two, _) = talk
    for message, emoji in ((one, THUMB), (one, HEART), (two, HEART)):
        react(ann, message, emoji)
    page = ok(mine(ann, room_id, *[one["seq"], two["seq"]] * 50))
    assert [(row["seq"], sorted(row["emojis"])) for row in page] == [
        (one["seq"], sorted((THUMB, HEART))), (two["seq"], [HEART])]


@pytest.mark.parametrize("seqs", ("", "x", "1,", ",1", "1,,2", "0", "-1", "1.5", "1 2", "99999999999999999999",
                                  ",".join(map(str, range(1, 102)))))
def test_the_places_are_numbers_and_at_most_100(room, seqs):
    ann, _, room_id = room
    refused(ann.get(f"/api/rooms/{room_id}/reactions/mine", params={"seqs": seqs}), 422, "bad_field", "seqs")


def test_100_places_are_not_too_many(room):
    ann, _, room_id = room
    assert ok(mine(ann, room_id, *range(2**63 - 100, 2**63))) == []
    refused(ann.get(f"/api/rooms/{room_id}/reactions/mine"), 422, "bad_field", "seqs")


def test_everybodys_of_one_message(talk, system):
    ann, bob, room_id, (one, *_) = talk
    assert ok(reactors(ann, one)) == []
    react(bob, one, THUMB)
    react(ann, one, THUMB)
    react(ann, one, HEART)
    by_emoji = {row["emoji"]: (row["count"], row["users"]) for row in ok(reactors(bob, one))}
    people = sorted(({"id": p.id, "username": p.name} for p in (ann, bob)), key=lambda user: user["id"])
    assert by_emoji == {THUMB: (2, people), HEART: (1, [{"id": ann.id, "username": ann.name}])}
    elsewhere = {**one, "id": NEVER}
    refused(reactors(ann, elsewhere), 404, "message_not_found")


def test_of_many_ten_are_named(talk, system):
    ann, _, room_id, (one, *_) = talk
    with system.db() as db:
        db.execute("INSERT INTO chat.users (id, username) SELECT chat.uuid7(), 'many' || n || %s FROM generate_series(1, 12) AS n", [one["id"]])
        db.execute("INSERT INTO chat.room_members (room_id, user_id, role, state, since_seq, joined_at)"
                   " SELECT %s, id, 'member', 'member', 0, now() FROM chat.users WHERE username LIKE 'many%%' || %s", [room_id, one["id"]])
        db.execute("SELECT chat.react(%s, %s, id, '+') FROM chat.users WHERE username LIKE 'many%%' || %s", [room_id, one["id"], one["id"]])
    (row,) = ok(reactors(ann, one))
    assert (row["count"], len(row["users"])) == (12, 10)


def test_what_was_before_his_time_is_not_told(someone):
    """In a room with historyVisibility since_join."""
    ann, bob = someone(), someone()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    early = ann.say(room_id, "early")
    react(ann, early, THUMB)
    ann.add(room_id, bob)
    refused(reactors(bob, early), 404, "message_not_found")
    with_his = bob.say(room_id, "late")
    react(bob, with_his, THUMB)
    assert [row["seq"] for row in ok(mine(bob, room_id, early["seq"], with_his["seq"]))] == [with_his["seq"]]
    assert len(ok(reactors(ann, early))) == 1
