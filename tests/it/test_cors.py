"""Other origins (S7): those on the list may read answers with credentials, all others hear nothing of it."""

import pytest
from people import Person
from system import System

LISTED, OTHER = "https://chat.example", "https://chat.example.evil"


@pytest.fixture(scope="module")
def ann():
    """Somebody in a system that lists one origin."""
    with System(env={"CORS_ALLOW_ORIGINS": LISTED}) as system:
        person = Person(system).register().login()
        yield person
        person.close()


def allowed(answer):
    return answer.headers.get("Access-Control-Allow-Origin"), answer.headers.get("Access-Control-Allow-Credentials")


@pytest.mark.parametrize("path, status", [("/auth/me", 200), ("/api/rooms", 200), ("/api/nothing", 404)])
def test_a_listed_origin_reads_answers_and_errors(ann, path, status):
    answer = ann.get(path, headers={"Origin": LISTED})
    assert answer.status_code == status and allowed(answer) == (LISTED, "true")
    assert "Origin" in answer.headers["Vary"]
    assert "Chat-Seq" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", [OTHER, "http://chat.example", "https://chat.example:8443", "null", "*"])
def test_no_other_origin_is_reflected(ann, origin):
    for answer in (ann.get("/auth/me", headers={"Origin": origin}),
                   ann.options("/auth/me", headers={"Origin": origin, "Access-Control-Request-Method": "GET"})):
        assert not [name for name in answer.headers if name.startswith("access-control-")], origin
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("method, path", [("PUT", "/auth/me"), ("DELETE", "/auth/sessions/{id}"), ("POST", "/api/rooms")])
def test_a_preflight_tells_what_may_be_sent(ann, method, path):
    path = path.replace("{id}", ann.id)
    answer = ann.options(path, headers={"Origin": LISTED, "Access-Control-Request-Method": method})
    assert answer.status_code == 204 and allowed(answer)[0] == LISTED
    assert method in answer.headers["Access-Control-Allow-Methods"]
    names = {name.strip() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert names >= {"If-None-Match", "Authorization", "Content-Type", "X-Session-Token", "Idempotency-Key"}
