"""chatspherectl doctor: nothing to say about what is right, and each check seen to fail on what was broken for it."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest
from ctlprogram import FAILED, PROGRAM, USAGE, beside, operator  # noqa: F401 - a fixture
from freshhost import MAPPED, SERVICE, Host, Server
from pgcluster import new_directory
from system import free_port, let_in, wait_until

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="goes to sockets as other users of the machine: needs root")
SOCKETS = {"GATEWAY_MAX_SOCKETS": "500"}  # a machine of tests may give few descriptors


class Findings:
    """What one run of doctor says."""

    def __init__(self, done):
        self.status, self.said = done.returncode, json.loads(done.stdout)
        self.checks = {check["name"]: check for check in self.said["checks"]}
        assert done.stderr == "" and len(self.checks) == len(self.said["checks"]) == 37
        assert self.said["failures"] == len(self.named("fail")) and self.said["warnings"] == len(self.named("warn"))
        assert self.status == (FAILED if self.said["failures"] else 0)
        assert all(check["text"] and check["mend"] for check in self.checks.values() if check["state"] in ("warn", "fail"))

    def named(self, *states):
        return {name for name, check in self.checks.items() if check["state"] in states}

    def state(self, name):
        return self.checks[name]["state"]

    def text(self, name):
        return self.checks[name].get("text", "")

    def mend(self, name):
        return self.checks[name].get("mend", "")


# --- the database -----------------------------------------------------------------------------------

DATABASE = {"configuration", "application's login", "owner's login", "server version", "pooler", "encoding", "locale",
            "fsync", "full_page_writes", "synchronous_commit", "autovacuum", "idle_session_timeout", "connections",
            "clocks", "application's powers", "application's rights", "owner's rights", "migrations", "epoch", "disk"}


class Patient(Host):
    """An installed host, and a doctor who looks at its database alone: no program runs."""

    def examine(self, **env):
        command = [PROGRAM, "--config", self.file("chatsphere.env"), "doctor", "--json", "--url", "http://127.0.0.1:1",
                   "--run-dir", self.home, "--service-user", SERVICE]
        return Findings(subprocess.run(command, env=self.env | SOCKETS | env, capture_output=True, text=True,
                                       timeout=60, check=False))

    @contextmanager
    def broken(self, *statements, undo, dbname="chatsphere"):
        with self.server.connect(dbname=dbname) as admin:
            for statement in statements:
                admin.execute(statement)
            try:
                yield self
            finally:
                for statement in undo:
                    admin.execute(statement)

    def reload(self, name, wanted):
        self.server.value("SELECT pg_reload_conf()")
        wait_until(lambda: self.server.value(f"SHOW {name}") == wanted)


@pytest.fixture(scope="module")
def patient():
    server = Server()
    server.settings.pop("fsync")  # what the command line says, ALTER SYSTEM cannot change
    with server:
        server.guard(MAPPED)
        made = Patient(server)
        made.ok()
        yield made
        shutil.rmtree(made.home)


@AS_ROOT
def test_a_database_that_is_well(patient):
    found = patient.examine()
    assert found.named("ok") >= DATABASE, {name: found.checks[name] for name in DATABASE - found.named("ok")}


@AS_ROOT
@pytest.mark.parametrize("setting, state", [
    ("fsync", "fail"), ("full_page_writes", "fail"), ("autovacuum", "warn")])
def test_a_setting_of_the_server(patient, setting, state):
    with patient.broken(f"ALTER SYSTEM SET {setting} = off", undo=[f"ALTER SYSTEM RESET {setting}"]):
        patient.reload(setting, "off")
        found = patient.examine()
        allowed = patient.examine(ALLOW_WEAK_DURABILITY="true")
    patient.reload(setting, "on")
    assert found.state(setting) == state and found.text(setting).startswith("is off: ")
    assert f"ALTER SYSTEM SET {setting} = on" in found.mend(setting)
    assert allowed.state(setting) == "warn"
    assert patient.examine().state(setting) == "ok"


POWERS, RIGHTS, OWNER = "application's powers", "application's rights", "owner's rights"
UNKNOWN = "INSERT INTO chat.schema_migrations VALUES (9999, '9999_later', 'x', now(), 1, 'x')"
SHIFTED = ["CREATE SCHEMA shifted", "GRANT USAGE ON SCHEMA shifted TO chatsphere",
           "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
           " AS $$SELECT pg_catalog.clock_timestamp() - interval '5 seconds'$$",
           "ALTER ROLE chatsphere SET search_path = shifted, pg_catalog"]


@AS_ROOT
@pytest.mark.parametrize("name, state, said, break_it, undo", [
    ("synchronous_commit", "fail", "is off: acknowledged", ["ALTER ROLE chatsphere SET synchronous_commit = off"],
     ["ALTER ROLE chatsphere RESET synchronous_commit"]),
    ("idle_session_timeout", "warn", "idle for 60000 ms", ["ALTER ROLE chatsphere SET idle_session_timeout = '1min'"],
     ["ALTER ROLE chatsphere RESET idle_session_timeout"]),
    ("clocks", "fail", " ms behind this machine's", SHIFTED,
     ["ALTER ROLE chatsphere RESET search_path", "DROP SCHEMA shifted CASCADE"]),
    (POWERS, "fail", "role has SUPERUSER", ["ALTER ROLE chatsphere SUPERUSER"], ["ALTER ROLE chatsphere NOSUPERUSER"]),
    (POWERS, "fail", "role has CREATEROLE CREATEDB BYPASSRLS REPLICATION",
     ["ALTER ROLE chatsphere CREATEROLE CREATEDB BYPASSRLS REPLICATION"],
     ["ALTER ROLE chatsphere NOCREATEROLE NOCREATEDB NOBYPASSRLS NOREPLICATION"]),
    (RIGHTS, "fail", "owns the schema, or is a member", ["GRANT chatsphere_owner TO chatsphere"],
     ["REVOKE chatsphere_owner FROM chatsphere"]),
    (RIGHTS, "fail", "may write messages past the functions", ["GRANT INSERT ON chat.messages TO chatsphere"],
     ["REVOKE INSERT ON chat.messages FROM chatsphere"]),
    (RIGHTS, "fail", "is no member of chat_app", ["REVOKE chat_app FROM chatsphere"], ["GRANT chat_app TO chatsphere"]),
    (RIGHTS, "fail", "may not use the schema", ["REVOKE USAGE ON SCHEMA chat FROM chat_app"],
     ["GRANT USAGE ON SCHEMA chat TO chat_app"]),
    (OWNER, "warn", "is a superuser", ["ALTER ROLE chatsphere_owner SUPERUSER"],
     ["ALTER ROLE chatsphere_owner NOSUPERUSER"]),
    (OWNER, "fail", "does not own the schema", ["ALTER SCHEMA chat OWNER TO tester"],
     ["ALTER SCHEMA chat OWNER TO chatsphere_owner"]),
    ("migrations", "fail", "has changed since", ["UPDATE chat.schema_migrations SET checksum = 'x' || checksum"],
     ["UPDATE chat.schema_migrations SET checksum = substr(checksum, 2)"]),
    ("migrations", "fail", "9999", [UNKNOWN], ["DELETE FROM chat.schema_migrations WHERE version = 9999"]),
    ("migrations", "fail", "1 of them wait", ["UPDATE chat.schema_functions SET checksum = 'x' || checksum"],
     ["UPDATE chat.schema_functions SET checksum = substr(checksum, 2)"]),
    ("epoch", "fail", "has not been seeded", ["CREATE TABLE epoch AS TABLE chat.epoch", "DELETE FROM chat.epoch"],
     ["INSERT INTO chat.epoch SELECT * FROM epoch", "DROP TABLE epoch"]),
])
def test_something_in_the_database(patient, name, state, said, break_it, undo):
    with patient.broken(*break_it, undo=undo):
        found = patient.examine()
    assert found.state(name) == state and re.search(said, found.text(name)), found.checks[name]
    others = found.named("warn", "fail") & DATABASE - {name}
    assert others <= ({"migrations", "epoch"} if name == OWNER else set()), others
    assert patient.examine().state(name) == "ok"


@AS_ROOT
def test_a_superusers_powers_are_taken_by_the_command(patient):
    with patient.broken("ALTER ROLE chatsphere SUPERUSER BYPASSRLS", undo=[]):
        found = patient.examine()
    assert found.state(RIGHTS) == "skipped"
    command = re.search(r"-c '(.*)'", found.mend(POWERS))[1]
    with patient.broken(command, undo=[]):
        assert patient.examine().state(POWERS) == "ok"


@AS_ROOT
def test_too_few_connections(patient, tmp_path):
    wants = tmp_path / "chatsphere.target.wants"
    wants.mkdir()
    for unit in ("api@1", "api@2", "auth@1", "gateway@1"):  # 2 + 1 + 4 writers and 5 others
        (wants / f"chatsphere-{unit}.service").symlink_to("/dev/null")
    with patient.broken("ALTER ROLE chatsphere CONNECTION LIMIT 11", undo=["ALTER ROLE chatsphere CONNECTION LIMIT -1"]):
        found = patient.examine(SYSTEMD_UNIT_PATH=str(tmp_path), HASH_QUEUE="0")
        assert found.text("connections").endswith("take 12 connections, and the server gives 11")
        assert "ALTER ROLE chatsphere CONNECTION LIMIT -1" in found.mend("connections")
        assert patient.examine().state("connections") == "ok"
    assert patient.examine(SYSTEMD_UNIT_PATH=str(tmp_path)).state("connections") == "ok"


@AS_ROOT
def test_a_login_that_fails(patient):
    found = patient.examine(DATABASE_URL=f"postgresql://chatsphere:hidden@localhost:{patient.server.port}/chatsphere")
    assert "password authentication failed" in found.text("application's login")
    assert "hidden" not in json.dumps(found.said)
    assert found.state("fsync") == "skipped" and found.state("owner's login") == "ok"
    found = patient.examine(DATABASE_OWNER_URL=f"postgresql://nobody@localhost:{patient.server.port}/chatsphere")
    assert found.named("fail") & DATABASE == {"owner's login"} and found.state("migrations") == "skipped"


@AS_ROOT
def test_a_database_of_another_encoding(patient):
    with patient.broken("CREATE DATABASE elsewhere ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", undo=[]):
        url = patient.settings()["DATABASE_URL"].replace("///chatsphere", "///elsewhere")
        found = patient.examine(DATABASE_URL=url)
    patient.server.dropdb("elsewhere")
    assert found.text("encoding").startswith("is LATIN1") and found.state("encoding") == "fail"
    assert found.text("locale").startswith("LC_CTYPE is C") and found.state("locale") == "warn"


@AS_ROOT
def test_a_schema_that_is_not_there(patient):
    with patient.broken("CREATE DATABASE elsewhere OWNER chatsphere_owner", undo=[]):
        urls = {key: re.sub(r"/chatsphere(?=$|\?)", "/elsewhere", url)
                for key, url in patient.settings().items() if "URL" in key}
        found = patient.examine(**urls)
    patient.server.dropdb("elsewhere")
    assert found.text("migrations") == "there is no schema yet" and found.mend("migrations") == "chatspherectl migrate"


@AS_ROOT
@pytest.mark.skipif(not shutil.which("pgbouncer"), reason="pgbouncer is not installed")
def test_a_pooler_between(patient):
    port = free_port()
    url = f"postgresql://chatsphere@127.0.0.1:{port}/chatsphere"
    with pgbouncer(patient, port):
        dropped, mixed_up = (patient.examine(DATABASE_URL=url) for _ in range(2))
    with patient.broken("ALTER ROLE chatsphere SET statement_timeout = '10s'",
                        "ALTER ROLE chatsphere SET timezone = 'UTC'", undo=["ALTER ROLE chatsphere RESET ALL"]):
        with pgbouncer(patient, port):
            kept = patient.examine(DATABASE_URL=url)
    assert dropped.state("pooler") == "fail" and "drops them" in dropped.text("pooler")
    assert "a pooler in transaction or statement mode" in mixed_up.text("application's login")
    assert kept.state("pooler") == "warn" and "only session mode is safe" in kept.text("pooler")


@contextmanager
def pgbouncer(patient, port):
    """In transaction mode, as one finds it; it lets everybody in, and comes to the server as chatsphere."""
    home, server = new_directory(), patient.server
    (home / "users").write_text('"chatsphere" ""\n')
    (home / "ini").write_text(
        f"[databases]\n* = host={server.home} port={server.port} user=chatsphere\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\nauth_file = {home}/users\n"
        f"pool_mode = transaction\nignore_startup_parameters = options,extra_float_digits\nunix_socket_dir =\n")
    for path in (home, *home.iterdir()):
        shutil.chown(path, SERVICE)
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(["pgbouncer", home / "ini"], user=SERVICE, group=SERVICE, extra_groups=[],
                                   stdout=log, stderr=log)
    try:
        wait_until(lambda: listens(port), what="pgbouncer")
        yield
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home)


def listens(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@AS_ROOT
def test_a_disk_that_is_nearly_full(tmp_path):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=260m", "none", tmp_path], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("may not mount a small file system")
    server = Server()
    try:
        (tmp_path / "data").mkdir()
        let_in(tmp_path)
        shutil.chown(tmp_path / "data", "postgres")
        server.data = tmp_path / "pg"
        shutil.chown(tmp_path, "postgres")
        with server:
            server.guard(MAPPED)
            host = Patient(server)
            host.ok("--no-admin")
            found = host.examine()
            shutil.rmtree(host.home)
    finally:
        server.close()
        subprocess.run(["umount", tmp_path], check=True)
    assert found.state("disk") == "fail" and re.search(r"pg has \d+ MiB left", found.text("disk")), found.text("application's login")


# --- this machine -----------------------------------------------------------------------------------


@pytest.fixture
def doctor(system):
    """Examines the running system: doctor(option…, KEY=value…)."""
    operator = beside(system)

    def examine(*options, url=None, **env):
        operator.env |= SOCKETS | {"RUN_DIR": str(system.run_dir / "api")} | env
        done = operator.run("doctor", "--json", "--url", url or system.base_url, "--service-user", SERVICE, *options)
        return Findings(done)

    return examine


@contextmanager
def changed(path, mode=None, user=None):
    before = path.stat()
    if mode is not None:
        path.chmod(mode)
    if user:
        shutil.chown(path, user, user)
    try:
        yield
    finally:
        os.chown(path, before.st_uid, before.st_gid)
        path.chmod(before.st_mode & 0o7777)


@AS_ROOT
def test_a_system_that_is_well(doctor, system):
    found = doctor()
    assert found.named("warn", "fail", "skipped") == {"transport"}, found.said
    done = beside(system).run("doctor", "--url", system.base_url)
    assert re.search(r"^\d+ ok, \d to look at, 0 wrong, \d not looked at$", done.stdout, re.MULTILINE)


@AS_ROOT
@pytest.mark.parametrize("socket_name, check", [
    ("api.sock", "api socket"), ("auth.sock", "auth socket"), ("ws/gateway.sock", "gateway sockets")])
def test_a_socket_that_is_open_to_all(doctor, system, socket_name, check):
    with changed(system.run_dir / socket_name, mode=0o666):
        found = doctor()
    assert found.state(check) == "fail" and "mode 0666: every user of this machine" in found.text(check)
    with changed(system.run_dir / socket_name, mode=0o600):
        assert "has the mode 0600" in doctor().text(check)
    assert doctor().state(check) == "ok"


@AS_ROOT
@pytest.mark.parametrize("socket_name, check", [
    ("api.sock", "api workers"), ("auth.sock", "auth workers"), ("ws/gateway.sock", "gateways")])
def test_a_socket_that_the_web_server_may_not_use(doctor, system, socket_name, check):
    with changed(system.run_dir / socket_name, user="root"):
        found = doctor()
    assert found.state(check) == "fail" and "root:root 0660" in found.text(check), found.checks[check]
    assert found.mend(check).startswith("chgrp www-data ")


@AS_ROOT
def test_sockets_that_are_not_there(doctor):
    with empty_run_dir() as place:
        found = doctor("--run-dir", str(place))
    for check in ("api socket", "auth socket", "gateway sockets"):
        assert "there is no socket" in found.text(check) and "systemctl enable --now" in found.mend(check)
    assert {"api workers", "auth workers", "gateways"} <= found.named("skipped")


@AS_ROOT
def test_what_another_host_serves_is_not_missed(doctor, tmp_path):
    (tmp_path / "chatsphere.target.wants").mkdir()
    (tmp_path / "chatsphere.target.wants/chatsphere-gateway@1.service").symlink_to("/dev/null")
    with empty_run_dir() as place:
        found = doctor("--run-dir", str(place), SYSTEMD_UNIT_PATH=str(tmp_path))
    assert {"api socket", "auth socket", "api workers"} <= found.named("skipped")
    assert found.text("api socket") == "chatsphere-api is not enabled on this machine, and others are"
    assert found.state("gateway sockets") == "fail"


@contextmanager
def empty_run_dir():
    place = new_directory()
    (place / "ws").mkdir()
    yield place
    shutil.rmtree(place)


@contextmanager
def listener(path, says):
    """A program that answers whoever connects with these bytes; None: it has ended, its socket is left."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o660)
        shutil.chown(path, SERVICE, SERVICE)
        server.listen(8)
        if says is not None:
            threading.Thread(target=serve, args=(server, says), daemon=True).start()
        else:
            server.close()
        yield


def serve(server, says):
    with suppress(OSError):
        while True:
            connection = server.accept()[0]
            connection.recv(4096)
            connection.sendall(says)
            connection.close()


@AS_ROOT
@pytest.mark.parametrize("says, said", [
    (None, "Connection refused"), (b"", "Connection reset"), (b"SSH-2.0-nothing of ours\r\n", "Connection reset"),
    (b"\1\6\0\1\0\x17\0\0Status: 404 Not Found\r\n\1\3\0\1\0\0\0\0", "answers otherwise than a worker")])
def test_somebody_else_behind_the_socket(doctor, says, said):
    with empty_run_dir() as place, listener(place / "api.sock", says):
        found = doctor("--run-dir", str(place))
    assert found.state("api workers") == "fail" and said in found.text("api workers"), found.checks["api workers"]


@AS_ROOT
def test_a_gateway_that_is_away(doctor):
    with empty_run_dir() as place:
        found = doctor("--run-dir", str(place), GATEWAY_LISTEN="127.0.0.1:1")
        assert found.state("gateway sockets") == "ok" and "http://127.0.0.1:1/health: " in found.text("gateways")
        with listener(place / "ws/gateway-1.sock", b"HTTP/1.1 404 Not Found\r\n\r\n"):
            assert "answers 404" in doctor("--run-dir", str(place)).text("gateways")


@AS_ROOT
def test_too_few_descriptors(doctor):
    found = doctor(GATEWAY_MAX_SOCKETS="1000000")
    assert found.state("descriptors") == "warn"
    assert re.match(r"a gateway may open \d+ files: .* GATEWAY_MAX_SOCKETS, which needs 1000064$", found.text("descriptors"))
    assert "LimitNOFILE=1000064" in found.mend("descriptors")


@AS_ROOT
@pytest.mark.parametrize("mode, user, said", [(0o777, None, "every user may write there"),
                                              (0o700, "root", "Permission denied")])
def test_a_run_directory_that_is_wrong(doctor, system, mode, user, said):
    with changed(system.run_dir / "api", mode, user):
        found = doctor()
    assert found.state("run directory") == "fail" and said in found.text("run directory")


@AS_ROOT
def test_a_configuration_that_is_wrong(doctor):
    found = doctor(LOG_LEVEL="loud")
    assert found.text("configuration") == "environment: LOG_LEVEL: must be one of error|warn|info|debug"
    assert found.named("fail") == {"configuration"}  # the rest is looked at nevertheless


# --- through the web server -------------------------------------------------------------------------

NGINX = """\
daemon off;
user www-data;
pid {home}/pid;
error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    {server}
}}
"""


@contextmanager
def nginx(server):
    """A web server of one's own with this inside its http block: where its files are."""
    home = new_directory()
    (home / "nginx.conf").write_text(NGINX.format(home=home, server=server.replace("@HOME@", str(home))))
    if "ssl" in server:
        certify(home)
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", home, "-e", home / "error.log", "-c", home / "nginx.conf"],
                               stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: (home / "pid").exists() or process.poll() is not None)
        assert process.poll() is None, (home / "error.log").read_text()
        yield home
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home)


def certify(home):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", home / "key", "-out", home / "cert", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)


@pytest.fixture
def rendered(system):
    """The configuration of the running system, to be changed: (text, port it listens on then)."""
    path = system.home / "nginx" / "chatsphere.conf"
    if not path.exists():
        pytest.skip("the system under test has another web server")
    port = free_port()
    return re.sub(r"^\s*listen .*$", f"listen {port} @TLS@;", path.read_text(), flags=re.MULTILINE), port


@AS_ROOT
@pytest.mark.parametrize("check, state, said, pattern, instead", [
    ("raw paths", "fail", "paths are decoded", r"(fastcgi_param REQUEST_URI +)\$request_uri", r"\1$uri"),
    ("credentials", "fail", "does not reach the workers", r"(fastcgi_param SERVER_NAME)",
     r'fastcgi_param HTTP_AUTHORIZATION ""; \1'),
    ("request id", "warn", "no X-Request-Id", r"(fastcgi_keep_conn)", r"fastcgi_hide_header X-Request-Id; \1"),
    ("websocket", "fail", "does not reach the gateway", r"proxy_set_header Upgrade [^;]*;", ""),
    ("event streams", "fail", "/events answers 404", r"\(\?:ws\|events\)", "ws"),
    ("security headers", "fail", "comes without X-Frame-Options$", r"add_header X-Frame-Options [^;]*;", ""),
    ("web server", "fail", "answers 503", r"(server unix:)[^ ;]*/api.sock", r"\1/nowhere"),
    ("web server", "fail", "answers 404", r"auth\|api\|messages", "auth|messages"),
])
def test_a_web_server_that_does_it_otherwise(doctor, rendered, check, state, said, pattern, instead):
    text, port = rendered
    broken, n = re.subn(pattern, instead, text.replace("@TLS@", ""))
    assert n
    with nginx(broken):
        found = doctor(url=f"http://127.0.0.1:{port}")
    assert found.state(check) == state and re.search(said, found.text(check)), found.checks[check]
    assert found.named("fail", "warn") == {check}


@AS_ROOT
def test_a_web_server_that_is_not_ready(doctor, rendered):
    text, port = rendered
    with nginx(re.sub(r"(server \{\n)", r"\1location = /api/ready { return 503; }\n", text.replace("@TLS@", ""))):
        found = doctor(url=f"http://127.0.0.1:{port}/")
    assert found.text("ready") == "/api/ready answers 503" and found.named("fail") == {"ready"}


@AS_ROOT
def test_a_web_server_that_is_away(doctor):
    found = doctor(url="http://127.0.0.1:1")
    assert "http://127.0.0.1:1/api/health: " in found.text("web server")
    assert {"credentials", "transport"} <= found.named("skipped")


@AS_ROOT
def test_the_way_there(doctor, rendered):
    text, port = rendered
    tls = "ssl; ssl_certificate @HOME@/cert; ssl_certificate_key @HOME@/key"
    with nginx(text.replace("@TLS@", "")):
        found = doctor(url=f"http://0.0.0.0:{port}")
        assert found.state("transport") == "warn" and "in the clear" in found.text("transport")
    with nginx(text.replace("@TLS@", tls)) as home:
        url = f"https://localhost:{port}"
        assert "certificate" in doctor(url=url).text("web server")
        found = doctor(url=url, SSL_CERT_FILE=str(home / "cert"))
        assert "no Strict-Transport-Security" in found.text("transport") and found.state("transport") == "warn"
    header = 'add_header Strict-Transport-Security "max-age=31536000" always;'
    with nginx(re.sub(r"(add_header X-Frame-Options)", rf"{header} \1", text).replace("@TLS@", tls)) as home:
        assert doctor(url=url, SSL_CERT_FILE=str(home / "cert")).state("transport") == "ok"


def test_the_public_address_is_an_option(operator):
    done = operator.run("doctor", "--json", "--run-dir", "/nowhere")
    assert "http://127.0.0.1/api/health" in done.stdout
    operator.env["PUBLIC_URL"] = "http://127.0.0.1:1/"
    try:
        assert "http://127.0.0.1:1/api/health" in operator.run("doctor", "--json", "--run-dir", "/nowhere").stdout
    finally:
        del operator.env["PUBLIC_URL"]


@pytest.mark.parametrize("args, said", [
    (["--web-user", "nobody-there"], "there is no user nobody-there"), (["--url"], "--url needs a value"),
    (["everything"], 'what is "everything"?')])
def test_wrong_arguments(operator, args, said):
    assert said in operator.fails("doctor", *args, status=USAGE)
