"""Coverage: which files of a diff can be read, within a budget, and why are the others not?"""

from collections.abc import Callable

from shared.domain.diff import SUBMODULE, Diff, DiffFile
from shared.domain.path_groups import group_of
from shared.domain.review import Coverage, Skipped

_TOO_LARGE, _OVER_BUDGET, _DAMAGED = "too large", "over the budget", "its diff is damaged"
_NOT_WRITTEN = {
    "lock": "lock file",
    "generated": "generated",
    "vendored": "vendored",
}


def covered(
    diff: Diff, *, budget: int, largest: int, cost: Callable[[DiffFile], int]
) -> tuple[Coverage, tuple[DiffFile, ...]]:
    """What is read of a diff: the cheapest files until they cost more than the budget, none more than `largest`."""
    reasons = {index: reason for index, file in enumerate(diff.files) if (reason := unreadable(file))}
    prices = sorted((cost(file), index) for index, file in enumerate(diff.files) if index not in reasons)
    left = budget
    for price, index in prices:
        if price > min(largest, left):
            reasons[index] = _TOO_LARGE if price > largest else _OVER_BUDGET
        else:
            left -= price
    read = tuple(file for index, file in enumerate(diff.files) if index not in reasons)
    skipped = tuple(Skipped(path=diff.files[index].path, reason=reasons[index]) for index in sorted(reasons))
    return Coverage(files=len(diff.files), reviewed=len(read), skipped=skipped), read


def unreadable(file: DiffFile) -> str:
    """Why nobody reads a file, empty where somebody does."""
    if file.binary:
        return "binary"
    if file.damaged:
        return _DAMAGED
    if file.mode == SUBMODULE:
        return "submodule"
    return _NOT_WRITTEN.get(group_of(file.path), "")


def is_partial(coverage: Coverage, diff: Diff) -> bool:
    """Whether lines that somebody wrote were not read."""
    return diff.damaged or any(each.reason in (_TOO_LARGE, _OVER_BUDGET, _DAMAGED) for each in coverage.skipped)
