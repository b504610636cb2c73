"""What a person gets of what is kept about them, and how they leave."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local.identity.tokens import id_token_claims
from shared.domain.personal_data import IMPERSONAL, PERSONAL
from shared.store.store import COLLECTIONS
from tests.api import Person
from tests.cards import a_card, put
from tests.deployment import Deployment
from tests.governance import Office
from tests.leaving import World, event_id, new_world, settle
from tests.steps import ADA

EXPORT = "/api/me/export"


@pytest.fixture(scope="module")
def world(standing: Deployment) -> World:
    """What exports are made of: they change nothing."""
    made = new_world(standing)
    settle(made)
    return made


@pytest.fixture
def bare(deployment: Deployment) -> World:
    Office(deployment).hold("reconciler")
    return new_world(deployment)


def export(world: World, uid: str = "") -> dict[str, Any]:
    answer = Person(world.deployment, uid or world.leaver, ADA).get(EXPORT)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def leave(world: World, *, signed_in: timedelta = timedelta(0)) -> TestResponse:
    """DELETE /api/me by somebody who signed in so long ago."""
    at = int((datetime.now(UTC) - signed_in).timestamp())
    said = id_token_claims(world.leaver, github_id=ADA, claims={}, project=world.deployment.project, issued_at=at)
    bearer = {"Authorization": f"Bearer {world.deployment.identity.keys.newest.sign(said)}"}
    return Client(world.deployment.function("repositories").application).delete("/api/me", headers=bearer)


class TestExport:
    def test_has_every_document_that_is_theirs(self, world: World) -> None:
        """Of somebody else's run or intent it has the decision that they made on it, by itself."""
        told, whole = json.dumps(export(world)), world.deployment.everything()
        theirs = [
            each
            for path, fields in whole.items()
            for name, each in [path.split("/")[:2]]
            if path.count("/") == 1 and name in PERSONAL
            if any(world.leaver in str(fields.get(field)) for field in PERSONAL[name].found_by)
        ]
        assert len(theirs) > 20
        assert [each for each in theirs if f'"{each}"' not in told] == []

    def test_has_a_member_for_each_collection_that_names_people(self, world: World) -> None:
        """A collection that is new is named in PERSONAL or in IMPERSONAL, and then has a place here, or a reason."""
        assert set(PERSONAL) | set(IMPERSONAL) == set(COLLECTIONS)
        assert not set(PERSONAL) & set(IMPERSONAL)
        found = export(world)
        members = [value for value in found.values() if isinstance(value, list)]
        assert len(members) == len(PERSONAL)
        assert [name for name, value in found.items() if value == []] == [
            "provisioningJobs",
            "provisioningEvents",
            "auditMarks",
        ]

    def test_has_documents_whole(self, world: World) -> None:
        found = export(world)
        card = next(each for each in found["assetCards"] if each["title"] == "In my own words")
        assert [each["revision"] for each in card["revisions"]] == [1, 2]
        assert [each["seq"] for each in card["entries"]] == [1, 2]
        run = found["agentRuns"][0]
        assert run["review"]["content"]["review"]["summary"]
        assert all(each["entries"] for each in found["intents"])
        assert found["account"]["uid"] == world.leaver
        assert found["person"] == {"uid": world.leaver, "githubUserId": ADA}
        assert list(found)[-1] == "complete"

    def test_has_what_they_decided_for_others(self, world: World) -> None:
        decided = [each for each in export(world)["approvals"] if each["ownerId"] == world.stayer]
        assert [each["decidedBy"] for each in decided] == [world.leaver]

    def test_has_nothing_of_anybody_else(self, world: World) -> None:
        mine, found = world.named(), export(world)
        for member in ("repositories", "assetCards", "agentRuns", "evidences", "intents"):
            assert {each["ownerId"] for each in found[member]} == {world.leaver}
        shown = {each["exceptionId"] for each in found["exceptions"]}
        assert shown == {path.split("/")[1] for path in mine if path.startswith("exceptions/")}
        assert all(set(each["ownerIds"]) <= {world.leaver} for each in found["exceptions"])

    def test_has_the_merges_that_they_authored_once_each(self, world: World) -> None:
        found = [each["prEventId"] for each in export(world)["prEvents"]]
        assert sorted(found) == sorted({event_id(world, 1), event_id(world, 3), *found})
        assert event_id(world, 2) not in found

    def test_of_somebody_who_has_nothing_is_empty(self, bare: World) -> None:
        found = export(bare, uid=bare.stayer)
        assert not any(value for value in found.values() if isinstance(value, list))

    def test_is_for_who_signs_in(self, bare: World) -> None:
        answer = Client(bare.deployment.function("repositories").application).get(EXPORT)
        assert answer.status_code == 401


class TestLeaving:
    def test_is_accepted_and_begins_at_once(self, bare: World) -> None:
        answer = leave(bare)
        assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
        assert answer.get_json()["message"]
        (task,) = bare.deployment.tasks.tasks()
        assert "/queues/reconciler/" in task["name"]
        assert bare.erasure()["ownerId"] == bare.leaver
        assert bare.erasure()["pseudonym"].startswith("erased-")

    def test_twice_is_once(self, bare: World) -> None:
        first, second = leave(bare), leave(bare)
        assert second.status_code == 202
        assert second.get_json() == first.get_json()
        assert len(bare.deployment.documents("erasures")) == 1

    @pytest.mark.parametrize(("minutes", "status"), [(4, 202), (6, 401)])
    def test_wants_a_recent_sign_in(self, bare: World, minutes: int, status: int) -> None:
        answer = leave(bare, signed_in=timedelta(minutes=minutes))
        assert answer.status_code == status
        assert bool(bare.deployment.documents("erasures")) is (status == 202)
        if status == 401:
            assert answer.get_json()["code"] == "recent_sign_in_required"

    def test_is_not_for_a_revoked_token(self, bare: World) -> None:
        bare.deployment.identity.revoke(bare.leaver)
        assert leave(bare).status_code == 401
        assert bare.deployment.documents("erasures") == {}

    def test_is_not_for_a_disabled_account(self, bare: World) -> None:
        bare.deployment.identity.create(bare.leaver, disabled=True)
        assert leave(bare).status_code == 401
        assert bare.deployment.documents("erasures") == {}

    def test_ends_the_account_and_the_cards_by_itself(self, deployment: Deployment) -> None:
        """The queue calls the reconciler: nobody moves anything by hand."""
        world = new_world(deployment)
        deployment.function("reconciler")
        put(deployment, a_card(world.leaver))
        assert leave(world).status_code == 202
        deployment.tasks.wait_until_idle(20)
        assert deployment.documents("asset-cards") == {}
        assert leave(world).status_code == 401
        assert world.erasure()["accountGoneAt"]

    def test_of_who_came_back_under_the_same_uid_begins_again(self, bare: World) -> None:
        leave(bare)
        bare.at += timedelta(seconds=1)
        bare.finish()
        bare.deployment.identity.create(bare.leaver)
        put(bare.deployment, a_card(bare.leaver))
        before = bare.erasure()
        assert leave(bare).status_code == 202
        after = bare.erasure()
        assert after["epoch"] > before["epoch"]
        assert (after["ownerId"], after["expiresAt"], after["accountGoneAt"]) == (bare.leaver, None, None)
        bare.finish()
        assert bare.deployment.documents("asset-cards") == {}
