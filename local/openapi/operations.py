"""How does one operation read?"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic.alias_generators import to_camel

from local.openapi.schemas import for_readers
from shared.web.problem import MEDIA_TYPE, STATUS_WORDS

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_ID = re.compile(r"\{(\w+)\}")
_RETRY_AFTER = {"description": "Seconds to wait", "schema": {"type": "integer"}, "required": True}
_HEADERS: Mapping[HTTPStatus, Mapping[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"const": "Bearer"}, "required": True}},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": _RETRY_AFTER},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": _RETRY_AFTER},
}


def _file(media_type: str) -> dict[str, Any]:
    return {"schema": {"type": "object" if media_type.endswith("json") else "string"}}


def _answer(status: HTTPStatus, description: str) -> dict[str, Any]:
    headers = {"headers": dict(_HEADERS[status])} if status in _HEADERS else {}
    return {"description": description, **headers, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}


def _name(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))


PROBLEM_ANSWERS = {_name(status): _answer(status, words) for status, words in STATUS_WORDS.items()}
"""What a status means wherever it is answered."""


def public_path(path: str) -> str:
    """The path with its ids named as the contract names them: `{asset_card_id}` is `{assetCardId}`."""
    return _ID.sub(lambda found: f"{{{to_camel(found[1])}}}", path)


def polished(path: str, operation: Mapping[str, Any], files: Sequence[str] = ()) -> dict[str, Any]:
    """An operation in one order and style, whoever wrote it; `files` are the types of the files it may answer with."""
    summary, description = _said(operation)
    answers = sorted(operation["responses"].items())
    shown: dict[str, Any] = {
        "operationId": operation.get("operationId") or _task_id(path),
        "summary": summary,
        "description": description,
        "tags": operation["tags"],
        "security": operation["security"],
        "parameters": [_parameter(each) for each in operation.get("parameters", ())],
        "requestBody": operation.get("requestBody"),
        "responses": {status: _response(HTTPStatus(int(status)), answer, files) for status, answer in answers},
    }
    return {key: value for key, value in shown.items() if value}


def _said(operation: Mapping[str, Any]) -> tuple[str, str]:
    """The first sentence, and whatever is said beyond it."""
    first, _, rest = operation["summary"].partition(". ")
    beyond = "\n\n".join(part for part in (rest, operation.get("description", "")) if part)
    return first.removesuffix("."), beyond


def _task_id(path: str) -> str:
    """`/api/tasks/asset-generator` is `runAssetGenerator`."""
    return to_camel("run_" + path.rpartition("/")[2].replace("-", "_"))


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    schema = for_readers(parameter["schema"])
    schema.pop("description", None)
    name = parameter["name"]
    return {**parameter, "name": name if parameter["in"] == "header" else to_camel(name), "schema": schema}


def _response(status: HTTPStatus, answer: Mapping[str, Any], files: Sequence[str]) -> dict[str, Any]:
    """An answer as it stands, or by reference where it means what it means everywhere; spectree knows JSON alone."""
    content = answer.get("content", {})
    if not any(each.get("schema") == _PROBLEM for each in content.values()):
        return {**answer, "content": {**content, **{each: _file(each) for each in files}}} if files else dict(answer)
    if answer["description"] == STATUS_WORDS.get(status):
        return {"$ref": f"#/components/responses/{_name(status)}"}
    return _answer(status, answer["description"])
