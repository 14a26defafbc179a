"""Rooms over REST: settings, their end, members, and what is said when it may not be."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from admins import give, make_admin, make_role
from answers import refused
from native import LOBBY
from wsclient import Refused

NOWHERE = "01980000-0000-7000-8000-00000000ffff"
SOON, PAST = "2099-01-02T03:04:05.678Z", "2020-01-01T00:00:00Z"


def events(room_id, system):
    """(kind, data) of the room's events that are no messages."""
    with system.db() as db:
        return db.execute("SELECT kind, data FROM chat.room_events WHERE room_id = %s ORDER BY seq", [room_id]).fetchall()


def member_of(answer, user):
    """The entry of a user in the list of a room."""
    found = [one for one in answer.json()["users"] if one["id"] == user.id]
    return found[0] if found else None


def in_list(who, room_id, **query):
    """The room's entry in a list of rooms, or None."""
    found = [room for room in who.get("/api/rooms", params=query).json() if room["id"] == room_id]
    return found[0] if found else None


@pytest.fixture
def admin(person, system):
    return make_admin(system, person())


# --- lists ------------------------------------------------------------------------------------------------


def pages(who, **query):
    """The ids of a list of rooms that is read in pages of two."""
    found, before = [], {}
    while page := who.get("/api/rooms", params={**query, **before, "limit": 2}).json():
        found += [room["id"] for room in page]
        before = {"before": found[-1]}
    return found


def test_own_rooms_come_in_pages_by_what_was_active_last(cast):
    rooms = [cast.owner.create_room()["id"] for _ in range(4)]
    cast.owner.say(rooms[1], "up")
    whole = [room["id"] for room in cast.owner.get("/api/rooms").json()]
    ours = [room for room in whole if room in rooms]
    assert ours == [rooms[1], rooms[3], rooms[2], rooms[0]]
    paged = pages(cast.owner)
    assert [room for room in paged if room != LOBBY] == [room for room in whole if room != LOBBY]
    assert paged.count(LOBBY) == 1
    hidden = cast.stranger.create_room(isPrivate=True)["id"]
    for room in (hidden, NOWHERE):
        assert cast.owner.get("/api/rooms", params={"before": room}).json() == []


def test_rooms_that_anyone_may_join_come_in_pages(cast):
    rooms = [cast.owner.create_room()["id"] for _ in range(5)]
    cast.stranger.post(f"/api/rooms/{rooms[1]}/join")
    cast.owner.patch(f"/api/rooms/{rooms[2]}", json={"archived": True})
    cast.owner.delete(f"/api/rooms/{rooms[3]}")
    found = pages(cast.stranger, public=True)
    assert [room for room in found if room in rooms] == [rooms[4], rooms[0]]
    assert cast.room not in found and LOBBY not in found
    assert len(found) == len(set(found)) and found == sorted(found, reverse=True)


# --- settings ---------------------------------------------------------------------------------------------


def test_settings_are_changed_and_answered_as_the_room_is_shown(cast):
    wanted = {"name": "New name", "description": "about", "slowModeSeconds": 30, "archived": True,
              "historyVisibility": "since_join"}
    answer = cast.owner.patch(cast.url, json=wanted)
    assert answer.status_code == 200
    assert wanted.items() <= answer.json().items()
    assert answer.json() == cast.owner.get(cast.url).json()
    assert answer.json()["updatedAt"] > answer.json()["createdAt"]
    cleared = cast.owner.patch(cast.url, json={"description": None, "archived": False}).json()
    assert (cleared["description"], cleared["archived"], cleared["name"]) == (None, False, "New name")


def test_who_is_muted_sees_until_when(cast):
    """In the room and in the list of his own; others see him among the members."""
    def told(person):
        (listed,) = [room["mutedUntil"] for room in person.get("/api/rooms").json() if room["id"] == cast.room]
        assert listed == person.get(cast.url).json()["mutedUntil"]
        return listed

    until = "2099-01-01T00:00:00.000Z"
    member = f"{cast.url}/users/{cast.member.id}"
    assert told(cast.member) is None
    assert cast.moderator.patch(member, json={"mutedUntil": until}).status_code == 200
    assert (told(cast.member), told(cast.owner)) == (until, None)
    assert cast.moderator.patch(member, json={"mutedUntil": None}).status_code == 200
    assert told(cast.member) is None


def test_a_change_takes_one_seq_and_no_change_none(cast, system):
    def seq(**settings):
        return cast.owner.patch(cast.url, json=settings).json()["lastSeq"]

    first = cast.owner.get(cast.url).json()["lastSeq"]
    assert seq(name="one", slowModeSeconds=5) == first + 1
    assert seq(name="one", slowModeSeconds=5) == seq() == seq(unknown=1) == seq(name=None) == first + 1
    assert seq(name="two", slowModeSeconds=5) == first + 2
    assert events(cast.room, system)[-1] == ("room_updated", {"name": "two"})


def test_a_change_reaches_who_has_joined(connect, cast):
    socket = connect(cast.member)
    socket.join(cast.room)
    cast.moderator.patch(cast.url, json={"slowModeSeconds": 9})
    event = socket.expect("room_updated", roomId=cast.room)
    assert (event["data"], event["actorId"]) == ({"slowModeSeconds": 9}, cast.moderator.id)


def test_what_is_wrong_with_settings_is_said(cast):
    bad = {"name": ["", " padded", "line\nbreak", "n" * 256, 7], "description": ["d" * 4001], "archived": ["yes"],
           "isPrivate": ["true", 1],
           "slowModeSeconds": [-1, 86401, "5"], "historyVisibility": ["none"]}
    for field, values in bad.items():
        for value in values:
            refused(cast.owner.patch(cast.url, json={field: value}), 422, "bad_field", field)
    refused(cast.owner.patch("/api/rooms/here", json={}), 404, "not_found")
    refused(cast.owner.patch(f"/api/rooms/{NOWHERE}", json={"name": "x"}), 404, "room_not_found")


def test_who_changes_what(cast, public, client_token, admin):
    refused(cast.member.patch(cast.url, json={"name": "mine"}), 403, "forbidden")
    refused(cast.stranger.patch(cast.url, json={"name": "mine"}), 404, "room_not_found")
    refused(cast.stranger.patch(f"/api/rooms/{public}", json={"name": "mine"}), 403, "forbidden")
    assert cast.moderator.patch(cast.url, json={"name": "ours", "slowModeSeconds": 1}).status_code == 200
    for setting in ({"archived": True}, {"historyVisibility": "since_join"}, {"isPrivate": False}):
        refused(cast.moderator.patch(cast.url, json={"name": "half", **setting}), 403, "forbidden")
        for who in (cast.owner, client_token, admin):
            assert who.patch(cast.url, json=setting).status_code == 200
    assert cast.owner.get(cast.url).json()["name"] == "ours"
    refused(admin.patch(f"/api/rooms/{LOBBY}", json={"historyVisibility": "since_join"}), 403, "forbidden")
    refused(admin.patch(f"/api/rooms/{LOBBY}", json={"isPrivate": True}), 403, "room_fixed")


def test_who_keeps_order_everywhere_changes_what_he_does_not_read(cast, public, admin, person):
    keeper = person()
    give(admin, keeper, make_role(admin, "rooms"))
    answer = keeper.patch(f"/api/rooms/{public}", json={"slowModeSeconds": 3})
    assert answer.status_code == 200
    assert answer.json()["slowModeSeconds"] == 3 and "users" not in answer.json()
    refused(keeper.get(f"/api/rooms/{public}"), 403, "not_member")
    refused(keeper.patch(cast.url, json={"slowModeSeconds": 3}), 404, "room_not_found")


def test_a_room_that_becomes_private_is_hidden_from_all_but_its_members(connect, cast, public):
    url, member, stranger = f"/api/rooms/{public}", connect(cast.member), connect(cast.stranger)
    member.join(public)
    with pytest.raises(Refused, match="not_member"):
        stranger.join(public)
    answer = cast.owner.patch(url, json={"isPrivate": True})
    assert (answer.status_code, answer.json()["isPrivate"], answer.json()["kind"]) == (200, True, "group")
    assert member.expect("room_updated", roomId=public)["data"] == {"isPrivate": True, "kind": "group"}
    said = cast.owner.say(public, "among us")
    assert member.expect("new_message", roomId=public)["message"]["id"] == said["id"]
    with pytest.raises(Refused, match="room_not_found"):
        stranger.join(public)
    assert in_list(cast.stranger, public, public=True) is None
    for path in ("", "/messages", "/users"):
        refused(cast.stranger.get(url + path), 404, "room_not_found")
    refused(cast.stranger.post(f"{url}/join"), 404, "room_not_found")
    assert cast.owner.patch(url, json={"isPrivate": False}).json()["kind"] == "channel"
    assert in_list(cast.stranger, public, public=True)["isPrivate"] is False
    assert cast.stranger.post(f"{url}/join").status_code == 200


def test_an_archived_room_is_read_and_takes_no_posts(cast):
    cast.member.say(cast.room, "before")
    cast.owner.patch(cast.url, json={"archived": True})
    for who in (cast.owner, cast.member):
        refused(who.post(f"{cast.url}/messages", json={"content": "after"}), 403, "archived")
    assert [m["content"] for m in cast.member.history(cast.room).json()] == ["before"]
    cast.owner.patch(cast.url, json={"archived": False})
    cast.member.say(cast.room, "after")


def test_slow_mode_slows_members_and_is_in_the_audit_log(cast, admin):
    cast.moderator.patch(cast.url, json={"slowModeSeconds": 3600, "name": "slow"})
    cast.member.say(cast.room, "one")
    answer = cast.member.post(f"{cast.url}/messages", json={"content": "two"})
    refused(answer, 429, "slow_mode")
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    cast.moderator.say(cast.room, "one")
    cast.moderator.say(cast.room, "two")
    lines = admin.get("/auth/audit", params={"action": "room_updated"}).json()
    line = next(line for line in lines if line["room_id"] == cast.room)
    assert (line["actor_id"], line["data"], line["ip_address"]) == (
        cast.moderator.id, {"slowModeSeconds": 3600}, "127.0.0.1")


# --- the end of a room ------------------------------------------------------------------------------------


def test_a_deleted_room_is_not_there_any_more(connect, cast, system, client_token):
    said = cast.member.say(cast.room, "hello")
    socket = connect(cast.member)
    socket.join(cast.room)
    answer = cast.owner.delete(cast.url)
    assert (answer.status_code, answer.json()) == (200, {"message": "Room deleted"})
    assert socket.expect("room_deleted", roomId=cast.room)["seq"] == said["seq"] + 1
    assert events(cast.room, system)[-1][0] == "room_deleted"
    for who in (cast.owner, cast.member, client_token):
        for method, path, body in (
                ("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/messages", None),
                ("POST", "/messages", {"content": "x"}), ("GET", "/users", None), ("GET", "/invites", None),
                ("GET", "/reports", None), ("POST", "/invites", {}), ("POST", "/users", {"userId": cast.stranger.id}),
                ("DELETE", f"/users/{cast.member.id}", None), ("PATCH", f"/users/{cast.member.id}", {})):
            refused(who.request(method, cast.url + path, json=body), 404, "room_not_found")
    for path in ("/join", "/leave", f"/messages/{said['id']}/report"):
        refused(cast.member.post(cast.url + path), 404, "room_not_found")
    assert in_list(cast.member, cast.room) is None
    with pytest.raises(Refused, match="room_not_found"):
        socket.join(cast.room)


def test_members_hear_of_the_end_in_their_own_logs(cast, system):
    cast.owner.delete(cast.url)
    with system.db() as db:
        told = db.execute("SELECT user_id::text FROM chat.user_events WHERE kind = 'room_removed'"
                          " AND data ->> 'roomId' = %s", [cast.room]).fetchall()
    assert sorted(row[0] for row in told) == sorted(p.id for p in (cast.owner, cast.moderator, cast.member))


def test_who_may_not_delete(cast, public, admin):
    for who in (cast.moderator, cast.member):
        refused(who.delete(cast.url), 403, "forbidden")
    refused(cast.stranger.delete(cast.url), 404, "room_not_found")
    refused(cast.stranger.delete(f"/api/rooms/{public}"), 403, "forbidden")
    refused(admin.delete(f"/api/rooms/{LOBBY}"), 403, "forbidden")
    refused(cast.owner.delete(f"/api/rooms/{NOWHERE}"), 404, "room_not_found")
    assert admin.delete(cast.url).status_code == 200


# --- members ----------------------------------------------------------------------------------------------


def test_members_come_in_pages(cast):
    everybody = sorted(p.id for p in (cast.owner, cast.moderator, cast.member))
    first = cast.member.get(f"{cast.url}/users", params={"limit": 2}).json()
    rest = cast.member.get(f"{cast.url}/users", params={"after": first[-1]["id"]}).json()
    assert [one["id"] for one in first + rest] == everybody
    assert first + rest == cast.member.get(cast.url).json()["users"]
    assert cast.member.get(f"{cast.url}/users", params={"after": everybody[-1]}).json() == []
    assert cast.member.get(f"/api/rooms/{LOBBY}/users").json() == []
    for field, value in (("limit", 0), ("limit", 1001), ("limit", "x"), ("after", "x")):
        refused(cast.member.get(f"{cast.url}/users", params={field: value}), 422, "bad_field", field)
    refused(cast.stranger.get(f"{cast.url}/users"), 404, "room_not_found")


def test_a_member_is_sent_away_and_comes_back_by_being_added(connect, cast):
    socket = connect(cast.member)
    socket.join(cast.room)
    url = f"{cast.url}/users/{cast.member.id}"
    answer = cast.moderator.delete(url)
    assert (answer.status_code, answer.json()) == (200, {"message": "User removed from room"})
    event = socket.expect("member_left", roomId=cast.room)
    assert (event["data"], event["user"]["id"]) == ({"reason": "removed"}, cast.member.id)
    refused(cast.member.get(cast.url), 404, "room_not_found")
    refused(cast.moderator.delete(url), 404, "user_not_found")
    cast.moderator.add(cast.room, cast.member)
    assert cast.member.get(cast.url).status_code == 200


def test_who_is_banned_stays_out_until_he_is_added(connect, cast, public):
    url, socket = f"/api/rooms/{public}/users/{cast.member.id}", connect(cast.member)
    socket.join(public)
    answer = cast.owner.delete(url, params={"ban": True})
    assert answer.json() == {"message": "User banned from room"}
    assert cast.owner.delete(url, params={"ban": True}).status_code == 200
    for path in ("", "/messages"):
        refused(cast.member.get(f"/api/rooms/{public}{path}"), 403, "banned")
    refused(cast.member.post(f"/api/rooms/{public}/join"), 403, "banned")
    refused(cast.member.post(f"/api/rooms/{public}/messages", json={"content": "x"}), 403, "banned")
    assert in_list(cast.member, public, public=True) is None
    with pytest.raises(Refused, match="banned"):
        socket.message(public, "x")
    with pytest.raises(Refused, match="not_member"):
        socket.join(public)
    stranger = f"/api/rooms/{public}/users/{cast.stranger.id}"
    refused(cast.owner.delete(stranger), 404, "user_not_found")
    assert cast.owner.delete(stranger, params={"ban": True}).status_code == 200
    refused(cast.stranger.post(f"/api/rooms/{public}/join"), 403, "banned")
    cast.owner.add(public, cast.member)
    cast.member.say(public, "back")
    refused(cast.owner.delete(url, params={"ban": "maybe"}), 422, "bad_field", "ban")


def test_who_is_banned_is_listed_until_his_ban_is_lifted(cast, public, someone):
    outcasts = sorted([cast.member, cast.stranger, someone()], key=lambda who: who.id)
    bans = f"/api/rooms/{public}/bans"
    assert cast.owner.get(bans).json() == []
    for who in outcasts:
        cast.owner.delete(f"/api/rooms/{public}/users/{who.id}", params={"ban": True})
    listed = cast.owner.get(bans).json()
    assert listed == [{"id": who.id, "username": who.name} for who in outcasts]
    assert cast.owner.get(bans, params={"limit": 2}).json() == listed[:2]
    assert cast.owner.get(bans, params={"after": listed[1]["id"]}).json() == listed[2:]
    refused(cast.owner.get(bans, params={"limit": 1001}), 422, "bad_field", "limit")
    refused(cast.member.get(bans), 403, "forbidden")
    refused(cast.member.delete(f"{bans}/{cast.member.id}"), 403, "forbidden")
    answer = cast.owner.delete(f"{bans}/{cast.member.id}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Ban lifted"})
    refused(cast.owner.delete(f"{bans}/{cast.member.id}"), 404, "user_not_found")
    refused(cast.member.get(f"/api/rooms/{public}"), 403, "not_member")
    assert cast.member.post(f"/api/rooms/{public}/join").status_code == 200
    assert [one["id"] for one in cast.owner.get(bans).json()] == [who.id for who in outcasts if who is not cast.member]
    refused(cast.stranger.get(f"{cast.url}/bans"), 404, "room_not_found")
    refused(cast.stranger.delete(f"{cast.url}/bans/{cast.member.id}"), 404, "room_not_found")


@pytest.mark.parametrize("ban", (False, True))
def test_a_socket_hears_nothing_behind_its_users_removal(connect, cast, ban):
    his, hers = connect(cast.member), connect(cast.moderator)
    his.join(cast.room)
    hers.join(cast.room)
    cast.owner.delete(f"{cast.url}/users/{cast.member.id}", params={"ban": ban})
    assert his.expect("member_left", roomId=cast.room)["user"]["id"] == cast.member.id
    cast.owner.say(cast.room, "without him")
    hers.wait_messages(cast.room, 1)
    assert his.request("ping")["type"] == "ack"
    assert his.messages(cast.room) == []
    for refuse in (lambda: his.message(cast.room, "still here?"), lambda: his.join(cast.room)):
        with pytest.raises(Refused, match="room_not_found"):
            refuse()


def test_who_sends_whom_away(cast, client_token):
    def remove(who, whom):
        return who.delete(f"{cast.url}/users/{whom.id}")

    refused(remove(cast.member, cast.moderator), 403, "forbidden")
    refused(remove(cast.member, cast.member), 403, "forbidden")
    refused(remove(cast.moderator, cast.owner), 403, "forbidden")
    refused(remove(cast.owner, cast.owner), 403, "forbidden")
    refused(remove(cast.stranger, cast.member), 404, "room_not_found")
    refused(cast.owner.delete(f"{cast.url}/users/me"), 404, "not_found")
    refused(cast.owner.delete(f"{cast.url}/users/{NOWHERE}?ban=true"), 404, "user_not_found")
    assert remove(cast.owner, cast.moderator).status_code == 200
    assert remove(client_token, cast.owner).status_code == 200
    assert member_of(cast.member.get(cast.url), cast.member)["role"] == "owner", "the room passes on"


def test_an_owner_hands_his_office_over(cast):
    def give_role(who, whom, role):
        return who.patch(f"{cast.url}/users/{whom.id}", json={"role": role})

    refused(give_role(cast.owner, cast.owner, "member"), 403, "forbidden")
    refused(give_role(cast.moderator, cast.member, "moderator"), 403, "forbidden")
    refused(give_role(cast.member, cast.member, "owner"), 403, "forbidden")
    refused(give_role(cast.owner, cast.stranger, "owner"), 404, "user_not_found")
    refused(give_role(cast.owner, cast.member, "king"), 422, "bad_field", "role")
    answer = give_role(cast.owner, cast.member, "owner")
    assert (answer.status_code, answer.json()) == (200, {"message": "Member updated"})
    assert give_role(cast.owner, cast.owner, "member").status_code == 200
    roles = {one["id"]: one["role"] for one in cast.member.get(cast.url).json()["users"]}
    assert roles == {cast.owner.id: "member", cast.moderator.id: "moderator", cast.member.id: "owner"}


def test_a_mute_is_seen_by_everybody_in_the_room(connect, cast, someone):
    url, other = f"{cast.url}/users/{cast.member.id}", someone()
    cast.owner.add(cast.room, other)
    socket = connect(other)
    socket.join(cast.room)
    assert cast.moderator.patch(url, json={"mutedUntil": "2099-01-02T04:04:05.678+01:00"}).status_code == 200
    assert socket.expect("member_updated", roomId=cast.room)["data"] == {"mutedUntil": SOON}
    refused(cast.member.post(f"{cast.url}/messages", json={"content": "x"}), 403, "muted")
    for who in (cast.owner, cast.moderator, cast.member, other):
        assert member_of(who.get(cast.url), cast.member)["mutedUntil"] == SOON
        assert member_of(who.get(cast.url), cast.owner)["mutedUntil"] is None
    seq = cast.owner.get(cast.url).json()["lastSeq"]
    for body in ({"mutedUntil": SOON}, {}, {"role": None}):
        assert cast.moderator.patch(url, json=body).status_code == 200
    assert cast.owner.get(cast.url).json()["lastSeq"] == seq
    assert cast.moderator.patch(url, json={"mutedUntil": None}).status_code == 200
    cast.member.say(cast.room, "again")
    assert member_of(cast.owner.get(cast.url), cast.member)["mutedUntil"] is None
    cast.moderator.patch(url, json={"mutedUntil": PAST})
    cast.member.say(cast.room, "and again")
    assert member_of(cast.owner.get(cast.url), cast.member)["mutedUntil"] is None


def test_who_is_muted_or_slowed_down_hears_so_on_his_socket(connect, cast):
    socket = connect(cast.member)
    socket.join(cast.room)
    cast.moderator.patch(f"{cast.url}/users/{cast.member.id}", json={"mutedUntil": SOON})
    with pytest.raises(Refused) as muted:
        socket.message(cast.room, "x")
    assert muted.value.event["code"] == "muted" and "retryable" not in muted.value.event
    cast.moderator.patch(f"{cast.url}/users/{cast.member.id}", json={"mutedUntil": None})
    cast.moderator.patch(cast.url, json={"slowModeSeconds": 3600})
    socket.message(cast.room, "one")
    with pytest.raises(Refused) as slowed:
        socket.message(cast.room, "two")
    assert (slowed.value.event["code"], slowed.value.event["retryable"]) == ("slow_mode", True)
    assert 3500_000 < slowed.value.event["retryAfterMs"] <= 3600_000


def test_what_is_wrong_with_a_mute_is_said(cast):
    url = f"{cast.url}/users/{cast.member.id}"
    for value in ("", "soon", "2099-01-02 03:04:05Z", "2099-13-01T00:00:00Z", "9" * 65, 5, True):
        refused(cast.owner.patch(url, json={"mutedUntil": value}), 422, "bad_field", "mutedUntil")
    for who, whom in ((cast.moderator, cast.owner), (cast.moderator, cast.moderator), (cast.member, cast.member)):
        refused(who.patch(f"{cast.url}/users/{whom.id}", json={"mutedUntil": SOON}), 403, "forbidden")
    refused(cast.stranger.patch(url, json={"mutedUntil": SOON}), 404, "room_not_found")


# --- leaving ----------------------------------------------------------------------------------------------


def test_who_has_left_has_nothing_unread_and_no_role(cast, public):
    cast.owner.say(public, "one")
    assert in_list(cast.member, public)["unread"] == 1
    cast.member.post(f"/api/rooms/{public}/leave")
    cast.owner.say(public, "two")
    seen = in_list(cast.member, public, public=True)
    assert (seen["unread"], seen["mentions"], seen["role"], seen["lastMessage"]) == (0, 0, None, None)
    assert in_list(cast.member, public) is None
    refused(cast.member.get(f"/api/rooms/{public}/messages"), 403, "not_member")
    refused(cast.member.post(f"/api/rooms/{public}/leave"), 403, "not_member")
    cast.member.post(f"/api/rooms/{public}/join")
    assert in_list(cast.member, public)["unread"] == 0


def test_the_last_one_leaves_the_room_empty_and_kept(cast, admin):
    cast.owner.say(cast.room, "kept")
    for who, heir in ((cast.owner, cast.moderator), (cast.moderator, cast.member), (cast.member, None)):
        assert who.post(f"{cast.url}/leave").status_code == 200
        refused(who.post(f"{cast.url}/leave"), 404, "room_not_found")
        if heir:
            assert member_of(heir.get(cast.url), heir)["role"] == "owner"
    room = admin.get(cast.url).json()
    assert (room["users"], room["_count"]["members"]) == ([], 0)
    assert [m["content"] for m in admin.history(cast.room).json()] == ["kept"]
    answer = admin.post(f"{cast.url}/users", json={"userId": cast.owner.id, "role": "owner"})
    assert answer.status_code == 200
    assert member_of(cast.owner.get(cast.url), cast.owner)["role"] == "owner"


# --- at the same moment -----------------------------------------------------------------------------------


def test_a_socket_hears_the_end_behind_the_last_message(connect, cast):
    """Posts run against the deletion: what was taken comes before it, and nothing behind it."""
    socket = connect(cast.member)
    socket.join(cast.room)

    def post(i):
        answer = cast.owner.post(f"{cast.url}/messages", json={"content": str(i)})
        return answer.json()["seq"] if answer.status_code == 201 else None

    with ThreadPoolExecutor(4) as pool:
        posts = [pool.submit(post, i) for i in range(8)]
        deleted = pool.submit(cast.owner.delete, cast.url)
        taken = [seq for seq in (one.result() for one in posts) if seq]
    assert deleted.result().status_code == 200
    end = socket.expect("room_deleted", roomId=cast.room)["seq"]
    assert end == max(taken, default=end - 1) + 1
    assert sorted(event["seq"] for event in socket.messages(cast.room)) == sorted(taken)
    assert socket.request("ping")["type"] == "ack", "the room has ended, not the socket"
