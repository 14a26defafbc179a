"""Roles and accounts as those keep them who may: who may act on whom, and what remains of whom."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from chatdb import NEVER
from statements import statements
from system import wait_until

READ, WRITE, ROOMS, USERS, ADMIN = 1, 2, 4, 8, 16  # rights.sql
IP = "192.0.2.7"
BUILT_IN = {name: uuid.UUID(f"00000000-0000-7000-8000-0000000000a{n}")
            for n, name in enumerate(("ADMIN", "MODERATOR", "MEMBER"), 1)}


def value(db, function, *arguments, conn=None):
    """What a function that returns one value said."""
    return db.call(function, *arguments, conn=conn)[0]


def make_role(db, permissions, name=None):
    role = uuid.uuid4()
    assert value(db, "create_role", role, None, name or f"role {role}", None, permissions, IP) == "ok"
    return role


def give(db, user, *roles, actor=None):
    return value(db, "set_roles", actor and actor.id, user.id, list(roles), IP)


def keeper(db, permissions):
    """Somebody with a role of his own beside MEMBER."""
    made = db.user()
    assert give(db, made, make_role(db, permissions)) == "ok"
    return made


def state(db, user):
    return tuple(db.one("SELECT role, granted FROM chat.users WHERE id = %s", user.id))


def audited(db, action):
    """(actor, target, data) of an action, oldest first."""
    return [tuple(row) for row in db.owner.execute(
        "SELECT actor_id, target_id, data FROM chat.audit_log WHERE action = %s ORDER BY id", (action,))]


def heard(db, user):
    """The roles that the user's log told his devices, in order."""
    return [row.data["roles"] for row in db.owner.execute(
        "SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'role_changed' ORDER BY useq",
        (user.id,))]


# --- roles -----------------------------------------------------------------------------------------------


def test_names_of_roles_are_unique_however_they_are_written(db):
    make_role(db, READ, "H\u00e9lper")
    for name in ("H\u00e9lper", "HE\u0301LPER", "h\u00e9lper"):
        assert value(db, "create_role", uuid.uuid4(), None, name, None, 0, IP) == "role_taken"
    assert value(db, "create_role", uuid.uuid4(), None, "admin", None, 0, IP) == "role_taken"


def test_what_is_granted_follows_from_the_roles(db):
    alice = db.user()
    rooms, users = make_role(db, ROOMS, "b"), make_role(db, USERS | ROOMS, "a")
    assert give(db, alice, rooms, users) == "ok"
    assert state(db, alice) == ("MEMBER", ROOMS | USERS)
    assert give(db, alice, rooms, BUILT_IN["MEMBER"], BUILT_IN["MODERATOR"]) == "ok"
    assert state(db, alice) == ("MODERATOR", ROOMS)
    assert give(db, alice, rooms, BUILT_IN["MODERATOR"]) == "ok"   # as it is: nothing to be said
    assert give(db, alice) == "ok"
    assert state(db, alice) == ("MEMBER", 0)
    assert heard(db, alice) == [["MEMBER", "a", "b"], ["MODERATOR", "b"], ["MEMBER"]]
    assert audited(db, "roles_changed")[1] == (
        None, alice.id, {"role": "MODERATOR", "roles": [str(rooms)]})
    assert len(audited(db, "roles_changed")) == 3


def test_deleting_a_role_takes_what_it_gave(db):
    alice, bob, admin = db.user(), db.user(), db.user(role="ADMIN")
    gone, stays = make_role(db, USERS), make_role(db, ROOMS)
    give(db, alice, gone, stays)
    give(db, bob, gone)
    deleted = db.call("delete_role", admin.id, gone, IP)
    assert deleted.status == "ok" and sorted(deleted.users) == sorted((alice.id, bob.id))
    assert (state(db, alice), state(db, bob)) == (("MEMBER", ROOMS), ("MEMBER", 0))
    assert heard(db, bob)[-1] == ["MEMBER"]
    assert audited(db, "role_deleted") == [(admin.id, gone, {"users": 2})]
    assert db.call("delete_role", admin.id, gone, IP).status == "role_not_found"
    assert db.call("delete_role", admin.id, BUILT_IN["MEMBER"], IP).status == "built_in"


def test_unknown_roles_and_users(db):
    alice, gone = db.users(2)
    assert give(db, alice, BUILT_IN["MODERATOR"], NEVER) == "role_not_found"
    assert state(db, alice) == ("MEMBER", 0)
    assert value(db, "set_roles", None, NEVER, [], IP) == "user_not_found"
    assert value(db, "set_base_role", None, NEVER, "ADMIN", IP) == "user_not_found"
    assert value(db, "set_superuser", None, NEVER, True, IP) == "user_not_found"
    db.call("delete_user", None, gone.id, IP)
    assert give(db, gone) == "user_not_found"
    assert value(db, "set_user_active", None, gone.id, True, IP) == "user_not_found"
    assert db.call("delete_user", None, gone.id, IP).status == "user_not_found"


def test_the_base_role(db):
    alice, admin = db.user(role="MODERATOR"), db.user(role="ADMIN")
    assert value(db, "set_superuser", admin.id, alice.id, False, IP) == "ok"
    assert state(db, alice)[0] == "MODERATOR"
    assert value(db, "set_superuser", admin.id, alice.id, True, IP) == "ok"
    assert state(db, alice)[0] == "ADMIN"
    assert value(db, "set_superuser", admin.id, alice.id, False, IP) == "ok"
    assert state(db, alice)[0] == "MEMBER"
    assert heard(db, alice) == [["ADMIN"], ["MEMBER"]]
    assert audited(db, "role_changed") == [
        (admin.id, alice.id, {"role": "ADMIN", "was": "MODERATOR"}),
        (admin.id, alice.id, {"role": "MEMBER", "was": "ADMIN"})]


# --- who may act on whom ---------------------------------------------------------------------------------


def attempts(db, actor, target):
    """Every change of an account, by its actor on its target: name and status."""
    role = make_role(db, READ)
    yield "disable", value(db, "set_user_active", actor, target, False, IP)
    yield "enable", value(db, "set_user_active", actor, target, True, IP)
    yield "base", value(db, "set_base_role", actor, target, "MEMBER", IP)
    yield "superuser", value(db, "set_superuser", actor, target, True, IP)
    yield "roles", value(db, "set_roles", actor, target, [BUILT_IN["ADMIN"]], IP)
    yield "new role", value(db, "create_role", uuid.uuid4(), actor, str(uuid.uuid4()), None, ADMIN, IP)
    yield "role gone", db.call("delete_role", actor, role, IP).status
    for base in BUILT_IN:
        yield f"new {base}", value(db, "create_user", uuid.uuid4(), actor, str(uuid.uuid4()), None, None,
                                   None, base, IP)
    yield "delete", db.call("delete_user", actor, target, IP).status


KEPT = {"disable", "enable", "new MEMBER", "delete"}   # what the right `users` is for


@pytest.mark.parametrize("permissions, target, allowed", [
    (READ | WRITE | ROOMS, "MEMBER", set()),
    (USERS, "MEMBER", KEPT),
    (USERS, "MODERATOR", KEPT),
    (USERS, "ADMIN", {"new MEMBER"}),
])
def test_a_role_with_users_keeps_accounts_and_no_admins(db, permissions, target, allowed):
    actor, other = keeper(db, permissions), db.user(role=target)
    answers = dict(attempts(db, actor.id, other.id))
    assert {name for name, status in answers.items() if status == "ok"} == allowed
    assert {answers[name] for name in answers.keys() - allowed} == {"forbidden"}
    assert (state(db, actor), state(db, other)[1]) == (("MEMBER", permissions), 0)


def test_who_has_the_right_admin_by_a_role_is_an_admin_to_others(db):
    actor, other = keeper(db, USERS), keeper(db, ADMIN)
    assert value(db, "set_user_active", actor.id, other.id, False, IP) == "forbidden"
    assert db.call("delete_user", actor.id, other.id, IP).status == "forbidden"
    assert all(status == "ok" for name, status in attempts(db, db.user(role="ADMIN").id, other.id))


@pytest.mark.parametrize("spoil", ["is_active = false", "deleted_at = now()", "role = 'MEMBER'"])
def test_who_is_no_admin_any_more_acts_as_none(db, spoil):
    actor, other = db.user(role="ADMIN"), db.user()
    db.owner.execute(f"UPDATE chat.users SET {spoil} WHERE id = %s", (actor.id,))
    assert {status for _, status in attempts(db, actor.id, other.id)} == {"forbidden"}


def test_a_token_without_the_right_acts_without_its_owners_office(db):
    admin, other = db.user(role="ADMIN"), db.user()
    _, plain = db.token(admin, permissions=READ | USERS)
    with db.app.transaction():
        db.call("guard", 3, None, None, plain, USERS, 0, 0, 0)
        assert value(db, "set_superuser", admin.id, other.id, True, IP) == "forbidden"
        assert value(db, "set_user_active", admin.id, other.id, False, IP) == "ok"
        assert value(db, "set_user_active", admin.id, db.user(role="ADMIN").id, False, IP) == "forbidden"


def test_nobody_takes_power_from_himself(db):
    admin, granted = db.user(role="ADMIN"), db.user()
    office = make_role(db, ADMIN)
    give(db, granted, office)
    for one in (admin, granted):
        assert value(db, "set_user_active", one.id, one.id, False, IP) == "oneself"
        assert db.call("delete_user", one.id, one.id, IP).status == "oneself"
        assert value(db, "set_roles", one.id, one.id, [], IP) == "oneself"
    assert value(db, "set_superuser", admin.id, admin.id, False, IP) == "oneself"
    assert value(db, "set_base_role", admin.id, admin.id, "MODERATOR", IP) == "oneself"
    assert value(db, "set_roles", admin.id, admin.id, [office], IP) == "oneself"
    assert db.call("delete_role", granted.id, office, IP).status == "oneself"
    assert db.call("delete_role", admin.id, office, IP).status == "ok"
    assert value(db, "set_roles", admin.id, admin.id, [BUILT_IN["ADMIN"]], IP) == "ok"


@pytest.mark.parametrize("change", [
    ("set_superuser", False), ("set_base_role", "MEMBER"), ("set_roles", []), ("set_user_active", False),
    ("delete_user",),
])
def test_of_two_who_dismiss_each_other_one_remains(db, change):
    """The first is held before its commit until the second waits for it."""
    one, other = db.user(role="ADMIN"), db.user(role="ADMIN")
    function, *arguments = change
    first, second = db.connect(), db.connect()
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            assert value(db, function, one.id, other.id, *arguments, IP, conn=first) == "ok"
            late = pool.submit(value, db, function, other.id, one.id, *arguments, IP, conn=second)
            wait_until(lambda: db.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1,
                       what="the second one waiting")
        assert late.result() == "forbidden"
    assert db.value("SELECT array_agg(id) FROM chat.users WHERE role = 'ADMIN' AND is_active") == [one.id]


# --- accounts --------------------------------------------------------------------------------------------


def new_user(db, name, email=None, actor=None, role="MEMBER"):
    return value(db, "create_user", uuid.uuid4(), actor, name, "hash", email, None, role, IP)


def test_making_accounts(db):
    admin = db.user(role="ADMIN")
    assert new_user(db, "Zoe\u0308", "zoe@example.org", admin.id, "MODERATOR") == "ok"
    made = db.one("SELECT id, username, role FROM chat.users WHERE email = 'zoe@example.org'")
    assert made[1:] == ("Zo\u00eb", "MODERATOR")
    assert audited(db, "user_created") == [(admin.id, made.id, {"role": "MODERATOR"})]
    assert new_user(db, "ZO\u00cb") == "username_taken"
    assert new_user(db, "zoe", "ZOE@example.org") == "email_taken"
    assert new_user(db, "root", role="ADMIN") == "ok"


def test_a_name_that_normalizing_makes_too_long(db):
    qa = "\u0958"   # never composed: two code points in NFC
    assert new_user(db, qa * 50) == "ok"
    assert new_user(db, qa * 51) == "username_too_long"
    assert value(db, "create_role", uuid.uuid4(), None, qa * 51, None, 0, IP) == "name_too_long"


def test_disabling_ends_sessions_and_enabling_does_not_bring_them_back(db):
    alice = db.user()
    _, token = db.token(alice)
    db.owner.execute("INSERT INTO chat.ws_tickets VALUES (%s, %s, 'session', %s, NULL, now() + interval '30 s')",
                     (uuid.uuid4().bytes * 2, alice.id, alice.session))
    for active in (False, True):
        assert [value(db, "set_user_active", None, alice.id, active, IP) for _ in range(2)] == ["ok"] * 2
        assert (len(audited(db, "user_disabled")), len(audited(db, "user_enabled"))) == (1, active)
    assert db.value("SELECT revoked_at IS NOT NULL FROM chat.sessions WHERE id = %s", alice.session)
    assert db.value("SELECT count(*) FROM chat.ws_tickets") == 0
    assert db.call("guard", 3, None, None, token, READ, 0, 0, 0).user_id == alice.id


def test_a_login_at_the_moment_of_disabling_leaves_no_session(db):
    alice, session = db.user(), uuid.uuid4()
    login, admin = db.connect(), db.connect()
    with ThreadPoolExecutor(1) as pool:
        with login.transaction():
            db.call("open_session", session, alice.id, "jwt", None, None, None, 60, None, 60, 60, conn=login)
            late = pool.submit(value, db, "set_user_active", None, alice.id, False, IP, conn=admin)
            wait_until(lambda: db.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1,
                       what="the disabling waiting")
        assert late.result() == "ok"
    assert db.value("SELECT bool_and(revoked_at IS NOT NULL) FROM chat.sessions WHERE user_id = %s", alice.id)


@pytest.mark.parametrize("function, arguments", [("set_user_active", (False,)), ("delete_user", ())])
def test_a_request_under_way_and_the_end_of_its_account_do_not_wait_for_each_other(db, function, arguments):
    """A request notes its use: first the session, then the user. So does what ends them."""
    alice = db.user()
    request, admin = db.connect("postgres"), db.connect()
    with ThreadPoolExecutor(1) as pool:
        with request.transaction():
            request.execute("UPDATE chat.sessions SET last_used_at = now() WHERE id = %s", (alice.session,))
            late = pool.submit(value, db, function, None, alice.id, *arguments, IP, conn=admin)
            wait_until(lambda: db.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1,
                       what="the end waiting for the request")
            request.execute("UPDATE chat.users SET last_seen = now() WHERE id = %s", (alice.id,))
        assert late.result() == "ok"


def test_what_remains_of_a_deleted_account(db):
    alice, bob = db.user("Alice"), db.user()
    db.owner.execute("UPDATE chat.users SET email = 'a@example.org', full_name = 'A', bio = 'b',"
                     " password_hash = 'h', external_id = '7', last_seen = now() WHERE id = %s", (alice.id,))
    db.owner.execute("UPDATE chat.sessions SET device_info = 'phone', ip_address = %s WHERE id = %s",
                     (IP, alice.session))
    db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", (alice.id, bob.id))
    give(db, alice, make_role(db, USERS), BUILT_IN["MODERATOR"])
    _, token = db.token(alice)
    own, pair = db.room(alice, bob), db.pair(alice, bob)
    db.post_one(own, alice, "still here")
    deleted = db.call("delete_user", None, alice.id, IP)
    assert (deleted.status, deleted.rooms) == ("ok", [own])
    row = db.one("SELECT * FROM chat.users WHERE id = %s", alice.id)
    assert row.username == f"deleted-{str(alice.id)[-12:]}"
    assert (row.role, row.granted, row.is_active) == ("MEMBER", 0, False) and row.deleted_at
    assert {row.email, row.full_name, row.bio, row.password_hash, row.external_id, row.last_seen} == {None}
    assert db.one("SELECT device_info, ip_address, revoked_at IS NULL FROM chat.sessions WHERE id = %s",
                  alice.session) == (None, None, False)
    for table in ("user_roles", "user_blocks", "refresh_tokens", "ws_tickets"):
        assert db.value(f"SELECT count(*) FROM chat.{table} WHERE user_id = %s", alice.id) == 0
    with pytest.raises(psycopg.Error):
        db.call("guard", 3, None, None, token, READ, 0, 0, 0)
    assert db.value("SELECT content FROM chat.messages WHERE sender_id = %s", alice.id) == "still here"
    assert db.events(own)[-2:] == [("member_left", alice.id, {"reason": "left"}),
                                   ("member_updated", bob.id, {"role": "owner"})]
    assert db.value("SELECT state FROM chat.room_members WHERE room_id = %s AND user_id = %s",
                    pair, alice.id) == "member"
    db.assert_gapless(own)
    assert audited(db, "user_deleted") == [(None, alice.id, {"rooms": 1})]
    assert new_user(db, "alice", "a@example.org") == "ok"   # both are free again


def test_a_name_taken_beforehand_does_not_keep_an_account(db):
    alice = db.user()
    assert new_user(db, f"Deleted-{str(alice.id)[-12:]}".upper()) == "ok"
    assert db.call("delete_user", None, alice.id, IP).status == "ok"
    assert len(db.value("SELECT username FROM chat.users WHERE id = %s", alice.id)) == len("deleted-") + 32


def test_an_account_with_a_thousand_rooms_is_deleted_within_the_statements_time(db):
    alice = db.user()
    with db.app.transaction():
        rooms = sorted(db.room(alice) for _ in range(1000))
    conn = db.connect(options="-c statement_timeout=5s -c enable_seqscan=off")
    assert db.call("delete_user", None, alice.id, IP, conn=conn).rooms == rooms
    assert db.value("SELECT count(*) FROM chat.room_members WHERE state = 'member'") == 0
    db.assert_gapless(rooms[0])


# --- read by index ---------------------------------------------------------------------------------------


def scans(plan):
    """(index, rows that it gave) of every scan in a plan; of a whole table, without an index."""
    if "Index Name" in plan or plan["Node Type"] == "Seq Scan":
        yield plan.get("Index Name", "none"), plan["Actual Rows"] * plan["Actual Loops"]
    for child in plan.get("Plans", ()):
        yield from scans(child)


def explained(db, name, *values):
    """The scans of a statement of the programs, as it is planned on one of their connections."""
    conn = psycopg.ClientCursor(db.connect("postgres"))
    conn.execute(f"PREPARE asked AS {statements(name)}")
    marks = ", ".join(["%s"] * len(values))
    plan = conn.execute(f"EXPLAIN (ANALYZE, FORMAT json) EXECUTE asked({marks})", values).fetchone()
    return list(scans(plan[0][0]["Plan"]))


LAST = 2**63 - 1


@pytest.mark.parametrize("name, values, indexes", [
    ("audit", (LAST, 5), {"audit_log_pkey"}),
    ("audit_action", (LAST, 5, "rare"), {"audit_log_action"}),
    ("audit_user", (LAST, 5, None, NEVER), {"audit_log_actor_id", "audit_log_target_id", "audit_log_pkey"}),
    ("accounts", (None, 5), {"users_pkey"}),
    ("accounts_named", (None, 5, "Rare"), {"users_name_key"}),
])
def test_lists_read_no_more_than_they_show(db, name, values, indexes):
    """Counted, not timed: however much there is, and however seldom what is asked for."""
    db.owner.execute("INSERT INTO chat.users (id, username)"
                     " SELECT gen_random_uuid(), CASE WHEN n % 500 = 7 THEN 'rare' ELSE 'user' END || n"
                     "   FROM generate_series(1, 5000) AS n")
    db.owner.execute("INSERT INTO chat.audit_log (action, actor_id, target_id)"
                     " SELECT CASE WHEN n % 500 = 7 THEN 'rare' ELSE 'often' END,"
                     "        CASE WHEN n % 500 = 7 THEN %(rare)s ELSE gen_random_uuid() END,"
                     "        CASE WHEN n % 500 = 8 THEN %(rare)s ELSE gen_random_uuid() END"
                     "   FROM generate_series(1, 5000) AS n".replace("% 5", "%% 5"), {"rare": NEVER})
    found = [scan for scan in explained(db, name, *values) if scan[0].startswith(("audit", "users", "none"))]
    assert {index for index, _ in found} == indexes
    assert max(rows for _, rows in found) <= 10
