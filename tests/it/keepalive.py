"""A client that costs little: requests on one connection of HTTP/1.1, written and read as bytes.

Latencies of a few hundred microseconds are to be told, and a client library takes as long by itself."""

import re
import socket
import time

REQUESTS = 900  # on one connection: nginx closes it after 1,000


class Connection:
    """One connection at a time to a web server, with headers that each request has."""

    def __init__(self, port, headers):
        self.port = port
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket = None
        self.left = 0

    def close(self):
        if self.socket:
            self.socket.close()

    def request(self, method, path, body=b""):
        """The request's bytes."""
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{self.headers}{more}\r\n".encode() + body

    def ask(self, request):
        """(seconds, status, body) of one request. Connecting is not counted."""
        if not self.left:
            self.close()
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.left = REQUESTS
        self.left -= 1
        since = time.perf_counter()
        self.socket.sendall(request)
        answer = self.read()
        return time.perf_counter() - since, int(answer[9:12]), answer.partition(b"\r\n\r\n")[2]

    def read(self):
        """One answer; all of ours have a Content-Length."""
        answer = self.socket.recv(1 << 18)
        while b"\r\n\r\n" not in answer:
            answer += self.more()
        head = answer.index(b"\r\n\r\n") + 4
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", answer[:head])
        if not length:
            raise RuntimeError(f"no Content-Length in {answer[:head]!r}")
        parts, missing = [answer], head + int(length[1]) - len(answer)
        while missing > 0:
            parts.append(self.more())
            missing -= len(parts[-1])
        return b"".join(parts)

    def more(self):
        part = self.socket.recv(1 << 18)
        if not part:
            raise RuntimeError("the server closed the connection")
        return part
