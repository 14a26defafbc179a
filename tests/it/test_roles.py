"""Roles over REST: made, given, taken, and in force with the next request."""

import uuid

import pytest
from admins import give, make_admin, make_role
from answers import refused
from people import unique

NOTHING = dict.fromkeys(("read", "write", "rooms", "users", "admin"), False)


@pytest.fixture
def admin(person, system):
    return make_admin(system, person())


def built_in(admin):
    """The built-in roles by name."""
    return {role["name"]: role for role in admin.get("/auth/roles").json() if role["built_in"]}


def test_the_built_in_roles_come_first(admin):
    roles = admin.get("/auth/roles").json()
    assert [role["name"] for role in roles[:3]] == ["ADMIN", "MODERATOR", "MEMBER"]
    assert roles[0]["permissions"] == dict.fromkeys(NOTHING, True)
    assert roles[2]["permissions"] == {**NOTHING, "read": True, "write": True}


def test_a_role_is_made_and_deleted(admin):
    role = make_role(admin, "rooms", "users", description="helps")
    assert role["permissions"] == {**NOTHING, "rooms": True, "users": True}
    assert (role["description"], role["built_in"]) == ("helps", False)
    assert role in admin.get("/auth/roles").json()
    bare = admin.post("/auth/roles", json={"name": unique("bare")}).json()
    assert (bare["description"], bare["permissions"]) == (None, NOTHING)
    deleted = admin.delete(f"/auth/roles/{role['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"message": "Role deleted"})
    refused(admin.delete(f"/auth/roles/{role['id']}"), 404, "role_not_found")
    assert role not in admin.get("/auth/roles").json()


def test_what_is_wrong_with_a_role_is_said(admin):
    name = make_role(admin)["name"]
    refused(admin.post("/auth/roles", json={"name": name.upper()}), 400, "role_taken")
    assert admin.post("/auth/roles", json={"name": "Admin"}).json()["detail"] == "Role already exists"
    for field, value in {"name": "", "description": "d" * 256, "permissions": []}.items():
        refused(admin.post("/auth/roles", json={"name": unique("role"), field: value}), 422, "bad_field", field)
    for name in ("n" * 101, " padded", "line\nbreak", "\u0958" * 60):
        refused(admin.post("/auth/roles", json={"name": name}), 422, "bad_field", "name")
    odd = {"name": unique("role"), "permissions": {"admin": "yes"}}
    refused(admin.post("/auth/roles", json=odd), 422, "bad_field", "admin")
    refused(admin.post("/auth/roles", json={}), 422, "bad_field", "name")
    for role in built_in(admin).values():
        refused(admin.delete(f"/auth/roles/{role['id']}"), 400, "built_in")


def test_roles_are_for_admins(admin, person, client_token):
    keeper, other = person(), person()
    give(admin, keeper, make_role(admin, "users", "rooms"))
    role = make_role(admin)
    for who in (keeper, client_token):
        refused(who.get("/auth/roles"), 403, "forbidden")
        refused(who.post("/auth/roles", json={"name": unique("role")}), 403, "forbidden")
        refused(who.delete(f"/auth/roles/{role['id']}"), 403, "forbidden")
        refused(who.get(f"/auth/users/{other.id}/roles"), 403, "forbidden")
        refused(give(who, other, role), 403, "forbidden")
    refused(give(keeper, keeper, built_in(admin)["ADMIN"]), 403, "forbidden")   # nor is it given to oneself
    assert keeper.get("/auth/me").json()["role"] == "MEMBER"


def test_roles_are_replaced(admin, person):
    user = person()
    base, role = built_in(admin), make_role(admin, "rooms")
    assert admin.get(f"/auth/users/{user.id}/roles").json() == [base["MEMBER"]]
    assert give(admin, user, role, base["MEMBER"], base["MODERATOR"]).json() == [base["MODERATOR"], role]
    assert user.get("/auth/me").json()["roles"] == ["MODERATOR", role["name"]]
    assert give(admin, user, role).json() == [base["MEMBER"], role]
    assert give(admin, user, role, role).json() == [base["MEMBER"], role]
    assert give(admin, user).json() == [base["MEMBER"]]
    assert admin.get(f"/auth/users/{user.id}/roles").json() == [base["MEMBER"]]


def test_what_is_wrong_with_given_roles_is_said(admin, person):
    user, role = person(), make_role(admin)
    refused(give(admin, user, role, {"id": str(uuid.uuid4())}), 404, "role_not_found")
    assert user.get("/auth/me").json()["roles"] == ["MEMBER"]
    nobody = f"/auth/users/{uuid.uuid4()}/roles"
    refused(admin.get(nobody), 404, "user_not_found")
    refused(admin.put(nobody, json={"role_ids": []}), 404, "user_not_found")
    refused(admin.get("/auth/users/me/roles"), 404, "not_found")
    for value in (None, "x", [1], [role["id"]] * 101):
        answer = admin.put(f"/auth/users/{user.id}/roles", json={"role_ids": value})
        refused(answer, 422, "bad_field", "role_ids")


def test_nobody_demotes_himself_by_roles(admin):
    office, base = make_role(admin, "admin"), built_in(admin)
    refused(give(admin, admin), 400, "oneself")
    refused(give(admin, admin, office), 400, "oneself")
    assert give(admin, admin, base["ADMIN"], office).status_code == 200
    assert admin.delete(f"/auth/roles/{office['id']}").status_code == 200


def test_a_role_is_in_force_on_the_next_request(admin, person):
    """With the same access token, whatever it says of its owner."""
    user = person()
    assert user.get("/auth/users").status_code == 403
    role = make_role(admin, "users")
    give(admin, user, role)
    assert user.get("/auth/users").status_code == 200
    give(admin, user)
    assert user.get("/auth/users").status_code == 403
    give(admin, user, role)
    admin.delete(f"/auth/roles/{role['id']}")
    assert user.get("/auth/users").status_code == 403
    give(admin, user, built_in(admin)["ADMIN"])
    assert user.get("/auth/audit").status_code == 200
    assert user.get("/auth/me").json()["is_superuser"] is True


def test_rooms_keeps_order_in_public_channels_only(admin, person):
    keeper, owner, other = person(), person(), person()
    give(admin, keeper, make_role(admin, "rooms"))
    public = owner.create_room()["id"]
    private = owner.create_room(isPrivate=True)["id"]

    def adds(room):
        return keeper.post(f"/api/rooms/{room}/users", json={"userId": other.id}).status_code

    assert (adds(public), adds(private)) == (200, 404)
    office = {"userId": person().id, "role": "owner"}
    assert keeper.post(f"/api/rooms/{public}/users", json=office).status_code == 403
    give(admin, keeper)
    owner.create_room()
    assert keeper.post(f"/api/rooms/{public}/users", json={"userId": person().id}).status_code == 403
