"""Is what a person asked for through the API what a developer clones in the end?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from functions.provisioner.tree import commit_message, tree
from local.cloud import ORGANIZATION
from shared.domain.blueprint import Blueprint
from tests.deployment import Deployment
from tests.governance import PROJECT
from tests.portfolios import HOSTILE
from tests.provisioning import Workshop, clone, git

SAID = {
    "in English": (PROJECT, None),
    "for an agent": (PROJECT, "claude"),
    "in Japanese": ({**PROJECT, "goal": "配送の遅れを地図で見せる。担当者だけが見られる。"}, None),
    "in hostile words": (
        {**PROJECT, "goal": "\n\n".join(HOSTILE.values()), "constraints": [*HOSTILE.values()]},
        "gemini",
    ),
}


def plan_of(deployment: Deployment, job_id: str) -> Blueprint:
    """What the repository of a job is to be made from, as both stand in the store."""
    store = deployment.services().store
    job = store.provisioning_jobs.get(job_id)
    assert job
    intent = store.intents.get(job.value.intent_id)
    assert intent
    return Blueprint(
        job_id=job_id,
        intent_id=job.value.intent_id,
        approval_id=job.value.approval_id,
        name="seedlings",
        goal=intent.value.goal,
        constraints=intent.value.constraints,
        success=intent.value.success,
        agent=job.value.agent,
        created_at=job.value.created_at,
    )


class TestRepository:
    @pytest.mark.parametrize(("said", "agent"), SAID.values(), ids=SAID.keys())
    def test_holds_what_was_approved_and_nothing_else(
        self, deployment: Deployment, tmp_path: Path, said: Mapping[str, Any], agent: str | None
    ) -> None:
        """File by file, mode by mode."""
        workshop = Workshop(deployment)
        ada = workshop.office.person("ada")
        asked = {"repositoryName": "seedlings"} | ({"agent": agent} if agent else {})
        job_id = workshop.ask(ada, **workshop.approved(ada, said), **asked)
        assert workshop.ended(job_id)["state"] == "completed"
        folder = clone(workshop, f"{ORGANIZATION}/seedlings", tmp_path / "clone")
        plan = plan_of(deployment, job_id)
        listed = (line.split(maxsplit=3) for line in git(folder, "ls-files", "-s").splitlines())
        modes = {path: mode for mode, _, _, path in listed}
        assert modes == {file.path: "100755" if file.executable else "100644" for file in tree(plan)}
        assert {path: (folder / path).read_bytes() for path in modes} == {
            file.path: file.content for file in tree(plan)
        }
        assert git(folder, "log", "-1", "--format=%B") == commit_message(plan).strip()
