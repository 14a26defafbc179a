"""What drives the load and reads what it says: wrk, pgbench, wsfan; and who spent processor time on it.

Each function runs one load for a few seconds and returns numbers. An answer other than 2xx or a failed
statement is an error: a fast refusal is not a figure.
"""

import os
import re
import resource
import subprocess
import tempfile
from pathlib import Path

from system import children

HERE = Path(__file__).resolve().parent

# The session settings of the programs (cs_db.c): pgbench is to run the same plans.
PGOPTIONS = " ".join(
    f"-c {setting}"
    for setting in "TimeZone=UTC statement_timeout=10s lock_timeout=2s jit=off enable_seqscan=off "
    "enable_hashjoin=off enable_mergejoin=off plan_cache_mode=force_generic_plan".split()
)


def run(command, **options):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def number(pattern, text):
    """The number that the pattern's first group finds."""
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"no {pattern!r} in:\n{text}")
    return float(found.group(1))


# --- what is printed ----------------------------------------------------------------------------------


def say(text=""):
    print(text, flush=True)


def line(name, figures):
    """A rate, what it costs each program, and latencies where they are known."""
    cpu = ", ".join(f"{kind} {us:.0f}" for kind, us in figures["cpu"].items() if us >= 1)
    say(f"  {name:<40}{figures['rate']:>9,.0f} /s   CPU µs: {sum(figures['cpu'].values()):.0f} = {cpu}")
    if "p50_ms" in figures:
        say(f"  {'':<54}p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms")


def ratio(name, ours, floor):
    """Of the rates; and of the processor time, which does not care who else is on the machine."""
    cpu = sum(floor["cpu"].values()) / sum(ours["cpu"].values())
    say(f"  {name:<40}{ours['rate'] / floor['rate']:>9.2f}      by CPU time {cpu:.2f}")


# --- processor time -----------------------------------------------------------------------------------


class Cpu:
    """Who spends processor time from here on: nginx, the API workers, PostgreSQL with all its helpers,
    and the client that drives the load. `others`: further processes, or other ones for these."""

    def __init__(self, system, others=None):
        self.masters = {"nginx": "nginx", "worker": "api", "postgres": "postgres"}
        self.masters = {kind: system.service_pid(name) for kind, name in self.masters.items()} | (others or {})
        self.before = self.now()

    def now(self):
        spent = {kind: cpu_us(pid) + sum(map(cpu_us, children(pid))) for kind, pid in self.masters.items()}
        client = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {**spent, "client": (client.ru_utime + client.ru_stime) * 1e6}

    def each(self, operations):
        """Microseconds an operation since the start, by program."""
        return {kind: (us - self.before[kind]) / operations for kind, us in self.now().items()}


def cpu_us(pid):
    """Processor time that a process and those of its children that have ended have spent. 0: it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) * 1_000_000 / os.sysconf("SC_CLK_TCK")


def rss_kib(pid):
    """Resident memory of a process."""
    return number(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())


# --- wrk ----------------------------------------------------------------------------------------------


def wrk(system, path, args, headers=None, script=None, script_args=(), others=None):
    """Requests a second through nginx, latencies in ms, and CPU microseconds a request by program (Cpu)."""
    cpu = Cpu(system, others)
    command = ["wrk", "-t2", "-c", args.connections, "-d", f"{args.seconds}s", "--timeout", "20s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", HERE / script]
    out = run([*command, system.base_url + path, "--", *script_args])
    refused = re.search(r"(Non-2xx.*|Socket errors.*)", out)
    if refused:
        raise RuntimeError(f"wrk on {path}: {refused.group(1)}")
    requests = number(r"(\d+) requests in", out)
    return {
        "rate": number(r"Requests/sec:\s+([\d.]+)", out),
        "p50_ms": milliseconds(out, "50%"),
        "p99_ms": milliseconds(out, "99%"),
        "cpu": cpu.each(requests),
    }


def milliseconds(out, percentile):
    """A line of wrk's latency distribution."""
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", out).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


# --- pgbench ------------------------------------------------------------------------------------------


def bind(sql, values):
    """A statement of the table with its parameters as pgbench has them: $1 becomes :p1, unless the
    value is written as SQL (a tuple of one)."""

    def place(match):
        value = values[int(match.group(1)) - 1]
        return value[0] if isinstance(value, tuple) else f":p{match.group(1)}"

    return re.sub(r"\$(\d+)", place, sql).strip()


def pgbench(system, scripts, args, variables=(), connections=0, pause_ms=0):
    """Transactions a second as the programs' role, and CPU microseconds each. `scripts`: texts, of which
    each transaction is one; `connections`: 0 as the options say. With a pause before each: `ms`, what it took."""
    cpu = Cpu(system)
    with tempfile.TemporaryDirectory() as place:
        command = ["pgbench", "-n", "-M", "prepared", "-c", connections or args.connections,
                   "-j", min(2, connections or 2), "-T", args.seconds]
        for i, text in enumerate(scripts):
            file = Path(place) / f"{i}.sql"
            file.write_text(f"\\sleep {pause_ms} ms\n{text}" if pause_ms else text)
            command += ["-f", file]
        for i, value in enumerate(variables, 1):
            if not isinstance(value, tuple):
                command += ["-D", f"p{i}={value}"]
        command += ["-r"] if pause_ms else []
        command += ["-h", system.run_dir / "pg", "-U", "chatsphere", "chatsphere"]
        out = run(command, env={**os.environ, "PGOPTIONS": PGOPTIONS})
    if number(r"number of failed transactions: (\d+)", out):
        raise RuntimeError(f"pgbench:\n{out}")
    transactions = number(r"transactions actually processed: (\d+)", out)
    took = {"ms": number(r"([\d.]+) +\d+ +SELECT", out)} if pause_ms else {}
    return {"rate": number(r"tps = ([\d.]+)", out), "cpu": cpu.each(transactions), **took}


# --- WebSocket clients --------------------------------------------------------------------------------


def client(args, name, port, pid, options):
    """One run of wsfan or wsmany against a server's process: what it prints, as numbers."""
    out = run([args.bin / name, "-p", port, "-k", pid, *options])
    return {key: float(value) for key, value in (pair.split("=") for pair in out.split())}


def wsfan(args, port, pid, in_flight, more=()):
    """Deliveries of a WebSocket server; see wsfan.c. `more`: further options of it, the last word."""
    return client(args, "wsfan", port, pid, ["-n", args.subscribers, "-w", in_flight, "-d", args.seconds, *more])
