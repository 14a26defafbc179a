"""What people write stays text: names, rooms, messages, reactions, profiles, devices, roles, wherever a page shows them.

The corpus is put in over HTTP, where no page stands in its way; then one browser visits every view. Nothing
of it may run, become an element, an attribute or an address, be shown otherwise than it was written, or
even be stopped by the Content-Security-Policy only.
"""

import uuid
from urllib.parse import quote

import pytest
from people import PASSWORD, Person
from selenium.webdriver.common.action_chains import ActionChains
from window import Window

NAMES = (
    "<img src=x onerror=hit()>",
    "\"><script>hit()</script>",
    "'-hit()-' ${hit()} {{hit()}}",
    "__proto__",
)
MESSAGES = (
    *NAMES,
    "<script>hit()</script>",
    "<svg onload=hit()><animate onbegin=hit() attributeName=x dur=1s>",
    "\" autofocus onfocus=hit() x=\"",
    "</p></li></ol><iframe srcdoc='<script>parent.hit()</script>'>",
    "</textarea><style>* { display: none }</style>",
    "<template><b>x</b></template><math><mtext></p><img src=x onerror=hit()>",
    "<a href=javascript:hit()>x</a> <form action=javascript:hit()><button>x</button>",
    "&lt;b&gt; &#60;img src=x onerror=hit()&#62; \\u003cscript\\u003ehit()\\u003c/script\\u003e",
    "＜script＞hit()＜/script＞ <scr\u200bipt>hit()</scr\u200bipt> <ſcript>hit()</ſcript>",
    "[x](javascript:hit()) ![x](x onerror=hit()) <javascript:hit()>",
    "javascript:hit()//https://example.org/a",
    "JaVaScRiPt:hit() java\tscript:hit() data:text/html,<script>hit()</script> vbscript:hit()",
    "https://example.org/\"onmouseover=\"hit() https://example.org/'onclick='hit()",
    "https://example.org/<img/src=x/onerror=hit()> http:javascript:hit()",
    "https://javascript:hit()@example.org/ //example.org/ file:///etc/passwd",
    "\u202e)(tih>tpircs<\u202c \u2067<b>\u2069 https://example.org/\u202egpj.exe",
    "e\u0301\u0300\u0302\u0303\u0308\u030a\u030b\u030c\u0327\u0328 \ufeff\u2028x\u2029y\u0085z",
)
REACTIONS = ("<img src=x onerror=hit()>", "\" onfocus=hit() autofocus x=\"", "<b>👍")
AGENT = "<script>hit()</script>/1.0 \"onload=hit()"
PRELOAD = """
window.hits = [];
window.hit = () => hits.push(new Error('run').stack);
window.alert = window.confirm = window.prompt = hit;
document.addEventListener('securitypolicyviolation', (event) => hits.push(`${event.violatedDirective} ${event.sample}`));
"""
# What is in the document and not of the client's making.
OFFENCES = r"""
const never = new Set(['iframe', 'object', 'embed', 'base', 'style', 'template', 'math', 'animate', 'set', 'audio', 'video']);
const good = new Set(['http:', 'https:', 'mailto:']);
const found = [...hits];
for (const one of document.querySelectorAll('*')) {
  const fault = (why) => found.push(`${why}: ${one.outerHTML.slice(0, 200)}`);
  if (never.has(one.localName)) fault('element');
  if (one.localName === 'script' && !/^app\/\w+\.js$/.test(one.getAttribute('src'))) fault('script');
  if (one.localName === 'img' && one.getAttribute('src') !== 'favicon.svg') fault('image');
  for (const { name, value } of one.attributes) {
    if (/^on|^srcdoc$|^form|^xlink/.test(name) && name !== 'form') fault(name);
    if (['href', 'src', 'action'].includes(name) && !good.has(new URL(value, document.baseURI).protocol)) fault(name);
    if (name === 'href' && /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(one.textContent)) fault('direction');
  }
}
return found;
"""


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as window:
        window.preload(PRELOAD)
        window.open()
        yield window


@pytest.fixture
def window(browser):
    """A window that looks into itself whenever it is asked to, and at last into the console."""
    browser.complaints()
    yield browser
    innocent(browser, "at last")
    assert browser.complaints() == []


class Corpus:
    """All of it, in a room of Ann's, in what surrounds it, and in the administration."""

    def __init__(self, system):
        key = uuid.uuid4().hex[:6]
        self.people = [Person(system, f"{name} {key}").register().login() for name in NAMES]
        self.ann, self.ben = self.people[:2]
        self.room = self.ann.create_room(name=f"{MESSAGES[4]} {key}", description=NAMES[1])
        self.public = self.ben.create_room(name=f"{NAMES[0]} room {key}", description=MESSAGES[4])
        for one in self.people[1:]:
            self.ann.add(self.room["id"], one)
        self.first = [self.ann.say(self.room["id"], text) for text in MESSAGES][0]["id"]
        banned = self.ann.delete(f"/api/rooms/{self.room['id']}/users/{self.people[3].id}", params={"ban": True})
        assert banned.status_code == 200, banned.text
        self._around_messages()
        self._around_people()

    def _around_messages(self):
        place = f"/api/rooms/{self.room['id']}/messages/{self.first}"
        for emoji in REACTIONS:
            assert self.ben.put(f"{place}/reactions/{quote(emoji, safe='')}").status_code == 200
        self.ben.say(self.room["id"], NAMES[0], parentId=self.first)
        assert self.ann.put(f"{place}/pin").status_code < 300
        reported = self.ben.post(f"{place}/report", json={"reason": "\n".join(NAMES)})
        assert reported.status_code in (200, 201), reported.text
        sent = self.ben.post("/messages", json={"recipient_id": self.ann.id, "content": MESSAGES[4]})
        assert sent.status_code == 201, sent.text

    def _around_people(self):
        for one in (self.ann, self.ben):
            answer = one.put("/api/auth/profile", json={"fullName": MESSAGES[4], "bio": "\n".join(MESSAGES)})
            assert answer.status_code == 200, answer.text
        named = {"name": MESSAGES[4][:100], "permissions": {"read": True}}
        assert self.ann.post("/api/tokens/user", json=named).status_code == 201
        self.ann.headers["User-Agent"] = AGENT
        self.ann.login()


@pytest.fixture(scope="module")
def corpus(system):
    made = Corpus(system)
    yield made
    for one in made.people:
        one.close()


@pytest.fixture
def role(system):
    """A role with a name and a description of the kind."""
    known = system.credentials()
    admin = Person(system, known["ADMIN_USERNAME"], known["ADMIN_PASSWORD"]).login()
    fields = {"name": f"{NAMES[0]} {uuid.uuid4().hex[:6]}", "description": MESSAGES[4], "permissions": {"read": True}}
    made = admin.post("/auth/roles", json=fields)
    assert made.status_code == 201, made.text
    yield admin
    assert admin.delete(f"/auth/roles/{made.json()['id']}").status_code < 300
    admin.close()


def innocent(window, view):
    assert window.driver.execute_script(OFFENCES) == [], view


def wait_text(window, testid, text):
    """One of these elements says exactly this."""

    def said():
        return window.driver.execute_script(
            "return [...document.querySelectorAll(`[data-testid=${arguments[0]}]`)].map((one) => one.textContent)", testid
        )

    window.until(lambda: text in said(), f"{text!r} as {testid}")


def close_dialogs(window):
    window.driver.execute_script("document.querySelectorAll('dialog[open]').forEach((one) => one.close())")


def tabs(window, view):
    """Each tab of the panel that is open; closes it."""
    window.find("panel-content")
    for name in [one.get_attribute("data-testid") for one in window.driver.find_elements("css selector", "[role=tab]")]:
        window.click(name)
        window.until(lambda here=name.removeprefix("tab-"): window.all("panel-content", tab=here), name)
        innocent(window, f"{view}: {name}")
        yield name.removeprefix("tab-")
    window.click("panel-close")


def test_rooms_and_messages(window, corpus):
    ann, ben = corpus.ann, corpus.ben
    window.forget().sign_in(ann.name, PASSWORD)
    window.wait_state("online")
    for name in (corpus.room["name"], ben.name):
        assert window.find("room-item", room_name=name)
    assert window.find("public-item", room_name=corpus.public["name"])
    innocent(window, "the list of rooms")
    window.show_room(corpus.room["name"])
    window.until(lambda: window.texts() == [*MESSAGES, NAMES[0]], "the messages, as they were written")
    assert {one["author"] for one in window.messages()} == {ann.name, ben.name}
    assert len(window.all("reaction")) == len(REACTIONS)
    wait_text(window, "me", ann.name)
    innocent(window, "a room")
    ActionChains(window.driver).move_to_element(window.find("message", id=corpus.first)).perform()
    window.click("act-delete")
    window.find("delete-confirm")
    innocent(window, "the question before a deletion")
    close_dialogs(window)
    window.find("composer").send_keys("@")
    window.find("completion")
    innocent(window, "whom one may name")
    window.find("composer").clear()
    window.click("replies")
    window.find("thread-composer").send_keys(MESSAGES[5])
    innocent(window, "a thread")
    window.click("thread-close")


def test_dialogs(window, corpus):
    window.forget().sign_in(corpus.ann.name, PASSWORD)
    window.wait_state("online")
    window.show_room(corpus.room["name"])
    window.click("members")
    for one in corpus.people[:3]:
        assert window.find("member", name=one.name)
    window.find("ban")
    innocent(window, "the members")
    close_dialogs(window)
    window.click("search")
    window.find("search-input").send_keys("onerror")
    window.find("search-result")
    innocent(window, "what was found")
    close_dialogs(window)
    window.click("room-settings")
    assert window.find("room-name").get_property("value") == corpus.room["name"]
    window.click("room-invite")
    innocent(window, "invitations")
    close_dialogs(window)
    window.click("room-settings")
    window.click("room-reports")
    window.find("report")
    innocent(window, "what was reported")
    close_dialogs(window)
    window.click("new-message")
    window.find("talk-people").send_keys(corpus.ben.name[:4])
    innocent(window, "whom to write to")
    close_dialogs(window)


def test_settings_and_administration(window, corpus, role):
    window.forget().sign_in(corpus.ann.name, PASSWORD)
    window.wait_state("online")
    window.click("me")
    assert {"profile", "sessions", "tokens"} <= set(tabs(window, "settings"))
    window.forget().sign_in(role.name, role.password)
    window.wait_state("online")
    window.click("admin")
    for tab in tabs(window, "administration"):
        if tab == "accounts":
            window.fill("account-search", corpus.ann.name)
            window.until(lambda: corpus.ann.name in window.text("panel-content"), "Ann among the people")
            innocent(window, "the people")
