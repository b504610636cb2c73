"""What does the model's answer look like, in the API's own JSON?

https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
"""

import json
from typing import Any

from local.gemini.request import Prompt, tokens_of
from local.gemini.schema import Writer
from local.google_error import GoogleError

_HELP = "https://ai.google.dev/gemini-api/docs/rate-limits"


def usual_value(prompt: Prompt) -> Any:  # noqa: ANN401 -- whatever its schema says
    """A value that follows the asked schema; raises `GoogleError` for one that can't be read."""
    try:
        return Writer(prompt.schema or {"type": "string"}, prompt.phrases).write()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GoogleError("INVALID_ARGUMENT", f"Invalid response schema: {error}") from error


def usual_text(prompt: Prompt) -> str:
    """What the model says unless told otherwise."""
    if prompt.schema or prompt.wants_json:
        return json.dumps(usual_value(prompt), ensure_ascii=False)
    return f"This is about: {prompt.phrases[0]}"


def answered(prompt: Prompt, text: str | None, *, reason: str = "STOP") -> dict[str, Any]:
    """One candidate; without a text it has no content, as when a filter stopped it."""
    said = tokens_of(text or "")
    candidate: dict[str, Any] = {"finishReason": reason, "index": 0}
    if text is not None:
        candidate = {"content": {"parts": [{"text": text}], "role": "model"}} | candidate
    return {"candidates": [candidate], **_about(prompt, said)}


def blocked(prompt: Prompt, reason: str) -> dict[str, Any]:
    """No candidate at all: the prompt itself was refused."""
    return {"promptFeedback": {"blockReason": reason}, **_about(prompt, 0)}


def exhausted(prompt: Prompt, retry_delay: str) -> GoogleError:
    """The quota of a minute is used up; `retry_delay` is a duration such as `53s`, or empty to leave it out."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {
        "quotaMetric": metric,
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": prompt.model},
        "quotaValue": "10",
    }
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": "Quotas", "url": _HELP}]},
    ]
    if retry_delay:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay})
    message = f"You exceeded your current quota. Quota exceeded for metric: {metric}, model: {prompt.model}"
    return GoogleError("RESOURCE_EXHAUSTED", message, details=details)


def key_refused(key: str | None) -> GoogleError:
    """What Google says to a call without a key, and to one with another key."""
    if key is None:
        return GoogleError(
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API.",
        )
    message = "API key not valid. Please pass a valid API key."
    metadata = {"service": "generativelanguage.googleapis.com"}
    details: list[dict[str, Any]] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": metadata,
        },
        {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message},
    ]
    return GoogleError("INVALID_ARGUMENT", message, details=details)


def _about(prompt: Prompt, said: int) -> dict[str, Any]:
    usage = {"promptTokenCount": prompt.tokens, "totalTokenCount": prompt.tokens + said}
    usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": prompt.tokens}]  # type: ignore[assignment]
    if said:
        usage["candidatesTokenCount"] = said
    return {"usageMetadata": usage, "modelVersion": prompt.model, "responseId": f"local-{prompt.tokens}-{said}"}
