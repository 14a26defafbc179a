"""Tickets of sockets, API tokens and accounts that applications make: what the functions decide."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from chatdb import parallel

READ, WRITE, ROOMS, USERS, ADMIN, SIGNED_IN, BY_PASSWORD = 1, 2, 4, 8, 16, 32, 64  # rights.sql


def secret():
    return uuid.uuid4().bytes * 2


# --- tickets --------------------------------------------------------------------------------------


def make_ticket(db, user, kind="session", cred=None, expires=None, ttl_s=30):
    """Returns the hash of a new ticket."""
    made = secret()
    db.call("make_ticket", made, user.id, kind, cred or user.session, expires, ttl_s)
    return made


def test_a_ticket_is_good_once(db):
    alice = db.user()
    ticket = make_ticket(db, alice)
    taken = db.call("take_ticket", ticket)
    assert taken == (alice.id, alice.name, "MEMBER", "session", alice.session, None,
                     READ | WRITE | SIGNED_IN | BY_PASSWORD, True, None)
    assert db.call("take_ticket", ticket) is None
    assert db.call("take_ticket", secret()) is None


def test_of_many_who_present_one_ticket_one_gets_in(db):
    ticket = make_ticket(db, db.user())
    conns = [db.connect() for _ in range(8)]
    taken = parallel(8, lambda n: db.call("take_ticket", ticket, conn=conns[n]))
    assert len([row for row in taken if row]) == 1


def test_a_ticket_carries_the_rights_of_its_credential(db):
    admin = db.user(role="ADMIN")
    token, _ = db.token(admin, permissions=READ)
    taken = db.call("take_ticket", make_ticket(db, admin, "api_token", token))
    assert (taken.cred_kind, taken.cred_id, taken.token_type) == ("api_token", token, "USER")
    assert taken.rights == READ | SIGNED_IN


def test_a_ticket_says_when_its_access_token_ends(db):
    alice = db.user()
    soon, past = (db.value(f"SELECT date_trunc('second', now()) + interval '{n} minutes'")
                  for n in (5, -1))
    assert db.call("take_ticket", make_ticket(db, alice, expires=soon)).cred_expires_at == soon
    assert db.call("take_ticket", make_ticket(db, alice, expires=past)) is None


SPOILT = {
    "the session was closed": "UPDATE chat.sessions SET revoked_at = now()",
    "the session ended": "UPDATE chat.sessions SET expires_at = now() - interval '1 s'",
    "the token was revoked": "UPDATE chat.api_tokens SET revoked_at = now()",
    "the token ended": "UPDATE chat.api_tokens SET expires_at = now() - interval '1 s'",
    "the user was disabled": "UPDATE chat.users SET is_active = false",
    "the user was deleted": "UPDATE chat.users SET deleted_at = now()",
    "thirty seconds passed": "UPDATE chat.ws_tickets SET expires_at = now() - interval '1 s'",
    "it names another user": "UPDATE chat.ws_tickets SET user_id ="
                             " (SELECT id FROM chat.users WHERE username = 'other')",
}


@pytest.mark.parametrize("why", SPOILT)
def test_a_ticket_is_no_better_than_its_credential(db, why):
    alice = db.user()
    db.user("other")
    of_token = "token" in why
    cred = db.token(alice)[0] if of_token else alice.session
    ticket = make_ticket(db, alice, "api_token" if of_token else "session", cred)
    db.owner.execute(SPOILT[why])
    assert db.call("take_ticket", ticket) is None
    assert db.value("SELECT count(*) FROM chat.ws_tickets") == 0  # used up nevertheless


def test_tickets_that_nobody_used_are_forgotten_in_small_bites(db):
    alice = db.user()
    for _ in range(10):
        make_ticket(db, alice)
    db.owner.execute("UPDATE chat.ws_tickets SET expires_at = now() - interval '1 s'")
    counts = []
    for _ in range(3):
        make_ticket(db, alice)
        counts.append(db.value("SELECT count(*) FROM chat.ws_tickets"))
    assert counts == [7, 4, 3]  # four go, one comes; the new ones stay


# --- API tokens -----------------------------------------------------------------------------------

DEFAULT, EVERYTHING = READ | WRITE, READ | WRITE | ROOMS | USERS | ADMIN


def create(db, maker, cred=None, user=None, kind="USER", permissions=None, expires=None, life_s=3600,
           note=None, conn=None):
    """A token made by somebody (None: the command line) with his session, unless a credential is named."""
    made, actor = uuid.uuid4(), maker and maker.id
    row = db.call("create_token", actor, cred or (maker and maker.session), made,
                  (user or maker).id, kind, secret(), "cs_…", permissions, expires, life_s,
                  "192.0.2.1", note, conn=conn)
    return made, row


def status(*arguments, **options):
    return create(*arguments, **options)[1].status


def audited(db):
    return [tuple(row) for row in db.owner.execute(
        "SELECT actor_id, action, target_id, ip_address, data FROM chat.audit_log ORDER BY id")]


def test_a_name_is_kept_and_goes_with_its_owner(db):
    alice = db.user()
    token, _ = create(db, alice, note="  her bot ")
    blank, _ = create(db, alice, note=" ")
    assert db.value("SELECT name FROM chat.api_tokens WHERE id = %s", token) == "her bot"
    assert db.value("SELECT name FROM chat.api_tokens WHERE id = %s", blank) is None
    assert "note" not in audited(db)[0][4], "in the audit log stands what the operator has typed alone"
    db.owner.execute("UPDATE chat.api_tokens SET revoked_at = now() WHERE id = %s", (token,))
    db.call("delete_user", None, alice.id, None)
    assert db.value("SELECT count(*) FROM chat.api_tokens WHERE name IS NOT NULL") == 0


def test_a_token_of_ones_own(db):
    alice = db.user()
    token, row = create(db, alice)
    assert row[:4] == ("ok", alice.name, "MEMBER", DEFAULT)
    kept = db.one("SELECT user_id, type, prefix, permissions, revoked_at,"
                  " expires_at - created_at AS life FROM chat.api_tokens WHERE id = %s", token)
    assert kept == (alice.id, "USER", "cs_…", None, None, timedelta(hours=1))
    assert audited(db) == [(alice.id, "token_created", token, "192.0.2.1",
                            {"type": "USER", "permissions": DEFAULT, "userId": str(alice.id)})]


def test_the_command_line_may_everything_for_ever(db):
    alice = db.user()
    token, row = create(db, None, user=alice, kind="CLIENT", permissions=EVERYTHING, life_s=None,
                        note="the first")
    assert (row.status, row.permissions, row.expires_at) == ("ok", EVERYTHING, None)
    assert audited(db) == [(None, "token_created", token, "192.0.2.1", {
        "type": "CLIENT", "permissions": EVERYTHING, "userId": str(alice.id), "note": "the first"})]
    assert create(db, None, user=alice, kind="CLIENT", life_s=None)[1].permissions == 15


def test_nobody_makes_tokens_for_another(db):
    alice, bob, admin = db.user(), db.user(), db.user(role="ADMIN")
    assert status(db, alice, user=bob) == "not_yours"
    assert status(db, admin, user=bob) == "not_yours"
    gone = type(bob)(uuid.uuid4(), "nobody", None)
    assert status(db, alice, user=gone) == "not_yours"  # nor learns who is there


def test_tokens_for_applications_are_an_admins_to_make(db):
    alice, moderator, admin = db.user(), db.user(role="MODERATOR"), db.user(role="ADMIN")
    assert status(db, alice, kind="CLIENT") == "forbidden"
    assert status(db, moderator, kind="CLIENT", permissions=READ) == "forbidden"
    assert status(db, admin, kind="CLIENT", permissions=EVERYTHING) == "ok"
    assert create(db, admin, user=alice, kind="CLIENT")[1][:4] == ("ok", alice.name, "MEMBER", 15)
    weak, _ = db.token(admin)
    assert status(db, admin, weak, kind="CLIENT") == "forbidden"
    client, _ = db.token(admin, "CLIENT", EVERYTHING)
    assert status(db, admin, client, kind="CLIENT") == "forbidden"


# The maker's role or the permissions of his token, what he asks for, and what he is told.
ESCALATIONS = [
    ("MEMBER", None, READ, "ok"), ("MEMBER", None, 0, "ok"),
    ("MEMBER", None, ROOMS, "escalation"), ("MEMBER", None, ADMIN, "escalation"),
    ("MODERATOR", None, ROOMS, "ok"), ("MODERATOR", None, USERS, "escalation"),
    ("ADMIN", None, EVERYTHING, "ok"),
    ("ADMIN", READ, READ, "ok"), ("ADMIN", READ, WRITE, "escalation"),
    ("ADMIN", READ, None, "escalation"), ("ADMIN", DEFAULT, None, "ok"),
    ("ADMIN", DEFAULT, ADMIN, "escalation"), ("ADMIN", EVERYTHING, EVERYTHING, "ok"),
]


@pytest.mark.parametrize("role, have, ask, told", ESCALATIONS)
def test_a_token_gets_nothing_that_its_maker_lacks(db, role, have, ask, told):
    maker = db.user(role=role)
    cred = None if have is None else db.token(maker, permissions=have)[0]
    assert status(db, maker, cred, permissions=ask) == told
    assert db.value("SELECT count(*) FROM chat.audit_log") == (told == "ok")


@pytest.mark.parametrize("have, ask, told", [
    (None, None, "ok"), (USERS, None, "ok"), (USERS, ROOMS, "escalation"), (USERS | ROOMS, ROOMS, "ok"),
    (None, USERS, "escalation"), (None, ADMIN, "escalation"),
    (USERS, EVERYTHING, "escalation"), (USERS | ADMIN, EVERYTHING, "ok"), (READ | WRITE, None, "forbidden"),
    (EVERYTHING & ~USERS, READ, "forbidden")])
def test_what_an_application_gives_people(db, have, ask, told):
    """Reading and writing, and what it has itself; accounts are ended by an `admin` only. Without `users`, nothing."""
    owner, alice = db.users(2)
    client, _ = db.token(owner, "CLIENT", have)
    token, row = create(db, owner, client, user=alice, permissions=ask)
    assert row.status == told
    if told == "ok":
        assert audited(db)[0][4]["by"] == str(client)


def test_a_credential_that_is_not_the_actors_gives_nothing(db):
    alice, admin = db.user(), db.user(role="ADMIN")
    token, _ = db.token(admin, permissions=EVERYTHING)
    assert status(db, alice, token) == "escalation"
    assert status(db, alice, admin.session) == "escalation"
    assert status(db, admin, alice.session, kind="CLIENT") == "forbidden"


def test_a_token_made_by_a_token_ends_with_it(db):
    alice = db.user()
    short, _ = db.token(alice, expires="10 minutes")
    ends = db.value("SELECT expires_at FROM chat.api_tokens WHERE id = %s", short)
    far = ends + timedelta(days=30)
    soon = ends - timedelta(minutes=5)
    assert create(db, alice, short)[1].expires_at == ends
    assert create(db, alice, short, expires=far)[1].expires_at == ends
    assert create(db, alice, short, expires=soon)[1].expires_at == soon
    assert create(db, alice, expires=far)[1].expires_at == far  # a session promises nothing
    db.owner.execute("UPDATE chat.api_tokens SET expires_at = NULL WHERE id = %s", (short,))
    assert create(db, alice, short, expires=far)[1].expires_at == far


@pytest.mark.parametrize("how", ("is_active = false", "deleted_at = now()"))
def test_no_token_for_who_is_gone(db, how):
    owner, alice = db.users(2)
    client, _ = db.token(owner, "CLIENT")
    db.owner.execute(f"UPDATE chat.users SET {how} WHERE id = %s", (alice.id,))
    assert status(db, owner, client, user=alice) == "user_not_found"
    assert status(db, None, user=alice) == "user_not_found"


def test_a_user_has_at_most_a_hundred_live_tokens(db):
    alice = db.user()
    for n in range(102):
        db.token(alice, expires="-1 s" if n < 3 else "1 day")
    assert db.call("revoke_token", None, None, db.token(alice)[0], None).revoke_token == "ok"
    conns = [db.connect() for _ in range(4)]  # 99 are live: one of four gets the last place
    told = parallel(4, lambda n: status(db, alice, conn=conns[n]))
    assert sorted(told) == ["limit"] * 3 + ["ok"]
    assert status(db, None, user=alice) == "ok"  # the command line is not held back


# --- revoking -------------------------------------------------------------------------------------


def revoke(db, who, token, cred=None):
    return db.call("revoke_token", who and who.id, cred or (who and who.session), token,
                   "192.0.2.1").revoke_token


def revoked(db, token):
    return db.value("SELECT revoked_at IS NOT NULL FROM chat.api_tokens WHERE id = %s", token)


def test_revoking_twice_is_revoking_once(db):
    alice = db.user()
    token, _ = db.token(alice)
    assert [revoke(db, alice, token) for _ in range(2)] == ["ok", "ok"]
    assert revoked(db, token)
    assert audited(db) == [(alice.id, "token_revoked", token, "192.0.2.1",
                            {"type": "USER", "userId": str(alice.id)})]


def test_who_may_revoke(db):
    alice, bob, admin = db.user(), db.user(), db.user(role="ADMIN")
    client, _ = db.token(bob, "CLIENT")
    weak, _ = db.token(bob, "CLIENT", READ | WRITE | ROOMS | ADMIN)
    admins, _ = db.token(admin)
    for who, cred, told in [(bob, None, "not_found"), (bob, weak, "not_found"), (bob, client, "ok"),
                            (admin, admins, "not_found"), (admin, None, "ok"), (None, None, "ok")]:
        token, _ = db.token(alice)
        assert revoke(db, who, token, cred) == told
        assert revoked(db, token) == (told == "ok")
    assert revoke(db, admin, uuid.uuid4()) == "not_found"
    assert revoke(db, alice, alice.session) == "not_found"  # a session is no token


def test_a_token_revokes_itself_and_with_write_its_owners(db):
    alice = db.user()
    reader, _ = db.token(alice, permissions=READ)
    writer, _ = db.token(alice, permissions=READ | WRITE)
    assert revoke(db, alice, writer, reader) == "forbidden"
    assert revoke(db, alice, reader, reader) == "ok"
    other, _ = db.token(alice)
    assert revoke(db, alice, other, writer) == "ok"


def test_an_application_ends_itself_and_not_its_owners_tokens(db):
    alice = db.user()
    client, _ = db.token(alice, "CLIENT", READ)
    mine, _ = db.token(alice)
    assert revoke(db, alice, mine, client) == "not_found"
    assert revoke(db, alice, client, client) == "ok"


# --- people ---------------------------------------------------------------------------------------


@pytest.fixture
def application(db):
    """An owner and the CLIENT token that acts."""
    owner = db.user()
    return owner, db.token(owner, "CLIENT")[0]


def person(db, application, name, email=None, external=None, conn=None):
    owner, client = application
    return db.call("create_person", owner.id, client, uuid.uuid4(), name, email, external, None,
                   secret(), "cs_user_…", 3600, "192.0.2.1", conn=conn)


def test_a_person_and_his_token(db, application):
    made = person(db, application, "Zoe\u0301", "zoe@example.org", "42")
    assert made[:3] == ("ok", "Zo\u00e9", "MEMBER")
    row = db.one("SELECT u.password_hash, u.external_id, t.type, t.permissions, t.expires_at"
                 " FROM chat.users AS u JOIN chat.api_tokens AS t ON t.user_id = u.id"
                 " WHERE u.username = 'Zo\u00e9'")
    assert row == (None, "42", "USER", None, made.expires_at)
    assert [(entry[0], entry[1]) for entry in audited(db)] == [
        (application[0].id, "user_created"), (application[0].id, "token_created")]


def test_what_is_taken_is_named(db, application):
    assert person(db, application, "Zoe", "zoe@example.org", "42").status == "ok"
    assert person(db, application, "ZOE").status == "name_taken"
    assert person(db, application, "\uff3aoe").status == "name_taken"  # a wide Z
    assert person(db, application, "Ann", "ZOE@example.org").status == "email_taken"
    assert person(db, application, "Ann", None, "42").status == "external_id_taken"
    assert person(db, application, "\u0958" * 100).status == "name_too_long"  # each is two in NFC
    assert db.value("SELECT count(*) FROM chat.users") == 2


def test_of_many_who_want_one_name_one_gets_it(db, application):
    conns = [db.connect() for _ in range(6)]
    told = parallel(6, lambda n: person(db, application, "Zoe", conn=conns[n]).status)
    assert sorted(told) == ["name_taken"] * 5 + ["ok"]


def test_no_user_without_a_token(db):
    owner = db.user()
    weak, _ = db.token(owner, "CLIENT", READ)
    with pytest.raises(psycopg.Error) as caught:
        person(db, (owner, weak), "Zoe")
    assert caught.value.sqlstate == "CS403"
    assert db.value("SELECT count(*) FROM chat.users WHERE username = 'Zoe'") == 0
