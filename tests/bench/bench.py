"""tests/bench/run, behind the build: starts a system, measures, prints. See README.md.

Nothing here judges: machines differ and are shared, so only figures of one run may be compared, as
ratios. Each section of the output is one function, and measures the floor beside the line.
"""

import argparse
import os
import platform
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "it"))

import load  # noqa: E402
import pools  # noqa: E402
import realtime  # noqa: E402
from load import line, ratio, say  # noqa: E402
from people import Person, unique  # noqa: E402
from system import System  # noqa: E402

MESSAGES = 1200  # in the room whose newest page is read
SENDERS = 20
ROOMS = 16  # that are posted to: one room's messages wait for each other, by design
WORDS = (
    "the a to of and is it in that for on we you with not be this are have can will just so if there what "
    "deploy staging branch review meeting release customer question tomorrow yesterday morning lunch "
    "build test server message database screen number window please thanks sounds good works again "
    "naïve café größer über señor 世界 привет 👍 🎉"
).split()


def options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__.partition("\n")[0])
    parser.add_argument("--bin", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=4, help="of each load (4)")
    parser.add_argument("--connections", type=int, default=8, help="of wrk and of pgbench (8)")
    parser.add_argument("--subscribers", type=int, default=500, help="of one room (500)")
    parser.add_argument("--sockets", type=int, default=10000, help="idle ones, and in a storm (10000)")
    parser.add_argument("--short", action="store_true", help="pools: a small part of its table, to see that it works")
    parser.add_argument("part", nargs="*", help=f"only these of {', '.join(PARTS)}; {', '.join(ASKED)} only when asked for")
    args = parser.parse_args()
    unknown = set(args.part) - PARTS.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return args


# --- what is in the database --------------------------------------------------------------------------


def content(rng):
    """A message as people write them: mostly a line, now and then a paragraph or a quotation."""
    text = " ".join(rng.choices(WORDS, k=min(120, int(rng.lognormvariate(2.4, 0.8)) + 1)))
    kind = rng.random()
    if kind < 0.05:
        return f'> {text}\n"{text[:40]}"'
    return text if kind < 0.9 else f"{text}\n\nhttps://example.org/{rng.randrange(10**6)}"


def add_senders(db, room):
    """People who never log in: they only stand behind messages."""
    rows = db.execute(
        "INSERT INTO chat.users (id, username) SELECT chat.uuid7(), 'sender-' || n"
        "  FROM generate_series(1, %s) AS n RETURNING id",
        [SENDERS],
    ).fetchall()
    for (user,) in rows:
        db.execute("SELECT chat.add_member(%s, NULL, true, %s, 'member')", [room, user])
    return [user for (user,) in rows]


def fill(system, room):
    """A room with a past, posted by an application for its members."""
    rng = random.Random(1)
    with system.db() as db:
        (token,) = db.execute("SELECT id FROM chat.api_tokens WHERE type = 'CLIENT'").fetchone()
        senders = add_senders(db, room)
        for start in range(0, MESSAGES, 100):
            db.execute(
                "SELECT count(*) FROM chat.post_messages(array_fill(%s::uuid, ARRAY[100]), %s::uuid[],"
                " array_fill('api_token'::text, ARRAY[100]), array_fill(%s::uuid, ARRAY[100]), %s::text[],"
                " NULL, %s::text[], NULL, NULL, NULL, NULL)",
                [room, rng.choices(senders, k=100), token,
                 [f"fill-{start + i}" for i in range(100)], [content(rng) for _ in range(100)]],
            )
        db.execute("VACUUM (ANALYZE)")


def statement(system, name):
    """A statement's text, as the programs send it."""
    return load.run([system.home / "usr" / "bin" / "chatspherectl", "statements", name])


def pipelined(*statements):
    """As the workers send them: one flush, one transaction."""
    return "\n".join(["\\startpipeline", *(f"{s};" for s in statements), "\\endpipeline"])


# --- history ------------------------------------------------------------------------------------------


def bench_page(system, person, args):
    say(f"History: the newest 50 of {MESSAGES} messages; {args.connections} connections")
    room = person.create_room()["id"]
    fill(system, room)
    path = f"/api/rooms/{room}/messages"
    headers = {"Authorization": f"Bearer {person.access_token}"}
    kib = len(person.get(path).content) / 1024

    values = [room, person.id, ("NULL",), 2**63 - 1, 51]
    page = load.bind(statement(system, "page_before"), values)
    guard = load.bind(statement(system, "guard_jwt"), [(f"'{realtime.session_of(system, person)}'",), (f"'{person.id}'",)])
    health = load.wrk(system, "/api/health", args)
    through = load.wrk(system, path, args, headers)
    unread = load.wrk(system, f"{path}?before={2**62}", args, headers)
    alone = load.pgbench(system, [page + ";"], args, values)
    guarded = load.pgbench(system, [pipelined(guard, page)], args, values)

    line(f"GET page through nginx ({kib:.0f} KiB)", through)
    line("GET the same as no worker keeps it", unread)
    line("pgbench, the page's statement", alone)
    line("pgbench, guard and page in a pipeline", guarded)
    line("GET /api/health through nginx", health)
    ratio("page / pgbench (aim: 0.6)", through, alone)
    ratio("page that no worker keeps / pgbench", unread, alone)
    ratio("page / pgbench with the guard", through, guarded)
    say()


# --- posting ------------------------------------------------------------------------------------------


def bench_post(system, person, args):
    say(f"Posting: {ROOMS} rooms; {args.connections} connections")
    rooms = [person.create_room()["id"] for _ in range(ROOMS)]
    session = realtime.session_of(system, person)
    headers = {"Authorization": f"Bearer {person.access_token}"}

    def values(room):
        def one(kind, value):
            return (f"ARRAY[{value}]::{kind}[]",)

        return [one("uuid", f"'{room}'"), one("uuid", f"'{person.id}'"), one("text", "'session'"),
                one("uuid", f"'{session}'"), one("text", ":client"), one("uuid", "chat.uuid7()"),
                one("text", "'The build is green again, I will merge it after lunch.'"),
                one("uuid", "NULL"), one("text", "NULL"), one("jsonb", "NULL"), one("jsonb", "NULL")]

    client = "\\set client random(1, 9000000000000000000)\n"
    guard_values = [(value,) for value in ("1", f"'{session}'", f"'{person.id}'", "NULL", "2", "2", "1", "0")]
    guard = load.bind(statement(system, "guard_write"), guard_values)
    posts = [load.bind(statement(system, "post_messages"), values(room)) for room in rooms]
    alone = load.pgbench(system, [f"{client}{post};" for post in posts], args)
    guarded = load.pgbench(system, [client + pipelined(guard, post) for post in posts], args)
    through = load.wrk(system, "/", args, headers, "post.lua", [unique("bench"), *rooms])

    line("POST through nginx", through)
    line("pgbench, chat.post_messages", alone)
    line("pgbench, guard and post in a pipeline", guarded)
    ratio("post / pgbench (aim: 0.5)", through, alone)
    ratio("post / pgbench with the guard", through, guarded)
    say()


# --- the run ------------------------------------------------------------------------------------------

PARTS = {"page": bench_page, "post": bench_post, "fan": realtime.bench_fan, "rooms": realtime.bench_rooms,
         "latency": realtime.bench_latency, "echo": realtime.bench_echo, "storm": realtime.bench_storm,
         "pools": pools.bench_pools}
ASKED = {"pools"}  # as long as all others together


def machine():
    """What a figure is worth nothing without."""
    info = Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition("\n")[0].strip("\t: ") or platform.machine()
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"


def main():
    args = options()
    say(machine() + "\n")
    with System(env={"WRITES_PER_MINUTE": "0", "CHATSPHERE_API_WORKERS": "4"}) as system:
        person = Person(system).register().login()
        for name, part in PARTS.items():
            if name in (args.part or PARTS.keys() - ASKED):
                part(system, person, args)
        say(f"Resident memory of the largest API worker: "
            f"{max(load.rss_kib(pid) for pid in system.workers()) / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
