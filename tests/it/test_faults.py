"""In the middle of traffic something breaks; nothing acknowledged may be lost, and all go on.

Each fault of the table (faults.py) in its short form: a dozen clients talk, something breaks, every
one of them has to get on within the bound, and in the end their journals are judged against the
database (checker.py). The long form, with a larger crowd, is tests/faults/run.
"""

from contextlib import ExitStack

import pytest
from faults import FAULTS, Scene, judge, new_system
from people import Person


@pytest.fixture(scope="module")
def own():
    """A system of this file's own."""
    with new_system() as system:
        yield system


@pytest.fixture(scope="module")
def party(own):
    """Three people and a guest; sessions outlast every restart."""
    people = [Person(own).register().login() for _ in range(4)]
    yield people
    for one in people:
        one.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_acknowledged_is_lost(own, party, tmp_path, fault):
    *people, guest = party
    scene = Scene(own, people, [guest])
    with ExitStack() as stack:
        traffic = scene.open_traffic(stack, fault, tmp_path / "journal")
        for _ in range(fault.times):
            traffic.fault(fault.name, fault.bound, lambda: fault.do(scene))
        found, _ = judge(scene, fault)
    assert found == []
