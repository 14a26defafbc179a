"""Reload and restart under load, behind nginx with two gateways: nobody notices (R11).

The short form of what `tests/faults/run reload-everything restart-workers restart-gateways` does for minutes.
"""

import pytest
from faults import LINE, Scene, short_form, short_forms
from people import Person


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


@pytest.mark.parametrize("fault", short_forms(LINE), ids=lambda fault: fault.name)
def test_nobody_notices(own, people, tmp_path, fault):
    assert short_form(Scene(own, people, [], world=LINE), fault, tmp_path / "journal") == []
