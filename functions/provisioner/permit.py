"""May this job go on now? Asked at every claim, and again right before what can't be undone at GitHub."""

from shared.domain.approval import Refusal, refusal
from shared.domain.errors import WorkLogError
from shared.domain.intent import Intent
from shared.domain.provisioning_job import ProvisioningJob
from shared.services import Services

_GONE = Refusal("intent_gone", "the intent is gone", "approval_invalid")
_CHANGED = Refusal("intent_changed", "the intent is not what the repository was asked for under", "approval_invalid")


class NotPermittedError(WorkLogError):
    """The approval under which the repository was asked for does not hold any more."""

    code = "approval_invalid"


def check_permit(job: ProvisioningJob, services: Services) -> Intent:
    """The intent under which the job may go on; raises `NotPermittedError` when it may not."""
    stored = services.store.intents.get(job.intent_id)
    refused = objection(job, stored.value if stored else None, services)
    if refused or stored is None:
        raise NotPermittedError(refused.reason if refused else _GONE.reason)
    return stored.value


def objection(job: ProvisioningJob, intent: Intent | None, services: Services) -> Refusal | None:
    """Why the job may not go on under the intent as it is now; None when it may."""
    if intent is None:
        return _GONE
    if intent.intent_digest != job.intent_digest or not intent.is_unchanged:
        return _CHANGED
    return refusal(intent, job.approval_id, policy=services.approval_policy, at=services.now())
