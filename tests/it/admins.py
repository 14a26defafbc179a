"""What tests of administration share: ADMINs, roles made and given, and refusals by their code."""

from people import unique


def make_admin(system, user):
    """The person, who is an ADMIN from now on."""
    with system.db() as db:
        db.execute("UPDATE chat.users SET role = 'ADMIN' WHERE id = %s", [user.id])
    return user


def make_role(admin, *permissions, **fields):
    """A role with these permissions: the answer's body."""
    given = dict.fromkeys(permissions, True)
    answer = admin.post("/auth/roles", json={"name": unique("role"), "permissions": given, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def give(admin, user, *roles):
    """Replaces the user's roles: the answer."""
    return admin.put(f"/auth/users/{user.id}/roles", json={"role_ids": [role["id"] for role in roles]})


def refused(answer, status, code, field=None):
    """Asserts that the answer says no, in this way."""
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("field")) == (status, code, field), answer.text
