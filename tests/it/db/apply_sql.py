"""Applies the SQL files in the order of `chatspherectl migrate`, each as one simple-protocol string.

The program has its own tests; here the files are under test, so they are applied without it.
"""

from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[3] / "schema"


def run_file(conn, path):
    """One file in one transaction."""
    with conn.transaction():
        conn.execute(path.read_bytes())


def migrate(conn):
    conn.execute("CREATE SCHEMA IF NOT EXISTS chat")
    for path in sorted((SCHEMA / "migrations").glob("*.sql")):
        run_file(conn, path)
    apply_functions(conn)


def apply_functions(conn):
    with conn.transaction():
        for path in sorted((SCHEMA / "functions").glob("*.sql")):
            conn.execute(path.read_bytes())
    run_file(conn, SCHEMA / "grants.sql")


def seed(conn):
    run_file(conn, SCHEMA / "seed.sql")


def seed_demo(conn):
    run_file(conn, SCHEMA / "seed_demo.sql")
