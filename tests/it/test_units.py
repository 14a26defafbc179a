"""The units (S18) and what the programs tell the manager that runs them: ready, alive, reloading, stopping."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import httpx
import pytest
from fcgi import ask, half_request, read_answer, request
from people import unique
from stopped import stopped
from system import wait_until
from units import Manager, Service, installed, owner, settings

EXPOSURE_MAX = 15  # tenths (security.md, S18)
SERVICES = ["chatsphere-api@1.service", "chatsphere-auth@1.service", "chatsphere-gateway@1.service",
            "chatsphere-migrate.service"]
OTHERS = ["chatsphere-api.socket", "chatsphere-auth.socket", "chatsphere.target", "system-chatsphere_auth.slice"]
WATCHDOG_S = 2.0

has_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")


@pytest.fixture
def manager():
    one = Manager()
    yield one
    one.close()


@pytest.fixture
def service(system, manager):
    """Starts programs under the manager: service("chatsphere-api")."""
    started = []

    def start(program, where=None, run_by=manager, **options):
        one = Service(system, program, run_by, **options)
        started.append(one)
        if program == "chatsphere-api":
            one.listen(where or manager.home / "worker.sock")
        return one.start()

    yield start
    for one in started:
        one.close()


@pytest.fixture
def gateway_socket(system, manager):
    """Where a gateway of the test listens, below a folder that hands its group on, as tmpfiles.d makes it."""
    folder = manager.home / "ws"
    folder.mkdir()
    os.chown(folder, owner(system)[0], 1 if os.geteuid() == 0 else -1)
    folder.chmod(0o2755)
    return folder / "gateway-1.sock"


# --- the files ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def unit_dir(system, tmp_path_factory):
    """The installed units, with the programs where this build has put them."""
    folder = tmp_path_factory.mktemp("units")
    for path in installed(system, "").iterdir():
        text = re.sub(r"(?m)^(ExecStart=)\S*/(chatsphere\w+|chatsphere-\w+)", rf"\g<1>{system.home}/usr/bin/\2",
                      path.read_text())
        (folder / path.name).write_text(text)
    return folder


@has_systemd
def test_systemd_has_nothing_against_the_units(unit_dir):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *SERVICES, *OTHERS], cwd=unit_dir, text=True,
                          capture_output=True, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@has_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_exposure_is_small(unit_dir, name):
    done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE_MAX}",
                           name], cwd=unit_dir, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1:] + done.stderr.splitlines()
    assert f"exposure level for {name}" in done.stdout


def test_units_agree_with_each_other(unit_dir):
    for pool in ["api", "auth"]:
        unit, listening = (settings(unit_dir / f"chatsphere-{pool}{end}") for end in ("@.service", ".socket"))
        assert unit["Sockets"] == unit["Requires"] == [f"chatsphere-{pool}.socket"]
        assert (unit["StandardInput"], unit["StandardOutput"]) == (["socket"], ["journal"])
        assert listening["ListenStream"] == [f"/run/chatsphere/{pool}.sock"]
        assert (listening["Backlog"], listening["SocketMode"], listening["SocketGroup"]) == (["1024"], ["0660"], ["www-data"])
        assert listening["Service"] == [f"chatsphere-{pool}@1.service"]
    assert settings(unit_dir / "chatsphere-auth@.service")["Slice"] == ["system-chatsphere_auth.slice"]
    for name in SERVICES:
        unit = settings(unit_dir / name.replace("@1", "@"))
        assert unit["User"] == ["chatsphere"]
        assert re.fullmatch(r"secrets\.env:/.*/chatsphere/secrets\.env", unit["LoadCredential"][0])
        assert not any("@" in value for value in unit["ExecStart"] + unit["LoadCredential"])


# --- a worker -------------------------------------------------------------------------------------


def test_a_worker_is_ready_alive_and_ends(service, manager):
    worker = service("chatsphere-api", watchdog=0.8)
    manager.wait("READY", "1")
    assert b"Status: 200" in ask(manager.home / "worker.sock")
    told = manager.wait("WATCHDOG", count=4)
    assert re.fullmatch(r"\d+ requests, 0 of them failed; the database is there", told["STATUS"])
    manager.forget()
    worker.signal(signal.SIGHUP)
    manager.wait("READY", "1")
    assert [key for key in manager.keys() if key in ("RELOADING", "READY")] == ["RELOADING", "READY"]
    assert worker.end() == 0
    manager.wait("STOPPING", "1")


def test_a_worker_that_waits_for_the_database_says_so_and_serves(system, service, manager):
    elsewhere = manager.home / "pg"
    url = f"postgresql:///chatsphere?host={elsewhere}&user=chatsphere"
    worker = service("chatsphere-api", extra={"DATABASE_URL": url})
    told = manager.wait("EXTEND_TIMEOUT_USEC", count=2)
    assert told["STATUS"].startswith("waits for the database: ")
    assert b"Status: 503" in ask(manager.home / "worker.sock")
    assert "READY" not in manager.keys()
    elsewhere.symlink_to(system.run_dir / "pg")
    manager.wait("READY", "1")
    assert worker.running()


def test_workers_share_the_socket_that_stays_while_they_go(system, service, manager):
    path = manager.home / "worker.sock"
    first = service("chatsphere-api")
    manager.wait("READY", "1")
    second = Service(system, "chatsphere-api", manager)
    second.listener = first.listener
    second.start()
    manager.wait("READY", "1", count=2)
    assert first.end() == 0
    assert b"Status: 200" in ask(path)
    assert second.end() == 0
    with request(path) as waiting:  # nobody is there, and it is not refused
        first.start()
        assert b"Status: 200" in read_answer(waiting)


def silence(manager, seconds):
    """Waits until nothing has been told for that long."""

    wait_until(lambda: time.monotonic() - manager.heard[-1][0] > seconds, 15, "silence")


def test_a_worker_that_hangs_goes_silent(service, manager):
    worker = service("chatsphere-api", watchdog=0.4)
    manager.wait("WATCHDOG", count=2)
    with half_request(manager.home / "worker.sock"):  # its web server has stopped in the middle of a request
        silence(manager, 1.0)
    manager.forget()
    manager.wait("WATCHDOG", count=2)
    worker.signal(signal.SIGSTOP)
    silence(manager, 1.0)
    worker.signal(signal.SIGCONT)
    manager.forget()
    manager.wait("WATCHDOG", count=2)


def longest_silence(manager, since):
    times = [since, *(when for when, _ in manager.heard if when > since), time.monotonic()]
    return max(b - a for a, b in zip(times, times[1:]))


def backends(system):
    with system.db() as db:
        return {pid for pid, in db.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'chatsphere-api'")}


def test_a_worker_that_waits_is_not_hung(system, service, manager):
    before = backends(system)
    service("chatsphere-api", watchdog=1.2, extra={"DATABASE_DEADLINE_MS": "3000"})
    manager.wait("READY", "1")
    new = backends(system) - before  # and perhaps those of workers that were not connected yet
    with stopped(*new):
        since = time.monotonic()
        assert b"Status: 503" in ask(manager.home / "worker.sock")
        assert time.monotonic() - since > 2.5
        assert longest_silence(manager, since) < 1.2


def test_a_worker_with_a_slow_reader_is_not_hung(service, manager, someone):
    ann = someone()
    room_id = ann.create_room()["id"]
    for _ in range(20):
        ann.say(room_id, "\N{SPEECH BALLOON}" * 8000)  # 640 KB in all: more than the socket holds
    service("chatsphere-api", watchdog=0.8)
    manager.wait("READY", "1")
    with request(manager.home / "worker.sock", f"/api/rooms/{room_id}/messages?limit=20", ann.access_token) as slow:
        since = time.monotonic()
        manager.forget()
        manager.wait("WATCHDOG", count=6)  # while nothing is read
        assert longest_silence(manager, since) < 0.8
        head, _, body = read_answer(slow).partition(b"\r\n\r\n")
    assert b"Status: 200" in head
    assert [len(m["content"]) for m in json.loads(body)] == [8000] * 20


def test_a_worker_notices_that_the_database_was_restarted(system, service, manager):
    before = backends(system)
    service("chatsphere-api")
    manager.wait("READY", "1")
    with system.db() as db:
        db.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s) AS pid", [list(backends(system) - before)])
    nobody = json.dumps({"username": unique("nobody"), "password": "not a password"}).encode()
    with request(manager.home / "worker.sock", "/auth/login", body=nobody) as client:
        assert b"Status: 401" in read_answer(client)


@has_systemd
def test_systemd_hands_over_the_socket(system, service, manager):
    """Its own tool for that does with one worker what the manager does."""
    path = manager.home / "activated.sock"
    worker = Service(system, "chatsphere-api", manager)
    tool = ["systemd-socket-activate", "--inetd", f"--listen={path}", *(f"--setenv={key}" for key in worker.env)]
    program = system.home / "usr" / "bin" / "chatsphere-api"
    with subprocess.Popen([*tool, program], env=worker.env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as activated:
        wait_until(path.exists, what="the socket")
        assert b"Status: 200" in ask(path)
        activated.terminate()
        assert activated.wait(15) == 0


def test_an_abstract_socket_will_do(service):
    manager = Manager(abstract=True)
    try:
        worker = service("chatsphere-api", where=manager.home / "worker.sock", run_by=manager)
        manager.wait("READY", "1")
        assert worker.end() == 0
    finally:
        manager.close()


def test_a_worker_without_secrets_does_not_start(system, service, manager):
    worker = service("chatsphere-api")
    manager.wait("READY", "1")
    assert worker.end() == 0
    (worker.credentials / "secrets.env").unlink()
    assert worker.start().process.wait(15) == 78  # EX_CONFIG: not restarted
    assert "event=start" in worker.log.read_text()


# --- a gateway ------------------------------------------------------------------------------------


def listening_at(path):
    return {"GATEWAY_LISTEN": f"unix:{path}", "DRAIN_MS": "100"}


def test_a_gateway_is_ready_alive_and_drains(service, manager, gateway_socket):
    gateway = service("chatsphere-gateway", extra=listening_at(gateway_socket), watchdog=0.8)
    manager.wait("READY", "1")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(gateway_socket))) as client:
        assert client.get("http://gateway/health").json()["status"] == "ok"
    assert manager.wait("WATCHDOG", count=4)["STATUS"] == "0 sockets; hears the database"
    manager.forget()
    gateway.signal(signal.SIGHUP)
    manager.wait("READY", "1")
    assert "RELOADING" in manager.keys()
    assert gateway.end() == 0
    assert int(manager.wait("STOPPING", "1")["EXTEND_TIMEOUT_USEC"]) > 8_000_000


def test_a_gateway_that_waits_for_the_database_says_so(system, service, manager, gateway_socket):
    elsewhere = manager.home / "pg"
    url = f"postgresql:///chatsphere?host={elsewhere}&user=chatsphere"
    service("chatsphere-gateway", extra={**listening_at(gateway_socket), "DATABASE_URL": url})
    assert manager.wait("EXTEND_TIMEOUT_USEC", count=2)["STATUS"] == "0 sockets; waits for the database"
    elsewhere.symlink_to(system.run_dir / "pg")
    manager.wait("READY", "1")


def test_a_gateway_goes_on_to_the_next_host_of_the_list(system, service, manager, gateway_socket):
    """R14: the first one's address is there, and no PostgreSQL."""
    url = f"postgresql:///chatsphere?host=127.0.0.1,{system.run_dir / 'pg'}&port=1,5432&user=chatsphere"
    service("chatsphere-gateway", extra={**listening_at(gateway_socket), "DATABASE_URL": url})
    manager.wait("READY", "1")


def test_a_gateway_that_hangs_goes_silent(service, manager, gateway_socket):
    gateway = service("chatsphere-gateway", extra=listening_at(gateway_socket), watchdog=0.4)
    manager.wait("WATCHDOG", count=2)
    gateway.signal(signal.SIGSTOP)
    silence(manager, 1.0)
    gateway.signal(signal.SIGCONT)
    manager.forget()
    manager.wait("WATCHDOG", count=2)


def test_the_gateways_socket_is_for_the_web_servers_group(system, service, manager, gateway_socket):
    unit = settings(installed(system, "chatsphere-gateway@.service"))
    umask = int(unit["UMask"][0], 8)
    service("chatsphere-gateway", extra=listening_at(gateway_socket), confine=lambda: os.umask(umask))
    manager.wait("READY", "1")
    made = gateway_socket.stat()
    assert stat.S_IMODE(made.st_mode) == 0o660
    assert made.st_gid == gateway_socket.parent.stat().st_gid
