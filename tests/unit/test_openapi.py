"""Is `docs/openapi.json` what the functions do, what the contract asks for, and fit for a client's developer?"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no types

from tests.api import DOCUMENT, FILE, Operation, operations

# The contract's endpoints and the folder in functions/ that each belongs to: what has no folder yet is not asked for.
CONTRACT = [
    ("GET", "/api/repositories", "repositories"),
    ("POST", "/api/repositories", "repositories"),
    ("DELETE", "/api/repositories/{repositoryId}", "repositories"),
    ("GET", "/api/assets/inbox", "assets"),
    ("GET", "/api/assets/library", "assets"),
    ("POST", "/api/assets/{assetCardId}/approve", "assets"),
    ("PUT", "/api/assets/{assetCardId}/edit", "assets"),
    ("POST", "/api/export", "assets"),
    ("POST", "/api/intents", "intents"),
    ("GET", "/api/intents", "intents"),
    ("POST", "/api/approvals", "approvals"),
    ("GET", "/api/approvals/inbox", "approvals"),
    ("POST", "/api/agent-runs", "agent_runs"),
    ("GET", "/api/agent-runs", "agent_runs"),
    ("POST", "/api/evidences", "evidences"),
    ("GET", "/api/audit/report", "audit"),
    ("GET", "/api/kpi/summary", "audit"),
    ("GET", "/api/exceptions/inbox", "exceptions"),
    ("POST", "/api/provisioning", "provisioning"),
    ("GET", "/api/provisioning/events", "provisioning"),
    ("POST", "/api/webhooks/github", "webhooks"),
    ("POST", "/api/tasks/pr-event-processor", "pr_event_processor"),
    ("POST", "/api/tasks/asset-generator", "asset_generator"),
    ("POST", "/api/tasks/provisioning", "provisioner"),
]
ALL = operations()
SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]
# JSON Schema's own words, as far as we use them: what is not among them says nothing to a client.
KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "propertyNames"),
    *("items", "minItems", "maxItems", "uniqueItems", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "pattern"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
    *("default", "description", "examples", "deprecated"),
}
# Without which a list would be of nothing, and a report of everything.
ASKED_FOR = {*product(["listEvidences"], ["linkedType", "linkedId"]), *product(["showReport"], ["from", "to"])}
SENDERS_OWN = {"tasks", "webhooks"}


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Every object in the document, whatever it stands for."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def schemas(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and every schema inside of it."""
    yield schema
    inside = [*schema.get("properties", {}).values()]
    inside += [
        schema[key] for key in ("items", "additionalProperties", "propertyNames") if isinstance(schema.get(key), dict)
    ]
    inside += [each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, ())]
    for each in inside:
        yield from schemas(each)


def resolved(reference: str) -> object:
    """What a reference inside of the document leads to; raises KeyError where that is nothing."""
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


class TestFile:
    def test_is_what_the_functions_say_today(self) -> None:
        made = subprocess.run(
            [sys.executable, "-m", "local.openapi"], capture_output=True, text=True, check=True, timeout=60
        )
        assert json.loads(made.stdout) == DOCUMENT, "docs/openapi.json is stale: run `make openapi` and commit it"
        assert made.stdout == FILE.read_text("utf-8"), "docs/openapi.json was edited by hand: run `make openapi`"


class TestContract:
    @pytest.mark.parametrize(("verb", "path", "folder"), CONTRACT, ids=str)
    def test_is_kept(self, verb: str, path: str, folder: str) -> None:
        built = (verb, path) in {(each.verb, each.path) for each in ALL}
        if Path("functions", folder, "main.py").exists():
            assert built, f"the contract asks for {verb} {path}: give functions/{folder}/main.py a route"

    def test_is_answered_with_its_own_statuses(self) -> None:
        asked = {
            "connectRepository": {"201", "400", "401"},
            "disconnectRepository": {"200", "401", "404"},
            "listInbox": {"200", "401"},
            "approveCard": {"200", "401", "404"},
            "editCard": {"200", "400", "401", "404"},
            "exportCards": {"200", "400", "401"},
        }
        told = {each.id: set(each.entry["responses"]) for each in ALL}
        assert not {name: wanted - told[name] for name, wanted in asked.items() if wanted - told[name]}


class TestDocument:
    def test_is_openapi_of_a_version_that_has_json_schema(self) -> None:
        assert DOCUMENT["openapi"] == "3.1.0"
        assert {"title", "version", "description"} <= set(DOCUMENT["info"])
        assert DOCUMENT["servers"][0]["url"] == "http://localhost:3000"

    def test_has_no_reference_that_leads_nowhere(self) -> None:
        references = {each["$ref"] for each in nodes(DOCUMENT) if isinstance(each.get("$ref"), str)}
        assert references
        for reference in references:
            assert resolved(reference), reference

    def test_has_no_schema_that_nobody_uses(self) -> None:
        used = {each["$ref"].rpartition("/")[2] for each in nodes(DOCUMENT) if isinstance(each.get("$ref"), str)}
        assert set(SCHEMAS) <= used

    def test_describes_its_groups(self) -> None:
        told = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
        assert set(told) == {each.entry["tags"][0] for each in ALL}
        assert all(told.values())

    def test_gives_each_operation_a_name_of_its_own(self) -> None:
        names = Counter(each.id for each in ALL)
        assert [name for name, count in names.items() if count > 1] == []
        assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", name)] == []

    def test_says_nothing_of_the_machine_it_was_made_on(self) -> None:
        text = FILE.read_text("utf-8")
        assert not re.search(r"/home/|/root/|/tmp/|127\.0\.0\.1|emulator", text)


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.id)
class TestOperations:
    def test_say_what_they_do(self, operation: Operation) -> None:
        summary = operation.entry["summary"]
        assert 10 < len(summary) < 120
        assert summary[0].isupper()
        assert not summary.endswith(".")
        assert operation.path.startswith("/api/")

    def test_name_their_ids_as_the_contract_does(self, operation: Operation) -> None:
        in_path = [each["name"] for each in operation.entry.get("parameters", ()) if each["in"] == "path"]
        assert in_path == list(operation.ids)
        assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name) for name in in_path)

    def test_describe_every_parameter(self, operation: Operation) -> None:
        for parameter in operation.entry.get("parameters", ()):
            assert parameter.get("description"), f"describe {parameter['name']} (pydantic's Field takes a description)"
            assert parameter["required"] is (
                parameter["in"] == "path" or (operation.id, parameter["name"]) in ASKED_FOR
            )
            Draft202012Validator.check_schema(parameter["schema"])
            assert "null" not in json.dumps(parameter["schema"]), (
                f"{parameter['name']} is never null: use MAY_BE_ABSENT"
            )

    def test_say_who_may_call(self, operation: Operation) -> None:
        (needed,) = operation.entry["security"]
        assert set(needed) <= set(DOCUMENT["components"]["securitySchemes"])
        assert (set(needed) == {"firebase"}) == (operation.entry["tags"][0] not in SENDERS_OWN)

    def test_describe_every_answer(self, operation: Operation) -> None:
        answers = {status: self.answer(told) for status, told in operation.entry["responses"].items()}
        assert any(status.startswith("2") for status in answers)
        assert {"401", "503"} <= set(answers)
        for status, told in answers.items():
            assert told["description"]
            media = ["application/json"] if status.startswith("2") else ["application/problem+json"]
            assert list(told["content"])[:1] == media, status
        for status in {"429", "503"} & set(answers):
            assert answers[status]["headers"]["Retry-After"]["required"]

    def test_refuse_bodies_as_they_say(self, operation: Operation) -> None:
        if operation.takes_body and operation.entry["tags"][0] not in SENDERS_OWN:
            (content,) = operation.entry["requestBody"]["content"].items()
            assert content[0] == "application/json"
            body: Any = resolved(content[1]["schema"]["$ref"])
            assert body["additionalProperties"] is False
            assert {"400", "413", "415"} <= set(operation.entry["responses"])

    @staticmethod
    def answer(told: Mapping[str, Any]) -> Any:  # noqa: ANN401  # an answer in the document
        return resolved(told["$ref"]) if "$ref" in told else told


@pytest.mark.parametrize("name", SCHEMAS)
class TestSchemas:
    def test_are_json_schema_in_known_words(self, name: str) -> None:
        Draft202012Validator.check_schema(SCHEMAS[name])
        unknown = {key for each in schemas(SCHEMAS[name]) for key in each} - KEYWORDS
        assert not unknown, f"{unknown} of {name} says nothing to a client"

    def test_have_names_and_words_for_their_readers(self, name: str) -> None:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
        assert not name.endswith(("Shown", "Schema", "Model"))
        assert SCHEMAS[name]["description"]

    def test_have_members_in_camel_case(self, name: str) -> None:
        members = {member for each in schemas(SCHEMAS[name]) for member in each.get("properties", ())}
        assert [each for each in members if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", each)] == []

    def test_promise_no_null_that_never_comes(self, name: str) -> None:
        is_answer = SCHEMAS[name].get("additionalProperties") is not False
        nulls = [each for each in schemas(SCHEMAS[name]) if each.get("type") == "null"]
        assert not (is_answer and nulls)
