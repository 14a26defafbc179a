"""chat.set_reads: the positions that sockets told within a second, in one call."""

import threading
import uuid

import pytest
from chatdb import LOBBY, NEVER, parallel


def marks(db, *told, conn=None):
    """[(status, position)] of those told: (room, user, seq[, kind, credential])."""
    rooms, users, seqs, kinds, creds = zip(*((room, user.id, seq, *(rest or ("session", user.session)))
                                             for room, user, seq, *rest in told), strict=True)
    rows = (conn or db.app).execute(
        "SELECT status, read_seq FROM chat.set_reads(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[])"
        " ORDER BY ord", [list(column) for column in (rooms, users, seqs, kinds, creds)]).fetchall()
    return [tuple(row) for row in rows]


def moves(db, user):
    """The events of his own log that say that he has read: [(room, seq)]."""
    return [(uuid.UUID(row.data["roomId"]), row.data["readSeq"]) for row in db.owner.execute(
        "SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'read_moved' ORDER BY useq", (user.id,))]


def positions(db, room):
    return dict(tuple(row) for row in db.owner.execute(
        "SELECT user_id, read_seq FROM chat.room_reads WHERE room_id = %s", (room,)))


def test_each_has_its_answer_in_the_order_given(db):
    ann, bob, eve = db.users(3)
    room, other = db.room(ann, bob), db.room(bob, ann, private=True)
    last = [db.post_one(room, ann).seq for _ in range(3)][-1]
    theirs = db.post_one(other, bob).seq
    assert marks(db, (room, bob, last - 1), (other, ann, theirs), (room, eve, 1), (other, eve, 1), (NEVER, bob, 1),
                 (room, bob, 1 << 40), (room, bob, 1)) == [
        ("ok", last - 1), ("ok", theirs), ("not_member", None), ("not_found", None), ("not_found", None),
        ("ok", last), ("unchanged", last)]
    assert moves(db, bob) == [(room, last - 1), (room, last)]
    assert moves(db, ann) == [(other, theirs)]
    assert moves(db, eve) == [] and eve.id not in positions(db, other)


def test_what_is_unread_is_what_a_request_would_leave(db):
    """The same rules as chat.set_read, which calls the same function."""
    ann, bob, eve = db.users(3)
    room = db.room(ann, bob, eve)
    seqs = [db.post_one(room, sender).seq for sender in (ann, bob, eve, bob, ann, eve)]
    marks(db, (room, bob, seqs[2]))
    db.call("set_read", room, eve.id, seqs[2])
    found = [tuple(db.call("unread_of", room, user.id)) for user in (bob, eve)]
    assert found == [(seqs[2], 2, 0), (seqs[2], 2, 0)]


def test_the_lobby_has_a_position_when_somebody_first_reads(db):
    ann = db.user()
    assert marks(db, (LOBBY, ann, 0), (LOBBY, ann, 0)) == [("unchanged", 0), ("unchanged", 0)]
    assert positions(db, LOBBY)[ann.id] == 0


def test_by_a_credential_that_still_is_good_and_writes(db):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    seq = db.post_one(room, ann).seq
    cases = {
        "reads": (db.token(bob, permissions=1)[0], "not_allowed"),
        "client": (db.token(bob, kind="CLIENT", permissions=31)[0], "not_allowed"),
        "expired": (db.token(bob, expires="-1 day")[0], "unauthorized"),
        "another's": (db.token(ann)[0], "unauthorized"),
        "unknown": (uuid.uuid4(), "unauthorized"),
    }
    told = [(room, bob, seq, "api_token", token) for token, _ in cases.values()]
    told += [(room, bob, seq, "session", ann.session), (room, bob, seq, "word", bob.session)]
    assert [status for status, _ in marks(db, *told)] == [status for _, status in cases.values()] + ["unauthorized"] * 2
    assert moves(db, bob) == []
    assert marks(db, (room, bob, seq, "api_token", db.token(bob)[0])) == [("ok", seq)]
    db.owner.execute("UPDATE chat.sessions SET revoked_at = now() WHERE id = %s", (ann.session,))
    assert marks(db, (room, ann, seq)) == [("unauthorized", None)]


def test_nothing_told_is_nothing(db):
    assert db.app.execute("SELECT * FROM chat.set_reads('{}', '{}', '{}', '{}', '{}')").fetchall() == []


@pytest.mark.parametrize("seed", range(2))
def test_batches_posts_and_requests_at_once_never_deadlock(db, seed):
    """Two gateways, a lane whose messages name everybody, and requests, over the same people and rooms."""
    people = db.users(4)
    rooms = [db.room(*people) for _ in range(3)]
    stop = threading.Event()
    named = '[["' + '"],["'.join(user.name for user in people) + '"]]'

    def post(conn):
        for _ in range(30):
            for room in rooms[::-1]:
                for user in people:
                    db.post_one(room, user, mentions=named, conn=conn)
        stop.set()

    def gateway(conn, order):
        seq = 0
        while not stop.is_set():
            seq += 1
            told = [(room, user, seq) for room in rooms for user in people][::order]
            assert {status for status, _ in marks(db, *told, conn=conn)} <= {"ok", "unchanged"}

    def work(i):
        conn = db.connect()
        try:
            post(conn) if i == 0 else gateway(conn, 1 if (i + seed) % 2 else -1)
        finally:
            stop.set()

    parallel(4, work)
    last = {room: db.counter(room).last_seq for room in rooms}
    found = marks(db, *((room, user, last[room]) for room in rooms for user in people))
    assert [seq for _, seq in found] == [last[room] for room in rooms for _ in people]
