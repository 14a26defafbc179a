"""A private PostgreSQL 15 cluster for tests: a unix socket below a short directory, nothing else.

initdb refuses root, so as root everything of the server runs as the user postgres, through setpriv.
One cluster serves a session; a test that kills or fills one makes its own. A fresh database is a copy
of a template: createdb("name", template="…") takes tens of milliseconds, the schema's files a second.

fsync stays on, because a promise of durability is tested here as well, unless a caller says otherwise.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import scratch
from psycopg import sql

BIN = Path("/usr/lib/postgresql/15/bin")
OWNER = "chat_owner"
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class ClusterError(Exception):
    """A program of PostgreSQL failed; the text is what it said."""


def new_directory():
    """A directory that the server's user may enter."""
    return scratch.new_home("cs-pg-")


class PgCluster:
    """One cluster. start() makes it at the first call; close() stops it and removes its files."""

    def __init__(self, settings=None, fsync=True):
        self.home = new_directory()
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.process = None  # the postmaster
        self.settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.home),
            "max_connections": "150",
            "shared_buffers": "128MB",
            "fsync": "on" if fsync else "off",
            "timezone": "UTC",
            **(settings or {}),
        }

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def dsn(self, user="postgres", dbname="postgres"):
        """A connection string; local connections are trusted, so any user will do."""
        return f"host={self.home} user={user} dbname={dbname}"

    def connect(self, user="postgres", dbname="postgres", **options):
        """A psycopg connection in autocommit, which is how the programs work."""
        return psycopg.connect(self.dsn(user, dbname), autocommit=True, **options)

    def start(self):
        """Starts the server and returns when it answers."""
        if not self.data.exists():
            self._init()
        flags = [f"--{key}={value}" for key, value in self.settings.items()]
        with open(self.log, "ab") as log:
            # A child of ours, not pg_ctl's: we reap it, so that a killed one is gone at once, and it
            # ends when we do. A session of its own: Ctrl-C is for the tests.
            self.process = subprocess.Popen(
                self._as_server("postgres", "-D", self.data, *flags), cwd=self.home, stdout=log,
                stdin=subprocess.DEVNULL, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(self.log.read_text())
            time.sleep(0.02)

    def stop(self, mode="fast"):
        """Stops the server: smart, fast or immediate."""
        self._end(STOP_SIGNALS[mode])

    def restart(self, mode="fast"):
        """Stops and starts it; with mode immediate the start recovers from the WAL."""
        self.stop(mode)
        self.start()

    def kill9_postmaster(self):
        """kill -9 of the postmaster alone; returns when it and its back ends are gone."""
        self._end(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(self._in_cluster(cwd) for cwd in Path("/proc").glob("[0-9]*/cwd")):
            if time.monotonic() > deadline:
                raise TimeoutError("back ends outlive their postmaster")
            time.sleep(0.02)

    def postmaster_pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def close(self):
        """Stops what runs and removes the directory."""
        if self.running():
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def createdb(self, name, template="template1", owner=None):
        """A database, as a copy of another one that nobody is connected to. Its files are copied as they are, which
        is for who flushes nothing: it takes a fifth of what it takes to log their contents."""
        strategy = "file_copy" if self.settings["fsync"] == "off" else "wal_log"
        with self.connect() as admin:
            query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(strategy))
            if owner:
                query += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
            admin.execute(query)

    def dropdb(self, name):
        """Back ends of connections just closed are gone in a moment; dropping would look again after 100 ms."""
        with self.connect() as admin:
            deadline = time.monotonic() + 0.1
            while time.monotonic() < deadline and self._is_used(admin, name):
                time.sleep(0.002)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)))

    @staticmethod
    def _is_used(admin, name):
        return admin.execute("SELECT FROM pg_stat_activity WHERE datname = %s LIMIT 1", [name]).fetchone()

    def _init(self):
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")

    def _run(self, program, *arguments):
        """Runs a program of PostgreSQL as the server's user; its output is shown only on failure."""
        done = subprocess.run(self._as_server(program, *arguments), cwd=self.home, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode:
            raise ClusterError(f"{program}: {done.returncode}\n{done.stdout}{done.stderr}")

    @staticmethod
    def _as_server(program, *arguments):
        """The command line that runs a program of PostgreSQL as the server's user; it ends with our thread."""
        user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        return ["setpriv", "--pdeathsig=INT", *user, str(BIN / program), *map(str, arguments)]

    def _answers(self):
        try:
            self.connect().close()
            return True
        except psycopg.OperationalError:
            return False

    def _end(self, signal_number):
        """Sends the postmaster a signal and reaps it."""
        self.process.send_signal(signal_number)
        self.process.wait(60)

    def _in_cluster(self, cwd):
        """Whether a process works in this cluster's data directory, as all of the server do."""
        try:
            return os.readlink(cwd) == str(self.data)
        except OSError:
            return False  # it ended meanwhile, or is not ours
