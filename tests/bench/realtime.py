"""tests/bench/run, the gateway's half: fan-out, many rooms, latency, idle connections, a storm of reconnects."""

import os
import socket
import subprocess
from contextlib import contextmanager

import httpx
import load
from apitokens import ApiToken
from load import say
from people import unique
from system import free_port, wait_until

FRAME_OVERHEAD = 16  # of a frame of wsfan's, without its padding
PEOPLE, ROOMS, MEMBERS = 500, 1000, 5  # who write in many rooms: each is in ten of them
PAUSE_MS = 10  # between two messages on an idle system
TEXT = "The build is green again, I will merge it after lunch."

# --- servers ------------------------------------------------------------------------------------------


@contextmanager
def server(command, port, log, env=None):
    """A process of ours that listens on a port of 127.0.0.1, until the block ends."""
    with open(log, "wb") as output:
        process = subprocess.Popen([str(w) for w in command], stdout=output, stderr=output,
                                   env={**os.environ, **(env or {})})
    try:
        wait_until(lambda: accepts(port), what=f"{command[0]} on port {port}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def takes_sockets(port):
    """Whether it has a database: it takes no handshake before."""
    return httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200


@contextmanager
def gateway(system):
    """A second gateway of the system, on a port, with the limits out of the way: (port, process)."""
    port = free_port()
    no_limits = ["FRAMES_PER_MINUTE", "FRAMES_BURST", "MESSAGES_PER_MINUTE", "MESSAGES_BURST"]
    env = {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "SOCKETS_PER_USER": "100000", "DRAIN_MS": "100",
           **dict.fromkeys(no_limits, "100000000")}
    program = system.home / "usr" / "bin" / "chatsphere-gateway"
    command = [program, "--config", system.home / "chatsphere.env"]
    with server(command, port, system.log_dir / "bench-gateway.log", env) as pid:
        wait_until(lambda: takes_sockets(port), what="a gateway that takes handshakes")
        yield port, pid


# --- people and rooms ---------------------------------------------------------------------------------


def session_of(system, person):
    """The session behind the access token: what the guard looks up."""
    with system.db() as db:
        (row,) = db.execute("SELECT id FROM chat.sessions WHERE user_id = %s", [person.id]).fetchall()
        return row[0]


class Somebody:
    """Of whom only the id is known."""

    def __init__(self, user):
        self.id = user


def add_room(db, name, members):
    ((room,),) = db.execute("SELECT id FROM chat.create_room(chat.uuid7(), %s, 'channel', %s, NULL, false, 'all')",
                            [members[0], name]).fetchall()
    for one in members[1:]:
        db.execute("SELECT chat.add_member(%s, NULL, true, %s, 'member')", [room, one])
    return room


def make_rooms(system, rooms, people):
    """So many rooms of MEMBERS each, evenly spread: the rooms of each user, by his id."""
    with system.db() as db:
        made = db.execute("INSERT INTO chat.users (id, username) SELECT chat.uuid7(), %s || n"
                          "  FROM generate_series(1, %s) AS n RETURNING id", [unique("many"), people]).fetchall()
        theirs = {user: [] for (user,) in made}
        users = list(theirs)
        for n in range(rooms):
            members = [users[(n + k * people // MEMBERS) % people] for k in range(MEMBERS)]
            room = add_room(db, f"room {n}", members)
            for one in members:
                theirs[one].append(room)
        db.execute("VACUUM (ANALYZE)")
    return theirs


def write_people(system, theirs):
    """The file of wsmany: a token and its rooms a line."""
    path = system.home / unique("people")
    lines = [" ".join([ApiToken(system, Somebody(user)).access_token, *map(str, rooms)]) for user, rooms in theirs.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def many(system, args, file, mode, *options):
    with gateway(system) as (port, pid):
        return load.client(args, "wsmany", port, pid, ["-m", mode, "-f", file, *options])


# --- fan-out ------------------------------------------------------------------------------------------


def fan_gateway(system, person, args, in_flight):
    token = system.home / "token"
    token.write_text(person.access_token)
    with gateway(system) as (port, pid):
        return load.wsfan(args, port, pid, in_flight, ["-r", person.create_room()["id"], "-t", token])


@contextmanager
def broadcaster(system, args, *options):
    """wsfloor on a port: (port, process)."""
    port = free_port()
    with server([args.bin / "wsfloor", port, *options], port, system.log_dir / "bench-floor.log") as pid:
        yield port, pid


def fan_floor(system, args, in_flight, coalesce=False, frame_bytes=None, rate=None):
    """The plain broadcaster, with the same texts or with frames of a given size; as many messages a second
    as it can, or `rate`, about."""
    padding = ["-z", min(1000, int(frame_bytes) - FRAME_OVERHEAD)] if frame_bytes else []
    pause = ["-i", max(1, round(1000 / rate))] if rate else []
    with broadcaster(system, args, *(["--coalesce"] if coalesce else [])) as (port, pid):
        return load.wsfan(args, port, pid, in_flight, [*padding, *pause])


def line_fan(name, f):
    say(f"  {name:<40}{f['deliveries_cpu_s']:>9,.0f} a CPU second; {f['messages_s']:,.0f} messages/s in "
        f"{100 * f['cpu_share']:.0f} % of a core, {f['bytes']:.0f} bytes a delivery")
    say(f"  {'':<54}p50 {f['p50_us'] / 1000:.1f} ms, p99 {f['p99_us'] / 1000:.1f} ms")


def ratio_fan(name, ours, floor):
    say(f"  {name:<40}{ours['deliveries_cpu_s'] / floor['deliveries_cpu_s']:>9.2f}")


def bench_fan(system, person, args):
    say(f"Fan-out: {args.subscribers} subscribers of one room")
    floor1, ours1 = fan_floor(system, args, 1), fan_gateway(system, person, args, 1)
    same1 = fan_floor(system, args, 1, frame_bytes=ours1["bytes"])
    paced1 = fan_floor(system, args, 1, frame_bytes=ours1["bytes"], rate=ours1["messages_s"])
    floor16, ours16 = fan_floor(system, args, 16, coalesce=True), fan_gateway(system, person, args, 16)
    plain16 = fan_floor(system, args, 16)
    line_fan("gateway, 1 message in flight", ours1)
    line_fan("broadcaster, 1 in flight", floor1)
    line_fan("broadcaster, 1 in flight, frames as long", same1)
    line_fan("the same, about as many messages a second", paced1)
    line_fan("gateway, 16 in flight", ours16)
    line_fan("broadcaster, 16 in flight", plain16)
    line_fan("broadcaster, 16 in flight, coalescing", floor16)
    ratio_fan("1 in flight / broadcaster (aim: 0.85)", ours1, floor1)
    ratio_fan("1 in flight / with frames as long", ours1, same1)
    ratio_fan("1 in flight / and as many a second", ours1, paced1)
    ratio_fan("16 in flight / coalescing broadcaster", ours16, floor16)
    idle = fan_gateway(system, person, args, 0)
    say(f"  {'resident memory of an idle connection':<40}{idle['rss_kib_conn']:>9.1f} KiB")
    say()


# --- many rooms ---------------------------------------------------------------------------------------


def batched(system, args, theirs, size=64):
    """pgbench with the same function, `size` messages of as many rooms a call: messages a second."""
    posts = list({room: user for user, rooms in theirs.items() for room in rooms}.items())[:size]
    rooms, users = (", ".join(f"'{one}'" for one in column) for column in zip(*posts, strict=True))
    with system.db() as db:
        ((token,),) = db.execute("SELECT id FROM chat.api_tokens WHERE type = 'CLIENT' LIMIT 1").fetchall()
    call = ("\\set client random(1, 9000000000000000000)\n"
            f"SELECT count(*) FROM chat.post_messages(ARRAY[{rooms}]::uuid[], ARRAY[{users}]::uuid[],"
            f" array_fill('api_token'::text, ARRAY[{size}]), array_fill('{token}'::uuid, ARRAY[{size}]),"
            f" ARRAY(SELECT :client || '-' || n FROM generate_series(1, {size}) AS n), NULL,"
            f" array_fill('{TEXT}'::text, ARRAY[{size}]), NULL, NULL, NULL, NULL);")
    return load.pgbench(system, [call], args)["rate"] * size


def bench_rooms(system, _, args):
    say(f"Everybody writes: {ROOMS} rooms of {MEMBERS}, {PEOPLE} people in ten of them each")
    theirs = make_rooms(system, ROOMS, PEOPLE)
    file = write_people(system, theirs)
    for window in (1, 4, 16):
        f = many(system, args, file, "rooms", "-w", window, "-d", args.seconds)
        say(f"  {f'{window} in flight each':<40}{f['messages_s']:>9,.0f} messages/s committed, {f['deliveries_s']:,.0f} "
            f"deliveries/s; gateway {100 * f['cpu_share']:.0f} % of a core")
        say(f"  {'':<54}ack p50 {f['p50_us'] / 1000:.1f} ms, p99 {f['p99_us'] / 1000:.1f} ms")
    say(f"  {'pgbench, the function with 64 a call':<40}{batched(system, args, theirs):>9,.0f} messages/s")
    say()


# --- latency ------------------------------------------------------------------------------------------


def bench_latency(system, person, args):
    say(f"From sending to delivery: one sender, one reader, {PAUSE_MS} ms between two messages")
    room = person.create_room()["id"]
    token = system.home / "token"
    token.write_text(person.access_token)
    call = ("\\set client random(1, 9000000000000000000)\n"
            f"SELECT * FROM chat.post_messages(ARRAY['{room}']::uuid[], ARRAY['{person.id}']::uuid[], ARRAY['session'],"
            f" ARRAY['{session_of(system, person)}']::uuid[], ARRAY[:client::text], NULL, ARRAY['{TEXT}'], NULL, NULL,"
            " NULL, NULL);")
    with gateway(system) as (port, pid), broadcaster(system, args) as (floor_port, floor_pid):
        for pause in (PAUSE_MS, 0):
            paced = ["-n", 1, "-i", pause]
            ours = load.wsfan(args, port, pid, 1, [*paced, "-r", room, "-t", token])
            relay = load.wsfan(args, floor_port, floor_pid, 1, paced)
            line_latency(pause, ours, relay, load.pgbench(system, [call], args, (), 1, pause))
    say()


def line_latency(pause, ours, relay, theirs):
    trip_ms = theirs["ms"] if pause else 1000 / theirs["rate"]
    ours_ms, relay_ms = (f["p50_us"] / 1000 for f in (ours, relay))
    if not pause:
        say("  the next one at once, so that the bell of one is in the way of the next:")
    say(f"  {'gateway, sent to delivered':<40}p50 {ours_ms:.2f} ms, p99 {ours['p99_us'] / 1000:.2f} ms")
    say(f"  {'broadcaster, likewise: no database':<40}p50 {relay_ms:.2f} ms")
    say(f"  {'pgbench, the same post, a round trip':<40}mean {trip_ms:.2f} ms")
    say(f"  {'p50 / round trip' + (' (aim: at most 1.5)' if pause else ''):<40}{ours_ms / trip_ms:>9.2f}")
    say(f"  {'p50 / (broadcaster and round trip)':<40}{ours_ms / (relay_ms + trip_ms):>9.2f}")


# --- idle connections, and all of them at once --------------------------------------------------------


def bench_echo(system, _, args):
    say("Idle connections")
    file = write_people(system, make_rooms(system, 1, MEMBERS))
    for n in (100, args.sockets):
        f = many(system, args, file, "echo", "-n", n, "-d", args.seconds)
        say(f"  {f'{n} connections, a ping on one':<40}{f['pings_s']:>9,.0f} /s, {f['cpu_us']:.0f} CPU µs each; resident "
            f"{f['rss_kib_conn']:.1f} KiB each")
        say(f"  {'':<54}p50 {f['p50_us'] / 1000:.2f} ms, p99 {f['p99_us'] / 1000:.2f} ms")
    say()


def bench_storm(system, _, args):
    say(f"A storm: {args.sockets} connections of {MEMBERS} people are cut off and come back")
    file = write_people(system, make_rooms(system, 1, MEMBERS))
    f = many(system, args, file, "storm", "-n", args.sockets)
    say(f"  {'all have what they missed (20 messages)':<40}{f['seconds']:>9.1f} s, connecting {f['connected_s']:.1f} s of it; "
        f"{f['recovered']:,.0f} of {f['connections']:,.0f} lost nothing; gateway {f['cpu_us_conn']:.0f} CPU µs each")
    say()
