"""What the browser tests take away from the page for a while."""

from contextlib import contextmanager

from stopped import stopped


@contextmanager
def no_gateway(system):
    """Kills the gateway, and for a while nothing starts it again."""
    supervisor = system.service_pid("gateway")
    gateway = system.gateway_pid()
    with stopped(supervisor):
        system.kill(gateway)
        yield


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


def nobody_answers(system):
    """Requests wait meanwhile."""
    return stopped(*system.workers())
