"""How quick the page feels: printed, for machines differ; that what is sent arrives, and files compressed, is not."""

import pytest
from people import PASSWORD
from window import Window

READ_FILES = """
const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
const ours = entries.filter((one) => !/\\/(api|auth|ws|events)(\\/|$)/.test(new URL(one.name).pathname));
return ours.map((one) => [new URL(one.name).pathname, one.encodedBodySize, one.decodedBodySize]);
"""
SMALL = 256  # bytes: what compressing gains nothing from
# From the key that sends to the message as it stands in the log: ms until it is seen, and until it is stored.
TIME_A_MESSAGE = """
const [composer, done] = arguments, began = performance.now();
let shown = 0;
const look = () => {
  const message = [...document.querySelectorAll('[data-testid=message]')].at(-1);
  shown ||= message ? performance.now() - began : 0;
  if (message?.dataset.state !== 'stored') return;
  watch.disconnect();
  done([shown, performance.now() - began]);
};
const watch = new MutationObserver(look);
watch.observe(document.body, { subtree: true, childList: true, attributes: true });
composer.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
"""
READ_USABLE = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"


@pytest.fixture(scope="module")
def window(system):
    with Window(system.base_url) as opened:
        yield opened.register("pace", PASSWORD)


@pytest.fixture(scope="module")
def files(window):
    """The files that a new visitor fetches: (path, bytes on the wire, bytes)."""
    window.find("composer")
    return window.driver.execute_script(READ_FILES)


def test_every_file_of_it_comes_compressed(files):
    assert len(files) > 10
    assert [path for path, wire, size in files if size > SMALL and wire >= size] == []


def test_what_is_sent_is_seen_and_stored(window):
    window.create_room("pace")
    composer = window.find("composer")
    composer.send_keys("How long does it take?")
    shown, stored = window.driver.execute_async_script(TIME_A_MESSAGE, composer)
    print(f"first paint after {window.driver.execute_script(READ_USABLE):.0f} ms; a message is seen after {shown:.0f} "
          f"ms and stored after {stored:.0f} ms")
    window.wait_texts(["How long does it take?"])
