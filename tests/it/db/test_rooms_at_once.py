"""Rooms at the same moment: people come, go and post, rooms and accounts end, and nothing is lost between."""

import pytest
from chatdb import parallel
from roomcalls import accept, add, invite, uses, waiting
from system import wait_until


def test_who_leaves_while_he_posts_leaves_no_hole(db):
    """After his leaving there is nothing of his; what was refused took no seq."""
    owner, *people = db.users(9)
    room = db.room(owner, *people)
    conns = [db.connect() for _ in range(16)]

    def act(i):
        user = people[i // 2]
        if i % 2:
            return [db.call("leave_room", room, user.id, conn=conns[i]).seq]
        return [row.seq for row in (db.post_one(room, user, conn=conns[i]) for _ in range(12)) if row.status == "ok"]

    answers = parallel(16, act)
    for i, _ in enumerate(people):
        posts, (left,) = answers[2 * i], answers[2 * i + 1]
        assert all(seq < left for seq in posts)
    assert db.counter(room).member_count == 1
    db.assert_gapless(room)


def test_a_room_is_deleted_while_people_post_and_come(db):
    owner, *people = db.users(9)
    room = db.room(owner, *people[:6])
    _, code = invite(db, room, owner)
    conns = [db.connect() for _ in range(9)]

    def act(i):
        if i == 8:
            return [db.call("delete_room", room, owner.id, False, None, conn=conns[i])]
        if i >= 6:
            return [accept(db, code, people[i], conns[i])]
        return [db.post_one(room, people[i], conn=conns[i]) for _ in range(12)]

    rows = [row for answer in parallel(9, act) for row in answer]
    assert {row.status for row in rows} <= {"ok", "not_found", "invite_not_found"}
    assert db.events(room)[-1][0] == "room_deleted"
    assert db.counter(room).last_seq == max(row.seq for row in rows if row.seq)
    assert db.value("SELECT count(*) FROM chat.room_members WHERE room_id = %s AND state = 'member'", room) == 0
    db.assert_gapless(room)


def test_rooms_with_the_same_people_are_deleted_at_once(db):
    """Each tells all of them: the logs of users are locked in one order, or this is a deadlock.

    They meet, because somebody holds the log of one in the middle until all of them wait.
    """
    owner, *people = db.users(12)
    rooms = [db.room(owner, *people) for _ in range(4)]
    conns = [db.connect() for _ in rooms]
    middle = sorted(user.id for user in (owner, *people))[6]

    def act(i):
        if i < 4:
            return db.call("delete_room", rooms[i], owner.id, False, None, conn=conns[i]).status
        wait_until(lambda: waiting(db) == 4, what="four that wait")
        return holder.commit()

    holder = db.connect("postgres")
    holder.autocommit = False
    holder.execute("SELECT FROM chat.user_seq WHERE user_id = %s FOR UPDATE", (middle,))
    assert parallel(5, act) == ["ok"] * 4 + [None]
    for user in people:
        useqs = [row[0] for row in db.owner.execute(
            "SELECT useq FROM chat.user_events WHERE user_id = %s ORDER BY useq", (user.id,))]
        assert useqs == list(range(1, 9))


# --- accounts that end meanwhile --------------------------------------------------------------------------

WAYS_IN = {
    "added": lambda db, cast, user, _, conn: db.call("add_member", cast.room, cast.owner.id, False, user.id, None,
                                                     conn=conn),
    "joining": lambda db, cast, user, _, conn: db.call("join_room", cast.room, user.id, conn=conn),
    "invited": lambda db, cast, user, code, conn: accept(db, code, user, conn),
    "making": lambda db, cast, user, _, conn: db.call("create_room", None, user.id, "group", "His", None, True, "all",
                                                      conn=conn),
}


def one_after_the_other(db, first, second):
    """Two calls, each with a connection: the second waits until the first has committed. The second's answer."""
    before, behind = db.connect(), db.connect()
    before.autocommit = False
    assert first(before).status == "ok"

    def act(i):
        if i:
            return second(behind)
        wait_until(lambda: waiting(db) == 1, what="the second to wait")
        return before.commit()

    return parallel(2, act)[1]


def memberships(db, user):
    return db.value("SELECT count(*) FROM chat.room_members WHERE user_id = %s AND state = 'member'", user.id)


@pytest.mark.parametrize("way", WAYS_IN)
def test_who_is_being_deleted_is_let_in_nowhere(db, cast, way):
    user, (_, code) = db.user(), invite(db, cast.room, cast.owner)
    seq = db.counter(cast.room).last_seq
    answer = one_after_the_other(db, lambda conn: db.call("delete_user", cast.admin.id, user.id, None, conn=conn),
                                 lambda conn: WAYS_IN[way](db, cast, user, code, conn))
    assert answer.status in ("user_not_found", "unauthorized", "not_found") and answer.seq is None
    assert memberships(db, user) == 0
    assert (db.counter(cast.room).last_seq, uses(db, code)) == (seq, 0)


@pytest.mark.parametrize("way", WAYS_IN)
def test_who_was_let_in_before_his_end_leaves(db, cast, way):
    user, (_, code) = db.user(), invite(db, cast.room, cast.owner)
    answer = one_after_the_other(db, lambda conn: WAYS_IN[way](db, cast, user, code, conn),
                                 lambda conn: db.call("delete_user", cast.admin.id, user.id, None, conn=conn))
    assert answer.status == "ok" and len(answer.rooms) == 1
    assert memberships(db, user) == 0
    assert db.events(answer.rooms[0])[-1] == ("member_left", user.id, {"reason": "left"})
    db.assert_gapless(answer.rooms[0])


NAMES_HIM = {
    **WAYS_IN,
    "banned": lambda db, cast, user, _, conn: db.call("remove_member", cast.room, cast.owner.id, False, user.id, True,
                                                      conn=conn),
    "inviting": lambda db, cast, user, _, conn: invite(db, cast.room, user, conn=conn),
    "told": lambda db, cast, user, _, conn: db.call("post_direct", None, user.id, cast.owner.id, "session",
                                                    cast.owner.session, "c", None, "hi", None, None, conn=conn),
}


@pytest.mark.parametrize("way", NAMES_HIM)
def test_who_waits_for_an_account_holds_no_room(db, cast, way):
    """The end of the account wants rooms, and a batch of posts several: any room could close a circle."""
    user, (_, code) = db.user(), invite(db, cast.room, cast.owner)
    pair = db.pair(cast.owner, user)
    before, behind = db.connect(), db.connect()
    before.autocommit = False
    assert db.call("delete_user", cast.admin.id, user.id, None, conn=before).status == "ok"

    def act(i):
        if i:
            return NAMES_HIM[way](db, cast, user, code, behind)
        wait_until(lambda: waiting(db) == 1, what="the second to wait")
        try:
            return db.one("SELECT FROM chat.room_seq WHERE room_id = ANY (%s) FOR UPDATE NOWAIT", [cast.room, pair])
        finally:
            before.commit()

    parallel(2, act)


def leaves_and_comes_back(db, room, user, heir, conn):
    assert db.call("leave_room", room, user.id, conn=conn).status == "ok"
    return add(db, room, heir, user, conn=conn).status


MEANWHILE = {
    "comes back": (leaves_and_comes_back, "user_not_found"),
    "invites": (lambda db, room, user, _, conn: invite(db, room, user, conn=conn)[0], "unauthorized"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_the_end_of_an_account_and_what_its_owner_does_meanwhile_is_no_deadlock(db, cast, what):
    """His end holds the account and waits for the first of his rooms, while something happens in the second."""
    user, heir = db.users(2)
    first, second = sorted(db.room(user, heir) for _ in range(2))
    does, status = MEANWHILE[what]
    holder, ending, behind = (db.connect(name) for name in ("postgres", "app", "app"))
    holder.autocommit = False
    holder.execute("SELECT FROM chat.room_seq WHERE room_id = %s FOR UPDATE", (first,))

    def act(i):
        if i == 0:
            return db.call("delete_user", cast.admin.id, user.id, None, conn=ending).status
        wait_until(lambda: waiting(db) == i, what=f"{i} to wait")
        return does(db, second, user, heir, behind) if i == 1 else holder.commit()

    assert parallel(3, act) == ["ok", status, None]
    assert memberships(db, user) == 0
    for room in (first, second):
        assert db.value("SELECT role FROM chat.room_members WHERE room_id = %s AND user_id = %s", room, heir.id) == "owner"
        db.assert_gapless(room)
