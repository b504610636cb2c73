"""Is everything found that is done to a chain behind the API's back, and nothing else?"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.domain.ledger import canonical_json
from shared.domain.step import Step
from shared.domain.verification import Anchor, Broken, first_broken
from shared.store.chains import read_chain
from shared.store.database import Database
from shared.verify.__main__ import main
from tests.deployment import Deployment
from tests.governance import HARMLESS, RISKY, Office, moment
from tests.sizes import LONG, size

HISTORIES = size(4, long=200)
REPORTED = size(1, long=200)
OF_THE_QUEUE = {each.name for each in fields_of(Step)} - {"state"}
"""Of a run: how it was driven is not in the ledger; those names are the same in both spellings, but for some."""
MOVING = {"leaseUntil", "dueAt", "lastError", "updatedAt", *OF_THE_QUEUE}
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


class History:
    """An intent with all that was done under it through the API, and ways to tamper with it."""

    def __init__(self, deployment: Deployment, random: Random) -> None:
        self._firestore = deployment.firestore
        self._database = Database(deployment.firestore)
        self._deployment = deployment
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

    @contextmanager
    def tampered(self, changed: Mapping[str, Mapping[str, Any] | None]) -> Iterator[None]:
        """These documents are something else, or gone, until the end of the block."""
        before = {path: self._firestore.document(path).get().to_dict() for path in changed}
        for path, fields in changed.items():
            self.put(path, None if fields is None else dict(fields))
        yield
        for path, fields in before.items():
            self.put(path, fields)

    def told(self) -> list[dict[str, Any]]:
        """The broken chains that an auditor's report names."""
        answer = self._get("/api/audit/report")
        assert answer["successMetric"] == (0 if answer["ledger"]["broken"] else 1)
        named: list[dict[str, Any]] = answer["ledger"]["named"]
        return named

    def verified(self, folder: Path, capsys: pytest.CaptureFixture[str], anchors: str = "") -> list[str]:
        """What the check of the download says is broken."""
        file, log = folder / "ledger.json", folder / "log.jsonl"
        file.write_text(json.dumps(self._get("/api/audit/ledger")))
        log.write_text(anchors)
        capsys.readouterr()
        status = main([str(file), "--anchors", str(log)])
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BROKEN")]
        assert status == (1 if lines else 0)
        return lines

    def _get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        now = datetime.now(UTC)
        query = {"from": moment(now - timedelta(hours=1)), "to": moment(now + timedelta(hours=1))}
        bearer = self._deployment.bearer("audrey", claims={"auditor": True})
        answer = self._deployment.function("audit").get(path, query_string=query, headers=bearer)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

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


class TestReports:
    """What `TestTampering` finds in the store, as whoever asks for a report or a download is told."""

    @pytest.mark.parametrize("seed", range(REPORTED))
    def test_name_the_first_bad_entry_of_whatever_was_done(
        self, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
    ) -> None:
        history = History(deployment, Random(seed))
        assert (history.told(), history.verified(tmp_path, capsys)) == ([], [])
        for name, changed, seq in [*of_entries(history), *of_documents(history, seed)]:
            with history.tampered(changed):
                named, *others = sorted(history.told(), key=lambda each: each["subject"] != history.subject)
                assert (named["subject"], named["seq"]) == (history.subject, seq or named["seq"]), name
                assert {each["subject"] for each in others} <= {"intents/tampered"}, name
                lines = history.verified(tmp_path, capsys)
                said = f"BROKEN {history.subject} at entry {named['seq']}: {named['reason']}"
                assert [line for line in lines if line.startswith(said)], (name, lines)
                assert len(lines) == 1 + len(others), name
        assert (history.told(), history.verified(tmp_path, capsys)) == ([], [])

    def test_miss_what_only_anchors_show(
        self, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        history = History(deployment, Random(5))
        anchors = capsys.readouterr().out
        assert history.verified(tmp_path, capsys, anchors) == []
        counts = [
            json.loads(line)["count"]
            for line in anchors.splitlines()
            if "ledger_anchor" in line and history.subject in line
        ]
        for place in range(len(history.entries)):
            with history.tampered(rewritten(history, place)):
                assert (history.told(), history.verified(tmp_path, capsys)) == ([], [])
                anchored = min(count for count in counts if count > place)  # a commit has one, of its last entry
                found = f"BROKEN {history.subject} at entry {anchored}: anchor_differs"
                assert history.verified(tmp_path, capsys, anchors) == [found]
        everything = dict.fromkeys((history.subject, *history.entries, *history.documents))
        with history.tampered(everything):
            assert (history.told(), history.verified(tmp_path, capsys)) == ([], [])
            found = f"BROKEN {history.subject} at entry 1: subject_missing"
            assert history.verified(tmp_path, capsys, anchors) == [found]


Tampering = tuple[str, Mapping[str, Mapping[str, Any] | None], int]
"""What is done, to which documents, and the first bad entry, 0 where any may be named."""


def of_entries(history: History) -> Iterator[Tampering]:
    """Each entry edited, taken out, doubled, swapped with the next one and with another subject's; each tail cut."""
    other = f"{history.subject}-of-another"
    foreign = canonical_json({**json.loads(history.fields(history.entries[0])["canonical"]), "subject": other})
    for number, path in enumerate(history.entries, 1):
        fields = history.fields(path)
        edited = fields["canonical"].replace('"actor":"', '"actor":"eve-')
        yield f"edit {path}", {path: {**fields, "canonical": edited}}, number
        yield f"delete {path}", {path: None}, number
        yield f"insert after {path}", {f"{path}x": fields}, number + 1
        digest = hashlib.sha256(foreign.encode()).hexdigest()
        yield f"swap {path} with another's", {path: {**fields, "canonical": foreign, "hash": digest}}, number
        yield f"cut from {path} on", dict.fromkeys(history.entries[number - 1 :]), number
        if number < len(history.entries):
            after = history.entries[number]
            yield f"swap {path} with the next", {path: history.fields(after), after: fields}, number


def of_documents(history: History, seed: int) -> Iterator[Tampering]:
    """The intent and each linked document gone, or with a field edited; with each of them now and then."""
    random, every = Random(seed), LONG and not seed % 10
    for path in (history.subject, *history.documents):
        fields = history.fields(path)
        untold = MOVING if path.startswith("agent-runs/") else set()
        names = sorted(fields.keys() - untold)
        for name in names if every else random.sample(names, 1):
            yield f"edit {name} of {path}", {path: {**fields, name: "tampered"}}, 0
        if path != history.subject:
            yield f"delete {path}", {path: None}, 0


def rewritten(history: History, place: int) -> dict[str, Mapping[str, Any]]:
    """The chain with another story from an entry on, every hash of it made anew, and the head with it."""
    changed: dict[str, Mapping[str, Any]] = {}
    before = history.fields(history.entries[place])["prevHash"]
    for path in history.entries[place:]:
        fields = history.fields(path)
        canonical = canonical_json({**json.loads(fields["canonical"]), "prevHash": before, "actor": "eve"})
        changed[path] = {**fields, "prevHash": before, "canonical": canonical}
        before = changed[path]["hash"] = hashlib.sha256(canonical.encode()).hexdigest()  # type: ignore[index]
    subject = history.fields(history.subject)
    return {**changed, history.subject: {**subject, "ledger": {**subject["ledger"], "head": before}}}
