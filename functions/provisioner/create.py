"""The first stage of a job: its repository, made once or known again by its mark; no other is ever touched."""

from collections.abc import Callable

from functions.provisioner.installation import installed
from functions.provisioner.patience import not_ready
from functions.provisioner.tree import SPECKIT_VERSION
from shared.clients.github import NameTakenError, OrganizationRepository
from shared.domain.errors import WorkLogError
from shared.domain.provisioning_job import ProvisioningJob
from shared.domain.step import INITIALIZE
from shared.permit import check_permit
from shared.services import Services
from shared.task import Finish


class TakenError(WorkLogError):
    """A repository of that name is there, and this job has not made it."""

    code = "name_taken"


def create(services: Services) -> Callable[[ProvisioningJob], Finish[ProvisioningJob]]:
    """The work of the stage: from a claimed job to one whose repository is there."""

    def work(job: ProvisioningJob) -> Finish[ProvisioningJob]:
        check_permit(job, services)
        found = _found_or_made(job, services)
        if not (found.private and job.marker in found.description.split()):
            raise TakenError("a repository of that name is there")
        made = job.made(
            found.id,
            full_name=found.full_name,
            url=found.url,
            branch=found.default_branch,
            speckit_version=SPECKIT_VERSION,
        )
        return Finish(made.moved_to(INITIALIZE, at=services.now()))

    return work


def _found_or_made(job: ProvisioningJob, services: Services) -> OrganizationRepository:
    """The repository that has the name: an earlier attempt may have made it without hearing of that."""
    github, name = services.provisioning_github, job.repository_name
    with installed(job, services) as installation_id:
        found = github.find_repository(installation_id, job.organization, name)
        if found is not None:
            return found
        check_permit(job, services)  # GitHub took its time
        description = f"Made by WorkLog under an approved intent: {job.marker}"
        try:
            return github.create_repository(installation_id, job.organization, name, description=description)
        except NameTakenError:
            found = github.find_repository(installation_id, job.organization, name)
        if found is None:  # ours a moment ago, perhaps, or one that the App may not see
            raise not_ready(job, services)
        return found
