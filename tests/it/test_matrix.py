"""The authorisation matrix, asked of the running system cell by cell; matrix.py has the table.

Each cell acts on things of its own: a room that was made for it, a guest, an account.
"""

import contextlib
import re
import uuid

import matrix
import pytest
from apitokens import opaque
from people import PASSWORD, Person, unique
from wsclient import Closed, NativeSocket, Refused


class World:
    """The people of the columns, and what is made for a cell."""

    def __init__(self, system):
        self.system = system
        self.client = Person(system)
        self.client.headers["Authorization"] = f"Bearer {system.credentials()['CLIENT_TOKEN']}"
        self.people = {name: Person(system).register().login() for name in matrix.WHO
                       if name not in ("anonymous", "client", "admin")}
        self.people |= {"anonymous": Person(system), "client": self.client, "admin": self.log_in_admin()}
        self.people["revoked"].post("/auth/logout")
        self.db = system.db()
        self.db.execute("UPDATE chat.users SET is_active = false WHERE id = %s", [self.people["disabled"].id])
        self.rooms = {}

    def log_in_admin(self):
        known = self.system.credentials()
        return Person(self.system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]).login()

    def close(self):
        self.db.close()
        for person in self.people.values():
            person.close()

    def id_of(self, name):
        return self.people[name].id

    def sql(self, query, *values):
        return self.db.execute(query, values).fetchone()

    # --- what words that begin with @ stand for ---------------------------------------------------

    def room(self, kind):
        """A room in which everybody is what the column says; made by the functions, past the buckets."""
        if kind in self.PAIRS:
            return self.pair(kind)
        if kind == "lobby":
            return matrix.LOBBY
        owner, private = self.id_of("owner"), kind == "private"
        room = self.sql("SELECT id FROM chat.create_room(NULL, %s, 'channel', 'a room', '', %s, 'all')", owner, private)[0]
        for name, role in (("member", "member"), ("moderator", "moderator"), ("ex_member", "member")):
            self.sql("SELECT chat.add_member(%s, %s, true, %s, %s)", room, owner, self.id_of(name), role)
        self.sql("SELECT chat.leave_room(%s, %s)", room, self.id_of("ex_member"))
        return room

    def message(self, kind):
        """A message of the member in a room of its own: what a path says of both."""
        room, member = self.room(kind), self.id_of("member")
        made = self.sql("SELECT id FROM chat.post_messages(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], ARRAY['session'], ARRAY[%s],"
                        " ARRAY[%s], NULL, ARRAY['hello'], NULL, NULL, NULL, NULL)",
                        room, member, self.session_of(member), unique("matrix"))[0]
        return f"{room} {made}"

    def companion(self, kind):
        """A member without an office in a room of its own: what a path says of both."""
        room, guest = self.room(kind), self.guest(kind)
        self.sql("SELECT chat.add_member(%s, %s, true, %s, NULL)", room, self.id_of("owner"), guest)
        return f"{room} {guest}"

    def outcast(self, kind):
        """Somebody who is banned from a room of its own: what a path says of both."""
        room, guest = self.companion(kind).split()
        self.sql("SELECT chat.remove_member(%s, %s, true, %s, true)", room, self.id_of("owner"), guest)
        return f"{room} {guest}"

    def invitation(self, kind):
        """An invitation to a room of its own: what a path says of both."""
        return "{0} {1}".format(*self.invite(kind))

    def code(self, kind):
        return self.invite(kind)[2]

    def invite(self, kind):
        room, invitation, code = self.room(kind), uuid.uuid4(), opaque("cs_join_")
        self.sql("SELECT chat.create_room_invite(%s, %s, %s, true, sha256(%s), '', NULL, NULL, NULL)",
                 invitation, room, self.id_of("owner"), code.encode())
        return room, invitation, code

    def report(self, kind):
        """A report of the member about a message of his."""
        room, message = self.message(kind).split()
        return self.sql("INSERT INTO chat.reports (id, room_id, message_id, reporter_id) VALUES (chat.uuid7(), %s, %s, %s)"
                        " RETURNING id", room, message, self.id_of("member"))[0]

    # The administrator is the one who owns the application's token, which gives it no part in what he hears.
    PAIRS = {"p2p": ("member", "owner"), "admin's p2p": ("member", "admin")}

    def pair(self, kind):
        """The direct conversation of two of the columns, which there is once."""
        if kind not in self.rooms:
            self.rooms[kind] = self.sql("SELECT room_id FROM chat.open_pair(chat.uuid7(), %s, %s)",
                                        *(self.id_of(name) for name in self.PAIRS[kind]))[0]
        return self.rooms[kind]

    def direct(self, _):
        """A message in it, of the member."""
        return self.message("p2p").split()[1]

    def guest(self, _):
        """Somebody who is in no room."""
        return self.sql("INSERT INTO chat.users (id, username) VALUES (chat.uuid7(), %s) RETURNING id", unique("guest"))[0]

    def member(self, _):
        return self.id_of("member")

    def self(self, _):
        """Who asks; for who is nobody, somebody."""
        return self.id_of(self.asking if hasattr(self.people[self.asking], "id") else "member")

    def session_of(self, user):
        return self.sql("INSERT INTO chat.sessions (id, user_id, kind, expires_at)"
                        " VALUES (chat.uuid7(), %s, 'jwt', now() + interval '1 hour') RETURNING id", user)[0]

    def own_session(self, kind):
        return self.session_of(self.self(kind))

    def guests_session(self, kind):
        return self.session_of(self.guest(kind))

    def token_of(self, user):
        return self.sql("INSERT INTO chat.api_tokens (id, user_id, token_hash, prefix)"
                        " VALUES (chat.uuid7(), %s, sha256(%s::bytea), 'cs_user_…') RETURNING id", user, unique("t").encode())[0]

    def own_token(self, kind):
        return self.token_of(self.self(kind))

    def guests_token(self, kind):
        return self.token_of(self.guest(kind))

    def role(self, _):
        return self.sql("INSERT INTO chat.roles (id, name) VALUES (chat.uuid7(), %s) RETURNING id", unique("role"))[0]

    def wrong_password(self, _):
        return {"current_password": "not this one", "new_password": "a better one"}

    def unique(self, _):
        return unique("client")

    def account(self, _):
        return {"username": unique("new"), "password": PASSWORD}

    def credentials(self, _):
        return {"username": self.people["member"].name, "password": PASSWORD}

    def refresh(self, _):
        answer = Person(self.system).post("/auth/login", json=self.credentials(None))
        return {"refresh_token": answer.json()["refresh_token"]}

    def value(self, word, kind):
        if isinstance(word, dict):
            return {key: self.value(inner, kind) for key, inner in word.items()}
        if isinstance(word, list):
            return [self.value(inner, kind) for inner in word]
        if isinstance(word, str) and word.startswith("@"):
            made = getattr(self, word[1:])(kind)
            return made if isinstance(made, dict) else str(made)
        return word

    # --- asking -------------------------------------------------------------------------------------

    def caller(self, name, body):
        """The person; @again: signed in once more, for what ends a session."""
        person = self.people[name]
        if body != "@again" or name in ("anonymous", "client", "revoked", "disabled"):
            return person
        return Person(self.system, person.name, person.password).login()

    def status(self, row, name):
        self.asking = name
        route, kind, ids, body, _ = row
        method, pattern = route.split()
        for word in " ".join(str(self.value(word, kind)) for word in ids.split()).split():
            pattern = re.sub(r"\{\w+\}", word, pattern, count=1)
        filled = None if body == "@again" else self.value(body, kind)
        answer = self.caller(name, body).request(method, pattern, **{"params" if method == "GET" else "json": filled})
        return str(answer.status_code)

    @staticmethod
    def join_if_he_may(socket, room_id):
        with contextlib.suppress(Refused):
            socket.join(room_id)

    def outcome(self, row, name):
        operation, kind, fields, _ = row
        person = self.people[name]
        token = person.headers.get("Authorization", "").removeprefix("Bearer ")
        fields = dict(pair for names, made in self.value(fields, kind).items()
                      for pair in (zip(names.split(), made.split()) if " " in names else [(names, made)]))
        socket = NativeSocket(self.system.ws_url)
        try:
            if operation == "auth":
                fields, token = {"token": token or "none"}, "none"
            elif token:
                socket.request("auth", token=token)
            if token and operation in matrix.IN_THE_ROOM:
                self.join_if_he_may(socket, fields["roomId"])
            return socket.request(operation, **fields)["type"]
        except Refused as refused:
            return str(socket.wait_closed().code) if refused.code == "unauthorized" and token else refused.code
        except Closed as closed:
            return str(closed.code)
        finally:
            socket.close()


@pytest.fixture(scope="module")
def world(system):
    made = World(system)
    yield made
    made.close()


def label(row):
    return f"{row[0]} {row[1]}"


@pytest.mark.parametrize("row", matrix.ROUTES + matrix.STREAMS, ids=label)
def test_a_route_answers_everybody_as_the_matrix_says(world, row):
    assert {name: world.status(row, name) for name in matrix.WHO} == matrix.cells(row)


@pytest.mark.parametrize("row", matrix.OPERATIONS, ids=label)
def test_an_operation_answers_everybody_as_the_matrix_says(world, row):
    assert {name: world.outcome(row, name) for name in matrix.WHO} == matrix.cells(row)
