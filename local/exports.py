"""`make exports`: everything that the samples' cards become, as files in a folder: what to read when an export changes.

As if all of them were one person's and approved; without stores and queues.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from functions.assets.exports import RENDERERS, Profile, compile_portfolio
from local.cards import draft_of, pull_of
from local.github import Sample, SampleError, read_samples
from shared.domain.asset_card import AssetCard, new_card
from shared.domain.credit import may_credit

_OWN = Path(__file__).with_name("samples")
_PROFILE = Profile(
    name="Ada Sample",
    label="Software engineer",
    summary="Builds tracking and mapping services for parcel logistics, with a liking for measured results.",
    url="https://ada.sample.org",
    location="Malmö, Sweden",
)


def cards_of(samples: Iterable[Sample]) -> list[AssetCard]:
    """The approved cards of the samples."""
    pulls = [pull for pull in map(pull_of, samples) if may_credit(pull.author)]
    cards = (
        new_card(draft_of(pull), pull, owner_id="ada", pr_event_id="", flags=frozenset(), at=pull.merged_at)
        for pull in pulls
    )
    return [card.approved(at=card.updated_at) for card in cards]


def main(arguments: list[str]) -> int:
    """Write the files into the first argument's folder; the second one names other samples."""
    folder = Path(arguments[0])
    try:
        samples = read_samples(Path(arguments[1]) if arguments[1:] else _OWN)
    except SampleError as error:
        print(f"make exports: {error}", file=sys.stderr)
        return 1
    portfolio = compile_portfolio(cards_of(samples), profile=_PROFILE, hidden=frozenset(), reversals=())
    folder.mkdir(parents=True, exist_ok=True)
    for renderer in RENDERERS.values():
        made = renderer(portfolio)
        (folder / made.filename).write_text(made.content, "utf-8")
        print(folder / made.filename)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
