"""An ack comes before the message that it is about, also when another connection of the gateway's reads the
message before the one that wrote it has been answered."""

import os
import pwd
import subprocess
import sys
import time

import pytest
from gateways import Gateway
from native import contents, post_by_sql
from promtext import Metrics
from system import SOURCE, let_in, wait_until
from wsclient import NativeSocket


@pytest.fixture
def place(system, tmp_path):
    """Where a socket stands in front of PostgreSQL's; the answers to what is posted wait while `hold` is there."""
    owner = pwd.getpwuid((system.run_dir / "ws").stat().st_uid)
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    let_in(tmp_path)
    os.chown(tmp_path, owner.pw_uid, owner.pw_gid)
    program = SOURCE / "tests/it/heldanswers.py"
    process = subprocess.Popen([sys.executable, "-B", program, system.run_dir / "pg", tmp_path, "post_messages"],
                               **as_owner)
    wait_until(lambda: (tmp_path / ".s.PGSQL.5432").exists(), what="the socket in front")
    yield tmp_path
    process.kill()
    process.wait()


@pytest.fixture
def gateway(system, place):
    with Gateway(system, DATABASE_URL=f"postgresql:///chatsphere?host={place}&user=chatsphere") as one:
        yield one


@pytest.fixture
def sockets(gateway, room):
    """Ann's and Bob's in one room."""
    *people, room_id = room
    opened = [NativeSocket(gateway.ws_url, one.access_token) for one in people]
    for one in opened:
        one.join(room_id)
    yield *opened, room_id
    for one in opened:
        one.close()


def number(gateway, name):
    return Metrics(gateway.get("/metrics").text).one(f"chatsphere_gateway_{name}_total")


def fetches(gateway):
    return number(gateway, "fetches")


def post_unanswered(system, place, ann, room_id):
    """Ann's message is committed, and its gateway does not know."""
    (place / "hold").touch()
    ann.send(type="message", ref="mine", roomId=room_id, content="mine", clientId="mine")
    with system.db() as db:
        wait_until(lambda: db.execute("SELECT 1 FROM chat.messages WHERE room_id = %s AND client_id = 'mine'",
                                      [room_id]).fetchall(), what="the message in the table")


def post_by_another_way(room):
    """A worker rings: the gateway reads what it does not know."""
    _, bob, room_id = room
    bob.post(f"/api/rooms/{room_id}/messages", json={"content": "another", "clientId": "another"})


def test_what_is_read_before_its_answer_waits_for_the_ack(system, place, gateway, sockets, room):
    ann, bob, room_id = sockets
    post_unanswered(system, place, ann, room_id)
    before = fetches(gateway)
    post_by_another_way(room)
    wait_until(lambda: fetches(gateway) >= before + 2, what="a gateway that has read it and looks again")
    (place / "hold").unlink()
    for one in (ann, bob):
        assert contents(one.wait_messages(room_id, 2)) == ["mine", "another"]
    ack = ann.expect("ack", ref="mine")
    assert ann.events.index(ack) < ann.events.index(ann.messages(room_id)[0])
    assert len(ann.messages(room_id)) == len(bob.messages(room_id)) == 2


def ring(system, room_id):
    """As an application does: the bell does not say how far the log goes."""
    with system.db() as db:
        db.execute("SELECT chat.ring(ARRAY[%s]::uuid[])", [room_id])


def test_what_stands_behind_it_comes_at_once(system, place, sockets, room):
    """Not only with the next look at the table, a second later."""
    ann, bob, room_id = sockets
    by_sql = system, room[1], bob.welcome["sessionId"], room_id, 1
    post_by_sql(*by_sql, "before")
    post_unanswered(system, place, ann, room_id)
    post_by_sql(*by_sql, "behind")
    ring(system, room_id)
    bob.wait_messages(room_id, 1)
    (place / "hold").unlink()
    bob.wait_messages(room_id, 2)
    began = time.monotonic()
    heard = contents(bob.wait_messages(room_id, 3))
    assert time.monotonic() - began < 0.8
    assert [text.rstrip("1") for text in heard] == ["before", "mine", "behind"]


def test_a_repetition_holds_up_nobody_who_resumes(place, gateway, room):
    """Ann's message is there for long: that she posts it again is nothing to wait for."""
    ann, bob, room_id = room
    for text in ("old", "newer"):
        ann.post(f"/api/rooms/{room_id}/messages", json={"content": text, "clientId": text})
    again, resumes = (NativeSocket(gateway.ws_url, one.access_token) for one in (ann, bob))
    joined = again.join(room_id)
    failed = number(gateway, "fetch_failures")
    (place / "hold").touch()
    again.send(type="message", ref="again", roomId=room_id, content="old", clientId="old")
    assert resumes.join(room_id, after=joined["lastSeq"] - 2, epoch=joined["epoch"])["recovered"]
    assert contents(resumes.wait_messages(room_id, 2)) == ["old", "newer"]
    assert number(gateway, "fetch_failures") == failed
    (place / "hold").unlink()
    assert again.expect("ack", ref="again")["duplicate"]
    again.close()
    resumes.close()


def test_what_one_answer_does_not_hold_is_read_at_once(system, sockets, room):
    """One bell, and more rows than are read together."""
    _, bob, room_id = sockets
    post_by_sql(system, room[1], bob.welcome["sessionId"], room_id, 300, "n")
    ring(system, room_id)
    bob.wait_messages(room_id, 200)
    began = time.monotonic()
    bob.wait_messages(room_id, 300)
    assert time.monotonic() - began < 0.8


def test_an_answer_that_does_not_come_holds_nobody_up(system, place, sockets, room):
    ann, bob, room_id = sockets
    post_unanswered(system, place, ann, room_id)
    post_by_another_way(room)
    assert contents(bob.wait_messages(room_id, 2)) == ["mine", "another"]
    (place / "hold").unlink()
    ack = ann.expect("ack", ref="mine")
    event, _ = ann.wait_messages(room_id, 2)
    assert (ack["seq"], ack["duplicate"]) == (event["seq"], False)
