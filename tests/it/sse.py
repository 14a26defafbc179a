"""A client of GET /events, made for tests: a stream of Server-Sent Events, and long polls.

The stream is read in a background thread, as a browser's EventSource would, but it comes back only when
it is told to. What came stands in .events, in order; each remembers the id that stood with it.
"""

import contextlib
import http.client
import json
import socket
import threading
from urllib.parse import urlencode, urlsplit

import httpx
from asyncapi import FRAMES
from openapi import CONTRACT, Undocumented


class Refused(Exception):
    """Another status than 200; .status, .headers and .problem tell more."""

    def __init__(self, status, headers, body):
        super().__init__(f"status {status}: {body[:300]!r}")
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.problem = json.loads(body)


def target(rooms, **query):
    """The address of such rooms."""
    given = {name: value for name, value in query.items() if value is not None}
    return "/events?" + urlencode({"rooms": ",".join([rooms] if isinstance(rooms, str) else rooms), **given}, safe=",")


class EventStream:
    """One answer of text/event-stream, open when the constructor returns."""

    def __init__(self, base_url, rooms, headers=None, last_id=None, timeout=10, **query):
        self.timeout = timeout
        self.events = []
        self.comments = 0
        self.retry = None
        self.last_id = last_id  # what an EventSource would send when it comes back
        self._taken = set()
        self._changed = threading.Condition()
        self._ended = False
        at = urlsplit(base_url)
        self._line = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
        sent = {"Accept": "text/event-stream", **(headers or {}), **({"Last-Event-ID": last_id} if last_id else {})}
        self._line.request("GET", target(rooms, **query), headers=sent)
        self._socket = self._line.sock  # which the line forgets when the answer is its last
        self._answer = self._line.getresponse()
        if self._answer.status != 200:
            raise Refused(self._answer.status, self._answer.getheaders(), self._answer.read())
        self.headers = {name.lower(): value for name, value in self._answer.getheaders()}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def expect(self, *kinds, timeout=None, **fields):
        """The first event of one of these types with these fields that was not handed out before."""
        found = self._wait(lambda: self._find(kinds, fields), timeout)
        if found is None:
            raise TimeoutError(f"no {kinds} {fields} among {self.events[-10:]}, ended: {self._ended}")
        self._taken.add(found)
        return self.events[found]

    def seqs(self, room_id):
        """Those of all durable events of a room so far."""
        with self._changed:
            return [e["seq"] for e in self.events if "seq" in e and e["roomId"] == room_id]

    def wait_seq(self, room_id, seq, timeout=None):
        """Waits until the room has come so far: all its seqs."""
        self._wait(lambda: seq in self.seqs(room_id) or None, timeout)
        assert seq in self.seqs(room_id), f"{seq} not among {self.seqs(room_id)[-5:]}, ended: {self._ended}"
        return self.seqs(room_id)

    def wait_ended(self, timeout=None):
        """Waits until the server has ended the answer."""
        self._wait(lambda: self._ended or None, timeout)
        assert self._ended, "the stream is still open"

    def close(self):
        """Goes away as a browser does; nothing that comes afterwards counts."""
        with self._changed:
            self._closing = True
        with contextlib.suppress(OSError):  # it has ended already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._answer.close()
        self._line.close()

    _closing = False

    # --- inside ---------------------------------------------------------------------------------

    def _read(self):
        fields = {}
        try:
            for line in self._answer:
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(":")
                    fields.setdefault(name, []).append(value.removeprefix(" "))
                    continue
                self._dispatch(fields)
                fields = {}
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # cut off in the middle: as good as ended
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _dispatch(self, fields):
        with self._changed:
            if self._closing:
                return
            self.comments += len(fields.get("", []))
            self.retry = int(fields["retry"][0]) if "retry" in fields else self.retry
            self.last_id = fields["id"][0] if "id" in fields else self.last_id
            if "data" in fields:
                self._take("\n".join(fields["data"]))
            self._changed.notify_all()

    def _take(self, text):
        event = json.loads(text)
        self.events.append(event)
        try:
            FRAMES.check_event(event)  # the same events as on a native socket
        except Undocumented as failure:
            FRAMES.complaints.append(f"{failure}\n{text[:2000]}")

    def _find(self, kinds, fields):
        for position, event in enumerate(self.events):
            if position in self._taken or event["type"] not in kinds:
                continue
            if all(event.get(name) == value for name, value in fields.items()):
                return position
        return None

    def _wait(self, condition, timeout):
        with self._changed:
            self._changed.wait_for(lambda: condition() is not None or self._ended, timeout or self.timeout)
            return condition()


class Poller:
    """Long polls of the same rooms, one after the other."""

    def __init__(self, base_url, rooms, headers):
        self.base_url, self.rooms, self.headers = base_url, rooms, headers
        self.last_id = None

    def poll(self, wait=0):
        """One poll: its events."""
        answer = self.ask(wait)
        if answer.status_code != 200:
            raise Refused(answer.status_code, answer.headers.items(), answer.content)
        body = answer.json()
        assert set(body) == {"events", "lastEventId"}
        self.last_id = body["lastEventId"]
        return body["events"]

    def ask(self, wait=0):
        """One poll: the answer."""
        url = self.base_url + target(self.rooms, wait=wait, lastEventId=self.last_id)
        answer = httpx.get(url, headers={"Accept": "application/json", **self.headers}, timeout=40)
        if "x-request-id" in answer.headers:  # it came through the web server, so it is whole
            CONTRACT.check(answer)
        return answer
