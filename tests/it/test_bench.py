"""tests/bench/run pools in its short form: that it works. Nobody judges its figures."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from system import SOURCE


# Where the programs under test are (system.py).
BUILD = Path(os.environ.get("CHATSPHERE_BUILD", SOURCE / "var-tests" / "build"))


@pytest.mark.skipif(b"libasan" in (BUILD / "chatsphere-api").read_bytes(), reason="its tools are built without sanitizers")
def test_pools():
    command = [SOURCE / "tests" / "bench" / "run", "pools", "--short"]
    env = {**os.environ, "CHATSPHERE_BUILD": str(BUILD)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    rows = re.findall(r"(?m)^  ([14]) +([\d,]+) .* ([\d,]+) ", done.stdout)
    assert [workers for workers, *_ in rows] == ["1", "4"], done.stdout
    for sentence in ("a request holds its worker for", "at most, on", "workers = 1.5 ×", "HASHES_AT_ONCE=1"):
        assert sentence in done.stdout
