"""Programs as systemd would start them, from the installed units: descriptors, environment, and the manager's ear.

No service manager runs where the tests do. What it hands to a process is documented, and little of it reaches
the process: the listening socket as descriptor 0, NOTIFY_SOCKET, WATCHDOG_USEC, CREDENTIALS_DIRECTORY, the
settings of Environment=. What the units forbid is in confined.py.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from system import wait_until

BACKLOG = 1024
SECRETS = ("DATABASE_URL=", "DATABASE_OWNER_URL=", "JWT_SECRET=")


def installed(system, name):
    """Where a unit is after `make install`."""
    return system.home / "usr" / "lib" / "systemd" / "system" / name


def settings(path):
    """The assignments of a unit file: {key: [values]}; an empty one empties the list."""
    found = {}
    for line in Path(path).read_text().splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found[key] = [*found.get(key, []), value] if value else []
    return found


def owner(system):
    """Whom the system's programs run as: (uid, gid)."""
    uid = (system.run_dir / "api").stat().st_uid
    return uid, pwd.getpwuid(uid).pw_gid


class Manager:
    """What a service manager hears at its socket."""

    def __init__(self, abstract=False):
        self.home = Path(tempfile.mkdtemp(prefix="cs-unit-", dir="/tmp"))
        self.home.chmod(0o755)
        self.path = f"@cs-unit-{os.getpid()}-{self.home.name}" if abstract else str(self.home / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path.replace("@", "\0", 1))
        if not abstract:
            os.chmod(self.path, 0o666)
        self.heard = []  # (when, {key: value})
        self.ear = threading.Thread(target=self._listen, daemon=True)
        self.ear.start()

    def _listen(self):
        while text := self.socket.recv(4096).decode():
            self.heard.append((time.monotonic(), dict(line.split("=", 1) for line in text.split("\n"))))

    def wait(self, key, value=None, count=1, timeout=15):
        """Returns when that many messages with the key have come, since the last forget(): the last of them."""

        def enough():
            told = [m for _, m in self.heard[:] if key in m and value in (None, m[key])]
            return told[count - 1] if len(told) >= count else None

        try:
            return wait_until(enough, timeout, f"{count} of {key}")
        except TimeoutError as late:
            raise TimeoutError(f"{late}; what was told last: {self.heard[-1:]}") from None

    def keys(self):
        """All that was said, in order."""
        return [key for _, message in self.heard[:] for key in message]

    def forget(self):
        self.heard.clear()

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.socket.getsockname())
        self.ear.join()
        self.socket.close()
        shutil.rmtree(self.home)


class Service:
    """A program of a running System, beside the ones that quickstart has started.

    Its configuration is that of the system, without the secrets, which come as a credential. `watchdog` is in
    seconds; `extra` are further environment variables; `confine` is called in the process before it becomes the
    program, and changes its user by itself when it is `privileged`."""

    def __init__(self, system, program, manager, watchdog=2.0, extra=None, confine=None, privileged=False):
        self.system, self.program, self.manager = system, program, manager
        self.confine, self.privileged = confine, privileged
        self.credentials = manager.home / "credentials"
        self._split_configuration()
        self.env = {"PATH": os.environ["PATH"], "CHATSPHERE_CONFIG": str(manager.home / "chatsphere.env"),
                    "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": str(int(watchdog * 1e6)),
                    "CREDENTIALS_DIRECTORY": str(self.credentials), **(extra or {})}
        self.listener, self.process, self.log = None, None, manager.home / f"{program}.log"

    def _split_configuration(self):
        lines = (self.system.home / "chatsphere.env").read_text().splitlines(keepends=True)
        self.credentials.mkdir(exist_ok=True)
        for path, secret in [(self.manager.home / "chatsphere.env", False), (self.credentials / "secrets.env", True)]:
            path.write_text("".join(line for line in lines if line.startswith(SECRETS) == secret))

    def listen(self, path):
        """Opens the socket as a .socket unit does; it becomes descriptor 0."""
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        os.chmod(path, 0o666)
        self.listener.listen(BACKLOG)

    def start(self):
        uid, gid = owner(self.system)
        changes = os.geteuid() == 0 and not self.privileged
        user = {"user": uid, "group": gid, "extra_groups": []} if changes else {}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.system.home / "usr" / "bin" / self.program], env=self.env, stdout=log, stderr=log,
                stdin=self.listener or subprocess.DEVNULL, cwd="/", preexec_fn=self.confine, **user)
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process.poll() is None

    def end(self):
        """SIGTERM; its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self):
        if self.process and self.running():
            self.process.kill()
            self.process.wait()
        if self.listener:
            self.listener.close()
