"""Answers that are too large to be held: made piece by piece while they are sent, in chunks.

The platform's limit of 32 MiB is for answers that are not chunked. What has been sent can't be taken back: an answer
that breaks off is cut off, so that nobody takes it for whole.
https://cloud.google.com/run/quotas#request_and_response_limits
"""

from collections.abc import Callable, Iterator, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Response
from pydantic import BaseModel

from shared.logging import log, where
from shared.web.file import preferred

M = TypeVar("M", bound=BaseModel)
Pieces = Callable[[], Iterator[str]]
_CHUNK = 32_768
_JSON = "application/json"


@dataclass(frozen=True)
class Streamed(Generic[M]):
    """A model's JSON in pieces and, for who accepts one of these types better, a text in pieces.

    `filename` is what a browser is to call it; it is put into a header as it stands.
    """

    json: Pieces
    filename: str = ""
    text: Pieces | None = None
    text_types: Sequence[str] = ()


def stream_answer(streamed: Streamed[M], status: int) -> Response:
    """The answer in the form that the caller would rather have; what its beginning raises is raised here."""
    named = preferred(streamed.text_types) if streamed.text else None
    pieces = streamed.text if named and streamed.text else streamed.json
    chunks = _chunks(pieces())
    first = next(chunks)
    answer = Response(
        _sent(first, chunks, copy_context()), status, content_type=f"{named}; charset=utf-8" if named else _JSON
    )
    if streamed.filename:
        answer.headers["Content-Disposition"] = f'attachment; filename="{streamed.filename}"'
    answer.headers.add("Vary", "Accept")
    return answer


def _sent(first: bytes, chunks: Iterator[bytes], context: Context) -> Iterator[bytes]:
    """The chunks, made with what the request has bound to the log; what goes wrong can only be told there.

    The server cuts the connection then: https://peps.python.org/pep-3333/#error-handling
    """
    chunk: bytes | None = first
    while chunk is not None:
        yield chunk
        chunk = context.run(_next, chunks)


def _next(chunks: Iterator[bytes]) -> bytes | None:
    try:
        return next(chunks, None)
    except Exception as error:
        log.error("answer_broken_off", **where(error))
        raise


def _chunks(pieces: Iterator[str]) -> Iterator[bytes]:
    """The pieces in chunks of a fair size."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
