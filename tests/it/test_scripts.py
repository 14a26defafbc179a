"""Lint of the shell scripts."""

import subprocess

from system import SOURCE


PROGRAMS = ("deploy/quickstart", "deploy/package", "deploy/debian/chatsphere.prerm", "deploy/debian/chatsphere.postrm",
            "deploy/container/entry", "tests/it/clean_root", "tests/it/cleanroot/enter", "tests/it/cleanroot/story",
            "tests/run", ".ci/run")


def test_scripts_are_clean():
    programs = [SOURCE / name for name in PROGRAMS]
    pieces = sorted((SOURCE / "deploy" / "lib").iterdir())
    for files in (programs, pieces):  # -x follows what a program sources; a piece alone must be clean too
        done = subprocess.run(["shellcheck", "-x", *files], capture_output=True, text=True, cwd=SOURCE)
        assert done.returncode == 0, done.stdout
