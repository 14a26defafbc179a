"""A text field and the list above it: what the tests of composing share."""


from people import PASSWORD
from selenium.webdriver.common.keys import Keys
from window import Window, short

OFFERED = """
const all = document.querySelectorAll('[data-testid=completion]');
return [...all].filter((one) => one.checkVisibility()).map((one) => one.dataset.name);
"""


def own_window(system):
    """Ann's window, as a fixture has it."""
    system.wait_healthy()
    with Window(system.base_url) as ann:
        ann.register(short("Ann"), PASSWORD)
        yield ann


def own_room(window, person):
    """Ann's window in a room of her own, and Ben, who is in it, as a fixture has them; at last a look into the console."""
    window.complaints()
    ben = person(name=f"{short('Ben')} O'Neil")
    room_id = window.create_room(short("Werkstatt"))
    joined = ben.post(f"/api/rooms/{room_id}/join")
    assert joined.status_code == 200, joined.text
    window.wait_texts([])
    yield window, ben, room_id
    assert window.complaints() == []


def value(window, testid="composer"):
    return window.find(testid).get_property("value")


def wait_value(window, text, testid="composer"):
    window.until(lambda: value(window, testid) == text, f"{text!r} in the {testid}")


def offered(window):
    return window.driver.execute_script(OFFERED)


def wait_offered(window, *names):
    window.until(lambda: offered(window) == list(names), f"{names} on offer")


def write(window, *keys):
    window.find("composer").send_keys(*keys)


def clear(window):
    write(window, Keys.CONTROL + "a" + Keys.NULL, Keys.BACKSPACE)
    wait_value(window, "")
