"""Tests in several processes at once, and those among them that need the machine for themselves.

Each test holds a shared lock while it runs; one that is marked `alone` holds it exclusively. The door in
front of it, through which everybody passes, keeps those who come later from overtaking who waits for it.
"""

import fcntl
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DOOR, ROOM = TESTS / "pytest.ini", TESTS / "conftest.py"  # two files that are there anyway


@contextmanager
def turn(is_alone):
    """A test's turn, as soon as it may begin."""
    with open(ROOM, "rb") as room:
        with open(DOOR, "rb") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        yield
