"""What is counted: the form of the answer, that numbers move by exactly what happened, that a killed worker
takes nothing with it, and that nobody hears them from elsewhere."""

import httpx
import pytest
from gateways import Gateway
from native import message, post_by_sql
from promtext import TYPE, Malformed, Metrics
from rawws import HandshakeRefused
from system import SOURCE, wait_until
from wsclient import NativeSocket

API, GATEWAY = "chatsphere_api_", "chatsphere_gateway_"
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def read(url, **options):
    answer = httpx.get(url, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TYPE
    return Metrics(answer.text)


@pytest.fixture
def workers(system):
    """Reads the workers' metrics."""
    return lambda: read(f"{system.base_url}/metrics")


@pytest.fixture
def gateway(system):
    """A gateway of its own: nobody else counts there."""
    with Gateway(system) as one:
        one.metrics = lambda: read(f"http://127.0.0.1:{one.port}/metrics")
        yield one


@pytest.fixture
def connect_to():
    """Opens native sockets at a gateway: connect_to(gateway, person)."""
    opened = []

    def open_one(at, who):
        opened.append(NativeSocket(at.ws_url, token=who.access_token))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def moved(before, after, name, **labels):
    return after.one(name, **labels) - before.one(name, **labels)


# --- the form -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "# HELP a b\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a b\n# TYPE a gauge\nb 1\n",
        "# HELP a b\n# TYPE a gauge\n# TYPE a gauge\na 1\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a b\n# TYPE a counter\na 1\n",
        "# HELP a b\n# TYPE a gauge\na 1",
        '# HELP a b\n# TYPE a gauge\na{b="c"",d="e"} 1\n',
        '# HELP a b\n# TYPE a gauge\na{b="c",} 1\n',
        '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
        '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n',
        '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
    ],
)
def test_the_reader_is_strict(text):
    with pytest.raises((Malformed, KeyError)):
        Metrics(text)


def test_all_that_is_listed_is_there(system, workers):
    for program, found in (("api", workers()), ("gateway", read(f"{system.base_url}/metrics/gateway"))):
        text = (SOURCE / "doc" / f"metrics-{program}.txt").read_text(encoding="utf-8")
        rows = [line.split("\t") for line in text.splitlines()]
        listed = {name: (kind, help_text) for name, kind, _, help_text in rows}
        assert {name: (kind, found.helps[name]) for name, kind in found.types.items()} == listed


# --- the gateway ----------------------------------------------------------------------------------


def test_deliveries_are_counted_to_the_last_one(gateway, connect_to, room):
    ann, _, room_id = room
    sockets = [connect_to(gateway, ann) for _ in range(5)]
    for socket in sockets:
        socket.join(room_id)
    before = gateway.metrics()
    for text in ("one", "two", "three"):
        sockets[0].message(room_id, text)
    for socket in sockets:
        socket.wait_messages(room_id, 3)
    after = gateway.metrics()

    def more(name, **labels):
        return moved(before, after, GATEWAY + name, **labels)

    assert after.one(GATEWAY + "connections", dialect="native") == 5
    assert after.one(GATEWAY + "connections_authenticated") == 5
    assert (after.one(GATEWAY + "rooms"), after.one(GATEWAY + "subscriptions")) == (1, 5)
    assert more("deliveries_total") == 15
    assert more("delivery_seconds_count") == 15
    assert more("events_total") == more("events_own_total") == more("messages_posted_total") == 3
    assert more("batch_messages_sum") == 3
    assert 1 <= more("batch_messages_count") == more("commit_seconds_count") <= 3
    assert more("commit_seconds_sum") > 0
    assert more("received_frames_total", operation="message") == 3
    assert more("received_bytes_total") > 3 * 80
    assert more("bell_entries_total") >= 3
    assert more("sent_frames_total") >= 15 + 3  # and the acks; presence comes when it comes
    assert more("connections_opened_total") == 0


def test_a_repeated_message_is_no_new_one(gateway, connect_to, room):
    ann, _, room_id = room
    socket = connect_to(gateway, ann)
    socket.join(room_id)
    before = gateway.metrics()
    for _ in range(2):
        socket.message(room_id, "hello", client_id="the same")
    after = gateway.metrics()
    assert moved(before, after, GATEWAY + "messages_posted_total") == 1
    assert moved(before, after, GATEWAY + "messages_repeated_total") == 1


def test_a_resume_is_counted_by_its_outcome(gateway, connect_to, room):
    ann, bob, room_id = room
    reader, writer = (connect_to(gateway, one) for one in (ann, bob))
    at = reader.join(room_id)
    writer.join(room_id)
    writer.message(room_id, "missed")
    reader.expect("new_message")
    before = gateway.metrics()
    assert reader.join(room_id, at["lastSeq"], at["epoch"])["recovered"]
    assert not reader.join(room_id, at["lastSeq"], "another:1")["recovered"]
    after = gateway.metrics()
    outcomes = {one: moved(before, after, GATEWAY + "resumes_total", outcome=one) for one in ("ring", "table", "not_recovered")}
    assert outcomes == {"ring": 1, "table": 0, "not_recovered": 1}
    with Gateway(gateway.system) as fresh:
        socket = connect_to(fresh, ann)
        assert socket.join(room_id, at["lastSeq"], at["epoch"])["recovered"]
        found = read(f"http://127.0.0.1:{fresh.port}/metrics")
        assert found.one(GATEWAY + "resumes_total", outcome="table") == 1
        # what is replayed was under way for as long as its reader was away: that is no latency
        assert found.one(GATEWAY + "deliveries_total") == 1
        assert found.one(GATEWAY + "delivery_seconds_count") == 0


def test_what_only_the_poll_has_found_is_counted(gateway, connect_to, room):
    ann, _, room_id = room
    socket = connect_to(gateway, ann)
    socket.join(room_id)
    socket.message(room_id, "where something happens, the poll looks each second")
    socket.wait_messages(room_id, 1)
    before = gateway.metrics()
    assert before.one(GATEWAY + "bells_arrive") == 1
    post_by_sql(gateway.system, ann, socket.welcome["sessionId"], room_id, 2)
    socket.wait_messages(room_id, 3)
    after = gateway.metrics()
    assert moved(before, after, GATEWAY + "polled_rooms_found_total") == 1
    assert moved(before, after, GATEWAY + "polled_rooms_total") >= 1
    assert moved(before, after, GATEWAY + "fetches_total") == 1
    assert moved(before, after, GATEWAY + "events_total") == 2
    assert moved(before, after, GATEWAY + "events_own_total") == 0


def test_a_users_own_log_is_counted(system, gateway, connect_to, someone):
    ann, bob = someone(), someone()
    before = gateway.metrics()
    sockets = [connect_to(gateway, bob), connect_to(gateway, bob)]
    for _ in range(3):
        room_id = ann.create_room()["id"]
        ann.add(room_id, bob)
        for socket in sockets:
            last = socket.expect("room_added", roomId=room_id)["useq"]
    epoch = sockets[0].join(room_id)["epoch"]
    for after, told in ((last - 1, epoch), (last, "another")):
        sockets[0].request("auth", token=bob.access_token, userAfter=after, epoch=told)
    sockets[0].expect("room_added", useq=last)
    after = gateway.metrics()
    assert moved(before, after, GATEWAY + "user_events_total") == 7
    assert [moved(before, after, GATEWAY + "user_resumes_total", recovered=one) for one in ("yes", "no")] == [1, 1]
    with system.db() as db:  # no bell rings
        db.execute("SELECT chat.log_user(%s, 'room_added', jsonb_build_object('roomId', %s::text))", [bob.id, room_id])
    sockets[1].expect("room_added", useq=last + 1)
    found = gateway.metrics()
    assert moved(after, found, GATEWAY + "polled_users_found_total") == 1
    assert moved(after, found, GATEWAY + "polled_users_total") >= 1


def test_errors_and_closes_are_counted_by_code(gateway, raw, connect_to, someone):
    socket = raw(url=gateway.ws_url)
    socket.send("{")
    socket.send('{"type":"dance"}')
    socket.send(message("00000000-0000-7000-8000-000000000001", "who am I?"))
    wait_until(lambda: gateway.metrics().sum(GATEWAY + "errors_total") == 3, what="three errors")
    found = gateway.metrics()
    assert found.one(GATEWAY + "errors_total", code="bad_json") == 1
    assert found.one(GATEWAY + "errors_total", code="unknown_type") == 1
    assert found.one(GATEWAY + "errors_total", code="unauthorized") == 1
    assert found.one(GATEWAY + "received_frames_total", operation="unknown") == 2
    assert found.one(GATEWAY + "received_frames_total", operation="message") == 1
    raw(url=gateway.ws_url + "?token=nonsense")
    connect_to(gateway, someone()).close()

    def closed(code):
        return gateway.metrics().one(GATEWAY + "connections_closed_total", code=code)

    wait_until(lambda: closed("1008") == 1 and closed("client") == 1, what="two closed sockets")
    assert gateway.metrics().sum(GATEWAY + "connections_closed_total") == 2


def test_who_does_not_come_in_is_counted(gateway, raw, connect_to, someone):
    with pytest.raises(HandshakeRefused):
        raw(url=gateway.ws_url, headers={"Origin": "https://elsewhere.example"})
    raw(url=gateway.ws_url + "?token=nonsense").wait_closed()
    connect_to(gateway, someone())
    found = gateway.metrics()
    assert found.one(GATEWAY + "handshakes_refused_total", code="bad_origin") == 1
    assert found.one(GATEWAY + "connections_opened_total") == 2
    outcomes = {one: found.one(GATEWAY + "authentications_total", outcome=one) for one in ("accepted", "refused", "failed")}
    assert outcomes == {"accepted": 1, "refused": 1, "failed": 0}


def test_what_a_socket_only_lists_is_counted(system, connect_to, person):
    ann = person()
    rooms = [ann.create_room()["id"] for _ in range(3)]
    with Gateway(system, ROOMS_PER_SOCKET="1") as narrow:
        socket = connect_to(narrow, ann)
        ack = socket.request("join_all")
        assert (ack["joined"], ack["listed"]) == (1, 2)
        url = f"http://127.0.0.1:{narrow.port}/metrics"
        before = read(url)
        assert before.one(GATEWAY + "listings") == 2
        assert before.one(GATEWAY + "subscriptions") == 1
        seq = ann.say(rooms[0], "hello")["seq"]
        socket.expect("activity", roomId=rooms[0], lastSeq=seq)
        assert moved(before, read(url), GATEWAY + "activities_total") >= 1


# --- the workers ----------------------------------------------------------------------------------


def test_a_request_is_counted_by_route_and_status(workers, someone, anonymous):
    who = someone()
    room_id = who.create_room()["id"]
    before = workers()
    for _ in range(3):
        who.get(f"/api/rooms/{room_id}")
    who.get("/api/rooms/00000000-0000-7000-8000-00000000ffff")
    anonymous.get("/api/rooms")
    anonymous.get("/api/nothing")
    after = workers()

    def requests(route, status):
        return moved(before, after, API + "requests_total", route=route, status=status)

    assert requests("GET /api/rooms/{id}", "2xx") == 3
    assert requests("GET /api/rooms/{id}", "4xx") == 1
    assert requests("GET /api/rooms", "4xx") == 1
    assert requests("none", "4xx") == 1
    assert moved(before, after, API + "errors_total", code="room_not_found") == 1
    assert moved(before, after, API + "errors_total", code="not_found") == 1
    assert moved(before, after, API + "errors_total", code="unauthorized") == 1
    # the answer to `before` itself had not left when it was printed
    assert moved(before, after, API + "request_seconds_count", pool="api") == 7
    assert 0 < moved(before, after, API + "database_seconds_sum", pool="api") <= moved(
        before, after, API + "request_seconds_sum", pool="api"
    )


def test_a_page_is_counted_by_where_it_was(workers, room):
    ann, bob, room_id = room
    ann.say(room_id, "hello")
    before = workers()
    ann.history(room_id)
    tag = bob.history(room_id).headers["etag"]
    assert bob.get(f"/api/rooms/{room_id}/messages", headers={"If-None-Match": tag}).status_code == 304
    after = workers()
    assert moved(before, after, API + "pages_total", source="client") == 1
    others = [moved(before, after, API + "pages_total", source=one) for one in ("memory", "table")]
    assert sum(others) == 2 and others[1] >= 1


def test_both_pools_are_in_one_answer(workers, person):
    before = workers()
    person()  # registers and logs in: two hashes
    after = workers()
    assert moved(before, after, API + "request_seconds_count", pool="auth") == 2
    assert moved(before, after, API + "hashes_total") == 2
    assert moved(before, after, API + "hash_wait_seconds_count") == 2
    assert after.one(API + "hashing") == 0


def test_a_killed_worker_takes_nothing_with_it(system, workers, anonymous):
    for _ in range(20):
        anonymous.get("/api/health")
    before, running = workers(), len(system.workers("api")) + len(system.workers("auth"))
    assert before.one(API + "workers") == running
    restart_workers(system, "api")
    after = wait_until(lambda: (m := workers()).one(API + "workers") == running and m, what="their slots")
    for (name, labels), value in before.series.items():
        base = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        if before.types.get(base, before.types.get(name)) != "gauge":
            assert after.series[name, labels] >= value, (name, labels)
    assert after.one(API + "requests_total", route="GET /api/health", status="2xx") >= 20
    assert moved(before, after, API + "database_connects_total") >= 1


def restart_workers(system, *pools):
    for pool in pools:
        old = system.workers(pool)
        for pid in old:
            system.kill(pid)
        wait_until(lambda p=pool, n=len(old): len(system.workers(p)) == n, what=f"new workers of {pool}")
    system.wait_healthy()


def test_a_worker_without_its_file_works_unseen(system, anonymous):
    (file,) = system.home.resolve().glob("run/**/workers.metrics")
    file.unlink()
    file.mkdir()
    try:
        restart_workers(system, "api")
        assert anonymous.get("/metrics").status_code == 503
        assert anonymous.get("/api/ready").status_code == 200
    finally:
        file.rmdir()
        restart_workers(system, "api", "auth")
    assert anonymous.get("/metrics").status_code == 200


def test_refusals_are_counted_by_limit(system, workers, person):
    name = person().name
    before = workers()
    with httpx.Client(base_url=system.base_url) as client:
        wrong = {"username": name, "password": "not the right one"}
        answers = [client.post("/auth/login", json=wrong).status_code for _ in range(8)]
    assert 429 in answers
    refused = answers.count(429)
    assert moved(before, workers(), API + "throttled_total", kind="logins") == refused


# --- for whom -------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", FORWARDED)
@pytest.mark.parametrize("path", ["/metrics", "/metrics/gateway"])
def test_what_a_proxy_passes_on_is_not_answered(system, path, header):
    for value in ("192.0.2.1", "127.0.0.1", "for=127.0.0.1"):
        assert httpx.get(system.base_url + path, headers={header: value}).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/metrics/gateway"])
def test_another_address_is_not_answered(system, path):
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as stranger:
        assert stranger.get(f"{system.base_url}/api/health").status_code == 200
        assert stranger.get(system.base_url + path).status_code == 404
        assert stranger.get(system.base_url + path, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("header", FORWARDED)
def test_a_gateway_answers_this_machine_only(gateway, header):
    url = f"http://127.0.0.1:{gateway.port}/metrics"
    assert httpx.get(url, headers={header: "127.0.0.1"}).status_code == 404
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as stranger:
        assert stranger.get(url).status_code == 404
