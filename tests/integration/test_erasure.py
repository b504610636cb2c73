"""Somebody leaves: what is left of them, what of others, and what the ledger says then."""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.reconciler import erasure as erasure_work
from functions.reconciler import erasure_pseudonyms
from local.firestore import FirestoreEmulator
from shared.audit_days import count, folded
from shared.domain.audit_day import bounds, day_of
from shared.domain.erasure import LAST_LOOK, SOON, Erasure
from shared.domain.errors import RetryLaterError, UnauthenticatedError
from shared.domain.personal_data import PERSONAL
from tests.cards import a_card, put
from tests.chains import chain
from tests.deployment import Deployment
from tests.governance import HARMLESS, Office
from tests.governed import an_intent, put_intent, put_run
from tests.leaving import World, an_event, event_id, new_world, settle, settle_a_little
from tests.sizes import size
from tests.steps import ADA

CARDS = size(40, long=1000)


@pytest.fixture
def world(deployment: Deployment) -> World:
    made = new_world(deployment)
    settle(made)
    made.begin()
    return made


@pytest.fixture
def bare(deployment: Deployment) -> World:
    """A world without anything, and the erasure of who leaves it."""
    made = new_world(deployment)
    made.begin()
    return made


class TestErasure:
    def test_leaves_the_uid_in_entries_of_the_ledger_alone(self, world: World) -> None:
        before = world.named()
        assert {path.split("/")[0] for path in before} == {*PERSONAL, "erasures"} - {
            "provisioning-jobs",
            "provisioning_events",
            "audit-marks",
        }
        world.finish()
        left = world.named()
        assert left
        entries = world.deployment.everything()
        for path in left:
            assert path.split("/")[0::2] == ["intents", "ledger"]
            assert json.loads(entries[path]["canonical"])["actor"] == world.leaver
            assert world.leaver not in json.dumps({**entries[path], "canonical": ""}, default=str)

    def test_leaves_no_broken_chain(self, world: World) -> None:
        world.finish()
        assert world.faults() == []
        said = [each for intent_id in world.deployment.documents("intents") for each in chain_of(world, intent_id)]
        assert [each for each in said if each["action"] == "pseudonymised" and each["actor"] == "task:erasure"]

    def test_keeps_what_was_stated_decided_and_found(self, world: World) -> None:
        kept = ("intents", "approvals", "agent-runs", "reviews", "evidences", "provisioning_events")
        before = {name: world.deployment.documents(name) for name in kept}
        world.finish()
        for name in kept:
            after = world.deployment.documents(name)
            assert after.keys() == before[name].keys()
            for each, fields in before[name].items():
                was, now = (without_names(told) for told in (fields, after[each]))
                assert was == now

    def test_replaces_one_name_by_one_pseudonym(self, world: World) -> None:
        named = {path: said.count(world.leaver) for path, said in world.named().items() if is_kept(path)}
        world.finish()
        told = world.deployment.everything()
        found = {path: json.dumps(told[path], default=str).count("erased-sample") for path in named if path in told}
        assert found == {path: named[path] for path in found}
        assert {path.split("/")[0] for path in found} == {
            *("intents", "approvals", "agent-runs", "evidences", "exceptions")
        }

    def test_changes_nothing_of_anybody_else(self, world: World) -> None:
        """What they had a part in, as an approver, is theirs too: those documents name them."""
        before = world.deployment.everything()
        theirs = {path for path, fields in before.items() if fields.get("ownerId") == world.stayer}
        own = {path for path in theirs if not path.startswith("audit-")}  # figures: `TestFigures`
        shared = {f"intents/{before[path]['intentId']}" for path in world.named() if path.startswith("approvals/")}
        untouched = own - shared - set(world.named())
        kept = {path: told for path, told in before.items() if "/".join(path.split("/")[:2]) in untouched}
        assert {path.split("/")[0] for path in kept} >= {"repositories", "asset-cards", "intents", "pr-events"}
        world.finish()
        after = world.deployment.everything()
        assert {path: after.get(path) for path in kept} == kept

    def test_removes_cards_with_all_that_is_below_them(self, world: World) -> None:
        mine = [f"asset-cards/{a_card(world.leaver, number).asset_card_id}" for number in (1, 2)]
        assert len([path for path in world.deployment.everything() if path.startswith(tuple(mine))]) >= 6
        world.finish()
        assert not [path for path in world.deployment.everything() if path.startswith(tuple(mine))]

    def test_tells_the_log_which_chains_left_with_it(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.finish()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"ledger_erased"' in line]
        gone = {each["subject"] for each in lines}
        assert gone == {f"asset-cards/{a_card(world.leaver, number).asset_card_id}" for number in (1, 2)}

    def test_keeps_shared_exceptions_for_the_others(self, world: World) -> None:
        before = world.deployment.documents("exceptions")
        alone = [each for each, told in before.items() if told["ownerIds"] == [world.leaver] and not told["intentId"]]
        assert len(alone) == 1
        world.finish()
        after = world.deployment.documents("exceptions")
        assert before.keys() - after.keys() == set(alone)

    def test_forgets_whose_it_was(self, world: World) -> None:
        world.finish()
        left = world.erasure()
        assert (left["ownerId"], left["pseudonym"], left["githubUserId"]) == (None, None, None)
        assert left["expiresAt"] == world.at + timedelta(days=30)

    def test_lets_the_merges_that_they_authored_name_nobody(self, world: World) -> None:
        world.finish()
        events = world.deployment.documents("pr-events")
        assert event_id(world, 1) not in events
        shared = events[event_id(world, 3)]
        assert (shared["authorId"], shared["authorLogin"], shared["authorType"]) == (None, "ghost", "User")

    def test_takes_their_intents_out_of_the_inbox(self, bare: World) -> None:
        intent_id = put_intent(bare.deployment, an_intent(bare.leaver))
        bare.finish()
        assert bare.deployment.documents("intents")[intent_id]["awaitingApproval"] is False
        assert bare.faults() == []

    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_removes_many_cards(self, bare: World) -> None:
        put(bare.deployment, *(a_card(bare.leaver, number) for number in range(CARDS)), a_card(bare.stayer))
        bare.finish()
        assert {each["ownerId"] for each in bare.deployment.documents("asset-cards").values()} == {bare.stayer}
        assert {path.split("/")[1] for path in bare.deployment.everything() if path.startswith("asset-cards/")} == {
            a_card(bare.stayer).asset_card_id
        }

    def test_renames_more_than_a_commit_takes(self, bare: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(erasure_pseudonyms, "MOST_IN_A_COMMIT", 2)
        settle(bare)
        bare.finish()
        assert bare.faults() == []
        assert all(path.split("/")[0::2] == ["intents", "ledger"] for path in bare.named())


class TestFigures:
    def test_stay_what_they_were_at_every_moment(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However far the erasure is, and whether days have been counted anew or are marked."""
        store, day = world.services.store, day_of(world.at)
        before = folded(None, [day], store)
        assert before[day].runs == 4
        monkeypatch.setattr(erasure_work, "TIME_AT_ONCE", timedelta(0))
        for number in range(100):
            if world.look() != "continued":
                break
            assert folded(None, [day], store) == before
            if number % 3 == 0:
                world.fold()
                assert folded(None, [day], store) == before
        world.fold()
        world.at += LAST_LOOK
        while world.look() != "done":
            world.at += SOON
        assert folded(None, [day], store) == before == count(None, *bounds(day), store)
        assert folded("erased-sample", [day], store)[day].runs == 2

    def test_stay_what_they_were_after_a_look_at_everything(self, world: World) -> None:
        world.fold()
        store, day = world.services.store, day_of(world.at)
        before = folded(None, [day], store)
        assert world.look() == Erasure.WAITING
        assert folded(None, [day], store) == before
        world.fold()
        assert folded(None, [day], store) == before

    def test_of_the_person_go(self, world: World) -> None:
        world.finish()
        owners = {each["ownerId"] for each in world.deployment.documents("audit-days").values()}
        assert owners == {"", world.stayer, "erased-sample"}
        assert world.deployment.documents("audit-marks") == {}


class TestTime:
    def test_of_the_last_look_is_when_nothing_can_come_any_more(self, bare: World) -> None:
        assert bare.look() == Erasure.WAITING
        assert bare.erasure()["dueAt"] == bare.at + LAST_LOOK
        assert bare.deployment.tasks.tasks() == []
        put(bare.deployment, a_card(bare.leaver))  # by a worker that had begun, or with a token that still holds
        bare.at += LAST_LOOK - timedelta(seconds=1)
        assert bare.look() == Erasure.WAITING
        put(bare.deployment, a_card(bare.leaver))
        bare.at += timedelta(seconds=2)
        assert bare.look() == "done"
        assert bare.deployment.documents("asset-cards") == {}

    def test_that_runs_out_is_gone_on_with_at_once(self, bare: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(erasure_work, "TIME_AT_ONCE", timedelta(0))
        Office(bare.deployment).hold("reconciler")
        put(bare.deployment, *(a_card(bare.leaver, number) for number in range(3)))
        for left in (2, 1, 0):
            assert bare.look() == "continued"
            assert len(bare.deployment.documents("asset-cards")) == left
        assert len(bare.deployment.tasks.tasks()) == 3
        assert bare.look() == Erasure.WAITING

    def test_that_others_take_for_their_work_is_waited_for(self, bare: World) -> None:
        run_id = put_run(bare.deployment, bare.leaver)
        event = an_event("under way", state="processing")
        store = bare.services.store
        store.pr_events.commit(store.pr_events.create(event))
        assert bare.look() == Erasure.WAITING
        assert bare.erasure()["dueAt"] == bare.at + SOON
        assert bare.deployment.documents("agent-runs")[run_id]["ownerId"] == bare.leaver
        assert bare.deployment.documents("pr-events")["under way"]["authorId"] == ADA
        bare.at += LAST_LOOK + timedelta(seconds=1)
        assert bare.look() == Erasure.WAITING
        for path, state in ((f"agent-runs/{run_id}", "failed"), ("pr-events/under way", "done")):
            bare.deployment.firestore.document(path).update({"state": state})
        bare.at += SOON
        assert bare.look() == Erasure.WAITING  # until the days are counted anew
        bare.fold()
        bare.at += SOON
        assert bare.look() == "done"
        assert bare.deployment.documents("pr-events")["under way"]["authorId"] is None
        assert bare.deployment.documents("agent-runs")[run_id]["ownerId"] == "erased-sample"

    def test_never_ends_the_trying(self, bare: World) -> None:
        lost = replace(bare.services.store.erasures.get(bare.erasure_id).value, attempts=100)  # type: ignore[union-attr]
        store = bare.services.store.erasures
        store.commit(store.put(lost))
        assert bare.look() == Erasure.WAITING
        assert bare.erasure()["dueAt"] == bare.at + timedelta(hours=1)


class TestAccount:
    def test_is_gone_before_anything_else(self, bare: World) -> None:
        fault = bare.deployment.identity.operations.fail("delete", status=403, times=None)
        put(bare.deployment, a_card(bare.leaver))
        with pytest.raises(RetryLaterError):
            bare.look()
        bare.deployment.identity.operations.heal()
        assert fault.fired
        assert len(bare.deployment.documents("asset-cards")) == 1
        assert bare.look() == Erasure.WAITING
        with pytest.raises(UnauthenticatedError):
            bare.services.accounts.check(bare.leaver, signed_in_at=bare.at.timestamp())

    def test_that_is_gone_already_is_no_hindrance(self, bare: World) -> None:
        bare.services.accounts.delete(bare.leaver)
        bare.finish()

    def test_connects_nothing_any_more(self, bare: World) -> None:
        bearer = bare.deployment.bearer(bare.leaver, ADA)
        bare.look()
        body = {"owner": "sample-org", "name": "parcel-map"}
        answer = bare.deployment.function("repositories").post("/api/repositories", json=body, headers=bearer)
        assert answer.status_code == 401
        assert bare.deployment.documents("repositories") == {}


class TestRun:
    def test_that_is_queued_reads_no_repository_of_theirs(self, bare: World) -> None:
        office = Office(bare.deployment)
        office.hold("agent-runner", "pr-event-processor")
        leaver = office.person(bare.leaver, github_id=ADA)
        leaver.post("repositories", "/api/repositories", {"owner": "sample-org", "name": "parcel-map"})
        run_id = leaver.start(leaver.state(HARMLESS)["intentId"], runId="one").get_json()["agentRunId"]
        assert bare.look() == Erasure.WAITING
        assert office.run_queued(run_id).get_json() == {"outcome": "failed"}
        run = bare.deployment.documents("agent-runs")[run_id]
        assert (run["lastError"], run["ownerId"]) == ("repository_not_connected", bare.leaver)
        bare.at += LAST_LOOK + SOON
        assert bare.look() == Erasure.WAITING
        bare.fold()
        bare.at += SOON
        assert bare.look() == "done"
        assert all(path.split("/")[0::2] == ["intents", "ledger"] for path in bare.named())
        assert bare.faults() == []


class TestChain:
    def test_that_was_tampered_with_stays_broken(self, bare: World) -> None:
        intent_id = put_intent(bare.deployment, an_intent(bare.leaver))
        bare.deployment.firestore.document("intents", intent_id).update({"goal": "Something else"})
        before = bare.faults()
        bare.finish()
        assert [(each.seq, each.reason) for each in bare.faults()] == [(each.seq, each.reason) for each in before]
        assert bare.deployment.documents("intents")[intent_id]["ownerId"] == "erased-sample"
        assert len(bare.deployment.documents("intents", intent_id, "ledger")) == 1

    def test_whose_subject_is_gone_keeps_nobody(self, bare: World) -> None:
        run_id = put_run(bare.deployment, bare.leaver, state="failed")
        intent_id = bare.deployment.documents("agent-runs")[run_id]["intentId"]
        bare.deployment.firestore.document("intents", intent_id).delete()
        bare.finish()
        assert bare.deployment.documents("agent-runs")[run_id]["ownerId"] == "erased-sample"
        assert bare.deployment.documents("intents") == {}

    def test_goes_on_when_others_decide_meanwhile(self, bare: World) -> None:
        """The decision comes between the reading and the writing: the commit is refused, and made again."""
        office = Office(bare.deployment)
        boss = office.person(bare.stayer, "approver")
        intent_id = put_intent(bare.deployment, an_intent(bare.leaver))
        store, commit = bare.services.store, bare.services.store.database.commit
        decided: list[str] = []

        def after_a_decision(writes: Any) -> Any:  # noqa: ANN401 -- as the method's own
            if not decided and any(write.reference.path == f"intents/{intent_id}" for write in writes):
                decided.append(boss.decide(intent_id)["approvalId"])
            return commit(writes)

        store.database.commit = after_a_decision  # type: ignore[method-assign]
        bare.finish()
        ((approval_id, approval),) = bare.deployment.documents("approvals").items()
        assert [approval_id] == decided
        assert (approval["ownerId"], approval["decidedBy"]) == ("erased-sample", bare.stayer)
        assert bare.deployment.documents("intents")[intent_id]["decision"]["approvalId"] == approval_id
        assert bare.faults() == []
        assert list(bare.named()) == [f"intents/{intent_id}/ledger/00000001"]

    def test_that_is_broken_keeps_the_decision_that_came_meanwhile(self, bare: World) -> None:
        """No entry stands in the way there: it is the precondition that does."""
        office, intent_id = Office(bare.deployment), put_intent(bare.deployment, an_intent(bare.stayer))
        leaver, boss = (office.person(uid, "approver") for uid in (bare.leaver, f"boss of {bare.stayer}"))
        leaver.decide(intent_id)
        bare.deployment.firestore.document("intents", intent_id, "ledger", "00000001").update({"hash": "0" * 64})
        store, commit = bare.services.store, bare.services.store.database.commit
        decided: list[str] = []

        def after_a_decision(writes: Any) -> Any:  # noqa: ANN401 -- as the method's own
            if not decided and any(write.reference.path == f"intents/{intent_id}" for write in writes):
                decided.append(boss.decide(intent_id)["approvalId"])
            return commit(writes)

        store.database.commit = after_a_decision  # type: ignore[method-assign]
        bare.finish()
        assert bare.deployment.documents("intents")[intent_id]["decision"]["approvalId"] == decided[0]
        found = {each["decidedBy"] for each in bare.deployment.documents("approvals").values()}
        assert found == {"erased-sample", boss.uid}


class Killed(BaseException):
    """The process ends there: nothing catches it."""


class TestKill:
    """At any commit, before it is made and after: what has been done stays, the rest is done when the lease is over."""

    @pytest.mark.long
    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize("after", [False, True])
    def test_leaves_nothing_undone_and_does_nothing_twice(
        self, deployment: Deployment, emulator: FirestoreEmulator, *, after: bool
    ) -> None:
        calm = self.struck(deployment, 0, after=after)
        assert calm["commits"] >= 9
        for number in range(1, calm["commits"] + 1, size(5, long=1)):
            emulator.reset(deployment.project)
            found = self.struck(deployment, number, after=after)
            assert found["left"] == calm["left"], number

    @staticmethod
    def struck(deployment: Deployment, number: int, *, after: bool) -> dict[str, Any]:
        """What is left of an erasure that is struck at this commit, and how many it made in the end."""
        world = new_world(deployment)
        settle_a_little(world)
        before = Counter(path.split("/")[0] for path in deployment.everything())
        world.begin()
        database, commits = world.services.store.database, 0
        commit = database.commit

        def striking(writes: Any) -> Any:  # noqa: ANN401 -- as the method's own
            nonlocal commits
            commits += 1
            if commits == number and not after:
                raise Killed
            made = commit(writes)
            if commits == number:
                raise Killed
            return made

        state = ""
        for _ in range(6):
            database.commit = striking  # type: ignore[method-assign]
            with suppress(Killed, RetryLaterError):
                state = world.look()
            database.commit = commit  # type: ignore[method-assign]
            if state in ("done", "duplicate"):
                break
            world.fold()
            world.at += LAST_LOOK
        assert world.erasure()["state"] == "done"
        assert world.faults() == []
        assert [path.split("/")[0::2] for path in world.named()] == [["intents", "ledger"]] * 2
        now = Counter(path.split("/")[0] for path in deployment.everything())
        (intent_id,) = deployment.documents("intents")
        actions = [each["action"] for each in chain_of(world, intent_id)]
        return {"commits": commits, "left": (now - before, before - now, actions)}


def chain_of(world: World, intent_id: str) -> list[dict[str, Any]]:
    return chain(world.deployment, "intents", intent_id)


def is_kept(path: str) -> bool:
    """Whether it is a document of a collection that keeps what it has of a person."""
    name = path.split("/", maxsplit=1)[0]
    return path.count("/") == 1 and name in PERSONAL and PERSONAL[name].fate == "pseudonymised"


def without_names(fields: dict[str, Any]) -> dict[str, Any]:
    """A document without what the erasure of a name has to change."""
    left = {key: value for key, value in fields.items() if key not in ("ledger", "updatedAt", "awaitingApproval")}
    told = json.dumps(left, default=repr, sort_keys=True)
    names = {str(value) for key, value in fields.items() if key in ("ownerId", "decidedBy", "attachedBy")}
    names |= {str((fields.get(key) or {}).get("decidedBy")) for key in ("decision", "approval")}
    for name in sorted(names, key=len, reverse=True):
        if name.startswith(("leaver-", "erased-")):
            told = told.replace(name, "somebody")
    return {"told": told}
