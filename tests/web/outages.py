"""What the browser tests take away from the page for a while."""

import signal
from contextlib import contextmanager


@contextmanager
def no_gateway(system):
    """Kills the gateway, and for a while nothing starts it again."""
    supervisor = system.service_pid("gateway")
    gateway = system.gateway_pid()
    system.kill(supervisor, signal.SIGSTOP)
    try:
        system.kill(gateway)
        yield
    finally:
        system.kill(supervisor, signal.SIGCONT)


@contextmanager
def no_api(system):
    """The web server finds no worker meanwhile: requests fail, files come."""
    place = system.run_dir / "api.sock"
    away = place.with_suffix(".away")
    place.rename(away)
    try:
        yield
    finally:
        away.rename(place)


@contextmanager
def nobody_answers(system):
    """Requests wait meanwhile."""
    workers = system.workers()
    for pid in workers:
        system.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            system.kill(pid, signal.SIGCONT)
