"""chatspherectl user: accounts made, shown, given roles and passwords, disabled, deleted; what each leaves
in the database, and what those who are concerned see of it at once.
"""

import hashlib
import uuid

import httpx
import psycopg
import pytest
from ctlprogram import FAILED, USAGE, cluster, on_terminal, operator, product, template, url  # noqa: F401
from people import PASSWORD, Person, unique

GOOD = "correct horse battery\n"


@pytest.fixture
def ann(product):
    product.ok("user", "create", "Ann", "--email", "ann@example.org", "--password-stdin", stdin=GOOD)
    return product


def audit(ctl, *actions):
    """The audit rows of these actions: (action, actor, who, data)."""
    return ctl.query("SELECT a.action, a.actor_id, u.username, a.data FROM chat.audit_log AS a"
                     "  LEFT JOIN chat.users AS u ON u.id = a.target_id"
                     " WHERE a.action = ANY (%s) ORDER BY a.id", list(actions))


def session(ctl, name):
    """Signs somebody in, as the database sees it."""
    ctl.query("SELECT chat.open_session(%s, u.id, 'opaque', %s, NULL, NULL, 600, NULL, NULL, NULL)"
              "  FROM chat.users AS u WHERE u.username = %s",
              uuid.uuid4(), hashlib.sha256(uuid.uuid4().bytes).digest(), name)


def live_sessions(ctl):
    return ctl.value("SELECT count(*) FROM chat.sessions WHERE revoked_at IS NULL")


# --- create ---------------------------------------------------------------------------------------


def test_create(product):
    assert product.ok("user", "create", "ann", "--role", "ADMIN", "--email", "Ann@example.org",
                      "--password-stdin", stdin=GOOD) == "created ann\n"
    role, email, stored, active = product.query(
        "SELECT role, email, password_hash, is_active FROM chat.users WHERE username = 'ann'")[0]
    assert (role, email, active) == ("ADMIN", "Ann@example.org", True)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    product.ok("user", "create", "Bob", "--password-stdin", stdin=GOOD.strip())
    listed = product.ok("user", "list").splitlines()
    assert [line.split()[1:] for line in listed] == [
        ["ADMIN", "enabled", "ann", "Ann@example.org"], ["MEMBER", "enabled", "Bob"]]
    assert audit(product, "user_created") == [("user_created", None, "ann", {"role": "ADMIN"}),
                                              ("user_created", None, "Bob", {"role": "MEMBER"})]


def test_names_are_kept_in_one_form(product):
    product.ok("user", "create", "Rene\u0301", "--password-stdin", stdin=GOOD)
    assert product.column("SELECT username FROM chat.users") == ["Ren\u00e9"]
    assert "name       Ren\u00e9" in product.ok("user", "show", "RENE\u0301")


@pytest.mark.parametrize("args, sentence", [
    (("Ann",), "Username already exists"), (("aNN",), "Username already exists"),
    (("\uff21nn",), "Username already exists"),
    (("other", "--email", "ANN@EXAMPLE.ORG"), "Email already registered")])
def test_names_and_addresses_are_taken_once(ann, args, sentence):
    assert sentence in ann.fails("user", "create", *args, "--password-stdin", stdin=GOOD)


@pytest.mark.parametrize("password, sentence", [
    ("short\n", "at least 8"), ("x" * 129 + "\n", "at most 128"), ("", "no password"),
    ("\n", "no password"), ("x" * 1000, "no password on standard input, or too long"),
    ("Passw0rd!\n", "too common"), ("87654321\n", "too common"), ("Hildegard\n", "too common"),
    ("hilde@example.org\n", "too common")])
def test_bad_passwords(product, password, sentence):
    create = ("user", "create", "hildegard", "--email", "hilde@example.org", "--password-stdin")
    said = product.fails(*create, stdin=password)
    assert sentence in said
    assert password.strip() == "" or password.strip() not in said
    assert product.ok("user", "list") == ""
    product.env["PASSWORD_MIN_LENGTH"] = "22"
    assert "at least 22" in product.fails(*create, stdin=GOOD)


@pytest.mark.parametrize("args, sentence", [
    ((), "needs a NAME"),
    (("a", "b"), 'what is "b"?'),
    (("",), "1 to 100 characters"),
    (("x" * 101,), "1 to 100 characters"),
    (("a\tb",), "control characters"),
    (("a\u200bb",), "invisible characters"),
    ((" a",), "begin or end with a space"),
    (("a  b",), "two spaces in a row"),
    ((b"a\xff",), "valid UTF-8"),
    (("a", "--role", "GOD"), "one of ADMIN, MODERATOR, MEMBER"),
    (("a", "--email", "nowhere"), "e-mail address"),
    (("a", "--email", "x" * 255 + "@y"), "at most 255 characters"),
    (("a", "--role"), "needs a value"),
    (("a", "--role", "ADMIN", "--role=ADMIN"), "given twice"),
    (("a", "--shout"), "no option --shout"),
    (("a", "--password-stdin=x"), "takes no value"),
    (("a",), "give the password with")])
def test_bad_arguments(product, args, sentence):
    assert sentence in product.fails("user", "create", *args, status=USAGE)


def test_the_password_is_asked_for_without_echo(product):
    secret = GOOD.strip()
    status, shown = on_terminal(product, "user", "create", "ann", answers=[secret, secret])
    assert (status, shown.splitlines()) == (0, ["Password: ", "Again: ", "created ann"])
    status, shown = on_terminal(product, "user", "create", "bob", answers=[secret, "wrong"])
    assert status == FAILED
    assert "the two differ" in shown and "correct" not in shown
    status, shown = on_terminal(product, "user", "passwd", "ann", answers=["another " + secret] * 2)
    assert (status, shown.splitlines()[-1]) == (0, "changed the password of ann")


# --- looking --------------------------------------------------------------------------------------


def test_show(ann):
    session(ann, "Ann")
    ann.ok("token", "create", "--type", "USER", "--user", "Ann")
    shown = dict(line.split("  ", 1) for line in ann.ok("user", "show", "ann").splitlines())
    shown = {key: value.strip() for key, value in shown.items()}
    assert shown.pop("created").endswith("Z") and shown.pop("last seen").endswith("Z")
    assert shown.pop("id") == str(ann.value("SELECT id FROM chat.users"))
    assert shown == {"name": "Ann", "full name": "", "e-mail": "ann@example.org", "roles": "MEMBER",
                     "state": "enabled", "sessions": "1", "tokens": "1"}


def test_names_of_strangers_do_not_write_on_the_terminal(ann):
    """What an older version let in is shown as what it is."""
    ann.query("UPDATE chat.users SET username = E'\\x1b[2JAnn\\u009b\\u202e\\\\', full_name = E'a\\tb\\nc'")
    listed = ann.ok("user", "list")
    assert listed.count("\n") == 1
    assert r"\x1b[2JAnn\xc2\x9b\xe2\x80\xae\\  ann@example.org" in listed
    assert r"full name  a\tb\nc" in ann.ok("user", "show", "\x1b[2Jann\x9b\u202e\\")


@pytest.mark.parametrize("args", [("show",), ("disable",), ("enable",), ("passwd",), ("role", "ADMIN"),
                                  ("delete", "--yes")])
def test_somebody_who_is_not_there(ann, args):
    command, *rest = args
    assert f'user {command}: there is no user "bob"' in ann.fails("user", command, "bob", *rest)
    ann.ok("user", "delete", "ann", "--yes")
    gone = ann.value("SELECT username FROM chat.users")
    assert "there is no user" in ann.fails("user", command, gone, *rest)
    assert "needs a NAME" in ann.fails("user", command, status=USAGE)


# --- changing -------------------------------------------------------------------------------------


def test_disable_and_enable(ann):
    session(ann, "Ann")
    assert ann.ok("user", "disable", "ANN") == "disabled Ann\n"
    assert live_sessions(ann) == 0
    assert ann.ok("user", "list").split()[2] == "disabled"
    assert ann.ok("user", "disable", "ann") == "disabled Ann\n", "twice is the same as once"
    assert ann.ok("user", "enable", "ann") == "enabled Ann\n"
    assert ann.value("SELECT is_active FROM chat.users")
    assert audit(ann, "user_disabled", "user_enabled") == [
        ("user_disabled", None, "Ann", {}), ("user_enabled", None, "Ann", {})]


def test_role(ann):
    for role in ("ADMIN", "MODERATOR", "MEMBER"):
        assert ann.ok("user", "role", "ann", role) == f"Ann is {role}\n"
        assert ann.value("SELECT role FROM chat.users") == role
    changes = [data for *_, data in audit(ann, "role_changed")]
    assert [data["role"] for data in changes] == ["ADMIN", "MODERATOR", "MEMBER"]
    assert "one of ADMIN, MODERATOR, MEMBER" in ann.fails("user", "role", "ann", "admin", status=USAGE)
    assert "needs a ROLE" in ann.fails("user", "role", "ann", status=USAGE)


def test_passwd(ann):
    session(ann, "Ann")
    before = ann.value("SELECT password_hash FROM chat.users")
    command = ("user", "passwd", "ann", "--password-stdin")
    assert "too common" in ann.fails(*command, stdin="ann@example.org\n")
    assert "at least 8" in ann.fails(*command, stdin="short\n")
    assert "no password" in ann.fails(*command)
    assert "give the password with" in ann.fails("user", "passwd", "ann", status=USAGE)
    assert live_sessions(ann) == 1 and ann.value("SELECT password_hash FROM chat.users") == before
    assert ann.ok(*command, stdin="another horse\n") == "changed the password of Ann\n"
    assert live_sessions(ann) == 0
    assert ann.value("SELECT password_hash FROM chat.users") != before
    assert audit(ann, "password_reset") == [("password_reset", None, "Ann", {"ended": 1})]


def test_delete(ann):
    assert "say --yes" in ann.fails("user", "delete", "ann", status=USAGE)
    assert ann.value("SELECT deleted_at FROM chat.users") is None
    assert ann.ok("user", "delete", "ann", "--yes") == "deleted Ann\n"
    assert ann.ok("user", "list") == ""
    gone = ann.query("SELECT username, email, password_hash, is_active FROM chat.users")[0]
    assert gone[0].startswith("deleted-") and gone[1:] == (None, None, False)
    assert [row[:2] for row in audit(ann, "user_deleted")] == [("user_deleted", None)]
    ann.ok("user", "create", "Ann", "--password-stdin", stdin=GOOD)


def test_what_changes_access_is_rung(ann):
    """By itself, in a transaction of its own: gateways that hear it need not wait for their next look."""
    who = ann.value("SELECT id FROM chat.users")
    room = uuid.uuid4()
    ann.query("SELECT chat.create_room(%s, %s, 'channel', 'x', NULL, false, 'all')", room, who)
    ann.ok("token", "create", "--type", "USER", "--user", "ann")
    token = ann.value("SELECT id FROM chat.api_tokens")
    with psycopg.connect(ann.url, autocommit=True) as ear:
        ear.execute("LISTEN chatsphere")
        bells = []
        ear.add_notify_handler(bells.append)

        def heard(*args, stdin=""):
            bells.clear()
            ann.ok(*args, stdin=stdin)
            ear.execute("SELECT 1")  # what was sent before it comes with it
            return {entry for bell in bells for entry in bell.payload.split(";")}

        assert heard("user", "list") == set()
        assert heard("token", "revoke", str(token)) == {f"s{token}"}
        assert heard("user", "role", "ann", "ADMIN") == {f"u{who}"}
        assert heard("user", "passwd", "ann", "--password-stdin", stdin="another horse\n") == {f"s{who}"}
        assert heard("user", "disable", "ann") == {f"s{who}"}
        assert heard("user", "enable", "ann") == set()
        assert heard("user", "delete", "ann", "--yes") == {f"s{who}", f"r{room}"}


# --- what those who are concerned see -------------------------------------------------------------


def refused(who):
    return who.get("/auth/me").status_code == 401


def login(system, name, password):
    body = {"username": name, "password": password}
    return httpx.post(f"{system.base_url}/auth/login", json=body).status_code


def test_an_account_of_the_operator_logs_in(system, operator):
    name = unique("made")
    operator.ok("user", "create", name, "--role", "MODERATOR", "--password-stdin", stdin=PASSWORD)
    with Person(system, name=name) as made:
        assert made.login().get("/auth/me").json()["role"] == "MODERATOR"


def test_who_is_disabled_is_out_at_once(operator, system, person, connect):
    ann = person()
    socket = connect(ann)
    operator.ok("user", "disable", ann.name)
    assert refused(ann)
    assert socket.wait_closed(timeout=5).code == 4401
    assert login(system, ann.name, ann.password) == 403
    operator.ok("user", "enable", ann.name)
    assert refused(ann), "the old session has ended for good"
    assert login(system, ann.name, ann.password) == 200


def test_a_new_password_ends_what_the_old_one_opened(operator, system, person, connect):
    ann = person()
    socket = connect(ann)
    operator.ok("user", "passwd", ann.name, "--password-stdin", stdin="quite another horse\n")
    assert refused(ann)
    refresh = ann.post("/auth/refresh", json={"refresh_token": ann.refresh_token})
    assert refresh.status_code == 401
    assert socket.wait_closed(timeout=5).code == 4401
    assert login(system, ann.name, ann.password) == 401
    assert login(system, ann.name, "quite another horse") == 200


def test_a_role_holds_from_the_next_request_on(operator, person):
    ann = person()
    operator.ok("user", "role", ann.name, "ADMIN")
    assert ann.get("/auth/me").json()["role"] == "ADMIN"
    operator.ok("user", "role", ann.name, "MEMBER")
    assert ann.get("/auth/me").json()["role"] == "MEMBER"


def test_who_is_deleted_leaves_his_words(operator, system, person, connect):
    ann, bob = person(), person()
    room = ann.create_room()
    ann.add(room["id"], bob)
    ann.say(room["id"], "still here")
    socket, witness = connect(ann), connect(bob)
    witness.join(room["id"])
    operator.ok("user", "delete", ann.name, "--yes")
    assert refused(ann)
    assert socket.wait_closed(timeout=5).code == 4401
    assert witness.expect("member_left", timeout=5)
    assert login(system, ann.name, ann.password) == 401
    words = [m for m in bob.history(room["id"]).json() if m["content"] == "still here"]
    assert len(words) == 1 and words[0]["user"]["username"].startswith("deleted-")
