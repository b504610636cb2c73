"""Which requests of a worker are effects, and what are they called?

An effect changes something outside of the worker or costs something there: every write, every task that is queued,
every call of GitHub's API, every question to the model. Reading our own store is none.
"""

import json
import re
from collections.abc import Callable, Iterable

from google.cloud.firestore_v1.types import CommitRequest

Name = Callable[[str, str, bytes], str | None]
"""From method, path and body of a request to the name of its effect, None for none."""

_GITHUB = (
    ("ask for a token", re.compile(r"POST /app/installations/\d+/access_tokens")),
    ("read the pull request", re.compile(r"GET /repositories/\d+/pulls/\d+")),
    ("read its commits", re.compile(r"GET /repositories/\d+/pulls/\d+/commits")),
    ("read its files", re.compile(r"GET /repositories/\d+/pulls/\d+/files")),
    ("list deliveries", re.compile(r"GET /app/hook/deliveries")),
    ("have one repeated", re.compile(r"POST /app/hook/deliveries/\d+/attempts")),
)


def of_github(method: str, path: str, _body: bytes) -> str | None:
    """A call of GitHub's REST API."""
    asked = f"{method} {path.partition('?')[0]}"
    found = next((name for name, pattern in _GITHUB if pattern.fullmatch(asked)), "ask something else")
    return f"github: {found}"


def of_model(method: str, _path: str, _body: bytes) -> str | None:
    """A call of the model."""
    return "model: ask" if method == "POST" else None


def of_queue(method: str, _path: str, _body: bytes) -> str | None:
    """A call of Cloud Tasks."""
    return "queue: create the task" if method == "POST" else None


def of_store(method: str, path: str, body: bytes) -> str | None:
    """A call of Firestore's REST API."""
    if method != "POST" or not path.endswith(":commit"):
        return None
    return _write(write["update"]["name"] for write in json.loads(body)["writes"])


def of_commit(request: bytes) -> str:
    """A Commit of Firestore's gRPC API."""
    message = CommitRequest.deserialize(request)
    return _write(write.update.name or write.delete or write.transform.document for write in message.writes)


def _write(documents: Iterable[str]) -> str:
    """A commit by the collections it writes to, a ledger and what is like it with the collection it belongs to."""
    collections = sorted({name.partition("/documents/")[2].partition("/")[0] for name in documents})
    return f"store: write {' + '.join(collections)}"
