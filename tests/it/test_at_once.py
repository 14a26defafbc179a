"""Security S2: what ends a credential, or changes what it may, is in force with the next request and the
next durable operation; live sockets hear of it within 5 s. No bell rings here: all is changed by SQL."""

import time

import pytest
from answers import assert_problem
from apitokens import ApiToken
from people import PASSWORD, Person
from websockets.exceptions import ConnectionClosed
from wsclient import Closed, Refused

KINDS = ["access token", "session token", "API token"]
ENDINGS = {
    "disabled": "UPDATE chat.users SET is_active = false WHERE id = %s",
    "deleted": "UPDATE chat.users SET deleted_at = now() WHERE id = %s",
    "revoked": "WITH s AS (UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %(id)s)"
               " UPDATE chat.api_tokens SET revoked_at = now() WHERE user_id = %(id)s",
    "expired": "WITH s AS (UPDATE chat.sessions SET expires_at = now() WHERE user_id = %(id)s)"
               " UPDATE chat.api_tokens SET expires_at = now() WHERE user_id = %(id)s",
}


@pytest.fixture
def holder(system):
    """holder(who, kind): a client that has a credential of this kind, and nothing else, of somebody."""
    made = []

    def make(who, kind):
        client = Person(system, who.name)
        made.append(client)
        if kind == "access token":
            client.login()
            return client
        if kind == "session token":
            answer = client.post("/api/login", json={"username": who.name, "password": PASSWORD})
            client.access_token = answer.json()["token"]
        else:
            client.access_token = ApiToken(system, who, permissions=31).access_token
        client.headers["Authorization"] = f"Bearer {client.access_token}"
        client.id = who.id
        return client

    yield make
    for client in made:
        client.close()


def run(system, statement, who):
    with system.db() as db:
        db.execute(statement, {"id": who.id} if "%(id)s" in statement else [who.id])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_credential_that_has_ended(system, person, holder, connect, ending, kind):
    ann, bob = person(), person()
    room_id = bob.create_room()["id"]
    bob.add(room_id, ann)
    client = holder(ann, kind)
    client.say(room_id, "before")
    socket = connect(client)
    socket.join(room_id)
    socket.message(room_id, "before, too")
    run(system, ENDINGS[ending], ann)
    began = time.monotonic()
    # a durable operation of the open socket, at once: the statement itself refuses
    # (the gateway may have looked just now, and closed it)
    with pytest.raises((Refused, Closed, ConnectionClosed)) as refused:
        socket.message(room_id, "after")
    assert refused.value.code in ("unauthorized", 4401)
    # reading and writing over REST, at once
    for answer in (client.get("/auth/me"), client.get("/api/rooms"),
                   client.post(f"/api/rooms/{room_id}/messages", json={"content": "after"}),
                   client.put("/auth/me", json={"bio": "after"})):
        assert_problem(answer, 401, "unauthorized", "Invalid or expired token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert socket.wait_closed(timeout=5).code == 4401
    assert time.monotonic() - began < 5
    assert [message["content"] for message in bob.history(room_id).json()] == ["before", "before, too"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_that_has_changed(system, person, holder, connect, kind):
    """An ADMIN brings people into others' public rooms; no session ends when he is none any more."""
    ann, bob, carl, dora = (person() for _ in range(4))
    room_id = bob.create_room(isPrivate=False)["id"]
    client = holder(ann, kind)
    socket = connect(client)
    path, role = f"/api/rooms/{room_id}/users", "UPDATE chat.users SET role = '{}' WHERE id = %s"
    assert_problem(client.post(path, json={"userId": carl.id}), 403)
    run(system, role.format("ADMIN"), ann)
    assert client.post(path, json={"userId": carl.id}).status_code == 200
    assert client.get(f"/api/rooms/{room_id}/messages").status_code == 200
    assert client.get("/auth/me").json()["is_superuser"] is True
    run(system, role.format("MEMBER"), ann)
    assert_problem(client.post(path, json={"userId": dora.id}), 403)
    assert client.get(f"/api/rooms/{room_id}/messages").status_code in (403, 404)
    assert client.get("/auth/me").json()["is_superuser"] is False
    socket.request("ping")
    users = {user["id"] for user in bob.get(f"/api/rooms/{room_id}").json()["users"]}
    assert carl.id in users and dora.id not in users


def test_who_is_enabled_again_has_his_sessions_again(system, person, connect):
    """Disabling is no logout: nothing of it remains when it is taken back."""
    ann = person()
    run(system, ENDINGS["disabled"], ann)
    assert ann.get("/auth/me").status_code == 401
    run(system, "UPDATE chat.users SET is_active = true WHERE id = %s", ann)
    assert ann.get("/auth/me").status_code == 200
    connect(ann).request("ping")


def test_what_ends_one_user_leaves_the_others(system, person, connect):
    ann, bob = person(), person()
    socket = connect(bob)
    for ending in ("disabled", "revoked"):
        run(system, ENDINGS[ending], ann)
    assert ann.get("/auth/me").status_code == 401
    assert bob.get("/auth/me").status_code == 200
    socket.request("ping")
