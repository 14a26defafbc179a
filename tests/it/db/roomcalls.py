"""The functions that change rooms, called as the programs call them; and what they leave behind."""

import hashlib
import uuid


def add(db, room, actor, user, role=None, as_client=False, conn=None):
    return db.call("add_member", room, actor and actor.id, as_client, user.id, role, conn=conn)


def remove(db, room, actor, user, ban=False, as_client=False):
    return db.call("remove_member", room, actor and actor.id, as_client, user.id, ban)


def set_role(db, room, actor, user, role, as_client=False):
    return db.call("set_member", room, actor and actor.id, as_client, user.id, role, None, False)


def mute(db, room, actor, user, until="infinity"):
    return db.call("set_member", room, actor.id, False, user.id, None, until, True)


def member(db, room, user):
    return db.one("SELECT * FROM chat.room_members WHERE room_id = %s AND user_id = %s",
                  room, user.id)


def audit(db, room):
    """(action, actor, target, data) of the room's lines in the audit log."""
    return [tuple(row) for row in db.owner.execute(
        "SELECT action, actor_id, target_id, data FROM chat.audit_log WHERE room_id = %s ORDER BY id", (room,))]


def change(db, room, actor, name=None, description=None, slow=None, archived=None, history=None, private=None,
           as_client=False):
    return db.call("set_room", room, actor and actor.id, as_client, name, description, slow, archived, history,
                   private)


def invite(db, room, actor, expires=None, max_uses=None, as_client=False, conn=None):
    """A new invitation: (status, code), its code's hash being the one of its id."""
    code = uuid.uuid4()
    status = db.call("create_room_invite", code, room, actor.id, as_client, digest(code), "", expires, max_uses, None,
                     conn=conn)[0]
    return status, code


def digest(code):
    return hashlib.sha256(code.bytes).digest()


def accept(db, code, user, conn=None):
    return db.call("accept_room_invite", digest(code), user.id, conn=conn)


def uses(db, code):
    return db.value("SELECT uses FROM chat.room_invites WHERE id = %s", code)


def waiting(db):
    """How many wait for a lock."""
    return db.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()")
