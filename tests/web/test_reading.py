"""What is new in a room, and what has been read of it: on one's devices and at the server; days and pins."""

import pytest
from longroom import fill
from people import PASSWORD
from window import Window, short

LINE = """
const rows = [...document.querySelectorAll('[data-testid=message-list] li')];
const line = rows.findIndex((li) => li.dataset.testid === 'new-line');
if (line < 0) return null;
const { top, bottom } = document.querySelector('[data-testid=message-list]').getBoundingClientRect();
const box = rows[line].getBoundingClientRect();
const text = rows[line + 1].querySelector('[data-testid=message-text]').textContent;
return [text, box.top >= top && box.bottom <= bottom];
"""
BLUR = "window.seen = document.hasFocus; document.hasFocus = () => false"
FOCUS = "document.hasFocus = window.seen; window.dispatchEvent(new Event('focus'))"
UP = "document.querySelector('[data-testid=message-list]').scrollTop -= 1500"


@pytest.fixture(scope="module")
def desk(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        yield window


@pytest.fixture(scope="module")
def phone(system):
    with Window(system.base_url, size=(390, 800)) as window:
        yield window


def signed_in(window, person, room):
    window.forget().sign_in(person.name, PASSWORD)
    window.wait_state("online")
    window.find("room-item", room_id=room["id"])
    return window


@pytest.fixture
def talk(system, person):
    """Ann's room with 60 messages that Ben has read, and both of them."""
    ann, ben = person(), person()
    room = ann.create_room(name=short("Flur"))
    ann.add(room["id"], ben)
    fill(system, room["id"], (ann, ben), 60)
    return room, ann, ben


def unread(person, room):
    (found,) = [one for one in person.get("/api/rooms").json() if one["id"] == room["id"]]
    return found["unread"]


def badge(window, room):
    item = window.find("room-item", room_id=room["id"])
    found = [one for one in item.find_elements("css selector", "[data-testid=unread]") if one.is_displayed()]
    return found[0].get_property("firstChild")["textContent"] if found else ""


def line(window):
    """The first message below the line, and whether the line is in sight."""
    return window.driver.execute_script(LINE)


def test_a_few_new_messages_are_read_when_the_room_is_opened(desk, talk):
    room, ann, ben = talk
    signed_in(desk, ben, room)
    for text in ("one", "two"):
        ann.say(room["id"], text)
    desk.until(lambda: badge(desk, room) == "2", "the badge")
    desk.show_room(room["name"])
    desk.until(lambda: line(desk) == ["one", True], "the line above them")
    desk.until(lambda: unread(ben, room) == 0 and badge(desk, room) == "", "they are read")
    ann.say(room["id"], "three")
    desk.until(lambda: desk.texts()[-1] == "three" and unread(ben, room) == 0, "read as it comes")
    assert line(desk) == ["one", True]
    desk.say("four")
    desk.until(lambda: line(desk) is None, "no line any more")
    assert desk.complaints() == []


def test_many_are_read_when_their_end_is_seen(desk, phone, talk):
    room, ann, ben = talk
    for window in (desk, phone):
        signed_in(window, ben, room)
    for number in range(30):
        ann.say(room["id"], f"new {number}")
    for window in (desk, phone):
        window.until(lambda here=window: badge(here, room) == "30", "the badge")
    desk.show_room(room["name"])
    desk.until(lambda: line(desk) == ["new 0", True], "the room is opened where the new ones begin")
    desk.until(lambda: desk.text("jump") == "30 new messages", "the way down")
    ann.say(room["id"], "new 30")
    desk.until(lambda: desk.text("jump") == "31 new messages", "one more")
    assert unread(ben, room) == 31
    desk.click("jump")
    desk.until(lambda: desk.is_at_end() and not desk.all("jump")[0].is_displayed(), "the end")
    for window in (desk, phone):
        window.until(lambda here=window: badge(here, room) == "", "read on both")
    desk.until(lambda: unread(ben, room) == 0, "at the server, too")


def test_new_ones_further_back_than_a_page(desk, talk, system):
    room, ann, ben = talk
    signed_in(desk, ben, room)
    fill(system, room["id"], (ann,), 700)
    desk.reload()
    desk.until(lambda: badge(desk, room) == "99+", "the badge")
    desk.show_room(room["name"])
    desk.until(lambda: line(desk) and line(desk)[0].startswith("#1 ") and line(desk)[1], "where they begin")
    assert desk.text("jump") == "700 new messages"
    desk.click("jump")
    desk.until(lambda: desk.is_at_end() and desk.texts()[-1].startswith("#700 "), "the end")
    desk.until(lambda: unread(ben, room) == 0, "read")


def test_nothing_is_read_without_the_focus_or_further_up(desk, talk):
    room, ann, ben = talk
    signed_in(desk, ben, room)
    desk.show_room(room["name"])
    desk.until(lambda: desk.is_at_end() and len(desk.messages()) == 50, "the room")
    assert line(desk) is None
    desk.driver.execute_script(BLUR)
    ann.say(room["id"], "while away")
    desk.until(lambda: line(desk) == ["while away", True], "the line")
    desk.until(lambda: badge(desk, room) == "1", "the badge")
    assert unread(ben, room) == 1
    desk.driver.execute_script(FOCUS)
    desk.until(lambda: unread(ben, room) == 0 and badge(desk, room) == "", "read")
    desk.driver.execute_script(UP)
    desk.until(lambda: desk.text("jump") == "Latest", "further up")
    ann.say(room["id"], "further down")
    desk.until(lambda: desk.text("jump") == "1 new message", "the way down")
    assert unread(ben, room) == 1
    desk.click("jump")
    desk.until(lambda: line(desk) == ["further down", True], "the line is above what is new now")
    desk.until(lambda: unread(ben, room) == 0, "read")


def day_of(window, text):
    """The day as the reader's own calendar has it, of the message with this text."""
    stamp = f"""
    const li = [...document.querySelectorAll('[data-testid=message]')].find((one) => one.textContent.includes({text!r}));
    const at = new Date(li.querySelector('time').dateTime);
    return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
    """
    return window.driver.execute_script(stamp)


def pick_day(window, day):
    """As if it had been typed: how a native field is typed into differs by locale."""
    window.click("room-menu")
    window.click("jump-day")
    window.driver.execute_script("arguments[0].value = arguments[1]", window.find("day"), day)
    window.click("day-submit")
    window.until(lambda: not window.all("day"), "the end of the dialog")


def found(window):
    return window.driver.execute_script(
        "return document.querySelector('[data-found] [data-testid=message-text]')?.textContent.split(' ')[0]"
    )


def test_a_day_is_jumped_to(desk, person, system):
    ann = person()
    room = ann.create_room(name=short("Chronik"))
    fill(system, room["id"], (ann,), 1000, pause_s=6 * 3600)
    signed_in(desk, ann, room)
    desk.show_room(room["name"])
    desk.until(lambda: desk.is_at_end(), "the end")
    pick_day(desk, "2000-01-01")
    desk.until(lambda: found(desk) == "#1", "the first message of all")
    labels = [one.text for one in desk.driver.find_elements("css selector", "[data-testid=message-list] .day")]
    assert len(set(labels)) == len(labels) > 10, "each day has its own line"
    day = day_of(desk, "#90 ")
    desk.click("jump")
    desk.until(lambda: desk.is_at_end() and desk.texts()[-1].startswith("#1000 "), "the end")
    pick_day(desk, day)
    desk.until(lambda: found(desk) and day_of(desk, f"{found(desk)} ") == day, "the day")
    number = int(found(desk)[1:])
    assert 86 < number <= 90 and day_of(desk, f"#{number - 1} ") < day, "the first one of it"
    assert desk.driver.execute_script("return document.activeElement.dataset.found !== undefined")
    assert desk.complaints() == []


def test_pins_are_listed_and_jumped_to(desk, talk):
    room, ann, ben = talk
    signed_in(desk, ben, room)
    desk.show_room(room["name"])
    desk.click("room-menu")
    desk.click("pins")
    desk.until(lambda: "Nothing is pinned" in desk.driver.find_element("css selector", "dialog").text, "none yet")
    desk.driver.find_element("css selector", "dialog button").click()
    history = ann.history(room["id"], limit=60).json()
    for message in (history[2], history[40]):
        assert ann.put(f"/api/rooms/{room['id']}/messages/{message['id']}/pin").status_code < 300
    desk.click("room-menu")
    desk.click("pins")
    desk.until(lambda: [one.get_attribute("data-message-id") for one in desk.all("pin")]
               == [history[40]["id"], history[2]["id"]], "both, the last one first")
    desk.click("pin", message_id=history[2]["id"])
    desk.until(lambda: found(desk) == "#3", "its place")
    desk.until(lambda: not desk.all("pin-list"), "no dialog")
    assert desk.complaints() == []
