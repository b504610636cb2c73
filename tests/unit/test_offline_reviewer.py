"""Does the offline reviewer read every diff, say what it did not read, and let nothing out that it should not?"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.agent_runner import offline
from functions.agent_runner.coverage import covered, is_partial
from local.github import Change
from shared.domain.diff import EXECUTABLE, SUBMODULE, Diff, DiffFile, Hunk, parse
from shared.domain.diff_redaction import redact_diff
from shared.domain.pull_request import ChangedFile
from shared.domain.review import Review, Reviewed, as_markdown, within
from tests.diffs import added, changed, diff_of, found, reviewed
from tests.injections import INJECTIONS, STRANGERS, Injection
from tests.secrets import SECRETS, SeededSecret, seeded_secrets
from tests.trials import trials
from tests.unit.test_review import ACTIVE, NASTY

MANY = settings(max_examples=120, deadline=None)
PATHS = st.sampled_from(
    (
        *("src/a.py", "a.js", "x.go", "a.rs", "A.java", "tests/test_a.py", "a.html", "a.sql", "a.sh", "README.md"),
        *("package.json", "go.mod", "Cargo.toml", "pom.xml", "requirements.txt", "pyproject.toml", "Dockerfile"),
        ".github/workflows/a.yml",
    )
)
HOSTILE = st.sampled_from(
    (
        *('"' * 900, '\\"' * 500, "/*" * 500, "except " * 200, "(" * 900, "select " * 150, "catch (" * 150, "{{" * 450),
        *(
            '"""',
            "@login_required",
            "def x():",
            "except Exception:",
            "pass",
            "- uses: a/b@v1",
            '"a": "*"',
            "\x00",
            "日本語",
        ),
    )
)


def review_of(diff: Diff) -> Reviewed:
    return offline.review(redact_diff(diff))


def diff_from(files: tuple[ChangedFile, ...]) -> Diff:
    """The files of a pull request as a diff, their patches read as hunks."""
    sections = []
    for file in files:
        lines = (file.patch or "").split("\n")[1:]
        hunk = Hunk(0, 1, "", tuple(lines))
        sections.append(DiffFile(path=file.path, status="added", hunks=(hunk,)))
    return Diff(tuple(sections))


class TestReview:
    @MANY
    @given(PATHS, st.lists(st.one_of(NASTY, HOSTILE), max_size=8), st.lists(st.one_of(NASTY, HOSTILE), max_size=8))
    def test_of_any_text_is_whole_inside_the_diff_and_the_same_again(
        self, path: str, before: list[str], after: list[str]
    ) -> None:
        diff = diff_of(changed(path, "\n".join(before) + "\n", "\n".join(after) + "\n"))
        told = review_of(diff)
        assert told == review_of(diff)
        assert told.review.dropped == 0
        assert within(told.review.findings, redact_diff(diff).diff) == told.review.findings
        assert not ACTIVE.search(as_markdown(told.review, marker="run", model="").partition("\n")[2])
        assert told.reviewed_by.output_hash == told.review.sha256

    @MANY
    @given(st.binary(max_size=400))
    def test_of_any_bytes_is_a_review(self, data: bytes) -> None:
        review_of(parse(b"diff --git a/a.py b/a.py\n@@ -1,2 +1,3 @@\n" + data))
        review_of(parse(data))

    def test_does_not_depend_on_the_order_of_files(self) -> None:
        changes = [added("src/a.py", "print(1)"), added("src/b.py", "breakpoint()"), added("c.go", "// TODO")]
        assert reviewed(*changes).findings == reviewed(*reversed(changes)).findings

    def test_names_the_digests_of_what_it_read_and_said(self) -> None:
        one, other = (review_of(diff_of(added("a.py", line))).reviewed_by for line in ("x = 1", "x = 2"))
        assert len(one.prompt_hash) == len(one.output_hash) == 64
        assert one.prompt_hash != other.prompt_hash
        assert (one.provider, one.prompt_version, one.tokens_in, one.tokens_out) == ("offline", "offline-1", 0, 0)

    @pytest.mark.parametrize(
        "lines",
        [
            ["+" + "x = print(" * 200] * 4_000,
            ['+"\\"' + '\\"' * 450] * 4_000,
            ["+" + "_" * 990] * 4_000,
            ["+x"] * 100_000,
            ["+" + "a.b(c)[d]{e} select " * 300_000],
            ["+except Exception:"] * 100_000,
            ["-@login_required", "+x = 1"] * 50_000,
            ["-def f():", "-    is_admin(x)"] * 50_000,
        ],
        ids=["calls", "quotes", "names", "short lines", "one line", "handlers", "guards", "guarded functions"],
    )
    def test_takes_time_in_proportion(self, lines: list[str]) -> None:
        hunk = Hunk(1, 1, "", tuple(lines))
        started = time.monotonic()
        review_of(Diff((DiffFile(path="src/a.py", hunks=(hunk,)),)))
        assert time.monotonic() - started < 60


class TestSummary:
    def test_says_what_was_read_and_found(self) -> None:
        told = reviewed(added("src/a.py", "print(1)", "breakpoint()"), Change("b.md", before="a\n", after="b\n"))
        assert told.summary == (
            "Read all 2 changed files, 3 lines added and 1 removed. Found 1 medium, 1 low;"
            " first look at: Breakpoint left in the code."
        )

    def test_says_that_there_is_nothing_to_say(self) -> None:
        assert reviewed(changed("a.md", "a\n", "b\n")).summary == (
            "Read the 1 changed file, 1 lines added and 1 removed. No rule found anything to say."
        )


class TestCoverage:
    def test_says_which_files_nobody_read(self) -> None:
        files = (
            DiffFile("a.png", binary=True),
            DiffFile("lib", mode=SUBMODULE),
            DiffFile("b.py", damaged=True),
            *diff_of(
                added("package-lock.json", "{}"), added("dist/a.js", "x"), added("vendor/a.go", "x"), added("c.md", "x")
            ).files,
        )
        told = review_of(Diff(files)).review
        assert {each.path: each.reason for each in told.coverage.skipped} == {
            "a.png": "binary",
            "lib": "submodule",
            "b.py": "its diff is damaged",
            "package-lock.json": "lock file",
            "dist/a.js": "generated",
            "vendor/a.go": "vendored",
        }
        assert (told.coverage.files, told.coverage.reviewed, told.flags) == (7, 1, ("diff_truncated",))
        assert "Read 1 of 7 changed files" in told.summary

    def test_names_what_is_too_large_and_what_is_over_the_budget(self) -> None:
        lines = ["x = 1"] * 10
        diff = diff_of(added("huge.py", *lines, *lines), *(added(f"src/{number}.py", *lines) for number in range(6)))
        one = diff.files[1].size
        coverage, files = covered(diff, budget=4 * one, largest=one, cost=lambda file: file.size)
        assert [file.path for file in files] == ["src/0.py", "src/1.py", "src/2.py", "src/3.py"]
        assert [(each.path, each.reason) for each in coverage.skipped] == [
            ("huge.py", "too large"),
            ("src/4.py", "over the budget"),
            ("src/5.py", "over the budget"),
        ]
        assert is_partial(coverage, diff)

    def test_is_partial_where_a_file_of_somebody_is_too_large(self) -> None:
        diff = diff_of(added("src/a.py", *["x = 1 " * 160] * 1_100), added("b.md", "x"))
        told = review_of(diff).review
        assert (told.flags, told.coverage.reviewed) == (("diff_truncated",), 1)

    def test_has_renames_and_modes_read(self) -> None:
        told = review_of(Diff((DiffFile("b", previous_path="a", status="renamed"),))).review
        assert (told.coverage.reviewed, told.coverage.skipped) == (1, ())


class TestFiles:
    @pytest.mark.parametrize(
        ("file", "title"),
        [
            (DiffFile("tool.exe", status="added", binary=True), "Compiled program added"),
            (DiffFile(".env", status="added"), "File of environment variables added"),
            (DiffFile("keys/id_rsa", status="added"), "File for keys added"),
            (DiffFile("a/.DS_Store", status="added", binary=True), "File of a tool added"),
            (DiffFile("run.sh", mode=EXECUTABLE, previous_mode="100644"), "File made executable"),
            (DiffFile("lib", mode=SUBMODULE), "Submodule points elsewhere"),
            (DiffFile("etc", status="added", mode="120000"), "Symbolic link added"),
        ],
    )
    def test_are_told_of_by_name_and_mode(self, file: DiffFile, title: str) -> None:
        (finding,) = review_of(Diff((file,))).review.findings
        assert (finding.path, finding.title, finding.start_line) == (file.path, title, 0)

    @pytest.mark.parametrize(
        "file",
        [
            DiffFile("tool.exe", status="removed", binary=True),
            DiffFile("logo.png", status="added", binary=True),
            DiffFile(".env.example", status="added"),
            DiffFile("run.sh", status="added", mode=EXECUTABLE),
            DiffFile("run.sh", mode=EXECUTABLE, previous_mode=EXECUTABLE),
            DiffFile("tests/data/key.pem", status="added"),
        ],
        ids=lambda file: file.path,
    )
    def test_that_are_ordinary_are_not(self, file: DiffFile) -> None:
        assert not review_of(Diff((file,))).review.findings

    def test_that_are_very_long_are_told_of(self) -> None:
        assert found(added("src/data.py", *["x = 1"] * 2_100), title="Very long file")


class TestSecrets:
    def test_never_stand_in_a_review(self) -> None:
        """300 of them, in the middle of code that other rules quote."""
        for secret in seeded_secrets(20260403):
            told = review_of(diff_of(added("src/settings.py", "breakpoint()", *secret.text.split("\n"), "print(x)")))
            said = told.model_dump_json() + as_markdown(told.review, marker="run", model="")
            assert not secret.survivors(said), secret.kind
            assert "secret_redacted" in told.review.flags
            assert any(each.title.startswith("Secret in the diff") for each in told.review.findings), secret.kind

    @MANY
    @given(
        SECRETS,
        st.sampled_from(["print({})", "x = eval({})  # TODO {}", "sql = f'select * from {} where {{x}}'", "{}"]),
    )
    def test_never_stand_in_what_a_rule_quotes(self, secret: SeededSecret, form: str) -> None:
        line = form.replace("{}", secret.text.replace("\n", "\\n"))
        told = review_of(diff_of(added("src/settings.py", line)))
        assert not secret.survivors(told.model_dump_json())

    def test_never_stand_in_the_name_of_a_file(self) -> None:
        for secret in (each for each in seeded_secrets(20260404) if not {"\n", "/"} & set(each.text)):
            told = review_of(Diff((DiffFile(f"node_modules/{secret.text}", status="added", binary=True),)))
            assert not secret.survivors(told.model_dump_json()), secret.kind

    def test_are_told_of_by_kind_and_line(self) -> None:
        secret = next(each for each in seeded_secrets(1) if each.kind == "github_token")
        (finding,) = found(added("src/a.py", "x = 1", f'token = "{secret.text}"'), title="Secret")
        assert (finding.path, finding.start_line, finding.severity) == ("src/a.py", 2, "high")
        assert finding.title == "Secret in the diff: github token"
        (finding,) = found(added("tests/test_a.py", f'token = "{secret.text}"'), title="Secret")
        assert finding.severity == "low"


class TestInjections:
    @pytest.mark.parametrize("injection", INJECTIONS, ids=lambda each: f"{each.technique}, {each.carrier}")
    def test_change_nothing_but_what_is_quoted(self, injection: Injection) -> None:
        told = review_of(diff_from(injection.pull.files))
        rest = as_markdown(told.review, marker="run", model="").partition("\n")[2]
        assert not ACTIVE.search(rest), ACTIVE.search(rest)
        assert told.reviewed_by.provider == "offline"
        assert set(told.review.model_dump(by_alias=True)) == set(Review.model_fields)
        assert not STRANGERS.keys() & (set(Review.model_fields) - {"flags"})


class TestGiven:
    def test_pull_requests_are_read_in_a_second_with_few_findings(self) -> None:
        data = trials("the given pull requests by the offline reviewer")
        if data is None:
            return
        for folder in sorted(each for each in (data / "prs").iterdir() if each.is_dir()):
            diff = parse((folder / "pull.diff").read_bytes())
            started = time.monotonic()
            told = review_of(diff).review
            assert time.monotonic() - started < 10
            assert (told.dropped, told.coverage.files) == (0, len(diff.files))
            assert len(told.findings) <= 6, (folder.name, told.findings)
            assert not [each for each in told.findings if each.title.startswith("Secret")], folder.name
