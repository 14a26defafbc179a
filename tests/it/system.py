"""The real system under test: web server, API workers, gateways and PostgreSQL, started by deploy/quickstart.

A System has a home of its own (scratch.py), a free port, and the programs of the build tree in
CHATSPHERE_BUILD. It knows the processes by the files that quickstart leaves in pid/, so that a test can
kill exactly one of them and wait until the line is whole again. Nothing here sleeps for a fixed time:
wait_until looks at a condition until its deadline.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import nodelay  # noqa: F401 - at import
import psycopg
import scratch

SOURCE = Path(__file__).resolve().parents[2]
QUICKSTART = SOURCE / "deploy" / "quickstart"

# What a password's hash costs: as little as may be configured, or what it does when nothing is configured
CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "8192", "ARGON2_PASSES": "1"}
USUAL_HASHES = dict.fromkeys(CHEAP_HASHES)


def wait_until(condition, timeout=10.0, what="the condition"):
    """Returns what condition() returns as soon as that is true; fails after timeout seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.02)


def free_port():
    """A port that nobody listens on just now, and that the kernel gives to no connection before we do."""
    while True:
        port = random.randrange(11000, 32768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def web_word(name):
    """A word that the templates of all web servers share, as it stands in their configuration."""
    (value,) = re.findall(f"^s#@{name}@#(.*)#g$", (SOURCE / "deploy" / "web.sed").read_text(), re.M)
    return re.sub(r"\\(.)", r"\1", value)


def new_home():
    """An empty directory that the programs' users may enter."""
    return scratch.new_home("cs-it-")


def let_in(path):
    """Lets every user pass to a path of pytest's, whose folders are private; not beyond, where nothing is ours."""
    for each in (path, *path.parents):
        if each == Path(tempfile.gettempdir()):
            return
        each.chmod(0o755)


def children(pid):
    """The living child processes of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class System:
    """One running ChatSphere. Use it as a context manager, or call start and stop."""

    defaults = {}  # options of all systems that are not told otherwise; None: is not set

    def __init__(self, home=None, port=None, env=None):
        self.home = home or new_home()
        self.port = port or free_port()
        self.env = {
            "CHATSPHERE_API_WORKERS": "3",
            "CHATSPHERE_AUTH_WORKERS": "2",
            "CHATSPHERE_BIND": "127.0.0.1",
            "LOGIN_FREE_FAILURES_ADDRESS": "100000",  # all tests come from one address
            **self.defaults,
            **(env or {}),
        }
        self.web = self.env.get("CHATSPHERE_WEB") or os.environ.get("CHATSPHERE_WEB") or "nginx"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.remove()

    # --- life -----------------------------------------------------------------------------------

    def launch(self):
        """Starts quickstart and does not wait for it."""
        env = {name: value for name, value in (os.environ | self.env).items() if value is not None}
        env |= {"CHATSPHERE_HOME": str(self.home), "PORT": str(self.port)}
        build = SOURCE / "var-tests" / "build"
        if build.is_dir():
            env.setdefault("CHATSPHERE_BUILD", str(build))
        with open(self.output_file, "wb") as output:
            self.process = subprocess.Popen(
                [QUICKSTART], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def start(self, timeout=120):
        """Starts the system and returns when it is ready."""
        self.launch()
        wait_until(lambda: self.is_ready() or self.process.poll() is not None, timeout, "quickstart")
        if not self.is_ready():
            raise RuntimeError(f"quickstart ended with status {self.process.returncode}:\n{self.output()}")

    def stop(self, timeout=60):
        """SIGTERM to quickstart; returns its exit status when all has ended."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def restart(self):
        self.stop()
        self.start()

    def remove(self):
        """Deletes the home; with CHATSPHERE_TEST_LOGS, its logs are copied there first."""
        keep = os.environ.get("CHATSPHERE_TEST_LOGS")
        if keep:
            shutil.copytree(self.log_dir, Path(keep) / self.home.name, dirs_exist_ok=True)
        shutil.rmtree(self.home.resolve())

    def is_ready(self):
        return "ChatSphere is ready at" in self.output()

    # --- places ---------------------------------------------------------------------------------

    @property
    def base_url(self):
        tls_port = self.env.get("CHATSPHERE_TLS_PORT")
        return f"https://127.0.0.1:{tls_port}" if tls_port else f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self):
        return f"ws{self.base_url[4:]}/ws"

    @property
    def run_dir(self):
        """Where the sockets are: without the link, which may stand at too long a path for a socket."""
        return (self.home / "run").resolve()

    @property
    def log_dir(self):
        return self.home / "log"

    @property
    def output_file(self):
        return self.home / "quickstart.out"

    def output(self):
        return self.output_file.read_text() if self.output_file.exists() else ""

    def credentials(self):
        """ADMIN_USERNAME, ADMIN_PASSWORD and CLIENT_TOKEN."""
        lines = (self.home / "credentials").read_text().split()
        return dict(line.split("=", 1) for line in lines)

    # --- processes ------------------------------------------------------------------------------

    def service_pid(self, name):
        """The process that quickstart started: postgres, api, auth, gateway, gateway-2 … or the web server."""
        return int((self.home / "pid" / name).read_text().split()[0])

    def workers(self, pool="api"):
        """The API workers of a pool."""
        return children(self.service_pid(pool))

    def gateway_pid(self, name="gateway"):
        return wait_until(lambda: children(self.service_pid(name)), what="a gateway")[0]

    def backend_pids(self, role="chatsphere"):
        """PostgreSQL's back ends that serve a role."""
        with self.db() as db:
            rows = db.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s ORDER BY pid", [role])
            return [pid for (pid,) in rows]

    def kill(self, pid, signal_number=signal.SIGKILL):
        """Sends the signal; after SIGKILL, returns when the process is gone."""
        os.kill(pid, signal_number)
        if signal_number == signal.SIGKILL:
            wait_until(lambda: not alive(pid), what=f"the end of process {pid}")

    def wait_healthy(self, timeout=15):
        """Returns when a request reaches the database and the gateway answers."""
        wait_until(self.healthy, timeout, "a healthy system")

    def healthy(self):
        gateway = httpx.HTTPTransport(uds=str(self.run_dir / "ws" / "gateway.sock"))
        try:
            with httpx.Client(transport=gateway) as client:
                if client.get("http://gateway/ready").status_code != 200:
                    return False
            return httpx.get(f"{self.base_url}/api/ready").status_code == 200
        except httpx.HTTPError:
            return False

    @contextmanager
    def without(self, *sockets):
        """Nobody finds these sockets meanwhile ("api", "ws/gateway"). Afterwards all is as it was: lighttpd looks
        for what it has missed once a second."""
        places = [self.run_dir / f"{name}.sock" for name in sockets]
        for place in places:
            place.rename(place.with_suffix(".away"))
        try:
            yield
        finally:
            for place in places:
                place.with_suffix(".away").rename(place)
            wait_until(self.is_whole, 2.5, "the way to the sockets")

    def is_whole(self):
        """Both pools and a gateway answer through the web server."""
        asked = [("GET", "/api/ready"), ("POST", "/auth/login"), ("GET", "/ws")]
        return [httpx.request(method, self.base_url + path).status_code for method, path in asked] == [200, 415, 426]

    # --- the database ---------------------------------------------------------------------------

    def db(self, role="postgres", **options):
        """A connection of its own (autocommit) as the superuser, or as chatsphere_owner."""
        return psycopg.connect(f"host={self.run_dir / 'pg'} dbname=chatsphere user={role}", autocommit=True, **options)
