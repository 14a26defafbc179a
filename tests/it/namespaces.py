"""Several machines on this one: a network namespace each, on bridges, with cables that can be pulled.

A namespace has no name and no file: it lives as long as a process of ours that does nothing else, and that
the kernel ends with us, and interfaces, bridges and rules live in it. So whatever happens nothing is left,
and two runs cannot meet. Needs root; `why_not` says what is missing.
"""

import ctypes
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from system import wait_until

CLONE_NEWNET = 0x40000000  # sched.h
_libc = ctypes.CDLL(None, use_errno=True)


@cache
def why_not():
    """What a test of several machines lacks here: a sentence; None: nothing."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    missing = [program for program in ("ip", "nft", "nsenter", "unshare", "setpriv") if not shutil.which(program)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        with Machine("probe") as probe:
            probe.run("ip", "link", "add", "name", "probe", "type", "bridge")
            probe.run("ip", "link", "add", "name", "here", "type", "veth", "peer", "name", "there")
            probe.run("nft", "add table netdev t")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this kernel, or this container, has no network namespaces with bridges, veth and nft: {error}"
    return None


def why_no_delay():
    """Likewise for delayed packets."""
    with Machine("probe") as probe:
        try:
            probe.run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
        except (OSError, subprocess.CalledProcessError):
            return "this kernel has no netem (CONFIG_NET_SCH_NETEM)"
    return None


class Machine:
    """One namespace, while this context manager is entered."""

    def __init__(self, name):
        self.name = name
        self.addresses = {}  # network → address

    def __enter__(self):
        ours = os.readlink("/proc/self/ns/net")
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"],
            stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: self._is_sleep() and os.readlink(f"{self._proc}/ns/net") != ours, what="a namespace")
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.wait()

    @property
    def pid(self):
        return self._holder.pid

    @property
    def _proc(self):
        return Path(f"/proc/{self._holder.pid}")

    def _is_sleep(self):
        with suppress(OSError):
            return (self._proc / "comm").read_text() == "sleep\n"
        return False

    def inside(self, *command):
        """That command in there; what it starts stays there."""
        return ["nsenter", f"--net={self._proc}/ns/net", "--", *map(str, command)]

    def run(self, *command):
        return subprocess.run(self.inside(*command), check=True, capture_output=True, text=True).stdout

    @contextmanager
    def entered(self):
        """This thread, and what it starts, is in there."""
        with open("/proc/thread-self/ns/net", "rb") as before, open(self._proc / "ns/net", "rb") as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(before)


def _enter(namespace):
    if _libc.setns(namespace.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Switch(Machine):
    """Bridges, and a cable from them to each machine on them: an interface of the network's name there, and
    `machine-network` here."""

    def __init__(self, networks):
        super().__init__("switch")
        self._networks = networks  # name → the first three numbers of its addresses
        self._next = 0

    def __enter__(self):
        super().__enter__()
        for network in self._networks:
            self.run("ip", "link", "add", "name", network, "type", "bridge")
            self.run("ip", "link", "set", network, "up")
        self.run("nft", "add table netdev cut")
        return self

    def plug(self, machine, networks):
        """Connects it to these networks."""
        self._next += 1
        for network in networks:
            port = self.port(machine, network)
            self.run("ip", "link", "add", "name", port, "type", "veth", "peer", "name", network, "netns", machine.pid)
            self.run("ip", "link", "set", port, "master", network, "up")
            machine.addresses[network] = f"{self._networks[network]}.{self._next}"
            machine.run("ip", "address", "add", f"{machine.addresses[network]}/24", "dev", network)
            machine.run("ip", "link", "set", network, "up")
            machine.run("nft", "add table netdev cut")

    @staticmethod
    def port(machine, network):
        return f"{machine.name}-{network}"

    # --- what may happen to a cable -----------------------------------------------------------------

    @contextmanager
    def unplugged(self, machine, network):
        """Both ends see that there is no carrier."""
        port = self.port(machine, network)
        self.run("ip", "link", "set", port, "down")
        try:
            yield
        finally:
            self.run("ip", "link", "set", port, "up")

    @contextmanager
    def swallowing(self, machine, network, way):
        """What the machine sends (way: out), or what it is sent (in), vanishes; the other way goes on."""
        at, device = (self, self.port(machine, network)) if way == "out" else (machine, network)
        chain = f"netdev cut {machine.name}_{network}"
        at.run("nft", f"add chain {chain} {{ type filter hook ingress device {device} priority 0; policy drop; }}")
        try:
            yield
        finally:
            at.run("nft", f"delete chain {chain}")

    @contextmanager
    def slow(self, machine, network, ms):
        """What the machine sends takes longer."""
        machine.run("tc", "qdisc", "add", "dev", network, "root", "netem", "delay", f"{ms}ms")
        try:
            yield
        finally:
            machine.run("tc", "qdisc", "del", "dev", network, "root")
