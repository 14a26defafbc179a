"""Those of the traffic (traffic.py) who open no socket: requests of every kind, event streams, long polls.

A caller makes each request on a connection of its own and puts down how it went: whoever restarts
something may not be noticed. A kept caller leaves his connection open, and does what RFC 9112, 9.3.1
says when it is closed between two requests: he asks again, once, on another one. The journal has
  request   {what, status, took}   of a caller; status: 0 when there was none, then why
  kept      {}                     a kept connection was closed before the next request
"""

import asyncio
import itertools
import json
import time
from contextlib import aclosing
from urllib.parse import urlencode, urlsplit

from actors import AGAIN_S, BROKEN, Actor, Reader
from native import bearer
from people import PASSWORD

POLL_S = 20
LOGIN_EVERY = 3  # of the callers


# --- requests -------------------------------------------------------------------------------------


class Caller(Actor):
    """One request after the other, of each kind in turn: both pools, files, the gateway's plain answers."""

    kept = False

    async def run(self):
        for what, request in itertools.cycle(self.kinds().items()):
            if self.traffic.finishing:
                break
            await self.ask(what, request)
            await asyncio.sleep(self.traffic.pause * self.random.uniform(1, 3))
        await self.hang_up()

    line = None

    def kinds(self):
        room = self.traffic.rooms[0]
        login = self.request("POST", "/auth/login", {"username": self.person.name, "password": PASSWORD})
        return {
            "page": self.request("GET", f"/api/rooms/{room}/messages?limit=5"),
            "file": self.request("GET", "/"),
            "me": self.request("GET", "/auth/me"),
            **({} if self.at % LOGIN_EVERY else {"login": login}),  # a hash is made at a time, or a few
            "poll": self.request("GET", f"/events?rooms={room}&wait=0", accept="application/json"),
            "typo": self.request("GET", "/api/nothing"),
        }

    def request(self, method, path, body=None, accept="*/*"):
        """The request's bytes."""
        data = json.dumps(body).encode() if body else b""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {urlsplit(self.base_url).netloc}",
            *(f"{name}: {value}" for name, value in bearer(self.person).items()),
            f"Accept: {accept}",
            f"Connection: {'keep-alive' if self.kept else 'close'}",
            *([f"Content-Type: application/json\r\nContent-Length: {len(data)}"] if data else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + data

    async def ask(self, what, request):
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.traffic.crowd.patience_s):
                status, why = await self.answer(request), None
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            status, why = 0, repr(error)
            await self.hang_up()
        self.note("request", what=what, status=status, took=time.monotonic() - begun, **({"why": why} if why else {}))
        if 200 <= status < 500:
            self.got_on(begun)
        else:
            self.elsewhere()

    async def answer(self, request):
        if self.line:
            try:
                return await self.exchange(request)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if getattr(error, "partial", b""):
                    raise
                self.note("kept")
                await self.hang_up()
        at = urlsplit(self.base_url)
        self.line = await asyncio.open_connection(at.hostname, at.port)
        return await self.exchange(request)

    async def exchange(self, request):
        """Writes it and reads the whole answer: its status."""
        reader, writer = self.line
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        if b"content-length" in fields:
            await reader.readexactly(int(fields[b"content-length"]))
        else:
            await self.read_chunks(reader)
        if not self.kept or fields.get(b"connection") == b"close":
            await self.hang_up()
        return int(head[9:12])

    async def read_chunks(self, reader):
        size = -1
        while size:
            size = int(await reader.readuntil(b"\r\n"), 16)
            await reader.readexactly(size + 2)

    async def hang_up(self):
        if self.line:
            self.line[1].close()
        self.line = None


class KeptCaller(Caller):
    kept = True

    def kinds(self):
        """What may be asked again: it is the same twice."""
        return {what: request for what, request in super().kinds().items() if what != "login"}


# --- events without a socket ----------------------------------------------------------------------


class EventsReader(Reader):
    """What both have in common: they come back with the id behind the last event."""

    last_id = None
    closings = 0

    def target(self, **query):
        return "/events?" + urlencode({"rooms": ",".join(self.rooms), **query}, safe=",")

    def position(self):
        return {"Last-Event-ID": self.last_id} if self.last_id else {}

    async def run(self):
        while True:
            try:
                async with self.traffic.http(self) as client:
                    await self.hear(client)
            except BROKEN as error:
                self.note("request", what="events", status=0, took=0, why=repr(error))
                self.elsewhere()
            await asyncio.sleep(AGAIN_S)

    def answered(self, answer, begun):
        """Notes how it went; whether there is something to read."""
        self.note("request", what="events", status=answer.status_code, took=time.monotonic() - begun)
        if answer.status_code == 200:
            return True
        self.elsewhere()
        return False

    def heard(self, event):
        """One event. Who has a place and is not recovered goes on from another one: that shows in the end."""
        if event["type"] == "joined":
            room = event["roomId"]
            told = {name: event[name] for name in ("lastSeq", "recovered", "epoch")}
            self.note("joined", room=room, after=self.after.get(room), asked=self.epoch, **told)
            self.after.setdefault(room, event["lastSeq"])
            self.epoch = event["epoch"]
            self.live.add(room)
        elif "seq" in event and event.get("roomId") in self.live:
            self.take(event)


class StreamReader(EventsReader):
    """Server-Sent Events, like a browser's EventSource but at once back."""

    async def hear(self, client):
        begun = time.monotonic()
        headers = {"Accept": "text/event-stream", **self.position()}
        async with client.stream("GET", self.target(), headers=headers, timeout=self.traffic.crowd.silence_s) as answer:
            if not self.answered(answer, begun):
                return
            self.note("opened")
            drained = await self.read(answer)
        self.note("closed", code=None, drained=drained, stream=True)

    async def read(self, answer):
        """Until it ends; whether that was announced. An id counts with the event that stands under it."""
        drained, last_id = False, None
        async with aclosing(answer.aiter_lines()) as lines:
            async for line in lines:
                name, _, value = line.rstrip("\n").partition(": ")
                if name == "id":
                    last_id = value
                elif name == "data":
                    event = json.loads(value)
                    self.heard(event)
                    self.last_id, last_id = last_id or self.last_id, None
                    drained = drained or event["type"] == "drain"
        return drained


class PollReader(EventsReader):
    """Long polls, one after the other."""

    async def hear(self, client):
        while True:
            begun, silence = time.monotonic(), self.traffic.crowd.silence_s
            query = {"wait": min(POLL_S, int(silence / 2)), **({"lastEventId": self.last_id} if self.last_id else {})}
            answer = await client.get(self.target(**query), headers={"Accept": "application/json"}, timeout=silence)
            if not self.answered(answer, begun):
                return
            told = answer.json()
            for event in told["events"]:
                self.heard(event)
            self.last_id = told["lastEventId"]
