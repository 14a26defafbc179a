"""People who talk without pause, over sockets and REST, and do not give up when something breaks.

All of them (actors.py) run in one event loop in a thread of its own and write one journal: a test
starts the traffic, waits until everyone has got on, breaks something, waits again, and finishes.
checker.py judges the journal.
"""

import asyncio
import itertools
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import checker
import httpx
from actors import (
    ForgetfulReader, GuestReader, GuestWriter, Reader, RestWriter, SocketWriter, Visitor, Writer,
)
from callers import Caller, KeptCaller, PollReader, StreamReader
from native import bearer
from system import wait_until


PULSE_S, LATE_S = 0.05, 0.2


@dataclass(frozen=True)
class Crowd:
    """How many take part, and how much they say. Each reader hears the first room and some more."""

    sockets: int = 6
    rest: int = 2
    readers: int = 3
    forgetful: int = 1
    callers: int = 0
    kept: int = 0
    streams: int = 0
    polls: int = 0
    rooms: int = 3
    further_rooms: int = 2
    pause: float = 0.01  # between two messages of a writer, about, so that others find a processor too
    steps: int = 10  # after a fault, each of them gets so far
    patience_s: float = 15  # with one answer; the server's own deadline is 8 s
    keeps_lines: bool = True  # those who write over REST leave their connections open
    beat_s: float | None = None  # a socket that does not answer its client's ping for so long is given up
    silence_s: float = 60  # likewise a stream of which nothing is heard; and the longest poll

    def kinds(self):
        return (
            [SocketWriter] * self.sockets + [RestWriter] * self.rest
            + [Reader] * self.readers + [ForgetfulReader] * self.forgetful
            + [Caller] * self.callers + [KeptCaller] * self.kept
            + [StreamReader] * self.streams + [PollReader] * self.polls
        )


SMALL = Crowd()
LARGE = Crowd(14, 6, 45, 5, rooms=10, further_rooms=3, pause=0.2, steps=2)


class Traffic:
    """It flows while this context manager is entered. Guests are people that may lose their place. Each of
    the gateways serves some; else all know the places, web servers, and begin at one or the next of them."""

    def __init__(self, system, people, rooms, file, crowd=SMALL, guests=(), gateways=None, places=None, seed=1):
        self.system = system
        self.rooms = rooms
        self.people = people
        self.crowd = crowd
        self.seed = seed
        self.gateways = itertools.cycle(gateways or [None])
        self.places = places or [system.base_url]
        self.pause = crowd.pause
        self.padding = ""  # behind each message
        self.silent = False
        self.begun = {}  # client id → when its first attempt began
        self.marked = 0.0
        self.finishing = False
        self.file = file
        self.actors = []
        self._journal = open(file, "w", encoding="utf-8")
        self._lock = threading.Lock()
        for kind, person in zip(crowd.kinds(), itertools.cycle(people)):
            self._add(kind, person)
        for person in guests:
            self._add(GuestReader, person)
            self._add(GuestWriter, person)
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self):
        self._thread.start()
        self._started.wait()
        self.wait_all(5, 60)
        return self

    def __exit__(self, *_):
        self.finishing = True
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(60)
        self._journal.close()

    def http(self, actor):
        """An HTTP client as that person, to the place where he is. Its own deadlines, connecting and each
        waiting apart, are all that may end what it does: one of asyncio's around it is not told from its own."""
        limits = httpx.Limits(max_keepalive_connections=None if self.crowd.keeps_lines else 0)
        headers = bearer(actor.person)
        return httpx.AsyncClient(base_url=actor.base_url, headers=headers, timeout=self.crowd.patience_s, limits=limits)

    def note(self, who, kind, **fields):
        """One record of the journal."""
        record = {"at": time.monotonic(), "who": who, "kind": kind, **fields}
        with self._lock:
            self._journal.write(json.dumps(record, ensure_ascii=False) + "\n")

    def wait_all(self, count, timeout):
        """Until everyone has got on that often with what was begun since the last fault."""
        def behind():
            self._check_tasks()
            return {actor.name: actor.count for actor in self.actors if actor.count < count}

        try:
            wait_until(lambda: not behind(), timeout, "progress")
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {behind()}") from None

    def fault(self, what, bound, do):
        """Breaks something; when it is over, everyone has to go on within bound seconds."""
        self.note("test", "breaking", what=what)
        do()
        self.mark()
        self.note("test", "fault", what=what, bound=bound)
        self.wait_all(self.crowd.steps, bound)

    def mark(self):
        """What counts from here on is what is begun from here on."""
        for actor in self.actors:
            actor.count = 0
        self.marked = time.monotonic()

    @contextmanager
    def silence(self):
        """Nobody has anything under way."""
        self.silent = True
        try:
            wait_until(lambda: all(one.waits for one in self.actors if isinstance(one, Writer)), 30, "silence")
            yield
        finally:
            self.silent = False

    def deaf(self, db, *rooms):
        """Who has not heard everything of these rooms."""
        ends = {room: last for room, (_, last) in checker.dump(db, list(rooms))["rooms"].items()}
        readers = [actor for actor in self.actors if isinstance(actor, Reader)]
        return [one.name for one in readers if any(one.after.get(room) != ends[room] for room in rooms if room in one.rooms)]

    def invite(self, count):
        """So many visitors more; returns when all of them hear their room."""
        people = itertools.cycle(self.people)
        asyncio.run_coroutine_threadsafe(self._invite([next(people) for _ in range(count)]), self._loop).result()
        wait_until(lambda: all(actor.live for actor in self.visitors()), 120, "the visitors")

    def visitors(self):
        return [actor for actor in self.actors if isinstance(actor, Visitor)]

    def cut(self, actors):
        """Their connections are gone, all at once."""
        def abort():
            for actor in actors:
                if actor.socket and actor.socket.transport:
                    actor.socket.transport.abort()

        self._loop.call_soon_threadsafe(abort)

    def finish(self):
        """Ends what is under way, waits until every reader has everything: journal and dump."""
        self.finishing = True
        wait_until(self._settled, 30, "the writers' last answers")
        with self.system.db() as db:
            wait_until(lambda: not self.deaf(db, *self.rooms), 20, "readers that have heard all")
        self._ask_unread()
        return self.so_far()

    def so_far(self):
        """Journal and dump as they are."""
        with self.system.db() as db:
            dumped = checker.dump(db, self.rooms)
        with self._lock:
            self._journal.flush()
        with open(self.file, encoding="utf-8") as journal:
            return [json.loads(line) for line in journal], dumped

    # --- inside ---------------------------------------------------------------------------------

    def _add(self, kind, person):
        name = f"{kind.__name__}{len(self.actors)}"
        self.note(name, "actor", person=person.id)
        self.actors.append(kind(self, name, person, len(self.actors), next(self.gateways)))
        return self.actors[-1]

    async def _run(self):
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        pulse = asyncio.create_task(self._pulse())
        self._tasks = [asyncio.create_task(actor.run()) for actor in self.actors]
        self._started.set()
        await self._ended.wait()
        for task in [pulse, *self._tasks]:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def _pulse(self):
        """Whether everybody here is late, for want of a processor."""
        while True:
            due = time.monotonic() + PULSE_S
            await asyncio.sleep(PULSE_S)
            if time.monotonic() > due + LATE_S:
                self.note("clients", "late", seconds=time.monotonic() - due)

    async def _invite(self, people):
        self._tasks += [asyncio.create_task(self._add(Visitor, person).run()) for person in people]

    def _stop(self):
        self._ended.set()

    def _check_tasks(self):
        """Whoever has given up, with an error, says it here."""
        for task in self._tasks:
            if task.done():
                task.result()

    def _settled(self):
        self._check_tasks()
        everyone = zip(self.actors, self._tasks)
        return all(task.done() for actor, task in everyone if isinstance(actor, Writer))

    def _ask_unread(self):
        """What each of the people is told to have before him."""
        for person in self.people:
            for room in self.rooms:
                told = person.get(f"/api/rooms/{room}").json()
                self.note("test", "unread", person=person.id, room=room, readSeq=told["readSeq"], unread=told["unread"])
