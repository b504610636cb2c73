"""The provisioner: one private repository with one commit in it, under an approval that still holds."""

from pathlib import Path
from typing import Any

import pytest

from functions.provisioner.tree import SPECKIT_VERSION
from local.cloud import ORGANIZATION
from local.github import faults
from tests.deployment import Deployment
from tests.governance import PROJECT, Person
from tests.provisioning import CREATION, GIT, Workshop, clone, git

NAME = "seedlings"
FULL_NAME = f"{ORGANIZATION}/{NAME}"


@pytest.fixture
def workshop(deployment: Deployment) -> Workshop:
    return Workshop(deployment)


@pytest.fixture
def ada(workshop: Workshop) -> Person:
    return workshop.office.person("ada")


@pytest.fixture
def bo(workshop: Workshop) -> Person:
    return workshop.office.person("bo", "approver")


@pytest.fixture
def under(workshop: Workshop, ada: Person) -> dict[str, str]:
    """An approved intent of Ada's."""
    return workshop.approved(ada)


@pytest.fixture
def job_id(workshop: Workshop, ada: Person, under: dict[str, str]) -> str:
    """A job of hers that was just asked for."""
    return workshop.ask(ada, **under, repositoryName=NAME)


class TestRepository:
    def test_is_made_and_filled(
        self, workshop: Workshop, ada: Person, under: dict[str, str], job_id: str, tmp_path: Path
    ) -> None:
        job = workshop.ended(job_id)
        assert (job["state"], job["repoFullName"]) == ("completed", FULL_NAME)
        folder = clone(workshop, FULL_NAME, tmp_path / "clone")
        assert git(folder, "rev-parse", "HEAD") == job["commitSha"]
        assert git(folder, "rev-list", "--count", "HEAD") == "2"
        message = git(folder, "log", "-1", "--format=%B")
        for trailer in (
            f"WorkLog-Job: {job_id}",
            f"WorkLog-Intent: {under['intentId']}",
            f"WorkLog-Approval: {under['approvalId']}",
            f"Spec-Kit-Version: {SPECKIT_VERSION}",
        ):
            assert trailer in message.splitlines()
        assert (folder / ".specify/memory/constitution.md").is_file()
        repository = workshop.github.world.repository(FULL_NAME)
        assert repository is not None
        assert repository.document["private"] is True
        assert f"worklog-job:{job_id}" in repository.document["description"].split()
        assert workshop.exceptions() == []
