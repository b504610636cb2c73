"""Do connections follow what happens at GitHub, in whatever order and how often it is told?"""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest
from flask import Response

from local.github import GitHub, faults
from local.github.faults import Proceed
from tests.steps import ADA, MAP, REN, SAMPLE_INSTALLATION, TRACKER, TRACKER_ID, Steps

PARCELS = "sample-org/parcels"
Change: TypeAlias = Callable[[GitHub], object]


@pytest.fixture
def connection_id(steps: Steps) -> str:
    """Ada's connection to the tracker."""
    return steps.connect("ada", TRACKER, ADA)


def look(steps: Steps, event_id: str) -> None:
    """Run the task of a change that GitHub told of."""
    answered = steps.fetch(event_id)
    assert (answered.status_code, answered.get_json()) == (200, {"outcome": "done"}), answered.text


def happens(steps: Steps, *changes: Change) -> None:
    """Let things happen at GitHub, each looked at before the next one happens."""
    for change in changes:
        look(steps, steps.told(lambda change=change: change(steps.github)))  # type: ignore[misc]  # bound at once


def standing(steps: Steps, connection_id: str) -> tuple[str, str]:
    """The status and the name of a connection."""
    connection = steps.connection(connection_id)
    return connection["connectionStatus"], connection["fullName"]


class TestRename:
    def test_is_followed(self, steps: Steps, connection_id: str) -> None:
        happens(steps, lambda github: github.rename(TRACKER, "Parcels"))
        connection = steps.connection(connection_id)
        assert (connection["fullName"], connection["nameKey"]) == ("sample-org/Parcels", PARCELS)
        assert connection["connectionStatus"] == "connected"
        assert steps.run(steps.merge("sample-org/Parcels", 41))["state"] == "done"
        assert steps.cards()["ada"]["repoFullName"] == "sample-org/Parcels"

    def test_does_not_pass_the_connection_to_whoever_takes_the_name(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        happens(steps, lambda github: github.rename(TRACKER, "parcels"))
        github.squat(TRACKER)
        github.choose(TRACKER, notify=False)
        happens(
            steps,
            lambda github: github.set_private(TRACKER),
            lambda github: github.rename(TRACKER, "something-else"),
            lambda github: github.delete("sample-org/something-else"),
        )
        assert standing(steps, connection_id) == ("connected", PARCELS)
        assert steps.connection(connection_id)["githubRepositoryId"] == TRACKER_ID

    def test_of_the_account_is_followed_at_the_next_occasion(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        github.rename_user("sample-org", "Sample-Company")
        happens(steps, lambda github: github.set_private("Sample-Company/parcel-tracker", private=False))
        connection = steps.connection(connection_id)
        assert connection["fullName"] == "Sample-Company/parcel-tracker"
        assert connection["accountKey"] == "sample-company"


class TestTransfer:
    def test_to_where_the_app_is_keeps_the_connection(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        github.add_user("other-org", kind="Organization")
        other = github.install("other-org", notify=False)
        happens(steps, lambda github: github.transfer(TRACKER, "other-org"))
        assert standing(steps, connection_id) == ("connected", "other-org/parcel-tracker")
        assert steps.connection(connection_id)["installationId"] == other.id
        assert steps.run(steps.merge("other-org/parcel-tracker", 41))["state"] == "done"

    def test_to_where_the_app_is_not_ends_it(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        github.add_user("other-org", kind="Organization")
        happens(steps, lambda github: github.transfer(TRACKER, "other-org"))
        assert standing(steps, connection_id)[0] == "disconnected"

    def test_there_and_back_keeps_it_in_whatever_order_it_is_told(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        github.add_user("other-org", kind="Organization")
        github.install("other-org", notify=False)
        there = steps.told(lambda: github.transfer(TRACKER, "other-org"))
        back = steps.told(lambda: github.transfer("other-org/parcel-tracker", "sample-org"))
        for event_id in (back, there):
            look(steps, event_id)
        assert standing(steps, connection_id) == ("connected", TRACKER)
        assert steps.connection(connection_id)["installationId"] == SAMPLE_INSTALLATION


class TestPrivacy:
    def test_ends_the_connections_of_those_who_may_no_longer_read(self, steps: Steps, github: GitHub) -> None:
        github.set_role(TRACKER, "sample-dev-ada", "write")
        people = {"ada": ADA, "ren": REN, "zoe": None}
        connections = {uid: steps.connect(uid, TRACKER, github_id) for uid, github_id in people.items()}
        happens(steps, lambda github: github.set_private(TRACKER))
        found = {uid: standing(steps, connection_id)[0] for uid, connection_id in connections.items()}
        assert found == {"ada": "connected", "ren": "disconnected", "zoe": "disconnected"}
        assert steps.connection(connections["ada"])["private"] is True
        assert steps.run(steps.merge(TRACKER, 41))["state"] == "done"
        assert list(steps.cards()) == ["ada"]

    def test_that_ends_is_noticed_too(self, steps: Steps, github: GitHub) -> None:
        github.set_role(TRACKER, "sample-dev-ada", "read")
        connection_id = steps.connect("ada", TRACKER, ADA)
        happens(
            steps,
            lambda github: github.set_private(TRACKER),
            lambda github: github.set_private(TRACKER, private=False),
        )
        assert standing(steps, connection_id)[0] == "connected"
        assert steps.connection(connection_id)["private"] is False

    def test_is_asked_about_by_number_and_not_by_login(self, steps: Steps, github: GitHub) -> None:
        """Mallory has taken Ada's login, and with it no right of hers."""
        github.set_role(TRACKER, "sample-dev-ada", "read")
        connection_id = steps.connect("ada", TRACKER, ADA)
        github.rename_user("sample-dev-ada", "ada-elsewhere")
        mallory = github.add_user("sample-dev-ada")
        other_id = steps.connect("mallory", TRACKER, mallory["id"])
        happens(steps, lambda github: github.set_private(TRACKER))
        assert standing(steps, connection_id)[0] == "connected"
        assert standing(steps, other_id)[0] == "disconnected"

    def test_finds_out_who_has_lost_their_role(self, steps: Steps, github: GitHub) -> None:
        github.set_role(TRACKER, "sample-dev-ada", "admin")
        connection_id = steps.connect("ada", TRACKER, ADA)
        github.set_private(TRACKER, notify=False)
        github.set_role(TRACKER, "sample-dev-ada", None)
        happens(steps, lambda github: github.rename(TRACKER, "parcels"))
        assert standing(steps, connection_id)[0] == "disconnected"


class TestInstallation:
    def test_that_is_suspended_suspends_the_connection(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        happens(steps, lambda github: github.suspend("sample-org"))
        assert standing(steps, connection_id)[0] == "suspended"
        github.calls.clear()
        event_id = steps.merge(TRACKER, 41)
        assert steps.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert github.calls() == []

    def test_that_goes_on_resumes_it_under_its_new_name(self, steps: Steps, connection_id: str) -> None:
        happens(steps, lambda github: github.suspend("sample-org"))
        steps.github.rename(TRACKER, "parcels", notify=False)
        happens(steps, lambda github: github.unsuspend("sample-org"))
        assert standing(steps, connection_id) == ("connected", PARCELS)

    def test_that_goes_on_resumes_it_for_those_alone_who_may_still_read(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        happens(steps, lambda github: github.suspend("sample-org"))
        github.set_private(TRACKER, notify=False)
        happens(steps, lambda github: github.unsuspend("sample-org"))
        assert standing(steps, connection_id)[0] == "disconnected"

    @pytest.mark.parametrize(
        "change",
        [
            lambda github: github.uninstall("sample-org"),
            lambda github: github.choose(TRACKER, covered=False),
            lambda github: github.delete(TRACKER),
        ],
        ids=["removed", "without the repository", "of a repository that was deleted"],
    )
    def test_that_is_gone_ends_the_connection(self, steps: Steps, connection_id: str, change: Change) -> None:
        happens(steps, change)
        connection = steps.connection(connection_id)
        assert connection["connectionStatus"] == "disconnected"
        assert connection["githubRepositoryId"] == TRACKER_ID

    def test_that_comes_again_resumes_nothing(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        """Whoever lost it connects it again, and proves their right anew."""
        happens(steps, lambda github: github.uninstall("sample-org"), lambda github: github.install("sample-org"))
        assert standing(steps, connection_id)[0] == "disconnected"
        assert steps.connect("ada", TRACKER, ADA) == connection_id
        assert standing(steps, connection_id)[0] == "connected"
        assert steps.run(steps.merge(TRACKER, 41))["state"] == "done"

    def test_of_others_concerns_nobody_here(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        before = steps.connection(connection_id)
        github.add_repository("other-org/thing")
        happens(
            steps,
            lambda github: github.install("other-org"),
            lambda github: github.suspend("other-org"),
            lambda github: github.uninstall("other-org"),
        )
        github.calls.clear()
        happens(steps, lambda github: github.install("other-org"))
        assert steps.connection(connection_id) == before
        assert github.calls() == []


class TestAwaitedInstallation:
    """It makes a connection of what was awaited where the person's own permission passes, and of nothing else."""

    @pytest.fixture
    def vault(self, github: GitHub) -> str:
        """A private repository without the App, which Ada may read."""
        made = github.add_repository("other-org/vault", private=True, collaborators={"sample-dev-ada": "read"})
        return made.full_name

    def test_connects_whoever_may_read(self, steps: Steps, github: GitHub, vault: str) -> None:
        people = {"ada": ADA, "ren": REN, "zoe": None}
        connections = {uid: steps.connect(uid, vault, github_id) for uid, github_id in people.items()}
        assert {standing(steps, each) for each in connections.values()} == {("awaiting_installation", vault)}
        happens(steps, lambda github: github.install("other-org"))
        found = {uid: standing(steps, connection_id)[0] for uid, connection_id in connections.items()}
        assert found == {"ada": "connected", "ren": "awaiting_installation", "zoe": "awaiting_installation"}
        connection = steps.connection(connections["ada"])
        assert connection["githubRepositoryId"] == github.world.repository(vault).id  # type: ignore[union-attr]
        assert connection["private"] is True
        github.add_pull(vault, title="Lock it", author="sample-dev-ada")
        assert steps.run(steps.merge(vault, 1))["state"] == "done"
        assert list(steps.cards()) == ["ada"]

    def test_connects_everybody_to_what_is_public(self, steps: Steps, github: GitHub) -> None:
        github.add_repository("other-org/open")
        connections = [steps.connect(uid, "other-org/open", who) for uid, who in (("ada", ADA), ("zoe", None))]
        happens(steps, lambda github: github.install("other-org"))
        assert {standing(steps, each)[0] for each in connections} == {"connected"}

    def test_connects_under_the_name_as_github_writes_it(self, steps: Steps, github: GitHub) -> None:
        github.add_repository("Other-Org/Open")
        connection_id = steps.connect("ada", "other-org/open", ADA)
        happens(steps, lambda github: github.install("Other-Org"))
        assert standing(steps, connection_id) == ("connected", "Other-Org/Open")

    def test_leaves_what_it_does_not_cover(self, steps: Steps, github: GitHub, vault: str) -> None:
        github.add_repository("other-org/thing")
        connection_id = steps.connect("ada", vault, ADA)
        nowhere = steps.connect("ada", "other-org/nowhere", ADA)
        happens(steps, lambda github: github.install("other-org", ["other-org/thing"]))
        assert standing(steps, connection_id)[0] == "awaiting_installation"
        happens(steps, lambda github: github.choose(vault))
        assert standing(steps, connection_id)[0] == "connected"
        assert standing(steps, nowhere)[0] == "awaiting_installation"

    def test_gives_nothing_while_it_is_suspended(self, steps: Steps, github: GitHub, vault: str) -> None:
        connection_id = steps.connect("ada", vault, ADA)
        told = steps.told(lambda: github.install("other-org"))
        github.suspend("other-org", notify=False)
        look(steps, told)
        assert standing(steps, connection_id)[0] == "awaiting_installation"
        happens(steps, lambda github: github.unsuspend("other-org"))
        assert standing(steps, connection_id)[0] == "connected"


class TestOrder:
    """What is true now is asked: deliveries may come twice, late and in any order."""

    @pytest.mark.parametrize(
        ("changes", "status", "name"),
        [
            ([lambda g: g.suspend("sample-org"), lambda g: g.unsuspend("sample-org")], "connected", TRACKER),
            ([lambda g: g.unsuspend("sample-org"), lambda g: g.suspend("sample-org")], "suspended", TRACKER),
            ([lambda g: g.rename(TRACKER, "a"), lambda g: g.rename("sample-org/a", "parcels")], "connected", PARCELS),
            ([lambda g: g.choose(TRACKER, covered=False), lambda g: g.choose(TRACKER)], "connected", TRACKER),
            ([lambda g: g.set_private(TRACKER), lambda g: g.set_private(TRACKER, private=False)], "connected", TRACKER),
            ([lambda g: g.set_private(TRACKER), lambda g: g.rename(TRACKER, "parcels")], "disconnected", PARCELS),
            ([lambda g: g.rename(TRACKER, "parcels"), lambda g: g.uninstall("sample-org")], "disconnected", TRACKER),
            (
                [lambda g: g.suspend("sample-org"), lambda g: g.uninstall("sample-org")],
                "disconnected",
                TRACKER,
            ),
        ],
        ids=[
            "suspended and on again",
            "told on and suspended",
            "renamed twice",
            "taken out and put back",
            "private and public again",
            "private and renamed",
            "renamed and removed",
            "suspended and removed",
        ],
    )
    def test_of_what_is_told_changes_nothing(
        self, steps: Steps, connection_id: str, changes: Sequence[Change], status: str, name: str
    ) -> None:
        told = [steps.told(lambda change=change: change(steps.github)) for change in changes]  # type: ignore[misc]
        original = steps.connection(connection_id)
        ends = []
        for order in itertools.permutations(told):
            steps.deployment.firestore.document("repositories", connection_id).set(original)
            for event_id in order:
                steps.change(event_id, state="received")
                look(steps, event_id)
            ends.append(standing(steps, connection_id))
        assert set(ends) == {(status, name)}

    def test_is_all_the_same_for_a_delivery_that_comes_twice(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        event_id = steps.told(lambda: github.rename(TRACKER, "parcels"))
        look(steps, event_id)
        before = steps.connection(connection_id)
        last = github.hooks.deliveries()[0]
        again = github.hooks.deliver(last.event, last.body, guid="00000000-0000-4000-8000-000000000009")
        assert again.status_code == 200
        assert steps.fetch(event_id).get_json() == {"outcome": "duplicate"}
        assert len(steps.events()) == 1
        assert steps.connection(connection_id) == before

    def test_leaves_what_has_not_changed_untouched(self, steps: Steps, connection_id: str) -> None:
        before = steps.connection(connection_id)
        happens(steps, lambda github: github.set_private(TRACKER, private=False))
        assert steps.connection(connection_id) == before


class TestTrouble:
    @pytest.mark.parametrize(
        "pattern", ["GET /app/installations/*", "POST /app/installations/*/access_tokens", "GET /repositories/*"]
    )
    def test_at_github_changes_nothing_and_passes(
        self, steps: Steps, github: GitHub, connection_id: str, pattern: str
    ) -> None:
        before = steps.connection(connection_id)
        event_id = steps.told(lambda: github.rename(TRACKER, "parcels"))
        failing = github.faults.add(pattern, faults.server_error())
        assert steps.fetch(event_id).status_code == 503
        assert steps.connection(connection_id) == before
        assert failing.fired == 1
        look(steps, event_id)
        assert standing(steps, connection_id) == ("connected", PARCELS)

    @pytest.mark.parametrize("fields", [{"backfillDays": 7}, {"connectionStatus": "disconnected"}], ids=["", "lost"])
    def test_with_another_writer_is_no_failure(
        self, steps: Steps, github: GitHub, connection_id: str, fields: dict[str, Any]
    ) -> None:
        """The person changes the connection while GitHub is asked about it."""
        document = steps.deployment.firestore.document("repositories", connection_id)

        def meanwhile(proceed: Proceed) -> Response:
            document.update(fields)
            return proceed()

        event_id = steps.told(lambda: github.rename(TRACKER, "parcels"))
        met = github.faults.add("GET /repositories/*", meanwhile)
        assert steps.fetch(event_id).status_code == 503
        assert (steps.event(event_id)["state"], met.fired) == ("received", 1)
        assert standing(steps, connection_id)[1] == TRACKER
        look(steps, event_id)
        assert {name: steps.connection(connection_id)[name] for name in fields} == fields

    def test_with_a_person_who_disconnects_meanwhile_is_none(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        document = steps.deployment.firestore.document("repositories", connection_id)

        def meanwhile(proceed: Proceed) -> Response:
            document.delete()
            return proceed()

        event_id = steps.told(lambda: github.rename(TRACKER, "parcels"))
        github.faults.add("GET /repositories/*", meanwhile)
        assert steps.fetch(event_id).status_code == 503
        look(steps, event_id)
        assert steps.deployment.documents("repositories") == {}

    def test_between_two_events_at_once_is_none(self, steps: Steps, github: GitHub, connection_id: str) -> None:
        told = [
            steps.told(lambda: github.rename(TRACKER, "parcels")),
            steps.told(lambda: github.set_private(PARCELS, private=False)),
        ]
        steps.deployment.function("pr_event_processor")
        slow = github.faults.add("GET /repositories/*", faults.slow(0.2), times=2)
        with ThreadPoolExecutor(2) as pool:
            statuses = [each.status_code for each in pool.map(steps.fetch, told)]
        assert set(statuses) <= {200, 503}
        assert slow.fired == 2
        for event_id in told:
            steps.fetch(event_id)
        assert {steps.event(event_id)["state"] for event_id in told} == {"done"}
        assert standing(steps, connection_id) == ("connected", PARCELS)

    def test_with_one_connection_does_not_undo_the_others(
        self, steps: Steps, github: GitHub, connection_id: str
    ) -> None:
        other_id = steps.connect("ada", MAP, ADA)
        event_id = steps.told(lambda: github.suspend("sample-org"))
        failing = github.faults.add("GET /app/installations/*", faults.slow(0.0))
        github.faults.add("GET /app/installations/*", faults.server_error())
        assert steps.fetch(event_id).status_code == 503
        assert sorted(standing(steps, each)[0] for each in (connection_id, other_id)) == ["connected", "suspended"]
        look(steps, event_id)
        assert {standing(steps, each)[0] for each in (connection_id, other_id)} == {"suspended"}
        assert failing.fired == 1
