"""People, rooms and what happened between them, made by chance: for tests of who may read what (test_rls.py)."""

import random
import uuid
from dataclasses import dataclass

from chatdb import LOBBY, User

STEPS = 1500


@dataclass(frozen=True)
class Actor:
    """Somebody who asks: a user, or a program that acts as rls.sql's chat.acts_as says."""

    name: str
    user: User
    acts_as: str = ""
    is_admin: bool = False

    @property
    def is_client(self):
        return self.acts_as.startswith("client")

    @property
    def member(self):
        """src/api/req.c, req_member: an application is no member anywhere, whoever owns its token."""
        return uuid.UUID(int=0) if self.is_client else self.user.id


class Population:
    """Rooms and people, and what happened between them. `rooms` are all ids, whatever became of them."""

    def __init__(self, db, seed):
        self.db = db
        self.rng = random.Random(seed)
        self.members = db.users(7)
        self.admins = [db.user(role="ADMIN"), granted_admin(db)]
        self.people = [*self.members, db.user(role="MODERATOR"), *self.admins]
        self.bot = db.user()   # owns the application's tokens
        self.people.append(self.bot)
        self.stranger = db.user()   # is in no room
        self.since_join = set()
        self.rooms = [LOBBY, *self._make_rooms(), *self._make_pairs()]
        for _ in range(STEPS):
            action, = self.rng.choices(list(ACTIONS), ACTIONS.values())
            action(self, self.rng.choice(self.rooms), self.rng.choice(self.people))
        for i, column in enumerate(("deleted_at", "archived_at") * 3):
            self._mark(self.rng.choice(self.rooms[1 + i:]), column)

    def actors(self):
        """Everybody who may ask."""
        return [*(Actor(u.name, u, is_admin=u in self.admins) for u in (*self.people, self.stranger)),
                Actor("token of an admin", self.admins[0], "token"),
                Actor("application", self.bot, "client"),
                Actor("application with admin", self.bot, "client_admin", is_admin=True)]

    def _make_rooms(self):
        for i in range(16):
            room = self.db.room(self.rng.choice(self.members), private=i % 2 == 0,
                                history=("all", "since_join")[i // 2 % 2])
            if i // 2 % 2:
                self.since_join.add(room)
            yield room

    def _make_pairs(self):
        """Some of them hidden by one; never with the bot (test_an_application_is_not_in_…)."""
        everybody = [user for user in self.people if user is not self.bot]
        for i in range(6):
            one, other = self.rng.sample(everybody, 2)
            room = self.db.pair(one, other)
            if i % 2:
                self.db.owner.execute("UPDATE chat.room_members SET is_hidden = true"
                                      " WHERE room_id = %s AND user_id = %s", (room, one.id))
            yield room

    def _mark(self, room, column):
        self.db.owner.execute(f"UPDATE chat.rooms SET {column} = now() WHERE id = %s", (room,))

    # --- what happens; refusals are part of it ---------------------------------------------------------

    def _may_come(self, room, user):
        """Not who reads it all anyway (test_who_reads_everything_…)."""
        return room not in self.since_join or user not in (self.bot, *self.admins)

    def join(self, room, user):
        if self._may_come(room, user):
            self.db.call("join_room", room, user.id)

    def add(self, room, user):
        if self._may_come(room, user):
            self.db.call("add_member", room, None, True, user.id, None)

    def leave(self, room, user):
        self.db.call("leave_room", room, user.id)

    def remove(self, room, user):
        self.db.call("remove_member", room, None, True, user.id, self.rng.random() < 0.5)

    def post(self, room, user):
        """A message, often a reply to one of the first."""
        roots = [row.id for row in self.db.owner.execute(
            "SELECT id FROM chat.messages WHERE room_id = %s ORDER BY seq LIMIT 6", (room,))]
        self.db.post_one(room, user, parent=self.rng.choice([None, *roots]))

    def change(self, room, user):
        """An edit, a deletion, a reaction or a pin of any message of the room."""
        seqs = [row.seq for row in self.db.owner.execute(
            "SELECT seq FROM chat.messages WHERE room_id = %s ORDER BY seq", (room,))]
        if seqs:
            self.rng.choice((edit, tombstone, react, pin))(self.db, room, user, self.rng.choice(seqs))


def granted_admin(db):
    """Somebody whose own roles permit what an ADMIN may."""
    user = db.user()
    db.owner.execute("UPDATE chat.users SET granted = 16 WHERE id = %s", (user.id,))
    return user


ACTIONS = {Population.join: 3, Population.add: 3, Population.leave: 2, Population.remove: 2,
           Population.post: 7, Population.change: 2}


def log(db, room, kind, user, seq):
    """A change of a message, as the log has it; returns its seq."""
    return db.value("SELECT chat.log_event(%s, %s, %s, NULL, %s, '{}')", room, kind, user.id, seq)


def edit(db, room, user, seq):
    rev = log(db, room, "message_edited", user, seq)
    db.owner.execute("INSERT INTO chat.message_edits (room_id, seq, rev, editor_id, content, edited_at)"
                     " SELECT room_id, seq, %s, %s, content, now() FROM chat.messages"
                     " WHERE room_id = %s AND seq = %s", (rev, user.id, room, seq))


def tombstone(db, room, user, seq):
    log(db, room, "message_deleted", user, seq)
    db.owner.execute("UPDATE chat.messages SET deleted_at = now(), content = ''"
                     " WHERE room_id = %s AND seq = %s", (room, seq))


def react(db, room, user, seq):
    log(db, room, "reaction_added", user, seq)
    db.owner.execute("INSERT INTO chat.reactions (room_id, seq, emoji, user_id) VALUES (%s, %s, '+', %s)"
                     " ON CONFLICT DO NOTHING", (room, seq, user.id))
    db.owner.execute("UPDATE chat.messages AS m SET reactions = jsonb_build_object('+', ("
                     "SELECT count(*) FROM chat.reactions AS e WHERE e.room_id = m.room_id AND e.seq = m.seq))"
                     " WHERE room_id = %s AND seq = %s", (room, seq))


def pin(db, room, user, seq):
    log(db, room, "pinned", user, seq)
    db.owner.execute("INSERT INTO chat.pins (room_id, seq, pinned_by) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                     (room, seq, user.id))
