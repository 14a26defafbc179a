"""chatspherectl config check, config show: what is wrong with a configuration, each thing with its place."""

import os
import subprocess

import pytest
from ctlprogram import CONFIG, FAILED, SCHEMA, Ctl
from system import let_in

SECRET = "an example key that is long enough to be taken"
GOOD = f"""\
DATABASE_URL=postgresql://chatsphere:hidden@localhost/chat
JWT_SECRET={SECRET}
SCHEMA_DIR={SCHEMA}
"""


@pytest.fixture
def ctl(tmp_path):
    """chatspherectl with a configuration file of its own and nothing in the environment."""
    made = Ctl(None, SCHEMA)
    made.file = tmp_path / "chatsphere.env"
    made.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "CHATSPHERE_CONFIG": str(made.file)}
    made.file.write_text(GOOD)
    made.file.chmod(0o640)
    owner = tmp_path / "owner.env"
    owner.write_text("DATABASE_OWNER_URL=postgresql://chatsphere_owner:hidden@localhost/chat\n")
    owner.chmod(0o600)
    return made


def checked(ctl, text="", **environment):
    """What the check prints of the good configuration and these lines; (status, lines)."""
    ctl.file.write_text(GOOD + text)
    ctl.env |= environment
    done = ctl.run("config", "check")
    assert "hidden" not in done.stdout + done.stderr and SECRET not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if "note: " not in line]
    if wrong:
        things = "1 thing is" if len(wrong) == 1 else f"{len(wrong)} things are"
        assert done.stderr == f"chatspherectl: config check: {things} wrong with this configuration\n"
    else:
        assert done.stderr.startswith("chatspherectl: the configuration is usable")
    return done.returncode, [line.replace(f"{ctl.file.parent}/", "") for line in lines]


def test_nothing_is_wrong(ctl):
    assert checked(ctl) == (0, [])


@pytest.mark.parametrize("line, said", [
    ("PASSWORD_MIN_LENGTH=many", "PASSWORD_MIN_LENGTH: must be a number from 8 to 128"),
    ("REGISTRATION=perhaps", "REGISTRATION: must be one of open|token|closed"),
    ("ALLOW_WEAK_DURABILITY=maybe", "ALLOW_WEAK_DURABILITY: must be true or false"),
    ("JWT_EXPIRES_IN=soon", "JWT_EXPIRES_IN: must be a duration such as 7d, 12h, 30m or 90 (seconds)"),
    ("LOGLEVEL=debug", "LOGLEVEL: there is no such option; is LOG_LEVEL meant?"),
    ("log_level=debug", "log_level: there is no such option; is LOG_LEVEL meant?"),
    ("LOG_LEVEL debug", "this line is no KEY=value and no # comment"),
    ("JWT_SECRET_PREVIOUS=short", "JWT_SECRET_PREVIOUS: The signing key has 5 bytes, at least 32 are needed. The"
     " programs do not start; make one with: openssl rand -base64 48"),
    ("SECRET_KEY=another key that is long enough to be one",
     "JWT_SECRET: JWT_SECRET and SECRET_KEY are both set and differ: keep one"),
    ("ALGORITHM=RS256", "ALGORITHM: only HS256 is taken"),
    ("DATABASE_DEADLINE_MS=30000", "DATABASE_DEADLINE_MS: the web server gives up after 20 s; take less than 20000"),
    ("GATEWAY_LISTEN=8081", "GATEWAY_LISTEN: must be unix:/path/to.sock or 127.0.0.1:port"),
    (f"GATEWAY_LISTEN=unix:/{'x' * 107}", "GATEWAY_LISTEN: the path of a socket has at most 107 bytes"),
    ("PUBLIC_URL=chat.example.org", "PUBLIC_URL: must begin with https:// or http://"),
    ("SCHEMA_DIR=/nowhere", "SCHEMA_DIR: there is no /nowhere/migrations: chatspherectl migrate finds no schema"),
])
def test_a_line_that_is_wrong(ctl, line, said):
    status, lines = checked(ctl, f"# a comment\n\n{line}\n")
    number = 2 if said.startswith("JWT_SECRET:") else 6
    assert status == FAILED and [one for one in lines if "note: " not in one] == [f"chatsphere.env:{number}: {said}"]


@pytest.mark.parametrize("key, url, said", [
    ("DATABASE_URL", "sqlite:///chat.db", "ChatSphere stores in PostgreSQL only"),
    ("DATABASE_URL", "", "is not set: the programs have no database. chatspherectl setup makes one"),
    ("DATABASE_URL", "postgresql://chatsphere:hidden@[localhost/chat", "is no address of a database; such a one is"),
    ("DATABASE_OWNER_URL", "mysql://hidden", "is no address of a database; such a one is"),
    ("DATABASE_OWNER_URL", "postgresql://o@localhost/other", 'leads to the database "other", but DATABASE_URL to "chat"'),
])
def test_an_address_that_is_wrong(ctl, key, url, said):
    status, lines = checked(ctl, **{key: url})
    assert status == FAILED
    assert [line for line in lines if "note: " not in line][0].startswith(f"environment: {key}: {said}")


@pytest.mark.parametrize("text, said", [
    ("LOG_LEVEL=warn\nLOG_LEVEL=debug\n", "4: note: LOG_LEVEL: not in force, for line 5 sets it again"),
    ("SOMEBODY_ELSES=value\n", "4: note: SOMEBODY_ELSES: ignored, for no option of ChatSphere has this name"),
    ("ALLOW_WEAK_DURABILITY=yes\n",
     "4: note: ALLOW_WEAK_DURABILITY: acknowledged messages may be lost; for demonstrations only"),
    (f"JWT_SECRET_PREVIOUS={SECRET}\n", "4: note: JWT_SECRET_PREVIOUS: is JWT_SECRET itself: leave it out, or put the "
     "key before the last rotation there"),
    ("SESSION_EXPIRE_DAYS=1\nREFRESH_TOKEN_EXPIRE_DAYS=2\n",
     "5: note: REFRESH_TOKEN_EXPIRE_DAYS: is longer than SESSION_EXPIRE_DAYS, which ends a session before"),
    ("MESSAGES_BURST=100\n", "4: note: MESSAGES_BURST: is more than may be sent in a whole minute"),
    ("FRAMES_BURST=1000\n", "4: note: FRAMES_BURST: is more than may be sent in a whole minute"),
    ("GATEWAY_LISTEN=10.0.0.1:8081\n", "4: note: GATEWAY_LISTEN: other machines can reach the gateway without the web "
     "server; make sure that only the web server's can"),
    ("DATABASE_OWNER_URL=postgresql://x@y/chat\n",
     "4: note: DATABASE_OWNER_URL: not in force, for owner.env sets it too"),
])
def test_what_works_and_may_not_be_meant(ctl, text, said):
    status, lines = checked(ctl, text)
    assert (status, lines) == (0, [f"chatsphere.env:{said}"])


@pytest.mark.parametrize("origins, good", [
    ("https://a.example,http://b.example:8080", True), ("*", True), (" https://a.example , https://b.example", True),
    ("https://a.example/", False), ("a.example", False), ("https://A.example", False), ("https://a.example,", False)])
def test_origins_are_as_browsers_write_them(ctl, origins, good):
    status, lines = checked(ctl, f"CORS_ALLOW_ORIGINS={origins}\n")
    assert status == (0 if good else FAILED)
    assert len(lines) == (0 if good else 1) and all("is no origin as browsers write it" in line for line in lines)


def test_all_that_is_wrong_is_said_at_once(ctl):
    status, lines = checked(ctl, "PORT=0\nLOG_LEVELL=warn\n", PING_INTERVAL_MS="1")
    assert status == FAILED and [line.split(": ")[0] for line in lines] == [
        "chatsphere.env:4", "chatsphere.env:5", "environment"]


def test_a_key_that_is_missing(ctl):
    ctl.file.write_text("DATABASE_URL=postgresql://chatsphere@localhost/chat\n")
    done = ctl.run("config", "check")
    assert done.returncode == FAILED and "JWT_SECRET: The signing key is missing" in done.stdout


def test_the_environment_wins_and_says_so(ctl):
    status, lines = checked(ctl, "PORT=8081\n", PORT="8082")
    assert (status, lines) == (0, ["chatsphere.env:4: note: PORT: not in force, for the environment sets it too"])


def test_the_queue_needs_its_workers(ctl):
    _, few = checked(ctl, "HASHES_AT_ONCE=2\nHASH_QUEUE=6\n", CHATSPHERE_AUTH_WORKERS="9")
    assert "the auth pool has 9 workers, and 10 are needed" in few[0] and few[0].startswith("chatsphere.env:5: HASH_QUEUE")
    assert checked(ctl, "HASHES_AT_ONCE=2\nHASH_QUEUE=6\n", CHATSPHERE_AUTH_WORKERS="10") == (0, [])


def test_the_queue_is_held_against_the_units_that_are_enabled(ctl, tmp_path):
    (tmp_path / "chatsphere.target.wants").mkdir()
    for i in range(9):
        (tmp_path / f"chatsphere.target.wants/chatsphere-auth@{i}.service").symlink_to("/dev/null")
    units = {"SYSTEMD_UNIT_PATH": f"{tmp_path}:/etc/systemd/system"}
    assert "the auth pool has 9 workers, and 10 are needed" in checked(ctl, "HASHES_AT_ONCE=2\n", **units)[1][0]
    assert checked(ctl, "HASHES_AT_ONCE=1\n", **units) == (0, [])


def test_secrets_that_everybody_may_read(ctl):
    ctl.file.chmod(0o644)
    status, lines = checked(ctl)
    assert status == FAILED and lines[0].startswith("chatsphere.env: every user of this machine may read the secrets")
    ctl.file.write_text(f"SCHEMA_DIR={SCHEMA}\n")
    assert "every user" not in ctl.run("config", "check").stdout


def test_a_file_that_is_not_there(ctl):
    done = ctl.run("--config", str(ctl.file) + "x", "config", "check")
    assert done.returncode == FAILED and "No such file or directory" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can make what others may not read")
def test_credentials_that_are_not_for_who_runs_it(ctl, tmp_path):
    let_in(tmp_path)
    ctl.file.chmod(0o644)
    ctl.file.write_text(f"SCHEMA_DIR={SCHEMA}\n")
    done = subprocess.run([ctl.program, "user", "list"], env=ctl.env, user="www-data", group="www-data",
                          extra_groups=[], capture_output=True, text=True, check=False)
    assert done.stderr == f"chatspherectl: {tmp_path}/owner.env: Permission denied\n" and done.returncode == CONFIG


def test_credentials_win_over_the_file_and_the_environment_over_them(ctl, tmp_path):
    def source():
        line = next(line for line in ctl.ok("config", "show").splitlines() if line.startswith("LOG_LEVEL="))
        return line.split("=")[1].split(" ")[0], line.rpartition(", ")[2]

    ctl.file.write_text(GOOD + "LOG_LEVEL=warn\n")
    assert source() == ("warn", "file")
    (tmp_path / "secrets.env").write_text("LOG_LEVEL=debug\n")
    assert source() == ("debug", "credentials")
    ctl.env["LOG_LEVEL"] = "error"
    assert source() == ("error", "environment")
    del ctl.env["LOG_LEVEL"]
    ctl.env["CREDENTIALS_DIRECTORY"] = str(tmp_path / "elsewhere")
    assert source() == ("warn", "file")


def test_what_is_shown_holds_no_secret(ctl):
    shown = ctl.ok("config", "show")
    assert "DATABASE_URL=postgresql://chatsphere:***@localhost/chat  # file\n" in shown
    assert "DATABASE_OWNER_URL=postgresql://chatsphere_owner:***@localhost/chat  # credentials\n" in shown
    assert "hidden" not in shown and SECRET not in shown
    assert shown == ctl.ok("--dump-config")
