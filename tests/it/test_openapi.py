"""The API's document against the running server, and the check itself against seeded lies.

Every other test holds its answers against the document by the way (people.py). Here the document
leads: each of its operations is asked without a credential and with methods that it does not have.
"""

import copy
import re
import uuid

import httpx
import pytest
from openapi import CONTRACT, METHODS, Contract, Undocumented
from people import PASSWORD, Person, unique

OPERATIONS = [
    (method, path, item[method])
    for path, item in CONTRACT.tree["paths"].items()
    for method in METHODS
    if method in item
]
SECURED = [(method, path) for method, path, node in OPERATIONS if node.get("security") != []]
PATHS = sorted({path for _, path, _ in OPERATIONS})


def somewhere(path):
    """The path with ids of nothing."""
    return re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), path)


# --- every operation ------------------------------------------------------------------------------


@pytest.mark.parametrize("method, path", SECURED)
def test_nothing_is_given_without_a_credential(anonymous, method, path):
    assert anonymous.request(method.upper(), somewhere(path)).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_every_path_says_what_it_allows(anonymous, path):
    assert anonymous.options(somewhere(path)).status_code == 204
    assert anonymous.request("PROPFIND", somewhere(path)).status_code == 405


def test_head_is_get_without_a_body(person):
    answer = person().head("/auth/me")
    assert answer.status_code == 200
    assert answer.content == b""


# --- the check can fail ---------------------------------------------------------------------------


def lying(change):
    """The contract, from a document that was changed."""
    tree = copy.deepcopy(CONTRACT.tree)
    change(tree)
    return Contract(tree)


def schema_of(tree, name):
    return tree["components"]["schemas"][name]


LIES = {
    "a field that is not documented": lambda t: schema_of(t, "User")["properties"].pop("bio"),
    "a field that does not come": lambda t: schema_of(t, "User")["required"].append("phone"),
    "a field of another type": lambda t: schema_of(t, "User")["properties"].update(roles={"type": "string"}),
    "null where none is": lambda t: schema_of(t, "User")["properties"].update(email={"type": "string"}),
    "a time that is an id": lambda t: schema_of(t, "User")["properties"].update(
        created_at={"type": "string", "format": "uuid"}
    ),
    "a status that is not documented": lambda t: t["paths"]["/auth/me"]["get"]["responses"].pop("200"),
    "a path that is not documented": lambda t: t["paths"].pop("/auth/me"),
    "a method that is not documented": lambda t: t["paths"]["/auth/me"].pop("get"),
    "another content type": lambda t: t["components"]["responses"].update(
        User={"description": "", "content": {"text/plain": {"schema": {}}}}
    ),
    "a header that is not documented": lambda t: t["components"]["responses"]["User"].pop("headers"),
    "a header that does not come": lambda t: t["components"]["responses"]["User"]["headers"].update(
        {"Chat-Epoch": {"required": True, "schema": {"type": "string"}}}
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_as_documented_fails(someone, lie):
    answer = someone().get("/auth/me")
    CONTRACT.check(answer)
    with pytest.raises(Undocumented):
        lying(LIES[lie]).check(answer)


def test_what_was_accepted_must_be_documented(anonymous):
    body = {"username": unique("ann"), "password": PASSWORD}
    answer = anonymous.post("/auth/register", json=body)
    form = CONTRACT.tree["components"]["requestBodies"]["Registration"]["content"]["application/json"]

    def longer(tree):
        changed = copy.deepcopy(form)
        changed["schema"]["properties"]["password"]["minLength"] = len(PASSWORD) + 1
        tree["components"]["requestBodies"]["Registration"]["content"]["application/json"] = changed

    with pytest.raises(Undocumented, match="a request was accepted"):
        lying(longer).check(answer)


def test_allow_says_exactly_what_is_documented(anonymous):
    answer = anonymous.delete("/api/rooms")
    with pytest.raises(Undocumented, match="Allow says"):
        lying(lambda tree: tree["paths"]["/api/rooms"].pop("post")).check(answer)


@pytest.mark.parametrize(
    "time, right",
    [
        ("2026-11-20T12:00:00.000Z", True),
        ("2026-11-20T12:00:00Z", False),
        ("2026-11-20 12:00:00.000Z", False),
        ("2026-11-20T12:00:00.000+00:00", False),
        ("2026-11-20T12:00:00.000000Z", False),
        ("2026-13-20T12:00:00.000Z", False),
    ],
)
def test_times_have_one_form(someone, time, right):
    changed = someone().get("/auth/me")
    body = {**changed.json(), "created_at": time}
    answer = httpx.Response(200, headers={"X-Request-Id": "a" * 32}, json=body, request=changed.request)
    if right:
        CONTRACT.check(answer)
    else:
        with pytest.raises(Undocumented, match="date-time"):
            CONTRACT.check(answer)


def test_a_repeated_key_fails(someone):
    answer = someone().get("/api/health")
    text = b'{"status":"ok","status":"ok","version":"1"}'
    headers = {"X-Request-Id": "a" * 32, "Content-Type": "application/json"}
    with pytest.raises(Undocumented, match="repeated"):
        CONTRACT.check(httpx.Response(200, headers=headers, content=text, request=answer.request))


def test_people_check_their_answers(system, monkeypatch):
    """The hook is there: with a lie in the place of the contract, a request fails."""
    assert CONTRACT.check in Person.checks
    lie = lying(lambda tree: tree["paths"].pop("/api/health"))
    monkeypatch.setattr(Person, "checks", [lie.check])
    with Person(system) as who, pytest.raises(Undocumented, match="/api/health"):
        who.get("/api/health")
