"""Those who take part in traffic (traffic.py): writers and readers that do not give up.

Writers repeat what is unknown or refused for now with the same client id until it is answered;
readers come back with (epoch, after), and read over REST when they are not recovered. Guests expect
to be sent out, and begin anew when they are back. Each of them writes a journal before and after
everything that it does; checker.py says what its records are.
"""

import asyncio
import itertools
import json
import random
import time
from contextlib import suppress

import httpx
import websockets
from native import bearer, frame
from wsclient import SUBPROTOCOL, Checked

AGAIN_S = 0.05  # between two attempts
READ_EVERY, EDIT_EVERY = 10, 7  # of a REST writer's messages: his position moves there; he edits it
BROKEN = (OSError, asyncio.TimeoutError, websockets.WebSocketException, httpx.HTTPError)


def connect(actor):
    beat = actor.traffic.crowd.beat_s
    return websockets.connect(
        actor.ws_url,
        create_protocol=Checked,
        subprotocols=[SUBPROTOCOL],
        extra_headers=bearer(actor.person),
        compression=None,
        max_size=None,
        ping_interval=beat,
        ping_timeout=beat,
        max_queue=None,
        open_timeout=actor.traffic.crowd.patience_s,
        close_timeout=1,
    )


def content_of(message):
    return {
        "rev": message["rev"],
        "id": message["id"],
        "sender": message["userId"],
        "clientId": message["clientId"],
        "content": message["content"],
    }


class Actor:
    """Someone who takes part. `count`: how often he got on with what was begun since the mark. `at`: which of
    the traffic's places he is at; he goes to the next one when something breaks. `gateway`: he goes there."""

    def __init__(self, traffic, name, person, at=0, gateway=None):
        self.traffic = traffic
        self.name = name
        self.person = person
        self.at = at
        self.gateway = gateway
        self.count = 0
        self.random = random.Random(f"{traffic.seed} {name}")

    def note(self, kind, **fields):
        self.traffic.note(self.name, kind, **fields)

    @property
    def base_url(self):
        return self.traffic.places[self.at % len(self.traffic.places)]

    @property
    def ws_url(self):
        return self.gateway or self.base_url.replace("http", "ws", 1) + "/ws"

    def elsewhere(self):
        """Something broke here."""
        self.at += 1

    def got_on(self, begun):
        self.count += begun > self.traffic.marked


# --- writers --------------------------------------------------------------------------------------


class Writer(Actor):
    """Sends one message after the other, each until it is answered. Half of all goes to one room."""

    waits = False  # until he may speak again

    async def run(self):
        for number in itertools.count(1):
            while self.traffic.silent and not self.traffic.finishing:
                self.waits = True
                await asyncio.sleep(AGAIN_S)
            self.waits = False
            if self.traffic.finishing:
                break
            await self.say(f"{self.name}-{number}", self.where())
            await asyncio.sleep(self.traffic.pause * self.random.uniform(0.5, 1.5))
        await self.drop()

    def where(self):
        rooms = self.traffic.rooms
        return rooms[0] if self.random.random() < 0.5 else self.random.choice(rooms)

    async def say(self, op, room):
        content = f"{op} says: żółw 🐢" + self.traffic.padding
        sent = {"room": room, "clientId": op, "content": content}
        begun = self.traffic.begun[op] = time.monotonic()
        self.note("invoke", op=op, sender=self.person.id, **sent)
        while True:
            try:
                kind, fields = await self.attempt_in_time(op, sent)
            except BROKEN as error:
                await self.drop()
                kind, fields = "unknown", {"why": repr(error)}
            self.note(kind, op=op, **fields)
            if kind == "ok":
                self.got_on(begun)
            if kind != "unknown":
                return
            await self.move()
            await asyncio.sleep(AGAIN_S)

    async def attempt_in_time(self, op, sent):
        async with asyncio.timeout(self.traffic.crowd.patience_s):
            return await self.attempt(op, sent)

    async def move(self):
        """The next attempt is made at the next place, if there is another."""
        if len(self.traffic.places) > 1:
            await self.drop()
            self.elsewhere()


class SocketWriter(Writer):
    socket = None

    async def drop(self):
        if self.socket:
            with suppress(*BROKEN):
                await self.socket.close()
        self.socket = None

    async def attempt(self, op, sent):
        if not self.socket or self.socket.closed:
            self.socket = await connect(self)
        fields = {"clientId": op, "content": sent["content"]}
        await self.socket.send(frame("message", ref=op, roomId=sent["room"], **fields))
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
    """Over REST; and now and then he has read what he knows of, or edits what he has just said."""

    client = None
    posted = 0

    async def attempt_in_time(self, op, sent):
        return await self.attempt(op, sent)  # the client has deadlines of its own

    async def drop(self):
        if self.client:
            await self.client.aclose()
        self.client = None

    async def attempt(self, op, sent):
        self.client = self.client or self.traffic.http(self)
        body = {"clientId": op, "content": sent["content"]}
        begun = time.monotonic()
        answer = await self.client.post(f"/api/rooms/{sent['room']}/messages", json=body)
        self.note("request", what="post", status=answer.status_code, took=time.monotonic() - begun)
        if answer.status_code in (200, 201):
            stored = answer.json()
            await self.go_on_from(sent["room"], stored)
            duplicate = answer.status_code == 200
            return "ok", {"id": stored["id"], "seq": stored["seq"], "duplicate": duplicate}
        if answer.status_code in (429, 502, 503, 504):
            return "unknown", {"why": answer.status_code}
        return "fail", {"code": answer.status_code}

    async def go_on_from(self, room, stored):
        self.posted += 1
        with suppress(*BROKEN):
            if self.posted % READ_EVERY == 0:
                await self.client.put(f"/api/rooms/{room}/read", json={"seq": stored["seq"]})
            if self.posted % EDIT_EVERY == 0:
                content = f"{self.name} thinks better of {self.posted}"
                self.note("edit", id=stored["id"], content=content)
                await self.client.patch(f"/api/rooms/{room}/messages/{stored['id']}", json={"content": content})


class GuestWriter(SocketWriter):
    """Writes from outside as well: it is refused then, and he goes on."""

    def where(self):
        return self.traffic.rooms[0]


# --- readers --------------------------------------------------------------------------------------


class Reader(Actor):
    """Hears rooms. `after` holds its position in each, as a client would keep it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.rooms = self.choose_rooms()
        self.after = {}
        self.epoch = None
        self.asked = {}  # room → the epoch with which it came back last
        self.live = set()  # rooms whose events count: not those to be read over REST first
        self.socket = None
        self.closings = 0
        self.drained = False  # its gateway has said that it closes

    def choose_rooms(self):
        hot, *others = self.traffic.rooms
        return [hot, *self.random.sample(others, min(self.traffic.crowd.further_rooms, len(others)))]

    async def run(self):
        while True:
            try:
                async with connect(self) as self.socket:
                    self.drained = False
                    self.note("opened")
                    await self.listen(self.socket)
            except BROKEN as error:
                self.live.clear()
                self.closings += 1
                self.note("closed", code=getattr(error, "code", None), why=repr(error), drained=self.drained)
                self.elsewhere()
            self.come_off()
            await asyncio.sleep(AGAIN_S)

    def come_off(self):
        """The connection is gone; the position is kept."""

    async def listen(self, socket):
        for room in self.rooms:
            await self.join(socket, room)
        while True:
            for event in json.loads(await socket.recv()):
                if event["type"] == "joined":
                    await self.joined(socket, event)
                elif event["type"] == "error" and "ref" in event:
                    await self.refused(socket, event)
                elif "seq" in event and event.get("roomId") in self.live:
                    self.take(event)
                elif event["type"] == "left":
                    await self.left(socket, event["roomId"])
                elif event["type"] == "drain":
                    self.drained = True

    async def join(self, socket, room):
        position = {"after": self.after[room], "epoch": self.epoch} if room in self.after else {}
        self.asked[room] = position.get("epoch")
        await socket.send(json.dumps({"type": "join", "ref": self.rooms.index(room), "roomId": room, **position}))

    async def refused(self, socket, event):
        """A join that failed for now, or for good: the latter shows in the end."""
        self.note("refused", room=self.rooms[event["ref"]], code=event["code"])
        if event.get("retryable"):
            await asyncio.sleep(AGAIN_S)
            await self.join(socket, self.rooms[event["ref"]])

    async def left(self, socket, room):
        """Who is no guest stays; that he does not go on shows in the end."""
        self.note("left", room=room)

    async def joined(self, socket, event):
        room = event["roomId"]
        told = {name: event[name] for name in ("lastSeq", "recovered", "epoch")}
        self.note("joined", room=room, after=self.after.get(room), asked=self.asked[room], **told)
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
        elif "message" in event:
            fields["message"] = {"seq": event["message"]["seq"], **content_of(event["message"])}
        self.after[event["roomId"]] = event["seq"]
        self.note("event", **fields)

    async def reload(self, room):
        rows, more = [], True
        async with self.traffic.http(self) as client:
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


class GuestReader(Reader):
    """Hears the first room while he may. Sent out, he begins anew when he is let in again."""

    def choose_rooms(self):
        return self.traffic.rooms[:1]

    async def refused(self, socket, event):
        await self.left(socket, self.rooms[event["ref"]])

    async def left(self, socket, room):
        self.note("left", room=room)
        self.after.pop(room, None)
        self.live.discard(room)
        await asyncio.sleep(AGAIN_S)
        await self.join(socket, room)


class Visitor(Reader):
    """Hears the last room only. There are many of them."""

    def choose_rooms(self):
        return self.traffic.rooms[-1:]
