"""What a pull request says it brought about: measured where it gives numbers, else plainly stated, else nothing."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from functions.asset_generator.offline import headline, statements, verbs
from functions.asset_generator.offline.statements import Statement
from shared.domain import text as texts
from shared.domain.asset_card import Source
from shared.domain.pull_request import PullRequest
from shared.domain.units import unit_after

LONGEST = 300
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.#/-])\d[\d,]*(?:\.\d+)?(?: ?[-–~〜] ?\d[\d,]*(?:\.\d+)?)?(?![.\d]*\.\d)")
_SHORT = 160
_MOST_LINES = 400
_NOTED = 2.5
_FEWEST_LISTED = 2


class Effect(NamedTuple):
    """The words of an effect and what they were made of."""

    text: str
    statement: Statement


def strongest(told: Iterable[Statement], noted: Iterable[Statement], *, measures: bool) -> Effect | None:
    """The statement that says most about the effect; `noted` are comments in code, believed with a number alone.

    `measures` tells that the pull request is about performance, so that a number needs no comparison.
    """
    rated = [(_rating(each, measures=measures), each) for each in told]
    rated += [(_NOTED, each) for each in noted if is_measured(each.text) and _pattern("works").search(each.text)]
    fitting = [(rating, -index, each) for index, (rating, each) in enumerate(rated) if len(worded(each)) <= LONGEST]
    rating, _, best = max(fitting, key=lambda each: each[:2], default=(0.0, 0, None))
    return Effect(worded(best), best) if best is not None and rating > 0 else None


def is_measured(sentence: str) -> bool:
    """Whether a sentence holds a number with a unit in which an effect can be measured."""
    for number in _NUMBER.finditer(sentence):
        unit, _ = unit_after(sentence, number.end())
        if unit is None or unit.dimension in _data()["counted_out"]:
            continue
        if not unit.counted or _pattern("counts").search(sentence):
            return True
    return False


def worded(statement: Statement) -> str:
    """A statement as a sentence of the card: what reports on the pull request becomes something done."""
    sentence = statement.text
    if texts.language(sentence) == "ja":
        return verbs.past_japanese(sentence.rstrip("。")) + "。"
    past = verbs.reported(sentence)
    if past is None and (statement.is_item or len(sentence) <= _SHORT):
        past = verbs.past(sentence, in_prose=not statement.is_item)
    if past is not None or statement.is_item:
        return headline.sentence(past or sentence)
    return sentence if sentence.endswith((".", "!", "?")) else sentence + "."


def listed(pull: PullRequest) -> Effect | None:
    """The percentages that a message gives file by file, the largest three, of a pull request about such files."""
    sources: list[tuple[Source, str, str]] = [("body", "body", pull.body)]
    sources += [("commit", commit.sha, commit.message) for commit in pull.commits[:20]]
    for source, ref, text in sources:
        lines = (line.strip() for line in text[:20_000].split("\n")[:_MOST_LINES])
        found = [(match, line) for line in lines if (match := _pattern("listed").search(line))]
        if len(found) >= _FEWEST_LISTED:
            largest = sorted(found, key=lambda pair: -float(pair[0]["figure"].rstrip("% ")))[:3]
            named = [f"{match['figure']} for {_file_name(match['name'])}" for match, _ in largest]
            words = f"The {source} lists {', '.join(named[:-1])} and {named[-1]}."
            return Effect(words, Statement(words, source, ref, tuple(line for _, line in largest)))
    return None


def _rating(statement: Statement, *, measures: bool) -> float:
    """How well a statement tells an effect, 0 or less where it does not."""
    sentence = statement.text
    measured = is_measured(sentence) and _pattern("hedges").search(sentence) is None
    compares = _pattern("compares").search(sentence) is not None
    works = _pattern("works").search(sentence) is not None
    problem = _pattern("problem").search(sentence) is not None
    if measured and compares:
        return 3.0 + (statement.role == "effect")
    if measured and (statement.role == "effect" or measures):
        return 1.5
    if works and not problem:
        return 2.0 - 0.5 * statements.points_back(sentence) * (statement.source != "file")
    return 1.0 if statement.role == "effect" and not statement.is_item and not problem else 0.0


def _file_name(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_data()[name], re.IGNORECASE)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("effects.json").read_text("utf-8"))
    return data
