"""chatspherectl check: each counter is made wrong by hand, and is seen, told, and mended."""

import json
import uuid

import pytest
from ctlprogram import Ctl, SCHEMA, cluster  # noqa: F401
from pgcluster import OWNER


class World:
    """A room of two people with all that is counted in it, in a database of its own."""

    def __init__(self, url):
        self.ctl = Ctl(url, SCHEMA)
        self.ctl.ok("migrate")
        self.ctl.ok("seed")
        self.people = {name: self.ctl.value("SELECT chat.create_user(%s, NULL, %s, 'x', NULL, NULL, 'MEMBER', NULL)"
                                            " IS NOT NULL AND NULL", made := uuid.uuid4(), name) or made
                       for name in ("ann", "bob")}
        self.sessions = {name: uuid.uuid4() for name in self.people}
        for name, session in self.sessions.items():
            self.ctl.query("INSERT INTO chat.sessions (id, user_id, kind, expires_at)"
                           " VALUES (%s, %s, 'jwt', now() + interval '1 day')", session, self.people[name])
        self.room = uuid.uuid4()
        ann, bob = self.people.values()
        self.ctl.query("SELECT chat.create_room(%s, %s, 'channel', 'a room', NULL, false, 'all')", self.room, ann)
        self.ctl.query("SELECT chat.add_member(%s, %s, false, %s, NULL)", self.room, ann, bob)
        self.root = self.post("ann")
        self.reply = self.post("bob", parent=self.root)
        self.named = self.post("ann", mentions=json.dumps([["bob"]]))
        self.gone = self.post("ann", mentions=json.dumps([None]))
        self.ctl.query("SELECT chat.delete_message(%s, %s, %s, false, NULL)", self.room, self.gone, ann)
        self.ctl.query("SELECT chat.react(%s, %s, %s, '👍')", self.room, self.root, bob)
        self.ctl.query("SELECT chat.set_read(%s, %s, 3)", self.room, bob)

    def post(self, name, parent=None, mentions=None):
        made = uuid.uuid4()
        status = self.ctl.value(
            "SELECT p.status FROM chat.post_messages(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], '{session}', ARRAY[%s]::uuid[],"
            " ARRAY[%s]::text[], ARRAY[%s]::uuid[], '{hello}', ARRAY[%s]::uuid[], NULL, NULL, ARRAY[%s]::jsonb[]) AS p",
            self.room, self.people[name], self.sessions[name], made.hex, made, parent, mentions)
        assert status == "ok"
        return made

    def found(self, *args, status):
        """What it tells: (what, user, seq, stored, counted) of our room, or of the users."""
        done = self.ctl.run("check", *args)
        assert done.returncode == status, (done.stdout, done.stderr)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        assert all(len(line) == 6 and line[0] in ("", str(self.room)) for line in lines), lines
        return [tuple(line[1:]) for line in lines]

    def rows(self):
        """Everything that is kept of the room but its log."""
        return [self.ctl.query(f"SELECT * FROM chat.{table} WHERE room_id = %s ORDER BY 1, 2, 3", self.room)
                for table in ("messages", "mentions", "reactions", "room_members", "room_reads")]


@pytest.fixture(scope="module")
def world(cluster):  # noqa: F811
    cluster.createdb("ctl_check", owner=OWNER)
    yield World(cluster.dsn(OWNER, "ctl_check"))
    cluster.dropdb("ctl_check")


def test_nothing_differs(world):
    assert world.found(status=0) == []
    assert world.found("--repair", status=0) == []


# What is done to the room (seqs: 1 and 2 the members, 3 the root, 4 the reply, 5 names bob, 6 the tombstone)
# and what is told of it.
DRIFTS = {
    "a counter that fell back": ("UPDATE chat.room_seq SET last_seq = last_seq - 2 WHERE room_id = %s",
                                 {("last_seq", "", "", "6", "8"), ("rev", "", "3", "8", "6"), ("rev", "", "6", "7", "6")}),
    "too few messages": ("UPDATE chat.room_seq SET msg_count = 3 WHERE room_id = %s",
                         {("msg_count", "", "", "3", "4"), ("unread", "ann", "", "0", "1"), ("unread", "bob", "", "0", "1")}),
    "members": ("UPDATE chat.room_seq SET member_count = 7 WHERE room_id = %s", {("member_count", "", "", "7", "2")}),
    "numbers": ("UPDATE chat.messages SET msg_no = 20 WHERE seq = 6 AND room_id = %s",
                {("msg_no", "", "6", "20", "4")}),
    "replies": ("UPDATE chat.messages SET reply_count = 5 WHERE seq = 3 AND room_id = %s",
                {("reply_count", "", "3", "5", "1")}),
    "reactions": ("""UPDATE chat.messages SET reactions = '{"👍": 2, "🎉": 1}' WHERE seq = 3 AND room_id = %s""",
                  {("reactions", "", "3", "3", "1")}),
    "a revision": ("UPDATE chat.messages SET rev = 3 WHERE seq = 3 AND room_id = %s",
                   {("rev", "", "3", "3", "8")}),
    "read_no": ("UPDATE chat.room_reads SET read_no = 0 WHERE read_seq = 3 AND room_id = %s",
                {("read_no", "bob", "", "0", "1"), ("unread", "bob", "", "2", "1")}),
    "own_after": ("UPDATE chat.room_reads SET own_after = 0 WHERE read_seq = 3 AND room_id = %s",
                  {("own_after", "bob", "", "0", "1"), ("unread", "bob", "", "2", "1")}),
    "a position of the future": ("UPDATE chat.room_reads SET read_seq = 99 WHERE read_seq = 3 AND room_id = %s",
                                 {("position", "bob", "", "99", "{last}"), ("read_no", "bob", "", "1", "4"),
                                  ("own_after", "bob", "", "1", "0"), ("unread", "bob", "", "2", "0")}),
    "no position": ("DELETE FROM chat.room_reads WHERE read_seq = 3 AND room_id = %s",
                    {("position", "bob", "", "", "{last}")}),
    "a mention of nobody's": ("INSERT INTO chat.mentions (room_id, user_id, seq) VALUES (%s, NULL, 6)",
                              {("mention", "", "6", "1", "0")}),
    "the author's own mention": ("INSERT INTO chat.mentions (room_id, user_id, seq)"
                                 " SELECT room_id, sender_id, seq FROM chat.messages WHERE seq = 4 AND room_id = %s",
                                 {("mention", "bob", "4", "1", "0"), }),
}
VOLATILE = {"a position of the future", "no position"}  # where he was is not known any more


@pytest.mark.parametrize("name", DRIFTS)
def test_a_difference_is_told_and_mended(world, name):
    sql, expected = DRIFTS[name]
    last = world.ctl.value("SELECT last_seq FROM chat.room_seq WHERE room_id = %s", world.room)
    before = world.rows()
    world.ctl.query(sql, world.room)
    expected = {tuple(word.replace("{last}", str(last)) for word in line) for line in expected}
    found = world.found(status=1)
    assert expected == set(found) and len(found) == len(expected)
    assert world.found(status=1) == found  # looking changes nothing
    assert world.found("--repair", status=0) == found
    assert world.found(status=0) == []
    if name not in VOLATILE:
        assert world.rows() == before
    else:
        world.ctl.query("UPDATE chat.room_reads SET read_seq = 3 WHERE room_id = %s AND user_id = %s",
                        world.room, world.people["bob"])
        world.found("--repair", status=0)
    # the room says that something was mended, so that who has it open looks again
    assert world.ctl.value("SELECT max(seq) FROM chat.room_events WHERE kind = 'room_updated' AND room_id = %s",
                           world.room) > last


@pytest.mark.parametrize("sql", (
    "DELETE FROM chat.room_events WHERE seq = 2 AND room_id = %s",
    "UPDATE chat.room_seq SET last_seq = last_seq + 1 WHERE room_id = %s"), ids=("inside", "at the end"))
def test_a_hole_is_filled_with_what_changes_nothing(world, sql):
    world.ctl.query(sql, world.room)
    (what, _, seq, expected, there), = world.found(status=1)
    assert (what, expected, there) == ("gap", "1", "0")
    world.found("--repair", status=0)
    assert world.found(status=0) == []
    kind, falls = world.ctl.query(
        "SELECT kind, created_at > (SELECT min(m.created_at) FROM chat.messages AS m"
        "                            WHERE m.room_id = e.room_id AND m.seq > e.seq)"
        "  FROM chat.room_events AS e WHERE room_id = %s AND seq = %s", world.room, int(seq))[0]
    assert kind == "room_updated" and not falls


def test_a_seq_that_is_there_twice_is_left_to_a_person(world):
    world.ctl.query("INSERT INTO chat.room_events (room_id, seq, kind, created_at)"
                    " VALUES (%s, 4, 'room_updated', now())", world.room)
    assert world.found("--repair", status=1) == [("doubled", "", "4", "1", "2")]
    assert "1 could not be mended" in world.ctl.run("check", "--repair").stderr
    world.ctl.query("DELETE FROM chat.room_events WHERE seq = 4 AND room_id = %s", world.room)
    world.found(status=0)


@pytest.mark.parametrize("what, sql, stored, counted", (
    ("granted", "UPDATE chat.users SET granted = 4 WHERE id = %s", "4", "0"),
    ("last_useq", "UPDATE chat.user_seq SET last_useq = 1 WHERE user_id = %s", "1", None)))
def test_what_is_kept_of_users(world, what, sql, stored, counted):
    bob = world.people["bob"]
    counted = counted or str(world.ctl.value("SELECT max(useq) FROM chat.user_events WHERE user_id = %s", bob))
    world.ctl.query(sql, bob)
    assert world.found(status=1) == [(what, "bob", "", stored, counted)]
    world.found("--repair", status=0)
    assert world.found(status=0) == []
