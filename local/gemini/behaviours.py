"""How else can the model behave? Each behaviour takes a call and returns the answer to give."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flask import Response, jsonify

from local.gemini.answers import answered, blocked, exhausted, usual_text, usual_value
from local.gemini.request import Prompt
from local.google_error import error_of
from local.stand_in import reset_connection

Behaviour: TypeAlias = Callable[[Prompt], Response]

_HUGE = 2 * 1024 * 1024
_FAILURES = {
    500: "An internal error has occurred. Please retry or report it.",
    503: "The model is overloaded. Please try again later.",
    504: "The request timed out. Please try again.",
}
_PAGE = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>The service is unavailable.</body></html>"
_GARBAGE = "Sure! Here is the JSON you asked for:\n```json\n{title: 'it works',,}\n```\nLet me know if I can help."


def usual(prompt: Prompt) -> Response:
    """A well-formed answer about the prompt."""
    return jsonify(answered(prompt, usual_text(prompt)))


def text(said: str | Callable[[Mapping[str, Any]], str], *, reason: str = "STOP") -> Behaviour:
    """Exactly this text, or what a function makes of the request's JSON; `reason` is why the model stopped."""
    return lambda prompt: jsonify(answered(prompt, said if isinstance(said, str) else said(prompt.body), reason=reason))


def changed(change: Callable[[Any], Any]) -> Behaviour:
    """The usual value after `change`, as JSON; Python's `nan` becomes `NaN` there."""
    return lambda prompt: jsonify(answered(prompt, json.dumps(change(usual_value(prompt)))))


def wrong_types() -> Behaviour:
    """Every value of another type than the schema says, and members that nobody asked for."""
    strangers = {"ownerId": "somebody", "status": "approved"}
    return changed(lambda value: _mistyped(value | strangers if isinstance(value, dict) else value))


def huge(size: int = _HUGE) -> Behaviour:
    """The usual value whose first string has `size` characters."""

    def change(value: Any) -> Any:  # noqa: ANN401 -- any JSON
        fillings = iter(["x" * size])
        return _each_string(value, lambda string: next(fillings, string))

    return changed(change)


def lone_surrogates(*, in_envelope: bool = False) -> Behaviour:
    r"""Strings with half a surrogate pair: `\ud800` escapes in the model's JSON, or in the API's own."""

    def behave(prompt: Prompt) -> Response:
        value = _each_string(usual_value(prompt), lambda string: f"{string}\ud800")
        return jsonify(answered(prompt, json.dumps(value, ensure_ascii=not in_envelope)))

    return behave


def garbage() -> Behaviour:
    """Prose and a broken code block where JSON was asked for."""
    return text(_GARBAGE)


def cut_short() -> Behaviour:
    """The first half of the usual text: the budget of tokens was used up."""

    def behave(prompt: Prompt) -> Response:
        whole = usual_text(prompt)
        return jsonify(answered(prompt, whole[: len(whole) // 2], reason="MAX_TOKENS"))

    return behave


def stopped(reason: str = "SAFETY") -> Behaviour:
    """A candidate without content, for a reason such as SAFETY or RECITATION."""
    return lambda prompt: jsonify(answered(prompt, None, reason=reason))


def prompt_blocked(reason: str = "PROHIBITED_CONTENT") -> Behaviour:
    """HTTP 200 without candidates: the prompt was refused."""
    return lambda prompt: jsonify(blocked(prompt, reason))


def exhausted_quota(retry_delay: str = "53s") -> Behaviour:
    """429 RESOURCE_EXHAUSTED, with the time to wait in its details."""
    return lambda prompt: exhausted(prompt, retry_delay).response()


def failure(status: int = 503) -> Behaviour:
    """An error of the service: 500, 503, 504 or whatever is asked for."""
    return lambda _: error_of(status, _FAILURES.get(status, "The call failed.")).response()


def hang(seconds: float, then: Behaviour = usual) -> Behaviour:
    """Another behaviour, after so many seconds or when the server stops."""

    def behave(prompt: Prompt) -> Response:
        prompt.stopping.wait(seconds)
        return then(prompt)

    return behave


def reset(_: Prompt) -> Response:
    """No answer: the connection is reset."""
    return reset_connection()


def not_json() -> Behaviour:
    """HTTP 200 and a page for people, said to be JSON."""
    return lambda _: Response(_PAGE, content_type="application/json; charset=UTF-8")


def wrong_content_type() -> Behaviour:
    """The usual answer, said to be a page for people."""
    return lambda prompt: Response(usual(prompt).get_data(), content_type="text/html; charset=utf-8")


def _mistyped(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    match value:
        case dict():
            return {name: _mistyped(each) for name, each in value.items()}
        case bool() | None:
            return "perhaps"
        case int() | float():
            return "seven"
        case list():
            return {"items": [[_mistyped(each)] for each in value]}
        case _:
            return [[7]]


def _each_string(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 -- any JSON
    match value:
        case str():
            return change(value)
        case dict():
            return {name: _each_string(each, change) for name, each in value.items()}
        case list():
            return [_each_string(each, change) for each in value]
        case _:
            return value
