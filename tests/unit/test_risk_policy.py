"""Is the policy sound data: known members, sensible weights, terms that can be found, patterns that match?"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import shared.domain.risk as package
from shared.domain.risk import assess
from shared.domain.risk.folding import fold
from shared.domain.risk.policy import policy

FOLDER = Path(package.__file__).parent
DATA: dict[str, Any] = json.loads((FOLDER / "policy.json").read_text("utf-8"))
LOOK_ALIKES: dict[str, str] = json.loads((FOLDER / "look_alikes.json").read_text("utf-8"))
AREAS = {area["code"]: area for area in DATA["areas"]}
PART = re.compile(r"[a-z0-9]+\*?|[^\W_]*[^\W_\x00-\x7f][^\W_]*")
CRITICAL = (
    "authentication",
    "authorization",
    "payments",
    "schema",
    "infrastructure",
    "ci",
    "secrets",
    "web_protection",
)


def weights(area: dict[str, Any], source: str) -> list[int]:
    return [rule["weight"] for rule in area[source]]


def terms(code: str) -> Iterator[tuple[str, int]]:
    for rule in AREAS[code]["words"]:
        yield from ((term, rule["weight"]) for term in rule["terms"])


class TestPolicy:
    def test_has_a_version_and_rising_thresholds(self) -> None:
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.\d+)?", DATA["version"])
        assert policy().version == DATA["version"]
        assert 0 < DATA["thresholds"]["Med"] < DATA["thresholds"]["High"] < DATA["most"]

    @pytest.mark.parametrize(
        ("score", "level"), [(0, "Low"), (19, "Low"), (20, "Med"), (49, "Med"), (50, "High"), (100, "High")]
    )
    def test_turns_a_score_into_a_level(self, score: int, level: str) -> None:
        assert policy().level(score) == level

    def test_takes_every_doubt_for_high(self) -> None:
        assert min(DATA["doubts"].values()) >= DATA["thresholds"]["High"]
        assert DATA["doubts"]["too_much_text"] == DATA["doubts"]["too_many_paths"] == DATA["most"]

    def test_has_rising_sizes_and_bounds(self) -> None:
        for steps in DATA["sizes"].values():
            assert all(low < high for first, second in pairwise(steps) for low, high in zip(first, second, strict=True))
        assert all(bound > 0 for bound in DATA["limits"].values())

    @pytest.mark.parametrize("code", AREAS)
    def test_has_areas_of_known_members_alone(self, code: str) -> None:
        area = AREAS[code]
        assert re.fullmatch("[a-z_]+", code)
        assert set(area) == {"code", "paths", "words"}
        assert all(set(rule) == {"weight", "terms"} for rule in area["words"])
        for rule in area["paths"]:
            assert set(rule) <= {"weight", "always", "words", "folders", "names"}
            assert rule.keys() & {"words", "folders", "names"}
        assert all(0 < weight <= DATA["most"] for source in ("paths", "words") for weight in weights(area, source))

    def test_names_each_area_once(self) -> None:
        assert len(AREAS) == len(DATA["areas"])
        assert not AREAS.keys() & {*DATA["doubts"], "size"}

    @pytest.mark.parametrize("code", CRITICAL)
    def test_lets_paths_weigh_more_than_words_and_suffice_for_high(self, code: str) -> None:
        assert max(weights(AREAS[code], "paths")) >= DATA["thresholds"]["High"]
        assert max(weights(AREAS[code], "paths")) > max(weights(AREAS[code], "words"))

    @pytest.mark.parametrize("code", AREAS)
    def test_speaks_both_languages(self, code: str) -> None:
        assert {term.isascii() for term, _ in terms(code)} == {True, False}

    @pytest.mark.parametrize("code", AREAS)
    def test_names_each_term_of_an_area_once(self, code: str) -> None:
        found = [term for term, _ in terms(code)]
        assert len(set(found)) == len(found)

    @pytest.mark.parametrize("code", AREAS)
    def test_has_terms_in_the_form_that_is_searched(self, code: str) -> None:
        odd = [
            term
            for term, _ in terms(code)
            if fold(term).casefold() != term or not all(PART.fullmatch(part) for part in term.split(" "))
        ]
        assert odd == []

    @pytest.mark.parametrize("code", AREAS)
    def test_finds_each_of_its_terms_with_at_least_its_weight(self, code: str) -> None:
        lost = [
            term
            for term, weight in terms(code)
            for factors in [{f.code: f.weight for f in assess_words(term.replace("*", "")).factors}]
            if factors.get(code, 0) < weight
        ]
        assert lost == []

    @pytest.mark.parametrize("code", AREAS)
    def test_finds_each_of_its_paths_with_at_least_its_weight(self, code: str) -> None:
        lost = [
            path
            for rule in AREAS[code]["paths"]
            for path in sample_paths(rule)
            for factors in [{f.code: f.weight for f in assess_path(path).factors}]
            if factors.get(code, 0) < rule["weight"]
        ]
        assert lost == []


class TestLookAlikes:
    def test_stand_for_one_letter_each(self) -> None:
        likes = "".join(LOOK_ALIKES.values())
        assert sorted(LOOK_ALIKES) == [chr(place) for place in range(ord("a"), ord("z") + 1)]
        assert len(set(likes)) == len(likes)
        assert not any(like.isascii() for like in likes)

    def test_are_read_as_their_letter(self) -> None:
        assert [like for letter, likes in LOOK_ALIKES.items() for like in likes if fold(like) != letter] == []


def assess_words(goal: str) -> package.Risk:
    return assess(goal=goal, constraints=[], success="", pr_meta=None)


def assess_path(path: str) -> package.Risk:
    return assess(goal="", constraints=[], success="", pr_meta={"paths": [path]})


def sample_paths(rule: dict[str, Any]) -> Iterator[str]:
    """A path for each pattern of a rule."""
    yield from (f"src/{word.replace('*', '')}/a.c" for word in rule.get("words", ()))
    yield from (f"{folder}/a.c" for folder in rule.get("folders", ()))
    yield from (f"src/{name.replace('*', 'a')}" for name in rule.get("names", ()))
