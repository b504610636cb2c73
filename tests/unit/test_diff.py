"""Is a diff read as git wrote it, line by line, whatever its lines look like?"""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.github import Change
from local.github.diffs import raw_diff
from shared.domain.diff import Diff, DiffFile, parse
from tests.trials import trials

MANY = settings(max_examples=200, deadline=None)
# What a hostile file may hold: every line that means something to git, and odd ends of lines.
LINES = st.sampled_from(
    [
        *("diff --git a/x b/x", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "@@ -1,9 +1,9 @@ def x():", "--- /dev/null"),
        *("Binary files a/x and b/x differ", "\\ No newline at end of file", "index 1..2 100644", "", " ", "+", "-"),
        *("rename to y", "deleted file mode 100644", "GIT binary patch", "text\r", "日本語", "\x00", "a\u2028b", "x"),
    ]
)
TEXTS = st.one_of(st.none(), st.lists(LINES, max_size=12).map("\n".join), st.lists(LINES, max_size=12).map("\n".join))


def only(data: str | bytes) -> DiffFile:
    """The one file of a diff that is whole."""
    diff = parse(data if isinstance(data, bytes) else data.encode())
    assert (len(diff.files), diff.damaged) == (1, False)
    return diff.files[0]


def head(path: str, *lines: str) -> str:
    return "\n".join([f"diff --git a/{path} b/{path}", *lines, ""])


def plain(path: str, *lines: str) -> str:
    """The diff of a file from its head to these lines of its hunks."""
    return head(path, "index 1111111..2222222 100644", f"--- a/{path}", f"+++ b/{path}", *lines)


class TestHostileLines:
    def test_never_start_a_file_or_end_a_hunk(self) -> None:
        body = ["+diff --git a/evil b/evil", "+++ b/evil", "--- a/evil", "+@@ -1 +1 @@", "-Binary files a and b differ"]
        file = only(plain("a.txt", "@@ -1,2 +1,3 @@", *body))
        assert [line.text for line in file.lines] == [each[1:] for each in body]
        assert (file.path, file.additions, file.deletions, file.damaged) == ("a.txt", 3, 2, False)

    @pytest.mark.parametrize(
        "hunk",
        [
            ["@@ -1,2 +1,2 @@", " one"],
            ["@@ -1 +1 @@", "+one", "+two"],
            ["@@ -1 +1 @@", " one", "two"],
            ["@@ -1 +1 @@", "~one"],
            ["@@ -1,99999999999999999999 +1 @@", " one"],
            ["@@ minus one @@"],
            ["what is this"],
        ],
    )
    def test_that_do_not_count_up_damage_their_file_alone(self, hunk: list[str]) -> None:
        text = plain("a.txt", "@@ -1 +1 @@", "-good", "+well", *hunk) + plain("b.txt", "@@ -1 +1 @@", "-x", "+y")
        first, second = parse(text.encode()).files
        assert (first.path, first.damaged, first.hunks[0].lines) == ("a.txt", True, ("-good", "+well"))
        assert (second.path, second.damaged, [line.text for line in second.lines]) == ("b.txt", False, ["x", "y"])

    @pytest.mark.parametrize("data", [b"", b"\n", b"\x00\xff" * 500, b"<!DOCTYPE html>\n<p>504</p>\n", b"diff --git"])
    def test_without_any_file_are_an_empty_diff(self, data: bytes) -> None:
        assert parse(data) == Diff((), damaged=bool(data))

    @MANY
    @given(st.binary(max_size=300))
    def test_of_chance_raise_nothing(self, data: bytes) -> None:
        parse(data)
        parse(plain("a", "@@ -1,3 +1,3 @@").encode() + data)
        parse(b"diff --git " + data)


class TestFile:
    @MANY
    @given(TEXTS, TEXTS)
    def test_says_what_was_there_before_and_is_now(self, before: str | None, after: str | None) -> None:
        if before == after:
            return
        file = only(raw_diff([Change("src/a b.txt", before=before, after=after)]))
        statuses = {(True, False): "added", (False, True): "removed", (False, False): "modified"}
        assert (file.path, file.status) == ("src/a b.txt", statuses[before is None, after is None])
        assert not file.damaged
        old = {line.old: line.text for line in file.lines if line.sign != "+"}
        new = {line.new: line.text for line in file.lines if line.sign != "-"}
        for text, numbered in ((before, old), (after, new)):
            lines = (text or "").split("\n")
            assert all(lines[number - 1].removesuffix("\r") == said for number, said in numbered.items())

    @pytest.mark.parametrize(
        ("told", "path", "previous", "status"),
        [
            (head("s", "old mode 100644", "new mode 100755"), "s", None, "modified"),
            (head("s p", "new file mode 100644", "index 0..1"), "s p", None, "added"),
            (head("s", "deleted file mode 100644", "index 1..0"), "s", None, "removed"),
            ("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", "y", "x", "renamed"),
            ("diff --git a/x b/y b/z\nsimilarity index 100%\ncopy from x b/y\ncopy to z\n", "z", "x b/y", "copied"),
            (head("a b/a", "new file mode 100644"), "a b/a", None, "added"),
            (
                'diff --git "a/\\346\\227\\245.txt" "b/\\346\\227\\245.txt"\nnew file mode 100644\n',
                "日.txt",
                None,
                "added",
            ),
            (
                'diff --git "a/q\\"\\t\\\\.c" "b/q\\"\\t\\\\.c"\nold mode 100644\nnew mode 100755\n',
                'q"\t\\.c',
                None,
                "modified",
            ),
            (
                'diff --git "a/\\377" b/y\nsimilarity index 90%\nrename from "\\377"\nrename to y\n',
                "y",
                "\ufffd",
                "renamed",
            ),
            (plain("dev/null", "@@ -1 +1 @@", "-x", "+y"), "dev/null", None, "modified"),
        ],
    )
    def test_is_named_as_git_names_it(self, told: str, path: str, previous: str | None, status: str) -> None:
        file = only(told)
        assert (file.path, file.previous_path, file.status) == (path, previous, status)

    def test_loses_the_tab_that_git_puts_behind_a_name_with_spaces(self) -> None:
        file = only("diff --git a/a b b/a b\nindex 1..2 100644\n--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-x\n+y\n")
        assert file.path == "a b"

    def test_whose_name_can_not_be_read_is_told_of(self) -> None:
        diff = parse(b"diff --git what ever\nold mode 100644\nnew mode 100755\n" + plain("b").encode())
        assert ([file.path for file in diff.files], diff.damaged) == (["b"], True)

    @pytest.mark.parametrize("kind", ["Binary files a/x.png and b/x.png differ", "GIT binary patch\nliteral 4\nLc${"])
    def test_may_be_binary(self, kind: str) -> None:
        files = parse((head("x.png", "index 1..2 100644", kind) + plain("b", "@@ -1 +1 @@", "-x", "+y")).encode()).files
        assert [(file.path, file.binary, file.damaged) for file in files] == [
            ("x.png", True, False),
            ("b", False, False),
        ]

    def test_has_its_modes(self) -> None:
        file = only(head("run.sh", "old mode 100644", "new mode 100755"))
        assert (file.previous_mode, file.mode) == ("100644", "100755")
        assert only(plain("a")).mode == "100644"
        assert only(head("lib", "new file mode 160000", "index 0..1")).mode == "160000"


class TestLines:
    def test_have_their_numbers_in_both_files(self) -> None:
        file = only(plain("a", "@@ -3,3 +4,3 @@ def f():", " a", "-b", "+c", " d", "@@ -20,0 +21 @@", "+e"))
        assert [(line.sign, line.old, line.new) for line in file.lines] == [
            (" ", 3, 4),
            ("-", 4, 0),
            ("+", 0, 5),
            (" ", 5, 6),
            ("+", 0, 21),
        ]
        assert file.hunks[0].heading == "def f():"

    def test_do_not_count_a_missing_newline(self) -> None:
        missing = "\\ No newline at end of file"
        file = only(plain("a", "@@ -1 +1,2 @@", "-x", missing, "+y", "+z", missing))
        assert [line.text for line in file.lines] == ["x", "y", "z"]

    def test_lose_a_carriage_return_at_their_end(self) -> None:
        file = only(plain("a", "@@ -1 +1 @@", "-x\r", "+y\r"))
        assert [line.text for line in file.lines] == ["x", "y"]

    def test_keep_what_is_not_utf_8_in_place(self) -> None:
        data = plain("a", "@@ -1 +1,2 @@", "-", "+", "+z").encode().replace(b"\n-\n", b"\n-\x93\xfa\x96{\n")
        assert [line.text for line in only(data).lines] == ["\ufffd\ufffd\ufffd{", "", "z"]


class TestParse:
    def test_takes_time_in_proportion(self) -> None:
        """Twenty megabytes of lines, and one line of as many."""
        lines = plain("a", "@@ -0,0 +1,400000 @@", *["+" + "x" * 48] * 400_000).encode()
        started = time.monotonic()
        assert only(lines).additions == 400_000
        assert only(plain("a", "@@ -0,0 +1 @@", "+" + "x" * 20_000_000)).size > 20_000_000
        assert time.monotonic() - started < 20

    def test_counts_what_github_counts(self) -> None:
        given_data = trials("the given pull requests' diffs against GitHub's figures")
        if given_data is None:
            return
        folders = [each for each in sorted((given_data / "prs").iterdir()) if each.is_dir()]
        assert folders
        for folder in folders:
            diff = parse((folder / "pull.diff").read_bytes())
            told = {each["filename"]: each for each in json.loads((folder / "files.json").read_bytes())}
            assert not diff.damaged
            assert {file.path: (file.status, file.additions, file.deletions, file.damaged) for file in diff.files} == {
                path: (each["status"], each["additions"], each["deletions"], False) for path, each in told.items()
            }
