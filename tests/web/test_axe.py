"""axe-core finds nothing serious or critical: sign-in, rooms and messages, dialogs, settings, administration,
in light and dark, at a desk and on a phone.
"""

import os

import pytest
from axe import Judge
from outages import no_gateway
from people import PASSWORD
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from window import Window, short

DESK, PHONE = 1200, 390
# Each scheme and each width; with --all each with each.
LOOKS = [("light", DESK), ("dark", PHONE), *([("light", PHONE), ("dark", DESK)] if "CHATSPHERE_ALL" in os.environ else [])]
RICH = "> quoted\n`code` **bold** https://example.org/\n```\nblock\n```"
UNFOLD = "for (const one of document.querySelectorAll('dialog details')) one.open = true;"
CLOSE = "document.querySelectorAll('dialog[open]').forEach((one) => one.close())"


class Looks:
    """A window, and what axe-core has said about its views."""

    def __init__(self, window):
        self.window = window
        self.judge = Judge(window)
        self.found = []

    def set(self, scheme, width):
        cdp = self.window.driver.execute_cdp_cmd
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        cdp("Emulation.setEmulatedMedia", {"features": [{"name": name, "value": value} for name, value in features.items()]})
        cdp("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})

    def look(self, view):
        """Judges what is shown."""
        for scheme, width in LOOKS:
            self.set(scheme, width)
            self.found += [f"{view}, {scheme}, {width}: {line}" for line in self.judge.serious()]
        self.set("light", DESK)

    def close_dialogs(self):
        self.window.driver.execute_script(CLOSE)

    def tabs(self, view):
        """Judges each tab of the panel that is open, with all that can be unfolded in it."""
        self.window.find("panel-content")
        buttons = self.window.driver.find_elements("css selector", "[role=tab]")
        for name in [one.get_attribute("data-testid").removeprefix("tab-") for one in buttons]:
            self.window.click(f"tab-{name}")
            self.window.until(lambda here=name: self.window.all("panel-content", tab=here), name)
            self.window.driver.execute_script(UNFOLD)
            self.look(f"{view} {name}")
        self.close_dialogs()


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        yield Looks(window)


@pytest.fixture
def looks(browser):
    browser.found.clear()
    browser.set("light", DESK)
    yield browser
    assert browser.found == []


@pytest.fixture
def room(looks, person):
    """Ann's window in a room with all kinds of messages; the room's name is hers, too."""
    ann, ben, cleo = person(), person(), person()
    name = short("Küche")
    room_id = ann.create_room(name=name, description="Wer räumt auf?")["id"]
    for one in (ben, cleo):
        ann.add(room_id, one)
    assert ann.delete(f"/api/rooms/{room_id}/users/{cleo.id}", params={"ban": True}).status_code == 200
    ben.create_room(name=short("Öffentlich"), description="for all")
    root = ann.say(room_id, RICH)["id"]
    ben.say(room_id, f"@{ann.name} look", parentId=root)
    assert ben.post(f"/api/rooms/{room_id}/messages/{root}/report", json={"reason": "too long"}).status_code < 300
    gone = ben.say(room_id, "a slip")["id"]
    assert ben.delete(f"/api/rooms/{room_id}/messages/{gone}").status_code == 200
    assert ann.patch(f"/api/rooms/{room_id}/messages/{root}", json={"content": f"{RICH}\nmore"}).status_code == 200
    for one in (ann, ben):
        assert one.put(f"/api/rooms/{room_id}/messages/{root}/reactions/🎉").status_code == 200
    assert ann.put(f"/api/rooms/{room_id}/messages/{root}/pin").status_code < 300
    assert ben.post("/messages", json={"recipient_id": ann.id, "content": "between us"}).status_code == 201
    window = looks.window
    window.forget().sign_in(ann.name, PASSWORD)
    window.wait_state("online")
    window.show_room(name)
    window.until(lambda: len(window.messages()) == 3, "the messages")
    return looks, ann


def test_sign_in(looks):
    looks.window.forget().find("login")
    looks.window.driver.execute_script("document.body.append(document.createElement('img'))")
    assert len(looks.judge.serious()) == 1, "what cannot be seen has no name"
    looks.window.driver.execute_script("document.body.lastChild.remove()")
    looks.look("sign-in")
    looks.window.sign_in("nobody", "not this one")
    looks.window.until(lambda: looks.window.text("auth-error"), "the refusal")
    looks.look("a refused sign-in")


def test_rooms_messages_and_a_thread(room, system):
    looks, _ = room
    window = looks.window
    looks.look("a room")
    with no_gateway(system):
        window.say("wait for it")
        window.until(lambda: window.all("connection-state", shown="trouble"), "the banner")
        window.until(lambda: window.messages()[-1]["state"] == "waiting", "what waits")
        looks.look("an outage")
    window.until(lambda: window.messages()[-1]["state"] == "stored", "what has waited")
    ActionChains(window.driver).move_to_element(window.all("message")[0]).perform()
    window.click("act-react")
    window.find("pick")
    looks.look("reactions to choose from")
    ActionChains(window.driver).send_keys(Keys.ESCAPE).perform()
    window.find("composer").send_keys("@")
    window.find("completion")
    looks.look("whom one may name")
    window.find("composer").clear()
    window.click("replies")
    window.find("thread-composer")
    looks.look("a thread")
    window.click("thread-close")
    looks.set("light", PHONE)
    window.click("back")
    looks.look("the list of rooms")


def test_dialogs(room):
    looks, ann = room
    window = looks.window
    for opened, shown in (("create-room", "create-room-name"), ("new-message", "talk-people"),
                          ("members", "member"), ("room-settings", "room-name")):
        window.click(opened)
        window.find(shown)
        if opened == "members":
            window.click("member-manage")
            window.find("bans")
            window.driver.execute_script(UNFOLD)
        looks.look(f"the dialog of {opened}")
        if opened != "room-settings":
            looks.close_dialogs()
    window.click("room-reports")
    window.find("report")
    looks.look("reports")
    looks.close_dialogs()
    window.click("room-settings")
    window.click("room-invite")
    window.click("invite-make")
    window.find("invite-link")
    looks.look("invitations")
    looks.close_dialogs()
    window.click("search")
    window.find("search-input").send_keys("look", Keys.NULL)
    window.find("search-result")
    looks.look("search")
    looks.close_dialogs()
    assert ann.patch(f"/api/rooms/{window.driver.current_url.partition('#')[2]}", json={"archived": True}).status_code == 200
    window.find("gate")
    looks.look("an archived room")


def test_settings(room):
    looks, _ = room
    looks.window.click("me")
    looks.tabs("settings")


def test_administration(looks, system):
    known = system.credentials()
    window = looks.window
    window.forget().sign_in(known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"])
    window.wait_state("online")
    window.click("admin")
    looks.tabs("administration")
