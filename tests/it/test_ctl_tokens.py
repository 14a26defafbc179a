"""chatspherectl token and invite: what is printed once and stored as a hash, listed by its mask, revoked by
id or by what it begins with; and that a running system takes or refuses it at once.
"""

import hashlib
import json
import re

import httpx
import pytest
from ctlprogram import USAGE, beside, cluster, operator, product, template, url  # noqa: F401
from people import PASSWORD, Person, unique
from system import System

GOOD = "correct horse battery\n"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture
def ann(product):
    product.ok("user", "create", "Ann", "--password-stdin", stdin=GOOD)
    return product


def make(ctl, kind="USER", *args, user="Ann"):
    return ctl.ok("token", "create", "--type", kind, "--user", user, *args).removesuffix("\n")


def rows(text):
    """A list's lines as fields; they stand two spaces apart."""
    return [re.split(r"  +", line) for line in text.splitlines()]


# --- token create ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, prefix, bits", [("CLIENT", "cs_client_", 15), ("USER", "cs_user_", 3)])
def test_the_token_is_printed_and_its_hash_stored(ann, kind, prefix, bits):
    token = make(ann, kind, "--name", " a bot ", "--expires", "30d", user="ANN")
    assert re.fullmatch(prefix + r"[A-Za-z0-9]{38}", token)
    stored, shown, given, name, days = ann.query(
        "SELECT token_hash, prefix, permissions, name,"
        "       round(extract(epoch FROM expires_at - created_at) / 86400) FROM chat.api_tokens")[0]
    assert bytes(stored) == hashlib.sha256(token.encode()).digest()
    assert shown == token[:len(prefix) + 4] + "…"
    assert (given, days, name) == (None, 30, "a bot")
    actor, target, data = ann.query(
        "SELECT actor_id, target_id, data FROM chat.audit_log WHERE action = 'token_created'")[0]
    assert actor is None and target == ann.value("SELECT id FROM chat.api_tokens")
    assert data == {"type": kind, "permissions": bits, "note": "a bot",
                    "userId": str(ann.value("SELECT id FROM chat.users"))}
    assert token not in json.dumps(ann.query("SELECT t::text FROM chat.api_tokens AS t"))


def test_a_tokens_life(ann):
    life = ("SELECT extract(epoch FROM expires_at - created_at) FROM chat.api_tokens"
            " ORDER BY id DESC")
    make(ann)
    assert round(ann.value(life)) == 7 * 86400, "JWT_EXPIRES_IN's default"
    ann.env["JWT_EXPIRES_IN"] = "12h"
    make(ann)
    assert round(ann.value(life)) == 12 * 3600
    make(ann, "USER", "--expires=never")
    assert ann.value(life) is None


@pytest.mark.parametrize("words, bits", [("read", 1), ("write,read", 3), ("users,admin", 24),
                                         ("read,write,rooms,users,admin", 31)])
def test_a_tokens_permissions(ann, words, bits):
    make(ann, "CLIENT", "--permissions", words)
    assert ann.column("SELECT permissions FROM chat.api_tokens") == [bits]
    assert set(rows(ann.ok("token", "list"))[0][6].split(",")) == set(words.split(","))


@pytest.mark.parametrize("args, sentence", [
    (("--user", "Ann"), "needs --type"),
    (("--type", "USER"), "needs --user"),
    (("--type", "ROOT", "--user", "Ann"), "CLIENT or USER"),
    (("--type", "USER", "--user", "Ann", "--expires", "soon"), "a duration"),
    (("--type", "USER", "--user", "Ann", "--expires", "59s"), "a duration"),
    (("--type", "USER", "--user", "Ann", "--name", "x" * 101), "at most 100 bytes"),
    (("--type", "USER", "--user", "Ann", "--permissions", ""), "some of read,write"),
    (("--type", "USER", "--user", "Ann", "--permissions", "read,session"), "some of read,write"),
    (("--type", "USER", "--user", "Ann", "--permissions", "read write"), "some of read,write")])
def test_bad_arguments(ann, args, sentence):
    assert sentence in ann.fails("token", "create", *args, status=USAGE)
    assert ann.value("SELECT count(*) FROM chat.api_tokens") == 0


def test_tokens_are_for_enabled_users(ann):
    create = ("token", "create", "--type", "USER", "--user")
    assert 'no enabled user "bob"' in ann.fails(*create, "bob")
    ann.ok("user", "disable", "ann")
    assert 'no enabled user "Ann"' in ann.fails(*create, "Ann")
    assert ann.value("SELECT count(*) FROM chat.api_tokens") == 0


# --- token list, revoke ---------------------------------------------------------------------------


def test_token_list(ann):
    ann.ok("user", "create", "Bob B", "--password-stdin", stdin=GOOD)
    assert ann.ok("token", "list") == ""
    of_ann, of_bob = make(ann), make(ann, "CLIENT", "--expires", "never", user="bob b")
    first, second = rows(ann.ok("token", "list"))
    assert re.fullmatch(UUID, first[0])
    assert first[1:4] == [of_ann[:12] + "…", "USER", "good"]
    assert first[4].endswith("Z") and first[5:] == ["unused", "read,write", "Ann"]
    assert second[1:] == [of_bob[:14] + "…", "CLIENT", "good", "never", "unused",
                          "read,write,rooms,users", "Bob B"]
    assert rows(ann.ok("token", "list", "--user", "BOB B")) == [second]
    ann.query("UPDATE chat.api_tokens SET expires_at = clock_timestamp() WHERE expires_at IS NOT NULL")
    ann.ok("token", "revoke", second[0])
    assert [row[3] for row in rows(ann.ok("token", "list"))] == ["expired", "revoked"]
    make(ann, "USER", "--name", "nightly\x1b[2J export", user="bob b")
    assert rows(ann.ok("token", "list"))[2][7:] == ["Bob B", "nightly\\x1b[2J export"]


@pytest.mark.parametrize("said", [lambda token, id: id, lambda token, id: id.upper(),
                                  lambda token, id: token[:12] + "…", lambda token, id: token[:12]])
def test_token_revoke(ann, said):
    token, other = make(ann), make(ann)
    id = rows(ann.ok("token", "list"))[0][0]
    assert ann.ok("token", "revoke", said(token, id)) == f"revoked {id} of Ann\n"
    assert [row[3] for row in rows(ann.ok("token", "list"))] == ["revoked", "good"]
    assert ann.query("SELECT actor_id, target_id::text FROM chat.audit_log"
                     " WHERE action = 'token_revoked'") == [(None, id)]
    assert ann.ok("token", "revoke", id) == f"revoked {id} of Ann\n", "twice is the same as once"
    assert ann.value("SELECT count(*) FROM chat.audit_log WHERE action = 'token_revoked'") == 1
    assert "no such token" in ann.fails("token", "revoke", token[:12]), "only its id finds it now"


def test_a_prefix_that_may_be_two_is_refused(ann):
    make(ann), make(ann)
    ann.query("UPDATE chat.api_tokens SET prefix = 'cs_user_same…'")
    ids = [row[0] for row in rows(ann.ok("token", "list"))]
    sentence = ann.fails("token", "revoke", "cs_user_same")
    assert "may be several" in sentence and all(id in sentence for id in ids)
    ann.ok("token", "revoke", ids[0])
    assert ann.ok("token", "revoke", "cs_user_same") == f"revoked {ids[1]} of Ann\n"


@pytest.mark.parametrize("what", ["cs_user_", "…", "", "%", "00000000-0000-7000-8000-000000000001"])
def test_what_is_no_token_is_not_revoked(ann, what):
    make(ann)
    assert "there is no such token" in ann.fails("token", "revoke", what)
    assert "needs a TOKEN" in ann.fails("token", "revoke", status=USAGE)
    assert rows(ann.ok("token", "list"))[0][3] == "good"


# --- invite ---------------------------------------------------------------------------------------


def test_invite_create(product):
    done = product.run("invite", "create")
    token = done.stdout.removesuffix("\n")
    assert done.returncode == 0 and re.fullmatch(r"cs_inv_[A-Za-z0-9]{38}", token)
    assert "REGISTRATION is not `token` here" in done.stderr
    stored, shown, uses, days = product.query(
        "SELECT token_hash, prefix, max_uses, extract(epoch FROM expires_at - created_at) / 86400"
        "  FROM chat.registration_invites")[0]
    assert bytes(stored) == hashlib.sha256(token.encode()).digest()
    assert (shown, uses, round(days)) == (token[:11] + "…", 1, 7)
    product.env["REGISTRATION"] = "token"
    done = product.run("invite", "create", "--uses", "30", "--expires", "never")
    assert (done.returncode, done.stderr) == (0, "")
    assert product.query("SELECT max_uses, expires_at FROM chat.registration_invites"
                         " ORDER BY id DESC")[0] == (30, None)
    assert product.query("SELECT actor_id, data FROM chat.audit_log WHERE action = 'invite_created'"
                         " ORDER BY id") == [(None, {"max_uses": 1}), (None, {"max_uses": 30})]


@pytest.mark.parametrize("args, sentence", [
    (("create", "--uses", "0"), "a number from 1 to"), (("create", "--uses", "many"), "a number from"),
    (("create", "--uses", "1000001"), "a number from 1 to 1000000"),
    (("create", "--expires", "soon"), "a duration"), (("create", "x"), 'what is "x"?'),
    (("revoke",), "needs an ID"), (("revoke", "cs_inv_"), "is no id; see invite list")])
def test_bad_arguments_of_invite(product, args, sentence):
    assert sentence in product.fails("invite", *args, status=USAGE)
    assert product.ok("invite", "list") == ""


def test_invite_list_and_revoke(product):
    made = [product.ok("invite", "create", "--uses", "2") for _ in range(4)]
    ids = [row[0] for row in rows(product.ok("invite", "list"))]
    assert product.ok("invite", "revoke", ids[1]) == f"revoked {ids[1]}\n"
    assert f"{ids[1]} is revoked already" in product.fails("invite", "revoke", ids[1])
    unknown = ids[0][:-12] + "000000000000"
    assert f"no invitation {unknown}" in product.fails("invite", "revoke", unknown)
    product.query("UPDATE chat.registration_invites SET uses = 2 WHERE id = %s", ids[2])
    product.query("UPDATE chat.registration_invites SET expires_at = clock_timestamp() WHERE id = %s", ids[3])
    listed = rows(product.ok("invite", "list"))
    assert [row[1] for row in listed] == [token[:11] + "…" for token in made]
    assert [row[2:4] for row in listed] == [["good", "0 of 2"], ["revoked", "0 of 2"],
                                            ["used", "2 of 2"], ["expired", "0 of 2"]]
    assert product.query("SELECT actor_id, target_id::text FROM chat.audit_log"
                         " WHERE action = 'invite_revoked'") == [(None, ids[1])]


# --- beside a running system ----------------------------------------------------------------------


def test_a_token_is_good_until_it_is_revoked(system, operator, person, connect):
    ann = person()
    token = make(operator, "USER", "--permissions", "read", user=ann.name)
    with Person(system) as bot:
        bot.access_token = token
        bot.headers["Authorization"] = f"Bearer {token}"
        assert bot.get("/auth/me").json()["username"] == ann.name
        assert bot.post("/api/rooms", json={"name": "x"}).status_code == 403, "it may read only"
        socket = connect(bot)
        operator.ok("token", "revoke", token[:12])
        assert bot.get("/auth/me").status_code == 401
        assert socket.wait_closed(timeout=5).code == 4401
    assert ann.get("/auth/me").status_code == 200


def test_who_is_invited_may_register():
    with System(env={"REGISTRATION": "token"}) as closed:
        ctl = beside(closed)
        ctl.env["REGISTRATION"] = "token"

        def register(**fields):
            body = {"username": unique("guest"), "password": PASSWORD, **fields}
            return httpx.post(f"{closed.base_url}/auth/register", json=body).status_code

        invite = ctl.ok("invite", "create").strip()
        assert register() == 403
        assert register(invite_token=invite) == 200
        assert register(invite_token=invite) == 403, "it was for one"
        other = ctl.ok("invite", "create", "--uses", "2").strip()
        assert register(invite_token=other) == 200
        ctl.ok("invite", "revoke", rows(ctl.ok("invite", "list"))[-1][0])
        assert register(invite_token=other) == 403
