"""Signed deliveries of the size that GitHub's have, each of another merge."""

import copy
import json
import uuid
from pathlib import Path
from typing import Any

from local.bench.served import Request
from local.github.signing import headers, signatures

SIZE = 24_000
PATH = "/api/webhooks/github"
_SAMPLE = Path(__file__).parent.parent / "samples" / "sample-org__parcel-tracker__41" / "webhook.json"


class Deliveries:
    """Merges of the sample repository, numbered from one on and signed with `secret`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._number = 0
        self._template = _grown(json.loads(_SAMPLE.read_bytes()), SIZE)

    def take(self, count: int) -> list[Request]:
        """So many more."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Request:
        self._number += 1
        pull = {**self._template["pull_request"], "number": self._number, "merge_commit_sha": f"{self._number:040x}"}
        body = json.dumps({**self._template, "number": self._number, "pull_request": pull}).encode()
        named = headers("pull_request", str(uuid.UUID(int=self._number)), 1, 1)
        return Request(PATH, body, {**named, **signatures(body, self._secret)})


def _grown(payload: dict[str, Any], size: int) -> dict[str, Any]:
    """The payload with as many reviewers as it takes: structure, because text alone is cheaper to read."""
    whole = copy.deepcopy(payload)
    pull = whole["pull_request"]
    while len(json.dumps(whole)) + len(json.dumps(pull["user"])) + 2 <= size:
        pull["requested_reviewers"].append(pull["user"])
    pull["body"] += " " * (size - len(json.dumps(whole)))
    return whole
