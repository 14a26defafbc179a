"""Counting failed logins (functions/throttle.sql) and what stands around it (functions/accounts.sql)."""

import uuid
from datetime import timedelta

import pytest
from chatdb import parallel

HERE, THERE = "192.0.2.1", "192.0.2.2"
FREE = (2, 4, 6)  # pair, account, address


def begin(db, login="alice", ip=HERE, by_email=False, free=FREE, conn=None):
    return db.call("login_begin", login, by_email, ip, *free, conn=conn)


def waits(db, n, **options):
    """The waits that n attempts are told, all wrong."""
    return [begin(db, **options).wait_ms for _ in range(n)]


def later(db, **time):
    """Time passes."""
    db.owner.execute("UPDATE chat.login_attempts SET last_at = last_at - %s", (timedelta(**time),))


def with_password(db, name=None, **columns):
    user = db.user(name)
    for column, value in {"password_hash": "a hash", **columns}.items():
        db.owner.execute(f"UPDATE chat.users SET {column} = %s WHERE id = %s", (value, user.id))
    return user


def login(db, user, ip=HERE, typed=None, **changes):
    call = {"login": typed or user.name, "hash": "a hash", "new_hash": None, "id": uuid.uuid4(), "user": user.id,
            "kind": "jwt", "token": None, "device": "a browser", "ip": ip, "ttl": 60, "refresh": None, "idle": 60,
            "max": 60} | changes
    return db.call("login", *call.values()).login


def audit(db):
    return [(row.action, row.target_id) for row in db.owner.execute(
        "SELECT action, target_id FROM chat.audit_log ORDER BY id")]


# --- who it is --------------------------------------------------------------------------------------


def test_an_account_is_found_by_its_name_and_by_its_address(db):
    alice = with_password(db, "Alice", email="Alice@example.org")
    with_password(db, "bob@home", email="bob@example.org")
    for typed, by_email in (("alice", False), ("ALICE", False), ("alice@Example.org", False), ("alice@example.org", True)):
        found = begin(db, typed, by_email=by_email, free=(99, 99, 99))
        assert (found.user_id, found.password_hash, found.is_active) == (alice.id, "a hash", True)
    assert begin(db, "bob@home").user_id
    for typed, by_email in (("alice", True), ("nobody", False), ("nobody@example.org", False)):
        assert begin(db, typed, by_email=by_email).user_id is None
    db.owner.execute("UPDATE chat.users SET deleted_at = now()")
    assert begin(db, "alice").user_id is None


# --- how often ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["alice", "nobody"])
def test_the_waits_of_a_pair_double(db, typed):
    with_password(db, "alice")
    assert [begin(db, typed).next_ms for _ in range(2)] == [0, 0]
    assert begin(db, typed).next_ms == pytest.approx(1000, abs=50)
    refused = begin(db, typed)
    assert 0 < refused.wait_ms <= 1000 and refused[1:] == (0, None, None, None)
    for failures, wait_s in enumerate((1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300), start=3):
        db.owner.execute("UPDATE chat.login_attempts SET failures = %s, last_at = clock_timestamp()"
                         " WHERE key = (chat.login_keys(%s, %s))[1]", (failures, typed, HERE))
        assert wait_s * 1000 - 500 < begin(db, typed, free=(2, 99, 99)).wait_ms <= wait_s * 1000


def test_the_caps(db):
    """However many have failed, and each key by itself."""
    db.owner.execute("SET search_path = chat")
    for i, cap_s in ((1, 300), (2, 30), (3, 60)):
        begin(db, "alice")
        db.owner.execute("UPDATE login_attempts SET failures = 0")
        db.owner.execute("UPDATE login_attempts SET failures = 1000, last_at = now()"
                         " WHERE key = (login_keys('alice', %s))[%s]", (HERE, i))
        assert cap_s * 1000 - 2000 < begin(db, "alice").wait_ms <= cap_s * 1000
        later(db, seconds=cap_s)
        assert begin(db, "alice").wait_ms == 0
        assert max(row[0] for row in db.owner.execute("SELECT failures FROM login_attempts")) <= FREE[i - 1] + 10
        db.owner.execute("TRUNCATE login_attempts")


def test_a_wait_only_goes_down_and_refusals_do_not_move_it(db):
    waits(db, 5 - 1)
    left = [begin(db).wait_ms for _ in range(20)]
    assert left == sorted(left, reverse=True) and left[0] <= 1000
    count = "SELECT array_agg((key, failures, last_at) ORDER BY key) FROM chat.login_attempts"
    before = db.value(count)
    assert before == (begin(db), db.value(count))[1]


def test_a_clock_that_is_set_back_makes_nobody_wait_for_longer(db):
    waits(db, 2)
    later(db, hours=-1)
    assert begin(db).next_ms == pytest.approx(1000, abs=50)
    later(db, hours=-1)
    assert begin(db).wait_ms == pytest.approx(1000, abs=50)


def test_a_refused_attempt_leaves_no_row_for_its_name(db):
    waits(db, 7, free=(99, 99, 6))
    rows = db.value("SELECT count(*) FROM chat.login_attempts")
    assert begin(db, "another").wait_ms > 0
    assert db.value("SELECT count(*) FROM chat.login_attempts") == rows


def test_one_failure_a_minute_is_forgotten(db):
    waits(db, 3)
    later(db, seconds=90)
    assert begin(db).next_ms == pytest.approx(700, abs=50)  # 3 - 1.5 + 1 = 2.5 failures, 2 of them free
    later(db, hours=1)
    assert [begin(db).next_ms for _ in range(3)] == [0, 0, pytest.approx(1000, abs=50)]


def test_an_account_has_many_guessers(db):
    """Each of them at most twice: no pair is used up. Another account is not concerned."""
    told = [begin(db, ip=f"192.0.2.{n}").wait_ms for n in range(8)]
    assert told[:5] == [0] * 5 and min(told[5:]) > 0
    assert begin(db, "bob", ip="192.0.2.7").wait_ms == 0


def test_an_address_has_many_accounts(db):
    told = [begin(db, f"user{n}").wait_ms for n in range(9)]
    assert told[:7] == [0] * 7 and min(told[7:]) > 0
    assert begin(db, "user0", ip=THERE).wait_ms == 0


@pytest.mark.parametrize("one, other, same", [
    ("192.0.2.1", "192.0.2.2", False),
    ("2001:db8::1", "2001:db8::ffff:1", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ("unix:", None, True),
    ("", "no address", True),
    (None, "192.0.2.1", False),
])
def test_what_counts_as_one_address(db, one, other, same):
    waits(db, 7, ip=one, free=(99, 99, 6))
    assert (begin(db, "another", ip=other, free=(99, 99, 6)).wait_ms > 0) is same


@pytest.mark.parametrize("like", ["ALICE", "\uff21lice"])
def test_names_that_are_one_are_counted_as_one(db, like):
    waits(db, 3)
    assert begin(db, like).wait_ms > 0


def test_guesses_at_once_are_let_through_as_if_one_by_one(db):
    """Forty connections, all of which see the count of none."""
    conns = [db.connect() for _ in range(40)]
    told = parallel(40, lambda n: begin(db, conn=conns[n]).wait_ms)
    assert sum(wait == 0 for wait in told) == 3
    assert db.value("SELECT count(*) FROM chat.login_attempts WHERE failures > 3") == 0


def test_success_begins_anew_but_for_the_address(db):
    alice = with_password(db, "alice")
    assert waits(db, 3) == [0, 0, 0]
    assert login(db, alice) == "ok"
    assert [(begin(db).wait_ms, login(db, alice)) for _ in range(20)] == [(0, "ok")] * 20
    assert waits(db, 3) == [0, 0, 0]
    assert begin(db).wait_ms > 0
    assert begin(db, "bob").wait_ms == 0  # the address counts six failures: 2, none of 20, 3, and this one
    assert begin(db, "carol").wait_ms == 0
    assert begin(db, "dave").wait_ms > 0


def test_logging_in_to_an_account_of_ones_own_makes_no_room_for_guesses(db):
    mallory = with_password(db, "mallory")
    free = (99, 99, 6)
    failures = []
    for n in range(12):
        later(db, minutes=1)
        assert begin(db, f"victim{n}", free=free).wait_ms == 0
        later(db, minutes=1)
        assert begin(db, "mallory", free=free).wait_ms == 0
        assert login(db, mallory) == "ok"
        failures.append(db.value("SELECT max(failures - extract(epoch FROM now() - last_at) / 60) FROM"
                                 " chat.login_attempts WHERE key = (chat.login_keys('x', %s))[3]", HERE))
    assert failures == pytest.approx([0] * 12, abs=0.1)
    db.owner.execute("UPDATE chat.login_attempts SET failures = 8, last_at = now() - interval '1 minute'"
                     " WHERE key = (chat.login_keys('x', %s))[3]", (HERE,))
    begin(db, "mallory", free=free)
    login(db, mallory)
    assert begin(db, "victim", free=free).next_ms == pytest.approx(2000, abs=100)  # eight again: no less


def test_what_was_undone_was_never_tried(db):
    assert waits(db, 2) == [0, 0]
    for _ in range(20):
        assert begin(db).wait_ms == 0
        db.call("login_undo", "alice", HERE)
    assert begin(db).next_ms == pytest.approx(1000, abs=50)


def test_the_owner_is_not_kept_out_by_others(db):
    """Where the account has been signed in before, only the pair and the address count."""
    alice = with_password(db, "alice")
    assert login(db, alice, ip=HERE) == "ok"
    waits(db, 1, ip=HERE)
    for n in range(10, 30):
        begin(db, ip=f"192.0.2.{n}")
    assert begin(db, ip=THERE).wait_ms > 0
    assert begin(db, ip=HERE).wait_ms == 0
    assert waits(db, 3, ip=HERE)[-1] > 0  # but he guesses no more than others


def test_old_counts_are_forgotten_in_small_bites(db):
    db.owner.execute("INSERT INTO chat.login_attempts SELECT gen_random_uuid(), 1, now() - interval '1 day'"
                     " FROM generate_series(1, 20)")
    left = []
    for n in range(4):
        begin(db, ip=f"192.0.2.{n}", login=f"user{n}")
        left.append(db.value("SELECT count(*) FROM chat.login_attempts WHERE last_at < now() - interval '1 hour'"))
    assert left == [14, 8, 2, 0]


# --- the end of it -----------------------------------------------------------------------------------


def test_login_opens_a_session_and_says_so(db):
    alice = with_password(db, "alice")
    session = uuid.uuid4()
    assert login(db, alice, id=session, new_hash="a better one") == "ok"
    assert db.value("SELECT user_id FROM chat.sessions WHERE id = %s", session) == alice.id
    assert db.one("SELECT password_hash, last_seen > now() - interval '1 minute' FROM chat.users") == ("a better one", True)
    row = db.one("SELECT actor_id, action, target_id, ip_address, data FROM chat.audit_log")
    assert row == (alice.id, "login", alice.id, HERE, {"session": str(session)})


def test_a_password_that_was_changed_meanwhile_opens_nothing(db):
    alice = with_password(db)
    db.owner.execute("UPDATE chat.users SET password_hash = 'another'")
    assert login(db, alice) == "bad_login"
    db.owner.execute("UPDATE chat.users SET password_hash = 'a hash', is_active = false")
    assert login(db, alice) == "disabled"
    db.owner.execute("UPDATE chat.users SET is_active = true, deleted_at = now()")
    assert login(db, alice) == "bad_login"
    assert audit(db) == []


def test_failures_are_noted_and_waits_once(db):
    alice = with_password(db)
    db.call("login_failed", alice.id, False, HERE, 0)
    db.call("login_failed", None, False, HERE, 2000)
    assert audit(db) == [("login_failed", alice.id), ("login_failed", None), ("login_throttled", None)]
    assert db.value("SELECT data FROM chat.audit_log WHERE action = 'login_throttled'") == {"wait_ms": 2000}


# --- invitations -------------------------------------------------------------------------------------


def test_invitations_are_the_operators(db):
    token = uuid.uuid4().bytes * 2
    made = db.owner.execute("SELECT chat.create_invite(%s, 'cs_inv_abcd', 2, NULL)", (token,)).fetchone()[0]
    for status in ("ok", "already"):
        assert db.value("SELECT chat.revoke_invite(%s)", made) == status
    assert db.value("SELECT chat.revoke_invite(%s)", uuid.uuid4()) == "not_found"
    assert audit(db) == [("invite_created", made), ("invite_revoked", made)]


# --- plans -------------------------------------------------------------------------------------------


def test_logging_in_scans_no_table(db):
    """Planned on empty tables, on a connection with no settings of the programs', and used on full ones."""
    conn = db.connect("app", options="")
    alice = with_password(db, "alice")
    for _ in range(7):
        begin(db, conn=conn, free=(99, 99, 99))
        begin(db, "alice@example.org", conn=conn, free=(99, 99, 99))
    db.owner.execute("INSERT INTO chat.users (id, username) SELECT gen_random_uuid(), 'u' || n FROM generate_series(1, 3000) AS n")
    db.owner.execute("INSERT INTO chat.login_attempts SELECT gen_random_uuid(), 1, now() FROM generate_series(1, 3000)")
    seen = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('users', 'login_attempts', 'sessions') ORDER BY 1"
    flush = "SELECT pg_stat_force_next_flush()"
    conn.execute(flush), db.owner.execute(flush)
    before = db.owner.execute(seen).fetchall()
    for _ in range(5):
        begin(db, conn=conn, free=(99, 1, 99))
        begin(db, "alice@example.org", conn=conn, free=(99, 99, 99))
        login(db, alice)
    conn.execute(flush)
    db.app.execute(flush)
    conn.execute("SELECT 1")
    db.app.execute("SELECT 1")
    assert db.owner.execute(seen).fetchall() == before
