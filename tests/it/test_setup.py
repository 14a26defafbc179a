"""chatspherectl setup: from an empty PostgreSQL, whose door is kept as Debian keeps it, to somebody who is logged in."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from ctlprogram import CONFIG, FAILED, PROGRAM, USAGE
from freshhost import CLOSED, DEBIAN, MAPPED, ROLES, SERVICE, Host, Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="setup becomes other users of the machine: needs root")


@pytest.fixture(scope="module")
def cluster():
    with Server() as running:
        yield running


@pytest.fixture
def server(cluster):
    cluster.guard(DEBIAN)
    yield cluster
    cluster.guard(DEBIAN)
    cluster.empty()


@pytest.fixture
def host(server):
    made = Host(server)
    yield made
    shutil.rmtree(made.home)


def printed_password(output):
    return re.search(r"^    password: (\S{20})  ", output, re.MULTILINE)[1]


def mode(path):
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def test_from_nothing_to_somebody_logged_in(server, host):
    said = host.ok()
    assert "made database chatsphere\n" in said and "systemctl enable --now" in said
    status, body = host.login(printed_password(said))
    assert status == 200 and body["user"]["role"] == "ADMIN"
    assert server.value("SELECT pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database"
                        " WHERE datname = 'chatsphere'") == "UTF8 C.UTF-8"
    assert server.value("SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) FROM pg_roles"
                        " WHERE rolname = ANY(%s)", list(ROLES)) is False
    group = Path("/etc/passwd").read_text().split(f"\n{SERVICE}:x:")[1].split(":")[1]
    assert mode(host.file("chatsphere.env")) == (0o640, 0, int(group))
    assert mode(host.file("secrets.env")) == mode(host.file("owner.env")) == (0o600, 0, 0)
    assert set(host.settings()) == {"DATABASE_URL", "DATABASE_OWNER_URL", "JWT_SECRET"}
    assert len(host.settings()["JWT_SECRET"]) == 64
    host.env["CHATSPHERE_CONFIG"] = str(host.file("chatsphere.env"))
    done = host.run("check", command="config")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_no_secret_is_in_the_servers_log(server, host):
    said = host.ok()
    settings, log = host.settings(), server.log.read_text()
    secrets = [printed_password(said), settings["JWT_SECRET"],
               *(re.search(r"://\w+:(\S+)@", settings[key])[1] for key in ("DATABASE_URL", "DATABASE_OWNER_URL"))]
    assert "CREATE DATABASE" in log and not [secret for secret in secrets if secret in log]
    assert all(server.has_password(role) for role in ("chatsphere", "chatsphere_owner"))


def test_a_second_run_changes_nothing(server, host):
    host.ok()
    before = host.files()
    verifier = server.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'chatsphere'")
    assert host.ok().startswith("nothing to do: all of it is there\n")
    assert host.files() == before
    assert server.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'chatsphere'") == verifier
    assert host.ok("--dry-run") == "nothing to do: all of it is there\n"


def test_a_dry_run_changes_nothing(server, host):
    said = host.ok("--dry-run", "--admin", "carol")
    assert all(line.startswith("would ") for line in said.splitlines())
    assert "would make database chatsphere\n" in said and "would make administrator carol\n" in said
    assert not host.dir.exists()
    assert server.value("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", list(ROLES)) == 0
    assert server.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'chatsphere%%'") == 0


def test_who_the_system_knows_needs_no_password(server, host):
    server.guard(MAPPED)
    said = host.ok()
    assert host.settings()["DATABASE_URL"] == \
        f"postgresql:///chatsphere?host={server.home}&port={server.port}&user=chatsphere"
    assert not server.has_password("chatsphere") and server.has_password("chatsphere_owner")
    assert host.login(printed_password(said))[0] == 200


def test_values_that_are_missing_are_added(host):
    host.ok()
    before = host.settings()
    host.forget("secrets.env", "JWT_SECRET")
    host.file("chatsphere.env").unlink()
    said = host.ok()
    assert "wrote JWT_SECRET into" in said and "DATABASE" not in said and "nothing to do" not in said
    after = host.settings()
    assert after.pop("JWT_SECRET") != before.pop("JWT_SECRET") and after == before
    assert "#DATABASE_URL=" in host.file("chatsphere.env").read_text()


def test_what_is_configured_stays(host):
    host.dir.mkdir()
    host.file("chatsphere.env").write_text("# mine\nLOG_LEVEL=warn\nSECRET_KEY=a key that somebody has had for years\n")
    host.file("chatsphere.env").chmod(0o600)
    host.ok()
    assert host.file("chatsphere.env").read_text().startswith("# mine\nLOG_LEVEL=warn\n")
    assert mode(host.file("chatsphere.env"))[0] == 0o600
    assert set(host.settings()) == {"DATABASE_URL", "DATABASE_OWNER_URL"}


def test_a_second_host_needs_the_files_of_the_first(server, host):
    host.ok()
    second = Host(server)
    assert f"the role chatsphere_owner has a password, which {second.dir} does not have. Copy the files" in second.fails()
    assert not {"secrets.env", "owner.env"} & set(second.files())
    shutil.copytree(host.dir, second.dir, dirs_exist_ok=True)
    assert second.ok().startswith("nothing to do")
    shutil.rmtree(second.home)


def test_a_lost_password_can_be_made_anew(server, host):
    host.ok()
    host.forget("secrets.env", "DATABASE_URL")
    assert "take the password away (ALTER ROLE chatsphere PASSWORD NULL)" in host.fails()
    with server.connect() as admin:
        admin.execute("ALTER ROLE chatsphere PASSWORD NULL")
    assert "wrote DATABASE_URL into" in host.ok()


def test_a_new_server_gets_the_passwords_that_are_configured(server, host):
    host.ok()
    before = host.files()
    server.empty()
    said = host.ok()
    assert "gave role chatsphere the password of DATABASE_URL" in said and host.files() == before


def test_an_address_that_leads_nowhere(server, host):
    host.ok()
    with server.connect() as admin:
        admin.execute("ALTER ROLE chatsphere PASSWORD 'another'")
    said = host.fails()
    assert "password authentication failed" in said and "DATABASE_URL is configured and does not lead into" in said


def test_a_server_that_lets_nobody_in(server, host):
    server.guard(CLOSED)
    said = host.fails()
    assert "host  chatsphere  chatsphere_owner  127.0.0.1/32  scram-sha-256" in said
    assert not server.has_password("chatsphere_owner") and not host.settings()
    server.guard(DEBIAN)
    assert "made administrator admin" in host.ok()


def test_another_name(server, host):
    host.ok("--database", "elsewhere", "--no-admin")
    assert host.settings()["DATABASE_URL"].endswith("/elsewhere")
    assert server.value("SELECT count(*) FROM chat.users", dbname="elsewhere") == 0
    assert host.ok("--no-admin").startswith("nothing to do")
    assert "leads to the database elsewhere, not to other" in host.fails("--database", "other")


@pytest.mark.parametrize("made, said", [
    ("CREATE DATABASE chatsphere", 'the database "chatsphere" is there and belongs to tester: take another name'),
    ("CREATE DATABASE chatsphere OWNER chatsphere_owner ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
     'the database "chatsphere" is there with the encoding LATIN1, and UTF8 is needed')])
def test_a_database_that_somebody_else_made(server, host, made, said):
    with server.connect() as admin:
        admin.execute("CREATE ROLE chatsphere_owner LOGIN")
        admin.execute(made)
    assert said in host.fails() and not host.dir.exists()


def test_a_run_that_was_interrupted_is_completed(server, host):
    with server.connect() as admin:
        admin.execute("CREATE ROLE chatsphere_owner LOGIN")
        admin.execute("CREATE DATABASE chatsphere_unfinished OWNER chatsphere_owner TEMPLATE template0")
    assert "made database chatsphere\n" in host.ok()
    assert server.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'chatsphere%%'") == 1


def test_a_superuser_of_the_network(server, host):
    address = ["--superuser-url", f"postgresql://tester@localhost:{server.port}/postgres"]
    assert "no password supplied" in host.fails(*address)
    host.env["PGPASSWORD"] = "a superuser of the network"
    host.ok(*address, "--host", "localhost")
    assert re.fullmatch(rf"postgresql://chatsphere:\S{{32}}@localhost:{server.port}/chatsphere",
                        host.settings()["DATABASE_URL"])


def test_who_is_no_superuser(server, host):
    with server.connect() as admin:
        admin.execute("CREATE ROLE chatsphere LOGIN PASSWORD 'plain'")
    host.env["PGPASSWORD"] = "plain"
    assert "this role is no superuser" in host.fails(
        "--superuser-url", f"postgresql://chatsphere@localhost:{server.port}/postgres")


def test_the_administrators_own_password(host):
    said = host.ok("--admin", "carol", "--password-stdin", stdin="correct horse battery\n")
    assert "made administrator carol\n" in said and "password:" not in said and "correct horse" not in said
    assert host.login("correct horse battery", "carol")[0] == 200
    assert host.ok("--admin", "dave").startswith("nothing to do")


def test_an_administrators_password_that_is_refused(host):
    assert "setup: the administrator" in host.fails("--password-stdin", stdin="short\n")
    assert "made administrator admin" in host.ok()


@pytest.mark.parametrize("args, status, said", [
    (["--superuser-url", "postgresql://postgres:hidden@db/postgres"], USAGE, "no password on the command line"),
    (["--superuser-url", "mysql://db"], USAGE, "is no address of a database"),
    (["--database", "Chat;"], USAGE, "small letters, digits and _"),
    (["--no-admin", "--admin", "carol"], USAGE, "--no-admin, and nothing about one"),
    (["--admin", "a\tb"], USAGE, "setup --admin: "),
    (["--everything"], USAGE, "setup has no option --everything"),
    (["--service-user", "nobody-there"], USAGE, "--service-user is given twice")])
def test_wrong_arguments(host, args, status, said):
    refusal = host.fails(*args, status=status)
    assert said in refusal and "hidden" not in refusal


def test_a_user_of_the_system_that_is_not_there(host):
    done = subprocess.run([PROGRAM, "setup", "--config-dir", host.dir, "--service-user", "nobody-there"], env=host.env,
                          capture_output=True, text=True, check=False)
    assert done.returncode == FAILED and "useradd --system nobody-there" in done.stderr


def test_a_server_that_is_away(host):
    host.env["PGPORT"] = "1"
    said = host.fails()
    assert "as PostgreSQL's superuser: connection to server" in said and "PostgreSQL has to be running" in said


def test_a_configuration_that_is_not_usable(host):
    host.dir.mkdir()
    host.file("chatsphere.env").write_text("PORT=none\n")
    assert "PORT: must be a number" in host.fails(status=CONFIG)
