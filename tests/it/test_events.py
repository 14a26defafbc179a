"""The durable log of a room over HTTP, and what is not sent again when nothing has happened."""

import json

import pytest
from people import unique


def events(reader, room_id, expect=200, headers=None, **query):
    answer = reader.get(f"/api/rooms/{room_id}/events", params=query, headers=headers)
    assert answer.status_code == expect, answer.text
    return answer


def elements(text):
    """The elements of a JSON array, as they are written."""
    found, at, decoder = [], 1, json.JSONDecoder()
    while at < len(text) - 1:
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end])
        at = end + 1
    return found


def kinds(answer):
    return [(event["seq"], event["type"]) for event in answer.json()]


def test_an_event_is_the_same_on_the_socket_and_here(connect, room):
    """Byte for byte: both are written by one encoder."""
    ann, bob, room_id = room
    his = connect(bob)
    start = his.join(room_id)["lastSeq"]
    ann.say(room_id, "naïve \U0001f600 \"quoted\" \\ \u0001")
    ann.patch(f"/api/rooms/{room_id}", json={"name": unique("another")})
    last = ann.say(room_id, "last")
    his.wait_messages(room_id, 2)
    heard = [one for frame in his.frames for one in elements(frame) if f'"roomId":"{room_id}","seq"' in one]
    told = events(ann, room_id, after=start)
    assert elements(told.text) == heard
    assert kinds(told)[1][1] == "room_updated"
    assert told.headers["Chat-Seq"] == str(last["seq"])


def test_the_whole_log_in_pages(room):
    ann, _, room_id = room
    for i in range(5):
        ann.say(room_id, f"number {i}")
    page = events(ann, room_id, limit=3)
    seen = kinds(page)
    while "next" in page.links:
        page = ann.get(page.links["next"]["url"])
        seen += kinds(page)
    assert seen == [(1, "member_joined"), (2, "member_joined"), *((seq, "new_message") for seq in range(3, 8))]
    assert page.headers["Chat-Seq"] == "7"
    assert events(ann, room_id, after=7).json() == []


def test_a_page_of_history_goes_on_here(room):
    ann, _, room_id = room
    ann.say(room_id, "before")
    page = ann.history(room_id)
    after = ann.say(room_id, "after")
    told = events(ann, room_id, after=page.headers["Chat-Seq"], epoch=page.headers["Chat-Epoch"])
    assert kinds(told) == [(after["seq"], "new_message")]


def test_a_position_that_cannot_be_gone_on_from(room):
    """Everything or nothing: another epoch, a future that was lost; the answer says where the room is."""
    ann, _, room_id = room
    last = ann.say(room_id, "hello")["seq"]
    epoch = ann.history(room_id).headers["Chat-Epoch"]
    changed = epoch[:-1] + ("0" if epoch[-1] != "0" else "1")
    for query in ({"after": last, "epoch": changed}, {"after": last, "epoch": "elsewhere"},
                  {"after": last + 1, "epoch": epoch}, {"epoch": changed}):
        refused = events(ann, room_id, 410, **query)
        assert refused.json()["code"] == "void_position"
        assert (refused.headers["Chat-Epoch"], refused.headers["Chat-Seq"]) == (epoch, str(last))
    assert events(ann, room_id, after=last, epoch=epoch).json() == []


def test_what_was_before_he_came_is_not_told(person):
    ann, bob = person(), person()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    ann.say(room_id, "before")
    ann.add(room_id, bob)
    said = ann.say(room_id, "after")["seq"]
    assert kinds(events(bob, room_id)) == [(said - 1, "member_joined"), (said, "new_message")]
    assert kinds(events(bob, room_id, after=said - 2)) == kinds(events(bob, room_id))
    events(bob, room_id, 410, after=said - 3)
    assert len(events(ann, room_id).json()) == 4


def test_what_retention_has_taken_is_not_passed_over(room, system):
    ann, _, room_id = room
    last = ann.say(room_id, "hello")["seq"]
    with system.db() as db:
        db.execute("UPDATE chat.room_seq SET first_seq = 3 WHERE room_id = %s", [room_id])
    assert kinds(events(ann, room_id)) == [(last, "new_message")]
    events(ann, room_id, after=2)
    events(ann, room_id, 410, after=1)


@pytest.mark.parametrize("query", ({"after": -1}, {"limit": 0}, {"limit": 101}, {"epoch": "x" * 101}))
def test_the_query_is_checked(room, query):
    ann, _, room_id = room
    assert events(ann, room_id, 422, **query).json()["field"] in query


def test_what_happens_to_what_was_before_him_is_not_shown(person):
    """The message is named; who came later does not see what it says."""
    ann, bob = person(), person()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    said = ann.say(room_id, "before")
    ann.add(room_id, bob)
    ann.patch(f"/api/rooms/{room_id}/messages/{said['id']}", json={"content": "secret"})
    event = events(bob, room_id).json()[-1]
    assert (event["type"], event["messageId"]) == ("message_edited", said["id"])
    assert "message" not in event


# --- nothing has happened -------------------------------------------------------------------------


@pytest.mark.parametrize("path", ("messages", "events"))
def test_what_the_caller_has_is_not_sent_again(room, path):
    ann, bob, room_id = room
    ann.say(room_id, "hello")
    url = f"/api/rooms/{room_id}/{path}"

    def ask(tag):
        return bob.get(url, headers={"If-None-Match": tag})

    first = bob.get(url)
    tag = first.headers["ETag"]
    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = ask(sent)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Chat-Seq"] == first.headers["Chat-Seq"]
    for sent in ("*", '"other"', "nonsense", tag[:-2] + '7"'):
        assert ask(sent).status_code == 200
    ann.say(room_id, "again")
    second = ask(tag)
    assert second.status_code == 200
    assert second.headers["ETag"] != tag and len(second.json()) == len(first.json()) + 1


@pytest.mark.parametrize("path", ("messages", "events"))
def test_a_tag_opens_no_door(room, person, path):
    """Who may not read the room is told so, whatever he has read of it before."""
    ann, bob, room_id = room
    secret = ann.create_room(isPrivate=True)["id"]
    ann.add(secret, bob)
    tags = {room: ann.get(f"/api/rooms/{room}/{path}").headers["ETag"] for room in (room_id, secret)}
    bob.post(f"/api/rooms/{secret}/leave")
    tags[secret] = ann.get(f"/api/rooms/{secret}/{path}").headers["ETag"]
    asks = [(bob, secret, 404), (person(), secret, 404), (person(), room_id, 403)]
    for reader, room, status in asks:
        answer = reader.get(f"/api/rooms/{room}/{path}", headers={"If-None-Match": tags[room]})
        assert answer.status_code == status
        assert "ETag" not in answer.headers


def test_a_new_epoch_makes_a_new_tag(room, system):
    ann, _, room_id = room
    tag = ann.history(room_id).headers["ETag"]
    with system.db() as db:
        old = db.execute("SELECT value FROM chat.epoch").fetchone()[0]
        db.execute("UPDATE chat.epoch SET value = 'fedcba9876543210'")
    try:
        answer = ann.get(f"/api/rooms/{room_id}/messages", headers={"If-None-Match": tag})
        assert answer.status_code == 200
    finally:
        with system.db() as db:
            db.execute("UPDATE chat.epoch SET value = %s", [old])
