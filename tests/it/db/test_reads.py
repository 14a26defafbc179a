"""Read positions, what is unread behind them, and mentions, at the level of the functions (R9)."""

import json
import threading
import uuid

import pytest
from chatdb import LOBBY, NEVER, Post, parallel
from test_plans import plan_of, scans


def unread(db, room, user):
    """(position, unread, mentions) as a list of rooms shows them; None without a position."""
    row = db.call("unread_of", room, user.id)
    return row and tuple(row)


def read(db, room, user, seq):
    return db.call("set_read", room, user.id, seq)


def position(db, room, user):
    return db.one("SELECT read_seq, read_no, own_after FROM chat.room_reads WHERE room_id = %s AND user_id = %s",
                  room, user.id)


def tombstone(db, room, user, seq):
    """As the deletion of a message leaves it."""
    db.value("SELECT chat.log_event(%s, 'message_deleted', %s, NULL, %s, '{}')", room, user.id, seq)
    db.owner.execute("UPDATE chat.messages SET deleted_at = now(), content = '' WHERE room_id = %s AND seq = %s",
                     (room, seq))
    db.value("SELECT chat.change_mentions(%s, %s, NULL, %s, NULL)", room, seq, user.id)


def user_events(db, user, kind):
    return [row.data for row in db.owner.execute(
        "SELECT data FROM chat.user_events WHERE user_id = %s AND kind = %s ORDER BY useq", (user.id, kind))]


# --- positions ------------------------------------------------------------------------------------


def test_others_messages_are_unread_own_ones_are_not(db):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    db.post_one(room, ann)
    db.post_one(room, bob)
    db.post_one(room, ann)
    assert unread(db, room, bob)[1] == 2
    assert unread(db, room, ann)[1] == 1


def test_a_position_moves_forward_only_and_never_beyond_the_last(db):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    seqs = [db.post_one(room, ann).seq for _ in range(4)]
    moved = read(db, room, bob, seqs[1])
    assert (moved.status, moved.read_seq, moved.unread) == ("ok", seqs[1], 2)
    assert read(db, room, bob, seqs[0])[:3] == ("unchanged", seqs[1], 2)
    assert read(db, room, bob, seqs[1])[:3] == ("unchanged", seqs[1], 2)
    assert read(db, room, bob, 2**62)[:3] == ("ok", seqs[3], 0)
    assert user_events(db, bob, "read_moved") == [{"roomId": str(room), "readSeq": seq} for seq in (seqs[1], seqs[3])]
    assert user_events(db, ann, "read_moved") == []


def test_posting_does_not_move_it(db):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    db.post_one(room, ann)
    before = unread(db, room, bob)
    db.post_one(room, bob)
    assert unread(db, room, bob) == before


@pytest.mark.parametrize("at", (0.05, 0.5, 0.95), ids=("start", "middle", "end"))
def test_own_messages_are_counted_over_the_shorter_side(db, at):
    """Whichever side is counted, the position is the same."""
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    rows = [db.post_one(room, (ann, bob)[i % 3 == 0]) for i in range(40)]
    moved = read(db, room, bob, rows[int(40 * at)].seq)
    own = db.value("SELECT count(*) FROM chat.messages WHERE room_id = %s AND sender_id = %s AND seq > %s",
                   room, bob.id, moved.read_seq)
    others = db.value("SELECT count(*) FROM chat.messages WHERE room_id = %s AND sender_id = %s AND seq > %s",
                      room, ann.id, moved.read_seq)
    assert position(db, room, bob).own_after == own
    assert moved.unread == others


def test_events_between_messages_are_not_messages(db):
    ann, bob, late = db.users(3)
    room = db.room(ann, bob)
    first = db.post_one(room, ann)
    db.call("join_room", room, late.id)
    db.post_one(room, ann)
    assert read(db, room, bob, first.seq + 1)[1:3] == (first.seq + 1, 1)


def test_tombstones_are_not_unread(db):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    seqs = [db.post_one(room, ann).seq for _ in range(3)]
    own = db.post_one(room, bob).seq
    tombstone(db, room, ann, seqs[0])
    assert unread(db, room, bob)[1] == 2
    tombstone(db, room, bob, own)   # an own one was not unread before
    assert unread(db, room, bob)[1] == 2
    assert unread(db, room, ann)[1] == 0
    assert read(db, room, bob, seqs[1]).unread == 1


def test_what_was_said_before_he_came_is_not_unread(db):
    ann, bob = db.users(2)
    room = db.room(ann)
    db.post_one(room, ann)
    db.call("join_room", room, bob.id)
    assert unread(db, room, bob)[1] == 0
    db.post_one(room, ann)
    db.call("leave_room", room, bob.id)
    db.post_one(room, ann)
    db.call("join_room", room, bob.id)
    assert unread(db, room, bob)[1] == 0


def test_the_lobby_knows_who_used_it(db):
    ann, bob = db.users(2)
    assert unread(db, LOBBY, bob) is None
    seqs = [db.post_one(LOBBY, ann).seq for _ in range(3)]
    assert unread(db, LOBBY, ann)[1] == 0
    assert read(db, LOBBY, bob, seqs[0])[:3] == ("ok", seqs[0], 2)
    db.post_one(LOBBY, bob)
    assert unread(db, LOBBY, bob)[1] == 2


def test_who_may_have_a_position(db):
    ann, bob, banned, left = db.users(4)
    open_room, private = db.room(ann, banned, left), db.room(ann, banned, left, private=True)
    for room, states in ((open_room, ("not_member", "banned", "not_member")), (private, ("not_found",) * 3),
                         (NEVER, ("not_found",) * 3)):
        if room is not NEVER:
            db.call("remove_member", room, ann.id, False, banned.id, True)
            db.call("leave_room", room, left.id)
        assert tuple(read(db, room, user, 1).status for user in (bob, banned, left)) == states
    assert user_events(db, bob, "read_moved") == []


def test_posts_and_moves_of_one_user_at_once(db):
    """The row is locked before anything is counted: none of his own messages is counted twice or not at all."""
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    stop = threading.Event()

    def mover():
        conn = db.connect()
        while not stop.is_set():
            last = conn.execute("SELECT last_seq FROM chat.room_seq WHERE room_id = %s", (room,)).fetchone()[0]
            db.call("set_read", room, bob.id, last - 2, conn=conn)

    def work(i):
        if i == 0:
            return mover()
        conn = db.connect()
        for _ in range(40):
            db.post_one(room, (ann, bob)[i % 2], conn=conn)
        if i == 4:
            stop.set()

    parallel(5, work)
    stop.set()
    found = position(db, room, bob)
    assert found.own_after == db.value("SELECT count(*) FROM chat.messages WHERE room_id = %s AND sender_id = %s"
                                       " AND seq > %s", room, bob.id, found.read_seq)


# --- plans ----------------------------------------------------------------------------------------


def test_plans_made_on_empty_tables_read_keys_only(db):
    """Nothing scans a room's history: by the log's key, or the index of tombstones."""
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    conn = db.connect("postgres", prepare_threshold=None)
    for _ in range(3):
        db.post_one(room, ann, mentions=json.dumps([[bob.name]]), conn=conn)
        db.post_one(room, bob)
    plans = []
    conn.add_notice_handler(lambda notice: plans.append(notice.message_primary))
    conn.execute("SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = 'json';"
                 "SET auto_explain.log_nested_statements = on; SET client_min_messages = log")
    for seq in (3, 6):
        assert db.call("set_read", room, bob.id, seq, conn=conn).status == "ok"
    db.post_one(room, ann, mentions=json.dumps([[bob.name, "x"], str(bob.id), None]), conn=conn)
    conn.execute("SET client_min_messages = notice")
    found = {scan for text in plans for scan in scans(plan_of(text))}
    assert all(index and columns for _, index, columns in found), found
    used = {(table, index) for table, index, _ in found}
    assert ("messages", "messages_tombstones") in used   # by room, and above the position:
    assert all("seq > " in text for text in plans if '"messages_tombstones"' in text)
    assert {index for table, index in used if table == "messages"} <= {
        "messages_tombstones", "messages_pkey", "messages_client_key", "messages_id"}
    assert ("mentions", "mentions_key", 2) in found


# --- mentions -------------------------------------------------------------------------------------


@pytest.fixture
def people(db):
    """A room of three, and a stranger."""
    names = [f"{name} {uuid.uuid4().hex[:6]}" for name in ("Ann", "Bob", "Bob Lee", "Eve")]
    ann, bob, lee, eve = (db.user(name) for name in names)
    return ann, bob, lee, eve, db.room(ann, bob, lee)


def mention(db, room, sender, *items):
    """Posts a message that names these; returns its row."""
    return db.post_one(room, sender, mentions=json.dumps(items))


def named(db, room, seq):
    rows = db.owner.execute("SELECT user_id FROM chat.mentions WHERE room_id = %s AND seq = %s", (room, seq))
    return {row.user_id for row in rows}


def test_the_longest_name_that_is_a_members_counts(db, people):
    ann, bob, lee, eve, room = people
    row = mention(db, room, ann, [f"{bob.name} and", bob.name], [lee.name.upper(), "Bob"], ["nobody"])
    assert named(db, room, row.seq) == set(row.mentioned) == {bob.id, lee.id}
    for user in (bob, lee):
        assert unread(db, room, user)[1:] == (1, 1)
        assert user_events(db, user, "mention") == [
            {"roomId": str(room), "seq": row.seq, "messageId": str(row.id)}]
    assert unread(db, room, ann)[1:] == (0, 0)


def test_who_is_not_in_the_room_is_not_named(db, people):
    ann, bob, lee, eve, room = people
    db.call("leave_room", room, lee.id)
    row = mention(db, room, ann, [eve.name], str(eve.id), [lee.name], str(NEVER))
    assert named(db, room, row.seq) == set() and row.mentioned is None
    assert user_events(db, eve, "mention") == user_events(db, lee, "mention") == []


def test_nobody_names_himself(db, people):
    ann, *_, room = people
    row = mention(db, room, ann, [ann.name], str(ann.id))
    assert named(db, room, row.seq) == set()


@pytest.mark.parametrize("item", (None, ["room mates", "Room"]), ids=("null", "room"))
def test_everybody_is_one_row(db, people, item):
    ann, bob, lee, _, room = people
    row = mention(db, room, ann, item)
    assert named(db, room, row.seq) == {None} and row.mentioned is None
    assert [unread(db, room, user)[2] for user in (ann, bob, lee)] == [0, 1, 1]
    assert user_events(db, bob, "mention") == []


def test_a_message_that_names_him_and_everybody_counts_once(db, people):
    ann, bob, _, _, room = people
    mention(db, room, ann, ["room"], [bob.name], [bob.name])
    assert unread(db, room, bob)[2] == 1


def test_in_the_lobby_everybody_can_be_named(db, people):
    ann, bob, *_ = people
    db.call("set_read", LOBBY, bob.id, 0)
    mention(db, LOBBY, ann, [bob.name])
    assert unread(db, LOBBY, bob)[2] == 1


def test_reading_and_deleting_take_mentions_back(db, people):
    ann, bob, _, _, room = people
    first, second = (mention(db, room, ann, [bob.name]) for _ in range(2))
    assert unread(db, room, bob)[2] == 2
    assert read(db, room, bob, first.seq).mentions == 1
    tombstone(db, room, ann, second.seq)
    assert unread(db, room, bob)[1:] == (0, 0)


def test_a_retry_names_nobody_again(db, people):
    ann, bob, _, _, room = people
    post = Post(room, ann, mentions=json.dumps([[bob.name]]))
    assert [db.post(post)[0].status for _ in range(2)] == ["ok", "duplicate"]
    assert len(user_events(db, bob, "mention")) == 1


def test_an_edit_names_others(db, people):
    """Only who was not named before is told."""
    ann, bob, lee, _, room = people
    row = mention(db, room, ann, [bob.name])

    def edit(mentions):
        return db.value("SELECT chat.change_mentions(%s, %s, %s, %s, %s)", room, row.seq, row.id, ann.id, mentions)

    assert edit(json.dumps([[bob.name], [lee.name], None])) == [lee.id]
    assert named(db, room, row.seq) == {bob.id, lee.id, None}
    assert edit(None) is None
    assert named(db, room, row.seq) == set()
    assert [len(user_events(db, user, "mention")) for user in (bob, lee)] == [1, 1]


def test_an_edit_tells_nobody_of_a_message_that_is_hidden_from_him(db, people):
    """Who came later hears of no message from before, where history is shown since the joining alone."""
    ann, bob, lee, eve, _ = people
    room = db.room(ann, bob, history="since_join")
    row = db.post_one(room, ann)
    db.call("join_room", room, eve.id)
    named_now = json.dumps([bob.id, eve.id], default=str)
    edited = db.call("edit_message", room, row.id, ann.id, False, "you two", named_now)
    assert edited.mentioned == [bob.id]
    assert [len(user_events(db, user, "mention")) for user in (bob, eve)] == [1, 0]
    later = mention(db, room, ann, str(bob.id))
    assert db.call("edit_message", room, later.id, ann.id, False, "you as well", named_now).mentioned == [eve.id]


def test_batches_that_name_the_same_people_do_not_wait_for_each_other(db, people):
    """In whatever order they are named: their logs are written in the order of users."""
    ann, bob, lee, _, room = people
    rooms = [room, db.room(ann, bob, lee)]

    def work(i):
        conn = db.connect()
        order = [bob, lee] if i % 2 else [lee, bob]
        for _ in range(15):
            rows = db.post(*(Post(rooms[i % 2], ann, mentions=json.dumps([[user.name]])) for user in order), conn=conn)
            assert [row.status for row in rows] == ["ok", "ok"]

    parallel(4, work)
    for user in (bob, lee):
        assert len(user_events(db, user, "mention")) == 60
