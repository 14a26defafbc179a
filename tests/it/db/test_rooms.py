"""Rooms and members: who may do what, what the log says of it, what changes nothing."""

import uuid

import psycopg
import pytest
from chatdb import LOBBY, NEVER


@pytest.fixture
def cast(db):
    """A public room with everybody in it that matters."""

    class Cast:
        owner, moderator, member, stranger, banned = db.users(5)
        admin, keeper = db.user(role="ADMIN"), db.user(role="MODERATOR")
        room = db.room(owner, moderator, member, banned)

    db.call("set_member", Cast.room, Cast.owner.id, False, Cast.moderator.id, "moderator", None,
            False)
    db.call("remove_member", Cast.room, Cast.owner.id, False, Cast.banned.id, True)
    return Cast


def add(db, room, actor, user, role=None, as_client=False):
    return db.call("add_member", room, actor and actor.id, as_client, user.id, role)


def remove(db, room, actor, user, ban=False, as_client=False):
    return db.call("remove_member", room, actor and actor.id, as_client, user.id, ban)


def set_role(db, room, actor, user, role, as_client=False):
    return db.call("set_member", room, actor and actor.id, as_client, user.id, role, None, False)


def mute(db, room, actor, user, until="infinity"):
    return db.call("set_member", room, actor.id, False, user.id, None, until, True)


def member(db, room, user):
    return db.one("SELECT * FROM chat.room_members WHERE room_id = %s AND user_id = %s",
                  room, user.id)


def test_a_new_room_has_its_owner_and_a_log(db):
    alice = db.user()
    room = uuid.uuid4()
    made = db.call("create_room", room, alice.id, "group", "Ours", "about us", True, "since_join")
    assert made == ("ok", room, 1)
    assert db.events(room) == [("member_joined", alice.id, {"role": "owner"})]
    assert member(db, room, alice).role == "owner"
    assert db.counter(room).member_count == 1
    told = db.one("SELECT useq, kind, data FROM chat.user_events WHERE user_id = %s", alice.id)
    assert told == (1, "room_added", {"roomId": str(room)})


def test_a_room_gets_an_id_when_none_is_given(db):
    made = db.call("create_room", None, db.user().id, "channel", "Here", None, None, None)
    assert made.id.version == 7
    row = db.one("SELECT is_private, history_visibility FROM chat.rooms WHERE id = %s", made.id)
    assert row == (False, "all")


def test_only_enabled_users_make_rooms(db):
    gone = db.user()
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (gone.id,))
    for actor in (gone.id, NEVER):
        made = db.call("create_room", uuid.uuid4(), actor, "channel", "x", None, False, "all")
        assert made.status == "not_found"
    with pytest.raises(psycopg.errors.CheckViolation):
        db.call("create_room", uuid.uuid4(), db.user().id, "cellar", "x", None, False, "all")


def test_who_may_add(db, cast):
    refused = [add(db, cast.room, actor, db.user()).status
               for actor in (cast.member, cast.stranger, cast.banned)]
    assert refused == ["forbidden"] * 3
    for actor in (cast.owner, cast.moderator, cast.admin, cast.keeper):
        assert add(db, cast.room, actor, db.user()).status == "ok"
    newcomer = db.user()
    added = add(db, cast.room, None, newcomer, as_client=True)
    assert added.status == "ok"
    assert db.events(cast.room)[-1] == ("member_joined", newcomer.id, {"role": "member"})
    assert member(db, cast.room, newcomer).since_seq == added.seq
    assert add(db, cast.room, cast.owner, newcomer) == ("already", None)
    assert add(db, cast.room, cast.owner, cast.banned).status == "ok"


def test_offices_are_the_owners_to_give(db, cast):
    for role in ("owner", "moderator"):
        assert add(db, cast.room, cast.moderator, db.user(), role).status == "forbidden"
        assert set_role(db, cast.room, cast.moderator, cast.member, role).status == "forbidden"
        assert set_role(db, cast.room, cast.moderator, cast.moderator, "owner").status == "forbidden"
        assert set_role(db, cast.room, cast.keeper, cast.member, role).status == "forbidden"
        assert add(db, cast.room, cast.owner, db.user(), role).status == "ok"
    assert set_role(db, cast.room, cast.admin, cast.member, "moderator").status == "ok"


def test_adding_to_what_is_not_there(db, cast):
    private = db.room(cast.owner, private=True)
    nobody = type(cast.owner)(NEVER, "nobody", NEVER)
    assert add(db, NEVER, cast.owner, cast.member).status == "room_not_found"
    assert add(db, private, cast.stranger, cast.member).status == "room_not_found"
    assert add(db, private, cast.keeper, cast.member).status == "room_not_found"
    assert add(db, cast.room, cast.owner, nobody).status == "user_not_found"
    assert add(db, LOBBY, cast.stranger, cast.member).status == "already"
    db.owner.execute("UPDATE chat.rooms SET deleted_at = now() WHERE id = %s", (cast.room,))
    assert add(db, cast.room, cast.owner, cast.stranger).status == "room_not_found"


def test_a_conversation_of_two_stays_one_of_two(db, cast):
    pair = db.pair(cast.owner, cast.member)
    assert add(db, pair, cast.owner, cast.stranger).status == "forbidden"
    assert add(db, pair, cast.admin, cast.admin).status == "room_not_found"
    assert add(db, pair, None, cast.stranger, as_client=True).status == "room_not_found"
    assert remove(db, pair, cast.owner, cast.member).status == "forbidden"
    assert set_role(db, pair, cast.owner, cast.owner, "owner").status == "forbidden"
    assert db.call("leave_room", pair, cast.owner.id).status == "forbidden"
    assert db.call("join_room", pair, cast.stranger.id).status == "not_found"
    assert db.call("set_room", pair, cast.owner.id, False, "x", None, None).status == "forbidden"


def test_joining(db, cast):
    joined = db.call("join_room", cast.room, cast.stranger.id)
    assert joined == ("ok", db.counter(cast.room).last_seq)
    assert db.call("join_room", cast.room, cast.stranger.id) == ("already", None)
    assert db.call("join_room", cast.room, cast.banned.id).status == "banned"
    assert db.call("join_room", LOBBY, cast.stranger.id).status == "already"
    private = db.room(cast.owner, cast.banned, private=True)
    remove(db, private, cast.owner, cast.banned, ban=True)
    for room, who in ((private, cast.stranger), (private, cast.banned), (NEVER, cast.stranger)):
        assert db.call("join_room", room, who.id).status == "not_found"


def test_what_was_said_before_he_came_is_not_unread(db, cast):
    for _ in range(3):
        db.post_one(cast.room, cast.owner)
    joined = db.call("join_room", cast.room, cast.stranger.id)
    read = db.one("SELECT read_seq, read_no, own_after FROM chat.room_reads"
                  " WHERE room_id = %s AND user_id = %s", cast.room, cast.stranger.id)
    assert read == (joined.seq, 3, 0)


def test_leaving(db, cast):
    left = db.call("leave_room", cast.room, cast.member.id)
    assert left.status == "ok"
    assert db.events(cast.room)[-1] == ("member_left", cast.member.id, {"reason": "left"})
    row = member(db, cast.room, cast.member)
    assert (row.state, row.left_seq) == ("left", left.seq)
    assert db.call("leave_room", cast.room, cast.member.id).status == "not_member"
    assert db.call("leave_room", cast.room, cast.stranger.id).status == "not_member"
    assert db.call("leave_room", LOBBY, cast.stranger.id).status == "forbidden"
    private = db.room(cast.owner, private=True)
    for room in (NEVER, private):
        assert db.call("leave_room", room, cast.stranger.id).status == "not_found"


def test_the_room_passes_to_the_oldest_moderator_then_member(db):
    owner, first, second, moderator = db.users(4)
    room = db.room(owner, first, second, moderator)
    set_role(db, room, owner, moderator, "moderator")
    for leaver, heir in ((owner, moderator), (moderator, first), (first, second)):
        db.call("leave_room", room, leaver.id)
        assert member(db, room, heir).role == "owner"
        assert db.events(room)[-1] == ("member_updated", heir.id, {"role": "owner"})
    assert db.call("leave_room", room, second.id).status == "ok"
    assert db.counter(room).member_count == 0
    db.assert_gapless(room)


def test_who_may_remove_whom(db, cast):
    other = db.user()
    add(db, cast.room, cast.owner, other, "moderator")
    refused = [(cast.member, cast.moderator), (cast.stranger, cast.member),
               (cast.moderator, other), (cast.moderator, cast.owner), (cast.admin, cast.owner)]
    for actor, target in refused:
        assert remove(db, cast.room, actor, target).status == "forbidden"
    removed = remove(db, cast.room, cast.moderator, cast.member)
    assert removed.status == "ok"
    assert db.events(cast.room)[-1] == ("member_left", cast.member.id, {"reason": "removed"})
    assert remove(db, cast.room, cast.owner, cast.member).status == "not_member"
    assert remove(db, cast.room, cast.owner, other, ban=True).status == "ok"
    assert db.events(cast.room)[-1][2] == {"reason": "banned"}
    assert remove(db, cast.room, None, cast.owner, as_client=True).status == "ok"
    assert remove(db, NEVER, cast.admin, cast.owner).status == "not_found"
    private = db.room(cast.owner, private=True)
    assert remove(db, private, cast.stranger, cast.owner).status == "not_found"
    assert remove(db, LOBBY, cast.admin, cast.member).status == "forbidden"


def test_moderation_leaves_a_line_in_the_audit_log(db, cast):
    mute(db, cast.room, cast.moderator, cast.member)
    remove(db, cast.room, cast.moderator, cast.member, ban=True)
    lines = db.owner.execute("SELECT actor_id, action, target_id FROM chat.audit_log"
                             " ORDER BY id DESC LIMIT 2").fetchall()
    assert lines == [(cast.moderator.id, "member_banned", cast.member.id),
                     (cast.moderator.id, "member_updated", cast.member.id)]


def test_muting(db, cast):
    until = db.value("SELECT now() + interval '1 hour'")
    assert mute(db, cast.room, cast.moderator, cast.member, until).status == "ok"
    kind, subject, data = db.events(cast.room)[-1]
    assert (kind, subject, list(data)) == ("member_updated", cast.member.id, ["mutedUntil"])
    assert db.post_one(cast.room, cast.member).status == "muted"
    before = db.counter(cast.room).last_seq
    assert mute(db, cast.room, cast.moderator, cast.member, until) == ("ok", None)
    assert db.counter(cast.room).last_seq == before
    for target in (cast.owner, cast.moderator):
        assert mute(db, cast.room, cast.moderator, target).status == "forbidden"
    assert mute(db, cast.room, cast.owner, cast.moderator).status == "ok"
    assert mute(db, cast.room, cast.owner, cast.stranger).status == "not_member"
    assert mute(db, NEVER, cast.owner, cast.member).status == "not_found"
    assert mute(db, LOBBY, cast.admin, cast.member).status == "forbidden"
    assert mute(db, cast.room, cast.moderator, cast.member, None).status == "ok"
    assert db.post_one(cast.room, cast.member).status == "ok"


def test_a_mute_outlives_leaving_and_removal(db, cast):
    mute(db, cast.room, cast.owner, cast.member)
    db.call("leave_room", cast.room, cast.member.id)
    db.call("join_room", cast.room, cast.member.id)
    assert db.post_one(cast.room, cast.member).status == "muted"
    remove(db, cast.room, cast.owner, cast.member)
    add(db, cast.room, cast.moderator, cast.member)
    assert db.post_one(cast.room, cast.member).status == "muted"


def test_the_last_owner_keeps_his_office(db, cast):
    assert set_role(db, cast.room, cast.owner, cast.owner, "member").status == "forbidden"
    assert set_role(db, cast.room, cast.owner, cast.member, "owner").status == "ok"
    assert set_role(db, cast.room, cast.owner, cast.owner, "member").status == "ok"
    with pytest.raises(psycopg.errors.CheckViolation):
        set_role(db, cast.room, cast.member, cast.moderator, "king")


def test_settings_of_a_room(db, cast):
    def change(actor, name=None, description=None, slow=None):
        return db.call("set_room", cast.room, actor.id, False, name, description, slow)

    assert [change(actor, "x").status for actor in (cast.member, cast.stranger)] == ["forbidden"] * 2
    assert change(cast.moderator, "New name", slow=5).status == "ok"
    assert db.events(cast.room)[-1] == (
        "room_updated", None, {"name": "New name", "slowModeSeconds": 5})
    assert change(cast.moderator, "New name") == ("ok", None)
    row = db.one("SELECT name, description, slow_mode_s FROM chat.rooms WHERE id = %s", cast.room)
    assert row == ("New name", None, 5)
    private = db.room(cast.owner, private=True)
    for room in (NEVER, private):
        assert db.call("set_room", room, cast.stranger.id, False, "x", None, None).status \
            == "not_found"
    db.assert_gapless(cast.room)


def test_a_user_hears_of_his_rooms_in_a_log_of_his_own(db, cast):
    remove(db, cast.room, cast.owner, cast.member)
    add(db, cast.room, cast.owner, cast.member)
    told = db.owner.execute("SELECT useq, kind, data FROM chat.user_events WHERE user_id = %s"
                            " ORDER BY useq", (cast.member.id,)).fetchall()
    assert [row[:2] for row in told] == [(1, "room_added"), (2, "room_removed"), (3, "room_added")]
    assert {row.data["roomId"] for row in told} == {str(cast.room)}
