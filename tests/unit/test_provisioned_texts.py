"""Do a repository's texts say what was approved, in spec-kit's form, and do a user's words nothing in them?"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from functions.provisioner.constitution import constitution
from functions.provisioner.constraints import rules
from functions.provisioner.prose import markdown, slug, statements, title
from functions.provisioner.specification import folder, specification
from functions.provisioner.speckit import AGENTS, SpeckitError, scaffold
from functions.provisioner.tree import commit_message, tree
from tests.blueprints import BLUEPRINT, blueprint, hostile, texts
from tests.portfolios import HOSTILE, hidden_characters

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BARE = re.compile(r"[a-z]://[^\s/]|\bwww\.\S|@\w", re.IGNORECASE)
ALIVE = {"html_block", "html_inline", "image", "code_block", "blockquote_open", "hr", "s_open"}
FORM = {
    "em_open",
    "heading_open",
    "list_item_open",
    "bullet_list_open",
    "ordered_list_open",
    "link_open",
    "fence",
    "table_open",
}
HOME = "https://github.com/github/spec-kit"
OUR_LINKS = re.compile(rf"{HOME}|\.specify/memory/constitution\.md|specs/001-[a-z0-9-]+/spec\.md")
OURS = {"README.md", ".specify/memory/constitution.md"}
KEY = "AKIA" + "IOSFODNN7EXAMPLQ"
FRONT_MATTER = "---\ntitle: x\n---\n${{ secrets.GITHUB_TOKEN }} {{ 7*7 }} $(id) `id`"
SAID = {
    **HOSTILE,
    "front matter and expressions": FRONT_MATTER,
    "a placeholder": "[PROJECT_NAME] $goal $ARGUMENTS [DATE]",
}
said = pytest.mark.parametrize("words", SAID.values(), ids=SAID.keys())


def tokens(text: str) -> Iterator[Token]:
    """Every token, those inside of others too."""
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def form(text: str) -> Counter[str]:
    """How many there are of each part of its structure."""
    return Counter(token.type for token in tokens(text) if token.type in FORM)


def prose(text: str) -> str:
    """What a reader sees as text, code apart."""
    return " ".join(token.content for token in tokens(text) if token.type in {"text", "text_special"})


def headings(text: str) -> list[str]:
    """Its headings, in order."""
    found = PARSER.parse(text)
    return [found[at + 1].content for at, token in enumerate(found) if token.type == "heading_open"]


def template(name: str) -> str:
    """One of the command's templates."""
    files = {file.path: file.content.decode() for file in scaffold(None, BLUEPRINT.created_at)}
    return files[f".specify/templates/{name}-template.md"]


def check_is_dead(text: str) -> None:
    """Whether the marks are ours, and so is every address."""
    found = list(tokens(text))
    assert not {token.type for token in found} & ALIVE
    hrefs = {str(token.attrs["href"]) for token in found if token.type == "link_open"}
    assert not {href for href in hrefs if not OUR_LINKS.fullmatch(href)}
    assert not BARE.search(prose(text).replace(HOME, ""))
    assert hidden_characters(text) == set()


class TestHostileWords:
    @said
    def test_are_text(self, words: str) -> None:
        for text in texts(hostile(words)).values():
            check_is_dead(text)

    @said
    def test_do_not_change_the_form(self, words: str) -> None:
        """But for the number of their own paragraphs and statements."""
        plain, ours = texts(hostile("Plain words")), texts(hostile(words))
        for name in plain:
            assert len(headings(ours[name])) == len(headings(plain[name])), name
            kept = FORM - {"list_item_open", "bullet_list_open"}
            before, after = form(plain[name]), form(ours[name])
            assert {each: before[each] for each in kept} == {each: after[each] for each in kept}, name

    @said
    def test_reach_no_other_file_and_no_name_of_one(self, words: str) -> None:
        for agent in (None, *AGENTS):
            made = {file.path: file for file in scaffold(agent, BLUEPRINT.created_at)}
            files = tree(hostile(words).__class__(**{**vars(hostile(words)), "agent": agent}))
            changed = {file.path for file in files if made.get(file.path) != file}
            (specified,) = changed - OURS
            assert changed >= OURS
            assert re.fullmatch(r"specs/001-[a-z0-9]+(-[a-z0-9]+)*/spec\.md", specified)
            assert len(specified) < 70
            assert len({file.path.lower() for file in files}) == len(files)

    @settings(deadline=None, max_examples=60)
    @given(st.text(max_size=200) | st.text("ab-#*`[]()<>!\\\n $&@:/{}_~|1.)\t", max_size=80))
    def test_of_any_kind_are_text(self, words: str) -> None:
        for text in texts(hostile(words)).values():
            check_is_dead(text)
            assert not text.startswith(("---", "+++"))

    @said
    def test_stay_out_of_the_commit(self, words: str) -> None:
        assert commit_message(hostile(words)) == commit_message(BLUEPRINT)

    def test_that_are_secret_are_told_nowhere(self) -> None:
        made = blueprint(
            goal=f"Rotate {KEY} at once",
            success=f"{KEY} is gone",
            constraints=json.dumps({"password": "hunter2-hunter2", KEY: [KEY]}),
        )
        told = "".join(file.path + file.content.decode() for file in tree(made))
        assert KEY.lower() not in told.lower()
        assert "hunter2" not in told

    def test_that_are_very_long_are_told_whole(self) -> None:
        goal = " ".join(f"word{number}" for number in range(1500))
        made = texts(blueprint(goal=goal))
        assert goal in made["README.md"]
        assert made["spec.md"].count("word1499") >= 3
        assert len(headings(made["spec.md"])[0]) < 110


class TestTree:
    @settings(deadline=None, max_examples=25)
    @given(
        goal=st.text(min_size=1, max_size=300),
        success=st.text(min_size=1, max_size=300),
        agent=st.sampled_from([None, *AGENTS]),
    )
    def test_is_the_same_for_the_same_blueprint(self, goal: str, success: str, agent: str | None) -> None:
        asked = blueprint(goal=goal, success=success, agent=agent)
        assert tree(asked) == tree(blueprint(goal=goal, success=success, agent=agent))

    def test_is_in_the_order_of_its_paths(self) -> None:
        paths = [file.path for file in tree(BLUEPRINT)]
        assert paths == sorted(paths)
        assert len(paths) == 22

    def test_is_text_that_ends_its_lines_as_git_does(self) -> None:
        for agent in (None, *AGENTS):
            for file in tree(blueprint(agent=agent)):
                assert b"\r" not in file.content, file.path
                assert b"\0" not in file.content, file.path
                assert file.content.decode()


class TestCommitMessage:
    def test_has_trailers_that_git_reads(self) -> None:
        message = commit_message(BLUEPRINT)
        command = ["git", "interpret-trailers", "--parse"]
        done = subprocess.run(command, input=message, text=True, capture_output=True, check=True)
        assert done.stdout.splitlines() == [
            "WorkLog-Job: job-1",
            "WorkLog-Intent: intent-1",
            "WorkLog-Approval: approval-1",
            "Spec-Kit-Version: 1.2.3",
        ]
        subject, empty, *_ = message.split("\n")
        assert (len(subject) <= 72, empty) == (True, "")


class TestConstitution:
    def test_has_no_placeholder_left(self) -> None:
        text = texts(BLUEPRINT)["constitution.md"]
        assert not re.search(r"\[[A-Z0-9_]+\]|<!--|TODO|\$[a-z]", text)
        asked = [line for line in template("constitution").splitlines() if line.startswith("#") and "[" not in line]
        assert asked
        assert [line for line in text.splitlines() if line in asked] == asked
        assert text.endswith("**Version**: 1.0.0 | **Ratified**: 2026-01-02 | **Last Amended**: 2026-01-02\n")

    def test_holds_the_constraints_and_what_success_is(self) -> None:
        text = texts(BLUEPRINT)["constitution.md"]
        for rule in rules(BLUEPRINT.constraints):
            assert f"- {rule}\n" in text
        for outcome in statements(BLUEPRINT.success):
            assert f"- {outcome}\n" in text
        assert "`intent-1`" in text
        assert "`approval-1`" in text

    def test_without_constraints_says_so(self) -> None:
        for none in ("{}", "[]"):
            assert "states none beyond its goal" in texts(blueprint(constraints=none))["constitution.md"]

    def test_of_another_template_is_refused(self) -> None:
        with pytest.raises(SpeckitError):
            constitution("# [PROJECT_NAME]\n\n[SOMETHING_NEW]\n", BLUEPRINT)


class TestSpecification:
    def test_has_the_sections_of_the_template(self) -> None:
        sections = [line for line in template("spec").splitlines() if line.startswith("## ")]
        text = texts(BLUEPRINT)["spec.md"]
        assert [line for line in text.splitlines() if line.startswith("## ")] == sections

    def test_leaves_no_placeholder_but_its_questions(self) -> None:
        text = texts(BLUEPRINT)["spec.md"]
        questions = re.findall(r"\[NEEDS CLARIFICATION: [^\]]+\?[^\]]*\]", text)
        assert 1 <= len(questions) <= 3
        for question in questions:
            text = text.replace(question, "")
        assert "[" not in text
        assert "$ARGUMENTS" not in text

    def test_asks_no_more_than_three_things(self) -> None:
        success = " ".join(f"Courier number {word} likes it." for word in ["one", "two", "three", "four", "five"])
        text = texts(blueprint(success=success))["spec.md"]
        assert text.count("NEEDS CLARIFICATION") == 3

    def test_numbers_requirements_and_outcomes(self) -> None:
        text = texts(BLUEPRINT)["spec.md"]
        goals, limits, outcomes = (
            statements(BLUEPRINT.goal),
            rules(BLUEPRINT.constraints),
            statements(BLUEPRINT.success),
        )
        for number, told in enumerate((*goals, *limits), 1):
            assert re.search(rf"^- \*\*FR-{number:03}\*\*: .*{re.escape(told)}$", text, re.MULTILINE)
        for number, told in enumerate(outcomes, 1):
            assert f"- **SC-{number:03}**: {told}" in text
            assert f"{number}. **Given** " in text
        assert f"FR-{len(goals) + len(limits) + 1:03}" not in text

    @pytest.mark.parametrize("change", ["## Another\n\n", "## Risks *(optional)*\n"])
    def test_of_another_template_is_refused(self, change: str) -> None:
        with pytest.raises(SpeckitError):
            specification(template("spec") + change, BLUEPRINT)


class TestReadme:
    @pytest.mark.parametrize(
        ("agent", "command"),
        [
            ("claude", "/speckit-plan"),
            ("codex", "$speckit-plan"),
            ("copilot", "/speckit-plan"),
            ("gemini", "/speckit.plan"),
        ],
    )
    def test_names_the_commands_of_the_agent(self, agent: str, command: str) -> None:
        text = texts(blueprint(agent=agent))["README.md"]
        assert f"`{command}`" in text
        assert "integration switch" not in text

    def test_says_how_to_choose_an_agent(self) -> None:
        assert "specify integration switch claude" in texts(BLUEPRINT)["README.md"]

    def test_leads_to_files_that_are_there(self) -> None:
        paths = {file.path for file in tree(BLUEPRINT)}
        links = [
            str(token.attrs["href"]) for token in tokens(texts(BLUEPRINT)["README.md"]) if token.type == "link_open"
        ]
        assert {link for link in links if not link.startswith("https:")} <= paths


class TestSlug:
    @pytest.mark.parametrize(
        ("goal", "expected"),
        [
            ("Tell couriers which parcels will be late.", "tell-couriers-parcels-late"),
            ("Build an API for the depots", "api-depots"),
            ("Créer une carte des dépôts", "creer-une-carte-des"),
            ("配送の遅れを地図で見せる API を作る", "parcel-alerts"),
            ("Показать посылки", "parcel-alerts"),
            ("../../etc/passwd", "etc-passwd"),
            ("!!!", "parcel-alerts"),
        ],
    )
    def test_is_made_of_the_words_of_the_goal(self, goal: str, expected: str) -> None:
        assert folder(blueprint(goal=goal)) == f"specs/001-{expected}"

    def test_is_there_even_where_nothing_has_words(self) -> None:
        assert slug("配送の遅れ", otherwise="---") == "first-feature"


class TestProse:
    def test_keeps_paragraphs_and_items(self) -> None:
        text = "# One\n\ntwo\nthree:\n- four\n* [x] five\n6. six\n\nseven"
        assert markdown(text) == "One\n\ntwo three:\n\n- four\n- five\n- six\n\nseven"

    def test_states_an_item_after_what_leads_to_it(self) -> None:
        assert statements("It lists:\n- late parcels\n- couriers\n\nSo:\n\nfast. Always") == (
            "It lists: late parcels",
            "It lists: couriers",
            "So:",
            "fast",
            "Always",
        )

    @pytest.mark.parametrize("words", ["!!!", "😀", "100 %"])
    def test_states_something_always(self, words: str) -> None:
        assert len(statements(words)) == 1
        assert title(words)


class TestRules:
    def test_tell_each_value_under_its_names(self) -> None:
        assert rules(BLUEPRINT.constraints) == (
            "**Must not**: store names of customers",
            "**Must not**: call a scanner more than once a minute",
            "**Language**: Python 3.11",
            "**Budget, max cpu**: 2",
            "**Budget, monthly euro**: 40.5",
            "**Offline**: yes",
            "**Network**: no",
            "**Until**: none",
        )

    def test_of_a_list_are_its_items(self) -> None:
        assert rules('["Keep no names", ["Be quick", "Be quick"], {}, ""]') == ("Keep no names", "Be quick")

    def test_of_very_many_end_in_how_many_there_are(self) -> None:
        found = rules(json.dumps([f"Rule {number}" for number in range(250)]))
        assert (len(found), found[98], found[99]) == (100, "Rule 98", "151 more, which the intent has")

    def test_of_great_depth_are_told(self) -> None:
        deep = "[" * 30 + '{"a": "b"}' + "]" * 30
        assert rules(deep) == ("**A**: b",)
