"""A PostgreSQL that neither answers nor goes away: every wait has an end of its own (R13)."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from people import Person
from stopped import stopped
from system import System, children, wait_until


@pytest.fixture
def own():
    """A system with little patience, whose PostgreSQL may be stopped."""
    with System(env={"DATABASE_DEADLINE_MS": "1000"}) as running:
        yield running


def everyone(pid):
    """A process and all below it."""
    return [pid, *(one for child in children(pid) for one in everyone(child))]


def everybody_reads(own):
    """Whichever worker a request meets, it has its database: eight side by side, so that all are met."""
    with ThreadPoolExecutor(8) as at_once:
        answers = at_once.map(lambda _: httpx.get(f"{own.base_url}/api/ready").status_code, range(64))
    return set(answers) == {200}


def test_requests_end_by_the_deadline_and_all_heals(own):
    ann = Person(own).register().login()
    room_id = ann.create_room()["id"]
    postgres = everyone(own.service_pid("postgres"))
    with stopped(*postgres):
        began = time.monotonic()
        answer = ann.post(f"/api/rooms/{room_id}/messages", json={"content": "into the void", "clientId": "c"}, timeout=30)
        assert answer.status_code == 503
        assert answer.json()["code"] == "commit_unknown"
        assert "Retry-After" in answer.headers
        assert time.monotonic() - began < 15  # 1 s, and at most two connections tried in vain
        assert ann.get("/api/rooms", timeout=30).status_code == 503
        wait_until(lambda: httpx.get(f"{own.base_url}/api/health", timeout=30).status_code == 200, 30, "health")
    own.wait_healthy(30)
    assert everybody_reads(own)  # no worker waits for itself once another one is answered
    again = ann.post(f"/api/rooms/{room_id}/messages", json={"content": "into the void", "clientId": "c"})
    assert again.status_code in (200, 201)
    assert [m["content"] for m in ann.history(room_id).json()].count("into the void") == 1
    ann.close()
