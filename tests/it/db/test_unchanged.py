"""What a client has already is not read for him again: the tag in the head decides before the rows (ETag)."""

import pytest
from psycopg.rows import tuple_row
from statements import statements
from test_plans import nodes, rows_read

LAST = 2**63 - 1
LONG_AGO = 0  # ms


def rows_of(db, text, values):
    """How many rows of messages and events the statement reads, and its head."""
    db.app.execute(f"PREPARE asked AS {text}")
    call = "EXECUTE asked ({})".format(", ".join("NULL" if value is None else f"'{value}'" for value in values))
    with db.app.cursor(row_factory=tuple_row) as cursor:  # names of columns come twice
        head = cursor.execute(call).fetchone()
    plan = db.app.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {call}").fetchone()[0][0]["Plan"]
    db.app.execute("DEALLOCATE asked")
    found = [node for node in nodes(plan) if node.get("Relation Name") in ("messages", "room_events")]
    assert found
    return sum(rows_read(node) for node in found), head


@pytest.mark.parametrize("name, tag, values", (
    ("page_before", 12, ("{tag}", LAST, 51)), ("page_after", 12, ("{tag}", 0, 51)), ("page_around", 12, ("{tag}", 5, 26, 26)),
    ("page_at", 12, ("{tag}", LONG_AGO, 26, 26)),
    ("events", 15, (None, 51, None, "{tag}"))), ids=lambda value: value if isinstance(value, str) else "")
def test_a_page_that_the_caller_has_is_not_read(db, name, tag, values):
    ann, bob = db.users(2)
    room = db.room(ann, bob)
    for _ in range(10):
        db.post_one(room, ann)
    text = statements(name)

    def ask(known):
        return rows_of(db, text, (room, bob.id, *(known if value == "{tag}" else value for value in values)))

    read, head = ask(None)
    assert read >= 10
    assert ask("another tag")[0] == read
    assert ask(head[tag])[0] == 0
    db.post_one(room, ann)
    assert ask(head[tag])[0] > read - 2
