"""The sentence about the kind of work, where it was, and how large: the pull request's own figures."""

from functions.asset_generator.offline import areas, kinds
from functions.asset_generator.offline.areas import Area
from functions.asset_generator.offline.reading import Reading
from shared.domain.pull_request import ChangedFile

_PREPOSITIONS = (" on", " in", " of")
_SHARE = 0.15
_MOST_SIDES = 3
_SAID_BY_KIND = {
    "ci": {"ci"}, "tests": {"tests"}, "documentation": {"documentation"}, "lock": {"lock"}, "images": {"images"},
}  # fmt: skip
_UNTOLD = {"vendored", "generated", "settings"}


def sentence(reading: Reading) -> str:
    """Like "Bug fix in the parser package with tests: 3 files, 31 additions and 2 deletions."."""
    phrases, pull = reading.phrases, reading.pull
    main, sides = _places(reading)
    figures = [phrases.count("file", pull.changed_files)]
    changes = [phrases.count("addition", pull.additions)] if pull.additions else []
    changes += [phrases.count("deletion", pull.deletions)] if pull.deletions else []
    figures += [phrases.enumerate(changes)] if changes else []
    kind = phrases.of(kinds.name(reading.kind))
    with_sides = phrases.say("sides", sides=_listed(reading, sides)) if sides else ""
    told = phrases.say("comma").join(figures)
    if not main:
        alone = phrases.of(kinds.name("plain")) if kind.endswith(_PREPOSITIONS) else kind
        return phrases.say("alone", kind=alone, sides=with_sides, figures=told)
    joint = "where_bare" if kind.endswith(_PREPOSITIONS) else "where"
    return phrases.say(joint, kind=kind, areas=_listed(reading, main), sides=with_sides, figures=told)


def places(reading: Reading) -> str:
    """The parts of the code base that the pull request touched most, as a list; empty where it touched none."""
    main, sides = _places(reading)
    return _listed(reading, main or sides).strip()


def _listed(reading: Reading, some: list[Area]) -> str:
    names = reading.phrases.enumerate([reading.phrases.of((area.english, area.japanese)) for area in some])
    return names + " " if reading.phrases.is_japanese and names[-1:].isascii() else names


def _places(reading: Reading) -> tuple[list[Area], list[Area]]:
    """The parts of the code that the work was in, and what came with it."""
    grouped = reading.grouped
    central = _central(reading)
    source = areas.source_areas(central.get(areas.SOURCE, []))
    whole = sum(area.weight for area in source)
    main = [area for area in source[:2] if area.weight >= _SHARE * whole]
    untold = _UNTOLD | _SAID_BY_KIND.get(reading.kind, set())
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
