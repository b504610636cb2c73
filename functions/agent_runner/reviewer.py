"""Who reviews: the model where a key is configured, else the offline reviewer; neither sees a secret."""

from functions.agent_runner import offline
from shared.domain.diff import Diff
from shared.domain.diff_redaction import redact_diff
from shared.domain.review import Reviewed
from shared.model_budget import one_call
from shared.services import Services


def review(diff: Diff, goal: str, services: Services) -> Reviewed:
    """The review of a diff with regard to what somebody wants to achieve; raises `RetryLaterError`."""
    redacted = redact_diff(diff)
    gemini, settings = services.gemini, services.model_settings
    if gemini is None or settings is None:
        return offline.review(redacted)
    from functions.agent_runner.gemini import GeminiReviewer  # noqa: PLC0415  # 600 ms, with a key only

    with one_call(services, settings):
        return GeminiReviewer(gemini).review(redacted, goal)
