"""What a client sends over a WebSocket must be masked; a server closes the connection else (RFC 6455, 5.1)."""

import httpx
import pytest
from gateways import Gateway
from native import bearer, frame, message
from promtext import Metrics
from rawws import CLOSE, PING, PONG, TEXT, RawSocket

CONTINUED = 0


@pytest.fixture(scope="module")
def gateway(system):
    """A gateway without a web server in front."""
    with Gateway(system) as one:
        yield one


@pytest.fixture(params=["nginx", "direct"])
def url(request, system, gateway):
    return system.ws_url if request.param == "nginx" else gateway.ws_url


@pytest.fixture
def open_one(url, raw, someone):
    """Opens a socket of somebody's; nothing of it has been read but the answer to the handshake."""
    return lambda **options: raw(url, headers=bearer(someone()), **options)


def bare(opcode, payload=b"", final=True):
    """A frame without a mask, as only a server may send it."""
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
    return bytes([(0x80 if final else 0) | opcode]) + size + payload


FIRST = {
    "text": bare(TEXT, frame("ping").encode()),
    "empty text": bare(TEXT),
    "long text": bare(TEXT, frame("ping", ref="x" * 3000).encode()),
    "half of a text": bare(TEXT, b'{"type":', final=False),
    "only the head": bare(TEXT, frame("ping").encode())[:2],
    "ping": bare(PING, b"are you there?"),
    "pong": bare(PONG),
    "close": bare(CLOSE, (1000).to_bytes(2, "big")),
    "two texts": bare(TEXT, frame("ping").encode()) * 2,
}


@pytest.mark.parametrize("name", FIRST)
def test_a_frame_without_a_mask_is_closed_with_1002(open_one, name):
    socket = open_one()
    socket.receive_events("welcome")
    socket.send_bytes(FIRST[name])
    closed = socket.wait_closed()
    assert (closed.code, closed.reason) == (1002, "frames of a client must be masked")


def test_so_is_one_that_comes_at_once(open_one):
    for _ in range(50):
        socket = open_one()
        socket.send_bytes(FIRST["text"])
        assert socket.wait_closed().code == 1002


def test_and_in_every_dialect(open_one):
    for subprotocol in (None, "nexus.v1"):
        socket = open_one(subprotocol=subprotocol)
        socket.send_bytes(bare(TEXT, b"hello"))
        assert socket.wait_closed().code == 1002


def test_what_it_says_is_not_done(url, raw, room):
    ann, _, room_id = room
    socket = raw(url, headers=bearer(ann))
    socket.receive_events("welcome")
    socket.send_bytes(bare(TEXT, message(room_id, "not like this").encode()))
    assert socket.wait_closed().code == 1002
    assert ann.history(room_id).json() == []


def test_the_close_is_counted(gateway, raw, someone):
    def count():
        metrics = Metrics(httpx.get(f"http://127.0.0.1:{gateway.port}/metrics").text)
        return metrics.one("chatsphere_gateway_connections_closed_total", code="1002")

    before = count()
    socket = raw(gateway.ws_url, headers=bearer(someone()))
    socket.send_bytes(FIRST["text"])
    socket.wait_closed()
    assert count() == before + 1


# --- nobody else is refused ---------------------------------------------------------------------------


def answered(socket):
    """Whether the socket takes an operation and answers it."""
    socket.send({"type": "ping", "ref": "last"})
    return socket.receive_events("ack")["ref"] == "last"


def test_a_mask_of_zeros_is_one(open_one):
    socket = open_one()
    text = frame("ping", ref="zeros").encode()
    socket.send_bytes(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
    assert socket.receive_events("ack")["ref"] == "zeros"


@pytest.mark.parametrize("opcode", [PING, PONG])
def test_control_frames_first(open_one, opcode):
    socket = open_one()
    socket.send(b"anything", opcode)
    assert answered(socket)


def test_a_close_is_answered_with_its_code(open_one):
    socket = open_one()
    socket.send((1000).to_bytes(2, "big"), CLOSE)
    assert socket.wait_closed().code == 1000


def test_a_first_frame_in_fragments(open_one):
    socket = open_one()
    text = frame("ping", ref="pieces").encode()
    for at in range(len(text)):
        opcode = TEXT if at == 0 else CONTINUED
        socket.send_bytes(socket.frame(opcode, text[at : at + 1], final=at == len(text) - 1))
    assert socket.receive_events("ack")["ref"] == "pieces"


def test_a_first_frame_byte_by_byte(open_one):
    """The mask bit is in the second byte, which then comes alone."""
    for _ in range(5):
        socket = open_one()
        for byte in socket.frame(TEXT, frame("ping", ref="bytes").encode()):
            socket.send_bytes(bytes([byte]))
        assert socket.receive_events("ack")["ref"] == "bytes"


def test_a_long_first_frame(open_one):
    socket = open_one()
    socket.send(frame("ping", ref="long").ljust(60_000))
    assert socket.receive_events("ack")
    assert answered(socket)


def test_frames_that_come_with_the_handshake(gateway, raw, someone):
    """Before the answer a client must not send anything (4.1). What has been read with the handshake is not judged."""
    early = RawSocket.frame(TEXT, frame("ping", ref="early").encode())
    for _ in range(20):
        socket = raw(gateway.ws_url, headers=bearer(someone()), early=early)
        assert socket.receive_events("ack")["ref"] == "early"
        assert answered(socket)
