"""The people's API as its document describes it: which operations there are, and does an answer keep to it?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # has no types
from werkzeug.test import Client, TestResponse

from shared.web.app import BODY_LIMIT
from tests.deployment import Deployment

FILE = Path("docs/openapi.json")
DOCUMENT: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
PROBLEM = "application/problem+json"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
PAGE_HEADERS = {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}
"""A page has a policy of its own."""
TOO_LARGE = BODY_LIMIT + 1
# Of each operation that takes a body, one that it accepts.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "connectRepository": {"owner": "sample-org", "name": "docs-site"},
    "editCard": {"title": "In my own words"},
    "exportCards": {"format": "readme", "assetIds": ["0" * 40]},
    "createIntent": {"goal": "Correct the guide", "constraints": {}, "success": "It reads well"},
    "createApproval": {"intentId": "0" * 40, "status": "rejected", "templateAnswers": {}},
    "createRun": {
        "intentId": "0" * 40,
        "repoFullName": "sample-org/parcel-tracker",
        "prNumber": 41,
        "prUrl": "https://github.com/sample-org/parcel-tracker/pull/41",
        "baseSHA": "0" * 40,
        "headSHA": "1" * 40,
        "diffHash": "2" * 64,
        "agentName": "reviewer",
        "agentVersion": "1",
        "model": "offline",
    },
    "provisionRepository": {"intentId": "0" * 40, "approvalId": "1" * 40, "repositoryName": "seedlings"},
    "createEvidence": {"linkedType": "intent", "linkedId": "0" * 40, "kind": "ticket", "hash": "0" * 64},
}
ASKED = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
# What routing answers before any operation is found.
_OF_ROUTING = {404, 405}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_FORMATS = FormatChecker(formats=())


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and bool(_RFC_3339.fullmatch(value)) and bool(datetime.fromisoformat(value))


_FORMATS.checks("date-time", raises=ValueError)(_is_moment)


@dataclass(frozen=True)
class Operation:
    """A verb on a path; `function` is the folder that serves it, `ids` are the names in its path."""

    id: str
    verb: str
    path: str
    function: str
    ids: tuple[str, ...]
    takes_body: bool
    entry: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """What its query may say, by name."""
        return {each["name"]: each for each in self.entry.get("parameters", ()) if each["in"] == "query"}

    @property
    def fields(self) -> frozenset[str]:
        """What its body may say."""
        if not self.takes_body:
            return frozenset()
        schema = self.entry["requestBody"]["content"]["application/json"]["schema"]
        named = DOCUMENT["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        return frozenset(named.get("properties", ()))

    @property
    def required(self) -> Mapping[str, str]:
        """What its query has to say, with values that it accepts."""
        return {name: ASKED.get(name, "intent") for name, each in self.parameters.items() if each.get("required")}

    def at(self, **ids: str) -> str:
        """The path with these ids, others filled in."""
        return self.path.format(**{name: ids.get(name, "0" * 40) for name in self.ids})

    def matches(self, verb: str, path: str) -> bool:
        """Whether a request is for this operation."""
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return verb in (self.verb, "HEAD" if self.verb == "GET" else "") and bool(re.fullmatch(pattern, path))


def people() -> list[Operation]:
    """The operations for signed-in people."""
    return [each for each in operations() if {"firebase": []} in each.entry["security"]]


def operations() -> list[Operation]:
    """Every operation of the document."""
    return [_operation(path, verb, entry) for path, verbs in DOCUMENT["paths"].items() for verb, entry in verbs.items()]


def _operation(path: str, verb: str, entry: Mapping[str, Any]) -> Operation:
    function = entry["tags"][0].replace("-", "_")
    ids = tuple(re.findall(r"\{(\w+)\}", path))
    return Operation(entry["operationId"], verb.upper(), path, function, ids, "requestBody" in entry, entry)


def accepted_body(operation: Operation) -> Mapping[str, Any]:
    """A body that an operation accepts: an empty one where it takes none."""
    assert not operation.takes_body or operation.id in BODIES, f"give BODIES a body that {operation.id} accepts"
    return BODIES.get(operation.id, {})


class Person:
    """Somebody who calls the API; every answer is held against the document."""

    def __init__(self, deployment: Deployment, uid: str, github_id: int | None = None) -> None:
        self.uid = uid
        self.github_id = github_id
        self._deployment = deployment

    def get(self, path: str, query: str | Mapping[str, str] = "", **options: Any) -> TestResponse:  # noqa: ANN401
        """GET as this person."""
        return self.call("GET", path, query_string=query, **options)

    def post(self, path: str, body: object = None, **options: Any) -> TestResponse:  # noqa: ANN401
        """POST as this person; `body` becomes JSON."""
        return self.call("POST", path, **({} if body is None else {"json": body}), **options)

    def put(self, path: str, body: object, **options: Any) -> TestResponse:  # noqa: ANN401
        """PUT as this person; `body` becomes JSON."""
        return self.call("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:  # noqa: ANN401
        """DELETE as this person."""
        return self.call("DELETE", path, **options)

    def call(self, verb: str, path: str, **options: Any) -> TestResponse:  # noqa: ANN401  # werkzeug's own
        """Any request, by a client of its own: two threads may call at once."""
        signed = self._deployment.bearer(self.uid, self.github_id)
        sent = {**signed, **options.pop("headers", {})}
        return answer(self._deployment, verb, path, headers=sent, **options)


def answer(deployment: Deployment, verb: str, path: str, **options: Any) -> TestResponse:  # noqa: ANN401
    """The answer of the function that has this path, which keeps to the document."""
    found = [each for each in operations() if each.matches(verb, path)]
    operation = min(found, key=lambda each: len(each.ids), default=None)
    function = operation.function if operation else _neighbour(path)
    client = Client(deployment.function(function).application)
    response = client.open(path, method=verb, **options)
    conforms(response, operation)
    return response


def conforms(response: TestResponse, operation: Operation | None = None) -> None:
    """Assert that an answer has the headers of every answer, and a status and body that the document names."""
    wanted = PAGE_HEADERS if response.mimetype == "text/html" else HEADERS
    missing = {name: value for name, value in wanted.items() if response.headers.get(name) != value}
    assert not missing, f"{response.status_code} lacks {missing}"
    if response.status_code >= 400:
        _is_problem(response)
    if operation is None:
        return
    said = operation.entry["responses"].get(str(response.status_code))
    if said is None:
        assert response.status_code in _OF_ROUTING, f"{operation} does not document {response.status_code}"
        return
    said = _resolved(said)
    assert response.mimetype in said["content"]
    content = said["content"][response.mimetype]
    absent = [
        name for name, each in said.get("headers", {}).items() if each["required"] and name not in response.headers
    ]
    assert not absent, f"{response.status_code} lacks {absent}"
    if response.request.method != "HEAD":
        validator(content["schema"]).validate(response.get_json() if response.is_json else response.text)


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """A validator of a schema that may refer to the document's components."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}, format_checker=_FORMATS)


def _is_problem(response: TestResponse) -> None:
    assert response.mimetype == PROBLEM
    if response.request.method == "HEAD":
        return
    body = response.get_json()
    assert set(body) <= {"type", "title", "status", "code", "detail", "errors"}
    assert (body["type"], body["status"]) == ("about:blank", response.status_code)
    assert response.status_code == 503 or response.status_code < 500
    assert "Traceback" not in response.text


def _resolved(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference to an answer stands for."""
    if "$ref" not in said:
        return said
    found: Mapping[str, Any] = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return found


def _neighbour(path: str) -> str:
    """The function that a path of no operation reaches: that of the paths it has most in common with."""
    return max(operations(), key=lambda each: _common(path, each.path)).function


def _common(one: str, other: str) -> int:
    return next((n for n, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
