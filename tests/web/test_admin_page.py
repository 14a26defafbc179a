"""The administration in the page, as an administrator sees it: one browser, others over HTTP."""

import pytest
from admins import admin  # noqa: F401 - a fixture
from people import Person
from window import Window, short

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
FETCHED = "return performance.getEntriesByType('resource').map(({ name }) => name)"
LINES = "return [...document.querySelectorAll('.spark .line')].map((line) => line.getAttribute('d'))"


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


def test_nothing_of_it_is_fetched_before_it_is_opened(window):
    window.driver.get(window.base_url)
    window.reload()
    window.wait_state("online")
    fetched = {name.rpartition("/")[2] for name in window.driver.execute_script(FETCHED)}
    assert "chat.js" in fetched
    assert not fetched & {"admin.js", "panel.js", "forms.js", "listing.js", "figures.js", "rates.js", "accounts.js", "settings.css"}
    administer(window, "figures")
    fetched = {name.rpartition("/")[2] for name in window.driver.execute_script(FETCHED)}
    assert {"admin.js", "figures.js", "settings.css"} <= fetched
    assert not fetched & {"settings.js", "accounts.js", "audit.js", "roles.js", "tokens.js", "applications.js"}


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


# --- accounts -------------------------------------------------------------------------------------


def account(window, person):
    """The only one whose name begins so."""
    window.fill("account-search", person.name)
    window.until(lambda: len(window.all("accounts-item")) == 1, "one of the name")
    return window.find("accounts-item", id=person.id)


def test_an_account_is_made_and_signs_in(window, system):
    name = short("Ines")
    administer(window, "accounts")
    window.click("account-new")
    window.fill("account-username", name)
    window.fill("account-full-name", "Inés Ortiz")
    window.find("account-new-role").send_keys("MOD")
    secret = window.find("account-password").get_property("value")
    window.click("account-create")
    window.until(lambda: secret in window.text("account-create-done"), "what she signs in with")
    assert window.find("account-password").get_property("value") not in ("", secret)
    with Person(system, name, secret) as ines:
        assert ines.login().get("/auth/me").json()["roles"] == ["MODERATOR"]
        assert "Inés Ortiz" in window.find("accounts-item", id=ines.id).text

    def refused(field, value, said):
        window.fill(f"account-{field}", value)
        window.click("account-create")
        window.until(lambda: said in window.text("account-create-error"), said)
        (wrong,) = window.driver.find_elements("css selector", "[aria-invalid=true]")
        assert wrong == window.driver.switch_to.active_element == window.find(f"account-{field}")
        assert wrong.get_attribute("aria-describedby") == window.find("account-create-error").get_attribute("id")

    refused("username", name, "Username already exists")
    window.fill("account-username", f"{name} 2")
    refused("password", "short", "Password ")
    window.fill("account-password", f"{secret} x")
    window.driver.execute_script("arguments[0].type = 'text'", window.find("account-email"))
    refused("email", "nobody@", "Email ")


def test_somebody_is_signed_out(window, person):
    ben = person(name=short("Ben"))
    administer(window, "accounts")
    item = account(window, ben)
    inside(item, "account-sessions").click()
    assert "python-httpx" in window.find("account-session").text
    twice(window, item, "account-sign-out")
    window.until(lambda: "Signed in nowhere" in item.text, "it says so")
    assert ben.get("/auth/me").status_code == 401


def test_what_is_refused_is_not_shown_as_done(window, admin, person):
    ben = person(name=short("Ben"))
    administer(window, "accounts")
    item = account(window, ben)
    assert admin.delete(f"/auth/users/{ben.id}").status_code == 200
    inside(item, "account-role").send_keys("MOD")
    window.until(lambda: "User not found" in window.text("panel-content"), "why")
    assert inside(item, "account-role").get_property("value") == "MEMBER"


def test_nobody_locks_himself_out(window, admin):
    administer(window, "accounts")
    item = account(window, admin)
    assert "This is you" in item.text
    for tool in ("account-role", "account-disable", "account-sign-out", "account-sessions"):
        assert not item.find_elements("css selector", f"[data-testid={tool}]")
    for change in ("disable", "superuser?is_superuser=false"):
        assert admin.put(f"/auth/users/{admin.id}/{change}").json()["code"] == "oneself"


# --- API tokens -----------------------------------------------------------------------------------


def test_tokens_of_all_are_named_found_and_revoked(window, admin, person):
    ben = person(name=short("Ben"))
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
