"""The schema itself: what its indexes are for, who may do what, and that applying it again is harmless."""

import os
import re
import time
import uuid
from pathlib import Path

import apply_sql
import psycopg
import pytest
from chatdb import LOBBY, NEVER

# Every index and what it is for. Who adds one adds a line, and has measured what it costs.
INDEXES = {
    "users_pkey": "a user by id: every credential leads to one",
    "users_name_key": "login, registration, search by prefix: names are unique, however written",
    "users_email_key": "login, registration: addresses are unique without regard to case",
    "users_external_id_key": "the host application finds its users by its own id",
    "roles_pkey": "a role by id",
    "roles_name_key": "role names are unique",
    "user_roles_pkey": "the roles of a user",
    "user_roles_role_id": "the cascade when a role is deleted, and who has it",
    "sessions_pkey": "an access token's session, checked with every request",
    "sessions_token_hash_key": "an opaque session token, checked with every request",
    "sessions_user_id": "a user's sessions: the list, logging out everywhere",
    "refresh_tokens_pkey": "a family's generations, newest last",
    "refresh_tokens_token_hash_key": "the token that a client presents",
    "api_tokens_pkey": "a token by id: revocation, the credential of a post",
    "api_tokens_token_hash_key": "an API token, checked with every request",
    "api_tokens_user_id": "a user's tokens: the list, the cascade",
    "api_tokens_type": "the tokens of applications, newest first",
    "user_blocks_pkey": "whether one has blocked the other, at each post in a p2p room",
    "push_subscriptions_pkey": "a user's devices to push to",
    "push_subscriptions_endpoint_key": "an endpoint belongs to one subscription",
    "user_seq_pkey": "the counter of a user's log, and its lock",
    "user_events_pkey": "a user's log, read from a position",
    "audit_log_pkey": "the order in which it is read",
    "audit_log_action": "one kind of action, newest first",
    "audit_log_actor_id": "what somebody did, newest first",
    "audit_log_target_id": "what was done to somebody, newest first",
    "rate_buckets_pkey": "one bucket, at each write",
    "login_attempts_pkey": "what failed lately, at each login",
    "login_attempts_last_at": "forgetting what is old",
    "ws_tickets_pkey": "a ticket that a socket presents",
    "ws_tickets_expires_at": "forgetting those that nobody used",
    "gateways_pkey": "a gateway that says it lives",
    "presence_pkey": "what somebody is at all gateways",
    "presence_gateway_id": "those who were at a gateway that fell silent",
    "registration_invites_pkey": "an invitation by id: revocation",
    "registration_invites_token_hash_key": "an invitation that somebody registers with",
    "epoch_pkey": "there is one row",
    "rooms_pkey": "a room by id",
    "rooms_one_lobby": "there is one lobby",
    "rooms_public": "the list of joinable rooms",
    "room_seq_pkey": "the counter of a room, and its lock; no second index, or updates are not HOT",
    "room_members_pkey": "whether and as what somebody is in a room, and its list of members",
    "room_members_user_id": "the rooms of a user",
    "room_reads_pkey": "a user's position in a room, at each post",
    "room_reads_user_id": "the rooms in which somebody has spoken, at no cost when a position moves",
    "p2p_pairs_pkey": "the one room of two people",
    "p2p_pairs_hi": "the pairs of who stands second in them",
    "messages_pkey": "the log and history, read by seq",
    "messages_client_key": "a retry is found, and can never be a second row",
    "messages_id": "a message by id: the parent of a reply, permalinks",
    "messages_sender": "somebody's messages in a room, newest first: lists over rooms are merged from it, and nothing else",
    "messages_thread": "the replies of a thread; only replies are in it",
    "messages_tombstones": "what is unread without the deleted; a post is not in it, so pays nothing",
    "mentions_message": "the mentions of a message that is edited or deleted; few messages have any",
    "search_blocks_pkey": "where a room's index ends; the block that an edited message is in",
    "search_blocks_words": "which stretches of the log have the words",
    "search_due_pkey": "what is to be indexed, the oldest first",
    "search_language_pkey": "there is one row",
    "room_events_pkey": "the log, read by seq",
    "message_edits_pkey": "the versions of a message",
    "reactions_pkey": "the reactions of a message, each user's emoji once",
    "pins_pkey": "the pins of a room",
    "mentions_key": "a user's mentions in a room after a position, each once",
    "room_invites_pkey": "an invitation by its id",
    "room_invites_code_hash_key": "an invitation by its code",
    "room_invites_room_id": "the invitations of a room",
    "room_invites_created_by": "the invitations of who leaves a room, or whose account ends",
    "reports_pkey": "a report by id",
    "reports_once": "a member reports a message once",
    "reports_open": "the open reports of a room",
}

# The whole of what the roles may do; test_roles_may_do_what_is_listed says how to write it anew.
GRANTS = Path(__file__).with_name("grants.txt")

# Functions that read nothing: they run with the rights of who calls them.
PURE = {"uuid7", "ring", "rights", "name_key", "presence_of", "token_permissions", "unread_of", "search_text", "search_words"}


def tables(db):
    return {row[0] for row in db.owner.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'chat'")}


def test_every_index_has_a_purpose(db):
    found = {row[0] for row in db.owner.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'chat'")}
    assert found == set(INDEXES)
    assert all(INDEXES.values())


def test_nothing_refers_to_messages_and_messages_refer_to_nothing(db):
    """A foreign key would lock the sender's or the room's row at each insert."""
    rows = db.owner.execute("SELECT conrelid::regclass::text, confrelid::regclass::text"
                            " FROM pg_constraint WHERE contype = 'f'").fetchall()
    hot = {"chat.messages", "chat.room_events", "chat.room_reads"}
    assert rows and not [row for row in rows if hot & set(row)]


def test_no_cascade_reaches_a_message_or_a_room(db):
    alice, bob = db.users(2)
    room = db.room(bob, alice)
    db.post_one(room, alice, "still here")
    db.owner.execute("DELETE FROM chat.users WHERE id = %s", (alice.id,))
    assert db.value("SELECT content FROM chat.messages WHERE room_id = %s", room) == "still here"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.owner.execute("DELETE FROM chat.users WHERE id = %s", (bob.id,))


def test_names_and_addresses_are_unique(db):
    def insert(**columns):
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        db.owner.execute(f"INSERT INTO chat.users (id, {names}) VALUES (%s, {marks})",
                         (uuid.uuid4(), *columns.values()))

    insert(username="Ann", email="ann@example.org", external_id="7")
    insert(username="Zo\u00eb")
    alike = ("Ann", "ann", "ANN", "zoe\u0308", "ZO\u00cb", "\uff21nn")  # case, composed or not, full width
    for columns in (*({"username": name} for name in alike), {"username": "b", "email": "ANN@example.org"},
                    {"username": "c", "external_id": "7"}):
        with pytest.raises(psycopg.errors.UniqueViolation):
            insert(**columns)


def grants(db):
    """What the roles and everybody may do in the schema, a line each, as PostgreSQL tells it."""
    return "".join(f"{who} {privilege} {what}\n" for who, privilege, what in db.owner.execute(
        "WITH things (what, owner, acl) AS ("
        "  SELECT 'SCHEMA chat', nspowner, nspacl FROM pg_namespace WHERE nspname = 'chat'"
        "  UNION ALL SELECT 'TABLE ' || relname, relowner, relacl FROM pg_class"
        "   WHERE relnamespace = 'chat'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')"
        "  UNION ALL SELECT 'COLUMN ' || relname || '.' || attname, relowner, attacl"
        "    FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid"
        "   WHERE relnamespace = 'chat'::regnamespace AND attacl IS NOT NULL"
        "  UNION ALL SELECT 'FUNCTION ' || proname || '(' || oidvectortypes(proargtypes) || ')', proowner,"
        "         coalesce(proacl, acldefault('f', proowner)) FROM pg_proc"
        "   WHERE pronamespace = 'chat'::regnamespace)"
        " SELECT coalesce(r.rolname, 'PUBLIC'), a.privilege_type, t.what"
        "   FROM things AS t, aclexplode(t.acl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        "  WHERE a.grantee <> t.owner ORDER BY 1, 3, 2").fetchall())


def test_roles_may_do_what_is_listed(db):
    """S12, the golden list: CHATSPHERE_WRITE_GRANTS=1 writes it anew, for its diff to be read."""
    found = grants(db)
    if os.environ.get("CHATSPHERE_WRITE_GRANTS"):
        GRANTS.write_text(found)
    assert found.splitlines() == GRANTS.read_text().splitlines()


def test_only_functions_write():
    """The list itself: nobody but the owner changes a table, and the public may nothing."""
    lines = [line.split() for line in GRANTS.read_text().splitlines()]
    assert {line[1] for line in lines if line[2] in ("TABLE", "COLUMN")} == {"SELECT"}
    assert {line[0] for line in lines} == {"chat_app", "chat_backup", "chat_publisher"}


@pytest.mark.parametrize("statement", [
    "INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, client_id,"
    " content) VALUES (%(id)s, 1, 1, 1, %(id)s, %(id)s, now(), 'x', 'x')",
    "UPDATE chat.rooms SET name = 'mine' WHERE id = %(id)s",
    "UPDATE chat.room_seq SET last_seq = 7 WHERE room_id = %(id)s",
    "DELETE FROM chat.room_members WHERE room_id = %(id)s",
    "SELECT 1 FROM chat.room_seq WHERE room_id = %(id)s FOR UPDATE",
    "SELECT chat.admit(%(id)s, %(id)s, %(id)s, 'owner')",
    "SELECT chat.new_epoch()",
    "CREATE TABLE chat.mine ()",
])
def test_the_programs_role_is_refused(db, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.app.execute(statement, {"id": LOBBY})


def test_an_application_posts_with_its_own_role(db):
    alice = db.user()
    room = db.room(alice)
    client, _ = db.token(db.user(), "CLIENT")
    conn = db.connect("publisher", options="")
    with conn.transaction():
        row = db.post_one(room, alice, cred_kind="api_token", cred_id=client, conn=conn)
    assert row.status == "ok"
    conn.execute("SELECT chat.ring(%s)", ([room],))


def test_functions_with_the_owners_rights_pin_their_search_path(db):
    """With pg_temp last: named nowhere, it is searched first for tables and types."""
    rows = db.owner.execute(
        "SELECT p.proname, p.proconfig FROM pg_proc AS p"
        " WHERE p.pronamespace = 'chat'::regnamespace AND p.prosecdef").fetchall()
    called = {re.match(r"chat_app EXECUTE FUNCTION (\w+)", line) for line in GRANTS.read_text().splitlines()}
    assert {row.proname for row in rows} >= {call[1] for call in called if call} - PURE
    for row in rows:
        assert "search_path=pg_catalog, pg_temp" in row.proconfig, row.proname


def test_the_audit_log_only_grows(db):
    db.owner.execute("INSERT INTO chat.audit_log (action) VALUES ('login')")
    for statement in ("UPDATE chat.audit_log SET action = 'x'", "DELETE FROM chat.audit_log",
                      "TRUNCATE chat.audit_log"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            db.owner.execute(statement)


def everything(db):
    """All rows and all definitions, to be compared."""
    rows = {name: sorted(map(str, db.owner.execute(f"SELECT * FROM chat.{name}")))
            for name in tables(db)}
    functions = sorted(map(str, db.owner.execute(
        "SELECT p.oid::regprocedure, p.prosrc, p.proacl, p.proconfig FROM pg_proc AS p"
        " WHERE p.pronamespace = 'chat'::regnamespace")))
    return rows, functions


def test_applying_again_changes_nothing(db):
    apply_sql.seed_demo(db.owner)
    before = everything(db)
    apply_sql.apply_functions(db.owner)
    apply_sql.seed(db.owner)
    apply_sql.seed_demo(db.owner)
    assert everything(db) == before


def test_the_seed_and_the_demo(db):
    assert db.value("SELECT count(*) FROM chat.rooms WHERE is_lobby AND id = %s", LOBBY) == 1
    assert re.fullmatch("[0-9a-f]{16}", db.value("SELECT value FROM chat.epoch"))
    built_in = db.owner.execute("SELECT name FROM chat.roles WHERE built_in ORDER BY name")
    assert [row.name for row in built_in] == ["ADMIN", "MEMBER", "MODERATOR"]
    apply_sql.seed_demo(db.owner)
    assert db.value("SELECT count(*) FROM chat.rooms WHERE NOT is_lobby") >= 2
    assert db.value("SELECT count(*) FROM chat.users WHERE password_hash IS NOT NULL") == 0
    for room in db.owner.execute("SELECT id FROM chat.rooms").fetchall():
        db.assert_gapless(room.id)


def test_a_new_epoch(db):
    before = db.value("SELECT value FROM chat.epoch")
    made = db.value("SELECT chat.new_epoch()")
    assert made != before and made == db.value("SELECT value FROM chat.epoch")


def test_uuid7(db):
    before = time.time() * 1000
    ids = [db.app.execute("SELECT chat.uuid7()").fetchone()[0] for _ in range(50)]
    after = time.time() * 1000
    assert all(made.version == 7 and made.variant == uuid.RFC_4122 for made in ids)
    assert all(before - 1 <= made.int >> 80 <= after + 1 for made in ids)
    assert len(set(ids)) == 50


def test_the_bell_says_look_at_these_rooms(db):
    rooms = [uuid.uuid4() for _ in range(60)]
    with db.cluster.connect("app", db.name) as ear:
        ear.execute("LISTEN chatsphere")
        db.app.execute("SELECT chat.ring(%s)", (rooms,))
        db.app.execute("SELECT chat.ring(%s)", (rooms[:1],))
        for nothing in (None, []):
            db.app.execute("SELECT chat.ring(%s::uuid[])", (nothing,))
        heard = []
        bells = ear.notifies()
        while len(heard) < 61:
            payload = next(bells).payload
            assert len(payload) <= 1024
            heard += payload.split(";")
    assert heard == [f"r{room}" for room in rooms + rooms[:1]]


def test_the_bell_touches_no_table(db):
    """Even a SELECT may prune a page and flush WAL while it holds the cluster's lock."""
    conn = db.connect()
    with conn.transaction():
        conn.execute("SELECT chat.ring(%s)", ([LOBBY, NEVER],))
        locks = conn.execute(
            "SELECT c.oid::regclass::text FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation"
            " WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'chat'::regnamespace").fetchall()
    assert locks == []
