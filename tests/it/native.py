"""What the tests of the native dialect share: texts of frames, and a post from outside."""

import base64
import hashlib
import hmac
import json
import re
import time

from people import unique

LOBBY = "00000000-0000-7000-8000-000000000001"

# What an application does in its own transaction: one call, no socket, and no bell.
POST = """
    SELECT seq FROM chat.post_messages(
        array_fill(%(room)s::uuid, ARRAY[%(n)s]), array_fill(%(user)s::uuid, ARRAY[%(n)s]),
        array_fill('session'::text, ARRAY[%(n)s]), array_fill(%(session)s::uuid, ARRAY[%(n)s]),
        (SELECT array_agg(%(prefix)s || i) FROM generate_series(1, %(n)s) i), NULL,
        (SELECT array_agg(%(text)s || i) FROM generate_series(1, %(n)s) i),
        NULL, NULL, NULL, NULL)
    ORDER BY ord"""


def bearer(person):
    """The header of a person's access token."""
    return {"Authorization": f"Bearer {person.access_token}"}


def expiring(system, token, seconds):
    """The same access token, signed anew with another end."""
    (secret,) = re.findall(r"(?m)^JWT_SECRET=(.*)$", (system.home / "chatsphere.env").read_text())

    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head, payload, _ = token.encode().split(b".")
    claims = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    claims["exp"] = int(time.time()) + seconds
    signed = head + b"." + encode(json.dumps(claims).encode())
    return (signed + b"." + encode(hmac.digest(secret.encode(), signed, hashlib.sha256))).decode()


def frame(kind, **fields):
    """A frame as text, with nothing escaped that need not be."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


def message(room_id, content, ref=1, client_id=None):
    """The frame of a message."""
    client_id = client_id or unique("c")
    return frame("message", ref=ref, roomId=room_id, clientId=client_id, content=content)


def contents(events):
    """What the messages of new_message events say."""
    return [event["message"]["content"] for event in events]


def post_by_sql(system, person, session_id, room_id, count, text="number "):
    """Posts that many messages in one call of the SQL function: their seqs."""
    arguments = {"room": room_id, "user": person.id, "session": session_id, "n": count}
    with system.db() as db:
        rows = db.execute(POST, arguments | {"text": text, "prefix": unique("sql")}).fetchall()
    return [seq for (seq,) in rows]
