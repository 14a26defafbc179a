"""Requests of all sorts in turn, as a worker of the API gets them from people: what must not make it grow.

Pages, lists and posts, and whatever is refused: unknown paths, bad bodies, bad tokens, wrong methods.
"""

import json
import uuid
from pathlib import Path

from keepalive import Connection


class Mixture:
    """The requests of one person in a room, over one connection; request(i) is the i-th."""

    def __init__(self, person, room):
        self.connection = Connection(person.system.port, {"Authorization": f"Bearer {person.access_token}"})
        self.room = f"/api/rooms/{room}"
        self.run = uuid.uuid4().hex[:8]
        self.done = 0

    def close(self):
        self.connection.close()

    def request(self, i):
        """(method, path, body, statuses that may come)."""
        def post(status, **body):
            return "POST", f"{self.room}/messages", json.dumps(body).encode(), status

        def get(path, status=200):
            return "GET", path, b"", (status,)

        sorts = (
            lambda: get(f"{self.room}/messages"),
            lambda: get(f"{self.room}/messages?around={1 + i % 90}&limit={1 + i % 100}"),
            lambda: get("/api/rooms"),
            lambda: get(self.room),
            lambda: post((201, 429), content="one more " * (1 + i % 50), clientId=f"{self.run}-{i}"),
            lambda: post((200, 201, 429), content="the same again", clientId=self.run),
            lambda: get("/auth/me"),
            lambda: get("/auth/sessions"),
            lambda: get(f"/api/users?query=p&limit={1 + i % 100}"),
            lambda: get(f"/api/nothing/{i}", 404),
            lambda: get(f"/api/rooms/{uuid.UUID(int=i)}/messages", 404),
            lambda: get(f"{self.room}/messages?limit={101 + i}", 422),
            lambda: post((422, 429), content=""),
            lambda: ("POST", f"{self.room}/messages", b'{"content": [' * (1 + i % 30), (400, 422, 429)),
            lambda: ("DELETE", "/api/health", b"", (405,)),
            lambda: get("/api/health"),
        )
        return sorts[i % len(sorts)]()

    def send(self, n):
        """The next n requests."""
        for i in range(self.done, self.done + n):
            method, path, body, statuses = self.request(i)
            _, status, answer = self.connection.ask(self.connection.request(method, path, body))
            if status not in statuses:
                raise AssertionError(f"{method} {path}: {status} {answer[:300]!r}")
        self.done += n


def resident_kib(pid):
    """What a process holds in memory of its own or shared, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
