"""The second stage of a job: one commit on top of the repository's first, made once; no branch is forced.

The commit is a pure function of the job, so a second attempt makes the same one; it is known again by its trailer.
"""

from collections.abc import Callable

from functions.provisioner.installation import installed
from functions.provisioner.patience import patience
from functions.provisioner.tree import commit_message, tree
from shared.clients.github import BranchHead, NewCommit, NotFastForwardError
from shared.domain.blueprint import Blueprint
from shared.domain.errors import RetryLaterError, WorkLogError
from shared.domain.intent import Intent
from shared.domain.provisioning_job import ProvisioningJob
from shared.permit import check_permit
from shared.services import Services
from shared.task import Finish

_AUTHOR, _ADDRESS = "WorkLog", "provisioner@worklog.invalid"
_FARTHEST = 50
_SOON = 3.0


class ChangedError(WorkLogError):
    """Somebody has put a commit into the repository before its first content was there."""

    code = "repository_changed"


def initialize(services: Services) -> Callable[[ProvisioningJob], Finish[ProvisioningJob]]:
    """The work of the stage: from a job whose repository is there to one whose repository has its content."""

    def work(job: ProvisioningJob) -> Finish[ProvisioningJob]:
        intent = check_permit(job, services)
        with installed(job, services) as installation_id, patience(job, services):
            commit = _filled(job, intent, installation_id, services)
        return Finish(job.completed(commit, at=services.now()))

    return work


def _filled(job: ProvisioningJob, intent: Intent, installation_id: int, services: Services) -> str:
    """The name of the commit that holds the content, after an earlier attempt has made it or this one."""
    github, number, branch = services.provisioning_github, job.github_repository_id, job.default_branch
    assert number  # the stage before has made it
    assert branch
    head = github.branch_head(installation_id, number, branch)
    if head.parents:
        return _below(head, job, installation_id, services)
    plan = _blueprint(job, intent)
    made = github.create_tree(installation_id, number, base=head.tree, files=tree(plan))
    new = NewCommit(made, (head.sha,), commit_message(plan), _AUTHOR, _ADDRESS, job.created_at)
    commit = github.create_commit(installation_id, number, new)
    check_permit(job, services)  # GitHub took its time
    try:
        github.advance_branch(installation_id, number, branch, commit)
    except NotFastForwardError as error:
        raise RetryLaterError("somebody was faster: it is to be looked at again", after=_SOON) from error
    return commit


def _below(head: BranchHead, job: ProvisioningJob, installation_id: int, services: Services) -> str:
    """The name of our commit: the newest one, or one on which others have built since; raises `ChangedError`."""
    assert job.github_repository_id
    for _ in range(_FARTHEST):
        if f"WorkLog-Job: {job.job_id}" in head.message.splitlines():
            return head.sha
        if not head.parents:
            break
        head = services.provisioning_github.commit(installation_id, job.github_repository_id, head.parents[0])
    raise ChangedError("the repository has commits that are not ours")


def _blueprint(job: ProvisioningJob, intent: Intent) -> Blueprint:
    return Blueprint(
        job_id=job.job_id,
        intent_id=job.intent_id,
        approval_id=job.approval_id,
        name=job.repository_name,
        goal=intent.goal,
        constraints=intent.constraints,
        success=intent.success,
        agent=job.agent,
        created_at=job.created_at,
    )
