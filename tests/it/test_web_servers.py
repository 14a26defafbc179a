"""What holds behind every web server that quickstart can put in front, each with its own real program."""

import json
import subprocess

import pytest
from people import Person
from system import System
from test_handshake import ask

CHECKS = {  # its own test of a configuration
    "nginx": lambda home: ["nginx", "-t", "-p", home / "nginx", "-c", home / "nginx" / "nginx.conf"],
    "apache": lambda home: ["apache2", "-t", "-f", home / "apache" / "apache.conf"],
    "lighttpd": lambda home: ["lighttpd", "-tt", "-f", home / "lighttpd" / "lighttpd.conf"],
}


@pytest.fixture(scope="module", params=sorted(CHECKS))
def front(request):
    """A system with this web server in front."""
    with System(env={"CHATSPHERE_WEB": request.param}) as running:
        yield running


@pytest.fixture(scope="module")
def ann(front):
    person = Person(front).register().login()
    yield person
    person.close()


def test_its_configuration_passes_its_own_test(front):
    done = subprocess.run(CHECKS[front.web](front.home), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("method, target, status, code", [
    ("GET", "/nowhere", 404, "not_found"), ("GET", "/nowhere.html", 404, "not_found"),
    ("POST", "/", 405, "method_not_allowed"), ("PUT", "/index.html", 405, "method_not_allowed"),
    ("TRACE", "/", 405, "method_not_allowed"),
    ("GET", "/%00", 400, "bad_request"), ("GET", "/%zz", 400, "bad_request"), ("GET", "/%2e%2e/x", 400, "bad_request"),
    ("GET", "/api/%2e%2e/index.html", 400, "bad_request"), ("GET", "/" + "x" * 9000, 400, "bad_request"),
])
def test_what_it_answers_itself_is_a_problem_too(front, method, target, status, code):
    got, headers, body = ask(front.base_url, {"Host": "chat.example", "Content-Length": "0"}, target, method)
    assert (got, json.loads(body)["code"]) == (status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]
