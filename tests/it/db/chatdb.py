"""A database of one test: people, rooms and posts in a few words, as the programs would make them.

The owner's connection prepares what the functions under test only read (users, sessions, settings);
everything else goes through the functions, on connections of the role that the programs use.
"""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from psycopg.rows import namedtuple_row

TEMPLATE = "chat_template"  # a database with schema and seed, which conftest.py makes
LOBBY = uuid.UUID("00000000-0000-7000-8000-000000000001")
NEVER = uuid.UUID(int=0)

# What the programs ask of every connection (src/common/cs_db.c).
APP_SETTINGS = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off"

POST = """SELECT p.ord, p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms,
                 p.mentioned
            FROM chat.post_messages(
                 %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::uuid[],
                 %s::text[], %s::uuid[], %s::text[], %s::jsonb[], %s::jsonb[]) AS p"""

_names, _databases = itertools.count(1), itertools.count(1)


def fresh(cluster, template=TEMPLATE):
    """The name of a new database of its own."""
    name = f"chat_{next(_databases)}"
    cluster.createdb(name, template)
    return name


def parallel(n, function):
    """function(0) … function(n - 1), each in a thread of its own; their results, or the first error."""
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(function, range(n)))


@dataclass(frozen=True)
class User:
    id: uuid.UUID
    name: str
    session: uuid.UUID


@dataclass
class Post:
    """One message to be posted; every field is an element of an argument of chat.post_messages."""

    room: uuid.UUID
    sender: User
    content: str = "hello"
    client_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    parent: uuid.UUID = None
    kind: str = None
    meta: str = None
    mentions: str = None
    cred_kind: str = "session"
    cred_id: uuid.UUID = None

    def columns(self):
        return (self.room, self.sender.id, self.cred_kind, self.cred_id or self.sender.session,
                self.client_id, self.id, self.content, self.parent, self.kind, self.meta,
                self.mentions)


class ChatDb:
    """One database, with the schema and the seed in it."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.open = []
        self.owner = self.connect("postgres")
        self.app = self.connect()

    def connect(self, user="app", **options):
        """A connection of its own, in autocommit; closed with the database."""
        conn = self.cluster.connect(user, self.name, row_factory=namedtuple_row,
                                    **{"options": APP_SETTINGS, **options})
        self.open.append(conn)
        return conn

    def close(self):
        for conn in self.open:
            conn.close()

    def one(self, query, *parameters):
        """The only row of a query of the owner."""
        return self.owner.execute(query, parameters or None).fetchone()

    def value(self, query, *parameters):
        return self.one(query, *parameters)[0]

    def call(self, function, *arguments, conn=None):
        """The first row of a function of the schema, called as the programs' role."""
        marks = ", ".join(["%s"] * len(arguments))
        return (conn or self.app).execute(
            f"SELECT * FROM chat.{function}({marks})", arguments).fetchone()

    def user(self, name=None, role="MEMBER"):
        """A user with an open session."""
        made = User(uuid.uuid4(), name or f"user{next(_names)}", uuid.uuid4())
        self.owner.execute("INSERT INTO chat.users (id, username, role) VALUES (%s, %s, %s)",
                           (made.id, made.name, role))
        self.owner.execute("INSERT INTO chat.sessions (id, user_id, kind, expires_at)"
                           " VALUES (%s, %s, 'jwt', now() + interval '1 day')",
                           (made.session, made.id))
        return made

    def users(self, n):
        return [self.user() for _ in range(n)]

    def token(self, user, kind="USER", permissions=None, expires="1 day"):
        """An API token of a user; permissions as bits. Returns its id and the hash."""
        token, secret = uuid.uuid4(), uuid.uuid4().bytes * 2
        self.owner.execute(
            "INSERT INTO chat.api_tokens (id, user_id, type, token_hash, prefix, permissions,"
            " expires_at) VALUES (%s, %s, %s, %s, 'cs_', %s, now() + %s::interval)",
            (token, user.id, kind, secret, permissions, expires))
        return token, secret

    def room(self, owner, *members, private=False, history="all"):
        """A room with its members, in this order."""
        made = self.call("create_room", uuid.uuid4(), owner.id, "group" if private else "channel",
                         "a room", None, private, history)
        assert made.status == "ok"
        for member in members:
            added = self.call("add_member", made.id, owner.id, False, member.id, None)
            assert added.status == "ok"
        return made.id

    def pair(self, one, other):
        """The conversation of two."""
        opened = self.call("open_pair", uuid.uuid4(), one.id, other.id)
        assert opened.status in ("ok", "already")
        return opened.room_id

    def post(self, *posts, conn=None):
        """Posts a batch and returns its rows."""
        columns = [list(column) for column in zip(*(post.columns() for post in posts))]
        return (conn or self.app).execute(POST, columns).fetchall()

    def post_one(self, *arguments, conn=None, **options):
        """Posts one message: post_one(room, sender, content, …)."""
        return self.post(Post(*arguments, **options), conn=conn)[0]

    def log(self, room):
        """The seqs of a room's log, in order, over both of its tables."""
        return [row[0] for row in self.owner.execute(
            "SELECT seq FROM chat.messages WHERE room_id = %(r)s UNION ALL"
            " SELECT seq FROM chat.room_events WHERE room_id = %(r)s ORDER BY seq", {"r": room})]

    def counter(self, room):
        return self.one("SELECT * FROM chat.room_seq WHERE room_id = %s", room)

    def events(self, room):
        """(kind, subject, data) of the room's events, in order."""
        return [tuple(row) for row in self.owner.execute(
            "SELECT kind, subject_id, data FROM chat.room_events WHERE room_id = %s ORDER BY seq",
            (room,))]

    def assert_gapless(self, room):
        """R1: the log is 1..last_seq without a hole, msg_no is dense, time never falls."""
        counter = self.counter(room)
        assert self.log(room) == list(range(counter.first_seq, counter.last_seq + 1))
        rows = self.owner.execute("SELECT msg_no, created_at FROM chat.messages"
                                  " WHERE room_id = %s ORDER BY seq", (room,)).fetchall()
        assert [row.msg_no for row in rows] == list(range(1, counter.msg_count + 1))
        times = self.owner.execute(
            "SELECT seq, created_at FROM chat.messages WHERE room_id = %(r)s UNION ALL"
            " SELECT seq, created_at FROM chat.room_events WHERE room_id = %(r)s ORDER BY seq",
            {"r": room}).fetchall()
        assert [t.created_at for t in times] == sorted(t.created_at for t in times)
        assert not times or times[-1].created_at == counter.last_at
