"""The gateway is killed and comes back, in two real windows: what was being said, what was being typed, and
what the page tells of it meanwhile.
"""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from outages import no_gateway
from people import PASSWORD
from selenium.webdriver.common.keys import Keys
from window import Window, short

EACH = 8
# Beforehand: how the banner changes, the page's sockets, and a hand on the draw of the back-off.
WATCH = """
window.told = [];
window.sockets = [];
window.draw = null;
const drawn = Math.random;
Math.random = () => window.draw ?? drawn();
window.WebSocket = class extends WebSocket {
  constructor(...parts) { super(...parts); sockets.push(this); }
};
new MutationObserver(() => {
  const banner = document.querySelector('[data-testid=connection-state]');
  if (!banner) return;
  const now = [banner.dataset.state, banner.dataset.shown, banner.querySelector('[role=status]').textContent];
  if (String(told.at(-1)?.slice(1)) !== String(now)) told.push([performance.now(), ...now]);
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
FOCUS = "return document.activeElement.dataset.testid ?? ''"
BLIP_MS = 900


@pytest.fixture(scope="module")
def windows(system):
    system.wait_healthy()
    with Window(system.base_url) as ann, Window(system.base_url) as ben:
        for name, window in (("Ann", ann), ("Ben", ben)):
            window.preload(WATCH)
            window.register(f"{name} {uuid.uuid4().hex[:6]}", PASSWORD)
        yield ann, ben


@pytest.fixture
def room(windows):
    """The windows, both in a new room, which is named; at last a look into the consoles."""
    ann, ben = windows
    name = short("Küche")
    room_id = ann.create_room(name)
    ben.reload()
    ben.join_room(name)
    for window in windows:
        window.wait_texts([])
        window.until(lambda here=window: here.all("connection-state", shown=""), "nothing to say of the connection")
        window.complaints()
        window.mark_page()
        window.driver.execute_script("window.told.length = 0")
    yield ann, ben, room_id
    for window in windows:
        assert window.complaints() == []


def stored(system, room_id):
    """Who said what, in the database's order."""
    with system.db() as db:
        query = "SELECT id::text, content FROM chat.messages WHERE room_id = %s ORDER BY seq"
        return db.execute(query, [room_id]).fetchall()


def told(window):
    return window.driver.execute_script("return told")


def sentences(window):
    """What a listener has heard of the connection: each text of the status, empty ones left out."""
    heard = [sentence for _, _, _, sentence in told(window)]
    changes = [one for at, one in enumerate(heard) if at == 0 or heard[at - 1] != one]
    return [one for one in changes if one]


def chatter(window, name):
    for number in range(EACH):
        window.say(f"{name} {number}")


def test_the_gateway_dies_while_two_write(room, system):
    ann, ben, room_id = room
    with ThreadPoolExecutor(2) as pool:
        talking = [pool.submit(chatter, ann, "ann"), pool.submit(chatter, ben, "ben")]
        ann.until(lambda: len(stored(system, room_id)) > 2, "the first messages")
        with no_gateway(system):
            for one in talking:
                one.result()
            ann.wait_state("waiting")
            composer = ann.find("composer")
            composer.send_keys("half a ")
            ann.until(lambda: ann.all("connection-state", shown="trouble"), "the banner")
            composer.send_keys("sentence")
    whole = sorted(f"{name} {number}" for name in ("ann", "ben") for number in range(EACH))
    for window in (ann, ben):
        window.until(lambda here=window: sorted(here.texts()) == whole, "all messages, each once")
        window.until(lambda here=window: all(one["state"] == "stored" for one in here.messages()), "all stored")
    kept = stored(system, room_id)
    assert sorted(content for _, content in kept) == whole
    for window in (ann, ben):
        assert [(one["id"], one["text"]) for one in window.messages()] == kept
        assert window.is_marked(), "the page was not loaded anew"
    for name in ("ann", "ben"):
        assert [text for _, text in kept if text.startswith(name)] == [f"{name} {number}" for number in range(EACH)]
    assert ann.driver.execute_script(FOCUS) == "composer"
    assert composer.get_property("value") == "half a sentence"
    composer.send_keys(", and the rest", Keys.ENTER)
    ben.until(lambda: ben.texts()[-1] == "half a sentence, and the rest", "what was being typed")


def test_the_banner_counts_down_and_can_be_hurried(room, system):
    ann, _, _ = room
    ann.driver.execute_script("draw = 150")  # times 200 ms: the first wait is 30 s
    with no_gateway(system):
        ann.wait_state("waiting")
        ann.until(lambda: "Next try in" in ann.text("connection-state"), "the countdown")
        banner = ann.text("connection-state")
        assert banner.startswith("Connection lost") and "Try now" in banner
        ann.until(lambda: ann.text("connection-state") != banner, "the next second")
        assert ann.all("connection-state", state="waiting")
    system.wait_healthy()
    assert ann.all("connection-state", state="waiting"), "half a minute is long"
    ann.driver.execute_script("draw = null")
    ann.find("connection-retry").send_keys(Keys.ENTER)
    ann.wait_state("online", timeout=10)
    ann.until(lambda: ann.text("connection-state") == "Back online", "the good news")
    assert ann.driver.execute_script(FOCUS) == "composer", "the button is gone, the focus is not"
    ann.until(lambda: ann.all("connection-state", shown=""), "nothing more to say")
    assert sentences(ann) == ["Connection lost", "Back online"]


def test_a_blip_is_not_told(room):
    ann, _, _ = room
    ann.driver.execute_script("draw = 0; sockets.at(-1).close()")
    ann.until(lambda: len(told(ann)) > 1 and told(ann)[-1][1] == "online", "the next connection")
    ann.driver.execute_script("draw = null")
    lost = told(ann)[0][0]
    assert told(ann)[0][1] != "online"
    assert not [at for at, _, shown, _ in told(ann) if shown and at - lost < BLIP_MS]
