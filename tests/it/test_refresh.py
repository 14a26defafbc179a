"""Refresh tokens (security S3): used once, repeated within the grace time, stolen, and out of time."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from answers import assert_problem
from people import unique

BAD = (401, "bad_refresh", "Invalid refresh token")
OF = "WHERE session_id = (SELECT s.id FROM chat.sessions AS s WHERE s.user_id = %s)"


def refresh(who, token=None):
    return who.post("/auth/refresh", json={"refresh_token": token or who.refresh_token})


def renew(who):
    """Goes on with the next pair; the answer's body."""
    answer = refresh(who)
    assert answer.status_code == 200, answer.text
    who.take(answer.json())
    return answer.json()


def sql(system, statement, *parameters):
    with system.db() as db:
        cursor = db.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else None


def is_in(who):
    return who.get("/auth/me").status_code == 200


def assert_family_is_dead(system, who, reused):
    """At once on REST, for the newest token too; and the log says why."""
    assert_problem(who.get("/auth/me"), 401, "unauthorized")
    assert_problem(refresh(who), *BAD)
    rows = sql(system, "SELECT ip_address FROM chat.audit_log WHERE action = 'refresh_reused' AND actor_id = %s",
               who.id)
    assert rows == [("127.0.0.1",)] * reused


# --- one use --------------------------------------------------------------------------------------


def test_each_pair_works_and_is_used_up_by_the_next(system, person):
    ann = person()
    seen = {ann.refresh_token}
    for _ in range(3):
        pair = renew(ann)
        assert pair["token_type"] == "bearer" and pair["expires_in"] == 900
        seen.add(pair["refresh_token"])
        assert is_in(ann)
    assert len(seen) == 4
    assert sql(system, f"SELECT count(*), count(used_at) FROM chat.refresh_tokens {OF}", ann.id) == [(4, 3)]


def test_the_last_use_repeated_at_once_is_the_same_successor(system, person):
    ann = person()
    old = ann.refresh_token
    first, again = refresh(ann, old), refresh(ann, old)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["refresh_token"] == again.json()["refresh_token"] != old
    ann.take(again.json())
    renew(ann)
    assert is_in(ann)


def test_twenty_at_once_get_one_successor_and_the_family_lives(system, person):
    ann = person()
    old = ann.refresh_token
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refresh(ann, old), range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert sql(system, f"SELECT count(*) FROM chat.refresh_tokens {OF}", ann.id) == [(2,)]
    ann.take(answers[0].json())
    renew(ann)
    assert is_in(ann)


# --- reuse ----------------------------------------------------------------------------------------


def test_a_use_repeated_after_the_grace_time_ends_the_family(system, person, connect):
    ann = person()
    socket, old = connect(ann), ann.refresh_token
    renew(ann)
    sql(system, f"UPDATE chat.refresh_tokens SET used_at = now() - interval '10.5 s' {OF} AND generation = 1", ann.id)
    assert_problem(refresh(ann, old), *BAD)
    assert_family_is_dead(system, ann, 1)
    assert socket.wait_closed(timeout=5).code == 4401


def test_within_the_grace_time_a_use_may_be_repeated_until_its_end(system, person):
    ann = person()
    old = ann.refresh_token
    renew(ann)
    sql(system, f"UPDATE chat.refresh_tokens SET used_at = now() - interval '8 s' {OF} AND generation = 1", ann.id)
    assert refresh(ann, old).json()["refresh_token"] == ann.refresh_token
    assert is_in(ann)


def test_an_older_one_ends_the_family_even_within_the_grace_time(system, person, connect):
    ann = person()
    socket, old = connect(ann), ann.refresh_token
    renew(ann)
    renew(ann)
    assert_problem(refresh(ann, old), *BAD)
    assert_family_is_dead(system, ann, 1)
    assert_problem(refresh(ann, old), *BAD)  # what is dead is not stolen again
    assert_family_is_dead(system, ann, 1)
    assert socket.wait_closed(timeout=5).code == 4401


def test_the_other_families_of_the_user_live(system, person, anonymous):
    ann = person()
    anonymous.name = ann.name
    other = anonymous.login()
    old = ann.refresh_token
    renew(ann)
    renew(ann)
    assert refresh(ann, old).status_code == 401
    renew(other)
    assert is_in(other) and not is_in(ann)


# --- time -----------------------------------------------------------------------------------------


def test_idle_for_seven_days(system, person):
    ann = person()
    sql(system, f"UPDATE chat.refresh_tokens SET expires_at = expires_at - interval '7 days' + interval '1 minute' {OF}",
        ann.id)
    renew(ann)  # a minute before the end; the next has seven days again
    left = f"SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM chat.refresh_tokens {OF} AND used_at IS NULL"
    assert sql(system, left, ann.id) == [(7 * 24,)]
    sql(system, f"UPDATE chat.refresh_tokens SET expires_at = expires_at - interval '7 days' {OF}", ann.id)
    assert_problem(refresh(ann), *BAD)
    assert is_in(ann)  # out of time is no theft: the access token lives to its end


def test_thirty_days_at_most_however_busy(system, person):
    ann = person()
    back = ("UPDATE chat.refresh_tokens SET family_ends_at = family_ends_at - interval '29 days' " + OF)
    sql(system, back, ann.id)
    renew(ann)
    rows = sql(system, "SELECT expires_at = family_ends_at, round(extract(epoch FROM expires_at - now()) / 3600)"
                       f" FROM chat.refresh_tokens {OF} AND used_at IS NULL", ann.id)
    assert rows == [(True, 24)]
    sql(system, f"UPDATE chat.refresh_tokens SET family_ends_at = family_ends_at - interval '1 day' {OF}", ann.id)
    assert_problem(refresh(ann), *BAD)


def test_a_session_ends_after_thirty_days_whatever_its_tokens_say(system, person):
    ann = person()
    rows = sql(system, "SELECT round(extract(epoch FROM expires_at - created_at) / 86400) FROM chat.sessions"
                       " WHERE user_id = %s", ann.id)
    assert rows == [(30,)]
    sql(system, "UPDATE chat.sessions SET expires_at = expires_at - interval '30 days' WHERE user_id = %s", ann.id)
    assert not is_in(ann)
    assert_problem(refresh(ann), *BAD)


# --- whose ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", [
    "UPDATE chat.users SET is_active = false WHERE id = %s",
    "UPDATE chat.users SET deleted_at = now() WHERE id = %s",
    "UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s"])
def test_who_is_out_gets_no_new_pair(system, person, spoil):
    ann = person()
    sql(system, spoil, ann.id)
    assert_problem(refresh(ann), *BAD)


def test_who_is_enabled_again_goes_on(system, person):
    ann = person()
    for active, status in ((False, 401), (True, 200)):
        sql(system, "UPDATE chat.users SET is_active = %s WHERE id = %s", active, ann.id)
        assert refresh(ann).status_code == status


def test_the_next_access_token_says_the_new_role_and_name(system, person):
    ann = person()
    name = unique("anne")
    sql(system, "UPDATE chat.users SET role = 'MODERATOR', username = %s WHERE id = %s", name, ann.id)
    old = claims(ann.access_token)
    renew(ann)
    new = claims(ann.access_token)
    assert (old["username"], old["role"]) == (ann.name, "MEMBER")
    assert (new["sub"], new["username"], new["role"]) == (name, name, "MODERATOR")
    assert (new["userId"], new["sid"]) == (old["userId"], old["sid"])


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.mark.parametrize("body, status", [
    ({}, 422), ({"refresh_token": None}, 422), ({"refresh_token": ""}, 422), ({"refresh_token": 7}, 422),
    ({"refresh_token": "x"}, 401), ({"refresh_token": "cs_rt_" + "x" * 38}, 401),
    ({"refresh_token": "x" * 1025}, 422)])
def test_what_is_no_refresh_token(anonymous, body, status):
    assert_problem(anonymous.post("/auth/refresh", json=body), status)


def test_an_access_token_is_no_refresh_token(person):
    ann = person()
    assert_problem(refresh(ann, ann.access_token), *BAD)
    assert_problem(ann.get("/auth/me", headers={"Authorization": f"Bearer {ann.refresh_token}"}), 401)
    assert is_in(ann)
