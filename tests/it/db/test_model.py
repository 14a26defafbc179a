"""Random lives of a room against a small model in memory: what everybody sees of it, and what is unread (R9).

CHATSPHERE_MODEL_EXAMPLES=5000 tries more of them than the run of all tests has time for.
"""

import json
import os
import uuid
from dataclasses import dataclass, field

import pytest
from chatdb import ChatDb, Post, fresh
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("CHATSPHERE_MODEL_EXAMPLES", 300))
PEOPLE = 4  # the first is the room's owner and stays
EMOJI = ("👍", "🎉")
EVERYBODY = "room"


@dataclass
class Message:
    seq: int
    id: uuid.UUID
    sender: int
    content: str
    rev: int
    root: "Message" = None
    deleted: bool = False
    reactions: set = field(default_factory=set)  # (emoji, user)
    named: set = field(default_factory=set)      # users, EVERYBODY


class Model:
    """A room as the contract describes it: lists and sets, nothing counted beforehand."""

    def __init__(self):
        self.last = 1  # the owner came
        self.messages = []
        self.state = ["member"] + [None] * (PEOPLE - 1)
        self.muted = set()
        self.read = {0: 1}

    def next(self):
        self.last += 1
        return self.last

    def inside(self, user):
        return self.state[user] == "member"

    def speaks(self, user):
        return self.inside(user) and user not in self.muted

    def named(self, sender, names):
        """Whom these names mean: members, and never himself."""
        return {name for name in names if name == EVERYBODY or self.inside(name) and name != sender}

    # --- what is done: whether anything changes ---------------------------------------------------

    def post(self, user, names, content, id, to=None):
        if not self.speaks(user):
            return False
        seq = self.next()
        root = to and (to.root or to)
        self.messages.append(Message(seq, id, user, content, seq, root, named=self.named(user, names)))
        if root:
            root.rev = seq
        return True

    def edit(self, user, message, names, content):
        if not self.speaks(user) or message.deleted or message.sender != user:
            return False
        message.rev = self.next()
        message.content, message.named = content, self.named(user, names)
        return True

    def delete(self, user, message):
        if not self.inside(user) or message.deleted or user not in (message.sender, 0):
            return False
        message.rev = self.next()
        message.deleted, message.content = True, ""
        message.reactions, message.named = set(), set()
        if message.root:
            message.root.rev = message.rev
        return True

    def react(self, user, message, emoji, on):
        allowed = self.speaks(user) if on else self.inside(user)
        if not allowed or message.deleted or ((emoji, user) in message.reactions) == on:
            return False
        message.rev = self.next()
        (message.reactions.add if on else message.reactions.discard)((emoji, user))
        return True

    def mark(self, user, seq):
        if not self.inside(user) or min(seq, self.last) <= self.read[user]:
            return False
        self.read[user] = min(seq, self.last)
        return True

    def join(self, user):
        if self.state[user] in ("member", "banned"):
            return False
        self.state[user] = "member"
        self.read[user] = self.next()
        return True

    def leave(self, user):
        if user == 0 or not self.inside(user):
            return False
        self.state[user] = "left"
        self.next()
        return True

    def ban(self, user):
        """Whoever is not banned already, a member or not."""
        if user == 0 or self.state[user] == "banned":
            return False
        self.state[user] = "banned"
        self.next()
        return True

    def add(self, user):
        """By the owner: who was banned comes back."""
        if self.inside(user):
            return False
        self.state[user] = "member"
        self.read[user] = self.next()
        return True

    def mute(self, user, on):
        if user == 0 or not self.inside(user) or (user in self.muted) == on:
            return False
        (self.muted.add if on else self.muted.discard)(user)
        self.next()
        return True

    # --- what is seen -----------------------------------------------------------------------------

    def unread(self, user):
        """R9, word by word."""
        after = [m for m in self.messages if m.seq > self.read[user] and m.sender != user and not m.deleted]
        return self.read[user], len(after), sum(1 for m in after if {user, EVERYBODY} & m.named)

    def page(self):
        return [(m.seq, m.rev, m.sender, m.content, m.deleted,
                 sum(1 for reply in self.messages if reply.root is m and not reply.deleted),
                 {emoji: n for emoji in EMOJI if (n := sum(1 for one, _ in m.reactions if one == emoji))})
                for m in self.messages]


class Real:
    """The same on a database, through the functions that the programs call."""

    def __init__(self, db, people):
        self.db, self.people = db, people
        self.room = db.room(people[0])
        self.place = {user.id: i for i, user in enumerate(people)}

    def names(self, names):
        """As the programs find them in a text: the longest first, each of which may be a name."""
        return json.dumps([[EVERYBODY] if name == EVERYBODY else
                           [f"{self.people[name].name} and", self.people[name].name] for name in names]) \
            if names else None

    def call(self, function, *arguments):
        return self.db.call(function, self.room, *arguments)

    def post(self, user, names, content, id, to=None):
        row = self.db.post(Post(self.room, self.people[user], content, id=id, parent=to and to.id,
                                mentions=self.names(names)))[0]
        return row.status == "ok"

    def edit(self, user, message, names, content):
        row = self.call("edit_message", message.id, self.people[user].id, False, content, self.names(names))
        return row.status == "ok"

    def delete(self, user, message):
        return self.call("delete_message", message.id, self.people[user].id, False, None).status == "ok"

    def react(self, user, message, emoji, on):
        return self.call("react" if on else "unreact", message.id, self.people[user].id, emoji).status == "ok"

    def mark(self, user, seq):
        return self.call("set_read", self.people[user].id, seq).status == "ok"

    def join(self, user):
        return self.call("join_room", self.people[user].id).status == "ok"

    def leave(self, user):
        return user != 0 and self.call("leave_room", self.people[user].id).status == "ok"

    def ban(self, user):
        return self.call("remove_member", self.people[0].id, False, self.people[user].id, True).status == "ok"

    def add(self, user):
        return self.call("add_member", self.people[0].id, False, self.people[user].id, None).status == "ok"

    def mute(self, user, on):
        if user == 0:
            return False
        row = self.call("set_member", self.people[0].id, False, self.people[user].id, None,
                        "infinity" if on else None, True)
        return row.status == "ok" and row.seq is not None

    def unread(self, user):
        return tuple(self.call("unread_of", self.people[user].id))

    def page(self):
        rows = self.db.app.execute(
            "SELECT seq, rev, sender_id, content, deleted_at IS NOT NULL, reply_count, reactions"
            "  FROM chat.messages WHERE room_id = %s ORDER BY seq", (self.room,)).fetchall()
        return [(row[0], row[1], self.place[row[2]], *row[3:]) for row in rows]


USER = st.integers(0, PEOPLE - 1)
NAMES = st.one_of(st.just(()), st.lists(st.one_of(USER, st.just(EVERYBODY)), min_size=1, max_size=3).map(tuple))
WHICH = st.integers(0, 9)  # a message: from the newest back
OPERATION = st.one_of(
    st.tuples(st.just("post"), USER, NAMES),
    st.tuples(st.just("post"), USER, NAMES),
    st.tuples(st.just("reply"), USER, NAMES, WHICH),
    st.tuples(st.just("edit"), USER, NAMES, WHICH),
    st.tuples(st.just("delete"), USER, WHICH),
    st.tuples(st.just("react"), USER, WHICH, st.sampled_from(EMOJI), st.booleans()),
    st.tuples(st.just("mark"), USER, st.integers(0, 12)),  # how far from the end
    st.tuples(st.just("join"), USER),
    st.tuples(st.just("join"), USER),
    st.tuples(st.just("leave"), USER),
    st.tuples(st.just("ban"), USER),
    st.tuples(st.just("add"), USER),
    st.tuples(st.just("mute"), USER, st.booleans()),
)


def arguments(model, number, operation):
    """(name, arguments) of what both are to do; None where it needs a message and there is none."""
    name, user, *rest = operation
    if name == "mark":
        return name, (user, max(0, model.last + 2 - rest[0]))
    if name == "post":
        return name, (user, rest[0], f"text {number}", uuid.uuid4())
    if name not in ("reply", "edit", "delete", "react"):
        return name, (user, *rest)
    if not model.messages:
        return None
    which = rest.pop(1 if name in ("reply", "edit") else 0)
    message = model.messages[-1 - which % len(model.messages)]
    if name == "reply":
        return "post", (user, rest[0], f"text {number}", uuid.uuid4(), message)
    if name == "edit":
        return name, (user, message, rest[0], f"text {number}")
    return name, (user, message, *rest)


def compare(model, real):
    assert real.page() == model.page()
    for user in range(PEOPLE):
        if model.inside(user):
            assert real.unread(user) == model.unread(user), user
    counter = real.db.counter(real.room)
    assert (counter.last_seq, counter.msg_count, counter.member_count) == (
        model.last, len(model.messages), model.state.count("member"))


@pytest.fixture(scope="module")
def world(cluster):
    made = ChatDb(cluster, fresh(cluster))
    yield made, made.users(PEOPLE)
    made.close()


@settings(max_examples=EXAMPLES, deadline=None, derandomize="CHATSPHERE_MODEL_EXAMPLES" not in os.environ,
          suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink))
@given(operations=st.lists(OPERATION, min_size=10, max_size=60))
def test_a_room_is_what_the_model_says(world, operations):
    db, people = world
    model, real = Model(), Real(db, people)
    for number, operation in enumerate(operations):
        found = arguments(model, number, operation)
        if not found:
            continue
        name, values = found
        assert getattr(real, name)(*values) == getattr(model, name)(*values), (number, operation)
        if number % 8 == 0:
            compare(model, real)
    compare(model, real)
    db.assert_gapless(real.room)
    assert db.owner.execute("SELECT * FROM chat.room_drift(%s)", (real.room,)).fetchall() == []
