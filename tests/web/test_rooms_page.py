"""Rooms, their order and their keepers in the page: one browser, and other people over HTTP."""

import gzip
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from native import LOBBY
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from window import short

REACTIONS = """return Object.fromEntries([...document.querySelectorAll('[data-testid=reaction]')].map(
  (one) => [one.dataset.emoji, [one.ariaPressed, one.lastChild.data, one.title]]))"""
WEB = Path(__file__).parent.parent.parent / "web"
FETCHED = "return performance.getEntriesByType('resource').map((one) => one.name)"
TEXTS = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"


def reactions(window):
    """emoji → whether it is the own one, how many, the tooltip."""
    return window.driver.execute_script(REACTIONS)


def texts(window, selector):
    return window.driver.execute_script(TEXTS, selector)


def fetched(window):
    """The page's own files that it has loaded: what is on the disk, compressed as the web server does."""
    paths = {urlsplit(url).path.lstrip("/") for url in window.driver.execute_script(FETCHED)} | {"index.html"}
    return {path: len(gzip.compress((WEB / path).read_bytes(), 6)) for path in paths if (WEB / path).is_file()}


def manage(window, person, *deeds):
    """Opens what can be done about a member, and does it."""
    entry = f"[data-testid=member][data-user-id='{person.id}'] [data-testid=member-manage]"
    window.find("member", user_id=person.id)
    window.driver.find_element("css selector", entry).click()
    for deed in deeds:
        window.click(f"member-{deed}")


def marked(window):
    return window.find("room-settings").get_attribute("aria-label")


def role_of(window, person):
    return "".join(texts(window, f"[data-testid=member][data-user-id='{person.id}'] [data-testid=member-role]"))


def close_dialog(window):
    ActionChains(window.driver).send_keys(Keys.ESCAPE).perform()
    window.until(lambda: not window.driver.find_elements("css selector", "dialog[open]"), "no dialog")


def room_with(window, person, name="Küche", **fields):
    """A room of Ann's, shown, with somebody in it: its id."""
    room_id = window.create_room(short(name), **fields)
    assert person.post(f"/api/rooms/{room_id}/join").status_code == 200
    return room_id


# --- reactions --------------------------------------------------------------------------------------------


def test_own_reactions_are_known_after_a_reload_and_whose_the_others_are(window, ben):
    room_id = room_with(window, ben)
    message = ben.say(room_id, "Kuchen?")
    for emoji in "👍🎉":
        path = f"/api/rooms/{room_id}/messages/{message['id']}/reactions/{quote(emoji)}"
        assert ben.put(path).status_code == 200
    window.until(lambda: set(reactions(window)) == {"👍", "🎉"}, "both")
    window.click("reaction", emoji="👍")
    window.until(lambda: reactions(window)["👍"][:2] == ["true", "2"], "counted")
    window.reload()
    window.until(lambda: {emoji: pressed for emoji, (pressed, *_) in reactions(window).items()} == {"👍": "true", "🎉": "false"},
                 "which is the own one")
    ActionChains(window.driver).move_to_element(window.find("reaction", emoji="🎉")).perform()
    window.until(lambda: reactions(window)["🎉"][2].endswith(f": {ben.name}"), "whose it is")
    assert reactions(window)["👍"][2].endswith(f": you and {ben.name}")
    window.click("reaction", emoji="👍")
    window.until(lambda: reactions(window)["👍"][:2] == ["false", "1"], "taken back")
    assert ben.history(room_id).json()[-1]["reactions"] == {"👍": 1, "🎉": 1}


# --- what is fetched --------------------------------------------------------------------------------------


def test_dialogs_come_when_they_are_wanted(window, ben):
    room_with(window, ben)
    ActionChains(window.driver).move_to_element(window.find("message-list")).perform()  # no button is pointed at
    window.reload()
    window.wait_state("online")
    window.find("message-list")
    files = fetched(window)
    assert "app/chat.js" in files and "chatsphere.js" in files
    print(f"first load: {sum(files.values()) / 1024:.1f} KiB compressed, {len(files)} files")  # test_browser.py has the limit
    later = {f"app/{name}.js" for name in (
        "createroom", "dialogs", "forms", "gate", "invites", "members", "people", "picker", "reports", "roomdialog",
        "search", "signin", "talkdialog", "thread", "threadpane")}
    assert not (later | {"css/dialogs.css"}) & files.keys()
    ActionChains(window.driver).move_to_element(window.find("members")).perform()
    window.until(lambda: {"app/members.js", "css/dialogs.css"} <= fetched(window).keys(), "before the button is pressed")
    window.click("members")
    window.find("member", user_id=ben.id)
    close_dialog(window)


# --- keeping order ----------------------------------------------------------------------------------------


def test_who_is_banned_is_listed_and_let_in_again(window, ben):
    room_id = room_with(window, ben)
    window.click("members")
    assert not any(one.is_displayed() for one in window.all("bans")), "nobody is"
    manage(window, ben, "ban")
    assert ben.get(f"/api/rooms/{room_id}").status_code == 200, "not at the first press"
    window.click("member-ban")
    window.until(lambda: not window.all("member", user_id=ben.id), "he is gone")
    window.until(lambda: window.find("bans").text == "Banned (1)", "he is counted")
    window.click("bans")
    window.find("ban", user_id=ben.id)
    assert ben.post(f"/api/rooms/{room_id}/join").status_code == 403
    window.click("ban-lift")
    window.until(lambda: not any(one.is_displayed() for one in window.all("bans")), "nobody any more")
    assert ben.post(f"/api/rooms/{room_id}/join").status_code == 200
    window.find("member", user_id=ben.id)
    manage(window, ben, "remove", "remove")
    window.until(lambda: not window.all("member", user_id=ben.id), "removed")
    close_dialog(window)


def test_a_member_is_muted_for_as_long_as_is_chosen(window, ben):
    room_id = room_with(window, ben)
    window.click("members")
    manage(window, ben)
    Select(window.find("mute-period")).select_by_visible_text("for a week")
    window.click("member-mute")
    window.until(lambda: role_of(window, ben).startswith("member, muted until "), "until when")
    manage(window, ben, "unmute")
    window.until(lambda: role_of(window, ben) == "member", "not any more")
    manage(window, ben)
    Select(window.find("mute-period")).select_by_visible_text("until it is lifted")
    window.click("member-mute")
    window.until(lambda: role_of(window, ben) == "member, muted", "without an end")
    assert ben.post(f"/api/rooms/{room_id}/messages", json={"content": "?"}).json()["code"] == "muted"
    close_dialog(window)


def test_a_report_reaches_who_keeps_order(window, ben, person):
    ida = person()
    room_id = room_with(window, ben)
    assert ida.post(f"/api/rooms/{room_id}/join").status_code == 200
    message = ben.say(room_id, "**Unfug**")
    ida.post(f"/api/rooms/{room_id}/messages/{message['id']}/report", json={"reason": "<i>grob</i>"})
    assert marked(window) == "About this room"
    window.show_room("Lobby")
    window.click("room-item", room_id=room_id)
    window.until(lambda: marked(window) == "About this room. Something was reported", "said at the button")
    window.click("room-settings")
    window.until(lambda: window.find("room-reports").text == "Reports (1)", "counted")
    window.click("room-reports")
    report = window.find("report", message_id=message["id"])
    assert f"{ben.name}: Unfug" in report.text and "<i>grob</i>" in report.text and ida.name in report.text
    window.click("report-show")
    window.find("message", id=message["id"], found="")
    window.click("room-settings")
    window.click("room-reports")
    window.click("report-resolve")
    window.until(lambda: window.text("report-status") == "Nothing has been reported", "closed")
    close_dialog(window)
    window.until(lambda: marked(window) == "About this room", "not said any more")


def test_members_report_a_message_from_its_toolbar(window, ben):
    room = ben.create_room(name=short("Bens"))
    window.reload()
    window.join_room(room["name"])
    message = ben.say(room["id"], "Unfug")
    ActionChains(window.driver).move_to_element(window.find("message", id=message["id"])).perform()
    window.click("act-report")
    window.fill("report-reason", "grob")
    window.click("report-submit")
    window.find("report-done")
    (report,) = ben.get(f"/api/rooms/{room['id']}/reports").json()
    assert (report["messageId"], report["reason"]) == (message["id"], "grob")
    close_dialog(window)


def test_a_room_is_deleted_at_the_second_press(window, ben):
    room_id = room_with(window, ben)
    window.click("room-settings")
    window.click("room-delete")
    assert ben.get(f"/api/rooms/{room_id}").status_code == 200
    assert "Really" in window.text("room-delete")
    window.click("room-delete")
    window.until(lambda: window.text("room-title") == "Lobby", "out")
    assert ben.get(f"/api/rooms/{room_id}").status_code == 404
    window.until(lambda: not window.all("room-item", room_id=room_id), "not among the own ones")


# --- who may write ----------------------------------------------------------------------------------------


@pytest.fixture
def bens(window, ben):
    """A room of Ben's that Ann is in, shown: what changes it, and its id."""
    room = ben.create_room(name=short("Bens"))
    window.reload()
    window.join_room(room["name"])

    def change(**fields):
        assert ben.patch(f"/api/rooms/{room['id']}", json=fields).status_code == 200

    return change, room["id"]


def gates(window):
    return [one.text for one in window.all("gate") if one.is_displayed()]


def wait_open(window):
    window.until(lambda: not gates(window) and window.find("composer").is_enabled(), "it is open")


def test_an_archived_room_takes_no_text(window, bens):
    change, _ = bens
    window.find("composer").send_keys("halb")
    change(archived=True)
    window.until(lambda: "archived" in "".join(gates(window)), "it says so")
    assert not window.find("composer").is_enabled() and not window.find("send").is_enabled()
    window.show_room("Lobby")
    wait_open(window)
    window.driver.back()
    window.until(lambda: not window.find("composer").is_enabled(), "still archived")
    change(archived=False)
    wait_open(window)
    assert window.find("composer").get_property("value") == "halb", "the draft is kept"
    window.find("composer").clear()


def test_who_is_muted_sees_until_when(window, ben, bens):
    _, room_id = bens
    message = ben.say(room_id, "Ruhe")
    user_id = ben.get("/api/users", params={"query": window.text("me")}).json()[0]["id"]
    member = f"/api/rooms/{room_id}/users/{user_id}"
    assert ben.patch(member, json={"mutedUntil": "2099-01-01T00:00:00Z"}).status_code == 200
    window.until(lambda: gates(window) == ["You are muted in this room"], "without an end that matters")
    soon = (datetime.now(timezone.utc) + timedelta(minutes=10)).isoformat()
    assert ben.patch(member, json={"mutedUntil": soon}).status_code == 200
    window.until(lambda: "muted in this room until" in "".join(gates(window)), "until when")
    ActionChains(window.driver).move_to_element(window.find("message", id=message["id"])).perform()
    window.click("act-reply")
    window.until(lambda: not window.find("thread-composer").is_enabled() and len(gates(window)) == 2, "in threads, too")
    window.click("thread-close")
    assert ben.patch(member, json={"mutedUntil": None}).status_code == 200
    wait_open(window)


def test_slow_mode_counts_down_and_keeps_what_is_written(window, bens):
    change, _ = bens
    change(slowModeSeconds=3)
    window.say("eins")
    window.until(lambda: "Slow mode: you can write again in" in "".join(gates(window)), "it counts")
    window.say("zwei")
    assert window.find("composer").get_property("value") == "zwei" and not window.find("send").is_enabled()
    wait_open(window)
    window.find("composer").send_keys(Keys.ENTER)
    window.wait_texts(["eins", "zwei"])


# --- the list ---------------------------------------------------------------------------------------------


def test_rooms_stand_in_the_order_of_what_happened_last(window, ben):
    first, second = (room_with(window, ben, name) for name in ("Eins", "Zwei"))

    def order():
        ids = window.driver.execute_script(
            "return [...document.querySelectorAll('[data-testid=room-list] [data-testid=room-item]')].map((one) => one.dataset.roomId)")
        return [{first: "Eins", second: "Zwei"}[id] for id in ids if id in (first, second)], ids[:1]

    window.until(lambda: order() == (["Zwei", "Eins"], [LOBBY]), "the one made last, below the lobby")
    ben.say(first, "hier")
    window.until(lambda: order() == (["Eins", "Zwei"], [LOBBY]), "the one that was written in")
    window.reload()
    window.until(lambda: order() == (["Eins", "Zwei"], [LOBBY]), "the same from the server")


# --- searching --------------------------------------------------------------------------------------------


def test_what_is_found_reads_without_formatting_and_by_one_person(window, ben, person):
    ida = person()
    room_id = room_with(window, ben)
    assert ida.post(f"/api/rooms/{room_id}/join").status_code == 200
    word = f"zimt{uuid.uuid4().hex[:8]}"
    his = ben.say(room_id, f"**{word}** und `<i>x</i>` ~~nie~~")
    hers = ida.say(room_id, f"*{word}*?")
    window.click("search")
    window.fill("search-input", word)
    shown = "return [...document.querySelectorAll('[data-testid=search-result] .snippet')].map((one) => one.innerHTML)"
    expected = [f"<mark>{word}</mark>?", f"<mark>{word}</mark> und &lt;i&gt;x&lt;/i&gt; nie"]
    window.until(lambda: window.driver.execute_script(shown) == expected, f"{expected}")
    window.fill("search-from", ben.name)
    ids = "return [...document.querySelectorAll('[data-testid=search-result]')].map((one) => one.dataset.messageId)"
    window.until(lambda: window.driver.execute_script(ids) == [his["id"]], "his alone")
    window.fill("search-from", f"{ben.name}x")
    window.until(lambda: "Nobody here is called" in window.text("search-status") and not window.all("search-result"), "no such person")
    window.fill("search-from", "")
    window.find("search-from").send_keys(" ")
    window.find("search-result", message_id=hers["id"])
    close_dialog(window)
