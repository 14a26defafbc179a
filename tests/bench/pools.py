"""tests/bench/run pools: how many workers, for how many processors and how far a database.

The workers are our own, started as quickstart starts its pools, in the place of these: nginx finds them at the
same path. Between them and PostgreSQL lies a wire of a certain length (pgdelay.c). See README.md.
"""

import argparse
import os
import pwd
import socket
import statistics
import subprocess
import time
from contextlib import contextmanager, nullcontext

import load
import psycopg
import realtime
from load import say
from people import PASSWORD, Person, unique
from system import children, wait_until

CLIENTS = 64
LOGINS = 6  # at once: fewer than may wait for a hash (HASH_QUEUE), or some would be refused
ROOMS = 5  # of each person
PAST = 60  # messages of each room
BUSY = 0.7  # of what the machine can do: what one plans with
SIZES = argparse.Namespace(workers=(1, 2, 4, 8, 16, 32), added_ms=(0, 2, 20), hashes=(1, 2), people=20, warm_s=1)
SHORT = argparse.Namespace(workers=(1, 4), added_ms=(0, 2), hashes=(1,), people=2, warm_s=0)

# --- what is measured ---------------------------------------------------------------------------------


@contextmanager
def pool(system, name, workers, **env):
    """Workers at the socket of that pool, until the block ends: the process above them."""
    user, path = pwd.getpwuid((system.run_dir / "ws").stat().st_uid), system.run_dir / f"{name}.sock"
    as_user = ["-u", user.pw_name, "-g", str(user.pw_gid)] if os.geteuid() == 0 else []
    usual, log = path.with_suffix(".usual"), system.log_dir / f"bench-{name}.log"
    path.rename(usual)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            ["spawn-fcgi", "-n", "-s", path, "-b", "1024", "-M", "0660", *as_user, "--",
             "/usr/bin/multiwatch", "--signal=TERM", f"--forks={workers}", "--",
             system.home / "usr/bin/chatsphere-api", "--config", system.home / "chatsphere.env"],
            env={**os.environ, **system.env, **env}, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until(lambda: log.read_text().count("event=ready") >= workers, 30, f"{workers} workers, see {log}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
        path.unlink()
        usual.rename(path)


@contextmanager
def wire(system, args, added_ms):
    """A way to PostgreSQL whose round trip takes that much longer: (directory of its socket, process)."""
    place = system.home / "wire"
    place.mkdir(exist_ok=True)
    path = place / ".s.PGSQL.5432"
    process = subprocess.Popen([args.bin / "pgdelay", str(added_ms * 500), path, system.run_dir / "pg" / path.name])
    try:
        wait_until(lambda: listens(path), what="pgdelay")
        path.chmod(0o666)
        yield place, process.pid
    finally:
        process.terminate()
        process.wait(30)
        path.unlink()


def listens(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def round_trip_ms(place):
    """The median of an empty question to PostgreSQL there."""
    times = []
    with psycopg.connect(f"host={place} dbname=chatsphere user=chatsphere", autocommit=True) as db:
        for _ in range(30):
            since = time.perf_counter()
            db.execute("SELECT")
            times.append((time.perf_counter() - since) * 1000)
    return statistics.median(times)


def with_rooms(system, person):
    """A person for mixture.lua, in rooms with something to read."""
    rooms = [person.create_room()["id"] for _ in range(ROOMS)]
    session = realtime.session_of(system, person)
    with system.db() as db:
        for room in rooms:
            db.execute(
                "SELECT count(*) FROM chat.post_messages(array_fill(%s::uuid, ARRAY[%s]), array_fill(%s::uuid, ARRAY[%s]),"
                " array_fill('session'::text, ARRAY[%s]), array_fill(%s::uuid, ARRAY[%s]),"
                " ARRAY(SELECT 'past-' || n FROM generate_series(1, %s) AS n), NULL, array_fill(%s::text, ARRAY[%s]),"
                " NULL, NULL, NULL, NULL)",
                [room, PAST, person.id, PAST, PAST, session, PAST, PAST, realtime.TEXT, PAST])
    return ",".join([person.access_token, *rooms])


def mixture(system, people, others, connections, seconds):
    options = argparse.Namespace(connections=connections, seconds=seconds)
    return load.wrk(system, "/", options, None, "mixture.lua", [unique("pools"), *people], others)


def mixture_when_warm(system, args, size, people, others, workers):
    """As many clients as workers warm them up: of more, requests would wait that nobody waits for any longer, and
    a worker would serve them first."""
    if size.warm_s:
        mixture(system, people, others, max(2, workers), size.warm_s)
    return mixture(system, people, others, CLIENTS, args.seconds)


def measure(system, args, size, people, added_ms):
    """{workers: figures}, with that much on the way to the database."""
    found = {}
    with wire(system, args, added_ms) if added_ms else nullcontext((system.run_dir / "pg", None)) as (place, relay):
        say(f"  … a round trip to PostgreSQL takes {round_trip_ms(place):.2f} ms with {added_ms} ms added")
        url = f"postgresql:///chatsphere?host={place}&user=chatsphere"
        for workers in size.workers:
            with pool(system, "api", workers, DATABASE_URL=url) as above:
                others = {"worker": above, **({"wire": relay} if relay else {})}
                found[workers] = mixture_when_warm(system, args, size, people, others, workers)
    return found


# --- what follows -------------------------------------------------------------------------------------


class Rule:
    """What one worker alone shows, and what follows for more of them. A request holds its worker for a while: for
    its own work and PostgreSQL's (`work_ms`), and for its round trips (`trips` of them)."""

    def __init__(self, found):
        self.hold_ms = {added: 1000 / cells[1]["rate"] for added, cells in found.items()}
        farthest = max(found)
        self.work_ms = self.hold_ms[0]
        self.trips = (self.hold_ms[farthest] - self.work_ms) / farthest
        self.most, self.best = max((cell["rate"], cell) for cells in found.values() for cell in cells.values())

    def rate(self, workers, added):
        """Of so many workers: none serves two requests at once, and the processors are what they are."""
        return min(workers * 1000 / self.hold_ms[added], self.most)

    def workers(self, rate, trip_ms):
        """As many as are busy at that rate (Little's law), and half as many again, for requests do not come evenly."""
        return max(2, -(-1.5 * rate * (self.work_ms + self.trips * trip_ms) // 1000))


def print_table(found, rule):
    say(f"  {'':<9}" + "".join(f"{f'{added} ms added':^37}" for added in found))
    say(f"  {'workers':<9}" + f"{'/s':>8}{'of rule':>9}{'p50':>8}{'p99 ms':>9}   " * len(found))
    for workers in next(iter(found.values())):
        cells = [(added, cells[workers]) for added, cells in found.items()]
        say(f"  {workers:<9}" + "".join(
            f"{f['rate']:>8,.0f}{f['rate'] / rule.rate(workers, added):>9.2f}{f['p50_ms']:>8.1f}{f['p99_ms']:>9.1f}   "
            for added, f in cells))


def print_rule(found, rule):
    cpus = os.cpu_count()
    say(f"  {'a request holds its worker for':<40}{rule.work_ms:.2f} ms + {rule.trips:.2f} round trips; measured "
        + ", ".join(f"{hold:.2f} ms at {added}" for added, hold in rule.hold_ms.items()))
    load.line(f"at most, on {cpus} processors", rule.best)
    rate = BUSY * rule.most
    say(f"  {'workers = 1.5 × rate × that time':<40}for {BUSY:.0%} of it, {rate:,.0f} /s: "
        + ", ".join(f"{rule.workers(rate, added):.0f} at {added} ms" for added in found))


# --- passwords ----------------------------------------------------------------------------------------


def measure_logins(system, args, names, hashes):
    run_dir = system.run_dir / "bench"
    run_dir.mkdir(exist_ok=True)
    run_dir.chmod(0o777)
    with pool(system, "auth", hashes + LOGINS + 2, HASHES_AT_ONCE=str(hashes), HASH_QUEUE=str(LOGINS),
              RUN_DIR=str(run_dir)) as above:
        options = argparse.Namespace(connections=LOGINS, seconds=args.seconds)
        return load.wrk(system, "/auth/login", options, None, "login.lua", [PASSWORD, *names], {"worker": above})


def bench_logins(system, args, size, names):
    say(f"Logins: {LOGINS} clients")
    for hashes in size.hashes:
        load.line(f"HASHES_AT_ONCE={hashes}", measure_logins(system, args, names, hashes))
    say()


# --- the section --------------------------------------------------------------------------------------


def bench_pools(system, _, args):
    size = SHORT if args.short else SIZES
    args.seconds = 1 if args.short else args.seconds
    say(f"Pools: {CLIENTS} clients of {size.people} people; newest page 60 %, list of {ROOMS} rooms 20 %, post 10 %,"
        " read position 10 %")
    persons = [Person(system).register().login() for _ in range(size.people)]
    people = [with_rooms(system, person) for person in persons]
    found = {added: measure(system, args, size, people, added) for added in size.added_ms}
    rule = Rule(found)
    print_table(found, rule)
    print_rule(found, rule)
    say()
    bench_logins(system, args, size, [person.name for person in persons])
