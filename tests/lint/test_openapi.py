#!/usr/bin/env python3
"""test_openapi.py: every rule of openapi.py catches a seeded violation in a document that is right."""

import copy
import unittest

import openapi
from openapi import Document, Program, findings

ROUTES = [
    ["GET", "/api/health", "anyone", "api"],
    ["POST", "/api/rooms/{id}/notes/{id}", "user:write", "api"],
    ["GET", "/api/rooms/{id}/notes", "user:read", "api"],
]
ERRORS = [["not_found", "404"], ["bad_field", "422"]]
SOURCES = {
    "routes.c": """
    {METHOD_GET, "/api/health", ANYONE, READ, POOL_API, .answer = health_answer},
    {METHOD_POST, "/api/rooms/{id}/notes/{id}", WRITING_USERS, WRITE, POOL_API, .cost = 1,
     .body = &note_form, .ask = note_ask},
    {METHOD_GET, "/api/rooms/{id}/notes", READING_USERS, READ, POOL_API, .query = &notes_query},
""",
    "h_note.c": """
enum { NOTE_MAX = 80 };
static const struct cs_field fields[] = {
    CS_FIELD_TEXT(struct note_in, text, "text", CS_F_REQUIRED, 1, NOTE_MAX),
    CS_FIELD_CHOICE(struct note_in, kind, "kind", 0, "open|done"),
};
const struct form note_form = FORM(struct note_in, fields);
static const struct cs_field query_fields[] = {
    CS_FIELD_INT(struct notes_in, limit, "limit", 0, 1, 100),
    CS_FIELD_INT(struct notes_in, before, "before", 0, 0, INT64_MAX),
};
const struct form notes_query = {
    .fields = query_fields,
};
""",
}

PROBLEM = {"$ref": "#/components/responses/Problem"}


def parameter(name, where, **schema):
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def answers(*statuses):
    return {status: PROBLEM for status in (*statuses, "default")}


NOTE = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 80},
        "kind": {"type": ["string", "null"], "enum": ["open", "done", None]},
    },
}
RIGHT = {
    "tags": [{"name": "notes"}],
    "security": [{"bearer": []}],
    "paths": {
        "/api/health": {
            "get": {"tags": ["notes"], "operationId": "health", "summary": "x", "security": [], "responses": answers()}
        },
        "/api/rooms/{id}/notes/{noteId}": {
            "parameters": [parameter("id", "path"), parameter("noteId", "path")],
            "post": {
                "tags": ["notes"],
                "operationId": "note",
                "summary": "x",
                "x-needs": "user:write",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
                "responses": answers("401", "403", "404", "415", "422", "429"),
            },
        },
        "/api/rooms/{id}/notes": {
            "get": {
                "tags": ["notes"],
                "operationId": "notes",
                "summary": "x",
                "x-needs": "user:read",
                "parameters": [
                    parameter("id", "path"),
                    parameter("limit", "query", minimum=1, maximum=100),
                    parameter("before", "query", minimum=0),
                ],
                "responses": answers("401", "403", "404", "422"),
            }
        },
    },
    "components": {
        "responses": {"Problem": {"content": {"x": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
        "schemas": {"Note": NOTE, "Problem": {"properties": {"code": {"enum": ["not_found", "bad_field"]}}}},
    },
}
POST = ("paths", "/api/rooms/{id}/notes/{noteId}", "post")
LIST = ("paths", "/api/rooms/{id}/notes", "get")


def at(tree, *steps):
    for step in steps:
        tree = tree[step]
    return tree


class Rules(unittest.TestCase):
    def found(self, change=None, routes=ROUTES):
        tree = copy.deepcopy(RIGHT)
        if change:
            change(tree)
        return findings(Document(tree), Program(routes, ERRORS, SOURCES))

    def caught(self, rule, change=None, routes=ROUTES):
        found = self.found(change, routes)
        self.assertTrue(found and all(line.startswith(f"{rule.__name__}: ") for line in found), found)

    def test_the_right_one_is_left_alone(self):
        self.assertEqual(self.found(), [])

    def test_references(self):
        dangling = {"$ref": "#/components/schemas/None"}
        self.caught(openapi.references, lambda t: at(t, *LIST)["responses"].update({"200": dangling}))
        self.caught(openapi.references, lambda t: at(t, "components", "schemas").update(Unused={"type": "object"}))

    def test_operations(self):
        self.caught(openapi.same_operations, lambda t: at(t, "paths").pop("/api/health"))
        self.caught(openapi.same_operations, routes=[*ROUTES, ["PUT", "/api/health", "anyone", "api"]])
        self.caught(openapi.same_operations, lambda t: at(t, "paths", "/api/health").update(
            put={**at(t, "paths", "/api/health", "get"), "operationId": "put"}))

    def test_descriptions(self):
        self.caught(openapi.described, lambda t: at(t, *LIST).pop("summary"))
        self.caught(openapi.described, lambda t: at(t, *LIST).pop("operationId"))
        self.caught(openapi.described, lambda t: at(t, *LIST).update(operationId="note"))
        self.caught(openapi.described, lambda t: at(t, *LIST).update(tags=["other"]))

    def test_spelling(self):
        self.caught(openapi.spelling, lambda t: at(t, *LIST).update(operationid="notes"))
        self.caught(openapi.spelling, lambda t: at(t, "components", "schemas", "Note").update(requred=[]))
        self.caught(openapi.spelling, lambda t: at(t, "components", "schemas", "Problem").update(required=["type"]))
        self.caught(openapi.spelling, lambda t: at(t, *LIST, "parameters", 1, "schema").update(min=1))

    def test_credentials(self):
        self.caught(openapi.credentials, lambda t: at(t, *LIST).update(security=[]))
        self.caught(openapi.credentials, lambda t: at(t, "paths", "/api/health", "get").pop("security"))
        self.caught(openapi.credentials, lambda t: at(t, *LIST).update({"x-needs": "user:write"}))

    def test_answers(self):
        for status in ("401", "403", "404", "415", "422", "429", "default"):
            self.caught(openapi.implied_answers, lambda t, s=status: at(t, *POST, "responses").pop(s))
        self.caught(openapi.implied_answers, lambda t: at(t, *LIST, "responses").pop("422"))

    def test_path_parameters(self):
        self.caught(openapi.parameters_of_paths, lambda t: at(t, *LIST, "parameters").pop(0))

    def test_fields(self):
        properties = ("components", "schemas", "Note", "properties")
        self.caught(openapi.fields, lambda t: at(t, *properties).pop("kind"))
        self.caught(openapi.fields, lambda t: at(t, *properties).update(more={}))
        self.caught(openapi.fields, lambda t: at(t, *properties, "text").update(maxLength=81))
        self.caught(openapi.fields, lambda t: at(t, *properties, "kind").update(enum=["open"]))
        self.caught(openapi.fields, lambda t: at(t, "components", "schemas", "Note").pop("required"))
        self.caught(openapi.fields, lambda t: at(t, *LIST, "parameters").pop(1))
        self.caught(openapi.fields, lambda t: at(t, *LIST, "parameters", 2, "schema").pop("minimum"))

    def test_error_codes(self):
        codes = ("components", "schemas", "Problem", "properties", "code", "enum")
        self.caught(openapi.error_codes, lambda t: at(t, *codes).pop())
        self.caught(openapi.error_codes, lambda t: at(t, *codes).append("other"))


if __name__ == "__main__":
    unittest.main()
