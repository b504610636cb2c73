"""Which names of repositories are looked up at GitHub at all?"""

from collections.abc import Mapping

import pytest

from tests.api import Person
from tests.deployment import Deployment

ADA = 1000000101
TRACKER = {"owner": "sample-org", "name": "parcel-tracker"}
WRONG_OWNERS = [
    *["", " ", ".", "..", "-sample-org", "a" * 101, "sample org", "sample-org/..", "sample-org/parcel-tracker"],
    *["../..", "%2e%2e", "sample-org%2Fx", "sample.org", "sample@org", "a?b", "a#b", "a:b", "a\\b", "a&b", "a,b"],
    *[
        "sample-org\n",
        "\nsample-org",
        "sample-org\t",
        "sample-org ",
        "café",
        "ｓample-org",
        "sаmple-org",
        "\u200bsample-org",
    ],
    *["sample-bot[bot]", "<script>", "${jndi}", "sample-org;", "*", "~", "\u202egro-elpmas"],
]
WRONG_NAMES = [
    *["", " ", ".", "..", "a" * 101, "parcel tracker", "parcel-tracker/", "/parcel-tracker", "../secret-plans", "a/b"],
    *[
        "parcel-tracker.git",
        ".git",
        "%2e%2e",
        "parcel-tracker%2F..",
        "a?x=1",
        "a#b",
        "a:b",
        "a\\b",
        "a&b",
        "a\nb",
        "a\x7f",
    ],
    *[
        "parcel-tracker\n",
        " parcel-tracker",
        "小包",
        "parcel‐tracker",
        "\ufeffparcel-tracker",
        "a\u0301",
        "*",
        "a+b",
        "a@b",
    ],
]
WRONG_TYPES: list[object] = [None, 1, 1.5, True, [], ["sample-org"], {}, {"login": "sample-org"}]


class TestNames:
    """What can't be a name at GitHub never becomes part of an address there."""

    @pytest.mark.parametrize("owner", [*WRONG_OWNERS, *WRONG_TYPES], ids=repr)
    def test_that_no_account_has_are_refused(self, standing: Deployment, owner: object) -> None:
        self.refused(standing, {**TRACKER, "owner": owner}, "owner")

    @pytest.mark.parametrize("name", [*WRONG_NAMES, *WRONG_TYPES], ids=repr)
    def test_that_no_repository_has_are_refused(self, standing: Deployment, name: object) -> None:
        self.refused(standing, {**TRACKER, "name": name}, "name")

    @pytest.mark.parametrize("field", ["owner", "name"])
    def test_that_are_left_out_are_refused(self, standing: Deployment, field: str) -> None:
        self.refused(standing, {name: value for name, value in TRACKER.items() if name != field}, field)

    @pytest.mark.parametrize("days", [-1, 366, 1.0, "30", True, None, [], 2**53 - 1], ids=repr)
    def test_come_with_days_that_can_be_looked_back(self, standing: Deployment, days: object) -> None:
        self.refused(standing, {**TRACKER, "backfillDays": days}, "backfillDays")

    @pytest.mark.parametrize("name", ["-", "_", "a.b", ".github", "...", "a" * 100, "git", "A.GITHUB.io", "0"])
    def test_that_a_repository_may_have_are_looked_up(self, deployment: Deployment, name: str) -> None:
        answered = Person(deployment, "ada", ADA).post("/api/repositories", {"owner": "Sample_Corp-1", "name": name})
        assert answered.status_code == 201
        assert deployment.github.calls(f"GET /repos/Sample_Corp-1/{name}/installation")

    @staticmethod
    def refused(deployment: Deployment, body: Mapping[str, object], field: str) -> None:
        before, asked = deployment.everything(), len(deployment.github.calls())
        answered = Person(deployment, "ada", ADA).post("/api/repositories", body)
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == [field]
        assert len(deployment.github.calls()) == asked
        assert deployment.everything() == before
