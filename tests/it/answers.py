"""What answers over REST are looked at for: that they say yes, or no in the one form in which all errors are told."""

import re

NEVER = "01980000-0000-7000-8000-00000000dead"  # nothing has this id
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def ok(answer):
    """Its body."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer, status, code, field=None):
    """No, in this way: the body."""
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("field")) == (status, code, field), answer.text
    return body


def assert_problem(answer, status, code=None, detail=None):
    """The one form of every error (contract.md, conventions)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert {"type", "title", "status", "code", "detail", "error"} <= set(body)
    assert body["status"] == status
    assert body["error"] == body["detail"]
    if code:
        assert body["code"] == code
    if detail:
        assert body["detail"] == detail
    return body
