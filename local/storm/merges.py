"""What is delivered: many merges made from a few samples, and when each is told of, once or more often."""

import random
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local.github import Pull, Sample
from local.github.shapes import object_name

_ORGANISATIONS = 10
_DEVELOPERS = 3  # in each organisation, for each person of the samples
_REPOSITORY_IDS, _ACCOUNT_IDS, _INSTALLATION_IDS = 5_000_000_000, 6_000_000_000, 4_000_000_000
_SOON = 120.0  # seconds within which a repetition comes


@dataclass(frozen=True, order=True)
class Telling:
    """A delivery `after` so many seconds of the storm's clock, under a GUID; `kind` says which of a merge's it is."""

    after: float
    merge: int
    guid: str
    kind: str


def merges(samples: Sequence[Sample], count: int, *, seed: int) -> list[Sample]:
    """`count` merged pull requests of ten organisations, each a sample under other names, numbers and commits."""
    dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
    human = [sample for sample in samples if sample.pull.document["user"]["type"] == "User"]
    return [_merge(human[dice.randrange(len(human))], number, dice) for number in range(1, count + 1)]


def tellings(count: int, *, seed: int, over: float, duplicates: float = 0.1, replays: float = 0.02) -> list[Telling]:
    """When GitHub tells of `count` merges, spread over so many seconds; a share again by the same GUID, or a new one.

    Half of the repetitions come at the same moment, the others within two minutes.
    """
    dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
    first = [Telling(over * index / count, index, _guid(dice), "first") for index in range(count)]
    again = partial(_again, dice)
    twice = [again(each, "duplicate", each.guid) for each in dice.sample(first, round(count * duplicates))]
    anew = [again(each, "replay", _guid(dice)) for each in dice.sample(first, round(count * replays))]
    return sorted([*first, *twice, *anew])


def _again(dice: random.Random, telling: Telling, kind: str, guid: str) -> Telling:
    later = dice.choice((0.0, dice.uniform(0, _SOON)))
    return Telling(telling.after + later, telling.merge, guid, kind)


def _guid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _merge(sample: Sample, number: int, dice: random.Random) -> Sample:
    where = number % _ORGANISATIONS
    change = _Change(sample, where, number, who=dice.randrange(_DEVELOPERS))
    document, webhook = change.of(sample.pull.document), change.of(sample.webhook)
    document["number"] = webhook["number"] = webhook["pull_request"]["number"] = number
    pull = Pull(document, change.of(sample.pull.files), change.of(sample.pull.commits), sample.pull.diff)
    return Sample(Path(f"{document['base']['repo']['full_name']}#{number}"), pull, webhook)


class _Change:
    """Other names, ids and commits throughout a sample's JSON."""

    def __init__(self, sample: Sample, where: int, number: int, *, who: int) -> None:
        owner = sample.repository["owner"]
        self._number = number
        self._names: dict[str, str] = {owner["login"]: f"storm-{where}"}
        self._ids: dict[int, int] = {
            sample.repository["id"]: _REPOSITORY_IDS + 1000 * where + sample.repository["id"] % 1000,
            owner["id"]: _ACCOUNT_IDS + where,
            sample.installation_id: _INSTALLATION_IDS + where,
            sample.pull.document["id"]: _REPOSITORY_IDS * 2 + number,
        }
        for person in _people(sample):
            self._names[person["login"]] = f"{person['login']}-{where}-{who}"
            self._ids[person["id"]] = _ACCOUNT_IDS + 1000 * (1 + where * _DEVELOPERS + who) + person["id"] % 1000
        self._names |= {str(old): str(new) for old, new in self._ids.items()}
        words = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        place = rf"(?<=/pull/){sample.pull.number}\b|(?<=/pulls/){sample.pull.number}\b"
        self._pattern = re.compile(rf"{words}|\b[0-9a-f]{{40}}\b|{place}|(?<=/issues/){sample.pull.number}\b")

    def of(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON
        """A copy of a JSON value in which everything has its other name."""
        match value:
            case dict():
                return {name: self.of(each) for name, each in value.items()}
            case list():
                return [self.of(each) for each in value]
            case str():
                return self._pattern.sub(self._other, value)
            case int() if not isinstance(value, bool):
                return self._ids.get(value, value)
        return value

    def _other(self, found: re.Match[str]) -> str:
        text = found[0]
        if text in self._names:
            return self._names[text]
        return str(self._number) if text.isdigit() and len(text) < len("f" * 40) else object_name(text, self._number)


def _people(sample: Sample) -> Iterator[Mapping[str, Any]]:
    document = sample.pull.document
    yield from (document["user"], document["merged_by"], sample.webhook["sender"])
    for commit in sample.pull.commits:
        yield from (person for person in (commit.get("author"), commit.get("committer")) if person)
