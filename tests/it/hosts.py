"""Two hosts with a web server, both pools and a gateway each, and a third with the database: namespaces.

    clients ── front ──┬── one ──┬── back ── database      PostgreSQL on TCP with SCRAM, no socket
                       └── two ──┘

Clients know both hosts and go to the other one when something breaks. A fault cuts one host off from the
database or from the clients, or lets packets vanish in one direction; while it is so, everyone has to go on
at the other host, and afterwards both serve again. hosts.System stands in the place of system.System.
"""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
from gateways import UNLIMITED
from namespaces import Machine, Switch
from native import bearer
from people import unique
from pgcluster import PgCluster
from rawws import RawSocket
from system import SOURCE, new_home, wait_until
from traffic import Crowd
from wsclient import SUBPROTOCOL

APPHOST = Path(__file__).with_name("apphost")
NETWORKS = {"front": "10.77.1", "back": "10.77.2"}
PORT = 8080
SMALL = Crowd(sockets=4, rest=2, readers=4, forgetful=1, streams=1, polls=1, pause=0.02, patience_s=3, beat_s=1.5, silence_s=4)
LARGE = Crowd(14, 6, 40, 5, streams=6, polls=4, rooms=10, further_rooms=3, pause=0.2, steps=2, patience_s=12, beat_s=5,
              silence_s=12)

# The short form waits for less; the long one for what an operator has.
IMPATIENT = {
    "DATABASE_DEADLINE_MS": "1500", "GATEWAY_CUT_OFF_MS": "500", "DRAIN_MS": "500", "PING_INTERVAL_MS": "1000",
    "PONG_TIMEOUT_MS": "1000",
}
PATIENT = {"GATEWAY_CUT_OFF_MS": "3000", "PING_INTERVAL_MS": "5000", "PONG_TIMEOUT_MS": "3000"}
AWAY_S = {False: 12, True: 30}  # until everyone has gone on at the other host
HEARD_S = 5  # from one host to the other: R6 says 1.5 s, of a machine that does not run four of them
BACK_S = {False: 12, True: 30}  # until a host serves again behind its fault


class DatabaseHost(PgCluster):
    """Made on a socket, as any cluster here; then it listens in its namespace, and to passwords only."""

    def __init__(self, machine):
        super().__init__()
        self.machine = machine
        self.passwords = {role: secrets.token_hex(16) for role in ("postgres", "chatsphere", "chatsphere_owner")}
        self.address = None

    def make(self):
        """Roles with passwords, schema and seed; then it is down."""
        self.start()
        self._fill()
        self.stop()

    def move_in(self):
        """Starts in the machine, which has its cables now."""
        self.address = self.machine.addresses["back"]
        self.settings |= {"listen_addresses": "*", "unix_socket_directories": "", "max_connections": "200"}
        (self.data / "pg_hba.conf").write_text("host all all 10.77.0.0/16 scram-sha-256\n")
        self.start()

    def _fill(self):
        with self.connect() as admin:
            admin.execute("CREATE ROLE chatsphere_owner LOGIN CREATEROLE")
            admin.execute("CREATE ROLE chatsphere LOGIN")
            admin.execute("CREATE DATABASE chatsphere OWNER chatsphere_owner")
            for role, password in self.passwords.items():
                admin.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        self._ctl("migrate")
        with self.connect(dbname="chatsphere") as admin:
            admin.execute("GRANT chat_app TO chatsphere")
        self._ctl("seed")

    def _ctl(self, command):
        env = {
            "DATABASE_OWNER_URL": self.dsn("chatsphere_owner", "chatsphere"), "CHATSPHERE_CONFIG": "/dev/null",
            "SCHEMA_DIR": str(SOURCE / "schema"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
        }
        program = Path(os.environ["CHATSPHERE_BUILD"]) / "chatspherectl"
        subprocess.run([program, command], env=env, check=True, capture_output=True)

    def _as_server(self, program, *arguments):
        command = PgCluster._as_server(program, *arguments)
        return self.machine.inside(*command) if self.address else command

    def _answers(self):
        with self.machine.entered():
            return super()._answers()

    def dsn(self, user="postgres", dbname="postgres"):
        if self.address is None:
            return super().dsn(user, dbname)
        return f"host={self.machine.addresses['front']} user={user} password={self.passwords[user]} dbname={dbname}"

    def url(self):
        return f"postgresql://chatsphere:{self.passwords['chatsphere']}@{self.address}/chatsphere"


@contextmanager
def installed():
    """The programs, below a prefix."""
    prefix = new_home()
    try:
        make = ["make", "-s", "-C", os.environ["CHATSPHERE_BUILD"], "install", f"prefix={prefix}"]
        subprocess.run(make, check=True, capture_output=True)
        yield prefix
    finally:
        shutil.rmtree(prefix)


class AppHost:
    """tests/it/apphost in a namespace, with a home of its own."""

    def __init__(self, machine, settings, programs):
        self.machine = machine
        self.home = new_home()
        (self.home / "usr").symlink_to(programs)
        (self.home / "chatsphere.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    @property
    def base_url(self):
        return f"http://{self.machine.addresses['front']}:{PORT}"

    def launch(self):
        env = {
            "PATH": os.environ["PATH"], "CHATSPHERE_HOME": str(self.home), "PORT": str(PORT),
            "CHATSPHERE_BIND": self.machine.addresses["front"], "CHATSPHERE_API_WORKERS": "3",
            "CHATSPHERE_AUTH_WORKERS": "2",
        }
        with open(self.home / "out", "wb") as out:
            self.process = subprocess.Popen(
                self.machine.inside("setpriv", "--pdeathsig", "TERM", "--", APPHOST), env=env, stdout=out, stderr=out,
                stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_started(self):
        wait_until(lambda: "ready at" in self.output() or self.process.poll() is not None, 60, self.machine.name)
        assert self.process.poll() is None, self.output()

    def output(self):
        return (self.home / "out").read_text()

    def is_ready(self):
        """Each of its workers has the database, as far as one can ask, and its gateway takes sockets."""
        gateway = httpx.HTTPTransport(uds=str((self.home / "run").resolve() / "ws" / "gateway.sock"))
        try:
            with httpx.Client(transport=gateway) as client:
                if client.get("http://gateway/ready").status_code != 200:
                    return False
            return all(httpx.get(f"{self.base_url}/api/ready", timeout=3).status_code == 200 for _ in range(6))
        except httpx.HTTPError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        keep = os.environ.get("CHATSPHERE_TEST_LOGS")
        if keep:
            shutil.copytree(self.home / "log", Path(keep) / self.home.name, dirs_exist_ok=True)
        shutil.rmtree(self.home.resolve())


class System:
    """The four machines. While it is entered, this thread and what it starts are on the clients' one."""

    def __init__(self, long=False):
        self.settings = {
            "JWT_SECRET": secrets.token_hex(32), "LOGIN_FREE_FAILURES_ADDRESS": "100000", **UNLIMITED,
            **(PATIENT if long else IMPATIENT),
        }

    def __enter__(self):
        with ExitStack() as stack:
            self.switch = stack.enter_context(Switch(NETWORKS))
            database, one, two, clients = (stack.enter_context(Machine(name)) for name in ("db", "one", "two", "all"))
            self.database = stack.enter_context(self._database(database))
            self.switch.plug(clients, ("front",))
            self.hosts = stack.enter_context(self._hosts(one, two))
            stack.enter_context(clients.entered())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception):
        return self._stack.__exit__(*exception)

    @contextmanager
    def _database(self, machine):
        cluster = DatabaseHost(machine)
        try:
            cluster.make()
            self.switch.plug(machine, ("front", "back"))
            cluster.move_in()
            yield cluster
        finally:
            cluster.close()

    @contextmanager
    def _hosts(self, *machines):
        settings = {**self.settings, "DATABASE_URL": self.database.url()}
        with installed() as programs, ExitStack() as stack:
            for machine in machines:
                self.switch.plug(machine, ("front", "back"))
            hosts = [AppHost(machine, settings, programs) for machine in machines]
            for host in hosts:
                host.launch()
                stack.callback(host.stop)
            for host in hosts:
                host.wait_started()
            yield hosts

    @property
    def places(self):
        return [host.base_url for host in self.hosts]

    @property
    def base_url(self):
        return self.places[0]

    def db(self, role="postgres", **options):
        return self.database.connect(role, "chatsphere", **options)


def told(journal):
    """How long it took, in one line."""
    def times(kind):
        return ", ".join(f"{record['seconds']:.1f} s" for record in journal if record["kind"] == kind) or "never"

    drained = sum(record["kind"] == "closed" and record["code"] == 1012 for record in journal)
    return f"all went on after {times('away')}, both served again after {times('back')}, {drained} sent away"


# --- faults ---------------------------------------------------------------------------------------


def alone(scene, broken):
    """While it is broken, everyone goes on, at the other host; then both serve again, and hear each other."""
    with broken:
        scene.traffic.mark()
        scene.traffic.wait_all(scene.crowd.steps, AWAY_S[scene.long])
        scene.traffic.note("test", "away", seconds=time.monotonic() - scene.traffic.marked)
        scene.hold(0, 30)
    healed = time.monotonic()
    for host in scene.system.hosts:
        wait_until(host.is_ready, BACK_S[scene.long], f"{host.machine.name}, back again")
    scene.traffic.note("test", "back", seconds=time.monotonic() - healed)
    for here, there in itertools.permutations(scene.system.hosts):
        hears(scene, here, there)


def post(host, person, room, op):
    """The message as it is stored; None: not now. Each worker finds out by itself that the database is back."""
    url = f"{host.base_url}/api/rooms/{room}/messages"
    answer = httpx.post(url, headers=bearer(person), json={"content": op, "clientId": op}, timeout=10)
    assert answer.status_code in (200, 201, 503), answer.text
    return answer.json() if answer.status_code < 500 else None


def hears(scene, here, there):
    """What is said at one host arrives at the other: its listener has caught up."""
    room, person = scene.traffic.rooms[-1], scene.people[0]
    socket = RawSocket(here.base_url.replace("http", "ws", 1) + "/ws", bearer(person), SUBPROTOCOL)
    socket.send({"type": "join", "ref": 1, "roomId": room})
    socket.receive_events("joined")
    op = unique("across")
    scene.traffic.note("test", "invoke", op=op, room=room, sender=person.id, clientId=op, content=op)
    said = wait_until(lambda: post(there, person, room, op), 10, "a worker that has the database again")
    scene.traffic.note("test", "ok", op=op, id=said["id"], seq=said["seq"], duplicate=False)
    deadline = time.monotonic() + HEARD_S
    while socket.receive_events("new_message", timeout=deadline - time.monotonic())["seq"] < said["seq"]:
        pass
    socket.close()


PEERS = {"back": "the database", "front": "the clients"}


def cut(number, network, how, what):
    """A fault of that host; `how` is given its machine."""
    def do(scene):
        host = scene.system.hosts[number]
        alone(scene, how(scene.system.switch, host.machine, network))

    do.__doc__ = what
    return do


def unplugged(number, network):
    return cut(number, network, Switch.unplugged, f"A host has no cable to {PEERS[network]}.")


def swallowed(number, network, way):
    verb = "says to" if way == "out" else "hears from"
    what = f"What a host {verb} {PEERS[network]} vanishes; the other way goes on."
    return cut(number, network, partial(Switch.swallowing, way=way), what)


def delayed(ms):
    def do(scene):
        """Both hosts are far from the database: each packet to it takes longer."""
        with ExitStack() as stack:
            for host in scene.system.hosts:
                stack.enter_context(scene.system.switch.slow(host.machine, "back", ms))
            scene.traffic.mark()
            scene.traffic.wait_all(scene.crowd.steps, AWAY_S[scene.long])

    return do
