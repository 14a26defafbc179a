"""Three people in three browsers, in one room: what one does is what the others see, at once; and two tabs of one."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from outages import no_gateway
from people import PASSWORD
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from window import Window, short

EACH = 5
INSIDE = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
REFRESHED = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/auth/refresh')).length"


@pytest.fixture(scope="module")
def three(system):
    """Ann, Ben and Cleo, each signed in to a browser of their own."""
    system.wait_healthy()
    opened = []

    def start(name):
        opened.append(Window(system.base_url))
        opened[-1].name = f"{name} {uuid.uuid4().hex[:6]}"
        return opened[-1].register(opened[-1].name, PASSWORD)

    try:
        with ThreadPoolExecutor(3) as pool:
            yield list(pool.map(start, ("Änn", "Ben", "Cleo")))
    finally:
        for window in opened:
            window.close()


@pytest.fixture
def room(three):
    """All three in a new room, which nobody has said anything in; at last a look into the consoles."""
    ann, *others = three
    name = short("Küche")
    room_id = ann.create_room(name)
    for window in others:
        window.reload()
        window.join_room(name)
    for window in three:
        window.wait_texts([])
        window.complaints()
    yield [*three, (room_id, name)]
    for window in three:
        assert window.complaints() == []


def on_all(windows, condition, what):
    for window in windows:
        window.until(lambda here=window: condition(here), f"{what} in the window of {window.name}")


def act(window, text, action):
    """Does something with the message that says this."""
    (message_id,) = [one["id"] for one in window.messages() if one["text"] == text]
    ActionChains(window.driver).move_to_element(window.find("message", id=message_id)).perform()
    window.find("actions")
    window.click(f"act-{action}")


def says(window, testid):
    """What the first such element says at this moment, drawn anew or not."""
    return window.driver.execute_script(INSIDE, f"[data-testid={testid}]")[:1]


def inside(window, testid, **item):
    """What such elements in an item of the room list say, without what only screen readers hear."""
    ((name, value),) = item.items()
    selector = f"[data-testid=room-item][data-{name.replace('_', '-')}={value!r}] [data-testid={testid}]"
    return [text.split(" ")[0] for text in window.driver.execute_script(INSIDE, selector)]


def test_all_see_the_same_in_the_same_order(room, system):
    ann, ben, cleo, (room_id, _) = room
    windows = (ann, ben, cleo)

    def talk(window):
        for number in range(EACH):
            window.say(f"{window.name} {number}")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(talk, windows))
    whole = sorted(f"{window.name} {number}" for window in windows for number in range(EACH))
    on_all(windows, lambda here: sorted(here.texts()) == whole, "all messages, each once")
    on_all(windows, lambda here: all(one["state"] == "stored" for one in here.messages()), "all stored")
    with system.db() as db:
        query = "SELECT id::text, content FROM chat.messages WHERE room_id = %s ORDER BY seq"
        kept = db.execute(query, [room_id]).fetchall()
    for window in windows:
        assert [(one["id"], one["text"]) for one in window.messages()] == kept
        own = [text for text in window.texts() if text.startswith(window.name)]
        assert own == [f"{window.name} {number}" for number in range(EACH)]


def test_edits_reactions_and_threads_reach_the_others(room):
    ann, ben, cleo, _ = room
    windows = (ann, ben, cleo)
    ben.say("Wer kochtt?")
    on_all(windows, lambda here: here.texts() == ["Wer kochtt?"], "what Ben said")
    ben.find("composer").send_keys(Keys.ARROW_UP, Keys.BACKSPACE, Keys.BACKSPACE, "?", Keys.ENTER)
    on_all(windows, lambda here: here.texts() == ["Wer kocht?"] and here.all("edited"), "the change")
    act(cleo, "Wer kocht?", "react")
    cleo.click("pick", emoji="🎉")
    on_all(windows, lambda here: here.all("reaction", emoji="🎉"), "Cleo's reaction")
    ann.click("reaction", emoji="🎉")
    on_all(windows, lambda here: says(here, "reaction")[0].endswith("2"), "Ann's, too")
    act(ann, "Wer kocht?", "reply")
    ann.find("thread-composer").send_keys("Ich", Keys.ENTER)
    on_all(windows, lambda here: says(here, "replies") == ["1 reply"], "Ann's reply")
    ben.click("replies")
    ben.find("thread-composer").send_keys("Gut", Keys.ENTER)
    on_all(windows, lambda here: says(here, "replies") == ["2 replies"], "Ben's answer")
    on_all((ann, ben), lambda here: here.find("thread-list").text.endswith("Gut"), "the thread")
    for window in (ann, ben):
        window.click("thread-close")
    act(ben, "Wer kocht?", "delete")
    ben.click("delete-confirm")
    on_all(windows, lambda here: here.texts()[0] == "Message deleted", "the deletion")


def test_the_others_see_who_is_writing(room):
    ann, ben, cleo, _ = room
    ben.draft("ich")
    on_all((ann, cleo), lambda here: here.text("typing") == f"{ben.name} is writing…", "Ben is writing")
    cleo.draft("und ich")
    ann.until(lambda: "are writing" in ann.text("typing"), "both are")
    assert ben.name in ann.text("typing") and cleo.name in ann.text("typing")
    assert ben.name not in ben.text("typing"), "of oneself one knows"
    for window in (ben, cleo):
        window.find("composer").send_keys(Keys.ENTER)
    ann.until(lambda: len(ann.texts()) == 2 and not ann.all("typing")[0].text, "they have said it")


def test_what_is_new_elsewhere_and_who_is_there(room):
    ann, ben, cleo, (room_id, name) = room
    cleo.show_room("Lobby")
    ann.say("one", f"@{cleo.name.split()[0]} two", f"@{cleo.name} three")
    cleo.until(lambda: inside(cleo, "unread", room_id=room_id) == ["3"], "three unread")
    ben.until(lambda: len(ben.texts()) == 3 and not inside(ben, "unread", room_id=room_id), "read as they came")
    cleo.show_room(name)
    cleo.until(lambda: not inside(cleo, "unread", room_id=room_id), "read")
    ann.click("new-message")
    ann.find("talk-people").send_keys(ben.name, Keys.ENTER)
    ann.click("talk-submit")
    ann.wait_room(ben.name)
    ann.say("just between us")
    ben.until(lambda: inside(ben, "unread", room_name=ann.name) == ["1"], "Ann has written")

    def ben_is(status):
        place = f"[data-testid=room-item][data-room-name={ben.name!r}] [data-testid=presence][data-status={status}]"
        ann.until(lambda: ann.driver.find_elements("css selector", place), f"Ben, {status}")

    ben_is("online")
    ben.driver.get("about:blank")  # the browser keeps the page that he has left
    ben_is("offline")
    ben.driver.back()
    ben_is("online")


def test_two_tabs_share_one_refresh_and_one_end(room, system):
    ann, _, cleo, (_, name) = room
    cleo.new_tab()
    cleo.open().wait_state("online")
    tabs = cleo.driver.window_handles
    with no_gateway(system):
        for tab in tabs:
            cleo.driver.switch_to.window(tab)
            cleo.wait_state("waiting", "connecting")
        cleo.driver.execute_script("localStorage.access_token = 'no longer good'")
    refreshed = 0
    for tab in tabs:
        cleo.driver.switch_to.window(tab)
        cleo.wait_state("online")
        refreshed += cleo.driver.execute_script(REFRESHED)
    assert refreshed == 1
    assert all("status of 401" in one["message"] for one in cleo.complaints())
    cleo.show_room(name)
    cleo.say("still here")
    ann.until(lambda: ann.texts()[-1:] == ["still here"], "Cleo goes on")
    cleo.click("logout")
    for tab in tabs:
        cleo.driver.switch_to.window(tab)
        cleo.find("login")
    cleo.driver.close()
    cleo.first_tab()
