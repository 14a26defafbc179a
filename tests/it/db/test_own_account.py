"""What somebody changes about himself: profile and password, at the level of the functions."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from chatdb import NEVER
from system import wait_until

IP = "192.0.2.7"
GONE = ["UPDATE chat.users SET is_active = false", "UPDATE chat.users SET deleted_at = now()"]


def set_profile(db, user, username=None, email=None, full_name=None, bio=None, conn=None):
    return db.call("set_profile", user.id, username, email, full_name, bio, IP, conn=conn).set_profile


def profile(db, user):
    return tuple(db.one("SELECT username, email, full_name, bio FROM chat.users WHERE id = %s", user.id))


def audited(db):
    return [tuple(row) for row in db.owner.execute(
        "SELECT action, actor_id, target_id, data, ip_address FROM chat.audit_log ORDER BY id")]


# --- the profile ----------------------------------------------------------------------------------


def test_null_leaves_and_empty_clears(db):
    ann = db.user("ann")
    assert set_profile(db, ann, email="ann@example.org", full_name="Ann", bio="hers") == "ok"
    assert profile(db, ann) == ("ann", "ann@example.org", "Ann", "hers")
    assert set_profile(db, ann, bio="") == "ok"
    assert profile(db, ann) == ("ann", "ann@example.org", "Ann", None)
    assert set_profile(db, ann, email="", full_name="") == "ok"
    assert profile(db, ann) == ("ann", None, None, None)


def test_the_audit_row_names_the_fields_and_not_what_is_in_them(db):
    ann = db.user("ann")
    set_profile(db, ann, username="anne", bio="secret")
    set_profile(db, ann, username="anne", email="", bio="secret")  # as it is
    set_profile(db, ann, email="ann@example.org")
    assert audited(db) == [
        ("profile_changed", ann.id, ann.id, {"fields": ["bio", "username"]}, IP),
        ("profile_changed", ann.id, ann.id, {"fields": ["email"]}, IP)]


def test_what_changes_nothing_leaves_updated_at(db):
    ann = db.user("ann")
    when = "SELECT updated_at FROM chat.users WHERE id = %s"
    before = db.value(when, ann.id)
    set_profile(db, ann, username="ann", bio="")
    assert db.value(when, ann.id) == before
    set_profile(db, ann, bio="more")
    assert db.value(when, ann.id) > before


@pytest.mark.parametrize("taken", ["Bob", "bob", "BOB", "\uff22ob"])
def test_a_name_that_looks_like_anothers_is_taken(db, taken):
    ann, _ = db.user("ann"), db.user("Bob")
    assert set_profile(db, ann, username=taken, bio="x") == "username_taken"
    assert profile(db, ann) == ("ann", None, None, None) and audited(db) == []


def test_ones_own_name_may_change_its_case_and_is_composed(db):
    ann = db.user("ann")
    assert set_profile(db, ann, username="Ann") == "ok"
    assert set_profile(db, ann, username="Zoe\u0308") == "ok"
    assert profile(db, ann)[0] == "Zo\u00eb"
    assert db.value("SELECT name_key FROM chat.users WHERE id = %s", ann.id) == "zo\u00eb"


def test_an_address_that_is_taken(db):
    ann, bob = db.users(2)
    assert set_profile(db, bob, email="bob@example.org") == "ok"
    assert set_profile(db, ann, email="BOB@example.org") == "email_taken"
    assert set_profile(db, bob, email="BOB@example.org") == "ok"


def test_of_two_who_want_one_name_at_once_one_gets_it(db):
    ann, bob = db.users(2)
    first, second = db.connect(), db.connect()
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            assert set_profile(db, ann, username="carol", conn=first) == "ok"
            other = pool.submit(set_profile, db, bob, username="Carol", conn=second)
            wait_until(lambda: db.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1,
                       what="the second waits")
        assert other.result() == "username_taken"


@pytest.mark.parametrize("spoil", GONE)
def test_who_is_gone_changes_nothing(db, spoil):
    ann = db.user()
    db.owner.execute(spoil)
    assert set_profile(db, ann, bio="still here") == "not_found"


# --- the password ---------------------------------------------------------------------------------


def with_password(db, hashed="old"):
    user = db.user()
    db.owner.execute("UPDATE chat.users SET password_hash = %s WHERE id = %s", (hashed, user.id))
    return user


def another_session(db, user):
    session = uuid.uuid4()
    assert db.call("open_session", session, user.id, "jwt", None, None, None, 60, None, 0, 0).status == "ok"
    return session


def change(db, user, session=None, old="old", new="new"):
    return db.call("change_password", user.id, session or user.session, old, new, IP)


def stored(db, user):
    return db.value("SELECT password_hash FROM chat.users WHERE id = %s", user.id)


def test_a_new_password_ends_the_other_sessions(db):
    ann, bob = with_password(db), with_password(db)
    others = {another_session(db, ann) for _ in range(2)}
    changed = change(db, ann)
    assert (changed.status, set(changed.ended)) == ("ok", others)
    assert (stored(db, ann), stored(db, bob)) == ("new", "old")
    live = db.owner.execute("SELECT id FROM chat.sessions WHERE revoked_at IS NULL").fetchall()
    assert {row.id for row in live} == {ann.session, bob.session}
    assert audited(db) == [("password_changed", ann.id, ann.id, {"ended": 2}, IP)]


def test_only_what_was_verified_is_replaced(db):
    ann = with_password(db)
    another_session(db, ann)
    assert tuple(change(db, ann, old="older")) == ("changed", None)
    assert stored(db, ann) == "old" and audited(db) == []
    nobody = db.user()
    assert change(db, nobody, old=None).status == "changed"


@pytest.mark.parametrize("spoil", GONE + ["UPDATE chat.sessions SET revoked_at = now()",
                                          "UPDATE chat.sessions SET expires_at = now()"])
def test_an_ended_session_changes_no_password(db, spoil):
    ann = with_password(db)
    db.owner.execute(spoil)
    assert change(db, ann).status == "unauthorized"
    assert stored(db, ann) == "old"


def test_a_session_of_another_changes_no_password(db):
    ann, bob = with_password(db), with_password(db)
    assert change(db, ann, session=bob.session).status == "unauthorized"
    assert change(db, ann, session=NEVER).status == "unauthorized"
