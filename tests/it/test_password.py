"""Changing one's own password: what it needs, what it ends, and how often it may be tried."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from answers import assert_problem
from apitokens import ApiToken
from people import PASSWORD, Person, unique
from system import USUAL_HASHES, System

NEW = "another long passphrase"
WRONG = (400, "bad_password", "Current password is incorrect")


@pytest.fixture
def again(system):
    """Signs somebody in once more: a client of its own."""
    made = []

    def sign_in(who):
        made.append(Person(system, who.name, who.password).login())
        return made[-1]

    yield sign_in
    for client in made:
        client.close()


def change(who, current=PASSWORD, new=NEW, **fields):
    return who.put("/auth/me/password", json={"current_password": current, "new_password": new, **fields})


def logs_in(who, password):
    return who.post("/auth/login", json={"username": who.name, "password": password}).status_code == 200


def is_in(who):
    return who.get("/auth/me").status_code == 200


def sql(system, statement, *parameters):
    with system.db() as db:
        cursor = db.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else None


def audited(system, who):
    return sql(system, "SELECT action, actor_id::text, data, ip_address FROM chat.audit_log WHERE target_id = %s"
                       " AND action IN ('password_changed', 'login_failed', 'login_throttled') ORDER BY id", who.id)


def forgive(system):
    """Waits are of the account and of the address, and the tests share one."""
    sql(system, "DELETE FROM chat.login_attempts")


# --- what happens ---------------------------------------------------------------------------------


def test_the_new_password_counts_and_the_other_sessions_end(system, person, again, connect):
    ann = person()
    other = again(ann)
    hers, others = connect(ann), connect(other)
    answer = change(ann)
    assert (answer.status_code, answer.json()) == (200, {"message": "Password changed"})
    began = time.monotonic()
    assert is_in(ann) and not is_in(other)
    assert other.post("/auth/refresh", json={"refresh_token": other.refresh_token}).status_code == 401
    ann.take(ann.post("/auth/refresh", json={"refresh_token": ann.refresh_token}).json())
    assert is_in(ann)
    assert others.wait_closed(timeout=5).code == 4401 and time.monotonic() - began < 5
    hers.request("ping")
    assert (logs_in(ann, PASSWORD), logs_in(ann, NEW)) == (False, True)
    assert audited(system, ann)[0] == ("password_changed", ann.id, {"ended": 1}, "127.0.0.1")


def test_opaque_sessions_end_too_and_api_tokens_stay(system, person, anonymous):
    ann = person()
    opaque = anonymous.post("/api/login", json={"username": ann.name, "password": PASSWORD}).json()["token"]
    api_token = ApiToken(system, ann).access_token
    assert change(ann).status_code == 200
    for token, status in ((opaque, 401), (api_token, 200)):
        assert anonymous.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_an_opaque_session_changes_it_and_stays(person, anonymous):
    ann = person()
    opaque = anonymous.post("/api/login", json={"username": ann.name, "password": PASSWORD}).json()["token"]
    anonymous.headers["Authorization"] = f"Bearer {opaque}"
    assert change(anonymous).status_code == 200
    assert is_in(anonymous) and not is_in(ann)


def test_of_two_sessions_at_once_one_wins(person, again):
    ann = person()
    both, passwords = [ann, again(ann)], ["the first of the two", "the second of the two"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda i: change(both[i], new=passwords[i]).status_code, range(2)))
    winner = answers.index(200)
    assert answers[1 - winner] == 401
    assert is_in(both[winner]) and not is_in(both[1 - winner])
    assert [logs_in(ann, password) for password in passwords] == [winner == 0, winner == 1]


def test_of_two_at_once_in_one_session_one_wins(person):
    ann, passwords = person(), ["the first of the two", "the second of the two"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda new: change(ann, new=new), passwords))
    winner = [answer.status_code for answer in answers].index(200)
    assert_problem(answers[1 - winner], *WRONG)
    assert is_in(ann)
    assert [logs_in(ann, password) for password in passwords] == [winner == 0, winner == 1]


# --- what is refused ------------------------------------------------------------------------------


def test_a_wrong_password(system, person, again):
    ann = person()
    other = again(ann)
    for wrong in ("not this one", PASSWORD.upper(), PASSWORD + " ", "x"):
        assert_problem(change(ann, wrong), *WRONG)
    assert is_in(other) and logs_in(ann, PASSWORD)
    assert audited(system, ann) == [("login_failed", None, {}, "127.0.0.1")] * 4
    forgive(system)


def test_an_account_without_a_password(system, person):
    ann = person()
    sql(system, "UPDATE chat.users SET password_hash = NULL WHERE id = %s", ann.id)
    assert_problem(change(ann), *WRONG)
    assert sql(system, "SELECT password_hash FROM chat.users WHERE id = %s", ann.id) == [(None,)]
    forgive(system)


def work_of(system):
    """The processor time that the workers which hash have taken so far, in ticks of 10 ms."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in system.workers("auth")]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats)


def test_an_account_without_a_password_costs_the_same_work():
    """The dummy hash. Processor time, for a busy machine tells nothing by the clock."""
    with System(env=USUAL_HASHES) as system:
        ann, bob = (Person(system).register().login() for _ in range(2))
        sql(system, "UPDATE chat.users SET password_hash = NULL WHERE id = %s", bob.id)
        marks = [work_of(system)]
        for who in (ann, bob):
            for _ in range(5):
                assert_problem(change(who, "not this one"), *WRONG)
            marks.append(work_of(system))
    real, dummy = marks[1] - marks[0], marks[2] - marks[1]
    assert real / 2 < dummy < real * 2


@pytest.mark.parametrize("new", ["short", "x" * 129, "password1", "aaaaaaaaaa", "12345678", PASSWORD])
def test_a_new_password_that_is_no_good(person, new):
    ann = person()
    assert assert_problem(change(ann, new=new), 422, "bad_field")["field"] == "new_password"
    assert logs_in(ann, PASSWORD)


def test_ones_name_and_address_are_no_passwords(person):
    ann = person()
    email = f"{unique('mail')}@example.org"
    assert ann.put("/auth/me", json={"email": email}).status_code == 200
    for new in (ann.name, ann.name.upper(), email):
        assert assert_problem(change(ann, new=new), 422)["field"] == "new_password"


@pytest.mark.parametrize("body, field", [
    ({}, "current_password"), ({"current_password": PASSWORD}, "new_password"), ({"new_password": NEW}, "current_password"),
    ({"current_password": None, "new_password": NEW}, "current_password"),
    ({"current_password": PASSWORD, "new_password": 12345678}, "new_password"),
    ({"current_password": "x" * 1025, "new_password": NEW}, "current_password")])
def test_a_field_that_is_missing_or_bad(person, body, field):
    answer = person().put("/auth/me/password", json=body)
    assert assert_problem(answer, 422, "bad_field")["field"] == field


def test_only_who_signed_in_with_a_password(system, person, client_token, anonymous):
    ann = person()
    anonymous.headers["Authorization"] = f"Bearer {ApiToken(system, ann).access_token}"
    assert_problem(change(anonymous), 403, "forbidden")
    assert_problem(change(client_token), 403, "forbidden")
    del anonymous.headers["Authorization"]
    assert_problem(change(anonymous), 401, "unauthorized")
    assert logs_in(ann, PASSWORD)


def test_an_ended_session_changes_nothing(person, again):
    ann = person()
    other = again(ann)
    assert other.post("/auth/logout").status_code == 200
    assert_problem(change(other), 401, "unauthorized")
    assert logs_in(ann, PASSWORD)


# --- how often ------------------------------------------------------------------------------------


def test_guesses_are_counted_with_those_at_the_login(system, person):
    ann = person()
    forgive(system)
    for _ in range(6):  # LOGIN_FREE_FAILURES are free, and the next begins the wait
        assert_problem(change(ann, "not this one"), *WRONG)
    sql(system, "UPDATE chat.login_attempts SET failures = failures + 4")  # a long one: this machine may be slow
    refused = change(ann)
    assert_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 16
    answer = ann.post("/auth/login", json={"username": ann.name, "password": PASSWORD})
    assert_problem(answer, 429, "rate_limited")
    assert audited(system, ann)[-1][0] == "login_throttled"
    forgive(system)
    assert change(ann).status_code == 200


def test_the_right_password_begins_the_count_anew(system, person):
    ann = person()
    forgive(system)
    assert_problem(change(ann, "not this one"), *WRONG)
    assert sql(system, "SELECT count(*) FROM chat.login_attempts WHERE failures >= 0.5") == [(3,)]
    assert change(ann).status_code == 200
    assert sql(system, "SELECT count(*) FROM chat.login_attempts WHERE failures >= 0.5") == [(1,)]  # the address


def test_what_is_no_attempt_is_not_counted(system, person):
    ann = person()
    forgive(system)
    assert change(ann, new="short").status_code == 422
    assert sql(system, "SELECT count(*) FROM chat.login_attempts") == [(0,)]
