"""Invitations to rooms, and reports of what was said in them, over REST."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from admins import make_admin
from answers import refused
from apitokens import opaque
from native import LOBBY
from people import Person, unique
from system import wait_until

NOWHERE = "01980000-0000-7000-8000-00000000ffff"
SOON, PAST = "2099-01-02T03:04:05.678Z", "2020-01-01T00:00:00Z"


@pytest.fixture
def admin(person, system):
    return make_admin(system, person())


# --- invitations ------------------------------------------------------------------------------------------


def invite(who, room_id, **fields):
    """A new invitation: the answer's body."""
    answer = who.post(f"/api/rooms/{room_id}/invites", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def accept(who, code):
    return who.post(f"/api/invites/{code}")


def test_an_invitation_lets_its_bearer_in(connect, cast):
    socket = connect(cast.member)
    socket.join(cast.room)
    made = invite(cast.moderator, cast.room, maxUses=2, expiresAt=SOON)
    assert (made["maxUses"], made["uses"], made["expiresAt"], made["createdBy"]) == (2, 0, SOON, cast.moderator.id)
    answer = accept(cast.stranger, made["code"])
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["role"]) == (cast.room, "member")
    assert socket.expect("member_joined", roomId=cast.room)["user"]["id"] == cast.stranger.id
    for who in (cast.stranger, cast.owner):   # they are in it
        assert accept(who, made["code"]).status_code == 200
    listed, = cast.owner.get(f"{cast.url}/invites").json()
    assert listed | {"code": made["code"]} == {**made, "uses": 1}
    assert "code" not in listed and made["code"].startswith(listed["prefix"].rstrip("…"))


def test_an_invitation_without_bounds(cast):
    made = cast.owner.post(f"{cast.url}/invites")
    assert made.status_code == 201
    assert (made.json()["maxUses"], made.json()["expiresAt"]) == (None, None)
    hour = invite(cast.owner, cast.room, expiresIn=3600)
    assert hour["expiresAt"] > hour["createdAt"]
    assert [one["id"] for one in cast.owner.get(f"{cast.url}/invites").json()] == [hour["id"], made.json()["id"]]


def test_a_bad_code_is_refused_the_same_way_whatever_is_wrong_with_it(cast, system, person):
    used_up = invite(cast.owner, cast.room, maxUses=1)["code"]
    assert accept(person(), used_up).status_code == 200
    expired, revoked = (invite(cast.owner, cast.room) for _ in range(2))
    with system.db() as db:
        db.execute("UPDATE chat.room_invites SET expires_at = now() WHERE id = %s", [expired["id"]])
    answer = cast.moderator.delete(f"{cast.url}/invites/{revoked['id']}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Invitation revoked"})
    assert cast.owner.get(f"{cast.url}/invites").json() == []
    codes = (used_up, expired["code"], revoked["code"], opaque("cs_join_"), opaque("cs_inv_"), "cs_join_x", "x", "\u00e4%20b")
    bodies = {accept(cast.stranger, code).text for code in codes}
    assert len(bodies) == 1 and '"invite_not_found"' in bodies.pop()
    assert accept(cast.stranger, used_up).status_code == 404
    refused(cast.stranger.get(cast.url), 404, "room_not_found")


def test_who_is_banned_is_not_let_in(cast):
    code = invite(cast.owner, cast.room, maxUses=1)["code"]
    cast.owner.delete(f"{cast.url}/users/{cast.member.id}", params={"ban": True})
    refused(accept(cast.member, code), 403, "banned")
    assert accept(cast.stranger, code).status_code == 200


@pytest.mark.parametrize("leaves", (False, True))
def test_with_who_goes_go_his_invitations(cast, leaves):
    his, hers = invite(cast.moderator, cast.room)["code"], invite(cast.owner, cast.room)["id"]
    answer = (cast.moderator.post(f"{cast.url}/leave") if leaves else
              cast.owner.delete(f"{cast.url}/users/{cast.moderator.id}"))
    assert answer.status_code == 200
    refused(accept(cast.moderator, his), 404, "invite_not_found")
    assert [one["id"] for one in cast.owner.get(f"{cast.url}/invites").json()] == [hers]


def set_active(system, person, active):
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = %s WHERE id = %s", [active, person.id])


def test_those_of_a_disabled_account_let_nobody_in_and_are_not_listed(cast, system):
    his, hers = invite(cast.moderator, cast.room)["code"], invite(cast.owner, cast.room)["id"]
    set_active(system, cast.moderator, False)
    try:
        refused(accept(cast.stranger, his), 404, "invite_not_found")
        assert [one["id"] for one in cast.owner.get(f"{cast.url}/invites").json()] == [hers]
    finally:   # other tests have him, too
        set_active(system, cast.moderator, True)
    assert accept(cast.stranger, his).status_code == 200


def test_twelve_come_at_once_and_five_get_in(cast, system):
    code = invite(cast.owner, cast.room, maxUses=5)["code"]
    people = [Person(system).register().login() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda who: accept(who, code).status_code, people))
    assert sorted(answers) == [200] * 5 + [404] * 7
    assert [accept(who, code).status_code for who in people] == answers
    assert cast.owner.get(cast.url).json()["_count"]["members"] == 8
    for who in people:
        who.close()


def test_what_is_wrong_with_an_invitation_is_said(cast, public, admin):
    bad = {"expiresAt": [PAST, "soon", "", 5], "expiresIn": [0, -1, 31536001, "1h"], "maxUses": [0, 100001, "5"]}
    for field, values in bad.items():
        for value in values:
            refused(cast.owner.post(f"{cast.url}/invites", json={field: value}), 422, "bad_field", field)
    both = {"expiresAt": SOON, "expiresIn": 5}
    refused(cast.owner.post(f"{cast.url}/invites", json=both), 422, "bad_field", "expiresIn")
    refused(cast.member.post(f"{cast.url}/invites"), 403, "forbidden")
    refused(cast.member.get(f"{cast.url}/invites"), 403, "forbidden")
    for who, method in ((cast.stranger, "GET"), (cast.stranger, "POST")):
        refused(who.request(method, f"{cast.url}/invites"), 404, "room_not_found")
    refused(admin.post(f"/api/rooms/{LOBBY}/invites"), 403, "forbidden")
    made = invite(cast.owner, cast.room)["id"]
    refused(cast.member.delete(f"{cast.url}/invites/{made}"), 403, "forbidden")
    refused(cast.stranger.delete(f"{cast.url}/invites/{made}"), 404, "room_not_found")
    refused(cast.owner.delete(f"/api/rooms/{public}/invites/{made}"), 404, "invite_not_found")
    refused(cast.owner.delete(f"{cast.url}/invites/{NOWHERE}"), 404, "invite_not_found")
    assert [cast.owner.delete(f"{cast.url}/invites/{made}").status_code for _ in range(2)] == [200, 200]


def test_s5_no_log_has_a_code(cast, system):
    """Neither the web server's nor the workers', also for what was no such request."""
    code = invite(cast.owner, cast.room)["code"]
    accept(cast.stranger, code)
    cast.owner.delete(f"{cast.url}/invites/{code}")   # what is no id is no route, and logged like one
    mark = unique("mark")
    for path in (f"/api/invites/{code}", f"/api/%69nvites/{code}", f"/api/invites/{code}/more", f"/api/invites/{code}%2f"):
        cast.owner.get(path)
    cast.owner.get(f"/api/users/{mark}")

    def logs():
        return "".join(path.read_text(errors="replace") for path in system.log_dir.iterdir())

    text = wait_until(lambda: (text := logs()).count(mark) >= 2 and text, what="both logs of the mark")
    assert "/api/invites/***" in text
    assert code.removeprefix("cs_join_")[4:] not in text


# --- reports ----------------------------------------------------------------------------------------------


def report(who, message, **fields):
    return who.post(f"/api/rooms/{message['roomId']}/messages/{message['id']}/report", json=fields)


def test_a_report_reaches_who_keeps_order_and_is_closed(cast, admin, client_token):
    said = cast.owner.say(cast.room, "rude")
    first = report(cast.member, said, reason="rude words")
    assert first.status_code == 201
    assert (first.json()["reporterId"], first.json()["reason"], first.json()["messageId"]) == (
        cast.member.id, "rude words", said["id"])
    again = report(cast.member, said, reason="other words")
    assert (again.status_code, again.json()) == (200, first.json())
    second = cast.moderator.post(f"{cast.url}/messages/{said['id']}/report")
    assert (second.status_code, second.json()["reason"]) == (201, None)
    both = [first.json(), second.json()]
    for who in (cast.owner, cast.moderator, admin, client_token):
        assert who.get(f"{cast.url}/reports").json() == both
    assert cast.owner.get(f"{cast.url}/reports", params={"limit": 1}).json() == both[:1]
    assert cast.owner.get(f"{cast.url}/reports", params={"after": both[0]["id"]}).json() == both[1:]
    for _ in range(2):
        answer = cast.moderator.put(f"/api/reports/{both[0]['id']}/resolve")
        assert (answer.status_code, answer.json()) == (200, {"message": "Report resolved"})
    assert cast.owner.get(f"{cast.url}/reports").json() == both[1:]
    assert report(cast.member, said).json()["resolvedAt"]
    lines = [line for line in admin.get("/auth/audit", params={"action": "report_resolved"}).json()
             if line["room_id"] == cast.room]
    assert [line["actor_id"] for line in lines] == [cast.moderator.id]


def test_what_was_reported_is_deleted(cast):
    said = cast.member.say(cast.room, "rude")
    made = report(cast.member, said, reason="that was not me").json()
    assert cast.moderator.delete(f"{cast.url}/messages/{said['id']}").status_code == 200
    refused(report(cast.owner, said), 404, "message_not_found")
    assert cast.owner.get(f"{cast.url}/reports").json() == [made]
    assert cast.owner.put(f"/api/reports/{made['id']}/resolve").status_code == 200
    assert cast.owner.get(f"{cast.url}/reports").json() == []


def test_what_is_wrong_with_a_report_is_said(cast, public):
    said, elsewhere = cast.owner.say(cast.room, "x"), cast.owner.say(public, "y")
    refused(report(cast.stranger, said), 404, "room_not_found")
    refused(report(cast.stranger, elsewhere), 403, "not_member")
    cast.owner.delete(f"/api/rooms/{public}/users/{cast.member.id}", params={"ban": True})
    refused(report(cast.member, elsewhere), 403, "banned")
    refused(report(cast.member, {"roomId": cast.room, "id": elsewhere["id"]}), 404, "message_not_found")
    refused(report(cast.member, {"roomId": cast.room, "id": uuid.uuid4()}), 404, "message_not_found")
    for reason in ("", "r" * 1001, 5):
        refused(report(cast.member, said, reason=reason), 422, "bad_field", "reason")
    refused(cast.member.get(f"{cast.url}/reports"), 403, "forbidden")
    refused(cast.stranger.get(f"{cast.url}/reports"), 404, "room_not_found")
    refused(cast.owner.get(f"{cast.url}/reports", params={"limit": 0}), 422, "bad_field", "limit")
    made = report(cast.member, said).json()["id"]
    for who, which in ((cast.member, made), (cast.stranger, made), (cast.owner, NOWHERE)):
        refused(who.put(f"/api/reports/{which}/resolve"), 404, "report_not_found")
