"""chat.presence_beat: what gateways say of who is there, and what becomes of those that fall silent."""

import threading
import uuid

import psycopg
import pytest

AWAY, ONLINE, BUSY = 1, 2, 3


class Gate:
    """A gateway, as far as the database knows it."""

    def __init__(self, db, conn=None):
        self.db, self.conn = db, conn or db.app
        self.id = uuid.uuid4()

    def beat(self, told=None, dead_s=10, figures=None):
        """(is_new, whose status has changed) of a beat that tells {user: status, None: gone}."""
        told = told or {}
        users, statuses = [user.id for user in told], list(told.values())
        is_new, changed = self.conn.execute(
            "SELECT is_new, changed FROM chat.presence_beat(%s, %s::uuid[], %s::smallint[], %s, %s::json)",
            (self.id, users, statuses, dead_s, figures)).fetchone()
        return is_new, set(changed)

    def silent_for(self, seconds):
        self.db.owner.execute("UPDATE chat.gateways SET beat_at = clock_timestamp() - make_interval(secs => %s)"
                              " WHERE id = %s", (seconds, self.id))


@pytest.fixture
def gates(db):
    """Two gateways that have just spoken, and no other."""
    db.owner.execute("TRUNCATE chat.gateways, chat.presence")
    made = Gate(db), Gate(db)
    assert [gate.beat() for gate in made] == [(True, set())] * 2
    return made


def status(db, user):
    return db.value("SELECT chat.presence_of(%s)", user.id)


def test_who_comes_changes_and_goes(db, gates):
    ann, bob = db.users(2)
    one, _ = gates
    assert one.beat({ann: ONLINE, bob: AWAY}) == (False, {ann.id, bob.id})
    assert one.beat({ann: ONLINE, bob: BUSY}) == (False, {bob.id})
    assert (status(db, ann), status(db, bob)) == (ONLINE, BUSY)
    assert one.beat({ann: None}) == (False, {ann.id})
    assert one.beat({ann: None}) == (False, set())
    assert (status(db, ann), status(db, bob)) == (None, BUSY)


def test_figures_stay_until_there_are_newer_ones(db, gates):
    one, other = gates

    def figures(gate):
        return db.value("SELECT figures FROM chat.gateways WHERE id = %s", gate.id)

    assert figures(one) is None
    for told, kept in (('{"rooms":1}', {"rooms": 1}), (None, {"rooms": 1}), ('{"rooms":2}', {"rooms": 2})):
        one.beat(figures=told)
        assert figures(one) == kept
    assert figures(other) is None
    third = Gate(db)
    assert third.beat(figures='{"rooms":3}')[0] and figures(third) == {"rooms": 3}
    with pytest.raises(psycopg.errors.CheckViolation):
        one.beat(figures='{"rooms":"' + 8192 * "x" + '"}')


def test_of_several_gateways_the_highest_status_counts(db, gates):
    (ann,) = db.users(1)
    one, two = gates
    assert one.beat({ann: ONLINE})[1] == {ann.id}
    assert two.beat({ann: AWAY})[1] == set()
    assert two.beat({ann: BUSY})[1] == {ann.id}
    assert one.beat({ann: None})[1] == set()
    assert two.beat({ann: None})[1] == {ann.id}


def test_a_silent_gateway_is_forgotten_with_its_users(db, gates):
    ann, bob, eve = db.users(3)
    one, two = gates
    one.beat({ann: ONLINE, bob: ONLINE})
    two.beat({bob: ONLINE})
    one.silent_for(9)
    assert two.beat({eve: ONLINE}) == (False, {eve.id})
    one.silent_for(11)
    assert two.beat(dead_s=None) == (False, set())  # who has only now come back accuses nobody
    assert two.beat({eve: AWAY}) == (False, {ann.id, eve.id})
    assert (status(db, ann), status(db, bob)) == (None, ONLINE)
    assert one.beat({ann: ONLINE}) == (True, {ann.id})  # it was only asleep, and tells of all again
    assert db.value("SELECT count(*) FROM chat.gateways") == 2


def test_nobody_lives_for_ever_by_a_clock_that_was_set_back(db, gates):
    (ann,) = db.users(1)
    one, two = gates
    one.beat({ann: ONLINE})
    one.silent_for(-3600)
    assert two.beat()[1] == {ann.id}


def test_a_gateway_does_not_forget_itself(db, gates):
    (ann,) = db.users(1)
    one, _ = gates
    one.beat({ann: ONLINE})
    one.silent_for(1000)
    assert one.beat() == (False, set())


def test_who_leaves_two_gateways_at_once_is_gone(db, gates):
    """The second waits for the first, and sees what it has done: one of them tells it."""
    (ann,) = db.users(1)
    one, two = gates
    one.beat({ann: ONLINE})
    two.beat({ann: ONLINE})
    other = Gate(db, db.connect())
    other.id = two.id
    told = []
    with db.owner.transaction():  # the first of the two, still at work
        one.conn = db.owner
        told.append(one.beat({ann: None})[1])
        thread = threading.Thread(target=lambda: told.append(other.beat({ann: None})[1]))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert told == [set(), {ann.id}]


def test_beats_at_once_do_not_wait_in_a_circle(db, gates):
    users = db.users(20)
    failed = []

    def beats(order):
        gate = Gate(db, db.connect())
        try:
            for turn in range(40):
                gate.beat({user: (turn + number) % 3 + 1 for number, user in enumerate(users[::order])})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=beats, args=(order,)) for order in (1, -1, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_no_beat_writes_to_the_disk(db, gates):
    """Both tables are gone after a crash, and nothing waits for what a crash takes."""
    rows = db.owner.execute("SELECT relname, relpersistence FROM pg_class WHERE oid IN"
                            " ('chat.gateways'::regclass, 'chat.presence'::regclass)").fetchall()
    assert {persistence for _, persistence in rows} == {"u"}
