"""Where somebody is signed in, and how he ends it: one session, this one, all of them."""

import time
import uuid

import pytest
from answers import TIME, assert_problem
from apitokens import ApiToken
from people import PASSWORD, Person

FIELDS = {"id", "user_id", "device_info", "ip_address", "created_at", "last_used_at", "expires_at", "is_active",
          "current"}


@pytest.fixture
def again(system):
    """Signs somebody in once more: a client of its own."""
    made = []

    def sign_in(who, **headers):
        made.append(Person(system, who.name, who.password))
        made[-1].headers.update(headers)
        return made[-1].login()

    yield sign_in
    for client in made:
        client.close()


@pytest.fixture
def opaque(system):
    """Signs somebody in by /api/login: his one session token is his access token."""
    made = []

    def sign_in(who):
        made.append(Person(system, who.name))
        answer = made[-1].post("/api/login", json={"username": who.name, "password": PASSWORD})
        made[-1].access_token = answer.json()["token"]
        made[-1].headers["Authorization"] = f"Bearer {made[-1].access_token}"
        return made[-1]

    yield sign_in
    for client in made:
        client.close()


def with_token(system, who, **options):
    """A client with an API token of somebody."""
    client = Person(system, who.name)
    client.headers["Authorization"] = f"Bearer {ApiToken(system, who, **options).access_token}"
    return client


def sessions(who):
    answer = who.get("/auth/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json()


def current(who):
    (mine,) = [session for session in sessions(who) if session["current"]]
    return mine["id"]


def is_in(who):
    """Whether the credential is still good."""
    answer = who.get("/auth/me")
    if answer.status_code == 401:
        assert_problem(answer, 401, "unauthorized", "Invalid or expired token")
    return answer.status_code == 200


def audited(system, who):
    with system.db() as db:
        rows = db.execute("SELECT action, target_id::text, data, ip_address FROM chat.audit_log"
                          " WHERE actor_id = %s ORDER BY id", [who.id]).fetchall()
    return [row for row in rows if row[0] in ("logout", "session_ended", "logout_all")]


# --- the list -------------------------------------------------------------------------------------


def test_the_list_of_sessions(person, again, opaque):
    ann = person()
    phone, third = again(ann, **{"User-Agent": "a phone"}), opaque(ann)
    listed = sessions(phone)
    assert [set(one) for one in listed] == [FIELDS] * 3
    assert [one["current"] for one in listed].count(True) == 1
    mine = next(one for one in listed if one["current"])
    assert (mine["device_info"], mine["ip_address"], mine["user_id"]) == ("a phone", "127.0.0.1", ann.id)
    assert mine["is_active"] is True
    assert TIME.fullmatch(mine["created_at"]) and TIME.fullmatch(mine["last_used_at"])
    assert mine["created_at"] < mine["expires_at"]
    assert current(third) in {one["id"] for one in listed} - {mine["id"]}
    assert ann.id not in {one["user_id"] for one in sessions(person())}


def test_the_newest_use_comes_first(system, person, again):
    ann = person()
    first, second = current(ann), current(again(ann))
    moved = "UPDATE chat.sessions SET last_used_at = now() + interval '1 minute' * %s WHERE id = %s"
    for order in ([first, second], [second, first]):
        with system.db() as db:
            for minutes, session in zip((2, 1), order):
                db.execute(moved, [minutes, session])
        assert [one["id"] for one in sessions(ann)] == order


def test_only_live_sessions_are_listed(system, person, again):
    """One that nobody renewed in time is over, though its own end is weeks away."""
    ann = person()
    ended, over, idle = (current(again(ann)) for _ in range(3))
    with system.db() as db:
        db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE id = %s", [ended])
        db.execute("UPDATE chat.sessions SET expires_at = now() WHERE id = %s", [over])
        db.execute("UPDATE chat.refresh_tokens SET expires_at = now() WHERE session_id = %s", [idle])
    assert [one["current"] for one in sessions(ann)] == [True]


@pytest.mark.parametrize("agent, shown", [
    (b"agent" * 60, "agent" * 51), ("\u00e9" * 256, "\u00e9" * 255), (b"\xff\xfe", None)])
def test_device_info_is_the_user_agent_cut(person, anonymous, agent, shown):
    ann = person()
    agent = agent if isinstance(agent, bytes) else agent.encode()
    answer = anonymous.post("/auth/login", json={"username": ann.name, "password": PASSWORD},
                            headers={"User-Agent": agent})
    anonymous.take(answer.json())
    (mine,) = [one for one in sessions(anonymous) if one["current"]]
    assert mine["device_info"] == shown


# --- ending one -----------------------------------------------------------------------------------


def test_ending_another_session_of_ones_own(system, person, again, connect):
    ann = person()
    other = again(ann)
    hers, others = connect(ann), connect(other)
    ended = current(other)
    answer = ann.delete(f"/auth/sessions/{ended}")
    assert (answer.status_code, answer.json()["message"]) == (200, "Session ended")
    assert not is_in(other) and is_in(ann)
    assert other.post("/auth/refresh", json={"refresh_token": other.refresh_token}).status_code == 401
    assert others.wait_closed(timeout=5).code == 4401
    hers.request("ping")
    assert_problem(ann.delete(f"/auth/sessions/{ended}"), 404, "session_not_found", "Session not found")
    assert audited(system, ann) == [("session_ended", ended, {}, "127.0.0.1")]


def test_ending_the_session_that_asks_is_logging_out(system, person, connect):
    ann = person()
    socket, mine = connect(ann), current(ann)
    assert ann.delete(f"/auth/sessions/{mine}").status_code == 200
    assert not is_in(ann)
    assert socket.wait_closed(timeout=5).code == 4401
    assert audited(system, ann) == [("logout", mine, {}, "127.0.0.1")]


def test_sessions_that_one_does_not_have(person):
    ann, bob = person(), person()
    for session in (current(bob), uuid.uuid4(), "7"):
        assert_problem(ann.delete(f"/auth/sessions/{session}"), 404)
    assert is_in(bob)


# --- logging out ----------------------------------------------------------------------------------


def test_logging_out(system, person, again, connect):
    ann = person()
    other, socket, mine = again(ann), connect(ann), current(ann)
    answer = ann.post("/auth/logout")
    assert (answer.status_code, answer.json()["message"]) == (200, "Logged out")
    assert not is_in(ann) and is_in(other)
    assert socket.wait_closed(timeout=5).code == 4401
    assert_problem(ann.post("/auth/logout"), 401, "unauthorized")
    assert audited(system, ann) == [("logout", mine, {}, "127.0.0.1")]


def test_an_opaque_session_logs_out_too(person, opaque, connect):
    ann = person()
    other = opaque(ann)
    socket = connect(other)
    assert other.post("/auth/logout").status_code == 200
    assert not is_in(other) and is_in(ann)
    assert socket.wait_closed(timeout=5).code == 4401


@pytest.mark.parametrize("body", [None, {}, {"keep_current": False}, {"keep_current": None}])
def test_logging_out_everywhere(system, person, again, opaque, connect, body):
    ann, bob = person(), person()
    all_of_them = [ann, again(ann), opaque(ann)]
    sockets = [connect(one) for one in all_of_them]
    answer = all_of_them[1].post("/auth/logout-all", **({"json": body} if body is not None else {}))
    assert (answer.status_code, answer.json()) == (200, {"message": "Logged out everywhere", "ended": 3})
    assert [is_in(one) for one in all_of_them] == [False] * 3 and is_in(bob)
    began = time.monotonic()
    assert [socket.wait_closed(timeout=5).code for socket in sockets] == [4401] * 3
    assert time.monotonic() - began < 5
    assert audited(system, ann) == [("logout_all", ann.id, {"ended": 3}, "127.0.0.1")]


def test_logging_out_everywhere_else(system, person, again, opaque, connect):
    ann = person()
    others = [again(ann), opaque(ann)]
    kept, sockets = connect(ann), [connect(one) for one in others]
    answer = ann.post("/auth/logout-all", json={"keep_current": True})
    assert (answer.status_code, answer.json()["ended"]) == (200, 2)
    assert is_in(ann) and [is_in(one) for one in others] == [False] * 2
    assert [socket.wait_closed(timeout=5).code for socket in sockets] == [4401] * 2
    kept.request("ping")
    assert ann.post("/auth/logout-all", json={"keep_current": True}).json()["ended"] == 0


def test_more_sessions_than_a_bell_holds(system, person, connect):
    """What no bell tells, the gateways find out by themselves."""
    ann = person()
    with system.db() as db:
        db.execute("INSERT INTO chat.sessions (id, user_id, kind, expires_at)"
                   " SELECT chat.uuid7(), %s, 'jwt', now() + interval '1 day' FROM generate_series(1, 60)", [ann.id])
    socket = connect(ann)
    assert ann.post("/auth/logout-all").json()["ended"] == 61
    assert socket.wait_closed(timeout=5).code == 4401


def test_an_api_token_survives_its_owners_logouts(system, person, connect):
    ann = person()
    client = with_token(system, ann)
    assert ann.post("/auth/logout-all").status_code == 200
    assert is_in(client)
    client.close()


@pytest.mark.parametrize("body, status, code", [
    ('{"keep_current":1}', 422, "bad_field"), ('{"keep_current":"true"}', 422, "bad_field"),
    ("[]", 400, "bad_json"), ("{", 400, "bad_json")])
def test_a_bad_body_ends_nothing(person, body, status, code):
    ann = person()
    answer = ann.post("/auth/logout-all", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, status, code)
    assert is_in(ann)
    answer = ann.post("/auth/logout-all", content="keep_current=true", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 415, "unsupported_media_type")


# --- who may --------------------------------------------------------------------------------------

ROUTES = [("GET", "/auth/sessions"), ("DELETE", f"/auth/sessions/{uuid.uuid4()}"), ("POST", "/auth/logout"),
          ("POST", "/auth/logout-all")]


@pytest.mark.parametrize("method, path", ROUTES)
def test_a_program_with_a_token_manages_no_sessions(system, person, client_token, anonymous, method, path):
    ann = person()
    client = with_token(system, ann, permissions=3)
    assert_problem(client.request(method, path), 403, "forbidden")
    assert_problem(client_token.request(method, path), 403, "forbidden")
    assert_problem(anonymous.request(method, path), 401, "unauthorized")
    assert is_in(ann)
    client.close()
