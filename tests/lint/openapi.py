#!/usr/bin/env python3
"""openapi.py: schema/openapi.yaml against the program that it describes; part of `make check`.

The route table (chatsphere-api --list-routes, and its rows in src/api/routes.c for what that list
does not print), the error table and the forms in src/api/h_*.c on one side, the document on the
other: the same operations, the answers that a row implies, the same fields with the same bounds.
The answers' bodies are the integration tests' business (tests/it/openapi.py).

Environment: builddir, where the programs are (default: here). Without python3-yaml it is skipped.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("openapi.py: skipped, there is no python3-yaml")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")


# Answered by the gateway, which has no route table.
GATEWAY = {("get", "/events")}

# What a key may be; a misspelt one would be ignored by everybody.
OPERATION = {"tags", "operationId", "summary", "description", "security", "parameters",
             "requestBody", "responses", "x-needs"}
SCHEMA = {"$ref", "type", "format", "description", "const", "enum", "default", "pattern",
          "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "items",
          "required", "properties", "additionalProperties", "allOf", "oneOf"}


# --- the program ----------------------------------------------------------------------------------


def run(option):
    """The rows that the program prints."""
    program = Path(os.environ.get("builddir") or ".") / "chatsphere-api"
    text = subprocess.run([program.resolve(), option], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in text.stdout.splitlines()]


def plain(path):
    """A path, every parameter called {id}."""
    return re.sub(r"\{\w+\}", "{id}", path)


class Program:
    """Routes by (method, path with {id} for every parameter), errors by code, and C's forms."""

    def __init__(self, routes, errors, sources):
        self.needs = {(method.lower(), plain(path)): needs for method, path, needs, _ in routes}
        self.errors = {code: int(http) for code, http, *_ in errors}
        self.rows = dict(self.read_rows(sources.get("routes.c", "")))
        self.numbers = {}
        for text in sources.values():
            self.numbers.update(re.findall(r"\b([A-Z][A-Z0-9_]+) = (\d+)", text))
        self.forms = dict(form for text in sources.values() for form in self.read_forms(text))

    @classmethod
    def built(cls):
        files = [*ROOT.glob("src/*/*.[ch]")]
        sources = {file.name: file.read_text(encoding="utf-8") for file in files}
        return cls(run("--list-routes"), run("--list-errors"), sources)

    @staticmethod
    def read_rows(text):
        for row in re.finditer(r'\{METHOD_(\w+), "([^"]+)",(.*?)\},\n', text, re.DOTALL):
            members = dict(re.findall(r"\.(\w+) = &?(\w+)", row.group(3)))
            yield (row.group(1).lower(), plain(row.group(2))), members

    def form(self, row, which):
        """The fields of the row's body or query."""
        return self.forms.get(row.get(which), {})

    def read_forms(self, text):
        tables = dict(
            re.findall(r"const struct cs_field (\w+)\[\] = \{(.*?)\n\s*\};", text, re.DOTALL)
        )
        pattern = r"const struct form (\w+) = (?:FORM\([^,]+, (\w+)\)|\{\s*\.fields = (\w+))"
        for name, one, other in re.findall(pattern, text):
            yield name, dict(self.read_fields(tables.get(one or other, "")))

    def read_fields(self, table):
        """(name, what a schema says of it) of the rows of a table of fields."""
        pattern = r'CS_FIELD_(\w+)\([^,]+,\s*\w+,\s*"([^"]+)",\s*([\w |]+)(?:,\s*([^)]*))?\)'
        for kind, name, flags, more in re.findall(pattern, table):
            bounds = [self.number(one.strip()) for one in more.split(",")] if more else []
            yield name, {"required": "CS_F_REQUIRED" in flags, **self.limits(kind, more, bounds)}

    def number(self, text):
        """A bound; None for one that is none (INT64_MAX)."""
        value = self.numbers.get(text, text)
        return int(value) if re.fullmatch(r"-?\d+", value) else None

    @staticmethod
    def limits(kind, text, bounds):
        names = {"TEXT": ("minLength", "maxLength"), "BYTES": ("minLength", "maxLength"),
                 "INT": ("minimum", "maximum"), "UUIDS": ("minItems", "maxItems"),
                 "OBJECTS": ("minItems", "maxItems")}
        if kind == "CHOICE":
            return {"enum": set(text.strip('" ').split("|"))}
        found = dict(zip(names.get(kind, ()), bounds))
        if kind == "INT" and bounds != [0, 0]:
            return {name: value for name, value in found.items() if value is not None}
        return {name: value for name, value in found.items() if value}


# --- the document ---------------------------------------------------------------------------------


class Document:
    """The document, and (method, path, path item, operation) of each operation."""

    def __init__(self, tree):
        self.tree = tree

    @classmethod
    def committed(cls):
        text = (ROOT / "schema" / "openapi.yaml").read_text(encoding="utf-8")
        return cls(yaml.load(text, Loader=yaml.SafeLoader))

    def operations(self):
        for path, item in self.tree["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, plain(path), item, item[method]

    def follow(self, node):
        """What a reference names; a dangling one is an empty node (rule `references` says so)."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(node["$ref"])
        return node or {}

    def at(self, reference):
        node = self.tree
        for step in reference.removeprefix("#/").split("/"):
            node = node.get(step.replace("~1", "/")) if isinstance(node, dict) else None
        return node

    def references(self, node=None):
        node = self.tree if node is None else node
        children = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in children:
            if isinstance(child, (dict, list)):
                yield from self.references(child)

    def schemas(self, node=None):
        """Every schema that stands in the document, with those inside of it."""
        if node is None:
            yield from self.inner_schemas(self.tree["components"].get("schemas", {}).values())
        for key, value in (self.tree if node is None else node).items():
            inner = [value] if isinstance(value, dict) else value if isinstance(value, list) else ()
            if key == "schema":
                yield from self.inner_schemas([value])
            elif key != "schemas":
                for child in inner:
                    yield from self.schemas(child) if isinstance(child, dict) else ()

    def inner_schemas(self, schemas):
        for schema in schemas:
            yield schema
            inner = [*schema.get("properties", {}).values(), schema.get("items")]
            inner += [schema.get("additionalProperties"), *schema.get("allOf", ())]
            inner += schema.get("oneOf", ())
            yield from self.inner_schemas(one for one in inner if isinstance(one, dict))

    def parameters(self, item, operation, where):
        listed = item.get("parameters", []) + operation.get("parameters", [])
        followed = [self.follow(parameter) for parameter in listed]
        return {one["name"]: one for one in followed if one["in"] == where}

    def body(self, operation):
        """(required fields, properties) of the JSON body."""
        content = self.follow(operation.get("requestBody")).get("content", {})
        schema = self.follow(content.get("application/json", {}).get("schema"))
        properties = schema.get("properties", {})
        return set(schema.get("required", ())), {k: self.follow(v) for k, v in properties.items()}


# --- rules ----------------------------------------------------------------------------------------


def references(document, program):
    """Every $ref names something, and every component is named somewhere."""
    named = set(document.references())
    for reference in sorted(named):
        if not document.at(reference):
            yield f"{reference} names nothing"
    answered_anywhere = {"MethodNotAllowed", "Preflight", "Handshake"}  # by paths, not operations
    for kind, components in document.tree["components"].items():
        for name in components if kind != "securitySchemes" else ():
            if f"#/components/{kind}/{name}" not in named and name not in answered_anywhere:
                yield f"components/{kind}/{name} is used by nothing"


def same_operations(document, program):
    """The program's routes are the document's operations."""
    documented = {(method, path) for method, path, _, _ in document.operations()}
    for method, path in sorted(program.needs.keys() - documented):
        yield f"{method.upper()} {path} is a route, and not documented"
    for method, path in sorted(documented - program.needs.keys() - GATEWAY):
        yield f"{method.upper()} {path} is documented, and no route"
    for row in sorted(program.needs.keys() ^ program.rows.keys()):
        where = "routes.c" if row in program.rows else "the built program"
        yield f"{row[0].upper()} {row[1]} is read in {where} only"


def described(document, program):
    """Every operation has a tag, an operationId of its own and a summary."""
    tags, ids = {tag["name"] for tag in document.tree["tags"]}, set()
    for method, path, _, node in document.operations():
        where, own = f"{method.upper()} {path}", node.get("operationId")
        if not own or own in ids:
            yield f"{where}: the operationId {own} is missing or used twice"
        if not node.get("summary") or not set(node.get("tags", ["?"])) <= tags:
            yield f"{where}: a summary or a known tag is missing"
        ids.add(own)


def spelling(document, program):
    """Operations and schemas have the keys that they may have, and require what they describe."""
    for method, path, _, node in document.operations():
        for key in sorted(node.keys() - OPERATION):
            yield f"{method.upper()} {path}: {key} is no key of an operation"
    for schema in document.schemas():
        where = schema.get("description") or sorted(schema.get("properties", schema))
        for key in sorted(schema.keys() - SCHEMA):
            yield f"{key} is no key of a schema ({where})"
        for name in sorted(set(schema.get("required", ())) - schema.get("properties", {}).keys()):
            yield f"{name} is required, and no property ({where})"


def credentials(document, program):
    """security and x-needs say what the row says."""
    for method, path, _, node in document.operations():
        needs = program.needs.get((method, path))
        if needs is None:
            continue
        asked = node.get("security", document.tree["security"]) != []
        if asked != (needs != "anyone"):
            yield f"{method.upper()} {path}: security, and the route says {needs}"
        if node.get("x-needs", "anyone") != needs:
            yield f"{method.upper()} {path}: x-needs must be '{needs}'"


def implied_answers(document, program):
    """The errors that a row implies are documented, and so is what any route may answer."""
    for method, path, _, node in document.operations():
        row = program.rows.get((method, path), {})
        guarded = program.needs.get((method, path), "anyone") != "anyone"
        implied = {
            "401": guarded,
            "403": guarded,
            "404": "{id}" in path,
            "415": "body" in row,
            "422": "body" in row or "query" in row,
            "429": "cost" in row,
            "default": True,
        }
        for status, holds in implied.items():
            if holds and status not in node["responses"]:
                yield f"{method.upper()} {path}: {status} follows from its row; document it"


def parameters_of_paths(document, program):
    """What stands in braces is a parameter."""
    for path, item in document.tree["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            declared = document.parameters(item, item[method], "path")
            if set(re.findall(r"\{(\w+)\}", path)) != set(declared):
                yield f"{method.upper()} {path}: its path parameters are {sorted(declared)}"


def fields(document, program):
    """Bodies and queries have the fields of their forms, with the same bounds."""
    for method, path, item, node in document.operations():
        row, where = program.rows.get((method, path)), f"{method.upper()} {path}"
        if row is None:
            continue
        required, properties = document.body(node)
        yield from compare(f"{where}: body", program.form(row, "body"), required, properties)
        found = document.parameters(item, node, "query")
        required = {name for name, one in found.items() if one.get("required")}
        schemas = {name: document.follow(one["schema"]) for name, one in found.items()}
        yield from compare(f"{where}: query", program.form(row, "query"), required, schemas)


def compare(where, form, required, schemas):
    for name in sorted(form.keys() ^ schemas.keys()):
        yield f"{where}: {name} is {'not documented' if name in form else 'no field of the form'}"
    for name in sorted(form.keys() & schemas.keys()):
        for key, value in form[name].items():
            have = name in required if key == "required" else schemas[name].get(key)
            have = set(have) - {None} if isinstance(have, list) else have
            if have != value:
                yield f"{where}: {name}: {key} is {have}, and {value} in the form"


def error_codes(document, program):
    """Problem.code lists the error table."""
    codes = document.follow({"$ref": "#/components/schemas/Problem"})["properties"]["code"]["enum"]
    for code in sorted(program.errors.keys() - set(codes)):
        yield f"Problem.code lacks {code}"
    for code in sorted(set(codes) - program.errors.keys()):
        yield f"Problem.code has {code}, which is no error of the program"


ALL = (references, same_operations, described, spelling, credentials, implied_answers,
       parameters_of_paths, fields, error_codes)


def findings(document, program, rules=ALL):
    return [f"{rule.__name__}: {text}" for rule in rules for text in rule(document, program)]


def main():
    document, program = Document.committed(), Program.built()
    found = findings(document, program)
    for line in found:
        print(f"schema/openapi.yaml: {line}")
    print(f"{len(list(document.operations()))} operations, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
