"""What the server really answers is held against schema/openapi.yaml: one check for each response.

CONTRACT.check(response) is an httpx hook (people.py): it finds the operation by method and path,
the documented answer by status, and compares content type, headers and body; a request that was
accepted must have been documented too. It is stricter than the document is for clients: a field, a
header of ours, a status or a path that is not documented fails. Nothing here knows a route: the few
rules that hold for all of them are the tables below.
"""

import json
import re
import threading
from pathlib import Path
from urllib.parse import unquote

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

DOCUMENT = Path(__file__).resolve().parents[2] / "schema" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")

PREFIXES = {"auth", "api", "messages"}  # the rest is the web server's
SOCKETS = {"ws", "events"}  # the gateway's: /ws, whose refusals alone are described, and GET /events
UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
SHAPES = {  # formats, which JSON Schema leaves to whoever checks: ours have exactly one form
    "uuid": UUID,
    "date-time": r"\d{4}-(?:0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z",
}
OWED = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
OURS = re.compile(r"chat-|x-ratelimit-|etag$|link$|retry-after$|allow$|www-authenticate$|x-request-id$")
FORM = "application/x-www-form-urlencoded"


class Undocumented(AssertionError):
    """An answer is not what schema/openapi.yaml says."""


def expect(condition, message):
    if not condition:
        raise Undocumented(message)


# --- schemas --------------------------------------------------------------------------------------


def merge(parts):
    """An allOf as one object schema: that is what can be closed against other fields."""
    whole = {}
    for part in parts:
        for key, value in part.items():
            if key == "properties":
                known = whole.setdefault(key, {})
                known.update({name: {**known.get(name, {}), **one} for name, one in value.items()})
            elif key == "required":
                whole[key] = whole.get(key, []) + value
            else:
                whole[key] = value
    return whole


def close(schema):
    """The same schema, without allOf; objects whose properties are listed have no others."""
    if isinstance(schema, list):
        return [close(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: close(value) for key, value in schema.items()}
    if "allOf" in closed:
        parts = closed.pop("allOf")
        closed = merge([*parts, closed])
        closed.pop("additionalProperties", None)  # the parts were closed one by one
    if isinstance(closed.get("properties"), dict) and "type" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def formats():
    checker = FormatChecker(formats=())
    for name, shape in SHAPES.items():
        pattern = re.compile(shape)
        checker.checks(name)(lambda v, p=pattern: not isinstance(v, str) or bool(p.fullmatch(v)))
    return checker


def validator(schema):
    """What says whether a value is of this schema: a function that returns a complaint, or None."""
    checker = Draft202012Validator(schema, format_checker=formats())

    def complain(value):
        error = best_match(checker.iter_errors(value))
        return error and f"{error.json_path}: {error.message}"

    return complain


def no_twice(pairs):
    """JSON's objects, where a key that comes twice is an error."""
    found = dict(pairs)
    expect(len(found) == len(pairs), f"a repeated key in {[name for name, _ in pairs]}")
    return found


def check_allow(header, methods):
    """Allow names what the document has on this path, neither more nor less."""
    if header and methods:
        named = set(re.split(r",\s*", header))
        expect(named == methods, f"Allow says {sorted(named)}, documented is {sorted(methods)}")


# --- the document, compiled once ------------------------------------------------------------------


class Header:
    """A documented header of an answer."""

    def __init__(self, name, node):
        self.name, self.required = name, node.get("required", False)
        self.is_number = node["schema"].get("type") == "integer"
        self.complain = validator(node["schema"])

    def check(self, value):
        expect(value is not None or not self.required, f"no {self.name}")
        if value is None:
            return
        complaint = self.complain(int(value) if self.is_number else value)
        expect(not complaint, f"{self.name}: {complaint}")


class Answer:
    """A documented answer: its media types and headers."""

    def __init__(self, document, node):
        bodies = document.plain(node.get("content", {}))
        self.bodies = {kind: validator(close(body["schema"])) for kind, body in bodies.items()}
        headers = document.plain(node.get("headers", {}))
        self.headers = {name.lower(): Header(name, node) for name, node in headers.items()}

    def check(self, response):
        self.check_headers(response.headers)
        if not self.bodies:
            expect(not response.content, "a body, and none is documented")
            return
        kind = response.headers.get("content-type")
        expect(kind in self.bodies, f"Content-Type {kind}; documented: {', '.join(self.bodies)}")
        if response.request.method == "HEAD":
            return
        is_json = kind.partition(";")[0].endswith("json")
        body = json.loads(response.content, object_pairs_hook=no_twice) if is_json else response.text
        complaint = self.bodies[kind](body)
        expect(not complaint, complaint)
        if kind == "application/problem+json":
            expect(body["status"] == response.status_code, f"status {body['status']} in the body")
            expect(body["error"] == body["detail"], "error and detail differ")

    def check_headers(self, headers):
        for name, header in self.headers.items():
            header.check(headers.get(name))
        for name in headers:
            known = name in self.headers or not OURS.match(name)
            expect(known, f"the header {name} is not documented")


class Operation:
    """A documented operation, or what is said where there is none."""

    def __init__(self, document, name, responses, body=None):
        self.name = name
        answers = document.plain(responses)
        self.answers = {str(status): Answer(document, node) for status, node in answers.items()}
        bodies = document.plain(body or {}).get("content", {})
        self.request = {kind: validator(part["schema"]) for kind, part in bodies.items()}

    def check(self, response):
        status = response.status_code
        answer = self.answers.get(str(status)) or self.answers.get("default")
        expect(answer, f"status {status} is not documented")
        answer.check(response)
        if status in OWED:
            expect(OWED[status] in response.headers, f"no {OWED[status]}")
        if status < 300 and self.request:
            self.check_request(response.request)

    def check_request(self, request):
        """What was accepted is documented. Fields that nobody knows are ignored, as they must."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == FORM and kind in self.request or not request.content:
            return
        expect(kind in self.request, f"a request of {kind or 'no type'} was accepted")
        complaint = self.request[kind](json.loads(request.content))
        expect(not complaint, f"a request was accepted that is not documented: {complaint}")


class Contract:
    """The compiled document."""

    def __init__(self, tree):
        self.tree = tree
        self.paths = [
            (self.pattern(path), self.operations(path, item), self.allowed(item))
            for path, item in tree["paths"].items()
        ]
        shared = tree["components"]["responses"]
        common = {"default": shared["Failure"]}
        no_method = shared["MethodNotAllowed"]
        self.no_path = Operation(self, "no path", {404: shared["NotFound"], **common})
        self.no_method = Operation(self, "no operation", {405: no_method, **common})
        self.preflight = Operation(self, "preflight", {204: shared["Preflight"], **common})
        refused = {405: no_method, "default": shared["Handshake"]}
        self.gateway = Operation(self, "the gateway", refused)
        self.seen, self.lock = {}, threading.Lock()

    @classmethod
    def load(cls, path=DOCUMENT):
        return cls(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))

    def plain(self, node):
        """The node with its references replaced by what they name."""
        if isinstance(node, list):
            return [self.plain(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = self.tree
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            return self.plain({**target, **{k: v for k, v in node.items() if k != "$ref"}})
        return {key: self.plain(value) for key, value in node.items()}

    @staticmethod
    def pattern(path):
        """A template as an expression. {emoji} and {code} are any segment, the others ids."""
        any_segment = re.sub(r"\{(?:emoji|code)\}", "[^/]+", path)
        return re.compile(re.sub(r"\{\w+\}", UUID, any_segment))

    def operations(self, path, item):
        found = {}
        for method in METHODS:
            node, name = item.get(method), f"{method.upper()} {path}"
            if node:
                body = node.get("requestBody")
                found[method.upper()] = Operation(self, name, node["responses"], body)
        return found

    @staticmethod
    def allowed(item):
        """What Allow says on this path."""
        methods = [method.upper() for method in METHODS if method in item]
        return {"OPTIONS", *(["HEAD"] if "GET" in methods else []), *methods}

    def find(self, method, path):
        """What describes the answer (None: nothing here), and the methods of the path, if known."""
        if path.split("/")[1] in SOCKETS:
            known = [operations for pattern, operations, _ in self.paths if pattern.fullmatch(path)]
            return (known[0] if known else {}).get(method, self.gateway), None
        for pattern, operations, allowed in self.paths:
            if not pattern.fullmatch(path):
                continue
            missing = self.preflight if method == "OPTIONS" else self.no_method
            wanted = "GET" if method == "HEAD" else method
            return operations.get(wanted, missing), allowed
        return (self.no_path, None) if path.split("/")[1] in PREFIXES else (None, None)

    def check(self, response):
        """Raises Undocumented when an answer is not what the document says."""
        method = response.request.method
        path = unquote(response.request.url.raw_path.split(b"?")[0].decode("ascii"))
        operation, allowed = self.find(method, path)
        is_stream = response.headers.get("content-type") == "text/event-stream"
        upgraded = operation is self.gateway and response.status_code < 400
        if not operation or upgraded or is_stream:
            return
        response.read()
        try:
            operation.check(response)
            check_allow(response.headers.get("allow"), allowed)
        except (Undocumented, ValueError) as failure:
            what = f"{method} {path} ({operation.name}) was answered {response.status_code}"
            raise Undocumented(f"{what}: {failure}\n{response.text[:2000]}") from None
        self.count(operation.name, response.status_code)

    def count(self, name, status, times=1):
        with self.lock:
            self.seen[name, status] = self.seen.get((name, status), 0) + times

    def tally(self):
        """What was seen, for another process to add to what it has seen."""
        return [[name, status, times] for (name, status), times in self.seen.items()]

    def add(self, tally):
        for one in tally:
            self.count(*one)

    def summary(self):
        """How much the tests have seen, in a sentence, and the operations that never succeeded."""
        names = {one.name for _, operations, _ in self.paths for one in operations.values()}
        done = {name for name, status in self.seen if status < 300} & names
        checked = f"{sum(self.seen.values())} answers were held against {DOCUMENT.name}"
        return f"{checked}; {len(done)} of {len(names)} operations succeeded", sorted(names - done)


CONTRACT = Contract.load()
