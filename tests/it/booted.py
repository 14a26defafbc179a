"""A systemd that has booted: this machine's own, in a container of this machine's files with the units installed.

The files are those of the root file system below an overlay, so nothing of the machine is changed and nothing has
to be downloaded. PostgreSQL runs in there, too. Needs root, systemd-nspawn and the right to make namespaces.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from system import children, wait_until

POSTGRES = Path("/usr/lib/postgresql/15/bin")
TARGET = """[Unit]
Requires=basic.target
After=basic.target
"""
DATABASE = f"""[Service]
Type=notify
User=postgres
RuntimeDirectory=postgresql
ExecStart={POSTGRES}/postgres -D /var/lib/chat -c unix_socket_directories=/run/postgresql -c listen_addresses=
KillSignal=SIGINT
"""
MAP = "chat chatsphere chatsphere\nchat chatsphere chatsphere_owner\nchat postgres postgres\n"
ROLES = ["CREATE ROLE chatsphere_owner LOGIN CREATEROLE", "CREATE ROLE chatsphere LOGIN",
         "CREATE DATABASE chatsphere OWNER chatsphere_owner"]
URL = "postgresql:///chatsphere?host=/run/postgresql&user="
CONFIGURATION = {"chatsphere.env": "SCHEMA_DIR=/usr/share/chatsphere/schema\n", "owner.env":
                 f"DATABASE_OWNER_URL={URL}chatsphere_owner\n", "secrets.env":
                 f"DATABASE_URL={URL}chatsphere\nJWT_SECRET=of-a-container-that-is-gone-in-a-minute\n"}


class NotHere(Exception):
    """No systemd can be booted on this machine."""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise NotHere(f"{command[0]}: {done.stderr.strip()}")


class Booted:
    """One container. start(), then run() commands in it; close() leaves nothing behind."""

    def __init__(self, build):
        if os.geteuid() != 0 or not shutil.which("systemd-nspawn") or not POSTGRES.is_dir():
            raise NotHere("needs root, systemd-nspawn and PostgreSQL 15")
        self.build = build
        self.home = Path(tempfile.mkdtemp(prefix="cs-boot-", dir="/tmp"))
        self.root = self.home / "root"
        self.nspawn = None

    def start(self):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.home)
        for name in ("upper", "work", "root"):
            (self.home / name).mkdir()
        layers = f"lowerdir=/,upperdir={self.home}/upper,workdir={self.home}/work"
        run("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        self._install()
        self._prepare_database()
        with open(self.home / "console", "wb") as console:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", f"--directory={self.root}",
                 f"--machine={self.home.name}", "--private-network", "--resolv-conf=off", "--timezone=off", "--boot", "--",
                 "--unit=try.target", "systemd.setenv=CHATSPHERE_CONFIG=/etc/chatsphere/chatsphere.env"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        try:
            wait_until(self._is_up, 30, "a booted systemd")
        except TimeoutError:
            raise NotHere((self.home / "console").read_text()[-300:]) from None

    def _install(self):
        run("make", "-s", "-C", self.build, "install", f"DESTDIR={self.root}", "prefix=/usr", "sysconfdir=/etc")
        units = self.root / "etc" / "systemd" / "system"
        shutil.rmtree(units)  # nothing of what this machine starts
        units.mkdir()
        (units / "try.target").write_text(TARGET)
        (units / "database.service").write_text(DATABASE)
        for path in (self.root / "usr" / "lib" / "systemd" / "system").glob("*chatsphere*"):
            text = re.sub(r"(?m)^(ExecStart=)\S*/", r"\g<1>/usr/bin/", path.read_text())  # the build has another prefix
            path.write_text(re.sub(r"(?m)^(LoadCredential=\w+\.env:)\S*/", r"\g<1>/etc/chatsphere/", text))
        (self.root / "etc" / "chatsphere").mkdir(exist_ok=True)
        for name, text in CONFIGURATION.items():
            path = self.root / "etc" / "chatsphere" / name
            path.write_text(text)
            path.chmod(0o644 if name == "chatsphere.env" else 0o600)

    def _prepare_database(self):
        data = self.root / "var" / "lib" / "chat"
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
        run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", POSTGRES / "initdb", "-D", data, "-A", "peer",
            "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", cwd=data)
        (data / "pg_hba.conf").write_text("local all all peer map=chat\n")
        (data / "pg_ident.conf").write_text(MAP)

    def _is_up(self):
        if self.nspawn.poll() is not None:
            raise NotHere((self.home / "console").read_text()[-300:])
        return children(self.nspawn.pid) and self.run("systemctl", "is-active", "try.target", check=False) == "active"

    def run(self, *command, check=True):
        """What a command in there prints."""
        (leader,) = children(self.nspawn.pid)
        done = subprocess.run(["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd",
                               "env", "-i", "PATH=/usr/bin:/usr/sbin:/bin", "LC_ALL=C.UTF-8", *map(str, command)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done.stdout.strip()

    def sql(self, database, *statements):
        for statement in statements:
            self.run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "psql", "-h", "/run/postgresql",
                     "-X", "-q", "-d", database, "-c", statement)

    def show(self, unit, name):
        return self.run("systemctl", "show", "-P", name, unit)

    def path(self, path):
        """A path in there, from out here."""
        (leader,) = children(self.nspawn.pid)
        return f"/proc/{leader}/root{path}"

    def close(self):
        if self.nspawn and self.nspawn.poll() is None:
            self.nspawn.terminate()
            self.nspawn.wait(30)
        for place in (self.root, self.home):
            subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)
        shutil.rmtree(self.home, ignore_errors=True)
