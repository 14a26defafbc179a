"""A question for every statement of the programs: parameters that make it do its work in the bulk of bulk.sql,
and the tables that it reaches then. test_plans.py looks at how it reaches them.

A new statement gets its row here. The values are written as PostgreSQL reads them; None is NULL, and
a Fact is looked up when the data are there.
"""

import hashlib
import time
from dataclasses import dataclass

from bulk import id_of
from chatdb import NEVER

ME, OTHER, ADMIN, NOBODY = (id_of("user", n) for n in (0, 1, 2, 9_999_999))
LARGE, SMALL = id_of("room", 0), id_of("room", 5)  # both of ME, who owns them
FOREIGN = id_of("room", 1)  # a channel that ME is not in
NEW = id_of("new", 1)
LAST = 2**63 - 1
YEAR_MS = 3_000_000_000_000


@dataclass(frozen=True)
class Fact:
    """One value of the data."""

    query: str


MESSAGE = Fact(f"SELECT id FROM chat.messages WHERE room_id = '{LARGE}' AND parent_id IS NULL AND deleted_at IS NULL"
               f" AND sender_id = '{ME}' ORDER BY seq DESC OFFSET 5 LIMIT 1")
EDITED = Fact(f"SELECT id FROM chat.messages WHERE room_id = '{LARGE}' AND edited_at IS NOT NULL ORDER BY seq LIMIT 1")
ROOT = Fact(f"SELECT id FROM chat.messages WHERE room_id = '{LARGE}' AND reply_count > 0 ORDER BY seq LIMIT 1")
A_MINUTE_AGO = int(time.time() * 1000) - 60_000
A_WORD = Fact(f"SELECT substring(content FROM 'ticket[0-9]+') FROM chat.messages WHERE room_id = '{LARGE}'"
              " AND content ~ 'ticket[0-9]' AND deleted_at IS NULL ORDER BY seq LIMIT 1")
PINNED = Fact(f"SELECT id FROM chat.messages JOIN chat.pins USING (room_id, seq) WHERE room_id = '{LARGE}'")
REACTED = [Fact(f"SELECT {column} FROM chat.messages AS m JOIN chat.reactions AS a USING (room_id, seq)"
                f" WHERE room_id = '{LARGE}' ORDER BY seq LIMIT 1") for column in ("m.id", "a.user_id")]
PAIR = id_of("room", 15)  # of ME and another one
DIRECT, HEARD = (Fact(f"SELECT id FROM chat.messages WHERE room_id = '{PAIR}' AND (sender_id = '{ME}') = {own} AND deleted_at IS NULL"
                      " ORDER BY seq DESC LIMIT 1") for own in ("true", "false"))
NEIGHBOUR = Fact(f"SELECT user_id FROM chat.room_members WHERE room_id = '{PAIR}' AND user_id <> '{ME}'")
BEFORE = Fact("SELECT id FROM chat.messages ORDER BY id OFFSET (SELECT count(*) / 2 FROM chat.messages) LIMIT 1")
HALF_A_YEAR_AGO = int((time.time() - 180 * 86400) * 1000)
MIDDLE = Fact(f"SELECT last_seq / 2 FROM chat.room_seq WHERE room_id = '{LARGE}'")
NAME = Fact(f"SELECT username FROM chat.users WHERE id = '{OTHER}'")
A_MEMBER = Fact(f"SELECT user_id FROM chat.room_members WHERE room_id = '{LARGE}' AND role = 'member' LIMIT 1")


def sha256(text):
    return "\\x" + hashlib.sha256(text.encode()).hexdigest()


def array(*values):
    return "{" + ",".join(str(value) for value in values) + "}"


# name: (parameters, tables). Each statement is asked in a transaction of its own that is rolled back.
QUESTIONS = {
    "ping": ([], ""),
    # who somebody is
    "guard_jwt": ([id_of("jwt", 0), ME], "sessions users"),
    "guard_session": ([sha256("7")], "sessions users"),
    "guard_token": ([sha256("t7")], "api_tokens users"),
    "guard_held": ([id_of("jwt", 0), ME], "sessions users api_tokens"),
    "guard_write": ([1, id_of("jwt", 0), ME, None, 2, 2, 1, 600], "sessions users rate_buckets"),
    "touch": (["session", id_of("jwt", 0), ME, None], "sessions"),
    # accounts and sessions
    "login_begin": ([NAME, False, "192.0.2.7", 5, 5, 100], "users login_attempts"),
    "login_undo": ([NAME, "192.0.2.7"], "login_attempts"),
    "login_failed": ([OTHER, False, "192.0.2.7", 100], "audit_log"),
    "login": ([NAME, "x", None, NEW, OTHER, "jwt", None, "x", "192.0.2.7", 900, sha256("new"), 900, 900], "users"),
    "may_register": (["somebody", "somebody@example.org", sha256("r7")], "users registration_invites"),
    "register": ([NEW, "somebody", "x", "somebody@example.org", "Some Body", sha256("r7"), "192.0.2.7"],
                 "users registration_invites"),
    "user": ([ME], "users user_roles roles"),
    "refresh_rotate": ([sha256(f"{id_of('jwt', 0)}3"), sha256("new"), 900, 10, "192.0.2.7"], "refresh_tokens sessions users"),
    "sessions": ([ME, id_of("jwt", 0), 100], "sessions refresh_tokens"),
    "session_close": ([ME, id_of("jwt", 0), id_of("opaque", 0), "192.0.2.7"], "sessions"),
    "sessions_close": ([ME, id_of("jwt", 0), None, "192.0.2.7"], "sessions"),
    "profile_set": ([ME, "renamed", None, None, None, "192.0.2.7"], "users"),
    "password": ([ME], "users"),
    "password_change": ([ME, id_of("jwt", 0), "x", "y", "192.0.2.7"], "users"),
    "ticket_make": ([sha256("new"), ME, "session", id_of("jwt", 0), None, 30], "ws_tickets"),
    "token_create": ([ME, id_of("jwt", 0), NEW, ME, "USER", sha256("new"), "cs_", None, YEAR_MS, 3600, "192.0.2.7",
                      "a bot"], "users sessions api_tokens"),
    "tokens_of": ([None, 50, ME, "USER"], "api_tokens users"),
    "tokens_all": ([None, 50], "api_tokens users"),
    "tokens_typed": ([None, 50, "CLIENT"], "api_tokens users"),
    "token_revoke": ([ME, id_of("jwt", 0), id_of("token", 0), "192.0.2.7"], "users api_tokens"),
    "people": (["user.1", None, 50], "users"),
    "person": ([OTHER], "users"),
    "person_create": ([id_of("user", 100), id_of("token", 100), NEW, "somebody", None, None, None, sha256("new"), "cs_", 3600, None], "users"),
    # roles and accounts, kept by others
    "roles": ([], "roles"),
    "role": ([id_of("role", 7)], "roles"),
    "roles_of": ([ME], "users user_roles roles"),
    "role_create": ([NEW, ADMIN, "new", None, 1, None], "roles users"),
    "role_delete": ([ADMIN, id_of("role", 7), None], "roles users user_roles"),
    "roles_set": ([ADMIN, OTHER, array(id_of("role", 7)), None], "roles users user_roles"),
    "accounts": ([None, 50], "users user_roles roles"),
    "accounts_named": ([None, 50, "user.15"], "users user_roles roles"),
    "account_taken": (["somebody", "somebody@example.org"], "users"),
    "account_create": ([NEW, ADMIN, "somebody", "x", None, None, "MEMBER", None], "users"),
    "account_active": ([ADMIN, OTHER, False, None], "users sessions ws_tickets"),
    "account_sign_out": ([ADMIN, OTHER, None], "users sessions"),
    "account_superuser": ([ADMIN, OTHER, True, None], "users"),
    "account_delete": ([ADMIN, OTHER, None], "users sessions api_tokens room_members"),
    "account_ring": ([array(OTHER)], ""),
    "audit": ([LAST, 50], "audit_log"),
    "audit_action": ([LAST, 50, "login"], "audit_log"),
    "audit_user": ([LAST, 50, None, OTHER], "audit_log"),
    # rooms and members
    "rooms_own": ([ME, 1000, None], "room_members rooms room_seq room_reads messages users"),
    "rooms_all": ([ME, 50, None], "rooms room_seq messages users"),
    "rooms_public": ([ME, 50, None], "rooms room_seq messages users"),
    "room": ([ME, LARGE], "rooms room_seq room_members room_reads messages users"),
    "members": ([LARGE, 100, None], "room_members users"),
    "room_create": ([NEW, ME, "new", None, False, "all"], "users rooms room_seq room_events room_members user_events"),
    "member_add": ([SMALL, ME, False, ADMIN, None, None], "room_seq rooms room_members room_events user_events"),
    "room_join": ([FOREIGN, ME], "room_seq rooms room_members room_events"),
    "room_leave": ([LARGE, A_MEMBER], "room_seq rooms room_members room_events"),
    "room_set": ([LARGE, ME, False, "new", None, None, None, None, None, None], "room_seq rooms room_events"),
    "room_delete": ([SMALL, ME, False, None], "room_seq rooms room_events"),
    "member_remove": ([LARGE, ME, False, A_MEMBER, False, None], "room_seq room_members room_events"),
    "member_set": ([LARGE, ME, False, A_MEMBER, "moderator", None, False, None], "room_seq room_members room_events"),
    "ban_lift": ([LARGE, ME, False, A_MEMBER, None], "room_members"),
    "bans": ([LARGE, 100, None], "room_members"),
    "room_invited": ([ME, sha256("i0")], "room_invites rooms room_seq messages"),
    "invite_create": ([LARGE, ME, False, NEW, sha256("new"), "cs_", None, None, None], "room_invites rooms"),
    "invite_revoke": ([LARGE, ME, False, id_of("invite", 0), None], "room_invites"),
    "invite_accept": ([sha256("i1"), ME], "room_invites rooms room_members"),
    "invites": ([LARGE], "room_invites"),
    "invite": ([id_of("invite", 7)], "room_invites"),
    "report_make": ([NEW, LARGE, ME, MESSAGE, "rude"], "rooms messages reports"),
    "report_resolve": ([id_of("report", 0), ME, False, None], "reports rooms"),
    "reports": ([LARGE, 50, None], "reports"),
    "report": ([MESSAGE, ME], "reports"),
    "read": ([LARGE, A_MEMBER, LAST], "rooms room_members room_seq room_reads messages mentions user_events"),
    "readers": ([LARGE, ME, NEVER, 101], "rooms room_members room_reads users"),
    # messages
    "events": ([LARGE, ME, MIDDLE, 51, None, None], "rooms room_seq room_members epoch messages room_events users"),
    "page_before": ([LARGE, ME, None, LAST, 51], "rooms room_seq room_members messages users"),
    "page_after": ([LARGE, ME, None, MIDDLE, 51], "rooms room_seq room_members messages users"),
    "page_around": ([LARGE, ME, None, MIDDLE, 26, 26], "rooms room_seq room_members messages users"),
    "page_at": ([LARGE, ME, None, HALF_A_YEAR_AGO, 26, 26], "rooms room_seq room_members messages users"),
    "message": ([LARGE, MIDDLE], "messages users"),
    "message_one": ([LARGE, ME, MESSAGE], "rooms messages users"),
    "message_changed": ([LARGE, MESSAGE], "messages users"),
    "replies_before": ([LARGE, ME, LAST, 51, ROOT], "rooms messages users"),
    "replies_after": ([LARGE, ME, 0, 51, ROOT], "rooms messages users"),
    "edits": ([LARGE, EDITED, 100], "messages message_edits"),
    "pins": ([LARGE, ME, 100], "rooms pins messages users"),
    "reacted": ([LARGE, ME, Fact(f"SELECT array_agg(seq)::text FROM (SELECT seq FROM chat.messages WHERE room_id = '{LARGE}'"
                                 " AND reactions <> '{}' ORDER BY seq LIMIT 50) AS m")], "rooms messages reactions"),
    "reactors": ([LARGE, ME, REACTED[0], 10], "rooms messages reactions users"),
    "message_edit": ([LARGE, MESSAGE, ME, False, "changed", None], "room_seq messages message_edits mentions room_events"),
    "message_delete": ([LARGE, EDITED, ME, True, None], "room_seq messages message_edits mentions room_events"),
    "react": ([LARGE, MESSAGE, ME, "🎉", False], "room_seq messages reactions room_events"),
    "unreact": ([LARGE, *REACTED, "👍", False], "room_seq messages reactions room_events"),
    "change_messages": ([array("delete"), array(LARGE), Fact(f"SELECT ARRAY[({MESSAGE.query})]::text"), array(ME), array("session"),
                         array(id_of("jwt", 0)), array("NULL"), array("NULL"), array("NULL")],
                        "room_seq rooms room_members users sessions messages room_events"),
    "pin": ([LARGE, MESSAGE, ME, False, None], "room_seq messages pins room_events"),
    "unpin": ([LARGE, PINNED, ME, False, None], "room_seq messages pins room_events"),
    "post_messages": ([array(LARGE), array(ME), array("session"), array(id_of("jwt", 0)), array("new"), array(NEW),
                       array("hello"), array("NULL"), array("NULL"), array("NULL"), array("NULL")],
                      "room_seq rooms room_members users sessions messages room_reads"),
    "bell": (["r"], ""),
    # conversations, messages of two, messages over many rooms
    "pair_open": ([NEW, ME, NEIGHBOUR], "users p2p_pairs room_members"),
    "group_create": ([NEW, ME, array(OTHER, ADMIN), None], "users rooms room_seq room_members room_reads user_events"),
    "conversations": ([ME, None, 10, 101], "room_members rooms room_seq users"),
    "pairs": ([ME, None, 50], "room_members rooms room_seq users messages room_reads"),
    "pairs_unread": ([ME], "room_members rooms room_reads"),
    "direct_list": ([ME, BEFORE, "all", False, 50], "p2p_pairs room_reads messages"),
    "direct_page": ([ME, PAIR, DIRECT, 50], "room_members rooms room_reads messages"),
    "direct_one": ([ME, DIRECT], "messages room_members rooms room_reads"),
    "direct_post": ([None, NEIGHBOUR, ME, "session", id_of("jwt", 0), "new", NEW, "hello", None, None],
                    "users p2p_pairs room_seq rooms room_members messages room_reads"),
    "direct_posted": ([ME, None, NEIGHBOUR, "b-1"], "p2p_pairs"),
    "direct_edit": ([ME, DIRECT, "changed", None], "messages rooms room_members room_seq message_edits room_events"),
    "direct_delete": ([ME, DIRECT, None], "messages rooms room_members room_seq message_edits room_events"),
    "direct_mark": ([ME, HEARD], "messages rooms room_members room_reads"),
    "direct_marked": ([ME, None, HEARD], "messages room_reads"),
    "direct_mark_all": ([ME, None], "room_members rooms room_seq room_reads"),
    "feed_all": ([BEFORE, False, 51], "messages rooms users"),
    "feed_room": ([LARGE, ME, MESSAGE, 51], "messages rooms room_seq users"),
    "feed_of": ([ME, BEFORE, None, 51, True, False], "room_reads rooms room_members messages users"),
    # where and what: one room, of which test_plans.py has made the index, and a word of one message
    "search": ([A_WORD, ME, False, False, LARGE, None, None, None, None, False, 25],
               "rooms room_members room_seq search_language search_blocks messages users"),
    "index_due": ([1], "search_due search_language search_blocks room_seq messages"),
    # the gateway's
    "log_read": ([array(LARGE, SMALL), array(100, 0), array(LAST, LAST), 100], "messages room_events users"),
    "positions": ([array(LARGE, SMALL)], "room_seq epoch"),
    "join_rooms": ([array(ME, ME), array(LARGE, FOREIGN)], "rooms room_seq room_members room_reads"),
    "join_every": ([ME, 5001, A_MINUTE_AGO], "room_members rooms room_seq room_reads epoch messages room_events"),
    "epoch": ([], "epoch"),
    "enter_jwt": ([id_of("jwt", 0), ME], "sessions users user_seq epoch"),
    "enter_session": ([sha256("7")], "sessions users user_seq epoch"),
    "enter_token": ([sha256("t7")], "api_tokens users user_seq epoch"),
    "user_log": ([array(ME, OTHER), array(0, 5), 100], "user_events"),
    "user_positions": ([array(ME, OTHER)], "user_seq epoch"),
    "ended_credentials": ([array(id_of("jwt", 0), id_of("token", 0), NEW)], "sessions api_tokens"),
    "marks": ([array(LARGE, SMALL), array(ME, ME), array(LAST, 1), array("session", "session"),
               array(id_of("jwt", 0), id_of("jwt", 0))],
              "rooms room_members room_reads room_seq messages sessions users"),
    "presence_beat": ([NEW, array(ME, OTHER), "{2,NULL}", 10, '{"rooms":1}'], "gateways presence"),
    "people_count": ([8], "gateways presence"),
    "gateways": ([8], "gateways"),
    "connections": ([], ""),
    "whereabouts": ([array(ME, OTHER), 1000], "presence room_members"),
    "present": ([array(LARGE, SMALL), array(0, 1), 200], "room_members presence"),
    "names": ([array(ME, OTHER)], "users"),
    "seen": ([array(ME, OTHER)], "users"),
    "ticket_take": ([sha256("w7")], "ws_tickets users sessions user_seq epoch"),
    # the command line's
    "ctl_epoch": ([], "epoch"),
    "ctl_epoch_new": ([], "epoch"),
    "ctl_user_create": ([NEW, "somebody", "x", None, "MEMBER"], "users"),
    "ctl_users": ([], "users"),
    "ctl_user_find": ([NAME], "users sessions api_tokens"),
    "ctl_user_activate": ([OTHER, False], "users sessions"),
    "ctl_user_role": ([OTHER, "MODERATOR"], "users"),
    "ctl_user_password": ([OTHER, "x"], "users sessions"),
    "ctl_user_delete": ([OTHER], "users sessions"),
    "ctl_ring": ([array(OTHER)], ""),
    "ctl_token_create": ([NEW, NAME, "USER", sha256("new"), "cs_", None, 3600, None], "users api_tokens"),
    "ctl_tokens": ([NAME], "users api_tokens"),
    "ctl_tokens_find": ([id_of("token", 7)], "api_tokens"),
    "ctl_token_revoke": ([id_of("token", 7)], "api_tokens"),
    "ctl_invite_create": ([sha256("new"), "cs_", 1, 3600], "registration_invites"),
    "ctl_invites": ([], "registration_invites"),
    "ctl_invite_revoke": ([id_of("reg", 7)], "registration_invites"),
    "ctl_audit": ([NAME, None, 0, 50], "audit_log users"),
    "ctl_purge": ([100], "sessions api_tokens room_invites ws_tickets login_attempts rate_buckets"),
    "ctl_audit_user": ([NAME], "users"),
    "ctl_rooms": ([NEVER, 100], "rooms"),
    "ctl_room_drift": ([SMALL, 100], "rooms room_seq room_members room_reads messages room_events reactions mentions"),
    "ctl_user_drift": ([100], "users user_roles roles user_events user_seq"),
    "ctl_repair_room": ([SMALL], "rooms room_seq room_members room_reads messages room_events reactions mentions"),
    "ctl_repair_users": ([], "users user_roles roles user_events user_seq"),
}

# The books of `chatspherectl migrate`: a row a file, in tables that it makes itself.
BOOKS = {"schema_try_lock", "schema_migrations", "schema_functions", "schema_note_migration", "schema_note_functions",
         "schema_note_language"}

# Of PostgreSQL's own catalogues, once, by `chatspherectl setup` and `doctor`; and whether there is an administrator.
CATALOGUES = {"setup_server", "setup_note", "setup_owner", "setup_app", "setup_groups", "setup_member", "setup_made",
              "setup_named", "setup_database", "setup_has_password", "setup_admin", "doctor_session", "doctor_clock",
              "doctor_owner"}

# Read from end to end, because all of it is what an operator asked for.
WHOLE = {"ctl_users", "ctl_tokens", "ctl_tokens_find", "ctl_invites", "ctl_audit", "ctl_rooms", "ctl_room_drift",
         "ctl_user_drift", "ctl_repair_room", "ctl_repair_users", "ctl_purge"}
