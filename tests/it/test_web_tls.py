"""HTTPS and a proxy before the web server: options of every web server that stands in front of ChatSphere."""

import shutil
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import nodelay
import pytest
from people import Person
from system import System, free_port, new_home, wait_until
from test_handshake import HEAD, ask
from wsclient import NativeSocket

FRONT = "127.0.0.9"  # the proxy's address
NEAR = "127.0.0.5"  # a client's
FAR = "192.0.2.7"  # one that nobody here has

PROXY = """
daemon off;
pid {home}/proxy.pid;
error_log {home}/proxy.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    map $http_upgrade $hop {{ "" ""; default upgrade; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_bind {address};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $hop;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""


# --- HTTPS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that has signed itself, and its key."""
    place = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", "cert.pem", "-keyout", "key.pem"],
        cwd=place, check=True, capture_output=True)
    return place / "cert.pem", place / "key.pem"


@contextmanager
def trusted(cert):
    """Meanwhile clients trust this certificate; what httpx trusts is kept from one client to the next."""
    nodelay.default.create_ssl_context.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(cert))
        yield
    nodelay.default.create_ssl_context.cache_clear()


@pytest.fixture(scope="module", params=["nginx", "apache", "lighttpd"])
def secure(request, certificate):
    """A system with HTTPS, whose certificate the clients of these tests trust."""
    cert, key = certificate
    env = {"CHATSPHERE_WEB": request.param, "CHATSPHERE_TLS_PORT": str(free_port()),
           "CHATSPHERE_TLS_CERTIFICATE": str(cert), "CHATSPHERE_TLS_KEY": str(key)}
    with trusted(cert), System(env=env) as running:
        yield running


@pytest.fixture(scope="module")
def ann(secure):
    person = Person(secure).register().login()
    yield person
    person.close()


def test_rest_and_sockets_over_tls(secure, ann):
    assert ann.get("/auth/me").json()["username"] == ann.name
    assert secure.ws_url.startswith("wss://")
    socket = NativeSocket(secure.ws_url, ann.access_token, headers={"Origin": secure.base_url})
    room_id = ann.create_room()["id"]
    socket.join(room_id)
    socket.message(room_id, "in private")
    socket.close()


@pytest.mark.parametrize("path, status", [
    ("/", 200), ("/chatsphere.js", 200), ("/nowhere", 404), ("/auth/me", 200), ("/api/nothing", 404), ("/events", 422),
    ("/ws", 426), ("/%00", 400),
])
def test_every_answer_tells_browsers_to_stay_with_https(ann, path, status):
    answer = ann.get(path)
    assert answer.status_code == status
    assert answer.headers.get_list("strict-transport-security") == ["max-age=63072000"]


def test_who_comes_by_http_is_sent_to_https(secure):
    for path in ("/", "/api/rooms?public=true", "/ws"):
        answer = httpx.get(f"http://127.0.0.1:{secure.port}{path}")
        assert (answer.status_code, answer.headers["location"]) == (301, secure.base_url + path)
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("version, taken", [("1.1", False), ("1.2", True), ("1.3", True)])
def test_old_versions_of_tls_are_not_spoken(secure, version, taken):
    at = urlsplit(secure.base_url).netloc
    flags = ["--tlsv1.0", "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"]
    done = subprocess.run(["curl", "-sk", *flags, f"https://{at}/api/health"], capture_output=True)
    assert (done.returncode == 0) is taken


@pytest.mark.parametrize("path, status", [("/", 200), ("/api/health", 200), ("/events", 401), ("/ws", 400)])
def test_nginx_speaks_http_2(secure, path, status):
    if secure.web != "nginx":
        pytest.skip("the other two are set up for HTTP/1.1")
    seen = ["-w", "%{http_version} %{http_code}", "-o", "/dev/null"]
    done = subprocess.run(["curl", "-sk", "--http2", *seen, secure.base_url + path], capture_output=True, text=True)
    assert done.stdout == f"2 {status}"


# --- a proxy in front -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["nginx", "apache", "lighttpd"])
def behind(request):
    """A system that believes one proxy."""
    with System(env={"CHATSPHERE_WEB": request.param, "CHATSPHERE_FRONT": FRONT}) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(behind):
    """The address of that proxy, a real one."""
    home, port = new_home(), free_port()
    (home / "proxy.conf").write_text(PROXY.format(home=home, port=port, behind=behind.port, address=FRONT))
    process = subprocess.Popen(["nginx", "-p", home, "-e", home / "proxy.log", "-c", home / "proxy.conf"])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url), what="the proxy")
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home)


def _answers(url):
    try:
        return httpx.get(f"{url}/api/health").status_code == 200
    except httpx.HTTPError:
        return False


def seen_address(system, url, address, **headers):
    """The address that the workers see when a client at `address` logs in at `url`."""
    who = Person(system).register()
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=url, transport=transport) as client:
        answer = client.post("/auth/login", json={"username": who.name, "password": who.password}, headers=headers)
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    (session,) = httpx.get(f"{system.base_url}/auth/sessions", headers=token).json()
    return session["ip_address"]


def test_the_address_comes_through_the_proxy(behind, proxy):
    assert seen_address(behind, proxy, NEAR) == NEAR
    assert seen_address(behind, proxy, NEAR, **{"X-Forwarded-For": FAR}) == NEAR
    wait_until(lambda: f"\n{NEAR} " in (behind.log_dir / "access.log").read_text(), what="the access log")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_from_nobody_else_an_address_is_believed(behind, header):
    value = f"for={FAR}" if header == "Forwarded" else FAR
    assert seen_address(behind, behind.base_url, NEAR, **{header: value}) == NEAR


def test_the_scheme_is_the_proxys_word_only(behind, proxy):
    """A page's Origin has to be of the scheme that the socket was asked for with."""
    page = HEAD | {"Origin": "https://chat.example"}
    assert ask(proxy, page)[0] == 101
    assert ask(behind.base_url, page)[0] == 403
    assert ask(behind.base_url, page | {"X-Forwarded-Proto": "https"})[0] == 403


def test_metrics_stay_for_this_machine(behind, proxy):
    for path in ("/metrics", "/metrics/gateway"):
        assert httpx.get(proxy + path).status_code == 404
        assert httpx.get(behind.base_url + path).status_code == 200
