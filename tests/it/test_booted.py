"""The units under a systemd that has booted: they start, are restarted without one failed request, and hang once only."""

import os
import stat
import threading
from pathlib import Path

import pytest
from booted import ROLES, Booted, NotHere
from fcgi import ask
from system import SOURCE, wait_until

pytestmark = pytest.mark.slow

BUILD = Path(os.environ.get("CHATSPHERE_BUILD", SOURCE / "var-tests" / "build"))
WORKERS = [f"chatsphere-api@{n}.service" for n in (1, 2, 3)]
ENABLED = [*WORKERS, "chatsphere-auth@1.service", "chatsphere-gateway@1.service", "chatsphere-migrate.service"]
SOCKETS = ["/run/chatsphere/api.sock", "/run/chatsphere/auth.sock", "/run/chatsphere/ws/gateway-1.sock"]


@pytest.fixture(scope="module")
def machine():
    """With a database, its roles, and all units enabled, as `chatspherectl setup` leaves it."""
    try:
        one = Booted(BUILD)
    except NotHere as why:
        pytest.skip(str(why))
    try:
        one.start()
    except NotHere as why:
        one.close()
        pytest.skip(str(why))
    one.run("systemctl", "start", "database.service")
    one.sql("postgres", *ROLES)
    one.run("systemctl", "start", "chatsphere-migrate.service")
    one.sql("chatsphere", "GRANT chat_app TO chatsphere")
    one.run("systemctl", "enable", *ENABLED)
    one.run("systemctl", "start", "chatsphere.target")
    yield one
    one.close()


def restarts(machine, units):
    return [int(machine.show(unit, "NRestarts")) for unit in units]


def test_all_is_up(machine):
    assert [machine.show(unit, "ActiveState") for unit in ENABLED] == ["active"] * len(ENABLED)
    assert b"Status: 200" in ask(machine.path(SOCKETS[0]))
    web, own = (machine.run("id", "-g", name) for name in ("www-data", "chatsphere"))
    for path in SOCKETS:
        assert stat.S_ISSOCK(os.stat(machine.path(path)).st_mode)
        assert machine.run("stat", "-c", "%a %u:%g", path) == f"660 {machine.run('id', '-u', 'chatsphere')}:{web}"
    assert web != own
    assert machine.show(WORKERS[0], "StatusText").endswith("the database is there")


class Load:
    """Requests without a pause, one behind the other, in a few threads."""

    def __init__(self, path):
        self.path, self.ends, self.served, self.failed = path, False, 0, []
        self.threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def _ask(self):
        while not self.ends:
            try:
                answer = ask(self.path)
            except (OSError, IndexError) as error:
                answer = repr(error).encode()
            self.served += 1
            if not answer.startswith(b"Status: 200"):
                self.failed.append(answer[:100])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        for thread in self.threads:
            thread.join()


def test_no_request_fails_while_workers_are_restarted(machine):
    with Load(machine.path(SOCKETS[0])) as load:
        for _ in range(2):
            for unit in WORKERS:
                machine.run("systemctl", "restart", unit)
            machine.run("systemctl", "restart", *WORKERS)
            machine.run("systemctl", "reload", *WORKERS)
            machine.run("systemctl", "kill", "--signal=KILL", WORKERS[0])  # its request is the only one that may be lost
            wait_until(lambda: machine.show(WORKERS[0], "ActiveState") == "active", what="a worker that is back")
    assert load.served > 100
    assert len(load.failed) <= 2, load.failed[:3]


def test_what_hangs_is_restarted_and_nothing_else(machine):
    units = [*WORKERS, "chatsphere-gateway@1.service"]
    for kind in ("api", "gateway"):
        machine.run("mkdir", "-p", f"/run/systemd/system/chatsphere-{kind}@.service.d")
        machine.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=2\\n' >/run/systemd/system/chatsphere-{kind}@.service.d/t.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", *units)
    for unit in units[1], units[3]:
        machine.run("systemctl", "kill", "--signal=STOP", unit)
    wait_until(lambda: restarts(machine, units) == [0, 1, 0, 1], 20, "two restarts")
    wait_until(lambda: [machine.show(unit, "ActiveState") for unit in units] == ["active"] * 4, what="all of them")
    assert restarts(machine, units) == [0, 1, 0, 1]


def test_a_start_waits_for_the_database(machine):
    units = [WORKERS[0], "chatsphere-gateway@1.service"]
    machine.run("systemctl", "stop", "database.service")
    machine.run("systemctl", "restart", "--no-block", *units)
    wait_until(lambda: all("waits for the database" in machine.show(unit, "StatusText") for unit in units), what="the status")
    assert [machine.show(unit, "ActiveState") for unit in units] == ["activating"] * 2
    assert b"Status: 503" in ask(machine.path(SOCKETS[0]))
    machine.run("systemctl", "start", "database.service")
    wait_until(lambda: [machine.show(unit, "ActiveState") for unit in units] == ["active"] * 2, what="both")


def test_a_request_starts_a_worker_and_the_target_stops_all(machine):
    machine.run("systemctl", "stop", *WORKERS)
    assert b"Status: 200" in ask(machine.path(SOCKETS[0]))
    assert [machine.show(unit, "ActiveState") for unit in WORKERS] == ["active", "inactive", "inactive"]
    machine.run("systemctl", "stop", "chatsphere.target")
    active = ["systemctl", "list-units", "--no-legend", "--state=active,deactivating", "chatsphere*"]
    wait_until(lambda: machine.run(*active) == "", what="nothing that runs")
