"""What a client may do in Firestore by itself: read their own asset cards, and nothing else."""

import base64
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.firestore import FirestoreEmulator
from shared.store.store import ASSET_CARDS, COLLECTIONS, SUBCOLLECTIONS

BELOW = [f"{above}/one/{name}" for above, names in SUBCOLLECTIONS.items() for name in names]
PATHS = [*COLLECTIONS, *BELOW, "unheard-of"]
PEOPLE = {"anonymous": "", "owner": "ann", "other": "bob"}
OPERATIONS = (
    *(
        "get",
        "get absent",
        "list",
        "query",
        "query own",
        "query group",
        "query group own",
        "aggregate",
        "aggregate own",
    ),
    *("create", "update", "delete"),
)
FIELDS = {"fields": {"ownerId": {"stringValue": "ann"}, "status": {"stringValue": "pending"}}}
ALLOWED = {(ASSET_CARDS, "owner", "get"), (ASSET_CARDS, "owner", "query own"), (ASSET_CARDS, "owner", "aggregate own")}

RULES = Path("firestore.rules")
OWN = "request.auth != null && resource.data.ownerId == request.auth.uid"
WEAKER = {
    "get by anybody who is signed in": (f"allow get: if {OWN}", "allow get: if request.auth != null"),
    "get by anybody": (f"allow get: if {OWN}", "allow get"),
    "list by anybody who is signed in": (f"allow list: if {OWN}", "allow list: if request.auth != null"),
    "list by anybody": (f"allow list: if {OWN}", "allow list"),
    "create": ("allow get: if", "allow create: if request.auth != null; allow get: if"),
    "update by the owner": ("allow get: if", "allow get, update: if"),
    "delete by the owner": ("allow get: if", "allow get, delete: if"),
    "what is below a card": ("match /asset-cards/{card}", "match /asset-cards/{card=**}"),
    "cards of every depth": ("match /asset-cards/{card}", "match /{above=**}/asset-cards/{card}"),
    "every collection": ("match /asset-cards/{card}", "match /{any}/{card}"),
    "everything": ("match /asset-cards/{card}", "match /{card=**}"),
    "ledgers": (
        "match /asset-cards/{card} {",
        f"match /intents/{{id}}/ledger/{{entry}} {{ allow get: if {OWN}; }}\n    match /asset-cards/{{card}} {{",
    ),
    "revisions": (
        "match /asset-cards/{card} {",
        f"match /asset-cards/{{id}}/revisions/{{n}} {{ allow get: if {OWN}; }}\n    match /asset-cards/{{card}} {{",
    ),
}
"""Ways to allow more than is meant: what of the rules, and what instead."""


class Project:
    """A project of the emulator with a document of Ann's in every collection."""

    def __init__(self, emulator: FirestoreEmulator) -> None:
        self.name = f"rules-{secrets.token_hex(4)}"
        self.emulator = emulator
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy leads to loopback
        for path in PATHS:
            assert self.ask("owner", "PATCH", f"/{path}/one", FIELDS) == 200

    def ask(self, bearer: str, method: str, path: str, body: object = None) -> int:
        """The status of a call over REST."""
        address = f"{self.emulator.url}/v1/projects/{self.name}/databases/(default)/documents{path}"
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.session.request(method, address, json=body, headers=headers, timeout=10).status_code

    def rule(self, rules: str) -> None:
        """Put other rules in the place of the project's, for this project alone."""
        address = f"{self.emulator.url}/emulator/v1/projects/{self.name}:securityRules"
        content = {"rules": {"files": [{"name": "firestore.rules", "content": rules}]}}
        answer = self.session.put(address, json=content, timeout=10)
        assert answer.ok, answer.text

    def coverage(self) -> dict[str, Any]:
        """Which values each expression of the rules has had."""
        address = f"{self.emulator.url}/emulator/v1/projects/{self.name}:ruleCoverage"
        answer: dict[str, Any] = self.session.get(address, timeout=10).json()
        return answer


def expected(path: str, person: str) -> dict[str, int]:
    """The status that each operation must get."""
    allowed = {each for where, who, each in ALLOWED if (where, who) == (path, person)}
    if path == ASSET_CARDS and person == "other":
        allowed = {"query own", "aggregate own"}  # of Bob's own cards, of which there are none
    return {each: 200 if each in allowed else 403 for each in OPERATIONS}


def attempt(project: Project, path: str, uid: str, operation: str) -> int:
    """The status of an operation that a person tries in a collection."""
    parent, _, collection = f"/{path}".rpartition("/")
    asked: dict[str, Any] = {
        "from": [{"collectionId": collection, "allDescendants": operation.startswith("query group")}]
    }
    if operation.endswith("own"):
        mine = {"field": {"fieldPath": "ownerId"}, "op": "EQUAL", "value": {"stringValue": uid or "ann"}}
        asked["where"] = {"fieldFilter": mine}
    if operation.startswith("query group"):
        parent = ""
    counted = {"structuredQuery": asked, "aggregations": [{"alias": "n", "count": {}}]}
    calls: dict[str, tuple[str, str, object]] = {
        "get": ("GET", f"/{path}/one", None),
        "get absent": ("GET", f"/{path}/absent", None),
        "list": ("GET", f"/{path}", None),
        "query": ("POST", f"{parent}:runQuery", {"structuredQuery": asked}),
        "aggregate": ("POST", f"{parent}:runAggregationQuery", {"structuredAggregationQuery": counted}),
        "create": ("POST", f"/{path}?documentId=new", FIELDS),
        "update": ("PATCH", f"/{path}/one", FIELDS),
        "delete": ("DELETE", f"/{path}/one", None),
    }
    call = calls.get(operation) or calls[operation.split(maxsplit=1)[0]]
    return project.ask(_unsigned(uid) if uid else "", *call)


def _unsigned(uid: str) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": uid, "user_id": uid})
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts) + "."


@pytest.fixture(scope="module")
def project(emulator: FirestoreEmulator) -> Iterator[Project]:
    opened = Project(emulator)
    yield opened
    opened.session.close()


class TestRules:
    """Every collection of the code, everybody, every operation."""

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("person", PEOPLE)
    def test_deny_all_but_an_owners_cards(self, project: Project, path: str, person: str) -> None:
        found = {operation: attempt(project, path, PEOPLE[person], operation) for operation in OPERATIONS}
        assert found == expected(path, person)

    @pytest.mark.parametrize("weakened", WEAKER)
    def test_can_not_be_weakened_unnoticed(self, emulator: FirestoreEmulator, weakened: str) -> None:
        """Each condition left out, each right widened: some cell of the table above changes."""
        old, new = WEAKER[weakened]
        rules = RULES.read_text("utf-8")
        assert rules.count(old) >= 1, f"{weakened}: the rules no longer say {old}"
        opened = Project(emulator)
        opened.rule(rules.replace(old, new))
        cells = ((path, person, each) for path in PATHS for person in PEOPLE for each in OPERATIONS)
        differing = (
            cell for cell in cells if attempt(opened, cell[0], PEOPLE[cell[1]], cell[2]) != expected(*cell[:2])[cell[2]]
        )
        assert next(differing, None) is not None
        opened.session.close()

    def test_are_tried_for_every_collection_that_the_code_writes(self) -> None:
        """A collection that the code names, and the list does not, would stand in no table."""
        named = {
            text
            for source in (*Path("shared").rglob("*.py"), *Path("functions").rglob("*.py"))
            for text in _collections(source)
        }
        assert named <= {*COLLECTIONS, *(name for names in SUBCOLLECTIONS.values() for name in names)}
        assert ASSET_CARDS in named

    def test_name_the_asset_cards_alone(self) -> None:
        """Every other collection is denied by having no match; the table above is made from the code's own list."""
        named = re.findall(r"match /(?!databases)([a-z-]+)/\{\w+\}", Path("firestore.rules").read_text("utf-8"))
        assert named == [ASSET_CARDS]

    def test_have_been_tried_with_every_outcome(self, project: Project) -> None:
        for person in PEOPLE.values():
            for operation in OPERATIONS:
                attempt(project, ASSET_CARDS, person, operation)
        reports = project.coverage()["report"]
        assert reports
        assert all(report.get("values") for report in reports), "an expression that was never evaluated"
        conditions = [_outcomes(report) for report in reports]
        assert all({True, False} <= each for each in conditions), reports


def _outcomes(report: dict[str, Any]) -> set[object]:
    return {value["value"].get("boolValue") for value in report.get("values", [])}


def _collections(source: Path) -> list[str]:
    """The names of collections that a module gives: constants in capitals that `Collection` or `.collection` takes."""
    text = source.read_text("utf-8")
    constants = dict(re.findall(r'^([A-Z_]+) = "([a-z][a-z_-]*)"', text, re.MULTILINE))
    taken = re.findall(r"Collection\(\s*(?:self\.)?database, (?:\*path, )?([A-Z_]+)", text)
    literal = re.findall(r'(?:Collection\([\w.]+, |\.collection\()"([a-z][a-z_-]*)"', text)
    return [*(constants[name] for name in taken if name in constants), *literal]
