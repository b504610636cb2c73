"""What a card says below its title: the author's own words about it, then where it was and how large."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from functions.asset_generator.offline import effects, findings, statements, subjects, verbs, whereabouts
from functions.asset_generator.offline.finding import Finding
from functions.asset_generator.offline.reading import Reading
from functions.asset_generator.offline.statements import Statement
from shared.domain import text as texts

LONGEST = 600
_ROOM = 430
_STEP_ROOM = 260
_LONG = 240
_SECOND = 3.6
_SAME = 0.7
_NEW_TERMS = 3
_TELLING = {"en": 24, "ja": 18}
_FEW_COMMITS = 2
_NEAR = 2


class Description(NamedTuple):
    """The sentences, and the statements and findings that they repeat."""

    text: str
    told: tuple[Statement, ...]
    shown: tuple[Finding, ...]


def describe(reading: Reading, effect: Statement | None) -> Description:
    """One to three sentences; what is the card's impact already is not said twice."""
    told = _sentences(reading, effect)
    shown: list[Finding] = []
    if not told:
        moves = any(each.is_key for each in findings.show(reading))
        told = () if moves else _steps(reading, effect)
        shown = _shown(reading, told)
    separator = "" if reading.phrases.is_japanese else " "
    parts = [*(each.text for each in shown), *(effects.worded(each) for each in told), whereabouts.sentence(reading)]
    return Description(texts.clean(separator.join(parts), limit=LONGEST), told, tuple(shown))


def terms(text: str) -> set[str]:
    """The words of a text that carry its meaning, or its pairs of characters where it is Japanese."""
    if texts.language(text) == "ja":
        bare = re.sub(r"[\s、。「」()（）]", "", text)
        return {bare[index : index + 2] for index in range(len(bare) - 1)}
    return {word[:5] if word.isalpha() else word for word in re.findall(r"[a-z0-9_]{3,}", text.lower())}


def repeats(one: str, other: str) -> bool:
    """Whether the first text says little that the second does not."""
    mine = terms(one)
    new = mine - terms(other)
    return len(new) < _NEW_TERMS or len(new) < (1 - _SAME) * len(mine)


def _sentences(reading: Reading, effect: Statement | None) -> tuple[Statement, ...]:
    """Up to two sentences of changelog, body and leading commit messages, in their order."""
    leading = _leading(reading)
    pool = [
        each
        for each in (*reading.entries, *reading.told)
        if each is not effect
        and (not each.is_item or each.source == "file")
        and (each.source != "commit" or each.ref in leading)
    ]
    ratings = [_rating(each, index) for index, each in enumerate(pool)]
    first = _best(pool, ratings, _said(reading, effect), _ROOM)
    if first is None or ratings[first] <= 0:
        return ()
    ratings = [
        _after(pool[first], each, index - first, rating)
        for index, (each, rating) in enumerate(zip(pool, ratings, strict=True))
    ]
    said = [*_said(reading, effect), effects.worded(pool[first])]
    second = _best(pool, ratings, said, _ROOM - len(said[-1]))
    if second is None or ratings[second] < _SECOND:
        return (pool[first],)
    return (pool[first], pool[second]) if first < second else (pool[second], pool[first])


def _best(pool: Sequence[Statement], ratings: Sequence[float], said: Sequence[str], room: int) -> int | None:
    """The place of the best rated statement that is news and fits in the room."""
    order = sorted(range(len(pool)), key=lambda index: (-ratings[index], index))
    for index in order:
        words = effects.worded(pool[index])
        if len(words) <= room and not any(repeats(words, each) for each in said):
            return index
    return None


def _rating(statement: Statement, index: int) -> float:
    """How much a sentence helps a reader who has seen the title alone."""
    sentence = statement.text
    rating = 4.0 - 0.15 * index
    rating += 1.0 * (statement.source == "file") + 0.5 * (statement.source == "body")
    rating += 1.0 * statements.gives_reason(sentence) + 0.8 * (statement.role == "reason")
    rating -= 3.5 * _leans(statement)
    return rating - 2.0 * statements.speaks_of_us(sentence) - 1.0 * (len(sentence) > _LONG) - 1.5 * ("#" in sentence)


def _after(first: Statement, statement: Statement, distance: int, rating: float) -> float:
    """The rating of a sentence beside the first one: what points back may follow it, what is done now should."""
    if first.source != statement.source or first.ref != statement.ref or distance <= 0:
        return rating
    if statements.names_fix(statement.text) and distance <= _NEAR and not _orders(statement.text):
        return rating + 3.5 * _leans(statement) + 1.0
    return rating + 3.0 * (distance == 1 and _leans(statement))


def _orders(sentence: str) -> bool:
    """Whether a sentence goes on as an order after its first word: "Instead, mark the column"."""
    return verbs.begins_with_verb(sentence.partition(", ")[2])


def _leans(statement: Statement) -> bool:
    """Whether a sentence needs the one before it to be understood, as the card words it."""
    return statements.points_back(effects.worded(statement))


def _steps(reading: Reading, effect: Statement | None) -> tuple[Statement, ...]:
    """Up to three items of the body or, without any, two subjects of commits that tell more than the title."""
    items = [each for each in reading.told if each.is_item and each.source == "body" and each is not effect]
    shortest = _TELLING["ja" if reading.phrases.is_japanese else "en"]
    steps = [each for each in reading.steps if len(each.text) >= shortest and each is not effect]
    chosen: list[Statement] = []
    said = _said(reading, effect)
    candidates = sorted(items or steps, key=lambda each: subjects.is_secondary(each.text))
    for each in candidates:
        words = effects.worded(each)
        fits = sum(len(effects.worded(other)) for other in chosen) + len(words) <= _STEP_ROOM
        if len(chosen) < (3 if items else 2) and fits and not any(repeats(words, text) for text in said):
            chosen.append(each)
            said.append(words)
    return tuple(chosen)


def _shown(reading: Reading, told: Sequence[Statement]) -> list[Finding]:
    """What the files show, where the author says little: moves always, other things to make up two sentences."""
    said = _said(reading, None) + [effects.worded(each) for each in told]
    shown: list[Finding] = []
    for finding in findings.show(reading):
        wanted = (finding.is_key if told else finding.is_telling) and not _is_titled(reading, finding)
        if wanted and len(shown) + len(told) < 2 and not any(repeats(finding.text, each) for each in said):  # noqa: PLR2004
            shown.append(finding)
            said.append(finding.text)
    return shown


def _is_titled(reading: Reading, finding: Finding) -> bool:
    """Whether the title names all that the finding names."""
    title = reading.headline.text.lower() if reading.headline else ""
    return bool(finding.names) and all(name.lower() in title for name in finding.names)


def _said(reading: Reading, effect: Statement | None) -> list[str]:
    """What the card says in other places."""
    title = [reading.headline.text] if reading.headline else []
    return [*title, *([effects.worded(effect)] if effect else [])]


def _leading(reading: Reading) -> set[str]:
    """The commits whose messages are about the pull request as a whole."""
    if len(reading.pull.commits) <= _FEW_COMMITS:
        return {commit.sha for commit in reading.pull.commits}
    title = reading.headline.text if reading.headline else ""
    return {step.ref for step in reading.steps if repeats(step.text, title)}
