"""A backup that is put back under a running system, as the operator's guide says it (deploy/README.md)."""

import subprocess

import pytest
from people import Person
from pgcluster import BIN
from system import System, wait_until
from wsclient import NativeSocket


@pytest.fixture
def own():
    with System() as running:
        yield running


def pg(own, program, *arguments):
    """One of PostgreSQL's programs, as its superuser."""
    subprocess.run([f"{BIN}/{program}", "-h", own.run_dir / "pg", "-U", "postgres", *arguments], check=True,
                   stdin=subprocess.DEVNULL)


def put_back(own, backup):
    """Beside the old one, so that nobody is served before the epoch is another."""
    pg(own, "createdb", "-T", "template0", "-O", "chatsphere_owner", "restored")
    pg(own, "pg_restore", "--exit-on-error", "-d", "restored", backup)
    url = f"postgresql:///restored?host={own.run_dir / 'pg'}&user=chatsphere_owner"
    subprocess.run([own.home / "usr" / "bin" / "chatspherectl", "--config", own.home / "chatsphere.env", "epoch", "new"],
                   env={"DATABASE_OWNER_URL": url}, check=True, capture_output=True)
    pg(own, "dropdb", "--force", "chatsphere")
    pg(own, "psql", "-q", "-d", "postgres", "-c", "ALTER DATABASE restored RENAME TO chatsphere")


def test_after_a_restore_nobody_trusts_the_lost_future(own):
    with Person(own) as ann, Person(own) as bob:
        for one in (ann, bob):
            one.register().login()
        room = ann.create_room()["id"]
        ann.add(room, bob)
        kept = ann.say(room, "kept")
        backup = own.home / "backup"
        pg(own, "pg_dump", "-Fc", "-f", backup, "chatsphere")

        socket = NativeSocket(own.ws_url, bob.access_token)
        joined = socket.join(room)
        lost = ann.say(room, "said after the backup")
        socket.expect("new_message", seq=lost["seq"])
        put_back(own, backup)
        own.wait_healthy(30)

        # Whoever was connected is closed or starts again; who resumes from the lost future is told so.
        wait_until(lambda: ann.get("/api/rooms").status_code == 200, 30, "Ann's session, which is older")
        said = ann.say(room, "the same place in the log, another message")
        assert said["seq"] == lost["seq"]
        again = NativeSocket(own.ws_url, bob.access_token)
        back = again.join(room, after=lost["seq"], epoch=joined["epoch"])
        assert back["recovered"] is False
        assert back["epoch"] != joined["epoch"]
        ours = [message["content"] for message in bob.history(room).json()]
        assert ours[-2:] == ["kept", "the same place in the log, another message"]
        assert "said after the backup" not in ours

        # And nothing of it reaches a socket that still believed in it, but by a new beginning.
        heard = [event for event in socket.messages(room) if event["message"]["id"] == said["id"]]
        assert not heard or any(e["type"] == "joined" and e["epoch"] == back["epoch"] for e in socket.events)
        more = ann.say(room, "heard again")
        again.expect("new_message", seq=more["seq"])
        assert kept["id"] in [message["id"] for message in bob.history(room).json()]
