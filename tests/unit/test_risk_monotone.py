"""Can anything that is added to an intent make it look less risky? Nothing may."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.risk import Risk, assess
from shared.domain.risk.policy import policy
from tests.risk.cases import LEVELS
from tests.risk.disguises import DISGUISES

TERMS = [term.replace("*", "") for term, _ in policy().words.entries]
PLAIN = [word for term in TERMS for word in term.split() if word.isascii() and word.isalpha()]
FOLDERS = ["src", "docs", "tests", "auth", "billing", ".github", "workflows", "terraform", "決済", "раyments", "vendor"]
NAMES = ["a.py", "README.md", "main.tf", "x_test.go", "package.json", "login.ts", "schema.sql", ".env", "migrate.rb"]

disguised = st.builds(lambda word, way: way(word), st.sampled_from(PLAIN), st.sampled_from(list(DISGUISES.values())))
words = st.one_of(
    st.sampled_from(TERMS), disguised, st.text(max_size=8), st.characters(), st.sampled_from("paymentauth")
)
texts = st.lists(words, max_size=8).map(" ".join)
hostile = st.one_of(
    texts, st.text(), st.sampled_from(["does not touch", "no", "never", "<!--", "-->", "```", "\u202e"])
)
paths = st.builds(
    lambda folders, name: "/".join([*folders, name]), st.lists(st.sampled_from(FOLDERS)), st.sampled_from(NAMES)
)
members = st.dictionaries(st.text(max_size=5) | st.sampled_from(TERMS), texts, max_size=3)


def risk_of(goal: str = "", constraints: object = None, **meta: Any) -> Risk:  # noqa: ANN401 -- figures and paths
    return assess(goal=goal, constraints=constraints, success="", pr_meta=meta)


def is_no_lower(after: Risk, before: Risk) -> bool:
    codes = {factor.code: factor.weight for factor in after.factors}
    return (
        LEVELS.index(after.level) >= LEVELS.index(before.level)
        and after.score >= before.score
        and (after.score == policy().most or all(codes.get(f.code, 0) >= f.weight for f in before.factors))
    )


class TestText:
    @given(st.data(), texts, hostile)
    @settings(deadline=None, max_examples=200)
    def test_put_between_words_never_lowers_the_risk(self, data: st.DataObject, text: str, more: str) -> None:
        places = [0, len(text), *(place for place, character in enumerate(text) if character.isspace())]
        place = data.draw(st.sampled_from(places))
        assert is_no_lower(risk_of(f"{text[:place]} {more} {text[place:]}"), risk_of(text))

    @given(st.sampled_from(TERMS), hostile)
    @settings(deadline=None, max_examples=200)
    def test_put_inside_a_term_of_several_words_hides_no_part_of_it(self, term: str, more: str) -> None:
        assert is_no_lower(risk_of(f" {more} ".join(term.split())), risk_of(term))

    @given(st.sampled_from(PLAIN), hostile)
    @settings(deadline=None, max_examples=200)
    def test_put_between_the_letters_of_a_spaced_word_hides_it_no_more(self, word: str, more: str) -> None:
        spaced = " ".join(word)
        for place in range(1, len(spaced), 2):
            assert is_no_lower(risk_of(f"{spaced[:place]} {more} {spaced[place:]}"), risk_of(spaced))

    @given(members, st.text(max_size=5), hostile)
    @settings(deadline=None)
    def test_put_into_the_constraints_never_lowers_the_risk(self, rules: dict[str, str], name: str, more: str) -> None:
        before = risk_of("Go", rules)
        assert is_no_lower(risk_of("Go", {**rules, f"{name} {len(rules)}": more}), before)
        assert is_no_lower(risk_of("Go", [rules, more]), before)

    @given(texts, members)
    @settings(deadline=None)
    def test_put_into_other_members_never_lowers_the_risk(self, goal: str, more: dict[str, str]) -> None:
        others = {name: value for name, value in more.items() if name not in {"paths", "additions", "deletions"}}
        assert is_no_lower(risk_of(goal, None, **others), risk_of(goal))

    @given(texts, st.integers(1, 30_000))
    @settings(deadline=None)
    def test_of_any_length_never_lowers_the_risk(self, text: str, length: int) -> None:
        assert is_no_lower(risk_of(text + " x" * length), risk_of(text))

    @given(texts, st.sampled_from(TERMS))
    @settings(deadline=None)
    def test_that_is_risky_counts_wherever_it_stands(self, text: str, term: str) -> None:
        assert is_no_lower(risk_of(f"{text} {term}"), risk_of(term))


class TestPaths:
    @given(st.lists(paths, max_size=8), paths, texts)
    @settings(deadline=None)
    def test_that_are_added_never_lower_the_risk(self, named: list[str], more: str, goal: str) -> None:
        before = risk_of(goal, paths=named)
        for longer in ([*named, more], [more, *named]):
            assert is_no_lower(risk_of(goal, paths=longer), before)
            assert is_no_lower(risk_of(goal, paths=longer, changedFiles=len(set(longer))), before)

    @given(st.lists(paths, max_size=8), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())))
    @settings(deadline=None)
    def test_of_any_kind_never_lower_the_risk(self, named: list[str], more: object) -> None:
        assert is_no_lower(risk_of("Go", paths=[*named, more]), risk_of("Go", paths=named))
        assert is_no_lower(risk_of("Go", paths=[more, *named]), risk_of("Go", paths=named))

    @given(st.lists(paths, min_size=1, max_size=4), st.integers(1, 400))
    @settings(deadline=None)
    def test_of_any_number_never_lower_the_risk(self, named: list[str], count: int) -> None:
        many = [*named, *(f"src/{number}.c" for number in range(count))]
        assert is_no_lower(risk_of("Go", paths=many), risk_of("Go", paths=named))

    @given(texts, st.lists(paths, max_size=4))
    @settings(deadline=None)
    def test_that_are_told_at_all_never_lower_the_risk(self, goal: str, named: list[str]) -> None:
        assert is_no_lower(risk_of(goal, paths=named), assess(goal=goal, constraints=None, success="", pr_meta=None))


class TestFigures:
    @given(st.integers(0, 10**7), st.integers(0, 10**7))
    @settings(deadline=None)
    def test_that_grow_never_lower_the_risk(self, lines: int, more: int) -> None:
        assert is_no_lower(risk_of(paths=["a.py"], additions=lines + more), risk_of(paths=["a.py"], additions=lines))
        assert is_no_lower(
            risk_of(paths=["a.py"], additions=lines, deletions=more), risk_of(paths=["a.py"], additions=lines)
        )


class TestAnything:
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        ),
        st.dictionaries(
            st.sampled_from(["paths", "additions", "deletions", "changedFiles", "title", "prUrl"]),
            st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers()) | st.binary(),
        ),
    )
    @settings(deadline=None)
    def test_gets_an_answer_and_the_same_one_again(self, value: object, meta: dict[str, object]) -> None:
        risk = assess(goal="Go", constraints=value, success="", pr_meta=meta)
        assert risk == assess(goal="Go", constraints=value, success="", pr_meta=meta)
        assert 0 <= risk.score <= policy().most
        assert risk.level == policy().level(risk.score)
        assert all(len(factor.evidence) <= 200 for factor in risk.factors)
