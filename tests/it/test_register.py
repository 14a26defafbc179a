"""Making an account: names, passwords, addresses, and who may (open, by invitation, nobody)."""

import hashlib
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from admins import make_admin
from openapi import CONTRACT
from people import PASSWORD, unique
from system import System

PROFILES = ("/auth/register", "/api/register")


def client(system):
    return httpx.Client(base_url=system.base_url, timeout=60, event_hooks={"response": [CONTRACT.check]})


@pytest.fixture
def door(system):
    with client(system) as made:
        yield made


def register(door, name=None, path="/auth/register", **fields):
    return door.post(path, json={"username": unique("person") if name is None else name, "password": PASSWORD, **fields})


def assert_field(answer, field):
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["field"]) == ("bad_field", field)


# --- both profiles ------------------------------------------------------------------------------------


def test_what_they_answer(door):
    name, email = unique("Zoë"), f"{unique('zoe')}@example.org"
    answer = register(door, name, email=email, full_name="Zoë Z.")
    assert answer.status_code == 200
    assert answer.json()["message"] == "Registration successful"
    shown = {key: answer.json()[key] for key in ("username", "email", "full_name", "role", "roles", "is_active")}
    assert shown == {"username": name, "email": email, "full_name": "Zoë Z.", "role": "MEMBER", "roles": ["MEMBER"],
                     "is_active": True}
    answer = register(door, path="/api/register")
    assert answer.status_code == 201 and set(answer.json()) == {"id", "username", "created_at"}


def test_what_is_taken(door):
    name, email = unique("Ann"), f"{unique('ann')}@example.org"
    register(door, name, email=email)
    for path, status, by_name, by_email in (("/auth/register", 400, "username_taken", "email_taken"),
                                            ("/api/register", 409, "name_taken", "conflict")):
        answer = register(door, name, path)
        assert (answer.status_code, answer.json()["code"]) == (status, by_name)
        for taken in (email, email.upper()):
            answer = register(door, path=path, email=taken)
            assert (answer.status_code, answer.json()["code"]) == (status, by_email)
            assert answer.json()["detail"] == "Email already registered"


def test_of_ten_at_once_one_gets_the_name(door):
    name = unique("wanted")
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: register(door, name).status_code, range(10)))
    assert sorted(told) == [200] + [400] * 9


def test_nobody_gives_himself_rights(door):
    answer = register(door, role="ADMIN", is_superuser=True, id=str(uuid.uuid4()), roles=["ADMIN"])
    assert answer.status_code == 200 and answer.json()["roles"] == ["MEMBER"]


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "", "x" * 101, " padded", "padded ", "two  spaces", "a\tb", "a\u200bb", "a\u00a0b", "a\u202eb", "\ue000",
    pytest.param("\u0958" * 60, id="sixty that are 120 when normalised"),
])
@pytest.mark.parametrize("path", PROFILES)
def test_names_that_are_not_taken(door, path, name):
    assert_field(register(door, name, path), "username")


def test_a_name_is_kept_composed(system, door):
    tail = unique("")
    answer = register(door, "Zoe\u0308" + tail)
    assert answer.json()["username"] == "Zo\u00eb" + tail
    assert register(door, "x" * (100 - len(tail)) + tail).status_code == 200


def test_names_that_look_alike_are_one(door):
    tail = unique("")
    assert register(door, "Zoë" + tail).status_code == 200
    for like in ("zoë", "ZOË", "zoe\u0308", "\uff3aoë"):
        assert register(door, like + tail).json()["code"] == "username_taken"
        answer = door.post("/auth/login", json={"username": like + tail, "password": PASSWORD})
        assert answer.json()["user"]["username"] == "Zoë" + tail


# --- passwords and addresses --------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["short", "1234567", "12345678", "password1", "P@ssw0rd", "qwertyuiop", "aaaaaaaaaa",
                                      "x" * 129])
def test_passwords_that_are_not_taken(door, password):
    assert_field(register(door, password=password), "password")


def test_ones_own_name_and_address_are_no_passwords(door):
    name = unique("somebody")
    assert_field(register(door, name, password=name), "password")
    assert_field(register(door, email=f"{name}@example.org", password=name), "password")


@pytest.mark.parametrize("email", ["nobody", "@example.org", "nobody@", "a b@example.org", "a@b@c", "a\n@example.org"])
def test_addresses_that_are_not_taken(door, email):
    assert_field(register(door, email=email), "email")


# --- who may ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_invitation():
    with System(env={"REGISTRATION": "token"}) as system:
        yield system


def crc(text):
    """The six base62 characters of a token's checksum."""
    digits, value, out = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        out = digits[digit] + out
    return out


def invite(system, max_uses=1, expires=None):
    """An invitation, as `chatspherectl invite create` makes it: its id and its token."""
    text = f"cs_inv_{uuid.uuid4().hex}"
    token = text + crc(text)
    with system.db("chatsphere_owner") as db:
        row = db.execute("SELECT chat.create_invite(%s, %s, %s, now() + %s::interval)",
                         [hashlib.sha256(token.encode()).digest(), text[:11], max_uses, expires]).fetchone()
    return row[0], token


def uses(system, invitation):
    with system.db() as db:
        return db.execute("SELECT uses FROM chat.registration_invites WHERE id = %s", [invitation]).fetchone()[0]


def assert_not_invited(answer):
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_invite"), answer.text


def test_an_invitation_lets_in(by_invitation):
    invitation, token = invite(by_invitation, max_uses=2, expires="1 hour")
    with client(by_invitation) as door:
        for path, status in zip(PROFILES, (200, 201)):
            assert_not_invited(register(door, path=path))
            answer = register(door, path=path, invite_token=token)
            assert answer.status_code == status
        assert_not_invited(register(door, invite_token=token))
    assert uses(by_invitation, invitation) == 2
    with by_invitation.db() as db:
        row = db.execute("SELECT actor_id::text, data FROM chat.audit_log WHERE action = 'registered'"
                         " ORDER BY id DESC LIMIT 1").fetchone()
    assert row == (answer.json()["id"], {"invite": str(invitation)})


@pytest.mark.parametrize("kind", ["revoked", "expired", "unknown", "mistyped", "of another kind", "empty"])
def test_invitations_that_are_no_good(by_invitation, kind):
    invitation, token = invite(by_invitation, expires="-1 second" if kind == "expired" else None)
    with by_invitation.db("chatsphere_owner") as db:
        if kind == "revoked":
            db.execute("SELECT chat.revoke_invite(%s)", [invitation])
        elif kind == "unknown":
            db.execute("DELETE FROM chat.registration_invites WHERE id = %s", [invitation])
    token = {"mistyped": token[:-1] + ("a" if token[-1] != "a" else "b"), "of another kind": by_invitation.credentials()["CLIENT_TOKEN"],
             "empty": ""}.get(kind, token)
    with client(by_invitation) as door:
        answer = register(door, invite_token=token)
        if kind == "empty":
            assert_field(answer, "invite_token")
        else:
            assert_not_invited(answer)
        assert_not_invited(register(door, "admin", invite_token=token or None))  # whether it is taken is not told


def test_ten_at_once_with_an_invitation_for_three(by_invitation):
    invitation, token = invite(by_invitation, max_uses=3)
    with client(by_invitation) as door, ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: register(door, invite_token=token).status_code, range(10)))
    assert sorted(told) == [200] * 3 + [403] * 7
    assert uses(by_invitation, invitation) == 3


def test_what_is_refused_takes_no_use(by_invitation):
    invitation, token = invite(by_invitation)
    with client(by_invitation) as door:
        assert register(door, "admin", invite_token=token).json()["code"] == "username_taken"
        assert_field(register(door, "\u0958" * 60, invite_token=token), "username")
        assert_field(register(door, password="password1", invite_token=token), "password")
        assert uses(by_invitation, invitation) == 0
        assert register(door, invite_token=token).status_code == 200


def test_where_anybody_may_no_invitation_is_looked_at(door):
    assert register(door, invite_token="nonsense").status_code == 200


def test_nobody_may_where_it_is_closed():
    with System(env={"REGISTRATION": "closed"}) as system, client(system) as door:
        for path in PROFILES:
            answer = register(door, path=path)
            assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        admin = system.credentials()
        answer = door.post("/auth/login", json={"username": admin["ADMIN_USERNAME"], "password": admin["ADMIN_PASSWORD"]})
        assert answer.status_code == 200


def test_an_address_is_nobody_elses_name(door, system, client_token, person):
    """Logging in takes either in one field: who took another's address as his name would shut him out."""
    address, name = f"{unique('ann')}@example.org", f"{unique('bob')}@example.org"
    ann, admin = person(), make_admin(system, person())
    assert ann.put("/auth/me", json={"email": address}).status_code == 200
    assert register(door, name).status_code == 200

    def taken(answer):
        return answer.status_code in (400, 409) and answer.json()["code"]

    shouted = address.upper()
    assert taken(register(door, shouted)) == "username_taken"
    assert taken(admin.post("/auth/users", json={"username": shouted, "password": PASSWORD})) == "username_taken"
    assert taken(client_token.post("/api/users", json={"username": shouted})) == "name_taken"
    bob = person()
    assert taken(bob.put("/api/auth/profile", json={"username": shouted})) == "name_taken"
    assert taken(bob.put("/auth/me", json={"email": name})) == "email_taken"
    assert taken(register(door, email=name)) == "email_taken"
    assert ann.put("/api/auth/profile", json={"username": address}).status_code == 200  # his own
