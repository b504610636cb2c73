"""The second stage of a run that is to be published: its review is posted once, on the commit that was reviewed."""

from collections.abc import Callable
from dataclasses import replace

from functions.agent_runner.permit import check_permit
from functions.agent_runner.repository import connected
from shared.clients.github import GitHubRefusedError, NewReview
from shared.domain.agent_run import AgentRun
from shared.domain.errors import NotFoundError, WorkLogError
from shared.domain.review import Reviewed, as_markdown
from shared.services import Services
from shared.task import Finish


class PublishRefusedError(WorkLogError):
    """GitHub does not take the review; it is kept all the same."""

    code = "publish_refused"


def publish(services: Services) -> Callable[[AgentRun], Finish[AgentRun]]:
    """The work of the stage: from a kept review to one that stands on the pull request."""

    def work(run: AgentRun) -> Finish[AgentRun]:
        check_permit(run, services)
        try:
            number = _posted(run, services)
        except (NotFoundError, GitHubRefusedError) as error:
            raise PublishRefusedError("GitHub does not take the review") from error
        return Finish(replace(run, review_id=number).completed(at=services.now()))

    return work


def _posted(run: AgentRun, services: Services) -> int:
    """GitHub's number of the review: the one that an earlier attempt posted, known by its marker, or a new one."""
    repository = connected(run, services)
    where = (repository.installation_id, repository.repository_id, run.pr_number)
    marker = f"worklog-run:{run.agent_run_id}"
    found = services.github.find_review(*where, marker=marker)
    if found is not None:
        return found
    stored = services.store.reviews.get(run.agent_run_id)
    if stored is None:
        raise NotFoundError("review")
    reviewed = Reviewed.model_validate_json(stored.value.content)
    model = reviewed.reviewed_by.model if reviewed.reviewed_by.provider != "offline" else ""
    body = as_markdown(reviewed.review, marker=marker, model=model)
    return services.github.post_review(*where, NewReview(commit_id=run.head_sha, body=body))
