"""People who talk without pause, over sockets and REST, and do not give up when something breaks.

Writers repeat what is unknown or refused for now with the same client id until it is answered;
readers come back with (epoch, after), and read over REST when they are not recovered. Each of them
writes a journal before and after everything that it does; checker.py says what its records are and
judges them. All of this runs in one event loop in a thread of its own: a test starts it, waits
until everyone has got on, breaks something, waits again, and finishes.
"""

import asyncio
import itertools
import json
import threading
import time
from contextlib import suppress

import checker
import httpx
import websockets
from native import bearer
from system import wait_until
from wsclient import SUBPROTOCOL

PATIENCE_S = 15  # with one answer; the server's own deadline is 8 s
AGAIN_S = 0.05  # between two attempts
PAUSE_S = 0.01  # between two messages of a writer, so that others find a processor too
BROKEN = (OSError, asyncio.TimeoutError, websockets.WebSocketException, httpx.HTTPError)


def connect(url, person):
    return websockets.connect(
        url,
        subprotocols=[SUBPROTOCOL],
        extra_headers=bearer(person),
        compression=None,
        ping_interval=None,
        max_queue=None,
        close_timeout=1,
    )


class Actor:
    """Someone who takes part. `count`: how often he got on with what was begun since the mark."""

    def __init__(self, traffic, name, person):
        self.traffic = traffic
        self.name = name
        self.person = person
        self.count = 0

    def note(self, kind, **fields):
        self.traffic.note(self.name, kind, **fields)

    def got_on(self, begun):
        self.count += begun > self.traffic.marked


class Writer(Actor):
    """Sends one message after the other, each until it is answered."""

    async def run(self):
        rooms = itertools.cycle(self.traffic.rooms)
        for number in itertools.count(1):
            if self.traffic.finishing:
                break
            await self.say(f"{self.name}-{number}", next(rooms))
            await asyncio.sleep(PAUSE_S)
        await self.drop()

    async def say(self, op, room):
        sent = {"room": room, "clientId": op, "content": f"{op} says: żółw 🐢"}
        begun = self.traffic.begun[op] = time.monotonic()
        self.note("invoke", op=op, sender=self.person.id, **sent)
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    kind, fields = await self.attempt(op, sent)
            except BROKEN as error:
                await self.drop()
                kind, fields = "unknown", {"why": repr(error)}
            self.note(kind, op=op, **fields)
            if kind != "unknown":
                self.got_on(begun)
                return
            await asyncio.sleep(AGAIN_S)


class SocketWriter(Writer):
    socket = None

    async def drop(self):
        if self.socket:
            with suppress(*BROKEN):
                await self.socket.close()
        self.socket = None

    async def attempt(self, op, sent):
        self.socket = self.socket or await connect(self.traffic.ws_url, self.person)
        frame = {"type": "message", "ref": op, "roomId": sent["room"]}
        await self.socket.send(json.dumps(sent | frame))
        while True:
            for event in json.loads(await self.socket.recv()):
                if event.get("ref") != op:
                    continue
                if event["type"] == "ack":
                    return "ok", {name: event[name] for name in ("id", "seq", "duplicate")}
                if event.get("retryable"):
                    return "unknown", {"why": event["code"]}
                return "fail", {"code": event["code"]}


class RestWriter(Writer):
    client = None

    async def drop(self):
        if self.client:
            await self.client.aclose()
        self.client = None

    async def attempt(self, op, sent):
        self.client = self.client or self.traffic.http(self.person)
        body = {"clientId": op, "content": sent["content"]}
        answer = await self.client.post(f"/api/rooms/{sent['room']}/messages", json=body)
        if answer.status_code in (200, 201):
            stored = answer.json()
            duplicate = answer.status_code == 200
            return "ok", {"id": stored["id"], "seq": stored["seq"], "duplicate": duplicate}
        if answer.status_code in (429, 502, 503, 504):
            return "unknown", {"why": answer.status_code}
        return "fail", {"code": answer.status_code}


class Reader(Actor):
    """Hears all rooms. `after` holds its position in each, as a client would keep it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.after = {}
        self.epoch = None
        self.live = set()  # rooms whose events count: not those to be read over REST first

    async def run(self):
        while True:
            try:
                async with connect(self.traffic.ws_url, self.person) as socket:
                    await self.listen(socket)
            except BROKEN as error:
                self.note("closed", code=getattr(error, "code", None), why=repr(error))
            self.come_off()
            await asyncio.sleep(AGAIN_S)

    def come_off(self):
        """The connection is gone; the position is kept."""

    async def listen(self, socket):
        self.live.clear()
        for room in self.traffic.rooms:
            await self.join(socket, room)
        while True:
            for event in json.loads(await socket.recv()):
                if event["type"] == "joined":
                    await self.joined(socket, event)
                elif "seq" in event and event.get("roomId") in self.live:
                    self.take(event)

    async def join(self, socket, room):
        position = {"after": self.after[room], "epoch": self.epoch} if room in self.after else {}
        await socket.send(json.dumps({"type": "join", "roomId": room, **position}))

    async def joined(self, socket, event):
        room = event["roomId"]
        told = {name: event[name] for name in ("lastSeq", "recovered")}
        self.note("joined", room=room, after=self.after.get(room), **told)
        self.epoch = event["epoch"]
        if room not in self.after:
            self.after[room] = event["lastSeq"]
        elif not event["recovered"]:
            await self.reload(room)
            await self.join(socket, room)
            return
        self.live.add(room)

    def take(self, event):
        fields = {"room": event["roomId"], "seq": event["seq"], "type": event["type"]}
        if event["type"] == "new_message":
            fields |= content_of(event["message"])
            self.got_on(self.traffic.begun.get(fields["clientId"], 0))
        self.after[event["roomId"]] = event["seq"]
        self.note("event", **fields)

    async def reload(self, room):
        rows, more = [], True
        async with self.traffic.http(self.person) as client:
            while more:
                at = rows[-1]["seq"] if rows else self.after[room]
                query = {"after": at, "limit": 100}
                answer = await client.get(f"/api/rooms/{room}/messages", params=query)
                answer.raise_for_status()
                page = answer.json()
                rows += [{"seq": message["seq"], **content_of(message)} for message in page]
                more = 'rel="next"' in answer.headers.get("link", "")
        self.after[room] = int(answer.headers["chat-seq"])
        self.epoch = answer.headers["chat-epoch"]
        self.note("reloaded", room=room, upto=self.after[room], rows=rows)


class ForgetfulReader(Reader):
    """Comes back with an epoch that is not the present one, so it has to read over REST each time."""

    def come_off(self):
        self.epoch = "another"


def content_of(message):
    return {
        "id": message["id"],
        "sender": message["userId"],
        "clientId": message["clientId"],
        "content": message["content"],
    }


class Traffic:
    """6 writers on sockets, 2 over REST and 4 readers, while this context manager is entered."""

    def __init__(self, system, people, rooms, file, ws_url=None):
        self.system = system
        self.rooms = rooms
        self.ws_url = ws_url or system.ws_url
        self.begun = {}  # client id → when its first attempt began
        self.marked = 0.0
        self.finishing = False
        self.file = file
        kinds = [SocketWriter] * 6 + [RestWriter] * 2 + [Reader] * 3 + [ForgetfulReader]
        self.actors = [
            kind(self, f"{kind.__name__}{number}", person)
            for number, (kind, person) in enumerate(zip(kinds, itertools.cycle(people)))
        ]
        self._journal = open(file, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self):
        self._thread.start()
        self.wait_all(5, 30)
        return self

    def __exit__(self, *_):
        self.finishing = True
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(60)
        self._journal.close()

    def http(self, person):
        """An HTTP client as that person."""
        headers = bearer(person)
        return httpx.AsyncClient(base_url=self.system.base_url, headers=headers, timeout=PATIENCE_S)

    def note(self, who, kind, **fields):
        """One record of the journal."""
        record = {"at": time.monotonic(), "who": who, "kind": kind, **fields}
        with self._lock:
            self._journal.write(json.dumps(record, ensure_ascii=False) + "\n")

    def wait_all(self, count, timeout):
        """Until everyone has got on that often with what was begun since the last fault."""
        wait_until(lambda: all(actor.count >= count for actor in self.actors), timeout, "progress")

    def fault(self, what, bound, do):
        """Breaks something and waits until everyone goes on, within bound seconds."""
        for actor in self.actors:
            actor.count = 0
        self.marked = time.monotonic()
        self.note("test", "fault", what=what, bound=bound)
        do()
        self.wait_all(25, bound)

    def finish(self):
        """Ends what is under way, waits until every reader has everything: journal and dump."""
        self.finishing = True
        wait_until(self._settled, 30, "the writers' last answers")
        with self.system.db() as db:
            dumped = checker.dump(db, self.rooms)
        wait_until(lambda: self._heard(dumped["rooms"]), 20, "readers that have heard all")
        with self._lock:
            self._journal.flush()
        with open(self.file, encoding="utf-8") as journal:
            return [json.loads(line) for line in journal], dumped

    # --- inside ---------------------------------------------------------------------------------

    async def _run(self):
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(actor.run()) for actor in self.actors]
        await asyncio.wait(self._tasks)

    def _stop(self):
        for task in self._tasks:
            task.cancel()

    def _settled(self):
        everyone = zip(self.actors, self._tasks)
        return all(task.done() for actor, task in everyone if isinstance(actor, Writer))

    def _heard(self, positions):
        ends = {room: last for room, (_, last) in positions.items()}
        return all(actor.after == ends for actor in self.actors if isinstance(actor, Reader))
