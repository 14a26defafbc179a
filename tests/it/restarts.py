"""Everything is told to reload, and started anew one after the other, behind nginx, while people talk.

Nobody may notice (R11): no request fails, has no answer or waits for seconds; each socket is told `drain`
or closed with 1012 and a hint, and goes on at the other gateway where it was. The system has two gateways
here. `noticed` says who noticed something, as sentences like the checker's; `told`, how much there was.
"""

import itertools
import os
import signal
import subprocess
from collections import Counter

import httpx
from actors import Reader, SocketWriter
from callers import StreamReader
from gateways import UNLIMITED
from stopped import stopped
from system import SOURCE, System, alive, children, wait_until
from traffic import Crowd

ROLLING_RESTART = SOURCE / "deploy" / "rolling-restart"
HANG_S = 2.0  # the longest that a request may take, beside what it takes without a restart on this machine
PATIENT = ("login", "events")  # a hash is made behind everything else; a poll waits: the client has a patience
DRAIN_MS = 1500
HUB = ("gateway", "gateway-2")  # as services are called
SMALL = Crowd(sockets=6, rest=3, readers=8, forgetful=0, callers=3, kept=2, streams=3, polls=2, pause=0.02, keeps_lines=False)
LARGE = Crowd(14, 6, 45, 0, callers=6, kept=4, streams=10, polls=6, rooms=10, pause=0.2, steps=2,
              keeps_lines=False)


def new_system(_long=False):
    """Two gateways behind nginx, without limits on what one says, and with hooks (that nobody sets here)."""
    system = System(env={**UNLIMITED, "CHATSPHERE_WEB": "nginx", "CHATSPHERE_GATEWAYS": "2", "DRAIN_MS": str(DRAIN_MS)})
    system.env["CS_HOOK"] = str(system.home / "hooks")
    return system


# --- the processes --------------------------------------------------------------------------------


def gateway_pid(system, name):
    return wait_until(lambda: children(system.service_pid(name)), 20, f"the process of {name}")[0]


def ask_gateway(system, name, path):
    """A page of that gateway: (status, body); None: nobody answers."""
    transport = httpx.HTTPTransport(uds=str(system.run_dir / "ws" / f"{name}.sock"))
    try:
        with httpx.Client(transport=transport, timeout=5) as client:
            answer = client.get(f"http://gateway{path}")
            return answer.status_code, answer.json()
    except httpx.HTTPError:
        return None, None


def is_ready(system, name):
    return ask_gateway(system, name, "/ready")[0] == 200


def connections(system, name):
    _, health = ask_gateway(system, name, "/health")
    return health["connections"] if health else 0


def everyone(system):
    """All that SIGHUP tells to reload: workers of both pools, the gateways, nginx."""
    gateways = [gateway_pid(system, name) for name in HUB]
    return [*system.workers(), *system.workers("auth"), *gateways, system.service_pid("nginx")]


def ended(pid):
    return not alive(pid)


# --- what is done to them -------------------------------------------------------------------------


def hang_up_everyone(scene):
    """SIGHUP to every worker, every gateway and nginx, a hundred times."""
    for _ in range(100 if scene.long else 25):
        for pid in everyone(scene.system):
            os.kill(pid, signal.SIGHUP)
        scene.hold(0.05, 0.1)


def end_together(system, pool):
    """All workers of a pool at the same moment, as when a service manager holds the socket and restarts them."""
    before = system.workers(pool)
    for pid in before:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: all(map(ended, before)) and len(system.workers(pool)) == len(before), 20, f"another {pool}")


def roll_workers(scene):
    """All workers of both pools: one after the other, by deploy/rolling-restart; then together."""
    roll(scene.system, "workers")
    for pool in ("auth", "api"):
        end_together(scene.system, pool)


def roll(system, *parts):
    done = subprocess.run([ROLLING_RESTART, "--home", system.home, *parts], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def unattended(system, name):
    """What ends is not started again meanwhile."""
    return stopped(system.service_pid(name))


def all_at(scene, name):
    """Whether everybody who keeps a connection open has it there."""
    kinds = (Reader, StreamReader, SocketWriter)
    return connections(scene.system, name) >= sum(type(one) in kinds for one in scene.traffic.actors)


def roll_gateway(scene, name, stays):
    """Its sockets go to the one that stays; it is back only when all of them have."""
    pid, system = gateway_pid(scene.system, name), scene.system
    moved = connections(system, name)
    scene.traffic.note("test", "drain", gateway=name, sockets=moved, window=DRAIN_MS / 1000)
    with unattended(system, name):
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: ended(pid), 20, f"the end of {name}")
        wait_until(lambda: all_at(scene, stays), 10, f"everybody at {stays}")
        assert not is_ready(system, name)
    wait_until(lambda: is_ready(system, name), 20, f"another {name}")


def roll_gateways(scene):
    """Both gateways end, one after the other; the first is back before the second ends."""
    for name, stays in (HUB, HUB[::-1]):
        roll_gateway(scene, name, stays)


def roll_everything(scene):
    """As an operator does it who has installed another version."""
    roll(scene.system)


# --- who noticed ----------------------------------------------------------------------------------


def before(journal):
    """The part in which nothing has been restarted yet."""
    return itertools.takewhile(lambda record: record["kind"] != "breaking", journal)


def hang(journal):
    """What is too long here: the machine may be busy with other things, and the clients themselves late."""
    usual = max((r["took"] for r in before(journal) if r["kind"] == "request" and r["what"] not in PATIENT), default=0)
    return HANG_S + 2 * usual + max((r["seconds"] for r in journal if r["kind"] == "late"), default=0)


def failed_requests(journal):
    longest = hang(journal)
    for record in journal:
        if record["kind"] == "request" and not 200 <= record["status"] < 500:
            yield f"R11: a request failed: {record}"
        elif record["kind"] == "request" and record["what"] not in PATIENT and record["took"] > longest:
            yield f"R11: a request took {record['took']:.1f} s: {record}"
        elif record["kind"] == "unknown" and record["who"].startswith("RestWriter"):
            yield f"R11: a post failed: {record}"


def slow_writers(journal):
    """What a socket's end cut off is said again; that has to be quick."""
    longest, begun = hang(journal), {record["op"]: record["at"] for record in journal if record["kind"] == "invoke"}
    for record in journal:
        over_socket = record["kind"] == "ok" and record["who"].startswith("SocketWriter")
        if over_socket and record["at"] - begun[record["op"]] > longest:
            yield f"R11: a post took {record['at'] - begun[record['op']]:.1f} s: {record}"


def rough_ends(journal):
    """A socket's end is announced, and says when to come back; a stream's is announced."""
    for record in journal:
        if record["kind"] != "closed":
            continue
        hinted = record["code"] == 1012 and "retry after" in record["why"] if "stream" not in record else True
        if not (hinted and record["drained"]):
            yield f"R11: closed roughly: {record}"


def lost_places(journal):
    for record in journal:
        if record["kind"] == "joined" and record["after"] is not None and not record["recovered"]:
            yield f"R8: not resumed: {record}"


def drains(journal):
    """Each drain of a gateway, with when its readers' sockets were closed: (drain, [seconds after it])."""
    begins = [record for record in journal if record["kind"] == "drain"]
    for number, drain in enumerate(begins):
        until = begins[number + 1]["at"] if number + 1 < len(begins) else float("inf")
        closed = [r["at"] - drain["at"] for r in journal if r["kind"] == "closed" and drain["at"] <= r["at"] < until]
        yield drain, closed


def crowded_ends(journal):
    """All at once is not spread: of some sockets, none may be three quarters in a quarter of the window."""
    longest = hang(journal)
    for drain, closed in drains(journal):
        quarters = Counter(int(4 * at / drain["window"]) for at in closed)
        if len(closed) >= 8 and max(quarters.values()) > 0.75 * len(closed):
            yield f"R11: not spread over {drain['window']} s: {sorted(closed)}"
        if any(at > drain["window"] + longest for at in closed):
            yield f"R11: closed long after the window of {drain['window']} s: {sorted(closed)}"


def noticed(journal):
    """Who noticed something: sentences."""
    return [
        *failed_requests(journal), *slow_writers(journal), *rough_ends(journal), *lost_places(journal),
        *crowded_ends(journal),
    ]


def told(journal):
    """What there was of it, in one line."""
    kinds = Counter(record["kind"] for record in journal)
    took = sorted(r["took"] for r in journal if r["kind"] == "request" and r["what"] not in PATIENT)
    moved = sum(record["sockets"] for record in journal if record["kind"] == "drain")
    again = Counter(str(record["why"])[:40] for record in journal if record["kind"] == "unknown")
    longest = f"{1000 * took[-1]:.0f} ms" if took else "none"
    return (
        f"{kinds['request']} requests (the longest {longest}), {kinds['kept']} kept connections closed in between, "
        f"{moved} sockets moved, {kinds['closed']} seen by readers, said again {dict(again)}"
    )

