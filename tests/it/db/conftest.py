"""Fixtures of the database tests: one private cluster a session, a fresh database a test."""

import apply_sql
import pytest
from chatdb import TEMPLATE, ChatDb, fresh
from pgcluster import PgCluster

LOGINS = {"app": "chat_app", "publisher": "chat_publisher", "backup": "chat_backup"}


@pytest.fixture(scope="session")
def cluster():
    """Nothing here is about losing power, so nothing is flushed."""
    with PgCluster(fsync=False, settings={"shared_preload_libraries": "auto_explain"}) as running:
        running.createdb(TEMPLATE)
        with running.connect(dbname=TEMPLATE) as owner:
            apply_sql.migrate(owner)
            apply_sql.seed(owner)
            for login, group in LOGINS.items():
                owner.execute(f"CREATE ROLE {login} LOGIN IN ROLE {group}")
        yield running


@pytest.fixture
def db(cluster):
    """A fresh database with schema and seed."""
    made = ChatDb(cluster, fresh(cluster))
    yield made
    made.close()
    cluster.dropdb(made.name)


@pytest.fixture
def cast(db):
    """A public room with everybody in it that matters."""

    class Cast:
        owner, moderator, member, stranger, banned = db.users(5)
        admin, keeper = db.user(role="ADMIN"), db.user(role="MODERATOR")
        room = db.room(owner, moderator, member, banned)

    db.call("set_member", Cast.room, Cast.owner.id, False, Cast.moderator.id, "moderator", None,
            False)
    db.call("remove_member", Cast.room, Cast.owner.id, False, Cast.banned.id, True)
    return Cast
