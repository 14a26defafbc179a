"""Rooms and members: who may do what, what the log says of it, what changes nothing."""

import uuid

import psycopg
import pytest
from chatdb import LOBBY, NEVER, parallel
from roomcalls import accept, add, audit, change, invite, member, mute, remove, set_role


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
    assert db.call("add_member", LOBBY, cast.admin.id, False, NEVER, None).status == "user_not_found"
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


def test_the_room_does_not_pass_to_who_cannot_come_while_there_is_another(db):
    owner, moderator, late = db.users(3)
    room = db.room(owner, moderator, late)
    set_role(db, room, owner, moderator, "moderator")
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (moderator.id,))
    db.call("leave_room", room, owner.id)
    assert [member(db, room, user).role for user in (moderator, late)] == ["moderator", "owner"]
    db.call("leave_room", room, late.id)
    assert member(db, room, moderator).role == "owner"


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


def test_an_office_that_is_given_and_a_ban_that_is_lifted_by_adding_are_moderation(db, cast):
    deputy = db.user()
    add(db, cast.room, cast.moderator, cast.stranger)
    add(db, cast.room, cast.owner, deputy, "moderator")
    add(db, cast.room, cast.moderator, cast.banned)
    add(db, cast.room, cast.moderator, cast.banned)
    assert audit(db, cast.room)[-2:] == [("member_added", cast.owner.id, deputy.id, {"role": "moderator"}),
                                         ("member_unbanned", cast.moderator.id, cast.banned.id, {"role": "member"})]
    assert cast.stranger.id not in [line[2] for line in audit(db, cast.room)]


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


# --- rooms: made twice, changed, ended --------------------------------------------------------------------


def test_a_room_made_twice_is_made_once(db):
    alice, bob = db.users(2)
    room = uuid.uuid4()
    arguments = (room, alice.id, "group", "Ours", None, True, "all")
    conns = [db.connect() for _ in range(6)]
    made = parallel(6, lambda i: db.call("create_room", *arguments, conn=conns[i]))
    assert {row.status for row in made} == {"ok"} and {row.id for row in made} == {room}
    assert sorted(row.seq or 0 for row in made) == [0, 0, 0, 0, 0, 1]
    assert len(db.events(room)) == 1
    assert db.call("create_room", room, bob.id, *arguments[2:]).status == "conflict"
    assert db.call("create_room", room, alice.id, "channel", *arguments[3:]).status == "conflict"
    db.call("delete_room", room, alice.id, False, None)
    assert db.call("create_room", *arguments).status == "conflict"


def test_only_who_keeps_a_room_closes_it(db, cast):
    for setting in ({"archived": True}, {"archived": False}, {"history": "since_join"}):
        for actor in (cast.moderator, cast.keeper):
            assert change(db, cast.room, actor, "new", **setting).status == "forbidden"
        assert change(db, cast.room, cast.owner, **setting).status == "ok"
    assert change(db, cast.room, None, archived=True, as_client=True).status == "ok"
    assert change(db, cast.room, cast.admin, archived=False).status == "ok"
    assert change(db, LOBBY, cast.admin, history="since_join").status == "forbidden"
    assert change(db, LOBBY, cast.keeper, slow=0).status == "ok"
    assert db.value("SELECT name FROM chat.rooms WHERE id = %s", cast.room) == "a room"


def test_an_archived_room_takes_no_posts_until_it_is_opened_again(db, cast):
    assert change(db, cast.room, cast.owner, archived=True).seq
    assert db.events(cast.room)[-1] == ("room_updated", None, {"archived": True})
    assert change(db, cast.room, cast.owner, archived=True) == ("ok", None)
    for sender in (cast.owner, cast.member):
        assert db.post_one(cast.room, sender).status == "archived"
    assert change(db, cast.room, cast.owner, archived=False).seq
    assert db.post_one(cast.room, cast.member).status == "ok"
    db.assert_gapless(cast.room)


def test_an_event_says_what_has_changed_and_nothing_else(db, cast):
    change(db, cast.room, cast.owner, "a room", "about", 0, False, "since_join")
    assert db.events(cast.room)[-1][2] == {"description": "about", "historyVisibility": "since_join"}
    change(db, cast.room, cast.owner, description="")
    assert db.events(cast.room)[-1][2] == {"description": None}
    assert db.value("SELECT description FROM chat.rooms WHERE id = %s", cast.room) is None
    assert change(db, cast.room, cast.owner, description="") == ("ok", None)


def test_slowing_and_closing_a_room_is_moderation_and_naming_it_is_not(db, cast):
    before = len(audit(db, cast.room))
    change(db, cast.room, cast.moderator, "secret name", "secret words")
    assert len(audit(db, cast.room)) == before
    change(db, cast.room, cast.moderator, "another name", slow=10)
    change(db, cast.room, cast.owner, archived=True, history="since_join")
    assert audit(db, cast.room)[before:] == [
        ("room_updated", cast.moderator.id, None, {"slowModeSeconds": 10}),
        ("room_updated", cast.owner.id, None, {"archived": True, "historyVisibility": "since_join"})]


def test_a_room_becomes_private_and_public_again(db, cast):
    def row():
        return tuple(db.one("SELECT kind, is_private FROM chat.rooms WHERE id = %s", cast.room))

    _, code = invite(db, cast.room, cast.owner)
    count = db.counter(cast.room).member_count
    hidden = change(db, cast.room, cast.owner, private=True)
    assert (hidden.status, hidden.seq, row()) == ("ok", db.counter(cast.room).last_seq, ("group", True))
    assert db.events(cast.room)[-1] == ("room_updated", None, {"isPrivate": True, "kind": "group"})
    assert audit(db, cast.room)[-1] == (
        "room_updated", cast.owner.id, None, {"isPrivate": True, "kind": "group"})
    assert change(db, cast.room, cast.owner, private=True) == ("ok", None)
    for who in (cast.stranger, cast.banned, cast.keeper):
        assert db.call("join_room", cast.room, who.id).status == "not_found"
        assert change(db, cast.room, who, "x").status == "not_found"
    assert db.post_one(cast.room, cast.stranger).status == "not_found"
    assert db.counter(cast.room).member_count == count
    assert db.post_one(cast.room, cast.member).status == "ok"
    assert accept(db, code, cast.stranger).status == "ok"
    assert change(db, cast.room, cast.admin, "open", private=False).seq
    assert (db.events(cast.room)[-1][2], row()) == (
        {"name": "open", "isPrivate": False, "kind": "channel"}, ("channel", False))
    assert db.call("join_room", cast.room, cast.keeper.id).status == "ok"
    db.assert_gapless(cast.room)


def test_who_hides_a_room(db, cast):
    for who in (cast.member, cast.moderator, cast.keeper, cast.stranger):
        for private in (True, False):
            assert change(db, cast.room, who, private=private).status == "forbidden"
    assert change(db, cast.room, cast.stranger, private=True, as_client=True).status == "ok"
    pair = db.pair(cast.owner, cast.member)
    assert change(db, pair, cast.owner, private=False) == ("fixed", None)
    assert change(db, pair, cast.admin, private=False).status == "not_found"
    for who in (cast.admin, cast.stranger):
        assert change(db, LOBBY, who, private=True) == ("fixed", None)
    assert change(db, LOBBY, cast.admin, private=False) == ("ok", None)


def test_who_may_delete_a_room(db, cast):
    def delete(room, actor, as_client=False):
        return db.call("delete_room", room, actor and actor.id, as_client, None)

    for actor in (cast.member, cast.moderator, cast.keeper, cast.stranger, cast.banned):
        assert delete(cast.room, actor).status == "forbidden"
    private = db.room(cast.owner, private=True)
    for room in (private, NEVER):
        assert delete(room, cast.stranger).status == "not_found"
    pair = db.pair(cast.owner, cast.member)
    assert delete(pair, cast.owner).status == "forbidden"
    assert delete(pair, cast.admin).status == "not_found"
    for actor, as_client in ((cast.admin, False), (None, True)):
        assert delete(LOBBY, actor, as_client).status == "forbidden"
    assert delete(private, cast.admin).status == "ok"
    assert delete(db.room(cast.owner), None, True).status == "ok"
    assert delete(cast.room, cast.owner).status == "ok"
    assert delete(cast.room, cast.owner).status == "not_found"


def test_what_a_deleted_room_leaves(db, cast):
    db.post_one(cast.room, cast.member, "still there")
    deleted = db.call("delete_room", cast.room, cast.owner.id, False, "192.0.2.1")
    assert set(deleted.users) == {cast.owner.id, cast.moderator.id, cast.member.id}
    assert db.events(cast.room)[-1] == ("room_deleted", None, {})
    assert db.counter(cast.room).last_seq == deleted.seq
    for user in (cast.owner, cast.member):
        told = db.one("SELECT kind, data FROM chat.user_events WHERE user_id = %s ORDER BY useq DESC", user.id)
        assert told == ("room_removed", {"roomId": str(cast.room)})
    assert audit(db, cast.room)[-1] == ("room_deleted", cast.owner.id, None, {})
    assert db.post_one(cast.room, cast.owner).status == "not_found"
    assert add(db, cast.room, cast.owner, cast.stranger).status == "room_not_found"
    assert db.call("join_room", cast.room, cast.stranger.id).status == "not_found"
    assert db.call("leave_room", cast.room, cast.member.id).status == "not_found"
    assert change(db, cast.room, cast.owner, "x").status == "not_found"
    assert remove(db, cast.room, None, cast.member, as_client=True).status == "not_found"
    assert db.call("delete_user", cast.admin.id, cast.member.id, None).status == "ok"
    assert db.counter(cast.room).last_seq == deleted.seq, "something came behind room_deleted"
    assert db.value("SELECT content FROM chat.messages WHERE room_id = %s", cast.room) == "still there"
    db.assert_gapless(cast.room)


# --- who is sent away -------------------------------------------------------------------------------------


def test_who_is_no_member_is_banned_all_the_same(db, cast):
    db.call("leave_room", cast.room, cast.member.id)
    count, told = db.counter(cast.room).member_count, db.value(
        "SELECT count(*) FROM chat.user_events WHERE user_id = %s", cast.member.id)
    for target in (cast.member, cast.stranger):
        assert remove(db, cast.room, cast.moderator, target).status == "not_member"
        assert remove(db, cast.room, cast.moderator, target, ban=True).status == "ok"
        assert db.events(cast.room)[-1] == ("member_left", target.id, {"reason": "banned"})
        assert remove(db, cast.room, cast.moderator, target, ban=True) == ("already", None)
        assert remove(db, cast.room, cast.moderator, target).status == "not_member"
        assert db.call("join_room", cast.room, target.id).status == "banned"
    assert db.counter(cast.room).member_count == count
    assert db.value("SELECT count(*) FROM chat.user_events WHERE user_id = %s", cast.member.id) == told
    assert audit(db, cast.room)[-1] == ("member_banned", cast.moderator.id, cast.stranger.id, {})
    nobody = type(cast.owner)(NEVER, "nobody", NEVER)
    assert remove(db, cast.room, cast.owner, nobody, ban=True).status == "not_member"
    assert add(db, cast.room, cast.moderator, cast.stranger).status == "ok"
    db.assert_gapless(cast.room)


def test_a_moderator_of_all_channels_forgives_himself_nothing(db, cast):
    keeper = cast.keeper
    db.call("join_room", cast.room, keeper.id)
    mute(db, cast.room, cast.owner, keeper)
    assert mute(db, cast.room, keeper, keeper, None).status == "forbidden"
    remove(db, cast.room, cast.owner, keeper, ban=True)
    assert db.call("lift_ban", cast.room, keeper.id, False, keeper.id, None).status == "forbidden"
    assert add(db, cast.room, keeper, keeper).status == "forbidden"
    assert db.call("lift_ban", cast.room, keeper.id, False, cast.banned.id, None).status == "ok"
    assert add(db, cast.room, cast.moderator, keeper).status == "ok"


def test_a_mute_has_a_time_that_clients_can_read(db, cast):
    mute(db, cast.room, cast.owner, cast.member, "2030-01-02 03:04:05.678+01")
    assert db.events(cast.room)[-1][2] == {"mutedUntil": "2030-01-02T02:04:05.678Z"}
    mute(db, cast.room, cast.owner, cast.member)
    assert db.events(cast.room)[-1][2] == {"mutedUntil": "9999-12-31T00:00:00.000Z"}
    assert mute(db, cast.room, cast.owner, cast.member) == ("ok", None)
    mute(db, cast.room, cast.owner, cast.member, None)
    assert db.events(cast.room)[-1][2] == {"mutedUntil": None}


def test_a_ban_is_lifted(db, cast):
    def lift(room, actor, user=cast.banned, as_client=False):
        return db.call("lift_ban", room, actor.id, as_client, user.id, None)

    for actor in (cast.member, cast.stranger, cast.banned):
        assert lift(cast.room, actor).status == "forbidden"
    private, pair = db.room(cast.owner, private=True), db.pair(cast.owner, cast.member)
    for room, actor in ((NEVER, cast.admin), (private, cast.stranger), (private, cast.keeper), (pair, cast.admin)):
        assert lift(room, actor).status == "not_found"
    assert lift(pair, cast.owner).status == "forbidden"
    for user in (cast.member, cast.stranger, cast.owner):
        assert lift(cast.room, cast.owner, user) == ("user_not_found", None)
    count = db.counter(cast.room).member_count
    assert lift(cast.room, cast.moderator).seq == db.counter(cast.room).last_seq
    assert db.events(cast.room)[-1] == ("member_updated", cast.banned.id, {"banned": False})
    assert audit(db, cast.room)[-1] == ("member_unbanned", cast.moderator.id, cast.banned.id, {})
    assert lift(cast.room, cast.moderator) == ("user_not_found", None)
    assert (member(db, cast.room, cast.banned).state, db.counter(cast.room).member_count) == ("left", count)
    assert db.call("join_room", cast.room, cast.banned.id).status == "ok"
    db.assert_gapless(cast.room)
