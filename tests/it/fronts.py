"""What is asked of every web server byte by byte, and the one answer that all of them have to give (S13).

A row is a name, the request as it goes over the wire, the status, and the `code` of the problem in the answer
(None: there is no problem). In the bytes TOKEN stands for a credential that is good, ROOM for a room of its
owner. Requests end their connection, so an answer is what comes until the end.
"""

import json
import socket

AUTH = b"Authorization: Bearer TOKEN"
JSON = b"Content-Type: application/json"


def request(target, *lines, method=b"GET", version=b"HTTP/1.1", body=b"", host=b"Host: chat.example"):
    """A request with these header lines; Host and Connection are added."""
    head = [b" ".join([method, target, version]), *([host] if host else []), b"Connection: close", *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def get(target, *lines, **options):
    """With a good credential, so that what is refused is not refused for want of one."""
    return request(target, AUTH, *lines, **options)


def post(body, *lines, type=JSON, length=True):
    """JSON, with its length, unless the lines say something else."""
    lines = [AUTH, *([type] if type else []), *([b"Content-Length: %d" % len(body)] if length else []), *lines]
    return request(b"/api/rooms", *lines, method=b"POST", body=body)


def chunked(body, size=8192, end=b"0\r\n\r\n"):
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


CHUNKED = b"Transfer-Encoding: chunked"
GOOD = b'{"name": "by hand"}'
BIG, HUGE = b"x" * 70_000, b"x" * 2_000_000  # over the worker's cap; over the web server's, too

PATHS = [
    ("escaped slash", get(b"/api/rooms%2FROOM"), 400, "bad_request"),
    ("escaped slash, small", get(b"/api/rooms%2fROOM"), 400, "bad_request"),
    ("escaped backslash", get(b"/api/rooms%5CROOM"), 400, "bad_request"),
    ("backslash", get(b"/api\\rooms"), 400, "bad_request"),
    ("backslash behind api", get(b"/api/x\\rooms"), 400, "bad_request"),
    ("NUL", get(b"/api/rooms/%00"), 400, "bad_request"),
    ("NUL behind an id", get(b"/api/rooms/ROOM%00"), 400, "bad_request"),
    ("control character", get(b"/api/rooms/%0a"), 400, "bad_request"),
    ("two dots", get(b"/api/x/../rooms"), 400, "bad_request"),
    ("two dots, escaped", get(b"/api/%2e%2e/api/rooms"), 400, "bad_request"),
    ("two dots, half escaped", get(b"/api/.%2E/api/rooms"), 400, "bad_request"),
    ("two dots out of the API", get(b"/api/../index.html"), 400, "bad_request"),
    ("two dots into the API", get(b"/app/../api/rooms"), 400, "bad_request"),
    ("one dot", get(b"/api/./rooms"), 400, "bad_request"),
    ("two slashes", get(b"/api//rooms"), 400, "bad_request"),
    ("two slashes in front", get(b"//api/rooms"), 400, "bad_request"),
    ("no UTF-8", get(b"/api/rooms/%ff"), 400, "bad_request"),
    ("overlong UTF-8", get(b"/api/rooms/%c0%af"), 400, "bad_request"),
    ("no UTF-8, raw", get(b"/api/rooms/\xff"), 400, "bad_request"),
    ("UTF-8", get(b"/api/rooms/%C3%BC"), 404, "not_found"),
    ("no escape", get(b"/api/rooms/%zz"), 400, "bad_request"),
    ("half an escape", get(b"/api/rooms/%4"), 400, "bad_request"),
    ("less than half", get(b"/api/rooms/%"), 400, "bad_request"),
    ("decoded", get(b"/api/ro%6Fms/ROOM"), 200, None),
    ("decoded in front", get(b"/%61pi/rooms/ROOM"), 200, None),
    ("decoded once", get(b"/api/%2572ooms"), 404, "not_found"),
    ("a slash behind", get(b"/api/rooms/"), 404, "not_found"),
    ("a parameter", get(b"/api/rooms;x=1"), 404, "not_found"),
    ("a plus is a plus", get(b"/api/rooms+x"), 404, "not_found"),
    ("another word", get(b"/apix"), 404, "not_found"),
    ("no query is a query", get(b"/api/rooms/ROOM?"), 200, None),
    ("two question marks", get(b"/api/rooms/ROOM??x"), 200, None),
    ("query: no escape", get(b"/api/rooms/ROOM/messages?limit=%zz"), 400, "bad_encoding"),
    ("query: half an escape", get(b"/api/rooms/ROOM/messages?limit=1%"), 400, "bad_encoding"),
    ("query: NUL", get(b"/api/rooms/ROOM/messages?limit=1%00"), 400, "bad_encoding"),
    ("query: no UTF-8", get(b"/api/users?query=%ff"), 400, "bad_encoding"),
    ("query: dots", get(b"/api/rooms/ROOM?a=/../b"), 200, None),
    ("absolute", get(b"http://chat.example/api/rooms/ROOM"), 200, None),
    ("static: two dots out of it", get(b"/../index.html"), 400, "bad_request"),
    ("static: the same, escaped", get(b"/%2e%2e/%2e%2e/etc/passwd"), 400, "bad_request"),
    ("static: two dots", get(b"/app/../index.html"), 400, "bad_request"),
    ("static: escaped slash", get(b"/app%2Fmain.js"), 400, "bad_request"),
    ("static: escaped backslash", get(b"/app%5Cmain.js"), 400, "bad_request"),
    ("static: NUL", get(b"/index.html%00"), 400, "bad_request"),
    ("static: no escape", get(b"/%zz"), 400, "bad_request"),
    ("static: decoded", get(b"/index%2Ehtml"), 200, None),
    ("static: nothing there", get(b"/nothing"), 404, "not_found"),
    ("static: a directory", get(b"/app/"), 404, "not_found"),
    ("static: hidden", get(b"/.git/config"), 404, "not_found"),
    ("static: POST", request(b"/index.html", b"Content-Length: 0", method=b"POST"), 405, "method_not_allowed"),
]

HEADERS = [
    ("Authorization twice", get(b"/auth/me", AUTH), 400, "bad_request"),
    ("Authorization twice, different", get(b"/auth/me", b"Authorization: Bearer x"), 400, "bad_request"),
    ("comma in Authorization", request(b"/auth/me", AUTH + b", x"), 400, "bad_request"),
    ("X-Session-Token twice", request(b"/auth/me", *[b"X-Session-Token: TOKEN"] * 2), 400, "bad_request"),
    ("comma in X-Session-Token", request(b"/auth/me", b"X-Session-Token: TOKEN, x"), 400, "bad_request"),
    ("another credential besides", get(b"/auth/me", b"X-Session-Token: x"), 400, "bad_request"),
    ("the same one besides", get(b"/auth/me", b"X-Session-Token: TOKEN"), 200, None),
    ("X_Session_Token", request(b"/auth/me", b"X_Session_Token: TOKEN"), 401, "unauthorized"),
    ("X_Session_Token besides", get(b"/auth/me", b"X_Session_Token: x"), 200, None),
    ("X.Session.Token", request(b"/auth/me", b"X.Session.Token: TOKEN"), 401, "unauthorized"),
    ("Content_Length", get(b"/auth/me", b"Content_Length: 5"), 200, None),
    ("X-Forwarded-For", get(b"/auth/me", b"X-Forwarded-For: 192.0.2.1"), 200, None),
    ("X_Forwarded_For", get(b"/auth/me", b"X_Forwarded_For: 192.0.2.1"), 200, None),
    ("Proxy", get(b"/auth/me", b"Proxy: http://192.0.2.1/"), 200, None),
    ("Idempotency-Key twice", post(GOOD, *[b"Idempotency-Key: k"] * 2), 400, "bad_request"),
    ("Origin twice", get(b"/auth/me", *[b"Origin: http://chat.example"] * 2), 400, "bad_request"),
    ("no Host", get(b"/auth/me", host=None), 400, "bad_request"),
    ("two Hosts", get(b"/auth/me", b"Host: other.example"), 400, "bad_request"),
    ("blank in a name", get(b"/auth/me", b"X-A : x"), 400, "bad_request"),
    ("NUL in a value", get(b"/auth/me", b"X-A: x\0y"), 400, "bad_request"),
    ("a long line", get(b"/auth/me", b"X-A: " + b"x" * 9000), 400, "bad_request"),
    ("many lines", get(b"/auth/me", *[b"X-A: " + b"x" * 7000] * 6), 400, "bad_request"),
    ("room for four", get(b"/auth/me", *[b"X-%d: " % i + b"x" * 7000 for i in range(3)]), 200, None),
    ("a long URI", get(b"/api/rooms/" + b"x" * 9000), 400, "bad_request"),
    ("a very long URI", get(b"/api/rooms?" + b"x" * 40_000), 400, "bad_request"),
    ("Upgrade: h2c", get(b"/auth/me", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), 200, None),
    ("Upgrade: websocket elsewhere", get(b"/auth/me", b"Upgrade: websocket"), 200, None),
    ("Range", get(b"/auth/me", b"Range: bytes=0-1"), 200, None),
]

LINES = [
    ("an unknown method", get(b"/api/rooms", method=b"BREW"), 405, "method_not_allowed"),
    ("a method of WebDAV", get(b"/api/rooms", method=b"PROPFIND"), 405, "method_not_allowed"),
    ("a method that nobody has here", get(b"/api/rooms", method=b"PUT"), 405, "method_not_allowed"),
    ("small letters", get(b"/api/rooms", method=b"get"), 405, "method_not_allowed"),
    ("TRACE", get(b"/api/rooms", method=b"TRACE"), 405, "method_not_allowed"),
    ("CONNECT", request(b"chat.example:443", method=b"CONNECT"), 400, "bad_request"),
    ("HEAD", get(b"/api/rooms", method=b"HEAD"), 200, None),
    ("OPTIONS", get(b"/api/rooms", method=b"OPTIONS"), 204, None),
    ("OPTIONS of all", request(b"*", method=b"OPTIONS"), 400, "bad_request"),
    ("OPTIONS of a file", request(b"/index.html", method=b"OPTIONS"), 405, "method_not_allowed"),
    ("HTTP/1.0", get(b"/api/rooms/ROOM", version=b"HTTP/1.0"), 200, None),
    ("HTTP/1.0 without Host", get(b"/api/rooms/ROOM", version=b"HTTP/1.0", host=None), 200, None),
    ("HTTP/2.0 in a line", get(b"/api/rooms/ROOM", version=b"HTTP/2.0"), 400, "bad_request"),
    ("HTTP/3.0", get(b"/api/rooms/ROOM", version=b"HTTP/3.0"), 400, "bad_request"),
    ("no version at all", b"nonsense\r\n\r\n", 400, "bad_request"),
    ("a blank in the path", get(b"/api/rooms/a b"), 400, "bad_request"),
    ("control character in the path", get(b"/api/rooms/\x01"), 400, "bad_request"),
    ("not even a path", get(b"api/rooms"), 400, "bad_request"),
]

BODIES = [
    ("good", post(GOOD), 201, None),
    ("good, in pieces", post(chunked(GOOD, 5), CHUNKED, length=False), 201, None),
    ("bad, in pieces", post(chunked(b"{", 5), CHUNKED, length=False), 400, "bad_json"),
    ("none", post(b""), 400, "bad_json"),
    ("none, in pieces", post(chunked(b""), CHUNKED, length=False), 400, "bad_json"),
    ("no length", post(b"", length=False), 400, "bad_json"),
    ("empty length", post(b"", b"Content-Length:", length=False), 400, "bad_request"),
    ("length 0", post(b"", b"Content-Length: 0", length=False), 400, "bad_json"),
    ("length 0, but something", post(GOOD, b"Content-Length: 0", length=False), 400, "bad_json"),
    ("negative length", post(GOOD, b"Content-Length: -1", length=False), 400, "bad_request"),
    ("length with a plus", post(GOOD, b"Content-Length: +19", length=False), 400, "bad_request"),
    ("length in hex", post(GOOD, b"Content-Length: 0x13", length=False), 400, "bad_request"),
    ("two lengths", post(GOOD, b"Content-Length: 18"), 400, "bad_request"),
    ("the same length twice", post(GOOD, b"Content-Length: 19"), 400, "bad_request"),
    ("length of less", post(GOOD, b"Content-Length: 10", length=False), 400, "bad_json"),
    ("length and pieces", post(chunked(GOOD), CHUNKED, b"Content-Length: 19", length=False), 400, "bad_request"),
    ("pieces of no size", post(b"zz\r\n{}\r\n0\r\n\r\n", CHUNKED, length=False), 400, "bad_request"),
    ("another transfer coding", post(GOOD, b"Transfer-Encoding: gzip", length=False), 400, "bad_request"),
    ("over the worker's cap", post(BIG), 413, "too_large"),
    ("over the worker's cap, in pieces", post(chunked(BIG), CHUNKED, length=False), 413, "too_large"),
    ("over the web server's cap", post(HUGE), 413, "too_large"),
    ("over the web server's cap, in pieces", post(chunked(HUGE), CHUNKED, length=False), 413, "too_large"),
    ("over the web server's cap, announced", post(GOOD, b"Content-Length: 2000000", length=False), 413, "too_large"),
    ("a body with GET", get(b"/api/rooms/ROOM", b"Content-Length: 2", body=b"{}"), 200, None),
    ("another type", post(b"{}", b"Content-Type: text/plain", type=None), 415, "unsupported_media_type"),
]

POLL = b"/events?rooms=ROOM&wait=0"
HANDSHAKE = [b"Upgrade: websocket", b"Connection: upgrade", b"Sec-WebSocket-Version: 13",
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]

GATEWAY = [
    ("a poll", get(POLL), 200, None),
    ("no credential", request(POLL), 401, "unauthorized"),
    ("Authorization twice", get(POLL, AUTH), 400, "bad_request"),
    ("comma in Authorization", request(POLL, AUTH + b", x"), 400, "bad_request"),
    ("X-Session-Token", request(POLL, b"X-Session-Token: TOKEN"), 200, None),
    ("X-Session-Token twice", request(POLL, *[b"X-Session-Token: TOKEN"] * 2), 400, "bad_request"),
    ("X_Session_Token", request(POLL, b"X_Session_Token: TOKEN"), 401, "unauthorized"),
    ("two credentials", get(POLL, b"X-Session-Token: TOKEN"), 400, "bad_request"),
    ("cookies", get(POLL, *[b"Cookie: a=" + b"x" * 2000] * 3), 200, None),
    ("no escape", get(POLL + b"&a=%zz"), 400, "bad_request"),
    ("NUL", get(POLL + b"&a=%00"), 400, "bad_request"),
    ("many arguments", get(POLL + b"&a=b" * 30), 400, "bad_request"),
    ("decoded", get(b"/%65vents?rooms=ROOM&wait=0"), 200, None),
    ("a slash behind", get(b"/events/?rooms=ROOM"), 404, "not_found"),
    ("two slashes", get(b"/" + POLL), 200, None),
    ("POST", request(POLL, AUTH, b"Content-Length: 0", method=b"POST"), 405, "method_not_allowed"),
    ("POST with a body", request(POLL, AUTH, b"Content-Length: 2", method=b"POST", body=b"{}"), 405, "method_not_allowed"),
    ("HEAD", get(POLL, method=b"HEAD"), 405, None),
    ("PATCH", get(POLL, method=b"PATCH"), 405, "method_not_allowed"),
    ("BREW", get(POLL, method=b"BREW"), 405, "method_not_allowed"),
    ("PROPFIND", get(POLL, method=b"PROPFIND"), 405, "method_not_allowed"),
    ("OPTIONS", get(POLL, method=b"OPTIONS"), 204, None),
    ("HTTP/1.0", get(POLL, version=b"HTTP/1.0"), 200, None),
    ("a body with GET", get(POLL, b"Content-Length: 2", body=b"{}"), 400, "bad_request"),
    ("no upgrade", get(b"/ws"), 426, "upgrade_required"),
    ("h2c", get(b"/ws", b"Upgrade: h2c", b"Connection: upgrade"), 426, "upgrade_required"),
    ("POST of a WebSocket", request(b"/ws", b"Content-Length: 0", method=b"POST"), 404, "not_found"),
    ("BREW of a WebSocket", get(b"/ws", method=b"BREW"), 405, "method_not_allowed"),
    ("a handshake of HTTP/1.0", get(b"/ws", *HANDSHAKE, version=b"HTTP/1.0"), 426, "upgrade_required"),
    ("a WebSocket of REST", get(b"/api/ws"), 404, "not_found"),
    ("metrics of POST", request(b"/metrics/gateway", b"Content-Length: 0", method=b"POST"), 404, "not_found"),
    ("metrics of PROPFIND", request(b"/metrics/gateway", method=b"PROPFIND"), 404, "not_found"),
    ("metrics with a slash", request(b"/metrics/"), 404, "not_found"),
    ("metrics, forwarded", request(b"/metrics/gateway", b"Via: x"), 404, "not_found"),
]

TABLE = [
    (f"{part}: {name}", *row)
    for part, rows in {"path": PATHS, "header": HEADERS, "line": LINES, "body": BODIES, "gateway": GATEWAY}.items()
    for name, *row in rows
]

# What nothing can make alike: the server has decided while it was reading, before its configuration counts.
DIFFERENT = {
    ("line: small letters", "nginx"): (400, "bad_request"),
    ("line: OPTIONS of all", "apache"): (200, None),
    ("body: length and pieces", "apache"): (201, None),  # it counts the pieces, and ends the connection
    ("gateway: a handshake of HTTP/1.0", "lighttpd"): (400, "bad_request"),
    ("body: no length", "lighttpd"): (411, "length_required"),
    ("body: empty length", "lighttpd"): (411, "length_required"),
    ("gateway: X-Session-Token twice", "nginx"): (200, None),  # it hands on the first
}


def expected(row, web):
    name, _, status, code = row
    return DIFFERENT.get((name, web), (status, code))


class Answer:
    """What came back until the end of the connection."""

    def __init__(self, got):
        head, _, self.body = got.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1."), f"no answer: {got[:100]}"
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}

    @property
    def problem(self):
        """The problem in it; None: there is none, or no body (HEAD)."""
        is_problem = self.body and self.headers.get("content-type") == "application/problem+json"
        return json.loads(self.body) if is_problem else None


def ask(port, text):
    """Sends these bytes, and reads to the end. Who is refused in the middle may not be able to send all."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(text)
            while data := line.recv(65536):
                got += data
        except ConnectionError:
            pass
    return Answer(got)
