"""Several gateways on one database, lost bells, slow readers, and a gateway's end.

What concerns a gateway's limits or its end runs against a further one (gateways.py), so that the one
that all tests share is left alone.
"""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from gateways import UNLIMITED, Gateway
from native import bearer, contents, message, post_by_sql
from people import Person
from rawws import HandshakeRefused, RawSocket
from sse import Poller
from system import System, wait_until
from wsclient import SUBPROTOCOL, NativeSocket


# --- several gateways -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def second(system):
    """Another gateway on the same database, without limits."""
    with Gateway(system, **UNLIMITED) as gateway:
        yield gateway


def test_two_gateways_one_order(connect, second, room):
    ann, bob, room_id = room
    here, there = connect(ann), NativeSocket(second.ws_url, bob.access_token)
    assert here.join(room_id)["epoch"] == there.join(room_id)["epoch"]
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda s: [s.message(room_id, str(n)) for n in range(9)], (here, there)):
            pass
    heard_here, heard_there = (socket.wait_messages(room_id, 18) for socket in (here, there))
    assert heard_here == heard_there
    seqs = [event["seq"] for event in heard_here]
    assert seqs == list(range(seqs[0], seqs[0] + 18))
    there.close()


def test_a_bell_crosses_gateways_quickly(connect, second, room):
    ann, bob, room_id = room
    here, there = connect(ann), NativeSocket(second.ws_url, bob.access_token)
    there.join(room_id)
    here.message(room_id, "first, so that all is warm")
    there.expect("new_message")
    began = time.monotonic()
    here.message(room_id, "rung")
    there.expect("new_message")
    assert time.monotonic() - began < 0.8  # the poll would take up to a second
    there.close()


def listeners(db):
    rows = db.execute("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
    return [pid for (pid,) in rows]


def test_without_bells_delivery_takes_one_poll(system, second, room):
    """R6: the listeners are terminated again and again."""
    ann, bob, room_id = room
    there = NativeSocket(second.ws_url, bob.access_token)
    there.join(room_id)
    took = []
    with system.db() as db:
        for number in range(5):
            wait_until(lambda: listeners(db), 20, "a listener")
            for pid in listeners(db):
                db.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            began = time.monotonic()
            said = ann.say(room_id, str(number))
            there.expect("new_message", seq=said["seq"])
            took.append(time.monotonic() - began)
    assert max(took) < 1.5, took
    assert contents(there.messages(room_id)) == [str(number) for number in range(5)]
    there.close()


def test_what_an_application_posts_without_a_bell_arrives(system, connect, room):
    ann, _, room_id = room
    socket = connect(ann)
    socket.join(room_id)
    socket.message(room_id, "a room with traffic")
    seqs = post_by_sql(system, ann, socket.welcome["sessionId"], room_id, 3)
    events = socket.wait_messages(room_id, 4)
    assert [event["seq"] for event in events[1:]] == seqs


# --- a gateway's limits and end -------------------------------------------------------------------


def stall(second, room, subprotocol):
    """One reads nothing while 4 MB pass, and then looks how its socket ended; another keeps up."""
    ann, bob, room_id = room
    stuck = RawSocket(second.ws_url, bearer(bob), subprotocol, receive_buffer=4096)
    stuck.send({"type": "join", "ref": 1, "roomId": room_id})
    while room_id not in stuck.receive():
        pass
    reader, sender = (NativeSocket(second.ws_url, one.access_token) for one in (bob, ann))
    reader.join(room_id)
    for ref in range(0, 120, 8):
        for number in range(ref, ref + 8):
            sender.send_raw(message(room_id, "\U0001f40c" * 8000, ref=number))
        reader.wait_messages(room_id, ref + 8)
    closed = stuck.wait_closed()
    assert len(reader.messages(room_id)) == 120
    reader.request("ping")
    reader.close()
    sender.close()
    return closed


@pytest.mark.parametrize("subprotocol", [SUBPROTOCOL, None], ids=["native", "sphere"])
def test_who_does_not_read_is_closed_with_4009_and_others_go_on(second, room, subprotocol):
    # The close frame waits 2 s for a reader that is stuck; who looks later sees only the end.
    codes = [stall(second, room, subprotocol).code]
    while codes[-1] is None and len(codes) < 3:
        codes.append(stall(second, room, subprotocol).code)
    assert codes[-1] == 4009


def test_sigterm_drains(system, room):
    ann, bob, room_id = room
    with Gateway(system, **UNLIMITED) as gateway:
        sockets = [NativeSocket(gateway.ws_url, one.access_token) for one in (ann, bob) * 3]
        for socket in sockets:
            socket.join(room_id)
        sockets[0].message(room_id, "last words")
        gateway.process.send_signal(signal.SIGTERM)
        for socket in sockets:
            assert socket.expect("drain")["retryAfterMs"] > 0
        wait_until(lambda: gateway.health() in (503, None), what="no more welcome")
        for socket in sockets:
            closed = socket.wait_closed()
            assert closed.code == 1012
            assert re.fullmatch(r"retry after \d+ ms", closed.reason)
            assert contents(socket.messages(room_id)) == ["last words"]
        assert gateway.process.wait(10) == 0


def test_a_draining_gateway_answers_what_it_has_in_hand(system, room):
    """The room is locked when SIGTERM comes: the post waits, and its socket for its ack (R11)."""
    ann, _, room_id = room
    with Gateway(system, DRAIN_MS="0", **UNLIMITED) as gateway:
        socket = NativeSocket(gateway.ws_url, ann.access_token)
        socket.join(room_id)
        with system.db() as db, db.transaction():
            db.execute("SELECT chat.lock_rooms(ARRAY[%s::uuid])", [room_id])
            socket.send(type="message", ref="held", roomId=room_id, clientId="c", content="in hand")
            socket.send(type="ping", ref="p")
            socket.expect("ack", ref="p")  # so the message has been read too
            gateway.process.send_signal(signal.SIGTERM)
            socket.expect("drain")
            socket.send(type="message", ref="late", roomId=room_id, clientId="d", content="too late")
            assert socket.expect("error", ref="late")["retryable"]
        socket.expect("ack", ref="held")
        assert socket.wait_closed().code == 1012
        assert gateway.process.wait(10) == 0


def test_a_draining_gateway_takes_no_new_sockets(system, room):
    ann, _, _ = room
    with Gateway(system, DRAIN_MS="5000", **UNLIMITED) as gateway:
        stays = NativeSocket(gateway.ws_url, ann.access_token)
        gateway.process.send_signal(signal.SIGTERM)
        stays.expect("drain")
        with pytest.raises((HandshakeRefused, ConnectionError)) as refused:
            RawSocket(gateway.ws_url, subprotocol=SUBPROTOCOL)
        assert getattr(refused.value, "status", 503) == 503


def test_who_is_not_closed_yet_may_speak(system, room):
    """For the window's length somebody would be refused, and to most dialects nobody says `drain`."""
    ann, _, room_id = room
    with Gateway(system, DRAIN_MS="60000", **UNLIMITED) as gateway:
        socket = NativeSocket(gateway.ws_url, ann.access_token)
        socket.join(room_id)
        gateway.process.send_signal(signal.SIGTERM)
        socket.expect("drain")
        assert socket.message(room_id, "in between")["seq"] == socket.expect("new_message")["seq"]


def test_a_draining_gateway_answers_long_polls(system, room):
    """What there is, which is nothing: a poll is no request that failed."""
    ann, _, room_id = room
    with Gateway(system, DRAIN_MS="60000", **UNLIMITED) as gateway, ThreadPoolExecutor(1) as pool:
        poller = Poller(f"http://127.0.0.1:{gateway.port}", room_id, bearer(ann))
        poller.poll()
        waiting = pool.submit(poller.poll, 20)
        wait_until(lambda: gateway.connections() == 1, what="a poll that waits")
        gateway.process.send_signal(signal.SIGTERM)
        assert waiting.result(5) == []
        assert gateway.process.wait(10) == 0


# --- without a database ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own():
    """A system whose database nobody else needs."""
    with System() as running:
        yield running


@pytest.fixture(scope="module")
def own_room(own):
    """Made once: the workers need a while until they have their database again."""
    ann, bob = (Person(own).register().login() for _ in range(2))
    yield ann, bob, ann.create_room()["id"]
    ann.close()
    bob.close()


@contextmanager
def nobody_listens(system):
    """The gateways' connections end, and no new one gets an answer."""
    with system.db() as db:
        db.execute("ALTER ROLE chatsphere NOLOGIN")
        try:
            yield lambda: db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chatsphere'")
        finally:
            db.execute("ALTER ROLE chatsphere LOGIN")


def test_a_gateway_without_its_database_takes_no_new_sockets_and_keeps_the_old(own, own_room):
    """The handshake is refused, so that a web server goes on to another gateway, and no ticket is used up (R12)."""
    ann, _, room_id = own_room
    with Gateway(own, **UNLIMITED) as gateway:
        stays = NativeSocket(gateway.ws_url, ann.access_token)
        stays.join(room_id)
        with nobody_listens(own) as cut:
            cut()
            wait_until(lambda: gateway.get("/ready").status_code == 503, what="a gateway that knows")
            assert gateway.health() == 200
            with pytest.raises(HandshakeRefused) as refused:
                RawSocket(gateway.ws_url, subprotocol=SUBPROTOCOL)
            assert refused.value.status == 503
        wait_until(lambda: gateway.get("/ready").status_code == 200, 20, "a gateway that is back")
        said = stays.message(room_id, "still there")
        stays.expect("new_message", seq=said["seq"])
        stays.close()


def test_a_gateway_that_is_cut_off_sends_its_sockets_away(own, own_room):
    """GATEWAY_CUT_OFF_MS: they may find another that is not. It goes on by itself."""
    ann, _, room_id = own_room
    with Gateway(own, GATEWAY_CUT_OFF_MS="300", DRAIN_MS="200", **UNLIMITED) as gateway:
        socket = NativeSocket(gateway.ws_url, ann.access_token)
        socket.join(room_id)
        with nobody_listens(own) as cut:
            cut()
            assert socket.expect("drain")["retryAfterMs"] > 0
            assert socket.wait_closed().code == 1012
        wait_until(lambda: gateway.get("/ready").status_code == 200, 20, "a gateway that is back")
        again = NativeSocket(gateway.ws_url, ann.access_token)
        assert again.join(room_id)["roomId"] == room_id
        again.close()


# --- descriptors ------------------------------------------------------------------------------------


def test_descriptors_are_raised_as_far_as_they_may_be(system):
    with Gateway(system, prefix=["prlimit", "--nofile=256:2000"], GATEWAY_MAX_SOCKETS="500") as gateway:
        limits = Path(f"/proc/{gateway.process.pid}/limits").read_text()
        assert re.search(r"^Max open files +564 +2000 ", limits, re.MULTILINE)


def test_sockets_without_a_descriptor_are_refused(system):
    with Gateway(system, prefix=["prlimit", "--nofile=70:70"], GATEWAY_MAX_SOCKETS="500") as gateway:
        opened = [RawSocket(gateway.ws_url, subprotocol=SUBPROTOCOL) for _ in range(6)]
        with pytest.raises(HandshakeRefused, match="503"):
            RawSocket(gateway.ws_url, subprotocol=SUBPROTOCOL)
        for socket in opened:
            socket.close()
        log = (system.log_dir / f"gateway-{gateway.port}.log").read_text()
        assert "GATEWAY_MAX_SOCKETS is 500, but there are descriptors for 6 sockets only" in log
