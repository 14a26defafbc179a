"""Edits, deletions and reactions over a socket: they do what the routes do, and are refused as those refuse."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from answers import NEVER
from apitokens import READ, WRITE, ApiToken
from gateways import Gateway
from native import LOBBY, frame
from system import wait_until
from wsclient import NativeSocket, Refused

THUMB = "\U0001f44d"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"

# A change, and what the route of the same name does.
FIELDS = {"edit": {"content": "second"}, "delete": {}, "react": {"emoji": THUMB}, "unreact": {"emoji": THUMB}}
EVENTS = {"edit": "message_edited", "delete": "message_deleted", "react": "reaction_added", "unreact": "reaction_removed"}
# Held, it keeps a change waiting; and the session in which one does.
LOCK = "SELECT FROM chat.room_seq WHERE room_id = %s FOR UPDATE"
WAITING = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%%chat.change_messages%%' AND wait_event_type = 'Lock'"

EVERY = pytest.mark.parametrize("change", FIELDS)


def url(message, *more):
    return "/".join([f"/api/rooms/{message['roomId']}/messages/{message['id']}", *more])


def by_route(person, change, message, **fields):
    """The same change over REST: the answer."""
    fields = {**FIELDS[change], **fields}
    if change in ("edit", "delete"):
        return person.request("PATCH" if change == "edit" else "DELETE", url(message), json=fields or None)
    path = url(message, "reactions", quote(fields["emoji"], safe=""))
    return person.request("PUT" if change == "react" else "DELETE", path)


def by_socket(socket, change, message, **fields):
    """The change: its ack, or Refused."""
    return socket.request(change, **{"roomId": message["roomId"], "messageId": message["id"], **FIELDS[change], **fields})


def stored(person, message):
    answer = person.get(url(message))
    assert answer.status_code == 200, answer.text
    return answer.json()


def sql(system, query, *values):
    with system.db() as db:
        return db.execute(query, values)


def refused_alike(socket, person, change, message, code, **fields):
    """Over the socket and over REST it is refused by the same code, in the same words, for the same field."""
    with pytest.raises(Refused) as refused:
        by_socket(socket, change, message, **fields)
    told = by_route(person, change, message, **fields).json()
    said = refused.value.event
    assert said["code"] == told["code"] == code
    assert (said["detail"], said.get("field")) == (told["detail"], told.get("field"))


@pytest.fixture
def said(room, connect):
    """A message of Bob's, Ann who owns the room, and a socket of each; hers has joined."""
    ann, bob, room_id = room
    message = bob.say(room_id, "first")
    hers = connect(ann)
    hers.join(room_id)
    return ann, bob, message, hers, connect(bob)


# --- what each does -------------------------------------------------------------------------------


def test_a_change_is_acknowledged_stored_and_heard(said):
    ann, bob, message, hers, his = said
    his.join(message["roomId"])
    for change in ("edit", "react", "unreact", "delete"):
        ack = by_socket(his, change, message)
        now = stored(ann, message)
        assert set(ack) == {"type", "ref", "seq"} and ack["seq"] == now["rev"]
        heard = [socket.expect(EVENTS[change], seq=ack["seq"]) for socket in (hers, his)]
        assert heard[0] == heard[1] and heard[0]["message"] == now and heard[0]["actorId"] == bob.id
        assert his.events.index(ack) < his.events.index(heard[1])
    assert now["content"] == "" and now["deletedAt"] and now["reactions"] == {}


def test_an_edit_keeps_what_was_said_before(said):
    ann, bob, message, _, his = said
    long = "\U0001f600" * 8000
    by_socket(his, "edit", message)
    his.send_raw(frame("edit", ref=1, roomId=message["roomId"], messageId=message["id"], content=long))
    his.expect("ack", ref=1)
    assert stored(ann, message)["content"] == long
    assert [edit["content"] for edit in ann.get(url(message, "edits")).json()] == ["first", "second"]


def test_reactions_of_several(said):
    ann, bob, message, hers, his = said
    for socket in (hers, his):
        by_socket(socket, "react", message)
    by_socket(his, "react", message, emoji=FAMILY)
    assert stored(ann, message)["reactions"] == {THUMB: 2, FAMILY: 1}
    by_socket(his, "unreact", message)
    assert stored(ann, message)["reactions"] == {THUMB: 1, FAMILY: 1}
    removed = hers.expect("reaction_removed")
    assert (removed["actorId"], removed["data"]) == (bob.id, {"emoji": THUMB})


@EVERY
def test_what_is_so_already_is_acknowledged_without_a_seq(said, change):
    ann, bob, message, hers, his = said
    if change == "unreact":
        by_socket(his, "react", message)
    by_socket(his, change, message)
    hers.expect(EVENTS[change])
    before = stored(ann, message)
    ack = by_socket(his, change, message)
    assert set(ack) == {"type", "ref"}
    assert stored(ann, message) == before
    hers.message(message["roomId"], "the end")
    hers.wait_messages(message["roomId"], 1)
    assert len([event for event in hers.events if event["type"] == EVENTS[change]]) == 1


def test_without_a_ref_it_is_done_all_the_same(said):
    ann, bob, message, hers, his = said
    his.send(type="react", roomId=message["roomId"], messageId=message["id"], emoji=THUMB)
    hers.expect("reaction_added")
    his.request("ping")
    assert len([event for event in his.events if event["type"] in ("ack", "error")]) == 1


def test_in_the_lobby(someone, connect):
    ann, bob = someone(), someone()
    hers, his = connect(ann), connect(bob)
    hers.join(LOBBY)
    message = bob.say(LOBBY, "hello everybody")
    for socket, change in ((hers, "react"), (his, "edit"), (hers, "unreact")):
        ack = by_socket(socket, change, message)
        assert hers.expect(EVENTS[change], seq=ack["seq"])["message"]["id"] == message["id"]
    refused_alike(hers, ann, "delete", message, "forbidden")
    refused_alike(hers, ann, "edit", message, "forbidden")
    assert hers.expect("message_deleted", seq=by_socket(his, "delete", message)["seq"])


def test_a_reply_that_is_deleted_counts_no_more(said):
    ann, bob, message, hers, _ = said
    reply = hers.message(message["roomId"], "reply", parentId=message["id"])
    assert stored(ann, message)["replyCount"] == 1
    ack = by_socket(hers, "delete", {"roomId": message["roomId"], "id": reply["id"]})
    assert (stored(ann, message)["replyCount"], stored(ann, message)["rev"]) == (0, ack["seq"])


def test_who_is_named_by_an_edit_has_it_in_his_own_log(system, said):
    ann, bob, message, hers, his = said
    by_socket(his, "edit", message, content=f"@{ann.name} look")
    told = sql(system, "SELECT data FROM chat.user_events WHERE user_id = %s AND kind = 'mention' AND data->>'roomId' = %s",
               ann.id, message["roomId"]).fetchall()
    assert told == [({"roomId": message["roomId"], "seq": message["seq"], "messageId": message["id"]},)]


def test_deleting_what_another_said_is_in_the_audit_log(system, said):
    ann, bob, message, hers, _ = said
    by_socket(hers, "delete", message)
    row = sql(system, "SELECT target_id::text, ip_address FROM chat.audit_log WHERE actor_id = %s AND action = 'message_deleted'"
              " AND data->>'messageId' = %s", ann.id, message["id"]).fetchall()
    assert row == [(bob.id, "127.0.0.1")]


def test_on_another_gateway_it_is_heard_at_once(system, said):
    """By a bell: the poll would take a second."""
    ann, bob, message, hers, his = said
    with Gateway(system) as other:
        far = NativeSocket(other.ws_url, ann.access_token)
        far.join(message["roomId"])
        for change in ("edit", "react"):
            ack = by_socket(his, change, message)
            assert far.expect(EVENTS[change], timeout=0.9)["seq"] == ack["seq"]
        far.close()


# --- what is refused ------------------------------------------------------------------------------


@EVERY
def test_what_is_not_there(said, someone, change):
    ann, bob, message, hers, _ = said
    elsewhere = ann.say(ann.create_room()["id"], "elsewhere")["id"]
    for id_ in (NEVER, elsewhere):
        refused_alike(hers, ann, change, message | {"id": id_}, "message_not_found")
    refused_alike(hers, ann, change, message | {"roomId": NEVER}, "room_not_found")


@EVERY
def test_who_is_not_in_the_room(said, someone, connect, change):
    ann, _, message, *_ = said
    stranger = someone()
    refused_alike(connect(stranger), stranger, change, message, "not_member")
    hidden = ann.say(ann.create_room(isPrivate=True)["id"], "hidden")
    refused_alike(connect(stranger), stranger, change, hidden, "room_not_found")


@pytest.mark.parametrize("change", ["edit", "delete"])
def test_what_another_said(said, change):
    ann, bob, _, _, his = said
    hers_said = ann.say(said[2]["roomId"], "hers")
    refused_alike(his, bob, change, hers_said, "forbidden")


@pytest.mark.parametrize("change", ["edit", "react", "unreact"])
def test_what_is_deleted(said, change):
    _, bob, message, _, his = said
    by_socket(his, "delete", message)
    refused_alike(his, bob, change, message, "message_not_found")


def test_who_is_muted_archived_or_banned(system, said):
    ann, bob, message, _, his = said
    room_id = message["roomId"]
    sql(system, "SELECT chat.set_member(%s, %s, false, %s, NULL, 'infinity', true)", room_id, ann.id, bob.id)
    for change in ("edit", "react"):
        refused_alike(his, bob, change, message, "muted")
    sql(system, "UPDATE chat.rooms SET archived_at = now() WHERE id = %s", room_id)
    for change in ("edit", "react", "unreact"):
        refused_alike(his, bob, change, message, "archived")
    assert by_socket(his, "delete", message)["seq"]
    sql(system, "SELECT chat.remove_member(%s, %s, false, %s, true)", room_id, ann.id, bob.id)
    for change in FIELDS:
        refused_alike(his, bob, change, message, "banned")


def test_what_was_said_before_somebody_joined(someone, connect):
    ann, late = someone(), someone()
    room_id = ann.create_room(historyVisibility="since_join")["id"]
    old = ann.say(room_id, "old")
    ann.add(room_id, late)
    refused_alike(connect(late), late, "react", old, "message_not_found")


def test_between_two_people_one_of_whom_has_blocked_the_other(system, someone, connect):
    ann, bob = someone(), someone()
    made = bob.post("/messages", json={"recipient_id": ann.id, "content": "hello"}).json()
    message = {"roomId": made["conversation_id"], "id": made["id"]}
    sql(system, "INSERT INTO chat.user_blocks (user_id, blocked_id) VALUES (%s, %s)", ann.id, bob.id)
    try:
        for change in ("edit", "react"):
            refused_alike(connect(bob), bob, change, message, "blocked")
    finally:
        sql(system, "DELETE FROM chat.user_blocks WHERE user_id = %s", ann.id)


def test_a_message_has_at_most_20_different_reactions(system, said):
    ann, bob, message, _, his = said
    for number in range(20):
        sql(system, "SELECT chat.react(%s, %s, %s, %s)", message["roomId"], message["id"], ann.id, str(number))
    refused_alike(his, bob, "react", message, "limit_reached")


@pytest.mark.parametrize(
    "change, fields, field",
    [
        ("edit", {"content": ""}, "content"),
        ("edit", {"content": 7}, "content"),
        ("edit", {"content": None}, "content"),
        ("edit", {"content": "x" * 8001}, "content"),
        ("edit", {"messageId": "7"}, "messageId"),
        ("edit", {"roomId": "7"}, "roomId"),
        ("delete", {"messageId": None}, "messageId"),
        ("react", {"emoji": ""}, "emoji"),
        ("react", {"emoji": 7}, "emoji"),
        ("react", {"emoji": None}, "emoji"),
        ("react", {"emoji": "ä" * 33}, "emoji"),
        ("react", {"emoji": " x"}, "emoji"),
        ("unreact", {"emoji": "\u202ex"}, "emoji"),
        ("unreact", {"emoji": "a\nb"}, "emoji"),
    ],
)
def test_a_bad_field(said, change, fields, field):
    _, _, message, _, his = said
    with pytest.raises(Refused) as refused:
        by_socket(his, change, message, **fields)
    assert (refused.value.code, refused.value.event["field"]) == ("bad_field", field)
    his.request("ping")


# --- by which credential --------------------------------------------------------------------------


@EVERY
def test_a_token_that_may_not_write(system, said, connect, change):
    _, bob, message, *_ = said
    token = ApiToken(system, bob, permissions=READ)
    with pytest.raises(Refused) as refused:
        by_socket(connect(token), change, message)
    assert refused.value.code == "forbidden"


def test_a_session_that_has_ended(system, person, connect):
    """It is asked in the transaction itself, behind the lock: he was let in, and may change nothing any more."""
    ann = person()
    message = ann.say(ann.create_room()["id"], "first")
    socket = connect(ann)
    with system.db() as db, system.db() as holder, holder.transaction():
        holder.execute(LOCK, [message["roomId"]])
        for change, fields in FIELDS.items():
            socket.send(type=change, ref=change, roomId=message["roomId"], messageId=message["id"], **fields)
        wait_until(lambda: db.execute(WAITING).fetchone(), 5)
        db.execute("UPDATE chat.sessions SET revoked_at = now() WHERE user_id = %s", [ann.id])
    assert socket.wait_closed().code == 4401
    answers = [event for event in socket.events if event["type"] in ("ack", "error")]
    assert all(answer.get("code") == "unauthorized" for answer in answers)   # unless it was closed before
    wait_until(lambda: not sql(system, WAITING).fetchone(), 5)
    kept = sql(system, "SELECT content, rev FROM chat.messages WHERE id = %s", message["id"]).fetchone()
    assert kept == ("first", message["rev"])


def test_an_application(system, said, connect):
    """It changes what others said when it manages rooms; it reacts as its owner."""
    ann, bob, message, *_ = said
    socket = connect(ApiToken(system, ann, "CLIENT"))
    by_socket(socket, "edit", message, content="moderated")
    by_socket(socket, "react", message)
    assert (stored(bob, message)["content"], stored(bob, message)["reactions"]) == ("moderated", {THUMB: 1})
    lesser = connect(ApiToken(system, ann, "CLIENT", READ | WRITE))
    for change in ("edit", "delete"):
        with pytest.raises(Refused) as refused:
            by_socket(lesser, change, message)
        assert refused.value.code == "forbidden"
    by_socket(lesser, "unreact", message)
    assert by_socket(socket, "delete", message)["seq"]


def test_an_administrator_by_a_lesser_token_keeps_no_order(system, said, connect, person):
    """The rights of the token count, not those of the role alone."""
    _, bob, message, *_ = said
    admin = person()
    sql(system, "UPDATE chat.users SET role = 'ADMIN' WHERE id = %s", admin.id)
    lesser = connect(ApiToken(system, admin, permissions=READ | WRITE))
    with pytest.raises(Refused) as refused:
        by_socket(lesser, "delete", message)
    assert refused.value.code == "not_member"
    assert by_socket(connect(admin), "delete", message)["seq"]


# --- order, batches, races ------------------------------------------------------------------------


def test_what_one_sends_is_done_in_the_order_of_sending(said):
    """Messages and changes alternate, so no two are of one batch."""
    ann, bob, message, hers, his = said
    room = {"roomId": message["roomId"]}
    for n in range(0, 12, 3):
        his.send(type="react", ref=n, messageId=message["id"], emoji=THUMB, **room)
        his.send(type="message", ref=n + 1, clientId=f"{message['id']}{n}", content="x", **room)
        his.send(type="unreact", ref=n + 2, messageId=message["id"], emoji=THUMB, **room)
    acks = [his.expect("ack", "error", ref=n) for n in range(12)]
    seqs = [ack["seq"] for ack in acks]
    assert seqs == list(range(seqs[0], seqs[0] + 12))
    assert [event["ref"] for event in his.events if event["type"] == "ack"] == list(range(12))
    assert stored(ann, message)["reactions"] == {}


def test_the_refusal_of_one_is_nobody_elses(said, connect, someone):
    """Many in one statement."""
    ann, bob, message, hers, his = said
    stranger = connect(someone())
    room = {"roomId": message["roomId"], "messageId": message["id"]}
    for n in range(5):
        for socket in (stranger, hers, his):
            socket.send(type="react", ref=n, emoji=f"{n}", **room)
    for n in range(5):
        assert stranger.expect("ack", "error", ref=n)["code"] == "not_member"
        assert hers.expect("ack", "error", ref=n)["seq"] and his.expect("ack", "error", ref=n)["seq"]
    assert stored(ann, message)["reactions"] == {f"{n}": 2 for n in range(5)}


def test_edits_against_a_deletion(system, said, connect):
    """Two sockets and REST: one deletion wins, what comes behind it finds nothing, and all hear the same."""
    ann, bob, message, hers, his = said
    second = connect(bob)
    start = threading.Barrier(4)

    def over(socket, prefix):
        start.wait()
        codes = []
        for n in range(6):
            try:
                codes.append(by_socket(socket, "edit", message, content=f"{prefix} {n}")["type"])
            except Refused as refused:
                codes.append(refused.code)
        return codes

    def over_rest():
        start.wait()
        return [answer.json().get("code", "ack") for n in range(6)
                for answer in [by_route(bob, "edit", message, content=f"rest {n}")]]

    def delete():
        start.wait()
        return [by_socket(hers, "delete", message)["type"]]

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(over, his, "one"), pool.submit(over, second, "two"), pool.submit(over_rest), pool.submit(delete)]
        outcomes = [future.result() for future in running]
    for codes in outcomes:
        assert codes == sorted(codes) and set(codes) <= {"ack", "message_not_found"}
    edits = sum(codes.count("ack") for codes in outcomes[:3])
    kinds = sql(system, "SELECT kind FROM chat.room_events WHERE room_id = %s AND target_seq = %s ORDER BY seq",
                message["roomId"], message["seq"]).fetchall()
    assert [kind for (kind,) in kinds] == ["message_edited"] * edits + ["message_deleted"]
    last = hers.expect("message_deleted")
    assert last["message"] == stored(ann, message) and last["message"]["content"] == ""
    seqs = [event["seq"] for event in hers.events if event.get("roomId") == message["roomId"] and "seq" in event]
    assert seqs == list(range(seqs[0], last["seq"] + 1))


# --- limits ---------------------------------------------------------------------------------------


def test_changes_are_counted_per_user_on_all_his_sockets(system, said):
    ann, bob, message, *_ = said
    with Gateway(system, WRITES_PER_MINUTE="4") as slow:
        sockets = [NativeSocket(slow.ws_url, bob.access_token) for _ in range(2)]
        other = NativeSocket(slow.ws_url, ann.access_token)
        for n in range(4):
            by_socket(sockets[n % 2], "react", message, emoji=f"{n}")
        for socket in sockets:
            with pytest.raises(Refused) as refused:
                by_socket(socket, "react", message)
            assert refused.value.code == "rate_limited" and refused.value.event["retryAfterMs"] > 1000
        by_socket(other, "react", message)
        for socket in (*sockets, other):
            socket.close()


def test_an_application_is_not_counted(system, said):
    ann, _, message, *_ = said
    with Gateway(system, WRITES_PER_MINUTE="1") as slow:
        socket = NativeSocket(slow.ws_url, ApiToken(system, ann, "CLIENT").access_token)
        for n in range(4):
            by_socket(socket, "edit", message, content=f"{n}")
        socket.close()


# --- when the database fails ----------------------------------------------------------------------



def end_the_waiting_writer(db):
    """Ends the session in which a change waits for the room's lock: its outcome is unknown to the gateway."""
    found = wait_until(lambda: db.execute(WAITING).fetchone(), 5)
    db.execute("SELECT pg_terminate_backend(%s)", found)
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    wait_until(lambda: db.execute(gone, found).fetchone()[0], 5, "its end: else it is found a second time")


def test_a_lost_connection_is_tried_again_once(system, said):
    ann, bob, message, hers, his = said
    for times in (1, 2):
        with system.db() as db, system.db() as holder, holder.transaction():
            holder.execute(LOCK, [message["roomId"]])
            his.send(type="edit", ref=f"e{times}", roomId=message["roomId"], messageId=message["id"], content=f"{times}")
            his.send(type="react", ref=f"r{times}", roomId=message["roomId"], messageId=message["id"], emoji=f"{times}")
            for _ in range(times):
                end_the_waiting_writer(db)
        answers = [his.expect("ack", "error", ref=ref) for ref in (f"e{times}", f"r{times}")]
        if times == 1:
            assert [answer["type"] for answer in answers] == ["ack", "ack"]
            assert hers.expect("message_edited")["seq"] == answers[0]["seq"]
        else:
            assert [answer["code"] for answer in answers] == ["commit_unknown"] * 2
            assert all(answer["retryable"] and "try again" in answer["detail"] for answer in answers)
    assert (stored(ann, message)["content"], stored(ann, message)["reactions"]) == ("1", {"1": 1})
    by_socket(his, "edit", message, content="2")


def test_a_gateway_that_dies_between_commit_and_ack(system, said):
    """Whoever asks again elsewhere is told that it is so."""
    ann, bob, message, hers, his = said
    with Gateway(system, CS_HOOK="gateway_after_commit_before_ack@1=kill") as dying:
        lost = NativeSocket(dying.ws_url, bob.access_token)
        lost.send(type="edit", ref=1, roomId=message["roomId"], messageId=message["id"], content="second")
        lost.wait_closed()
    assert [event["type"] for event in lost.events] == ["welcome"]
    assert set(by_socket(his, "edit", message)) == {"type", "ref"}
    assert hers.expect("message_edited")["message"] == stored(ann, message)
    assert stored(ann, message)["content"] == "second"
