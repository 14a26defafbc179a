"""All of a day without a pointer: an account, rooms, messages, threads, search, settings, the end. At each step
the focus is somewhere, on the screen, and can be seen.
"""

import pytest
from people import PASSWORD
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from window import Window, short

MOST_TABS = 60
# What is wrong with where the focus is, or ''; a field shows it by its caret, too.
FAULT = """
const at = document.activeElement;
if (!at || at === document.body || at === document.documentElement) return 'lost';
const { left, right, top, bottom, width, height } = at.getBoundingClientRect();
const name = `${at.localName} ${at.dataset.testid ?? at.className}`;
if (!width || !height || right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return `${name} is off the screen`;
if (at.matches('input:not([type=checkbox], [type=radio]), textarea, select')) return '';
const { outlineStyle, outlineWidth } = getComputedStyle(at);
const isSeen = at.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
return isSeen ? '' : `${name} does not show it`;
"""
# Where it is: a test id, of the element or inside it, and the data beside that.
AT = """
const at = document.activeElement;
const named = at.localName === 'button' && !('testid' in at.dataset) && at.querySelector('[data-testid]') || at;
const { testid = '', ...rest } = named.dataset;
return [testid, rest];
"""


@pytest.fixture(scope="module")
def window(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        yield window


class Hands:
    """Ten fingers on a keyboard, before a window."""

    def __init__(self, window):
        self.window = window

    def press(self, *keys):
        """Presses keys, one after another, and looks where the focus is."""
        chain = ActionChains(self.window.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()
        self.seen()

    def chord(self, modifier, key):
        ActionChains(self.window.driver).key_down(modifier).send_keys(key).key_up(modifier).perform()

    def seen(self):
        """Returns when nothing is wrong with the focus; what is being drawn may take it for a moment."""
        try:
            self.window.until(lambda: not self.fault(), "the focus", 3)
        except Exception:
            raise AssertionError(self.fault()) from None

    def fault(self):
        return self.window.driver.execute_script(FAULT)

    def at(self, testid, **data):
        """Returns when the focus is there."""
        try:
            self.window.until(lambda: self._is_at(testid, data), "the focus")
        except Exception:
            raise AssertionError(f"the focus is at {self.window.driver.execute_script(AT)}, not at {testid}") from None
        self.seen()

    def _is_at(self, testid, data):
        name, rest = self.window.driver.execute_script(AT)
        return name == testid and data.items() <= rest.items()

    def tab_to(self, testid, back=False, **data):
        """Tab, or Shift+Tab, until the focus is there."""
        for _ in range(MOST_TABS):
            if self._is_at(testid, data):
                return self.seen()
            if back:
                self.chord(Keys.SHIFT, Keys.TAB)
            else:
                ActionChains(self.window.driver).send_keys(Keys.TAB).perform()
            fault = self.fault()
            assert fault in ("", "lost"), fault  # between the last element and the first one there is the browser
        raise AssertionError(f"no way to {testid} {data}")

    def choose(self, testid, back=False, **data):
        self.tab_to(testid, back, **data)
        self.press(Keys.ENTER)


def test_a_day_without_a_pointer(window, person):
    ben = person()
    public = ben.create_room(name=short("Garten"))
    ben.say(public["id"], "Der Rhabarber ist reif")
    hands = Hands(window)
    sign_up(hands)
    make_a_room(hands)
    say_and_change(hands)
    react_reply_and_delete(hands)
    join(hands, public)
    look_for(hands, "rhabarber")
    dialogs_and_settings(hands)
    hands.choose("logout", back=True)
    hands.at("username")
    assert all("status of 4" in one["message"] for one in window.complaints()), "what was refused, was meant to be"


def sign_up(hands):
    hands.window.open()
    hands.at("username")
    name = short("Ann")
    hands.press(name, Keys.TAB, "not known", Keys.ENTER)
    hands.window.find("auth-error")
    hands.at("password")
    hands.press(Keys.SHIFT + Keys.HOME + Keys.NULL, PASSWORD)
    hands.choose("register")
    hands.window.wait_state("online")
    hands.at("composer")


def make_a_room(hands):
    hands.choose("create-room", back=True)
    hands.at("create-room-name")
    hands.press(" ", Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    hands.at("create-room-submit")  # it has been refused
    hands.tab_to("create-room-name", back=True)
    name = short("Küche")
    hands.press(name, Keys.TAB, "Wer kocht?", Keys.TAB, Keys.TAB)
    hands.at("create-room-submit")
    hands.press(Keys.ENTER)
    hands.window.wait_room(name)
    hands.at("composer")


def say_and_change(hands):
    window = hands.window
    hands.press("first", Keys.TAB)
    hands.at("send")
    hands.press(Keys.ENTER)
    hands.at("composer")
    hands.press("secnd", Keys.ENTER)
    window.wait_texts(["first", "secnd"])
    hands.press(Keys.ARROW_UP)
    window.find("editing")
    hands.choose("edit-cancel", back=True)
    hands.at("composer")
    hands.press(Keys.ARROW_UP)
    hands.press(Keys.BACKSPACE, Keys.BACKSPACE, "ond", Keys.ENTER)
    window.wait_texts(["first", "second"])
    hands.at("composer")


def react_reply_and_delete(hands):
    window = hands.window
    _, second = window.messages()
    hands.tab_to("message-list", back=True)
    hands.press(Keys.ARROW_UP)
    hands.at("message", id=second["id"])
    hands.choose("act-react")
    hands.at("pick")
    hands.press(Keys.ARROW_RIGHT, Keys.ENTER)
    window.find("reaction")
    hands.at("act-react")
    hands.choose("act-reply")
    hands.at("thread-composer")
    hands.press("third", Keys.ENTER)
    window.wait_texts(["first", "second", "third"])
    hands.press(Keys.ESCAPE)
    hands.at("message", id=second["id"])
    hands.choose("act-delete")
    hands.choose("delete-confirm")
    window.wait_texts(["first", "Message deleted", "third"])
    hands.seen()


def join(hands, room):
    """In the list of public rooms, which may be long: then there is a field to look for one."""
    window = hands.window
    window.reload()
    window.wait_state("online")
    window.until(lambda: window.all("public-item", room_id=room["id"]), "Ben's room")
    hands.at("composer")
    if window.all("public-filter")[0].is_displayed():
        hands.tab_to("public-filter", back=True)
        hands.press(room["name"])
        window.until(lambda: len(window.all("public-item")) == 1, "one room")
    hands.choose("join-room")
    window.wait_room(room["name"])
    window.wait_texts(["Der Rhabarber ist reif"])
    hands.at("composer")


def look_for(hands, words):
    window = hands.window
    hands.chord(Keys.CONTROL, "k")
    hands.at("search-input")
    hands.press(words)
    found = window.find("search-result").get_attribute("data-message-id")
    hands.press(Keys.ARROW_DOWN)
    hands.at("search-result")
    hands.press(Keys.ENTER)
    hands.at("message", id=found)


def dialogs_and_settings(hands):
    window = hands.window
    hands.choose("members", back=True)
    window.find("member-list")
    hands.seen()
    hands.press(Keys.ESCAPE)
    hands.at("members")
    hands.choose("new-message", back=True)
    hands.at("talk-people")
    hands.press(Keys.ESCAPE)
    hands.at("new-message")
    hands.choose("me", back=True)
    hands.at("tab-profile")
    for _ in range(10):
        if window.all("panel-content", tab="tokens"):
            break
        hands.press(Keys.ARROW_DOWN)
        tab = window.driver.execute_script(AT)[0].removeprefix("tab-")
        window.until(lambda here=tab: window.all("panel-content", tab=here), f"the tab {tab}")
    token(hands)
    hands.press(Keys.ESCAPE)
    hands.at("me")


def token(hands):
    """Makes one, and takes it back: the button asks once more."""
    window = hands.window
    if window.all("token-name"):
        hands.tab_to("token-name")
        hands.press("a program of mine")
    hands.choose("token-create")
    window.find("token-secret")
    hands.at("token-create")
    window.find("token-revoke")
    hands.choose("token-revoke")
    hands.press(Keys.ENTER)
    window.until(lambda: not window.all("token-revoke"), "no token")
    hands.seen()
