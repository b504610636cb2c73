"""What the model is shown of a diff: our words apart from the data, within a budget of tokens."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.agent_runner.coverage import covered
from functions.agent_runner.gemini.answer import SCHEMA
from shared.clients.gemini import Prompt
from shared.domain.diff import Diff, DiffFile
from shared.domain.fence import cut, fenced, tokens_of
from shared.domain.redaction import redact
from shared.domain.review import Coverage

PROMPT_VERSION = "gemini-review-1"
BUDGET = 130_000
"""No prompt has more tokens than this, as `tokens_of` counts them."""

_GOAL, _UNSHOWN, _DIFF, _FILE = 1_000, 4_000, 120_000, 60_000
_LONGEST_LINE = 1_000
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Shown:
    """The prompt and what it covers; `files` counts those that it shows."""

    prompt: Prompt
    coverage: Coverage
    files: int


def build(diff: Diff, goal: str, token: str = "") -> Shown:
    """The prompt for a redacted diff, its data fenced by a `token` that is random unless a test gives one."""
    coverage, files = covered(diff, budget=_DIFF, largest=_FILE, cost=_cost)
    data = fenced("\n".join(_sections(diff, goal, coverage, files)), token or secrets.token_hex(16))
    return Shown(Prompt(_instruction(), data, SCHEMA), coverage, len(files))


def _sections(diff: Diff, goal: str, coverage: Coverage, files: tuple[DiffFile, ...]) -> Iterator[str]:
    yield f"GOAL: {cut(' '.join(redact(goal).text.split()), _GOAL)}"
    yield f"FIGURES: {len(diff.files)} files, {diff.additions} additions, {diff.deletions} deletions"
    yield cut("\n".join(f"NOT SHOWN {each.path}: {each.reason}" for each in coverage.skipped), _UNSHOWN)
    yield from map(_shown, files)


def _cost(file: DiffFile) -> int:
    """About what showing a file costs; of a very large one, about how much too much that is."""
    return tokens_of(_shown(file)) if file.size <= _FILE * _CHARACTERS_A_TOKEN else file.size


def _shown(file: DiffFile) -> str:
    before = f", was {file.previous_path}" if file.previous_path else ""
    return "\n".join([f"FILE {file.path} ({file.status}{before}, +{file.additions} -{file.deletions})", *_lines(file)])


def _lines(file: DiffFile) -> Iterator[str]:
    for hunk in file.hunks:
        yield f"@@ {hunk.heading}".rstrip()
        for line in hunk.numbered():
            number = line.old if file.status == "removed" else line.new
            yield f"{number or '':>5} {line.sign}{' '.join(line.text[:_LONGEST_LINE].splitlines())}"


@cache
def _instruction() -> str:
    return Path(__file__).with_name("instruction.txt").read_text("utf-8")
