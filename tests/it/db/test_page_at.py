"""The page at a time: found by halving, it is the one that going through all messages would find."""

import random

from psycopg.rows import tuple_row
from statements import statements
from test_plans import nodes, rows_read

MESSAGES = 400
START_MS = 1_790_000_000_000


def spread(db, rng):
    """A room whose log has messages and other events, some of the messages at the same time."""
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    times, at = {}, START_MS
    first = db.value("SELECT last_seq FROM chat.room_seq WHERE room_id = %s", room) + 1
    seqs = sorted(rng.sample(range(first, first + 3 * MESSAGES), MESSAGES))
    for number, seq in enumerate(seqs, 1):
        at += rng.choice((0, 0, 1, 1000, 86_400_000))
        times[seq] = at
        db.owner.execute(
            "INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, client_id, content)"
            " VALUES (%s, %s, %s, %s, gen_random_uuid(), %s, timestamptz 'epoch' + %s * interval '1 ms', %s, 'x')",
            [room, seq, number, seq, ann.id, at, str(seq)])
    db.owner.execute("UPDATE chat.room_seq SET last_seq = %s, msg_count = %s WHERE room_id = %s",
                     [first + 3 * MESSAGES, MESSAGES, room])
    return room, bob, times


def test_it_is_found_without_reading_what_is_between(db):
    rng = random.Random(1)
    room, bob, times = spread(db, rng)
    db.app.execute(f"PREPARE at AS {statements('page_at')}")
    all_at = list(times.values())
    for ms in (0, START_MS - 1, all_at[-1] + 1, *rng.sample(all_at, 30), *(ms + 1 for ms in rng.sample(all_at, 10))):
        call = f"EXECUTE at ('{room}', '{bob.id}', NULL, {ms}, 3, 4)"
        with db.app.cursor(row_factory=tuple_row) as cursor:  # names of columns come twice
            head, *page = cursor.execute(call).fetchall()
        expected = [seq for seq, at in times.items() if at < ms][-3:] + [seq for seq, at in times.items() if at >= ms][:4]
        assert sorted(row[0] for row in page) == expected, ms
        assert all((times[seq] >= ms) == (seq >= head[2]) for seq in times), "the head says where the time begins"
        plan = db.app.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {call}").fetchone()[0][0]["Plan"]
        assert sum(rows_read(node) for node in nodes(plan) if node.get("Relation Name") == "messages") < 7 + 2 * 12
