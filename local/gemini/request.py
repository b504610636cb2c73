"""What does a call ask of the model, and which bytes did it bring?

https://ai.google.dev/api/generate-content#request-body
"""

import base64
import binascii
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_WORD = re.compile(r"[^\W\d_]{3,}")
_RANDOM = re.compile(r"(?=\w*\d)\w{12,}")  # a boundary drawn for this call would make the answer another one each time
_PHRASE = re.compile(r"\S+(?:[ \t]+\S+){0,7}")
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True)
class Prompt:
    """One call: the model's name and the JSON that was sent; `stopping` is set when the server is to end."""

    model: str
    body: Mapping[str, Any]
    stopping: threading.Event

    @cached_property
    def texts(self) -> list[str]:
        """Every text of the contents, in order."""
        parts = [part for content in self.body["contents"] for part in content["parts"]]
        return [part["text"] for part in parts if isinstance(part.get("text"), str)]

    @cached_property
    def phrases(self) -> list[str]:
        """Up to eight words from the start of each line of the last text, as they stand there."""
        lines = [line.strip() for line in self.texts[-1].splitlines()] if self.texts else []
        telling = [line for line in lines if _WORD.search(line) and not _RANDOM.search(line)]
        return [found[0] for line in telling if (found := _PHRASE.match(line))] or ["nothing to say"]

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The schema that the answer has to follow, if one is asked for."""
        return self._settings.get("responseJsonSchema") or self._settings.get("responseSchema")

    @property
    def wants_json(self) -> bool:
        """Whether the answer is to be JSON."""
        return bool(self._settings.get("responseMimeType") == "application/json")

    @property
    def _settings(self) -> dict[str, Any]:
        settings = self.body.get("generationConfig")
        return settings if isinstance(settings, dict) else {}

    @property
    def tokens(self) -> int:
        """How long the contents and the system instruction are, at four bytes a token."""
        instruction = self.body.get("systemInstruction", {}).get("parts", ())
        return tokens_of("".join([*self.texts, *(part.get("text", "") for part in instruction)]))


def tokens_of(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


class Recording:
    """Every call as it came: request line, headers and body. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[bytes] = []
        self._texts: list[bytes] = []

    def add(self, raw: bytes, body: object) -> None:
        """Keep a call; `body` is its JSON where it is any."""
        texts = [text for each in _strings(body) for text in _readings(each)]
        with self._lock:
            self._requests.append(raw)
            self._texts.extend(texts)

    def clear(self) -> None:
        """Forget what came so far."""
        with self._lock:
            self._requests.clear()
            self._texts.clear()

    def requests_bytes(self) -> list[bytes]:
        """The calls byte for byte, oldest first."""
        with self._lock:
            return list(self._requests)

    def seen(self, piece: bytes) -> bool:
        """Whether these bytes came: as a call was sent, in a string of its JSON, or in one as base64."""
        with self._lock:
            return any(piece in each for each in [*self._requests, *self._texts])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from (key, *_strings(each))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _readings(text: str) -> Iterator[bytes]:
    yield text.encode("utf-8", "surrogatepass")
    try:
        yield base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return
