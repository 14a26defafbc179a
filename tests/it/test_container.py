"""deploy/container: its rules hold, each can be broken, and the entry script asks for the health rightly.

The images were never built here: there is no container engine. What they install is the Debian package; clean_root
tries it, and the entry script with it, as the image's user and with its directories.
"""

import os
import subprocess

import pytest
import yaml
from containerlint import COMPOSE_RULES, FILE_RULES, Containerfile
from installed import SOURCE

FOLDER = SOURCE / "deploy" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (FOLDER / "compose.yaml").read_text(encoding="utf-8")

# Something to break each rule: what to replace, and by what.
BREAK_FILE = {
    "known_instructions": ("COPY src src", "ADD src src"),
    "pinned_bases": ("debian:bookworm-slim AS run", "debian:latest AS run"),
    "sources_exist": ("COPY schema schema", "COPY shema schema"),
    "whole_tree": ("COPY web web\n", ""),
    "no_secrets": ("ENV GATEWAY_LISTEN", "ENV JWT_SECRET=x\nENV GATEWAY_LISTEN"),
    "small_layers": ("&& rm -rf debian /var/lib/apt/lists/*", ""),
    "services_only": ("USER www-data\n", ""),
}
BREAK_COMPOSE = {
    "pinned_images": ("postgres:15.13-bookworm", "postgres:latest"),
    "confined": ("cap_drop: [ALL]", "cap_drop: []"),
    "healthy": ("postgres: {condition: service_healthy}", "postgres: {condition: service_started}"),
    "one_door": ("tmpfs: [/tmp, /run/postgresql]", 'ports: ["5432:5432"]'),
    "no_written_secrets": ("POSTGRES_PASSWORD_FILE: /run/secrets/postgres", "POSTGRES_PASSWORD: secret"),
    "owners_things_stay_with_the_owner": ("sockets:/run/chatsphere:ro", "owner:/run/chatsphere:ro"),
}


def findings(rule, text):
    if rule in FILE_RULES:
        return list(rule(Containerfile(text), SOURCE))
    return list(rule(yaml.safe_load(text), Containerfile(CONTAINERFILE)))


@pytest.mark.parametrize("rule", FILE_RULES + COMPOSE_RULES, ids=lambda rule: rule.__name__)
def test_rules(rule):
    text, breaks = (CONTAINERFILE, BREAK_FILE) if rule in FILE_RULES else (COMPOSE, BREAK_COMPOSE)
    assert findings(rule, text) == []
    old, new = breaks[rule.__name__]
    assert old in text
    assert findings(rule, text.replace(old, new)), "the rule does not notice what breaks it"


def test_compose_takes_the_file():
    done = subprocess.run(["docker-compose", "-f", FOLDER / "compose.yaml", "config", "-q"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_images_are_of_this_version():
    configure = (SOURCE / "configure.ac").read_text(encoding="utf-8")
    for service in yaml.safe_load(COMPOSE)["services"].values():
        name, _, version = service["image"].partition(":")
        assert name == "postgres" or f"AC_INIT([chatsphere], [{version}])" in configure


def test_nginx_takes_the_web_servers_configuration(tmp_path):
    """Without what the package installs, which has a test of its own."""
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    installed_one = "include /usr/share/chatsphere/nginx/chatsphere.conf;"
    assert installed_one in text
    (tmp_path / "nginx.conf").write_text(text.replace(installed_one, "").replace("/tmp/", f"{tmp_path}/"), "utf-8")
    done = subprocess.run(["/usr/sbin/nginx", "-t", "-e", "stderr", "-c", tmp_path / "nginx.conf"], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def entry(*arguments, **environment):
    done = subprocess.run([FOLDER / "entry", *arguments], env={**os.environ, **environment}, check=False,
                          capture_output=True, timeout=30)
    return done.returncode


def test_the_entry_script_asks_for_the_health(system):
    listen = f"unix:{system.run_dir}/ws/gateway.sock"
    assert entry("health", "api", RUN_DIR=str(system.run_dir)) == 0
    assert entry("health", "auth", RUN_DIR=str(system.run_dir)) == 0
    assert entry("health", "gateway", GATEWAY_LISTEN=listen) == 0
    assert entry("health", "nobody", RUN_DIR=str(system.run_dir)) != 0
    assert entry("health", "gateway", GATEWAY_LISTEN=listen + "x") != 0
