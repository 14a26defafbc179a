"""chatspherectl audit: the log as lines of seven fields, with names for ids, whatever stands in it."""

import json
import re
import uuid

import pytest
from ctlprogram import USAGE, cluster, operator, product, template, url  # noqa: F401
from system import wait_until

GOOD = "correct horse battery\n"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def log(product):
    """Ann, who is ADMIN, her token, and Bob."""
    product.ok("user", "create", "Ann", "--role", "ADMIN", "--password-stdin", stdin=GOOD)
    product.ok("user", "create", "Bob B", "--password-stdin", stdin=GOOD)
    product.ok("token", "create", "--type", "USER", "--user", "ann")
    product.ok("user", "disable", "bob b")
    return product


def lines(ctl, *args):
    """Its lines as fields."""
    found = [line.split("\t") for line in ctl.ok("audit", *args).split("\n")[:-1]]
    assert all(len(fields) == 7 and re.fullmatch(TIME, fields[0]) for fields in found), found
    return found


def add(ctl, action="test", actor=None, target=None, room=None, ip=None, data="{}", age="0"):
    ctl.query("INSERT INTO chat.audit_log (at, actor_id, action, target_id, room_id, ip_address, data)"
              " VALUES (clock_timestamp() - %s::interval, %s, %s, %s, %s, %s, %s)",
              age, actor, action, target, room, ip, data)


def id_of(ctl, name):
    return ctl.value("SELECT id FROM chat.users WHERE username = %s", name)


def test_a_line_is_seven_fields_with_names(log):
    ann = id_of(log, "Ann")
    lobby = log.query("SELECT id, name FROM chat.rooms WHERE is_lobby")[0]
    mask = log.value("SELECT prefix FROM chat.api_tokens")
    unknown = uuid.uuid4()
    add(log, "seen", ann, unknown, lobby[0], "192.0.2.7", '{"a": [1, "b c"]}')
    created, _, token, disabled, seen = lines(log)
    assert created[1:6] == ["", "user_created", "Ann", "", ""]
    assert json.loads(created[6]) == {"role": "ADMIN"}
    assert token[1:4] == ["", "token_created", mask]
    assert disabled[1:4] == ["", "user_disabled", "Bob B"]
    assert seen[1:6] == ["Ann", "seen", str(unknown), lobby[1], "192.0.2.7"]
    assert json.loads(seen[6]) == {"a": [1, "b c"]}


def test_roles_and_invitations_have_names_too(log):
    invite = log.ok("invite", "create").strip()
    log.query("SELECT chat.create_role(%s, NULL, 'Night watch', NULL, 4, NULL)", uuid.uuid4())
    assert [fields[3] for fields in lines(log)[-2:]] == [invite[:11] + "…", "Night watch"]


def test_nothing_forges_a_line_or_a_field(log):
    """Names of old, actions of a program that is not ours."""
    log.query("UPDATE chat.users SET username = E'x\\n2026\\tAnn\\x1b[2J\\u0085\\u2028\\u202e\\\\n' WHERE username = 'Ann'")
    forged = lines(log)[0]
    assert forged[3] == r"x\n2026\tAnn\x1b[2J\xc2\x85\xe2\x80\xa8\xe2\x80\xae\\n"
    add(log, "a\tb\r\n", ip="1\t2", data=json.dumps({"t": "\t\n\u009b"}))
    last = lines(log)[-1]
    assert (last[2], last[5]) == (r"a\tb\x0d\n", r"1\t2")
    assert not re.search("[\x00-\x1f\x7f\x80-\x9f]", last[6])


def test_of_one_user(log):
    ann, bob = id_of(log, "Ann"), id_of(log, "Bob B")
    add(log, "to_bob", ann, bob)
    add(log, "to_nobody", bob)
    assert [f[2] for f in lines(log, "--user", "ANN")] == ["user_created", "token_created", "to_bob"]
    assert [f[2] for f in lines(log, "--user", "bob b")] == [
        "user_created", "user_disabled", "to_bob", "to_nobody"]
    assert 'audit: there is no user "carol"' in log.fails("audit", "--user", "carol")
    log.ok("user", "delete", "bob b", "--yes")
    gone = log.value("SELECT username FROM chat.users WHERE id = %s", bob)
    assert [f[2] for f in lines(log, "--user", gone)][-1] == "user_deleted"


def test_of_one_action(log):
    assert [f[3] for f in lines(log, "--action", "user_created")] == ["Ann", "Bob B"]
    assert lines(log, "--action", "user_created", "--user", "Ann")[0][3] == "Ann"
    assert lines(log, "--action", "nothing_such") == []


def test_since(log):
    add(log, "old", age="2 hours")
    add(log, "older", age="40 days")
    assert [f[2] for f in lines(log, "--since", "1h")][-1] == "user_disabled"
    assert {"old"} == {f[2] for f in lines(log, "--since", "30d")} - {f[2] for f in lines(log, "--since", "1h")}
    assert "older" in {f[2] for f in lines(log)}
    assert lines(log, "--since", "2999-01-01T00:00:00Z") == []
    assert len(lines(log, "--since", "2020-01-01T00:00:00+02:00")) == 6
    first = lines(log, "--action", "user_created")[1][0]
    assert lines(log, "--action", "user_created", "--since", first)[0][3] == "Bob B"


def test_the_limit_keeps_the_newest_and_says_so(log):
    for i in range(5):
        add(log, f"n{i}")
    done = log.run("audit", "--limit", "2")
    assert re.findall(r"\t(n\d)\t", done.stdout) == ["n3", "n4"]
    assert done.stderr == "chatspherectl: the newest 2; there are older ones, see --limit\n"
    done = log.run("audit", "--limit", "9")
    assert (len(done.stdout.splitlines()), done.stderr) == (9, "")


@pytest.mark.parametrize("args, sentence", [
    (("--since", "yesterday"), "audit --since: a time"), (("--since", "2026-11-20"), "a time such as"),
    (("--limit", "0"), "a number from 1"), (("--limit", "x"), "a number from 1"),
    (("--user",), "needs a value"), (("ann",), 'what is "ann"?')])
def test_bad_arguments(product, args, sentence):
    assert sentence in product.fails("audit", *args, status=USAGE)


def test_what_people_do_is_in_it(operator, person, anonymous):
    ann = person()
    wrong = anonymous.post("/auth/login", json={"username": ann.name, "password": "not her password"})
    assert wrong.status_code == 401
    seen = wait_until(lambda: lines(operator, "--user", ann.name, "--action", "login_failed"))
    assert seen[0][1:4] == ["", "login_failed", ann.name] and seen[0][5]
    assert lines(operator, "--user", ann.name, "--action", "login", "--since", "5m")[0][1:4] == [
        ann.name, "login", ann.name]
