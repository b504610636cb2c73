"""Gemini through google-genai: one structured answer to one prompt, no tools, and what each failure means.

https://ai.google.dev/gemini-api/docs/structured-output
https://ai.google.dev/gemini-api/docs/troubleshooting
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
from google import genai
from google.genai import errors, types

from shared.domain.errors import ConfigurationError, RetryLaterError, WorkLogError
from shared.logging import log

TIMEOUT = 90.0
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
_TOO_MANY, _SERVER_ERROR = 429, 500
_REFUSED_KEY = (401, 403)
_DEFAULT_DELAY = 60.0
_SHORT = 20.0


@dataclass(frozen=True)
class Prompt:
    """Our words, and the untrusted text in a part of its own."""

    instruction: str
    data: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class ModelAnswer:
    """What the model said; `tokens` counts both directions, `cut` tells that it ran out of room."""

    text: str
    tokens: int
    cut: bool


class ModelBlockedError(WorkLogError):
    """The model will not answer this prompt, now or later."""

    code = "model_blocked"


class Gemini:
    """One model; the key is asked for at each call, so that a rotation needs no deployment."""

    def __init__(self, api_key: Callable[[], str], *, model: str, base_url: str = "") -> None:
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._lock = threading.Lock()
        self._client: tuple[str, genai.Client] | None = None

    def answer(self, prompt: Prompt, *, most_tokens: int) -> ModelAnswer:
        """The model's answer, JSON by the prompt's schema if it obeyed.

        Raises `ModelBlockedError`, or `RetryLaterError` with the delay that the API asked for.
        """
        config = types.GenerateContentConfig(
            system_instruction=prompt.instruction,
            response_mime_type="application/json",
            response_json_schema=dict(prompt.schema),
            temperature=0.0,
            candidate_count=1,
            max_output_tokens=most_tokens,
        )
        content = types.Content(role="user", parts=[types.Part.from_text(text=prompt.data)])
        try:
            response = self._current().models.generate_content(model=self.model, contents=content, config=config)
        except errors.APIError as error:
            raise _meaning(error) from error
        except (
            httpx.HTTPError,
            httpx2.HTTPError,
            OSError,
            ValueError,
        ) as error:  # no connection, no answer in time, no JSON
            raise RetryLaterError("the model does not answer", after=_SHORT) from error
        return _read(response)

    def _current(self) -> genai.Client:
        """The client for the present key."""
        key = self._api_key()
        with self._lock:
            if self._client is None or self._client[0] != key:
                options = types.HttpOptions(
                    base_url=self._base_url or None,
                    timeout=int(TIMEOUT * 1000),
                    # Its own retries ignore RetryInfo: the queue waits as long as the API asks for.
                    retry_options=types.HttpRetryOptions(attempts=1),
                )
                self._client = (key, genai.Client(api_key=key, http_options=options))
            return self._client[1]


def _read(response: types.GenerateContentResponse) -> ModelAnswer:
    """The text of the one candidate; a blocked prompt is HTTP 200 without any."""
    candidate = response.candidates[0] if response.candidates else None
    usage = response.usage_metadata
    tokens = (usage.total_token_count or 0) if usage else 0
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    cut = candidate is not None and candidate.finish_reason == types.FinishReason.MAX_TOKENS
    if not text and not cut:
        raise ModelBlockedError("the model did not answer this prompt")
    return ModelAnswer(text, tokens, cut)


def _meaning(error: errors.APIError) -> WorkLogError:
    if error.code == _TOO_MANY:
        delay = _retry_delay(error.details)
        log.warning("model_rate_limited", seconds=round(delay))
        return RetryLaterError("the model's quota is used up", after=delay)
    if error.code in _REFUSED_KEY or (error.code < _SERVER_ERROR and "API_KEY_INVALID" in str(error.details)):
        return RetryLaterError("the model refuses our key", after=_DEFAULT_DELAY)
    if error.code >= _SERVER_ERROR:
        return RetryLaterError(f"the model answered {error.code}", after=_SHORT)
    return ModelBlockedError(f"the model answered {error.code}")


def _retry_delay(details: Any) -> float:  # noqa: ANN401  # the API's own JSON
    """Seconds from google.rpc.RetryInfo."""
    inner = details.get("error", details) if isinstance(details, Mapping) else {}
    for detail in inner.get("details", ()) if isinstance(inner, Mapping) else ():
        found = _DELAY.fullmatch(str(detail.get("retryDelay", ""))) if isinstance(detail, Mapping) else None
        if found:
            return float(found[1])
    return _DEFAULT_DELAY


def checked_key(key: str) -> str:
    """The key, if it can be one; raises `ConfigurationError`, which does not show it."""
    if not re.fullmatch(r"[\x21-\x7e]{8,200}", key):
        raise ConfigurationError("the secret of GEMINI_API_KEY_SECRET is not of a key's form")
    return key
