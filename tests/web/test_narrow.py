"""A page as narrow as a small phone: what Back does there, and that nothing is wider than the screen."""

import pytest
from people import PASSWORD
from selenium.webdriver.common.keys import Keys
from window import Window, short

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
URL = "https://example.org/" + "path/" * 40 + "?" + "q" * 120
ARABIC = "مرحبا بالعالم، هذه رسالة طويلة باللغة العربية من اليمين إلى اليسار"
TEXTS = (LONG * 3, URL, ARABIC, f"> {LONG}{LONG}\n- **{LONG}**", "```\n" + "x" * 300 + "\n```", "🎉", "👩‍👩‍👧‍👦🇩🇪", "a 🎉")
# What stands out of the screen, but for what is scrolled in itself.
OUTSIDE = """
const wide = document.documentElement.clientWidth;
const scrolls = (one) => one !== null && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(one).overflowX)
  || one.matches('.sr-only') || scrolls(one.parentElement));
const out = [...document.querySelectorAll('body *')].filter((one) => {
  const { left, right, width } = one.getBoundingClientRect();
  return width > 0 && (right > wide + 0.5 || left < -0.5) && !scrolls(one.parentElement) && !one.closest('.sr-only, .connection');
});
const lists = [...document.querySelectorAll('.scroll, nav, dialog')].filter((one) => one.scrollWidth > one.clientWidth);
return [document.documentElement.scrollWidth > wide, ...[...out, ...lists].map((one) => `${one.localName}.${one.className}`)];
"""
SIDES = """
return [...document.querySelectorAll('[data-testid=message-text]')].map((one) => {
  const block = one.firstElementChild;
  return [getComputedStyle(block).direction, parseFloat(getComputedStyle(one).fontSize) > 30];
});
"""


@pytest.fixture(scope="module")
def phone(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        metrics = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": False}
        window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield window


@pytest.fixture
def there(phone, person):
    """The phone with Ann, in front of the list of her rooms: one of them."""
    phone.complaints()
    ann, ben = person(), person()
    room = ann.create_room(name=short(f"{LONG} غرفة"), description=LONG * 2)
    ann.add(room["id"], ben)
    phone.forget().sign_in(ann.name, PASSWORD)
    phone.wait_state("online")
    phone.find("room-item", room_id=room["id"])
    yield phone, room, ben
    assert phone.complaints() == []


def is_shown(window, testid):
    return any(one.is_displayed() for one in window.all(testid))


def outside(window):
    return window.driver.execute_script(OUTSIDE)


def test_nothing_is_wider_than_the_screen(there):
    window, room, ben = there
    root = ben.say(room["id"], LONG * 4)
    for text in TEXTS:
        said = ben.say(room["id"], text)
    ben.say(room["id"], URL, parentId=root["id"])
    assert ben.put(f"/api/rooms/{room['id']}/messages/{said['id']}/reactions/{LONG[:30]}").status_code == 200
    window.until(lambda: room["name"] in window.text("room-list"), "the room")
    assert outside(window) == [False]
    window.click("room-item", room_id=room["id"])
    window.until(lambda: len(window.messages()) == len(TEXTS) + 2, "the messages")
    window.until(lambda: window.all("reaction"), "the reaction")
    assert outside(window) == [False]
    sides = window.driver.execute_script(SIDES)
    assert [side for side, _ in sides[1:4]] == ["ltr", "ltr", "rtl"]
    assert [large for _, large in sides[6:9]] == [True, True, False], "one to three emoji, and nothing else"
    for opened, closed in (("members", "dialog"), ("room-settings", "dialog"), ("room-menu", "pins")):
        window.click(opened)
        window.until(lambda: outside(window) == [False] and window.driver.find_elements("css selector", "dialog, .menu"), opened)
        window.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        window.until(lambda: not window.driver.find_elements("css selector", "dialog, .menu"), f"no {closed}")
    window.click("replies")
    window.find("thread-list")
    window.until(lambda: outside(window) == [False], "the thread")


def test_back_takes_away_what_is_uppermost(there):
    window, room, ben = there
    root = ben.say(room["id"], "Wer kocht?")
    ben.say(room["id"], "Ich", parentId=root["id"])
    window.click("room-item", room_id=room["id"])
    window.click("replies")
    window.find("thread-list")
    window.driver.back()
    window.until(lambda: not is_shown(window, "thread") and is_shown(window, "composer"), "the room, without the thread")
    window.click("members")
    window.find("member-list")
    window.driver.back()
    window.until(lambda: not window.all("member-list"), "no dialog")
    assert is_shown(window, "composer")
    window.click("members")
    window.find("member-list")
    window.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    window.until(lambda: not window.all("member-list"), "closed otherwise")
    window.driver.back()
    window.until(lambda: is_shown(window, "room-list") and not is_shown(window, "composer"), "the list, at the first Back")
    window.click("room-item", room_id=room["id"])
    window.click("back")
    window.until(lambda: is_shown(window, "room-list"), "the list, by its button")


def test_a_page_that_begins_with_a_room_has_the_list_behind_it(there):
    window, room, _ = there
    window.driver.get("about:blank")
    window.driver.get(f"{window.base_url}/#{room['id']}")
    window.find("composer")
    window.reload()
    window.find("composer")
    window.driver.back()
    window.until(lambda: is_shown(window, "room-list") and not is_shown(window, "composer"), "the list")
