"""What the model is shown of a pull request: our words apart from the author's, within a budget of tokens."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.asset_generator.gemini.answer import SCHEMA
from shared.clients.gemini import Prompt
from shared.domain.fence import cut, fenced, tokens_of
from shared.domain.path_groups import group_of
from shared.domain.pull_request import ChangedFile, PullRequest

PROMPT_VERSION = "gemini-1"
BUDGET = 42_000
"""No prompt has more tokens than this, as `tokens_of` counts them."""

_TITLE, _TEXT, _NAMES, _PATCHES = 500, 6_000, 4_000, 24_000
_COSTS_NOTHING = frozenset({"lock", "generated", "vendored"})


@dataclass(frozen=True)
class Shown:
    """The prompt, and the paths of files that say something and were not wholly read in it."""

    prompt: Prompt
    unread: tuple[str, ...]


def build(pull: PullRequest, token: str = "") -> Shown:
    """The prompt for a redacted pull request, its data fenced by a `token` that is random unless a test gives one."""
    patches, unread = _within_budget(pull.files)
    data = fenced("\n".join(_sections(pull, patches)), token or secrets.token_hex(16))
    return Shown(Prompt(_instruction(), data, SCHEMA), unread)


def _sections(pull: PullRequest, patches: Mapping[str, str]) -> Iterable[str]:
    yield f"TITLE: {cut(pull.title, _TITLE)}"
    yield f"REPOSITORY: {pull.repo_full_name}  NUMBER: {pull.number}  MERGED: {pull.merged_at:%Y-%m-%d}"
    yield f"FIGURES: {pull.changed_files} files, {pull.additions} additions, {pull.deletions} deletions"
    yield f"BODY:\n{cut(pull.body, _TEXT)}"
    own = (commit for commit in pull.commits if not commit.is_merge)
    yield cut("\n".join(f"COMMIT {commit.sha}: {commit.message}" for commit in own), _TEXT)
    yield cut("\n".join(_heading(file) for file in pull.files if file.path not in patches), _NAMES)
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
        kept = cut(patch, left)
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


@cache
def _instruction() -> str:
    return Path(__file__).with_name("instruction.txt").read_text("utf-8")
