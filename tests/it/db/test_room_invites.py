"""Invitations to rooms, and reports of what was said in them."""

import uuid

import pytest
from chatdb import LOBBY, NEVER, parallel
from roomcalls import accept, add, audit, invite, member, remove, set_role, uses


# --- invitations ------------------------------------------------------------------------------------------


def test_who_may_invite(db, cast):
    private, pair = db.room(cast.owner, cast.member, private=True), db.pair(cast.owner, cast.member)
    for room, actor, status in (
            (private, cast.owner, "ok"), (private, cast.admin, "ok"), (private, cast.member, "forbidden"),
            (private, cast.stranger, "not_found"), (private, cast.keeper, "not_found"),
            (cast.room, cast.moderator, "ok"), (cast.room, cast.keeper, "ok"), (cast.room, cast.stranger, "forbidden"),
            (pair, cast.owner, "forbidden"), (pair, cast.admin, "not_found"), (LOBBY, cast.admin, "forbidden"),
            (NEVER, cast.admin, "not_found")):
        assert invite(db, room, actor)[0] == status, (room, actor)
    assert invite(db, private, cast.stranger, as_client=True)[0] == "ok"
    actions = [row[:2] for row in audit(db, private)]
    assert actions == [("invite_created", who.id) for who in (cast.owner, cast.admin, cast.stranger)]


def test_twelve_at_once_and_five_get_in(db):
    owner, *people = db.users(13)
    room = db.room(owner, private=True)
    _, code = invite(db, room, owner, max_uses=5)
    conns = [db.connect() for _ in people]
    answers = parallel(12, lambda i: accept(db, code, people[i], conns[i]))
    assert sorted(row.status for row in answers) == ["invite_not_found"] * 7 + ["ok"] * 5
    assert uses(db, code) == 5 and db.counter(room).member_count == 6
    for user, answer in zip(people, answers):   # a second time is as the first
        again = accept(db, code, user).status
        assert again == ("already" if answer.status == "ok" else "invite_not_found")
    assert uses(db, code) == 5
    db.assert_gapless(room)


def test_an_invitation_lets_in_whom_it_may(db, cast):
    private = db.room(cast.owner, cast.banned, private=True)
    remove(db, private, cast.owner, cast.banned, ban=True)
    _, code = invite(db, private, cast.owner)
    assert accept(db, code, cast.banned).status == "banned"
    assert accept(db, code, cast.owner).status == "already"
    assert uses(db, code) == 0
    joined = accept(db, code, cast.stranger)
    assert joined[:2] == ("ok", private) and uses(db, code) == 1
    assert db.events(private)[-1] == ("member_joined", cast.stranger.id, {"role": "member"})
    assert member(db, private, cast.stranger).since_seq == joined.seq


def test_an_invitation_that_is_not_good_is_not_known(db, cast):
    private = db.room(cast.owner, cast.moderator, private=True)
    set_role(db, private, cast.owner, cast.moderator, "moderator")
    _, expired = invite(db, private, cast.owner, expires=db.value("SELECT now() - interval '1 second'"))
    _, revoked = invite(db, private, cast.owner)
    _, gone_with = invite(db, private, cast.moderator)
    db.call("revoke_room_invite", private, cast.owner.id, False, revoked, None)
    remove(db, private, cast.owner, cast.moderator)
    for code in (expired, revoked, gone_with, NEVER):
        assert accept(db, code, cast.stranger).status == "invite_not_found"
    _, code = invite(db, private, cast.owner)
    db.call("delete_room", private, cast.owner.id, False, None)
    for user in (cast.owner, cast.stranger):
        assert accept(db, code, user).status == "invite_not_found"


def end_office(db, room, cast, how):
    if how == "left":
        db.call("leave_room", room, cast.moderator.id)
    elif how == "member":
        set_role(db, room, cast.owner, cast.moderator, "member")
    elif how == "disabled":
        db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (cast.moderator.id,))
    else:
        assert db.call("delete_user", cast.admin.id, cast.moderator.id, None).status == "ok"


@pytest.mark.parametrize("how", ["left", "member", "disabled", "deleted"])
def test_invitations_end_with_the_office_of_who_made_them(db, cast, how):
    """Who left a private room, or lost his office in it, would come and bring others as he likes."""
    room = db.room(cast.owner, cast.moderator, private=True)
    set_role(db, room, cast.owner, cast.moderator, "moderator")
    (_, code), (_, owners) = invite(db, room, cast.moderator), invite(db, room, cast.owner)
    end_office(db, room, cast, how)
    assert accept(db, code, cast.stranger).status == "invite_not_found"
    if how == "left":
        assert accept(db, code, cast.moderator).status == "invite_not_found"
    assert accept(db, owners, cast.stranger).status == "ok"


def test_an_owner_who_becomes_moderator_keeps_his_invitations(db, cast):
    other = db.user()
    set_role(db, cast.room, cast.owner, cast.moderator, "owner")
    _, code = invite(db, cast.room, cast.moderator)
    set_role(db, cast.room, cast.owner, cast.moderator, "moderator")
    assert accept(db, code, other).status == "ok"


def test_with_who_goes_go_his_invitations(db, cast):
    """Left, banned without having been there, deleted, or with the room; and coming back brings none back."""
    other = db.user(role="ADMIN")
    private = db.room(cast.owner, private=True)
    codes = [invite(db, *made)[1] for made in ((cast.room, cast.moderator), (cast.room, cast.keeper), (private, other))]
    kept = invite(db, cast.room, cast.owner)[1]
    db.call("leave_room", cast.room, cast.moderator.id)
    add(db, cast.room, cast.owner, cast.moderator)
    remove(db, cast.room, cast.owner, cast.keeper, ban=True)
    assert db.call("delete_user", cast.admin.id, other.id, None).status == "ok"
    for code in codes:
        assert accept(db, code, cast.stranger).status == "invite_not_found"
    assert accept(db, kept, cast.stranger).status == "ok"
    db.call("delete_room", cast.room, cast.owner.id, False, None)
    assert db.value("SELECT count(*) FROM chat.room_invites WHERE revoked_at IS NULL") == 0


def test_who_may_revoke(db, cast):
    private = db.room(cast.owner, cast.member, private=True)
    _, code = invite(db, private, cast.owner)

    def revoke(room, actor, what=code):
        return db.call("revoke_room_invite", room, actor.id, False, what, None)[0]

    assert revoke(private, cast.stranger) == "not_found"
    assert revoke(private, cast.member) == "forbidden"
    assert revoke(cast.room, cast.owner) == "invite_not_found"
    assert revoke(private, cast.owner, NEVER) == "invite_not_found"
    assert [revoke(private, cast.owner) for _ in range(2)] == ["ok", "ok"]
    assert [row[0] for row in audit(db, private)] == ["invite_created", "invite_revoked"]


def test_a_room_has_a_hundred_invitations_at_a_time(db):
    owner = db.user()
    room = db.room(owner, private=True)
    codes = [invite(db, room, owner)[1] for _ in range(100)]
    assert invite(db, room, owner)[0] == "limit"
    db.call("revoke_room_invite", room, owner.id, False, codes[0], None)
    assert invite(db, room, owner)[0] == "ok"


# --- reports ----------------------------------------------------------------------------------------------


def report(db, room, actor, message, reason="rude", conn=None):
    return db.call("report_message", uuid.uuid4(), room, actor.id, message, reason, conn=conn)[0]


def test_members_report(db, cast):
    message = db.post_one(cast.room, cast.owner).id
    assert report(db, cast.room, cast.member, message) == "ok"
    assert report(db, cast.room, cast.member, message, "again") == "already"
    assert report(db, cast.room, cast.moderator, message, "") == "ok"
    rows = db.owner.execute("SELECT reporter_id, reason FROM chat.reports WHERE message_id = %s ORDER BY created_at",
                            (message,)).fetchall()
    assert rows == [(cast.member.id, "rude"), (cast.moderator.id, None)]
    assert report(db, cast.room, cast.stranger, message) == "not_member"
    assert report(db, cast.room, cast.banned, message) == "banned"
    assert report(db, cast.room, cast.member, NEVER) == "message_not_found"
    assert report(db, LOBBY, cast.stranger, message) == "message_not_found"
    assert report(db, LOBBY, cast.stranger, db.post_one(LOBBY, cast.owner).id) == "ok"


def test_what_is_not_seen_is_not_reported(db, cast):
    private = db.room(cast.owner, private=True, history="since_join")
    message = db.post_one(private, cast.owner).id
    assert report(db, private, cast.stranger, message) == "not_found"
    assert report(db, NEVER, cast.stranger, message) == "not_found"
    add(db, private, cast.owner, cast.member)
    assert report(db, private, cast.member, message) == "message_not_found"
    pair = db.pair(cast.owner, cast.member)
    assert report(db, pair, cast.owner, db.post_one(pair, cast.member).id) == "forbidden"


def test_a_message_of_ones_own_is_reported_as_any(db, cast):
    """By somebody whose account another one has used, for example."""
    assert report(db, cast.room, cast.member, db.post_one(cast.room, cast.member).id) == "ok"


def test_a_report_and_the_end_of_its_message(db, cast):
    """Nothing is locked: who is the faster reports what is there yet, and nobody waits."""
    def delete(message, conn):
        return db.call("delete_message", cast.room, message, cast.owner.id, False, None, conn=conn).status

    first, second = db.connect(), db.connect()
    first.autocommit = False
    for reported_first in (True, False):
        message = db.post_one(cast.room, cast.owner).id
        one, other = (report, delete) if reported_first else (delete, report)
        for act, conn in ((one, first), (other, second)):
            assert (act(message, conn) if act is delete else
                    report(db, cast.room, cast.member, message, conn=conn)) == "ok"
        first.commit()
        assert report(db, cast.room, cast.moderator, message) == "message_not_found"
        made = db.value("SELECT id FROM chat.reports WHERE message_id = %s", message)
        assert db.call("resolve_report", made, cast.owner.id, False, None)[0] == "ok"
    db.assert_gapless(cast.room)


def test_who_resolves_a_report(db, cast):
    message = db.post_one(cast.room, cast.owner).id
    report(db, cast.room, cast.member, message)
    made = db.value("SELECT id FROM chat.reports WHERE message_id = %s", message)

    def resolve(actor, which=made):
        return db.call("resolve_report", which, actor.id, False, None)[0]

    for actor in (cast.member, cast.stranger, cast.banned):
        assert resolve(actor) == "report_not_found"
    assert resolve(cast.owner, NEVER) == "report_not_found"
    assert [resolve(cast.moderator), resolve(cast.owner)] == ["ok", "ok"]
    assert db.one("SELECT resolved_at IS NOT NULL, resolved_by FROM chat.reports WHERE id = %s", made) \
        == (True, cast.moderator.id)
    assert audit(db, cast.room)[-1] == (
        "report_resolved", cast.moderator.id, None, {"report": str(made), "message": str(message)})
    assert audit(db, cast.room)[-2][0] != "report_resolved"
