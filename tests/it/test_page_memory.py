"""Workers remember the newest page of a room (pagememory.h). What they remember is asked for as if they did not:
after each change, by each of those who may see it, so often that every worker has answered."""

import pytest
from native import LOBBY

OFTEN = 24  # requests, so that each of the workers has had some


@pytest.fixture
def warm(cast):
    """The room with a past, its newest page in the memory of every worker."""
    for n in range(3):
        cast.member.say(cast.room, f"word {n}")
    newest(cast.owner, cast.room)
    return cast


def newest(who, room, **query):
    """The newest page; everybody's answer is the same, whoever of the workers gives it."""
    answers = [who.history(room, **query) for _ in range(OFTEN)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({(answer.text, answer.headers["ETag"], answer.headers.get("Link")) for answer in answers}) == 1
    return answers[0].json()


def texts(page):
    return [message["content"] for message in page]


def test_what_is_said_and_taken_back_is_on_the_next_page(warm):
    said = warm.member.say(warm.room, "new")
    assert texts(newest(warm.owner, warm.room))[-1] == "new"
    url = f"{warm.url}/messages/{said['id']}"
    assert warm.member.patch(url, json={"content": "other"}).status_code == 200
    assert texts(newest(warm.owner, warm.room))[-1] == "other"
    assert warm.owner.put(f"{url}/reactions/👍").status_code == 200
    assert newest(warm.owner, warm.room)[-1]["reactions"]
    assert warm.member.delete(url).status_code == 200
    assert newest(warm.owner, warm.room)[-1]["deletedAt"]


def test_a_page_is_kept_for_nobody_who_may_not_read_it(warm):
    for _ in range(OFTEN):
        assert warm.stranger.get(f"{warm.url}/messages").status_code == 404
    assert newest(warm.member, warm.room)
    assert warm.owner.delete(f"{warm.url}/users/{warm.member.id}").status_code == 200
    newest(warm.owner, warm.room)
    for _ in range(OFTEN):
        assert warm.member.get(f"{warm.url}/messages").status_code == 404


def test_who_came_later_sees_no_more_than_he_may(warm):
    assert warm.owner.patch(warm.url, json={"historyVisibility": "since_join"}).status_code == 200
    warm.owner.add(warm.room, warm.stranger)
    before = texts(newest(warm.owner, warm.room))
    assert "word 2" in before and texts(newest(warm.stranger, warm.room)) == []
    warm.member.say(warm.room, "for all")
    assert texts(newest(warm.stranger, warm.room)) == ["for all"]
    assert texts(newest(warm.owner, warm.room)) == [*before, "for all"]


def test_pages_of_other_lengths_are_other_pages(warm):
    assert texts(newest(warm.owner, warm.room, limit=2)) == ["word 1", "word 2"]
    assert len(newest(warm.owner, warm.room)) == 3
    assert "rel=\"prev\"" in warm.owner.history(warm.room, limit=2).headers["Link"]


def test_a_new_name_stands_on_every_page_and_makes_a_new_tag(system, person, someone):
    ann, bob = person(), someone()
    room = ann.create_room()["id"]
    ann.add(room, bob)
    ann.say(room, "hello")
    tag = bob.history(room).headers["ETag"]
    assert newest(bob, room)[0]["user"]["username"] == ann.name
    known = {"url": f"/api/rooms/{room}/messages", "headers": {"If-None-Match": tag}}
    assert bob.get(**known).status_code == 304
    name = f"{ann.name}-later"
    assert ann.put("/api/auth/profile", json={"username": name}).status_code == 200
    assert newest(bob, room)[0]["user"]["username"] == name
    again = bob.get(**known)
    assert again.status_code == 200 and again.json()[0]["user"]["username"] == name


def test_the_lobby_in_both_its_shapes(someone):
    ann = someone()
    ann.say(LOBBY, "to all")
    for _ in range(OFTEN):
        assert ann.get("/auth/messages").json()[-1]["text"] == "to all"
        assert ann.history(LOBBY).json()[-1]["content"] == "to all"
