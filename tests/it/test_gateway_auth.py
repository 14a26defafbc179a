"""Who may open a socket, with which credential, from where, and when that ends."""

import json
import time

import httpx
import pytest
from apitokens import ApiToken
from gateways import Gateway
from native import LOBBY, bearer, expiring
from people import Person
from rawws import HandshakeRefused
from wsclient import SUBPROTOCOL, Refused


# --- who is at the other end ----------------------------------------------------------------------


def test_a_credential_in_a_frame(raw, someone):
    ann = someone()
    socket = raw()
    socket.send({"type": "auth", "ref": "a", "token": ann.access_token})
    assert socket.receive_events("welcome")["userId"] == ann.id
    socket.send({"type": "ping", "ref": "p"})
    assert socket.receive_events("ack")["ref"] in ("a", "p")


def test_a_credential_in_the_header(raw, someone):
    ann = someone()
    assert raw(headers=bearer(ann)).receive_events("welcome")["userId"] == ann.id


def test_a_credential_in_the_query(system, raw, someone):
    ann = someone()
    socket = raw(f"{system.ws_url}?token={ann.access_token}")
    assert socket.receive_events("welcome")["userId"] == ann.id


def test_an_opaque_session_token(raw, anonymous):
    account = {"username": anonymous.name, "password": anonymous.password}
    assert anonymous.post("/api/register", json=account).status_code == 201
    answer = anonymous.post("/api/login", json=account).json()
    socket = raw(headers={"Authorization": f"Bearer {answer['token']}"})
    assert socket.receive_events("welcome")["userId"] == answer["user"]["id"]


def is_before(seen):
    return seen["posted"]["seq"] <= seen["joined"]["lastSeq"]


def test_frames_may_follow_the_credential_at_once(raw, room):
    ann, _, room_id = room
    socket = raw()
    socket.send_together(
        {"type": "auth", "ref": 1, "token": ann.access_token},
        {"type": "join", "ref": 2, "roomId": room_id},
        {"type": "message", "ref": 3, "roomId": room_id, "content": "at once", "clientId": "c"},
    )
    # Written by one connection of the gateway's and joined by another: what is in the log by the time of the
    # join does not follow it.
    seen = {}
    while "new_message" not in seen and not (seen.keys() >= {"joined", "posted"} and is_before(seen)):
        for event in json.loads(socket.receive()):
            seen["posted" if "seq" in event and event["type"] == "ack" else event["type"]] = event
    assert seen.get("new_message", {"message": {"content": "at once"}})["message"]["content"] == "at once"


@pytest.mark.parametrize("token", ["", "nonsense", "cs_st_nonsense", "e30.e30.e30", "x" * 4097])
def test_a_bad_token_is_closed_with_1008(system, raw, token):
    by_query = raw(f"{system.ws_url}?token={token or '%20'}")
    by_header = raw(headers={"Authorization": f"Bearer {token}x"})
    assert by_query.wait_closed().code == 1008
    assert by_header.wait_closed().code == 1008


def test_a_bad_token_in_a_frame_is_told_and_closed_with_1008(raw):
    socket = raw()
    socket.send({"type": "auth", "ref": "a", "token": "nonsense"})
    error = socket.receive_events("error")
    assert (error["ref"], error["code"]) == ("a", "unauthorized")
    assert socket.wait_closed().code == 1008


def test_a_logged_out_token_is_closed_with_1008(raw, person):
    ann = person()
    assert ann.post("/auth/logout").status_code == 200
    assert raw(headers=bearer(ann)).wait_closed().code == 1008


def test_without_a_subprotocol_a_credential_must_come_with_the_handshake(raw):
    assert raw(subprotocol=None).wait_closed().code == 1008


def test_nothing_is_done_before_the_credential(raw):
    socket = raw()
    socket.send({"type": "join", "ref": 1, "roomId": LOBBY})
    assert socket.receive_events("error")["code"] == "unauthorized"


@pytest.mark.slow
def test_no_credential_within_ten_seconds(raw):
    socket, began = raw(), time.monotonic()
    assert socket.wait_closed(timeout=15).code == 1008
    assert 9 < time.monotonic() - began < 13


def test_ten_sockets_a_person(raw, person):
    ann = person()
    sockets = [raw(headers=bearer(ann)) for _ in range(11)]
    for socket in sockets[:10]:
        socket.receive_events("welcome")
    assert sockets[10].wait_closed().code == 4008


def test_an_expired_token_closes_its_socket_unless_it_was_renewed(system, connect, someone):
    ann = someone()
    token = expiring(system, ann.access_token, 2)
    left, renewed = connect(), connect()
    left.auth(token)
    renewed.auth(token)
    renewed.request("auth", token=ann.access_token)
    assert left.wait_closed().code == 4401
    renewed.request("ping")


def test_a_socket_stays_with_its_user(connect, someone):
    socket = connect(someone())
    with pytest.raises(Refused):
        socket.request("auth", token=someone().access_token)
    assert socket.wait_closed().code == 4401


@pytest.mark.parametrize("application_first", [True, False])
def test_a_socket_of_an_application_is_never_its_owners(system, connect, room, someone, application_first):
    """It has joined rooms as an application, and would go on hearing them when that has ended."""
    owner = someone()
    both = [ApiToken(system, owner, "CLIENT"), owner]
    first, second = both if application_first else reversed(both)
    socket = connect(first)
    if application_first:
        socket.join(room[2])
    with pytest.raises(Refused) as refused:
        socket.request("auth", token=second.access_token)
    assert refused.value.code == "unauthorized"
    assert socket.wait_closed().code == 4401
    same = connect(first)
    same.request("auth", token=first.access_token)  # by its own it goes on


def test_logout_closes_the_sockets_of_that_session_only(system, connect, person):
    ann = person()
    first = connect(ann)
    other = Person(system, ann.name).login()
    second = connect(other)
    began = time.monotonic()
    assert ann.post("/auth/logout").status_code == 200
    assert first.wait_closed(timeout=5).code == 4401
    assert time.monotonic() - began < 5
    second.request("ping")
    other.close()


# --- the handshake --------------------------------------------------------------------------------


def origins_that_only_look_like_ours(system):
    host = f"127.0.0.1:{system.port}"
    return [
        "http://elsewhere.example",
        "null",
        f"http://{host}.evil",
        f"http://{host}0",
        f"https://{host}",  # nginx says that it was asked over http
        f"HTTP://{host}",
        f"http://{host}/",
        "http://127.0.0.1",
        f"{host}",
    ]


def test_a_foreign_origin_is_refused(system, raw, someone):
    """Exactly the own host, by the scheme that the web server was asked over (S6)."""
    headers = bearer(someone())
    for origin in origins_that_only_look_like_ours(system):
        with pytest.raises(HandshakeRefused) as refused:
            raw(headers=headers | {"Origin": origin})
        assert refused.value.status == 403, origin


def test_the_front_end_says_the_scheme_of_the_own_origin(system, raw, someone):
    """A gateway by itself takes both; one behind a web server, the scheme that it names."""
    cases = [(None, "http", 101), (None, "https", 101), ("https", "https", 101), ("https", "http", 403),
             ("http", "https", 403), ("https, http", "https", 403), ("x" * 100, "http", 403)]
    with Gateway(system, CORS_ALLOW_ORIGINS="https://app.example, https://b.example") as gateway:
        def status(origin, said):
            headers = bearer(someone()) | {"Origin": origin}
            try:
                raw(gateway.ws_url, headers=headers | ({"X-Forwarded-Proto": said} if said else {}))
            except HandshakeRefused as refused:
                return refused.status
            return 101

        host = f"127.0.0.1:{gateway.port}"
        assert [status(f"{scheme}://{host}", said) for said, scheme, _ in cases] == [c for _, _, c in cases]
        listed = ["https://app.example", "https://b.example", "http://app.example", "https://APP.example"]
        assert [status(origin, "http") for origin in listed] == [101, 101, 403, 403]


def test_a_refused_handshake_is_a_problem_like_any_other(system):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": "http://elsewhere.example",
    }
    answer = httpx.get(f"{system.base_url}/ws", headers=headers)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_origin"


def test_the_own_origin_is_taken(system, raw, someone):
    headers = bearer(someone()) | {"Origin": system.base_url}
    raw(headers=headers).receive_events("welcome")


def test_the_subprotocol_is_echoed(raw, someone):
    socket = raw(headers=bearer(someone()))
    assert socket.head["sec-websocket-protocol"] == SUBPROTOCOL


def test_the_known_one_of_several_subprotocols_is_chosen(raw, someone):
    socket = raw(subprotocol=f"other.v7, {SUBPROTOCOL}", headers=bearer(someone()))
    assert socket.head["sec-websocket-protocol"] == SUBPROTOCOL


@pytest.mark.parametrize("headers", [{"Sec-WebSocket-Version": "8"}, {"Upgrade": "h2c"}])
def test_what_is_no_websocket_handshake(raw, headers):
    with pytest.raises(HandshakeRefused) as refused:
        raw(headers=headers)
    assert 400 <= refused.value.status < 500


def test_a_refresh_token_that_comes_back_ends_the_session_and_its_sockets(system, connect, person):
    """S3: two successors on, the first token can only be stolen, or kept by who stole it."""
    ann = person()
    socket = connect(ann)
    first = ann.refresh_token
    for _ in range(2):
        ann.take(ann.post("/auth/refresh", json={"refresh_token": ann.refresh_token}).json())
    assert ann.post("/auth/refresh", json={"refresh_token": first}).status_code == 401
    assert socket.wait_closed(timeout=5).code == 4401
    assert ann.get("/auth/me").status_code == 401
