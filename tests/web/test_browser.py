"""The web client in real browsers, two windows against the real system.

Ann's window uses http://127.0.0.1, which a browser trusts like https; Ben's comes by a name, as from
another machine in the house, where what browsers keep for secure origins is missing. Each test has a room
of its own in the two windows. After each test neither console may have a complaint.
"""


import httpx
import pytest
from outages import no_gateway, nobody_answers
from people import PASSWORD
from window import Window, short

HOST = "chatsphere.test"
MARKUP = "<script>document.title = 'broken'</script> & <b>Grüße</b> 'quoted' \"twice\" &amp;"
FIRST_LOAD_MAX = 100 * 1024
LOADED = """
const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
return all.map(({ name }) => new URL(name).pathname).filter((path) => !/^\\/(api|auth)\\//.test(path));
"""
REFUSED = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture(scope="module")
def windows(system):
    """Two people, each signed in to a window."""
    system.wait_healthy()
    with Window(system.base_url) as ann:
        resolve = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
        with Window(f"http://{HOST}:{system.port}", flags=[resolve]) as ben:
            ann.register(short("Ännchen <i>"), PASSWORD)
            ben.register(short("Bén"), PASSWORD)
            yield ann, ben


@pytest.fixture
def pair(windows):
    """The windows, and a look into both consoles afterwards."""
    for window in windows:
        window.complaints()
    yield windows
    for window in windows:
        assert window.complaints() == []


@pytest.fixture(scope="module")
def third_window(system):
    with Window(system.base_url) as window:
        yield window


@pytest.fixture
def stranger(third_window):
    """A window in which nobody is signed in."""
    third_window.complaints()
    return third_window.forget()


@pytest.fixture
def room(pair):
    """The windows, both in a room that Ann has just made."""
    ann, ben = pair
    name = short("Küche <script>")
    ann.create_room(name, "Wer räumt auf? <b>")
    ben.reload()
    ben.join_room(name)
    for window in pair:
        window.wait_texts([])
    return pair


def talk(one, other, *texts):
    """Says the texts in turn; each is waited for in both windows, so that their order is certain."""
    said = one.texts()
    for number, text in enumerate(texts):
        (one, other)[number % 2].say(text)
        said.append(text)
        for window in (one, other):
            window.wait_texts(said)
    return said


def asked(window, path):
    """The requests to a path that have ended, however."""
    entries = "return performance.getEntriesByType('resource').map((one) => one.name)"
    return [name for name in window.driver.execute_script(entries) if name.endswith(path)]


def sent(url):
    """How many bytes of a file go over the line."""
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200, url
        return sum(len(part) for part in answer.iter_raw())


def test_two_windows_talk_in_the_lobby(pair):
    ann, ben = pair
    for window in pair:
        window.show_room("Lobby")
    talk(ann, ben, short("Hallo"), short("Grüß dich"), short("на связи"))
    assert ann.messages()[-3:] == ben.messages()[-3:]
    assert [one["author"] for one in ben.messages()[-2:]] == [ben.text("me"), ann.text("me")]


def test_names_and_texts_stay_text(room):
    ann, ben = room
    talk(ann, ben, MARKUP, "javascript:alert(1)", "see https://example.org/a?b=1&c=<d>.")
    for window in room:
        assert window.text("room-title").startswith("Küche <script>")
        assert window.messages()[0]["author"].startswith("Ännchen <i>")
        links = window.driver.execute_script("return [...document.querySelectorAll('.message a')].map((a) => a.href)")
        assert links == ["https://example.org/a?b=1&c="]
        assert "broken" not in window.driver.title


def test_a_quick_exchange_is_the_same_in_both_windows(room):
    ann, ben = room
    texts = [f"{name} {number}" for number in range(8) for name in ("ann", "ben")]
    for number in range(8):
        ann.say(f"ann {number}")
        ben.say(f"ben {number}")
    for window in room:
        window.until(lambda here=window: sorted(here.texts()) == sorted(texts), "all messages, each once")
    assert [one["id"] for one in ann.messages()] == [one["id"] for one in ben.messages()]


def test_the_gateway_dies_and_both_go_on(room, system):
    ann, ben = room
    said = talk(ann, ben, "before", "all is well")
    for window in room:
        window.mark_page()
    system.kill(system.gateway_pid())
    ann.say("while it is gone 1", "while it is gone 2")
    said += ["while it is gone 1", "while it is gone 2"]
    for window in room:
        window.wait_texts(said)
    talk(ben, ann, "after", "everything is here")
    for window in room:
        assert window.is_marked(), "the page was not loaded anew"
        assert window.texts().count("while it is gone 1") == 1


def test_a_reload_keeps_room_and_history(room):
    ann, ben = room
    said = talk(ann, ben, "one", "two", "three")
    title = ben.text("room-title")
    ben.mark_page()
    ben.reload()
    ben.until(lambda: not ben.is_marked(), "the new page")
    ben.wait_room(title)
    ben.wait_texts(said)
    talk(ben, ann, "and on")


def test_what_is_written_offline_is_sent_later(room, system):
    ann, ben = room
    said = talk(ann, ben, "here", "here, too")
    ben.offline()
    system.kill(system.gateway_pid())  # the emulation spares connections that exist
    ben.wait_state("waiting", "connecting")
    ben.say("queued 1", "queued 2")
    assert [one["state"] for one in ben.messages()[-2:]] == ["waiting", "waiting"]
    ann.say("meanwhile")
    ann.wait_texts([*said, "meanwhile"])
    ben.offline(False)
    for window in room:
        window.wait_texts([*said, "meanwhile", "queued 1", "queued 2"])


def test_what_is_queued_survives_a_reload(room, system):
    ann, ben = room
    said = talk(ann, ben, "here")
    with no_gateway(system):
        ann.wait_state("waiting", "connecting")
        ann.say("queued")
        ann.reload()
        ann.until(lambda: ann.messages() and ann.messages()[-1]["text"] == "queued", "the queued message")
        assert ann.messages()[-1]["state"] == "waiting"
    for window in room:
        window.wait_texts([*said, "queued"])


def test_older_pages_come_when_one_scrolls_up(pair, person, client_token):
    ann, _ = pair
    talker, name = person(), short("Archiv")
    room_id = talker.create_room(name=name)["id"]
    texts = [f"number {number}" for number in range(80)]
    for text in texts:  # by the client token, which no rate of a person binds
        body = {"content": text, "userId": talker.id}
        assert client_token.post(f"/api/rooms/{room_id}/messages", json=body).status_code == 201
    ann.reload()
    ann.join_room(name)
    ann.wait_texts(texts[-50:])
    ann.scroll_up()
    ann.wait_texts(texts)
    ann.until(lambda: "where the conversation begins" in ann.text("message-list"), "the beginning")


def test_a_long_draft_does_not_move_the_log(room):
    ann, ben = room
    talk(ann, ben, *(f"line {number}" for number in range(10)))
    ann.draft(*(f"row {number}" for number in range(7)))
    ann.until(ann.is_at_end, "the log stays at its end")
    ben.say("still visible")
    ann.until(lambda: ann.texts()[-1] == "still visible" and ann.is_at_end(), "the new message")


def test_a_private_room_is_for_those_who_are_added(pair):
    ann, ben = pair
    name = short("Geheim")
    for window in pair:
        window.show_room("Lobby")
    ben.say("hello")  # so that Ann has met him
    ann.until(lambda: ann.texts() and ann.texts()[-1] == "hello", "Ben in the lobby")
    ann.create_room(name, private=True)
    ben.reload()
    ben.show_room("Lobby")
    assert not ben.all("public-item", room_name=name)
    ann.add_member(ben.text("me"))
    ben.reload()
    ben.show_room(name)
    ann.say("among us")
    ben.wait_texts(["among us"])


def test_a_conversation_of_two_has_the_others_name(stranger, person):
    ann, ben = person(), person()
    room = ann.create_room(name=short("Diele"))
    body = {"recipient_id": ann.id, "content": "between us"}
    assert ben.post("/messages", json=body).status_code == 201
    stranger.sign_in(ann.name, PASSWORD)
    stranger.show_room(ben.name)
    stranger.wait_texts(["between us"])
    stranger.show_room(room["name"])  # what is listed behind it
    assert stranger.complaints() == []


def test_an_expired_token_is_renewed_unseen(room):
    ann, ben = room
    ann.driver.execute_script("localStorage.access_token = 'expired'")
    ann.mark_page()
    ann.reload()
    ann.wait_state("online")
    talk(ann, ben, "still here")
    assert all(REFUSED in one["message"] for one in ann.complaints())


def test_the_first_load_is_small(stranger, person):
    """All that comes before the rooms and what was said last can be seen, as it comes over the line."""
    ann = person()
    room_id = ann.create_room(name=short("Diele"))["id"]
    ann.say(room_id, "**Hallo**")
    stranger.sign_in(ann.name, PASSWORD)
    stranger.find("room-item", room_id=room_id).click()
    stranger.wait_texts(["Hallo"])
    stranger.reload()
    stranger.wait_texts(["Hallo"])
    paths = set(stranger.driver.execute_script(LOADED))
    assert {"/", "/app/chat.js", "/css/base.css"} <= paths
    assert sum(sent(stranger.base_url + path) for path in paths) < FIRST_LOAD_MAX


def test_what_is_wrong_with_a_name_or_a_password_is_told(stranger, person):
    name = person().name
    attempts = (
        (name, PASSWORD, "register", "Username already exists"),
        (name, "not the password", "login", "Invalid username or password"),
        (short("Neu"), "short", "register", "Password must have at least 8"),
    )
    for username, password, button, expected in attempts:
        stranger.sign_in(username, password, button)
        stranger.until(lambda text=expected: stranger.text("auth-error").startswith(text), expected)
    stranger.sign_in(name, PASSWORD)
    stranger.wait_state("online")
    assert stranger.text("me") == name
    assert all(REFUSED in one["message"] for one in stranger.complaints())


def test_what_is_asked_while_logging_out_is_given_up(stranger, person, system):
    """The answers would come when the session has ended already, and be refusals."""
    ann = person()
    stranger.sign_in(ann.name, PASSWORD)
    stranger.wait_state("online")
    stranger.create_room(short("Mine"))
    with nobody_answers(system):
        stranger.driver.execute_script("window.dispatchEvent(new Event('focus'))")  # asks for the rooms
        stranger.click("logout")
        stranger.find("login")
        with system.db() as db:  # as if the request to log out had overtaken the others
            db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s AND revoked_at IS NULL", [ann.id])
    stranger.until(lambda: asked(stranger, "/auth/logout"), "the answer to logging out")
    assert len(asked(stranger, "/api/rooms?public=true")) > 1
    assert not [one for one in stranger.complaints() if "/api/" in one["message"]]


def test_logging_out_ends_it_in_all_tabs(stranger, person):
    stranger.sign_in(person().name, PASSWORD)
    stranger.create_room(short("Mine"))
    stranger.new_tab()
    stranger.open().wait_state("online")
    stranger.click("logout")
    stranger.find("login")
    stranger.driver.close()
    stranger.first_tab()
    stranger.find("login")
    left = "return [location.hash, localStorage.access_token, localStorage.refresh_token]"
    assert stranger.driver.execute_script(left) == ["", None, None]
    assert stranger.complaints() == []


def test_a_page_without_a_socket_hears_a_room_by_an_eventsource(stranger, person):
    """The credential is a ticket, for an EventSource cannot send a header; the cursor is the browser's."""
    ann = person()
    room_id = ann.create_room()["id"]
    ticket = ann.post("/api/ws-ticket").json()["ticket"]
    stranger.open().driver.execute_script(
        """
        window.heard = [];
        const source = new EventSource(`/events?rooms=${arguments[0]}&ticket=${arguments[1]}`);
        source.onmessage = (message) => heard.push([JSON.parse(message.data), message.lastEventId]);
        """,
        room_id,
        ticket,
    )

    def heard(kind):
        return [one for one in stranger.driver.execute_script("return heard") if one[0]["type"] == kind]

    stranger.until(lambda: heard("joined"), "joined")
    said = ann.say(room_id, MARKUP)
    stranger.until(lambda: heard("new_message"), "the message")
    ((event, cursor),) = heard("new_message")
    assert (event["seq"], event["message"]["content"]) == (said["seq"], MARKUP)
    assert cursor.startswith("1")
    assert stranger.complaints() == []
