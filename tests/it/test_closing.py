"""The end of a socket that the server closes: the close frame comes first, and comes whatever the client does
at that moment (RFC 6455, 7.1.1: the connection ends when both sides have said so)."""

import contextlib

import pytest
from gateways import Gateway
from native import bearer, frame
from rawws import BINARY, CLOSE, ClosedByServer
from system import wait_until
from websockets.exceptions import ConnectionClosed
from wsclient import NativeSocket

SOCKETS = 9  # of one person, below the limit


@pytest.fixture(scope="module")
def gateway(system):
    """A gateway without a web server in front, so that who hangs up is seen."""
    with Gateway(system) as one:
        yield one


@pytest.fixture
def closing(raw, gateway, someone):
    """A socket to which the close frame has come; it has not answered."""
    socket = raw(gateway.ws_url, headers=bearer(someone()))
    socket.send(b"binary", opcode=BINARY)
    while socket.receive_frame()[0] != CLOSE:
        pass
    return socket


def test_it_waits_for_the_answer(closing):
    closing.send(frame("ping"))  # was on its way
    with pytest.raises(TimeoutError):
        closing.receive_frame(timeout=0.3)
    closing.send(b"\x03\xeb", opcode=CLOSE)
    with pytest.raises(ClosedByServer):
        closing.receive_frame(timeout=1)


def test_it_does_not_wait_for_ever(closing, gateway):
    with pytest.raises(ClosedByServer):
        closing.receive_frame(timeout=6)
    wait_until(lambda: gateway.connections() == 0, what="a gateway that has forgotten it")


def test_who_writes_at_that_moment_hears_why(system, person):
    """Pings meet the close frames: they are limited by nothing, and lws has one buffer for both."""
    ann = person()
    sockets = [NativeSocket(system.ws_url, ann.access_token) for _ in range(SOCKETS)]
    with system.db() as db:
        db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s", [ann.id])
    while any(socket.is_open for socket in sockets):
        for socket in sockets:
            with contextlib.suppress(ConnectionClosed):
                socket.ping()
    assert [socket.wait_closed().code for socket in sockets] == [4401] * SOCKETS
