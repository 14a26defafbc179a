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
OFFERED = """
const all = document.querySelectorAll('[data-testid=completion]');
return [...all].filter((one) => one.checkVisibility()).map((one) => one.dataset.name);
"""
ACTIVE = """
const field = document.querySelector('[data-testid=composer]');
return document.getElementById(field.getAttribute('aria-activedescendant'))?.dataset.name ?? null;
"""
COMPOSING = """
const event = new KeyboardEvent('keydown', { key: arguments[0], isComposing: true, bubbles: true, cancelable: true });
return document.querySelector('[data-testid=composer]').dispatchEvent(event);
"""


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


def offered(window):
    return window.driver.execute_script(OFFERED)


def wait_offered(window, *names):
    window.until(lambda: offered(window) == list(names), f"{names} on offer")


def active(window):
    return window.driver.execute_script(ACTIVE)


def write(window, *keys):
    window.find("composer").send_keys(*keys)


def clear(window):
    write(window, Keys.CONTROL + "a" + Keys.NULL, Keys.BACKSPACE)
    wait_value(window, "")


def room_seen_by(person, room_id):
    return person.get(f"/api/rooms/{room_id}").json()


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
    cem = person(name=f"Cem {uuid.uuid4().hex[:6]}")
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
    write(window, "und @b")
    wait_offered(window, ben.name)
    write(window, Keys.ENTER)
    wait_value(window, f"hallo @{cem.name} und @{ben.name} ")
    write(window, Keys.CONTROL + "z" + Keys.NULL)
    wait_value(window, f"hallo @{cem.name} und @b")
    write(window, Keys.END, Keys.BACKSPACE, "O'N")  # one word of a name will do
    window.click("completion", name=ben.name)
    wait_value(window, f"hallo @{cem.name} und @{ben.name} ")
    write(window, Keys.ENTER)
    wait_mentions(window, (f"@{cem.name}", False), (f"@{ben.name}", False))

    def counted():
        return [one["mentions"] for one in ben.get("/api/rooms").json() if one["id"] == room_id] == [1]

    window.until(counted, "the server counts it")


def test_enter_sends_where_nothing_is_left_to_complete_and_escape_closes(room, person):
    window, ben, room_id = room
    write(window, f"@{ben.name}", Keys.ENTER)
    window.wait_texts([f"@{ben.name}"])
    write(window, "@be")
    wait_offered(window, ben.name)
    write(window, Keys.ESCAPE, "n")
    wait_value(window, "@ben")
    assert not offered(window)
    write(window, Keys.BACKSPACE, Keys.BACKSPACE, Keys.BACKSPACE, "b")
    wait_offered(window, ben.name)
    write(window, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    wait_offered(window)
    clear(window)
    write(window, "a@b", Keys.ENTER)
    window.wait_texts([f"@{ben.name}", "a@b"])
    long = person(name=f"eins zwei drei vier {uuid.uuid4().hex[:6]}")
    assert long.post(f"/api/rooms/{room_id}/join").status_code == 200
    write(window, "@e")
    wait_offered(window)
    clear(window)


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
    dora = person(name=f"Dora {uuid.uuid4().hex[:6]}")
    window.show_room("Lobby")
    write(window, f"@{dora.name[:-2].lower()}")
    wait_offered(window, dora.name)
    write(window, Keys.TAB)
    wait_value(window, f"@{dora.name} ")
    clear(window)


def test_a_slash_begins_a_command_and_what_only_looks_like_one_is_sent(room):
    window, ben, room_id = room
    write(window, "/sh")
    wait_offered(window, "shrug")
    write(window, Keys.TAB, "na ja", Keys.ENTER)
    shrug = "na ja ¯\\_(ツ)_/¯"
    window.wait_texts([shrug])
    write(window, "/etc", Keys.ENTER)
    window.until(lambda: "There is no command /etc" in window.text("composer-note"), "it says so")
    assert value(window) == "/etc"
    window.click("send-as-text")
    window.wait_texts([shrug, "/etc"])
    assert not window.all("composer-note")[0].is_displayed()
    write(window, "/etc/passwd", Keys.ENTER)
    write(window, "//help me", Keys.ENTER)
    write(window, "// a remark", Keys.ENTER)
    window.wait_texts([shrug, "/etc", "/etc/passwd", "/help me", "// a remark"])
    write(window, "/help", Keys.ENTER)
    assert "/shrug" in window.text("commands")
    ActionChains(window.driver).send_keys(Keys.ESCAPE).perform()
    wait_value(window, "")


def test_commands_change_the_room_and_find_people(room, person):
    window, ben, room_id = room
    name = f"Labor {uuid.uuid4().hex[:6]}"
    write(window, "/topic Kaffee und Kabel", Keys.ENTER)
    window.until(lambda: room_seen_by(ben, room_id)["description"] == "Kaffee und Kabel", "what it is about")
    wait_value(window, "")
    write(window, f"/rename {name}", Keys.ENTER)
    window.wait_room(name)
    dora = person(name=f"Dora Mai {uuid.uuid4().hex[:6]}")
    write(window, "/inv", Keys.TAB, f"@{dora.name[:-2]}")
    wait_offered(window, dora.name)
    write(window, Keys.ENTER, Keys.ENTER)
    window.until(lambda: window.text("composer-note") == f"{dora.name} is in this room now", "she is in")
    assert room_seen_by(dora, room_id)["role"] == "member"
    write(window, f"/mute @{dora.name} 5", Keys.ENTER)
    window.until(lambda: "for 5 minutes" in window.text("composer-note"), "she may only read")
    muted = dora.post(f"/api/rooms/{room_id}/messages", json={"content": "?"})
    assert muted.status_code == 403, muted.text
    write(window, "/mute @nobody", Keys.ENTER)
    window.until(lambda: "Nobody in this room" in window.text("composer-note"), "it says so")
    wait_value(window, "/mute @nobody")
    clear(window)


def test_status_search_message_and_leave(room, person):
    window, ben, room_id = room
    write(window, "/status ")
    wait_offered(window, "online", "away", "busy")
    write(window, "a", Keys.TAB, Keys.ENTER)
    window.until(lambda: window.text("composer-note") == "Others see you as away", "away")
    write(window, "/status online", Keys.ENTER)
    window.until(lambda: window.text("composer-note") == "Others see you as online", "online")
    write(window, "/search Kabel", Keys.ENTER)
    window.until(lambda: window.find("search-input").get_property("value") == "Kabel", "the search")
    ActionChains(window.driver).send_keys(Keys.ESCAPE, Keys.ESCAPE).perform()
    window.until(lambda: not window.all("search-input"), "no search")
    write(window, f"/msg @{ben.name} kommst du?", Keys.ENTER)
    window.wait_room(ben.name)
    window.wait_texts(["kommst du?"])
    (talk,) = ben.get("/api/conversations").json()
    assert [one["content"] for one in ben.history(talk["conversation_id"]).json()] == ["kommst du?"]
    window.click("room-item", room_id=room_id)
    window.wait_texts([])
    wait_value(window, "")
    write(window, "/leave", Keys.ENTER)
    window.click("leave-confirm")
    window.until(lambda: not window.all("room-item", room_id=room_id), "it is left")
