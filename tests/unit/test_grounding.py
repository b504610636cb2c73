"""Everything a card states is proved by its pull request, and what is not is found."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.domain.asset_card import CardText, Claim, Evidence, Source
from shared.domain.grounding import Grounded, evidence, ground, quoted, stands
from shared.domain.numbers import quantities
from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from shared.domain.technologies import named_in, technologies
from shared.domain.text import sentences

SHA = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
BODY = (
    "The cache was rebuilt on every call, which took 30-40 ms.\r\n"
    "Now it is kept for an hour, see https://docs.example.org/cache and #41.\r\n\r\n"
    "* Calls take 3 ms, 1,234 of them 2 ms\r\n"
    "* Half of the requests no longer reach PostgreSQL\r\n\r\n"
    "| case | time (ms) |\r\n|---|---|\r\n| cold | 87 |\r\n"
)
PATCH = (
    "@@ -1,3 +1,4 @@ def start():\n import os\n-TIMEOUT = 10\n+TIMEOUT = 25\n+RETRIES = 4\n done()\n"
    "@@ -90,2 +91,2 @@\n-old_one()\n+new_one()\n-old_two()\n+new_two()\n\\ No newline at end of file"
)
MESSAGE = "Keep the cache between calls\n\nMeasured with pytest on Go 1.25, twice as fast."


def pull(**changes: Any) -> PullRequest:  # noqa: ANN401  # any field
    fields: dict[str, Any] = {
        "repository_id": 7,
        "repo_full_name": "acme/flask",
        "number": 52,
        "title": "Speed up calls by keeping the cache",
        "body": BODY,
        "author": Account(id=1, login="ada"),
        "head_sha": "a" * 39 + "1",
        "base_sha": "b" * 39 + "2",
        "merge_commit_sha": "c" * 39 + "3",
        "merged_at": datetime(2026, 3, 18, tzinfo=UTC),
        "additions": 253,
        "deletions": 79,
        "changed_files": 3,
        "commits": (Commit(sha=SHA, message=MESSAGE),),
        "files": (
            ChangedFile(path="src/app/cache.py", patch=PATCH),
            ChangedFile(path="tests/test_cache.py", status="added"),
            ChangedFile(path="web/new.ts", previous_path="web/old.ts", status="renamed"),
        ),
    }
    return PullRequest(**(fields | changes))


PULL = pull()


def proof(quote: str, source: Source = "body", ref: str = "", url: str = "https://evil.example/") -> Evidence:
    return Evidence(source=source, ref=ref or source, quote=quote, url=url)


def claiming(text: str, *quotes: str) -> CardText:
    return CardText(title="A", description="", claims=(Claim(text=text, evidence=tuple(map(proof, quotes))),))


def flags(text: str, *quotes: str) -> set[str]:
    return set(ground(claiming(text, *quotes or sentences(BODY)), PULL).flags)


class TestStands:
    @pytest.mark.parametrize(
        "false",
        [
            proof(""),
            proof("T"),
            proof("--"),
            proof(" \n "),
            proof("took 30-40 s"),
            proof("The cache was rebuilt", "title"),
            proof("The cache was rebuilt", "commit", SHA),
            proof("Keep the cache", "commit", "f" * 40),
            proof("Keep the cache", "commit", SHA[:6]),
            proof("TIMEOUT = 25", "file", "src/app/other.py"),
            proof("TIMEOUT = 25", "file", "tests/test_cache.py"),
            proof("def start():\nimport os", "file", "src/app/cache.py"),
            proof("done()\nold_one()", "file", "src/app/cache.py"),
            proof("done()\x00old_one()", "file", "src/app/cache.py"),
            proof("@@ -1,3 +1,4 @@", "file", "src/app/cache.py"),
            proof("No newline at end of file", "file", "src/app/cache.py"),
            proof("web/old.ts", "file", "src/app/cache.py"),
            proof("キャッシュ"),
        ],
        ids=str,
    )
    def test_is_false_for_what_is_not_there_or_says_nothing(self, false: Evidence) -> None:
        assert not stands(false, PULL)

    @pytest.mark.parametrize(
        "true",
        [
            proof("Speed up calls", "title"),
            proof("which took 30-40 ms.\nNow it is kept"),
            proof("which took 30-40 ms.\r\nNow it is kept"),
            proof("which took 30-40 ms. Now  it is kept"),
            proof("Keep the cache", "commit", SHA),
            proof("Keep the cache", "commit", SHA[:8]),
            proof("TIMEOUT = 25", "file", "src/app/cache.py"),
            proof("+TIMEOUT = 25\n+RETRIES = 4", "file", "src/app/cache.py"),
            proof("TIMEOUT = 25\nRETRIES = 4\ndone()", "file", "src/app/cache.py"),
            proof("import os\nTIMEOUT = 10\ndone()", "file", "src/app/cache.py"),
            proof("new_one()\nnew_two()", "file", "src/app/cache.py"),
            proof("def start():", "file", "src/app/cache.py"),
            proof("tests/test_cache.py", "file", "tests/test_cache.py"),
            proof("web/old.ts", "file", "web/new.ts"),
        ],
        ids=str,
    )
    def test_is_true_for_what_is_there(self, true: Evidence) -> None:
        assert stands(true, PULL)

    def test_takes_a_whole_source_however_short(self) -> None:
        assert stands(proof("修", "title"), pull(title="修"))
        assert stands(proof("v2", "title"), pull(title="v2"))
        assert not stands(proof("v2", "title"), pull(title="v2 is out"))

    @given(st.data())
    @settings(deadline=None)
    def test_is_true_for_any_part_of_a_source(self, data: st.DataObject) -> None:
        before, left, right, after = (data.draw(st.text(max_size=20)) for _ in range(4))
        quote = f"{left}abc{right}"
        text = f"{before}{quote}{after}"
        lines = "".join(f"+{line}\n" for line in text.split("\n"))
        file = ChangedFile(path="a.py", patch=f"@@ -0,0 +1,9 @@\n{lines}")
        some = pull(title=text, body=text, commits=(Commit(sha=SHA, message=text),), files=(file,))
        places: list[tuple[Source, str]] = [("title", ""), ("body", ""), ("commit", SHA)]
        if "\x00" not in quote:
            places.append(("file", "a.py"))
        for source, ref in places:
            assert stands(evidence(some, source, ref, quote), some)


class TestEvidence:
    @pytest.mark.parametrize(
        ("given_evidence", "ref", "url"),
        [
            (proof("The cache was", "body", "the description"), "body", "https://github.com/acme/flask/pull/52"),
            (proof("Speed up", "title", "52"), "title", "https://github.com/acme/flask/pull/52"),
            (proof("Keep the", "commit", SHA[:9]), SHA, f"https://github.com/acme/flask/commit/{SHA}"),
            (proof("import os", "file", "src/app/cache.py"), "src/app/cache.py", PULL.file_url("src/app/cache.py")),
        ],
    )
    def test_gets_its_place_and_url_from_the_pull_request(self, given_evidence: Evidence, ref: str, url: str) -> None:
        card = CardText(title="A", description="", claims=(Claim(text="B", evidence=(given_evidence,)),))
        (kept,) = ground(card, PULL).text.claims[0].evidence
        assert (kept.ref, kept.url, kept.quote) == (ref, url, given_evidence.quote)

    def test_gets_the_very_words_of_the_source_when_lines_were_unwrapped(self) -> None:
        grounded = ground(claiming("B", "which took 30-40 ms. Now it is kept"), PULL)
        assert grounded.text.claims[0].evidence[0].quote == "which took 30-40 ms.\nNow it is kept"
        assert grounded.flags == frozenset()

    def test_can_be_asked_for_by_words_alone(self) -> None:
        found = quoted(PULL, "body", "", "took 30-40 ms. Now it is")
        assert found == evidence(PULL, "body", "", "took 30-40 ms.\nNow it is")
        assert quoted(PULL, "body", "", "took 30-40 s. Now it is") is None

    def test_that_is_false_is_removed_and_the_claim_stays(self) -> None:
        grounded = ground(claiming("Kept", "The cache was rebuilt", "The cash was rebuilt"), PULL)
        assert [one.quote for one in grounded.text.claims[0].evidence] == ["The cache was rebuilt"]
        assert grounded.flags == frozenset()
        without = ground(claiming("Kept", "The cash was rebuilt"), PULL)
        assert without.text.claims == (Claim(text="Kept"),)
        assert without.flags == {"ungrounded_claim"}
        assert without.unproved == ("Kept",)

    def test_that_cuts_a_number_or_a_name_in_two_proves_neither(self) -> None:
        assert flags("234 calls", "234 of them 2 ms") == {"ungrounded_number"}
        some = pull(body="It is written in JavaScript.")
        card = claiming("It is written in Java", "It is written in Java")
        assert ground(card, some).unproved == ("Java",)


class TestNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "Calls take 3 s",
            "Calls take 3 %",
            "Calls take 3",
            "Calls take 4 ms",
            "Calls take three seconds",
            "Calls are 10x faster",
            "Calls are twice as fast",
            "Calls take a third of the time",
            "1,235 calls",
            "12,34 calls",
            "Used by thousands",
            "呼び出しは4ミリ秒",
            "3倍速い",
            "Since version 1.2.3",
            "Since v4",
            "On 2026-03-19",
            "in 4 files",
            "1 commit and 2 commits",
            "40 lines",
            "Costs $3",
            "Calls take ９ ms",
        ],
    )
    def test_that_no_quote_has_are_flagged(self, text: str) -> None:
        assert flags(text) == {"ungrounded_number"}

    @pytest.mark.parametrize(
        "text",
        [
            "Calls take 3 ms, not 30 to 40 ms",
            "Calls take 0.003 s",
            "50 % of the requests, ５０％, 半分",
            "1234 calls, 1.234k calls",
            "呼び出しは3ミリ秒",
            "3 files, 253 additions, 79 deletions, 332 lines, 1 commit",
            "+253 −79",
            "3ファイル、253行追加",
            "1 test file, 1 renamed file",
            "Merged on March 18, 2026 as #52",
            "Merged in 2026",
            "It is kept for an hour",
            "Uses SHA-256 and UTF-8",
            "Renames web/old.ts, edits cache.py",
            "1. First\n2. Second",
            "Calls take \u200b3\u200b ms",
        ],
    )
    def test_that_stand_in_a_quote_or_are_figures_pass(self, text: str) -> None:
        assert flags(text) == set()

    def test_of_a_claim_need_its_own_quotes(self) -> None:
        one = Claim(text="Calls take 3 ms", evidence=(proof("The cache was rebuilt"),))
        other = Claim(text="Fast", evidence=(proof("Calls take 3 ms"),))
        assert ground(CardText(title="3 ms", description="", claims=(other,)), PULL).flags == frozenset()
        assert ground(CardText(title="3 ms", description="", claims=(one, other)), PULL).unproved == ("3 ms",)

    def test_of_title_description_and_impact_are_checked(self) -> None:
        for field in ("title", "description", "impact"):
            card = CardText(**({"title": "A", "description": ""} | {field: "Saves 77 ms"}))
            assert ground(card, PULL).flags == {"ungrounded_number"}

    def test_in_a_quoted_table_have_the_unit_of_its_head(self) -> None:
        table = "| case | time (ms) |\n|---|---|\n| cold | 87 |"
        assert flags("The cold case takes 87 ms", table) == set()
        assert flags("The cold case takes 87 s", table) == {"ungrounded_number"}

    @pytest.mark.parametrize("words", ["done()\x00\x00old_one()", "done()\n\nold_one()", "done()\x00\x00new_one()"])
    def test_of_a_file_do_not_bridge_its_hunks(self, words: str) -> None:
        assert not stands(proof(words, "file", "src/app/cache.py"), PULL)

    def test_of_a_file_have_no_proof_in_the_heads_of_its_hunks(self) -> None:
        quote = proof("TIMEOUT = 25", "file", "src/app/cache.py")
        assert ground(_card("The timeout is 25", quote), PULL).flags == frozenset()
        assert ground(_card("The timeout is 91", quote), PULL).flags == {"ungrounded_number"}


def _card(text: str, quote: Evidence) -> CardText:
    return CardText(title="A", description="", claims=(Claim(text=text, evidence=(quote,)),))


class TestNames:
    @pytest.mark.parametrize(
        "text",
        [
            "Written with React",
            "Moved to MySQL",
            "Ported to Go",
            "See https://docs.example.org/other",
            "See https://docs.example.org.evil.example/cache",
            "See www.evil.example",
            "Write to ada@evil.example",
            "Fixes #42",
            "Fixes other/repo#41",
            "Fixes https://github.com/other/repo/pull/52",
            "Fixes CVE-2026-1234",
            "Fixes PROJ-17",
            "Reverts bde64b3",
            "[x](javascript:alert(1))",
        ],
    )
    def test_that_no_quote_has_are_flagged(self, text: str) -> None:
        assert flags(text) == {"ungrounded_claim"}

    @pytest.mark.parametrize(
        "text",
        [
            "Python and TypeScript",
            "postgres",
            "Flask on GitHub",
            "See https://docs.example.org/cache and #41",
            "https://github.com/acme/flask/pull/52, PR 52, acme/flask#52",
            f"https://github.com/acme/flask/commit/{SHA} or {SHA[:7]}",
            PULL.file_url("src/app/cache.py"),
            "Things got better for everybody",
        ],
    )
    def test_that_are_proved_pass(self, text: str) -> None:
        assert flags(text) == set()

    @pytest.mark.parametrize(
        ("skill", "is_shown"),
        [
            ("Python", True),
            ("python 3", False),
            ("Python programming", True),
            ("TypeScript/Python", True),
            ("Testing", True),
            ("テスト", True),
            ("PostgreSQL", True),
            ("Go", False),
            ("Kubernetes", False),
            ("Security", False),
            ("Leadership", False),
            ("no longer reach", True),
            ("requests", False),
            ("", False),
            ("/", False),
        ],
    )
    def test_of_skills_follow_from_a_path_or_a_quote(self, skill: str, is_shown: bool) -> None:  # noqa: FBT001
        card = CardText(title="A", description="", skills=(skill,), claims=claiming("B", *sentences(BODY)).claims)
        assert (ground(card, PULL).flags == frozenset()) is is_shown


WORDS = [
    "fixes",
    "the",
    "cache",
    "of",
    "PostgreSQL",
    "95 ms",
    "in",
    "Go",
    "1,234",
    "6.0.2",
    "to",
    "7.0.0",
    "half",
    "twice",
]
WORDS += [
    "as fast",
    "30-40 KB",
    "#12",
    "v2",
    "三倍",
    "環境変数を設定",
    "3つのファイル",
    "(1/3)",
    "https://a.example/x",
    "C++",
    "and",
]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=3, max_size=12).map(" ".join)
TEXT = st.lists(SENTENCE, min_size=1, max_size=5).map(". \n".join)


def quoting(body: str, text: str) -> Grounded:
    """A card with this text and description whose claim quotes every sentence of the body."""
    some = pull(body=body)
    quotes = tuple(evidence(some, "body", "", sentence) for sentence in sentences(body))
    return ground(CardText(title="A", description=text, claims=(Claim(text=text, evidence=quotes),)), some)


class TestProperties:
    @given(TEXT)
    @settings(deadline=None)
    def test_a_text_of_quoted_sentences_is_never_flagged(self, body: str) -> None:
        grounded = quoting(body, "\n\n".join(sentences(body)))
        assert (grounded.flags, grounded.unproved) == (frozenset(), ())

    @given(st.text(max_size=80))
    @settings(deadline=None)
    def test_any_quoted_sentence_is_never_flagged(self, body: str) -> None:
        for sentence in sentences(body):
            if sum(c.isalnum() for c in sentence) > 2:
                some = pull(body=body)
                claim = Claim(text=sentence, evidence=(evidence(some, "body", "", sentence),))
                assert ground(CardText(title="A", description="", claims=(claim,)), some).unproved == ()

    @settings(deadline=None)
    @given(
        TEXT, st.integers(100, 10**9), st.sampled_from(["", " ms", " %", "x", " GB", " users", "件", "倍"]), st.data()
    )
    def test_an_invented_number_is_always_flagged(self, body: str, number: int, unit: str, data: st.DataObject) -> None:
        words = body.split(" ")
        words.insert(data.draw(st.integers(0, len(words))), f"about {number}{unit},")
        assume(number not in (1234, 253, 332, 2026))
        assert "ungrounded_number" in quoting(body, " ".join(words)).flags

    @pytest.mark.parametrize("unit", ["s", "µs", "%", "minutes", "KB", "x", "秒", "回"])
    @given(number=st.integers(0, 10**6))
    @settings(max_examples=20, deadline=None)
    def test_a_changed_unit_is_always_flagged(self, unit: str, number: int) -> None:
        assume(unit == "%" or number)
        body = f"Now it takes {number} ms."
        assert quoting(body, body).flags == frozenset()
        assert quoting(body, f"Now it takes {number} {unit}.").flags == {"ungrounded_number"}

    @pytest.mark.parametrize("name", [technology.name for technology in technologies()])
    def test_an_invented_technology_is_always_flagged(self, name: str) -> None:
        some = pull(files=(), repo_full_name="acme/it")
        card = _card(f"The cache was rebuilt with {name} on every call", proof("The cache was rebuilt"))
        assert ("ungrounded_claim" in ground(card, some).flags) is (name not in ("Git", "GitHub"))

    @settings(deadline=None)
    @given(
        TEXT, st.from_regex(r"https://[a-z]{3,9}\.[a-z]{2,5}/[a-z0-9]{1,9}", fullmatch=True), st.integers(100, 10**8)
    )
    def test_an_invented_url_or_pull_request_is_always_flagged(self, body: str, url: str, number: int) -> None:
        assert "ungrounded_claim" in quoting(body, f"{body} {url}").flags
        assert "ungrounded_claim" in quoting(body, f"{body} see #{number}").flags
        assert "ungrounded_claim" in quoting(body, f"{body} https://github.com/a/b/pull/{number}").flags

    @given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
    @settings(deadline=None)
    def test_the_answer_is_the_same_each_time_and_changes_nothing_twice(
        self, text: str, quote: str, skills: list[str]
    ) -> None:
        claim = Claim(text=text, evidence=(proof(quote), proof(BODY[:30]), proof(BODY[:30])))
        card = CardText(title=text, description=quote, impact=text, skills=tuple(skills), claims=(claim,))
        first = ground(card, PULL)
        assert ground(card, PULL) == first
        assert ground(first.text, PULL) == first

    def test_of_the_samples_hold_something_to_check(self) -> None:
        joined = " ".join(WORDS)
        assert len(quantities(joined)) > 10
        assert len(named_in(joined)) > 2


class TestTime:
    @pytest.mark.parametrize(
        "part", ["1 ", "a ", "Go, ", "one ", "a.", "#1 ", "https://a/", "あ", "95 ms ", "|(ms)|1", "\n1. "]
    )
    def test_grows_with_the_length_alone(self, part: str) -> None:
        text = (part * 200_000)[:200_000]
        some = pull(body=text, files=(ChangedFile(path="a.py", patch=f"@@ -1 +1 @@\n+{text}"),))
        quotes = (proof(text[:50_000] + "!"), proof(text[:50_000]), proof(text[:40]), proof(text[:9], "file", "a.py"))
        claim = Claim(text=text[:20_000], evidence=quotes)
        started = time.monotonic()
        ground(CardText(title="A", description=text, skills=(text[:5_000],), claims=(claim,)), some)
        assert time.monotonic() - started < 20
