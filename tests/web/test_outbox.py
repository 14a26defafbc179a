"""What is written without a connection: kept over a reload and a closed tab, and sent once, in order."""

import pytest
from outages import no_api, no_gateway
from people import PASSWORD
from window import Window, short

FIVE = [f"number {number}" for number in range(1, 6)]
# Each state in which a message has been shown, by its client id.
WATCH = """
window.shown = {};
new MutationObserver(() => {
  for (const { dataset: { clientId, state } } of document.querySelectorAll('[data-testid=message]')) {
    if (clientId && shown[clientId]?.at(-1) !== state) (shown[clientId] ??= []).push(state);
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
STYLED = "return [...document.styleSheets].some(({ href, cssRules }) => href.endsWith('/css/dialogs.css') && cssRules.length)"
COURSE = ["waiting", "sending", "sent", "stored"]


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        window.preload(WATCH)
        yield window


@pytest.fixture
def room(browser, person):
    """Ann's window in a room of hers, and Ben, who is in it; at last one tab, and a look into the console."""
    ann, ben = person(), person()
    room = ann.create_room(name=short("Küche"))
    ann.add(room["id"], ben)
    browser.forget().sign_in(ann.name, PASSWORD)
    browser.wait_state("online")
    browser.show_room(room["name"])
    browser.wait_texts([])
    browser.complaints()
    yield browser, ben, room
    assert browser.complaints() == []
    while len(browser.driver.window_handles) > 1:
        browser.driver.close()
        browser.first_tab()


def stored(system, room):
    """What was said, in the database's order."""
    with system.db() as db:
        query = "SELECT content FROM chat.messages WHERE room_id = %s ORDER BY seq"
        return [content for (content,) in db.execute(query, [room["id"]])]


def wait_waiting(window, texts):
    """Returns when these messages are shown as not sent yet, and no others."""

    def waiting():
        return [(one["text"], one["state"]) for one in window.messages()] == [(text, "waiting") for text in texts]

    window.until(waiting, f"{texts}, waiting")


def test_five_written_offline_go_out_once_and_in_order(room, system):
    window, ben, here = room
    window.offline()
    system.kill(system.gateway_pid())  # the emulation spares connections that exist
    window.until(lambda: window.text("connection-state").startswith("You are offline"), "the banner")
    window.say(*FIVE)
    wait_waiting(window, FIVE)
    for opens in ("me", "search", "members"):  # what they open is not here yet, and comes later
        window.click(opens)
    system.wait_healthy()
    ben.say(here["id"], "meanwhile")
    window.offline(False)
    window.wait_texts(["meanwhile", *FIVE])
    window.until(lambda: window.all("connection-state", shown=""), "nothing to say any more")
    assert stored(system, here) == ["meanwhile", *FIVE]
    window.click("me")
    window.click("panel-close")
    window.click("search")
    window.find("search-input")
    assert window.driver.execute_script(STYLED), "with its style"
    courses = [one for one in window.driver.execute_script("return shown").values() if one[0] != "stored"]
    assert len(courses) == len(FIVE)
    for course in courses:
        assert course[:2] == COURSE[:2] and course[-1] == "stored", course
        assert course == sorted(course, key=COURSE.index), "never back"


def test_a_reload_without_a_server_keeps_them(room, system):
    window, _, here = room
    with no_gateway(system), no_api(system):
        window.wait_state("waiting", "connecting")
        window.say(*FIVE[:3])
        wait_waiting(window, FIVE[:3])
        window.reload()
        wait_waiting(window, FIVE[:3])
        window.say(*FIVE[3:])
        wait_waiting(window, FIVE)
    window.wait_texts(FIVE)
    window.wait_room(here["name"])
    assert stored(system, here) == FIVE


def test_tabs_share_what_is_unsent_and_it_is_stored_once(room, system):
    window, _, here = room
    place = window.driver.current_url
    window.new_tab()
    window.driver.get(place)
    window.wait_texts([])
    second = window.driver.current_window_handle
    with no_gateway(system):
        window.first_tab()
        window.wait_state("waiting", "connecting")
        window.say(*FIVE[:3])
        wait_waiting(window, FIVE[:3])
        window.driver.switch_to.window(second)
        window.say(*FIVE[3:])
        window.new_tab()
        window.driver.get(place)  # has all of them, as the storage has
        third = window.driver.current_window_handle
        window.until(lambda: [one["text"] for one in window.messages()] == FIVE, "all five")
        window.first_tab()
        window.driver.close()
    for tab in (third, second):
        window.driver.switch_to.window(tab)
        window.wait_texts(FIVE)
    assert stored(system, here) == FIVE
    left = "return Object.keys(localStorage).filter((key) => key.includes('outbox'))"
    window.until(lambda: window.driver.execute_script(left) == [], "nothing is kept any more")
