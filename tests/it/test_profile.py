"""The own account in both spellings, what may be changed in it, and that a name is only a name."""

import base64
import json

import pytest
from answers import TIME, assert_problem
from apitokens import ApiToken
from people import PASSWORD, Person, unique

ME = {"id", "username", "email", "full_name", "bio", "role", "roles", "is_active", "is_superuser", "last_seen",
      "created_at", "updated_at"}
PROFILE = {"id", "username", "role", "fullName", "bio", "email"}


def me(who):
    answer = who.get("/auth/me")
    assert answer.status_code == 200, answer.text
    return answer.json()


def profile(who):
    answer = who.get("/api/auth/profile")
    assert answer.status_code == 200 and set(answer.json()) == {"user"}, answer.text
    return answer.json()["user"]


def set_me(who, **fields):
    return who.put("/auth/me", json=fields)


def set_profile(who, **fields):
    return who.put("/api/auth/profile", json=fields)


def address():
    return f"{unique('ann')}@example.org"


def audited(system, who):
    with system.db() as db:
        rows = db.execute("SELECT data, ip_address FROM chat.audit_log WHERE action = 'profile_changed'"
                          " AND actor_id = %(id)s AND target_id = %(id)s ORDER BY id", {"id": who.id}).fetchall()
    assert {ip for _, ip in rows} <= {"127.0.0.1"}
    return [data for data, _ in rows]


# --- shown ----------------------------------------------------------------------------------------


def test_an_account_in_both_spellings(person):
    ann = person()
    mine, hers = me(ann), profile(ann)
    assert set(mine) == ME and set(hers) == PROFILE
    assert mine["id"] == hers["id"] == ann.id and mine["username"] == hers["username"] == ann.name
    assert (mine["role"], mine["roles"], mine["is_active"], mine["is_superuser"]) == ("MEMBER", ["MEMBER"], True, False)
    assert mine["email"] is mine["full_name"] is mine["bio"] is hers["fullName"] is None
    assert all(TIME.fullmatch(mine[field]) for field in ("last_seen", "created_at", "updated_at"))


def test_an_admin_is_a_superuser(system, person):
    ann = person()
    with system.db() as db:
        db.execute("UPDATE chat.users SET role = 'ADMIN' WHERE id = %s", [ann.id])
    assert me(ann)["is_superuser"] is True and profile(ann)["role"] == "ADMIN"


# --- changed --------------------------------------------------------------------------------------


def test_absent_leaves_and_null_and_empty_clear(person):
    ann, email = person(), address()
    answer = set_me(ann, full_name="Ann Örtel", bio="First line\nsecond 😀", email=email)
    assert answer.status_code == 200 and answer.json() == {**me(ann), "updated_at": answer.json()["updated_at"]}
    assert profile(ann) == {"id": ann.id, "username": ann.name, "role": "MEMBER", "fullName": "Ann Örtel",
                            "bio": "First line\nsecond 😀", "email": email}
    cleared = set_me(ann, bio=None, full_name="").json()
    assert (cleared["bio"], cleared["full_name"], cleared["email"]) == (None, None, email)
    assert set_me(ann, email=None).json()["email"] is None
    assert set_me(ann).status_code == 200


def test_the_profile_is_changed_in_its_own_spelling(person):
    ann, name, email = person(), unique("anne"), address()
    answer = set_profile(ann, username=name, fullName="Anne", bio="b", email=email)
    user = {"id": ann.id, "username": name, "role": "MEMBER", "fullName": "Anne", "bio": "b", "email": email}
    assert answer.status_code == 200
    assert answer.json() == {"message": "Profile updated successfully", "user": user}
    assert profile(ann) == user
    cleared = set_profile(ann, fullName="", bio=None, email="", username=None).json()["user"]
    assert cleared == {**user, "fullName": None, "bio": None, "email": None}


def test_what_no_row_names_is_not_bound(person):
    ann = person()
    before = me(ann)
    body = {"username": "boss", "role": "ADMIN", "roles": ["ADMIN"], "is_superuser": True, "id": str(ann.id),
            "is_active": False, "fullName": "x", "password": "x"}
    assert set_me(ann, **body).json() == before
    assert set_profile(ann, role="ADMIN", isSuperuser=True, full_name="x", id="7").json()["user"]["role"] == "MEMBER"
    assert me(ann) == before


def test_updated_at_moves_with_a_change_only(person):
    ann = person()
    first = set_me(ann, bio="one").json()["updated_at"]
    assert set_me(ann, bio="one").json()["updated_at"] == first
    assert set_me(ann, bio="two").json()["updated_at"] > first


def test_the_log_has_the_names_of_the_fields_alone(system, person):
    ann = person()
    set_me(ann, bio="a secret", full_name="A. Nonymous", email=address())
    set_profile(ann, username=unique("ann"))
    set_profile(ann, bio="a secret")
    assert audited(system, ann) == [{"fields": ["bio", "email", "full_name"]}, {"fields": ["username"]}]


@pytest.mark.parametrize("field, value", [
    ("bio", "x" * 4001), ("full_name", "x" * 256), ("full_name", " Ann"), ("full_name", "A\u202en"),
    ("full_name", "A\nn"), ("email", "nobody"), ("email", "a@b@c"), ("email", "a b@c"), ("email", "@c"),
    ("email", "x" * 250 + "@y.org"), ("bio", 7), ("email", ["a@b.c"]), ("full_name", False)])
def test_a_bad_field_is_named_and_nothing_changes(person, field, value):
    ann = person()
    before = me(ann)
    in_camel = "fullName" if field == "full_name" else field
    assert assert_problem(set_me(ann, **{"bio": "new", field: value}), 422, "bad_field")["field"] == field
    answer = set_profile(ann, **{"bio": "new", in_camel: value})
    assert assert_problem(answer, 422, "bad_field")["field"] == in_camel
    assert me(ann) == before


def test_the_longest_are_counted_in_code_points(person):
    ann = person()
    answer = set_me(ann, bio="😀" * 4000, full_name="é" * 255)
    assert answer.status_code == 200
    assert len(answer.json()["bio"]) == 4000


def test_an_address_that_is_taken(person):
    ann, bob, email = person(), person(), address()
    assert set_me(bob, email=email).status_code == 200
    for answer in (set_me(ann, email=email.upper(), bio="x"), set_profile(ann, email=email, bio="x")):
        assert_problem(answer, 400, "email_taken", "Email already registered")
    assert me(ann)["bio"] is None
    assert set_me(bob, email=email.upper()).json()["email"] == email.upper()
    assert set_me(bob, email="").status_code == 200
    assert set_me(ann, email=email).status_code == 200


def test_the_address_logs_in(person, anonymous):
    ann, email = person(), address()
    set_me(ann, email=email)
    answer = anonymous.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.json()["user"]["id"] == ann.id


# --- the name -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "x" * 101, " ann", "ann ", "a\tn", "a\u200bn", "a\u202en", "\ufdfa" * 100])
def test_a_name_that_nobody_may_have(person, name):
    ann = person()
    assert assert_problem(set_profile(ann, username=name), 422, "bad_field")["field"] == "username"
    assert me(ann)["username"] == ann.name


def test_a_name_that_is_taken_however_written(person):
    ann, bob = person(), person()
    for name in (bob.name, bob.name.upper(), bob.name.replace("p", "\uff50")):
        assert_problem(set_profile(ann, username=name, bio="x"), 409, "name_taken", "Username is already taken")
    assert (me(ann)["username"], me(ann)["bio"]) == (ann.name, None)


def test_the_case_of_ones_own_name(person):
    ann = person()
    assert set_profile(ann, username=ann.name.upper()).json()["user"]["username"] == ann.name.upper()


def test_a_name_is_kept_composed(person):
    ann = person()
    assert set_profile(ann, username=ann.name + "e\u0301").json()["user"]["username"] == ann.name + "\u00e9"


def test_a_new_name_shows_at_once_everywhere(person, connect):
    ann, bob = person(), person()
    room_id = ann.create_room()["id"]
    ann.add(room_id, bob)
    ann.say(room_id, "under the old name")
    hers, his = connect(ann), connect(bob)
    hers.join(room_id)
    his.join(room_id)
    name = unique("anne")
    assert set_profile(ann, username=name).status_code == 200
    assert me(ann)["username"] == name
    ann.say(room_id, "by post")
    hers.message(room_id, "by socket")
    assert [event["message"]["user"]["username"] for event in his.wait_messages(room_id, 2)] == [name] * 2
    assert {message["user"]["username"] for message in bob.history(room_id).json()} == {name}
    users = bob.get(f"/api/rooms/{room_id}").json()["users"]
    assert name in {user["username"] for user in users} and ann.name not in {user["username"] for user in users}
    last = next(room for room in bob.get("/api/rooms").json() if room["id"] == room_id)["lastMessage"]
    assert last["user"]["username"] == name


def test_tokens_survive_a_rename_and_the_next_owner_gains_nothing(system, person, connect):
    ann = person()
    api_token = ApiToken(system, ann)
    socket = connect(ann)
    room_id = ann.create_room()["id"]
    name = unique("anne")
    assert set_profile(ann, username=name).status_code == 200
    eve = person(name=ann.name)
    for token in (ann.access_token, api_token.access_token):
        answer = eve.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.json()["id"], answer.json()["username"]) == (ann.id, name)
    said = ann.say(room_id, "still me")
    assert ann.history(room_id).json()[-1]["user"] == {"id": ann.id, "username": name} and said
    socket.message(room_id, "on the same socket")
    # what the old name in the old token says is nobody's
    claims = json.loads(base64.urlsafe_b64decode(ann.access_token.split(".")[1] + "=="))
    assert claims["username"] == eve.name
    assert eve.get(f"/api/rooms/{room_id}/messages").status_code in (403, 404)
    assert me(eve)["id"] == eve.id != ann.id
    ann.take(ann.post("/auth/refresh", json={"refresh_token": ann.refresh_token}).json())
    assert me(ann)["username"] == name


def test_the_new_name_logs_in_and_the_old_one_does_not(person, anonymous):
    ann, name = person(), unique("anne")
    assert set_profile(ann, username=name).status_code == 200
    bodies = [{"username": one, "password": PASSWORD} for one in (ann.name, name)]
    assert [anonymous.post("/auth/login", json=body).status_code for body in bodies] == [401, 200]


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/auth/me", "/api/auth/profile"])
def test_who_may(system, person, client_token, anonymous, path):
    ann = person()
    reader, writer = (Person(system) for _ in range(2))
    for client, permissions in ((reader, 1), (writer, 3)):
        token = ApiToken(system, ann, permissions=permissions).access_token
        client.headers["Authorization"] = f"Bearer {token}"
    assert_problem(anonymous.get(path), 401, "unauthorized")
    assert_problem(anonymous.put(path, json={}), 401, "unauthorized")
    assert_problem(client_token.get(path), 403, "forbidden")
    assert_problem(client_token.put(path, json={"bio": "x"}), 403, "forbidden")
    assert reader.get(path).status_code == 200
    assert_problem(reader.put(path, json={"bio": "x"}), 403, "forbidden")
    assert writer.put(path, json={"bio": "by a program"}).status_code == 200
    assert me(ann)["bio"] == "by a program"
    for client in (reader, writer):
        client.close()


@pytest.mark.parametrize("path", ["/auth/me", "/api/auth/profile"])
def test_bodies_that_are_none(person, path):
    ann = person()
    as_json = {"Content-Type": "application/json"}
    assert_problem(ann.put(path, content="[]", headers=as_json), 400, "bad_json")
    assert_problem(ann.put(path, content="", headers=as_json), 400, "bad_json")
    assert_problem(ann.put(path, content="bio=x", headers={"Content-Type": "text/plain"}), 415)
    assert_problem(ann.put(path), 415)
    assert_problem(ann.post(path, json={}), 405)
