"""How the offline writer words titles and sentences."""

import pytest

from functions.asset_generator import offline
from functions.asset_generator.offline import subjects, verbs
from tests.unit.test_offline_writer_samples import file, pull

SOURCE = file("src/parser/read.py", "+x = 1")


def title_of(title: str, *, body: str = "", commits: list[str] | None = None) -> str:
    return offline.write(pull(title, SOURCE, body=body, commits=commits)).text.title


class TestVerbs:
    @pytest.mark.parametrize(
        ("order", "done"),
        [
            ("Add a page", "Added a page"),
            ("speed up the start", "Sped up the start"),
            ("Bump left-pad to 2", "Updated left-pad to 2"),
            ("Support Python 3", "Added support for Python 3"),
            ("Rewrite it, drop the old one and update docs", "Rewrote it, dropped the old one and updated docs"),
            ("Add, remove and update tags", "Added, removed and updated tags"),
            ("Fixes crash", "Fixed crash"),
            ("Fixing crash", "Fixed crash"),
            ("Fixed crash", "Fixed crash"),
            ("Properly handle empty files", "Properly handled empty files"),
            ("Don't crash on empty files", "Stopped crashing on empty files"),
            ("No longer require a name", "Stopped requiring a name"),
            ("Release v2.3.0", "Released v2.3.0"),
        ],
    )
    def test_say_what_was_done(self, order: str, done: str) -> None:
        assert verbs.past(order) == done

    @pytest.mark.parametrize(
        "clause",
        [
            "Dark mode",
            "Support for Python",
            "Check box alignment",
            "Import errors are shown",
            "Tests for x",
            "`add` fails",
        ],
    )
    def test_leave_what_is_no_order(self, clause: str) -> None:
        assert verbs.past(clause) is None

    @pytest.mark.parametrize(
        ("order", "done"),
        [
            ("Add search and replace dialog", "Added search and replace dialog"),
            ("Allow users to add and remove tags", "Allowed users to add and remove tags"),
            ("Fix crash when users add and remove tags", "Fixed crash when users add and remove tags"),
        ],
    )
    def test_leave_verbs_that_are_not_the_author_s(self, order: str, done: str) -> None:
        assert verbs.past(order) == done

    @pytest.mark.parametrize("sentence", ["Uploads that fail are lost.", "Requests larger than that are refused."])
    def test_take_plurals_in_prose_for_nouns(self, sentence: str) -> None:
        assert verbs.past(sentence, in_prose=True) is None

    @pytest.mark.parametrize(
        ("sentence", "done"),
        [
            ("This PR adds a cache.", "Added a cache."),
            ("This prevents a crash.", "Prevented a crash."),
            ("This makes sense and mimics the others.", None),
            ("The cache was stale.", None),
        ],
    )
    def test_turn_reports_into_deeds(self, sentence: str, done: str | None) -> None:
        assert verbs.reported(sentence) == done

    @pytest.mark.parametrize(
        ("order", "done"),
        [
            ("設定画面を追加する", "設定画面を追加した"),
            ("出力できるようにする", "出力できるようにした"),
            ("重複を直す", "重複を直した"),
            ("対応しました", "対応した"),
            ("不具合を修正", "不具合を修正"),
            ("登録できませんでした", "登録できませんでした"),
        ],
    )
    def test_say_it_in_japanese(self, order: str, done: str) -> None:
        assert verbs.past_japanese(order) == done


class TestSubjects:
    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("fix(api)!: crash on start (#12)", "crash on start"),
            ("[WIP] add a page", "add a page"),
            ("🐛 fix: crash (fixes #12)", "crash"),
            (":bug: add a page (#12) (#13)", "add a page"),
            ("SHOP-12: add a page", "add a page"),
            ("Fix #12: crash on start", "Fix crash on start"),
            ("Closes #12, add a page", "add a page"),
            ("fix crash reported in #12", "fix crash"),
            ("【機能】一覧を追加する #3", "一覧を追加する"),
            ("ファイルを移動(1/3)", "ファイルを移動"),
            ("Update left-pad to v2 [SECURITY]", "Update left-pad to v2"),
            ("Fix `read()` of **bold** text.", "Fix read() of bold text"),
            ("Keep commas in `shop export`", "Keep commas in “shop export”"),
            ("\x1b[31madd a page\x1b[0m", "add a page"),
        ],
    )
    def test_lose_their_wrapping(self, line: str, words: str) -> None:
        assert subjects.parse(line).words == words

    @pytest.mark.parametrize("line", ["UTF-8 support", "SHA-256 for sums", "Note: nothing changes", "Support **kwargs"])
    def test_keep_what_only_looks_like_wrapping(self, line: str) -> None:
        assert subjects.parse(line).words == line

    @pytest.mark.parametrize(
        ("line", "reverts"), [("Add x", 0), ('Revert "Add x" (#2)', 1), ('Revert "Revert "Add x""', 2)]
    )
    def test_count_reverts(self, line: str, reverts: int) -> None:
        assert subjects.parse(line).reverts == reverts
        assert subjects.parse(line).words == "Add x"

    @pytest.mark.parametrize(
        "words",
        [
            "fix", "Update", "wip", "Update read.py", "Add files via upload", "Merge branch 'main' into x",
            "minor fixes", "Feature/dark mode", "patch-1", "address review comments", "dev",
            "修正", "レビュー対応", "0a1b2c3", "…",
        ],
    )  # fmt: skip
    def test_know_when_they_say_nothing(self, words: str) -> None:
        assert subjects.is_weak(words)

    @pytest.mark.parametrize("words", ["Fix rounding", "Update the parser", "Dark mode", "在庫数の修正漏れを直す"])
    def test_know_when_they_say_something(self, words: str) -> None:
        assert not subjects.is_weak(words)


class TestTitles:
    @pytest.mark.parametrize(
        ("title", "written"),
        [
            ("feat: dark mode", "Added dark mode"),
            ("fix: crash when a file is empty", "Fixed crash when a file is empty"),
            ("fix: the parser now accepts empty files", "The parser now accepts empty files"),
            ("feat: cache prices", "Cache prices"),
            ("parser: fix endless loop", "Fixed endless loop (parser)"),
            ("fix(deps): remove left-pad", "Removed left-pad"),
            ("iOS build fails", "iOS build fails"),
        ],
    )
    def test_are_done_things(self, title: str, written: str) -> None:
        assert title_of(title) == written

    @pytest.mark.parametrize(
        "title", ["fix", "wip", "Update read.py", "Merge pull request #1 from a/b", "Feature/totals"]
    )
    def test_come_from_a_commit_when_they_say_nothing(self, title: str) -> None:
        commits = ["wip", "Fix rounding of totals", "fix tests", "Merge branch 'main' into totals"]
        assert title_of(title, commits=commits) == "Fixed rounding of totals"

    def test_come_from_the_body_when_no_commit_says_more(self) -> None:
        body = "Rejects orders without an address, which the warehouse can't send."
        written = "Rejected orders without an address, which the warehouse can't send"
        assert title_of("Update read.py", body=body, commits=["Update read.py"]) == written

    def test_come_from_the_files_when_nobody_says_anything(self) -> None:
        assert title_of("", commits=[]) == "Work on the parser package"

    def test_name_the_file_when_that_is_all_they_say(self) -> None:
        assert title_of("Update read.py", commits=["Update read.py"]) == "Updated read.py"

    def test_come_from_the_branch_when_that_is_all_they_are(self) -> None:
        assert title_of("Fix/sample-author/memory-usage of-parser", commits=["wip"]) == "Fixed memory usage of parser"

    def test_go_on_in_the_commit_they_were_cut_from(self) -> None:
        commits = ["docs: move the guides to the handbook and the wiki"]
        assert title_of("docs: move the guides to the …", commits=commits) == (
            "Moved the guides to the handbook and the wiki"
        )

    def test_go_on_in_the_body_even_within_a_word(self) -> None:
        written = "Added a log that records every change of a price"
        assert title_of("Add a log that records every cha…", body="…nge of a price\n\nMore.", commits=["x"]) == written

    def test_end_before_a_cut_that_nothing_continues(self) -> None:
        assert title_of("Add a log that records every change with the…", commits=["x"]) == (
            "Added a log that records every change"
        )

    def test_end_between_words_when_too_long(self) -> None:
        written = title_of("Add " + "remarkable " * 30 + "things")
        assert written == "Added" + " remarkable" * 10

    def test_are_restored_when_a_revert_is_reverted(self) -> None:
        assert title_of('Revert "Revert "Add x""') == 'Reapplied "Add x"'

    def test_keep_japanese(self) -> None:
        assert title_of("fix(parser): 空のファイルで落ちる問題を直す (#3)") == "空のファイルで落ちる問題を直した"
