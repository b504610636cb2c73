"""What is written beside every change of a run: its entry in the intent's ledger, its evidence, the exception it is."""

from collections.abc import Callable, Iterator, Sequence

from functions.agent_runner.risk import RISKIER
from shared.chained import chained_on_intent
from shared.domain.agent_run import AgentRun
from shared.domain.evidence import LinkedEvidence
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Intent
from shared.permit import objection
from shared.services import Services
from shared.store.database import Write
from shared.store.intents import IntentChange
from shared.store.store import AGENT_RUNS

ACTOR = "task:agent-runner"


def chained(services: Services) -> Callable[[AgentRun, AgentRun], Sequence[Write]]:
    """The writes that belong to a change of a run."""

    def record(change: IntentChange, before: AgentRun, run: AgentRun) -> None:
        change.run(_action(before, run), run)
        if run.state == "completed":
            for evidence in evidences(run):
                change.create("attach", services.store.evidences, evidence)

    return chained_on_intent(
        services, actor=ACTOR, record=record, exception=lambda run, intent: _exception(run, intent, services)
    )


def evidences(run: AgentRun) -> Iterator[LinkedEvidence]:
    """What the runner attaches by itself to a run that is complete."""
    hashes = {"diff_hash": run.diff_hash, "prompt_hash": run.prompt_hash, "output_hash": run.output_hash}
    found: list[tuple[str, str | None, str | None]] = [("pr_url", run.pr_url, None)]
    found += [(kind, None, digest) for kind, digest in hashes.items()]
    if run.review_id:
        found.append(("review_url", f"{run.pr_url}#pullrequestreview-{run.review_id}", None))
    for kind, url, digest in found:
        yield LinkedEvidence(
            evidence_id=derived_id("evidence", run.agent_run_id, kind),
            intent_id=run.intent_id,
            owner_id=run.owner_id,
            linked_type="agent_run",
            linked_id=run.agent_run_id,
            kind=kind,
            url=url,
            hash=digest,
            attached_by=ACTOR,
            created_at=run.updated_at,
        )


def _action(before: AgentRun, run: AgentRun) -> str:
    """What happened to the run, in a word."""
    if run.state == AgentRun.RUNNING:
        return "claim"
    if run.state == AgentRun.WAITING:
        return "reviewed" if run.stage != before.stage else "postpone"
    return "complete" if run.state == "completed" else "fail"


def _exception(run: AgentRun, intent: Intent | None, services: Services) -> ExceptionEvent:
    refused = (objection(run, intent, services) or RISKIER) if run.failure_code == "approval_invalid" else None
    return ExceptionEvent(
        exception_id=derived_id("exception", AGENT_RUNS, run.agent_run_id, "failed", run.fence),
        type=refused.exception if refused else "run_failed",
        owner_ids=(run.owner_id,),
        actor_id=ACTOR,
        subject=f"{AGENT_RUNS}/{run.agent_run_id}",
        reason=run.failure_code or "unavailable",
        detail=refused.reason if refused else f"failed at the stage {run.stage}",
        intent_id=run.intent_id,
        approval_id=run.approval_id,
        run_id=run.run_id,
        repo_full_name=run.repo_full_name,
        pr_number=run.pr_number,
        created_at=run.updated_at,
    )
