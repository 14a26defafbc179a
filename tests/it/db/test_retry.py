"""R2: however often and whenever a message is sent again, there is one of it and one answer."""

import threading

import psycopg
import pytest
from chatdb import LOBBY, Post, parallel


def test_a_hundred_at_once_are_one_message(db):
    alice, *others = db.users(4)
    room = db.room(alice, *others)
    post = Post(room, alice)
    before = db.counter(room)
    barrier = threading.Barrier(100)

    def send(number):
        # Half of them come as a batch with a neighbour, so that both paths race.
        neighbour = [Post(room, others[number % 3])] if number % 2 else []
        with db.connect() as conn:
            barrier.wait(30)
            return db.post(post, *neighbour, conn=conn)[0]

    answers = parallel(100, send)
    assert len({(a.id, a.seq, a.created_at, a.sender_name) for a in answers}) == 1
    assert sorted(a.status for a in answers) == ["duplicate"] * 99 + ["ok"]
    assert db.value("SELECT count(*) FROM chat.messages WHERE client_id = %s", post.client_id) == 1
    assert db.counter(room).last_seq == before.last_seq + 1 + 50
    db.assert_gapless(room)


def mute(db, room, owner, sender):
    assert db.call("set_member", room, owner.id, False, sender.id, None, "infinity",
                   True).status == "ok"


def kick(db, room, owner, sender):
    assert db.call("remove_member", room, owner.id, False, sender.id, False).status == "ok"


def ban(db, room, owner, sender):
    assert db.call("remove_member", room, owner.id, False, sender.id, True).status == "ok"


def leave(db, room, owner, sender):
    assert db.call("leave_room", room, sender.id).status == "ok"


def slow(db, room, owner, sender):
    assert db.call("set_room", room, owner.id, False, None, None, 3600).status == "ok"


def archive(db, room, owner, sender):
    db.owner.execute("UPDATE chat.rooms SET archived_at = now() WHERE id = %s", (room,))


def delete(db, room, owner, sender):
    db.owner.execute("UPDATE chat.rooms SET deleted_at = now() WHERE id = %s", (room,))


def revoke(db, room, owner, sender):
    assert db.call("close_session", sender.id, sender.session, None, None).close_session == sender.session


def disable(db, room, owner, sender):
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (sender.id,))


WHAT_HAPPENS = [(mute, "muted"), (kick, "not_member"), (ban, "banned"), (leave, "not_member"),
                (slow, "slow_mode"), (archive, "archived"), (delete, "not_found"),
                (revoke, "unauthorized"), (disable, "unauthorized")]


@pytest.mark.parametrize("happens, status", WHAT_HAPPENS, ids=lambda value: getattr(
    value, "__name__", None))
def test_a_retry_gets_the_original_whatever_has_happened_since(db, happens, status):
    owner, sender = db.users(2)
    room = db.room(owner, sender)
    post = Post(room, sender)
    original = db.post(post)[0]
    assert original.status == "ok"
    happens(db, room, owner, sender)

    before = db.counter(room).last_seq
    retry = db.post(post)[0]
    assert retry.status == "duplicate"
    assert retry[2:6] == original[2:6]
    fresh = Post(room, sender)
    assert db.post(fresh)[0].status == status
    rows = db.post(Post(room, sender), post, fresh, post)
    assert [row.status for row in rows] == [status, "duplicate", status, "duplicate"]
    assert rows[1][2:6] == rows[3][2:6] == original[2:6]
    assert db.counter(room).last_seq == before


def test_a_retry_after_a_block(db):
    alice, bob = db.users(2)
    room = db.pair(alice, bob)
    post = Post(room, alice)
    original = db.post(post)[0]
    db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)",
                     (bob.id, alice.id))
    assert db.post(post)[0][1:6] == ("duplicate", *original[2:6])
    assert [row.status for row in db.post(Post(room, alice), post)] == ["blocked", "duplicate"]


def test_a_block_says_nothing_about_other_rooms(db):
    alice, bob = db.users(2)
    room = db.room(bob, alice)
    db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)",
                     (bob.id, alice.id))
    assert db.post_one(room, alice).status == "ok"


def test_the_same_key_twice_in_a_batch_is_one_message(db):
    alice, bob = db.users(2)
    room = db.room(alice, bob)
    rows = db.post(Post(room, alice, "first", "key"), Post(room, bob, "other sender", "key"),
                   Post(room, alice, "second", "key"), Post(LOBBY, alice, "other room", "key"))
    assert [row.status for row in rows] == ["ok", "ok", "duplicate", "ok"]
    assert rows[2][2:6] == rows[0][2:6]
    assert db.value("SELECT content FROM chat.messages WHERE id = %s", rows[0].id) == "first"


def test_other_content_with_an_old_key_gets_the_original(db):
    alice = db.user()
    room = db.room(alice)
    original = db.post_one(room, alice, "one", "key")
    again = db.post_one(room, alice, "two", "key")
    assert (again.status, again.id) == ("duplicate", original.id)


@pytest.mark.parametrize("batch", (1, 2))
def test_a_message_without_a_client_id_is_refused_by_the_table(db, batch):
    alice = db.user()
    room = db.room(alice)
    posts = [Post(room, alice) for _ in range(batch)]
    posts[-1].client_id = None
    with pytest.raises(psycopg.errors.NotNullViolation):
        db.post(*posts)
    db.assert_gapless(room)
