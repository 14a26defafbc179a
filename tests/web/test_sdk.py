"""The JavaScript SDK under Node: its unit tests, and two people who talk over a real server.

Node 18, as Debian 12 has it, is enough for the unit tests; a WebSocket comes with Node 20. What is tested
in a browser stands in test_browser.py.
"""

import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from people import unique

HERE = Path(__file__).parent
NODE = shutil.which("nodejs") or shutil.which("node")
NO_WEBSOCKET = 77
TIMEOUT = 60

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node: apt-get install nodejs")


def flags():
    """What Node 20 needs to show its WebSocket; 18 does not know the option, 22 does not need it."""
    option = "--experimental-websocket"
    known = f"process.allowedNodeEnvironmentFlags.has('{option}')"
    answer = subprocess.run([NODE, "-p", known], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    return [option] if answer.stdout.strip() == "true" else []


def test_the_units():
    tests = sorted(HERE.glob("*.test.mjs"))  # not the folder, which Node 22 does not take
    run = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, timeout=TIMEOUT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_two_people_talk_while_the_gateway_dies(system):
    command = [NODE, *flags(), str(HERE / "live.mjs"), system.base_url, unique("sdk")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as node:
        deadline = threading.Timer(TIMEOUT, node.kill)
        deadline.start()
        if node.stdout.readline() == "half\n":
            system.kill(system.gateway_pid())
        output, errors = node.communicate()
        deadline.cancel()
    if node.returncode == NO_WEBSOCKET:
        pytest.skip("this Node has no WebSocket; the browser tests cover what is left out here")
    assert node.returncode == 0, errors
    ada, ben = json.loads(output)
    assert len(set(ada["live"])) == 16
    assert ada["live"] == ada["shown"] == ben["live"] == ben["shown"]
    for author in ("Ada", "Bén"):
        mine = [text for text in ada["live"] if text.startswith(author)]
        assert mine == sorted(mine, key=lambda text: int(text.split()[-1]))
    for one in (ada, ben):
        assert one["resets"] == 0, "what was missed came by replay, not by loading the page again"
        assert one["pending"] == 0
