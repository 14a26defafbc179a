"""Rooms, their order and their keepers in the page: one browser, and other people over HTTP."""

import uuid
from urllib.parse import quote

import pytest
from people import PASSWORD
from selenium.webdriver.common.action_chains import ActionChains
from window import Window

REACTIONS = """return Object.fromEntries([...document.querySelectorAll('[data-testid=reaction]')].map(
  (one) => [one.dataset.emoji, [one.ariaPressed, one.lastChild.data, one.title]]))"""
CLOSE = "for (const dialog of document.querySelectorAll('dialog')) dialog.close()"


def short(prefix):
    return f"{prefix} {uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as ann:
        ann.register(f"Ann{uuid.uuid4().hex[:6]}", PASSWORD)
        yield ann


@pytest.fixture
def window(browser):
    """Ann's window, without what a test that failed has left open; at last a look into the console."""
    browser.driver.execute_script(CLOSE)
    browser.complaints()
    yield browser
    assert browser.complaints() == []


@pytest.fixture
def ben(person):
    return person()


def reactions(window):
    """emoji → whether it is the own one, how many, the tooltip."""
    return window.driver.execute_script(REACTIONS)


def room_with(window, person, name="Küche", **fields):
    """A room of Ann's, shown, with somebody in it: its id."""
    room_id = window.create_room(short(name), **fields)
    assert person.post(f"/api/rooms/{room_id}/join").status_code == 200
    return room_id


# --- reactions --------------------------------------------------------------------------------------------


def test_own_reactions_are_known_after_a_reload_and_whose_the_others_are(window, ben):
    room_id = room_with(window, ben)
    message = ben.say(room_id, "Kuchen?")
    for emoji in "👍🎉":
        path = f"/api/rooms/{room_id}/messages/{message['id']}/reactions/{quote(emoji)}"
        assert ben.put(path).status_code == 200
    window.until(lambda: set(reactions(window)) == {"👍", "🎉"}, "both")
    window.click("reaction", emoji="👍")
    window.until(lambda: reactions(window)["👍"][:2] == ["true", "2"], "counted")
    window.reload()
    window.until(lambda: {emoji: pressed for emoji, (pressed, *_) in reactions(window).items()} == {"👍": "true", "🎉": "false"},
                 "which is the own one")
    ActionChains(window.driver).move_to_element(window.find("reaction", emoji="🎉")).perform()
    window.until(lambda: reactions(window)["🎉"][2].endswith(f": {ben.name}"), "whose it is")
    assert reactions(window)["👍"][2].endswith(f": you and {ben.name}")
    window.click("reaction", emoji="👍")
    window.until(lambda: reactions(window)["👍"][:2] == ["false", "1"], "taken back")
    assert ben.history(room_id).json()[-1]["reactions"] == {"👍": 1, "🎉": 1}
