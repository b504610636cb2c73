"""Answers that are a file as well: whoever accepts the file's type gets it, everybody else gets JSON.

https://www.rfc-editor.org/rfc/rfc9110#name-accept: a type has to be named, for nearly everybody accepts anything.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from flask import Response, request

_JSON = "application/json"


@dataclass(frozen=True)
class File:
    """A file of text: `types` are the names of its type, `policy` is a page's own Content-Security-Policy.

    `filename` is put into a header as it stands, so it is of ASCII letters, digits, hyphens and dots.
    """

    types: Sequence[str]
    filename: str
    content: str
    policy: str = ""


class InFileTypes:
    """What a model is as well that can be had in other types than JSON."""

    FILE_TYPES: ClassVar[Sequence[str]]


class AlsoFile(InFileTypes, ABC):
    """What a model is as well that can be had as a file of one of these types."""

    @abstractmethod
    def file(self) -> File:
        """The file."""


def as_accepted(answer: Response, result: object) -> Response:
    """The file that `result` is, if the caller would rather have it than the JSON in `answer`."""
    if not isinstance(result, AlsoFile):
        return answer
    file = result.file()
    named = preferred(file.types)
    found = _file_answer(file, named, answer.status_code) if named else answer
    found.headers.add("Vary", "Accept")
    return found


def preferred(types: Sequence[str]) -> str | None:
    """The type that `Accept` names, itself or by its family, with more weight than it gives to JSON."""
    weights = {name.partition(";")[0].strip().lower(): weight for name, weight in request.accept_mimetypes}
    best = weights.get(_JSON, 0.0)
    for each in types:
        family = f"{each.partition('/')[0]}/*"
        weight = weights.get(each, weights.get(family, 0.0) if family != "application/*" else 0.0)
        if weight > best:
            return each
    return None


def _file_answer(file: File, media_type: str, status: int) -> Response:
    charset = "" if media_type.endswith("json") else "; charset=utf-8"
    answer = Response(file.content, status, content_type=f"{media_type}{charset}")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.filename}"'
    if file.policy:
        answer.headers["Content-Security-Policy"] = file.policy
    return answer
