"""A client of the native WebSocket dialect (subprotocol chatsphere.v1), made for tests.

The protocol runs in one background thread with an event loop; a test calls plain methods and reads
what came in as events, in order. Every waiting has a deadline. Server frames are arrays of events;
client frames are objects, and each request carries a ref that its ack or error repeats.
"""

import asyncio
import itertools
import json
import threading
import uuid

import websockets
from asyncapi import Talk

SUBPROTOCOL = "chatsphere.v1"


class Checked(websockets.WebSocketClientProtocol):
    """A connection whose native frames are held against the document."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.talk = Talk()

    async def send(self, message):
        self.talk.sent(message)
        await super().send(message)

    async def recv(self):
        frame = await super().recv()
        if self.subprotocol == SUBPROTOCOL:
            self.talk.received(frame)
        return frame


class Refused(Exception):
    """The server answered a request with an error; .event is that event."""

    def __init__(self, event):
        super().__init__(f"{event.get('code')}: {event.get('detail')}")
        self.event = event
        self.code = event.get("code")


class Closed(Exception):
    """The socket is closed; .code and .reason tell how."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


def _start_loop():
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="wsclient", daemon=True).start()
    return loop


_loop = _start_loop()


def _run(coroutine, timeout):
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result(timeout)


class NativeSocket:
    """One connection. With a token it is authenticated when the constructor returns (see .welcome)."""

    def __init__(self, url, token=None, headers=None, subprotocol=SUBPROTOCOL, timeout=10):
        self.timeout = timeout
        self.frames = []  # as they came
        self.events = []  # everything that came in, in order
        self._taken = set()  # positions in events that expect() has handed out
        self._changed = threading.Condition()
        self._refs = itertools.count(1)
        self._closed = None
        self._socket = _run(self._connect(url, headers or {}, subprotocol), timeout)
        asyncio.run_coroutine_threadsafe(self._read(), _loop)
        self.welcome = self.auth(token) if token else None

    # --- requests -------------------------------------------------------------------------------

    def auth(self, token, **fields):
        """Authenticates by a first frame: the welcome event."""
        self.send(type="auth", token=token, **fields)
        return self.expect("welcome")

    def join(self, room_id, after=None, epoch=None):
        """Joins a room, with (epoch, after) to resume: the joined event. The replay follows as events."""
        position = {} if after is None else {"after": after, "epoch": epoch}
        self.request("join", roomId=room_id, **position)
        return self.expect("joined", roomId=room_id)

    def message(self, room_id, content, client_id=None, **fields):
        """Posts a message: its ack {id, seq, createdAt, duplicate}."""
        client_id = client_id or str(uuid.uuid4())
        return self.request("message", roomId=room_id, content=content, clientId=client_id, **fields)

    def request(self, kind, **fields):
        """Sends a frame with a ref and waits for its ack; raises Refused on its error."""
        ref = f"r{next(self._refs)}"
        self.send(type=kind, ref=ref, **fields)
        event = self.expect("ack", "error", ref=ref)
        if event["type"] == "error":
            raise Refused(event)
        return event

    def send(self, **frame):
        """Sends one object and waits for nothing but the socket."""
        self.send_raw(json.dumps(frame))

    def send_raw(self, data):
        """Sends a text (str) or binary (bytes) frame as it is."""
        _run(self._socket.send(data), self.timeout)

    def ping(self):
        """Sends a ping of the WebSocket protocol, and does not wait for its pong."""
        _run(self._ping(), self.timeout)

    # --- events ---------------------------------------------------------------------------------

    def expect(self, *kinds, timeout=None, **fields):
        """The first event of one of these types with these fields that was not handed out before."""
        found = self._wait(lambda: self._find(kinds, fields), timeout)
        if found is None:
            if self._closed:
                raise self._closed
            raise TimeoutError(f"no {kinds} {fields} among {self.events[-20:]}")
        self._taken.add(found)
        return self.events[found]

    def messages(self, room_id):
        """The new_message events of a room so far, in the order in which they came."""
        with self._changed:
            return [e for e in self.events if e["type"] == "new_message" and e["roomId"] == room_id]

    def wait_messages(self, room_id, count, timeout=None):
        """Waits until that many new_message events of the room have come: all of them."""
        self._wait(lambda: len(self.messages(room_id)) >= count or None, timeout)
        found = self.messages(room_id)
        assert len(found) >= count, f"{len(found)} of {count} messages"
        return found

    def wait_closed(self, timeout=None):
        """Waits until the server has closed the socket: a Closed with code and reason."""
        self._wait(lambda: self._closed, timeout)
        if self._closed is None:
            raise TimeoutError("the socket is still open")
        return self._closed

    def close(self, code=1000):
        """Closes from this side; does nothing when it is closed already."""
        _run(self._socket.close(code), self.timeout)

    @property
    def is_open(self):
        return self._closed is None

    @property
    def subprotocol(self):
        """What the server chose."""
        return self._socket.subprotocol

    # --- inside ---------------------------------------------------------------------------------

    async def _connect(self, url, headers, subprotocol):
        return await websockets.connect(
            url,
            create_protocol=Checked,
            subprotocols=[subprotocol] if subprotocol else None,
            extra_headers=headers,
            compression=None,
            max_size=None,
            max_queue=None,
            ping_interval=None,
        )

    async def _ping(self):
        (await self._socket.ping()).add_done_callback(lambda pong: pong.cancelled() or pong.exception())

    async def _read(self):
        try:
            async for frame in self._socket:
                self.frames.append(frame)
                self._take(json.loads(frame))
        finally:
            with self._changed:
                self._closed = Closed(self._socket.close_code, self._socket.close_reason)
                self._changed.notify_all()

    def _take(self, frame):
        assert isinstance(frame, list), f"a server frame is an array of events: {frame!r}"
        with self._changed:
            self.events.extend(frame)
            self._changed.notify_all()

    def _find(self, kinds, fields):
        for position, event in enumerate(self.events):
            if position in self._taken or event["type"] not in kinds:
                continue
            if all(event.get(name) == value for name, value in fields.items()):
                return position
        return None

    def _wait(self, condition, timeout):
        """Waits until condition() is not None, the socket is closed, or the deadline has passed."""
        with self._changed:
            self._changed.wait_for(
                lambda: condition() is not None or self._closed is not None, timeout or self.timeout
            )
            return condition()
