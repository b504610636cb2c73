"""Gemini through google-genai: one structured answer to one prompt, no tools, and what each failure means.

https://ai.google.dev/gemini-api/docs/structured-output
https://ai.google.dev/gemini-api/docs/troubleshooting
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx2
from google import genai
from google.genai import errors, types

from shared.domain.errors import ConfigurationError, RetryLaterError, WorkLogError
from shared.logging import log

TIMEOUT = 90.0
_ROOM = (8_192, 32_768)  # a model that thinks first spends some of it on thoughts
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_TOO_MANY, _SERVER_ERROR = 429, 500
_UNACCEPTABLE = (400, 413)
_SHORT, _LONG, _HOURS, _DAY = 20.0, 60.0, 7200.0, 86_400.0
_ANSWERED = (None, "FINISH_REASON_UNSPECIFIED", "STOP")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Prompt:
    """Our words, and the untrusted text in a part of its own."""

    instruction: str
    data: str
    schema: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """The digest of everything that is said to the model, in hex."""
        return _sha256(self.instruction + self.data)


@dataclass(frozen=True)
class ModelAnswer:
    """What the model said; tokens are counted in each direction, `cut` tells that it ran out of room."""

    text: str
    tokens_in: int
    tokens_out: int
    cut: bool

    @property
    def tokens(self) -> int:
        """Both directions, what it thought included."""
        return self.tokens_in + self.tokens_out

    @property
    def sha256(self) -> str:
        """The digest of its text, in hex."""
        return _sha256(self.text)


class ModelBlockedError(WorkLogError):
    """The model will not answer this prompt, now or later."""

    code = "model_blocked"


class Gemini:
    """One model; the key is asked for at each call, so that a rotation needs no deployment."""

    def __init__(self, api_key: Callable[[], str], *, model: str, base_url: str = "", timeout: float = TIMEOUT) -> None:
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
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
            # The SDK would parse the answer's text as well, and fail on what a stranger makes a model write.
            should_return_http_response=True,
        )
        content = types.Content(role="user", parts=[types.Part.from_text(text=prompt.data)])
        client = self._current()  # held by name: a client that nobody holds is closed in the middle of its call
        try:
            response = client.models.generate_content(model=self.model, contents=content, config=config)
            return _read(_body(response))
        except errors.APIError as error:
            raise _meaning(error) from error
        # No connection, no answer in time; no JSON, or JSON of another shape.
        except (httpx2.HTTPError, OSError, ValueError, TypeError, RecursionError) as error:
            raise RetryLaterError("the model does not answer", after=_SHORT) from error

    def whole_answer(self, prompt: Prompt) -> ModelAnswer:
        """The answer, asked for once more with more room where it was cut; the broken half is thrown away.

        Raises as `answer` does. Tokens are those of both calls.
        """
        said = self.answer(prompt, most_tokens=_ROOM[0])
        if not said.cut:
            return said
        again = self.answer(prompt, most_tokens=_ROOM[1])
        return replace(again, tokens_in=said.tokens_in + again.tokens_in, tokens_out=said.tokens_out + again.tokens_out)

    def _current(self) -> genai.Client:
        """The client for the present key."""
        key = self._api_key()
        with self._lock:
            if self._client is None or self._client[0] != key:
                options = types.HttpOptions(
                    base_url=self._base_url or None,
                    api_version="v1beta",  # v1 knows no aliases such as gemini-flash-latest
                    timeout=int(self._timeout * 1000),
                    # Its own retries ignore RetryInfo: the queue waits as long as the API asks for.
                    retry_options=types.HttpRetryOptions(attempts=1),
                )
                self._client = (key, genai.Client(enterprise=False, api_key=key, http_options=options))
            return self._client[1]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _body(response: types.GenerateContentResponse) -> Mapping[str, Any]:
    """The JSON that the API answered; raises ValueError or RecursionError for anything else."""
    told = response.sdk_http_response
    return _object(json.loads((told and told.body) or ""))


def _read(body: Mapping[str, Any]) -> ModelAnswer:
    """The text of the one candidate; a blocked prompt is HTTP 200 without any, a stopped answer says why.

    Raises ValueError for JSON of another shape.
    """
    candidates = _list(body.get("candidates"))
    if not candidates:
        raise ModelBlockedError("the model blocks this prompt")
    candidate = _object(candidates[0])
    reason = candidate.get("finishReason")
    cut = reason == "MAX_TOKENS"
    parts = map(_object, _list(_object(candidate.get("content")).get("parts")))
    text = "".join(_text(part) for part in parts if not part.get("thought"))
    if not cut and (reason not in _ANSWERED or not text):
        raise ModelBlockedError("the model stopped its answer")
    usage = _object(body.get("usageMetadata"))
    total, asked = _count(usage.get("totalTokenCount")), _count(usage.get("promptTokenCount"))
    return ModelAnswer(text, min(asked, total), total - min(asked, total), cut)


def _object(value: object) -> Mapping[str, Any]:
    return _of(dict, value) or {}


def _list(value: object) -> list[Any]:
    return _of(list, value) or []


def _text(part: Mapping[str, Any]) -> str:
    return _of(str, part.get("text")) or ""


def _count(value: object) -> int:
    return max(0, _of(int, value) or 0)


def _of(kind: type[_T], value: object) -> _T | None:
    """The value, or None where it is absent; raises ValueError for another type."""
    if value is None or isinstance(value, kind):
        return value
    raise ValueError(f"the API answered {type(value).__name__}, not {kind.__name__}")


def _meaning(error: errors.APIError) -> WorkLogError:
    """What an answer other than 200 says about this prompt: nothing, unless the request itself is at fault."""
    if error.code == _TOO_MANY:
        delay = _retry_delay(error.details, _LONG)
        log.warning("model_rate_limited", seconds=round(delay))
        return RetryLaterError("the model's quota is used up", after=delay)
    if error.code >= _SERVER_ERROR:
        return RetryLaterError(f"the model answered {error.code}", after=_retry_delay(error.details, _SHORT))
    of_setup = error.status == "FAILED_PRECONDITION" or "API_KEY_INVALID" in str(error.details)
    if error.code in _UNACCEPTABLE and not of_setup:
        return ModelBlockedError(f"the model answered {error.code}")
    log.error("model_refuses_setup", status=error.code)  # the key, the project or the model's name is to be mended
    return RetryLaterError("the model refuses our key, project or model", after=_LONG)


def _retry_delay(details: Any, default: float) -> float:  # noqa: ANN401  # the API's own JSON
    """Seconds from google.rpc.RetryInfo, which counts minutes even where it is the day's quota that is used up."""
    inner = details.get("error", details) if isinstance(details, Mapping) else {}
    given = inner.get("details") if isinstance(inner, Mapping) else None
    told = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    if any("PerDay" in str(each.get("violations", "")) for each in told):
        return _HOURS
    found = next((match for each in told if (match := _DELAY.fullmatch(str(each.get("retryDelay", ""))))), None)
    return min(max(float(found[1]), 1.0), _DAY) if found else default


def checked_key(key: str) -> str:
    """The key, if it can be one; raises `ConfigurationError`, which does not show it."""
    if not re.fullmatch(r"[\x21-\x7e]{8,200}", key):
        raise ConfigurationError("the secret of GEMINI_API_KEY_SECRET is not of a key's form")
    return key
