"""The configurations that `make install` puts down for an operator's own web server: each passes its server's test.

How they behave is shown by test_fronts.py and test_web_tls.py; they are made from the same templates.
"""

import os
import subprocess
from pathlib import Path

import pytest
from system import SOURCE, free_port

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
