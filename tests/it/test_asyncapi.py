"""The check of native frames (asyncapi.py) against seeded lies: a talk that is right, and a document that is not."""

import copy

import pytest
from asyncapi import FRAMES, Frames, Talk
from people import unique
from wsclient import NativeSocket


@pytest.fixture(scope="module")
def transcript(system, crowd):
    """What a socket said and heard that saw something of everything: ("sent" or "received", text)."""
    said = []
    ann, bob = next(crowd), next(crowd)
    room = ann.create_room()["id"]
    with pytest.MonkeyPatch.context() as patch:
        for how in ("sent", "received"):
            patch.setattr(Talk, how, lambda _, text, how=how: said.append((how, text)))
        socket = NativeSocket(system.ws_url, token=ann.access_token)
        socket.join(room)
        ann.add(room, bob)
        ack = socket.message(room, unique("word"))
        ann.patch(f"/api/rooms/{room}/messages/{ack['id']}", json={"content": "another"})
        ann.patch(f"/api/rooms/{room}", json={"name": unique("other")})
        socket.expect("room_updated")
        socket.send(type="join", ref=5, roomId="nonsense")
        socket.expect("error")
        socket.close()
    return said


def heard(frames, transcript):
    """What a check by these frames complains of."""
    talk = Talk(frames)
    for how, text in transcript:
        getattr(talk, how)(text)
    return frames.complaints


def schema(tree, name):
    return tree["components"]["schemas"][name]


def own(tree, name):
    """The part of a schema that is not openapi.yaml's."""
    return schema(tree, name)["allOf"][1]


def message(tree, name):
    return tree["channels"]["socket"]["messages"][name]["payload"]


LIES = {
    "an event that is not documented": lambda t: schema(t, "Event")["oneOf"].remove(
        {"$ref": "#/components/schemas/Joined"}),
    "a field that is not documented": lambda t: schema(t, "Welcome")["properties"].pop("heartbeatMs"),
    "a field that does not come": lambda t: schema(t, "Joined")["required"].append("type2"),
    "a field of another type": lambda t: schema(t, "Joined")["properties"].update(recovered={"type": "string"}),
    "an id of another form": lambda t: schema(t, "Joined")["properties"].update(epoch={"type": "string", "format": "uuid"}),
    "a code that is none of ours": lambda t: schema(t, "Error")["properties"].update(code={"enum": ["other"]}),
    "an ack of another operation": lambda t: t["operations"]["message"].update(
        {"x-ack": {"$ref": "#/components/schemas/Ack"}}),
    "data that is not documented": lambda t: own(t, "RoomUpdated")["properties"]["data"]["properties"].pop("name"),
    "data that does not come": lambda t: own(t, "MemberJoined")["properties"]["data"]["required"].append("since"),
    "a change that must be named": lambda t: own(t, "MessageChange").update(anyOf=[{"required": ["messageId"]}]),
    "an operation that is not documented": lambda t: t["operations"].pop("message"),
    "what was accepted and is not documented": lambda t: message(t, "message")["properties"].update(
        content={"type": "string", "maxLength": 3}),
}


def test_the_right_document_has_no_complaint(transcript):
    assert heard(Frames(FRAMES.tree), transcript) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_document_that_lies_is_caught(transcript, lie):
    tree = copy.deepcopy(FRAMES.tree)
    LIES[lie](tree)
    assert heard(Frames(tree), transcript)


def test_a_frame_is_an_array_in_which_no_key_comes_twice():
    for text in ('{"type": "left"}', "[]", "[", '[{"type": "ack", "ref": 1, "ref": 1}]'):
        assert heard(Frames(FRAMES.tree), [("received", text)])
