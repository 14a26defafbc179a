"""What is done with messages in the page: one browser, and another person over HTTP and a socket."""

import pytest
from composing import own_room, own_window
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from window import short

RICH = "**bold** *slanted* ~~struck~~ `code`\n> quoted\n```\n<b>block</b>\n```\nhttps://example.org/a <img src=x onerror=x>"
TAGS = """
const text = document.querySelector('[data-testid=message-text]');
return [...text.querySelectorAll('*')].map((one) => one.localName);
"""
REACTIONS = """
const all = document.querySelectorAll('[data-testid=message-list] [data-testid=reaction]');
return [...all].map((one) => [one.dataset.emoji, one.lastChild.textContent, one.getAttribute('aria-pressed')]);
"""
THREAD = """
const all = document.querySelectorAll('[data-testid=thread-list] [data-testid=message-text]');
return [...all].map((one) => one.textContent);
"""
FOCUS = "return document.activeElement.dataset.testid ?? ''"


@pytest.fixture(scope="module")
def window(system):
    yield from own_window(system)


@pytest.fixture
def room(window, person):
    yield from own_room(window, person)


def keys(window, *pressed):
    chain = ActionChains(window.driver)
    for key in pressed:
        chain.send_keys(key)
    chain.perform()


def focus(window):
    return window.driver.execute_script(FOCUS)


def point_at(window, message_id):
    ActionChains(window.driver).move_to_element(window.find("message", id=message_id)).perform()
    return window.find("actions")


def act(window, message_id, action):
    point_at(window, message_id)
    window.click(f"act-{action}")


def wait_count(window, testid, count, **data):
    window.until(lambda: len(window.all(testid, **data)) == count, f"{count} of {testid} {data}")


def wait_reactions(window, *expected):
    """Emoji, count and whether it is the own one, of each reaction in the room."""
    window.until(lambda: sorted(window.driver.execute_script(REACTIONS)) == sorted(expected), f"{expected}")


def wait_replies(window, text):
    count = "return document.querySelector('[data-testid=replies]')?.textContent"
    window.until(lambda: window.driver.execute_script(count) == text, text)


def message(person, room_id, message_id):
    return person.get(f"/api/rooms/{room_id}/messages/{message_id}").json()


def test_markdown_and_nothing_else_becomes_elements(room):
    window, ben, room_id = room
    ben.say(room_id, RICH)
    window.until(lambda: len(window.texts()) == 1, "the message")
    tags = ["p", "strong", "em", "s", "code", "blockquote", "pre", "code", "p", "a"]
    assert window.driver.execute_script(TAGS) == tags
    assert window.texts() == ["bold slanted struck codequoted<b>block</b>https://example.org/a <img src=x onerror=x>"]


def test_reactions_are_given_and_taken_back_by_mouse_and_by_keys(room):
    window, ben, room_id = room
    said = ben.say(room_id, "Kuchen?")
    window.wait_texts(["Kuchen?"])
    act(window, said["id"], "react")
    window.click("pick", emoji="🎉")
    wait_reactions(window, ["🎉", "1", "true"])
    assert ben.put(f"/api/rooms/{room_id}/messages/{said['id']}/reactions/🎉").status_code == 200
    wait_reactions(window, ["🎉", "2", "true"])
    window.click("reaction", emoji="🎉")
    wait_reactions(window, ["🎉", "1", "false"])
    assert message(ben, room_id, said["id"])["reactions"] == {"🎉": 1}
    window.find("composer").click()
    window.driver.execute_script("document.querySelector('[data-testid=message-list]').focus()")
    window.until(lambda: keys(window, Keys.ARROW_UP) or focus(window) == "message", "the focus on the only message")
    keys(window, Keys.TAB, Keys.TAB)  # past the reaction; "…" is for fingers
    window.until(lambda: focus(window) in ("more", "act-react"), "the actions")
    if focus(window) == "more":
        keys(window, Keys.TAB)
    keys(window, Keys.ENTER)
    window.find("picker")
    keys(window, Keys.ARROW_RIGHT, Keys.ENTER)
    wait_reactions(window, ["👎", "1", "true"], ["🎉", "1", "false"])
    window.until(lambda: focus(window) == "act-react", "the focus is back")


def test_edit_with_arrow_up_and_delete_with_confirmation(room):
    window, ben, room_id = room
    window.say("first", "secnd")
    window.wait_texts(["first", "secnd"])
    composer = window.find("composer")
    composer.send_keys(Keys.ARROW_UP)
    window.find("editing")
    assert composer.get_property("value") == "secnd"
    composer.send_keys(Keys.ESCAPE)
    assert composer.get_property("value") == ""
    composer.send_keys(Keys.ARROW_UP, Keys.BACKSPACE, Keys.BACKSPACE, "ond", Keys.ENTER)
    window.wait_texts(["first", "second"])
    wait_count(window, "edited", 1)
    first, second = window.messages()
    assert message(ben, room_id, second["id"])["content"] == "second"
    act(window, first["id"], "delete")
    window.find("delete-confirm")
    assert "first" in [one.text for one in window.driver.find_elements(By.CSS_SELECTOR, "dialog blockquote")]
    window.click("delete-confirm")
    window.wait_texts(["Message deleted", "second"])
    point_at(window, second["id"])
    ActionChains(window.driver).move_to_element(window.find("message", id=first["id"])).perform()
    wait_count(window, "actions", 0)
    assert message(ben, room_id, first["id"])["content"] == ""


def test_others_messages_are_kept_in_order_by_whoever_does(room):
    window, ben, room_id = room
    said = ben.say(room_id, "Ordnung")
    window.wait_texts(["Ordnung"])
    point_at(window, said["id"])
    assert not window.all("act-edit"), "what somebody else said"
    act(window, said["id"], "pin")
    wait_count(window, "pinned", 1)
    pins = ben.get(f"/api/rooms/{room_id}/pins").json()
    assert [one["id"] for one in pins] == [said["id"]]
    act(window, said["id"], "pin")
    wait_count(window, "pinned", 0)
    assert ben.delete(f"/api/rooms/{room_id}/messages/{said['id']}").status_code == 200
    window.wait_texts(["Message deleted"])


def test_a_member_is_offered_what_he_may(window, person):
    ben = person()
    room = ben.create_room(name=short("Bens"))
    said = ben.say(room["id"], "mine")
    window.reload()
    window.join_room(room["name"])
    window.wait_texts(["mine"])
    point_at(window, said["id"])
    assert [bool(window.all(f"act-{one}")) for one in ("react", "reply", "edit", "pin", "delete")] == [
        True, True, False, False, False,
    ]


def test_a_thread_beside_the_room(room):
    window, ben, room_id = room
    root = ben.say(room_id, "Wer kocht?")
    window.wait_texts(["Wer kocht?"])
    act(window, root["id"], "reply")
    window.until(lambda: focus(window) == "thread-composer", "the thread's composer")
    window.find("thread-composer").send_keys("Ich", Keys.ENTER)
    wait_replies(window, "1 reply")
    ben.say(room_id, "Ich auch", parentId=root["id"])
    wait_replies(window, "2 replies")

    def shown():
        return window.driver.execute_script(THREAD) == ["Wer kocht?", "Ich", "Ich auch"]

    window.until(shown, "the thread")
    (_, reply, _) = window.messages()
    assert message(ben, room_id, reply["id"])["parentId"] == root["id"]
    keys(window, Keys.ESCAPE)
    window.until(lambda: not window.all("thread")[0].is_displayed(), "no thread")
    window.reload()
    window.click("replies")
    window.until(shown, "the thread again")
    window.driver.set_window_size(500, 800)
    window.until(lambda: not window.all("composer")[0].is_displayed(), "over the room")
    window.click("thread-close")
    window.find("composer")
    window.driver.set_window_size(1200, 800)


def test_who_is_writing(room, connect):
    window, ben, room_id = room
    socket = connect(ben)
    socket.join(room_id)
    socket.request("typing", roomId=room_id)
    window.until(lambda: window.text("typing") == f"{ben.name} is writing…", "Ben is writing")
    ben.say(room_id, "there")
    window.until(lambda: not window.all("typing")[0].text, "he has said it")
    window.draft("ich")
    assert socket.expect("typing")["username"] == window.text("me")
    window.find("composer").clear()
