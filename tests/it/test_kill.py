"""In the middle of traffic something is killed, again and again; nothing acknowledged may be lost.

Each test breaks one thing while twelve clients talk (traffic.py), waits until every one of them has
got on within the bound, and in the end has their journals judged against the database (checker.py).
quickstart does not start PostgreSQL again when its postmaster was killed: it ends, and is started
anew.
"""

import itertools
import os
import signal

import pytest
from checker import check
from gateways import UNLIMITED, Gateway
from people import Person, unique
from system import System, alive, wait_until
from traffic import Traffic

BOUND_S = 10  # service is back within this (I9), after what needs no recovery of the database
RECOVERY_S = 20

CREATE_ROOM = "SELECT id::text FROM chat.create_room(NULL, %s, 'group', %s, NULL, true, 'all')"
ADD_MEMBER = "SELECT chat.add_member(%s, %s, false, %s, 'member')"


@pytest.fixture(scope="module")
def own():
    """A system of this file's own, without limits on what one says."""
    with System(env=UNLIMITED) as system:
        yield system


@pytest.fixture(scope="module")
def party(own):
    """Four people; their sessions outlast every restart."""
    people = [Person(own).register().login() for _ in range(4)]
    yield people
    for one in people:
        one.close()


@pytest.fixture
def rooms(own, party):
    """Three rooms of which all are members; made in SQL, since workers may be about to die."""
    owner, *others = [one.id for one in party]
    with own.db() as db:
        made = [db.execute(CREATE_ROOM, [owner, unique("room")]).fetchone()[0] for _ in range(3)]
        for room_id, other in itertools.product(made, others):
            db.execute(ADD_MEMBER, [room_id, owner, other])
    return made


@pytest.fixture
def traffic(own, party, rooms, tmp_path):
    """Traffic in these rooms, to be entered; ws_url: at another gateway than the system's."""
    return lambda **options: Traffic(own, party, rooms, tmp_path / "journal", **options)


def judge(running):
    """The journal of traffic that has been finished, in which everything is right."""
    journal, dumped = running.finish()
    assert check(journal, dumped) == []
    assert [record for record in journal if record["kind"] == "fail"] == []  # all of it is allowed
    return journal


def end(pid):
    """kill -9, wherever it runs; returns when it is gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid), what=f"the end of process {pid}")


def kill_worker(own):
    end(own.workers()[0])


def kill_gateway(own):
    end(own.gateway_pid())


def ask_worker_to_end(own):
    pid = own.workers()[0]
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not alive(pid), what="a worker that has finished")


def ask_gateway_to_end(own):
    pid = own.gateway_pid()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not alive(pid), what="a drained gateway")


def kill_back_end(own):
    """The postmaster then ends all others and recovers."""
    end(own.backend_pids()[0])


def terminate_back_ends(own):
    with own.db() as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chatsphere'"
        )


def kill_postmaster(own):
    end(own.service_pid("postgres"))
    assert own.process.wait(60) != 0
    own.start()


@pytest.mark.parametrize(
    "fault, times, bound",
    [
        (kill_worker, 3, BOUND_S),
        (kill_gateway, 3, BOUND_S),
        (ask_gateway_to_end, 1, BOUND_S),
        (terminate_back_ends, 3, BOUND_S),
        (kill_back_end, 2, RECOVERY_S),
        (kill_postmaster, 1, 60),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_nothing_acknowledged_is_lost(own, traffic, fault, times, bound):
    with traffic() as running:
        for _ in range(times):
            running.fault(fault.__name__, bound, lambda: fault(own))
        judge(running)


def test_nobody_notices_that_workers_are_asked_to_end(own, traffic):
    with traffic() as running:
        for _ in range(3):
            running.fault("SIGTERM to a worker", BOUND_S, lambda: ask_worker_to_end(own))
        journal = judge(running)
    assert [record for record in journal if record["kind"] == "unknown"] == []


def duplicates(journal):
    """Acknowledgements of what an earlier attempt had stored already."""
    return [record for record in journal if record["kind"] == "ok" and record["duplicate"]]


def test_a_gateway_that_dies_between_commit_and_ack(own, traffic):
    hook = "gateway_after_commit_before_ack@40=kill"
    with Gateway(own, keep=True, CS_HOOK=hook, **UNLIMITED) as gateway:
        with traffic(ws_url=gateway.ws_url) as running:
            wait_until(lambda: gateway.deaths >= 3, 30, "three deaths")
            running.fault("deaths at the hook", BOUND_S, lambda: None)
            journal = judge(running)
            assert duplicates(journal)
            assert any(record["kind"] == "reloaded" for record in journal)


@pytest.mark.parametrize(
    "hook",
    ["after_write_before_commit", "after_commit_before_answer", "after_answer_before_bell"],
)
def test_a_worker_that_dies_at(own, traffic, hook):
    own.stop()
    own.env["CS_HOOK"] = f"{hook}@25=kill"
    own.start()
    before = set(own.workers())
    try:
        with traffic() as running:
            wait_until(lambda: not before & set(own.workers()), 30, "the death of every worker")
            running.fault("deaths at the hook", BOUND_S, lambda: None)
            journal = judge(running)
        if hook == "after_commit_before_answer":
            assert duplicates(journal)
    finally:
        del own.env["CS_HOOK"]
