"""Two hosts with a database on a third, as network namespaces; one is cut off, and nobody loses anything.

The short form of what `tests/faults/run` does with these faults for minutes, with short deadlines.
"""

import pytest
from faults import HOSTS, Scene, short_form, short_forms
from people import Person

pytestmark = pytest.mark.skipif(bool(HOSTS.why_not()), reason=str(HOSTS.why_not()))


@pytest.fixture(scope="module")
def own():
    with HOSTS.new_system() as running:
        yield running


@pytest.fixture(scope="module")
def people(own):
    made = [Person(own).register().login() for _ in range(3)]
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize("fault", short_forms(HOSTS), ids=lambda fault: fault.name)
def test_nothing_is_lost_when_a_host_is_cut_off(own, people, tmp_path, fault):
    assert short_form(Scene(own, people, [], world=HOSTS), fault, tmp_path / "journal") == []
