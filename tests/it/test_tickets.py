"""POST /api/ws-ticket and /ws?ticket=: a secret that opens one socket, once, within 30 s, as who asked."""

import hashlib
import json
import threading
import time
from contextlib import closing

import pytest
from apitokens import READ, ApiToken, opaque
from native import bearer, expiring
from people import Person
from rawws import ClosedByServer, RawSocket
from wsclient import SUBPROTOCOL


def ticket(system, who):
    """A new ticket of somebody with an access token, an API token or a session."""
    with Person(system) as client:
        answer = client.post("/api/ws-ticket", headers=bearer(who))
    assert answer.status_code == 201, answer.text
    assert answer.json()["expiresIn"] == 30
    return answer.json()["ticket"]


@pytest.fixture
def enter(system, raw):
    """Opens a socket with a ticket in its address, which has to be in the query and nowhere else."""
    return lambda text, **options: raw(f"{system.ws_url}?ticket={text}", **options)


def digest(text):
    return hashlib.sha256(text.encode()).digest()


def test_a_ticket_opens_a_socket_as_who_asked_for_it(system, enter, someone):
    ann = someone()
    welcome = enter(ticket(system, ann)).receive_events("welcome")
    assert welcome["userId"] == ann.id


def test_a_ticket_is_used_up(system, enter, someone):
    text = ticket(system, someone())
    enter(text).receive_events("welcome")
    assert enter(text).wait_closed().code == 1008


def test_of_two_sockets_at_the_same_moment_one_wins(system, someone):
    """Several rounds: in each, four sockets present the ticket as nearly together as threads can."""
    ann = someone()

    def present(url, gate, outcomes):
        gate.wait()
        socket = RawSocket(url, subprotocol=SUBPROTOCOL)
        try:
            outcomes.append(json.loads(socket.receive())[0]["type"])
        except ClosedByServer as closed:
            outcomes.append(closed.code)
        socket.close()

    for _ in range(5):
        url, gate, outcomes = f"{system.ws_url}?ticket={ticket(system, ann)}", threading.Barrier(4), []
        threads = [threading.Thread(target=present, args=(url, gate, outcomes)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [o for o in outcomes if o not in ("welcome", "error")]
        assert outcomes.count("welcome") == 1, outcomes
        assert outcomes.count("error") + told.count(1008) == 3, outcomes


def test_a_ticket_is_good_for_30_s(system, enter, someone):
    ann = someone()
    fresh, stale = ticket(system, ann), ticket(system, ann)
    with system.db() as db:
        for text, age in ((fresh, 28), (stale, 31)):
            db.execute("UPDATE chat.ws_tickets SET expires_at = expires_at - make_interval(secs => %s)"
                       " WHERE token_hash = %s", [age, digest(text)])
    assert enter(stale).wait_closed().code == 1008
    enter(fresh).receive_events("welcome")


@pytest.mark.parametrize("text", ["", "nonsense", "cs_tk_nonsense", opaque("cs_tk_"), "x" * 5000])
def test_what_is_no_ticket_of_ours(enter, text):
    assert enter(text, subprotocol=None).wait_closed().code == 1008


def test_a_ticket_stands_in_the_address_only(system, raw, someone):
    ann = someone()
    header = raw(headers={"Authorization": f"Bearer {ticket(system, ann)}"})
    query = raw(f"{system.ws_url}?token={ticket(system, ann)}")
    assert header.wait_closed().code == 1008
    assert query.wait_closed().code == 1008
    frame = raw()
    frame.send({"type": "auth", "ref": 1, "token": ticket(system, ann)})
    assert frame.receive_events("error")["code"] == "unauthorized"
    assert frame.wait_closed().code == 1008
    with Person(system) as client:
        rest = client.get("/auth/me", headers={"Authorization": f"Bearer {ticket(system, ann)}"})
    assert rest.status_code == 401


def test_no_credential_is_a_ticket(system, enter, person):
    ann = person()
    for text in (ann.access_token, ann.refresh_token, ApiToken(system, ann).access_token):
        assert enter(text).wait_closed().code == 1008


def test_no_ticket_without_a_session_that_is_good(system, enter, person):
    """What has become of the credential between asking and coming is looked at when one comes."""
    ann, ben = person(), person()
    early, other = ticket(system, ann), ticket(system, ben)
    assert ann.post("/auth/logout").status_code == 200
    assert ann.post("/api/ws-ticket").status_code == 401
    assert enter(early).wait_closed().code == 1008
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", [ben.id])
    assert enter(other).wait_closed().code == 1008


def test_the_socket_ends_with_the_session_that_asked(system, enter, person):
    ann = person()
    first = enter(ticket(system, ann))
    with closing(Person(system, ann.name).login()) as other:
        second = enter(ticket(system, other))
        for socket in (first, second):
            socket.receive_events("welcome")
        assert ann.post("/auth/logout").status_code == 200
        assert first.wait_closed(timeout=5).code == 4401
        second.send({"type": "ping", "ref": 1})
        assert second.receive_events("ack")["ref"] == 1


def test_the_socket_ends_with_the_access_token_that_asked_unless_it_is_renewed(system, enter, person):
    """A ticket does not lengthen anybody's time: 4401 when the JWT behind it is over."""
    ann = person()
    lasting, began = ann.access_token, time.time()
    ann.access_token = expiring(system, lasting, 4)
    left, renewed = enter(ticket(system, ann)), enter(ticket(system, ann))
    for socket in (left, renewed):
        socket.receive_events("welcome")
    renewed.send({"type": "auth", "ref": 1, "token": lasting})
    assert renewed.receive_events("ack")["ref"] == 1
    assert left.wait_closed().code == 4401
    assert time.time() - began > 2
    renewed.send({"type": "ping", "ref": 2})
    assert renewed.receive_events("ack")["ref"] == 2


def test_the_socket_ends_with_the_api_token_that_asked(system, enter, someone):
    ann = someone()
    token = ApiToken(system, ann)
    socket = enter(ticket(system, token))
    assert socket.receive_events("welcome")["userId"] == ann.id
    with system.db() as db:
        db.execute("UPDATE chat.api_tokens SET revoked_at = now() WHERE id = %s", [token.id])
    assert socket.wait_closed(timeout=5).code == 4401


def test_a_ticket_has_the_rights_of_its_credential(system, enter, room):
    ann, _, room_id = room
    socket = enter(ticket(system, ApiToken(system, ann, permissions=READ)))
    socket.receive_events("welcome")
    socket.send({"type": "message", "ref": 1, "roomId": room_id, "clientId": "c", "content": "no"})
    assert socket.receive_events("error")["code"] == "forbidden"


def test_a_ticket_without_a_subprotocol(system, enter, someone):
    """The text dialect of document 003, for a page that cannot send a header."""
    ann = someone()
    socket = enter(ticket(system, ann), subprotocol=None)
    socket.send("by ticket")
    assert socket.receive() == f"{ann.name}: by ticket"


def test_no_ticket_is_left_behind(system, enter, someone):
    text = ticket(system, someone())
    enter(text).receive_events("welcome")
    with system.db() as db:
        row = db.execute("SELECT FROM chat.ws_tickets WHERE token_hash = %s", [digest(text)]).fetchone()
    assert row is None
