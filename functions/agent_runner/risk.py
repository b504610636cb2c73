"""Is the change itself as harmless as what was stated of it? Asked when the diff is there, before the model is."""

import json
from collections.abc import Iterable

from shared.domain.agent_run import AgentRun
from shared.domain.approval import Refusal
from shared.domain.intent import Intent
from shared.domain.risk import assess
from shared.permit import NotPermittedError

RISKIER = Refusal("riskier_than_stated", "the change is riskier than what was stated of it", "unapproved_attempt")
_COUNTS = ("changedFiles", "paths")  # what is there is counted anew


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
