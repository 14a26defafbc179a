"""What a socket may with its credential, and that it loses it when the credential or its holder ends."""

from contextlib import closing

import pytest
from apitokens import READ, WRITE, ApiToken
from gateways import Gateway
from native import bearer
from people import PASSWORD, Person
from system import wait_until
from wsclient import NativeSocket, Refused

# --- rights ---------------------------------------------------------------------------------------


def test_a_token_that_may_not_read_hears_nothing(system, raw, someone):
    token = ApiToken(system, someone(), permissions=WRITE)
    socket = raw(headers=bearer(token))
    assert socket.receive_events("welcome", "error")["code"] == "forbidden"
    assert socket.wait_closed().code == 4003
    assert raw(subprotocol=None, headers=bearer(token)).wait_closed().code == 4003


def test_a_token_that_may_not_read_takes_a_socket_down_that_could(system, connect, someone):
    """Who presents a lesser credential has said by which he wants to go on."""
    ann = someone()
    socket = connect(ann)
    with pytest.raises(Refused) as refused:
        socket.request("auth", token=ApiToken(system, ann, permissions=WRITE).access_token)
    assert refused.value.code == "forbidden"
    assert socket.wait_closed().code == 4003


def test_a_token_that_may_not_write_hears_and_is_told_that_it_may_not_write(system, connect, room):
    ann, bob, room_id = room
    reader, writer = connect(ApiToken(system, bob, permissions=READ)), connect(ann)
    reader.join(room_id)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            reader.message(room_id, "not from here")
        assert refused.value.code == "forbidden"
    writer.message(room_id, "from there")
    assert reader.expect("new_message")["message"]["content"] == "from there"


def test_a_batch_of_those_who_may_and_who_may_not(system, connect, room):
    """Many in one statement: the refusal of one is nobody else's."""
    ann, bob, room_id = room
    reader, writer = connect(ApiToken(system, bob, permissions=READ)), connect(ann)
    for n in range(5):
        for socket in (reader, writer):
            socket.send(type="message", ref=n, roomId=room_id, clientId=f"{n}", content="x")
    for n in range(5):
        assert reader.expect("ack", "error", ref=n)["code"] == "forbidden"
        assert writer.expect("ack", "error", ref=n)["type"] == "ack"


@pytest.mark.parametrize("cookie", ["access_token", "token", "session", "Authorization"])
def test_a_cookie_says_nobody(raw, someone, cookie):
    """A browser sends cookies along for any page (S6)."""
    headers = {"Cookie": f"{cookie}={someone().access_token}"}
    assert raw(subprotocol=None, headers=headers).wait_closed().code == 1008
    socket = raw(headers=headers)
    socket.send({"type": "ping", "ref": 1})
    socket.send({"type": "join", "ref": 2, "roomId": "00000000-0000-7000-8000-000000000001"})
    assert socket.receive_events("welcome", "error")["code"] == "unauthorized"


# --- revocation, by bell --------------------------------------------------------------------------


def ring_revoked(system, *ids):
    """The bell that a worker rings when it has revoked a session or token, or all of a user's."""
    with system.db() as db:
        db.execute("SELECT pg_notify('chatsphere', %s)", [";".join(f"s{id}" for id in ids)])


def test_a_bell_names_a_session_a_token_or_a_user(system, connect, person):
    """Whoever is named loses all sockets at once, and nobody else any."""
    ann, ben = person(), person()
    token = ApiToken(system, ann)
    by_session, by_token = [connect(ann), connect(ann)], [connect(token), connect(token)]
    other = connect(ben)
    ring_revoked(system, token.id)
    assert {socket.wait_closed(timeout=2).code for socket in by_token} == {4401}
    by_session[0].request("ping")
    ring_revoked(system, by_session[0].welcome["sessionId"])
    assert {socket.wait_closed(timeout=2).code for socket in by_session} == {4401}
    mixed = [connect(ann), connect(ApiToken(system, ann)), connect(ann)]
    ring_revoked(system, ann.id)
    assert {socket.wait_closed(timeout=2).code for socket in mixed} == {4401}
    other.request("ping")


def test_a_socket_that_went_on_by_another_session_outlives_the_first(system, connect, person):
    """In band, by another credential of the same user: then that one counts, and only that."""
    ann = person()
    with closing(Person(system, ann.name).login()) as other:
        moved, stayed = connect(ann), connect(ann)
        first = moved.welcome["sessionId"]
        moved.request("auth", token=other.access_token)
        ring_revoked(system, first)
        assert stayed.wait_closed(timeout=2).code == 4401
        moved.request("ping")
        assert other.post("/auth/logout").status_code == 200
        assert moved.wait_closed(timeout=5).code == 4401


def test_that_holds_without_bells_too(system, connect, person):
    ann = person()
    with closing(Person(system, ann.name).login()) as other:
        moved, stayed = connect(ann), connect(ann)
        moved.request("auth", token=other.access_token)
        with system.db() as db:
            db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE id = %s",
                       [stayed.welcome["sessionId"]])
        assert stayed.wait_closed(timeout=5).code == 4401
        moved.request("ping")


def test_closed_sockets_do_not_count(connect, person, raw):
    """The limit is of sockets that are open: after each close there is room for one more."""
    ann = person()
    sockets = [connect(ann) for _ in range(10)]
    for _ in range(3):
        sockets.pop().close()
        sockets.append(connect(ann))
    sockets[-1].request("ping")
    assert raw(headers=bearer(ann)).wait_closed().code == 4008


# --- revocation, without a bell -------------------------------------------------------------------

ENDINGS = {
    "the session is revoked": "UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %(user)s",
    "the session ends": "UPDATE chat.sessions SET expires_at = now() WHERE user_id = %(user)s",
    "the user is disabled": "UPDATE chat.users SET is_active = false WHERE id = %(user)s",
    "the user is deleted": "UPDATE chat.users SET deleted_at = now() WHERE id = %(user)s",
}
TOKEN_ENDINGS = {
    "the token is revoked": "UPDATE chat.api_tokens SET revoked_at = now() WHERE id = %(token)s",
    "the token ends": "UPDATE chat.api_tokens SET expires_at = now() WHERE id = %(token)s",
    "its owner is disabled": "UPDATE chat.users SET is_active = false WHERE id = %(user)s",
}


@pytest.mark.parametrize("sql", ENDINGS.values(), ids=ENDINGS)
def test_a_socket_ends_within_5_s_of_its_session_though_no_bell_rings(system, connect, person, sql):
    """I8: whoever revokes may die before the bell, and an operator's own SQL rings none."""
    ann, ben = person(), person()
    socket, other = connect(ann), connect(ben)
    with system.db() as db:
        db.execute(sql, {"user": ann.id})
    assert socket.wait_closed(timeout=5).code == 4401
    other.request("ping")


@pytest.mark.parametrize("sql", TOKEN_ENDINGS.values(), ids=TOKEN_ENDINGS)
def test_a_socket_ends_within_5_s_of_its_token_though_no_bell_rings(system, connect, person, sql):
    ann = person()
    token = ApiToken(system, ann)
    socket, other = connect(token), connect(person())
    with system.db() as db:
        db.execute(sql, {"user": ann.id, "token": token.id})
    assert socket.wait_closed(timeout=5).code == 4401
    other.request("ping")


def test_a_password_changed_elsewhere_ends_the_other_sessions_sockets(system, connect, person):
    ann = person()
    with closing(Person(system, ann.name).login()) as other:
        here, there = connect(other), connect(ann)
        passwords = {"current_password": PASSWORD, "new_password": f"{PASSWORD} changed"}
        assert other.put("/auth/me/password", json=passwords).status_code == 200
        assert there.wait_closed(timeout=5).code == 4401
        here.request("ping")


def test_likewise_though_no_bell_rings(system, connect, person):
    ann = person()
    with closing(Person(system, ann.name).login()) as other:
        here, there = connect(other), connect(ann)
        with system.db() as db:
            db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s AND id <> %s",
                       [ann.id, here.welcome["sessionId"]])
        assert there.wait_closed(timeout=5).code == 4401
        here.request("ping")


# --- last_seen ------------------------------------------------------------------------------------


def long_ago(system, *people):
    with system.db() as db:
        db.execute("UPDATE chat.users SET last_seen = now() - interval '1 day' WHERE id = ANY(%s::uuid[])",
                   [[one.id for one in people]])


def last_seen_age(system, person):
    """Seconds since a person was seen."""
    with system.db() as db:
        return db.execute("SELECT extract(epoch FROM clock_timestamp() - last_seen)::float8"
                          "  FROM chat.users WHERE id = %s", [person.id]).fetchone()[0]


def seen(system, person):
    return last_seen_age(system, person) < 60


def test_somebody_is_seen_when_a_socket_opens_and_when_it_closes(system, connect, person):
    ann = person()
    long_ago(system, ann)
    socket = connect(ann)
    wait_until(lambda: seen(system, ann), what="last_seen at open")
    long_ago(system, ann)
    socket.close()
    wait_until(lambda: seen(system, ann), what="last_seen at close")


def test_who_was_there_when_a_gateway_drained_is_seen(system, person):
    ann = person()
    long_ago(system, ann)
    with Gateway(system, DRAIN_MS="100") as gateway:
        socket = NativeSocket(gateway.ws_url, token=ann.access_token)
        wait_until(lambda: seen(system, ann), what="last_seen at open")
        long_ago(system, ann)
        gateway.process.terminate()
        assert socket.wait_closed().code == 1012
        assert gateway.process.wait(timeout=10) == 0
        assert seen(system, ann)


def test_somebody_who_comes_and_goes_is_noted_once_a_minute(system, connect, person):
    """Ben comes last: when he has been noted, so have all before him."""
    ann, ben = person(), person()
    long_ago(system, ann, ben)
    socket = connect(ann)
    wait_until(lambda: seen(system, ann), what="last_seen at open")
    with system.db() as db:
        query = "SELECT last_seen FROM chat.users WHERE id = %s"
        (noted,) = db.execute(query, [ann.id]).fetchone()
        socket.close()
        connect(ann).close()
        connect(ben)
        wait_until(lambda: seen(system, ben), what="last_seen of the last")
        assert db.execute(query, [ann.id]).fetchone() == (noted,)


def test_an_application_is_no_person_that_is_seen(system, connect, person):
    ann, ben = person(), person()
    long_ago(system, ann, ben)
    connect(ApiToken(system, ann, kind="CLIENT")).close()
    connect(ApiToken(system, ben)).close()
    wait_until(lambda: seen(system, ben), what="last_seen of a user's own token")
    assert not seen(system, ann)
