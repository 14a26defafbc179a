"""In the middle of traffic something breaks; nothing acknowledged may be lost, and all go on.

Each fault of the table (faults.py) in its short form: a dozen clients talk, something breaks, every
one of them has to get on within the bound, and in the end their journals are judged against the
database (checker.py). The long form, with a larger crowd, is tests/faults/run.
"""

import re
import statistics
import time
from contextlib import ExitStack

import pytest
from faults import ONE, Fault, Scene, new_system, short_form, short_forms
from people import Person
from system import wait_until


@pytest.fixture(scope="module")
def own():
    """A system of this file's own."""
    with new_system() as system:
        yield system


@pytest.fixture(scope="module")
def party(own):
    """Three people and a guest; sessions outlast every restart."""
    people = [Person(own).register().login() for _ in range(4)]
    yield people
    for one in people:
        one.close()


@pytest.mark.parametrize("fault", short_forms(ONE), ids=lambda fault: fault.name)
def test_nothing_acknowledged_is_lost(own, party, tmp_path, fault):
    *people, guest = party
    assert short_form(Scene(own, people, [guest]), fault, tmp_path / "journal") == []


# --- the lock of NOTIFY, and the bell a gateway rings for itself -----------------------------------

SLOW_FLUSH = ("ALTER SYSTEM SET commit_delay = 20000", "ALTER SYSTEM SET commit_siblings = 0")
QUICK_FLUSH = ("ALTER SYSTEM RESET commit_delay", "ALTER SYSTEM RESET commit_siblings")
# Who commits with a NOTIFY holds this lock until the end; it is the same for the whole server.
WAITING_HOLDERS = """
    SELECT a.query, a.wait_event
      FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
     WHERE l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND l.objid = 0 AND l.granted
       AND a.wait_event IN ('WALWrite', 'WALSync', 'SyncRep')"""


def configure(db, statements):
    for statement in (*statements, "SELECT pg_reload_conf()"):
        db.execute(statement)


def ring(db):
    """Rings for nobody: how long it takes, most of which is waiting for the lock."""
    began = time.monotonic()
    db.execute("SELECT pg_notify('nobody', '')")
    return time.monotonic() - began


def test_no_bell_waits_for_a_flush(own, party, tmp_path):
    """R5: each flush takes 20 ms here; whoever rang in the transaction that writes would hold the
    lock for all of it. Half of the bells, not 99 of 100: the machine may be busy."""
    scene = Scene(own, party, [])
    with ExitStack() as stack:
        db = stack.enter_context(own.db())
        configure(db, SLOW_FLUSH)
        stack.callback(configure, db, QUICK_FLUSH)
        scene.open_traffic(stack, Fault("slow-flush", None), tmp_path / "journal")
        took, waiting = [], []
        for _ in range(200):
            took.append(ring(db))
            waiting += db.execute(WAITING_HOLDERS).fetchall()
    assert waiting == []
    assert statistics.median(took) < 0.005, sorted(took)[::20]


def test_a_gateway_rings_for_itself(own):
    """R7: so it notices when it does not hear."""
    heard = []
    with own.db() as db:
        db.add_notify_handler(lambda notify: heard.append(notify.payload))
        db.execute("LISTEN chatsphere")
        wait_until(lambda: db.execute("SELECT 1") and any(re.match(r"p[0-9a-f-]{36}:\d+", one) for one in heard), 10)
