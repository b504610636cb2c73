"""A value comes out of its document's fields as it went in."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pr_event import PrEvent
from shared.domain.repository import Repository
from shared.store.codec import from_fields, to_fields
from tests.unit.test_step import waiting

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
REPOSITORY = Repository(
    repository_id="r",
    owner_id="u",
    full_name="sample-org/parcels",
    name_key="sample-org/parcels",
    account_key="sample-org",
    connection_status="connected",
    installation_id=1,
    github_repository_id=2**53 - 1,
    github_user_id=None,
    private=True,
    created_at=AT,
    updated_at=AT,
)
TEXTS = st.none() | st.text(max_size=20)
NUMBERS = st.none() | st.integers(min_value=-(2**63), max_value=2**63 - 1)


@dataclass(frozen=True)
class Example:
    """Names as they may come."""

    plain: int
    two_words: int
    body_sha256: int
    a_1_b: int


class TestDataclass:
    @given(
        number=NUMBERS,
        text=TEXTS,
        moment=st.none() | st.datetimes(timezones=st.just(UTC)),
        fence=st.integers(min_value=0, max_value=2**63 - 1),
    )
    def test_comes_back_as_it_was(
        self, number: int | None, text: str | None, moment: datetime | None, fence: int
    ) -> None:
        event = replace(waiting(), pr_number=number, last_error=text, lease_until=moment, fence=fence)
        assert from_fields(PrEvent, to_fields(event)) == event

    def test_has_its_names_in_camel_case(self) -> None:
        assert to_fields(Example(1, 2, 3, 4)) == {"plain": 1, "twoWords": 2, "bodySha256": 3, "a1B": 4}

    def test_has_no_two_fields_of_one_name(self) -> None:
        assert len(to_fields(waiting())) == len(fields(PrEvent))

    def test_does_without_what_an_older_version_did_not_write(self) -> None:
        stored = to_fields(waiting())
        assert from_fields(PrEvent, {name: stored[name] for name in stored if name != "headSha"}) == waiting()

    def test_leaves_out_what_a_newer_version_wrote(self) -> None:
        assert from_fields(PrEvent, {**to_fields(waiting()), "addedLater": 1}) == waiting()

    def test_keeps_its_times_as_times(self) -> None:
        assert to_fields(waiting())["receivedAt"] == waiting().received_at


class TestModel:
    def test_comes_back_as_it_was(self) -> None:
        assert from_fields(Repository, to_fields(REPOSITORY)) == REPOSITORY

    def test_has_its_names_in_camel_case_and_its_times_as_times(self) -> None:
        stored = to_fields(REPOSITORY)
        assert stored["githubRepositoryId"] == 2**53 - 1
        assert stored["createdAt"] == AT

    def test_leaves_out_what_a_newer_version_wrote(self) -> None:
        assert from_fields(Repository, {**to_fields(REPOSITORY), "addedLater": 1}) == REPOSITORY
