"""What is unread is counted by the server and is the same on all of one's devices, here two windows."""


import pytest
from people import PASSWORD
from window import Window, short

MANY = 24  # more rooms than the client used to follow


@pytest.fixture
def desk(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        yield window


@pytest.fixture
def phone(system):
    with Window(system.base_url, size=(390, 800)) as window:
        yield window


def room_of(person, room_id):
    (found,) = [room for room in person.get("/api/rooms").json() if room["id"] == room_id]
    return found


def wait_title(window, start):
    """The count stands before the name of the room that is shown."""
    window.until(lambda: window.driver.title.startswith(start), f"a title that begins with {start!r}")


def test_what_is_read_on_one_device_is_read_on_all(desk, phone, person):
    ann, ben = person(), person()
    room = ann.create_room(name=short("Küche"))
    ann.add(room["id"], ben)
    for window in (desk, phone):
        window.open().sign_in(ben.name, PASSWORD)
        window.wait_state("online")
        window.find("room-item", room_id=room["id"])
    for text in ("one", "two"):
        ann.say(room["id"], text)
    for window in (desk, phone):
        wait_title(window, "(2) ")
    desk.show_room(room["name"])
    desk.wait_texts(["one", "two"])
    for window in (desk, phone):
        window.until(lambda here=window: not here.driver.title.startswith("("), "nothing unread")
    desk.until(lambda: room_of(ben, room["id"])["unread"] == 0, "the server has it")
    phone.reload()
    phone.find("room-item", room_id=room["id"])
    assert not phone.driver.title.startswith("(")
    desk.show_room("Lobby")
    ann.say(room["id"], "three")
    wait_title(phone, "(1) ")
    desk.show_room(room["name"])
    ann.say(room["id"], "four")  # is read as it comes
    desk.wait_texts(["one", "two", "three", "four"])
    desk.until(lambda: room_of(ben, room["id"])["unread"] == 0, "the server has that, too")
    phone.until(lambda: not phone.driver.title.startswith("("), "read on the other one")
    assert desk.complaints() == phone.complaints() == []


def test_all_rooms_are_live_however_many(desk, person, client_token):
    ann, ben = person(), person()
    rooms = []
    for number in range(MANY):  # by the client token, which no rate of a person binds
        body = {"name": short(f"Room {number}"), "userId": ann.id}
        rooms.append(client_token.post("/api/rooms", json=body).json()["id"])
        added = client_token.post(f"/api/rooms/{rooms[-1]}/users", json={"userId": ben.id})
        assert added.status_code < 300, added.text
    desk.open().sign_in(ben.name, PASSWORD)
    desk.wait_state("online")
    desk.until(lambda: len(desk.all("room-item")) == MANY + 1, "all rooms and the lobby")
    ann.say(rooms[-1], "here")
    wait_title(desk, "(1) ")
    desk.driver.execute_script("window.fetch = () => new Promise(() => {})")  # from here on, nothing is asked
    ann.say(rooms[0], "here, too")
    wait_title(desk, "(2) ")
    assert desk.complaints() == []
