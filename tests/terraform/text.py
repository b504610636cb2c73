"""What can be read off the files themselves, without a provider: blocks, names, and who fills a queue."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from shared.domain import step
from tests.terraform.planning import FOLDER
from tests.unit.test_architecture import imports

FILES = sorted(FOLDER.glob("*.tf"))
# By the names that the code has for them.
STAGES = {name: value for name, value in vars(step).items() if isinstance(value, step.Stage)}
_ENQUEUES = "tasks.enqueue("


@cache
def parsed(path: Path) -> Mapping[str, Any]:
    """A file's blocks by kind; raises what python-hcl2 raises for a file that is none."""
    with path.open(encoding="utf-8") as opened:
        found: Mapping[str, Any] = hcl2.load(opened)
    return found


def blocks(kind: str) -> Iterator[tuple[str, ...]]:
    """The labels of every block of a kind: `("google_storage_bucket", "archives")`."""
    for path in FILES:
        for each in parsed(path).get(kind, ()):
            yield from _labels(each)


def locals_() -> dict[str, Any]:
    """Every local value, as it is written."""
    return {
        name: value
        for path in FILES
        for each in parsed(path).get("locals", ())
        for name, value in each.items()
        if not name.startswith("__")
    }


def code(path: Path) -> str:
    """A file without its comments."""
    return re.sub(r"^\s*#.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)


def queueing(folder: str) -> bool:
    """Whether anything that a function loads queues tasks."""
    seen: set[Path] = set()
    waiting = sorted(Path("functions", folder).rglob("*.py"))
    while waiting:
        path = waiting.pop()
        if path in seen or path == Path("shared/services.py"):  # which everybody loads, and which only builds
            continue
        seen.add(path)
        waiting += [found for name in imports(path) if (found := _module(name)).exists()]
    return any(_ENQUEUES in path.read_text("utf-8") for path in seen)


def named_stages(folder: str) -> set[str]:
    """The stages that a function's own modules name, or a module that one of them imports; not those it serves."""
    own = sorted(path for path in Path("functions", folder).rglob("*.py") if path.name != "main.py")
    near = {found for path in own for name in imports(path) if (found := _module(name)).exists()}
    text = "".join(path.read_text("utf-8") for path in {*own, *near} - {Path("shared/domain/step.py")})
    return {stage.name for name, stage in STAGES.items() if re.search(rf"\b{name}\b", text)}


def _module(dotted: str) -> Path:
    return Path(*dotted.split(".")).with_suffix(".py")


def _labels(block: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The labels that a block of python-hcl2's is nested under, which are the quoted ones."""
    for key, value in block.items():
        if not key.startswith('"'):
            continue
        below = list(_labels(value)) if isinstance(value, dict) else []
        yield from ((key.strip('"'), *each) for each in below) if below else iter([(key.strip('"'),)])


def resource(kind: str, name: str) -> Mapping[str, Any]:
    """A resource as it is written; blocks in it are lists of one."""
    for path in FILES:
        for each in parsed(path).get("resource", ()):
            found: Mapping[str, Any] | None = each.get(f'"{kind}"', {}).get(f'"{name}"')
            if found is not None:
                return found
    raise KeyError(f"{kind}.{name}")
