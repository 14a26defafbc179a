"""Plays a transcript: who is there, what goes into the sockets, and what has to come out, byte for byte.

One step a line; # begins a comment, a blank line means nothing.

    people ann bob              people, each logged in
    room R ann bob private      a room that the first owns and the others are members of
    ann POST /path {json} 201   a request and its status (20. for any such); `201 X=id` keeps a field of the answer as $X
    A = ann session nexus.v1    a socket: of whom, by which credential, with which subprotocol (both optional)
    A > text                    it sends a frame
    A < text                    the next frame that comes
    A ~ text                    likewise, after others that are of no interest
    A closed 1008               the server has closed it
    A closes

Known names: $R a room, $ann.id and $ann.name, $LOBBY. In what comes, $time, $uuid and $int stand for any of
that kind, $any for whatever comes, and $$m1 for a UUID that is the same wherever it is called m1 (and is known as $m1 afterwards).
A line break within a frame is written ⏎.
"""

import re

from apitokens import ApiToken
from native import LOBBY
from people import PASSWORD
from rawws import RawSocket

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ANY = {"time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "uuid": UUID, "int": r"\d+", "any": ".*"}
PLACE = re.compile(r"\$\$?[\w.]+")


def session(system, person):
    """The opaque token of document 004."""
    answer = person.post("/api/login", json={"username": person.name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json()["token"]


def ticket(system, person):
    """What opens one socket."""
    return person.post("/api/ws-ticket").json()["ticket"]


CREDENTIALS = {
    "none": lambda system, person: "",
    "bad": lambda system, person: "nonsense",
    "jwt": lambda system, person: person.access_token,
    "session": session,
    "ticket": ticket,
    "user_token": lambda system, person: ApiToken(system, person).access_token,
    "client_token": lambda system, person: ApiToken(system, person, kind="CLIENT").access_token,
}


class Transcript:
    """One run of one file."""

    def __init__(self, system, someone, path):
        self.system, self.someone = system, someone
        self.lines = path.read_text().splitlines()
        self.names = {"LOBBY": LOBBY}
        self.people, self.sockets = {}, {}

    def play(self):
        try:
            for number, line in enumerate(self.lines, 1):
                if line.strip() and not line.startswith("#"):
                    self._step(line, f"line {number}: {line}")
        finally:
            for socket in self.sockets.values():
                socket.close()

    def _step(self, line, where):
        first, _, rest = line.partition(" ")
        if first in ("people", "room"):
            getattr(self, f"_{first}")(*rest.split())
        elif first in self.people:
            self._request(self.people[first], rest, where)
        elif rest.startswith("= "):
            self.sockets[first] = self._open(*rest[2:].split())
        else:
            what, _, text = rest.partition(" ")
            self._on_socket(self.sockets[first], what, text.replace("⏎", "\n"), where)

    # --- what there is ------------------------------------------------------------------------------

    def _people(self, *names):
        for name in names:
            self.people[name] = person = self.someone()
            self.names |= {f"{name}.id": person.id, f"{name}.name": person.name}

    def _room(self, name, owner, *others):
        private = others[-1:] == ("private",)
        room = self.people[owner].create_room(isPrivate=private)["id"]
        for other in others[: len(others) - private]:
            self.people[owner].add(room, self.people[other])
        self.names[name] = room

    def _request(self, person, step, where):
        asked = re.fullmatch(r"(\w+) (\S+)(?: (\{.*\}))? (\d\d[\d.])(?: (\w+)=(\w+))?", step)
        method, path, body, status, name, field = asked.groups()
        answer = person.request(
            method, self._known(path), content=body and self._known(body).encode(),
            headers={"Content-Type": "application/json"} if body else {},
        )
        assert re.fullmatch(status, str(answer.status_code)), f"{where}: {answer.text}"
        if name:
            self.names[name] = answer.json()[field]

    # --- sockets ------------------------------------------------------------------------------------

    def _open(self, who, credential="jwt", subprotocol=None):
        parameter = "ticket" if credential == "ticket" else "token"
        token = CREDENTIALS[credential](self.system, self.people[who])
        return RawSocket(f"{self.system.ws_url}?{parameter}={token}", subprotocol=subprotocol)

    def _on_socket(self, socket, what, text, where):
        if what == ">":
            socket.send(self._known(text))
        elif what == "closes":
            socket.close()
        elif what == "closed":
            assert socket.wait_closed().code == int(text), where
        else:
            pattern = self._pattern(text)
            while not (match := pattern.fullmatch(came := socket.receive())):
                assert what == "~", f"{where}\n  came: {came}"
            self.names |= match.groupdict()

    def _known(self, text):
        return PLACE.sub(lambda place: self.names[place.group()[1:]], text)

    def _pattern(self, text):
        """What comes, as an expression: literally, but for the places."""
        parts, seen, at = [], set(), 0
        for place in PLACE.finditer(text):
            parts += [re.escape(text[at : place.start()]), self._place(place.group()[1:], seen)]
            at = place.end()
        return re.compile("".join([*parts, re.escape(text[at:])]), re.DOTALL)

    def _place(self, name, seen):
        if name in ANY:
            return ANY[name]
        if name in self.names:
            return re.escape(self.names[name])
        if not name.startswith("$"):
            raise KeyError(name)
        name = name[1:]
        if name in self.names:
            return re.escape(self.names[name])
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{UUID})"


def play(system, someone, path):
    """Plays the file with people of its own."""
    Transcript(system, someone, path).play()
