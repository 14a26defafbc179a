"""The administration in the page, as an administrator sees it: one browser, others over HTTP."""

import uuid

import pytest
from people import Person
from window import Window

REFUSED = "Failed to load resource: the server responded with a status of 4"

# Timers of the figures run out at once, and are counted: set and run.
QUICK = """
const own = window.setTimeout;
window.timers = { set: 0, run: 0 };
window.setTimeout = (task, ms, ...rest) => {
  if (ms !== 3000) return own(task, ms, ...rest);
  window.timers.set += 1;
  return own(() => { window.timers.run += 1; task(); }, 50);
};
"""
ASKED = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/api/figures')).length"
LINES = "return [...document.querySelectorAll('.spark .line')].map((line) => line.getAttribute('d'))"


@pytest.fixture(scope="module")
def admin(system):
    """The administrator, over HTTP."""
    known = system.credentials()
    with Person(system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]) as client:
        yield client.login()


@pytest.fixture(scope="module")
def browser(system, admin):
    """His window, signed in."""
    with Window(system.base_url) as window:
        window.open().sign_in(admin.name, admin.password)
        window.wait_state("online")
        yield window


@pytest.fixture
def window(browser):
    """With nothing open over the room."""
    if browser.all("panel"):
        browser.click("panel-close")
    browser.complaints()
    yield browser
    assert [one for one in browser.complaints() if REFUSED not in one["message"]] == []


def administer(window, tab):
    if not window.all("panel"):
        window.click("admin")
    if window.find(f"tab-{tab}").get_attribute("aria-selected") != "true":
        window.click(f"tab-{tab}")
    window.until(lambda: window.all("panel-content", tab=tab), f"the tab {tab}")


def inside(element, testid):
    return element.find_element("css selector", f"[data-testid={testid}]")


def twice(window, element, testid):
    """Presses a button that asks back."""
    button = inside(element, testid)
    button.click()
    window.until(lambda: "?" in button.text, "it asks back")
    button.click()


# --- figures --------------------------------------------------------------------------------------


def test_figures_move_while_they_are_shown_and_only_then(window, person):
    ben = person()
    room = ben.create_room()["id"]
    window.reload()
    window.wait_state("online")
    window.driver.execute_script(QUICK)
    administer(window, "figures")

    def now(name):
        return window.all("figure", figure=name)[0].text

    assert int(now("people")) >= 1
    window.until(lambda: int(now("sockets")) >= 1, "the own socket, with the next beat")

    def moved():
        ben.say(room, "one more")
        return now("messages") not in ("–", "0/s") and "·" in now("requestTime99")

    window.until(moved, "messages")
    assert window.all("gateway", state="running")
    assert "native" in window.text("figures") and "chatsphere-api" in window.text("figures")
    assert any("L" in line for line in window.driver.execute_script(LINES))
    asked = window.driver.execute_script(ASKED)
    window.until(lambda: window.driver.execute_script(ASKED) > asked, "it is asked again")
    administer(window, "accounts")

    def timers():
        return window.driver.execute_script("return [window.timers.set, window.timers.run]")

    window.until(lambda: len(set(timers())) == 1, "the last timer")
    before = timers(), window.driver.execute_script(ASKED)
    administer(window, "roles")
    assert (timers(), window.driver.execute_script(ASKED)) == before


def test_figures_say_what_is_wrong(window, system):
    window.reload()
    window.wait_state("online")
    window.driver.execute_script(QUICK)
    administer(window, "figures")
    window.offline()
    window.until(lambda: window.text("figures-error"), "what is wrong")
    window.offline(False)
    window.until(lambda: not window.all("figures-error")[0].text, "it is well again")
    window.wait_state("online")


# --- API tokens -----------------------------------------------------------------------------------


def test_tokens_of_all_are_named_found_and_revoked(window, admin, person):
    ben = person(name=f"Ben {uuid.uuid4().hex[:6]}")
    script = ben.post("/api/tokens/user", json={"name": "Ben's <i>script</i>"}).json()
    administer(window, "applications")
    window.click("token-new")
    window.fill("token-name", "Import")
    window.click("token-create")
    secret = window.find("token-secret").get_property("value")
    item = window.until(lambda: next((one for one in window.all("tokens-item") if "Import" in one.text), None), "in the list")
    assert secret.startswith("cs_client_") and secret[:14] in item.text and f"of {admin.name}" in item.text
    assert script["id"] not in [one.get_attribute("data-id") for one in window.all("tokens-item")]

    window.fill("tokens-person", ben.name)
    window.find("tokens-type").send_keys("P")
    window.click("tokens-filter")
    item = window.find("tokens-item", id=script["id"])
    assert len(window.all("tokens-item")) == 1
    assert "Ben's <i>script</i>" in item.text and f"of {ben.name}" in item.text
    twice(window, item, "token-revoke")
    window.until(lambda: "revoked" in window.find("tokens-item", id=script["id"]).text, "it says so")
    assert ben.get("/api/tokens").json()[0]["revoked"]
    window.fill("tokens-person", "nobody of this name")
    window.click("tokens-filter")
    window.until(lambda: "Nobody here is called" in window.text("tokens-filter-error"), "who is unknown")
