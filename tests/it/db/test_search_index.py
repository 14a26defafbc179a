"""The index of search: what is in it, when, and that the walk through it finds what a scan would find.

The statement's text comes from `chatspherectl statements`.
"""

import random
import threading
import uuid

import pytest
from chatdb import Post
from population import edit, tombstone
from statements import ask

STEP = 64


@pytest.fixture
def room(db):
    """(owner, room) without any word in it."""
    owner = db.user()
    return owner, db.room(owner)


def find(db, user, words, limit=100, everything=False, direct=False, room=None, name=None, sender=None,
         sender_name=None, before=None, rank=False):
    """(content, snippet) of what somebody finds, in the order of the answer."""
    member = user.id if user else uuid.UUID(int=0)
    rows = ask(db, "search", words, member, everything, direct, room, name, sender, sender_name, before, rank, limit)
    return [(row[5], row[16]) for row in rows[1:]]


def contents(*arguments, **options):
    return [content for content, _ in find(*arguments, **options)]


def index(db):
    while db.call("index_due", 3)[0]:
        pass


def fill(db, room, owner, contents, batch=50):
    contents = list(contents)
    for start in range(0, len(contents), batch):
        db.post(*(Post(room, owner, text) for text in contents[start:start + batch]))


def blocks(db, room):
    return db.owner.execute("SELECT first_seq, last_seq FROM chat.search_blocks WHERE room_id = %s"
                            " ORDER BY first_seq", (room,)).fetchall()


def indexed_words(db, room):
    return {row.word for row in db.owner.execute(
        "SELECT DISTINCT unnest(tsvector_to_array(words)) AS word FROM chat.search_blocks WHERE room_id = %s", (room,))}


def test_posting_leaves_work_and_indexing_takes_it(db, room):
    owner, made = room
    index(db)
    fill(db, made, owner, (f"text {i}" for i in range(3 * STEP)), batch=1)
    assert not blocks(db, made) and contents(db, owner, "17") == ["text 17"]
    index(db)
    ranges = blocks(db, made)
    last = db.counter(made).last_seq
    assert [row.first_seq for row in ranges] == [1, *(row.last_seq + 1 for row in ranges[:-1])]
    assert last - ranges[-1].last_seq < STEP
    assert contents(db, owner, "17") == ["text 17"]
    assert db.value("SELECT count(*) FROM chat.search_due") == 0


@pytest.mark.parametrize("batch", (1, 7, 64, 200))
def test_a_batch_marks_what_it_has_filled(db, room, batch):
    owner, made = room
    index(db)
    fill(db, made, owner, ["x"] * 400, batch=batch)
    index(db)
    assert db.counter(made).last_seq - blocks(db, made)[-1].last_seq < STEP


def test_found_at_once_and_gone_at_once(db, room):
    """Indexed or not: what is answered is decided by the messages as they are."""
    owner, made = room
    for indexed in (False, True):
        fill(db, made, owner, (f"plain {i}" for i in range(STEP)))
        post = db.post_one(made, owner, "first version")
        fill(db, made, owner, (f"plain {i}" for i in range(STEP)))
        if indexed:
            index(db)
        assert contents(db, owner, "first version") == ["first version"]
        edit(db, made, owner, post.seq)
        db.owner.execute("UPDATE chat.messages SET content = 'second text' WHERE id = %s", (post.id,))
        assert contents(db, owner, "first version") == []
        index(db)
        assert contents(db, owner, "second") == ["second text"]
        tombstone(db, made, owner, post.seq)
        assert contents(db, owner, "second") == []
        index(db)
        assert not {"first", "second", "version"} & indexed_words(db, made)


def test_the_walk_finds_what_a_scan_would_find(db):
    """Many rooms, pages through all of it, common and rare words: in order, nothing twice, nothing left out."""
    rng = random.Random(7)
    owner, other = db.users(2)
    rooms = [db.room(owner, other) for _ in range(6)]
    words = ["common", "frequent", "rare"] + [f"w{i}" for i in range(30)]
    for i in range(900):
        text = " ".join(rng.choices(words, [60, 30, 1] + [3] * 30, k=4))
        db.post(*(Post(room, rng.choice((owner, other)), text) for room in rng.choices(rooms, [9, 5, 3, 1, 1, 1], k=2)))
        if i == 600:
            index(db)
    for query, condition in (("common", "content ~ '\\mcommon\\M'"), ("rare", "content ~ '\\mrare\\M'"),
                             ("common rare", "content ~ '\\mcommon\\M' AND content ~ '\\mrare\\M'"),
                             ("rare or w3", "content ~ '\\m(rare|w3)\\M'"),
                             ("common -frequent", "content ~ '\\mcommon\\M' AND content !~ '\\mfrequent\\M'"),
                             ('"common frequent"', "content ~ '\\mcommon frequent\\M'")):
        expected = [row.id for row in db.owner.execute(
            f"SELECT id FROM chat.messages WHERE {condition} ORDER BY created_at DESC, id DESC")]
        assert expected
        found, before = [], None
        while page := ask(db, "search", query, other.id, False, False, None, None, None, None, before, False, 40)[1:]:
            found += [row[1] for row in page]
            before = found[-1]
        assert found == expected, query


def test_the_best_first(db, room):
    owner, made = room
    fill(db, made, owner, ["apple apple apple", "an apple among many other things that are none", "pear"])
    assert contents(db, owner, "apple", rank=True) == [
        "apple apple apple", "an apple among many other things that are none"]
    assert contents(db, owner, "apple", rank=True, limit=1) == ["apple apple apple"]


def test_only_words_that_are_there(db, room):
    """head: how many words there are to look for."""
    owner, _ = room
    for words, usable in (("word", True), ("-word", False), ("", False), ("!!! ...", False), ("a -b", True),
                          ('"a b"', True), ("-a or b", False), ("\U0001f389", False)):
        assert (ask(db, "search", words, owner.id, False, False, None, None, None, None, None, False, 1)[0][0] > 0) == usable, words


@pytest.mark.parametrize("text, found, missed", [
    ("Caf\u00e9 cr\u00e8me", ("caf\u00e9", "CAF\u00c9", "cafe\u0301"), ("cafe",)),
    ("\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", ("\u043f\u0440\u0438\u0432\u0435\u0442", "\u041c\u0418\u0420"), ("\u043f\u0440\u0438",)),
    ("\u6771\u4eac\u90fd \u306b\u884c\u304f", ("\u6771\u4eac\u90fd",), ("\u6771\u4eac",)),  # a run of characters is a word
    ("\uff28\uff45\uff4c\uff4c\uff4f", ("hello",), ()),  # full width
    ("running shoes", ("running", "SHOES"), ("run", "shoe")),  # `simple` cuts no endings
    ("a List<String> of", ("string", "List<String>"), ()),
    ("see foo-bar.example.org", ("foo-bar.example.org",), ("example",)),
])
def test_letters(db, room, text, found, missed):
    owner, made = room
    for _ in range(2):  # from the tail, then from the index
        db.post_one(made, owner, text)
        for words in found:
            assert text in contents(db, owner, words), words
        for words in missed:
            assert text not in contents(db, owner, words), words
        fill(db, made, owner, ["x"] * STEP)
        index(db)


def test_another_language(db, room):
    owner, made = room
    fill(db, made, owner, ["running shoes"] + ["x"] * STEP)
    index(db)
    assert contents(db, owner, "run") == []
    assert db.value("SELECT chat.set_search_language('english')")
    index(db)
    assert contents(db, owner, "run") == ["running shoes"]
    assert not db.value("SELECT chat.set_search_language('english')")


def test_snippets(db, room):
    owner, made = room
    db.post_one(made, owner, "far away " * 100 + "\x02the\x03 <b>needle</b> is here " + "and more " * 100)
    (_, snippet), = find(db, owner, "needle")
    assert "\x02needle\x03" in snippet and "<b>" in snippet and snippet.count("\x02") == snippet.count("\x03") == 1
    assert len(snippet) < 500


QUERIES = [
    "'; DROP TABLE chat.messages; --", "a & b | !c", "a <-> b", "((((", '"', '""', "\\", "a:*", "a:ABCD", "':*", "%", "_",
    "or", "or or or", "- - -", '-"a b"', "<b>x</b>", "a\tb\nc", "\u202e", "x" * 200, '"' * 200, "http://a/<5>?b=<->&c",
    "$1", "{}", "NULL", "a@b.example", "1e400", "-1.5", "\U0001f468\u200d\U0001f469",
]


def test_any_text_is_a_query(db, room):
    owner, made = room
    fill(db, made, owner, QUERIES)
    for indexed in (False, True):
        for words in QUERIES:
            ask(db, "search", words, owner.id, False, False, None, words, None, words, None, True, 10)
            rows = ask(db, "search", words, owner.id, False, False, None, None, None, None, None, False, 100)
            if rows[0][0] and not words.startswith(("-", "http")) and "!" not in words:
                assert words in [row[5] for row in rows[1:]], (words, indexed)
        fill(db, made, owner, ["y"] * STEP)
        index(db)


def test_huge_messages_are_divided(db, room):
    """The words of a row are less than 1 MiB; nothing of it fails, and all is found."""
    owner, made = room
    letters = [chr(0x10400 + i) for i in range(40)]  # four bytes each
    rng = random.Random(3)
    fill(db, made, owner, (" ".join("".join(rng.choices(letters, k=9)) for _ in range(800)) for _ in range(STEP)), batch=8)
    db.post_one(made, owner, "\ufdfa" * 8000)  # composing makes eighteen of each
    db.post_one(made, owner, "y" * 8000)
    fill(db, made, owner, ["end"] * STEP)
    index(db)
    assert len(blocks(db, made)) > 8
    word = db.value("SELECT split_part(content, ' ', 5) FROM chat.messages WHERE room_id = %s AND seq = 20", made)
    assert len(contents(db, owner, word)) == 1


def test_one_indexes_at_a_time_and_nobody_waits(db, room):
    owner, made = room
    fill(db, made, owner, ["x"] * (2 * STEP))
    with db.connect() as first, db.connect() as second:
        with first.transaction():
            assert db.call("index_due", 8, conn=first)[0] > 0
            assert db.call("index_due", 8, conn=second)[0] == 0
            second.execute("SET lock_timeout = '2s'")
            fill_with = [db.post_one(made, owner, f"meanwhile {i}", conn=second) for i in range(STEP)]
            assert {row.status for row in fill_with} == {"ok"}
            first.execute("SELECT 1")
    assert contents(db, owner, "meanwhile 7") == ["meanwhile 7"]


def test_what_dies_in_the_middle_leaves_its_work(db, room):
    owner, made = room
    fill(db, made, owner, ["x"] * (2 * STEP))
    conn = db.connect()
    pid = conn.info.backend_pid
    conn.execute("BEGIN")
    assert db.call("index_due", 8, conn=conn)[0] > 0
    db.owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert not blocks(db, made)
    index(db)
    assert blocks(db, made)


def test_an_edit_while_its_stretch_is_indexed(db, room):
    """The row that it leaves is taken later, whichever of the two commits first."""
    owner, made = room
    fill(db, made, owner, [f"old{i}" for i in range(2 * STEP)])
    with db.connect() as indexer:
        with indexer.transaction():
            db.call("index_due", 8, conn=indexer)
            edited = threading.Thread(target=lambda: db.owner.execute(
                "UPDATE chat.messages SET content = 'brandnew' WHERE room_id = %s AND content = 'old9'", (made,)))
            edited.start()
            edited.join(10)
            assert not edited.is_alive()
    index(db)
    assert contents(db, owner, "brandnew") == ["brandnew"] and "old9" not in indexed_words(db, made)
