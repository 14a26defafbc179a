"""What tests of administration share: ADMINs, and roles made and given.

The fixture is imported by the tests that need it: `from admins import admin`.
"""

import pytest
from people import Person, unique


@pytest.fixture(scope="module")
def admin(system):
    """The one of the first start, over HTTP."""
    known = system.credentials()
    with Person(system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]) as person:
        yield person.login()


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
