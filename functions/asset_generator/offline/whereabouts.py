"""The sentence about the kind of work, where it was, and how large: the pull request's own figures."""

from functions.asset_generator.offline import areas, kinds
from functions.asset_generator.offline.areas import Area
from functions.asset_generator.offline.reading import Reading
from shared.domain.path_groups import SOURCE
from shared.domain.pull_request import ChangedFile

_PREPOSITIONS = (" on", " in", " of")
_SHARE = 0.15
_MOST_SIDES = 3
_SAID_BY_KIND = {
    "ci": {"ci"}, "tests": {"tests"}, "documentation": {"documentation"}, "lock": {"lock"}, "images": {"images"},
    "binary": {"images", "fonts", "media", "binaries"},
}  # fmt: skip
_UNTOLD = {"vendored", "generated", "settings"}


def sentence(reading: Reading) -> str:
    """The topic with its size: "Bug fix in the parser package with tests: 3 files, 31 additions and 2 deletions."."""
    phrases, pull = reading.phrases, reading.pull
    changes = [phrases.count("addition", pull.additions)] if pull.additions else []
    changes += [phrases.count("deletion", pull.deletions)] if pull.deletions else []
    figures = [phrases.count("file", pull.changed_files), *([phrases.enumerate(changes)] if changes else [])]
    return phrases.say("figured", topic=topic(reading), figures=phrases.say("comma").join(figures))


def topic(reading: Reading) -> str:
    """The kind of work and the parts of the code base: "Bug fix in the parser package with tests"."""
    phrases = reading.phrases
    main, sides = _places(reading)
    kind = kinds.name(reading.kind)
    with_sides = phrases.say("sides", sides=_listed(reading, sides)) if sides else ""
    if not main:
        return phrases.of((kind.alone, kind.japanese)) + with_sides
    key = "where_bare" if kind.english.endswith(_PREPOSITIONS) else "where"
    return phrases.say(
        key, kind=phrases.of((kind.english, kind.japanese)), areas=_listed(reading, main), sides=with_sides
    )


def _listed(reading: Reading, some: list[Area]) -> str:
    names = reading.phrases.enumerate([reading.phrases.of((area.english, area.japanese)) for area in some])
    return names + " " if reading.phrases.is_japanese and names[-1:].isascii() else names


def _places(reading: Reading) -> tuple[list[Area], list[Area]]:
    """The parts of the code that the work was in, and what came with it."""
    grouped = reading.grouped
    central = _central(reading)
    source = areas.source_areas(central.get(SOURCE, []))
    whole = sum(area.weight for area in source)
    main = [area for area in source[:2] if area.weight >= _SHARE * whole]
    untold = _SAID_BY_KIND.get(reading.kind, set()) | (_UNTOLD if set(grouped) - _UNTOLD else set())
    if "documentation" in untold and "documentation" in grouped:
        untold = untold | {"readme"}
    sides = [area for area in areas.side_areas(grouped) if area.group not in untold]
    if not main:
        main = [area for area in sides if area.group in central][:2]
    return main, [area for area in sides if area not in main][-_MOST_SIDES:]


def _central(reading: Reading) -> dict[str, list[ChangedFile]]:
    """The files that the kind of work is about."""
    if reading.kind == "encoding":
        return areas.groups(kinds.recoded(reading.pull))
    return reading.grouped
