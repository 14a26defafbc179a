"""The product's reading statements against rls.sql: nobody reads what he may not, or misses what he may.

Two descriptions of the same rights, written apart: the statements of the programs (their text comes from
`chatspherectl statements`, what the programs make of their columns is repeated in `decided` and `joined`),
and policies for a role that says only SELECT. A population made by chance asks both, and the sets of rows
must be the same. What differed once is kept out of the population and has a test of its own below.
"""

import random
import re
import uuid
from pathlib import Path

import pytest
from apply_sql import run_file
from chatdb import ChatDb, NEVER, User, fresh
from population import Actor, Population, edit, react, tombstone
from psycopg.rows import tuple_row
from statements import ask, statements

HERE = Path(__file__).resolve().parent
NEWEST, ALL = 2**63 - 1, 1000

# Every statement that touches a table under the policies: compared here, or why not.
PROTECTED = r"\bchat\.(rooms|room_members|messages|room_events|message_edits|reactions)\b"
COMPARED = {"rooms_own", "rooms_all", "rooms_public", "room", "members", "page_before", "page_after",
            "page_around", "page_at", "message_one", "replies_before", "replies_after", "edits", "pins", "reacted", "reactors", "join_rooms", "join_every",
            "log_read", "events", "readers", "conversations", "pairs", "direct_list", "direct_page", "direct_one",
            "feed_all", "feed_room", "feed_of",
            "search"}
EXEMPT = {"message": "the original of a message that its sender posted twice: his own, whatever became of him",
          "message_changed": "what somebody has just changed, which functions/messages.sql let him",
          "bans": "for who keeps order in the room, which the handler sees from the row of the room beside it",
          "ctl_rooms": "the operator's, who counts everything again: ids alone",
          "pairs_unread": "a number, of one's own pairs",
          "direct_posted": "what somebody has just posted, which functions/direct.sql let him",
          "direct_marked": "where one has just read to, which functions/direct.sql let him: the room of that message",
          "ctl_audit": "the operator's, as the owner of the database: it names the rooms of the audit log",
          "whereabouts": "the rooms of somebody whose presence has changed: the gateway looks for them among those that its sockets"
                         " have joined, and shows none",
          "present": "the members of rooms that a socket has joined: ids of those who are there",
          "room_invited": "the room of an invitation, asked when functions/invites.sql has let the asker in"}


# --- the two answers ------------------------------------------------------------------------------------


class Oracle:
    """Plain SELECTs under the policies."""

    def __init__(self, db):
        run_file(db.owner, HERE / "rls.sql")
        self.conn = db.connect("postgres")
        self.conn.row_factory = tuple_row
        self.conn.execute("SET ROLE chat_oracle")

    def asks(self, actor):
        self.conn.execute("SELECT set_config('chat.user_id', %s, false), set_config('chat.acts_as', %s, false)",
                          (str(actor.user.id), actor.acts_as))
        return self

    def column(self, query, *values):
        return [row[0] for row in self.conn.execute(query, values or None)]

    def right(self, room):
        """read, see or nothing."""
        if room in self.column("SELECT room_id FROM rls.reads"):
            return "read"
        return "see" if room in self.column("SELECT id FROM chat.rooms") else "nothing"

    def messages(self, room):
        return self.column("SELECT seq FROM chat.messages WHERE room_id = %s ORDER BY seq", room)

    def times(self, room):
        """When each of them was said, in milliseconds."""
        return self.column("SELECT floor(extract(epoch FROM created_at) * 1000)::bigint FROM chat.messages"
                           " WHERE room_id = %s ORDER BY seq", room)

    def log(self, room):
        return self.column("SELECT seq FROM chat.messages WHERE room_id = %s UNION ALL"
                           " SELECT seq FROM chat.room_events WHERE room_id = %s ORDER BY 1", room, room)


def decided(actor, kind, state, is_private, is_lobby):
    """src/api/access.c: what a worker makes of a room's columns."""
    privileged = actor.is_admin if kind == "p2p" and actor.is_client else \
        kind != "p2p" and (actor.is_admin or actor.is_client)
    if is_lobby or state == "member" or privileged:
        return "read"
    return "nothing" if is_private else "see"


def joined(row):
    """ws-gateway/op_room.c: what a gateway makes of a row of join_rooms."""
    _, exists, allowed, *_ = row
    return "nothing" if not exists else "read" if allowed else "see"


@pytest.fixture(scope="module", params=range(3))
def world(cluster, request):
    """A population, and both who can be asked about it: (population, oracle)."""
    db = ChatDb(cluster, fresh(cluster))
    population = Population(db, request.param)
    yield population, Oracle(db)
    db.close()
    cluster.dropdb(db.name)


def questions(world):
    """(actor, room, oracle) for everybody and everything."""
    population, oracle = world
    for actor in population.actors():
        oracle.asks(actor)
        for room in population.rooms:
            yield actor, room, oracle


def page(db, actor, room, name, *position):
    """The messages that a page of history shows."""
    return page_of(db, actor, room, f"page_{name}", None, *position)


def page_of(db, actor, room, name, *values):
    """The messages that an answer shows: rows behind the head, if a worker lets them out."""
    head, *rows = ask(db, name, room, actor.member, *values) or [None]
    if head is None or decided(actor, head[6], head[4], head[14] & 1, head[14] & 2) != "read":
        return []
    return sorted(row[0] for row in rows)


# --- comparing ------------------------------------------------------------------------------------------


def test_every_statement_that_reads_rooms_is_compared():
    """Who adds one compares it here, or says why that is not to be."""
    names = [line.split()[0] for line in statements().splitlines()]
    touching = {name for name in names if re.search(PROTECTED, statements(name))}
    assert touching == COMPARED | EXEMPT.keys()


def test_the_population_is_varied(world):
    """Or the tests below compare little."""
    population, oracle = world
    states = set(population.db.owner.execute(
        "SELECT r.kind, r.is_private, r.history_visibility, m.state FROM chat.rooms AS r"
        " JOIN chat.room_members AS m ON m.room_id = r.id WHERE r.deleted_at IS NULL"))
    assert len(states) >= 12   # left, member and banned, in four kinds of rooms; and direct ones
    rights = {(actor.acts_as, actor.is_admin, oracle.right(room)) for actor, room, oracle in questions(world)}
    assert len(rights) >= 12


def test_lists_of_rooms(world):
    population, oracle = world
    for actor in population.actors():
        oracle.asks(actor)
        everything = actor.is_client or actor.is_admin
        rows = ask(population.db, *(("rooms_all", actor.member, ALL, None) if everything else
                                    ("rooms_own", actor.member, ALL, None)))
        # others' direct conversations are not listed, not even to who may read them
        expected = oracle.column(
            "SELECT r.id FROM chat.rooms AS r LEFT JOIN chat.room_members AS m ON m.room_id = r.id"
            " AND m.user_id = %s WHERE CASE WHEN %s THEN r.kind <> 'p2p' OR m.state = 'member'"
            " ELSE r.is_lobby OR m.state = 'member' AND NOT m.is_hidden END", actor.member, everything)
        assert sorted(row[0] for row in rows) == sorted(expected), actor.name
        check_previews(actor, oracle, rows)


def test_conversations(world):
    """Hidden ones are there or not, as they have news (test_conversations.py)."""
    population, oracle = world
    for actor in population.actors():
        oracle.asks(actor)
        for name, kinds in (("conversations", ["p2p", "group"]), ("pairs", ["p2p"])):
            limits = (ALL, ALL) if name == "conversations" else (ALL,)
            rooms = {row[0] for row in ask(population.db, name, actor.member, None, *limits)}
            all_, shown = (set(oracle.column(
                "SELECT r.id FROM chat.rooms AS r JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = %s"
                " WHERE m.state = 'member' AND r.kind = ANY (%s) AND (%s OR NOT m.is_hidden)",
                actor.member, kinds, hidden)) for hidden in (True, False))
            assert shown <= rooms <= all_, actor.name


def test_messages_of_two(world):
    population, oracle = world
    every = [row.id for row in population.db.owner.execute("SELECT id FROM chat.messages")]
    for actor in population.actors():
        expected = oracle.asks(actor).column(
            "SELECT g.id FROM chat.messages AS g JOIN chat.rooms AS r ON r.id = g.room_id"
            " WHERE r.kind = 'p2p' AND g.deleted_at IS NULL AND r.id IN (SELECT m.room_id FROM chat.room_members AS m"
            " WHERE m.user_id = %s AND m.state = 'member')", actor.member)
        listed = ask(population.db, "direct_list", actor.member, None, "all", False, ALL)
        assert sorted(row[0] for row in listed) == sorted(expected), actor.name
        found = [id for id in every if ask(population.db, "direct_one", actor.member, id)]
        assert sorted(found) == sorted(expected), actor.name
        pages = [row[0] for room in set(population.rooms)
                 for row in ask(population.db, "direct_page", actor.member, room, None, ALL) if row[0]]
        assert sorted(pages) == sorted(expected), actor.name


def test_messages_over_rooms(world):
    """Of all: for applications and ADMINs. Of one person: for them too, and for himself."""
    population, oracle = world
    for actor in population.actors():
        oracle.asks(actor)
        pairs = actor.is_client and actor.is_admin
        if actor.is_client or actor.is_admin:
            shown = oracle.column("SELECT g.id FROM chat.messages AS g JOIN chat.rooms AS r ON r.id = g.room_id"
                                  " WHERE %s OR r.kind <> 'p2p'", pairs)
            assert sorted(row[1] for row in ask(population.db, "feed_all", None, pairs, ALL)) == sorted(shown), actor.name
            check_said(actor, oracle, population, "%(pairs)s OR r.kind <> 'p2p'", population.people, False, pairs)
        if not actor.is_client:
            mine = ("r.is_lobby OR r.id IN (SELECT m.room_id FROM chat.room_members AS m"
                    " WHERE m.user_id = %(user)s AND m.state = 'member')")
            check_said(actor, oracle, population, mine, [actor.user], True, False)


def check_said(actor, oracle, population, where, people, as_self, pairs):
    for user in people:
        with oracle.conn.cursor() as cursor:
            shown = cursor.execute(
                "SELECT g.id FROM chat.messages AS g JOIN chat.rooms AS r ON r.id = g.room_id"
                f" WHERE g.sender_id = %(user)s AND g.deleted_at IS NULL AND ({where})",
                {"user": user.id, "pairs": pairs}).fetchall()
        rows = ask(population.db, "feed_of", user.id, None, None, ALL, as_self, pairs)
        assert sorted(row[1] for row in rows) == sorted(row[0] for row in shown), (actor.name, user.name)


def test_messages_of_a_room_newest_first(world):
    population, _ = world
    for actor, room, oracle in questions(world):
        assert page_of(population.db, actor, room, "feed_room", None, ALL) == oracle.messages(room), actor.name


def test_lists_of_public_rooms(world):
    population, oracle = world
    for actor in population.actors():
        oracle.asks(actor)
        rows = ask(population.db, "rooms_public", actor.member, ALL, None)
        joinable = oracle.column(
            "SELECT r.id FROM chat.rooms AS r WHERE NOT r.is_private AND NOT r.is_lobby"
            " AND r.archived_at IS NULL AND NOT EXISTS (SELECT FROM chat.room_members AS m"
            " WHERE m.room_id = r.id AND m.user_id = %s AND m.state <> 'left')", actor.member)
        assert sorted(row[0] for row in rows) == sorted(joinable), actor.name
        check_previews(actor, oracle, rows)


def check_previews(actor, oracle, rows):
    """The last message of each room that a worker shows is the last that he may read."""
    for row in rows:
        shown = [row[16]] if decided(actor, *row[5:9]) == "read" and row[15] else []
        assert shown == oracle.messages(row[0])[-1:], (actor.name, row[0])


def test_one_room(world):
    population, _ = world
    for actor, room, oracle in questions(world):
        rows = ask(population.db, "room", actor.member, room)
        found = decided(actor, *rows[0][5:9]) if rows else "nothing"
        assert found == oracle.right(room), (actor.name, room)
        if found == "read":
            members = [row[0] for row in ask(population.db, "members", room, ALL, None)]
            assert members == oracle.column("SELECT user_id FROM chat.room_members WHERE room_id = %s"
                                            " AND state = 'member' ORDER BY user_id", room), (actor.name, room)
            check_previews(actor, oracle, rows)


def test_pages_of_history(world):
    population, _ = world
    rng = random.Random(4)
    for actor, room, oracle in questions(world):
        at, n = rng.randrange(1, 60), rng.randrange(1, 9)
        seqs = oracle.messages(room)
        before, after = [s for s in seqs if s < at], [s for s in seqs if s >= at]
        times = oracle.times(room)
        moment = rng.choice([0, *times])
        earlier = [seq for seq, time in zip(seqs, times, strict=True) if time < moment]
        for name, position, expected in (
                ("before", (NEWEST, ALL), seqs), ("before", (at, n), before[-n:]), ("after", (0, ALL), seqs),
                ("after", (at - 1, n), after[:n]), ("around", (at, n, n), before[-n:] + after[:n]),
                ("at", (moment, n, n), earlier[-n:] + seqs[len(earlier):][:n])):
            shown = page(population.db, actor, room, name, *position)
            assert shown == expected, (actor.name, room, name, position)


def test_messages_alone(world):
    """One by its id, what it said before, and its thread: of each room a few, and one of another room."""
    population, _ = world
    rng = random.Random(5)
    found = {row.id: (row.room_id, row.seq) for row in population.db.owner.execute(
        "SELECT id, room_id, seq FROM chat.messages ORDER BY id")}
    roots = [row[0] for row in population.db.owner.execute(
        "SELECT DISTINCT parent_id FROM chat.messages WHERE parent_id IS NOT NULL ORDER BY 1")]
    of_room = {room: [id for id in found if found[id][0] == room] for room in population.rooms}
    seen = 0
    for actor, room, oracle in questions(world):
        seqs = oracle.messages(room)
        threads = [id for id in of_room[room] if id in roots]
        for id in {rng.choice(list(found)), *rng.sample(of_room[room], min(2, len(of_room[room]))), *threads[:2]}:
            at, (home, seq) = rng.randrange(1, 60), found[id]
            is_seen = home == room and seq in seqs
            shown = page_of(population.db, actor, room, "message_one", id)
            assert shown == ([seq] if is_seen else []), (actor.name, room)
            edits = ask(population.db, "edits", room, id, ALL) if shown else []
            assert sorted(row[0] for row in edits) == (oracle.column(
                "SELECT rev FROM chat.message_edits WHERE room_id = %s AND seq = %s ORDER BY rev",
                room, seq) if is_seen else []), (actor.name, room)
            replies = oracle.column("SELECT seq FROM chat.messages WHERE room_id = %s AND parent_seq = %s"
                                    " ORDER BY seq", room, seq) if is_seen else []
            for name, position, expected in (
                    ("before", (NEWEST, ALL), replies), ("after", (at - 1, 3), [s for s in replies if s >= at][:3]),
                    ("before", (at, 3), [s for s in replies if s < at][-3:])):
                thread = page_of(population.db, actor, room, f"replies_{name}", *position, id)
                assert thread == expected, (actor.name, room, name, position)
            seen += len(replies)
    assert seen > 100


def test_pins(world):
    population, _ = world
    pinned = population.db.owner.execute("SELECT room_id, seq FROM chat.pins").fetchall()
    for actor, room, oracle in questions(world):
        expected = sorted({row.seq for row in pinned if row.room_id == room} & set(oracle.messages(room)))
        assert page_of(population.db, actor, room, "pins", ALL) == expected, (actor.name, room)


def test_reactions(world):
    """One's own, of every message that has some, and everybody's, of each."""
    population, _ = world
    given = population.db.owner.execute("SELECT DISTINCT room_id, seq, m.id FROM chat.messages AS m"
                                        " JOIN chat.reactions USING (room_id, seq)").fetchall()
    seen = 0
    for actor, room, oracle in questions(world):
        of_room = [row for row in given if row.room_id == room]
        if not actor.is_client:  # an application is nobody who could have reacted
            own = oracle.column("SELECT seq FROM chat.reactions WHERE room_id = %s AND user_id = %s ORDER BY seq",
                                room, actor.member)
            assert page_of(population.db, actor, room, "reacted", [row.seq for row in of_room]) == own, (actor.name, room)
            seen += len(own)
        for row in of_room[:3]:
            people = oracle.column("SELECT seq FROM chat.reactions WHERE room_id = %s AND seq = %s", room, row.seq)
            assert page_of(population.db, actor, room, "reactors", row.id, ALL) == people, (actor.name, room)
            seen += len(people)
    assert seen > 100


def found(population, actor, room):
    """The messages that a search finds, all at once, as a worker asks for an actor."""
    rows = ask(population.db, "search", "hello", actor.member, actor.is_client or actor.is_admin,
               actor.is_client and actor.is_admin, room, None, None, None, None, False, ALL)
    return [(row[15], row[0]) for row in rows[1:]]


@pytest.mark.parametrize("indexed", (False, True))
def test_search(world, indexed):
    population, oracle = world
    rng = random.Random(6)
    while indexed and population.db.call("index_due", 100)[0]:
        pass
    for actor in population.actors():
        oracle.asks(actor)
        expected = set(oracle.conn.execute("SELECT room_id, seq FROM chat.messages WHERE content = 'hello'"))
        shown = found(population, actor, None)
        assert set(shown) == expected and len(shown) == len(expected), actor.name
        for room in rng.sample(population.rooms, 4):
            assert set(found(population, actor, room)) == {(r, s) for r, s in expected if r == room}, (actor.name, room)


def test_the_log(world):
    """What a socket may have: everything from visible_from on, as joining with that position replays it."""
    population, _ = world
    for actor, room, oracle in questions(world):
        row, = ask(population.db, "join_rooms", [actor.member], [room])
        # an administrator's socket is a member's: what else he reads, he reads over REST
        assert actor.is_admin or joined(row) == oracle.right(room), (actor.name, room)
        if joined(row) != "read":
            assert actor.is_admin or not oracle.log(room), (actor.name, room)
            continue
        last, visible_from = row[3], row[5]
        rows = ask(population.db, "log_read", [room], [max(visible_from - 1, 0)], [last], ALL)
        assert [r[2] for r in rows] == oracle.log(room), (actor.name, room)
        position, = ask(population.db, "positions", [room])
        assert position[1] == last == max(oracle.log(room), default=0), (actor.name, room)


def test_joining_all_is_joining_each(world):
    """The rooms of who is a member, hidden ones too, and of each what joining it says."""
    population, oracle = world
    for actor in population.actors():
        rows = ask(population.db, "join_every", actor.member, ALL, 4 * 10**12)
        expected = oracle.asks(actor).column(
            "SELECT r.id FROM chat.rooms AS r JOIN chat.room_members AS m ON m.room_id = r.id"
            " WHERE m.user_id = %s AND m.state = 'member'", actor.member)
        assert sorted(row[0] for row in rows) == sorted(expected), actor.name
        for room, *row, stood in rows:
            assert stood == row[2], "now, where it stands now"
            one, = ask(population.db, "join_rooms", [actor.member], [room])
            assert list(one[1:]) == row, (actor.name, room)
            assert actor.is_admin or oracle.right(room) == "read", (actor.name, room)


def test_the_log_over_http(world):
    """As far back as he may see, and nothing of a room that he may not read."""
    population, _ = world
    for actor, room, oracle in questions(world):
        head, *rows = ask(population.db, "events", room, actor.member, None, ALL, None, None) or [None]
        right = decided(actor, head[3], head[6], head[20] & 4, head[20] & 8) if head else "nothing"
        assert right == oracle.right(room), (actor.name, room)
        if right == "read":
            assert [row[2] for row in rows] == oracle.log(room), (actor.name, room)
            assert {row[11] for row in rows if row[11]} <= set(oracle.messages(room)), (actor.name, room)


def test_read_positions(world):
    """Those of members, for who may read the room."""
    population, _ = world
    for actor, room, oracle in questions(world):
        rows = ask(population.db, "readers", room, actor.member, NEVER, ALL)
        right = decided(actor, *rows[0][:4]) if rows else "nothing"
        assert right == oracle.right(room), (actor.name, room)
        if right == "read" and not rows[0][3]:
            members = oracle.column("SELECT user_id FROM chat.room_members WHERE room_id = %s"
                                    " AND state = 'member' ORDER BY user_id", room)
            reads = {row.user_id for row in population.db.owner.execute(
                "SELECT user_id FROM chat.room_reads WHERE room_id = %s", (room,))}
            assert [row[4] for row in rows if row[4]] == [one for one in members if one in reads], (actor.name, room)


# --- the policies themselves ----------------------------------------------------------------------------


def test_the_policies_say_what_the_contract_says(db):
    """By hand, so that the oracle is not believed blindly: how much of a private room each one reads."""
    owner, member, late, left, banned, disabled, admin = (*db.users(6), db.user(role="ADMIN"))
    room = db.room(owner, member, left, banned, disabled, private=True, history="since_join")
    first = db.post_one(room, owner)
    edit(db, room, owner, first.seq)
    react(db, room, member, first.seq)
    db.call("leave_room", room, left.id)
    db.call("remove_member", room, owner.id, False, banned.id, True)
    db.call("add_member", room, owner.id, False, late.id, None)
    db.post_one(room, owner)
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (disabled.id,))
    oracle = Oracle(db)

    def counts(user, acts_as=""):
        oracle.asks(Actor("", user, acts_as))
        return [oracle.column(f"SELECT count(*) FROM chat.{table} WHERE room_id = %s", room)[0]
                for table in ("messages", "message_edits", "reactions", "room_members")]

    assert counts(owner) == counts(member) == counts(admin) == [2, 1, 1, 4]
    assert counts(late) == [1, 0, 0, 4]
    for nobody in (left, banned, disabled, User(uuid.uuid4(), "", None)):
        assert counts(nobody) == [0, 0, 0, 0]
    assert counts(admin, "token") == [0, 0, 0, 0]
    assert counts(admin, "client") == counts(admin, "client_admin") == [2, 1, 1, 4]
    tombstone(db, room, owner, first.seq)
    assert counts(owner) == [2, 0, 1, 4]
    db.owner.execute("UPDATE chat.rooms SET deleted_at = now() WHERE id = %s", (room,))
    for who in (owner, admin):
        assert counts(who) == counts(who, "client_admin") == [0, 0, 0, 0]


def test_a_direct_conversation_is_of_two(db):
    one, other, admin = (*db.users(2), db.user(role="ADMIN"))
    room = db.pair(one, other)
    db.post_one(room, one)
    oracle = Oracle(db)
    for who, acts_as, right in ((one, "", "read"), (one, "token", "read"), (one, "client", "nothing"),
                                (admin, "", "nothing"), (admin, "client", "nothing"),
                                (admin, "client_admin", "read")):
        assert oracle.asks(Actor("", who, acts_as)).right(room) == right


# --- where the two differed -------------------------------------------------------------------------------


def test_a_change_of_an_older_message_does_not_show_it(db):
    """history_visibility since_join: the change has a seq behind the joining, the message one before it."""
    owner, late = db.users(2)
    room = db.room(owner, history="since_join")
    old = db.post_one(room, owner, "before he came")
    db.call("join_room", room, late.id)
    react(db, room, owner, old.seq)
    row, = ask(db, "join_rooms", [late.id], [room])
    rows = ask(db, "log_read", [room], [row[5] - 1], [row[3]], ALL)
    allowed = Oracle(db).asks(Actor("", late)).messages(room)
    assert {r[11] for r in rows if r[11]} <= set(allowed)


def test_who_left_a_private_room_is_told_nothing_at_joining(db):
    """404, as over REST: he may not know whether it still exists."""
    owner, left, banned = db.users(3)
    room = db.room(owner, left, banned, private=True)
    db.call("leave_room", room, left.id)
    db.call("remove_member", room, owner.id, False, banned.id, True)
    oracle = Oracle(db)
    for user in (left, banned):
        row, = ask(db, "join_rooms", [user.id], [room])
        assert joined(row) == oracle.asks(Actor("", user)).right(room)


def test_an_application_is_not_in_its_owners_direct_conversations(db):
    """They take the permission `admin`."""
    owner, other = db.users(2)
    room = db.pair(owner, other)
    db.post_one(room, other)
    application = Actor("application", owner, "client")
    assert page(db, application, room, "before", NEWEST, ALL) == Oracle(db).asks(application).messages(room)


def test_an_application_loses_nothing_by_its_owners_membership(db):
    """Of a room with history_visibility since_join it reads all, wherever its token's owner is."""
    owner, user = db.users(2)
    room = db.room(owner, history="since_join")
    db.post_one(room, owner)
    db.call("join_room", room, user.id)
    application = Actor("application", user, "client")
    assert page(db, application, room, "before", NEWEST, ALL) == Oracle(db).asks(application).messages(room)
