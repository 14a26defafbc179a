"""The head of a WebSocket's handshake, byte by byte: whatever a client sends, it is told what is wrong
with it; nothing ends in a connection that is just dropped, or in an answer of the web server's own."""

import json
import re
import socket
from urllib.parse import urlsplit

import pytest
from gateways import Gateway
from native import bearer
from people import unique
from system import SOURCE, web_word
from wsclient import SUBPROTOCOL

HEAD = {
    "Host": "chat.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def ask(url, head=None, target="/ws", method="GET", more=()):
    """Sends such a head: status, headers, body as far as they say. `more` are lines as they are."""
    at = urlsplit(url)
    lines = [f"{name}: {value}" for name, value in (HEAD if head is None else head).items() if value is not None]
    with socket.create_connection((at.hostname, at.port), timeout=10) as line:
        line.sendall("\r\n".join([f"{method} {target} HTTP/1.1", *lines, *more, "", ""]).encode())
        got = line.makefile("rb")
        first = got.readline().decode()
        assert first, "the connection was dropped"
        headers = {}
        while (text := got.readline().decode().strip()):
            name, value = text.split(":", 1)
            headers.setdefault(name.lower(), value.strip())
        return int(first.split()[1]), headers, got.read(int(headers.get("content-length", 0)))


@pytest.fixture(scope="module")
def direct(system):
    """A gateway without a web server in front."""
    with Gateway(system) as gateway:
        yield gateway.ws_url


@pytest.fixture(params=["web", "direct"])
def url(request, system, direct):
    return system.ws_url if request.param == "web" else direct


def assert_problem(answer, status, code=None):
    got, headers, body = answer
    assert got == status, body[:200]
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    problem = json.loads(body)
    assert problem["status"] == status
    assert code is None or problem["code"] == code
    return headers


# --- what makes it a handshake --------------------------------------------------------------------


def test_the_head_that_all_others_here_differ_from(url):
    assert ask(url)[0] == 101


@pytest.mark.parametrize("version", ["8", "12", "14", "13, 8", None])
def test_another_version(url, version):
    headers = assert_problem(ask(url, HEAD | {"Sec-WebSocket-Version": version}), 426, "upgrade_required")
    assert headers["sec-websocket-version"] == "13"
    assert headers["upgrade"].lower() == "websocket"


@pytest.mark.parametrize(
    "head",
    [
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": "x" * 200},
    ],
)
def test_a_bad_key(url, head):
    assert_problem(ask(url, HEAD | head), 400, "bad_request")


def test_a_connection_that_is_not_to_be_upgraded(direct):
    for value in ("keep-alive", "x" * 200, None):
        assert_problem(ask(direct, HEAD | {"Connection": value}), 400, "bad_request")


def test_connection_may_say_more(direct):
    assert ask(direct, HEAD | {"Connection": "keep-alive, Upgrade"})[0] == 101


@pytest.mark.parametrize("upgrade", ["h2c", "h2c, foo", "foo"])
def test_no_other_upgrade(system, upgrade):
    settings = {"Upgrade": upgrade, "Connection": "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"}
    assert_problem(ask(system.ws_url, HEAD | settings), 426)


def test_no_upgrade_to_http2_in_the_clear(direct):
    settings = {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"}
    assert_problem(ask(direct, HEAD | settings), 400)


def test_plain_http_is_told_what_is_wanted(url):
    assert_problem(ask(url, {"Host": "chat.example"}), 426)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_get_is_upgraded(url, method):
    assert_problem(ask(url, method=method, more=["Content-Length: 0"]), 400)


@pytest.mark.parametrize("target", ["/", "/events", "/health", "/ws/", "/wss", "/wsx?token=x"])
def test_only_ws_is_upgraded(direct, target):
    assert_problem(ask(direct, target=target), 400)


# --- subprotocols ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["other.v7", "other.v7, another.v8", "x" * 300, ", ".join(["other.v7"] * 40), "a/b"])
def test_none_but_unknown_subprotocols(system, direct, wanted):
    """The web server goes on without one, RFC 6455 4.2.2; the gateway by itself says no."""
    status, headers, _ = ask(system.ws_url, HEAD | {"Sec-WebSocket-Protocol": wanted})
    assert (status, headers.get("sec-websocket-protocol")) == (101, None)
    assert_problem(ask(direct, HEAD | {"Sec-WebSocket-Protocol": wanted}), 400)


def test_the_web_server_knows_the_subprotocols_that_the_gateway_knows():
    known = re.findall(r'PROTOCOL\("([\w.]+\.v\d+)"\)', (SOURCE / "ws-gateway" / "ws.c").read_text())
    assert known == web_word("SUBPROTOCOLS").replace("\\.", ".").split("|")


@pytest.mark.parametrize("wanted", [SUBPROTOCOL, f"other.v7,{SUBPROTOCOL}", f"{SUBPROTOCOL} , other.v7"])
def test_the_known_subprotocol_is_found(url, wanted):
    status, headers, _ = ask(url, HEAD | {"Sec-WebSocket-Protocol": wanted})
    assert (status, headers["sec-websocket-protocol"]) == (101, SUBPROTOCOL)


def test_the_web_server_finds_it_in_a_long_list(system):
    wanted = ", ".join(["other.v7"] * 40 + [SUBPROTOCOL])
    status, headers, _ = ask(system.ws_url, HEAD | {"Sec-WebSocket-Protocol": wanted})
    assert (status, headers["sec-websocket-protocol"]) == (101, SUBPROTOCOL)


# --- credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["token=a&token=b", "token=a&token=a", "ticket=a&token=b", "ticket=a&ticket=b"])
def test_two_credentials_in_the_query(url, query):
    assert_problem(ask(url, target=f"/ws?{query}"), 400, "bad_request")


@pytest.mark.parametrize("query", ["token=a", "ticket=a", "a=b&token=a"])
def test_one_in_the_head_and_one_in_the_query(url, someone, query):
    assert_problem(ask(url, HEAD | bearer(someone()), target=f"/ws?{query}"), 400, "bad_request")


def test_a_header_twice(url, someone):
    token = bearer(someone())["Authorization"]
    assert_problem(ask(url, more=[f"Authorization: {token}"] * 2), 400, "bad_request")


def test_an_empty_argument_hides_nothing(system, raw, someone):
    ann = someone()
    socket_ = raw(f"{system.ws_url}?&a=&token={ann.access_token}")
    assert socket_.receive_events("welcome")["userId"] == ann.id


# --- too much -------------------------------------------------------------------------------------


def test_more_headers_than_it_has_room_for(system, someone):
    """A web server lets through up to 32 KiB, in any number of lines."""
    big = [f"X-Filler-{i}: {'x' * 7000}" for i in range(4)]
    many = ["Cookie: a=b"] * 500
    assert ask(system.ws_url, more=big)[0] == 101
    assert ask(system.ws_url, more=many)[0] == 101
    assert_problem(ask(system.ws_url, more=[f"X-Filler: {'x' * 9000}"]), 400)
    assert_problem(ask(system.ws_url, more=big * 2), 400)


@pytest.mark.parametrize("query", ["a=%zz", "a=%0", "a=%00", "&".join(["a=b"] * 200), "a=" + "x" * 9000])
def test_a_query_that_cannot_be_read(system, query):
    assert_problem(ask(system.ws_url, target=f"/ws?{query}"), 400)


def test_it_is_still_there_afterwards(system, raw, someone):
    assert raw(headers=bearer(someone())).receive_events("welcome")


# --- answers --------------------------------------------------------------------------------------


def test_every_answer_of_the_gateway_forbids_sniffing(direct):
    for target, status in (("/health", 200), ("/nowhere", 404), ("/ws", 426)):
        got, headers, _ = ask(direct, {"Host": "chat.example", "X-Request-Id": unique("id")}, target=target)
        assert got == status
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-request-id"].startswith("id-")
