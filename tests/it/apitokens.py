"""API tokens with any rights and any life, made as rows: more kinds than REST gives out to one person."""

import hashlib
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
READ, WRITE = 1, 2

INSERT = """
    INSERT INTO chat.api_tokens (id, user_id, type, token_hash, prefix, permissions, expires_at)
    VALUES (chat.uuid7(), %s, %s, %s, %s, %s, now() + make_interval(secs => %s)) RETURNING id"""


def opaque(prefix):
    """A text that looks like a token of ours, its checksum right (src/common/cs_token.h)."""
    text = prefix + "".join(secrets.choice(BASE62) for _ in range(32))
    crc, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        check = BASE62[digit] + check
    return text + check


class ApiToken:
    """A token of a person. It has what connect() and bearer() want of one."""

    def __init__(self, system, person, kind="USER", permissions=None, life_s=3600):
        self.access_token = opaque(f"cs_{kind.lower()}_")
        digest = hashlib.sha256(self.access_token.encode()).digest()
        with system.db() as db:
            (made,) = db.execute(INSERT, [person.id, kind, digest, "cs_", permissions, life_s]).fetchone()
        self.id = str(made)
