"""Several gateways behind one web server: sockets spread over them, and who is not there is passed over."""

import signal
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
from people import Person
from sse import EventStream
from system import System, wait_until
from websockets.exceptions import InvalidStatusCode
from wsclient import NativeSocket

NAMES = ["gateway", "gateway-2", "gateway-3"]


@pytest.fixture(scope="module")
def system():
    """A system with three gateways, and a drain that a test can look at."""
    with System(env={"CHATSPHERE_GATEWAYS": "3", "DRAIN_MS": "2000"}) as running:
        yield running


@pytest.fixture(scope="module")
def ann(system):
    person = Person(system).register().login()
    yield person
    person.close()


@pytest.fixture(scope="module")
def room_id(ann):
    return ann.create_room()["id"]


def health(system, name):
    """What a gateway says of itself, asked at its own socket."""
    transport = httpx.HTTPTransport(uds=str(system.run_dir / "ws" / f"{name}.sock"))
    with httpx.Client(transport=transport) as client:
        return client.get("http://gateway/health").json()


def is_there(system, name):
    with suppress(httpx.TransportError):
        return health(system, name)


@contextmanager
def sockets(system, ann, count):
    opened = [NativeSocket(system.ws_url, token=ann.access_token) for _ in range(count)]
    yield opened
    for one in opened:
        one.close()


@contextmanager
def streams(system, ann, room_id, count):
    headers = {"Authorization": f"Bearer {ann.access_token}"}
    opened = [EventStream(system.base_url, room_id, headers) for _ in range(count)]
    yield opened
    for one in opened:
        one.close()


@contextmanager
def away(system, ann, names):
    """Nobody finds these gateways' sockets meanwhile. Afterwards all are in use again: a web server may leave one
    alone for a second that it has not found."""

    def all_are_used():
        with suppress(InvalidStatusCode), sockets(system, ann, 6):
            return all(health(system, name)["connections"] for name in NAMES)

    with ExitStack() as back:
        for path in [system.run_dir / "ws" / f"{name}.sock" for name in names]:
            elsewhere = path.with_suffix(".away")
            path.rename(elsewhere)
            back.callback(elsewhere.rename, path)
        yield
    wait_until(all_are_used, timeout=5, what="sockets at all gateways")


def told(system):
    """How many connections each gateway has: one that was closed is gone only when the web server has said so."""
    return [health(system, name)["connections"] for name in NAMES]


def test_sockets_and_streams_spread_over_them(system, ann, room_id):
    wait_until(lambda: told(system) == [0, 0, 0], what="nobody there")
    with sockets(system, ann, 9):
        assert min(told(system)) >= 2, told(system)
        with streams(system, ann, room_id, 3):
            assert min(told(system)) >= 3, told(system)


def test_people_at_different_gateways_hear_each_other(system, ann, room_id):
    with sockets(system, ann, 3) as opened:
        for one in opened:
            one.join(room_id)
        said = [one.message(room_id, f"from {index}")["seq"] for index, one in enumerate(opened)]
        for one in opened:
            assert [event["seq"] for event in one.wait_messages(room_id, 3)] == said


@pytest.mark.parametrize("gone", [NAMES[:1], NAMES[1:]])
def test_one_that_cannot_be_reached_is_passed_over(system, ann, room_id, gone):
    with away(system, ann, gone), sockets(system, ann, 6) as opened, streams(system, ann, room_id, 3) as heard:
        assert all(one.is_open for one in opened)
        for stream in heard:
            stream.expect("joined")


def test_one_that_drains_is_passed_over(system, ann, room_id):
    left = told(system)  # streams of the tests before: Apache notices at the next sign of life
    with sockets(system, ann, 6) as before:
        more = {name: now - was for name, now, was in zip(NAMES, told(system), left, strict=True)}
        busiest = max(NAMES, key=more.get)
        pid = system.gateway_pid(busiest)
        system.kill(pid, signal.SIGTERM)
        wait_until(lambda: any("drain" in [event["type"] for event in one.events] for one in before), what="a drain")
        with sockets(system, ann, 6) as opened, streams(system, ann, room_id, 3):
            assert all(one.is_open for one in opened)
    wait_until(lambda: system.gateway_pid(busiest) != pid and is_there(system, busiest), what="a new one")


def test_when_none_is_there_that_is_said(system, ann):
    with away(system, ann, NAMES):
        answer = ann.get("/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
