"""The workers of a pool share one socket: a request wakes one of them, and is lost to none that goes away."""

import signal
import threading
from pathlib import Path

import pytest
from people import Person
from system import System, alive, wait_until

WORKERS = 4


@pytest.fixture(scope="module")
def own():
    """A system with nothing else to do."""
    with System(env={"CHATSPHERE_API_WORKERS": str(WORKERS)}) as running:
        yield running


@pytest.fixture
def client(own):
    """Somebody without a credential."""
    with Person(own) as one:
        yield one


def sleeps(pid):
    """How often a process has gone to sleep of itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def ask(client):
    answer = client.get("/api/health")
    assert answer.status_code == 200, answer.text


def test_a_request_wakes_one_worker(own, client):
    ask(client)
    before = {pid: sleeps(pid) for pid in own.workers()}
    for _ in range(100):
        ask(client)
    woken = sorted(sleeps(pid) - times for pid, times in before.items())
    assert len(woken) == WORKERS
    assert sum(woken[:2]) < 40, woken  # if all were woken, each would be a hundred times


def test_a_worker_that_is_told_to_stop_takes_no_request_along(own, client):
    """Whoever is woken for a request answers it, also when it is told to stop at that very moment."""
    for round_ in range(24):
        wait_until(lambda: len(own.workers()) == WORKERS, what="all workers")
        pid = own.workers()[round_ % WORKERS]
        stopper = threading.Timer(0.0002 * (round_ % 8), own.kill, [pid, signal.SIGTERM])
        stopper.start()
        for _ in range(10):
            ask(client)
        stopper.join()
        wait_until(lambda: not alive(pid), what="the end of a worker")
