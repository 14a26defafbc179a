"""Much of everything at once: the database of a system that has been in use for a year. See bulk.sql.

For plans and benchmarks, where what matters is how many rows there are and how they are spread. The texts
have words as people's do: few are common, most are rare (the n-th most common comes 1/n as often).
"""

import hashlib
import itertools
import random
import uuid
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

SQL = Path(__file__).with_name("bulk.sql")
TEXTS = 50_000
COMMON = ("the a to of and is it in that for on we you with not be this are have can will just so if there what "
          "deploy staging branch review meeting release customer question tomorrow yesterday morning lunch build test "
          "server message database screen number window please thanks sounds good works again naïve café größer über "
          "señor 世界 привет 👍 🎉").split()
SYLLABLES = [a + b for a in ("b", "br", "d", "f", "gl", "k", "l", "m", "n", "pr", "s", "st", "t", "v", "z")
             for b in ("a", "an", "e", "er", "i", "il", "o", "or", "u", "um")]


@dataclass(frozen=True)
class Size:
    messages: int = 1_000_000
    rooms: int = 1_000
    users: int = 2_000  # of whom the first is the reader, who is in a fifth of the rooms


def vocabulary(rng):
    """Words from the commonest to the rarest, each once."""
    made = ("".join(rng.choices(SYLLABLES, k=3)) for _ in itertools.count())
    return list(dict.fromkeys(itertools.chain(COMMON, itertools.islice(made, 30_000))))


def texts():
    """Half a message each; the second half of a message is another one's."""
    rng = random.Random(1)
    words = vocabulary(rng)
    weights = list(itertools.accumulate(1 / (n + 1) for n in range(len(words))))
    lengths = [min(60, int(rng.lognormvariate(1.7, 0.7)) + 1) for _ in range(TEXTS)]
    stream = iter(rng.choices(words, cum_weights=weights, k=sum(lengths)))
    return [" ".join(itertools.islice(stream, n)) + " " for n in lengths]


def fill(db, size, reader, live=False):
    """Fills a fresh schema, as its owner or a superuser. `reader`: the id of a user who is there. `live`: under
    the eyes of connections whose plans stay what they were, for no index goes and no statistics come."""
    with db.transaction():
        for setting in ("work_mem = '256MB'", "maintenance_work_mem = '256MB'", "jit = off", "synchronous_commit = off"):
            db.execute(f"SET LOCAL {setting}")
        db.execute("CREATE TEMP TABLE size AS SELECT %s::bigint AS messages, %s::bigint AS rooms,"
                   " %s::bigint AS users, %s::uuid AS reader", [size.messages, size.rooms, size.users, reader])
        db.execute("CREATE TEMP TABLE texts (n bigint, text text)")
        with db.cursor().copy("COPY texts FROM STDIN") as copy:
            copy.write("".join(f"{n}\t{text}\n" for n, text in enumerate(texts())))
        db.execute("ANALYZE size; ANALYZE texts")
        with nullcontext() if live else without_indexes(db, "messages"):
            db.execute(SQL.read_text())
    if not live:
        db.execute("VACUUM (ANALYZE)")


def index_words(db, room=None, rows=1000):
    """Fills the index of search: what is due in all rooms, or in one. Without compiling, as the programs."""
    db.execute("SET jit = off")
    db.execute("INSERT INTO chat.search_due (room_id, seq) SELECT s.room_id, s.last_seq FROM chat.room_seq AS s"
               " WHERE %(room)s::uuid IS NULL OR s.room_id = %(room)s::uuid", {"room": room})
    while db.execute("SELECT chat.index_due(%s)", [rows]).fetchone()[0]:
        pass


@contextmanager
def without_indexes(db, table):
    """The table without its indexes; afterwards they are there again. Making one of a million rows takes a
    fraction of what entering the rows one by one would take."""
    table = f"chat.{table}"
    keys = db.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                      " WHERE conrelid = %s::regclass AND contype IN ('p', 'u')", [table]).fetchall()
    others = db.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)", [table]).fetchall()
    for name, _ in keys:
        db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in others:
        db.execute(f"DROP INDEX {name}")
    yield
    for name, definition in keys:
        db.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for _, definition in others:
        db.execute(definition)


def id_of(kind, n):
    """The id that the n-th of a kind has: user, room, jwt and opaque (sessions), token, role, invite, report.
    Room 0 is the largest; the reader is in those whose number 5 divides."""
    return uuid.UUID(hashlib.md5(f"{kind}{n}".encode()).hexdigest())
