"""Which technologies and kinds of work a path shows and a text names."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.technologies import (
    Technology,
    all_work,
    from_path,
    lookup,
    lookup_work,
    named_in,
    technologies,
    work_kinds,
    work_words,
)

HOSTILE = [
    *(
        "a",
        "C",
        "Go ",
        "Go, ",
        "React, ",
        "GitHub ",
        "to ",
        "C++",
        "日本Go",
        "a.",
        "-",
        "chang ",
        "/",
        "a/",
        "migrate ",
    ),
]
NAMES = [technology.name for technology in technologies()]


def names_in(text: str) -> list[str]:
    return [mention.technology.name for mention in named_in(text)]


class TestTable:
    def test_is_broad_and_names_each_once(self) -> None:
        assert len(NAMES) > 300
        assert [name for name, count in Counter(map(str.lower, NAMES)).items() if count > 1] == []
        assert {technology.kind for technology in technologies()} == {
            *("language", "framework", "library", "tool", "platform", "practice"),
        }

    @pytest.mark.parametrize("technology", technologies(), ids=NAMES)
    def test_is_found_by_its_own_names(self, technology: Technology) -> None:
        assert lookup(technology.name) == technology
        assert lookup(f"  {technology.name.upper()} ") == technology
        assert names_in(f"It was rewritten with {technology.name} yesterday.") == [technology.name]

    def test_keeps_technologies_and_kinds_of_work_apart(self) -> None:
        words = [name for kind in all_work() for name in (kind.code, *work_words(kind))]
        assert [name for name in words if lookup(name)] == []

    def test_has_both_languages_for_each_kind_of_work(self) -> None:
        for kind in all_work():
            assert kind.en.isascii()
            assert not kind.ja.isascii()
            assert all(lookup_work(words) == kind for words in (kind.code, *work_words(kind)))


class TestNamedIn:
    @pytest.mark.parametrize(
        "text",
        [
            "we go to make express click less, in a rust spring with swift echo",
            "Express the intent. Make it work; Go home. Click the button. R. C.",
            "Allow Users to Go Back, and Click Through",
            "react-router, python-dateutil and my_flask_app",
            "JavaScripting, Gopher, Rusty, Dockerized, ReactDOM",
            "the requests are black, the hypothesis is solid, bootstrap a locust",
        ],
    )
    def test_takes_no_english_word_for_a_technology(self, text: str) -> None:
        assert names_in(text) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Go 1.25's http.CrossOriginProtection", ["Go"]),
            ("Goのコードを追加", ["Go"]),
            ("Python, Go and R", ["Python", "Go", "R"]),
            ("C/C++ファイルを移動", ["C", "C++"]),
            ("R, C and Kotlin", ["R", "C", "Kotlin"]),
            ("ported the parser to C", ["C"]),
            ("the Express server", ["Express"]),
            ("Upgrade to Express 5.", ["Express"]),
            ("Upgraded to Express 5\n- more", ["Express"]),
            ("React Native, React-based, TypeScript/React", ["React Native", "React", "TypeScript", "React"]),
            ("Node.js 20, .NET 8, C#, F#, golang", ["Node.js", ".NET", "C#", "F#", "Go"]),
            ("GitHub\nActions", ["GitHub Actions"]),
            ("postgres と Dockerで動かす", ["PostgreSQL", "Docker"]),
            ("flask.Blueprint in python3", ["Flask", "Python"]),
            ("CI/CD with GitLab CI", ["GitLab CI"]),
        ],
    )
    def test_finds_what_is_meant(self, text: str, expected: list[str]) -> None:
        assert names_in(text) == expected

    @given(st.text(alphabet="GoRC ,/.+#-andithJavSrpt日本のを0123456789\n"))
    @settings(deadline=None)
    def test_takes_anything_and_says_where_it_stands(self, text: str) -> None:
        assert all(text[mention.start : mention.end] == mention.text for mention in named_in(text))


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("src/a.py", ["Python"]),
            ("web/App.TSX", ["TypeScript"]),
            (".github/workflows/ci.yml", ["YAML", "GitHub", "GitHub Actions"]),
            ("deploy/Dockerfile", ["Docker"]),
            ("deploy/Dockerfile.dev", ["Docker"]),
            ("infra/main.tf", ["Terraform"]),
            ("docs/conf.py", ["Python", "Sphinx"]),
            ("yarn.lock", ["Yarn"]),
            ("conftest.py", ["pytest", "Python"]),
            ("view.blade.php", ["Laravel", "PHP"]),
            ("a.h", []),
            ("py", []),
            ("not.a.python", []),
            ("", []),
        ],
    )
    def test_show_technologies(self, path: str, expected: list[str]) -> None:
        assert [technology.name for technology in from_path(path)] == expected

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("tests/unit/test_a.py", {"tests"}),
            ("pkg/a_test.go", {"tests"}),
            ("README.md", {"documentation"}),
            ("docs/_static/no.png", {"documentation", "assets"}),
            (".github/workflows/ci.yml", {"ci"}),
            ("package-lock.json", {"dependencies"}),
            ("src/locales/ja.po", {"localisation"}),
            ("latest/contest.py", set()),
            ("src/a.py", set()),
        ],
    )
    def test_show_kinds_of_work(self, path: str, expected: set[str]) -> None:
        assert {kind.code for kind in work_kinds(path)} == expected

    @given(st.text())
    @settings(deadline=None)
    def test_may_be_anything(self, path: str) -> None:
        assert len(set(from_path(path))) == len(from_path(path))
        assert len(set(work_kinds(path))) == len(work_kinds(path))


class TestTime:
    @pytest.mark.parametrize("part", HOSTILE)
    def test_grows_with_the_length_alone(self, part: str) -> None:
        text = (part * 100_000)[:100_000]
        started = time.monotonic()
        named_in(text)
        from_path(text)
        work_kinds(text)
        assert time.monotonic() - started < 5
