"""A browser window with the web client: what a person does in it and sees in it, for the browser tests.

One Window is one headless Chromium with a profile of its own, so two of them are two people. Elements are
found by the test ids that web/README.md lists and by nothing else. Whatever takes time is waited for by
its condition; nothing here sleeps.
"""

import json
import re
import shutil
import uuid

import scratch
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

# Of a page that something was waited for in vain: what it says.
LOOKS = """
    const texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.innerText).filter(Boolean);
    return JSON.stringify({
      address: location.hash, title: document.title, focus: document.activeElement?.dataset.testid,
      dialogs: texts('dialog[open] h2'), says: texts('[role=alert], [role=status]'),
      composer: document.querySelector('[data-testid=composer]')?.value });"""

TIMEOUT = 15
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root in a container has none
    "--disable-dev-shm-usage",  # … and a small /dev/shm
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-GB",
)
# What a broken connection or plain http writes into the console, whoever uses it; all else is a fault.
NOISE = re.compile(
    r"WebSocket connection to .* failed|net::ERR_(INTERNET_DISCONNECTED|CONNECTION_\w+)|status of 50[234]"
    r"|Cross-Origin-Opener-Policy header has been ignored"
)
READ_LIST = """
const list = document.querySelector('[data-testid=message-list]');
return [...(list?.querySelectorAll('[data-testid=message]') ?? [])].map((message) => ({
  ...message.dataset,
  author: message.querySelector('[data-testid=message-author]').textContent,
  text: message.querySelector('[data-testid=message-text]').textContent,
}));
"""
# Gone when the page is loaded anew.
MARK = "window.chatsphereTestMark = true"


def short(prefix):
    """A name that no other test has, as people would write it."""
    return f"{prefix} {uuid.uuid4().hex[:6]}"


class Window:
    """One browser window. Use it as a context manager, or call close."""

    def __init__(self, base_url, size=(1200, 800), flags=()):
        self.base_url = base_url
        self._profile = scratch.new_directory("cs-web-")
        try:
            self.driver = self._start(size, flags)
        except BaseException:
            shutil.rmtree(self._profile, ignore_errors=True)
            raise

    def _start(self, size, flags):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*FLAGS, *flags, f"--user-data-dir={self._profile}", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(flag)
        return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def preload(self, script):
        """Runs a script in every page from now on, before the page's own."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    # --- elements -------------------------------------------------------------------------------

    def until(self, condition, what, timeout=TIMEOUT):
        """Returns what condition() returns as soon as that is true. What is drawn anew meanwhile is looked for again."""
        wait = WebDriverWait(self.driver, timeout, 0.05, ignored_exceptions=[StaleElementReferenceException])
        try:
            return wait.until(lambda _: condition(), what)
        except TimeoutException:
            raise TimeoutException(f"{what}; there is {self.driver.execute_script(LOOKS)}") from None

    def all(self, testid, **data):
        """The elements with a test id and these data attributes (room_name="…" is data-room-name)."""
        selector = f"[data-testid={testid}]"
        for name, value in data.items():
            selector += f"[data-{name.replace('_', '-')}={json.dumps(value, ensure_ascii=False)}]"
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, testid, **data):
        """The first such element that is shown, as soon as there is one."""

        def shown():
            return next((element for element in self.all(testid, **data) if element.is_displayed()), None)

        return self.until(shown, f"{testid} {data or ''}".strip())

    def click(self, testid, **data):
        self.until(lambda: [self.find(testid, **data).click()], f"{testid}, to be clicked")

    def text(self, testid):
        return self.until(lambda: [self.find(testid).text], f"the text of {testid}")[0]

    # --- what a person does ---------------------------------------------------------------------

    def open(self):
        self.driver.get(self.base_url)
        return self

    def forget(self):
        """Makes the window a stranger's: one tab, nothing stored."""
        self.open().driver.execute_script("localStorage.clear()")
        return self.open()

    def fill(self, testid, value):
        field = self.find(testid)
        field.clear()
        field.send_keys(value)

    def sign_in(self, name, password, button="login"):
        """Fills in the form and submits it; what comes of it is for the caller to see."""
        self.fill("username", name)
        self.fill("password", password)
        self.click(button)

    def register(self, name, password):
        """Opens the page, makes an account and is connected."""
        self.open().sign_in(name, password, "register")
        self.wait_state("online")
        return self

    def create_room(self, name, description="", private=False):
        """Makes a room, sees it, and returns its id."""
        self.click("create-room")
        self.fill("create-room-name", name)
        self.fill("create-room-description", description)
        if private:
            self.click("create-room-private")
        self.click("create-room-submit")
        return self.wait_room(name)

    def join_room(self, name):
        """Finds a public room in the list, joins it and sees it."""
        room = self.find("public-item", room_name=name)
        room.find_element(By.CSS_SELECTOR, "[data-testid=join-room]").click()
        return self.wait_room(name)

    def show_room(self, name):
        self.click("room-item", room_name=name)
        return self.wait_room(name)

    def wait_room(self, name):
        self.until(lambda: self.text("room-title") == name, f"the room {name!r}")
        self.until(lambda: self.all("room-item", room_name=name), f"{name!r} among the own rooms")
        return self.all("room-item", room_name=name)[0].get_attribute("data-room-id")

    def say(self, *texts):
        """Writes messages, one after another, without waiting for any of them."""
        composer = self.find("composer")
        for text in texts:
            composer.send_keys(text, Keys.ENTER)

    def draft(self, *lines):
        """Writes lines into the composer and does not send them."""
        for line in lines:
            self.find("composer").send_keys(line, Keys.SHIFT + Keys.ENTER + Keys.NULL)

    def add_member(self, name):
        """Adds somebody to the shown room."""
        self.click("members")
        self.fill("add-member-name", name)
        self.click("add-member-submit")
        self.until(lambda: not self.all("member-list"), "the end of the dialog")

    def scroll_up(self):
        self.driver.execute_script("arguments[0].scrollTop = 0", self.find("message-list"))

    def is_at_end(self):
        """Whether the log is scrolled to its last message."""
        distance = "return arguments[0].scrollHeight - arguments[0].scrollTop - arguments[0].clientHeight"
        return self.driver.execute_script(distance, self.find("message-list")) < 2

    def reload(self):
        self.driver.refresh()

    def new_tab(self):
        self.driver.switch_to.new_window("tab")

    def first_tab(self):
        self.driver.switch_to.window(self.driver.window_handles[0])

    # --- what a person sees ---------------------------------------------------------------------

    def messages(self):
        """The messages on the screen, each with its data-… attributes, author and text."""
        return self.driver.execute_script(READ_LIST)

    def texts(self):
        return [message["text"] for message in self.messages()]

    def wait_texts(self, expected, timeout=TIMEOUT):
        """Returns when exactly these messages are shown, in this order, and all of them are stored."""

        def shown():
            seen = self.messages()
            return [one["text"] for one in seen] == expected and all(one["state"] == "stored" for one in seen)

        try:
            self.until(shown, "the messages", timeout)
        except Exception:
            raise AssertionError(f"not shown: {expected}\nbut: {self.messages()}") from None

    def wait_state(self, *states, timeout=TIMEOUT):
        """Returns when the connection is in one of these states."""
        self.until(
            lambda: any(self.all("connection-state", state=state) for state in states), f"connection {states}", timeout
        )

    # --- the network, the page itself ---------------------------------------------------------

    def offline(self, is_offline=True):
        """Cuts the browser's network, or gives it back."""
        conditions = {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def mark_page(self):
        """Leaves a mark that is gone when the page is loaded anew."""
        self.driver.execute_script(MARK)

    def is_marked(self):
        return self.driver.execute_script("return window.chatsphereTestMark === true")

    def complaints(self):
        """What the console has said since the last call and is the client's fault: errors and warnings."""
        entries = self.driver.get_log("browser")
        return [one for one in entries if one["level"] != "INFO" and not NOISE.search(one["message"])]
