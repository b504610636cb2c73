"""When is an erasure done, when does it look again, and what does it never do?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.erasure import LAST_LOOK, SOON, Erasure, new_erasure
from shared.domain.step import ERASE, MAX_ATTEMPTS, STAGES

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID_TOKEN = timedelta(hours=1)


def claimed(**fields: object) -> Erasure:
    asked = new_erasure("ada", 7, pseudonym="erased-1", at=AT)
    return replace(asked, **fields).claimed("me", at=AT).without_account(at=AT)  # type: ignore[arg-type]


class TestErasure:
    def test_is_one_for_each_uid(self) -> None:
        ids = [new_erasure(uid, None, pseudonym="p", at=AT).erasure_id for uid in ("ada", "ada", "bo")]
        assert ids[0] == ids[1] != ids[2]

    def test_is_named_without_the_uid(self) -> None:
        assert "ada" not in new_erasure("ada", None, pseudonym="p", at=AT).erasure_id

    def test_waits_for_every_token_and_every_lease_to_end(self) -> None:
        assert timedelta(seconds=max(stage.lease for stage in STAGES.values())) + ID_TOKEN < LAST_LOOK

    def test_that_found_everything_settled_looks_once_more(self) -> None:
        looked = claimed().looked(is_settled=True, at=AT + timedelta(seconds=9))
        assert (looked.state, looked.due_at, looked.owner_id) == ("queued", AT + LAST_LOOK, "ada")
        assert looked.attempts  # else its task would be queued at once

    def test_that_left_something_looks_again_soon(self) -> None:
        for at in (AT, AT + LAST_LOOK):
            looked = claimed().looked(is_settled=False, at=at)
            assert (looked.state, looked.due_at) == ("queued", at + SOON)

    @pytest.mark.parametrize(("early", "state"), [(1, "queued"), (0, "done")])
    def test_is_done_at_the_last_look(self, early: int, state: str) -> None:
        at = AT + LAST_LOOK - timedelta(microseconds=early)
        assert claimed().looked(is_settled=True, at=at).state == state

    def test_that_is_done_says_nothing_of_the_person(self) -> None:
        done = claimed().looked(is_settled=True, at=AT + LAST_LOOK)
        assert (done.owner_id, done.github_user_id, done.pseudonym, done.due_at) == (None, None, None, None)
        assert done.expires_at == AT + LAST_LOOK + timedelta(days=30)

    def test_counts_from_when_the_account_was_gone_first(self) -> None:
        assert claimed().without_account(at=AT + LAST_LOOK).account_gone_at == AT

    def test_that_fails_is_tried_again(self) -> None:
        failed = claimed().ended(Erasure.FAILED, at=AT, error="not_storable")
        assert (failed.state, failed.due_at, failed.last_error) == ("queued", AT + timedelta(hours=1), "not_storable")
        assert failed.owner_id == "ada"

    def test_that_is_put_off_too_often_is_tried_again(self) -> None:
        assert replace(claimed(), attempts=MAX_ATTEMPTS).postponed("try_later", after=1, at=AT).state == "queued"

    def test_asked_for_again_is_a_new_one_under_a_task_name_of_its_own(self) -> None:
        done = claimed().looked(is_settled=True, at=AT + LAST_LOOK)
        again = done.renewed(new_erasure("ada", 8, pseudonym="erased-2", at=AT), at=AT + 2 * LAST_LOOK)
        assert (again.state, again.stage, again.epoch) == ("queued", ERASE.name, done.epoch + 1)
        assert (again.owner_id, again.github_user_id, again.pseudonym) == ("ada", 8, "erased-2")
        assert (again.account_gone_at, again.expires_at) == (None, None)
        assert again.requested_at == AT + 2 * LAST_LOOK
