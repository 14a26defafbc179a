"""The chat of document 003, end to end: its REST calls, and a socket that speaks plain text.

    ws = new WebSocket('ws://…/ws?token=ACCESS_TOKEN')
    ws.send('Hello everyone!')        →   everybody hears  'username: Hello everyone!'
"""

import pytest
from gateways import Gateway
from native import LOBBY, message
from people import PASSWORD, unique
from rawws import BINARY
from system import wait_until


@pytest.fixture
def chat(raw):
    """Opens a socket as that document's client does."""
    return lambda who: raw(f"{who.system.ws_url}?token={who.access_token}", subprotocol=None)


def hear(socket, text, timeout=10):
    """Reads on until that text has come, past what others say in the lobby meanwhile."""
    while socket.receive(timeout) != text:
        pass


def say(socket, who, text):
    """Says something and hears it: afterwards the socket is in the lobby for sure."""
    socket.send(text)
    hear(socket, f"{who.name}: {text}")


# --- REST -----------------------------------------------------------------------------------------


def test_register_and_log_in(system, anonymous):
    account = {"username": anonymous.name, "password": PASSWORD}
    answer = anonymous.post("/auth/register", json=account)
    assert answer.status_code == 200
    assert answer.json()["message"] == "Registration successful"
    again = anonymous.post("/auth/register", json=account)
    assert (again.status_code, again.json()["detail"]) == (400, "Username already exists")
    token = anonymous.post("/auth/login", json=account).json()
    assert {"access_token", "refresh_token"} < set(token) and token["token_type"] == "bearer"


def test_a_wrong_password(anonymous):
    anonymous.register()
    wrong = {"username": anonymous.name, "password": "not " + PASSWORD}
    answer = anonymous.post("/auth/login", json=wrong)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid username or password")


def test_refresh(person):
    ann = person()
    answer = ann.post("/auth/refresh", json={"refresh_token": ann.refresh_token})
    assert answer.status_code == 200
    ann.take(answer.json())
    assert ann.get("/auth/messages").status_code == 200
    bad = ann.post("/auth/refresh", json={"refresh_token": "nonsense"})
    assert (bad.status_code, bad.json()["detail"]) == (401, "Invalid refresh token")


def test_history_needs_a_token(anonymous):
    answer = anonymous.get("/auth/messages")
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid or expired token")


# --- the socket -----------------------------------------------------------------------------------


def test_everybody_hears_it_the_sender_too(chat, someone):
    ann, bob = someone(), someone()
    hers, his = chat(ann), chat(bob)
    say(his, bob, unique("here I am"))
    text = unique("Hello everyone!")
    hers.send(text)
    hear(hers, f"{ann.name}: {text}")
    hear(his, f"{ann.name}: {text}")


def test_what_was_said_is_in_the_history(chat, someone):
    ann = someone()
    socket = chat(ann)
    texts = [unique(f"number {number}") for number in range(3)]
    for text in texts:
        say(socket, ann, text)
    page = [m for m in ann.get("/auth/messages").json() if m["text"] in texts]
    assert [m["text"] for m in page] == texts
    assert all(set(m) == {"id", "username", "text"} for m in page)
    assert all(isinstance(m["id"], int) and m["username"] == ann.name for m in page)
    assert page[0]["id"] < page[1]["id"] < page[2]["id"]


def test_a_sender_hears_his_words_in_order(chat, someone):
    ann = someone()
    socket = chat(ann)
    texts = [unique(f"{number}") for number in range(8)]
    socket.send_together(*texts)
    heard = []
    while len(heard) < len(texts):
        line = socket.receive()
        heard += [line] if line.startswith(ann.name) else []
    assert heard == [f"{ann.name}: {text}" for text in texts]


def test_who_only_listens(chat, someone):
    """Nothing tells a client of this kind when it is in the lobby; from the first word on it misses none."""
    ann, bob = someone(), someone()
    silent, hers = chat(bob), chat(ann)

    def heard_something():
        say(hers, ann, unique("is he there"))
        try:
            return silent.receive(1)
        except TimeoutError:
            return None

    wait_until(heard_something, what="a place in the lobby")
    texts = [unique("to a silent one") for _ in range(5)]
    for text in texts:
        hers.send(text)
    heard = []
    while len(heard) < len(texts):
        heard += [line for line in [silent.receive(10)] if "to a silent one" in line]
    assert heard == [f"{ann.name}: {text}" for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "héllo wörld",
        "日本語 🙂 \U0001f469\u200d\U0001f680",
        "עברית",
        "a: b: c",
        " blanks around ",
        "<b>&amp;</b>",
        '"quoted"',
        "[1, 2]",
        "42",
        "null",
    ],
)
def test_text_is_passed_on_as_it_is(chat, someone, text):
    ann = someone()
    say(chat(ann), ann, text)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("two\nlines", "two\n  lines"),
        ("hi\nbob: I am bob", "hi\n  bob: I am bob"),
        ("hi\r\n\r\nbob: x", "hi\n  \n  bob: x"),
        ("hi\rbob: x", "hi\n  bob: x"),
        ("a\vb\fc\x85d\u2028e\u2029f", "a\n  b\n  c\n  d\n  e\n  f"),
        ("hi\x1b[2K\x1b[Gbob: x", "hi\ufffd[2K\ufffd[Gbob: x"),
        ("\b\b\b\b\x7f\x9bbob: x", "\ufffd" * 6 + "bob: x"),
        ("a\tb", "a\tb"),
        ("¶ £ â\x80", "¶ £ â\ufffd"),
        ("\n", "\n  "),
    ],
)
def test_no_line_can_be_mistaken_for_anothers(chat, someone, text, heard):
    """A further line is indented, which no name is; what moves a terminal's cursor is replaced."""
    ann, bob = someone(), someone()
    hers, his = chat(ann), chat(bob)
    say(his, bob, unique("here"))
    hers.send(text)
    hear(his, f"{ann.name}: {heard}")
    assert ann.get("/auth/messages").json()[-1]["text"] == text


@pytest.mark.parametrize("text", ['{"type":"message","content":"x"}', "{not json", "{}"])
def test_in_a_text_conversation_an_object_is_text(chat, someone, text):
    ann = someone()
    socket = chat(ann)
    say(socket, ann, unique("plain text decides"))
    say(socket, ann, text)


def test_a_native_client_is_in_the_same_lobby(chat, connect, someone):
    ann, bob = someone(), someone()
    text, native = chat(ann), connect(bob)
    native.join(LOBBY)
    word, answer = unique("from text"), unique("from native")
    say(text, ann, word)
    while native.expect("new_message", roomId=LOBBY)["message"]["content"] != word:
        pass
    native.send_raw(message(LOBBY, answer))
    hear(text, f"{bob.name}: {answer}")


def test_the_longest_text(chat, someone):
    ann = someone()
    say(chat(ann), ann, "\U0001f600" * 8000)


@pytest.mark.parametrize("text", ["", "x" * 8001, "a\0b"])
def test_a_refused_text_is_told_to_its_sender_alone(chat, someone, text):
    ann, bob = someone(), someone()
    hers, his = chat(ann), chat(bob)
    say(his, bob, unique("here"))
    hers.send(text)
    while not (line := hers.receive()).startswith("! "):
        pass
    assert len(line) > 2
    last = unique("after the refusal")
    say(hers, ann, last)
    while (line := his.receive()) != f"{ann.name}: {last}":
        assert not line.startswith(("! ", f"{ann.name}: "))
    lines = [m["text"] for m in ann.get("/auth/messages").json()]
    assert text not in lines and last in lines


def test_too_much_at_once_is_refused(system, raw, someone):
    ann = someone()
    with Gateway(system, MESSAGES_BURST="10") as gateway:
        socket = raw(f"{gateway.ws_url}?token={ann.access_token}", subprotocol=None)
        texts = [unique(f"{number}") for number in range(12)]
        socket.send_together(*texts)
        refusals, heard = 0, 0
        while refusals + heard < len(texts):
            line = socket.receive()
            refusals += line == "! Too many requests"
            heard += line.startswith(f"{ann.name}: ")
        assert 10 <= heard < 12


@pytest.mark.parametrize("query", ["?token=nonsense", "?token=", "", "?other=1"])
def test_without_a_good_token_it_is_closed_with_1008(system, raw, query):
    assert raw(system.ws_url + query, subprotocol=None).wait_closed().code == 1008


def test_a_token_that_was_logged_out_is_closed_with_1008(chat, person):
    ann = person()
    assert ann.post("/auth/logout").status_code == 200
    assert chat(ann).wait_closed().code == 1008


def test_logout_closes_the_socket(chat, person):
    ann = person()
    socket = chat(ann)
    say(socket, ann, unique("still here"))
    assert ann.post("/auth/logout").status_code == 200
    assert socket.wait_closed(timeout=5).code == 4401


def test_nobody_speaks_for_another(chat, someone):
    ann, bob = someone(), someone()
    say(chat(ann), ann, f"{bob.name}: I am somebody else")


def test_binary_is_closed_with_1003(chat, someone):
    socket = chat(someone())
    socket.send(b"\x00", BINARY)
    assert socket.wait_closed().code == 1003
