"""A WebSocket client that does what it is told: any frame, in any pieces, read or left unread.

For what a well-behaved library refuses to send, and for clients that do not read. It blocks, each
waiting has a deadline, and it answers no ping of itself.
"""

import base64
import json
import os
import socket
import struct
import time
from urllib.parse import urlsplit

from asyncapi import Talk
from wsclient import SUBPROTOCOL

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def as_bytes(payload):
    text = json.dumps(payload) if isinstance(payload, dict) else payload
    return text.encode() if isinstance(text, str) else text


class HandshakeRefused(Exception):
    """The server answered the upgrade with another status than 101."""

    def __init__(self, status, head):
        super().__init__(f"status {status}")
        self.status = status
        self.head = head


class ClosedByServer(Exception):
    """A close frame came; .code and .reason tell what it said (None: the connection just ended)."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


class RawSocket:
    """One connection, open when the constructor returns. `early`: bytes behind the handshake, in one write."""

    def __init__(self, url, headers=None, subprotocol=None, receive_buffer=None, timeout=10, early=b""):
        at = urlsplit(url)
        self.timeout = timeout
        self._in = b""
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(timeout)
        self._socket.connect((at.hostname, at.port))
        self.head = self._handshake(at, headers or {}, subprotocol, early)
        self.talk = Talk() if self.head.get("sec-websocket-protocol") == SUBPROTOCOL else None

    def _handshake(self, at, headers, subprotocol, early):
        lines = {
            "Host": at.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **({"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}),
            **headers,
        }
        target = at.path + (f"?{at.query}" if at.query else "")
        request = [f"GET {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in lines.items()]
        self._socket.sendall("\r\n".join([*request, "", ""]).encode() + early)
        while b"\r\n\r\n" not in self._in:
            self._more(time.monotonic() + self.timeout)
        head, self._in = self._in.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        named = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
        status = int(first.split()[1])
        if status != 101:
            self._socket.close()
            raise HandshakeRefused(status, named)
        return named

    # --- sending --------------------------------------------------------------------------------

    @staticmethod
    def frame(opcode, payload, final=True):
        """The bytes of one frame, masked as a client's must be (RFC 6455, 5.2)."""
        mask, n = os.urandom(4), len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        if n < 126:
            head += bytes([0x80 | n])
        elif n < 65536:
            head += bytes([0x80 | 126]) + struct.pack("!H", n)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", n)
        stretched = (mask * (n // 4 + 1))[:n]
        masked = int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")
        return head + mask + masked.to_bytes(n, "big")

    def send_bytes(self, data):
        self._socket.sendall(data)

    def send(self, payload, opcode=TEXT, final=True):
        """One frame; a str is sent as UTF-8, a dict as JSON."""
        self._say(payload)
        self.send_bytes(self.frame(opcode, as_bytes(payload), final))

    def send_together(self, *payloads):
        """Several frames in one write."""
        for payload in payloads:
            self._say(payload)
        self.send_bytes(b"".join(self.frame(TEXT, as_bytes(payload)) for payload in payloads))

    def _say(self, payload):
        if self.talk:
            self.talk.sent(as_bytes(payload))

    # --- receiving ------------------------------------------------------------------------------

    def receive(self, timeout=None):
        """The next text frame, as str. ClosedByServer at a close frame or the end."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            opcode, payload = self._next_frame(deadline)
            if opcode == TEXT:
                if self.talk:
                    self.talk.received(payload.decode())
                return payload.decode()
            if opcode == CLOSE:
                self._socket.close()
                code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                raise ClosedByServer(code, payload[2:].decode())

    def receive_frame(self, timeout=None):
        """The next frame as it is: opcode and payload. Nothing is done about it."""
        return self._next_frame(time.monotonic() + (timeout or self.timeout))

    def receive_events(self, *kinds, timeout=None):
        """Reads native frames until an event of one of these types comes: that event."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            for event in json.loads(self.receive(deadline - time.monotonic())):
                if event["type"] in kinds:
                    return event

    def wait_closed(self, timeout=None):
        """Reads on until the server closes: a ClosedByServer."""
        deadline = time.monotonic() + (timeout or self.timeout)
        try:
            while True:
                self.receive(deadline - time.monotonic())
        except ClosedByServer as closed:
            return closed

    def close(self):
        self._socket.close()

    def _next_frame(self, deadline):
        head = self._take(2, deadline)
        opcode, n = head[0] & 15, head[1] & 127
        assert head[0] & 0x80, "the server sends whole frames"
        if n == 126:
            (n,) = struct.unpack("!H", self._take(2, deadline))
        elif n == 127:
            (n,) = struct.unpack("!Q", self._take(8, deadline))
        return opcode, self._take(n, deadline)

    def _take(self, n, deadline):
        while len(self._in) < n:
            self._more(deadline)
        taken, self._in = self._in[:n], self._in[n:]
        return taken

    def _more(self, deadline):
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._socket.close()
            raise ClosedByServer(None)
        self._in += data
