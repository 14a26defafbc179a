"""Reload and restart under load, behind nginx with two gateways: nobody notices (R11).

The short form of what `tests/faults/run reload-everything restart-workers restart-gateways` does for minutes.
"""

import subprocess

import pytest
from faults import LINE, Scene, short_form, short_forms
from people import Person
from restarts import ROLLING_RESTART


@pytest.fixture(scope="module")
def own():
    """A system with two gateways."""
    with LINE.new_system() as running:
        yield running


@pytest.fixture(scope="module")
def people(own):
    made = [Person(own).register().login() for _ in range(4)]
    yield made
    for one in made:
        one.close()


def test_rolling_restart_says_what_it_cannot_do(own):
    """Another home than one of a quickstart that runs; an option that there is none of."""
    for arguments, status in ((["--home", own.home / "usr"], 1), (["--homes"], 64)):
        done = subprocess.run([ROLLING_RESTART, *arguments], capture_output=True, text=True, timeout=20)
        assert done.returncode == status and done.stderr


@pytest.mark.parametrize("fault", short_forms(LINE), ids=lambda fault: fault.name)
def test_nobody_notices(own, people, tmp_path, fault):
    assert short_form(Scene(own, people, [], world=LINE), fault, tmp_path / "journal") == []
