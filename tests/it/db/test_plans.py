"""The plan trap: what is planned while the tables are empty must be good when they are full.

PL/pgSQL and prepared statements keep their plans; on a fresh schema the planner likes a sequential scan,
or an index that shares nothing but its first column with the question, as well as the right index. So the
plans themselves are looked at, and the rows that were read, never the time.
"""

import json

import pytest
from chatdb import POST, Post

# By how many columns the indexes of the tables that grow must be entered.
LOOKUPS = {"messages": {"messages_client_key": 3, "messages_id": 1, "messages_pkey": 2},
           "room_reads": {"room_reads_pkey": 2}, "room_members": {"room_members_pkey": 1},
           "api_tokens": {"api_tokens_pkey": 1}}


def scans(plan):
    """(table, index, number of columns it is entered by) of every scan in a plan."""
    assert plan.get("Function Name") != "post_facts", "not inlined: planned again at every call"
    if "Index Name" in plan:
        yield plan.get("Relation Name"), plan["Index Name"], plan.get("Index Cond", "").count("=")
    elif plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"], None, 0
    for child in plan.get("Plans", ()):
        yield from scans(child)


@pytest.mark.parametrize("options", ("app", "publisher"))
def test_plans_made_on_empty_tables_are_good_for_full_ones(db, options):
    """The plan trap: what is planned on a fresh schema stays in the session while the tables grow.

    An application's connection brings no settings of its own, so the functions must.
    """
    alice, bob = db.users(2)
    rooms = [db.room(alice, bob) for _ in range(3)]
    db.call("set_room", rooms[0], alice.id, False, None, None, 3600)
    token, _ = db.token(bob)
    conn = db.connect("postgres", prepare_threshold=None,
                      **({} if options == "app" else {"options": ""}))
    roots = [row.id for row in db.post(*(Post(room, alice) for room in rooms), conn=conn)]
    plans = []
    conn.add_notice_handler(lambda notice: plans.append(notice.message_primary))
    conn.execute("SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = 'json';"
                 "SET auto_explain.log_nested_statements = on; SET client_min_messages = log")
    for n in (1, 3, 1, 3):
        rows = db.post(*(Post(room, alice, parent=root, mentions="[null]")
                         for room, root in list(zip(rooms, roots))[:n]), conn=conn)
        assert {row.status for row in rows} == {"ok"}
    for status in ("ok", "slow_mode"):
        post = Post(rooms[0], bob, cred_kind="api_token", cred_id=token)
        assert db.post(post, conn=conn)[0].status == status
    conn.execute("SET client_min_messages = notice")

    found = [scan for text in plans for scan in scans(plan_of(text))]
    assert {table for table, _, _ in found} >= {"messages", "room_seq", "rooms", "room_members",
                                                "room_reads", "users", "sessions", "api_tokens"}
    for table, index, columns in found:
        assert index, f"{table} is scanned from end to end"
        assert columns, f"{index} is read from end to end"
        if table in LOOKUPS:
            assert columns >= LOOKUPS[table][index], f"{index} is entered by {columns} columns"


def plan_of(text):
    """The plan in a message of auto_explain."""
    return json.loads(text.split("plan:\n", 1)[1])["Plan"]


def test_a_warm_connection_stays_fast_while_the_tables_grow(db):
    """Counted, not timed: no sequential scan of a table that grows, on one warm connection."""
    alice = db.user()
    rooms = [db.room(alice) for _ in range(50)]
    conn = db.connect()
    for _ in range(60):
        conn.execute(POST, [list(column) for column in zip(
            *(Post(room, alice).columns() for room in rooms))])
    for room in rooms:
        db.post_one(room, alice, conn=conn)
    conn.execute("SELECT pg_stat_force_next_flush()")
    conn.execute("SELECT 1")
    rows = db.owner.execute("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN"
                            " ('messages', 'room_members', 'room_reads')").fetchall()
    assert len(rows) == 3 and {row.seq_scan for row in rows} == {0}
    # Rows fetched through messages' indexes: a look-up that reads along would fetch thousands.
    assert db.value("SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'messages'") < 100
