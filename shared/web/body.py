"""A request's body: read up to a limit, and JSON in the strict sense that every store and client understands.

`json.loads` alone takes duplicate keys, NaN, lone surrogates and integers that other programs round.
"""

import json
from io import BytesIO
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import ClientDisconnected

from shared.domain.errors import InvalidError, TooLargeError, UnsupportedMediaTypeError

MAX_DEPTH = 20
MAX_INTEGER = 2**53 - 1
_MOST_DIGITS = len(str(-MAX_INTEGER))
_PIECE = 65536


def read(request: Request, limit: int) -> bytes:
    """At most `limit` bytes, declared or chunked; raises `TooLargeError`, or `InvalidError` for one that breaks off."""
    try:
        body = _within(request, limit)
    except Exception:  # noqa: BLE001  # the adapter: each server has errors of its own for a body that breaks off
        request.stream = BytesIO()  # else the framework stumbles over the same place
        raise InvalidError("the body can't be read") from None
    if body is None:
        raise TooLargeError(f"a body here has at most {limit} bytes")
    return body


def _within(request: Request, limit: int) -> bytes | None:
    """The whole body; None for a larger one, which is read to its end all the same."""
    declared = request.content_length or 0
    body = request.stream.read(limit + 1) if declared <= limit else b""
    if len(body) < declared <= limit:
        raise ClientDisconnected
    if max(declared, len(body)) <= limit:
        return body
    # The framework reads to the end before it answers, and would keep all of it at once.
    while request.stream.read(_PIECE):
        pass
    return None


def parse(body: bytes, *, content_type: str, content_encoding: str = "") -> dict[str, Any]:
    """The JSON object in `body`; raises `UnsupportedMediaTypeError` or `InvalidError`."""
    if content_type != "application/json":
        raise UnsupportedMediaTypeError("a body here is application/json")
    if content_encoding not in ("", "identity"):
        raise UnsupportedMediaTypeError("a body here is not compressed")
    value = load(body)
    _check(value)
    return value


def load(body: bytes) -> dict[str, Any]:
    """The JSON object in `body` with whatever texts and depth it has; raises `InvalidError`."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant, parse_int=_exact
        )
    except RecursionError:
        raise InvalidError("nested too deeply") from None
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
            raise InvalidError("not JSON in UTF-8") from None
        raise InvalidError(str(error)) from None
    if not isinstance(value, dict):
        raise InvalidError("a body here is a JSON object")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _exact(digits: str) -> int:
    # Compared by length first: int() of a million digits takes seconds.
    if len(digits) > _MOST_DIGITS or abs(number := int(digits)) > MAX_INTEGER:
        raise ValueError("an integer is beyond 2^53 - 1")
    return number


def _check(value: Any, depth: int = 1) -> None:  # noqa: ANN401  # any JSON value
    """Raise `InvalidError` for what JSON allows and Firestore, or UTF-8, does not."""
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        raise InvalidError("nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise InvalidError("a number is too large")


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidError("a text has half of a surrogate pair")
    if "\x00" in text:
        raise InvalidError("a text has a NUL character")
