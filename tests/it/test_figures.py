"""GET /api/figures: what administrators see of workers, gateways, people and the database. For whom it is not
the matrix says; what is counted is looked at in test_metrics.py, of which these are a choice."""

import uuid

import httpx
import pytest
from admins import admin  # noqa: F401 - a fixture
from gateways import Gateway
from promtext import Metrics
from system import wait_until
from wsclient import NativeSocket


@pytest.fixture
def figures(admin):
    def ask():
        answer = admin.get("/api/figures")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def listening_at(found, port):
    """What the gateway of this port has told; None: nothing yet."""
    return next((one for one in found["gateways"] if one["figures"] and one["figures"]["listen"].endswith(f":{port}")), None)


def test_requests_and_messages_of_the_workers(system, figures, someone):
    who = someone()
    room_id = who.create_room()["id"]
    before = figures()["workers"]
    for n in range(3):
        who.say(room_id, f"message {n}")
    who.post(f"/api/rooms/{room_id}/messages", json={"content": "once", "clientId": "the same"})
    who.post(f"/api/rooms/{room_id}/messages", json={"content": "once", "clientId": "the same"})
    who.post("/messages", json={"recipient_id": who.id, "content": "to myself"})
    who.get("/api/rooms/00000000-0000-7000-8000-00000000ffff")
    after = figures()["workers"]
    assert after["posted"] - before["posted"] == 5
    assert after["requests"]["2xx"] - before["requests"]["2xx"] == 7  # with the one that gave `before`
    assert after["requests"]["4xx"] - before["requests"].get("4xx", 0) == 1
    assert after["errors"]["room_not_found"] - before["errors"].get("room_not_found", 0) == 1
    assert sum(after["requestTime"]["in"]) - sum(before["requestTime"]["in"]) == 8
    assert after["atMs"] > before["atMs"] and after["host"] and after["memoryBytes"] > 1_000_000
    assert after["count"] == len(system.workers("api")) + len(system.workers("auth"))
    printed = Metrics(httpx.get(f"{system.base_url}/metrics").text)
    assert printed.one("chatsphere_api_messages_posted_total") == after["posted"]


def test_each_gateway_tells_of_itself(system, figures, someone):
    who = someone()
    room_id = who.create_room()["id"]
    with Gateway(system) as one, Gateway(system) as other:
        socket = NativeSocket(one.ws_url, token=who.access_token)
        socket.join(room_id)
        for n in range(3):
            socket.message(room_id, f"message {n}")
        socket.wait_messages(room_id, 3)

        def told():
            found = listening_at(figures(), one.port)
            return found and found["figures"]["deliveries"] == 3 and found

        found = wait_until(told, what="the beat with the three messages")
        own = found["figures"]
        assert not found["silent"] and own["sockets"] == {"native": 1} and own["authenticated"] == 1
        assert own["posted"] == 3 and 1 <= sum(own["commitTime"]["in"]) <= 3 and sum(own["deliveryTime"]["in"]) == 3
        assert (own["rooms"], own["subscriptions"], own["draining"], own["listening"]) == (1, 1, 0, 1)
        assert own["memoryBytes"] > 1_000_000
        idle = wait_until(lambda: listening_at(figures(), other.port), what="the other one")
        assert idle["id"] != found["id"] and idle["figures"]["sockets"] == {} and idle["figures"]["posted"] == 0
        wait_until(lambda: listening_at(figures(), one.port)["figures"]["atMs"] > own["atMs"], what="the next beat")
        socket.close()


def test_people_are_counted_once(system, admin, figures, someone):
    ann, bob = someone(), someone()
    wait_until(lambda: not any(figures()["people"].values()), what="those of earlier tests gone")
    before = figures()["people"]
    with Gateway(system) as other:
        places = ((system, ann), (system, ann), (other, ann), (system, bob))
        sockets = [NativeSocket(place.ws_url, token=one.access_token) for place, one in places]
        sockets[-1].request("presence", status="busy")

        def gateways():
            with system.db() as db:
                return db.execute("SELECT count(*) FROM chat.presence WHERE user_id = %s", [ann.id]).fetchone()[0]

        def more():
            now = figures()["people"]
            return {name: now[name] - before[name] for name in now} == {"online": 1, "away": 0, "busy": 1}

        wait_until(lambda: gateways() == 2, what="Ann at both gateways")
        wait_until(more, what="Ann and Bob")
        for socket in sockets:
            socket.close()


def test_a_silent_gateway_counts_nobody(system, figures):
    """Held by a lock, it is not forgotten by the one that runs."""
    gone, who = uuid.uuid4(), uuid.uuid4()
    with system.db() as db, db.transaction():
        db.execute("INSERT INTO chat.gateways (id, beat_at) VALUES (%s, now() - interval '1 day')", [gone])
        db.execute("INSERT INTO chat.presence VALUES (%s, %s, 1)", [who, gone])
    with system.db() as db, db.transaction():
        db.execute("SELECT FROM chat.gateways WHERE id = %s FOR UPDATE", [gone])
        found = figures()
        (silent,) = [one for one in found["gateways"] if one["id"] == str(gone)]
        assert (silent["silent"], silent["figures"]) == (True, None)
        assert found["people"]["away"] == 0
        assert not all(one["silent"] for one in found["gateways"])


def test_connections_of_the_database(system, figures):
    found = figures()["database"]
    programs = {one["name"]: one for one in found["programs"]}
    assert programs["chatsphere-api"]["connections"] >= 1 and programs["chatsphere-api"]["active"] >= 1
    assert programs["chatsphere-gateway"]["connections"] > programs["chatsphere-gateway"]["active"]
    assert sum(one["connections"] for one in programs.values()) <= found["connections"] <= found["maxConnections"]
