"""What is taken from a model's answer, whatever it says, and what is not?"""

import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.asset_generator.gemini import answer
from shared.domain.asset_card import CardText
from shared.domain.pull_request import ChangedFile
from shared.domain.redaction import MARKER
from tests.pull_requests import pull_request

PULL = pull_request(body="Reads are faster.\nThey took 840 ms before.", files=(ChangedFile(path="src/cache.py"),))
PROOF = {"source": "title", "ref": "title", "quote": "Add a cache"}
CARD: dict[str, Any] = {
    "title": "Added a cache",
    "description": "Reads are kept in memory.",
    "impact": "",
    "skills": ["Python"],
    "claims": [{"text": "Added a cache.", "evidence": [PROOF]}],
}
LONGEST = {"title": 120, "description": 600, "impact": 300, "skill": 60, "claim": 240, "quote": 300}
STRANGERS = {"ownerId": "eve", "status": "approved", "approvalId": "a", "riskLevel": "Low", "assetCardId": "x"}
WORDS = st.text(max_size=400) | st.text("<>![](){}\"'`~_*\\:/#-= \n\u202e\u200b\ud800ab", max_size=400)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=10)
PROOFS = st.fixed_dictionaries(
    {},
    optional={"source": st.sampled_from(["title", "body", "commit", "file", "web"]) | JSON, "ref": JSON, "quote": JSON},
)
CLAIMS = st.fixed_dictionaries({}, optional={"text": JSON | WORDS, "evidence": st.lists(PROOFS | JSON) | JSON})
CARDS = st.fixed_dictionaries(
    {"title": WORDS, "description": WORDS},
    optional={"impact": JSON, "skills": st.lists(WORDS | JSON) | JSON, "claims": st.lists(CLAIMS | JSON) | JSON}
    | dict.fromkeys(STRANGERS, JSON),
)


def read(**changed: object) -> CardText | None:
    return answer.read(json.dumps(CARD | changed), PULL)


def card(**changed: object) -> CardText:
    text = read(**changed)
    assert text is not None
    return text


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 -- any part of a card
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def is_within_bounds(text: CardText) -> None:
    """Assert that a card is one that may be stored whoever wrote it."""
    lines = {"title": [text.title], "description": [text.description], "impact": [text.impact], "skill": text.skills}
    lines |= {"claim": [claim.text for claim in text.claims]}
    proofs = [proof for claim in text.claims for proof in claim.evidence]
    for name, said in (lines | {"quote": [proof.quote for proof in proofs]}).items():
        assert all(len(each) <= LONGEST[name] for each in said), name
        assert all("\n" not in each for each in said if name != "quote"), name
    assert text.title
    assert text.description
    assert 1 <= len(text.claims) <= 6
    assert len(text.skills) <= 8
    assert all(len(claim.evidence) <= 3 for claim in text.claims)
    assert all(proof.url.startswith(PULL.url.rpartition("/pull")[0]) for proof in proofs)
    assert {proof.source for proof in proofs} <= {"title", "body", "commit", "file"}
    for each in strings(text.model_dump()):
        assert not [one for one in each if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co")]


class TestRead:
    @settings(max_examples=500, deadline=None)
    @given(CARDS | JSON, st.sampled_from([json.dumps, lambda said: json.dumps(said, ensure_ascii=False)]))
    @example([], json.dumps)
    def test_never_raises_and_keeps_every_bound(self, said: object, write: Callable[[object], str]) -> None:
        text = answer.read(write(said), PULL)
        if text is not None:
            is_within_bounds(text)
            assert set(text.model_dump()) == set(CARD)

    @settings(max_examples=300, deadline=None)
    @given(CARDS)
    def test_takes_a_card_from_anything_that_says_a_little(self, said: dict[str, Any]) -> None:
        said = said | {"title": f"Added {said['title']}", "description": f"Added {said['description']}"}
        said["claims"] = [CARD["claims"][0], *(said["claims"] if isinstance(said.get("claims"), list) else [])]
        text = answer.read(json.dumps(said), PULL)
        assert text is not None
        is_within_bounds(text)

    @settings(max_examples=300, deadline=None)
    @given(st.text() | st.text('{}[]":,0123456789eE.-+ntfu\\aN', max_size=200))
    def test_never_raises_for_what_is_no_json(self, said: str) -> None:
        text = answer.read(said, PULL)
        assert text is None

    @settings(max_examples=200, deadline=None)
    @given(st.integers(0, len(json.dumps(CARD)) - 1))
    def test_takes_no_half_of_a_card(self, length: int) -> None:
        assert answer.read(json.dumps(CARD)[:length], PULL) is None

    @pytest.mark.parametrize(
        "said",
        [
            *("", "null", "[]", "7", '"text"', "NaN", "{}", "Infinity", "1" * 5_000, "\ud800", "\x00"),
            *("[" * 100_000, "{" * 100_000, '{"title":' * 50_000),
            *(f"```json\n{json.dumps(CARD)}\n```", json.dumps([CARD])),
        ],
        ids=range(16),
    )
    def test_takes_nothing_from_what_is_no_card(self, said: str) -> None:
        assert answer.read(said, PULL) is None

    @pytest.mark.parametrize("name", ["title", "description", "claims"])
    @pytest.mark.parametrize(
        "value", [None, 7, True, float("nan"), "", "\u202e\u200b", [], {}, [[]], ["x"], {"a": "b"}]
    )
    def test_takes_nothing_where_a_needed_member_says_nothing(self, name: str, value: object) -> None:
        assert read(**{name: value}) is None

    @pytest.mark.parametrize("name", ["impact", "skills"])
    @pytest.mark.parametrize("value", [None, 7, float("nan"), "\ud800", {"a": 1}, [[]], [None, 7, {}, ""]])
    def test_goes_on_without_a_member_of_another_type(self, name: str, value: object) -> None:
        text = card(**{name: value})
        assert not getattr(text, name)
        assert text.title == "Added a cache"

    @pytest.mark.parametrize("name", ["impact", "skills"])
    def test_goes_on_without_an_absent_member(self, name: str) -> None:
        assert answer.read(json.dumps({key: value for key, value in CARD.items() if key != name}), PULL) is not None

    def test_takes_no_answer_of_two_megabytes(self) -> None:
        assert read(description="x" * 2_000_000) is None

    def test_cuts_what_is_long(self) -> None:
        long = "word " * 500
        claims = [{"text": long, "evidence": [PROOF] * 9}] * 9
        text = card(title=long, description=long, impact=long, skills=[f"{n} {long}" for n in range(50)], claims=claims)
        is_within_bounds(text)
        assert text.title.endswith("…")

    def test_drops_members_that_no_card_has(self) -> None:
        claim = {
            "text": "Added a cache.",
            "evidence": [PROOF | STRANGERS | {"url": "https://evil.invalid"}],
        } | STRANGERS
        assert card(claims=[claim], **STRANGERS) == card()


class TestWords:
    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("**Added** a _cache_", "Added a cache"),
            ("# Added a cache", "Added a cache"),
            ("Added\n\na\tcache\r\n", "Added a cache"),
            ("Added [a cache](https://evil.invalid)", "Added a cache"),
            ("Added a cache![x](https://evil.invalid?q=1)", "Added a cache"),
            ("<b>Added</b> a cache", "Added a cache"),
            ("Added a \u202eehcac\u202c cache", "Added a ehcac cache"),
            ("Added a\x1b[31m cache\x07", "Added a[31m cache"),
            ("Add\u200bed a ca\u00adche", "Added a cache"),
            ("Added \ud83da cache\ude00", "Added a cache"),
            ("キャッシュを\n追加した", "キャッシュを追加した"),
        ],
    )
    def test_are_plain_and_on_one_line(self, said: str, kept: str) -> None:
        assert card(title=said).title == kept

    def test_name_each_skill_once(self) -> None:
        assert card(skills=["Python", "**Python**", "Flask", "Python\u200b"]).skills == ("Python", "Flask")


class TestEvidence:
    def kept(self, **changed: object) -> list[tuple[str, str, str]]:
        text = card(claims=[{"text": "Added a cache.", "evidence": [PROOF | changed]}])
        return [(each.source, each.ref, each.quote) for each in text.claims[0].evidence]

    def test_is_a_place_and_a_quote(self) -> None:
        assert self.kept() == [("title", "title", "Add a cache")]
        assert self.kept(source="file", ref="src/cache.py") == [("file", "src/cache.py", "Add a cache")]

    def test_of_title_and_body_needs_no_ref(self) -> None:
        assert self.kept(source="body", ref="anything") == [("body", "body", "Add a cache")]

    def test_has_the_address_that_we_give_the_place(self) -> None:
        text = card(claims=[{"text": "a", "evidence": [{"source": "commit", "ref": "../../x?y#z", "quote": "Add"}]}])
        assert text.claims[0].evidence[0].url == "https://github.com/sample-org/parcels/commit/..%2F..%2Fx%3Fy%23z"

    def test_is_quoted_without_what_nobody_sees(self) -> None:
        assert self.kept(quote=" Add\u200b a\u202e cache\n") == [("title", "title", "Add a cache")]

    @pytest.mark.parametrize(
        "changed",
        [
            {"source": "web"},
            {"source": ["title"]},
            {"source": None},
            {"quote": 7},
            {"quote": " \u200b\n"},
            {"quote": "x" * 301},
            {"quote": f"token = {MARKER}"},
            {"source": "file", "ref": "src/ca\u202eche.py"},
            {"source": "file", "ref": "\ud800"},
            {"source": "commit", "ref": "a" * 4_097},
            {"source": "commit", "ref": 7, "quote": ""},
        ],
        ids=range(11),
    )
    def test_is_left_out_where_it_can_prove_nothing(self, changed: dict[str, object]) -> None:
        assert self.kept(**changed) == []

    @pytest.mark.parametrize("evidence", [None, "title", {"source": "title"}, [None, 7, "x", []]])
    def test_of_another_type_is_none(self, evidence: object) -> None:
        assert card(claims=[{"text": "Added a cache.", "evidence": evidence}]).claims[0].evidence == ()
