"""chatspherectl as a program: against a database that nobody has used, and beside a running system.

Its fixtures are imported by the tests that need them: `from ctlprogram import cluster, url, template, product`.
"""

import os
import pty
import re
import select
import subprocess
import time
import uuid
from contextlib import contextmanager
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
        self.url, self.schema, self.program = url, schema, PROGRAM
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SCHEMA_DIR": str(schema),
                    "CHATSPHERE_CONFIG": "/dev/null", "DATABASE_OWNER_URL": url}

    def start(self, *args):
        return subprocess.Popen([self.program, *args], env=self.env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *args, stdin=""):
        return subprocess.run([self.program, *args], env=self.env, text=True, input=stdin, timeout=60,
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


@contextmanager
def database(cluster, **options):
    """A database of one test: its address, as the role that owns it."""
    name = f"ctl_{uuid.uuid4().hex[:12]}"
    cluster.createdb(name, owner=OWNER, **options)
    yield cluster.dsn(OWNER, name)
    cluster.dropdb(name)


@pytest.fixture
def url(cluster):
    """A database that nobody has used."""
    with database(cluster) as made:
        yield made


@pytest.fixture(scope="module")
def template(cluster):
    """One that has been migrated and seeded, and is only copied."""
    name = "product"
    cluster.createdb(name, owner=OWNER)
    made = Ctl(cluster.dsn(OWNER, name), SCHEMA)
    made.ok("migrate")
    made.ok("seed")
    return name


@pytest.fixture
def product(cluster, template):
    """The repository's own schema, migrated and seeded."""
    with database(cluster, template=template) as made:
        yield Ctl(made, SCHEMA)


def beside(system):
    """chatspherectl as it is installed with a running system."""
    made = Ctl(None, None)
    made.program = system.home / "usr/bin/chatspherectl"
    made.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                "CHATSPHERE_CONFIG": str(system.home / "chatsphere.env")}
    return made


@pytest.fixture(scope="session")
def operator(system):
    """What an operator types beside the running system."""
    return beside(system)


def on_terminal(ctl, *args, answers):
    """Runs it on a terminal of its own with an answer at each prompt; (status, what was shown)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(ctl.program, [str(ctl.program), *args], ctl.env)
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
