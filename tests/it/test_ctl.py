"""chatspherectl against a PostgreSQL of its own: migrations and what can go wrong with them, the
seed, accounts, tokens, the epoch and the table of statements.

Each test has a fresh database. Those of the machinery have a schema directory of their own with
files of a few lines; those of the product use the repository's.
"""

import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from pgcluster import OWNER, PgCluster

SOURCE = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("CHATSPHERE_BUILD", SOURCE)) / "chatspherectl"
SCHEMA = SOURCE / "schema"

FAILED, USAGE, CONFIG = 1, 64, 78


class Ctl:
    """chatspherectl as the owner of one database, with one schema directory."""

    def __init__(self, url, schema):
        self.url, self.schema = url, schema
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SCHEMA_DIR": str(schema),
                    "CHATSPHERE_CONFIG": "/dev/null", "DATABASE_OWNER_URL": url}

    def start(self, *args):
        return subprocess.Popen([PROGRAM, *args], env=self.env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *args, stdin=""):
        return subprocess.run([PROGRAM, *args], env=self.env, text=True, input=stdin, timeout=60,
                              capture_output=True, check=False)

    def ok(self, *args, stdin=""):
        """Runs it, demands success, and returns what it printed."""
        done = self.run(*args, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *args, status=FAILED, stdin=""):
        """Runs it, demands this failure, and returns what it says about it."""
        done = self.run(*args, stdin=stdin)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        assert re.search("^chatspherectl: ", done.stderr, re.MULTILINE)
        return done.stderr

    def query(self, sql, *values):
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *values):
        return self.query(sql, *values)[0][0]

    def column(self, sql):
        return [row[0] for row in self.query(sql)]

    def exists(self, name):
        return self.value("SELECT to_regclass(%s) IS NOT NULL", name)

    def applied(self):
        return self.column("SELECT name FROM chat.schema_migrations ORDER BY version")

    def write(self, name, text):
        """A file of the schema directory."""
        path = self.schema / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def cluster():
    with PgCluster(fsync=False) as running:
        with running.connect() as admin:
            admin.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
        yield running


@pytest.fixture
def url(cluster):
    """A database that nobody has used, as the role that owns it."""
    name = f"ctl_{uuid.uuid4().hex[:12]}"
    cluster.createdb(name, owner=OWNER)
    yield cluster.dsn(OWNER, name)
    cluster.dropdb(name)


@pytest.fixture
def ctl(url, tmp_path):
    """With two small migrations, a function and grants."""
    made = Ctl(url, tmp_path / "schema")
    made.write("migrations/0001_first.sql", "CREATE TABLE chat.one (a int);\n")
    made.write("migrations/0002_second.sql", "CREATE TABLE chat.two (a int);\n-- no newline here")
    made.write("functions/answer.sql", "CREATE OR REPLACE FUNCTION chat.answer() RETURNS int\n"
                                       "LANGUAGE sql AS 'SELECT 42';\n")
    made.write("grants.sql", "GRANT SELECT ON ALL TABLES IN SCHEMA chat TO PUBLIC;\n")
    return made


@pytest.fixture
def product(url):
    """The repository's own schema, migrated and seeded."""
    made = Ctl(url, SCHEMA)
    made.ok("migrate")
    made.ok("seed")
    return made


# --- migrate: the ordinary way --------------------------------------------------------------------


def test_migrate_twice(ctl):
    assert ctl.ok("migrate") == ("applied 0001_first\napplied 0002_second\n"
                                 "applied 1 function files\n")
    assert ctl.applied() == ["0001_first", "0002_second"]
    assert ctl.value("SELECT chat.answer()") == 42
    assert ctl.ok("migrate") == "nothing to do: the schema is at 0002_second\n"


def test_the_bookkeeping_says_what_when_and_by_whom(ctl):
    ctl.write("migrations/0003_slow.sql", "SELECT pg_sleep(0.05);\n")
    ctl.ok("migrate")
    version, name, checksum, age, duration, by = ctl.query(
        "SELECT version, name, checksum, clock_timestamp() - applied_at, duration_ms, applied_by"
        "  FROM chat.schema_migrations ORDER BY version DESC LIMIT 1")[0]
    text = (ctl.schema / "migrations/0003_slow.sql").read_bytes()
    assert (version, name) == (3, "0003_slow")
    assert checksum == hashlib.sha256(text).hexdigest()
    assert 0 <= age.total_seconds() < 60
    assert 50 <= duration < 5000
    assert by == ctl.value("SELECT session_user::text") + "@" + os.uname().nodename
    history = ctl.ok("migrate", "--history").splitlines()
    assert len(history) == 3
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\S+Z  0003_slow +{duration} ms  {re.escape(by)}"
                        rf"  {checksum[:12]}", history[2])


def test_status(ctl):
    before = ctl.run("migrate", "--status")
    assert before.returncode == FAILED
    assert re.findall(r"(\S+) +(pending|applied)", before.stdout) == [
        ("0001_first", "pending"), ("0002_second", "pending"), ("functions", "pending")]
    assert not ctl.exists("chat.schema_migrations"), "looking makes nothing"
    ctl.ok("migrate")
    assert re.findall(r"(\S+) +(pending|applied)", ctl.ok("migrate", "--status")) == [
        ("0001_first", "applied"), ("0002_second", "applied"), ("functions", "applied")]
    ctl.write("migrations/0003_third.sql", "SELECT 1;")
    assert "0003_third                        pending" in ctl.run("migrate", "--status").stdout


def test_to(ctl):
    assert "stopped before 0002_second" in ctl.ok("migrate", "--to", "1")
    assert ctl.applied() == ["0001_first"]
    assert ctl.query("SELECT 1 FROM pg_proc WHERE proname = 'answer'") == []
    assert ctl.run("migrate", "--status").returncode == FAILED
    assert "there is no migration 0009" in ctl.fails("migrate", "--to", "9", status=USAGE)
    assert "is no number" in ctl.fails("migrate", "--to", "two", status=USAGE)
    assert "applied 1 function files" in ctl.ok("migrate", "--to", "2")
    assert ctl.ok("migrate", "--to", "2") == "nothing to do: the schema is at 0002_second\n"
    assert "there is no way back" in ctl.fails("migrate", "--to", "1")


def test_new(ctl):
    path = Path(ctl.ok("migrate", "--new", "add_stars").strip())
    assert path == ctl.schema / "migrations/0003_add_stars.sql"
    assert path.read_text().startswith("-- 0003_add_stars: ")
    ctl.ok("migrate")
    assert ctl.applied()[-1] == "0003_add_stars"
    assert ctl.ok("migrate", "--new", "more").strip().endswith("0004_more.sql")
    assert "lower-case" in ctl.fails("migrate", "--new", "Add Stars", status=CONFIG)
    assert "lower-case" in ctl.fails("migrate", "--new", "../x", status=CONFIG)


# --- migrate: two at once, and half-way -----------------------------------------------------------


def test_two_at_once(ctl):
    ctl.write("migrations/0003_slow.sql", "SELECT pg_sleep(1); CREATE TABLE chat.three (a int);")
    both = [ctl.start("migrate"), ctl.start("migrate")]
    output = sorted((p.communicate(timeout=60), p.returncode) for p in both)
    assert [status for _, status in output] == [0, 0], output
    (worked, _), (waited, waiting) = output[0][0], output[1][0]
    assert worked.startswith("applied 0001_first\n")
    assert waited == "nothing to do: the schema is at 0003_slow\n"
    assert "waiting" in waiting
    assert len(ctl.applied()) == 3


def test_a_failing_migration_rolls_back_whole(ctl):
    ctl.write("migrations/0003_bad.sql", "CREATE TABLE chat.three (a int);\nINSERT INTO chat.one\n"
                                         "VALUES (1);\nSELECT frobnicate();\n")
    sentence = ctl.fails("migrate")
    assert "migrations/0003_bad.sql: ERROR:  function frobnicate() does not exist" in sentence
    assert "LINE 4: SELECT frobnicate()" in sentence
    assert ctl.applied() == ["0001_first", "0002_second"], "those before it stay"
    assert not ctl.exists("chat.three")
    assert ctl.value("SELECT count(*) FROM chat.one") == 0
    assert ctl.query("SELECT 1 FROM pg_proc WHERE proname = 'answer'") == []
    ctl.write("migrations/0003_bad.sql", "CREATE TABLE chat.three (a int);\n")
    ctl.ok("migrate")
    assert ctl.exists("chat.three")


def test_a_kill_in_the_middle_leaves_nothing(ctl):
    ctl.write("migrations/0003_slow.sql", "CREATE TABLE chat.three (a int); SELECT pg_sleep(60);")
    process = ctl.start("migrate")
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    deadline = time.monotonic() + 20
    while ctl.value(asleep) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # The server notices when the statement ends; an administrator need not wait for that.
    ctl.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    ctl.write("migrations/0003_slow.sql", "CREATE TABLE chat.three (a int);")
    ctl.ok("migrate")
    assert ctl.applied() == ["0001_first", "0002_second", "0003_slow"]


def test_a_file_that_commits_is_not_recorded(ctl):
    ctl.write("migrations/0003_bad.sql", "CREATE TABLE chat.three (a int);\nCOMMIT;\n")
    assert "0003_bad.sql: ERROR:  the file ends its own transaction" in ctl.fails("migrate")
    assert ctl.applied() == ["0001_first", "0002_second"]


# --- migrate: files that do not fit the database --------------------------------------------------


def test_a_changed_file_is_refused_by_name(ctl):
    ctl.ok("migrate")
    ctl.write("migrations/0001_first.sql", "CREATE TABLE chat.one (a int, b int);\n")
    ctl.write("migrations/0003_third.sql", "CREATE TABLE chat.three (a int);\n")
    assert "migrations/0001_first.sql has changed since" in ctl.fails("migrate", status=CONFIG)
    assert not ctl.exists("chat.three")
    status = ctl.run("migrate", "--status")
    assert status.returncode == FAILED
    assert "0001_first                        applied, but the file has changed" in status.stdout


def test_a_database_newer_than_the_files_is_refused(ctl):
    ctl.ok("migrate")
    (ctl.schema / "migrations/0002_second.sql").unlink()
    refusal = "0002_second was applied, but there is no such file"
    assert refusal in ctl.fails("migrate", status=CONFIG)
    assert "no such file" in ctl.run("migrate", "--status").stdout


def test_a_late_file_with_a_low_number_is_refused(ctl):
    ctl.write("migrations/0004_fourth.sql", "SELECT 1;")
    ctl.ok("migrate")
    ctl.write("migrations/0003_third.sql", "SELECT 1;")
    refusal = "0003_third.sql was not applied, but later ones were"
    assert refusal in ctl.fails("migrate", status=CONFIG)


@pytest.mark.parametrize("name", ["3_third.sql", "0003-third.sql", "0003_X.sql", "0000_zero.sql"])
def test_a_name_that_is_none_is_refused(ctl, name):
    ctl.write(f"migrations/{name}", "SELECT 1;")
    assert "a migration is called NNNN_name.sql" in ctl.fails("migrate", status=CONFIG)


def test_two_files_with_one_number_are_refused(ctl):
    ctl.write("migrations/0002_other.sql", "SELECT 1;")
    assert "have the same number" in ctl.fails("migrate", status=CONFIG)
    assert not ctl.exists("chat.one")


# --- functions and grants -------------------------------------------------------------------------


def test_functions_are_applied_again_when_one_changed(ctl):
    ctl.ok("migrate")
    ctl.write("functions/answer.sql", "CREATE OR REPLACE FUNCTION chat.answer() RETURNS int\n"
                                      "LANGUAGE sql AS 'SELECT 43';\n")
    assert "functions                         pending" in ctl.run("migrate", "--status").stdout
    assert ctl.ok("migrate") == "applied 1 function files\n"
    assert ctl.value("SELECT chat.answer()") == 43
    assert "nothing to do" in ctl.ok("migrate")


def test_functions_are_all_or_nothing_and_in_order(ctl):
    ctl.ok("migrate")
    ctl.write("functions/answer.sql", "CREATE OR REPLACE FUNCTION chat.answer() RETURNS int\n"
                                      "LANGUAGE sql AS 'SELECT 44';\n")
    ctl.write("functions/broken.sql", "CREATE FUNCTION chat.x() RETURNS int LANGUAGE sql\n"
                                      "AS 'SELEC';\n")
    assert "functions/broken.sql: ERROR:  syntax error" in ctl.fails("migrate")
    assert ctl.value("SELECT chat.answer()") == 42
    ctl.write("functions/broken.sql", "CREATE FUNCTION chat.x() RETURNS int LANGUAGE sql\n"
                                      "AS 'SELECT chat.answer()';\n")
    assert ctl.ok("migrate") == "applied 2 function files\n"
    assert ctl.value("SELECT chat.x()") == 44
    recorded = ctl.column("SELECT name FROM chat.schema_functions ORDER BY name")
    assert recorded == ["answer.sql", "broken.sql"]


def test_a_removed_function_file_counts_as_a_change(ctl):
    ctl.ok("migrate")
    (ctl.schema / "functions/answer.sql").unlink()
    assert ctl.ok("migrate") == "applied 0 function files\n"
    assert ctl.query("SELECT name FROM chat.schema_functions") == []


def test_grants_are_given_every_time(ctl):
    ctl.ok("migrate")
    allowed = "SELECT has_table_privilege('public', 'chat.one', 'SELECT')"
    assert ctl.value(allowed)
    ctl.query("REVOKE SELECT ON chat.one FROM PUBLIC")
    assert "nothing to do" in ctl.ok("migrate")
    assert ctl.value(allowed), "roles may have been made since"


def test_functions_and_grants_are_one_transaction(ctl):
    ctl.ok("migrate")
    ctl.write("functions/fresh.sql", "CREATE FUNCTION chat.fresh() RETURNS int LANGUAGE sql\n"
                                     "AS 'SELECT 1';\n")
    ctl.write("grants.sql", "GRANT SELECT ON chat.nothing TO PUBLIC;")
    assert 'grants.sql: ERROR:  relation "chat.nothing" does not exist' in ctl.fails("migrate")
    assert ctl.query("SELECT 1 FROM pg_proc WHERE proname = 'fresh'") == []


def test_nothing_but_migrations_is_needed(ctl):
    (ctl.schema / "functions/answer.sql").unlink()
    (ctl.schema / "functions").rmdir()
    (ctl.schema / "grants.sql").unlink()
    ctl.ok("migrate")
    ctl.ok("migrate", "--status")


# --- the product's schema -------------------------------------------------------------------------


def counts(ctl):
    """Rows of every table, but the log of what the operator did."""
    tables = ctl.column("SELECT relname FROM pg_class WHERE relnamespace = 'chat'::regnamespace"
                        "   AND relkind = 'r' AND relname <> 'audit_log' ORDER BY 1")
    return {name: ctl.value(f"SELECT count(*) FROM chat.{name}") for name in tables}


def test_the_schema_is_made_and_seeded_twice(product):
    product.ok("migrate", "--status")
    before = counts(product)
    epoch = product.ok("epoch", "show")
    product.ok("migrate")
    product.ok("seed")
    assert counts(product) == before
    assert product.ok("epoch", "show") == epoch
    assert product.value("SELECT count(*) FROM chat.rooms WHERE is_lobby") == 1


def test_the_demonstration_is_idempotent(product):
    product.ok("seed", "--demo")
    before = counts(product)
    assert before["users"] > 1
    product.ok("seed", "--demo")
    assert counts(product) == before


def test_an_owner_that_may_not_make_roles():
    with PgCluster(fsync=False) as cluster:
        with cluster.connect() as admin:
            admin.execute("CREATE ROLE plain LOGIN")
        cluster.createdb("chat", owner="plain")
        ctl = Ctl(cluster.dsn("plain", "chat"), SCHEMA)
        assert "role chat_app cannot be created here" in ctl.run("migrate").stderr
        ctl.ok("migrate", "--status")
        with cluster.connect() as admin:
            for role in ("chat_app", "chat_publisher", "chat_backup"):
                admin.execute(f"CREATE ROLE {role}")
        assert "nothing to do" in ctl.ok("migrate")
        assert ctl.value("SELECT has_table_privilege('chat_app', 'chat.rooms', 'SELECT')")


def test_seed_wants_a_schema(ctl):
    assert "run chatspherectl migrate first" in ctl.fails("seed")


def test_every_statement_can_be_prepared(product):
    assert re.fullmatch(r"\d+ statements, 0 failed\n", product.ok("check-statements"))


def test_a_statement_that_does_not_fit_is_named(product):
    product.query("ALTER TABLE chat.users RENAME COLUMN email TO mail")
    done = product.run("check-statements")
    assert done.returncode == FAILED
    assert 'chatspherectl: ctl_users: 42703: column "email" does not exist' in done.stderr


def test_the_printed_statement_is_the_one_that_runs(product):
    names = [line.split()[0] for line in product.ok("statements").splitlines()]
    assert len(names) == len(set(names)) > 20
    sql = product.ok("statements", "ctl_users")
    assert product.query(sql) == []
    assert 'no statement "nope"' in product.fails("statements", "nope")


# --- users ----------------------------------------------------------------------------------------


def test_user_create(product):
    assert product.ok("user", "create", "ann", "--role", "ADMIN", "--email", "Ann@example.org",
                      "--password-stdin", stdin="correct horse\n") == "created ann\n"
    role, email, stored, active = product.query(
        "SELECT role, email, password_hash, is_active FROM chat.users WHERE username = 'ann'")[0]
    assert (role, email, active) == ("ADMIN", "Ann@example.org", True)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    product.ok("user", "create", "bob", "--password-stdin", stdin="correct horse")
    listed = product.ok("user", "list").splitlines()
    assert [line.split()[1:] for line in listed] == [
        ["ADMIN", "enabled", "ann", "Ann@example.org"], ["MEMBER", "enabled", "bob"]]
    assert product.query("SELECT action, actor_id, data->>'role' FROM chat.audit_log"
                         " WHERE action = 'user_created' ORDER BY id") == [
        ("user_created", None, "ADMIN"), ("user_created", None, "MEMBER")]


@pytest.mark.parametrize("args", [("ann",), ("other", "--email", "ANN@EXAMPLE.ORG")])
def test_names_and_addresses_are_taken_once(product, args):
    product.ok("user", "create", "ann", "--email", "ann@example.org", "--password-stdin",
               stdin="correct horse\n")
    assert "there is a user with this name or address already" in product.fails(
        "user", "create", *args, "--password-stdin", stdin="correct horse\n")


@pytest.mark.parametrize("password, sentence", [
    ("short\n", "at least 8 bytes"), ("x" * 129 + "\n", "8 to 128"), ("", "no password"),
    ("\n", "no password"), ("x" * 1000, "no password on standard input, or too long")])
def test_bad_passwords(product, password, sentence):
    assert sentence in product.fails("user", "create", "ann", "--password-stdin", stdin=password)
    assert product.ok("user", "list") == ""


@pytest.mark.parametrize("args, sentence", [
    ((), "needs a NAME"),
    (("a", "b"), 'what is "b"?'),
    (("",), "1 to 100 characters"),
    (("x" * 101,), "1 to 100 characters"),
    (("a", "--role", "GOD"), "one of ADMIN, MODERATOR, MEMBER"),
    (("a", "--email", "nowhere"), "is no address"),
    (("a", "--role"), "needs a value"),
    (("a", "--role", "ADMIN", "--role=ADMIN"), "given twice"),
    (("a", "--shout"), "no option --shout"),
    (("a", "--password-stdin=x"), "takes no value"),
    (("a",), "give the password with")])
def test_bad_arguments(ctl, args, sentence):
    assert sentence in ctl.fails("user", "create", *args, status=USAGE)


def on_terminal(ctl, *args, answers):
    """Runs it on a terminal of its own with an answer at each prompt; (status, what was shown)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(PROGRAM, [str(PROGRAM), *args], ctl.env)
    shown, answers = b"", list(answers)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(fd, 4096)
        except OSError:  # the terminal is gone with its last process
            break
        shown += piece
        if piece.endswith(b": ") and answers:
            os.write(fd, answers.pop(0).encode() + b"\n")
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_the_password_is_asked_for_without_echo(product):
    status, shown = on_terminal(product, "user", "create", "ann",
                                answers=["correct horse", "correct horse"])
    assert (status, shown.splitlines()) == (0, ["Password: ", "Again: ", "created ann"])
    status, shown = on_terminal(product, "user", "create", "bob",
                                answers=["correct horse", "wrong"])
    assert status == FAILED
    assert "the two differ" in shown and "correct" not in shown


# --- tokens and the epoch -------------------------------------------------------------------------


@pytest.fixture
def ann(product):
    product.ok("user", "create", "ann", "--password-stdin", stdin="correct horse\n")
    return product


@pytest.mark.parametrize("kind, prefix", [("CLIENT", "cs_client_"), ("USER", "cs_user_")])
def test_token_create_prints_the_token_and_stores_its_hash(ann, kind, prefix):
    token = ann.ok("token", "create", "--type", kind, "--user", "ann", "--name", "a bot",
                   "--expires", "30d").removesuffix("\n")
    assert re.fullmatch(prefix + r"[A-Za-z0-9]{38}", token)
    stored, shown, days = ann.query(
        "SELECT token_hash, prefix, round(extract(epoch FROM expires_at - created_at) / 86400)"
        "  FROM chat.api_tokens WHERE type = %s", kind)[0]
    assert bytes(stored) == hashlib.sha256(token.encode()).digest()
    assert shown == token[:len(prefix) + 4] + "…"
    assert days == 30
    data = ann.value("SELECT data FROM chat.audit_log WHERE action = 'token_created'")
    assert data == {"type": kind, "name": "a bot", "by": "chatspherectl"}
    assert token not in json.dumps(ann.query("SELECT t::text FROM chat.api_tokens AS t"))


def test_a_tokens_life(ann):
    life = ("SELECT extract(epoch FROM expires_at - created_at) FROM chat.api_tokens"
            " ORDER BY id DESC")
    ann.ok("token", "create", "--type=USER", "--user=ann")
    assert round(ann.value(life)) == 7 * 86400, "JWT_EXPIRES_IN's default"
    ann.env["JWT_EXPIRES_IN"] = "12h"
    ann.ok("token", "create", "--type=USER", "--user=ann")
    assert round(ann.value(life)) == 12 * 3600
    ann.ok("token", "create", "--type=USER", "--user=ann", "--expires=never")
    assert ann.value(life) is None


def test_token_refusals(ann):
    create = ("token", "create")
    assert 'no enabled user "bob"' in ann.fails(*create, "--type", "USER", "--user", "bob")
    ann.query("UPDATE chat.users SET is_active = false")
    assert 'no enabled user "ann"' in ann.fails(*create, "--type", "USER", "--user", "ann")
    assert "needs --type" in ann.fails(*create, "--user", "ann", status=USAGE)
    assert "needs --user" in ann.fails(*create, "--type", "USER", status=USAGE)
    assert "CLIENT or USER" in ann.fails(*create, "--type", "ROOT", "--user", "ann", status=USAGE)
    assert "a duration" in ann.fails(*create, "--type", "USER", "--user", "ann",
                                     "--expires", "soon", status=USAGE)
    assert ann.value("SELECT count(*) FROM chat.api_tokens") == 0


def test_a_new_epoch_is_another_one(product):
    old = product.ok("epoch", "show")
    assert re.fullmatch(r"[0-9a-f]{16}\n", old)
    new = product.ok("epoch", "new")
    assert re.fullmatch(r"[0-9a-f]{16}\n", new) and new != old
    assert product.ok("epoch", "show") == new


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize("args, sentence", [
    ((), "say what to do"), (("frob",), 'no command "frob"'), (("user",), 'no command "user"'),
    (("user", "frob"), 'no command "user frob"'),
    (("migrate", "--status", "--history"), "one of its options at a time")])
def test_what_no_row_fits_is_explained(ctl, args, sentence):
    assert sentence in ctl.fails(*args, status=USAGE)


def test_every_command_explains_itself(ctl):
    listed = re.findall(r"^  ([a-z]+(?:[ -][a-z]+)?)  ", ctl.ok("--help"), re.MULTILINE)
    assert {"migrate", "seed", "user create", "token create", "check-statements"} <= set(listed)
    for command in listed:
        assert ctl.ok(*command.split(" "), "--help").startswith(
            f"usage: chatspherectl [--config FILE] {command}")


def test_an_unreachable_database_is_one_sentence(ctl):
    ctl.env["DATABASE_OWNER_URL"] = "postgresql://owner:hidden@127.0.0.1:1/chat"
    sentence = ctl.fails("migrate")
    assert "Connection refused" in sentence and "hidden" not in sentence
    assert ctl.fails("check-statements").count("chatspherectl: ") == 1
    del ctl.env["DATABASE_OWNER_URL"]
    refusal = "neither DATABASE_OWNER_URL nor DATABASE_URL is set"
    assert refusal in ctl.fails("migrate", status=CONFIG)
