"""The main job over REST, from registering to reading history, and the errors of the contract.

Everything goes through a web server to real workers and a real PostgreSQL.
"""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from answers import TIME, assert_problem
from native import LOBBY
from people import PASSWORD, Person, unique
from system import wait_until

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


# --- health ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
def test_health_needs_no_credential(anonymous, path):
    answer = anonymous.get(path)
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.headers["x-request-id"]


# --- identity -------------------------------------------------------------------------------------


def test_register_answers_with_the_users_fields(anonymous):
    name = unique("ann")
    body = {"username": name, "password": PASSWORD, "email": f"{name}@example.org", "full_name": "Ann Örtel"}
    answer = anonymous.post("/auth/register", json=body)
    assert answer.status_code == 200
    user = answer.json()
    assert user["message"] == "Registration successful"
    assert UUID7.fullmatch(user["id"])
    assert (user["username"], user["email"], user["full_name"]) == (name, body["email"], "Ann Örtel")
    assert "password" not in answer.text.lower()


def test_register_refuses_what_is_taken(anonymous):
    name = unique("ann")
    body = {"username": name, "password": PASSWORD, "email": f"{name}@example.org"}
    assert anonymous.post("/auth/register", json=body).status_code == 200
    assert_problem(anonymous.post("/auth/register", json=body), 400, "username_taken", "Username already exists")
    body["username"] = unique("ann")
    assert_problem(anonymous.post("/auth/register", json=body), 400, "email_taken", "Email already registered")


@pytest.mark.parametrize(
    "field, value", [("username", ""), ("username", "x" * 101), ("password", "short"), ("password", "x" * 129)]
)
def test_register_names_the_bad_field(anonymous, field, value):
    body = {"username": unique("ann"), "password": PASSWORD, field: value}
    assert assert_problem(anonymous.post("/auth/register", json=body), 422)["field"] == field


def test_nobody_registers_himself_as_an_administrator(anonymous):
    who = Person(anonymous.system, name=unique("eve"))
    body = {"username": who.name, "password": PASSWORD, "role": "ADMIN", "is_superuser": True}
    assert who.post("/auth/register", json=body).status_code == 200
    me = who.login().get("/auth/me").json()
    assert me["is_superuser"] is False


def test_login_gives_a_pair_of_tokens(anonymous):
    who = Person(anonymous.system).register()
    answer = who.post("/auth/login", json={"username": who.name, "password": PASSWORD})
    assert answer.status_code == 200
    pair = answer.json()
    assert pair["token_type"] == "bearer"
    assert pair["expires_in"] == 900
    assert pair["access_token"].count(".") == 2
    assert pair["refresh_token"].startswith("cs_rt_")
    assert pair["user"]["username"] == who.name


def test_login_takes_the_oauth_password_form(anonymous):
    who = Person(anonymous.system).register()
    form = {"grant_type": "password", "username": who.name, "password": PASSWORD}
    assert who.post("/auth/login", data=form).status_code == 200


def test_login_does_not_tell_unknown_names_from_wrong_passwords(person, anonymous):
    known = anonymous.post("/auth/login", json={"username": person().name, "password": "not this one"})
    unknown = anonymous.post("/auth/login", json={"username": unique("nobody"), "password": "not this one"})
    assert_problem(known, 401, "bad_login", "Invalid username or password")
    assert known.json() == unknown.json()


def test_me(person):
    who = person()
    me = who.get("/auth/me").json()
    assert (me["id"], me["username"], me["is_active"]) == (who.id, who.name, True)
    assert TIME.fullmatch(me["created_at"])
    assert {"email", "full_name", "bio", "roles", "is_superuser", "last_seen", "updated_at"} <= set(me)


def test_the_session_token_header_is_a_credential_too(person, anonymous):
    who = person()
    assert anonymous.get("/auth/me", headers={"X-Session-Token": who.access_token}).json()["id"] == who.id


def test_refresh_gives_a_new_pair_and_uses_the_old_one_up(person):
    who = person()
    old = who.refresh_token
    answer = who.post("/auth/refresh", json={"refresh_token": old})
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != old
    who.take(answer.json())
    assert who.get("/auth/me").status_code == 200


def test_refresh_with_a_strange_token(anonymous):
    answer = anonymous.post("/auth/refresh", json={"refresh_token": "cs_rt_" + "x" * 40})
    assert_problem(answer, 401, "bad_refresh", "Invalid refresh token")


def test_logout_is_in_force_at_once(person):
    who = person()
    assert who.post("/auth/logout").status_code == 200
    assert_problem(who.get("/auth/me"), 401, "unauthorized", "Invalid or expired token")
    assert_problem(who.post("/auth/refresh", json={"refresh_token": who.refresh_token}), 401)


# --- rooms ----------------------------------------------------------------------------------------


def test_create_and_list_rooms(person):
    who = person()
    name = unique("kitchen")
    answer = who.post("/api/rooms", json={"name": name, "description": "tea and coffee"})
    assert answer.status_code == 201
    room = answer.json()
    assert UUID7.fullmatch(room["id"])
    assert (room["name"], room["description"]) == (name, "tea and coffee")
    listed = {entry["id"]: entry for entry in who.get("/api/rooms").json()}
    assert listed[room["id"]]["name"] == name
    assert TIME.fullmatch(listed[room["id"]]["createdAt"])
    assert room["id"] not in {entry["id"] for entry in person().get("/api/rooms").json()}


def test_a_room_shows_its_users(person):
    ann, bob = person(), person()
    room = ann.create_room()
    ann.add(room["id"], bob)
    users = {user["id"]: user for user in bob.get(f"/api/rooms/{room['id']}").json()["users"]}
    assert users[ann.id]["role"].lower() == "owner"
    assert users[bob.id]["username"] == bob.name


def test_adding_a_member(person):
    ann, bob = person(), person()
    path = f"/api/rooms/{ann.create_room()['id']}/users"
    for _ in range(2):  # who is a member already is welcome
        answer = ann.post(path, json={"userId": bob.id})
        assert (answer.status_code, answer.json()["message"]) == (200, "User added to room successfully")
    assert_problem(ann.post(path, json={"userId": str(uuid.uuid4())}), 404)
    assert_problem(bob.post(path, json={"userId": person().id}), 403)


def test_joining_and_leaving_a_public_room(person):
    ann, bob = person(), person()
    room_id = ann.create_room(isPrivate=False)["id"]
    assert room_id in {room["id"] for room in bob.get("/api/rooms", params={"public": "true"}).json()}
    assert bob.post(f"/api/rooms/{room_id}/join").status_code == 200
    bob.say(room_id, "here I am")
    assert bob.post(f"/api/rooms/{room_id}/leave").status_code == 200
    assert bob.post(f"/api/rooms/{room_id}/messages", json={"content": "still?"}).status_code in (403, 404)


def test_a_private_room_does_not_exist_for_others(person):
    ann, eve = person(), person()
    room_id = ann.create_room(isPrivate=True)["id"]
    for answer in (
        eve.get(f"/api/rooms/{room_id}"),
        eve.get(f"/api/rooms/{room_id}/messages"),
        eve.post(f"/api/rooms/{room_id}/messages", json={"content": "psst"}),
        eve.post(f"/api/rooms/{room_id}/join"),
    ):
        assert_problem(answer, 404)


# --- messages -------------------------------------------------------------------------------------


def test_post_and_read_a_message(person):
    ann, bob = person(), person()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    content = 'Grüße, "Bob" \\ \U0001f600 <b>\n\tzwei'
    said = ann.say(room_id, content)
    page = bob.history(room_id).json()
    assert [message["id"] for message in page] == [said["id"]]
    message = page[0]
    assert message["content"] == content
    assert message["roomId"] == room_id
    assert message["user"] == {"id": ann.id, "username": ann.name}
    assert message["userId"] == ann.id
    assert TIME.fullmatch(message["createdAt"])
    assert message["seq"] == said["seq"]


def test_the_same_client_id_is_the_same_message(person):
    ann = person()
    room_id = ann.create_room()["id"]
    body = {"content": "once", "clientId": "c-1"}
    first = ann.post(f"/api/rooms/{room_id}/messages", json=body)
    again = ann.post(f"/api/rooms/{room_id}/messages", json={**body, "content": "not this"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["seq"] == first.json()["seq"]
    assert [message["content"] for message in ann.history(room_id).json()] == ["once"]


def test_the_idempotency_key_header_is_a_client_id(person):
    ann = person()
    path = f"/api/rooms/{ann.create_room()['id']}/messages"
    answers = [ann.post(path, json={"content": "once"}, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_parallel_posts_with_one_client_id_are_one_message(person):
    ann = person()
    room_id = ann.create_room()["id"]

    def post(_):
        return ann.post(f"/api/rooms/{room_id}/messages", json={"content": "once", "clientId": "c-1"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(ann.history(room_id).json()) == 1


def test_a_client_token_posts_for_a_member(person, client_token):
    ann = person()
    room_id = ann.create_room()["id"]
    body = {"content": "from the shop", "userId": ann.id}
    assert client_token.post(f"/api/rooms/{room_id}/messages", json=body).status_code == 201
    assert ann.history(room_id).json()[0]["userId"] == ann.id


def test_what_a_user_sends_as_userid_is_ignored(person):
    ann, bob = person(), person()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    assert bob.say(room_id, "it was I", userId=ann.id)["userId"] == bob.id


# --- history --------------------------------------------------------------------------------------


@pytest.fixture
def long_room(person):
    """A room with ten messages, "1" to "10": its owner, its id, the seqs."""
    ann = person()
    room_id = ann.create_room()["id"]
    return ann, room_id, [ann.say(room_id, str(number))["seq"] for number in range(1, 11)]


def contents(answer):
    return [int(message["content"]) for message in answer.json()]


def test_history_is_the_newest_page_oldest_first(long_room):
    ann, room_id, _ = long_room
    assert contents(ann.history(room_id)) == list(range(1, 11))
    assert contents(ann.history(room_id, limit=3)) == [8, 9, 10]


def test_history_before_after_and_around(long_room):
    ann, room_id, seqs = long_room
    assert contents(ann.history(room_id, limit=3, before=seqs[4])) == [2, 3, 4]
    assert contents(ann.history(room_id, limit=3, after=seqs[4])) == [6, 7, 8]
    around = contents(ann.history(room_id, limit=5, around=seqs[4]))
    assert 5 in around
    assert around == list(range(around[0], around[-1] + 1))
    assert around[0] < 5 < around[-1]


def test_history_at_a_time(long_room):
    ann, room_id, _ = long_room
    times = [message["createdAt"] for message in ann.history(room_id).json()]
    first = next(number for number, time in enumerate(times, 1) if time >= times[4])
    page = ann.history(room_id, limit=4, at=times[4])
    assert contents(page) == list(range(max(1, first - 2), max(1, first - 2) + 4))
    assert set(page.links) == {"prev", "next"}
    assert contents(ann.history(room_id, limit=4, at="2001-01-01T00:00:00+01:00")) == [1, 2]
    assert contents(ann.history(room_id, limit=4, at="2999-01-01T00:00:00Z")) == [9, 10]


def test_history_takes_one_position_and_a_time_that_is_one(long_room):
    ann, room_id, _ = long_room
    for query in ({"at": "yesterday"}, {"at": "2001-01-01T00:00:00Z", "around": 1}):
        answer = ann.get(f"/api/rooms/{room_id}/messages", params=query)
        assert (answer.status_code, answer.json()["field"]) == (422, "at"), answer.text


def test_history_is_walked_by_its_links(long_room):
    ann, room_id, _ = long_room
    seen, url = [], f"/api/rooms/{room_id}/messages?limit=4"
    while url:
        page = ann.get(url)
        seen = contents(page) + seen
        url = page.links.get("prev", {}).get("url")
    assert seen == list(range(1, 11))


def test_history_links_forward_too(long_room):
    ann, room_id, seqs = long_room
    page = ann.history(room_id, limit=3, before=seqs[4])
    assert contents(ann.get(page.links["next"]["url"])) == [5, 6, 7]


def test_every_page_carries_the_position_to_join_with(long_room):
    ann, room_id, seqs = long_room
    for query in ({}, {"limit": 1, "before": seqs[4]}, {"after": seqs[-1]}):
        page = ann.history(room_id, **query)
        assert int(page.headers["chat-seq"]) == seqs[-1]
        assert page.headers["chat-epoch"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=-1", "before=1&after=1"])
def test_history_refuses_bad_positions(long_room, query):
    ann, room_id, _ = long_room
    assert_problem(ann.get(f"/api/rooms/{room_id}/messages?{query}"), 422)


# --- the lobby ------------------------------------------------------------------------------------


def test_the_lobby_is_for_everybody(person):
    ann, bob = person(), person()
    text = unique("hello lobby")
    said = ann.say(LOBBY, text)
    newest = bob.get("/auth/messages").json()[-1]
    assert newest == {"id": said["seq"], "username": ann.name, "text": text}


def test_lobby_messages_are_paged(person):
    ann = person()
    for number in range(3):
        ann.say(LOBBY, f"line {number}")
    newest = ann.get("/auth/messages", params={"limit": 2}).json()
    assert [line["text"] for line in newest] == ["line 1", "line 2"]
    older = ann.get("/auth/messages", params={"limit": 1, "before": newest[0]["id"]}).json()
    assert [line["text"] for line in older] == ["line 0"]


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"name":"a","name":"b"}', b"{'name':'a'}", b'{"name":NaN}', b'{"name":"\xff"}']
)
def test_400_for_what_is_no_json_object(person, body):
    answer = person().post("/api/rooms", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400)


@pytest.mark.parametrize("path", ["/api/rooms/%00", "/api/rooms/%ff", "/api/%2e%2e/rooms", "/api//rooms"])
def test_400_or_404_for_paths_that_try_tricks(person, path):
    answer = person().get(path)
    assert_problem(answer, answer.status_code)
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}])
def test_401_without_a_good_credential(anonymous, header):
    for answer in (
        anonymous.get("/auth/me", headers=header),
        anonymous.get("/api/rooms", headers=header),
        anonymous.get("/auth/messages", headers=header),
        anonymous.post("/api/rooms", json={"name": "mine"}, headers=header),
    ):
        assert_problem(answer, 401, "unauthorized", "Invalid or expired token")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_401_for_a_token_in_the_query(person, anonymous):
    assert_problem(anonymous.get("/auth/me", params={"token": person().access_token}), 401)


def test_404_for_unknown_paths_and_malformed_ids(person):
    who = person()
    for path in ("/api/none", "/auth/none", "/messages/none", "/api", "/api/rooms/not-a-uuid", f"/api/rooms/{uuid.uuid4()}"):
        assert_problem(who.get(path), 404)


def test_405_tells_what_is_allowed(person):
    answer = person().delete("/api/rooms")
    assert_problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(re.split(r",\s*", answer.headers["allow"]))


def test_409_for_a_name_that_is_taken(person, anonymous):
    answer = anonymous.post("/api/register", json={"username": person().name, "password": PASSWORD})
    assert_problem(answer, 409)


@pytest.mark.parametrize("size", [70_000, 2_000_000])
def test_413_from_the_worker_and_from_the_web_server(person, size):
    answer = person().post("/api/rooms", json={"name": "x", "description": "y" * size})
    assert_problem(answer, 413, "too_large")


def test_415_for_another_content_type(person):
    answer = person().post("/api/rooms", content=b"name=x", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("content", ["", "x" * 8001, 7, None])
def test_422_for_bad_content(person, content):
    who = person()
    answer = who.post(f"/api/rooms/{who.create_room()['id']}/messages", json={"content": content})
    assert assert_problem(answer, 422)["field"] == "content"


def test_the_longest_message_is_counted_in_code_points(person):
    who = person()
    room_id = who.create_room()["id"]
    assert who.say(room_id, "\U0001f600" * 8000)["content"] == "\U0001f600" * 8000


def test_429_when_one_person_writes_too_much(person):
    who = person()
    for _ in range(1000):  # a room costs more than a message
        answer = who.post("/api/rooms", json={"name": "one more"})
        if answer.status_code != 201:
            break
    assert_problem(answer, 429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1
    assert int(answer.headers["x-ratelimit-limit"]) > 0
    assert {"x-ratelimit-remaining", "x-ratelimit-reset"} <= set(answer.headers)
    assert who.get("/auth/me").status_code == 200  # reading goes on


# --- the web server -------------------------------------------------------------------------------


def test_the_page_comes_with_a_strict_policy(anonymous):
    answer = anonymous.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_modules_have_the_type_that_browsers_want(anonymous):
    assert anonymous.get("/chatsphere.js").headers["content-type"].startswith("text/javascript")


def test_the_access_log_has_no_query(system, anonymous):
    secret = unique("secret")
    request_id = anonymous.get("/api/health", params={"token": secret}).headers["x-request-id"]
    log = system.log_dir / "access.log"
    wait_until(lambda: request_id in log.read_text(), what="the access log")
    assert secret not in log.read_text()


def assert_unavailable(answer):
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


def test_503_in_json_when_no_worker_can_be_reached(system, person, anonymous):
    who = person()
    with system.without("api"):
        assert_unavailable(anonymous.get("/api/rooms"))
        assert_unavailable(anonymous.post("/messages", json={}))
        who.login()  # the other pool
    with system.without("auth"):
        assert_unavailable(anonymous.post("/auth/login", json={}))
        assert who.get("/auth/me").status_code == 200


def test_503_in_json_when_the_gateway_cannot_be_reached(system, anonymous):
    secret = unique("secret")
    with system.without("ws/gateway"):
        answer = anonymous.get("/ws", params={"token": secret})
        assert_unavailable(answer)
    assert secret not in (system.log_dir / f"{system.web}.log").read_text()
