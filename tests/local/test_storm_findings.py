"""What is found in the store after a storm, and what is said about it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from local.github import Sample, read_samples
from local.storm.findings import Findings, inspect, unfinished
from local.storm.fleet import SIZES
from local.storm.lightning import Place, Tally, When
from local.storm.merges import merges
from local.storm.plan import Course, Plan
from local.storm.report import markdown, misses, numbers
from local.walk import authors, event_id
from shared.domain.ids import derived_id
from tests.cards import a_card, put
from tests.deployment import Deployment

FINE = Findings(
    events=2,
    cards=2,
    lost=(),
    doubled=(),
    strange=(),
    broken=(),
    unfinished=(),
    states={"done": 2},
    exceptions=0,
    card_times={0: 1010.0, 1: 1100.0},
)


@pytest.fixture(scope="module")
def pulls() -> list[Sample]:
    return merges(read_samples(Path("local/samples")), 4, seed=3)


class Aftermath:
    """A store after a storm in which everything went well: each merge done, each author with a card."""

    def __init__(self, deployment: Deployment, pulls: list[Sample]) -> None:
        self.deployment = deployment
        self.pulls = pulls
        for merge in pulls:
            self.event(merge, "done")
            for person in authors(merge):
                self.card(merge, f"gh-{person.id}")

    def event(self, merge: Sample, state: str) -> None:
        """Let a merge's event be in a state."""
        self.deployment.firestore.document("pr-events", event_id(merge)).set({"state": state})

    def card(self, merge: Sample, owner: str, copy: int = 1) -> str:
        """Write a card of a merge; a further copy has another id."""
        document = merge.pull.document
        names = {"repo_full_name": merge.repository["full_name"], "merge_commit_sha": document["merge_commit_sha"]}
        card_id = derived_id("copy", owner, event_id(merge), copy)
        card = a_card(owner, document["number"], asset_card_id=card_id, pr_event_id=event_id(merge), **names)
        return put(self.deployment, card)

    def found(self) -> Findings:
        """What the storm says of it."""
        return inspect(self.deployment.firestore, self.pulls)


@pytest.fixture
def aftermath(deployment: Deployment, pulls: list[Sample]) -> Aftermath:
    return Aftermath(deployment, pulls)


class TestInspect:
    def test_finds_nothing_wrong_where_nothing_is(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        found = aftermath.found()
        assert (found.lost, found.doubled, found.strange, found.broken, found.unfinished) == ((), (), (), (), ())
        assert found.events == 4
        assert found.cards == sum(len(authors(merge)) for merge in pulls)
        assert set(found.card_times) == {0, 1, 2, 3}

    def test_misses_a_card_that_is_not_there(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        owner = f"gh-{authors(pulls[0])[0].id}"
        for key, card in aftermath.deployment.documents("asset-cards").items():
            if (card["ownerId"], card["prNumber"]) == (owner, pulls[0].pull.number):
                aftermath.deployment.firestore.document("asset-cards", key).delete()
        assert aftermath.found().lost == (f"{owner} {pulls[0].path.as_posix()}",)

    def test_finds_a_second_card_of_one_merge(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        owner = f"gh-{authors(pulls[1])[0].id}"
        aftermath.card(pulls[1], owner, copy=2)
        assert aftermath.found().doubled == (f"{owner} {pulls[1].path.as_posix()}",)

    def test_finds_a_card_that_nobody_should_have(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        aftermath.card(pulls[1], "gh-1")
        assert aftermath.found().strange == (f"gh-1 {pulls[1].path.as_posix()}",)

    @pytest.mark.parametrize("stands", ["received", "processing"])
    def test_finds_an_event_that_is_not_at_rest(self, aftermath: Aftermath, pulls: list[Sample], stands: str) -> None:
        aftermath.event(pulls[2], stands)
        assert aftermath.found().unfinished == (f"{pulls[2].path.as_posix()} {stands}",)
        assert unfinished(aftermath.deployment.firestore, 4) == 1

    def test_finds_a_merge_that_never_arrived(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        aftermath.deployment.firestore.document("pr-events", event_id(pulls[3])).delete()
        assert aftermath.found().unfinished == (f"{pulls[3].path.as_posix()} never arrived",)
        assert unfinished(aftermath.deployment.firestore, 4) == 1

    @pytest.mark.parametrize("fields", [{"title": "other words"}, {"ledger": {"count": 2, "head": "0" * 64}}])
    def test_finds_a_card_that_its_ledger_does_not_tell_of(
        self, aftermath: Aftermath, pulls: list[Sample], fields: dict[str, object]
    ) -> None:
        card_id = aftermath.card(pulls[0], "gh-1")
        aftermath.deployment.firestore.document("asset-cards", card_id).update(fields)
        assert aftermath.found().broken == (f"asset-cards/{card_id}",)

    def test_finds_a_ledger_that_was_written_to_twice(self, aftermath: Aftermath, pulls: list[Sample]) -> None:
        card_id = aftermath.card(pulls[0], "gh-1")
        ledger = aftermath.deployment.firestore.collection("asset-cards", card_id, "ledger")
        first = ledger.document("00000001").get().to_dict() or {}
        ledger.document("00000002").set({**first, "seq": 2})
        assert aftermath.found().broken == (f"asset-cards/{card_id}",)


def a_course(findings: Findings = FINE, **fields: object) -> Course:
    """A storm of two merges in which everything happened that should; `fields` replace its own."""
    struck = Counter(Place(function, "an effect", when) for function in SIZES for when in When)
    told = {
        "plan": Plan(name="a storm", deliveries=2, seed=1, speed=10, over=60),
        "findings": findings,
        "sent": 3,
        "failed_deliveries": 1,
        "redeliveries": 1,
        "told_at": {0: 1000.0, 1: 1000.0},
        "model_calls": 2,
        "model_refusals": 1,
        "tally": Tally(Counter({(function, "an effect"): 2 for function in SIZES}), struck, 1),
        "troubles": {"GitHub answers 502": 4},
        "started": 9,
        "reconciled": 2,
        "left": 1,
        "stormed": 60.0,
        "settled": 30.0,
        "real": 9.0,
    }
    return Course(**{**told, **fields})  # type: ignore[arg-type]  # by name, each of its type


class TestMisses:
    def test_are_none_where_all_went_well(self) -> None:
        assert misses(a_course()) == []

    @pytest.mark.parametrize("what", ["lost", "doubled", "strange", "broken", "unfinished"])
    def test_name_what_is_wrong_in_the_store(self, what: str) -> None:
        (said,) = misses(a_course(replace(FINE, **{what: ("gh-1 storm-1/parcel-map#7",)})))  # type: ignore[arg-type]  # by name
        assert "storm-1/parcel-map#7" in said

    def test_tell_of_a_model_that_is_asked_too_often(self) -> None:
        assert misses(a_course(model_calls=2)) == []
        (said,) = misses(a_course(model_calls=3))
        assert "1.500 model calls" in said

    def test_tell_of_trouble_that_never_came(self) -> None:
        assert misses(a_course(troubles={"GitHub is away": 0})) == ["never happened: GitHub is away"]
        assert misses(a_course(redeliveries=0)) == ["never happened: a redelivery"]
        said = misses(a_course(tally=Tally(Counter(), Counter(), 0)))
        assert "never happened: a kill of asset_generator before an effect" in said
        assert "never happened: a kill of a whole instance" in said


class TestReport:
    def test_tells_the_time_to_card_by_both_clocks(self) -> None:
        course = a_course()
        assert numbers(course)["secondsToCard"] == {"p50": 10.0, "p95": 100.0, "p99": 100.0, "max": 100.0}
        said = markdown(course)
        assert "| time to card, the storm's clock | p50 10.0 s, p95 100.0 s" in said
        assert "| time to card, real time | p50 1.0 s, p95 10.0 s" in said

    def test_counts_the_kills_by_function_and_place(self) -> None:
        assert "| pr_event_processor | an effect | 2 | 1 | 1 |" in markdown(a_course())

    def test_ends_with_the_verdict(self) -> None:
        assert markdown(a_course()).rstrip().endswith("Every target is met.")
        assert "**missed**: never happened: a redelivery" in markdown(a_course(redeliveries=0))

    def test_says_nothing_of_times_where_no_card_was_written(self) -> None:
        assert numbers(a_course(replace(FINE, card_times={})))["secondsToCard"] == {}
