"""What a unit forbids, in a process that is about to become its program: systemd does the same from PID 1.

The filter of system calls is made of the unit's own lines and of the groups that this machine's systemd knows; a
call outside of it ends the process (SIGSYS), so that it is noticed, where systemd answers EPERM. As root the
process also gets the file system, the /proc, the /dev and the user namespace of the unit.
"""

import ctypes
import os
import subprocess
from pathlib import Path

import seccomp

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWUTS = 0x20000, 0x8000000, 0x10000000, 0x4000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
PROT_WRITE, PROT_EXEC, O_CREAT, SUID_SGID = 2, 4, 0o100, 0o6000
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
DEVICES = ["null", "zero", "full", "random", "urandom"]
API_FILE_SYSTEMS = ("/proc", "/sys", "/dev")  # ProtectSystem=strict leaves them to other settings

# Settings that systemd turns into filters of its own: what of a call is still allowed.
MEMORY = {"mmap": [(2, PROT_WRITE | PROT_EXEC, bits) for bits in (0, PROT_WRITE, PROT_EXEC)],  # argument, mask, value
          "mprotect": [(2, PROT_EXEC, 0)], "pkey_mprotect": [(2, PROT_EXEC, 0)]}
MODES = {"chmod": [(1, SUID_SGID, 0)], "fchmod": [(1, SUID_SGID, 0)], "fchmodat": [(2, SUID_SGID, 0)],
         "mkdir": [(1, SUID_SGID, 0)], "mkdirat": [(2, SUID_SGID, 0)], "creat": [(1, SUID_SGID, 0)],
         "mknod": [(1, SUID_SGID, 0)], "mknodat": [(2, SUID_SGID, 0)],
         "open": [(1, O_CREAT, 0), (2, SUID_SGID, 0)], "openat": [(2, O_CREAT, 0), (3, SUID_SGID, 0)]}
NAMESPACES = {"clone": [(0, 0x7E020080, 0)], "unshare": [], "setns": [], "clone3": []}


def call_groups():
    """The groups of system calls: {"@name": [names]}."""
    groups = {}
    text = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True)
    for line in text.stdout.splitlines():
        word = line.strip()
        if line.startswith("@"):
            members = groups.setdefault(word, [])
        elif word and not word.startswith("#") and line.startswith(" "):
            members.append(word)
    return groups


def expand(groups, names):
    for name in names:
        yield from expand(groups, groups[name]) if name.startswith("@") else [name]


def allowed_calls(unit):
    """What SystemCallFilter= lets through: lists of what is allowed, and with ~ of what is not."""
    groups = call_groups()
    allowed = set(expand(groups, ["@default"]))
    for line in unit["SystemCallFilter"]:
        names = set(expand(groups, line.lstrip("~").split()))
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed


def filter_of(unit):
    """The filter, as it is loaded in the process."""
    rules = {**(MEMORY if unit["MemoryDenyWriteExecute"] == ["yes"] else {}),
             **(MODES if unit["RestrictSUIDSGID"] == ["yes"] else {}),
             **(NAMESPACES if unit["RestrictNamespaces"] == ["yes"] else {})}
    made = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    for name in sorted(allowed_calls(unit) - {"socket"}):
        for arguments in [[]] if name not in rules else [[seccomp.Arg(n, seccomp.MASKED_EQ, mask, value)]
                                                        for n, mask, value in rules[name]]:
            try:
                made.add_rule(seccomp.ALLOW, name, *arguments)
            except (RuntimeError, ValueError):
                break  # a call of another architecture
    families = {FAMILIES[name] for name in unit["RestrictAddressFamilies"][0].split()}
    for family in range(46):
        action = seccomp.ALLOW if family in families else seccomp.ERRNO(97)  # EAFNOSUPPORT
        made.add_rule(action, "socket", seccomp.Arg(0, seccomp.EQ, family))
    return made


# --- namespaces -----------------------------------------------------------------------------------

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source, target, kind=None, flags=0, options=None):
    check(libc.mount(*(str(s).encode() if s else None for s in (source, target, kind)), ctypes.c_ulong(flags),
                     options.encode() if options else None))


def hide_the_machine(writable):
    """ProtectSystem=strict with ReadWritePaths=, ProtectHome=, PrivateDevices=, ProcSubset=pid, ProtectProc=."""
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS))
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    mount(writable, writable, flags=MS_BIND)
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for place in {place.encode().decode("unicode_escape") for place in places}:
        if place != str(writable) and not place.startswith(API_FILE_SYSTEMS):
            mount(None, place, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in DEVICES}
    mount("tmpfs", "/home", "tmpfs", MS_NOSUID | MS_NODEV, "mode=000")
    mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755")
    for name, device in devices.items():
        Path("/dev", name).touch()
        mount(f"/proc/self/fd/{device}", f"/dev/{name}", flags=MS_BIND)
        os.close(device)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV, "subset=pid,hidepid=invisible")


def be_alone(uid, gid):
    """PrivateUsers=: nobody but root and the unit's user has a name here. The maps are written from outside."""
    told, tell = os.pipe()
    process = os.getpid()
    writer = os.fork()
    if writer == 0:
        os.read(told, 1)
        Path(f"/proc/{process}/uid_map").write_text(f"0 0 1\n{uid} {uid} 1\n")
        Path(f"/proc/{process}/gid_map").write_text(f"0 0 1\n{gid} {gid} 1\n")
        os._exit(0)
    check(libc.unshare(CLONE_NEWUSER))
    os.write(tell, b"x")
    if os.waitpid(writer, 0)[1]:
        raise OSError("the maps of the user namespace")


def confinement(unit, owner, writable):
    """A function for the process between fork and exec."""
    loaded, (uid, gid) = filter_of(unit), owner

    def confine():
        if os.geteuid() == 0:
            hide_the_machine(writable)
            be_alone(uid, gid)
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        os.umask(int(unit["UMask"][0], 8))
        loaded.load()

    return confine
