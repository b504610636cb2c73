"""Where a pull request worked: the parts of the code base it touched, in words."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from shared.domain import text as texts
from shared.domain.path_groups import SOURCE, group_of
from shared.domain.pull_request import ChangedFile

_MOST_FILES = 3000
_DEEPEST = 12
_LONGEST_NAME = 60
_NO_PART = frozenset({"src", "source", "main", "lib"})


class Area(NamedTuple):
    """A part of the code base; `weight` counts the lines and files changed there."""

    group: str
    english: str
    japanese: str
    weight: int


def groups(files: Iterable[ChangedFile]) -> dict[str, list[ChangedFile]]:
    """The files by the kind of part they belong to."""
    found: dict[str, list[ChangedFile]] = defaultdict(list)
    for file in list(files)[:_MOST_FILES]:
        found[group_of(file.path)].append(file)
    return dict(found)


def source_areas(files: Iterable[ChangedFile]) -> tuple[Area, ...]:
    """The parts that hold source code, the most changed first."""
    parts: dict[str, list[ChangedFile]] = defaultdict(list)
    for file in files:
        parts[_part(file.path)].append(file)
    found = [_area(members) for members in parts.values()]
    merged: dict[str, Area] = {}
    for area in found:
        known = merged.get(area.english)
        merged[area.english] = area._replace(weight=area.weight + (known.weight if known else 0))
    return tuple(sorted(merged.values(), key=lambda area: (-area.weight, area.english)))


def side_areas(grouped: dict[str, list[ChangedFile]]) -> tuple[Area, ...]:
    """The parts that are no source code, in the order in which they tell most."""
    names: dict[str, list[str]] = _data()["names"]
    touched = (group for group in _data()["order"] if group in grouped)
    return tuple(Area(group, names[group][0], names[group][1], _weight(grouped[group])) for group in touched)


def _area(files: list[ChangedFile]) -> Area:
    """The name of the folder that all these files share, or of the one file."""
    folders = [PurePosixPath(file.path).parent.parts[:_DEEPEST] for file in files]
    shared = _shared(folders)
    container = _container(shared)
    if container is not None:
        name, (english, japanese) = texts.clean(container[0], limit=_LONGEST_NAME), container[1]
        return Area(SOURCE, f"the {name} {english}", f"{name} {japanese}", _weight(files))
    names = [part for part in shared if part.lower() not in _data()["generic"] and part not in {"cmd", "/"}]
    if not names:
        return _unfoldered(files)
    return _named(_language_kind(files), "/".join(names[-2:]), files)


def _unfoldered(files: list[ChangedFile]) -> Area:
    """Files outside any folder that names something: a single one stands for itself."""
    if len(files) == 1:
        name = texts.clean(PurePosixPath(files[0].path).name, limit=_LONGEST_NAME)
        return Area(SOURCE, name, name, _weight(files))
    return _named("main", "", files)


def _named(phrase: str, name: str, files: list[ChangedFile]) -> Area:
    english, japanese = _data()["phrases"][phrase]
    short = texts.clean(name, limit=_LONGEST_NAME)
    return Area(SOURCE, english.format(short), japanese.format(short), _weight(files))


def _language_kind(files: list[ChangedFile]) -> str:
    """How a folder of these files is called: a package, code, or files that are no code at all."""
    suffixes = {PurePosixPath(file.path).suffix.lower() for file in files}
    if suffixes & set(_data()["packaged"]):
        return "package"
    return "code" if suffixes & set(_data()["code"]) else "files"


def _container(folders: tuple[str, ...]) -> tuple[str, tuple[str, str]] | None:
    for holder, name in pairwise(folders):
        nouns = _data()["containers"].get(holder.lower())
        if nouns is not None and name.lower() not in _NO_PART:
            return name, (nouns[0], nouns[1])
    return None


def _part(path: str) -> str:
    """The first folders of a path up to one that names something."""
    folders = PurePosixPath(path).parent.parts[:_DEEPEST]
    if _container(folders) is not None:
        holders = [index for index, folder in enumerate(folders) if folder.lower() in _data()["containers"]]
        return "/".join(folders[: holders[0] + 2])
    for index, folder in enumerate(folders):
        if folder.lower() not in _data()["generic"]:
            return "/".join(folders[: index + 1])
    return ""


def _shared(folders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The folders that all paths have in common."""
    first, last = min(folders), max(folders)
    count = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        count += 1
    return first[:count]


def _weight(files: Iterable[ChangedFile]) -> int:
    return sum(1 + file.additions + file.deletions for file in files)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("areas.json").read_text("utf-8"))
    return data
