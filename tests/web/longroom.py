"""A room with thousands of messages, written set by set: what the functions keep consistent is kept here."""

FILL = """
WITH place AS (
    SELECT * FROM chat.room_seq WHERE room_id = %(room)s
), said AS (
    INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, client_id, content)
    SELECT p.room_id, p.last_seq + n, p.msg_count + n, p.last_seq + n, chat.uuid7(),
           (%(senders)s::uuid[])[1 + n / 9 %% cardinality(%(senders)s::uuid[])],
           now() - (%(count)s - n) * make_interval(secs => %(pause_s)s), 'fill-' || p.last_seq + n,
           '#' || n || ' ' || (%(texts)s::text[])[1 + n %% cardinality(%(texts)s::text[])]
      FROM place AS p, generate_series(1, %(count)s) AS n
    RETURNING 1
)
UPDATE chat.room_seq AS s
   SET last_seq = s.last_seq + %(count)s, msg_count = s.msg_count + %(count)s
 WHERE s.room_id = %(room)s
"""
# They have read what they have said.
READ = """
UPDATE chat.room_reads AS r SET read_seq = s.last_seq, read_no = s.msg_count, own_after = 0
  FROM chat.room_seq AS s WHERE s.room_id = r.room_id AND r.room_id = %s AND r.user_id = ANY(%s)
"""
# Of many heights.
TEXTS = (
    *("short",) * 9,
    "Three\nlines\nof text",
    "A longer one, which is wider than the window is: " + "so it goes on and on, " * 10,
    "> quoted\nand answered",
    "```\ncode\n  on lines\n```",
    "🎉",
    "**bold** and `code`",
)


def fill(system, room_id, senders, count, *, pause_s=60, texts=TEXTS):
    """Has the people say `count` messages, each `#number …`, the last one now and a pause before each."""
    ids = [sender.id for sender in senders]
    with system.db() as db:
        db.execute(FILL, {"room": room_id, "senders": ids, "texts": list(texts), "count": count, "pause_s": pause_s})
        db.execute(READ, [room_id, ids])
