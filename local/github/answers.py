"""How does GitHub answer: errors, pages of a list, and the headers that every answer carries?"""

import math
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from local.github.shapes import Json
from local.github.tokens import Principal

DOCUMENTATION = "https://docs.github.com/rest"
_PER_PAGE, _MOST_PER_PAGE = 30, 100
_HOUR = 3600
_UNAUTHENTICATED_LIMIT, _LIMIT = 60, 5000


class ApiError(Exception):
    """A refusal in GitHub's words: its status, message, and the page of the documentation it points to."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        page: str = "",
        errors: Sequence[Json | str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: Json = {"message": message, **({"errors": list(errors)} if errors else {})}
        self.body |= {"documentation_url": DOCUMENTATION + page, "status": str(status)}

    def response(self) -> Response:
        """The answer with that body."""
        answer = jsonify(self.body)
        answer.status_code = self.status
        answer.headers.update(self.headers)
        return answer


def not_found(page: str = "") -> ApiError:
    """What GitHub says of everything that is absent, or that the caller may not know of."""
    return ApiError(404, "Not Found", page=page)


def page_of(items: Sequence[Any], path: str) -> Response:
    """The page that `per_page` and `page` ask for, with a `Link` header whose links lead to `path`.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size = per_page()
    number = max(1, _integer("page", 1))
    last = max(1, math.ceil(len(items) / size))
    answer = jsonify(list(items[(number - 1) * size : number * size]))
    neighbours = {"prev": min(number - 1, last), "next": number + 1, "last": last, "first": 1}
    if number == 1:
        del neighbours["prev"], neighbours["first"]
    if number >= last:
        del neighbours["next"], neighbours["last"]
    links = [link(path, relation, page=page) for relation, page in neighbours.items()]
    if links:
        answer.headers["Link"] = ", ".join(links)
    return answer


def per_page() -> int:
    """How many items a page has: 30 unless asked, 100 at most."""
    return min(max(1, _integer("per_page", _PER_PAGE)), _MOST_PER_PAGE)


def link(path: str, relation: str, **changed: object) -> str:
    """One entry of a `Link` header: this request's query with some of it changed."""
    query = urlencode({**request.args.to_dict(), **changed})
    return f'<{request.host_url.rstrip("/")}{path}?{query}>; rel="{relation}"'


def _integer(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < len("1000000000") else default


class RateLimits:
    """Counts calls by caller and hour. It only tells: a limit is enforced by a fault that says so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def spend(self, principal: Principal, now: float) -> dict[str, str]:
        """Count one call and return its `X-RateLimit` headers.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        who = f"{principal.kind} {principal.installation_id}"
        with self._lock:
            start, used = self._windows.get(who, (now, 0))
            start, used = (now, 1) if now >= start + _HOUR else (start, used + 1)
            self._windows[who] = (start, used)
        limit = _UNAUTHENTICATED_LIMIT if principal.kind == "nobody" else _LIMIT
        used = min(used, limit - 1)  # a caller that waits at 0 would wait for nothing
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - used),
            "X-RateLimit-Reset": str(math.ceil(start + _HOUR)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Resource": "core",
        }


def complete(response: Response, limits: Mapping[str, str]) -> Response:
    """Add the headers that GitHub puts on every answer, except where a fault has set them."""
    request_id = uuid.uuid4().hex.upper()
    always = {
        **limits,
        "X-GitHub-Request-Id": f"{request_id[:4]}:{request_id[4:10]}:{request_id[10:17]}:{request_id[17:24]}",
        "X-GitHub-Media-Type": "github.v3; format=json",
    }
    for name, value in always.items():
        response.headers.setdefault(name, value)
    return response
