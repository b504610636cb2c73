"""The second stage of a run that is to be published: its review is posted once, on the commit that was reviewed."""

from collections.abc import Callable
from dataclasses import replace

from functions.agent_runner.comments import apart
from functions.agent_runner.repository import connected
from shared.clients.github import CommentsRefusedError, GitHubRefusedError, NewReview
from shared.domain.agent_run import AgentRun
from shared.domain.errors import NotFoundError, WorkLogError
from shared.domain.review import Reviewed, as_markdown
from shared.permit import check_permit
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

    def posted_before() -> int | None:
        return services.github.find_review(*where, marker=marker)

    if found := posted_before():
        return found
    stored = services.store.reviews.get(run.agent_run_id)
    if stored is None:
        raise NotFoundError("review")
    with_comments, whole = _new_reviews(Reviewed.model_validate_json(stored.value.content), run.head_sha, marker)
    try:
        return services.github.post_review(*where, with_comments)
    except CommentsRefusedError:  # GitHub may have kept what it refused; it does not say which comment it dislikes
        return posted_before() or services.github.post_review(*where, whole)


def _new_reviews(reviewed: Reviewed, commit_id: str, marker: str) -> tuple[NewReview, NewReview]:
    """The review with its findings as comments at their lines, and as one text."""
    said = reviewed.reviewed_by
    model = said.model if said.provider != "offline" else ""
    above, comments = apart(reviewed.review)
    return (
        NewReview(commit_id, as_markdown(above, marker=marker, model=model), comments),
        NewReview(commit_id, as_markdown(reviewed.review, marker=marker, model=model)),
    )
