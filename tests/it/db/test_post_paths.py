"""The direct and the set-based path of chat.post_messages say and write the same.

Hypothesis makes worlds (rooms with all their settings, senders in every state) and batches for them.
A batch is posted at once in one database, and message by message in its twin; then every answer and
every row of every table that posting touches is compared. Times are compared by their order only.
"""

import json
import uuid

import pytest
from chatdb import ChatDb, NEVER, Post, fresh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOMS = ("open", "private", "slow", "archived", "p2p", "blocked", "recent", "unknown")
SENDERS = ("owner", "member", "muted", "banned", "left", "stranger", "disabled")
CREDENTIALS = ("own", "foreign", "revoked", "user_token", "client_token", "read_only", "none")
MENTIONS = (None, None, "[]", "[null]", "both", '[["owner and more", "owner"], ["member!", "MEMBER"], ["nobody"]]',
            '[["room"], ["stranger"], ["owner"]]')


TABLES = {
    "room_seq": "room_id, last_seq, msg_count",
    "messages": "room_id, seq, msg_no, rev, id, sender_id, parent_id, parent_seq, reply_count,"
                " client_id, kind, content, meta, reactions",
    "room_reads": "room_id, user_id, read_seq, read_no, own_after, last_post_at IS NULL",
    "mentions": "room_id, user_id, seq",
    "room_events": "room_id, seq, kind",
    "user_events": "user_id, useq, kind, data",
}


def rows_of(db):
    """All rows of the tables as the open transaction of the programs' connection sees them."""
    return {table: sorted(map(str, db.app.execute(f"SELECT {columns} FROM chat.{table}")))
            for table, columns in TABLES.items()}


class World:
    """The same rooms and people, under the same ids, in two databases."""

    def __init__(self, cluster):
        first = ChatDb(cluster, fresh(cluster))
        self.senders = {name: first.user(name) for name in SENDERS}
        self._make_rooms(first)
        self._make_credentials(first)
        self._set_states(first)
        name = first.name
        first.close()
        self.together = ChatDb(cluster, fresh(cluster, name))
        self.apart = ChatDb(cluster, fresh(cluster, name))
        cluster.dropdb(name)

    def _make_rooms(self, db):
        owner, *others = self.senders.values()
        inside = [user for user in others if user.name != "stranger"]
        self.rooms = {name: db.room(owner, *inside, private=name == "private")
                      for name in ("open", "private", "slow", "archived")}
        self.rooms["recent"] = db.room(owner, history="since_join")
        self.rooms["p2p"] = db.pair(owner, self.senders["member"])
        self.rooms["blocked"] = db.pair(owner, self.senders["muted"])
        self.rooms["unknown"] = NEVER
        self.parents = {name: db.post_one(room, owner, "root").id
                        for name, room in self.rooms.items() if name != "unknown"}
        self.parents["reply"] = db.post_one(
            self.rooms["open"], owner, "reply", parent=self.parents["open"]).id
        self.parents["nowhere"] = NEVER
        for user in inside:  # after the root: they may not answer what they may not see
            db.call("add_member", self.rooms["recent"], owner.id, False, user.id, None)

    def _make_credentials(self, db):
        revoked = db.user()
        db.call("close_session", revoked.id, revoked.session, None, None)
        self.revoked = revoked.session
        self.user_token = {s.id: db.token(s)[0] for s in self.senders.values()}
        self.client_token = db.token(self.senders["owner"], "CLIENT")[0]
        self.read_only = {s.id: db.token(s, permissions=1)[0]
                          for s in self.senders.values()}

    def _set_states(self, db):
        owner, people = self.senders["owner"], self.senders
        for room in (r for n, r in self.rooms.items() if n not in ("p2p", "blocked", "unknown")):
            db.call("set_member", room, owner.id, False, people["muted"].id, None, "infinity", True)
            db.call("remove_member", room, owner.id, False, people["banned"].id, True)
            db.call("leave_room", room, people["left"].id)
        db.call("set_room", self.rooms["slow"], owner.id, False, None, None, 3600)
        db.owner.execute("UPDATE chat.rooms SET archived_at = now() WHERE id = %s",
                         (self.rooms["archived"],))
        db.owner.execute("INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)",
                         (owner.id, people["muted"].id))
        db.owner.execute("UPDATE chat.users SET is_active = false WHERE username = 'disabled'")

    def credential(self, name, sender):
        return {
            "own": ("session", sender.session),
            "foreign": ("session", self.senders["owner"].session),
            "revoked": ("session", self.revoked),
            "user_token": ("api_token", self.user_token[sender.id]),
            "client_token": ("api_token", self.client_token),
            "read_only": ("api_token", self.read_only[sender.id]),
            "none": (None, NEVER),
        }[name]

    def post(self, room, sender, key, credential, parent, kind, mention):
        who = self.senders[sender]
        cred_kind, cred_id = self.credential(credential, who)
        mentions = mention
        if mention == "both":
            mentions = json.dumps([str(self.senders["owner"].id), None,
                                   str(self.senders["owner"].id)])
        return Post(self.rooms[room], who, f"{key} of {sender}", f"key{key}",
                    parent=self.parents.get(parent), kind=kind, mentions=mentions,
                    cred_kind=cred_kind, cred_id=cred_id)

    def close(self):
        self.together.close()
        self.apart.close()


def usual(common, rare):
    """Mostly the common value: a batch of nothing but refusals tells little."""
    return st.one_of(st.just(common), st.just(common), st.just(common), st.sampled_from(rare))


MESSAGE = st.tuples(
    st.sampled_from(ROOMS + ("open", "slow", "slow")),
    st.one_of(st.sampled_from(("owner", "member", "member")), st.sampled_from(SENDERS)),
    st.integers(1, 4),
    usual("own", CREDENTIALS),
    usual(None, ROOMS[:-1] + ("reply", "nowhere")),
    usual(None, ("text", "image")),
    st.sampled_from(MENTIONS),
)


@pytest.fixture(scope="module")
def world(cluster):
    made = World(cluster)
    yield made
    made.close()


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGE, min_size=2, max_size=12), again=st.booleans())
def test_both_paths_say_and_write_the_same(world, messages, again):
    with world.together.app.transaction(force_rollback=True), \
            world.apart.app.transaction(force_rollback=True):
        posts = [world.post(*message) for message in messages]
        batches = [posts, posts[::-1]] if again else [posts]
        for batch in batches:
            at_once = world.together.post(*batch)
            one_by_one = [world.apart.post(post)[0] for post in batch]
            for i, (left, right) in enumerate(zip(at_once, one_by_one), 1):
                assert left.ord == i
                same = ("status", "id", "seq", "sender_name", "mentioned")
                assert [getattr(left, k) for k in same] == [getattr(right, k) for k in same]
                assert (left.created_at is None) == (right.created_at is None)
                assert (left.retry_after_ms is None) == (right.retry_after_ms is None)
        left, right = rows_of(world.together), rows_of(world.apart)
        for table in TABLES:
            assert left[table] == right[table]


def test_a_reply_to_a_message_of_the_same_batch(db):
    """The root is written first, so the batch goes message by message; a reply's reply joins it."""
    alice = db.user()
    room = db.room(alice)
    root = Post(room, alice, "root")
    reply = Post(room, alice, "reply", parent=root.id)
    nested = Post(room, alice, "nested", parent=reply.id)
    assert [row.status for row in db.post(root, reply, nested)] == ["ok"] * 3
    assert db.value("SELECT reply_count FROM chat.messages WHERE id = %s", root.id) == 2
    assert db.value("SELECT parent_id FROM chat.messages WHERE id = %s", nested.id) == root.id


def test_ids_are_made_when_none_are_given(db):
    alice = db.user()
    room = db.room(alice)
    for n in (1, 3):
        rows = db.post(*(Post(room, alice, id=None) for _ in range(n)))
        assert len({row.id for row in rows}) == n
        assert all(uuid.UUID(str(row.id)).version == 7 for row in rows)


def test_null_arrays_mean_all_null(db):
    alice = db.user()
    room = db.room(alice)
    for n in (1, 2):
        rows = db.app.execute(
            "SELECT p.status FROM chat.post_messages(%s::uuid[], %s::uuid[], %s::text[],"
            " %s::uuid[], %s::text[], NULL, %s::text[], NULL, NULL, NULL, NULL) AS p",
            ([room] * n, [alice.id] * n, ["session"] * n, [alice.session] * n,
             [f"{n} {i}" for i in range(n)], ["text"] * n)).fetchall()
        assert [row.status for row in rows] == ["ok"] * n
    assert db.app.execute("SELECT * FROM chat.post_messages(NULL, NULL, NULL, NULL, NULL, NULL,"
                          " NULL, NULL, NULL, NULL, NULL)").fetchall() == []
