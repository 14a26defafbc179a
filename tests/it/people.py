"""People who use the system over REST: made, logged in, and with the few calls that every test needs."""

import time
import uuid

import httpx

PASSWORD = "correct horse battery"


def unique(prefix):
    """A name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Person(httpx.Client):
    """A logged-in user; an httpx client whose requests carry the access token."""

    checks = []  # called with every answer; conftest.py adds the one against the API's document

    def __init__(self, system, name=None, password=PASSWORD):
        super().__init__(
            base_url=system.base_url, timeout=20, event_hooks={"response": self.checks}
        )
        self.system = system
        self.name = name or unique("person")
        self.password = password

    def register(self):
        answer = self.post("/auth/register", json={"username": self.name, "password": self.password})
        assert answer.status_code == 200, answer.text
        return self

    def login(self):
        answer = self.post("/auth/login", json={"username": self.name, "password": self.password})
        assert answer.status_code == 200, answer.text
        self.take(answer.json())
        self.id = answer.json()["user"]["id"]
        return self

    def take(self, pair):
        """Goes on with the tokens of a login or a refresh."""
        self.access_token = pair["access_token"]
        self.refresh_token = pair["refresh_token"]
        self.headers["Authorization"] = f"Bearer {self.access_token}"
        self.since = time.monotonic()

    def fresh(self):
        """The same person, whose access token lasts for any test: whole runs may last longer than one does."""
        if time.monotonic() - self.since > 300:
            self.take(self.post("/auth/refresh", json={"refresh_token": self.refresh_token}).json())
        return self

    def create_room(self, **fields):
        """A room of which this person is the owner: the answer's body."""
        answer = self.post("/api/rooms", json={"name": unique("room"), **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def add(self, room_id, other):
        answer = self.post(f"/api/rooms/{room_id}/users", json={"userId": other.id})
        assert answer.status_code == 200, answer.text

    def say(self, room_id, content, **fields):
        """Posts a message: the answer's body."""
        answer = self.post(f"/api/rooms/{room_id}/messages", json={"content": content, **fields})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def history(self, room_id, **query):
        """A page of history: the answer."""
        answer = self.get(f"/api/rooms/{room_id}/messages", params=query)
        assert answer.status_code == 200, answer.text
        return answer
