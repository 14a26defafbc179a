"""The own account and the administration in the page: one browser, others over HTTP."""

import uuid

import httpx
import pytest
from people import PASSWORD, Person
from system import System
from test_register import invite
from window import Window, short

REFUSED = "Failed to load resource: the server responded with a status of 4"
GROUND = "return getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(18, 19, 26)", "rgb(243, 244, 249)"
# The browser's own notifications still come; the page also tells the tab in front of it, by what tabs share.
RECORD = """
const notified = [];
const Own = Notification;
window.Notification = class extends Own {
  constructor(title, options) {
    super(title, options);
    notified.push([title, options.body]);
    localStorage['test.notified'] = JSON.stringify(notified);
  }
};
document.addEventListener('visibilitychange', () => { localStorage['test.hidden'] = document.hidden; });
"""
FETCHED = "return performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        yield window


@pytest.fixture
def window(browser, person):
    """Somebody's window, signed in anew; he is window.person."""
    browser.complaints()
    browser.person = person(name=f"Änne-{uuid.uuid4().hex[:6]}")
    browser.forget().sign_in(browser.person.name, PASSWORD)
    browser.wait_state("online")
    yield browser
    assert [one for one in browser.complaints() if REFUSED not in one["message"]] == []


@pytest.fixture
def admin(browser, system):
    """An administrator's window, and the same one over HTTP."""
    known = system.credentials()
    browser.complaints()
    browser.forget().sign_in(known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"])
    browser.wait_state("online")
    client = Person(system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]).login()
    yield browser, client
    client.close()
    assert [one for one in browser.complaints() if REFUSED not in one["message"]] == []


def tab(window, name):
    window.click(f"tab-{name}")
    window.until(lambda: window.all("panel-content", tab=name), f"the tab {name}")


def settings(window, name):
    window.click("me")
    tab(window, name)


def twice(window, element, testid):
    """Presses a button that asks back."""
    button = element.find_element("css selector", f"[data-testid={testid}]")
    button.click()
    assert "?" in button.text
    button.click()


def wait_items(window, testid, count):
    window.until(lambda: len(window.all(f"{testid}-item")) == count, f"{count} of {testid}")
    return window.all(f"{testid}-item")


def test_the_profile_is_changed_and_the_sidebar_says_so(window):
    me = window.person
    assert "/app/settings.js" not in window.driver.execute_script(FETCHED)
    settings(window, "profile")
    name = short("Anne <b>")
    for what, value in {"username": name, "full-name": "Änne Käthe", "bio": "Ich & du", "email": f"{uuid.uuid4().hex}@example.org"}.items():
        window.fill(f"profile-{what}", value)
    window.click("profile-save")
    window.until(lambda: window.text("profile-save-done") == "Saved", "it is saved")
    account = me.get("/auth/me").json()
    assert (account["username"], account["full_name"], account["bio"]) == (name, "Änne Käthe", "Ich & du")
    window.fill("profile-email", "nobody@")
    window.driver.execute_script("document.querySelector('[data-testid=profile-email]').type = 'text'")
    window.click("profile-save")
    window.until(lambda: window.text("profile-save-error").startswith("Email "), "what is wrong")
    window.click("panel-close")
    assert window.text("me") == name


def test_the_password_is_changed(window, system):
    settings(window, "password")
    wanted = f"{PASSWORD} {uuid.uuid4().hex}"
    for old, again, expected in (
        (PASSWORD, "another one", "The two new passwords differ"),
        ("not this one", wanted, "Current password is incorrect"),
        (PASSWORD, wanted, ""),
    ):
        for field, value in {"old": old, "new": wanted, "again": again}.items():
            window.fill(f"password-{field}", value)
        window.click("password-save")
        if expected:
            window.until(lambda text=expected: window.text("password-save-error") == text, expected)
    window.until(lambda: window.text("password-save-done").startswith("Changed"), "it is changed")
    assert Person(system, window.person.name, wanted).login().id == window.person.id
    assert window.person.get("/auth/me").status_code == 401, "the other session"


def test_other_sessions_are_ended(window, system):
    ends, others = (Person(system, window.person.name).login() for _ in range(2))
    settings(window, "sessions")
    items = wait_items(window, "sessions", 4)
    assert "this device" in items[0].text
    assert "Chrome on Linux" in items[0].text
    assert "127.0.0.1" in items[0].text
    (session,) = [one["id"] for one in ends.get("/auth/sessions").json() if one["current"]]
    twice(window, window.find("sessions-item", id=session), "session-end")
    wait_items(window, "sessions", 3)
    assert (ends.get("/auth/me").status_code, others.get("/auth/me").status_code) == (401, 200)
    twice(window, window.find("panel-content"), "sessions-end-others")
    wait_items(window, "sessions", 1)
    assert others.get("/auth/me").status_code == 401
    window.wait_state("online")


def test_an_api_token_is_shown_once_works_and_is_revoked(window, system):
    settings(window, "tokens")
    assert [bool(window.all(f"may-{one}")) for one in ("read", "write", "admin")] == [True, True, False]
    window.click("may-write")
    window.click("token-create")
    token = window.find("token-secret").get_property("value")
    window.click("token-copy")
    window.until(lambda: window.text("token-copy") == "Copied", "it is copied")
    (item,) = wait_items(window, "tokens", 1)
    assert token[:8] in item.text
    assert token not in item.text
    with httpx.Client(base_url=system.base_url, headers={"Authorization": f"Bearer {token}"}) as program:
        assert program.get("/api/rooms").status_code == 200
        assert program.post("/api/rooms", json={"name": "x"}).status_code == 403
        tab(window, "status")
        tab(window, "tokens")
        assert not window.all("token-secret")
        (item,) = wait_items(window, "tokens", 1)
        twice(window, item, "token-revoke")
        wait_items(window, "tokens", 0)
        assert program.get("/api/rooms").status_code == 401


def test_the_theme_is_chosen_and_kept(window):
    def ground():
        return window.driver.execute_script(GROUND)

    def system_has(scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    system_has("light")
    settings(window, "appearance")
    for theme, system, expected in (
        ("dark", "light", DARK), ("light", "dark", LIGHT), ("system", "dark", DARK), ("system", "light", LIGHT), ("dark", "light", DARK),
    ):
        system_has(system)
        window.click(f"theme-{theme}")
        assert ground() == expected, (theme, system)
    window.reload()
    window.wait_state("online")
    assert ground() == DARK


def test_the_own_status_is_told_and_survives_a_reload(window, person, connect):
    ben = person()
    room = ben.create_room()
    ben.add(room["id"], window.person)
    socket = connect(ben)
    socket.join(room["id"])
    settings(window, "status")

    def told(status):
        event = socket.expect("presence", userId=window.person.id, status=status)
        assert event["status"] == status

    window.click("status-busy")
    told("busy")
    window.reload()
    window.wait_state("online")
    settings(window, "status")
    assert window.find("status-busy").is_selected()


def test_notifications_on_request_while_the_page_is_hidden(window, person):
    ben = person(name=short("Ben"))
    granted = {"origin": window.base_url, "permissions": ["notifications"]}
    window.driver.execute_cdp_cmd("Browser.grantPermissions", granted)
    pair = ben.post("/api/conversations", json={"type": "p2p", "user_id": window.person.id}).json()["conversation_id"]
    room = ben.create_room(name=short("Küche"))
    ben.add(room["id"], window.person)
    window.reload()
    window.driver.execute_script(RECORD)
    window.find("room-item", room_id=pair)
    window.find("room-item", room_id=room["id"])
    settings(window, "notifications")
    assert not window.find("notify").is_selected()
    window.click("notify")
    window.until(lambda: "/app/notifier.js" in window.driver.execute_script(FETCHED), "the notifier")
    ben.say(pair, "while it is seen")
    window.until(lambda: window.driver.title.startswith("(1) "), "it has come")
    window.new_tab()
    window.driver.get(f"{window.base_url}/favicon.svg")
    told = "return JSON.parse(localStorage[arguments[0]] ?? 'null')"
    window.until(lambda: window.driver.execute_script(told, "test.hidden"), "the page is hidden")
    ben.say(room["id"], "nothing special")
    ben.say(pair, "between us")
    ben.say(room["id"], f"@{window.person.name} hier")
    expected = [[ben.name, "between us"], [f"{ben.name} in {room['name']}", f"@{window.person.name} hier"]]
    window.until(lambda: sorted(window.driver.execute_script(told, "test.notified") or []) == sorted(expected), "both")
    window.driver.close()
    window.first_tab()


def test_people_are_administered(admin, person):
    window, client = admin
    ben = person(name=short("Ben"))
    window.click("admin")
    tab(window, "accounts")
    window.fill("account-search", ben.name.lower())
    window.until(lambda: len(window.all("accounts-item")) == 1, "Ben alone")

    def ben_is():
        return client.get(f"/auth/users/{ben.id}").json()

    window.find("account-role").send_keys("MOD")
    window.until(lambda: ben_is()["role"] == "MODERATOR", "a moderator")
    twice(window, window.find("accounts-item", id=ben.id), "account-disable")
    window.find("account-enable")
    assert not ben_is()["is_active"]
    window.click("account-enable")
    window.find("account-disable")
    assert ben_is()["is_active"]
    assert ben_is()["role"] == "MODERATOR"
    tab(window, "audit")
    window.fill("audit-user", ben.name)
    window.fill("audit-action", "user_disabled")
    window.click("audit-filter")
    (item,) = wait_items(window, "audit", 1)
    assert client.name in item.text
    tab(window, "applications")
    window.click("token-new")
    window.click("token-create")
    assert window.find("token-secret").get_property("value").startswith("cs_client_")
    window.click("panel-close")
    window.until(lambda: "#admin" not in window.driver.current_url, "the address is the room's")


def test_roles_are_made_given_and_deleted(admin, person):
    window, client = admin
    ben, role = person(), short("role")
    window.driver.get(f"{window.base_url}/#admin")
    tab(window, "roles")
    window.fill("role-name", role)
    window.click("may-rooms")
    window.click("role-create")
    window.until(lambda: any(role in one.text for one in window.all("roles-item")), "the role")
    (made,) = [one for one in client.get("/auth/roles").json() if one["name"] == role]
    assert [name for name, given in made["permissions"].items() if given] == ["rooms"]
    tab(window, "accounts")
    window.fill("account-search", ben.name)
    window.until(lambda: len(window.all("accounts-item")) == 1, "Ben alone")
    window.click("account-further", role=role)
    window.until(lambda: client.get(f"/auth/users/{ben.id}").json()["roles"] == ["MEMBER", role], "he has it")
    tab(window, "roles")
    twice(window, window.find("roles-item", id=made["id"]), "role-delete")
    window.until(lambda: not window.all("roles-item", id=made["id"]), "it is gone")


def test_the_administration_is_not_shown_to_others(window):
    assert not window.all("admin")
    window.driver.get(f"{window.base_url}/#admin")
    window.reload()
    window.wait_state("online")
    assert window.text("room-title") == "Lobby"
    assert not window.all("panel")


def test_an_invitation_is_asked_for_where_it_is_needed(browser):
    with System(env={"REGISTRATION": "token"}) as system:
        system.wait_healthy()
        _, token = invite(system)
        browser.driver.get(system.base_url)
        name = short("Ida")
        browser.sign_in(name, PASSWORD, "register")
        browser.fill("invite-token", f"{token}x")
        browser.click("register")
        browser.until(lambda: browser.all("auth-error")[0].text not in ("", "For an account here you need an invitation"), "refused")
        browser.fill("invite-token", token)
        browser.click("register")
        browser.wait_state("online")
        assert browser.text("me") == name
