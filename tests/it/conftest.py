"""Fixtures of the tests that talk to the gateway frame by frame; ../conftest.py has the others."""

import itertools

import pytest
from people import Person
from rawws import RawSocket
from wsclient import SUBPROTOCOL


@pytest.fixture
def raw(system):
    """Opens raw sockets, of the native dialect unless told otherwise."""
    opened = []

    def open_one(url=None, subprotocol=SUBPROTOCOL, **options):
        opened.append(RawSocket(url or system.ws_url, subprotocol=subprotocol, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def crowd(system):
    """Ten people in a ring. Each login costs the hash of a password, so many tests share them."""
    people = [Person(system).register().login() for _ in range(10)]
    yield itertools.cycle(people)
    for one in people:
        one.close()


@pytest.fixture
def someone(crowd):
    """The next of the crowd: someone() is another one each time. Who logs out is a person()."""
    return lambda: next(crowd).fresh()


@pytest.fixture
def room(someone):
    """Two people, Ann and Bob, and a room that both are members of."""
    ann, bob = someone(), someone()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    return ann, bob, room_id


@pytest.fixture
def joined(connect, room):
    """A socket of Ann that has joined the room, and the room."""
    ann, _, room_id = room
    socket = connect(ann)
    socket.join(room_id)
    return socket, room_id


@pytest.fixture
def cast(someone):
    """A private room, its owner, a moderator, a member; and a stranger."""

    class Cast:
        owner, moderator, member, stranger = someone(), someone(), someone(), someone()
        room = owner.create_room(isPrivate=True)["id"]
        url = f"/api/rooms/{room}"

    Cast.owner.post(f"{Cast.url}/users", json={"userId": Cast.moderator.id, "role": "moderator"})
    Cast.owner.add(Cast.room, Cast.member)
    return Cast


@pytest.fixture
def public(cast):
    """The same people in a public one, in which nobody holds an office but the owner."""
    room = cast.owner.create_room()["id"]
    cast.owner.add(room, cast.member)
    return room
