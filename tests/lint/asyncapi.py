#!/usr/bin/env python3
"""asyncapi.py: schema/asyncapi.yaml against the gateway that it describes; part of `make check`.

The table of operations (chatsphere-gateway --list-operations, and its rows in ws-gateway/op.c for the bounds that
the list does not print), what the encoders call their events and what the logs may hold on one side, the document
on the other. A new operation needs a message of its name in channels/socket and an operation; a new event a
schema in components, listed in Event. The frames themselves are the integration tests' business
(tests/it/asyncapi.py).

Environment: builddir, where the programs are (default: here). Without python3-yaml it is skipped.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import openapi

ROOT = openapi.ROOT
OPERATION = {"action", "channel", "messages", "summary", "description", "x-needs", "x-ack"}
SCHEMA = openapi.SCHEMA | {"anyOf", "minProperties", "maxProperties", "discriminator"}
OURS = {"type", "ref"}  # of the dialect, not of an operation


# --- the program ----------------------------------------------------------------------------------


class Program:
    """Operations by name: who may, and the fields; and the names of events."""

    def __init__(self, listed, sources, migrations):
        self.needs = dict(line.split()[:2] for line in listed)
        reader = openapi.Program([], [], sources)
        tables = re.findall(r"const struct cs_field (\w+)\[\] = \{(.*?)\n\};", sources["op.c"], re.DOTALL)
        fields = {name: dict(reader.read_fields(text)) for name, text in tables}
        rows = re.findall(r'\{"(\w+)", OP_NEEDS_\w+, (?:FIELDS\((\w+)\)|NULL)', sources["op.c"])
        self.fields = {name: fields.get(table, {}) for name, table in rows}
        native = "\n".join(text for name, text in sources.items() if name.startswith("dialect_native"))
        self.events = set(re.findall(r'\bbegin\(\w+, "(\w+)"\)', native))
        self.durable = {"new_message", *self.kinds("room_events", migrations)}
        self.events |= self.durable | self.kinds("user_events", migrations)

    @classmethod
    def built(cls):
        program = Path(os.environ.get("builddir") or ".") / "chatsphere-gateway"
        text = subprocess.run([program.resolve(), "--list-operations"], check=True, capture_output=True, text=True)
        sources = {file.name: file.read_text(encoding="utf-8") for file in ROOT.glob("ws-gateway/*.[ch]")}
        migrations = [file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("schema/migrations/*.sql"))]
        return cls(text.stdout.splitlines(), sources, "\n".join(migrations))

    @staticmethod
    def kinds(table, migrations):
        pattern = rf"CREATE TABLE chat\.{table} \(.*?CHECK \(kind IN\s*\((.*?)\)\)"
        return set(re.findall(r"'(\w+)'", re.search(pattern, migrations, re.DOTALL).group(1)))


# --- the document ---------------------------------------------------------------------------------


class Document(openapi.Document):
    """The document; what begins with openapi.yaml is in the other one."""

    def __init__(self, tree, shared):
        super().__init__(tree)
        self.shared = openapi.Document(shared)

    @classmethod
    def committed(cls):
        text = (ROOT / "schema" / "asyncapi.yaml").read_text(encoding="utf-8")
        return cls(openapi.yaml.load(text, Loader=openapi.yaml.SafeLoader), openapi.Document.committed().tree)

    def at(self, reference):
        file, _, inside = reference.partition("#")
        return self.shared.at(f"#{inside}") if file == "openapi.yaml" else super().at(reference)

    def operations(self):
        """(name, operation, its message) of what clients send."""
        for name, node in self.tree["operations"].items():
            if node.get("action") == "receive":
                yield name, node, self.follow((node.get("messages") or [None])[0])

    def schemas(self):
        yield from self.inner_schemas(self.tree["components"]["schemas"].values())
        for channel in self.tree["channels"].values():
            yield from self.inner_schemas(one.get("payload", {}) for one in channel["messages"].values())

    def events(self):
        """The types that Event lists."""
        for one in self.at("#/components/schemas/Event")["oneOf"]:
            kind = self.type_of(self.follow(one))
            yield from kind.get("enum", [kind.get("const")])

    def type_of(self, schema):
        """What a schema says of `type`; the last of an allOf is the most particular."""
        own = schema.get("properties", {}).get("type")
        return own or next((self.type_of(self.follow(one)) for one in reversed(schema.get("allOf", []))), {})


# --- rules ----------------------------------------------------------------------------------------


def references(document, program):
    """Every $ref names something, and every schema is named somewhere."""
    named = set(document.references())
    for reference in sorted(named):
        if not document.at(reference):
            yield f"{reference} names nothing"
    for name in document.tree["components"]["schemas"]:
        if f"#/components/schemas/{name}" not in named:
            yield f"components/schemas/{name} is used by nothing"


def same_operations(document, program):
    """The rows of op.c are the operations, and each has a message of its name."""
    documented = {name: (node, message) for name, node, message in document.operations()}
    for name in sorted(program.needs.keys() - documented.keys()):
        yield f"{name} is a row of op.c, and not documented"
    for name in sorted(documented.keys() - program.needs.keys()):
        yield f"{name} is documented, and no row of op.c"
    for name in sorted(program.needs.keys() ^ program.fields.keys()):
        yield f"{name} is read in {'op.c' if name in program.fields else 'the built program'} only"
    for name, (node, message) in documented.items():
        if node.get("messages") != [{"$ref": f"#/channels/socket/messages/{name}"}] or not message.get("summary"):
            yield f"{name}: it needs a message of its own name, with a summary"
        elif document.type_of(message["payload"]) != {"const": name}:
            yield f"{name}: its message is of another type"
        if node.get("x-needs") != program.needs.get(name, node.get("x-needs")):
            yield f"{name}: x-needs must be {program.needs[name]}"
        if document.type_of(document.follow(node.get("x-ack"))) != {"const": "ack"}:
            yield f"{name}: x-ack must name the schema of its ack"


def fields(document, program):
    """Operations have the fields of their rows, with the same bounds."""
    for name, _, message in document.operations():
        payload = message.get("payload", {})
        required = set(payload.get("required", ())) - OURS
        schemas = {key: document.follow(one) for key, one in payload.get("properties", {}).items() if key not in OURS}
        yield from openapi.compare(name, program.fields.get(name, {}), required, schemas)


def events(document, program):
    """What is emitted, and what the logs may hold, is described; the rooms' log as in openapi.yaml."""
    documented = list(document.events())
    for name in sorted(program.events - set(documented)):
        yield f"{name} is emitted, and no schema that Event lists is of this type"
    shared = document.at("openapi.yaml#/components/schemas/Event/properties/type")["enum"]
    for name in sorted(program.durable ^ set(shared)):
        yield f"{name} is {'not ' if name in program.durable else ''}in openapi.yaml's Event"


def spelling(document, program):
    """Operations and schemas have the keys that they may have, and require what they describe."""
    for name, node, _ in document.operations():
        for key in sorted(node.keys() - OPERATION):
            yield f"{name}: {key} is no key of an operation"
    for schema in document.schemas():
        where = schema.get("description") or sorted(schema.get("properties", schema))
        for key in sorted(schema.keys() - SCHEMA):
            yield f"{key} is no key of a schema ({where})"
        for name in sorted(set(schema.get("required", ())) - schema.get("properties", {}).keys()):
            if schema.get("type") == "object" and "type" in schema.get("required", ()):
                yield f"{name} is required, and no property ({where})"


ALL = (references, same_operations, fields, events, spelling)


def main():
    document, program = Document.committed(), Program.built()
    found = openapi.findings(document, program, ALL)
    for line in found:
        print(f"schema/asyncapi.yaml: {line}")
    print(f"{len(program.needs)} operations, {len(set(document.events()))} events, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
