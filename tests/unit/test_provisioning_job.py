"""What a repository may be called, and a job's transitions, without a store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.github.new_repository import kept_name, problem
from shared.domain.provisioning_job import (
    FAILURES,
    NOT_READY,
    PATIENCE,
    ProvisioningJob,
    job_id_of_key,
    job_id_of_name,
)
from shared.domain.provisioning_name import LONGEST, default_name, objection
from shared.domain.step import CREATE, INITIALIZE, MAX_ATTEMPTS

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INTENT = "0123456789abcdef" * 2


def queued() -> ProvisioningJob:
    return ProvisioningJob(
        state=ProvisioningJob.WAITING,
        stage=CREATE.name,
        updated_at=AT,
        job_id="j",
        owner_id="ada",
        intent_id=INTENT,
        intent_digest="0",
        approval_id="a",
        approval={},
        organization="sample-org",
        repository_name="seedlings",
        structure_type="speckit-ready",
        request_digest="0",
        created_at=AT,
    )


def unseen(job: ProvisioningJob, at: datetime, error: str = NOT_READY) -> ProvisioningJob:
    """The job after another attempt that ended so."""
    return job.claimed("me", at=at).postponed(error, after=3, at=at)


class TestName:
    @pytest.mark.parametrize("name", ["a", "A_b-c.d", "_x", "x" * LONGEST, "0", "console", "git", "a.github", "com10"])
    def test_may_be_a_plain_one(self, name: str) -> None:
        assert objection(name) == ""

    @given(st.text(max_size=120) | st.from_regex(r"[A-Za-z0-9._-]{1,110}", fullmatch=True))
    def test_that_is_permitted_is_one_that_github_takes_and_keeps_as_it_is(self, name: str) -> None:
        if not objection(name):
            assert problem({"name": name}) is None
            assert kept_name(name) == name
            assert "/" not in name
            assert name.isascii()

    @given(st.text(max_size=300), st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True))
    def test_is_always_permitted_where_it_is_made_of_a_goal(self, goal: str, intent_id: str) -> None:
        assert objection(default_name(goal, intent_id)) == ""

    @pytest.mark.parametrize(
        ("goal", "name"),
        [
            ("Tell customers!", "tell-customers"),
            ("Éclair Über-Café", "eclair-uber-cafe"),
            ("con", f"project-{INTENT[:12]}"),
            ("荷物", f"project-{INTENT[:12]}"),
            ("x" * 90, "x" * 60),
            ("../../etc/passwd", "etc-passwd"),
        ],
    )
    def test_is_made_of_the_goals_words(self, goal: str, name: str) -> None:
        assert default_name(goal, INTENT) == name


class TestId:
    def test_is_the_same_for_a_name_in_any_case(self) -> None:
        assert job_id_of_name("ada", "i", "Seedlings") == job_id_of_name("ada", "i", "seedlings")

    def test_of_a_key_is_none_of_a_name(self) -> None:
        assert job_id_of_key("ada", "i/seedlings") != job_id_of_name("ada", "i", "seedlings")
        assert job_id_of_key("ada", "one") != job_id_of_key("bo", "one")


class TestStatus:
    def test_is_told_in_the_words_of_the_api(self) -> None:
        job = queued()
        assert job.status == "queued"
        claimed = job.claimed("me", at=AT)
        assert (claimed.status, unseen(job, AT).status) == ("creating", "creating")
        following = claimed.moved_to(INITIALIZE, at=AT)
        assert (following.status, following.claimed("me", at=AT).status) == ("initializing", "initializing")
        assert following.completed("c", at=AT).status == "completed"
        assert following.ended("failed", at=AT, error="not_ready").status == "failed"

    @pytest.mark.parametrize("code", FAILURES)
    def test_of_a_failure_has_its_code(self, code: str) -> None:
        failed = queued().ended("failed", at=AT, error=code)
        assert (failed.failure_code, queued().failure_code) == (code, None)

    def test_of_a_failure_without_a_code_is_that_something_was_unavailable(self) -> None:
        assert queued().ended("failed", at=AT, error="GitHub answered 502").failure_code == "unavailable"


class TestPatience:
    def test_ends_two_minutes_after_github_first_did_not_show_it(self) -> None:
        job = unseen(unseen(queued(), AT), AT + PATIENCE - SECOND)
        assert not job.is_out_of_patience(AT + PATIENCE - SECOND)
        assert job.is_out_of_patience(AT + PATIENCE)

    def test_begins_anew_after_anything_else(self) -> None:
        job = unseen(unseen(queued(), AT), AT + SECOND, "GitHub answered 502")
        assert not unseen(job, AT + PATIENCE).is_out_of_patience(AT + PATIENCE + SECOND)

    def test_begins_anew_with_the_next_stage_and_with_another_try(self) -> None:
        job = unseen(queued(), AT).claimed("me", at=AT)
        failed = job.ended("failed", at=AT, error=NOT_READY)
        for following in (job.moved_to(INITIALIZE, at=AT), failed.revived(at=AT)):
            assert (following.unseen_since, following.finished_at) == (None, None)

    def test_is_no_longer_than_the_attempts_last(self) -> None:
        job = replace(queued(), attempts=MAX_ATTEMPTS - 1)
        assert unseen(job, AT).state == "failed"


class TestRecord:
    def test_tells_what_was_done_and_not_how_it_was_driven(self) -> None:
        job = queued()
        assert unseen(job, AT).record() == {**job.record(), "status": "creating", "startedAt": AT}
        assert replace(job, repository_name="another").record() != job.record()
