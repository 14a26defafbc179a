"""The programs do all that they are for under what their units forbid (S18): workers of both pools and a gateway of a
whole system are replaced by confined ones, which then serve it, lose the database, find it again, reload and end."""

import os
import shutil
import signal
import subprocess
from contextlib import closing

import pytest
import scratch
from confined import confinement
from native import bearer
from people import Person
from sse import EventStream
from system import System, wait_until
from units import Manager, Service, installed, owner, settings
from wsclient import NativeSocket

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")

UNITS = {"api": "chatsphere-api@.service", "auth": "chatsphere-auth@.service", "gateway": "chatsphere-gateway@.service"}


@pytest.fixture(scope="module")
def own():
    """On the disk: PrivateDevices= has a /dev of its own, and no /dev/shm that others see."""
    home = scratch.new_home("cs-it-", scratch.DISK)
    with System(home=home, env={"CHATSPHERE_API_WORKERS": "1", "CHATSPHERE_AUTH_WORKERS": "1"}) as running:
        yield running


def writable(own, name):
    """What ReadWritePaths= says of an installation, here."""
    return own.run_dir / ("ws" if name == "gateway" else "api")


@pytest.fixture(scope="module")
def confined(own):
    """The three programs, under their units, each in the place of the one that quickstart has started."""
    run, made = own.run_dir, {}
    # the resolver and TCP are tried first, and nobody is there
    url = f"postgresql:///chatsphere?host=localhost,{run / 'pg'}&port=1,5432&user=chatsphere"
    for name, unit in UNITS.items():
        program = "chatsphere-gateway" if name == "gateway" else "chatsphere-api"
        place = run / "ws" / "gateway.sock" if name == "gateway" else run / f"{name}.sock"
        beside = place.with_name(f"{name}-confined.sock")
        one = made[name] = Service(own, program, Manager(), extra={"DATABASE_URL": url, "GATEWAY_LISTEN": f"unix:{beside}"})
        one.confine, one.privileged = confinement(settings(installed(own, unit)), owner(own), writable(own, name)), True
        if name != "gateway":
            one.listen(beside)
        one.start()
        one.manager.wait("READY", "1")
        os.rename(beside, place)
    yield made
    for one in made.values():
        one.close()
        one.manager.close()


def all_run(confined):
    return all(one.running() for one in confined.values())


def test_people_talk(own, confined):
    ann, bob = (Person(own).register().login() for _ in range(2))
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    with closing(EventStream(own.base_url, [room_id], headers=bearer(bob))) as stream:
        socket = NativeSocket(own.ws_url, token=ann.access_token)
        socket.join(room_id)
        socket.message(room_id, "from a socket")
        seq = ann.say(room_id, "by a request")["seq"]
        socket.wait_messages(room_id, 2)
        stream.wait_seq(room_id, seq)
        socket.close()
    assert [m["content"] for m in bob.history(room_id).json()] == ["from a socket", "by a request"]
    assert bob.get("/api/search", params={"q": "request"}).status_code == 200
    assert all("event=request" in confined[pool].log.read_text() for pool in ("api", "auth"))
    assert all_run(confined)
    ann.close()
    bob.close()


def test_the_database_goes_and_comes(own, confined):
    with own.db() as db:
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chatsphere'")
    wait_until(own.healthy, 30, "a healthy system")
    confined["gateway"].manager.forget()
    told = confined["gateway"].manager.wait("WATCHDOG", count=2)
    assert told["STATUS"].endswith("hears the database")
    assert all_run(confined)


def test_they_reload_and_end(own, confined):
    for one in confined.values():
        one.manager.forget()
        one.signal(signal.SIGHUP)
        one.manager.wait("RELOADING", "1")
        one.manager.wait("READY", "1")
    assert [one.end() for one in confined.values()] == [0, 0, 0]


FORBIDDEN = [
    (["touch", "/etc/chatsphere.touched"], "Read-only file system"),
    (["cat", "/proc/meminfo"], "No such file or directory"),
    (["ls", "/home"], "Permission denied"),
    (["ls", "/dev/kmsg"], "No such file or directory"),
]


def run_confined(own, command):
    unit = settings(installed(own, UNITS["api"]))
    confine = confinement(unit, owner(own), writable(own, "api"))
    return subprocess.run(command, preexec_fn=confine, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes namespaces")
@pytest.mark.parametrize(("command", "answer"), FORBIDDEN, ids=lambda value: value[1] if isinstance(value, list) else "")
def test_the_test_forbids_what_the_units_do(own, command, answer):
    done = run_confined(own, command)
    assert done.returncode > 0 and answer in done.stderr


def test_a_call_outside_of_the_filter_ends_the_program(own):
    assert run_confined(own, ["unshare", "--uts", "true"]).returncode == -signal.SIGSYS
    assert run_confined(own, ["true"]).returncode == 0
