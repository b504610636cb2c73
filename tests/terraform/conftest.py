"""The plans that the tests look at, each made once however many workers there are."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.planning import LEAST, MOST, Plan, plan

NO_PLAN = "no plan"
_PATIENCE = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests time: the first plan on a machine may have to install what plans, while others wait for it."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(_PATIENCE))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def most(shared_folder: Path) -> Plan:
    """The plan with everything switched on."""
    return _made_once(shared_folder / "terraform-most", MOST)


@pytest.fixture(scope="session")
def least(shared_folder: Path) -> Plan:
    """The plan with what has no default and nothing else."""
    return _made_once(shared_folder / "terraform-least", LEAST)


@pytest.fixture(params=["most", "least"])
def either(request: pytest.FixtureRequest) -> Plan:
    """The one and the other."""
    found: Plan = request.getfixturevalue(request.param)
    return found


def _made_once(folder: Path, variables: Mapping[str, Any]) -> Plan:
    """The plan that a worker of this run has made, or the first one does now; skips where none can be made."""
    folder.mkdir(exist_ok=True)
    kept = folder / "kept.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = plan(variables, folder)
            kept.write_text(json.dumps(made.content if made else NO_PLAN), "utf-8")
    content = json.loads(kept.read_text("utf-8"))
    if content == NO_PLAN:
        pytest.skip("nothing here can make a plan")
    return Plan(content)
