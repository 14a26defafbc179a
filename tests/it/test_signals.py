"""Signals (R11): SIGHUP takes over what is reloadable, in place, and a bad file changes nothing."""

import signal

import pytest
from system import System, wait_until


@pytest.fixture
def own():
    """A system whose configuration may be changed."""
    with System(env={"CHATSPHERE_API_WORKERS": "1"}) as running:
        yield running


def logged(system, program, event):
    """How often the event stands in the programs' logs."""
    lines = [line for log in system.log_dir.glob("*.log") for line in log.read_text().splitlines()]
    return sum(f"program={program} " in line and f"event={event}" in line for line in lines)


def set_option(system, line):
    path = system.home / "chatsphere.env"
    kept = [old for old in path.read_text().splitlines() if not old.startswith(line.split("=")[0] + "=")]
    path.write_text("\n".join([*kept, line]) + "\n")


def hang_up(system):
    """SIGHUP to the one API worker and to the gateway: they see it without a request."""
    for pid in [*system.workers(), system.gateway_pid()]:
        system.kill(pid, signal.SIGHUP)


def wait_logged(system, event):
    for program in ["chatsphere-api", "chatsphere-gateway"]:
        wait_until(lambda: logged(system, program, event) == 1, what=f"{event} of {program}")


def test_hangup_reloads_in_place(own):
    before = own.workers(), own.gateway_pid()
    set_option(own, "LOG_LEVEL=debug")
    hang_up(own)
    wait_logged(own, "reloaded")
    set_option(own, "LOG_LEVEL=loud")
    hang_up(own)
    wait_logged(own, "reload_refused")
    assert (own.workers(), own.gateway_pid()) == before
    own.wait_healthy()
