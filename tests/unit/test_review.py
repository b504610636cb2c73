"""Is a review in order, inside its diff and inert, whatever its reviewer said?"""

import hashlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.github import Change
from local.github.diffs import raw_diff
from shared.domain.diff import Diff, parse
from shared.domain.inert_markdown import code, inert_words, literal, silent
from shared.domain.review import (
    MOST_FINDINGS,
    MOST_SKIPPED,
    Coverage,
    Finding,
    Review,
    Severity,
    Skipped,
    as_markdown,
    new_review,
    within,
)
from tests.injections import TECHNIQUES
from tests.secrets import seeded_secrets

MANY = settings(max_examples=300, deadline=None)
MARKER = "worklog-run:0a1b2c"
COVERAGE = Coverage(files=1, reviewed=1)
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 5\n", "five\nand a half\n").replace("line 30\n", "")
DIFF = parse(
    raw_diff(
        [
            Change("src/a.py", before=BEFORE, after=AFTER),
            Change("new.py", before=None, after="one\ntwo\n"),
            Change("old.py", before="one\ntwo\nthree\n", after=None),
            Change("moved.py", before=BEFORE, after=AFTER, previous="was.py"),
        ]
    )
)
NASTY = st.text(alphabet="ab1@#&;<>![]()`*_~|:/\\.-+=$ \n\u202e\ufeffWwGH", max_size=80)
# What GitHub makes something of in a text: https://docs.github.com/en/get-started/writing-on-github
ACTIVE = re.compile(
    r"""
      (?<!\\)<[a-zA-Z/!?]         # a tag or a comment
    | @\w                         # a person or a team
    | \#\d | GH-\d              # an issue
    | (?<!\\)\]\(                 # a link or an image
    | ://                         # an address
    | www\.\w
    | &\#?\w+;                    # an entity, which can spell any of these
    | ^\s*/\w                     # a command to a bot
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)


def finding(path: str = "src/a.py", start: int = 5, end: int = 0, severity: Severity = "low", **words: str) -> Finding:
    said = {"title": "Look here", **words}
    return Finding(path=path, start_line=start, end_line=end or start, severity=severity, **said)


def review(*findings: Finding, summary: str = "Read it.", diff: Diff = DIFF) -> Review:
    return new_review(summary, findings, COVERAGE, diff)


def markdown(given_review: Review) -> str:
    return as_markdown(given_review, marker=MARKER)


class TestWithin:
    @pytest.mark.parametrize(
        ("path", "start", "end"),
        [
            ("src/b.py", 5, 5),
            ("was.py", 5, 5),
            ("src/a.py", 1, 5),
            ("src/a.py", 2, 10),
            ("src/a.py", 15, 15),
            ("src/a.py", 9, 28),
            ("src/a.py", 6, 5),
            ("src/a.py", 0, 5),
            ("src/a.py", 10**9, 10**9),
            ("new.py", 2, 3),
            ("old.py", 1, 4),
            ("", 0, 0),
            ("/src/a.py", 0, 0),
            ("src/A.py", 5, 5),
        ],
    )
    def test_leaves_out_what_points_elsewhere(self, path: str, start: int, end: int) -> None:
        outside = Finding(path=path, start_line=start, end_line=end, severity="high", title="Look")
        assert within([outside], DIFF) == ()
        told = review(outside, finding())
        assert ([each.path for each in told.findings], told.dropped) == (["src/a.py"], 1)

    @pytest.mark.parametrize(
        ("path", "start", "end"),
        [
            ("src/a.py", 2, 9),
            ("src/a.py", 5, 6),
            ("src/a.py", 28, 33),
            ("src/a.py", 0, 0),
            ("new.py", 1, 2),
            ("old.py", 1, 3),
            ("moved.py", 5, 5),
        ],
    )
    def test_keeps_what_stands_in_one_hunk_or_is_about_a_file(self, path: str, start: int, end: int) -> None:
        inside = Finding(path=path, start_line=start, end_line=end, severity="high", title="Look")
        assert within([inside], DIFF) == (inside,)


class TestOrder:
    @given(st.permutations(range(5)))
    def test_is_by_weight_and_place(self, order: list[int]) -> None:
        told = [
            finding("src/a.py", 6, severity="high"),
            finding("new.py", 1, severity="medium"),
            finding("src/a.py", 5, severity="medium", title="A"),
            finding("src/a.py", 5, severity="medium", title="B"),
            finding("old.py", 1, severity="info"),
        ]
        assert review(*(told[index] for index in order)).findings == tuple(told)

    def test_tells_the_same_once(self) -> None:
        assert len(review(finding(), finding(), finding(title="Look here.")).findings) == 1

    def test_keeps_the_gravest_of_too_many(self) -> None:
        told = review(*(finding(title=f"No {number}") for number in range(150)), finding(severity="high"))
        assert (len(told.findings), told.findings[0].severity) == (MOST_FINDINGS, "high")
        assert f"The {MOST_FINDINGS} gravest of 151" in told.summary


class TestWords:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("Ask @octocat and @org/team", "Ask ＠octocat and ＠org/team"),
            ("Fixes #12, org/repo#3 and GH-4", "Fixes ＃12, org/repo＃3 and GH\u20114"),
            (
                "see https://evil.sample.invalid and www.evil.invalid",
                "see https：//evil.sample.invalid and www．evil.invalid",
            ),
            ("&commat;octocat &#64;octocat &#x23;12", "＆commat;octocat ＆＃64;octocat ＆#x23;12"),
            ("<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)›"),
            ("![x](https://a.invalid) [y](//b.invalid)", "[x] (https：//a.invalid) [y] (//b.invalid)"),
            ("two\nlines\r\nand\u2028more", "two lines and more"),
            ("a\u202eb\x1b[2Jc\u200b", "ab[2Jc"),
            ("Use a < b && c > d, or `x[0]` at 10:30", "Use a < b && c > d, or `x[0]` at 10:30"),
        ],
    )
    def test_do_nothing(self, words: str, expected: str) -> None:
        assert inert_words(words, limit=200) == expected
        told = review(finding(title=words, detail=words), summary=words)
        assert told.summary == told.findings[0].detail == expected

    @MANY
    @given(NASTY)
    def test_change_no_more_the_second_time(self, words: str) -> None:
        once = inert_words(words, limit=60)
        assert inert_words(once, limit=60) == once
        assert silent(once) == once

    def test_hold_no_secret(self) -> None:
        for secret in seeded_secrets(20260402, count=120):
            told = review(finding(title=f"Use {secret.text}", detail=secret.text), summary=secret.text)
            assert not secret.survivors(told.model_dump_json() + markdown(told)), secret.kind

    def test_are_cut(self) -> None:
        told = review(finding(title="x" * 10**5, detail="y " * 10**5), summary="z " * 10**5)
        assert len(told.model_dump_json()) < 3_000

    def test_that_say_nothing_are_dropped(self) -> None:
        told = review(finding(title="\u200b\u202e"), finding(title=""))
        assert (told.findings, told.dropped) == ((), 2)


class TestMarkdown:
    """The review as GitHub would render it."""

    @pytest.mark.parametrize("payload", TECHNIQUES.values(), ids=TECHNIQUES)
    def test_is_inert_whatever_it_quotes(self, payload: str) -> None:
        diff = parse(raw_diff([Change("x.py", before=None, after="one\n")]))
        path = " ".join(payload.split())[:200]
        named = Diff((*diff.files, type(diff.files[0])(path=path)))
        skipped = Coverage(files=3, reviewed=1, skipped=(Skipped(path=path, reason=payload),))
        findings = [finding("x.py", 1, title=payload, detail=payload), finding(path, 0, title="Look", detail="x")]
        said = as_markdown(new_review(payload, findings, skipped, named), marker=MARKER, model=payload[:50])
        first, _, rest = said.partition("\n")
        assert first == f"<!-- {MARKER} -->"
        assert not ACTIVE.search(rest), ACTIVE.search(rest)

    @MANY
    @given(NASTY, NASTY, NASTY)
    def test_holds_no_more_than_its_own_marks(self, summary: str, title: str, detail: str) -> None:
        rest = markdown(review(finding(title=title, detail=detail), summary=summary)).partition("\n")[2].strip()
        assert not ACTIVE.search(rest), ACTIVE.search(rest)
        for block in rest.split("\n\n"):
            lines = block.split("\n")
            assert lines[0][:1] in ("", "*", "-", "`") or block.startswith("**"), block
            assert all(line.startswith(("  ", "- ")) for line in lines[1:] if line), block
            assert len(re.findall("`", block)) % 2 == 0, block

    def test_reads_well(self) -> None:
        told = new_review(
            "Adds half a line. Found 1 high, 1 info.",
            [
                finding("src/a.py", 5, 6, severity="high", title="Half a line", detail="Use `round(x)` * 2."),
                finding("new.py", 0, severity="info", title="New file"),
            ],
            Coverage(files=4, reviewed=3, skipped=(Skipped(path="a b.png", reason="binary"),)),
            DIFF,
            flags=["model_blocked"],
        )
        assert as_markdown(told, marker=MARKER, model="").split("\n\n") == [
            f"<!-- {MARKER} -->",
            "**WorkLog review.** Adds half a line. Found 1 high, 1 info.",
            "**High**",
            "- **Half a line** in `src/a.py`, lines 5 to 6\\\n  Use `round(x)` \\* 2.",
            "**Info**",
            "- **New file** in `new.py`",
            "**Not wholly read:** 1 of 4 files",
            "- `a b.png`: binary",
            "_The model declined this diff. Found by rules, which see what a pattern can show._\n",
        ]

    @pytest.mark.parametrize("marker", ["", "a--b", "x -->", "a\nb", "<x>", "-a", "a" * 201])
    def test_takes_no_marker_that_could_end_its_comment(self, marker: str) -> None:
        with pytest.raises(ValueError, match="marker"):
            as_markdown(review(), marker=marker)

    def test_says_how_many_findings_it_has_no_room_for(self) -> None:
        many = [finding(title=f"No {number} " + "t" * 100, detail="d* " * 230) for number in range(150)]
        said = markdown(review(*many))
        assert len(said) <= 60_010
        shown, more = said.count("\n- "), re.search(r"And (\d+) more in WorkLog\.", said)
        assert more
        assert shown + int(more[1]) == MOST_FINDINGS

    def test_says_how_many_files_it_does_not_name(self) -> None:
        skipped = tuple(Skipped(path=f"{number}.png", reason="binary") for number in range(500))
        told = new_review("", [], Coverage(files=500, reviewed=0, skipped=skipped), DIFF)
        assert len(told.coverage.skipped) == MOST_SKIPPED
        assert "- and 480 more" in markdown(told)


class TestLiteral:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("a*b_c [d] <e> | ~f~ \\g $h$", r"a\*b\_c \[d\] \<e\> \| \~f\~ \\g \$h\$"),
            ("`a*b` and `c", "`a*b` and 'c"),
            ("``a`` `b`", "''a'' `b`"),
            ("# no heading", r"\# no heading"),
            ("- no item", r"\- no item"),
            ("1. no item", r"1\. no item"),
            ("1)", r"1\)"),
            ("1.5 million", "1.5 million"),
            ("/approve", r"\/approve"),
            ("> no quote", r"\> no quote"),
            ("=== no heading", r"\=== no heading"),
            (":- no table", r"\:- no table"),
        ],
    )
    def test_shows_the_words_as_they_are(self, words: str, expected: str) -> None:
        assert literal(words) == expected

    def test_of_a_path_is_code(self) -> None:
        assert code("a`b @c\n#1.py") == "`a'b ＠c ＃1.py`"


class TestDigest:
    def test_is_of_the_canonical_json_that_everybody_can_see(self) -> None:
        told = review(finding(title="日本語"), finding("new.py", 1))
        shown = json.loads(told.model_dump_json(by_alias=True))
        canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert told.sha256 == hashlib.sha256(canonical.encode()).hexdigest()

    def test_changes_with_any_word(self) -> None:
        assert len({review(finding(title=title)).sha256 for title in ("a", "b", "a ")}) == 2
