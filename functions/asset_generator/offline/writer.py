"""The card of a pull request in its author's own words: no model, and the same card for the same pull request."""

from functions.asset_generator.offline import (
    claims,
    description,
    effects,
    headline,
    moves,
    skills,
    whereabouts,
)
from functions.asset_generator.offline.reading import Reading, read
from shared.domain import text as texts
from shared.domain.asset_card import CardText, Draft, GeneratedBy
from shared.domain.pull_request import PullRequest

GENERATED_BY = GeneratedBy(provider="offline", model="extractive", prompt_version="offline-1")


def write(pull: PullRequest) -> Draft:
    """The card for a merged pull request; total, deterministic, and linear in the size of the pull request."""
    reading = read(pull)
    effect = _effect(reading)
    told = description.describe(reading, effect.statement if effect else None)
    title = texts.clean(_title(reading), limit=headline.LONGEST)
    impact = texts.clean(effect.text, limit=effects.LONGEST) if effect else ""
    proved = claims.prove(reading, title, told, effect)
    return Draft(
        text=CardText(
            title=title,
            description=told.text,
            impact=impact,
            skills=skills.list_skills(reading, proved),
            claims=proved,
        ),
        generated_by=GENERATED_BY,
    )


def _effect(reading: Reading) -> effects.Effect | None:
    if reading.kind in {"images", "binary"}:
        return effects.listed(reading.pull)
    told = [*reading.entries, *reading.told, *reading.steps]
    if reading.headline is not None:
        told.append(headline.as_statement(reading.headline))
    return effects.strongest(told, reading.noted, measures=reading.kind == "performance")


def _title(reading: Reading) -> str:
    """The headline, else what the changed files alone can tell."""
    if reading.headline is not None:
        return _moved(reading) or reading.headline.text
    if not reading.grouped:
        return reading.phrases.say("untitled_repository", name=reading.pull.repo_full_name)
    return whereabouts.topic(reading)


def _moved(reading: Reading) -> str:
    """Of "Moved to src" what was moved as well, where the folders tell; empty for any other title."""
    assert reading.headline is not None
    folders = moves.folders(reading.pull) if reading.kind == "move" else None
    words = reading.headline.text
    return (
        words.replace("Moved ", f"Moved {folders.old} ", 1)
        if folders and words.startswith(("Moved to ", "Moved into "))
        else ""
    )
