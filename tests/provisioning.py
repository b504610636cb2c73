"""People who have repositories made, and a provisioner that a test calls as its queue does."""

import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Request
from werkzeug.test import Client, TestResponse

from functions.provisioner.chain import chained
from functions.provisioner.stages import stages
from local.cloud import ORGANIZATION
from shared.clients.github import ProvisioningGitHub
from shared.domain.step import CREATE
from shared.services import Services, utc_now
from shared.settings import PROVISIONING_KEY
from shared.task import TaskApp, perform
from tests.chains import chain
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.governance import PROJECT, Office, Person

CREATION = f"POST /orgs/{ORGANIZATION}/repos"
GIT = "/repositories/*/git/**"


class Workshop:
    """A deployment where a test lets the provisioner work, with people who ask for repositories."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.github = deployment.github
        self.office = Office(deployment)
        self.office.hold("provisioner")
        self.clock = Clock()
        serve_provisioner(deployment, self.clock)

    def let_pass(self, **duration: float) -> None:
        """Let time pass for the provisioner and for GitHub, by what `timedelta` takes."""
        self.clock.advance(**duration)
        self.github.clock.advance(timedelta(**duration).total_seconds())

    def approved(self, owner: Person, said: Mapping[str, Any] = PROJECT, *, by: str = "bo") -> dict[str, str]:
        """An intent of theirs that somebody else has approved: what is said of it when a repository is asked for."""
        intent_id = owner.state(said)["intentId"]
        decided = self.office.person(by, "approver").decide(intent_id)
        return {"intentId": intent_id, "approvalId": decided["approvalId"]}

    def ask(self, owner: Person, **said: Any) -> str:  # noqa: ANN401 -- fields of a job
        """Have a repository made; returns the job's id."""
        answer = ask(owner, **said)
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["jobId"])

    def run(self, job_id: str) -> TestResponse:
        """Call the provisioner once, as its queue does."""
        client = Client(self.deployment.function("provisioner").application)
        return client.post(CREATE.path, json={"jobId": job_id}, headers=self.deployment.task_bearer())

    def ended(self, job_id: str, *, most: int = 12) -> dict[str, Any]:
        """The job after its queue has called for it until there was nothing left to do."""
        for _ in range(most):
            answer = self.run(job_id)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200 and answer.get_json()["outcome"] != "continued":
                return self.job(job_id)
        raise AssertionError(f"not ended: {self.job(job_id)}")

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as it is stored."""
        return self.jobs()[job_id]

    def jobs(self) -> dict[str, dict[str, Any]]:
        """Every job."""
        return self.deployment.documents("provisioning-jobs")

    def events(self) -> dict[str, dict[str, Any]]:
        """Every event."""
        return self.deployment.documents("provisioning_events")

    def exceptions(self) -> list[tuple[str, str]]:
        """What was written down, each by its type and reason."""
        found = self.deployment.documents("exceptions").values()
        return sorted((each["type"], each["reason"]) for each in found)

    def actions(self, intent_id: str) -> list[str]:
        """What the intent's ledger tells, which holds."""
        return [each["action"] for each in chain(self.deployment, "intents", intent_id)]

    def repositories(self) -> list[str]:
        """The names of the repositories that were made, each once for each of that name."""
        made = [each.document for each in self.github.world.repositories.values() if self.github.store.get(each.id)]
        return sorted(each["full_name"] for each in made)


def ask(owner: Person, *, key: str | None = None, **said: Any) -> TestResponse:  # noqa: ANN401 -- fields of a job
    """Ask for a repository; `key` goes into the header."""
    headers = None if key is None else {"Idempotency-Key": key}
    return owner.post("provisioning", "/api/provisioning", said, headers=headers)


def serve_provisioner(deployment: Deployment, now: Callable[[], datetime] = utc_now) -> Client:
    """Let the provisioner of a deployment make its changes at GitHub without the pauses that GitHub asks for."""
    services = deployment.services(now)
    services.__dict__["provisioning_github"] = unhurried(services)
    app = TaskApp("provisioner")

    @app.task(CREATE.path)
    def process(job_id: str, services: Services) -> str:
        """Make and fill a repository as the function does."""
        return perform(services.store.provisioning_jobs, job_id, stages(services), services, beside=chained(services))

    function = app.function(services)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return function(Request(environ))(environ, start_response)

    return deployment.serve("provisioner", application)


def unhurried(services: Services) -> ProvisioningGitHub:
    """The client without pauses."""
    settings = services.provisioning_settings
    return ProvisioningGitHub(
        api_url=settings.api_url,
        app_id=settings.app_id,
        private_key=lambda: services.secrets.value(settings.private_key_secret, setting=PROVISIONING_KEY),
        now=services.now,
        session=services._session,  # noqa: SLF001 -- its pool of connections
        gap=0.0,
    )


def git(folder: Path, *arguments: str) -> str:
    """What a git command says."""
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def clone(workshop: Workshop, full_name: str, folder: Path) -> Path:
    """A clone of a repository that was made."""
    url = workshop.github.clone_url(full_name)
    subprocess.run(["git", "clone", "--quiet", url, folder], check=True, timeout=60)
    return folder
