"""The JavaScript SDK under Node: its types, its unit tests, and two people on a real server.

Node 18, as Debian 12 has it, is enough; it has no WebSocket, so there, and once more where there is one, the
tests' own is taken. What is tested in a browser stands in test_browser.py.
"""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from native import LOBBY
from people import PASSWORD, unique
from system import wait_until

HERE = Path(__file__).parent
WEB = HERE.parent.parent / "web"
NODE = shutil.which("nodejs") or shutil.which("node")
TSC = shutil.which("tsc")
TIMEOUT = 60

needs_node = pytest.mark.skipif(NODE is None, reason="there is no Node: apt-get install nodejs")


def says(expression):
    answer = subprocess.run([NODE, "-p", expression], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    return answer.stdout.strip()


def flags():
    """What Node 20 needs to show its WebSocket; 18 does not know the option, 22 does not need it."""
    option = "--experimental-websocket"
    return [option] if says(f"process.allowedNodeEnvironmentFlags.has('{option}')") == "true" else []


def script(name, system, transport):
    """The command that runs one of the scripts with Node's WebSocket ("node") or the tests' ("own")."""
    options = flags()
    if transport == "node" and not options and says("typeof WebSocket") == "undefined":
        pytest.skip("this Node has no WebSocket; the tests' own is taken")
    return [NODE, *options, str(HERE / name), system.base_url, unique("sdk"), transport]


@pytest.mark.skipif(TSC is None, reason="there is no TypeScript: apt-get install node-typescript")
def test_the_types():
    run = subprocess.run([TSC, "-p", str(HERE)], capture_output=True, text=True, timeout=TIMEOUT)
    assert run.returncode == 0, run.stdout


@needs_node
def test_the_units():
    tests = sorted(HERE.glob("*.test.mjs"))  # not the folder, which Node 22 does not take
    run = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, timeout=TIMEOUT)
    assert run.returncode == 0, run.stdout + run.stderr


@needs_node
@pytest.mark.parametrize("transport", ["node", "own"])
def test_two_people_talk_while_the_gateway_dies(system, transport):
    command = script("live.mjs", system, transport)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as node:
        deadline = threading.Timer(TIMEOUT, node.kill)
        deadline.start()
        if node.stdout.readline() == "half\n":
            system.kill(system.gateway_pid())
        output, errors = node.communicate()
        deadline.cancel()
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


@needs_node
def test_what_two_people_do_in_a_room(system):
    system.wait_healthy()
    command = script("face.mjs", system, "own")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as node:
        deadline = threading.Timer(TIMEOUT, node.kill)
        deadline.start()
        output, errors = node.communicate()
        deadline.cancel()
    assert node.returncode == 0, output.splitlines()[-1:] + errors.splitlines()
    assert output.splitlines()[-1] == "done"


@needs_node
def test_the_bot_of_the_readme_answers(system, person, tmp_path):
    if not flags() and says("typeof WebSocket") == "undefined":
        pytest.skip("this Node has no WebSocket, and what the bot would take in its place is no dependency of ours")
    _, _, code = (WEB / "README.md").read_text(encoding="utf-8").partition("```js\n")
    (tmp_path / "bot.mjs").write_text(code.partition("```")[0], encoding="utf-8")
    (tmp_path / "web").symlink_to(WEB)
    ann, bot = person(), person()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bot)
    env = {**os.environ, "CHAT_URL": system.base_url, "BOT_NAME": bot.name, "BOT_PASSWORD": PASSWORD}

    def answered(room_id):
        return [one for one in ann.history(room_id).json()
                if one["content"].startswith("You rolled") and one["userId"] == bot.id]

    def asked_and_answered(room_id):
        """What is said before the bot has joined is not for it: so it is said again."""
        ann.say(room_id, "!roll")
        try:
            wait_until(lambda: answered(room_id), 3)
        except TimeoutError:
            return False
        return True

    with subprocess.Popen([NODE, *flags(), "bot.mjs"], cwd=tmp_path, env=env, stdout=subprocess.PIPE) as node:
        try:
            assert b"online\n" in node.stdout, "it says how its connection is"
            for place in (room_id, LOBBY):
                wait_until(lambda place=place: asked_and_answered(place), 15, "an answer of the bot")
        finally:
            node.kill()
    assert len(answered(room_id)) == 1
