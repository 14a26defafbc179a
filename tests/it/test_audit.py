"""The audit log over REST (S19): what is in it, how it is filtered and paged, and who reads it."""

import pytest
from admins import give, make_admin, make_role
from answers import refused
from people import PASSWORD, unique


@pytest.fixture
def admin(person, system):
    return make_admin(system, person())


def log(who, **query):
    answer = who.get("/auth/audit", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_done_to_an_account_is_in_the_log(admin, person):
    user = person()
    role = make_role(admin, "users")
    give(admin, user, role)
    admin.put(f"/auth/users/{user.id}/superuser", json={"is_superuser": True})
    admin.put(f"/auth/users/{user.id}/disable")
    admin.put(f"/auth/users/{user.id}/enable")
    made = admin.post("/auth/users", json={"username": unique("made"), "password": PASSWORD}).json()
    admin.delete(f"/auth/users/{user.id}")
    admin.delete(f"/auth/roles/{role['id']}")

    mine = [entry for entry in log(admin, user_id=admin.id) if entry["actor_id"] == admin.id]
    told = [(e["action"], e["target_id"], e["data"]) for e in mine if e["action"] not in ("login", "registered")]
    assert told == [
        ("role_deleted", role["id"], {"users": 0}),
        ("user_deleted", user.id, {"rooms": 0}),
        ("user_created", made["id"], {"role": "MEMBER"}),
        ("user_enabled", user.id, {}),
        ("user_disabled", user.id, {}),
        ("role_changed", user.id, {"was": "MEMBER", "role": "ADMIN"}),
        ("roles_changed", user.id, {"role": "MEMBER", "roles": [role["id"]]}),
        ("role_created", role["id"], {"permissions": 8}),
    ]
    assert {entry["ip_address"] for entry in mine} == {"127.0.0.1"}
    assert {entry["room_id"] for entry in mine} == {None}


def test_refusals_leave_nothing_in_the_log(admin, person):
    user = person()
    before = log(admin, limit=1)[0]["id"]
    user.put(f"/auth/users/{admin.id}/disable")
    admin.put(f"/auth/users/{admin.id}/disable")
    admin.post("/auth/roles", json={"name": "ADMIN"})
    assert log(admin, limit=1)[0]["id"] == before


def test_the_log_is_filtered_and_paged(admin, person):
    user, other = person(), person()
    for change in ("disable", "enable") * 2:
        for target in (user, other):
            admin.put(f"/auth/users/{target.id}/{change}")
    about = log(admin, user_id=user.id)
    assert [entry["id"] for entry in about] == sorted((entry["id"] for entry in about), reverse=True)
    assert [e["action"] for e in about][:4] == ["user_enabled", "user_disabled"] * 2
    assert all(user.id in (entry["actor_id"], entry["target_id"]) for entry in about)
    enabled = log(admin, user_id=user.id, action="user_enabled")
    assert enabled == [entry for entry in about if entry["action"] == "user_enabled"]
    assert log(admin, user_id=user.id, before=about[0]["id"], limit=2) == about[1:3]
    last = log(admin, action="user_enabled", limit=2)
    assert [entry["target_id"] for entry in last] == [other.id, user.id]
    assert log(admin, action="user_enabled", before=last[0]["id"], limit=1) == last[1:]
    everything = log(admin, limit=100)
    assert log(admin, before=everything[4]["id"], limit=3) == everything[5:8]
    assert log(admin, action=unique("nothing")) == log(admin, before=1) == []


@pytest.mark.parametrize("field, value", [
    ("limit", 0), ("limit", 101), ("before", 0), ("before", "x"), ("user_id", "x"), ("action", "a" * 101),
])
def test_what_is_wrong_with_a_query_is_said(admin, field, value):
    refused(admin.get("/auth/audit", params={field: value}), 422, "bad_field", field)


def test_the_log_is_for_admins(admin, person, anonymous, client_token):
    keeper = person()
    give(admin, keeper, make_role(admin, "users"))
    refused(anonymous.get("/auth/audit"), 401, "unauthorized")
    for who in (keeper, client_token):
        refused(who.get("/auth/audit"), 403, "forbidden")
