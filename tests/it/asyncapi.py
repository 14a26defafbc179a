"""What goes over native sockets is held against schema/asyncapi.yaml: every event that comes, and every
operation that was acknowledged.

A Talk accompanies one socket: sent(frame) and received(frame), with the texts of frames. As with REST (openapi.py)
it is stricter than the document is for clients: an event or a field that is not documented is a complaint. What
an operation may carry that nobody knows is ignored, as the server must. Complaints are collected, because who reads a
socket is a thread or a loop of its own; conftest.py fails the test during which they came.
"""

import json
from contextlib import suppress

import yaml
from openapi import CONTRACT, DOCUMENT, Undocumented, close, expect, no_twice, validator


class Frames:
    """The compiled document: validators of events by type, of operations and their acks by name."""

    def __init__(self, tree, shared=CONTRACT):
        self.tree, self.shared = tree, shared
        self.events = {}
        for one in self.plain(tree["components"]["schemas"]["Event"]["oneOf"]):
            self.add_event(close(one))
        operations = [(name, node) for name, node in tree["operations"].items() if node["action"] == "receive"]
        self.operations = {name: validator(self.payload(name)) for name, _ in operations}
        self.acks = {name: validator(close(self.plain(node["x-ack"]))) for name, node in operations}
        self.seen, self.complaints = set(), []

    @classmethod
    def load(cls):
        return cls(yaml.load(DOCUMENT.with_name("asyncapi.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))

    def plain(self, node):
        """The node with its references replaced by what they name, in this document or the other one."""
        if isinstance(node, list):
            return [self.plain(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return {key: self.plain(value) for key, value in node.items()}
        file, _, inside = node["$ref"].partition("#")
        if file:
            return {**self.shared.plain({"$ref": f"#{inside}"}), **{k: v for k, v in node.items() if k != "$ref"}}
        target = self.tree
        for step in inside.strip("/").split("/"):
            target = target[step]
        return self.plain({**target, **{k: v for k, v in node.items() if k != "$ref"}})

    def payload(self, name):
        return self.plain(self.tree["channels"]["socket"]["messages"][name]["payload"])

    def add_event(self, schema):
        kind, check = schema["properties"]["type"], validator(schema)
        for name in [kind["const"]] if "const" in kind else kind["enum"]:
            self.events.setdefault(name, []).append(check)

    def summary(self):
        """How much the tests have seen, in a sentence, and what never came."""
        names = self.events.keys() - {"ack"} | {f"ack of {name}" for name in self.acks}
        line = f"{len(self.seen & names)} of {len(names)} kinds of events and acks came over native sockets"
        return line, sorted(names - self.seen)

    # --- checks -----------------------------------------------------------------------------------

    def check_event(self, event):
        """Raises Undocumented unless the document has this event."""
        checks = self.events.get(event["type"])
        expect(checks, f"the event {event['type']} is not documented")
        complaints = [check(event) for check in checks]
        expect(None in complaints, f"{event['type']}: {complaints[0]}")
        self.seen.add(event["type"])

    def check_answered(self, asked, ack):
        """The ack of these operations, of which it answers one: what they all sent under this ref."""
        complaints = [self.answered(frame, ack) for frame in asked]
        expect(None in complaints or not asked, f"the ack {ack} of {asked}: {complaints}")

    def answered(self, frame, ack):
        name = frame["type"]
        expect(name in self.operations, f"the operation {name} was accepted and is not documented")
        self.seen.add(f"ack of {name}")
        return self.acks[name](ack) or self.operations[name](frame)


class Talk:
    """What one native socket says and hears."""

    def __init__(self, frames=None):
        self.frames = frames or FRAMES
        self.asked = {}  # ref → frames

    def sent(self, text):
        """A frame that is sent. What is no operation at all is the server's to refuse."""
        with suppress(ValueError, AttributeError, TypeError, RecursionError):
            frame = json.loads(text)
            if frame.get("ref") is not None:
                self.asked.setdefault(json.dumps(frame["ref"]), []).append(frame)

    def received(self, text):
        """A frame that came."""
        try:
            events = json.loads(text, object_pairs_hook=no_twice)
            expect(isinstance(events, list) and events, "a frame is an array of events")
            for event in events:
                self.frames.check_event(event)
                self.settle(event)
        except (Undocumented, ValueError) as failure:
            self.frames.complaints.append(f"{failure}\n{text[:2000]}")

    def settle(self, event):
        """An answer ends what was asked under its ref, unless more was asked under the same one."""
        if event["type"] not in ("ack", "error") or "ref" not in event:
            return
        ref = json.dumps(event["ref"])
        asked = self.asked.get(ref, [])
        if event["type"] == "ack":
            self.frames.check_answered(asked, event)
        if len(asked) == 1:
            del self.asked[ref]


FRAMES = Frames.load()
