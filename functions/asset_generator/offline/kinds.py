"""Which kind of pull request this is: what its paths and its patch show outweighs what its title calls it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from functions.asset_generator.offline import moves, patches
from functions.asset_generator.offline.subjects import Subject
from shared.domain.pull_request import ChangedFile, PullRequest


class Name(NamedTuple):
    """How a kind is called before the parts of the code, in Japanese, and without such parts."""

    english: str
    japanese: str
    alone: str


_BY_TYPE = {
    "feature": "feature", "fix": "fix", "refactoring": "refactoring", "performance": "performance",
    "security": "security", "formatting": "formatting", "typo": "typo", "release": "release",
}  # fmt: skip
_BY_GROUPS = {
    "ci": {"ci"},
    "tests": {"tests"},
    "documentation": {"documentation", "readme", "changelog", "images", "examples"},
}
_DEPENDENCY_GROUPS = {"manifest", "lock", "ci", "container", "vendored", "changelog"}
_FEATURED = {"source", "scripts", "templates", "styles", "infrastructure"}
_SMALL = 60
_MOST_PATCHES = 300


def determine(pull: PullRequest, subject: Subject, grouped: dict[str, list[ChangedFile]]) -> str:
    """The kind of the pull request: a key of `name`."""
    shown = _shown(pull, subject, grouped)
    if shown:
        return shown
    if subject.type in _BY_TYPE and subject.type != "feature":
        return _worded(subject.words, ("security",)) or _BY_TYPE[subject.type]
    if subject.type in _BY_TYPE or subject.type == "documentation":
        return _BY_TYPE.get(subject.type, "documentation")
    worded = _worded(subject.words)
    return "change" if not worded or (worded == "feature" and not _FEATURED & set(grouped)) else worded


def name(kind: str) -> Name:
    """How a kind is called."""
    return Name(*_data()["names"][kind])


def recoded(pull: PullRequest) -> tuple[ChangedFile, ...]:
    """The files whose bytes became UTF-8."""
    return tuple(file for file in pull.files[:_MOST_PATCHES] if patches.is_recoded(file))


def updated(grouped: dict[str, list[ChangedFile]]) -> tuple[patches.Requirement, ...]:
    """The dependencies whose version manifests and workflows state anew, each once."""
    files = [file for group in ("manifest", "ci", "container") for file in grouped.get(group, [])[:20]]
    found: dict[str, patches.Requirement] = {}
    for file in files:
        for requirement in patches.requirements(file):
            found.setdefault(requirement.name, requirement)
    return tuple(found.values())


def _shown(pull: PullRequest, subject: Subject, grouped: dict[str, list[ChangedFile]]) -> str:
    """The kind that the files themselves show, empty where they leave it open."""
    touched = set(grouped)
    small = pull.additions + pull.deletions <= _SMALL
    shown = {
        "revert": subject.reverts > 0,
        "dependencies": bool(touched) and touched <= _DEPENDENCY_GROUPS and _is_update(subject, grouped),
        "lock": "lock" in touched and touched <= {"lock", "settings"},
        "move": len(moves.moved(pull)) * 2 > len(pull.files),
        "encoding": len(recoded(pull)) * 2 >= max(1, len(pull.files)),
        "images": touched == {"images"},
        "binary": bool(touched) and touched <= {"images", "fonts", "media", "binaries"},
        "typo": small and (subject.type == "typo" or bool(_worded(subject.words, ("typo",)))),
        "formatting": subject.type == "formatting" or bool(_worded(subject.words, ("formatting",))),
        **{kind: bool(touched) and touched <= groups for kind, groups in _BY_GROUPS.items()},
    }
    return next((kind for kind, is_shown in shown.items() if is_shown), "")


def _is_update(subject: Subject, grouped: dict[str, list[ChangedFile]]) -> bool:
    """Whether the title is about versions of what the manifests or workflows name."""
    if subject.type == "dependencies" or subject.scope.lower().startswith("deps"):
        return True
    words = subject.words.lower()
    if not re.search(_data()["update"], words):
        return False
    named = any(each.name.lower().rsplit("/", 1)[-1] in words for each in updated(grouped))
    return named or "dependenc" in words or "依存" in words


def _worded(words: str, kinds: tuple[str, ...] = ()) -> str:
    lowered = words.lower()
    return next((kind for kind, pattern in _words() if (not kinds or kind in kinds) and pattern.search(lowered)), "")


@cache
def _words() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern)) for kind, pattern in _data()["words"])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("kinds.json").read_text("utf-8"))
    return data
