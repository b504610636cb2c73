"""What the model is shown of a pull request: our words apart from the author's, within a budget of tokens."""

import re
import secrets
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.asset_generator.gemini.answer import SCHEMA
from functions.asset_generator.offline.areas import group_of
from shared.clients.gemini import Prompt
from shared.domain.pull_request import ChangedFile, PullRequest
from shared.domain.text import normalise

PROMPT_VERSION = "gemini-1"
BUDGET = 42_000
"""No prompt has more tokens than this, as `tokens_of` counts them."""

_TITLE, _TEXT, _NAMES, _PATCHES = 500, 6_000, 4_000, 24_000
_COSTS_NOTHING = frozenset({"lock", "generated", "vendored"})
_CHARACTERS_A_TOKEN = 4
_BOUNDARY = "=====data-{}====="
_LIKE_A_BOUNDARY = re.compile(r"(?<!=)={3,}+[ \t]*+data-[0-9a-z]*+=*+", re.IGNORECASE)
_NEUTRAL = "[fence]"  # no longer than what it replaces


@dataclass(frozen=True)
class Shown:
    """The prompt, and the paths of files that say something and were not wholly read in it."""

    prompt: Prompt
    unread: tuple[str, ...]


def build(pull: PullRequest, token: str = "") -> Shown:
    """The prompt for a redacted pull request, its data fenced by a `token` that is random unless a test gives one."""
    patches, unread = _within_budget(pull.files)
    token = token or secrets.token_hex(16)
    said = normalise("\n".join(_sections(pull, patches)))
    data = _LIKE_A_BOUNDARY.sub(_NEUTRAL, said).replace(token, _NEUTRAL)
    boundary = _BOUNDARY.format(token)
    return Shown(Prompt(_instruction(), f"{boundary}\n{data}\n{boundary}", SCHEMA), unread)


def tokens_of(text: str) -> int:
    """About how many tokens a text costs: one for four ASCII characters, and one for each of any other script."""
    ascii_only = len(text.encode("ascii", "ignore"))
    return -(-ascii_only // _CHARACTERS_A_TOKEN) + len(text) - ascii_only


def _sections(pull: PullRequest, patches: Mapping[str, str]) -> Iterable[str]:
    yield f"TITLE: {_cut(pull.title, _TITLE)}"
    yield f"REPOSITORY: {pull.repo_full_name}  NUMBER: {pull.number}  MERGED: {pull.merged_at:%Y-%m-%d}"
    yield f"FIGURES: {pull.changed_files} files, {pull.additions} additions, {pull.deletions} deletions"
    yield f"BODY:\n{_cut(pull.body, _TEXT)}"
    own = (commit for commit in pull.commits if not commit.is_merge)
    yield _cut("\n".join(f"COMMIT {commit.sha}: {commit.message}" for commit in own), _TEXT)
    yield _cut("\n".join(_heading(file) for file in pull.files if file.path not in patches), _NAMES)
    yield from patches.values()


def _heading(file: ChangedFile) -> str:
    return f"FILE {file.path} ({file.status}, +{file.additions} -{file.deletions})"


def _within_budget(files: tuple[ChangedFile, ...]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The patches to show, smallest first so that most are, the last one cut; and the telling files that suffer."""
    telling = [file for file in files if group_of(file.path) not in _COSTS_NOTHING]
    readable = sorted((file for file in telling if file.patch), key=lambda file: (len(file.patch or ""), file.path))
    left, shown, whole = _PATCHES, dict[str, str](), set[str]()
    for file in readable:
        patch = f"{_heading(file)}\n{file.patch}"
        kept = _cut(patch, left)
        if kept != patch:
            kept = kept.rpartition("\n")[0]  # whole lines only: half of one proves something else
        else:
            whole.add(file.path)
        if kept:
            shown[file.path] = kept
        left -= tokens_of(patch)
        if left <= 0:
            break
    unread = tuple(file.path for file in telling if file.path not in whole and file.additions + file.deletions)
    return shown, unread


def _cut(text: str, tokens: int) -> str:
    """The longest beginning of a text within so many tokens."""
    if tokens_of(text) <= tokens:
        return text
    return text[: bisect_right(range(len(text)), tokens, key=lambda length: tokens_of(text[:length])) - 1]


@cache
def _instruction() -> str:
    return Path(__file__).with_name("instruction.txt").read_text("utf-8")
