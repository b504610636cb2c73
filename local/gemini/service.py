"""At which addresses does the model answer, and what was it sent?

https://ai.google.dev/api/generate-content
"""

import json
import re
from typing import Any

from flask import Response, request

from local.gemini.answers import key_refused
from local.gemini.behaviours import Behaviour, usual
from local.gemini.request import Prompt, Recording
from local.google_error import GoogleError
from local.script import Rule, Script
from local.stand_in import StandIn

API_KEY = "local-gemini-key"
_MODEL = re.compile(r"(?:gemini|gemma)-[a-z0-9.-]+")


class Gemini(StandIn):
    """The Gemini API on a loopback port, for callers with `api_key`; `seed` makes probabilities repeatable.

    Every call is recorded, those that are refused among them.
    """

    def __init__(self, *, api_key: str = API_KEY, port: int = 0, seed: int | None = None) -> None:
        super().__init__("Gemini", port)
        self.recording = Recording()
        self._script: Script[Behaviour] = Script(seed)
        self._api_key = api_key
        self.app.add_url_rule("/<version>/models/<call>", "call", self._answer, methods=["POST"])

    def behave(self, behaviour: Behaviour, *, times: int | None = 1, probability: float = 1.0) -> Rule[Behaviour]:
        """Let the next `times` prompts (None: all) meet a behaviour; returns the rule, which counts its strikes."""
        return self._script.add(behaviour, times=times, probability=probability)

    def behave_as_usual(self) -> None:
        """Drop every scripted behaviour."""
        self._script.clear()

    def requests_bytes(self) -> list[bytes]:
        """Every call byte for byte, request line and headers included, oldest first."""
        return self.recording.requests_bytes()

    def seen(self, piece: bytes) -> bool:
        """Whether these bytes ever came, as they were sent or behind an escape or base64."""
        return self.recording.seen(piece)

    def _answer(self, version: str, call: str) -> Response | dict[str, Any]:
        raw = request.get_data()
        body = _parsed(raw)
        self.recording.add(_request_head() + raw, body)
        key = request.headers.get("x-goog-api-key")
        if key != self._api_key:
            raise key_refused(key)
        model, _, method = call.partition(":")
        if method not in {"generateContent", "countTokens"} or version not in {"v1", "v1beta"}:
            raise GoogleError("NOT_FOUND", f"{version}/models/{call} is not found.")
        if not _MODEL.fullmatch(model):
            raise GoogleError("NOT_FOUND", f"models/{model} is not found for API version {version}.")
        prompt = Prompt(model, _checked(body), self.stopping)
        if method == "countTokens":
            details = [{"modality": "TEXT", "tokenCount": prompt.tokens}]
            return {"totalTokens": prompt.tokens, "promptTokensDetails": details}
        return (self._script.draw() or usual)(prompt)


def _request_head() -> bytes:
    """Request line and headers; the server has parsed them, so only their spelling is as it came."""
    target = request.environ.get("RAW_URI", request.full_path)
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"{request.method} {target} HTTP/1.1\r\n{headers}\r\n".encode("latin-1", "replace")


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _checked(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise GoogleError("INVALID_ARGUMENT", "Invalid JSON payload received.")
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise GoogleError("INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified")
    for content in contents:
        parts = content.get("parts") if isinstance(content, dict) else None
        if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
            raise GoogleError("INVALID_ARGUMENT", "* GenerateContentRequest.contents: parts must not be empty")
    return body
