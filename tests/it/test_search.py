"""GET /api/search: who finds what, the filters, pages, and what is refused. tests/it/db/test_search_index.py has the rest."""

import pytest
from people import unique
from system import wait_until


@pytest.fixture
def word():
    """One that no other test has said."""
    return unique("needle").replace("-", "")


def search(person, q, expect=200, **query):
    answer = person.get("/api/search", params={"q": q, **query})
    assert answer.status_code == expect, answer.text
    return answer.json()


def found(person, q, **query):
    return [message["content"] for message in search(person, q, **query)]


def test_what_was_said_is_found_at_once(person, word):
    ann, bob = person(), person()
    room = ann.create_room()["id"]
    ann.add(room, bob)
    said = ann.say(room, f"look, a {word}!")
    message, = search(bob, word.upper())
    assert {key: message[key] for key in said} == said
    assert message["snippet"] == f"look, a \x02{word}\x03"
    ann.say(room, f"hi, {word} is ok")
    assert search(bob, word)[0]["snippet"] == f"hi, \x02{word}\x03 is ok"  # short words at the edges stay


def test_only_where_one_may_read(person, client_token, word):
    ann, bob, eve = person(), person(), person()
    rooms = [ann.create_room(isPrivate=private)["id"] for private in (True, False)]
    late = ann.create_room(historyVisibility="since_join")["id"]
    for room in (*rooms, late):
        ann.say(room, f"{word} early")
        ann.add(room, bob)
    ann.say(late, f"{word} later")
    assert found(ann, word) == [f"{word} later"] + [f"{word} early"] * 3
    assert found(bob, word) == [f"{word} later"] + [f"{word} early"] * 2
    assert found(eve, word) == []
    assert sorted(found(client_token, word)) == sorted(found(ann, word))
    assert bob.post(f"/api/rooms/{rooms[0]}/leave").status_code == 200
    assert found(bob, word) == [f"{word} later", f"{word} early"]
    for person_, room, status in ((eve, rooms[0], 404), (bob, rooms[0], 404), (eve, rooms[1], 403), (eve, ann.id, 404)):
        search(person_, word, expect=status, roomId=room)


def test_filters(person, word):
    ann, bob = person(), person()
    one, two = (ann.create_room(name=unique("room")) for _ in range(2))
    for room in (one, two):
        ann.add(room["id"], bob)
        for who in (ann, bob):
            who.say(room["id"], f"{word} {room['name']} {who.name}")
    here = f"{word} {two['name']} {bob.name}"
    for q, query in ((f"{word} from:{bob.name.upper()} in:{two['name']}", {}), (f"in:{two['id']} {word} FROM:{bob.id}", {}),
                     (word, {"roomId": two["id"], "from": bob.name}), (f"{word} in:{two['name']}", {"from": bob.id})):
        assert found(ann, q, **query) == [here], q
    assert len(found(ann, f"{word} from:{bob.name}")) == 2 == len(found(ann, f"{word} in:{one['name']}"))
    for q in (f"{word} from:{unique('nobody')}", f"{word} in:{unique('nowhere')}", f'"{word} from:{bob.name}"'):
        assert found(ann, q) == []


def test_pages(person, word):
    ann = person()
    room = ann.create_room()["id"]
    said = [ann.say(room, f"{word} {i}")["id"] for i in range(5)]
    first = search(ann, word, limit=2)
    second = search(ann, word, limit=2, before=first[-1]["id"])
    third = search(ann, word, limit=2, before=second[-1]["id"])
    assert [message["id"] for message in first + second + third] == said[::-1]
    assert search(ann, word, before=said[0]) == [] == search(ann, word, before=ann.id)
    assert len(search(ann, word, sort="rank", limit=3)) == 3


@pytest.mark.parametrize("query, field", [
    ({}, "q"), ({"q": ""}, "q"), ({"q": "x" * 201}, "q"), ({"q": "\U0001f389" * 201}, "q"), ({"q": "-x"}, "q"), ({"q": "!?"}, "q"),
    ({"q": "from:somebody"}, "q"), ({"q": "x from:a from:b"}, "q"), ({"q": "x from:a", "from": "b"}, "from"),
    ({"q": f"x in:{'a' * 8}", "roomId": "00000000-0000-7000-8000-000000000001"}, "roomId"), ({"q": "x", "roomId": "1"}, "roomId"),
    ({"q": "x", "before": "1"}, "before"), ({"q": "x", "limit": 0}, "limit"), ({"q": "x", "limit": 101}, "limit"),
    ({"q": "x", "sort": "best"}, "sort"), ({"q": "x", "from": "x" * 101}, "from"),
    ({"q": "x", "sort": "rank", "before": "00000000-0000-7000-8000-000000000001"}, "before"),
])
def test_a_bad_query_is_named(someone, query, field):
    answer = someone().get("/api/search", params=query)
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


@pytest.mark.parametrize("q", ["x" * 200, "\U0001f600 x", "x'); DROP TABLE chat.messages; --", "a & | ! <-> ((x", 'x "', "\\ x",
                               "x:*", "%00x", "x\n\tx", "in: x", "from: x", "\u202e x", "or x", "x or", "$1", "<script>x</script>"])
def test_any_text_may_be_asked_for(someone, q):
    search(someone(), q)
    search(someone(), "x", **{"from": q[:100]})


def test_workers_fill_the_index(person, word, system):
    """Behind their answers; until then and afterwards the same is found."""
    ann = person()
    room = ann.create_room()["id"]
    for i in range(66):
        ann.say(room, f"{word} {i}")
    with system.db() as db:
        def is_indexed():
            assert len(search(ann, word, limit=100)) == 66
            return db.execute("SELECT FROM chat.search_blocks WHERE room_id = %s", [room]).fetchone() is not None
        wait_until(is_indexed)
    assert len(search(ann, word, limit=100)) == 66


def test_gateways_fill_the_index(person, word, system):
    """With no request to a worker: what applications post in their own transactions."""
    ann = person()
    room = ann.create_room()["id"]
    with system.db() as db:
        session, = db.execute("SELECT id FROM chat.sessions WHERE user_id = %s", [ann.id]).fetchone()
        db.execute("SELECT chat.post_messages(array_agg(%s::uuid), array_agg(%s::uuid), array_agg('session'::text),"
                   " array_agg(%s::uuid), array_agg(i::text), NULL, array_agg(%s || ' ' || i), NULL, NULL, NULL, NULL)"
                   "  FROM generate_series(1, 66) AS i", [room, ann.id, session, word])
        wait_until(lambda: db.execute("SELECT FROM chat.search_blocks WHERE room_id = %s", [room]).fetchone() is not None)
    assert len(search(ann, word, limit=100)) == 66
