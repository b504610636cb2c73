"""The first stage of a run: the very commit and diff that were stated are reviewed, or nothing is."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from functions.agent_runner.repository import connected
from functions.agent_runner.reviewer import review as review_diff
from functions.agent_runner.risk import check_risk
from shared.domain.agent_run import AgentRun
from shared.domain.diff import parse
from shared.domain.errors import NotFoundError, WorkLogError
from shared.domain.review import Reviewed
from shared.domain.step import PUBLISH
from shared.permit import check_permit
from shared.services import Services
from shared.store.store import StoredReview
from shared.task import Finish


class HeadMovedError(WorkLogError):
    """The pull request has another head than the run was started for."""

    code = "head_moved"


class DiffMismatchError(WorkLogError):
    """The diff is not the one that the run was started for."""

    code = "diff_mismatch"


class DiffUnavailableError(WorkLogError):
    """GitHub has no such pull request, or none that we may read."""

    code = "diff_unavailable"


def review(services: Services) -> Callable[[AgentRun], Finish[AgentRun]]:
    """The work of the stage: from a claimed run to its review, complete or on its way to being published."""

    def work(run: AgentRun) -> Finish[AgentRun]:
        check_permit(run, services)
        diff = parse(_stated_diff(run, services))
        intent = check_permit(run, services)  # GitHub took its time
        check_risk(run, intent, (path for file in diff.files for path in (file.path, file.previous_path) if path))
        reviewed = review_diff(diff, intent.goal, services)
        done = _with_figures(run, reviewed, services)
        at = services.now()
        following = done.moved_to(PUBLISH, at=at) if run.publish else done.completed(at=at)
        return Finish(following, [services.store.reviews.put(_stored(run, reviewed))])

    return work


def _stated_diff(run: AgentRun, services: Services) -> bytes:
    """The diff's bytes; raises what says that it is not the stated one, or not to be had."""
    repository = connected(run, services)
    try:
        head = services.github.pull_head(repository.installation_id, repository.repository_id, run.pr_number)
        if head.head_sha != run.head_sha:
            raise HeadMovedError("the pull request's head has moved")
        diff = services.github.pull_diff(repository.installation_id, repository.repository_id, run.pr_number)
    except NotFoundError as error:
        raise DiffUnavailableError("no such pull request") from error
    if hashlib.sha256(diff).hexdigest() != run.diff_hash:
        raise DiffMismatchError("the diff is not the stated one")
    return diff


def _with_figures(run: AgentRun, reviewed: Reviewed, services: Services) -> AgentRun:
    said = reviewed.reviewed_by
    assert run.started_at  # it is claimed
    return replace(
        run,
        findings=len(reviewed.review.findings),
        dropped=reviewed.review.dropped,
        provider=said.provider,
        reviewed_by_model=said.model,
        prompt_version=said.prompt_version,
        prompt_hash=said.prompt_hash,
        output_hash=said.output_hash,
        tokens=said.tokens_in + said.tokens_out,
        seconds=(services.now() - run.updated_at).total_seconds(),
    )


def _stored(run: AgentRun, reviewed: Reviewed) -> StoredReview:
    content = reviewed.model_dump_json(by_alias=True).encode()
    return StoredReview(agent_run_id=run.agent_run_id, content=content, digest=reviewed.review.sha256)
