"""What is written in the page: names and their completion, drafts. One browser, and others over HTTP."""

import pytest
from axe import Judge
from composing import clear, offered, own_room, own_window, short, value, wait_offered, wait_value, write
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
ACTIVE = """
const field = document.querySelector('[data-testid=composer]');
return document.getElementById(field.getAttribute('aria-activedescendant'))?.dataset.name ?? null;
"""
FETCHED = """
const names = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
return arguments[0].filter((one) => names.includes(`/app/${one}.js`));
"""
NEEDED_LATER = ("completion", "suggest", "commands", "help", "lookup", "naming", "mentions")
COMPOSING = """
const event = new KeyboardEvent('keydown', { key: arguments[0], isComposing: true, bubbles: true, cancelable: true });
return document.querySelector('[data-testid=composer]').dispatchEvent(event);
"""


@pytest.fixture(scope="module")
def window(system):
    yield from own_window(system)


@pytest.fixture
def room(window, person):
    yield from own_room(window, person)


def wait_mentions(window, *expected):
    """The names that are marked in the room, and whether each is the own one."""
    shown = [list(one) for one in expected]
    window.until(lambda: window.driver.execute_script(MENTIONS) == shown, f"{expected}")


def active(window):
    return window.driver.execute_script(ACTIVE)


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


def test_a_name_is_completed_by_keys_and_by_pointer(room, person):
    window, ben, room_id = room
    cem = person(name=short("Cem"))
    assert cem.post(f"/api/rooms/{room_id}/join").status_code == 200
    write(window, "hallo @")
    wait_offered(window, ben.name, cem.name, "room")
    assert active(window) == ben.name
    assert window.find("composer").get_attribute("aria-expanded") == "true"
    write(window, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert active(window) == "room"
    write(window, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_UP, Keys.TAB)
    wait_value(window, f"hallo @{cem.name} ")
    assert not offered(window)
    write(window, "und @ben")  # no word of the others begins so: they have hexadecimal digits
    wait_offered(window, ben.name)
    write(window, Keys.ENTER)
    wait_value(window, f"hallo @{cem.name} und @{ben.name} ")
    write(window, Keys.CONTROL + "z" + Keys.NULL)
    wait_value(window, f"hallo @{cem.name} und @ben")
    write(window, Keys.END, *[Keys.BACKSPACE] * 3, "O'N")  # one word of a name will do
    window.click("completion", name=ben.name)
    wait_value(window, f"hallo @{cem.name} und @{ben.name} ")
    write(window, Keys.ENTER)
    wait_mentions(window, (f"@{cem.name}", False), (f"@{ben.name}", False))

    def counted():
        return [one["mentions"] for one in ben.get("/api/rooms").json() if one["id"] == room_id] == [1]

    window.until(counted, "the server counts it")


def test_enter_sends_where_nothing_is_left_to_complete_and_escape_closes(room, person):
    window, ben, room_id = room
    younger, _ = others = [person(name=f"{ben.name} II"), person(name=short("Ben ist ein langer Name"))]
    for other in others:
        assert other.post(f"/api/rooms/{room_id}/join").status_code == 200
    write(window, f"@{ben.name}")
    wait_offered(window, ben.name, younger.name)
    assert active(window) is None
    write(window, Keys.ENTER)
    window.wait_texts([f"@{ben.name}"])
    write(window, "@be")
    wait_offered(window, ben.name, younger.name)  # a name of five words is out of reach
    write(window, Keys.TAB, "I")
    assert offered(window) == [], "one is chosen"
    write(window, Keys.BACKSPACE, Keys.BACKSPACE, Keys.BACKSPACE)
    wait_offered(window, ben.name, younger.name)
    write(window, Keys.ESCAPE)
    wait_offered(window)
    write(window, ben.name[-1])
    assert offered(window) == []
    write(window, Keys.BACKSPACE, Keys.BACKSPACE)
    wait_offered(window, ben.name, younger.name)
    write(window, Keys.HOME)
    wait_offered(window)
    clear(window)
    write(window, "a@b", Keys.ENTER)
    window.wait_texts([f"@{ben.name}", "a@b"])


def test_what_an_input_method_composes_is_left_alone(room):
    window, ben, _ = room
    window.find("composer").click()
    window.driver.execute_cdp_cmd("Input.imeSetComposition", {"text": "@b", "selectionStart": 2, "selectionEnd": 2})
    wait_offered(window, ben.name)
    for key in ("Enter", "Tab", "ArrowDown", "Escape"):
        assert window.driver.execute_script(COMPOSING, key), f"{key} is the input method's"
    assert (value(window), offered(window), active(window)) == ("@b", [ben.name], ben.name)
    window.driver.execute_cdp_cmd("Input.insertText", {"text": "@b"})
    write(window, Keys.TAB)
    wait_value(window, f"@{ben.name} ")
    clear(window)


def test_in_the_lobby_everybody_may_be_named(window, person):
    dora = person(name=short("Dora"))
    window.show_room("Lobby")
    write(window, f"@{dora.name[:-2].lower()}")
    wait_offered(window, dora.name)
    write(window, Keys.TAB)
    wait_value(window, f"@{dora.name} ")
    clear(window)


def test_a_thread_completes_too_and_escape_closes_the_list_before_the_thread(room):
    window, ben, room_id = room
    root = ben.say(room_id, "Wer?")
    window.wait_texts(["Wer?"])
    ActionChains(window.driver).move_to_element(window.find("message", id=root["id"])).perform()
    window.click("act-reply")
    field = window.find("thread-composer")
    field.send_keys("@b")
    wait_offered(window, ben.name)
    field.send_keys(Keys.ESCAPE)
    wait_offered(window)
    assert window.all("thread")[0].is_displayed()
    field.send_keys(Keys.BACKSPACE)
    wait_offered(window, ben.name, "room")
    field.send_keys(Keys.TAB, "du?", Keys.ENTER)
    field.send_keys("/shrug", Keys.ENTER)

    def replied():
        replies = ben.get(f"/api/rooms/{room_id}/messages/{root['id']}/replies").json()
        return [one["content"] for one in replies] == [f"@{ben.name} du?", "¯\\_(ツ)_/¯"]

    window.until(replied, "both in the thread")
    field.send_keys(Keys.ESCAPE)
    window.until(lambda: not window.all("thread")[0].is_displayed(), "no thread")


def test_on_a_phone_with_a_finger_and_nothing_is_fetched_before_it_is_needed(system, person):
    ann, ben = person(name=short("Ann")), person(name=short("Ben"))
    room = ann.create_room(name=short("Werkstatt"))
    ann.add(room["id"], ben)
    with Window(system.base_url, size=(390, 800), flags=("--touch-events=enabled",)) as phone:
        phone.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        phone.open().sign_in(ann.name, PASSWORD)
        phone.wait_state("online")
        phone.show_room(room["name"])
        write(phone, "ja ")
        assert phone.driver.execute_script(FETCHED, NEEDED_LATER) == []
        write(phone, "@")
        wait_offered(phone, ben.name, "room")
        chosen = phone.find("completion", name=ben.name)
        box = chosen.rect
        assert box["height"] >= 40 and box["x"] >= 0 and box["y"] >= 0
        point = {"x": box["x"] + 60, "y": box["y"] + 20}
        for kind, points in (("touchStart", [point]), ("touchEnd", [])):
            phone.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        wait_value(phone, f"ja @{ben.name} ")
        assert phone.driver.execute_script("return document.activeElement.dataset.testid") == "composer"


def test_axe_finds_nothing_serious_in_the_list(room):
    window, ben, room_id = room
    judge = Judge(window)
    window.open()
    window.wait_state("online")
    window.click("room-item", room_id=room_id)
    ben.say(room_id, f"@{window.text('me')}, @{ben.name}, @room")
    wait_mentions(window, (f"@{window.text('me')}", True), ("@room", True))
    for theme in ("light", "dark"):
        window.driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        for text, first in (("@", ben.name), ("/", "msg")):
            write(window, text)
            window.until(lambda name=first: active(window) == name, first)
            assert judge.serious() == []
            clear(window)
