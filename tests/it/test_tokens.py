"""API tokens over REST: made, listed, used, revoked; what none of them may; and where none may be found.

Rules of who may give what to whom are looked at one by one in db/test_api_tokens.py. Here is what a client
sees, and that a credential which is not good enough is refused on every route.
"""

import datetime
import hashlib
import re
import uuid

import pytest
from admins import admin  # noqa: F401 - a fixture
from openapi import CONTRACT, METHODS
from people import Person, unique
from system import wait_until

NAMES = ("read", "write", "rooms", "users", "admin")
INVALID = "Invalid or expired token"


def permissions(*given):
    return {name: name in given for name in NAMES}


def ahead(**delta):
    """A time from now, as clients write it."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text):
    return datetime.datetime.fromisoformat(text)


def make(who, kind="user", expect=201, **body):
    """Asks for a token: the answer's body."""
    answer = who.post(f"/api/tokens/{kind}", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


@pytest.fixture
def bearing(system):
    """Clients that come with a token: bearing(token)."""
    opened = []

    def open_one(token):
        opened.append(Person(system))
        opened[-1].headers["Authorization"] = f"Bearer {token}"
        opened[-1].access_token = token
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def alice(someone):
    return someone()


@pytest.fixture
def bob(someone):
    return someone()


# --- the whole flow of an application -------------------------------------------------------------


def test_an_application_and_its_user(client_token, bearing):
    """The flow of the document: a client token makes users, whose tokens do the rest."""
    name = unique("zoe")
    made = client_token.post("/api/users", json={"username": name, "email": f"{name}@example.org"})
    assert made.status_code == 201
    user = made.json()["user"]
    assert user == {"id": user["id"], "username": name, "role": "MEMBER"}
    zoe = bearing(made.json()["token"])

    profile = zoe.get("/auth/me").json()
    assert (profile["id"], profile["email"]) == (user["id"], f"{name}@example.org")
    assert zoe.get("/api/auth/verify").json() == {
        "valid": True, "user": user, "type": "user", "permissions": permissions("read", "write")}
    room = zoe.create_room()
    other = client_token.post("/api/users", json={"username": unique("yan")}).json()
    added = zoe.post(f"/api/rooms/{room['id']}/users", json={"userId": other["user"]["id"]})
    assert added.json() == {"message": "User added to room successfully"}
    yan = bearing(other["token"])
    assert room["id"] in [one["id"] for one in yan.get("/api/rooms").json()]
    said = yan.say(room["id"], "hello")
    assert said["user"] == {"id": other["user"]["id"], "username": other["user"]["username"]}
    assert [one["id"] for one in zoe.history(room["id"]).json()] == [said["id"]]

    listed = client_token.get("/api/tokens", params={"userId": user["id"]}).json()
    assert [one["revoked"] for one in listed] == [False]
    assert client_token.delete(f"/api/tokens/{listed[0]['id']}").status_code == 200
    refused = zoe.get("/api/rooms")
    assert (refused.status_code, refused.json()["error"]) == (401, INVALID)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert yan.get("/api/rooms").status_code == 200


# --- making ---------------------------------------------------------------------------------------


def test_a_token_of_ones_own(alice, bearing):
    made = make(alice)
    assert re.fullmatch(r"cs_user_[0-9A-Za-z]{38}", made["token"])
    assert made["type"] == "USER"
    assert made["user"] == {"id": alice.id, "username": alice.name, "role": "MEMBER"}
    assert made["permissions"] == permissions("read", "write")
    week = datetime.timedelta(days=7)
    left = instant(made["expiresAt"]) - datetime.datetime.now(datetime.timezone.utc)
    assert week - datetime.timedelta(minutes=1) < left <= week
    assert bearing(made["token"]).get("/auth/me").json()["id"] == alice.id


def test_one_asks_for_less_and_for_how_long(alice):
    until = ahead(hours=1)
    made = make(alice, userId=alice.id, permissions={"read": True, "admin": False}, expiresAt=until)
    assert made["permissions"] == permissions("read")
    assert made["expiresAt"] == until
    zone = instant(until).astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    assert make(alice, expiresAt=zone.isoformat(timespec="milliseconds"))["expiresAt"] == until


@pytest.mark.parametrize("body, field", [
    ({"userId": "me"}, "userId"), ({"userId": 7}, "userId"),
    ({"permissions": ["read"]}, "permissions"), ({"permissions": {"read": "yes"}}, "read"),
    ({"expiresAt": "tomorrow"}, "expiresAt"), ({"expiresAt": 1900000000}, "expiresAt"),
    ({"expiresAt": "2999-02-30T00:00:00Z"}, "expiresAt"), ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    ({"expiresAt": "2999-01-01T00:00:00"}, "expiresAt"), ({"expiresAt": ""}, "expiresAt")])
@pytest.mark.parametrize("kind", ("user", "client"))
def test_a_bad_field_is_named(admin, kind, body, field):
    answer = admin.post(f"/api/tokens/{kind}", json=body)
    assert (answer.status_code, answer.json().get("field")) == (422, field)


def test_the_body_is_an_object(alice):
    assert alice.post("/api/tokens/user", content=b"[]", headers={"Content-Type": "application/json"}).status_code == 400
    assert alice.post("/api/tokens/user", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415


def test_users_make_tokens_for_themselves_only(alice, bob, admin):
    for who in (alice, admin):
        refused = make(who, expect=403, userId=bob.id)
        assert refused["detail"] == "You can make tokens for yourself only"
    assert make(alice, expect=403, userId=str(uuid.uuid4()))["code"] == "forbidden"


def test_an_application_makes_them_for_anybody(client_token, alice, person, system):
    made = make(client_token, userId=alice.id)
    assert made["user"]["id"] == alice.id
    assert make(client_token)["user"]["username"] == system.credentials()["ADMIN_USERNAME"]
    assert make(client_token, expect=404, userId=str(uuid.uuid4()))["code"] == "user_not_found"
    gone = person()
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", [gone.id])
    assert make(client_token, expect=404, userId=gone.id)["detail"] == "User not found"


def test_only_an_admin_makes_tokens_for_applications(alice, admin, client_token, bearing):
    assert make(alice, "client", expect=403)["code"] == "forbidden"
    assert make(client_token, "client", expect=403)["code"] == "forbidden"
    made = make(admin, "client", userId=alice.id)
    assert re.fullmatch(r"cs_client_[0-9A-Za-z]{38}", made["token"])
    assert made["permissions"] == permissions("read", "write", "rooms", "users")
    assert (made["type"], made["user"]["username"]) == ("CLIENT", alice.name)
    known = bearing(made["token"]).get("/api/auth/verify").json()
    assert (known["type"], known["permissions"]) == ("client", made["permissions"])
    assert make(admin, "client", expect=404, userId=str(uuid.uuid4()))["code"] == "user_not_found"
    plain = bearing(make(admin)["token"])  # of an ADMIN, and without what makes him one
    assert make(plain, "client", expect=403)["code"] == "forbidden"
    whole = bearing(make(admin, permissions=permissions(*NAMES))["token"])
    assert make(whole, "client")["type"] == "CLIENT"


def test_nobody_gives_what_he_has_not(alice, admin, client_token, bearing):
    sentence = "A token cannot have a permission that its maker does not have"
    assert make(alice, expect=403, permissions={"rooms": True})["detail"] == sentence
    assert make(client_token, expect=403, permissions={"admin": True})["detail"] == sentence
    assert make(client_token, permissions={"rooms": True})["permissions"] == permissions("rooms")
    weak = bearing(make(admin, permissions={"write": True})["token"])
    assert make(weak, expect=403)["detail"] == sentence  # what nobody names is asked for too
    assert make(weak, permissions={"write": True})["permissions"] == permissions("write")


def test_a_token_does_not_outlive_the_one_that_made_it(alice, bearing):
    first = make(alice, expiresAt=ahead(minutes=5))
    heir = make(bearing(first["token"]), expiresAt=ahead(days=5))
    assert heir["expiresAt"] == first["expiresAt"]


def test_a_hundred_at_a_time(person, bearing, system):
    rich = person()
    first = make(rich)
    with system.db() as db:
        db.execute("INSERT INTO chat.api_tokens (id, user_id, token_hash, prefix, expires_at)"
                   " SELECT chat.uuid7(), %s, sha256(('t' || n || random())::bytea), 'cs_', now() + interval '1 day'"
                   "   FROM generate_series(1, 99) AS n", [rich.id])
    refused = make(rich, expect=422)
    assert (refused["code"], "100" in refused["detail"]) == ("limit_reached", True)
    assert rich.delete(f"/api/tokens/{first['id']}").status_code == 200
    make(rich)


def test_a_token_has_a_name(alice, client_token, bearing):
    named, blank, without = (make(alice, **body) for body in ({"name": " the bot \u2116 1 "}, {"name": "  "}, {}))
    assert [one["name"] for one in (named, blank, without)] == ["the bot \u2116 1", None, None]
    rows = {row["id"]: row["name"] for row in alice.get("/api/tokens").json()}
    assert rows[named["id"]] == "the bot \u2116 1" and rows[blank["id"]] is None
    assert make(client_token, userId=alice.id, name="x" * 100)["name"] == "x" * 100
    for bad in ("x" * 101, 7, "a\u0000b"):
        assert alice.post("/api/tokens/user", json={"name": bad}).status_code in (400, 422)


@pytest.mark.parametrize("name", ("two\nlines", "\x1b[2Jcleared", "to\u202eeht", "\u00a0"))
def test_a_name_is_one_line_that_shows_as_it_is(alice, name):
    """Administrators read it in a list of everybody's tokens."""
    answer = alice.post("/api/tokens/user", json={"name": name})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "bad_field", "name")


# --- listing --------------------------------------------------------------------------------------


def test_the_list_is_masked_and_newest_first(person, bearing):
    ann = person()
    made = [make(ann, permissions={"read": True, "write": n == 2}) for n in range(3)]
    ann.delete(f"/api/tokens/{made[0]['id']}")
    mine = bearing(made[2]["token"])
    wait_until(lambda: mine.get("/api/tokens").json()[0]["lastUsedAt"], what="the note of its use")
    answer = mine.get("/api/tokens")
    rows = answer.json()
    assert [row["id"] for row in rows] == [one["id"] for one in reversed(made)]
    assert [row["revoked"] for row in rows] == [False, False, True]
    assert [row["current"] for row in rows] == [True, False, False]
    assert [row["lastUsedAt"] is None for row in rows] == [False, True, True]
    for row, one in zip(rows, reversed(made)):
        assert row["prefix"] == one["token"][:12] + "…"
        assert (row["permissions"], row["expiresAt"]) == (one["permissions"], one["expiresAt"])
        assert (row["type"], row["userId"]) == ("USER", ann.id)
        assert one["token"] not in answer.text
    assert not any(row["current"] for row in ann.get("/api/tokens").json())


def test_the_list_has_pages(person):
    ann = person()
    ids = [make(ann)["id"] for _ in range(5)][::-1]

    def page(**query):
        return [row["id"] for row in ann.get("/api/tokens", params=query).json()]

    assert page(limit=2) == ids[:2]
    assert page(limit=2, before=ids[1]) == ids[2:4]
    assert page(before=ids[3]) == ids[4:]
    assert page(before=ids[4]) == []
    for query in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"before": "x"}, {"userId": "x"}):
        refused = ann.get("/api/tokens", params=query)
        assert (refused.status_code, refused.json()["field"]) == (422, next(iter(query)))


def test_an_admin_sees_those_of_all_applications(person, admin):
    alice = person()
    programs = [make(admin, "client", name=f"program {n}")["id"] for n in range(2)]
    hers = make(alice, name="a script")["id"]

    def seen(who, **query):
        answer = who.get("/api/tokens", params={"limit": 100, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    clients = seen(admin, all="true", type="CLIENT")
    assert [row["id"] for row in clients[:2]] == programs[::-1]
    assert {row["type"] for row in clients} == {"CLIENT"}
    assert (clients[0]["name"], clients[0]["username"]) == ("program 1", admin.name)
    assert seen(admin, all="true", type="CLIENT", limit=1, before=clients[0]["id"])[0]["id"] == programs[0]
    assert [row["id"] for row in seen(admin, all="true", type="USER")][0] == hers
    assert {row["type"] for row in seen(admin, all="true")} == {"USER", "CLIENT"}
    assert seen(admin, userId=alice.id, type="CLIENT") == []
    assert [row["id"] for row in seen(admin, userId=alice.id, type="USER", all="true")][0] == hers
    assert alice.get("/api/tokens", params={"all": "true"}).status_code == 403
    assert admin.get("/api/tokens", params={"type": "ROOT"}).json()["field"] == "type"


def test_whose_tokens_one_sees(alice, bob, admin, client_token, bearing):
    hers, his = make(alice)["id"], make(bob)["id"]

    def seen(who, **query):
        answer = who.get("/api/tokens", params={"limit": 100, **query})
        assert answer.status_code == 200, answer.text
        return {row["id"] for row in answer.json()}

    assert hers in seen(alice) and his not in seen(alice)
    assert seen(alice, userId=alice.id) == seen(alice)
    assert not {hers, his} & seen(admin)
    assert hers in seen(admin, userId=alice.id) and his not in seen(admin, userId=alice.id)
    assert {hers, his} <= seen(client_token)
    assert his in seen(client_token, userId=bob.id) and hers not in seen(client_token, userId=bob.id)
    for who in (alice, bearing(make(admin)["token"])):  # the ADMIN's token has no `admin`
        for other in (bob.id, str(uuid.uuid4())):
            refused = who.get("/api/tokens", params={"userId": other})
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            assert "prefix" not in refused.text


# --- using ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", [
    lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: t[:-1], lambda t: t + "a",
    lambda t: t.replace("cs_user_", "cs_client_"), lambda t: t.replace("cs_user_", "cs_rt_"), lambda t: t[8:],
    lambda t: t.upper(), lambda t: "cs_user_"])
def test_a_damaged_token_is_nobodys(alice, bearing, spoil):
    answer = bearing(spoil(make(alice)["token"])).get("/api/auth/verify")
    assert (answer.status_code, answer.json()["error"]) == (401, INVALID)


def test_tokens_end(alice, bearing, system):
    made = make(alice)
    mine = bearing(made["token"])
    assert mine.get("/api/auth/verify").status_code == 200
    with system.db() as db:
        db.execute("UPDATE chat.api_tokens SET expires_at = now() - interval '1 ms' WHERE id = %s", [made["id"]])
    assert mine.get("/api/auth/verify").status_code == 401
    assert mine.post("/api/rooms", json={"name": "too late"}).status_code == 401


def test_verify_says_what_the_credential_is(alice, admin, anonymous, client_token):
    known = alice.get("/api/auth/verify").json()
    assert known == {"valid": True, "type": "session", "permissions": permissions("read", "write"),
                     "user": {"id": alice.id, "username": alice.name, "role": "MEMBER"}}
    assert admin.get("/api/auth/verify").json()["permissions"] == permissions(*NAMES)
    assert client_token.get("/api/auth/verify").json()["type"] == "client"
    assert anonymous.get("/api/auth/verify").status_code == 401
    opaque = anonymous.post("/api/login", json={"username": alice.name, "password": alice.password})
    verified = anonymous.get("/api/auth/verify", headers={"X-Session-Token": opaque.json()["token"]})
    assert verified.json() == known


def test_the_last_use_moves_at_most_once_a_minute(alice, bearing, system):
    made = make(alice)
    mine = bearing(made["token"])
    with system.db() as db:
        def used(shift=None):
            if shift:
                db.execute("UPDATE chat.api_tokens SET last_used_at = last_used_at - %s::interval"
                           " WHERE id = %s", [shift, made["id"]])
            return db.execute("SELECT last_used_at FROM chat.api_tokens WHERE id = %s", [made["id"]]).fetchone()[0]

        for ask in (lambda: mine.get("/auth/me"), lambda: mine.post("/api/ws-ticket")):
            ask()
            first = wait_until(used, what="the first use")
            ask()
            assert used() == first
            before = used("61 seconds")
            ask()
            wait_until(lambda: used() > before, what="another use")
            db.execute("UPDATE chat.api_tokens SET last_used_at = NULL WHERE id = %s", [made["id"]])


def operations():
    """Every operation that the document has, with what it needs of users and of applications."""
    for path, item in CONTRACT.tree["paths"].items():
        for method in METHODS:
            node = item.get(method)
            if node and not node.get("x-planned") and "x-needs" in node:
                needs = dict(part.split(":") for part in node["x-needs"].split())
                yield method, re.sub(r"\{\w+\}", str(uuid.uuid4()), path), needs


@pytest.mark.parametrize("kind, have", [("user", "read"), ("user", "write"), ("user", "rooms"),
                                        ("client", "read"), ("client", "write"), ("client", "users")])
def test_a_token_is_refused_wherever_it_lacks_a_right(admin, bearing, kind, have):
    """On every route of the document: 403 with a good credential, before anything else is looked at."""
    mine = bearing(make(admin, kind, permissions={have: True})["token"])
    asked = 0
    for method, path, needs in operations():
        if set(needs.get(kind, "nobody").split(",")) <= {have, "any"}:
            continue
        answer = mine.request(method, path, json=None if method == "get" else {})
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {answer.text}"
        asked += 1
    assert asked > 5


# --- revoking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method, path", [("DELETE", "/api/tokens/{}"), ("PUT", "/api/tokens/{}/revoke")])
def test_revoking_is_at_once_and_may_be_repeated(alice, bob, bearing, method, path):
    made = make(alice)
    mine = bearing(made["token"])
    assert mine.get("/auth/me").status_code == 200
    missing = bob.request(method, path.format(made["id"]))
    assert (missing.status_code, missing.json()["code"]) == (404, "token_not_found")
    assert mine.get("/auth/me").status_code == 200
    for _ in range(2):
        answer = alice.request(method, path.format(made["id"]))
        assert (answer.status_code, answer.json()) == (200, {"message": "Token revoked"})
    assert mine.get("/auth/me").status_code == 401
    assert mine.post("/api/rooms", json={"name": "x"}).status_code == 401
    assert alice.request(method, path.format(uuid.uuid4())).status_code == 404
    assert alice.request(method, path.format("nonsense")).status_code == 404


def test_a_revoked_token_closes_its_sockets_and_no_others(alice, bearing, connect):
    made = make(alice)
    mine, hers = connect(bearing(made["token"])), connect(alice)
    mine.request("ping")
    assert alice.delete(f"/api/tokens/{made['id']}").status_code == 200
    assert mine.wait_closed().code == 4401
    hers.request("ping")


def test_only_who_may_revoke_rings(alice, bob, system):
    """The gateways close what a bell names: of a token that was revoked, and of nothing else."""
    made, heard = make(alice)["id"], []
    with system.db() as db:
        db.add_notify_handler(lambda notify: heard.extend(notify.payload.split(";")))
        db.execute("LISTEN chatsphere")
        sessions = db.execute("SELECT id FROM chat.sessions WHERE user_id = %s", [alice.id]).fetchall()
        strange = [alice.id, made, *(str(session) for (session,) in sessions)]
        for named in strange:
            assert bob.delete(f"/api/tokens/{named}").status_code == 404
        for named in strange[2:]:
            assert alice.delete(f"/api/tokens/{named}").status_code == 404  # a session is no token
        last = make(alice)["id"]
        for token in (made, last):
            assert alice.delete(f"/api/tokens/{token}").status_code == 200
        wait_until(lambda: db.execute("SELECT") and f"s{last}" in heard, what="the bell")
    assert [entry[1:] for entry in heard if entry[1:] in (*strange, last)] == [made, last]


def test_who_may_revoke(alice, bob, admin, client_token, bearing):
    reader = bearing(make(alice, permissions={"read": True})["token"])
    theirs = make(alice)["id"]
    assert reader.delete(f"/api/tokens/{theirs}").status_code == 403
    weak = bearing(make(admin, "client", permissions={"read": True})["token"])
    assert weak.delete(f"/api/tokens/{theirs}").status_code == 404
    assert bearing(make(admin)["token"]).delete(f"/api/tokens/{theirs}").status_code == 404
    for who in (admin, client_token, bearing(make(alice)["token"])):
        assert who.delete(f"/api/tokens/{make(alice)['id']}").status_code == 200
    for one in (reader, weak):  # itself, whatever it may
        current = one.get("/api/auth/verify").json()
        rows = client_token.get("/api/tokens", params={"userId": current["user"]["id"]}).json()
        own = next(row for row in rows if row["prefix"] == one.access_token[: len(row["prefix"]) - 1] + "…")
        assert one.delete(f"/api/tokens/{own['id']}").status_code == 200
        assert one.get("/api/auth/verify").status_code == 401


# --- what is kept ---------------------------------------------------------------------------------


def test_the_database_holds_only_a_hash(alice, system):
    token = make(alice)["token"]
    with system.db() as db:
        (kept, prefix), = db.execute("SELECT token_hash, prefix FROM chat.api_tokens WHERE token_hash = %s",
                                     [hashlib.sha256(token.encode()).digest()]).fetchall()
        assert bytes(kept) == hashlib.sha256(token.encode()).digest()
        assert token.startswith(prefix[:-1]) and len(prefix) < 16
        rows = db.execute("SELECT count(*) FROM chat.api_tokens AS t WHERE t::text LIKE %s", [f"%{token[14:30]}%"])
        assert rows.fetchone()[0] == 0
        rows = db.execute("SELECT count(*) FROM chat.audit_log AS a WHERE a::text LIKE %s", ["%cs\\_user\\_%"])
        assert rows.fetchone()[0] == 0


def test_it_is_on_record(alice, client_token, system):
    made = make(client_token, userId=alice.id, permissions={"read": True})
    client_token.delete(f"/api/tokens/{made['id']}")
    with system.db() as db:
        rows = db.execute("SELECT action, actor_id IS NOT NULL, ip_address, data->>'type', data->>'permissions',"
                          " data->>'userId', data ? 'by' FROM chat.audit_log WHERE target_id = %s ORDER BY id",
                          [made["id"]]).fetchall()
    assert rows == [("token_created", True, "127.0.0.1", "USER", "1", alice.id, True),
                    ("token_revoked", True, "127.0.0.1", "USER", None, alice.id, True)]


# --- tickets --------------------------------------------------------------------------------------


def test_a_ticket(alice, bearing, client_token, anonymous, system):
    for who in (alice, bearing(make(alice)["token"])):
        answer = who.post("/api/ws-ticket")
        assert answer.status_code == 201
        ticket = answer.json()
        assert ticket == {"ticket": ticket["ticket"], "expiresIn": 30}
        assert re.fullmatch(r"cs_tk_[0-9A-Za-z]{38}", ticket["ticket"])
        assert "x-ratelimit-remaining" in answer.headers
        with system.db() as db:
            left, = db.execute("SELECT extract(epoch FROM expires_at - now())::int FROM chat.ws_tickets"
                               " WHERE token_hash = %s",
                               [hashlib.sha256(ticket["ticket"].encode()).digest()]).fetchone()
        assert 25 <= left <= 30
        # it opens a socket, and nothing else
        assert bearing(ticket["ticket"]).get("/auth/me").status_code == 401
    assert client_token.post("/api/ws-ticket").status_code == 403
    assert anonymous.post("/api/ws-ticket").status_code == 401
    assert bearing(make(alice, permissions={"write": True})["token"]).post("/api/ws-ticket").status_code == 403
