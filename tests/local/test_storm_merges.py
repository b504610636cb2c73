"""What a storm delivers."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.github import GitHub, Sample, read_samples
from local.storm.merges import merges, tellings
from local.walk import authors, event_id
from shared.domain.pr_event import read_delivery

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD_NAMES = ("sample-org", "sample-dev-ada/", "sample-dev-ren/")


@pytest.fixture(scope="module")
def many() -> list[Sample]:
    return merges(read_samples(Path("local/samples")), 200, seed=7)


class TestMerges:
    def test_are_as_many_different_events(self, many: list[Sample]) -> None:
        assert len({event_id(each) for each in many}) == 200

    def test_are_what_the_webhook_takes_in(self, many: list[Sample]) -> None:
        for each in many:
            body = json.dumps(each.webhook).encode()
            event = read_delivery("pull_request", each.webhook, body=body, delivery_id=None, at=NOON)
            assert event is not None
            assert event.pr_event_id == event_id(each)
            assert event.repo_full_name == each.repository["full_name"]

    def test_can_all_be_read_at_one_github(self, many: list[Sample]) -> None:
        github = GitHub(many)
        assert len(github.world.pulls) == 200
        assert len(github.world.installations) == 10
        assert len(github.world.repositories) > 10

    def test_have_authors_of_their_organisation_alone(self, many: list[Sample]) -> None:
        homes: dict[int, set[str]] = {}
        for each in many:
            for person in authors(each):
                homes.setdefault(person.id, set()).add(each.repository["owner"]["login"])
        assert len(homes) > 20
        assert all(len(organisations) == 1 for organisations in homes.values())

    def test_name_one_pull_request_throughout(self, many: list[Sample]) -> None:
        for each in many:
            document, files = each.pull.document, json.dumps([each.pull.files, each.pull.commits, each.webhook])
            assert document["html_url"].endswith(f"{each.repository['full_name']}/pull/{document['number']}")
            assert each.webhook["pull_request"]["merge_commit_sha"] == document["merge_commit_sha"]
            assert each.pull.commits[-1]["sha"] == document["head"]["sha"]
            assert not [name for name in OLD_NAMES if f"{name}/" in files]

    def test_are_not_merged_under_each_others_commits(self, many: list[Sample]) -> None:
        assert len({each.pull.document["merge_commit_sha"] for each in many}) == 200

    def test_are_the_same_for_the_same_seed_and_others_for_another(self) -> None:
        samples = read_samples(Path("local/samples"))
        first, again, other = ([each.webhook for each in merges(samples, 20, seed=seed)] for seed in (1, 1, 2))
        assert first == again
        assert first != other

    def test_leave_the_samples_as_they_were(self) -> None:
        samples = read_samples(Path("local/samples"))
        merges(samples, 20, seed=1)
        assert [each.pull for each in samples] == [each.pull for each in read_samples(Path("local/samples"))]

    def test_are_never_a_bots(self, many: list[Sample]) -> None:
        assert {each.pull.document["user"]["type"] for each in many} == {"User"}


class TestTellings:
    def test_repeat_a_tenth_by_the_same_guid_and_a_fiftieth_by_a_new_one(self) -> None:
        told = tellings(100, seed=1, over=60)
        assert Counter(each.kind for each in told) == {"first": 100, "duplicate": 10, "replay": 2}
        guids = {each.merge: each.guid for each in told if each.kind == "first"}
        assert all(each.guid == guids[each.merge] for each in told if each.kind == "duplicate")
        assert not [each for each in told if each.kind == "replay" and each.guid in guids.values()]

    def test_come_in_the_order_of_their_time_and_no_repetition_before_the_first(self) -> None:
        told = tellings(100, seed=1, over=60)
        assert [each.after for each in told] == sorted(each.after for each in told)
        first = {each.merge: each.after for each in told if each.kind == "first"}
        assert all(each.after >= first[each.merge] for each in told)
        assert any(each.after == first[each.merge] for each in told if each.kind == "duplicate")
        assert any(each.after > first[each.merge] for each in told if each.kind == "duplicate")

    def test_have_a_guid_each(self) -> None:
        told = tellings(100, seed=1, over=60)
        assert len({each.guid for each in told if each.kind != "duplicate"}) == 102
