"""A PostgreSQL that asks who comes, as Debian's does, and a machine that ChatSphere was just installed on."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager

import fcgi
import psycopg
from ctlprogram import FAILED, PROGRAM, SCHEMA
from pgcluster import PgCluster, new_directory
from system import free_port, wait_until

DEBIAN = """\
local all postgres peer
local all all peer
host all all 127.0.0.1/32 scram-sha-256
"""
MAPPED = "local all chatsphere peer map=service\n" + DEBIAN
CLOSED = "local all postgres peer\n"
SERVICE = "www-data"  # an ordinary user that every Debian has
ROLES = ("chatsphere", "chatsphere_owner", "chat_app", "chat_publisher", "chat_backup")


@contextmanager
def worker(path, env):
    """chatsphere-api on the unix socket `path`, as the programs' user and without a web server."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        with subprocess.Popen([PROGRAM.parent / "chatsphere-api"], stdin=listener, stderr=subprocess.PIPE, env=env,
                              user=SERVICE, group=SERVICE, extra_groups=[]) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=20)


class Server(PgCluster):
    """A cluster that listens on a port as well, and asks who comes."""

    def __init__(self):
        self.port = free_port()
        super().__init__({"listen_addresses": "localhost", "port": str(self.port), "log_statement": "all"}, fsync=False)

    def dsn(self, user="postgres", dbname="postgres"):
        return f"{super().dsn(user, dbname)} port={self.port}"

    def guard(self, lines):
        """Puts pg_hba.conf into force; the test itself comes in as a superuser of its own."""
        (self.data / "pg_ident.conf").write_text(f"service {SERVICE} chatsphere\n")
        (self.data / "pg_hba.conf").write_text("local all tester trust\n" + lines)
        before = self.value("SELECT pg_conf_load_time()")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.value("SELECT pg_conf_load_time()") > before)  # a new connection's: the postmaster's

    def connect(self, user="tester", dbname="postgres", **options):
        return super().connect(user, dbname, **options)

    def value(self, sql, *values, dbname="postgres"):
        with self.connect(dbname=dbname) as connection:
            row = connection.execute(sql, values).fetchone()
            return row and row[0]

    def has_password(self, role):
        return self.value("SELECT rolpassword LIKE 'SCRAM-SHA-256$%%' FROM pg_authid WHERE rolname = %s", role)

    def empty(self):
        with self.connect() as admin:
            for name in ("chatsphere", "elsewhere", "chatsphere_unfinished"):
                admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            for role in ROLES:
                admin.execute(f"DROP ROLE IF EXISTS {role}")

    def __enter__(self):
        self.start()
        with self.connect("postgres") as admin:  # while initdb's pg_hba.conf lets everybody in
            admin.execute("CREATE ROLE tester SUPERUSER LOGIN PASSWORD 'a superuser of the network'")
        return self

    def _answers(self):
        try:
            self.connect("postgres").close()
            return True
        except psycopg.OperationalError:
            return False


class Host:
    """A machine that ChatSphere was just installed on: its configuration directory, its chatspherectl."""

    def __init__(self, server):
        self.server = server
        self.home = new_directory()
        self.dir = self.home / "etc"
        self.program = PROGRAM
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SCHEMA_DIR": str(SCHEMA),
                    "PGHOST": str(server.home), "PGPORT": str(server.port)}

    def run(self, *args, stdin="", command="setup"):
        options = ["--config-dir", self.dir, "--service-user", SERVICE] if command == "setup" else []
        return subprocess.run([PROGRAM, command, *options, *args], env=self.env, input=stdin, timeout=60, text=True,
                              capture_output=True, check=False)

    def ok(self, *args, **options):
        done = self.run(*args, **options)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def fails(self, *args, status=FAILED, **options):
        done = self.run(*args, **options)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stderr

    def file(self, name):
        return self.dir / name

    def files(self):
        """Every file with its text."""
        return {path.name: path.read_text() for path in self.dir.iterdir()} if self.dir.exists() else {}

    def settings(self):
        return {key: value for name in ("secrets.env", "owner.env") if self.file(name).exists()
                for key, _, value in (line.partition("=") for line in self.file(name).read_text().splitlines()
                                      if not line.startswith("#"))}

    def forget(self, name, key):
        kept = [line for line in self.file(name).read_text().splitlines() if not line.startswith(f"{key}=")]
        self.file(name).write_text("\n".join(kept) + "\n")

    def login(self, password, name="admin"):
        """Through a worker that has its credentials as systemd would give them to it."""
        given = self.home / "credentials"
        given.mkdir()
        shutil.copy(self.file("secrets.env"), given)
        for path in (given, given / "secrets.env", self.home):
            shutil.chown(path, SERVICE)
        env = {"CHATSPHERE_CONFIG": str(self.file("chatsphere.env")), "CREDENTIALS_DIRECTORY": str(given),
               "RUN_DIR": str(given), "ALLOW_WEAK_DURABILITY": "true"}
        path = self.home / "api.sock"
        with worker(path, env):
            body = json.dumps({"username": name, "password": password}).encode()
            with fcgi.request(path, "/auth/login", body=body) as client:
                head, _, text = fcgi.read_answer(client).partition(b"\r\n\r\n")
        return int(re.search(rb"^Status: (\d+)", head + b"\r\nStatus: 200", re.MULTILINE)[1]), json.loads(text)
