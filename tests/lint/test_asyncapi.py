#!/usr/bin/env python3
"""test_asyncapi.py: every rule of asyncapi.py catches a seeded violation in a document that is right."""

import copy
import unittest

import asyncapi
from asyncapi import Document, Program
from openapi import findings

LISTED = ["ping       anyone   is answered", "note       user     write it down    text more?"]
SOURCES = {
    "op.c": """
static const struct cs_field note_fields[] = {
    CS_FIELD_TEXT(struct op_in, text, "text", CS_F_REQUIRED, 1, NOTE_MAX),
    CS_FIELD_INT(struct op_in, more, "more", 0, 0, INT64_MAX),
};
static const struct op_row rows[] = {
    {"ping", OP_NEEDS_NOTHING, NULL, 0, op_ping, "is answered"},
    {"note", OP_NEEDS_USER, FIELDS(note_fields), op_note, "write it down"},
};
""",
    "op.h": "enum { NOTE_MAX = 80 };",
    "dialect_native.c": 'struct cs_jw w = begin(b, "ack");',
}
MIGRATIONS = """
CREATE TABLE chat.room_events (
    kind text NOT NULL CHECK (kind IN ('noted')),
);
CREATE TABLE chat.user_events (
    kind text NOT NULL CHECK (kind IN
               ('called')),
);
"""


def event(kind):
    return {"type": "object", "required": ["type"], "properties": {"type": kind}}


def frame(name, *required, **properties):
    return {"summary": "x", "payload": {
        "type": "object", "required": ["type", *required], "properties": {"type": {"const": name}, "ref": {}, **properties}}}


def operation(name, needs):
    return {"action": "receive", "channel": {"$ref": "#/channels/socket"}, "x-needs": needs,
            "messages": [{"$ref": f"#/channels/socket/messages/{name}"}], "x-ack": {"$ref": "#/components/schemas/Ack"}}


RIGHT = {
    "channels": {"socket": {"messages": {
        "events": {"payload": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}},
        "ping": frame("ping"),
        "note": frame("note", "text", text={"type": "string", "minLength": 1, "maxLength": 80},
                      more={"type": ["integer", "null"], "minimum": 0}),
    }}},
    "operations": {
        "tell": {"action": "send", "messages": [{"$ref": "#/channels/socket/messages/events"}]},
        "ping": operation("ping", "anyone"),
        "note": operation("note", "user"),
    },
    "components": {"schemas": {
        "Event": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Ack", "Noted", "Called")]},
        "Ack": event({"const": "ack"}),
        "Noted": {"allOf": [{"$ref": "openapi.yaml#/components/schemas/Event"}, event({"enum": ["noted", "new_message"]})]},
        "Called": event({"const": "called"}),
    }},
}
SHARED = {"components": {"schemas": {"Event": event({"enum": ["noted", "new_message"]})}}}


def at(tree, *steps):
    for step in steps:
        tree = tree[step]
    return tree


class Rules(unittest.TestCase):
    def found(self, change=None, listed=LISTED, **sources):
        trees = copy.deepcopy([RIGHT, SHARED])
        if change:
            change(*trees)
        program = Program(listed, SOURCES | {name.replace("_c", ".c"): text for name, text in sources.items()}, MIGRATIONS)
        return findings(Document(*trees), program, asyncapi.ALL)

    def caught(self, rule, change=None, **program):
        found = self.found(change, **program)
        self.assertTrue(any(line.startswith(f"{rule.__name__}: ") for line in found), found)

    def test_the_right_one_is_left_alone(self):
        self.assertEqual(self.found(), [])

    def test_references(self):
        dangling = {"$ref": "openapi.yaml#/components/schemas/None"}
        self.caught(asyncapi.references, lambda t, _: at(t, "components", "schemas", "Ack", "properties").update(x=dangling))
        self.caught(asyncapi.references, lambda t, _: at(t, "components", "schemas").update(Unused={"type": "object"}))

    def test_operations(self):
        self.caught(asyncapi.same_operations, lambda t, _: at(t, "operations").pop("ping"))
        self.caught(asyncapi.same_operations, listed=[*LISTED, "other      user     is new"])
        self.caught(asyncapi.same_operations, listed=LISTED[:1])
        self.caught(asyncapi.same_operations, lambda t, _: at(t, "operations", "ping").pop("x-ack"))
        self.caught(asyncapi.same_operations, lambda t, _: at(t, "operations", "ping").update({"x-needs": "user"}))
        self.caught(asyncapi.same_operations, lambda t, _: at(t, "operations", "ping").update(
            messages=[{"$ref": "#/channels/socket/messages/note"}]))
        messages = ("channels", "socket", "messages")
        self.caught(asyncapi.same_operations, lambda t, _: at(t, *messages, "ping").pop("summary"))
        self.caught(asyncapi.same_operations, lambda t, _: at(t, *messages).update(ping=frame("pong")))

    def test_fields(self):
        note = ("channels", "socket", "messages", "note", "payload")
        self.caught(asyncapi.fields, lambda t, _: at(t, *note, "properties").pop("more"))
        self.caught(asyncapi.fields, lambda t, _: at(t, *note, "properties").update(other={}))
        self.caught(asyncapi.fields, lambda t, _: at(t, *note, "properties", "text").update(maxLength=81))
        self.caught(asyncapi.fields, lambda t, _: at(t, *note).update(required=["type"]))

    def test_events(self):
        self.caught(asyncapi.events, lambda t, _: at(t, "components", "schemas", "Event", "oneOf").pop())
        self.caught(asyncapi.events, dialect_native_c='struct cs_jw w = begin(b, "other");')
        self.caught(asyncapi.events, lambda _, s: at(s, "components", "schemas", "Event", "properties").update(
            type={"enum": ["noted", "new_message", "other"]}))

    def test_spelling(self):
        self.caught(asyncapi.spelling, lambda t, _: at(t, "operations", "ping").update(need="user"))
        self.caught(asyncapi.spelling, lambda t, _: at(t, "components", "schemas", "Ack").update(requred=[]))
        self.caught(asyncapi.spelling, lambda t, _: at(t, "components", "schemas", "Ack").update(required=["type", "x"]))


if __name__ == "__main__":
    unittest.main()
