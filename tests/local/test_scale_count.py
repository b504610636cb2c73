"""Is what a merge costs still what is written down?"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from local.github import Sample, read_samples
from local.scale import counts
from local.scale.count import count
from local.scale.counts import EXACT, IDLE, ONE, Story
from local.scale.deployment import running
from local.scale.pulls import large, small
from local.scale.stories import Teller
from local.walk import event_id
from tests.sizes import LONG

_OF_A_MERGE = ("asset_generator", "pr_event_processor", "repositories", "webhooks")


@pytest.fixture(scope="module")
def samples() -> Sequence[Sample]:
    return read_samples(Path("local/samples"))


def exact(story: Story) -> dict[str, dict[str, float]]:
    return {
        function: {name: amount for name, amount in amounts.items() if name in EXACT}
        for function, amounts in story.functions.items()
        if function != "reconciler" or story.name == IDLE  # how often it folds days is a matter of minutes
    }


class TestCounts:
    def test_of_a_merge_are_those_that_are_kept(self, samples: Sequence[Sample]) -> None:
        """If not: `make scale COUNT=1`, then `python -m local.scale --write`."""
        pulls = small(samples, 3)
        with running(pulls, with_model=True, functions=_OF_A_MERGE) as deployment:
            teller = Teller(deployment)
            teller.connect(["a-person"], pulls)
            teller.merge(pulls[:1], 1)
            story = teller.told(ONE, 2, lambda: teller.merge(pulls[1:], 1))
        assert exact(story) == exact(counts.read().stories[ONE])
        assert all(0 < amounts["wall"] < 60 for amounts in story.functions.values())

    @pytest.mark.long
    @pytest.mark.skipif(not LONG, reason="starts every function twice; the merge alone is counted above")
    def test_of_every_story_are_those_that_are_kept(self) -> None:
        fresh, kept = count(lambda _: None, turns=6), counts.read()
        assert {name: exact(story) for name, story in fresh.stories.items()} == {
            name: exact(story) for name, story in kept.stories.items()
        }
        assert [(each.collection, each.documents, each.entries) for each in fresh.kept] == [
            (each.collection, each.documents, each.entries) for each in kept.kept
        ]

    def test_are_read_as_they_were_written(self, tmp_path: Path) -> None:
        kept = counts.read()
        kept.write(tmp_path / "counts.json")
        assert counts.read(tmp_path / "counts.json") == kept

    def test_grow_evenly_with_the_people(self) -> None:
        stories = counts.read().stories
        for amount in ("reads", "writes", "store_calls", "model", "github"):
            one, two, five = (stories[name].total(amount) for name in ("merge", "merge, 2 people", "merge, 5 people"))
            assert five - one == 4 * (two - one)


class TestLargeMerges:
    def test_are_merges_of_their_own_with_more_than_a_page_of_everything(self, samples: Sequence[Sample]) -> None:
        pulls = small(samples, 4)
        grown = large(pulls, 2)
        assert len({event_id(each) for each in [*pulls, *grown]}) == 6
        assert all(min(len(each.pull.files), len(each.pull.commits)) > 100 for each in grown)
