"""Commands in the text field: what a slash does, and what it does not. One browser, and others over HTTP."""

import pytest
from composing import clear, own_room, own_window, short, value, wait_offered, wait_value, write
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys


def slow_down(window, ms):
    conditions = {"offline": False, "latency": ms, "downloadThroughput": -1, "uploadThroughput": -1}
    window.driver.execute_cdp_cmd("Network.enable", {})
    window.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


@pytest.fixture(scope="module")
def window(system):
    yield from own_window(system)


@pytest.fixture
def room(window, person):
    yield from own_room(window, person)


def room_seen_by(person, room_id):
    return person.get(f"/api/rooms/{room_id}").json()


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
    name = short("Labor")
    write(window, "/topic Kaffee und Kabel", Keys.ENTER)
    window.until(lambda: room_seen_by(ben, room_id)["description"] == "Kaffee und Kabel", "what it is about")
    wait_value(window, "")
    write(window, f"/rename {name}", Keys.ENTER)
    window.wait_room(name)
    dora = person(name=short("Dora Mai"))
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


def test_a_list_that_is_behind_what_is_written_takes_nothing(room):
    """The server is asked in a pause; who writes on and sends before has not chosen what was offered until then."""
    window, ben, room_id = room
    write(window, f"/msg @{ben.name[:-1]}")
    wait_offered(window, ben.name)
    slow_down(window, 800)
    write(window, f"{ben.name[-1]} heute?", Keys.ENTER)
    window.wait_room(ben.name)
    window.wait_texts(["heute?"])
    slow_down(window, 0)


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


def test_a_command_without_a_connection_loses_nothing(room):
    window, _, _ = room
    window.reload()
    window.wait_state("online")
    window.offline()
    write(window, "/shrug so", Keys.ENTER)
    window.until(lambda: window.text("composer-note") == "Commands need a connection.", "it says so")
    wait_value(window, "/shrug so")
    window.offline(False)
    window.wait_state("online")
    clear(window)
