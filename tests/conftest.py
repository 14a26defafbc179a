"""Fixtures of all tests in Python: one running system a session, people who use it, sockets.

A whole run is two processes side by side (tests/run), each with a system of its own for all its tests. A test
that breaks the system for good (a second quickstart, a full disk) starts a System of its own.
"""

import json
import os
import re

import alone
import pytest
import scratch
from asyncapi import FRAMES
from openapi import CONTRACT
from people import Person
from system import CHEAP_HASHES, System
from wsclient import NativeSocket

# What a credential begins with (security S1, S4); eyJ is the start of every JWT.
TOKEN = re.compile(rb"cs_(rt|st|user|client|tk|inv|join)_[A-Za-z0-9]|\beyJ[A-Za-z0-9_-]{10}")

# Ids and credentials that are made when the tests are collected.
MADE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12,}|(?<=cs_tk_)[A-Za-z0-9]{16,}")

# What a user says in a room is counted over all his sockets, and the ten people of the crowd say in the lobby
# what all tests say there. The limit itself is tested on gateways of its own.
TALKATIVE = {"MESSAGES_BURST": "100"}

# A run makes 1,500 hashes of passwords, and some hundred thousand files: what that costs is for the tests that are
# about it to say. With --all all is as usual.
if "CHATSPHERE_ALL" not in os.environ:
    System.defaults = CHEAP_HASHES
    scratch.place = scratch.best()

passwords = set()  # all that the tests have sent


def remember_passwords(answer):
    """Takes what stands in a request's fields of passwords."""
    try:
        body = json.loads(answer.request.content)
        passwords.update(value.encode() for name, value in body.items() if "password" in name and len(value) >= 8)
    except (ValueError, AttributeError, TypeError):
        pass  # no JSON, no object, no text


def leaks(log):
    """What stands in a log file and should not."""
    text = log.read_bytes()
    found = {match.group()[:12].decode() for match in TOKEN.finditer(text)}
    return found | {"a password" for password in passwords if password in text}


Person.checks = [CONTRACT.check, remember_passwords]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    with alone.turn(item.get_closest_marker("alone")):
        yield


@pytest.fixture(autouse=True)
def _documented_frames():
    """What came over native sockets during a test is what schema/asyncapi.yaml says."""
    yield
    said = FRAMES.complaints[:]
    FRAMES.complaints.clear()
    assert not said, said[0]


@pytest.fixture(scope="session")
def system():
    """The system, ready. When the session ends, no log may hold a token or a password (S5)."""
    with System(env=TALKATIVE) as running:
        yield running
        running.stop()
        logs = [running.output_file, *running.log_dir.iterdir()]
        leaky = {log.name: found for log in logs if (found := leaks(log))}
        running.process = None
        assert not leaky, leaky


@pytest.fixture
def person(system):
    """Makes people: person() is registered and logged in."""
    made = []

    def make(**options):
        made.append(Person(system, **options).register().login())
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def anonymous(system):
    """A client without a credential."""
    client = Person(system)
    yield client
    client.close()


@pytest.fixture
def client_token(system):
    """An httpx client with the CLIENT token of the first start."""
    client = Person(system)
    client.headers["Authorization"] = f"Bearer {system.credentials()['CLIENT_TOKEN']}"
    yield client
    client.close()


@pytest.fixture
def connect(system):
    """Opens native sockets: connect(person) is connected and authenticated."""
    opened = []

    def open_one(who=None, **options):
        token = who.access_token if who else None
        opened.append(NativeSocket(system.ws_url, token=token, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def pytest_make_parametrize_id(val):
    """A test's name holds nothing random: processes that share the work have to find the same names."""
    return MADE.sub("*", val) if isinstance(val, str) and MADE.search(val) else None


def pytest_sessionfinish(session):
    """A process that shares the work hands in what it has seen."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput.update(seen=CONTRACT.tally(), frames=sorted(FRAMES.seen))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    handed_in = getattr(node, "workeroutput", {})  # none of a process that has died
    CONTRACT.add(handed_in.get("seen", []))
    FRAMES.seen.update(handed_in.get("frames", []))


def pytest_terminal_summary(terminalreporter):
    """How much of the two documents was seen; a whole run sees every operation."""
    for line, unseen in (CONTRACT.summary(), FRAMES.summary()):
        terminalreporter.write_line(line)
        if unseen and terminalreporter.verbosity > 0:
            terminalreporter.write_line("not among them: " + ", ".join(unseen))
