"""The Debian package: it is built from the tarball, lintian has nothing to say, it holds what is installed, and an
operator gets along with it in a Debian that has nothing else (tests/it/clean_root)."""

import os
import re
import subprocess

import pytest
from installed import SOURCE, installed

PACKAGING = SOURCE / "deploy" / "debian"

# What Debian adds, and what it compresses.
ADDED = {"usr/share/doc/chatsphere/README.Debian", "usr/share/doc/chatsphere/changelog.Debian.gz",
         "usr/share/doc/chatsphere/copyright", "usr/share/lintian/overrides/chatsphere"}

# The chapters of the story, by their first words.
STORY = ("installed", "setup", "the units' commands", "chatspherectl doctor", "upgraded", "removed",
         "what the containers run", "purged")

CACHE = SOURCE / "var-tests" / "clean-root"
whole = pytest.mark.skipif(not list(CACHE.glob("base-*.tar")) and "CHATSPHERE_ALL" not in os.environ,
                           reason="building it takes half a minute, and minutes in a root that is to be made first: "
                                  "tests/run --all, or tests/it/clean_root once")

# Whoever builds packages has these, by way of build-essential and debhelper.
ALWAYS_THERE = {"gcc", "make", "autoconf", "automake"}


def run(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(name="package", scope="module")
def _package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    run(SOURCE / "deploy" / "package", folder, DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=2")
    (package,) = folder.glob("*.deb")
    return package


def as_installed(name):
    """Where `make install` puts what the package has there: Debian's units are in /lib, and much is compressed."""
    if name.startswith(("usr/share/doc/", "usr/share/man/")):
        return name.removesuffix(".gz")
    return f"usr/{name}" if name.startswith("lib/systemd/") else name


def stated(field):
    """The packages that a field of the control file names, without versions and profiles."""
    text = (PACKAGING / "control").read_text(encoding="utf-8")
    value = re.search(rf"^{field}:((?:.*\n)(?:[ \t].*\n)*)", text, re.MULTILINE)[1]
    return {re.split(r"[\s(<]", name.strip())[0] for name in value.split(",")}


def listed(name):
    """The packages of a list in deploy/packages."""
    lines = (SOURCE / "deploy" / "packages" / name).read_text(encoding="utf-8").splitlines()
    return {line.split("#")[0].strip() for line in lines} - {""}


@whole
@pytest.mark.slow
def test_lintian_is_content(package):
    run("lintian", "--allow-root", "--fail-on", "error,warning", "--no-tag-display-limit", package)


@whole
@pytest.mark.slow
def test_it_holds_what_is_installed_and_no_more(package):
    lines = run("dpkg-deb", "-c", package).splitlines()
    held = {line.split()[5].removeprefix("./") for line in lines if not line.startswith("d")}
    assert {as_installed(name) for name in held} == installed() | {as_installed(name) for name in ADDED}
    assert all(line.split()[1] == "root/root" for line in lines)


@whole
@pytest.mark.slow
def test_what_it_depends_on(package):
    depends = {name.split()[0] for name in run("dpkg-deb", "-f", package, "Depends").split(", ")}
    # Found in the programs; and what libwebsockets loads at run time, which nothing could find.
    assert {"libpq5", "libwebsockets17", "libfcgi0ldbl", "libjwt0", "libwebsockets-evlib-ev"} <= depends
    recommends = run("dpkg-deb", "-f", package, "Recommends")
    assert "nginx | apache2 | lighttpd" in recommends and "postgresql" in recommends


def test_the_package_is_of_this_version():
    configure = (SOURCE / "configure.ac").read_text(encoding="utf-8")
    version = re.search(r"AC_INIT\(\[chatsphere\], \[(.*?)\]\)", configure)[1]
    assert re.match(rf"chatsphere \({re.escape(version)}-\d+\) ", (PACKAGING / "changelog").read_text(encoding="utf-8"))


def test_it_is_built_with_what_quickstart_builds_with():
    needed = {name for name in stated("Build-Depends") if not name.startswith(("debhelper", "dh-", "libcmocka", "python3"))}
    assert needed == listed("build") - ALWAYS_THERE


@whole
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a root directory of its own takes root")
def test_the_story_of_an_operator(package):
    told = run(SOURCE / "tests" / "it" / "clean_root", package)
    seen = [line.removeprefix("seen: ") for line in told.splitlines() if line.startswith("seen: ")]
    assert len(seen) == len(STORY)
    for line, chapter in zip(seen, STORY):
        assert line.startswith(chapter), seen
