"""Does the check of a chain name the first bad entry, whatever was done, and say nothing of a sound one?"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.domain import ledger
from shared.domain.ledger import EMPTY, LedgerHead, Linked
from shared.domain.verification import Anchor, Broken, Chain, Entry, digest, digest_of, entry_of, first_broken
from shared.verify.__main__ import Findings, main
from shared.verify.export import Claim
from tests.sizes import size

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HISTORIES = size(200, long=5000)


def a_chain(random: Random, subject: str = "intents/i1") -> tuple[Chain, list[Anchor]]:
    """A subject with a random history, written as WorkLog writes it, and what the log says of it."""
    head, entries, documents, anchors, state = EMPTY, [], {}, [], {"goal": "a", "at": AT}
    for number in range(random.randint(2, 9)):
        linked = None
        if random.random() < 0.6:
            path = f"agent-runs/r{random.randint(0, 2)}"
            documents[path] = {"status": random.choice(["queued", "completed"]), "n": number}
            linked = Linked(document=path, state=documents[path])
        else:
            state = {**state, "n": number}
        at = AT + timedelta(seconds=number)
        made = ledger.append(head, subject=subject, action="do", actor="ann", state=state, at=at, linked=linked)
        head = LedgerHead(count=made.seq, head=made.hash)
        entries.append(Entry(made.seq, made.prev_hash, made.hash, made.canonical))
        anchors.append(Anchor(subject, head.count, head.head, owner="ann", since=AT, changed=at, at=at))
    plain = json.loads(ledger.canonical_json(state))
    return Chain(subject, head.count, head.head, plain, entries, documents), anchors


def rewritten(chain: Chain, place: int) -> Chain:
    """The chain with another story from an entry on, every hash of it made anew."""
    entries, before = list(chain.entries[:place]), chain.entries[place].prev_hash
    for entry in chain.entries[place:]:
        said = {**json.loads(entry.canonical), "prevHash": before, "actor": "eve"}
        canonical = ledger.canonical_json(said)
        before = hashlib.sha256(canonical.encode()).hexdigest()
        entries.append(Entry(entry.seq, said["prevHash"], before, canonical))
    return replace(chain, entries=entries, head=before)


def edited(chain: Chain, place: int, **fields: Any) -> Chain:  # noqa: ANN401  # of any field
    entries = list(chain.entries)
    entries[place] = replace(entries[place], **fields)
    return replace(chain, entries=entries)


def without(chain: Chain, place: int) -> Chain:
    return replace(chain, entries=[*chain.entries[:place], *chain.entries[place + 1 :]])


def with_copy(chain: Chain, place: int) -> Chain:
    return replace(chain, entries=[*chain.entries[:place], chain.entries[place], *chain.entries[place:]])


def swapped(chain: Chain, place: int) -> Chain:
    entries = list(chain.entries)
    other = (place + 1) % len(entries)
    entries[place], entries[other] = entries[other], entries[place]
    return replace(chain, entries=entries)


def foreign(chain: Chain, place: int) -> Chain:
    other, _ = a_chain(Random(7), "intents/other")
    entries = list(chain.entries)
    entries[place] = other.entries[min(place, len(other.entries) - 1)]
    return replace(chain, entries=entries)


# What is done to the entry at a place, and how far from it the first bad entry is.
TAMPERING: dict[str, tuple[Callable[[Chain, int], Chain], Callable[[Chain, int], int]]] = {
    "canonical": (
        lambda chain, place: edited(chain, place, canonical=chain.entries[place].canonical.replace("ann", "eve")),
        lambda _, place: place + 1,
    ),
    "hash": (lambda chain, place: edited(chain, place, hash="f" * 64), lambda _, place: place + 1),
    "prev_hash": (lambda chain, place: edited(chain, place, prev_hash="f" * 64), lambda _, place: place + 1),
    "seq": (lambda chain, place: edited(chain, place, seq=99), lambda _, place: place + 1),
    "delete": (without, lambda _, place: place + 1),
    "insert": (with_copy, lambda _, place: place + 2),
    "reorder": (swapped, lambda chain, place: 1 if place + 1 == len(chain.entries) else place + 1),
    "of another": (foreign, lambda _, place: place + 1),
    "cut tail": (
        lambda chain, place: replace(chain, entries=chain.entries[:place]),
        lambda _, place: place + 1,
    ),
}


class TestChains:
    @pytest.mark.long
    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize("name", TAMPERING)
    def test_name_the_first_entry_that_was_tampered_with(self, name: str) -> None:
        tamper, expected = TAMPERING[name]
        for seed in range(HISTORIES):
            chain, _ = a_chain(Random(seed))
            for place in range(len(chain.entries)):
                found = first_broken(tamper(chain, place))
                assert found, (seed, place)
                assert found.seq == expected(chain, place), (seed, place, found)

    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_hold_as_they_were_written(self) -> None:
        for seed in range(HISTORIES):
            chain, anchors = a_chain(Random(seed))
            assert first_broken(chain) is None
            assert first_broken(chain, anchors) is None

    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_show_every_document_that_was_changed_or_taken_out(self) -> None:
        for seed in range(HISTORIES):
            chain, _ = a_chain(Random(seed))
            for path, state in chain.documents.items():
                assert isinstance(state, Mapping)
                changed = {**chain.documents, path: {**state, "status": "failed"}}
                found = first_broken(replace(chain, documents=changed))
                assert found
                assert (found.reason, found.document) == ("document_altered", path)
                found = first_broken(replace(chain, documents={**chain.documents, path: None}))
                assert found
                assert (found.reason, found.document) == ("document_missing", path)

    def test_show_a_document_that_nobody_recorded(self) -> None:
        chain, _ = a_chain(Random(1))
        found = first_broken(replace(chain, documents={"agent-runs/new": {"status": "completed"}}))
        assert found == Broken(chain.subject, len(chain.entries) + 1, "document_unrecorded", "agent-runs/new")

    def test_show_a_subject_that_was_changed_or_taken_out(self) -> None:
        chain, _ = a_chain(Random(1))
        assert isinstance(chain.state, Mapping)
        found = first_broken(replace(chain, state={**chain.state, "goal": "b"}))
        assert found == Broken(chain.subject, len(chain.entries), "subject_altered")
        found = first_broken(replace(chain, state=None))
        assert found == Broken(chain.subject, 1, "subject_missing")

    def test_show_that_all_entries_are_gone_and_the_count_with_them(self) -> None:
        chain, _ = a_chain(Random(1))
        assert first_broken(replace(chain, entries=[], count=0, head="0" * 64)) == Broken(
            chain.subject, 1, "entry_missing"
        )


class TestAnchors:
    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_show_a_chain_that_was_rewritten_consistently(self) -> None:
        for seed in range(HISTORIES):
            chain, anchors = a_chain(Random(seed))
            for place in range(len(chain.entries)):
                forged = rewritten(chain, place)
                assert first_broken(forged) is None
                assert first_broken(forged, anchors) == Broken(chain.subject, place + 1, "anchor_differs")

    def test_show_a_tail_that_was_cut_consistently(self) -> None:
        chain, anchors = a_chain(Random(3))
        head = chain.entries[0]
        cut = replace(chain, entries=[head], count=1, head=head.hash, documents={})
        state = json.loads(head.canonical)["stateDigest"]
        found = first_broken(cut, anchors)
        assert found
        assert found.seq <= 2
        assert state != digest_of(chain.state) or found.reason == "entry_missing"

    def test_show_a_subject_that_is_gone_with_all_its_entries(self) -> None:
        chain, anchors = a_chain(Random(3))
        assert findings([], anchors)[1] == 1
        assert findings([], anchors)[0][0] == f"BROKEN {chain.subject} at entry 1: subject_missing"
        assert findings([chain], anchors)[1] == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"changed": AT - timedelta(microseconds=1)},
            {"since": AT + timedelta(days=1)},
            {"owner": "bob"},
            {"at": AT + timedelta(days=2, microseconds=1)},
        ],
        ids=["before", "after", "another's", "later"],
    )
    def test_of_what_the_export_is_not_about_are_no_alarm(self, fields: dict[str, Any]) -> None:
        _, anchors = a_chain(Random(3))
        told, broken = findings([], [replace(each, **fields) for each in anchors])
        assert broken == 0, told

    @pytest.mark.parametrize("fields", [{"since": None}, {"owner": ""}], ids=["since", "owner"])
    def test_that_say_too_little_are_told_and_no_alarm(self, fields: dict[str, Any]) -> None:
        _, anchors = a_chain(Random(3))
        told, broken = findings([], [replace(each, **fields) for each in anchors])
        assert (broken, len(told)) == (0, 2)
        assert "do not say whether they should be" in told[0]

    def test_are_all_expected_of_an_export_without_a_period(self) -> None:
        _, anchors = a_chain(Random(3))
        bare = [Anchor(each.subject, each.count, each.head) for each in anchors]
        assert findings([], bare, Claim(AT + timedelta(days=2)))[1] == 1

    def test_of_what_was_erased_by_right_are_no_alarm(self) -> None:
        chain, anchors = a_chain(Random(3))
        told, broken = findings([], anchors, erased={chain.subject})
        assert broken == 0
        assert told[0] == "1 anchored subjects were erased, as the log says"
        assert findings([rewritten(chain, 0)], anchors, erased={chain.subject})[1] == 1

    def test_made_after_the_export_do_not_lengthen_its_chains(self) -> None:
        chain, anchors = a_chain(Random(3))
        later = replace(anchors[-1], count=len(chain.entries) + 1, at=AT + timedelta(days=3))
        assert findings([chain], [*anchors, later])[1] == 0
        assert findings([chain], [*anchors, replace(later, at=AT)])[1] == 1

    def test_that_are_missing_are_said_to_be(self) -> None:
        chain, anchors = a_chain(Random(3))
        said, broken = findings([chain], anchors[:1])
        assert broken == 0
        assert f"not anchored {chain.subject} since entry 2" in said
        assert not any("not anchored" in line for line in findings([chain], anchors)[0])


class TestEntries:
    @pytest.mark.parametrize("value", [None, 7, [], {}, "\ud800", "null", "[]", "[" * 100_000])
    @pytest.mark.parametrize("name", ["seq", "prevHash", "hash", "canonical"])
    def test_of_any_type_are_broken_and_no_error(self, name: str, value: object) -> None:
        chain, _ = a_chain(Random(1))
        first = chain.entries[0]
        fields = {"seq": 1, "prevHash": first.prev_hash, "hash": first.hash, "canonical": first.canonical, name: value}
        found = first_broken(replace(chain, entries=[entry_of(fields), *chain.entries[1:]]))
        assert found
        assert found.seq == 1


class TestVerify:
    def test_reads_an_export_with_its_anchors(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        chain, anchors = a_chain(Random(1))
        file, lines = tmp_path / "export.json", tmp_path / "anchors.jsonl"
        file.write_text(exported([chain]))
        said = [{"message": "ledger_anchor", **vars(each)} for each in anchors]
        text = "".join(f"{json.dumps({'jsonPayload': each}, default=str)}\n" for each in said)
        lines.write_text(text + "no JSON\n[]\n")
        assert main([str(file), "--anchors", str(lines)]) == 0
        file.write_text(exported([rewritten(chain, 1)]))
        assert main([str(file)]) == 0
        assert "not anchored intents/i1 since entry 1" in capsys.readouterr().out
        assert main([str(file), "--anchors", str(lines)]) == 1
        assert "BROKEN intents/i1 at entry 2: anchor_differs" in capsys.readouterr().out
        file.write_text(exported([]))
        assert main([str(file), "--anchors", str(lines)]) == 1
        assert "BROKEN intents/i1 at entry 1: subject_missing" in capsys.readouterr().out

    def test_holds_a_state_that_it_is_not_shown_by_its_digest(self, tmp_path: Path) -> None:
        chain, _ = a_chain(Random(1))
        assert isinstance(chain.state, dict)
        file = tmp_path / "export.json"
        file.write_text(exported([replace(chain, state=digest(chain.state))]))
        assert main([str(file)]) == 0
        file.write_text(exported([replace(chain, state="0" * 64)]))
        assert main([str(file)]) == 1

    def test_takes_no_export_that_broke_off(self, tmp_path: Path) -> None:
        chain, _ = a_chain(Random(1))
        whole = exported([chain])
        file = tmp_path / "export.json"
        for length in range(0, len(whole), max(1, len(whole) // 200)):
            file.write_text(whole[:length])
            assert main([str(file)]) == 2
        for broken in ({"complete": False}, {"asOf": "today"}, {"owner": None, "asOf": None}, {"chains": 7}):
            file.write_text(json.dumps({**json.loads(whole), **broken}))
            assert main([str(file)]) == 2, broken


CLAIM = Claim(AT + timedelta(days=2), "ann", AT, AT + timedelta(days=1))


def findings(
    chains: Sequence[Chain], anchors: Sequence[Anchor], claim: Claim = CLAIM, erased: Collection[str] = ()
) -> tuple[list[str], int]:
    """What is said of an export, of a day unless told otherwise, and how many chains are broken."""
    found = Findings(claim, anchors, erased)
    return list(found.lines(chains)), found.broken


def exported(chains: Sequence[Chain]) -> str:
    """Chains as the audit's download has them."""
    told = [
        {
            "subject": chain.subject,
            "count": chain.count,
            "head": chain.head,
            "state": chain.state,
            "entries": [
                {"seq": each.seq, "prevHash": each.prev_hash, "hash": each.hash, "canonical": each.canonical}
                for each in chain.entries
            ],
            "documents": chain.documents,
        }
        for chain in chains
    ]
    assert CLAIM.from_
    assert CLAIM.to
    period = {"from": CLAIM.from_.isoformat(), "to": CLAIM.to.isoformat()}
    claimed = {"period": period, "asOf": CLAIM.as_of.isoformat(), "owner": CLAIM.owner}
    return json.dumps({**claimed, "chains": told, "complete": True})
