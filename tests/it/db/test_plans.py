"""The plan trap: what is planned while the tables are empty must be good when they are full.

PL/pgSQL and prepared statements keep their plans; on a fresh schema the planner likes a sequential scan,
or an index that shares nothing but its first column with the question, as well as the right index. So the
plans themselves are looked at, and the rows that were read, never the time.

Posting is looked at closely. Then every statement of the programs (questions.py) is asked over the bulk of
bulk.sql, with the statements inside of the functions, and on three connections: one that had prepared and
asked everything when the schema was empty, before anybody counted what is there (ANALYZE); the same one
afterwards; and a new one. 100,000 messages in 1,000 rooms are enough to tell: each table is larger than what a
statement may read, and the largest room too. CHATSPHERE_PLAN_MESSAGES=1000000 asks the same of a million.
"""

import json
import os
import re
from pathlib import Path

import bulk
import psycopg
import pytest
from chatdb import POST, Post, fresh
from questions import ADMIN, BOOKS, CATALOGUES, LARGE, ME, OTHER, QUESTIONS, WHOLE, Fact
from statements import statements

# By how many columns the indexes of the tables that grow must be entered.
LOOKUPS = {"messages": {"messages_client_key": 3, "messages_id": 1, "messages_pkey": 2},
           "room_reads": {"room_reads_pkey": 2, "room_reads_user_id": 2}, "room_members": {"room_members_pkey": 1},
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


# --- every statement --------------------------------------------------------------------------------------

SOURCE = Path(__file__).resolve().parents[3]
MESSAGES = int(os.environ.get("CHATSPHERE_PLAN_MESSAGES", "100000"))
PHASES = ("cached on empty tables", "cached, then counted", "new")
MOST = 300  # rows that a scan may read: some for each of the reader's 200 rooms, or three pages
# Lists that may, until the first ANALYZE (a minute, by autovacuum), sort all users or a room, or count the unread
# one by one: the planner takes all tables for equally empty. What is looked up by a key is by the right one at once.
EARLY = {"accounts", "people", "rooms_own"}
SMALL = {"gateways", "roles", "epoch", "ws_tickets", "search_language"}  # tables that stay so small that nobody looks for an index
EXPLAIN = ("SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = 'json';"
           "SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;"
           "SET auto_explain.log_nested_statements = on")
SWEEPS = {"ctl_purge"}  # without an index: once a day, what has ended among what has not


def program_settings():
    """The session settings of the programs, from their source: the plans are to be theirs."""
    source = (SOURCE / "src" / "common" / "cs_db.c").read_text()
    return " ".join(re.findall(r"-c [a-z_]+=\w+", source.partition("session_app[] =")[2].partition(";")[0]))


class Asker:
    """A connection with the programs' settings that has prepared all statements, and tells what it read."""

    def __init__(self, cluster, dbname, texts):
        self.conn = cluster.connect(dbname=dbname, options=program_settings(), prepare_threshold=None)
        self.notices = []
        self.conn.add_notice_handler(lambda notice: self.notices.append(notice.message_primary))
        self.conn.execute(EXPLAIN)
        for name, text in texts.items():
            self.conn.execute(f"PREPARE q_{name} AS {text}")

    def ask(self, name, values):
        """The plans of one statement and those inside of it. What it did is taken back."""
        self.notices.clear()
        self.conn.execute("BEGIN; SET LOCAL client_min_messages = log")
        try:
            self.conn.execute(f"EXECUTE q_{name}" + (f" ({', '.join(values)})" if values else ""))
        finally:
            self.conn.execute("ROLLBACK")
        return [plan_of(text) for text in self.notices if "plan:\n" in text]


def literal(owner, value):
    if isinstance(value, Fact):
        value = owner.execute(value.query).fetchone()[0]
    return "NULL" if value is None else f"'{str(value).replace(chr(39), 2 * chr(39))}'"


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_read(node):
    """By all loops of a node together."""
    each = sum(node.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return each * node["Actual Loops"]


def complaints(name, plans, lists):
    """What is wrong with how a statement reads; of `lists`, how much they read does not matter."""
    found = [node for plan in plans for node in nodes(plan)]
    missing = set(QUESTIONS[name][1].split()) - {node.get("Relation Name") for node in found}
    if missing:
        yield f"does not reach {', '.join(sorted(missing))}"
    for node in found:
        if not node["Actual Loops"]:
            continue  # the other half of what the parameters decide
        table = node.get("Relation Name", node.get("Index Name"))
        if node["Node Type"] == "Seq Scan" and table not in SMALL and name not in SWEEPS:
            yield f"{table} is scanned from end to end"
        if "Scan" in node["Node Type"] and table and rows_read(node) > MOST and name not in lists:
            yield f"{rows_read(node)} rows of {table} by {node.get('Index Name', node['Node Type'])}"


def look(asker, values, lists=WHOLE):
    """name → what is wrong."""
    wrong = {}
    for name in QUESTIONS:
        try:
            found = sorted(set(complaints(name, asker.ask(name, values[name]), lists)))
        except psycopg.Error as error:
            found = [str(error)]
        if found:
            wrong[name] = found
    return wrong


def warm_up(asker):
    """Asks everything of the empty schema, so that all plans are made. Many refuse; that is no matter."""
    nothing = {name: ["NULL" if isinstance(value, Fact) else literal(None, value) for value in values]
               for name, (values, _) in QUESTIONS.items()}
    look(asker, nothing)


@pytest.fixture(scope="module")
def looks(cluster):
    """phase → what is wrong then."""
    name = fresh(cluster)
    texts = {question: statements(question) for question in QUESTIONS}
    with cluster.connect(dbname=name) as owner:
        owner.execute("INSERT INTO chat.users (id, username) VALUES (%s, 'reader')", [ME])
        early = Asker(cluster, name, texts)
        warm_up(early)
        bulk.fill(owner, bulk.Size(messages=MESSAGES), ME, live=True)
        owner.execute("SELECT chat.index_room(%s, 1000)", [LARGE])
        owner.execute("INSERT INTO chat.search_due (room_id, seq) VALUES (%s, 100)", [LARGE])
        owner.execute("UPDATE chat.users SET password_hash = 'x' WHERE id IN (%s, %s)", [ME, OTHER])
        owner.execute("UPDATE chat.users SET role = 'ADMIN' WHERE id = %s", [ADMIN])
        values = {question: [literal(owner, value) for value in row] for question, (row, _) in QUESTIONS.items()}
        found = [look(early, values, WHOLE | EARLY)]
        owner.execute("VACUUM (ANALYZE)")
        found += [look(early, values), look(Asker(cluster, name, texts), values)]
    yield dict(zip(PHASES, found))
    cluster.dropdb(name)


def test_every_statement_has_a_question():
    """A new statement needs a row in questions.py: its plan is to be looked at, too."""
    names = {line.split()[0] for line in statements().splitlines()}
    assert names - QUESTIONS.keys() - BOOKS - CATALOGUES == set()
    assert QUESTIONS.keys() - names == set()


@pytest.mark.parametrize("phase", PHASES)
def test_no_statement_reads_more_than_it_needs(looks, phase):
    """By an index, no more rows than it can use, and it does reach the tables that it is about."""
    assert looks[phase] == {}


def test_the_bulk_is_as_the_functions_would_have_left_it(db):
    """What is counted in it is what is there, or plans and benchmarks would speak of another system."""
    db.owner.execute("INSERT INTO chat.users (id, username) VALUES (%s, 'reader')", [ME])
    bulk.fill(db.owner, bulk.Size(messages=5000, rooms=100, users=200), ME)
    assert db.value("SELECT count(*) FROM chat.messages") == 5000
    assert db.owner.execute("SELECT r.id, f.* FROM chat.rooms AS r, chat.room_drift(r.id) AS f").fetchall() == []
    assert db.owner.execute("SELECT f.* FROM chat.user_drift() AS f").fetchall() == []
