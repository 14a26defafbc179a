"""Accounts kept by others: listed, made, disabled, deleted, and who may do that to whom."""

import os
import re
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from admins import give, make_admin, make_role
from answers import refused
from apitokens import ApiToken
from people import PASSWORD, Person, unique
from system import SOURCE, web_word


@pytest.fixture
def admin(person, system):
    return make_admin(system, person())


@pytest.fixture
def keeper(admin, person):
    """Somebody whose role has the permission `users`."""
    made = person()
    assert give(admin, made, make_role(admin, "users")).status_code == 200
    return made


@pytest.fixture
def other_admin(person, system):
    return make_admin(system, person())


def account(**fields):
    return {"username": unique("made"), "password": PASSWORD, **fields}


def disable(actor, user):
    return actor.put(f"/auth/users/{user.id}/disable")


def enable(actor, user):
    return actor.put(f"/auth/users/{user.id}/enable")


def delete(actor, user):
    return actor.delete(f"/auth/users/{user.id}")


def superuser(actor, user, value):
    return actor.put(f"/auth/users/{user.id}/superuser", json={"is_superuser": value})


def program(system, user, permissions=None):
    """A client with an API token of the user."""
    client = Person(system)
    client.headers["Authorization"] = f"Bearer {ApiToken(system, user, permissions=permissions).access_token}"
    return client


# --- seen ------------------------------------------------------------------------------------------------


def test_an_account_is_seen_as_by_its_owner(admin, keeper, person):
    user = person()
    mine = user.get("/auth/me").json()
    for who in (admin, keeper):
        seen = who.get(f"/auth/users/{user.id}").json()
        assert {**seen, "last_seen": None} == {**mine, "last_seen": None}
        assert seen in who.get("/auth/users", params={"query": user.name}).json()
    refused(admin.get(f"/auth/users/{uuid.uuid4()}"), 404, "user_not_found")
    refused(admin.get("/auth/users/somebody"), 404, "not_found")


def test_the_list_is_paged_newest_first(keeper, person):
    prefix = unique("Page")
    made = [person(name=f"{prefix} {n}").id for n in range(3)]

    def page(**query):
        answer = keeper.get("/auth/users", params=query)
        assert answer.status_code == 200, answer.text
        return [user["id"] for user in answer.json()]

    assert page(query=prefix.upper()) == made[::-1]
    assert page(query=prefix, limit=2) == [made[2], made[1]]
    assert page(query=prefix, before=made[1]) == [made[0]]
    assert page(query=prefix + "%") == page(query=unique("nobody")) == []
    assert page(limit=1, before=made[2]) == [made[1]]
    assert set(made) <= set(page(limit=100))


@pytest.mark.parametrize("field, value", [
    ("limit", 0), ("limit", 101), ("limit", "x"), ("before", "x"), ("query", "q" * 101),
])
def test_what_is_wrong_with_a_query_is_said(keeper, field, value):
    refused(keeper.get("/auth/users", params={field: value}), 422, "bad_field", field)


def test_accounts_are_kept_by_those_who_may(anonymous, person, client_token, system):
    user, target = person(), person()
    for who, status, code in ((anonymous, 401, "unauthorized"), (user, 403, "forbidden"),
                              (client_token, 403, "forbidden")):
        refused(who.get("/auth/users"), status, code)
        refused(who.post("/auth/users", json=account()), status, code)
        refused(who.get(f"/auth/users/{target.id}"), status, code)
        for change in (disable, enable, delete):
            refused(change(who, target), status, code)
        refused(superuser(who, target, True), status, code)
    assert target.get("/auth/me").json()["role"] == "MEMBER"


# --- where they are signed in ----------------------------------------------------------------------------


def sessions_of(actor, user):
    answer = actor.get(f"/auth/users/{user.id}/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_out(actor, user):
    return actor.delete(f"/auth/users/{user.id}/sessions")


def test_an_admin_sees_where_somebody_is_signed_in(admin, person):
    user = person()
    assert sessions_of(admin, user) == [{**one, "current": False} for one in user.get("/auth/sessions").json()]
    assert [one["current"] for one in sessions_of(admin, admin)] == [True]
    refused(admin.get(f"/auth/users/{uuid.uuid4()}/sessions"), 404, "user_not_found")


def test_an_admin_signs_somebody_out(system, admin, other_admin, keeper, person, connect):
    user, again = person(), None
    with Person(system, user.name, user.password) as again:
        again.login()
        socket, bot = connect(user), program(system, user)
        answer = sign_out(admin, user)
        assert (answer.status_code, answer.json()) == (200, {"message": "Signed out everywhere", "ended": 2})
        assert socket.wait_closed().code == 4401
        assert [one.get("/auth/me").status_code for one in (user, again, bot)] == [401, 401, 200]
        bot.close()
    assert sessions_of(admin, user) == [] and sign_out(admin, user).json()["ended"] == 0
    (entry,) = [one for one in admin.get("/auth/audit", params={"user_id": user.id, "action": "logout_all"}).json()
                if one["data"] == {"ended": 2}]
    assert (entry["actor_id"], entry["target_id"]) == (admin.id, user.id)
    refused(sign_out(admin, admin), 400, "oneself")
    assert sign_out(admin, other_admin).json()["ended"] == 1
    refused(sign_out(keeper, user), 403, "forbidden")
    refused(keeper.get(f"/auth/users/{user.id}/sessions"), 403, "forbidden")


# --- made ------------------------------------------------------------------------------------------------


def test_an_account_is_made_and_logs_in(keeper, system):
    wanted = account(email=f"{unique('e')}@example.org", full_name="Made By")
    made = keeper.post("/auth/users", json=wanted)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["username"], body["email"], body["full_name"]) == (
        wanted["username"], wanted["email"], "Made By")
    assert (body["roles"], body["is_active"], body["last_seen"]) == (["MEMBER"], True, None)
    assert Person(system, name=wanted["username"]).login().id == body["id"]
    refused(keeper.post("/auth/users", json=account(username=wanted["username"].upper())), 400, "username_taken")
    refused(keeper.post("/auth/users", json=account(email=wanted["email"].upper())), 400, "email_taken")


def test_offices_are_an_admins_to_give(admin, keeper):
    for role in ("ADMIN", "MODERATOR"):
        refused(keeper.post("/auth/users", json=account(role=role)), 403, "forbidden")
        made = admin.post("/auth/users", json=account(role=role))
        assert (made.status_code, made.json()["role"]) == (201, role)
    assert keeper.post("/auth/users", json=account(role="MEMBER")).status_code == 201


@pytest.mark.parametrize("field, value", [
    ("username", ""), ("username", "n" * 101), ("username", "two  spaces"), ("username", "\u0958" * 60),
    ("password", "Kq7-x9w"), ("password", "P4ssw0rd!23"), ("email", "nowhere"), ("full_name", "f" * 256),
    ("role", "OWNER"), ("username", None), ("password", None),
])
def test_what_is_wrong_with_a_new_account_is_said(keeper, field, value):
    refused(keeper.post("/auth/users", json=account(**{field: value})), 422, "bad_field", field)


def test_the_web_servers_pools_are_those_of_the_table():
    """What hashes passwords, and nothing else, goes to the auth pool."""
    program = Path(os.environ.get("CHATSPHERE_BUILD", SOURCE)) / "chatsphere-api"
    listed = subprocess.run([program, "--list-routes"], check=True, capture_output=True, text=True).stdout
    table = {" ".join(line.split()[:2]): line.endswith("\tauth") for line in listed.splitlines()}
    mapped = {route: bool(re.fullmatch(web_word("AUTH_ROUTES"), route)) for route in table}
    assert mapped == table and any(mapped.values())


# --- disabled and enabled --------------------------------------------------------------------------------


def test_disabling_ends_requests_and_sockets(keeper, person, connect, system):
    user = person()
    bot, socket = program(system, user), connect(user)
    assert disable(keeper, user).json() == {"message": "User disabled"}
    assert user.get("/auth/me").status_code == bot.get("/api/rooms").status_code == 401
    assert socket.wait_closed().code == 4401
    refused(user.post("/auth/refresh", json={"refresh_token": user.refresh_token}), 401, "bad_refresh")
    refused(user.post("/auth/login", json={"username": user.name, "password": PASSWORD}), 403, "user_disabled")
    assert keeper.get(f"/auth/users/{user.id}").json()["is_active"] is False
    assert disable(keeper, user).status_code == 200

    assert enable(keeper, user).json() == {"message": "User enabled"}
    assert user.get("/auth/me").status_code == 401   # the old session stays ended
    assert bot.get("/api/rooms").status_code == 200
    assert user.login().get("/auth/me").status_code == 200
    assert enable(keeper, user).status_code == 200
    bot.close()


def test_who_may_not_disable_somebody_does_not_disturb_him(keeper, other_admin, connect):
    socket = connect(other_admin)
    refused(disable(keeper, other_admin), 403, "forbidden")
    refused(delete(keeper, other_admin), 403, "forbidden")
    socket.request("ping")
    assert socket.is_open


def test_a_role_with_users_touches_no_admin_and_does_not_escalate(keeper, other_admin, person):
    for change in (disable, enable, delete):
        refused(change(keeper, other_admin), 403, "forbidden")
    for target in (keeper, person()):
        refused(superuser(keeper, target, True), 403, "forbidden")
    refused(give(keeper, keeper), 403, "forbidden")
    assert other_admin.get("/auth/me").json()["role"] == "ADMIN"
    assert keeper.get("/auth/me").json()["is_superuser"] is False


def test_nobody_acts_on_himself(admin, keeper):
    for who in (admin, keeper):
        refused(disable(who, who), 400, "oneself")
        refused(delete(who, who), 400, "oneself")
        assert who.get("/auth/me").status_code == 200
    refused(superuser(admin, admin, False), 400, "oneself")
    assert superuser(admin, admin, True).status_code == 200


def test_unknown_accounts(admin):
    nobody = type("Nobody", (), {"id": uuid.uuid4()})
    for change in (disable, enable, delete):
        refused(change(admin, nobody), 404, "user_not_found")
    refused(superuser(admin, nobody, True), 404, "user_not_found")


def test_a_token_has_no_more_than_it_was_given(admin, other_admin, person, system):
    """An ADMIN's token with `users` alone keeps accounts, and no offices."""
    bot, user = program(system, admin, permissions=1 | 8), person()
    for change in (disable, enable):
        assert change(bot, user).status_code == 200
        refused(change(bot, other_admin), 403, "forbidden")
    refused(delete(bot, other_admin), 403, "forbidden")
    refused(superuser(bot, user, True), 403, "forbidden")
    refused(bot.post("/auth/users", json=account(role="ADMIN")), 403, "forbidden")
    refused(bot.get("/auth/roles"), 403, "forbidden")
    assert bot.post("/auth/users", json=account()).status_code == 201
    bot.close()


# --- superuser -------------------------------------------------------------------------------------------


def test_is_superuser_in_the_query_or_in_the_body(admin, person):
    user = person()
    path = f"/auth/users/{user.id}/superuser"

    def is_admin():
        return user.get("/auth/me").json()["is_superuser"]

    assert admin.put(path, params={"is_superuser": "true"}).json() == {"message": "Role changed"}
    assert is_admin() and user.get("/auth/roles").status_code == 200
    assert superuser(admin, user, False).status_code == 200
    assert not is_admin() and user.get("/auth/roles").status_code == 403
    assert admin.put(path, params={"is_superuser": "true"}, json={"is_superuser": True}).status_code == 200
    for wrong in ({}, {"json": {}}, {"json": {"is_superuser": "true"}}, {"params": {"is_superuser": "maybe"}},
                  {"json": {"is_superuser": False}, "params": {"is_superuser": "true"}}):
        refused(admin.put(path, **wrong), 422, "bad_field", "is_superuser")
    assert is_admin()


def test_two_admins_demote_each_other_and_one_remains(admin, other_admin):
    pair = ((admin, other_admin), (other_admin, admin))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda two: superuser(*two, False).status_code, pair))
    left = [who for who in (admin, other_admin) if who.get("/auth/me").json()["is_superuser"]]
    assert len(left) == 1 and sorted(answers)[0] == 200 and sorted(answers)[1] in (403, 503)


# --- deleted ---------------------------------------------------------------------------------------------


def test_deleting_leaves_the_messages_and_frees_the_name(admin, person, connect, system):
    user, friend = person(), person()
    bot, socket = program(system, user), connect(user)
    rooms = [user.create_room()["id"] for _ in range(30)]   # more than one bell has room for
    for room in rooms:
        user.add(room, friend)
    said = user.say(rooms[0], "still here")
    hers = connect(friend)
    for room in (rooms[0], rooms[-1]):
        hers.join(room)

    assert delete(admin, user).json() == {"message": "User deleted"}
    for room in (rooms[0], rooms[-1]):
        hers.expect("member_left", roomId=room)
    assert socket.wait_closed().code == 4401
    assert user.get("/auth/me").status_code == bot.get("/api/rooms").status_code == 401
    refused(user.post("/auth/refresh", json={"refresh_token": user.refresh_token}), 401, "bad_refresh")
    refused(user.post("/auth/login", json={"username": user.name, "password": PASSWORD}), 401, "bad_login")
    refused(admin.get(f"/auth/users/{user.id}"), 404, "user_not_found")
    refused(delete(admin, user), 404, "user_not_found")
    assert admin.get("/auth/users", params={"query": user.name}).json() == []

    left = friend.history(rooms[0]).json()[0]
    assert (left["id"], left["content"], left["user"]["username"]) == (
        said["id"], "still here", f"deleted-{user.id[-12:]}")
    members = friend.get(f"/api/rooms/{rooms[0]}").json()["users"]
    assert [(one["id"], one["role"]) for one in members] == [(friend.id, "owner")]

    heir = Person(system, name=user.name).register().login()
    assert heir.id != user.id and user.get("/auth/me").status_code == 401
    assert len(heir.get("/auth/sessions").json()) == 1
    for client in (heir, bot):
        client.close()
