"""The export as a client meets it: all of a selection or nothing, as JSON or as a file, without private names."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.domain.ids import derived_id
from shared.domain.repository import Repository
from tests.api import HEADERS, Person
from tests.cards import NOON, a_card, put
from tests.deployment import Deployment

PATH = "/api/export"
ABSENT = "0123456789abcdef0123456789abcdef01234567"
OUTPUTS = {
    ("readme", "markdown"): ("text/markdown", "readme.md"),
    ("resume", "json"): ("application/resume+json", "resume.json"),
    ("resume", "markdown"): ("text/markdown", "resume.md"),
    ("resume", "html"): ("text/html", "resume.html"),
    ("resume", "rendercv"): ("application/yaml", "rendercv.yaml"),
}
PROFILE = {"name": "Zoë Sample", "label": "Engineer", "url": "https://zoe.sample.org", "location": "Malmö"}


class Library:
    """Ann's cards, and how she exports them."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.ann = Person(deployment, "ann")
        self.ids = [
            put(deployment, a_card("ann", number, hours=number, status=status))
            for number, status in ((1, "approved"), (2, "edited"), (3, "edited"))
        ]

    def export(self, *ids: str, accept: str = "", **fields: Any) -> TestResponse:  # noqa: ANN401  # any body
        """The answer to a request for these cards, for all of hers without any."""
        body = {"format": "resume", "assetIds": list(ids or self.ids), **fields}
        return self.ann.post(PATH, body, headers={"Accept": accept} if accept else {})


@pytest.fixture(scope="module")
def library(standing: Deployment) -> Library:
    """A library that no test changes."""
    return Library(standing)


def refused(answered: TestResponse, field: str) -> Mapping[str, Any]:
    """Assert that nothing was made, because of this field; returns the problem."""
    problem: Mapping[str, Any] = answered.get_json()
    assert (answered.status_code, [each["field"] for each in problem["errors"]]) == (400, [field])
    return problem


class TestSelection:
    """All of the cards or none: a foreign, an absent and an undecided card are refused in the same bytes."""

    def test_with_one_wrong_card_is_refused_as_a_whole(self, library: Library) -> None:
        wrong = [
            put(library.deployment, a_card("ben", 1, status="approved")),
            *(put(library.deployment, a_card("ann", 20 + place, status=status)) for place, status in enumerate(OPEN)),
            ABSENT,
            *("a/b", "..", "__all__", "é", "x" * 128, "a.b", " ", "\u202e"),
        ]
        formats = ("readme", "resume")
        answers = [library.export(library.ids[0], each, format=format_) for each in wrong for format_ in formats]
        assert {answered.data for answered in answers} == {answers[0].data}
        assert {tuple(answered.headers) for answered in answers} == {tuple(answers[0].headers)}
        assert refused(answers[0], "assetIds")["code"] == "invalid_selection"

    def test_of_nothing_too_much_or_a_card_twice_is_refused(self, library: Library) -> None:
        first = library.ids[0]
        for ids in ([], [first, first], [f"{number:040}" for number in range(201)]):
            answered = library.ann.post(PATH, {"format": "readme", "assetIds": ids})
            assert refused(answered, "assetIds")["code"] == "invalid_input"

    @pytest.mark.parametrize("ids", [None, "x", {}, [1], [None], [["a"]], [""], ["x" * 129]])
    def test_of_something_else_is_refused(self, library: Library, ids: object) -> None:
        answered = library.ann.post(PATH, {"format": "readme", "assetIds": ids})
        assert answered.status_code == 400

    def test_of_200_is_taken(self, deployment: Deployment) -> None:
        ids = [put(deployment, a_card("ann", number, status="edited")) for number in range(1, 201)]
        answered = Person(deployment, "ann").post(PATH, {"format": "resume", "assetIds": ids})
        assert answered.status_code == 200
        assert len(json.loads(answered.get_json()["content"])["projects"][0]["highlights"]) == 200

    def test_changes_nothing(self, library: Library) -> None:
        before = library.deployment.everything()
        assert library.export().status_code == 200
        assert library.export(ABSENT).status_code == 400
        assert library.deployment.everything() == before


OPEN = ("pending", "flagged", "rejected")


class TestRequest:
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"format": "pdf"}, "format"),
            ({"format": None}, "format"),
            ({"output": "pdf"}, "output"),
            ({"redactPrivate": "true"}, "redactPrivate"),
            ({"redactPrivate": 1}, "redactPrivate"),
            ({"profile": None}, "profile"),
            ({"profile": "Ann"}, "profile"),
            ({"profile": {"email": "a@b.c"}}, "profile.email"),
            ({"profile": {"name": "\u200b\u202e"}}, "profile.name"),
            ({"profile": {"name": "x" * 101}}, "profile.name"),
            ({"profile": {"summary": "x" * 2001}}, "profile.summary"),
            *(
                ({"profile": {"url": url}}, "profile.url")
                for url in (
                    *(
                        "http://ann.sample.org",
                        "javascript:alert(1)",
                        "https://",
                        "https://ann",
                        "//ann.sample.org",
                        "",
                    ),
                    *("https://ann@evil.sample.org", "https://ann.sample.org:8443/", "https://ann.sample.org/ x"),
                    *(
                        'https://ann.sample.org/"',
                        "https://ann.sample.org/)",
                        "https://ann.sample.org/<",
                        "HTTPS://a.b",
                    ),
                    *(
                        "https://ann.sample.org/\n",
                        "https://ann.sample.org/\\",
                        "https://ann.sample.org/é",
                        "https://é.org",
                    ),
                    *("https://127.0.0.1/", "https://[::1]/", "https://ann..org", "https://-ann.org", "data:,x"),
                )
            ),
        ],
    )
    def test_that_says_something_else_is_refused(self, library: Library, fields: Mapping[str, Any], field: str) -> None:
        refused(library.export(**fields), field)

    @pytest.mark.parametrize("output", ["json", "html", "rendercv"])
    def test_for_a_readme_is_for_markdown(self, library: Library, output: str) -> None:
        answered = library.export(format="readme", output=output)
        assert (answered.status_code, answered.get_json()["detail"]) == (400, "a readme's output is markdown")

    def test_may_leave_out_all_but_two_fields(self, library: Library) -> None:
        readme = library.ann.post(PATH, {"format": "readme", "assetIds": library.ids}).get_json()
        resume = library.ann.post(PATH, {"format": "resume", "assetIds": library.ids}).get_json()
        assert (readme["output"], resume["output"]) == ("markdown", "json")


class TestAnswer:
    @pytest.mark.parametrize(("format_", "output"), OUTPUTS, ids=str)
    def test_says_what_it_is(self, library: Library, format_: str, output: str) -> None:
        answered = library.export(format=format_, output=output, profile=PROFILE)
        media_type, name = OUTPUTS[format_, output]
        said = answered.get_json()
        assert set(said) == {"format", "output", "contentType", "filename", "content"}
        assert (said["format"], said["output"], said["contentType"]) == (format_, output, media_type)
        assert said["filename"] == f"zoe-sample-{name}"
        assert "Zoë Sample" in said["content"]

    @pytest.mark.parametrize(("format_", "output"), OUTPUTS, ids=str)
    def test_is_the_same_in_any_order_and_at_any_time(self, library: Library, format_: str, output: str) -> None:
        one, two, three = library.ids
        orders = [(one, two, three), (three, two, one), (two, three, one)]
        answers = {library.export(*ids, format=format_, output=output, profile=PROFILE).data for ids in orders}
        assert len(answers) == 1

    @pytest.mark.parametrize(
        ("name", "filename"),
        [
            ("配達 太郎", "resume.json"),
            ("../../etc/passwd", "etc-passwd-resume.json"),
            ('a"; filename="b.exe', "a-filename-b-exe-resume.json"),
            ("Ann\r\nSet-Cookie: a=b", "ann-set-cookie-a-b-resume.json"),
            ("x" * 100, f"{'x' * 60}-resume.json"),
            ("-", "resume.json"),
        ],
    )
    def test_has_a_name_that_is_one_everywhere(self, library: Library, name: str, filename: str) -> None:
        assert library.export(profile={"name": name}).get_json()["filename"] == filename
        sent = library.export(profile={"name": name}, accept="application/resume+json").headers["Content-Disposition"]
        assert sent == f'attachment; filename="{filename}"'


class TestFile:
    @pytest.mark.parametrize(("format_", "output"), OUTPUTS, ids=str)
    def test_is_answered_to_who_accepts_its_type(self, library: Library, format_: str, output: str) -> None:
        wanted: dict[str, Any] = {"format": format_, "output": output, "profile": PROFILE}
        said = library.export(**wanted).get_json()
        answered = library.export(accept=said["contentType"], **wanted)
        assert answered.text == said["content"]
        assert answered.mimetype == said["contentType"]
        assert answered.headers["Content-Disposition"] == f'attachment; filename="{said["filename"]}"'
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert answered.headers["Cache-Control"] == "no-store"
        assert "Accept" in answered.headers.getlist("Vary")

    @pytest.mark.parametrize(
        ("output", "accept", "answered"),
        [
            ("html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
            ("html", "TEXT/HTML; charset=utf-8", "text/html"),
            ("markdown", "text/*", "text/markdown"),
            ("markdown", "text/markdown, application/json;q=0.9", "text/markdown"),
            ("rendercv", "application/x-yaml", "application/x-yaml"),
            ("rendercv", "application/x-yaml;q=0.5, application/yaml", "application/yaml"),
            ("html", "", "application/json"),
            ("html", "*/*", "application/json"),
            ("html", "application/json, text/plain, */*", "application/json"),
            ("html", "application/json, text/html;q=0.9", "application/json"),
            ("html", "text/html;q=0, */*", "application/json"),
            ("html", "text/markdown", "application/json"),
            ("html", "image/png", "application/json"),
            ("html", "text/html;q=x", "application/json"),
            ("json", "application/json", "application/json"),
            ("json", "application/*", "application/json"),
            ("rendercv", "application/*", "application/json"),
            ("html", ",;=,q", "application/json"),
        ],
    )
    def test_is_answered_to_nobody_else(self, library: Library, output: str, accept: str, answered: str) -> None:
        found = library.export(output=output, accept=accept)
        assert (found.status_code, found.mimetype) == (200, answered)

    def test_of_a_page_may_have_its_own_style_and_nothing_else(self, library: Library) -> None:
        answered = library.export(output="html", accept="text/html")
        policy = answered.headers["Content-Security-Policy"]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'; "
            r"frame-ancestors 'none'",
            policy,
        )

    def test_that_is_no_page_keeps_the_policy_of_all_answers(self, library: Library) -> None:
        answered = library.export(output="markdown", accept="text/markdown")
        assert answered.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]

    def test_is_no_refusal(self, library: Library) -> None:
        assert library.export(ABSENT, output="html", accept="text/html").mimetype == "application/problem+json"


class TestPrivateRepositories:
    """What is not known to be public is named only while nobody asks for it not to be."""

    HIDDEN, SHOWN = 2000000001, 2000000009

    def connect(self, deployment: Deployment, number: int, **fields: object) -> None:
        """Connect a repository behind everybody's back."""
        told: dict[str, Any] = {
            "full_name": f"sample-org/number-{number}",
            "name_key": "x",
            "account_key": "sample-org",
        }
        told |= {"owner_id": "ann", "connection_status": "connected", "created_at": NOON, "updated_at": NOON}
        made = Repository(
            **told | {"repository_id": derived_id("of a test", number), "github_repository_id": number} | fields
        )
        store = deployment.services().store
        store.repositories.commit(store.repositories.create(made))

    @pytest.mark.parametrize(("format_", "output"), OUTPUTS, ids=str)
    @pytest.mark.parametrize(
        "connection",
        [
            {"private": True},
            {"private": None},
            {"private": False, "connection_status": "suspended"},
            {"private": False, "owner_id": "ben"},
            None,
        ],
        ids=str,
    )
    def test_are_neither_named_nor_linked(
        self, deployment: Deployment, connection: Mapping[str, object] | None, format_: str, output: str
    ) -> None:
        if connection is not None:
            self.connect(deployment, self.HIDDEN, **connection)
        self.connect(deployment, self.SHOWN, private=False)
        words = (
            "Faster Parcel_Tracker: https://github.com/sample-org/parcel-tracker/pull/41 sample-org/parcel-tracker#41"
        )
        public: dict[str, Any] = {
            "repository_id": self.SHOWN,
            "repo_full_name": "sample-org/docs-site",
            "merge_commit_sha": "c" * 40,
        }
        ids = [
            put(deployment, a_card("ann", 41, status="edited", title=words, impact=words, skills=("parcel tracker",))),
            put(deployment, a_card("ann", 17, status="edited", **public)),
        ]
        body = {"format": format_, "output": output, "assetIds": ids, "redactPrivate": True}
        content = Person(deployment, "ann").post(PATH, body).get_json()["content"]
        assert not re.search(r"parcel[-_ ]tracker|a{7}|#41|pull/41", content, re.IGNORECASE)
        assert "Private repository" in content
        assert "https://github.com/sample-org/docs-site" in content

    def test_are_told_apart_by_number(self, deployment: Deployment) -> None:
        ids = [
            put(deployment, a_card("ann", number, hours=number, status="edited", repository_id=number))
            for number in (1, 2)
        ]
        body = {"format": "resume", "assetIds": ids, "redactPrivate": True}
        resume = json.loads(Person(deployment, "ann").post(PATH, body).get_json()["content"])
        assert [each["name"] for each in resume["projects"]] == ["Private repository 1", "Private repository 2"]
        assert all("url" not in each for each in resume["projects"])
        assert [set(each["evidence"][0]) for each in resume["projects"]] == [{"mergedAt", "withheld"}] * 2

    def test_are_named_where_nobody_asks_for_less(self, library: Library) -> None:
        assert "sample-org/parcel-tracker" in library.export().get_json()["content"]
