"""Does a chain of ledger entries show whatever was done to it, and nothing else?"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain import ledger
from shared.domain.ledger import EMPTY, GENESIS, LedgerEntry, LedgerHead

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
SUBJECT = "asset-cards/c1"

whole = st.integers(-(2**53) + 1, 2**53 - 1)
scalars = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
states = st.dictionaries(st.text(max_size=8), values, max_size=6)
instants = st.datetimes(timezones=st.just(UTC))


def chain(*states: Mapping[str, Any]) -> list[LedgerEntry]:
    """The entries of a subject that was in these states one after the other."""
    entries: list[LedgerEntry] = []
    for number, state in enumerate(states):
        at = AT + timedelta(seconds=number)
        entries.append(ledger.append(head_of(entries), subject=SUBJECT, action="edit", actor="ann", state=state, at=at))
    return entries


def head_of(entries: Sequence[LedgerEntry]) -> LedgerHead:
    """What stands on the subject."""
    return LedgerHead(count=entries[-1].seq, head=entries[-1].hash) if entries else EMPTY


def holds(entries: Sequence[LedgerEntry], head: LedgerHead, state: Mapping[str, Any]) -> bool:
    """Whether the chain leads to `head` and the last entry is about `state`, by the rules alone."""
    before = GENESIS
    for number, entry in enumerate(entries, 1):
        if hashlib.sha256(entry.canonical.encode()).hexdigest() != entry.hash:
            return False
        content = json.loads(entry.canonical)
        if not (content["seq"], content["prevHash"]) == (number, before) == (entry.seq, entry.prev_hash):
            return False
        before = entry.hash
    if (len(entries), before) != (head.count, head.head):
        return False
    return not entries or json.loads(entries[-1].canonical)["stateDigest"] == ledger.state_digest(state)


def shuffled(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
    """The same value with every object's members the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(item) for key, item in reversed(value.items())}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


class TestEditedChain:
    """Whatever is done to an entry, to the order of them or to their number shows."""

    @given(st.lists(states, min_size=1, max_size=5), st.data())
    def test_does_not_hold_once_a_character_of_an_entry_is_another(
        self, history: list[dict[str, Any]], data: st.DataObject
    ) -> None:
        entries = chain(*history)
        number = data.draw(st.integers(0, len(entries) - 1))
        text = entries[number].canonical
        place = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.sampled_from('0aZ{}" '))
        assume(other != text[place])
        edited = entries[number].model_copy(update={"canonical": text[:place] + other + text[place + 1 :]})
        assert not holds([*entries[:number], edited, *entries[number + 1 :]], head_of(entries), history[-1])

    @given(st.lists(states, min_size=1, max_size=5), st.data())
    def test_does_not_hold_without_one_of_its_entries(self, history: list[dict[str, Any]], data: st.DataObject) -> None:
        entries = chain(*history)
        number = data.draw(st.integers(0, len(entries) - 1))
        assert not holds([*entries[:number], *entries[number + 1 :]], head_of(entries), history[-1])

    @given(st.lists(states, min_size=2, max_size=5), st.data())
    def test_does_not_hold_with_two_entries_swapped(self, history: list[dict[str, Any]], data: st.DataObject) -> None:
        entries = chain(*history)
        first = data.draw(st.integers(0, len(entries) - 2))
        swapped = [*entries[:first], entries[first + 1], entries[first], *entries[first + 2 :]]
        assert not holds(swapped, head_of(entries), history[-1])

    @given(st.lists(states, min_size=1, max_size=4), states)
    def test_does_not_hold_with_an_entry_more(self, history: list[dict[str, Any]], further: dict[str, Any]) -> None:
        entries = chain(*history, further)
        assert not holds(entries, head_of(entries[:-1]), history[-1])

    @given(states, states)
    def test_does_not_hold_for_a_subject_in_another_state(self, state: dict[str, Any], other: dict[str, Any]) -> None:
        assume(without_ledger(state) != without_ledger(other))
        entries = chain(state)
        assert holds(entries, head_of(entries), state)
        assert not holds(entries, head_of(entries), other)


class TestUntouchedChain:
    @given(st.lists(states, max_size=6))
    def test_holds(self, history: list[dict[str, Any]]) -> None:
        entries = chain(*history)
        assert holds(entries, head_of(entries), history[-1] if history else {})

    def test_begins_with_sixty_four_zeros(self) -> None:
        (entry,) = chain({"status": "pending"})
        assert (entry.seq, entry.prev_hash) == (1, "0" * 64)

    def test_says_who_did_what_to_which_subject_and_when(self) -> None:
        (entry,) = chain({"status": "pending"})
        content = json.loads(entry.canonical)
        assert content == {
            "action": "edit",
            "actor": "ann",
            "at": "2026-03-01T12:00:00.123456Z",
            "prevHash": "0" * 64,
            "seq": 1,
            "stateDigest": ledger.state_digest({"status": "pending"}),
            "subject": SUBJECT,
        }

    @pytest.mark.parametrize(
        "changed",
        [
            {"subject": "asset-cards/c2"},
            {"action": "approve"},
            {"actor": "ben"},
            {"state": {"status": "approved"}},
            {"at": AT + timedelta(microseconds=1)},
            {"head": LedgerHead(count=1, head=GENESIS)},
            {"head": LedgerHead(count=0, head="1" + GENESIS[1:])},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_has_another_hash_when_anything_else_happened(self, changed: dict[str, Any]) -> None:
        usual: dict[str, Any] = {
            "head": EMPTY,
            "subject": SUBJECT,
            "action": "edit",
            "actor": "ann",
            "at": AT,
            "state": {},
        }
        assert ledger.append(**usual).hash != ledger.append(**(usual | changed)).hash


class TestStateDigest:
    @given(states)
    def test_is_the_same_in_whatever_order_the_members_come(self, state: dict[str, Any]) -> None:
        assert ledger.state_digest(state) == ledger.state_digest(shuffled(state))

    @given(values, values)
    def test_differs_for_values_that_differ(self, one: Any, other: Any) -> None:  # noqa: ANN401 -- any JSON value
        assume(one != other)
        assert ledger.state_digest({"value": one}) != ledger.state_digest({"value": other})

    def test_leaves_out_the_head_of_the_chain_itself(self) -> None:
        state = {"status": "pending"}
        assert ledger.state_digest({**state, "ledger": {"count": 1}}) == ledger.state_digest(state)

    def test_counts_a_ledger_further_inside(self) -> None:
        assert ledger.state_digest({"card": {"ledger": 1}}) != ledger.state_digest({"card": {"ledger": 2}})

    def test_takes_lists_and_tuples_for_the_same(self) -> None:
        assert ledger.state_digest({"skills": ("Go", "SQL")}) == ledger.state_digest({"skills": ["Go", "SQL"]})

    def test_keeps_the_order_of_a_list(self) -> None:
        assert ledger.state_digest({"skills": ["Go", "SQL"]}) != ledger.state_digest({"skills": ["SQL", "Go"]})

    @given(st.sets(st.text(max_size=10) | whole, min_size=2, max_size=8))
    def test_is_the_same_in_whatever_order_a_set_gives_its_items(self, items: set[Any]) -> None:
        """The order of a set of texts differs from process to process; `_Reversed` is one of those others."""
        assert ledger.canonical_json(items) == ledger.canonical_json(_Reversed(items))

    @given(st.sampled_from([2**53, -(2**53), 2**63 - 1, 10**30]))
    def test_tells_large_integers_apart_which_json_can_not_carry(self, number: int) -> None:
        assert ledger.state_digest({"id": number}) != ledger.state_digest({"id": number + 1})

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_refuses_what_is_no_number(self, number: float) -> None:
        with pytest.raises(ValueError):
            ledger.state_digest({"rate": number})


class TestCanonicalJson:
    """RFC 8785, whose sample this is: https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3."""

    def test_sorts_members_as_utf_16_does(self) -> None:
        value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
        expected = '{"\\r":2,"1":4,"\x80":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'
        assert ledger.canonical_json(value) == expected

    @given(states)
    def test_is_json_of_the_same_value(self, state: dict[str, Any]) -> None:
        assert json.loads(ledger.canonical_json(state), parse_int=float) == state

    @given(states)
    def test_has_no_line_break(self, state: dict[str, Any]) -> None:
        assert len(ledger.canonical_json(state).encode().splitlines()) == 1


class TestTimes:
    @given(instants, st.integers(-720, 720))
    def test_are_one_text_in_whatever_zone(self, moment: datetime, minutes: int) -> None:
        assume(timedelta(days=2) < moment - datetime.min.replace(tzinfo=UTC))
        assume(timedelta(days=2) < datetime.max.replace(tzinfo=UTC) - moment)
        elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
        assert ledger.timestamp(elsewhere) == ledger.timestamp(moment)

    @given(instants)
    def test_are_the_same_text_when_the_store_gives_them_back(self, moment: datetime) -> None:
        """Firestore's client reads times as a class of its own, with nanoseconds that our writes never had."""
        assume(moment.year >= 1970)
        read = DatetimeWithNanoseconds.from_rfc3339(ledger.timestamp(moment))  # type: ignore[no-untyped-call]
        assert ledger.state_digest({"at": read}) == ledger.state_digest({"at": moment})

    @given(instants)
    def test_end_in_six_digits(self, moment: datetime) -> None:
        assert ledger.timestamp(moment)[-8:-1] == f".{moment.microsecond:06}"


class _Reversed(set[Any]):
    """A set that gives its items in the other order."""

    def __iter__(self) -> Any:  # noqa: ANN401 -- an iterator
        return reversed(list(super().__iter__()))


def without_ledger(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a state is digested."""
    return {key: value for key, value in state.items() if key != "ledger"}
