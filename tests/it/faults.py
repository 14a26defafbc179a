"""What is broken under traffic: the table of faults, and the scene on which they happen.

test_faults.py has each of them once or a few times, with a small crowd; tests/faults/run has them
again and again, with a large one. A fault is a function of the scene that returns when the world is
whole again; from then on everyone has to go on within its bound (I9).
"""

import itertools
import os
import random
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Callable

import checker
import hosts
import namespaces
import restarts
from gateways import UNLIMITED, Gateway
from native import POST, bearer
from people import unique
from rawws import RawSocket
from stopped import stopped
from system import System, alive, wait_until
from traffic import LARGE, SMALL, Crowd, Traffic
from wsclient import SUBPROTOCOL

BOUND_S = 10  # service is back within this (I9), after what needs no recovery of the database
RECOVERY_S = 20

CREATE_ROOM = "SELECT id::text FROM chat.create_room(NULL, %s, 'group', %s, NULL, true, 'all')"
ADD_MEMBER = "SELECT chat.add_member(%s, %s, false, %s, 'member')"
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND usename = 'chatsphere'"
FAIL_AT_COMMIT = """
    CREATE FUNCTION public.fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < 0.1 THEN
            RAISE EXCEPTION 'not today' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NULL;
    END
    $$;
    CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON chat.messages
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.fail_at_commit()"""
HEAL_COMMIT = """
    DROP TRIGGER fail_at_commit ON chat.messages; DROP FUNCTION public.fail_at_commit()"""
SESSION = "SELECT id::text FROM chat.sessions WHERE user_id = %s AND revoked_at IS NULL LIMIT 1"
SENT = "SELECT client_id, id::text, seq FROM chat.messages WHERE room_id = %s AND starts_with(client_id, %s)"
BACK_ENDS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chatsphere'"


def new_system(_long=False):
    """A system without limits on what one says, and with hooks that a fault may set."""
    system = System(env=UNLIMITED)
    system.env["CS_HOOK"] = str(system.home / "hooks")
    return system


@dataclass(frozen=True)
class World:
    """Where faults happen. noticed(journal) says what is asked there beside the checker's invariants."""

    new_system: Callable
    small: Crowd
    large: Crowd
    noticed: Callable = lambda journal: []
    told: Callable = lambda journal: ""
    why_not: Callable = lambda: None


ONE = World(new_system, SMALL, LARGE)
LINE = World(restarts.new_system, restarts.SMALL, restarts.LARGE, restarts.noticed, restarts.told)
HOSTS = World(hosts.System, hosts.SMALL, hosts.LARGE, told=hosts.told, why_not=namespaces.why_not)


class Scene:
    """A system, its people and rooms, and what a fault needs to know besides."""

    def __init__(self, system, people, guests, long=False, seed=1, world=ONE):
        self.system = system
        self.people = people
        self.guests = guests
        self.long = long
        self.seed = seed
        self.random = random.Random(seed)
        self.crowd = world.large if long else world.small
        self.second = None  # gateway
        self.traffic = None

    def make_rooms(self):
        """Rooms of which all are members; made in SQL, since workers may be about to die."""
        owner, *others = [one.id for one in [*self.people, *self.guests]]
        with self.system.db() as db:
            rooms = [db.execute(CREATE_ROOM, [owner, unique("room")]).fetchone()[0] for _ in range(self.crowd.rooms)]
            for room_id, other in itertools.product(rooms, others):
                db.execute(ADD_MEMBER, [room_id, owner, other])
        return rooms

    def open_traffic(self, stack, fault, journal):
        """Traffic as that fault wants it, flowing until the stack ends."""
        gateways = [None]
        if fault.gateways > 1:
            self.second = stack.enter_context(Gateway(self.system, keep=True, **UNLIMITED))
            gateways.append(self.second.ws_url)
        guests = self.guests if fault.guests else []
        self.traffic = stack.enter_context(Traffic(
            self.system, self.people, self.make_rooms(), journal, self.crowd, guests, gateways,
            getattr(self.system, "places", None), self.seed))
        return self.traffic

    def set_hook(self, setting):
        (self.system.home / "hooks").write_text(setting)

    def hold(self, short, long):
        """A while that the world stays broken."""
        time.sleep(long if self.long else short)


def end(pid, signal_number=signal.SIGKILL):
    """Ends a process, wherever it runs; returns when it is gone."""
    os.kill(pid, signal_number)
    wait_until(lambda: not alive(pid), 60, f"the end of process {pid}")


def any_worker(scene):
    return scene.random.choice(wait_until(scene.system.workers, what="workers"))


# --- processes ------------------------------------------------------------------------------------


def kill_worker(scene):
    end(any_worker(scene))


def kill_gateway(scene):
    end(scene.system.gateway_pid())


def kill_second_gateway(scene):
    end(scene.second.process.pid)


def ask_worker_to_end(scene):
    end(any_worker(scene), signal.SIGTERM)


def rolling_restart(scene):
    """Every process is asked to end, one after the other."""
    for pid in scene.system.workers("auth") + scene.system.workers():
        end(pid, signal.SIGTERM)
    end(scene.system.gateway_pid(), signal.SIGTERM)


def hang_up(scene):
    """SIGHUP a hundred times, to all of them."""
    for _ in range(100 if scene.long else 20):
        for pid in [*scene.system.workers(), scene.system.gateway_pid()]:
            os.kill(pid, signal.SIGHUP)
        scene.hold(0.005, 0.1)


def stop_a_while(scene, pid):
    with stopped(pid):
        scene.hold(2, 30)


def stop_gateway(scene):
    stop_a_while(scene, scene.system.gateway_pid())


def stop_worker(scene):
    stop_a_while(scene, any_worker(scene))


def workers_die_at(hook):
    """Each worker dies there, some passages after it has begun."""
    def do(scene):
        before = set(scene.system.workers())
        scene.set_hook(f"{hook}@{scene.random.randint(3, 20)}=kill")
        wait_until(lambda: not before & set(scene.system.workers()), 60, "the death of every worker")
        scene.set_hook("")

    return do


def gateway_dies_at(hook):
    def do(scene):
        for _ in range(2):
            pid = scene.system.gateway_pid()
            scene.set_hook(f"{hook}@{scene.random.randint(5, 40)}=kill")
            wait_until(lambda: not alive(pid), 60, "the death of the gateway")
            scene.set_hook("")

    return do


# --- the database ---------------------------------------------------------------------------------


def kill_back_end(scene):
    """The postmaster then ends all others and recovers."""
    end(scene.random.choice(scene.system.backend_pids()))


def terminate_back_ends(scene):
    with scene.system.db() as db:
        db.execute(BACK_ENDS)


def listeners(db):
    return [pid for (pid,) in db.execute(LISTENERS)]


def terminate_listeners(db):
    for pid in wait_until(lambda: listeners(db), 20, "a listener"):
        db.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def terminate_listener(scene):
    """Again and again; in between it is back."""
    with scene.system.db() as db:
        for _ in range(10 if scene.long else 3):
            terminate_listeners(db)
            scene.hold(0.5, 2)


def freeze_listener(scene):
    """Its back end says nothing and goes on living: it is left alone, and another one listens."""
    with scene.system.db() as db:
        (pid,) = wait_until(lambda: listeners(db), 20, "a listener")
        with stopped(pid):
            wait_until(lambda: set(listeners(db)) - {pid}, 20, "another listener")


def lost_bells(scene):
    """Nobody says anything but an application, by SQL and without a bell, while the listener is down."""
    room, traffic = scene.traffic.rooms[-1], scene.traffic
    with traffic.silence(), scene.system.db() as db:
        terminate_listeners(db)
        say_by_sql(scene, db, room, 3)
        wait_until(lambda: not traffic.deaf(db, room), 10, "all to have heard")


def say_by_sql(scene, db, room, count):
    """What an application does in its own transaction: one call, no socket, and no bell."""
    person, prefix = scene.people[0], unique("sql")
    for number in range(1, count + 1):
        scene.traffic.note("application", "invoke", op=f"{prefix}{number}", room=room, sender=person.id,
                           clientId=f"{prefix}{number}", content=f"by hand {number}")
    (session,) = db.execute(SESSION, [person.id]).fetchone()
    values = {"room": room, "user": person.id, "session": session, "n": count, "prefix": prefix, "text": "by hand "}
    db.execute(POST, values)
    for client_id, message_id, seq in db.execute(SENT, [room, prefix]):
        scene.traffic.note("application", "ok", op=client_id, id=message_id, seq=seq, duplicate=False)


def commit_fails(scene):
    """One message in ten is refused at the commit, when its row has been seen already (R3)."""
    with scene.system.db() as db:
        db.execute(FAIL_AT_COMMIT)
        try:
            scene.hold(1, 10)
        finally:
            db.execute(HEAL_COMMIT)


def kill_postmaster(scene):
    """quickstart does not start PostgreSQL again: it ends, and is started anew."""
    end(scene.system.service_pid("postgres"))
    assert scene.system.process.wait(60) != 0
    scene.system.start()


# --- clients --------------------------------------------------------------------------------------


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def stalled_readers(scene):
    """They join and read nothing while megabytes pass, until the gateway has closed all of them."""
    gateway = scene.system.gateway_pid()
    before = descriptors(gateway)
    count = 1000 if scene.long else 8
    hot, person = scene.traffic.rooms[0], scene.people[0]
    stuck = []
    for _ in range(count):
        stuck.append(RawSocket(scene.system.ws_url, bearer(person), SUBPROTOCOL, receive_buffer=4096))
        stuck[-1].send({"type": "join", "ref": 1, "roomId": hot})
        stuck[-1].receive_events("joined")
    scene.traffic.padding = "🐌" * 7900
    try:
        wait_until(lambda: descriptors(gateway) < before + count / 10, 120, "the end of those who do not read")
    finally:
        scene.traffic.padding = ""
        for one in stuck:
            one.close()


def reconnect_storm(scene):
    """Many come, and lose their connections at the same moment, again and again."""
    missing = (500 if scene.long else 20) - len(scene.traffic.visitors())
    scene.traffic.invite(missing)
    for _ in range(3):
        closed = {one: one.closings for one in scene.traffic.visitors()}
        scene.traffic.cut(closed)
        wait_until(lambda: all(one.live and one.closings > was for one, was in closed.items()), 60, "all to be back")


# --- rights ---------------------------------------------------------------------------------------


def moving(scene, guest, what):
    """About to let him in, or to send him out."""
    scene.traffic.note("test", "membership", person=guest.id, room=scene.traffic.rooms[0], what=what)


def expect(answer):
    assert answer.status_code == 200, answer.text


def left_again(scene, guest, do):
    """Does it, and returns when the guest has heard that he is no member any more."""
    (reader,) = [one for one in scene.traffic.actors if one.person is guest and hasattr(one, "after")]
    do()
    wait_until(lambda: not reader.after, 10, "a guest who knows that he is out")


def send_out_and_let_in(scene, query):
    owner, room = scene.people[0], scene.traffic.rooms[0]
    for guest in scene.guests:
        moving(scene, guest, "out")
        left_again(scene, guest, lambda: expect(owner.delete(f"/api/rooms/{room}/users/{guest.id}{query}")))
        moving(scene, guest, "in")
        expect(owner.post(f"/api/rooms/{room}/users", json={"userId": guest.id}))


def remove(scene):
    send_out_and_let_in(scene, "")


def ban(scene):
    send_out_and_let_in(scene, "?ban=true")


def revoke(scene):
    """All sessions of a guest end; when his socket has been closed he logs in again."""
    for guest in scene.guests:
        readers = [one for one in scene.traffic.actors if one.person is guest and hasattr(one, "after")]
        before = sum(one.closings for one in readers)
        expect(guest.post("/auth/logout-all"))
        scene.traffic.note("test", "revoked", person=guest.id)
        wait_until(lambda: sum(one.closings for one in readers) > before, 15, "a closed socket")
        scene.traffic.note("test", "restored", person=guest.id)
        guest.login()


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """do(scene) breaks and heals. times: in the short form, 0: only in the long one. quiet: nobody may notice. duplicates:
    somebody must have been told that an earlier attempt had succeeded. world: where it happens. why_not(): what
    it lacks here."""

    name: str
    do: Callable
    bound: int = BOUND_S
    times: int = 1
    gateways: int = 1
    guests: bool = False
    quiet: bool = False
    duplicates: bool = False
    world: World = ONE
    why_not: Callable = lambda: None


FAULTS = [
    Fault("kill-worker", kill_worker, times=2),
    Fault("kill-gateway", kill_gateway),
    Fault("kill-one-of-two-gateways", kill_second_gateway, gateways=2),
    Fault("end-worker", ask_worker_to_end, times=2, quiet=True),
    Fault("rolling-restart", rolling_restart, bound=15),
    Fault("hang-up", hang_up, quiet=True),
    Fault("stop-gateway", stop_gateway),
    Fault("stop-worker", stop_worker, bound=15),
    Fault("worker-before-bell", workers_die_at("after_write_before_bell")),
    Fault("worker-before-commit", workers_die_at("after_write_before_commit")),
    Fault("worker-before-answer", workers_die_at("after_commit_before_answer"), duplicates=True),
    Fault("worker-after-answer", workers_die_at("after_answer_before_bell")),
    Fault("gateway-before-sync", gateway_dies_at("writer_after_rows_before_sync")),
    Fault("gateway-before-ack", gateway_dies_at("gateway_after_commit_before_ack"), duplicates=True),
    Fault("gateway-before-bell", gateway_dies_at("gateway_after_commit_before_bell")),
    Fault("gateway-before-deliver", gateway_dies_at("gateway_before_deliver")),
    Fault("kill-back-end", kill_back_end, bound=RECOVERY_S),
    Fault("terminate-back-ends", terminate_back_ends),
    Fault("commit-fails", commit_fails),
    Fault("terminate-listener", terminate_listener),
    Fault("lost-bells", lost_bells),
    Fault("freeze-listener", freeze_listener, times=0),
    Fault("kill-postmaster", kill_postmaster, bound=RECOVERY_S),
    Fault("stalled-readers", stalled_readers, bound=30),  # the others have megabytes to read
    Fault("reconnect-storm", reconnect_storm, bound=20),
    Fault("remove", remove, times=2, guests=True),
    Fault("ban", ban, guests=True),
    Fault("revoke", revoke, guests=True),
    Fault("reload-everything", restarts.hang_up_everyone, world=LINE),
    Fault("restart-workers", restarts.roll_workers, world=LINE),
    Fault("restart-gateways", restarts.roll_gateways, world=LINE),
    Fault("restart-everything", restarts.roll_everything, times=0, world=LINE),
    Fault("database-unplugged", hosts.unplugged(0, "back"), world=HOSTS),
    Fault("database-hears-nothing", hosts.swallowed(1, "back", "out"), times=0, world=HOSTS),
    Fault("host-hears-nothing", hosts.swallowed(0, "back", "in"), world=HOSTS),
    Fault("clients-unplugged", hosts.unplugged(1, "front"), world=HOSTS),
    Fault("clients-hear-nothing", hosts.swallowed(0, "front", "out"), times=0, world=HOSTS),
    Fault("database-far-away", hosts.delayed(20), times=0, world=HOSTS, why_not=namespaces.why_no_delay),
]


def judge(scene, fault):
    """What is wrong with the journal of traffic that is to be finished now: (sentences, journal)."""
    journal, dumped = scene.traffic.finish()
    found = [*checker.check(journal, dumped), *fault.world.noticed(journal)]
    guests = {record["who"] for record in journal if record["kind"] == "actor" and "Guest" in record["who"]}
    for record in journal:
        if record["kind"] == "fail" and record["who"] not in guests:
            found.append(f"refused, and it is allowed: {checker.shown(record)}")
        if fault.quiet and record["kind"] == "unknown":
            found.append(f"somebody noticed: {checker.shown(record)}")
    if fault.duplicates and not any(record["kind"] == "ok" and record["duplicate"] for record in journal):
        found.append("nobody was told of an earlier success: the fault did not happen where it should")
    return found, journal


def short_forms(world):
    """The faults of that world that tests/run knows."""
    return [fault for fault in FAULTS if fault.times and fault.world is world]


def short_form(scene, fault, journal):
    """A fault as often as tests/run wants it: what is wrong afterwards."""
    with ExitStack() as stack:
        traffic = scene.open_traffic(stack, fault, journal)
        for _ in range(fault.times):
            traffic.fault(fault.name, fault.bound, lambda: fault.do(scene))
        found, _ = judge(scene, fault)
    return found
