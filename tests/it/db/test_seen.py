"""chat.seen: last_seen of many at once, each at most once a minute, waiting for nobody."""

import uuid

AGE = "SELECT extract(epoch FROM clock_timestamp() - last_seen) FROM chat.users WHERE id = %s"


def set_age(db, user, seconds):
    db.owner.execute("UPDATE chat.users SET last_seen = clock_timestamp() - make_interval(secs => %s)"
                     " WHERE id = %s", (seconds, user.id))


def test_each_at_most_once_a_minute(db):
    never, old, recent, other = db.users(4)
    for user, age in ((old, 61), (recent, 50), (other, 1000)):
        set_age(db, user, age)
    db.call("seen", [never.id, old.id, recent.id, old.id, uuid.uuid4()])
    ages = [db.value(AGE, user.id) for user in (never, old, recent, other)]
    assert ages[0] < 5 and ages[1] < 5 and 50 <= ages[2] < 55 and ages[3] >= 1000


def test_nobody_is_nobody(db):
    somebody = db.user()
    set_age(db, somebody, 1000)
    db.call("seen", [])
    db.call("seen", None)
    assert db.value(AGE, somebody.id) >= 1000


def test_a_row_that_is_being_changed_is_left_out(db):
    """A gateway asks on the connection that reads the log: it must not wait for somebody's profile."""
    busy, free = db.users(2)
    for user in (busy, free):
        set_age(db, user, 1000)
    with db.connect() as patient, db.owner.transaction():
        db.owner.execute("UPDATE chat.users SET bio = 'x' WHERE id = %s", (busy.id,))
        patient.execute("SET lock_timeout = '2s'")
        db.call("seen", [busy.id, free.id], conn=patient)
    assert db.value(AGE, busy.id) >= 1000 and db.value(AGE, free.id) < 5


def test_the_dead_are_not_seen(db):
    user = db.user()
    db.owner.execute("UPDATE chat.users SET deleted_at = now(), last_seen = NULL WHERE id = %s", (user.id,))
    db.call("seen", [user.id])
    assert db.value("SELECT last_seen FROM chat.users WHERE id = %s", user.id) is None
