"""Changing what was posted: who may, what the log and the rows say of it, what changes nothing, and races."""

import random
import threading

import pytest
from chatdb import LOBBY, NEVER, Post, parallel

SINCE = "since_join"


@pytest.fixture
def cast(db):
    """A public room with everybody in it that matters, and a message of the member."""

    class Cast:
        owner, moderator, member, other, ex, banned, stranger = db.users(7)
        admin, keeper = db.user(role="ADMIN"), db.user(role="MODERATOR")

    settle(db, Cast)
    return Cast


def settle(db, cast, **options):
    """Gives the cast a room, and the member's first message in it."""
    cast.room = db.room(cast.owner, cast.moderator, cast.member, cast.other, cast.ex, cast.banned, **options)
    db.call("set_member", cast.room, cast.owner.id, False, cast.moderator.id, "moderator", None, False)
    cast.id = db.post_one(cast.room, cast.member, "first").id
    db.call("leave_room", cast.room, cast.ex.id)
    db.call("remove_member", cast.room, cast.owner.id, False, cast.banned.id, True)


def edit(db, cast, actor, content="second", as_client=False, mentions=None, id=None, conn=None):
    return db.call("edit_message", cast.room, id or cast.id, actor.id, as_client, content, mentions, conn=conn)


def delete(db, cast, actor, as_client=False, id=None, conn=None):
    return db.call("delete_message", cast.room, id or cast.id, actor.id, as_client, "192.0.2.1", conn=conn)


def react(db, cast, actor, emoji="+1", id=None, conn=None):
    return db.call("react", cast.room, id or cast.id, actor.id, emoji, conn=conn)


def unreact(db, cast, actor, emoji="+1", id=None, conn=None):
    return db.call("unreact", cast.room, id or cast.id, actor.id, emoji, conn=conn)


def pin(db, cast, actor, as_client=False, id=None):
    return db.call("pin", cast.room, id or cast.id, actor.id, as_client, None)


def unpin(db, cast, actor, as_client=False, id=None):
    return db.call("unpin", cast.room, id or cast.id, actor.id, as_client, None)


ALL = (edit, delete, react, unreact, pin, unpin)


def message(db, cast, id=None):
    return db.one("SELECT * FROM chat.messages WHERE id = %s", id or cast.id)


def last(db, room):
    return db.counter(room).last_seq


def rows(db, table, cast):
    return db.owner.execute(f"SELECT e.* FROM chat.{table} AS e JOIN chat.messages AS m USING (room_id, seq)"
                            " WHERE m.id = %s", (cast.id,)).fetchall()


# --- what each does -------------------------------------------------------------------------------------


def test_an_edit_keeps_what_was_said_before(db, cast):
    first = edit(db, cast, cast.member, "second")
    second = edit(db, cast, cast.member, "third")
    assert (first.status, second.status, second.seq) == ("ok", "ok", last(db, cast.room))
    found = message(db, cast)
    assert (found.content, found.rev) == ("third", second.seq)
    assert found.edited_at == db.counter(cast.room).last_at
    versions = rows(db, "message_edits", cast)
    assert [(v.rev, v.content, v.editor_id) for v in versions] == [
        (first.seq, "first", cast.member.id), (second.seq, "second", cast.member.id)]
    event = db.one("SELECT kind, actor_id, target_seq, data, created_at FROM chat.room_events"
                   " WHERE room_id = %s AND seq = %s", cast.room, second.seq)
    assert event == ("message_edited", cast.member.id, found.seq, {}, found.edited_at)
    db.assert_gapless(cast.room)


def test_what_says_the_same_takes_no_seq(db, cast):
    """And so for the others: twice is once."""
    before = last(db, cast.room)
    assert edit(db, cast, cast.member, "first") == ("unchanged", None, None)
    assert unreact(db, cast, cast.other) == ("unchanged", None)
    assert unpin(db, cast, cast.owner) == ("unchanged", None)
    assert last(db, cast.room) == before and message(db, cast).rev == message(db, cast).seq
    for change, who in ((react, cast.other), (pin, cast.owner), (delete, cast.member)):
        assert change(db, cast, who).status == "ok"
        before = last(db, cast.room)
        assert change(db, cast, who) == ("unchanged", None)
        assert last(db, cast.room) == before
    assert message(db, cast).rev == before


def test_an_edit_is_of_1_to_8000_characters(db, cast):
    for content in ("", None):
        assert edit(db, cast, cast.member, content).status == "bad_content"
    assert edit(db, cast, cast.member, "\U0001f600" * 8000).status == "ok"
    with pytest.raises(Exception, match="messages_content_check"):
        edit(db, cast, cast.member, "x" * 8001)
    db.assert_gapless(cast.room)


def test_a_deletion_leaves_a_tombstone_and_nothing_else(db, cast):
    edit(db, cast, cast.member, "secret")
    react(db, cast, cast.other)
    pin(db, cast, cast.owner)
    db.owner.execute("UPDATE chat.messages SET meta = '{\"a\": 1}' WHERE id = %s", (cast.id,))
    db.value("SELECT chat.note_mentions(%s, %s, %s, %s)", cast.room, message(db, cast).seq, cast.member.id,
             f'["{cast.other.id}", null]')
    deleted = delete(db, cast, cast.member)
    found = message(db, cast)
    assert (found.content, found.meta, found.reactions, found.rev) == ("", None, {}, deleted.seq)
    assert found.deleted_at == db.counter(cast.room).last_at
    assert not any(rows(db, table, cast) for table in ("message_edits", "reactions", "pins", "mentions"))
    assert "secret" not in str(db.events(cast.room))
    for change in (edit, react, unreact, pin, unpin):
        assert change(db, cast, cast.owner, as_client=True).status == "message_not_found" \
            if change in (edit, pin, unpin) else change(db, cast, cast.other).status == "message_not_found"
    # a retry of the post finds the tombstone, and makes no second message
    again = db.post(Post(cast.room, cast.member, "first", found.client_id))[0]
    assert (again.status, again.seq) == ("duplicate", found.seq)
    db.assert_gapless(cast.room)


def test_a_deleted_reply_no_longer_counts(db, cast):
    root = cast.id
    replies = [db.post_one(cast.room, cast.other, parent=root).id for _ in range(2)]
    deleted = delete(db, cast, cast.other, id=replies[0])
    assert (message(db, cast).reply_count, message(db, cast).rev) == (1, deleted.seq)
    delete(db, cast, cast.other, id=replies[0])
    assert message(db, cast).reply_count == 1
    # and one below a tombstone too
    delete(db, cast, cast.member)
    assert delete(db, cast, cast.other, id=replies[1]).status == "ok"
    assert (message(db, cast).reply_count, message(db, cast).content) == (0, "")


def test_reactions_are_counted_beside_their_rows(db, cast):
    for who, emoji in ((cast.other, "+1"), (cast.member, "+1"), (cast.member, "\U0001f468\u200d\U0001f469"),
                       (cast.owner, '"\'')):
        added = react(db, cast, who, emoji)
    assert message(db, cast).reactions == {"+1": 2, "\U0001f468\u200d\U0001f469": 1, '"\'': 1}
    assert message(db, cast).rev == added.seq
    assert db.events(cast.room)[-1] == ("reaction_added", None, {"emoji": '"\''})
    unreact(db, cast, cast.other)
    removed = unreact(db, cast, cast.owner, '"\'')
    assert message(db, cast).reactions == {"+1": 1, "\U0001f468\u200d\U0001f469": 1}
    assert message(db, cast).rev == removed.seq
    assert db.events(cast.room)[-1] == ("reaction_removed", None, {"emoji": '"\''})
    assert len(rows(db, "reactions", cast)) == 2
    with pytest.raises(Exception, match="reactions_emoji_check"):
        react(db, cast, cast.other, "x" * 65)


def test_a_message_has_at_most_20_different_reactions(db, cast):
    for number in range(20):
        assert react(db, cast, cast.other, str(number)).status == "ok"
    assert react(db, cast, cast.other, "one more") == ("full_of_reactions", None)
    assert react(db, cast, cast.member, "7").status == "ok"
    unreact(db, cast, cast.other, "3")
    assert react(db, cast, cast.other, "one more").status == "ok"


def test_pins(db, cast):
    pinned = pin(db, cast, cast.moderator)
    assert (message(db, cast).rev, rows(db, "pins", cast)[0].pinned_by) == (pinned.seq, cast.moderator.id)
    unpinned = unpin(db, cast, cast.owner)
    assert (message(db, cast).rev, rows(db, "pins", cast)) == (unpinned.seq, [])
    assert [event[0] for event in db.events(cast.room)[-2:]] == ["pinned", "unpinned"]
    ids = [db.post_one(cast.room, cast.member).id for _ in range(51)]
    assert [pin(db, cast, cast.owner, id=id).status for id in ids] == ["ok"] * 50 + ["full_of_pins"]
    delete(db, cast, cast.member, id=ids[0])
    assert pin(db, cast, cast.owner, id=ids[50]).status == "ok"


def test_moderation_is_in_the_audit_log(db, cast):
    other = db.post_one(cast.room, cast.member).id
    for change, who, options in ((delete, cast.member, {}), (delete, cast.moderator, {"id": other}),
                                 (pin, cast.owner, {"id": db.post_one(cast.room, cast.other).id})):
        assert change(db, cast, who, **options).status == "ok"
    audit = db.owner.execute("SELECT action, actor_id, target_id, room_id, data FROM chat.audit_log"
                             " WHERE action LIKE 'message%' ORDER BY id").fetchall()
    assert [row[:4] for row in audit] == [
        ("message_deleted", cast.moderator.id, cast.member.id, cast.room),
        ("message_pinned", cast.owner.id, cast.other.id, cast.room)]
    assert audit[0].data == {"messageId": str(other)}


def test_the_mentions_of_an_edit_are_the_new_ones(db, cast):
    def mentioned():
        return {row.user_id for row in rows(db, "mentions", cast)}

    one, two = str(cast.owner.id), str(cast.other.id)
    assert edit(db, cast, cast.member, "a", mentions=f'["{one}"]').mentioned == [cast.owner.id]
    assert edit(db, cast, cast.member, "b", mentions=f'["{one}", "{two}", null]').mentioned == [cast.other.id]
    assert mentioned() == {cast.owner.id, cast.other.id, None}
    assert edit(db, cast, cast.member, "b", mentions="[]").status == "unchanged" and len(mentioned()) == 3
    # whoever edits it: the author is not named by his own message
    own = f'["{cast.member.id}", "{two}"]'
    assert edit(db, cast, cast.owner, "d", as_client=True, mentions=own).mentioned is None
    assert mentioned() == {cast.other.id}
    assert edit(db, cast, cast.member, "e").mentioned is None and mentioned() == set()


# --- who may --------------------------------------------------------------------------------------------


def statuses(db, cast, change, **options):
    """What everybody hears, each of a message of its own: (owner, moderator, …)."""
    found = {}
    for name in ("owner", "moderator", "member", "other", "admin", "keeper", "stranger", "ex", "banned"):
        cast.id = db.post_one(cast.room, cast.member).id
        if change is unreact:
            react(db, cast, getattr(cast, name))
        if change is unpin:
            pin(db, cast, cast.owner)
        found[name] = change(db, cast, getattr(cast, name), **options).status
    return found


OUTSIDE = {"stranger": "not_member", "ex": "not_member", "banned": "banned"}


def test_who_may_in_a_public_room(db, cast):
    everybody = dict.fromkeys(("owner", "moderator", "member", "other"), "ok")
    assert statuses(db, cast, edit) == {
        **dict.fromkeys(everybody, "not_author"), "member": "ok", "admin": "not_author", "keeper": "not_author",
        **OUTSIDE}
    assert statuses(db, cast, delete) == {**everybody, "other": "not_author", "admin": "ok", "keeper": "ok", **OUTSIDE}
    for change in (react, unreact):
        assert statuses(db, cast, change) == {**everybody, "admin": "not_member", "keeper": "not_member", **OUTSIDE}
    for change in (pin, unpin):
        assert statuses(db, cast, change) == {"owner": "ok", "moderator": "ok", "member": "forbidden",
                                              "other": "forbidden", "admin": "ok", "keeper": "not_member", **OUTSIDE}


def test_a_private_room_is_not_there_for_others(db, cast):
    settle(db, cast, private=True)
    for change in ALL:
        found = statuses(db, cast, change)
        assert {found[name] for name in ("keeper", *OUTSIDE)} == {"room_not_found"}
        assert found["owner"] == ("not_author" if change is edit else "ok")


def test_everybody_is_in_the_lobby(db, cast):
    cast.room = LOBBY
    cast.id = db.post_one(LOBBY, cast.member, "first").id
    assert react(db, cast, cast.stranger).status == "ok"
    assert edit(db, cast, cast.member).status == "ok"
    for change, status in ((edit, "not_author"), (delete, "not_author"), (pin, "forbidden")):
        assert change(db, cast, cast.stranger).status == status
    assert pin(db, cast, cast.keeper).status == "ok"
    assert delete(db, cast, cast.member).status == "ok"


def test_a_conversation_of_two(db, cast):
    cast.room = db.pair(cast.member, cast.other)
    cast.id = db.post_one(cast.room, cast.member, "first").id
    for who in (cast.admin, cast.keeper, cast.stranger):
        assert {change(db, cast, who).status for change in ALL} == {"room_not_found"}
    assert [change(db, cast, cast.other).status for change in (edit, delete, react, pin, unpin)] == [
        "not_author", "not_author", "ok", "ok", "ok"]
    assert pin(db, cast, cast.member).status == "ok"
    assert db.value("SELECT count(*) FROM chat.audit_log WHERE action LIKE 'message%'") == 0
    db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)",
                     (cast.other.id, cast.member.id))
    assert [change(db, cast, cast.member).status for change in (edit, react, unpin, unreact, delete)] == [
        "blocked", "blocked", "blocked", "unchanged", "ok"]


def test_an_application(db, cast):
    """It edits, deletes and pins everywhere; in a conversation of two with permission admin."""
    bot = db.user()
    pair = db.pair(cast.member, bot)
    for room, rights, status in ((cast.room, 32 + 4, "ok"), (pair, 32 + 4, "room_not_found"), (pair, 32 + 20, "ok")):
        cast.room, cast.id = room, db.post_one(room, cast.member, "first").id
        with db.connect() as conn, conn.transaction():
            conn.execute("SELECT set_config('chat.rights', %s, true)", (str(rights),))
            assert edit(db, cast, bot, as_client=True, conn=conn).status == status
            assert delete(db, cast, bot, as_client=True, conn=conn).status == status
    assert db.value("SELECT count(*) FROM chat.audit_log WHERE action = 'message_deleted'") == 2


def test_who_is_muted_or_in_an_archived_room_takes_back_only(db, cast):
    react(db, cast, cast.member)
    db.call("set_member", cast.room, cast.owner.id, False, cast.member.id, None, "infinity", True)
    assert [change(db, cast, cast.member).status for change in (edit, react, unreact)] == ["muted", "muted", "ok"]
    assert delete(db, cast, cast.member).status == "ok"
    settle(db, cast)
    react(db, cast, cast.member)
    db.owner.execute("UPDATE chat.rooms SET archived_at = now() WHERE id = %s", (cast.room,))
    for change in (edit, react, unreact):
        assert change(db, cast, cast.member).status == "archived"
    assert pin(db, cast, cast.owner).status == edit(db, cast, cast.owner, as_client=True).status == "archived"
    assert delete(db, cast, cast.member).status == "ok"


def test_what_was_said_before_somebody_joined_is_not_there(db, cast):
    settle(db, cast, history=SINCE)
    late = db.user()
    db.call("join_room", cast.room, late.id)
    db.call("set_member", cast.room, cast.owner.id, False, late.id, "moderator", None, False)
    assert {change(db, cast, late).status for change in ALL} == {"message_not_found"}
    cast.id = db.post_one(cast.room, cast.member).id
    assert react(db, cast, late).status == "ok" and delete(db, cast, late).status == "ok"


def test_what_is_not_there(db, cast):
    elsewhere = db.post_one(db.room(cast.member), cast.member).id
    disabled = db.user()
    db.call("join_room", cast.room, disabled.id)
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (disabled.id,))
    for change in ALL:
        assert {change(db, cast, cast.owner, id=id).status for id in (NEVER, elsewhere)} == {"message_not_found"}
        assert change(db, cast, disabled).status == "not_member"
    cast.room = NEVER
    assert {change(db, cast, cast.owner).status for change in ALL} == {"room_not_found"}


# --- at the same time -----------------------------------------------------------------------------------


def race(db, *steps):
    """Each step(conn) on a connection of its own, all at once; their rows."""
    barrier = threading.Barrier(len(steps))

    def run(number):
        with db.connect() as conn:
            barrier.wait(30)
            return steps[number](conn)

    return parallel(len(steps), run)


def changes_of(db, cast):
    return [row.seq for row in db.owner.execute(
        "SELECT seq FROM chat.room_events WHERE room_id = %s AND target_seq IS NOT NULL ORDER BY seq", (cast.room,))]


def test_many_edits_at_once_are_all_kept(db, cast):
    found = race(db, *(lambda conn, n=n: edit(db, cast, cast.member, f"edit {n}", conn=conn) for n in range(16)))
    seqs = {row.seq: f"edit {n}" for n, row in enumerate(found)}
    assert sorted(seqs) == changes_of(db, cast) and len(seqs) == 16
    order = ["first", *(seqs[seq] for seq in sorted(seqs))]
    assert [(v.rev, v.content) for v in rows(db, "message_edits", cast)] == list(zip(sorted(seqs), order))
    assert (message(db, cast).content, message(db, cast).rev) == (order[-1], max(seqs))
    db.assert_gapless(cast.room)


def test_the_same_reaction_at_once_is_one(db, cast):
    found = race(db, *[lambda conn: react(db, cast, cast.other, conn=conn)] * 16)
    assert sorted(row.status for row in found) == ["ok"] + ["unchanged"] * 15
    assert message(db, cast).reactions == {"+1": 1}
    found = race(db, *[lambda conn: unreact(db, cast, cast.other, conn=conn)] * 16)
    assert sorted(row.status for row in found) == ["ok"] + ["unchanged"] * 15
    assert message(db, cast).reactions == {}
    db.assert_gapless(cast.room)


@pytest.mark.parametrize("attempt", range(5))
def test_a_deletion_wins_whatever_else_happens(db, cast, attempt):
    """Whoever comes behind it is refused; what came before it is gone."""
    steps = [lambda conn: delete(db, cast, cast.member, conn=conn), lambda conn: delete(db, cast, cast.owner, conn=conn)]
    steps += [lambda conn, n=n: edit(db, cast, cast.member, f"edit {n}", conn=conn) for n in range(4)]
    steps += [lambda conn, n=n: react(db, cast, cast.other, f"{n}", conn=conn) for n in range(4)]
    steps += [lambda conn: db.post_one(cast.room, cast.other, parent=cast.id, conn=conn)]
    found = race(db, *steps)
    assert sorted(row.status for row in found[:2]) == ["ok", "unchanged"]
    assert {row.status for row in found[2:]} <= {"ok", "message_not_found"}
    buried = max(row.seq or 0 for row in found[:2])
    assert all(row.seq < buried for row in found[2:10] if row.status == "ok")
    left = message(db, cast)
    assert (left.content, left.reactions, left.rev) == ("", {}, max(buried, found[10].seq))
    assert not rows(db, "message_edits", cast) and not rows(db, "reactions", cast)
    db.assert_gapless(cast.room)


@pytest.mark.parametrize("attempt", range(5))
def test_who_leaves_says_nothing_behind_it(db, cast, attempt):
    """Posts, edits and reactions are before the event that ends his membership, or refused."""
    mine = db.post_one(cast.room, cast.other).id
    found = race(db, lambda conn: db.call("leave_room", cast.room, cast.other.id, conn=conn),
                 *[lambda conn: db.post_one(cast.room, cast.other, conn=conn)] * 4,
                 lambda conn: edit(db, cast, cast.other, id=mine, conn=conn),
                 lambda conn: react(db, cast, cast.other, conn=conn))
    left = db.value("SELECT seq FROM chat.room_events WHERE room_id = %s AND kind = 'member_left' AND subject_id = %s",
                    cast.room, cast.other.id)
    assert {row.status for row in found[1:]} <= {"ok", "not_member"}
    assert all(row.seq < left for row in found[1:] if row.status == "ok")
    db.assert_gapless(cast.room)


def test_under_many_changes_the_rows_agree_with_the_log(db):
    """rev is the last seq about a message, the counts are those of the rows, and there is no hole."""
    people = db.users(6)

    class Cast:
        room = db.room(*people)

    ids = [db.post_one(Cast.room, person).id for person in people for _ in range(2)]

    def live(number):
        chance = random.Random(number)
        with db.connect() as conn:
            for _ in range(60):
                who, id = chance.choice(people), chance.choice(ids)
                change = chance.choice((edit, react, react, react, unreact, unreact, post, pin, unpin, delete))
                if change is post:
                    db.post_one(Cast.room, who, parent=chance.choice([None, id]), conn=conn)
                elif change in (react, unreact):
                    change(db, Cast, who, chance.choice("abc"), id=id, conn=conn)
                elif change in (pin, unpin):
                    db.call(change.__name__, Cast.room, id, people[0].id, False, None, conn=conn)
                elif change is edit or chance.random() < 0.1:
                    change(db, Cast, who, id=id, conn=conn)

    def post():
        pass

    parallel(8, live)
    db.assert_gapless(Cast.room)
    wrong = db.owner.execute("""
        SELECT m.seq FROM chat.messages AS m
         WHERE m.rev <> greatest(m.seq,
                   (SELECT max(e.seq) FROM chat.room_events AS e
                     WHERE e.room_id = m.room_id AND e.target_seq = m.seq),
                   (SELECT max(r.seq) FROM chat.messages AS r WHERE r.room_id = m.room_id AND r.parent_seq = m.seq),
                   (SELECT max(e.seq) FROM chat.room_events AS e JOIN chat.messages AS r
                        ON r.room_id = e.room_id AND r.seq = e.target_seq
                     WHERE e.kind = 'message_deleted' AND r.room_id = m.room_id AND r.parent_seq = m.seq))
            OR m.reply_count <> (SELECT count(*) FROM chat.messages AS r
                                  WHERE r.room_id = m.room_id AND r.parent_seq = m.seq AND r.deleted_at IS NULL)
            OR m.reactions <> coalesce((SELECT jsonb_object_agg(n.emoji, n.n) FROM (
                   SELECT x.emoji, count(*) AS n FROM chat.reactions AS x
                    WHERE x.room_id = m.room_id AND x.seq = m.seq GROUP BY x.emoji) AS n), '{}')""").fetchall()
    assert wrong == []
    kinds = {event[0] for event in db.events(Cast.room)}
    assert kinds >= {"message_edited", "message_deleted", "reaction_added", "reaction_removed", "pinned", "unpinned"}
