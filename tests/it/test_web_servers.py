"""What holds behind every web server that quickstart can put in front, each with its own real program."""

import json
import os
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from people import unique
from system import SOURCE, System, free_port, wait_until
from test_handshake import ask

CHECKS = {  # its own test of a configuration
    "nginx": lambda home: ["nginx", "-t", "-p", home / "nginx", "-c", home / "nginx" / "nginx.conf"],
    "apache": lambda home: ["apache2", "-t", "-f", home / "apache" / "apache.conf"],
    "lighttpd": lambda home: ["lighttpd", "-tt", "-f", home / "lighttpd" / "lighttpd.conf"],
}


@pytest.fixture(scope="module", params=sorted(CHECKS))
def front(request):
    """A system with this web server in front."""
    with System(env={"CHATSPHERE_WEB": request.param}) as running:
        yield running


def test_its_configuration_passes_its_own_test(front):
    done = subprocess.run(CHECKS[front.web](front.home), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("method, target, status, code", [
    ("GET", "/nowhere", 404, "not_found"), ("GET", "/nowhere.html", 404, "not_found"),
    ("POST", "/", 405, "method_not_allowed"), ("PUT", "/index.html", 405, "method_not_allowed"),
    ("TRACE", "/", 405, "method_not_allowed"),
    ("GET", "/%00", 400, "bad_request"), ("GET", "/%zz", 400, "bad_request"), ("GET", "/%2e%2e/x", 400, "bad_request"),
    ("GET", "/api/%2e%2e/index.html", 400, "bad_request"), ("GET", "/" + "x" * 9000, 400, "bad_request"),
])
def test_what_it_answers_itself_is_a_problem_too(front, method, target, status, code):
    got, headers, body = ask(front.base_url, {"Host": "chat.example", "Content-Length": "0"}, target, method)
    assert (got, json.loads(body)["code"]) == (status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]


# --- logs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/rooms", "/ws", "/events", "/nowhere", "/%00", "/api/%2e%2e/x"])
def test_no_log_has_a_query_or_an_invitation(front, path):
    secret = unique("secret")
    ask(front.base_url, {"Host": "chat.example", "Referer": f"http://a/?{secret}"}, f"{path}?token={secret}")
    ask(front.base_url, {"Host": "chat.example"}, f"/api/invites/{secret}{path}")
    seen = httpx.get(f"{front.base_url}/api/invites/{secret}").headers["x-request-id"]
    log = front.log_dir / "access.log"
    wait_until(lambda: [line for line in log.read_text().splitlines() if seen in line and "/api/invites/***" in line],
               what="the access log")
    assert secret not in log.read_text()
    assert secret not in (front.log_dir / f"{front.web}.log").read_text()


# --- slow clients ---------------------------------------------------------------------------------

HALF_A_HEAD = b"GET /api/health HTTP/1.1\r\nHost: chat.exam"
HALF_A_BODY = (b"POST /api/rooms HTTP/1.1\r\nHost: chat.example\r\nContent-Type: application/json\r\n"
               b"Content-Length: 100\r\n\r\n{")


def has_ended(line):
    """Whether the web server has closed a connection, perhaps with an answer before."""
    line.setblocking(False)
    try:
        while line.recv(4096):
            pass
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_slow_clients_hold_no_worker_and_not_for_long(front):
    """Ten of each sort and three workers."""
    with ExitStack() as lines:
        slow = []
        for begun in [HALF_A_HEAD, HALF_A_BODY] * 10:
            slow.append(lines.enter_context(socket.create_connection(("127.0.0.1", front.port))))
            slow[-1].sendall(begun)
        began = time.monotonic()
        assert [httpx.get(f"{front.base_url}/api/health").status_code for _ in range(10)] == [200] * 10
        assert time.monotonic() - began < 5
        assert not any(has_ended(line) for line in slow)
        wait_until(lambda: all(has_ended(line) for line in slow), 20, "the end of the web server's patience")


# --- the page -------------------------------------------------------------------------------------


def test_a_file_that_has_not_changed_is_not_sent_again(front):
    for encoding in ("identity", "gzip"):
        first = httpx.get(f"{front.base_url}/chatsphere.js", headers={"Accept-Encoding": encoding})
        again = {"Accept-Encoding": encoding, "If-None-Match": first.headers["etag"]}
        assert httpx.get(f"{front.base_url}/chatsphere.js", headers=again).status_code == 304


# --- installed ------------------------------------------------------------------------------------

NGINX_MAIN = """
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{ }}
http {{
    {temporary}
    include {share}/nginx/chatsphere.conf;
}}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where `make install` has put ChatSphere; a certificate, logs and ports are of this test."""
    root = tmp_path_factory.mktemp("installed")
    build = os.environ.get("CHATSPHERE_BUILD", SOURCE)
    subprocess.run(["make", "-s", "-C", build, "install", f"prefix={root}/usr", f"sysconfdir={root}/etc"],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=chat.example",
                    "-out", "cert.pem", "-keyout", "key.pem"], cwd=root, check=True, capture_output=True)
    instead = {
        "/etc/ssl/certs/chatsphere.pem": f"{root}/cert.pem", "/etc/ssl/private/chatsphere.key": f"{root}/key.pem",
        "/var/log/nginx": f"{root}", "/var/log/apache2": f"{root}", "/var/log/lighttpd": f"{root}",
        "listen 80;": f"listen {free_port()};", "listen [::]:80;": "",
        "listen 443 ": f"listen {free_port()} ", "listen [::]:443 ssl http2;": "",
    }
    for path in (root / "usr/share/chatsphere").rglob("*.conf"):
        text = path.read_text()
        for here, there in instead.items():
            text = text.replace(here, there)
        path.write_text(text)
    return root


def passes(command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [[], ["tls.conf"], ["tls.conf", "front.conf"]])
def test_what_is_installed_for_nginx_passes_its_test(installed, options):
    share, chosen = installed / "usr/share/chatsphere", installed / "etc/chatsphere/nginx"
    chosen.mkdir(parents=True, exist_ok=True)
    for name in options:
        (chosen / name).write_text((share / "nginx" / name).read_text())
    temporary = " ".join(f"{kind}_temp_path {installed}/{kind};"
                         for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (installed / "nginx.conf").write_text(NGINX_MAIN.format(root=installed, temporary=temporary, share=share))
    passes(["nginx", "-t", "-e", installed / "error.log", "-c", installed / "nginx.conf"])


@pytest.mark.parametrize("options", [[], ["CHATSPHERE_TLS"], ["CHATSPHERE_TLS", "CHATSPHERE_FRONT"]])
def test_what_is_installed_for_apache_passes_its_test(installed, options):
    main = (SOURCE / "deploy/apache/apache.conf.in").read_text()
    words = {"STATE": installed, "LOG": installed, "USER": "", "MODULES": "/usr/lib/apache2/modules",
             "LISTEN": f"Listen {free_port()}"}
    for word, value in words.items():
        main = main.replace(f"@{word}@", str(value))
    (installed / "site.conf").write_text((installed / "usr/share/chatsphere/apache/site.conf").read_text())
    (installed / "apache.conf").write_text(main)
    passes(["apache2", "-t", "-f", installed / "apache.conf", *(word for name in options for word in ("-D", name))])


@pytest.mark.parametrize("options", [[], ["tls.conf"], ["tls.conf", "front.conf"]])
def test_what_is_installed_for_lighttpd_passes_its_test(installed, options):
    """At the end of a configuration that has said many things otherwise."""
    share, chosen = installed / "usr/share/chatsphere/lighttpd", installed / "etc/chatsphere/lighttpd"
    chosen.mkdir(parents=True, exist_ok=True)
    for name in options:
        (chosen / name).write_text((share / name).read_text())
    main = Path("/etc/lighttpd/lighttpd.conf").read_text().replace("/etc/lighttpd/conf-enabled/*", f"{share}/chatsphere")
    (installed / "lighttpd.conf").write_text(main.replace("/var/log/lighttpd", str(installed)))
    passes(["lighttpd", "-tt", "-f", installed / "lighttpd.conf"])
