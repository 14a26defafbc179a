"""Further gateways on the database of a running system, each with a port and options of its own.

They show what the one behind nginx cannot: two gateways that serve one room, other limits, a drain,
a gateway that kills itself at a hook. With keep=True it is started again when it has died.
"""

import os
import pwd
import subprocess
import threading

import httpx
from system import free_port, wait_until

# For clients that say more than people do.
UNLIMITED = {
    "SOCKETS_PER_USER": "1000000",
    "FRAMES_PER_MINUTE": "100000000",
    "FRAMES_BURST": "100000000",
    "MESSAGES_PER_MINUTE": "100000000",
    "MESSAGES_BURST": "100000000",
    "WRITES_PER_MINUTE": "0",
}


class Gateway:
    """One chatsphere-gateway process, serving while this context manager is entered."""

    def __init__(self, system, keep=False, prefix=(), **options):
        self.system = system
        self.prefix = prefix  # what starts the program
        self.keep = keep
        self.port = free_port()
        self.options = options
        self.deaths = 0
        self._ending = False

    def __enter__(self):
        self._spawn()
        if self.keep:
            threading.Thread(target=self._keep, daemon=True).start()
        self.wait_healthy()
        return self

    def __exit__(self, *_):
        self._ending = True
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def ws_url(self):
        return f"ws://127.0.0.1:{self.port}/ws"

    def get(self, path):
        """A page of its own."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}")

    def health(self):
        """The status of /health; None: nobody answers."""
        try:
            return self.get("/health").status_code
        except httpx.HTTPError:
            return None

    def connections(self):
        return self.get("/health").json()["connections"]

    def is_ready(self):
        try:
            return self.get("/ready").status_code == 200
        except httpx.HTTPError:
            return False

    def wait_healthy(self):
        wait_until(self.is_ready, what="a gateway that takes sockets")

    def _spawn(self):
        """As the user of the quickstart's gateway: PostgreSQL asks who it is."""
        home, owner = self.system.home, pwd.getpwuid((self.system.run_dir / "ws").stat().st_uid)
        as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        env = {**os.environ, **self.options, "GATEWAY_LISTEN": f"127.0.0.1:{self.port}"}
        command = [*self.prefix, home / "usr/bin/chatsphere-gateway", "--config", home / "chatsphere.env"]
        with open(self.system.log_dir / f"gateway-{self.port}.log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **(as_owner if os.geteuid() == 0 else {}),
            )

    def _keep(self):
        while not self._ending:
            self.process.wait()
            if not self._ending:
                self.deaths += 1
                self._spawn()
