"""May this run execute now? Asked when it is claimed, before the model is asked, and before anything is published."""

import json
from collections.abc import Iterable

from shared.domain.agent_run import AgentRun
from shared.domain.approval import Refusal, refusal
from shared.domain.errors import WorkLogError
from shared.domain.intent import Intent
from shared.domain.risk import assess
from shared.services import Services

_GONE = Refusal("intent_gone", "the intent is gone", "approval_invalid")
_COUNTS = ("changedFiles", "paths")  # what is there is counted anew
_CHANGED = Refusal("intent_changed", "the intent is not what the run was started for", "approval_invalid")

RISKIER = Refusal("riskier_than_stated", "the change is riskier than what was stated of it", "unapproved_attempt")


class NotPermittedError(WorkLogError):
    """The approval under which the run was started does not hold any more."""

    code = "approval_invalid"


def check_permit(run: AgentRun, services: Services) -> Intent:
    """The intent under which the run may execute; raises `NotPermittedError` when it may not."""
    stored = services.store.intents.get(run.intent_id)
    refused = objection(run, stored.value if stored else None, services)
    if refused or stored is None:
        raise NotPermittedError(refused.reason if refused else _GONE.reason)
    return stored.value


def check_risk(run: AgentRun, intent: Intent, paths: Iterable[str]) -> None:
    """Raise `NotPermittedError` where the change itself asks for an approval that the stated intent did not.

    An intent is judged by what is stated; whoever leaves the paths out of it, or names others, runs nothing by that.
    """
    if run.approval_id is not None or run.break_glass_reason is not None:
        return
    stated = {name: value for name, value in (intent.pr() or {}).items() if name not in _COUNTS}
    live = assess(
        goal=intent.goal,
        constraints=json.loads(intent.constraints),
        success=intent.success,
        pr_meta={**stated, "paths": sorted(set(paths))},
    )
    if live.level != "Low":
        raise NotPermittedError(RISKIER.reason)


def objection(run: AgentRun, intent: Intent | None, services: Services) -> Refusal | None:
    """Why the run may not execute under the intent as it is now; a broken glass stands for the approval alone."""
    if intent is None:
        return _GONE
    if intent.intent_digest != run.intent_digest or not intent.is_unchanged:
        return _CHANGED
    if run.break_glass_reason is not None:
        return None
    return refusal(intent, run.approval_id, policy=services.approval_policy, at=services.now())
