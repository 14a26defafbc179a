"""People as others see them, and the accounts that applications make for their users."""

import re
import unicodedata
import uuid

import pytest
from people import Person, unique
from statements import statements


def create(client, expect=201, **body):
    """Asks for an account: the answer's body."""
    answer = client.post("/api/users", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


@pytest.fixture
def crew(client_token):
    """Makes people whose names begin alike: crew(endings) are their names, by ending."""
    stem = unique("crew")

    def make(*endings):
        return stem, {end: create(client_token, username=stem + end)["user"] for end in endings}

    return make


# --- making ---------------------------------------------------------------------------------------


def test_a_user_of_an_application(client_token, anonymous, system):
    name = unique("zoe")
    made = create(client_token, username=name, email=f"{name}@example.org", externalId=name, fullName="Zoe Q.",
                  role="ADMIN", password="correct horse battery")
    assert made["user"]["role"] == "MEMBER"  # a field that no row names binds nothing
    assert made["token"].startswith("cs_user_")
    with system.db() as db:
        row = db.execute("SELECT username, email, external_id, full_name, role, password_hash FROM chat.users"
                         " WHERE id = %s", [made["user"]["id"]]).fetchone()
    assert row == (name, f"{name}@example.org", name, "Zoe Q.", "MEMBER", None)
    refused = anonymous.post("/auth/login", json={"username": name, "password": "correct horse battery"})
    assert refused.status_code == 401


def test_names_are_stored_in_one_form(client_token):
    stem = unique("zoe\u0301")
    made = create(client_token, username=stem)
    assert made["user"]["username"] == unicodedata.normalize("NFC", stem) != stem


def test_what_is_taken_is_said(client_token):
    name = unique("zoe")
    create(client_token, username=name, email=f"{name}@example.org", externalId=name)
    for other in (name, name.upper()):
        refused = create(client_token, 409, username=other)
        assert (refused["code"], refused["detail"]) == ("name_taken", "Username already exists")
    refused = create(client_token, 409, username=unique("a"), email=f"{name}@EXAMPLE.org")
    assert (refused["code"], refused["detail"]) == ("conflict", "Email already registered")
    refused = create(client_token, 409, username=unique("a"), externalId=name)
    assert (refused["code"], refused["detail"]) == ("conflict", "externalId already exists")


@pytest.mark.parametrize("body, field", [
    ({}, "username"), ({"username": ""}, "username"), ({"username": 7}, "username"), ({"username": "a" * 101}, "username"),
    ({"username": " a"}, "username"), ({"username": "a\u200db"}, "username"), ({"username": "a\nb"}, "username"),
    ({"username": "\u0958" * 100}, "username"),  # each becomes two characters
    ({"username": "x", "email": "nowhere"}, "email"), ({"username": "x", "email": "a" * 250 + "@b.org"}, "email"),
    ({"username": "x", "externalId": ""}, "externalId"), ({"username": "x", "externalId": "a" * 256}, "externalId"),
    ({"username": "x", "fullName": "a\u202eb"}, "fullName"), ({"username": "x", "fullName": "a" * 256}, "fullName")])
def test_a_bad_field_is_named(client_token, body, field):
    assert create(client_token, 422, **body)["field"] == field


def test_only_applications_that_keep_users_make_them(anonymous, someone, client_token, system):
    create(anonymous, 401, username=unique("x"))
    create(someone(), 403, username=unique("x"))
    known = system.credentials()
    with Person(system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]) as admin, Person(system) as weak:
        admin.login()
        create(admin, 403, username=unique("x"))
        token = admin.post("/api/tokens/client", json={"permissions": {"read": True, "write": True, "admin": True}})
        weak.headers["Authorization"] = f"Bearer {token.json()['token']}"
        create(weak, 403, username=unique("x"))


# --- finding --------------------------------------------------------------------------------------


def test_people_by_the_beginning_of_their_names(someone, client_token, crew):
    stem, made = crew("-b", "-a", "-c%", "-C_", "-c\\x")
    ann = someone()

    def found(query, who=ann, **more):
        answer = who.get("/api/users", params={"query": query, **more})
        assert answer.status_code == 200, answer.text
        return [row["username"].removeprefix(stem) for row in answer.json()]

    assert found(stem) == ["-a", "-b", "-c%", "-c\\x", "-C_"]
    assert found(stem.upper() + "-C") == ["-c%", "-c\\x", "-C_"]  # in any case
    assert found(stem + "-c%") == ["-c%"]  # and nothing stands for anything else
    assert found(stem + "-c_") == ["-C_"]
    assert found(stem + "-c\\") == ["-c\\x"]
    assert found("%" + stem[1:]) == found("_" + stem[1:]) == found(stem[1:] + "-a") == []
    assert found(stem + "-a", who=client_token) == ["-a"]
    assert found(stem, limit=2) == ["-a", "-b"]
    assert found(stem, limit=2, before=made["-b"]["id"]) == ["-c%", "-c\\x"]
    assert found(stem, before=made["-C_"]["id"]) == []
    assert found(stem, before=str(uuid.uuid4())) == []  # a position that is none
    assert len(ann.get("/api/users", params={"limit": 3}).json()) == 3


@pytest.mark.parametrize("query", [{"query": "a" * 101}, {"limit": 0}, {"limit": 101}, {"limit": "x"}, {"before": "x"}])
def test_a_bad_query_is_named(someone, query):
    answer = someone().get("/api/users", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, next(iter(query)))


def test_only_what_is_public(someone, client_token):
    name = unique("zoe")
    made = create(client_token, username=name, email=f"{name}@example.org", fullName="Zoe Q.")
    who, ann = made["user"]["id"], someone()
    (listed,) = ann.get("/api/users", params={"query": name}).json()
    assert listed == {"id": who, "username": name, "fullName": "Zoe Q.", "role": "MEMBER", "lastSeen": None,
                      "createdAt": listed["createdAt"]}
    for reader in (ann, client_token):
        assert reader.get(f"/api/users/{who}").json() == {**listed, "bio": None}
    assert ann.get(f"/api/users/{ann.id}").json()["lastSeen"]


@pytest.mark.parametrize("how", ("is_active = false", "deleted_at = now()"))
def test_who_is_gone_is_not_there(someone, crew, system, how):
    stem, made = crew("-a", "-b")
    gone = made["-a"]["id"]
    with system.db() as db:
        db.execute(f"UPDATE chat.users SET {how} WHERE id = %s", [gone])
    ann = someone()
    assert [row["id"] for row in ann.get("/api/users", params={"query": stem}).json()] == [made["-b"]["id"]]
    missing = ann.get(f"/api/users/{gone}")
    assert (missing.status_code, missing.json()["code"]) == (404, "user_not_found")
    assert ann.get(f"/api/users/{uuid.uuid4()}").status_code == 404
    assert ann.get("/api/users/nobody").status_code == 404


def test_nobody_looks_without_a_credential(anonymous):
    assert anonymous.get("/api/users").status_code == 401
    assert anonymous.get(f"/api/users/{uuid.uuid4()}").status_code == 401


# --- how it is found ------------------------------------------------------------------------------

# The index by which each statement of these routes must enter, planned without knowing its parameters.
PLANS = {
    "people": ("users_name_key", ["''", "NULL", "10"]),
    "person": ("users_pkey", [f"'{uuid.uuid4()}'"]),
    "tokens_of": ("api_tokens_user_id", ["NULL", "10", f"'{uuid.uuid4()}'", "NULL"]),
    "tokens_all": ("api_tokens_pkey", ["NULL", "10"]),
    "tokens_typed": ("api_tokens_type", ["NULL", "10", "'CLIENT'"]),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_list_is_read_through_its_index(system, name):
    """As the programs prepare it: one plan for all parameters. No sort of everybody, no filter over all.

    A handful of users is sorted faster than walked in order, so what is asked is whether the index can
    do it: a sort that no setting avoids is one that the index cannot save."""
    index, values = PLANS[name]
    with system.db("chatsphere") as db:
        db.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        db.execute("SET enable_bitmapscan = off; SET enable_sort = off")
        db.execute(f"PREPARE wanted AS {statements(name)}", prepare=False)
        rows = db.execute(f"EXPLAIN (COSTS off) EXECUTE wanted({', '.join(values)})", prepare=False).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert re.search(rf"(using|on) {index}\b", plan) and "Index Cond" in plan, plan
    assert "Seq Scan" not in plan, plan
    if name == "people":
        assert "Sort" not in plan and "name_key >= " in plan and "name_key < " in plan, plan
