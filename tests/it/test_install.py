"""What `make install` puts where, that `make uninstall` leaves nothing, and what is in the tarball."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from installed import SCRIPTS, SOURCE, files_below, installed

BUILD = Path(os.environ.get("CHATSPHERE_BUILD", SOURCE))

# What is committed and not for who has the tarball.
NOT_IN_TARBALL = {".gitignore"}


def make(*arguments):
    done = subprocess.run(["make", "-s", "-C", BUILD, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(name="root", scope="module")
def _root(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    make("install", f"DESTDIR={root}", "prefix=/usr", "sysconfdir=/etc", "localstatedir=/var")
    return root


def test_the_installed_tree_is_complete_and_no_more(root):
    assert files_below(root) == installed()


def test_modes(root):
    for path in root.rglob("*"):
        wanted = 0o755 if path.is_dir() or path.parent.name == "bin" or str(path.relative_to(root)) in SCRIPTS else 0o644
        assert path.stat().st_mode & 0o7777 == wanted, path


def test_no_installed_text_names_the_place_it_was_made_in(root):
    """DESTDIR is where the files are now, not where they will be; nor has a template's @WORD@ been left."""
    for name in files_below(root):
        if not name.startswith("usr/bin/"):
            text = (root / name).read_text(encoding="utf-8")
            assert str(root) not in text and str(BUILD) not in text, name
            assert name.endswith("README.md") or not re.search(r"@[A-Z_]{2,}@", text), name


def test_uninstall_leaves_nothing(root, tmp_path):
    copy = tmp_path / "root"
    shutil.copytree(root, copy)
    make("uninstall", f"DESTDIR={copy}", "prefix=/usr", "sysconfdir=/etc", "localstatedir=/var")
    assert files_below(copy) == set()
    assert not [path for path in copy.rglob("*") if "chatsphere" in path.name]  # no empty folders of ours


@pytest.mark.skipif(not (SOURCE / ".git").exists(), reason="only a clone knows what is committed")
def test_the_tarball_holds_what_is_committed(tmp_path):
    distdir = tmp_path / "chatsphere"
    make("distdir", f"distdir={distdir}")
    done = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], capture_output=True, text=True, check=True)
    committed = set(done.stdout.strip("\0").split("\0"))
    assert committed - files_below(distdir) == NOT_IN_TARBALL
