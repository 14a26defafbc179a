"""chatspherectl against a PostgreSQL of its own: migrations and what can go wrong with them, the
seed, the epoch, the table of statements, and the command line itself.

Each test has a fresh database. Those of the machinery have a schema directory of their own with
files of a few lines; those of the product use the repository's.
"""

import hashlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from ctlprogram import CONFIG, FAILED, SCHEMA, USAGE, Ctl, cluster, product, template, url  # noqa: F401
from pgcluster import PgCluster


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
    assert ctl.ok("migrate") == "applied 0001_first\napplied 0002_second\napplied 0 function files\n"
    assert "pending" not in ctl.ok("migrate", "--status")


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
    assert 'chatspherectl: ctl_users: 42703: column u.email does not exist' in done.stderr


def test_the_printed_statement_is_the_one_that_runs(product):
    names = [line.split()[0] for line in product.ok("statements").splitlines()]
    assert len(names) == len(set(names)) > 20
    sql = product.ok("statements", "ctl_users")
    assert product.query(sql) == []
    assert 'no statement "nope"' in product.fails("statements", "nope")


# --- the epoch ------------------------------------------------------------------------------------


def test_a_new_epoch_is_another_one(product):
    old = product.ok("epoch", "show")
    assert re.fullmatch(r"[0-9a-f]{16}\n", old)
    new = product.ok("epoch", "new")
    assert re.fullmatch(r"[0-9a-f]{16}\n", new) and new != old
    assert product.ok("epoch", "show") == new


def test_what_ended_long_ago_is_forgotten_however_much_it_is(product):
    product.ok("user", "create", "ann", "--password-stdin", stdin="correct horse battery\n")
    product.query("INSERT INTO chat.sessions (id, user_id, kind, expires_at)"
                  " SELECT gen_random_uuid(), u.id, 'jwt', now() - make_interval(days => (g.n & 1) * 31)"
                  "   FROM chat.users AS u, generate_series(1, 10004) AS g (n) WHERE u.username = 'ann'")
    product.query("INSERT INTO chat.login_attempts VALUES (gen_random_uuid(), 1, now() - interval '1 year')")
    assert product.ok("purge") == "sessions: 5002\nlogin attempts: 1\n"
    assert product.value("SELECT count(*) FROM chat.sessions") == 5002
    assert product.ok("purge") == ""


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize("args, sentence", [
    ((), "say what to do"), (("frob",), 'no command "frob"'),
    (("frob", "--help"), 'no command "frob"'), (("seed", "again"), 'what is "again"?'),
    (("migrate", "--status", "--history"), "one of its options at a time")])
def test_what_no_row_fits_is_explained(ctl, args, sentence):
    assert sentence in ctl.fails(*args, status=USAGE)


@pytest.mark.parametrize("family, members", [
    ("user", {"create", "list", "show", "role", "passwd", "disable", "enable", "delete"}),
    ("token", {"create", "list", "revoke"}), ("invite", {"create", "list", "revoke"}),
    ("epoch", {"show", "new"})])
def test_half_a_command_is_answered_with_the_other_halves(ctl, family, members):
    def listed(text):
        return set(re.findall(rf"^  {family} (\w+)  +\w", text, re.MULTILINE))

    alone = ctl.fails(family, status=USAGE)
    assert alone.startswith(f"chatspherectl: {family} what? ") and listed(alone) == members
    unknown = ctl.fails(family, "frob", status=USAGE)
    assert f'no command "{family} frob"' in unknown and listed(unknown) == members
    assert listed(ctl.ok(family, "--help")) == members
    assert "token" not in ctl.fails("user", status=USAGE)


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


@pytest.mark.parametrize("key, value, sentence", [
    ("PASSWORD_MIN_LENGTH", "many", "PASSWORD_MIN_LENGTH: must be a number from 8 to "),
    ("REGISTRATION", "perhaps", "REGISTRATION: must be one of open|token|closed"),
    ("DATABASE_URL", "sqlite:///chat.db", "DATABASE_URL: ChatSphere stores in PostgreSQL only"),
    ("CHATSPHERE_CONFIG", "/no/such/file", "/no/such/file: No such file or directory")])
def test_a_configuration_that_is_not_usable_is_one_sentence(ctl, key, value, sentence):
    ctl.env[key] = value
    said = ctl.fails("user", "list", status=CONFIG)
    assert said.startswith(f"chatspherectl: {sentence}") and said.count("\n") == 1
    assert "level=" not in said and "code=" not in said


def test_the_language_of_search(product):
    """Put into force by migrate; a change makes the index anew."""
    def language():
        return product.value("SELECT name FROM chat.search_language")

    product.query("INSERT INTO chat.search_blocks SELECT id, 1, 64, now(), now(), 'x' FROM chat.rooms LIMIT 1")
    product.query("DELETE FROM chat.search_due")
    product.ok("migrate")
    assert (language(), product.value("SELECT count(*) FROM chat.search_blocks")) == ("simple", 1)
    product.env["SEARCH_LANGUAGE"] = "German"
    product.ok("migrate")
    assert (language(), product.value("SELECT count(*) FROM chat.search_blocks")) == ("german", 0)
    assert product.value("SELECT count(*) FROM chat.search_due") == product.value("SELECT count(*) FROM chat.rooms")
    product.env["SEARCH_LANGUAGE"] = "klingon"
    assert "SEARCH_LANGUAGE: must be one of simple|" in product.fails("migrate", status=CONFIG)
    assert language() == "german"
