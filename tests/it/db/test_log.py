"""R1: the log of a room is gap-free over messages and events, whoever writes at the same time."""

import random

import psycopg
import pytest
from chatdb import LOBBY, NEVER, Post, parallel

WRITERS = 32


def test_no_holes_under_parallel_writers(db):
    """Batches over several rooms with refused messages in them, retries, members who come and go."""
    owner, *people = db.users(12)
    stranger = db.user()
    rooms = [db.room(owner, *people) for _ in range(4)] + [LOBBY]
    db.call("set_room", rooms[1], owner.id, False, None, None, 1)
    db.call("set_member", rooms[2], owner.id, False, people[0].id, None, "infinity", True)
    acknowledged = {}

    def write(number):
        chance = random.Random(number)
        kept = []
        with db.connect() as conn:
            for _ in range(15):
                posts = [one(chance) for _ in range(chance.choice((1, 1, 2, 5, 16)))]
                posts += chance.sample(kept, min(len(kept), 2))
                for post, row in zip(posts, db.post(*posts, conn=conn)):
                    if row.status in ("ok", "duplicate"):
                        kept.append(post)
                        answer = (row.id, row.seq, row.created_at)
                        key = (post.room, post.sender.id, post.client_id)
                        assert acknowledged.setdefault(key, answer) == answer
                if chance.random() < 0.3:
                    who, room = chance.choice(people), chance.choice(rooms)
                    db.call(chance.choice(("join_room", "leave_room")), room, who.id, conn=conn)

    def one(chance):
        if chance.random() < 0.1:
            return Post(NEVER, owner)
        if chance.random() < 0.1:
            return Post(chance.choice(rooms), stranger, cred_id=NEVER)
        # few client ids, so that neighbours collide
        return Post(chance.choice(rooms), chance.choice(people), client_id=str(chance.randrange(300)))

    parallel(WRITERS, write)
    for room in rooms:
        db.assert_gapless(room)
    stored = {(m.room_id, m.sender_id, m.client_id): (m.id, m.seq, m.created_at)
              for m in db.owner.execute("SELECT * FROM chat.messages")}
    assert stored == acknowledged
    assert len(stored) > 500
    assert_counts(db)


def assert_counts(db):
    """What room_reads and room_seq count is what a recount finds (R9)."""
    drift = db.owner.execute(
        "SELECT d.room_id, d.user_id FROM chat.room_reads AS d WHERE d.own_after <>"
        " (SELECT count(*) FROM chat.messages AS m WHERE m.room_id = d.room_id"
        "     AND m.sender_id = d.user_id AND m.seq > d.read_seq)"
        " OR d.read_no <> (SELECT count(*) FROM chat.messages AS m"
        "     WHERE m.room_id = d.room_id AND m.seq <= d.read_seq)").fetchall()
    assert drift == []
    drift = db.owner.execute(
        "SELECT s.room_id FROM chat.room_seq AS s WHERE s.member_count <>"
        " (SELECT count(*) FROM chat.room_members AS m"
        "   WHERE m.room_id = s.room_id AND m.state = 'member')").fetchall()
    assert drift == []


def test_refused_messages_take_no_seq(db):
    owner, stranger = db.users(2)
    room = db.room(owner)
    rows = db.post(Post(room, owner), Post(room, stranger), Post(NEVER, owner), Post(room, owner))
    assert [(row.status, row.seq) for row in rows] == [
        ("ok", 2), ("not_member", None), ("not_found", None), ("ok", 3)]
    db.assert_gapless(room)


def test_an_error_in_a_batch_leaves_nothing(db):
    """A content that the table refuses fails the call, which the programs then split."""
    owner = db.user()
    room = db.room(owner)
    before = db.counter(room)
    with pytest.raises(psycopg.errors.CheckViolation):
        db.post(Post(room, owner), Post(room, owner, "x" * 8001))
    assert db.counter(room) == before
    db.assert_gapless(room)


def test_time_never_falls_along_seq(db):
    """The room's last time lies ahead: a clock that was set back."""
    owner, other = db.users(2)
    room = db.room(owner)
    ahead = db.value("UPDATE chat.room_seq SET last_at = now() + interval '1 hour'"
                     " WHERE room_id = %s RETURNING last_at", room)
    assert db.post_one(room, owner).created_at == ahead
    assert {row.created_at for row in db.post(Post(room, owner), Post(room, owner))} == {ahead}
    db.call("add_member", room, owner.id, False, other.id, None)
    assert db.value("SELECT max(created_at) FROM chat.room_events WHERE room_id = %s", room) == ahead
    assert db.counter(room).last_at == ahead


def test_batches_over_the_same_rooms_do_not_deadlock(db):
    """Locks are taken in the order of rooms, not of messages."""
    owner = db.user()
    rooms = [db.room(owner) for _ in range(6)]

    def write(number):
        chance = random.Random(number)
        with db.connect() as conn:
            for _ in range(30):
                chance.shuffle(mine := list(rooms))
                db.post(*(Post(room, owner) for room in mine), conn=conn)

    parallel(6, write)
    for room in rooms:
        db.assert_gapless(room)


def test_a_reply_counts_at_the_root_and_changes_it(db):
    alice, bob = db.users(2)
    room = db.room(alice, bob)
    root = db.post_one(room, alice, "root")
    for n in (1, 2):
        rows = db.post(*(Post(room, bob, parent=root.id) for _ in range(n)))
        found = db.one("SELECT reply_count, rev FROM chat.messages WHERE id = %s", root.id)
        assert found == (2 * n - 1, rows[-1].seq)


def test_a_parent_is_of_this_room_and_within_sight(db):
    alice, late = db.users(2)
    room, other = db.room(alice, history="since_join"), db.room(alice, late)
    early = db.post_one(room, alice).id
    foreign = db.post_one(other, alice).id
    db.call("add_member", room, alice.id, False, late.id, None)
    for parent in (early, foreign, NEVER):
        assert db.post_one(room, late, parent=parent).status == "parent_not_found"
        assert db.post(Post(room, late, parent=parent), Post(room, late))[0].status \
            == "parent_not_found"
    assert db.post_one(room, alice, parent=early).status == "ok"


def test_slow_mode_binds_members_only(db):
    owner, moderator, member = db.users(3)
    room = db.room(owner, moderator, member)
    db.call("set_member", room, owner.id, False, moderator.id, "moderator", None, False)
    db.call("set_room", room, owner.id, False, None, None, 60)
    assert db.post_one(room, member).status == "ok"
    refused = db.post_one(room, member)
    assert refused.status == "slow_mode" and 55_000 < refused.retry_after_ms <= 60_000
    # leaving and coming back is no way round it
    db.call("leave_room", room, member.id)
    db.call("join_room", room, member.id)
    assert db.post_one(room, member).status == "slow_mode"
    for who in (owner, moderator):
        assert [row.status for row in db.post(Post(room, who), Post(room, who))] == ["ok", "ok"]
    client, _ = db.token(owner, "CLIENT")
    assert db.post_one(room, member, cred_kind="api_token", cred_id=client).status == "ok"
    db.owner.execute("UPDATE chat.room_reads SET last_post_at = now() - interval '61 s'")
    rows = db.post(Post(room, member), Post(room, member))
    assert [row.status for row in rows] == ["ok", "slow_mode"]


def test_who_may_post_with_which_credential(db):
    alice, bob = db.users(2)
    room = db.room(alice, bob)
    cases = {
        "ok": [db.token(bob), db.token(alice, "CLIENT"), db.token(bob, permissions=1 + 2),
               db.token(bob, expires=None)],
        "forbidden": [db.token(bob, permissions=1), db.token(alice, "CLIENT", permissions=4)],
        "unauthorized": [db.token(alice), db.token(alice, permissions=1),
                         db.token(bob, expires="-1 second")],
    }
    for status, tokens in cases.items():
        for token, _ in tokens:
            post = Post(room, bob, cred_kind="api_token", cred_id=token)
            assert db.post(post)[0].status == status
            again = Post(room, bob, cred_kind="api_token", cred_id=token)
            assert db.post(again, Post(room, alice))[0].status == status
    assert db.post_one(room, bob, cred_id=alice.session).status == "unauthorized"
    good, _ = db.token(bob)
    for kind in ("cookie", "session", None):
        refused = Post(room, bob, cred_kind=kind, cred_id=good)
        assert db.post(refused)[0].status == "unauthorized"
        assert db.post(refused, Post(room, alice))[0].status == "unauthorized"
    db.owner.execute("UPDATE chat.sessions SET expires_at = now() WHERE id = %s", (bob.session,))
    assert db.post_one(room, bob).status == "unauthorized"
    client, _ = db.token(alice, "CLIENT")
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (alice.id,))
    assert db.post_one(room, bob, cred_kind="api_token", cred_id=client).status == "unauthorized"


def test_applications_speak_between_two_people_with_admin_only(db):
    """As they read there; a program of one of the two is that one."""
    alice, bob, owner = db.users(3)
    pair = db.pair(alice, bob)
    cases = {"not_found": [db.token(owner, "CLIENT"), db.token(bob, "CLIENT"), db.token(owner, "CLIENT", permissions=15)],
             "ok": [db.token(owner, "CLIENT", permissions=31), db.token(bob)]}
    for status, tokens in cases.items():
        for token, _ in tokens:
            posts = [Post(pair, bob, cred_kind="api_token", cred_id=token) for _ in range(3)]
            assert db.post(posts[0])[0].status == status
            assert [row.status for row in db.post(*posts[1:])] == [status, status]


def test_a_private_room_is_not_there_for_strangers(db):
    owner, stranger, banned = db.users(3)
    room = db.room(owner, banned, private=True)
    db.call("remove_member", room, owner.id, False, banned.id, True)
    assert db.post_one(room, stranger).status == "not_found"
    assert db.post_one(room, banned).status == "not_found"


def test_everybody_is_in_the_lobby(db):
    somebody = db.user()
    posted = db.post_one(LOBBY, somebody)
    assert (posted.status, posted.seq, posted.sender_name) == ("ok", 1, somebody.name)
    assert db.value("SELECT count(*) FROM chat.room_members WHERE room_id = %s", LOBBY) == 0
