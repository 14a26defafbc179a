"""What is written in the page: names, and what has been begun. One browser, and others over HTTP."""

import uuid

import pytest
from people import PASSWORD
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from window import Window

MENTIONS = """
const all = document.querySelectorAll('[data-testid=message-list] [data-testid=mention]');
return [...all].map((one) => [one.textContent, one.classList.contains('own')]);
"""
NAMED = """
const all = document.querySelectorAll('[data-testid=message-list] .message.named [data-testid=message-text]');
return [...all].map((one) => one.textContent);
"""
DRAFTS = "return Object.keys(localStorage).filter((key) => key.startsWith('chatsphere.draft.')).length"


@pytest.fixture(scope="module")
def window(system):
    system.wait_healthy()
    with Window(system.base_url) as ann:
        ann.register(f"Ann {uuid.uuid4().hex[:6]}", PASSWORD)
        yield ann


@pytest.fixture
def room(window, person):
    """Ann's window in a room of her own, and Ben, who is in it; at last a look into the console."""
    window.complaints()
    ben = person(name=f"Ben {uuid.uuid4().hex[:6]} O'Neil")
    room_id = window.create_room(f"Werkstatt {uuid.uuid4().hex[:6]}")
    joined = ben.post(f"/api/rooms/{room_id}/join")
    assert joined.status_code == 200, joined.text
    window.wait_texts([])
    yield window, ben, room_id
    assert window.complaints() == []


def value(window, testid="composer"):
    return window.find(testid).get_property("value")


def wait_value(window, text, testid="composer"):
    window.until(lambda: value(window, testid) == text, f"{text!r} in the {testid}")


def wait_mentions(window, *expected):
    """The names that are marked in the room, and whether each is the own one."""
    shown = [list(one) for one in expected]
    window.until(lambda: window.driver.execute_script(MENTIONS) == shown, f"{expected}")


def test_names_of_members_are_marked_and_a_message_that_names_me_stands_out(room, person):
    window, ben, room_id = room
    cem = person()
    me = window.text("me")
    ben.say(room_id, f"@{me}! and @{cem.name}, `@{me}`")
    wait_mentions(window, (f"@{me}", True))
    joined = cem.post(f"/api/rooms/{room_id}/join")
    assert joined.status_code == 200, joined.text
    wait_mentions(window, (f"@{me}", True), (f"@{cem.name}", False))
    window.say(f"@{ben.name.upper()}: <b>ja</b>")
    wait_mentions(window, (f"@{me}", True), (f"@{cem.name}", False), (f"@{ben.name.upper()}", False))
    first = window.texts()[0]
    assert window.driver.execute_script(NAMED) == [first]
    ben.say(room_id, "@room essen")
    window.until(lambda: window.driver.execute_script(NAMED) == [first, "@room essen"], "everybody is named")


def test_a_draft_outlasts_a_change_of_room_and_a_reload_and_shows_in_the_list(room):
    window, _, room_id = room
    name = window.text("room-title")
    window.draft("halb *fertig*")
    assert not window.all("draft"), "it is in its field"
    window.show_room("Lobby")
    wait_value(window, "")
    window.until(lambda: [one.text for one in window.all("draft")] == ["Draft:"], "it is in the list")
    (item,) = window.all("room-item", room_id=room_id)
    last = item.find_element(By.CSS_SELECTOR, "[data-testid=last-message]")
    assert last.text == "Draft: halb fertig"
    window.reload()
    window.until(lambda: [one.text for one in window.all("draft")] == ["Draft:"], "it is there again")
    window.show_room(name)
    wait_value(window, "halb *fertig*\n")
    window.find("composer").send_keys(Keys.BACKSPACE, Keys.ENTER)
    window.wait_texts(["halb fertig"])
    window.show_room("Lobby")
    window.until(lambda: not window.all("draft"), "no draft")
    assert window.driver.execute_script(DRAFTS) == 0


def test_a_thread_has_its_own_draft_and_a_change_of_a_message_is_none(room):
    window, ben, room_id = room
    root = ben.say(room_id, "Wer?")
    window.wait_texts(["Wer?"])
    ActionChains(window.driver).move_to_element(window.find("message", id=root["id"])).perform()
    window.click("act-reply")
    window.find("thread-composer").send_keys("ich viell")
    window.find("composer").send_keys("im Raum")
    window.reload()
    wait_value(window, "im Raum")
    ActionChains(window.driver).move_to_element(window.find("message", id=root["id"])).perform()
    window.click("act-reply")
    wait_value(window, "ich viell", "thread-composer")
    window.click("thread-close")
    window.find("composer").send_keys(Keys.ENTER)
    window.wait_texts(["Wer?", "im Raum"])
    window.find("composer").send_keys("neu")
    (_, own) = window.messages()
    ActionChains(window.driver).move_to_element(window.find("message", id=own["id"])).perform()
    window.click("act-edit")
    wait_value(window, "im Raum")
    window.find("composer").send_keys("!!")
    window.reload()
    wait_value(window, "neu")


def test_drafts_are_gone_at_sign_out(window):
    window.show_room("Lobby")
    window.draft("geheim")
    assert window.driver.execute_script(DRAFTS) > 0
    me = window.text("me")
    window.click("logout")
    window.find("login")
    assert window.driver.execute_script(DRAFTS) == 0
    window.sign_in(me, PASSWORD)
    window.wait_state("online")
    wait_value(window, "")
