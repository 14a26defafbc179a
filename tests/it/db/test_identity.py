"""Sessions, refresh tokens and the guard that stands before every write."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from chatdb import NEVER
from system import wait_until

DAY_S = 86400
READ, WRITE, ROOMS, USERS, ADMIN, SIGNED_IN, BY_PASSWORD = 1, 2, 4, 8, 16, 32, 64  # rights.sql
JWT, SESSION, TOKEN = 1, 2, 3  # p_kind


def secret():
    return uuid.uuid4().bytes * 2


def open_session(db, user, kind="jwt", refresh=None, ttl_s=30 * DAY_S, idle_s=7 * DAY_S,
                 max_s=30 * DAY_S):
    """Returns the status, the session's id and the hash of its opaque token."""
    session, token = uuid.uuid4(), secret() if kind == "opaque" else None
    opened = db.call("open_session", session, user.id, kind, token, "a browser", "192.0.2.1", ttl_s,
                     refresh, idle_s, max_s)
    return opened.status, session, token


def rotate(db, old, new, conn=None, grace_s=10, idle_s=7 * DAY_S):
    return db.call("rotate_refresh", old, new, idle_s, grace_s, "192.0.2.1", conn=conn)


def alive(db, session):
    return db.value("SELECT revoked_at IS NULL FROM chat.sessions WHERE id = %s", session)


def test_opening_a_session(db):
    alice = db.user()
    status, session, _ = open_session(db, alice, refresh=secret())
    assert status == "ok"
    row = db.one("SELECT user_id, kind, device_info, ip_address, revoked_at FROM chat.sessions"
                 " WHERE id = %s", session)
    assert row == (alice.id, "jwt", "a browser", "192.0.2.1", None)
    assert db.value("SELECT last_seen > now() - interval '1 minute' FROM chat.users WHERE id = %s",
                    alice.id)
    assert db.value("SELECT count(*) FROM chat.refresh_tokens WHERE session_id = %s", session) == 1


def test_nobody_opens_a_session_for_who_is_not_there(db):
    gone = db.user()
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (gone.id,))
    assert open_session(db, gone)[0] != "ok"
    assert open_session(db, type(gone)(NEVER, "nobody", NEVER))[0] != "ok"


def audited(db):
    """What the log says, in order: action, actor, target, data, address."""
    return [tuple(row) for row in db.owner.execute(
        "SELECT action, actor_id, target_id, data, ip_address FROM chat.audit_log ORDER BY id")]


def close(db, user, session, current=None):
    row = db.call("close_session", user.id, session, current, "192.0.2.1")
    return row and row.close_session


def close_all(db, user, keep, actor):
    return {row[0] for row in db.app.execute("SELECT chat.close_sessions(%s, %s, %s, %s)",
                                             (user.id, keep, actor, "192.0.2.1"))}


def test_closing_a_session(db):
    alice, bob = db.users(2)
    other = open_session(db, alice)[1]
    assert close(db, bob, alice.session) is None
    assert alive(db, alice.session) and audited(db) == []
    assert close(db, alice, other, alice.session) == other
    assert close(db, alice, other, alice.session) is None
    assert close(db, alice, alice.session, alice.session) == alice.session
    assert not alive(db, alice.session) and not alive(db, other)
    assert audited(db) == [("session_ended", alice.id, other, {}, "192.0.2.1"),
                           ("logout", alice.id, alice.session, {}, "192.0.2.1")]


def test_closing_sessions(db):
    alice, bob = db.users(2)
    sessions = [open_session(db, alice)[1] for _ in range(3)]
    over = open_session(db, alice, ttl_s=-1)[1]
    close(db, alice, sessions[0])
    assert close_all(db, alice, sessions[1], alice.id) == {alice.session, sessions[2]}
    assert [alive(db, session) for session in sessions] == [False, True, False]
    assert close_all(db, alice, None, None) == {sessions[1]}
    assert close_all(db, alice, None, alice.id) == set()
    assert alive(db, bob.session) and alive(db, over)  # it has ended by itself
    assert audited(db)[1:] == [
        ("logout_all", actor, alice.id, {"ended": ended}, "192.0.2.1")
        for actor, ended in ((alice.id, 2), (None, 1), (alice.id, 0))]


def test_a_refresh_token_is_used_once(db):
    alice = db.user()
    tokens = [secret() for _ in range(4)]
    session = open_session(db, alice, refresh=tokens[0])[1]
    for old, new in zip(tokens, tokens[1:]):
        assert rotate(db, old, new) == ("ok", alice.id, session, alice.name, "MEMBER")
    # two back is a theft, even within the grace time: the family ends
    assert rotate(db, tokens[1], tokens[2]).status == "reused"
    assert not alive(db, session)
    assert rotate(db, tokens[3], secret()).status == "invalid"
    assert audited(db) == [("refresh_reused", alice.id, session, {}, "192.0.2.1")]


def test_the_last_use_may_be_repeated_for_a_while(db):
    old, new = secret(), secret()
    session = open_session(db, db.user(), refresh=old)[1]
    assert [rotate(db, old, new).status for _ in range(3)] == ["ok"] * 3
    assert db.value("SELECT count(*) FROM chat.refresh_tokens WHERE session_id = %s", session) == 2
    db.owner.execute("UPDATE chat.refresh_tokens SET used_at = now() - interval '11 s'"
                     " WHERE token_hash = %s", (old,))
    assert rotate(db, old, new).status == "reused"
    assert not alive(db, session)


def test_twenty_at_once_leave_one_family_alive(db):
    """One is held before its commit until all the others wait for it."""
    alice = db.user()
    old, new = secret(), secret()
    session = open_session(db, alice, refresh=old)[1]
    first = db.connect()

    def refresh():
        with db.connect() as conn:
            return rotate(db, old, new, conn=conn)

    with ThreadPoolExecutor(19) as pool:
        with first.transaction():
            answers = [rotate(db, old, new, conn=first)]
            others = [pool.submit(refresh) for _ in range(19)]
            wait_until(lambda: db.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 19,
                       what="19 waiting refreshes")
        answers += [other.result() for other in others]
    assert set(answers) == {("ok", alice.id, session, alice.name, "MEMBER")}
    rows = db.owner.execute("SELECT generation, used_at IS NULL FROM chat.refresh_tokens"
                            " WHERE session_id = %s ORDER BY generation", (session,)).fetchall()
    assert rows == [(1, False), (2, True)]
    assert rotate(db, new, secret()).status == "ok"


@pytest.mark.parametrize("spoil", [
    "UPDATE chat.refresh_tokens SET expires_at = now()",
    "UPDATE chat.refresh_tokens SET family_ends_at = now()",
    "UPDATE chat.sessions SET revoked_at = now()",
    "UPDATE chat.sessions SET expires_at = now()",
    "UPDATE chat.users SET is_active = false",
    "UPDATE chat.users SET deleted_at = now()",
    "DELETE FROM chat.sessions",
])
def test_refresh_tokens_that_are_no_good(db, spoil):
    old = secret()
    open_session(db, db.user(), refresh=old)
    db.owner.execute(spoil)
    assert rotate(db, old, secret()).status == "invalid"


def test_an_unknown_refresh_token_and_the_absolute_end(db):
    assert rotate(db, secret(), secret()).status == "invalid"
    old, new = secret(), secret()
    open_session(db, db.user(), refresh=old, max_s=60)
    assert rotate(db, old, new, idle_s=DAY_S).status == "ok"
    ends = db.one("SELECT expires_at, family_ends_at FROM chat.refresh_tokens"
                  " WHERE token_hash = %s", new)
    assert ends[0] == ends[1]


def guard(db, kind=JWT, session=None, user=None, token=None, need=READ, client=READ, cost=0, conn=None):
    return db.call("guard", kind, session, user, token, need, client, cost, 600, conn=conn)


def refused(db, **arguments):
    """The SQLSTATE with which the guard refuses."""
    with pytest.raises(psycopg.Error) as caught:
        guard(db, **arguments)
    return caught.value.sqlstate


def test_the_guard_knows_the_three_credentials(db):
    alice = db.user()
    by_jwt = guard(db, session=alice.session, user=alice.id)
    by_password = SIGNED_IN | BY_PASSWORD
    assert by_jwt[:7] == (alice.id, alice.name, "MEMBER", "session", alice.session, None, READ | WRITE | by_password)
    _, session, token = open_session(db, alice, "opaque")
    assert guard(db, SESSION, token=token)[:5] == (
        alice.id, alice.name, "MEMBER", "session", session)
    api_token, token = db.token(alice, permissions=READ)
    assert guard(db, TOKEN, token=token)[:7] == (
        alice.id, alice.name, "MEMBER", "api_token", api_token, "USER", READ | SIGNED_IN)
    client, token = db.token(alice, "CLIENT")
    assert guard(db, TOKEN, token=token)[3:7] == (
        "api_token", client, "CLIENT", READ | WRITE | ROOMS | USERS | SIGNED_IN)


@pytest.mark.parametrize("role, granted, rights", [
    ("MEMBER", 0, READ | WRITE),
    ("MEMBER", USERS, READ | WRITE | USERS),
    ("MODERATOR", 0, READ | WRITE | ROOMS),
    ("ADMIN", 0, READ | WRITE | ROOMS | USERS | ADMIN),
])
def test_a_users_rights_follow_from_his_roles_and_a_token_has_at_most_those(db, role, granted, rights):
    alice = db.user(role=role)
    db.owner.execute("UPDATE chat.users SET granted = %s WHERE id = %s", (granted, alice.id))
    assert guard(db, session=alice.session, user=alice.id).rights == rights | SIGNED_IN | BY_PASSWORD
    _, everything = db.token(alice, permissions=31)
    _, plain = db.token(alice)
    assert guard(db, TOKEN, token=everything).rights == rights | SIGNED_IN
    assert guard(db, TOKEN, token=plain).rights == READ | WRITE | SIGNED_IN


@pytest.mark.parametrize("spoil", [
    "UPDATE chat.sessions SET revoked_at = now(); UPDATE chat.api_tokens SET revoked_at = now()",
    "UPDATE chat.sessions SET expires_at = now(); UPDATE chat.api_tokens SET expires_at = now()",
    "UPDATE chat.users SET is_active = false",
    "UPDATE chat.users SET deleted_at = now()",
])
def test_bad_credentials_are_cs401(db, spoil):
    alice = db.user()
    _, _, opaque = open_session(db, alice, "opaque")
    _, token = db.token(alice)
    db.owner.execute(spoil)
    assert refused(db, session=alice.session, user=alice.id) == "CS401"
    assert refused(db, kind=SESSION, token=opaque) == "CS401"
    assert refused(db, kind=TOKEN, token=token) == "CS401"


def test_unknown_credentials_are_cs401(db):
    alice, bob = db.users(2)
    _, session, opaque = open_session(db, alice, "opaque")
    assert refused(db, session=alice.session, user=bob.id) == "CS401"
    assert refused(db, session=NEVER, user=alice.id) == "CS401"
    assert refused(db, session=session, user=alice.id) == "CS401"  # not an access token's
    assert refused(db, kind=SESSION, token=secret()) == "CS401"
    assert refused(db, kind=TOKEN, token=opaque) == "CS401"


def test_what_is_needed_and_missing_is_cs403(db):
    alice, admin = db.user(), db.user(role="ADMIN")
    _, client = db.token(alice, "CLIENT")
    _, reader = db.token(alice, permissions=READ)
    _, client_reader = db.token(alice, "CLIENT", READ)
    mine = {"session": alice.session, "user": alice.id}
    assert refused(db, **mine, need=0) == "CS403"
    assert refused(db, **mine, need=READ | ADMIN) == "CS403"
    assert refused(db, kind=TOKEN, token=client, client=0) == "CS403"
    assert refused(db, kind=TOKEN, token=client, client=ADMIN) == "CS403"
    assert refused(db, kind=TOKEN, token=reader, need=WRITE) == "CS403"
    assert refused(db, kind=TOKEN, token=reader, need=READ | BY_PASSWORD) == "CS403"
    assert refused(db, kind=TOKEN, token=client_reader, client=WRITE) == "CS403"
    assert guard(db, **mine, need=WRITE | BY_PASSWORD, client=0)
    assert guard(db, TOKEN, token=reader, need=READ)
    assert guard(db, TOKEN, token=client, need=0, client=ROOMS | USERS)
    assert guard(db, session=admin.session, user=admin.id, need=ADMIN).role == "ADMIN"


def test_a_token_without_the_right_acts_without_its_owners_role(db):
    """An ADMIN's token that may read and write is a member's where the role would count."""
    admin, alice, bob = db.user(role="ADMIN"), *db.users(2)
    room = db.room(alice)
    _, plain = db.token(admin)
    _, full = db.token(admin, permissions=31)
    for token, status in ((plain, "forbidden"), (full, "ok")):
        with db.app.transaction():
            guard(db, TOKEN, token=token, need=WRITE)
            assert db.call("add_member", room, admin.id, False, bob.id, None).status == status
    assert db.call("remove_member", room, admin.id, False, bob.id, False).status == "ok"


def test_an_empty_bucket_is_cs429_and_costs_nothing(db):
    alice = db.user()
    mine = {"session": alice.session, "user": alice.id}
    first = guard(db, **mine, cost=100)
    assert first.tokens_left == 500 and 9_000 < first.reset_ms <= 10_000
    guard(db, **mine, cost=500)
    with pytest.raises(psycopg.Error) as caught:
        guard(db, **mine, cost=50)
    assert caught.value.sqlstate == "CS429"
    assert 0 < int(caught.value.diag.message_hint) <= 5_000
    db.owner.execute("UPDATE chat.rate_buckets SET updated_at = updated_at - interval '30 s'")
    assert 200 <= guard(db, **mine, cost=100).tokens_left <= 205
    assert guard(db, **mine).tokens_left is None
    _, client = db.token(alice, "CLIENT")
    assert guard(db, TOKEN, token=client, cost=100_000).tokens_left is None


def test_what_follows_a_refusing_guard_is_not_executed(db):
    """Both leave in one flush: one implicit transaction, as of one simple-protocol string."""
    alice, room = db.user(), uuid.uuid4()
    both = ("SELECT * FROM chat.guard(1, %s, %s, NULL, 1, 0, 0, 0);"
            "SELECT * FROM chat.create_room(%s, %s, 'channel', 'x', '', false, 'all')")
    flush = psycopg.ClientCursor(db.app)
    with pytest.raises(psycopg.Error) as caught:
        flush.execute(both, (NEVER, alice.id, room, alice.id))
    assert caught.value.sqlstate == "CS401"
    assert db.value("SELECT count(*) FROM chat.rooms WHERE id = %s", room) == 0
    flush.execute(both, (alice.session, alice.id, room, alice.id))
    assert db.value("SELECT count(*) FROM chat.rooms WHERE id = %s", room) == 1


def test_use_is_noted_at_most_once_a_minute(db):
    alice = db.user()
    query = "SELECT last_used_at, xmin::text FROM chat.sessions WHERE id = %s"
    guard(db, session=alice.session, user=alice.id)
    noted = db.one(query, alice.session)
    assert noted.last_used_at and db.value("SELECT last_seen FROM chat.users WHERE id = %s", alice.id)
    guard(db, session=alice.session, user=alice.id)
    assert db.one(query, alice.session) == noted
    db.owner.execute("UPDATE chat.sessions SET last_used_at = last_used_at - interval '61 s'")
    guard(db, session=alice.session, user=alice.id)
    assert db.one(query, alice.session).last_used_at > noted.last_used_at


def test_an_application_is_not_a_person_being_seen(db):
    alice = db.user()
    token, hashed = db.token(alice, "CLIENT")
    guard(db, TOKEN, token=hashed)
    assert db.value("SELECT last_used_at FROM chat.api_tokens WHERE id = %s", token)
    assert db.value("SELECT last_seen FROM chat.users WHERE id = %s", alice.id) is None
