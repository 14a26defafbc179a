"""Conversations of two at the level of the functions: one for each pair, posts by recipient, lists over all."""

import uuid

import psycopg
import pytest
from chatdb import ChatDb, NEVER, Post, fresh, parallel
from psycopg.rows import tuple_row
from roomcalls import waiting
from statements import statements
from system import wait_until
from test_plans import scans


def open_pair(db, one, other, id=None, conn=None):
    return db.call("open_pair", id or uuid.uuid4(), one.id, other.id, conn=conn)


def write(db, sender, recipient, content="hello", room=None, client_id=None, parent=None, conn=None):
    """As POST /messages and POST /auth/conversations/{id}/messages do."""
    return db.call("post_direct", room, recipient and recipient.id, sender.id, "session", sender.session,
                   client_id or uuid.uuid4().hex, db.value("SELECT chat.uuid7()"), content, parent, None, conn=conn)


def newest(db, room):
    return db.value("SELECT id FROM chat.messages WHERE room_id = %s ORDER BY seq DESC LIMIT 1", room)


def block(db, user, other):
    db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", (user.id, other.id))


# --- one for each pair ----------------------------------------------------------------------------------


def test_twelve_at_once_from_both_sides_open_one(db):
    ann, bob = db.users(2)
    conns = [db.connect() for _ in range(12)]

    def one(i):
        return open_pair(db, *((ann, bob) if i % 2 else (bob, ann)), conn=conns[i])

    rows = parallel(12, one)
    assert len({row.room_id for row in rows}) == 1
    assert sorted(row.status for row in rows) == ["already"] * 11 + ["ok"]
    (room,) = {row.room_id for row in rows}
    assert db.value("SELECT count(*) FROM chat.rooms WHERE kind = 'p2p'") == 1
    assert [event[0] for event in db.events(room)] == ["member_joined"] * 2
    assert db.counter(room).member_count == 2
    db.assert_gapless(room)


def test_a_pair_is_unique_by_constraint(db):
    ann, bob = db.users(2)
    room = db.pair(ann, bob)
    lo, hi = sorted((ann.id, bob.id))
    for low, high, error in ((lo, hi, psycopg.errors.UniqueViolation), (hi, lo, psycopg.errors.CheckViolation)):
        with pytest.raises(error):
            db.owner.execute("INSERT INTO chat.p2p_pairs (lo, hi, room_id) VALUES (%s, %s, %s)", (low, high, room))


def test_the_same_request_again_is_answered_as_the_first_time(db):
    ann, bob = db.users(2)
    id = uuid.uuid4()
    assert open_pair(db, ann, bob, id) == open_pair(db, ann, bob, id) == ("ok", id)
    assert open_pair(db, bob, ann) == ("already", id)


def test_both_hear_of_it_in_their_own_logs(db):
    ann, bob = db.users(2)
    room = db.pair(ann, bob)
    rows = db.owner.execute("SELECT user_id, kind, data FROM chat.user_events").fetchall()
    assert {(row.user_id, row.kind, row.data["roomId"]) for row in rows} == {
        (user.id, "room_added", str(room)) for user in (ann, bob)}


def test_notes_to_oneself_are_a_pair(db):
    ann = db.user()
    room = db.pair(ann, ann)
    assert db.counter(room).member_count == 1
    assert write(db, ann, ann).status == "ok"
    assert open_pair(db, ann, ann) == ("already", room)


def test_nobody_opens_one_with_who_is_not_there(db):
    ann, gone, off = db.users(3)
    db.owner.execute("UPDATE chat.users SET deleted_at = now() WHERE id = %s", (gone.id,))
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (off.id,))
    for other in (gone.id, off.id, NEVER):
        assert db.call("open_pair", uuid.uuid4(), ann.id, other).status == "user_not_found"
    assert db.value("SELECT count(*) FROM chat.p2p_pairs") == 0


def test_who_is_blocked_opens_none_but_finds_what_is_there(db):
    ann, bob, cat = db.users(3)
    room = db.pair(bob, cat)
    block(db, ann, bob)
    block(db, cat, bob)
    assert open_pair(db, bob, ann) == ("blocked", None)
    assert write(db, bob, ann).status == "blocked"
    assert open_pair(db, bob, cat) == ("already", room)
    assert write(db, bob, cat).status == "blocked"
    assert open_pair(db, ann, bob).status == "ok"     # who blocks may still write himself
    assert db.value("SELECT count(*) FROM chat.user_events WHERE user_id = %s", ann.id) == 1


def test_opening_a_hidden_one_shows_it_again(db):
    ann, bob = db.users(2)
    room = db.pair(ann, bob)
    db.owner.execute("UPDATE chat.room_members SET is_hidden = true WHERE room_id = %s", (room,))
    open_pair(db, ann, bob)
    hidden = db.owner.execute("SELECT user_id FROM chat.room_members WHERE is_hidden").fetchall()
    assert [row.user_id for row in hidden] == [bob.id]


# --- groups ---------------------------------------------------------------------------------------------


def test_a_group_has_its_maker_as_owner_and_everybody_once(db):
    ann, bob, cat = db.users(3)
    id = uuid.uuid4()
    for _ in range(2):    # the second one is the same request, tried again
        made = db.call("create_group", id, ann.id, [bob.id, cat.id, bob.id, ann.id], None)
        assert made == ("ok", id)
    rows = db.owner.execute("SELECT user_id, role FROM chat.room_members WHERE room_id = %s", (id,)).fetchall()
    assert {tuple(row) for row in rows} == {(ann.id, "owner"), (bob.id, "member"), (cat.id, "member")}
    room = db.one("SELECT * FROM chat.rooms WHERE id = %s", id)
    assert (room.kind, room.is_private, room.name) == ("group", True, f"{ann.name}, {bob.name}, {cat.name}")
    db.assert_gapless(id)


def test_a_group_is_made_of_everybody_or_not_at_all(db):
    ann, bob = db.users(2)
    made = db.call("create_group", uuid.uuid4(), ann.id, [bob.id, NEVER], "three")
    assert made.status == "user_not_found"
    assert db.value("SELECT count(*) FROM chat.rooms WHERE kind = 'group'") == 0


def test_a_group_of_many_has_a_name_that_fits(db):
    people = [db.user(name=f"somebody with a long name {i:02}") for i in range(30)]
    id = db.call("create_group", uuid.uuid4(), people[0].id, [user.id for user in people[1:]], None).room_id
    name = db.value("SELECT name FROM chat.rooms WHERE id = %s", id)
    assert len(name) == 100 and name.endswith("\u2026") and name.startswith(people[0].name)


# --- posts ----------------------------------------------------------------------------------------------


def test_the_first_post_opens_the_conversation_and_the_second_uses_it(db):
    ann, bob = db.users(2)
    first, second = write(db, ann, bob), write(db, bob, ann)
    assert (first.status, first.opened) == ("ok", True)
    assert (second.status, second.opened, second.room_id) == ("ok", False, first.room_id)
    db.assert_gapless(first.room_id)


def test_twelve_first_posts_at_once_open_one_and_are_all_in_it(db):
    ann, bob = db.users(2)
    conns = [db.connect() for _ in range(12)]
    rows = parallel(12, lambda i: write(db, *((ann, bob) if i % 2 else (bob, ann)), conn=conns[i]))
    assert {row.status for row in rows} == {"ok"} and len({row.room_id for row in rows}) == 1
    assert sum(row.opened for row in rows) == 1
    assert db.counter(rows[0].room_id).msg_count == 12
    db.assert_gapless(rows[0].room_id)


def test_a_post_is_repeatable_whatever_has_become_of_the_recipient(db):
    ann, bob = db.users(2)
    room = write(db, ann, bob, client_id="one").room_id
    db.owner.execute("UPDATE chat.users SET deleted_at = now() WHERE id = %s", (bob.id,))
    assert write(db, ann, bob, client_id="one").status == "duplicate"
    assert write(db, ann, None, client_id="one", room=room).status == "duplicate"
    assert write(db, ann, bob, client_id="two").status == "user_not_found"
    assert write(db, ann, None, client_id="two", room=room).status == "user_not_found"
    assert db.counter(room).msg_count == 1


def test_nobody_is_no_recipient(db):
    assert write(db, db.user(), None).status == "user_not_found"


def test_a_room_that_is_no_conversation_of_his_takes_no_post(db):
    ann, bob, cat = db.users(3)
    group = db.room(ann, bob, private=True)
    for sender, room in ((cat, db.pair(ann, bob)), (ann, group), (ann, NEVER)):
        assert write(db, sender, None, room=room).status == "not_found"


def test_a_reply_answers_a_message_of_the_same_two(db):
    ann, bob, cat = db.users(3)
    room = write(db, ann, bob).room_id
    assert write(db, bob, ann, parent=newest(db, room)).status == "ok"
    elsewhere = newest(db, write(db, ann, cat).room_id)
    assert write(db, bob, ann, parent=elsewhere).status == "parent_not_found"
    assert write(db, bob, cat, parent=elsewhere).status == "parent_not_found"   # and nothing is opened
    assert db.value("SELECT count(*) FROM chat.p2p_pairs") == 2


# --- what is done to a message --------------------------------------------------------------------------


def test_messages_of_two_are_changed_by_their_sender(db):
    ann, bob, cat = db.users(3)
    room = write(db, ann, bob).room_id
    id = newest(db, room)
    for call in (lambda who: db.call("edit_direct", who.id, id, "better", None),
                 lambda who: db.call("delete_direct", who.id, id, None)):
        assert call(cat) == ("message_not_found", None)
        assert call(bob) == ("not_author", room)
        assert call(ann) == ("ok", room)
    assert db.call("edit_direct", ann.id, id, "again", None).status == "message_not_found"
    assert db.call("delete_direct", ann.id, id, None) == ("unchanged", room)
    db.assert_gapless(room)


def test_messages_of_other_rooms_are_not_found(db):
    ann, bob = db.users(2)
    id = db.post_one(db.room(ann, bob, private=True), ann).id
    assert db.call("edit_direct", ann.id, id, "x", None).status == "message_not_found"
    assert db.call("delete_direct", ann.id, id, None).status == "message_not_found"
    assert db.call("read_direct", bob.id, id).status == "message_not_found"


def unread(db, room, user):
    return db.call("unread_of", room, user.id).unread


def test_reading_one_reads_what_stands_before_it(db):
    ann, bob, cat = db.users(3)
    ids = [newest(db, write(db, ann, bob).room_id) for _ in range(3)]
    room = db.pair(ann, bob)
    assert db.call("read_direct", cat.id, ids[1]).status == "message_not_found"
    assert db.call("read_direct", ann.id, ids[1]).status == "not_recipient"
    assert db.call("read_direct", bob.id, ids[1]) == ("ok", room)
    assert unread(db, room, bob) == 1
    assert db.call("read_direct", bob.id, ids[0]).status == "unchanged"


def test_reading_all_reads_pairs_and_nothing_else(db):
    ann, bob, cat = db.users(3)
    pairs = [write(db, ann, cat).room_id, write(db, bob, cat).room_id]
    group = db.room(ann, cat, private=True)
    db.post_one(group, ann)
    assert db.call("read_pairs", cat.id, group) == ("not_found",)
    assert db.call("read_pairs", ann.id, pairs[1]) == ("not_found",)
    assert db.call("read_pairs", cat.id, pairs[0]) == ("ok",)
    assert [unread(db, room, cat) for room in (*pairs, group)] == [0, 1, 1]
    assert db.call("read_pairs", cat.id, None) == ("ok",)
    assert [unread(db, room, cat) for room in (*pairs, group)] == [0, 0, 1]


def test_who_reads_all_while_he_is_written_to_deadlocks_with_nobody(db):
    people = db.users(6)
    conns = [db.connect() for _ in range(6)]
    rooms = sorted(write(db, other, people[0]).room_id for other in people[1:])[::-1]

    def one(i):
        for _ in range(40):
            if i == 0:
                db.call("read_pairs", people[0].id, None, conn=conns[i])
            elif i == 1:
                for room in rooms:
                    db.call("set_read", room, people[0].id, 1 << 40, conn=conns[i])
            else:
                write(db, people[i], people[0], conn=conns[i])
                write(db, people[0], people[i], conn=conns[i])

    parallel(6, one)
    db.call("read_pairs", people[0].id, None)
    for other in people[1:]:
        room = db.pair(people[0], other)
        db.assert_gapless(room)
        assert unread(db, room, people[0]) == 0


def test_a_batch_over_many_rooms_takes_positions_in_the_order_of_rooms(db):
    """As read_pairs does, which holds no room: one that has the first finds the others free."""
    ann, *others = db.users(9)
    rooms = sorted(db.pair(ann, other) for other in others)
    row = "SELECT FROM chat.room_reads WHERE room_id = %s AND user_id = %s FOR NO KEY UPDATE NOWAIT"
    reader = db.connect("postgres")
    reader.autocommit = False
    reader.execute(row, (rooms[0], ann.id))

    def act(i):
        if i:
            return {posted.status for posted in db.post(*[Post(room, ann) for room in reversed(rooms)])}
        wait_until(lambda: waiting(db) == 1, what="the batch to wait for the first position")
        try:
            for room in rooms[1:]:
                reader.execute(row, (room, ann.id))
        finally:
            reader.commit()

    assert parallel(2, act) == [None, {"ok"}]


# --- lists over many rooms ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy(cluster):
    """Ann with 200 pairs, in which 20000 messages were said; the first of them is a bot, which said 5000."""
    db = ChatDb(cluster, fresh(cluster))
    fill(db, db.user("ann"))
    yield db
    db.close()
    cluster.dropdb(db.name)


def fill(db, ann):
    others = [db.user(f"other-{i:03}") for i in range(200)]
    rooms = [db.pair(*((ann, other) if i % 2 else (other, ann))) for i, other in enumerate(others)]
    db.owner.execute("VACUUM ANALYZE")  # as on the first day, when there is nothing to know
    db.owner.execute(
        "INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, client_id, content)"
        " SELECT m.room, m.seq, m.seq - 2, m.seq, ('01990000-0000-7000-8000-' || lpad(m.n::text, 12, '0'))::uuid,"
        "        CASE WHEN m.i > 1 AND m.n %% 3 = 0 THEN %(ann)s ELSE m.other END,"
        "        now() + m.n * interval '1 ms', m.n::text, 'number ' || m.n"
        "   FROM (SELECT r.room, r.other, r.i, n, 2 + row_number() OVER (PARTITION BY r.room ORDER BY n) AS seq"
        "           FROM generate_series(1, 20000) AS n"
        "           JOIN unnest(%(rooms)s::uuid[], %(others)s::uuid[]) WITH ORDINALITY AS r (room, other, i)"
        "             ON r.i = CASE WHEN n <= 5000 THEN 1 ELSE 2 + n * 7 %% 199 END) AS m",
        {"ann": ann.id, "rooms": rooms, "others": [other.id for other in others]})
    db.owner.execute("UPDATE chat.room_seq AS s SET last_seq = m.seq, msg_count = m.seq - 2, last_at = m.at"
                     "  FROM (SELECT room_id, max(seq) AS seq, max(created_at) AS at FROM chat.messages"
                     "         GROUP BY room_id) AS m WHERE m.room_id = s.room_id")
    db.owner.execute("UPDATE chat.room_reads AS d SET read_seq = s.last_seq - 3 FROM chat.room_seq AS s"
                     " WHERE s.room_id = d.room_id AND d.user_id = %s AND s.last_seq > 10", (ann.id,))
    db.owner.execute("UPDATE chat.messages SET deleted_at = now(), content = '' WHERE client_id LIKE '%77'")
    db.owner.execute("VACUUM ANALYZE")


def prepared(db, name):
    """A function that executes a statement of the programs, prepared as they do."""
    conn = db.connect()
    conn.row_factory = tuple_row
    conn.execute(f"PREPARE wanted AS {statements(name)}", prepare=False)

    def execute(*arguments, explain=""):
        marks = ", ".join("NULL" if value is None else f"'{value}'" for value in arguments)
        return conn.execute(f"{explain} EXECUTE wanted ({marks})", prepare=False).fetchall()

    return execute


def ann_of(db):
    return db.value("SELECT id FROM chat.users WHERE username = 'ann'")


# What each list has to hold, said plainly: a filter over all, in the order of ids.
PLAINLY = {"all": "true", "sent": "g.sender_id = %(ann)s", "received": "g.sender_id <> %(ann)s"}


def plainly(db, which, unread_only):
    return [row.id for row in db.owner.execute(
        "SELECT g.id FROM chat.messages AS g"
        "  JOIN chat.room_reads AS d ON d.room_id = g.room_id AND (d.user_id = %(ann)s) = (g.sender_id <> %(ann)s)"
        f" WHERE {PLAINLY[which]} AND g.deleted_at IS NULL AND NOT (%(unread)s AND g.seq <= d.read_seq)"
        " ORDER BY g.id DESC", {"ann": ann_of(db), "unread": unread_only})]


@pytest.mark.parametrize("unread_only", (False, True))
@pytest.mark.parametrize("which", PLAINLY)
def test_a_list_is_what_a_filter_over_all_gives(busy, which, unread_only):
    """Page by page, to the end or far enough."""
    page_of, ann = prepared(busy, "direct_list"), ann_of(busy)
    found, before = [], None
    while len(found) < 2000 and (page := page_of(ann, before, which, unread_only, 97)):
        found += [row[0] for row in page]
        before = page[-1][0]
    wanted = plainly(busy, which, unread_only)
    assert len(wanted) > 100 and found == wanted[: len(found)]
    assert len(found) == len(wanted) or len(found) >= 2000


def work(execute, *arguments):
    """The plan as executed: its scans, and how many rows of messages they read."""
    (row,) = execute(*arguments, explain="EXPLAIN (ANALYZE, FORMAT json)")
    return list(scans(row[0][0]["Plan"])), rows_of(row[0][0]["Plan"])


def rows_of(plan):
    own = 0
    if plan.get("Relation Name") == "messages":
        own = plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    return own + sum(rows_of(child) for child in plan.get("Plans", ()))


MIDDLE = "01990000-0000-7000-8000-000000010000"
LISTS = {
    f"{which}{' unread' if unread else ''}{' deep' if before else ''}": (
        "direct_list", "ann", before, which, unread, 50)
    for which in PLAINLY for unread in (False, True) for before in (None, MIDDLE)
} | {
    "own": ("feed_of", "ann", None, None, 51, True, False),
    "own, deep": ("feed_of", "ann", MIDDLE, None, 51, True, False),
    "everything": ("feed_all", None, True, 51),
    "everything, deep": ("feed_all", MIDDLE, True, 51),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_probes_and_a_page(busy, name):
    """200 pairs, one of which is a bot's that said a quarter of everything: neither it nor the past is read.

    Two probes a pair, and a page of pages at most."""
    statement, *arguments = LISTS[name]
    found, rows = work(prepared(busy, statement), *(ann_of(busy) if a == "ann" else a for a in arguments))
    assert found
    for table, index, columns in found:
        assert index, f"{table} is scanned from end to end"
        assert columns or index == "messages_id", f"{index} is read from end to end"
    assert rows <= 2 * 200 + 51 * 51, found
