"""The statements of the programs, as `chatspherectl statements` tells them, and what they answer."""

import functools
import os
import re
import subprocess
from pathlib import Path

from psycopg.rows import tuple_row

PROGRAM = Path(os.environ.get("CHATSPHERE_BUILD", Path(__file__).resolve().parents[2])) / "chatspherectl"


@functools.cache
def statements(*name):
    """The program's answer: the names of all statements, or the text of one."""
    return subprocess.run([PROGRAM, "statements", *name], check=True, capture_output=True, text=True).stdout


@functools.cache
def statement(name):
    """The text of a statement, with its parameters as psycopg has them."""
    return re.sub(r"\$(\d+)", r"%(p\1)s", statements(name).replace("%", "%%"))


def ask(db, name, *values):
    """The rows of a statement, as tuples. The owner asks: no policy binds him."""
    with db.owner.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(statement(name), {f"p{i}": v for i, v in enumerate(values, 1)}).fetchall()
