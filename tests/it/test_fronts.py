"""What is refused behind one web server is refused behind all, in the same words.

A system for each of them runs side by side with the others, with two gateways. What else the web servers have to do is shown by the
other files of tests, which tests/run starts behind each.
"""

import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest
from fronts import TABLE, ask, expected, get, request
from people import Person, unique
from system import System, wait_until, web_word
from wsclient import NativeSocket

FRONTS = ("nginx", "apache", "lighttpd")


@pytest.fixture(scope="module")
def fronts():
    """The systems, by name, and somebody with a room in each."""
    systems = {web: System(env={"CHATSPHERE_WEB": web, "CHATSPHERE_GATEWAYS": "2"}) for web in FRONTS}
    with ThreadPoolExecutor() as pool:
        list(pool.map(System.start, systems.values()))
    for system in systems.values():
        system.ann = Person(system).register().login()
        system.ann.room = system.ann.create_room()["id"]
    yield systems
    with ThreadPoolExecutor() as pool:
        list(pool.map(System.stop, systems.values()))
    for system in systems.values():
        system.ann.close()
        system.remove()


@pytest.fixture(params=FRONTS)
def front(request, fronts):
    return fronts[request.param]


def tell(front, text):
    """Asks with Ann's token and room."""
    ann = front.ann
    return ask(front.port, text.replace(b"TOKEN", ann.access_token.encode()).replace(b"ROOM", ann.room.encode()))


CHECKS = {  # each server's own test of a configuration
    "nginx": lambda home: ["nginx", "-t", "-p", home / "nginx", "-c", home / "nginx" / "nginx.conf"],
    "apache": lambda home: ["apache2", "-t", "-f", home / "apache" / "apache.conf"],
    "lighttpd": lambda home: ["lighttpd", "-tt", "-f", home / "lighttpd" / "lighttpd.conf"],
}


def test_its_configuration_passes_its_own_test(front):
    done = subprocess.run(CHECKS[front.web](front.home), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_the_same_behind_all(front, row):
    answer = tell(front, row[1])
    status, code = expected(row, front.web)
    problem = answer.problem
    assert (answer.status, problem and problem["code"]) == (status, code), answer.body[:300]
    if problem:
        assert {"type", "title", "status", "code", "detail", "error"} <= set(problem)
        assert (problem["status"], problem["error"]) == (status, problem["detail"])
    if status >= 400 and answer.body:  # (there is none with HEAD)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
    assert status != 405 or answer.headers["allow"]


def test_the_words_are_the_workers(fronts):
    """Who refuses cannot be told from the answer."""
    for text in (get(b"/api/rooms/%zz"), get(b"/api/x/../rooms"), get(b"/zz/../zz"), request(b"/auth/me", host=None)):
        assert len({str(tell(front, text).problem) for front in fronts.values()}) == 1


# --- whom the programs see ------------------------------------------------------------------------


def seen(front, local="127.0.0.1", **headers):
    """The address that the session list shows after a login from this one."""
    transport = httpx.HTTPTransport(local_address=local)
    with httpx.Client(base_url=front.base_url, transport=transport, headers=headers) as client:
        body = {"username": front.ann.name, "password": front.ann.password}
        token = client.post("/auth/login", json=body).json()["access_token"]
        mine = client.get("/auth/sessions", headers={"Authorization": f"Bearer {token}"}).json()
        return next(session["ip_address"] for session in mine if session["current"])


FORGED = ("X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded", "Remote-Addr", "REMOTE_ADDR", "Via")


def test_the_clients_address_is_its_connections(front):
    assert seen(front, "127.0.0.2") == "127.0.0.2"
    assert seen(front, **{name: "192.0.2.1" for name in FORGED}) == "127.0.0.1"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_metrics_are_for_this_machine(front, header):
    for path in ("/metrics", "/metrics/gateway"):
        assert httpx.get(front.base_url + path).status_code == 200
        assert httpx.get(front.base_url + path, headers={header: "127.0.0.1"}).status_code == 404
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as stranger:
        for path in ("/metrics", "/metrics/gateway"):
            assert stranger.get(front.base_url + path).json()["code"] == "not_found"


# --- files ----------------------------------------------------------------------------------------

LEFT_TO_THE_SERVER = {"server", "date", "etag", "last-modified", "connection", "keep-alive", "accept-ranges",
                      "content-length", "transfer-encoding", "x-request-id", "upgrade"}  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/index.html", "/chatsphere.js", "/app/main.js", "/css/chat.css", "/favicon.svg"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_files_come_with_the_same_headers(fronts, path, coding):
    answers = [httpx.get(front.base_url + path, headers={"Accept-Encoding": coding}) for front in fronts.values()]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == web_word("POLICY")
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["vary"].lower() == "accept-encoding"
        assert answer.headers["x-request-id"]
    same = [{name: value for name, value in answer.headers.items() if name not in LEFT_TO_THE_SERVER} for answer in answers]
    assert all(headers == same[0] for headers in same)
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_file_that_has_not_changed_is_not_sent_again(front, coding):
    headers = {"Accept-Encoding": coding}
    first = httpx.get(f"{front.base_url}/chatsphere.js", headers=headers)
    again = httpx.get(f"{front.base_url}/chatsphere.js", headers={**headers, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


# --- pools and gateways ---------------------------------------------------------------------------


def assert_unavailable(answer):
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1


AUTH_POOL = ["POST /auth/login", "POST /auth/register", "POST /auth/users", "PUT /auth/me/password",
             "POST /api/login", "POST /api/register"]  # fmt: skip
API_POOL = ["GET /auth/me", "GET /api/rooms", "POST /messages", "GET /auth/users"]


def test_the_pools_are_apart(front):
    """A pool that cannot be reached is the other one's no concern."""

    def call(route):
        method, path = route.split()
        return httpx.request(method, front.base_url + path, content=b"{}", headers={"Content-Type": "application/json"})

    for gone, there, socket_name in ((AUTH_POOL, API_POOL, "auth"), (API_POOL, AUTH_POOL, "api")):
        with front.without(socket_name):
            for route in gone:
                assert_unavailable(call(route))
            assert not [route for route in there if call(route).status_code == 503]


def test_workers_that_die_are_not_missed(front):
    """The next request is another worker's."""
    for _ in range(5):
        front.kill(front.workers()[0])
        assert [front.ann.get("/auth/me").status_code for _ in range(5)] == [200] * 5


def test_two_gateways_share_the_sockets(front):
    open_ = [NativeSocket(front.ws_url, token=front.ann.access_token) for _ in range(6)]
    counts = []
    for name in ("gateway", "gateway-2"):
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(front.run_dir / "ws" / f"{name}.sock"))) as client:
            counts.append(client.get("http://gateway/health").json()["connections"])
    for one in open_:
        one.close()
    assert min(counts) >= 2, counts


@contextmanager
def gone(front, *gateways):
    """These are dead, and not started again meanwhile."""
    for name in gateways:
        front.kill(front.service_pid(name), signal.SIGSTOP)
        front.kill(front.gateway_pid(name))
    try:
        yield
    finally:
        for name in gateways:
            front.kill(front.service_pid(name), signal.SIGCONT)
        wait_until(front.is_whole, timeout=5, what="a gateway")


def test_a_gateway_that_is_gone_is_passed_over(front):
    with gone(front, "gateway"):
        for _ in range(6):
            NativeSocket(front.ws_url, token=front.ann.access_token).close()
    with gone(front, "gateway", "gateway-2"):
        for path in ("/ws", "/events"):
            assert_unavailable(httpx.get(front.base_url + path))


# --- logs -----------------------------------------------------------------------------------------


ASKED = ["/api/health", "/ws", "/events", "/nowhere", "/%00", "/api/%2e%2e/x", "/api/%zz"]


def test_no_log_has_a_query_or_an_invitation(front):
    """Neither while all is well, nor when nobody is there to answer."""
    secret, code = unique("secret"), unique("code")

    def ask_all():
        for path in ASKED:
            tell(front, request(f"{path}?token={secret}".encode(), f"Referer: http://a/?{secret}".encode()))
            tell(front, request(f"/api/invites/{code}{path}".encode()))
            tell(front, request(f"/api/invites/{code}?{secret}".encode(), b"Host: other.example"))
        return httpx.post(f"{front.base_url}/api/invites/{code}").headers["x-request-id"].encode()

    first = ask_all()
    with front.without("api", "ws/gateway", "ws/gateway-2"):
        last = ask_all()
    log = front.log_dir / "access.log"
    wait_until(lambda: {first, last} <= set(log.read_bytes().split()), what="the access log")
    shown = [line for line in log.read_bytes().splitlines() if first in line or last in line]
    assert len(shown) == 2 and all(b"/api/invites/***" in line for line in shown)
    logs = b"".join(log.read_bytes() for log in front.log_dir.iterdir())
    assert secret.encode() not in logs and code.encode() not in logs


# --- slow clients ---------------------------------------------------------------------------------

HALF_A_HEAD = b"GET /api/health HTTP/1.1\r\nHost: chat\r\nX-A: "
HALF_A_BODY = request(b"/auth/login", b"Content-Type: application/json", b"Content-Length: 100", method=b"POST") + b"{"
SLOW = [HALF_A_HEAD, HALF_A_BODY, HALF_A_BODY.replace(b"/auth/login", b"/api/rooms")]


def seconds_until_dropped(port, text):
    """How long the web server waits for the rest."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line, suppress(ConnectionError):
        line.sendall(text)
        while line.recv(4096):
            pass
    return time.monotonic() - began


@pytest.mark.slow
def test_who_stops_in_the_middle_is_dropped(fronts):
    """And holds no worker meanwhile: there are more of them than workers."""
    with ThreadPoolExecutor(40) as pool:
        waiting = [
            (front.web, text, pool.submit(seconds_until_dropped, front.port, text))
            for front in fronts.values()
            for text in SLOW * 4
        ]
        for front in fronts.values():
            assert [front.ann.get("/auth/me").status_code for _ in range(5)] == [200] * 5
            assert httpx.post(f"{front.base_url}/auth/login", json={}).status_code == 422
        took = [(web, text, future.result()) for web, text, future in waiting]
    assert not [one for one in took if not 5 < one[2] < 25]
