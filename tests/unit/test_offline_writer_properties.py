"""What holds for the offline writer whatever it is given: it never raises, stays in bounds and takes linear time."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.asset_generator import offline
from shared.domain.asset_card import CardText
from shared.domain.grounding import ground
from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from tests.unit.test_offline_writer_samples import file, pull

_PIECES = [
    "fix", "Add ", 'Revert "', '"', "feat(x)!: ", "[WIP] ", "#12", "(#3)", "…", "...", "`", "**", "- ", "1. ", "# ",
    "## Why\n", "<!--", "-->", "```\n", "<details>", "> ", "|", "\n", "\r\n", "\n\n", "http://x.example/", "[a](b)",
    "[", "](", "@a ", "30 ms ", "from 3 s to 1 s ", "because it failed. ", "This PR adds x. ", "を追加する", "。",
    "処理を12秒から3秒に", "\u202e", "\u200b", "\x1b[31m", "\x00", "\ufffd", "🐛", "Co-authored-by: Claude <a@b>",
    "This reverts commit ", "0123456789abcdef", "bump a from 1 to 2", "and ", "to ", "Merge branch", "README.md", ":",
    "\u3000", "e\u0301", "⟦redacted⟧",
]  # fmt: skip
_text = st.one_of(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join), st.text(max_size=80))
_path = st.one_of(
    st.sampled_from(
        ["tests/test_a.py", "CHANGES.md", "package.json", ".github/workflows/a.yml", "a\u202eb.py", "x" * 300]
    ),
    st.text(min_size=1, max_size=30),
)
_line = st.one_of(
    st.sampled_from(
        ["+def test_a():", "-x", "+- Added x because y.", '+"a": "^1.2.0",', '-"a": "1",', "+## b", "\\ No", "@@"]
    ),
    st.text(max_size=40),
)
_file = st.builds(
    ChangedFile,
    path=_path,
    previous_path=st.none() | _path,
    status=st.sampled_from(["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]),
    additions=st.integers(0, 10**9),
    deletions=st.integers(0, 10**9),
    patch=st.none() | st.lists(_line, max_size=12).map("\n".join),
)
_account = st.builds(Account, id=st.integers(1, 3), login=st.just("somebody"))
_commit = st.builds(
    Commit,
    sha=st.text("0123456789abcdef", max_size=40),
    message=_text,
    author=st.none() | _account,
    is_merge=st.booleans(),
)
_pull = st.fixed_dictionaries(
    {
        "title": _text,
        "body": _text,
        "author": _account,
        "additions": st.integers(0, 10**9),
        "deletions": st.integers(0, 10**9),
        "changed_files": st.integers(0, 3000),
        "commits": st.lists(_commit, max_size=5).map(tuple),
        "files": st.lists(_file, max_size=6).map(tuple),
        "redacted": st.booleans(),
        "truncated": st.booleans(),
    }
).map(lambda fields: pull("x").model_copy(update=fields))


def _words(text: CardText) -> list[str]:
    return [text.title, text.description, text.impact, *text.skills, *(claim.text for claim in text.claims)]


class TestAnyPullRequest:
    @settings(max_examples=400, deadline=None)
    @given(_pull)
    def test_gives_a_card_within_bounds(self, pull_request: PullRequest) -> None:
        text = offline.write(pull_request).text
        assert 0 < len(text.title) <= 120
        assert 0 < len(text.description) <= 600
        assert len(text.impact) <= 300
        assert len(text.skills) <= 8
        assert len(text.claims) <= 5
        assert all(len(claim.text) <= 240 for claim in text.claims)
        assert all(0 < len(each.quote) <= 300 for claim in text.claims for each in claim.evidence)

    @settings(max_examples=200, deadline=None)
    @given(_pull)
    def test_gives_clean_words(self, pull_request: PullRequest) -> None:
        for words in _words(offline.write(pull_request).text):
            hidden = [c for c in words if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c not in "\n\t"]
            assert hidden == []
            assert words == words.strip()

    @settings(max_examples=200, deadline=None)
    @given(_pull)
    def test_gives_claims_that_stand(self, pull_request: PullRequest) -> None:
        draft = offline.write(pull_request)
        assert all(claim.evidence for claim in draft.text.claims)
        assert ground(draft.text, pull_request).text == draft.text

    @settings(max_examples=50, deadline=None)
    @given(_pull)
    def test_gives_the_same_card_again(self, pull_request: PullRequest) -> None:
        assert offline.write(pull_request) == offline.write(pull_request)


_HUGE: dict[str, Callable[[], PullRequest]] = {
    "words": lambda: pull("Add x", body="word " * 200_000),
    "open-comments": lambda: pull("Add x", body="<!--" * 250_000),
    "brackets": lambda: pull("Add x", body="[" * 1_000_000),
    "links": lambda: pull("Add x", body="[a](" * 250_000),
    "ticks": lambda: pull("Add x", body="`" * 1_000_000),
    "hashes": lambda: pull("Add x", body="# " * 500_000 + "x"),
    "items": lambda: pull("Add x", body="- add a thing to the thing\n" * 40_000),
    "effects": lambda: pull("Add x", body="This prevents a loss of 30 ms. " * 30_000),
    "japanese": lambda: pull("追加", body="これで重複を防ぐ。" * 100_000),
    "title": lambda: pull('Revert "' * 100_000),
    "blanks": lambda: pull(" " * 1_000_000 + "x"),
    "numbers": lambda: pull("Fix " + "(#1) " * 100_000),
    "commit": lambda: pull("Add x", commits=["Add x\n\n" + "It failed because of that. " * 40_000]),
    "commits": lambda: pull("Add x", commits=[f"Add thing number {index}" for index in range(5_000)]),
    "files": lambda: pull("Add x", *(file(f"src/m{index}/a.py", "+class Foo:") for index in range(3_000))),
    "moves": lambda: pull("Move x", *(file(f"b/{i}.py", status="renamed", previous=f"a/{i}.py") for i in range(3_000))),
    "deep-path": lambda: pull(
        "Move x", file("a/" * 2_000 + "x.py", "+x", status="renamed", previous="b/" * 2_000 + "x")
    ),
    "patch": lambda: pull("Add x", file("tests/a.py", *["+def test_x(): return 1"] * 200_000)),
    "long-line": lambda: pull("Add x", file("package.json", "+" + '"a": ' * 200_000)),
    "entries": lambda: pull("Add x", file("CHANGELOG.md", *["+- Fixed a thing that was wrong."] * 50_000)),
}


class TestAHugePullRequest:
    @pytest.mark.parametrize("build", _HUGE.values(), ids=_HUGE)
    def test_is_written_in_seconds(self, build: Callable[[], PullRequest]) -> None:
        huge = build()
        started = time.monotonic()
        text = offline.write(huge).text
        assert time.monotonic() - started < 10
        assert len(text.title) <= 120
        assert len(text.description) <= 600
