"""What does a model's answer about a diff have to be for anything in it to count?"""

import hashlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.agent_runner.gemini import answer, prompt
from shared.domain.diff import Diff
from shared.domain.review import Finding

MANY = settings(max_examples=300, deadline=None)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=30))
NAMES = st.sampled_from(
    ["path", "startLine", "endLine", "severity", "title", "detail", "summary", "findings", "ownerId"]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=9)),
    max_leaves=20,
)
# Whoever changes what is asked changes the version that every run names.
VERSIONS = {"gemini-review-1": "6df8a1c1121a73f3"}


class TestRead:
    @MANY
    @given(JSON)
    def test_takes_findings_of_the_right_types_alone(self, value: object) -> None:
        said = answer.read(json.dumps(value))
        told = answer.read(json.dumps({"summary": "x", "findings": [value, value]}))
        assert told is not None
        for each in (*told.findings, *(said.findings if said else ())):
            assert Finding.model_validate(each.model_dump(), strict=True) == each
            assert each.title.strip() == each.title != ""
            assert each.title.encode()
        assert told.unusable == 2 - len(told.findings)

    @MANY
    @given(st.text(st.characters(), max_size=200))
    def test_takes_nothing_from_other_text(self, text: str) -> None:
        assert answer.read(text) is None
        assert answer.read(json.dumps(text)) is None

    def test_clamps_what_is_too_much(self) -> None:
        row = {"path": "a", "startLine": 1, "endLine": 1, "severity": "low", "title": "t" * 900, "detail": "d " * 400}
        told = answer.read(json.dumps({"summary": "s " * 4_000, "findings": [row] * 60}))
        assert told is not None
        assert (len(told.findings), len(told.findings[0].title)) == (50, 140)
        assert len(told.summary) <= 900


class TestPrompt:
    def test_has_the_version_of_its_words(self) -> None:
        asked = prompt.build(Diff(), "goal", "0" * 32).prompt
        told = f"{asked.instruction}{json.dumps(asked.schema)}{asked.data}"
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        assert VERSIONS.get(prompt.PROMPT_VERSION) == digest, f"raise PROMPT_VERSION and list {digest} here"
