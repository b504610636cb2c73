"""What the offline writer makes of bodies, commits and patches."""

import pytest

from functions.asset_generator import offline
from functions.asset_generator.offline import areas, effects, patches, statements
from functions.asset_generator.offline.effects import Effect
from functions.asset_generator.offline.statements import Statement
from shared.domain.asset_card import CardText
from shared.domain.path_groups import group_of
from shared.domain.pull_request import Account, PullRequest
from shared.domain.redaction import MARKER
from tests.unit.test_offline_writer_samples import SAMPLES, file, pull

SOURCE = file("src/parser/read.py", "-x = 0", "+x = 1")


def card(pull_request: PullRequest) -> CardText:
    return offline.write(pull_request).text


def description_of(body: str, title: str = "Fix the parser") -> str:
    return card(pull(title, SOURCE, body=body)).description


def claims_of(pull_request: PullRequest) -> dict[str, list[str]]:
    return {claim.text: [each.quote for each in claim.evidence] for claim in card(pull_request).claims}


class TestKinds:
    @pytest.mark.parametrize(
        ("sample", "beginning"),
        [
            ("feature", "New feature in the cart package with tests and the changelog: 3 files, 6 additions."),
            ("fix", "Bug fix in the tax crate with tests: 2 files, 2 additions and 1 deletion."),
            ("security", "Security fix in the server package with tests:"),
            ("performance", "Performance work in the matcher code:"),
            ("revert", "Revert of work on the cart package: 1 file, 1 deletion."),
            ("dependency", "Dependency update in the package manifest and the lock file:"),
            ("action", "Dependency update in the CI configuration:"),
            ("lock file", "Lock file change: 1 file."),
            ("move", "Moved 4 files from shop to src/shop. Restructuring of the shop package"),
            ("typo", "Typo fix in documentation:"),
            ("nothing but typo", "Typo fix in documentation:"),
            ("encoding", "Text encoding conversion of the files in messages:"),
            ("formatting", "Formatting change in cart.ts:"),
            ("images", "Image update: 2 files."),
            ("binary", "Update of binary files: 2 files."),
            ("ci", "CI change: 1 file, 1 addition and 1 deletion."),
            ("documentation", "Documentation change: 1 file, 3 additions."),
            ("tests", "Test change: 1 file, 2 additions."),
            ("removal", "Work on the importer package with tests: 2 files, 2 deletions."),
            ("japanese feature", "orders パッケージにおける機能の追加(テストを含む)。2 ファイル、2 行追加。"),
            ("japanese fix", "login.ts における不具合の修正。1 ファイル、1 行追加、1 行削除。"),
            ("japanese performance", "batch のコードにおける性能の改善。"),
            ("japanese revert", "stock パッケージにおける変更の取り消し。"),
            ("japanese dependency", "パッケージ定義における依存関係の更新。"),
            ("japanese documentation", "README におけるドキュメントの変更。"),
        ],
    )
    def test_are_told_as_what_they_are(self, sample: str, beginning: str) -> None:
        assert beginning in card(SAMPLES[sample]).description

    @pytest.mark.parametrize(
        ("sample", "claim", "quotes"),
        [
            ("revert", "Reverted commit 01ab456.", ["This reverts commit 01ab456789abcdef0123456789abcdef01234567"]),
            (
                "dependency",
                "Changed left-pad from ^1.2.0 to ^1.3.0 in package.json.",
                ['"left-pad": "^1.3.0",', '"left-pad": "^1.2.0",'],
            ),
            ("encoding", "Converted messages/greetings.txt to UTF-8.", ["messages/greetings.txt"]),
            ("ci", "Changed the CI configuration in .github/workflows/test.yml.", [".github/workflows/test.yml"]),
            (
                "command line",
                "Added the command line option --json.",
                ['parser.add_argument("--json", action="store_true")'],
            ),
            (
                "command line",
                "Made cli/settings.py read the environment variable EXPORT_LIMIT.",
                ['LIMIT = os.getenv("EXPORT_LIMIT")'],
            ),
            ("fix", "Added the test rounds_half_up in tests/rounding.rs.", ["fn rounds_half_up() {"]),
            (
                "documentation",
                "Added the section “Creating a test account” to docs/sandbox.md.",
                ["## Creating a test account"],
            ),
            ("feature", "Product prices are read once for each cart.", ["Product prices are read once for each cart."]),
            (
                "assisted",
                "AI-assisted: a commit names Claude as co-author.",
                ["Co-authored-by: Claude <noreply@example.org>"],
            ),
            ("japanese dependency", "package.json で left-pad を ^1.2.0 から ^1.3.0 に変更した。", None),
            ("japanese documentation", "README.md に「セットアップ手順」の節を追加した。", ["## セットアップ手順"]),
        ],
    )
    def test_are_proved_by_their_lines(self, sample: str, claim: str, quotes: list[str] | None) -> None:
        found = claims_of(SAMPLES[sample])
        assert claim in found
        assert quotes is None or found[claim] == quotes


class TestDescriptions:
    def test_leave_out_what_speaks_to_reviewers(self) -> None:
        body = (
            "## Why\n\nFiles without an end mark were read twice.\n\n## How to test\n\nRun the parser on a file.\n\n"
            "## Checklist\n\n- [x] I added tests\n- [ ] Docs\n\nPlease review soon! @somebody what do you think?"
        )
        assert description_of(body) == (
            "Files without an end mark were read twice. "
            "Bug fix in the parser package: 1 file, 1 addition and 1 deletion."
        )

    @pytest.mark.parametrize(
        "noise",
        [
            "<!-- Describe your change because we need it -->",
            "```\nthis failed because of that\n```",
            "> It failed because of that.",
            "| it failed | because |\n|--|--|",
            "Fixes #12",
            "I think it failed because of that.",
            "A clear and concise description, because reviewers need it.",
            "Make sure that all boxes are ticked because of that.",
            "Signed-off-by: Somebody because of that",
            "<details>\nIt failed because of that.\n</details>",
        ],
    )
    def test_leave_out_what_is_no_statement(self, noise: str) -> None:
        assert "because" not in description_of(noise)

    def test_unwrap_lines_and_lose_markup(self) -> None:
        body = (
            "The **parser** read [empty lines](https://example.org/x)\r\nas `None`, because nobody stripped them (#3)."
        )
        assert description_of(body).startswith("The parser read empty lines as None, because nobody stripped them.")

    def test_read_labels_as_headings(self) -> None:
        body = (
            "**What:** Empty lines are skipped.\n\n**Testing:** By hand.\n\n**Why:** They crashed it on small machines."
        )
        assert description_of(body).startswith("Empty lines are skipped. They crashed it on small machines. Bug fix")

    def test_do_not_say_the_title_again(self) -> None:
        assert description_of("Fixes the parser.").startswith("Bug fix in the parser package")

    def test_list_the_items_of_a_body_without_sentences(self) -> None:
        written = description_of(
            "- Add a cache for tokens\n- Skip comments in headers\n- Update docs", "Improve the parser"
        )
        assert written.startswith("Added a cache for tokens. Skipped comments in headers. Work on")

    def test_fall_back_on_the_steps_of_the_author(self) -> None:
        other = Account(id=8, login="another-author")
        others = ("Rename all of the variables", other)
        commits: list[str | tuple[str, Account]] = ["Skip comments in headers", "fix lint", others]
        written = card(pull("Improve the parser", SOURCE, commits=commits)).description
        assert written.startswith("Skipped comments in headers. Work on the parser package")

    def test_never_repeat_a_secret_s_place(self) -> None:
        body = f"The key {MARKER} was printed, because the logger shows headers."
        text = card(pull("Hide headers in logs", file("a/log.py", f"+KEY = '{MARKER}'"), body=body, redacted=True))
        assert MARKER not in text.model_dump_json()

    @pytest.mark.parametrize("title", [f"Rotate the {MARKER} token", f"{MARKER}", f"Fix {MARKER}…"])
    def test_and_titles_never_show_one_either(self, title: str) -> None:
        text = card(pull(title, SOURCE, commits=[title, f"{title}\n\nBecause {MARKER} was printed."], redacted=True))
        assert MARKER not in text.model_dump_json()
        assert text.claims

    def test_are_in_the_language_of_the_body(self) -> None:
        assert "ファイル" in card(SAMPLES["japanese body"]).description


class TestImpact:
    @pytest.mark.parametrize(
        ("body", "impact"),
        [
            ("Start-up falls from 2.1 s to 300 ms.", "Start-up falls from 2.1 s to 300 ms."),
            ("The image shrinks by 40%.", "The image shrinks by 40%."),
            ("This prevents duplicate orders.", "Prevented duplicate orders."),
            ("処理時間を12秒から3秒に短縮しました。", "処理時間を12秒から3秒に短縮した。"),
        ],
    )
    def test_is_what_the_author_measured_or_states(self, body: str, impact: str) -> None:
        assert card(pull("Improve the importer", SOURCE, body=body)).impact == impact

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "Supports version 3.4 since 2024, see #500.",
            "The timeout is 30 s by default.",
            "A bug prevents users from signing in.",
            "It alerts when more than 1000 messages wait.",
            "There is no measurable difference at 30 ms.",
            "The old page exists no longer.",
            "Removes 5 files and 3 tests.",
        ],
    )
    def test_is_empty_where_nothing_was_brought_about(self, body: str) -> None:
        assert card(pull("Improve the importer", SOURCE, body=body)).impact == ""

    def test_may_stand_in_a_comment_when_it_is_measured(self) -> None:
        source = file(
            "src/start/start.go", "+\t// Skip the index. This saves 30-40ms at the", "+\t// start of the program."
        )
        written = card(pull("Speed up the start", source))
        assert written.impact == "Saved 30-40ms at the start of the program."
        quotes = claims_of(pull("Speed up the start", source))[written.impact]
        assert quotes == ["This saves 30-40ms at the", "start of the program."]

    def test_lists_what_a_message_gives_file_by_file(self) -> None:
        assert card(SAMPLES["images"]).impact == "The commit lists 64.21% for banner.png and 18.3% for logo.png."

    def test_prefers_numbers(self) -> None:
        told = [Statement(text, "body", "body", (text,)) for text in ("It prevents loss.", "It saves 3 s.")]
        strongest = effects.strongest(told, [], measures=False)
        assert isinstance(strongest, Effect)
        assert strongest.text == "Saved 3 s."


class TestSkills:
    def test_order_languages_by_changed_lines(self) -> None:
        changed = pull(
            "Add a page",
            file("web/page.ts", *["+x"] * 30),
            file("api/page.go", *["+x"] * 60),
            file("vendor/lib/x.rb", *["+x"] * 900),
            file("dist/app.min.js", *["+x"] * 900),
        )
        assert card(changed).skills[:2] == ("Go", "TypeScript")
        assert not {"Ruby", "JavaScript"} & set(card(changed).skills)

    def test_name_only_dependency_management_for_a_lock_file(self) -> None:
        assert card(pull("Refresh lock file", file("Cargo.lock", *["+x"] * 900))).skills == ("Dependency management",)

    def test_are_in_the_card_s_language(self) -> None:
        assert "テスト" in card(SAMPLES["japanese feature"]).skills


class TestAreas:
    @pytest.mark.parametrize(
        ("paths", "named"),
        [
            (["crates/matcher/src/glob.rs"], "the matcher crate"),
            (["src/shop/cart.py", "src/shop/tax/rules.py"], "the shop package"),
            (["pkg/cmd/export/export.go", "pkg/cmd/export/csv.go"], "the export command"),
            (["packages/web/src/a.ts"], "the web package"),
            (["run.py"], "run.py"),
            (["src/a.c", "src/b.c"], "the main source code"),
            (["game/levels/one.lvl", "game/levels/two.lvl"], "the files in game/levels"),
        ],
    )
    def test_are_named_in_words(self, paths: list[str], named: str) -> None:
        assert [area.english for area in areas.source_areas([file(path, "+x") for path in paths])] == [named]

    @pytest.mark.parametrize(
        ("path", "group"),
        [
            ("tests/test_a.py", "tests"),
            ("web/page.spec.ts", "tests"),
            ("docs/guide.md", "documentation"),
            ("editor/doc/buffer.cpp", "source"),
            ("internal/build/build.go", "source"),
            ("build/app.js", "generated"),
            ("NEWS.rst", "changelog"),
            (".github/workflows/a.yml", "ci"),
            ("poetry.lock", "lock"),
            ("third_party/zlib/inflate.c", "vendored"),
        ],
    )
    def test_tell_parts_apart(self, path: str, group: str) -> None:
        assert group_of(path) == group


class TestMoves:
    def test_are_counted_when_all_go_the_same_way(self) -> None:
        moved = [file(f"lib/{name}.py", status="renamed", previous=f"shop/{name}.py") for name in "abcd"]
        assert "Moved 4 files from shop to lib." in claims_of(pull("Move the shop", *moved))

    def test_are_not_counted_when_some_go_elsewhere(self) -> None:
        moved = [file(f"lib/{name}.py", status="renamed", previous=f"shop/{name}.py") for name in "abc"]
        other = file("docs/guide.md", status="renamed", previous="guide.md")
        assert "Moved files from shop to lib." in claims_of(pull("Move the shop", *moved, other))

    def test_may_sort_a_folder_s_files_into_its_own_folders(self) -> None:
        moved = [file(f"core/{to}/{to}.c", status="renamed", previous=f"core/{to}.c") for to in ("io", "net", "ui")]
        written = card(pull("Tidy up core", *moved)).description
        assert written.startswith("Moved 3 files from core into its folders, among them io, net and ui.")

    def test_may_be_a_new_name(self) -> None:
        renamed = file("docs/SECURITY.md", status="renamed", previous="docs/Security.md")
        assert "Renamed Security.md to SECURITY.md." in claims_of(pull("Rename it", renamed))


class TestPatches:
    def test_name_only_what_is_new(self) -> None:
        changed = file("tests/test_a.py", "-def test_old(x):", "+def test_old():", "+def test_new():")
        assert [fact.name for fact in patches.tests(changed)] == ["test_new"]

    @pytest.mark.parametrize(
        ("path", "line", "name"),
        [
            ("a_test.go", "func TestReads(t *testing.T) {", "TestReads"),
            ("a.test.ts", '  it("reads a file", () => {', "reads a file"),
            ("a_spec.rb", '  it "reads a file" do', "reads a file"),
            ("a_test.cc", "TEST(Reader, ReadsFile) {", "Reader, ReadsFile"),
            ("ATest.java", "    void readsFile() {", "readsFile"),
        ],
    )
    def test_find_tests_of_many_languages(self, path: str, line: str, name: str) -> None:
        assert [fact.name for fact in patches.tests(file(path, f"+{line}"))] == [name]

    def test_quote_no_broken_or_endless_line(self) -> None:
        changed = file("tests/test_a.py", "+def test_\ufffd():", f"+def test_{'x' * 300}():")
        assert patches.tests(changed) == ()

    def test_pair_versions(self) -> None:
        changed = file(
            "go.mod", "-\texample.org/tool v1.2.0", "+\texample.org/tool v1.3.0", "+\texample.org/new v0.1.0"
        )
        found = [(each.name, each.before, each.version) for each in patches.requirements(changed)]
        assert found == [("example.org/tool", "v1.2.0", "v1.3.0"), ("example.org/new", "", "v0.1.0")]


class TestStatements:
    def test_quote_the_source_as_it_stands(self) -> None:
        raw = "The **parser** failed\non empty lines. It works now, because they are skipped."
        found = statements.read("body", "body", raw)
        assert [each.text for each in found] == [
            "The parser failed on empty lines.",
            "It works now, because they are skipped.",
        ]
        assert all(quote in raw for each in found for quote in each.quotes)

    def test_leave_a_commit_message_s_brackets(self) -> None:
        found = statements.read("commit", "a" * 40, 'Plugins call scope["token"]() with <a> tags directly.')
        assert [each.text for each in found] == ['Plugins call scope["token"]() with <a> tags directly.']

    @pytest.mark.parametrize(
        ("message", "name"),
        [
            ("x\n\nCo-Authored-By: Claude Opus 4 <noreply@example.org>", "Claude Opus 4"),
            ("x\n\nCo-authored-by: GitHub Copilot <copilot@example.org>", "GitHub Copilot"),
            ("🤖 Generated with [Claude Code](https://example.org)", "Claude Code"),
        ],
    )
    def test_know_assistants(self, message: str, name: str) -> None:
        found = statements.assistant(message)
        assert found is not None
        assert found[0] == name

    @pytest.mark.parametrize(
        "message", ["x\n\nCo-authored-by: Claudia Cursorius <c@example.org>", "Add Claude to the list of models", ""]
    )
    def test_do_not_take_people_or_topics_for_assistants(self, message: str) -> None:
        assert statements.assistant(message) is None
