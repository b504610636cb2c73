"""What a text points at, in a form that compares."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.references import blank, references, same_commit


def keys(text: str) -> list[tuple[str, str]]:
    return [(reference.kind, reference.key) for reference in references(text, repo="me/it")]


class TestReferences:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("javascript:alert(1)", ("url", "javascript:alert(1)")),
            ("HTTPS://A.example/B).", ("url", "https://a.example/b")),
            ("(https://a.example/b_(c))", ("url", "https://a.example/b_(c)")),
            ("https://a.example/bを参照", ("url", "https://a.example/b")),
            ("www.evil.xyz", ("url", "www.evil.xyz")),
            ("evil.com", ("url", "evil.com")),
            ("words.example.io/csrf", ("url", "words.example.io/csrf")),
            ("https://github.com/O/r/pull/12", ("issue", "o/r#12")),
            ("https://github.com/o/r/issues/12/", ("issue", "o/r#12")),
            ("o/r#12", ("issue", "o/r#12")),
            ("修正#12", ("issue", "me/it#12")),
            ("pull request #12", ("issue", "me/it#12")),
            ("PR 12", ("issue", "me/it#12")),
            ("GH-12", ("issue", "me/it#12")),
            ("プルリクエスト12", ("issue", "me/it#12")),
            ("cve-2026-1234", ("advisory", "cve-2026-1234")),
            ("GHSA-w7fw-mjwx-w883", ("advisory", "ghsa-w7fw-mjwx-w883")),
            ("PROJ-123", ("ticket", "proj-123")),
            ("a.b+c@d.example", ("email", "a.b+c@d.example")),
            ("d02072b", ("sha", "d02072b")),
        ],
    )
    def test_are_found_and_compare(self, text: str, expected: tuple[str, str]) -> None:
        assert keys(f"See {text}") == [expected]

    @pytest.mark.parametrize(
        "text",
        [
            "&#12; C#12 #12abc foo#12",
            "logger.info(request.data) flask.app Node.js config.dev",
            "UTF-8 SHA-256 ISO-8601 GPT-4",
            "1234567 deadbeef accede",
            "issue 5% of the time",
            "metadata: x, std::vector",
        ],
    )
    def test_are_not_found_in_other_words(self, text: str) -> None:
        assert keys(text) == []

    @given(st.text())
    @settings(deadline=None)
    def test_stand_where_they_say(self, text: str) -> None:
        found = references(text)
        assert all(text[one.start : one.end] == one.text for one in found)
        assert len(blank(text, ((one.start, one.end) for one in found))) == len(text)

    def test_of_commits_may_be_short(self) -> None:
        assert same_commit("bde64b3", "BDE64B31919F191C7523B4A3BCC4F56E69E30F87")
        assert not same_commit("bde64b", "bde64b31919f191c7523b4a3bcc4f56e69e30f87")


class TestTime:
    @pytest.mark.parametrize(
        "part", ["a", "a.", "a-", "0a", ")", "https://a)", "a@", "a/", "#1", "PR ", "://", "A1-", "(h"]
    )
    def test_grows_with_the_length_alone(self, part: str) -> None:
        started = time.monotonic()
        references("https://a/" + (part * 100_000)[:100_000])
        assert time.monotonic() - started < 3
