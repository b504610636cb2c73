"""Is everything found that is done to a chain behind the API's back, and nothing else?"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from shared.domain.verification import Anchor, Broken, first_broken
from shared.store.chains import read_chain
from shared.store.database import Database
from tests.deployment import Deployment
from tests.governance import HARMLESS, RISKY, Office
from tests.sizes import size

HISTORIES = size(4, long=200)
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


class History:
    """An intent with all that was done under it through the API, and ways to tamper with it."""

    def __init__(self, deployment: Deployment, random: Random) -> None:
        self._firestore = deployment.firestore
        self._database = Database(deployment.firestore)
        office = Office(deployment)
        office.hold()
        ann = office.person("ann")
        intent_id = ann.state(random.choice([HARMLESS, RISKY]))["intentId"]
        for _ in range(random.randint(0, 2)):
            ann.decide(intent_id, random.choice(["approved", "rejected", "sent_back"]))
        approved = ann.decide(intent_id)
        for _ in range(random.randint(1, 2)):
            started = ann.start(intent_id, approvalId=approved["approvalId"])
            assert started.status_code == 201, started.text
            office.run_queued(started.get_json()["agentRunId"])
        evidence = {"linkedType": "intent", "linkedId": intent_id, "kind": "ticket", "hash": "0" * 64}
        assert ann.post("evidences", "/api/evidences", evidence).status_code == 201
        self.subject = f"intents/{intent_id}"
        self.documents = sorted(read_chain(self._database, self.subject).documents)
        self.entries = [f"{self.subject}/ledger/{each:08}" for each in range(1, len(self._entries()) + 1)]

    def fault(self, anchors: tuple[Anchor, ...] = ()) -> Broken | None:
        """The first bad entry, read anew from the store."""
        return first_broken(read_chain(self._database, self.subject, self.documents), anchors)

    def fields(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self._firestore.document(path).get().to_dict()
        assert found
        return found

    def put(self, path: str, fields: dict[str, Any] | None) -> None:
        """Write past everything; None takes the document out."""
        reference = self._firestore.document(path)
        if fields is None:
            reference.delete()
        else:
            reference.set(fields)

    def edits(self, path: str) -> Iterator[dict[str, Any]]:
        """The document with each of its fields changed, and without it."""
        fields = self.fields(path)
        for name in sorted(fields):
            yield {**fields, name: "tampered"}
            yield {key: value for key, value in fields.items() if key != name}

    def _entries(self) -> list[Any]:
        return list(self._firestore.collection(f"{self.subject}/ledger").stream())


@pytest.fixture(params=range(HISTORIES))
def history(request: pytest.FixtureRequest, deployment: Deployment) -> History:
    made = History(deployment, Random(request.param))
    assert made.fault() is None
    return made


class TestTampering:
    def test_with_an_entry_is_found_there(self, history: History) -> None:
        for number, path in enumerate(history.entries, 1):
            whole = history.fields(path)
            for edited in [*history.edits(path), None]:
                history.put(path, edited)
                found = history.fault()
                assert found, (path, edited)
                assert found.seq == number, (path, edited, found)
            history.put(path, whole)
        assert history.fault() is None

    def test_by_swapping_entries_is_found_at_the_first_of_them(self, history: History) -> None:
        for number, (path, after) in enumerate(zip(history.entries, history.entries[1:], strict=False), 1):
            one, other = history.fields(path), history.fields(after)
            history.put(path, other)
            history.put(after, one)
            found = history.fault()
            assert found
            assert found.seq == number
            history.put(path, one)
            history.put(after, other)

    def test_by_inserting_an_entry_is_found_after_it(self, history: History) -> None:
        for number, path in enumerate(history.entries, 1):
            history.put(f"{path}x", history.fields(path))
            found = history.fault()
            assert found
            assert found.seq == number + 1
            history.put(f"{path}x", None)

    def test_by_cutting_the_tail_is_found_at_the_cut(self, history: History) -> None:
        for number in range(len(history.entries), 0, -1):
            history.put(history.entries[number - 1], None)
            found = history.fault()
            assert found
            assert found.seq == number

    def test_with_the_intent_is_found(self, history: History) -> None:
        whole = history.fields(history.subject)
        for edited in [*history.edits(history.subject), None]:
            history.put(history.subject, edited)
            assert history.fault(), edited
        history.put(history.subject, whole)
        assert history.fault() is None

    def test_by_taking_out_or_adding_to_a_linked_document_is_found(self, history: History) -> None:
        for path in history.documents:
            whole = history.fields(path)
            history.put(path, None)
            found = history.fault()
            assert found
            assert (found.reason, found.document) == ("document_missing", path)
            history.put(path, {**whole, "ownerId": "eve"})
            if "ownerId" in whole:
                found = history.fault()
                assert found
                assert (found.reason, found.document) == ("document_altered", path)
            history.put(path, whole)
        assert history.fault() is None


class TestAnchors:
    def test_that_were_logged_are_kept_by_a_sound_chain(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        history = History(deployment, Random(1))
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "ledger_anchor" in line]
        anchors = tuple(
            Anchor(line["subject"], line["count"], line["head"]) for line in lines if line["subject"] == history.subject
        )
        assert max(each.count for each in anchors) == len(history.entries)
        assert history.fault(anchors) is None
