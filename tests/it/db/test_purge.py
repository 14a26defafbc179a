"""What has ended long ago is forgotten; what may still be asked about stays."""

import uuid

import psycopg
import pytest
from roomcalls import accept, invite, uses

OLD, YOUNG, AHEAD = "-31 days", "-29 days", "1 day"


def purge(db, most=100):
    return db.one("SELECT * FROM chat.purge_old(%s)", most)


def session(db, user, expires, revoked=None, kind="jwt"):
    made = uuid.uuid4()
    db.owner.execute("INSERT INTO chat.sessions (id, user_id, kind, expires_at, revoked_at)"
                     " VALUES (%s, %s, %s, now() + %s::interval, now() + %s::interval)",
                     (made, user.id, kind, expires, revoked))
    return made


def left_of(db, table):
    return {row[0] for row in db.owner.execute(f"SELECT id FROM chat.{table}")}


def test_a_fresh_database_has_nothing_to_forget(db, cast):
    invite(db, cast.room, cast.owner)
    db.token(cast.owner)
    assert purge(db) == (0, 0, 0, 0, 0, 0)


def test_sessions_go_with_their_refresh_tokens(db):
    user = db.user()
    gone = [session(db, user, OLD), session(db, user, OLD, YOUNG), session(db, user, AHEAD, OLD)]
    stays = [session(db, user, YOUNG), session(db, user, AHEAD, YOUNG), session(db, user, AHEAD)]
    for one in (gone[0], stays[0]):
        db.owner.execute("INSERT INTO chat.refresh_tokens (session_id, generation, user_id, token_hash, expires_at,"
                         " family_ends_at) VALUES (%s, 1, %s, %s, now() + %s::interval, now() + %s::interval)",
                         (one, user.id, uuid.uuid4().bytes * 2, OLD, OLD))
    assert purge(db).sessions == 3
    assert left_of(db, "sessions") == {user.session, *stays}
    assert db.owner.execute("SELECT session_id FROM chat.refresh_tokens").fetchall() == [(stays[0],)]


def test_tokens_that_never_expire_go_when_they_were_revoked(db):
    user = db.user()
    expired, young, live, revoked, for_ever = (
        db.token(user, expires=expires)[0] for expires in (OLD, YOUNG, AHEAD, None, None))
    db.owner.execute("UPDATE chat.api_tokens SET revoked_at = now() - interval '31 days' WHERE id = %s", (revoked,))
    assert purge(db).tokens == 2
    assert left_of(db, "api_tokens") == {young, live, for_ever} and expired not in left_of(db, "api_tokens")


def test_invitations_go_a_month_after_they_were_of_use(db, cast):
    def past(code, column, age):
        db.owner.execute(f"UPDATE chat.room_invites SET created_at = now() - interval '1 year',"
                         f" {column} = now() + %s::interval WHERE id = %s", (age, code))
        return code

    def made(**bounds):
        return invite(db, cast.room, cast.owner, **bounds)[1]

    used, just_used = made(max_uses=1), made(max_uses=1)
    for code, user in ((used, cast.stranger), (just_used, db.user())):
        assert accept(db, code, user).status == "ok"
    for column in ("expires_at", "revoked_at"):
        past(made(), column, OLD)
    past(used, "last_used_at", OLD)
    stays = {past(made(), "expires_at", YOUNG), past(made(), "revoked_at", YOUNG), past(made(), "expires_at", AHEAD),
             past(made(max_uses=2), "last_used_at", OLD), past(made(), "last_used_at", OLD), just_used}
    assert purge(db).invites == 3
    assert left_of(db, "room_invites") == stays
    assert accept(db, just_used, cast.owner).status == "already" and uses(db, just_used) == 1


def test_what_is_only_counted_for_a_while(db):
    user = db.user()
    for age in ("-2 days", "-1 hour"):
        db.owner.execute("INSERT INTO chat.ws_tickets (token_hash, user_id, cred_kind, cred_id, expires_at)"
                         " VALUES (%s, %s, 'session', %s, now() + %s::interval)",
                         (uuid.uuid4().bytes * 2, user.id, user.session, age))
        for failures in (3, 5000):   # a failure a minute is forgotten: 5000 are more than two days
            db.owner.execute("INSERT INTO chat.login_attempts (key, failures, last_at)"
                             " VALUES (%s, %s, now() + %s::interval)", (uuid.uuid4(), failures, age))
        db.owner.execute("INSERT INTO chat.rate_buckets (user_id, name, tokens, updated_at)"
                         " VALUES (%s, 'write', 1, now() + %s::interval)", (uuid.uuid4(), age))
    assert purge(db)[3:] == (1, 1, 1)
    assert purge(db)[3:] == (0, 0, 0)
    assert db.value("SELECT count(*) FROM chat.login_attempts") == 3


def test_a_piece_is_bounded_and_leaves_what_others_have_in_hand(db):
    user = db.user()
    held, *_ = (session(db, user, OLD) for _ in range(4))
    holder = db.connect("postgres")
    holder.autocommit = False
    holder.execute("SELECT FROM chat.sessions WHERE id = %s FOR UPDATE", (held,))
    assert [purge(db, 2).sessions for _ in range(3)] == [2, 1, 0]
    holder.commit()
    assert purge(db).sessions == 1


def test_the_programs_may_not(db):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.call("purge_old", 100)
