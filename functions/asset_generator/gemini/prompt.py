"""What the model is shown of a pull request: our words apart from the author's, within a budget of tokens."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.asset_generator.gemini.answer import SCHEMA
from functions.asset_generator.offline.areas import group_of
from shared.clients.gemini import Prompt
from shared.domain.pull_request import ChangedFile, PullRequest

PROMPT_VERSION = "gemini-1"
PATCH_TOKENS = 24_000
TEXT_TOKENS = 6_000
_MOST_NAMES = 300
_COSTS_NOTHING = frozenset({"lock", "generated", "vendored"})
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Shown:
    """The prompt, and the paths of files that say something and were not read in it."""

    prompt: Prompt
    unread: tuple[str, ...]


def build(pull: PullRequest, boundary: str = "") -> Shown:
    """The prompt for a redacted pull request; `boundary` is random unless a test gives one."""
    chosen, unread = _within_budget(pull.files)
    mark = f"=====data-{boundary or secrets.token_hex(16)}====="
    text = "\n".join(_sections(pull, chosen)).replace(mark, "[boundary]")
    return Shown(Prompt(_instruction(), f"{mark}\n{text}\n{mark}", SCHEMA), unread)


def tokens_of(text: str) -> int:
    """About how many tokens a text costs: four ASCII characters each, or one of any other script."""
    ascii_only = sum(character.isascii() for character in text) if not text.isascii() else len(text)
    return ascii_only // _CHARACTERS_A_TOKEN + len(text) - ascii_only + 1


def _sections(pull: PullRequest, chosen: frozenset[str]) -> Iterable[str]:
    yield f"TITLE: {pull.title}"
    yield f"REPOSITORY: {pull.repo_full_name}  NUMBER: {pull.number}  MERGED: {pull.merged_at:%Y-%m-%d}"
    yield f"FIGURES: {pull.changed_files} files, {pull.additions} additions, {pull.deletions} deletions"
    yield f"BODY:\n{_cut(pull.body, TEXT_TOKENS)}"
    messages = "\n".join(f"COMMIT {commit.sha}: {commit.message}" for commit in pull.commits)
    yield _cut(messages, TEXT_TOKENS)
    for file in pull.files[:_MOST_NAMES]:
        yield f"FILE {file.path} ({file.status}, +{file.additions} -{file.deletions})"
        if file.path in chosen:
            yield file.patch or ""


def _within_budget(files: tuple[ChangedFile, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The files whose patches are shown, smallest first so that most are, and the telling ones that are not."""
    telling = [file for file in files if group_of(file.path) not in _COSTS_NOTHING]
    readable = sorted((file for file in telling if file.patch), key=lambda file: (len(file.patch or ""), file.path))
    left, chosen = PATCH_TOKENS, set()
    for file in readable[:_MOST_NAMES]:
        left -= tokens_of(file.patch or "")
        if left < 0:
            break
        chosen.add(file.path)
    unread = tuple(file.path for file in telling if file.path not in chosen and file.additions + file.deletions)
    return frozenset(chosen), unread


def _cut(text: str, tokens: int) -> str:
    """The beginning of a text, within so many tokens."""
    while tokens_of(text) > tokens:
        text = text[: max(1, len(text) * tokens // tokens_of(text) - 1)]
    return text


@cache
def _instruction() -> str:
    return Path(__file__).with_name("instruction.txt").read_text("utf-8")
