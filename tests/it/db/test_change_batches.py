"""chat.change_messages: changes in batches, each by a credential, as the gateway asks for them."""

import random
import uuid
from dataclasses import dataclass

import pytest
from chatdb import NEVER, parallel

CALL = """SELECT c.ord, c.status, c.seq, c.mentioned
            FROM chat.change_messages(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[],
                                      %s::text[], %s::jsonb[], %s::text[]) AS c"""


@dataclass
class Change:
    """One of a batch: every field an element of an argument."""

    verb: str
    room: uuid.UUID
    message: uuid.UUID
    actor: object
    text: str = None
    cred: tuple = None
    mentions: str = None

    def columns(self):
        kind, id_ = self.cred or ("session", self.actor.session)
        return self.verb, self.room, self.message, self.actor.id, kind, id_, self.text, self.mentions, "192.0.2.1"


def change(db, *changes, conn=None):
    columns = [list(column) for column in zip(*(one.columns() for one in changes))]
    rows = (conn or db.app).execute(CALL, columns).fetchall()
    assert [row.ord for row in rows] == list(range(1, len(changes) + 1))
    return rows


def statuses(rows):
    return [row.status for row in rows]


@pytest.fixture
def talk(db):
    """Two rooms of two people, and a message in each."""

    class Talk:
        ann, bob = db.users(2)

    Talk.rooms = [db.room(Talk.ann, Talk.bob) for _ in range(2)]
    Talk.ids = [db.post_one(room, Talk.bob, "first").id for room in Talk.rooms]
    return Talk


def test_a_batch_is_done_in_its_order(db, talk):
    room, id_ = talk.rooms[0], talk.ids[0]
    rows = change(
        db,
        Change("edit", room, id_, talk.bob, "second"),
        Change("react", room, id_, talk.ann, "+1"),
        Change("react", room, id_, talk.ann, "+1"),
        Change("edit", talk.rooms[1], talk.ids[1], talk.bob, "there"),
        Change("unreact", room, id_, talk.ann, "+1"),
        Change("edit", room, id_, talk.ann, "not hers"),
        Change("delete", room, id_, talk.bob),
        Change("react", room, id_, talk.ann, "+1"),
    )
    assert statuses(rows) == ["ok", "ok", "unchanged", "ok", "ok", "not_author", "ok", "message_not_found"]
    last = db.counter(room).last_seq
    assert [row.seq for row in rows] == [last - 3, last - 2, None, db.counter(talk.rooms[1]).last_seq, last - 1,
                                         None, last, None]
    for room in talk.rooms:
        db.assert_gapless(room)


def test_a_batch_sent_again_changes_nothing(db, talk):
    """After an unknown outcome (R4)."""
    batch = [Change("edit", talk.rooms[0], talk.ids[0], talk.bob, "second"),
             Change("react", talk.rooms[0], talk.ids[0], talk.ann, "+1"),
             Change("delete", talk.rooms[1], talk.ids[1], talk.bob)]
    assert statuses(change(db, *batch)) == ["ok"] * 3
    before = [db.counter(room).last_seq for room in talk.rooms]
    assert statuses(change(db, *batch)) == ["unchanged"] * 3
    assert [db.counter(room).last_seq for room in talk.rooms] == before


def test_by_which_credential(db, talk):
    room, id_ = talk.rooms[0], talk.ids[0]
    reader, _ = db.token(talk.bob, permissions=1)
    writer, _ = db.token(talk.bob, permissions=2)
    ended, _ = db.token(talk.bob, expires="-1 second")
    keeper, _ = db.token(talk.ann, "CLIENT", 6)
    writing, _ = db.token(talk.ann, "CLIENT", 2)
    rows = change(
        db,
        Change("edit", room, id_, talk.bob, "a", ("api_token", reader)),
        Change("edit", room, id_, talk.bob, "a", ("api_token", ended)),
        Change("edit", room, id_, talk.bob, "a", ("api_token", NEVER)),
        Change("edit", room, id_, talk.bob, "a", ("session", talk.ann.session)),   # another's
        Change("edit", room, id_, talk.bob, "a", ("session", writer)),
        Change("edit", room, id_, talk.bob, "a", ("cookie", talk.bob.session)),
        Change("edit", room, id_, talk.bob, "a", ("api_token", keeper)),           # not his
        Change("edit", room, id_, talk.bob, "a", ("api_token", writer)),
        Change("edit", room, id_, talk.ann, "b", ("api_token", writing)),
        Change("delete", room, id_, talk.ann, None, ("api_token", writing)),
        Change("react", room, id_, talk.ann, "+1", ("api_token", writing)),
        Change("edit", room, id_, talk.ann, "b", ("api_token", keeper)),
        Change("unreact", room, id_, talk.ann, "+1", ("api_token", keeper)),
    )
    assert statuses(rows) == ["not_allowed"] + ["unauthorized"] * 6 + ["ok", "not_allowed", "not_allowed", "ok", "ok", "ok"]
    db.owner.execute("UPDATE chat.users SET is_active = false WHERE id = %s", (talk.bob.id,))
    assert statuses(change(db, Change("delete", room, id_, talk.bob))) == ["unauthorized"]
    db.owner.execute("UPDATE chat.users SET is_active = true WHERE id = %s", (talk.bob.id,))
    db.owner.execute("UPDATE chat.sessions SET revoked_at = now() WHERE id = %s", (talk.bob.session,))
    assert statuses(change(db, Change("delete", room, id_, talk.bob))) == ["unauthorized"]


def test_the_rights_of_one_are_not_those_of_the_next(db, talk):
    """Both by one statement: an administrator's lesser token behind the administrator himself."""
    admin = db.user(role="ADMIN")
    lesser, _ = db.token(admin, permissions=3)
    rows = change(db, Change("delete", talk.rooms[0], talk.ids[0], admin),
                  Change("delete", talk.rooms[1], talk.ids[1], admin, None, ("api_token", lesser)),
                  Change("delete", talk.rooms[1], talk.ids[1], admin))
    assert statuses(rows) == ["ok", "not_member", "ok"]


def test_whom_an_edit_names(db, talk):
    rows = change(db, Change("edit", talk.rooms[0], talk.ids[0], talk.bob, f"@{talk.ann.name}", None, f'["{talk.ann.id}"]'),
                  Change("react", talk.rooms[0], talk.ids[0], talk.bob, "+1"))
    assert [row.mentioned for row in rows] == [[talk.ann.id], None]


def test_nothing_is_a_batch_too(db):
    assert db.app.execute(CALL, [[]] * 9).fetchall() == []


def test_batches_over_the_same_rooms_do_not_block_each_other_for_good(db, talk):
    """The rooms are locked in the order of their ids, whatever the order of the batch."""
    orders = [random.Random(n).sample(range(40), 40) for n in range(6)]

    def run(n):
        conn = db.connect()
        batch = [Change("react", talk.rooms[k % 2], talk.ids[k % 2], talk.ann, str(k % 10)) for k in orders[n]]
        return [statuses(change(db, *batch[at:at + 8], conn=conn)) for at in range(0, 40, 8)]

    given = sum(found.count("ok") for rows in parallel(6, run) for found in rows)
    assert given == 10
    for room in talk.rooms:
        db.assert_gapless(room)
