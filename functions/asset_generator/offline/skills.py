"""Which skills a pull request shows: languages and frameworks of the files it changed, and kinds of work."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from functions.asset_generator.offline.reading import Reading
from shared.domain import technologies
from shared.domain.asset_card import Claim
from shared.domain.pull_request import ChangedFile
from shared.domain.technologies import WorkKind

_MOST = 8
_MOST_LANGUAGES = 4
_MOST_TOOLS = 2
_MOST_FILES = 3000
_SHARE = 0.05
_LEAST = 0.05


def list_skills(reading: Reading, proved: Sequence[Claim]) -> tuple[str, ...]:
    """At most eight, the most telling first: languages and tools, then kinds of work; all shown by paths or quotes."""
    languages, markup, tools = _technologies(reading)
    work = _work(reading, proved)
    titled = [] if reading.headline is None else technologies.named_in(reading.headline.quote)
    names = [
        *languages[:_MOST_LANGUAGES],
        *(mention.technology.name for mention in titled),
        *tools[:_MOST_TOOLS],
        *(reading.phrases.of((each.en, each.ja)) for each in work),
        *(markup[:1] if not languages and not tools else []),
    ]
    return tuple(name for name in dict.fromkeys(names) if name not in _data()["untelling"])[:_MOST]


def _technologies(reading: Reading) -> tuple[list[str], list[str], list[str]]:
    """Programming languages, markup languages and everything else of the changed paths, the most changed first."""
    weights: Counter[tuple[str, str]] = Counter()
    for group, file in _files(reading):
        if group not in _data()["skipped"]:
            for technology in technologies.from_path(file.path):
                weights[technology.name, technology.kind] += 1 + file.additions + file.deletions
    ordered = sorted(weights, key=lambda each: (-weights[each], each))
    whole = sum(weights[each] for each in ordered if _is_language(each))
    languages = [each[0] for each in ordered if _is_language(each) and weights[each] >= _SHARE * whole]
    markup = [name for name, _ in ordered if name in _data()["markup"]]
    return languages, markup, [name for name, kind in ordered if kind != "language" and name not in _data()["markup"]]


def _is_language(technology: tuple[str, str]) -> bool:
    return technology[1] == "language" and technology[0] not in _data()["markup"]


def _work(reading: Reading, proved: Sequence[Claim]) -> list[WorkKind]:
    """The kinds of work that the paths prove or the author names, that of the pull request as a whole first."""
    weights: Counter[WorkKind] = Counter()
    for group, file in _files(reading):
        for kind in technologies.work_kinds(file.path):
            if group in _data()["groups"].get(kind.code, [group]) and kind.code not in _data()["unshown"]:
                weights[kind] += 1 + file.additions + file.deletions
    least = _LEAST * sum(1 + file.additions + file.deletions for _, file in _files(reading))
    shown = {kind.code: kind for kind in weights if weights[kind] >= least or kind.code in _data()["groups"]}
    own = _data()["by_kind"].get(reading.kind, "")
    quotes = "\n".join(each.quote for claim in proved for each in claim.evidence if each.source != "file")
    for code in ("security", own):
        named = technologies.lookup_work(code)
        if named is not None and re.search(_data()["by_words"].get(code, "$^"), quotes, re.IGNORECASE):
            shown.setdefault(code, named)
    return [shown[code] for code in (own, *_data()["work"]) if code in shown]


def _files(reading: Reading) -> Iterator[tuple[str, ChangedFile]]:
    for group, files in reading.grouped.items():
        yield from ((group, file) for file in files[:_MOST_FILES])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("skills.json").read_text("utf-8"))
    return data
