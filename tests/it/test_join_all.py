"""join_all: all rooms of a user by one operation, in full up to the cap, the others listed."""

import pytest
from gateways import UNLIMITED, Gateway
from native import LOBBY, contents
from people import Person, unique
from system import wait_until
from test_gateways import listeners
from wsclient import NativeSocket, Refused

CAP = 2


@pytest.fixture(scope="module")
def narrow(system):
    """A gateway that lets a socket join two rooms."""
    with Gateway(system, ROOMS_PER_SOCKET=str(CAP), **UNLIMITED) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def four(system):
    """Somebody who is a member of four rooms all the time."""
    ann = Person(system).register().login()
    yield ann, [ann.create_room()["id"] for _ in range(4)]
    ann.close()


@pytest.fixture
def rooms(four):
    """The same, and the rooms in their order: the most recently active first."""
    ann, made = four
    for room_id in made[::-1]:
        ann.say(room_id, "something")
    return four


def join_all(socket, **fields):
    """Joins all: the ack, the joined frames before it and the rooms listed, in their order."""
    began = len(socket.events)
    ack = socket.request("join_all", **fields)
    until = socket.events.index(ack, began)
    came = socket.events[began:until]
    joined = [event for event in came if event["type"] == "joined"]
    return ack, joined, [event["roomId"] for event in came if event["type"] == "activity"]


def activities(socket, room_id):
    return [e["lastSeq"] for e in list(socket.events) if e["type"] == "activity" and e["roomId"] == room_id]


def test_it_joins_every_room_of_the_user_and_no_other(connect, person, someone):
    ann, other = person(), someone()
    made = [ann.create_room()["id"] for _ in range(4)][::-1]
    foreign = other.create_room()["id"]
    left = other.create_room()["id"]
    other.add(left, ann)
    assert ann.post(f"/api/rooms/{left}/leave").status_code == 200
    pair = ann.post("/api/conversations", json={"type": "p2p", "user_id": other.id}).json()["conversation_id"]
    seq = ann.say(made[3], "now the most recent")["seq"]
    socket = connect(ann)
    ack, joined, listed = join_all(socket)
    assert ack == {"type": "ack", "ref": ack["ref"], "joined": 5, "listed": 0, "more": False}
    assert [event["roomId"] for event in joined] == [made[3], pair, *made[:3]]
    assert not listed and not {foreign, left, LOBBY} & {event["roomId"] for event in joined}
    assert joined[0] == {"type": "joined", "roomId": made[3], "epoch": joined[0]["epoch"], "lastSeq": seq,
                         "recovered": False, "members": 1, "readSeq": joined[0]["readSeq"]}
    ann.say(made[1], "heard")
    assert contents([socket.expect("new_message", roomId=made[1])]) == ["heard"]


def test_who_has_no_room_joins_none(connect, person):
    ack, joined, listed = join_all(connect(person()))
    assert (ack["joined"], ack["listed"], joined, listed) == (0, 0, [], [])


def test_an_application_is_a_member_of_nothing(connect, system):
    socket = connect()
    socket.auth(system.credentials()["CLIENT_TOKEN"])
    ack, joined, listed = join_all(socket)
    assert (ack["joined"], ack["listed"], joined, listed) == (0, 0, [], [])


def test_it_resumes_from_the_positions_that_are_named(connect, rooms):
    ann, made = rooms
    socket = connect(ann)
    _, joined, _ = join_all(socket)
    at = {event["roomId"]: event["lastSeq"] for event in joined}
    epoch = socket.welcome["epoch"]
    socket.close()
    for room_id in made[:3]:
        ann.say(room_id, "meanwhile")
    socket = connect(ann)
    places = [{"roomId": room_id, "after": at[room_id]} for room_id in made[:2]]
    places.append({"roomId": LOBBY, "after": 1})  # he is no member of it
    ack, joined, _ = join_all(socket, epoch=epoch, rooms=places)
    assert ack["joined"] == 4
    recovered = {event["roomId"] for event in joined if event["recovered"]}
    assert recovered == set(made[:2])
    for room_id in made[:2]:
        assert contents(socket.wait_messages(room_id, 1)) == ["meanwhile"]
    ann.say(made[2], "later")
    assert contents(socket.wait_messages(made[2], 1)) == ["later"]


def test_without_the_epoch_nothing_is_recovered(connect, rooms):
    ann, made = rooms
    _, joined, _ = join_all(connect(ann), rooms=[{"roomId": made[0], "after": 1}])
    assert [event["recovered"] for event in joined] == [False] * 4


def test_what_is_joined_already_stays_as_it_is(connect, rooms):
    ann, made = rooms
    socket = connect(ann)
    socket.join(made[2])
    ack, joined, _ = join_all(socket)
    assert ack["joined"] == 4 and [event["roomId"] for event in joined] == [made[0], made[1], made[3]]
    ack, joined, _ = join_all(socket)
    assert ack["joined"] == 4 and joined == []


@pytest.mark.parametrize("rooms", [{}, [7], [{}], [{"roomId": LOBBY}], [{"roomId": "x", "after": 1}],
                                   [{"roomId": LOBBY, "after": -1}], [{}] * 1001])
def test_bad_positions_are_refused(connect, someone, rooms):
    with pytest.raises(Refused) as refused:
        connect(someone()).request("join_all", rooms=rooms)
    assert refused.value.code == "bad_field"


def test_one_list_at_a_time(raw, rooms):
    socket = raw()
    socket.send_together({"type": "auth", "token": rooms[0].access_token},
                         {"type": "join_all", "ref": 1}, {"type": "join_all", "ref": 2})
    refused = socket.receive_events("error")
    assert (refused["ref"], refused["code"]) == (2, "conflict")
    assert socket.receive_events("ack")["ref"] == 1
    socket.send({"type": "join_all", "ref": 3})
    assert socket.receive_events("ack")["joined"] == 4


# --- over the cap ---------------------------------------------------------------------------------


@pytest.fixture
def capped(narrow, rooms):
    """A socket with two rooms in full and two listed: (Ann, her rooms, it)."""
    ann, made = rooms
    socket = NativeSocket(narrow.ws_url, ann.access_token)
    ack, joined, listed = join_all(socket)
    assert (ack["joined"], ack["listed"]) == (CAP, 2)
    assert [event["roomId"] for event in joined] == made[:CAP] and listed == made[CAP:]
    yield ann, made, socket
    socket.close()


def test_of_a_listed_room_it_is_heard_that_it_moved(capped):
    ann, made, socket = capped
    stood = activities(socket, made[3])
    seqs = [ann.say(made[3], str(number))["seq"] for number in range(5)]
    wait_until(lambda: activities(socket, made[3])[-1] == seqs[-1], what="the activity")
    told = activities(socket, made[3])
    assert len(stood) == 1 and told == sorted(set(told)) and len(told) <= 4  # one a second
    assert socket.messages(made[3]) == [] and len(activities(socket, made[2])) == 1


def test_a_listed_room_can_be_joined_in_the_place_of_another(capped):
    ann, made, socket = capped
    with pytest.raises(Refused) as refused:
        socket.join(made[3])
    assert refused.value.code == "limit_reached"
    socket.request("leave", roomId=made[0])
    socket.join(made[3])
    seq = ann.say(made[3], "in full")["seq"]
    assert socket.expect("new_message", roomId=made[3])["seq"] == seq
    last = ann.say(made[2], "of a listed one")["seq"]
    wait_until(lambda: activities(socket, made[2])[-1] == last, what="the activity")
    assert len(activities(socket, made[3])) == 1  # when it was listed


def test_who_leaves_a_listed_room_hears_of_it_no_more(capped):
    ann, made, socket = capped
    socket.request("leave", roomId=made[3])
    ann.say(made[3], "unheard")
    last = ann.say(made[2], "heard")["seq"]
    wait_until(lambda: activities(socket, made[2])[-1] == last, what="the activity")
    assert len(activities(socket, made[3])) == 1


def test_the_cap_holds_for_joins_that_do_not_wait_for_answers(narrow, rooms):
    ann, made = rooms
    socket = NativeSocket(narrow.ws_url, ann.access_token)
    for number, room_id in enumerate(made):
        socket.send(type="join", ref=number, roomId=room_id)
    answers = [socket.expect("ack", "error", ref=number)["type"] for number in range(4)]
    assert answers == ["ack", "ack", "error", "error"]
    socket.close()


def test_a_lost_bell_delays_an_activity_and_no_more(capped, system):
    """The listeners are terminated; what an application posts rings no bell at all."""
    ann, made, socket = capped
    with system.db() as db:
        wait_until(lambda: listeners(db), 20, "a listener")
        for pid in listeners(db):
            db.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        seq = db.execute(
            "SELECT seq FROM chat.post_one(%s, %s, 'session', %s, %s, NULL, 'hello', NULL, 'text', NULL)",
            [made[3], ann.id, socket.welcome["sessionId"], unique("c")]).fetchone()[0]
    wait_until(lambda: activities(socket, made[3])[-1] == seq, 15, "the activity")


def test_leaving_overtakes_a_list_that_is_on_its_way(connect, rooms):
    ann, made = rooms
    socket = connect(ann)
    socket.send(type="join_all", ref=1)
    socket.send(type="leave", ref=2, roomId=made[1])
    socket.expect("ack", ref=1)
    ann.say(made[1], "unheard")
    ann.say(made[0], "heard")
    socket.wait_messages(made[0], 1)
    assert socket.messages(made[1]) == []
