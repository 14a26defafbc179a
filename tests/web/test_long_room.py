"""A room of thousands of messages (10,000 with --all) in a real browser: the page has some of them, the reader sees each."""

import os

import pytest
from longroom import fill
from people import PASSWORD, Person
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from window import Window, short

COUNT = 10_000 if "CHATSPHERE_ALL" in os.environ else 3_000
FAR = 1_000  # as far as the way back down goes
MOST = 200  # messages in the page
# Goes through the room, or `count` of it, by steps of nine tenths of a window. Of each frame: which messages can be seen, whether what could be
# seen before has moved by anything but the step, how many there are in the page and how long the frame took.
TRAVEL = """
const [way, count, done] = arguments;
const list = document.querySelector('[data-testid=message-list]');
const all = () => [...list.querySelectorAll('[data-testid=message]')];
const number = (li) => Number(li.querySelector('[data-testid=message-text]').textContent.match(/^#(\\d+)/)[1]);
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const told = { seen: [], most: 0, holes: [], jumps: [], frames: [] };
const known = new Set();
function look() {
  const { top, bottom } = list.getBoundingClientRect();
  const shown = all().filter((li) => {
    const box = li.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  });
  told.most = Math.max(told.most, all().length);
  const numbers = shown.map(number);
  for (let i = 1; i < numbers.length; i++) if (numbers[i] !== numbers[i - 1] + 1) told.holes.push(numbers.slice(i - 1, i + 1));
  for (const one of way < 0 ? numbers.reverse() : numbers) if (!known.has(one)) { known.add(one); told.seen.push(one); }
  return shown;
}
const ended = () => list.querySelector('.top:not([hidden]) button') === null || (way < 0
  ? list.firstElementChild.querySelector('button') === null && list.scrollTop === 0
  : list.lastElementChild.hidden && list.scrollHeight - list.scrollTop - list.clientHeight < 2);
(async () => {
  for (let idle = 0; idle < 500 && known.size < count && !(ended() && idle > 3);) {
    const shown = look();
    const marks = shown.map((li) => [li, li.getBoundingClientRect().top]);
    const before = list.scrollTop;
    list.scrollTop += way * Math.floor(list.clientHeight * 0.9);
    const step = list.scrollTop - before;
    idle = step === 0 ? idle + 1 : 0;
    const from = performance.now();
    await frame();
    told.frames.push(performance.now() - from);
    // Not the uppermost: where the page before is still to come, that one may be the first of its day, and then not.
    const [li, y] = marks.slice(marks.length >> 1).find(([one]) => one.isConnected) ?? [];
    if (li && Math.abs(li.getBoundingClientRect().top - (y - step)) > 1.5) {
      told.jumps.push([number(li), li.getBoundingClientRect().top - (y - step)]);
    }
  }
  look();
  done(told);
})();
"""
SHOWN = """
const list = document.querySelector('[data-testid=message-list]');
const { top, bottom } = list.getBoundingClientRect();
return [...list.querySelectorAll('[data-testid=message]')].filter((li) => {
  const box = li.getBoundingClientRect();
  return box.bottom > top && box.top < bottom;
}).map((li) => li.querySelector('[data-testid=message-text]').textContent.split(' ')[0]);
"""
TOP_OF = """
const { top } = document.querySelector('[data-testid=message-list]').getBoundingClientRect();
return document.querySelector(`[data-id="${arguments[0]}"]`).getBoundingClientRect().top - top;
"""


@pytest.fixture(scope="module")
def place(system):
    """Ann's window in the room, its id, and Ben, who has said half of it."""
    system.wait_healthy()
    ann, ben = (Person(system).register().login() for _ in range(2))
    room = ann.create_room(name=short("Archiv"))
    ann.add(room["id"], ben)
    fill(system, room["id"], (ann, ben), COUNT)
    with Window(system.base_url) as window:
        window.driver.set_script_timeout(120)
        window.open().sign_in(ann.name, PASSWORD)
        window.wait_state("online")
        window.show_room(room["name"])
        window.until(lambda: shown(window)[-1:] == [f"#{COUNT}"], "the end of the room")
        yield window, room["id"], ben
        assert window.complaints() == []
    for one in (ann, ben):
        one.close()


def shown(window):
    return window.driver.execute_script(SHOWN)


def press(window, *keys):
    ActionChains(window.driver).send_keys(*keys).perform()


def travel(window, way, count=COUNT + 1):
    told = window.driver.execute_async_script(TRAVEL, way, count)
    frames = sorted(told["frames"])
    print(f"{len(frames)} steps {'up' if way < 0 else 'down'}: median {frames[len(frames) // 2]:.0f} ms, "
          f"99 % {frames[len(frames) * 99 // 100]:.0f} ms, longest {frames[-1]:.0f} ms, {told['most']} in the page")
    assert told["holes"] == [], "what stands one below the other is one after the other"
    assert told["jumps"] == [], "nothing moves but by scrolling"
    assert told["most"] <= MOST
    return told["seen"]


def test_up_through_all_of_it_and_down_again(place):
    window, _, _ = place
    assert travel(window, -1) == list(range(COUNT, 0, -1))
    assert "where the conversation begins" in window.text("message-list")
    down = travel(window, 1, FAR)
    assert down == list(range(1, len(down) + 1)) and len(down) >= FAR
    window.driver.execute_script("window.real = window.fetch; window.fetch = () => Promise.reject(new TypeError('cut'))")
    for _ in range(FAR // 40):  # steps of 40 rows
        window.scroll_up()
    oldest = int(window.texts()[0].split(" ")[0][1:])
    window.driver.execute_script("window.fetch = window.real")
    assert down[-1] - 900 < oldest < down[-1] - 100, "of what is far away, memory has nothing any more"


def test_keys_lead_to_both_ends_and_from_message_to_message(place):
    window, _, _ = place
    window.driver.execute_script("document.querySelector('[data-testid=message-list]').focus()")
    focus = "return document.activeElement.querySelector('[data-testid=message-text]')?.textContent.split(' ')[0]"

    def focused():
        return window.driver.execute_script(focus)

    press(window, Keys.HOME)
    window.until(lambda: focused() == "#1" and shown(window)[0] == "#1", "the first message")
    press(window, Keys.ARROW_DOWN)
    press(window, Keys.ARROW_DOWN)
    window.until(lambda: focused() == "#3", "the third")
    at = 3
    for _ in range(12):
        press(window, Keys.PAGE_DOWN)
        window.until(lambda before=at: int(focused()[1:]) > before + 5 and focused() in shown(window), "a window further")
        at = int(focused()[1:])
    assert at > 100, "further than one page"
    press(window, Keys.PAGE_UP)
    window.until(lambda: int(focused()[1:]) < at - 5 and focused() in shown(window), "a window back")
    press(window, Keys.END)
    window.until(lambda: focused() == f"#{COUNT}" and window.is_at_end(), "the last message")


def test_what_changes_above_moves_nothing(place):
    """An edit, reactions and new messages, while somebody reads further up; and the way down."""
    window, room_id, ben = place
    window.driver.execute_script("document.querySelector('[data-testid=message-list]').scrollTop -= 1500")
    window.until(lambda: shown(window)[-1] != f"#{COUNT}", "further up")
    messages = {one["text"].split(" ")[0]: one for one in window.messages()}
    first = int(shown(window)[0][1:])
    seen = shown(window)
    mark = messages[seen[len(seen) // 2]]["id"]
    before = window.driver.execute_script(TOP_OF, mark)
    above = next(one for number, one in sorted(messages.items()) if int(number[1:]) < first and one["author"] == ben.name)
    text = f"{above['text']}\n" + "more\n" * 9 + "lines"
    assert ben.patch(f"/api/rooms/{room_id}/messages/{above['id']}", json={"content": text}).status_code == 200
    for number in (first - 2, first - 3):
        found = messages[f"#{number}"]["id"]
        assert ben.put(f"/api/rooms/{room_id}/messages/{found}/reactions/🎉").status_code == 200
    window.until(lambda: any("more\nlines" in one["text"] for one in window.messages()), "the edit")
    window.until(lambda: len(window.all("reaction")) == 2, "the reactions")
    assert abs(window.driver.execute_script(TOP_OF, mark) - before) <= 1.5
    window.driver.execute_script(
        "const style = new CSSStyleSheet(); style.replaceSync('.message .text { font-size: 19px }');"
        "document.adoptedStyleSheets = [style]"
    )
    window.until(lambda: abs(window.driver.execute_script(TOP_OF, mark) - before) <= 120, "its place, in another font")
    ben.say(room_id, f"#{COUNT + 1} new")
    window.until(lambda: window.text("jump") == "1 new message", "what is new")
    window.click("jump")
    window.until(lambda: shown(window)[-1] == f"#{COUNT + 1}" and window.is_at_end(), "the end")
    window.driver.execute_script("document.adoptedStyleSheets = []")
