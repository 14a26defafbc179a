"""deploy/quickstart as its user meets it: started, stopped, started again, in the way of another."""

import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest
from people import Person
from system import QUICKSTART, System, alive, children, new_home, wait_until


@pytest.fixture(scope="module")
def own():
    """A system of this file's own, which its tests stop and start."""
    with System() as system:
        yield system


@pytest.fixture
def running(own):
    """The same, running when a test begins."""
    if own.process is None or own.process.poll() is not None:
        own.start()
    return own


def everything(system):
    """All processes that belong to a running system."""
    found, todo = [], [system.process.pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children(pid)
    return found


def quickstart(home, port, *arguments, **env):
    """Runs quickstart to its end, as something in its way makes it do."""
    env = {**os.environ, "CHATSPHERE_HOME": str(home), "PORT": str(port), **env}
    return subprocess.run([QUICKSTART, *arguments], env=env, capture_output=True, text=True, timeout=60)


def test_help_says_what_can_be_set():
    done = subprocess.run([QUICKSTART, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for word in ("--dev", "PORT", "CHATSPHERE_HOME"):
        assert word in done.stdout


def test_an_unknown_option_is_refused():
    assert subprocess.run([QUICKSTART, "--fast"], capture_output=True).returncode == 2


@pytest.mark.parametrize("name, value", [
    ("CHATSPHERE_WEB", "iis"), ("CHATSPHERE_WEB", "nginx apache"), ("CHATSPHERE_GATEWAYS", "0"),
    ("CHATSPHERE_GATEWAYS", "two"), ("CHATSPHERE_GATEWAYS", "100"),
])
def test_a_bad_choice_is_refused_by_its_name(tmp_path, name, value):
    done = quickstart(tmp_path / "home", 8080, **{name: value})
    assert done.returncode == 1
    assert f"{name}={value}: must be" in done.stderr
    assert not (tmp_path / "home").exists()


def test_it_says_where_the_page_is(running):
    assert f"ChatSphere is ready at http://127.0.0.1:{running.port}/" in running.output()


def test_the_credentials_are_for_their_owner_alone(running):
    mode = (running.home / "credentials").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert set(running.credentials()) == {"ADMIN_USERNAME", "ADMIN_PASSWORD", "CLIENT_TOKEN"}


def test_the_configuration_is_not_for_everybody(running):
    assert (running.home / "chatsphere.env").stat().st_mode & stat.S_IRWXO == 0


def test_the_administrator_can_log_in(running):
    given = running.credentials()
    admin = Person(running, given["ADMIN_USERNAME"], given["ADMIN_PASSWORD"]).login()
    assert admin.get("/auth/me").json()["is_superuser"] is True


def test_the_client_token_works(running):
    headers = {"Authorization": f"Bearer {running.credentials()['CLIENT_TOKEN']}"}
    assert Person(running).get("/api/rooms", headers=headers).status_code == 200


def test_a_second_start_keeps_the_data_and_is_quick(running):
    ann = Person(running).register().login()
    room_id = ann.create_room()["id"]
    ann.say(room_id, "before")
    before = running.credentials()
    settings = running.home / "chatsphere.env"
    with settings.open("a") as file:
        file.write("LOG_LEVEL=info\n")
    kept = settings.read_text()
    assert running.stop() == 0
    began = time.monotonic()
    running.start()
    assert time.monotonic() - began < 10
    assert running.credentials() == before
    assert settings.read_text() == kept
    assert [message["content"] for message in ann.history(room_id).json()] == ["before"]


def test_sigterm_stops_all_that_it_started(running):
    pids = everything(running)
    assert len(pids) > 10
    assert running.stop() == 0
    assert [pid for pid in pids if alive(pid)] == []
    assert not list((running.home / "run").rglob("*.sock"))


def test_killed_without_mercy_it_leaves_nothing_in_the_way(running):
    supervisors = [running.service_pid(name) for name in ("api", "auth", "gateway", running.web, "postgres")]
    for pid in (running.process.pid, *supervisors):
        os.kill(pid, 9)
    running.process.wait()
    running.start()
    assert running.healthy()


def test_when_only_quickstart_is_killed_the_rest_goes_too(running):
    pids = [pid for pid in everything(running) if pid != running.process.pid]
    assert len(pids) > 10
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids), 20, "the end of what it had started")


def test_a_service_that_ends_for_good_is_named_and_ends_the_rest(running):
    pids = everything(running)
    os.kill(running.service_pid("gateway"), 9)
    assert running.process.wait(60) != 0
    assert "gateway has ended" in running.output()
    assert [pid for pid in pids if alive(pid)] == []


def test_one_home_is_for_one_quickstart(running):
    done = quickstart(running.home, running.port + 1)
    assert done.returncode != 0
    assert "another quickstart" in done.stderr
    assert running.healthy()


def test_a_port_that_is_taken(running):
    home = new_home()
    done = quickstart(home, running.port)
    assert done.returncode != 0
    assert f"port {running.port} is already in use" in done.stderr
    assert not (home / "pg").exists()
    shutil.rmtree(home)
    assert running.healthy()


def test_two_of_them_side_by_side(running):
    with System() as other:
        assert other.healthy()
        assert running.healthy()
    assert running.healthy()


def test_a_long_path_gets_short_sockets():
    home = Path("/tmp") / f"cs-it-{'long' * 24}-{os.getpid()}"
    home.mkdir(mode=0o755)
    with System(home=home) as system:
        assert (home / "run").is_symlink()
        assert system.healthy()
