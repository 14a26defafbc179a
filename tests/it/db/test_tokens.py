"""Tickets of sockets, API tokens and accounts that applications make: what the functions decide."""

import uuid

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
