"""One call to GitHub: its deadline, its limits, and what each answer means for trying again.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from shared.clients.github.turns import Turns
from shared.domain.errors import NotFoundError, RetryLaterError, WorkLogError
from shared.logging import log

_TIMEOUT = (3.05, 20.0)
_REDIRECTS = (301, 302, 307, 308)
_GONE = (404, 410, 451)
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR, _OK_END = 401, 403, 429, 500, 300
_SECONDARY_SECONDS = 60
_LONGEST_UNSAID = 3600
_LONGEST_LIMIT = 86_400.0
_AT_MOST_REDIRECTS = 3
_PIECE = 65_536
_JSON = "application/vnd.github+json"


class GitHubRefusedError(WorkLogError):
    """GitHub will not do this, now or later; `status` is its answer, `reason` its words, for the client alone."""

    code = "github_refused"

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"GitHub answered {status}")
        self.status = status
        self.reason = reason


class TokenRefusedError(GitHubRefusedError):
    """GitHub does not take the token: a fresh one may do."""


class AnswerTooLargeError(WorkLogError):
    """The answer is longer than we read."""

    code = "answer_too_large"


class Transport:
    """Calls to one GitHub; no more than two at a time for each installation, none before a limit's end.

    `gap` is the number of seconds between one change and the next one of an installation.
    """

    def __init__(
        self, api_url: str, session: requests.Session, clock: Callable[[], float] = time.time, gap: float = 1.0
    ) -> None:
        self._api_url = api_url
        self._session = session
        self._clock = clock
        self._turns = Turns(gap)
        self._lock = threading.Lock()
        self._closed_until: dict[int, float] = {}
        self._limits_in_a_row: dict[int, int] = {}

    def call(
        self,
        verb: str,
        path: str,
        *,
        installation_id: int,
        token: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """GitHub's answer, 2xx. `installation_id` is whose limits count: 0 for the App itself.

        Raises `RetryLaterError` (limits, outages, garbled answers), `NotFoundError` (404, 410, 451),
        `TokenRefusedError` (401) or `GitHubRefusedError` (every other refusal).
        """
        headers = _headers(token, _JSON)
        with self._turn(verb, installation_id):
            response = self._send(verb, path, headers=headers, params=query, json=body)
            return self._accepted(response, installation_id)

    def read(self, path: str, *, installation_id: int, token: str, accept: str, most: int) -> bytes:
        """The bytes of a GET's answer, `most` of them; raises as `call` does, and `AnswerTooLargeError`."""
        with self._turn("GET", installation_id):
            headers = {
                **_headers(token, accept),
                "Accept-Encoding": "identity",
            }  # of a packed answer half passes for all
            response = self._send("GET", path, headers=headers, stream=True)
            try:
                return _read(self._accepted(response, installation_id), most)
            except requests.RequestException as error:
                raise RetryLaterError("GitHub's answer broke off", after=30) from error
            finally:
                response.close()

    def refuse_early(self, installation_id: int) -> None:
        """Raise `RetryLaterError` while a limit is known to hold: going on may get the App banned."""
        with self._lock:
            wait = self._closed_until.get(installation_id, 0.0) - self._clock()
        if wait > 0:
            raise RetryLaterError("GitHub's limit is not over yet", after=wait)

    def next_page(self, response: requests.Response) -> str | None:
        """The path of the following page, from the `Link` header.

        Raises `RetryLaterError` when it leads to another host: a token must not follow it.
        """
        link = response.links.get("next", {}).get("url")
        if not link:
            return None
        if not link.startswith(self._api_url + "/"):
            raise RetryLaterError("GitHub's next page is somewhere else", after=300)
        return link.removeprefix(self._api_url)

    @contextmanager
    def _turn(self, verb: str, installation_id: int) -> Iterator[None]:
        self.refuse_early(installation_id)
        with self._turns.take(installation_id, changes=verb != "GET"):
            self.refuse_early(installation_id)  # a limit that was met while this call waited
            yield

    def _accepted(self, response: requests.Response, installation_id: int) -> requests.Response:
        """The answer, if it is no refusal; before the turn passes on, because the next one must know of a limit."""
        if response.status_code >= _OK_END:
            raise self._refusal(response, installation_id)
        with self._lock:
            self._limits_in_a_row.pop(installation_id, None)
        return response

    def _send(self, verb: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401  # what requests takes
        url = self._api_url + path
        try:
            for _ in range(_AT_MOST_REDIRECTS + 1):
                response = self._session.request(verb, url, timeout=_TIMEOUT, allow_redirects=False, **options)
                if response.status_code not in _REDIRECTS:
                    return response
                url, options["params"] = urljoin(url, response.headers.get("Location", "")), None
                if urlsplit(url)[:2] != urlsplit(self._api_url)[:2]:
                    break
        except (requests.RequestException, ValueError) as error:  # ValueError: a redirect to what is no URL
            raise RetryLaterError("GitHub does not answer", after=30) from error
        raise GitHubRefusedError(response.status_code)

    def _refusal(self, response: requests.Response, installation_id: int) -> WorkLogError:
        status = response.status_code
        if status in _GONE:
            return NotFoundError("thing at GitHub")
        if status == _UNAUTHORIZED:
            return TokenRefusedError(status)
        if status in (_FORBIDDEN, _TOO_MANY) and (wait := self._limit(response, installation_id)) is not None:
            log.warning("github_rate_limited", installation=installation_id, seconds=round(wait))
            with self._lock:
                self._closed_until[installation_id] = self._clock() + wait
            return RetryLaterError("GitHub's rate limit is used up", after=wait)
        if status >= _SERVER_ERROR:
            return RetryLaterError(f"GitHub answered {status}", after=30)
        return GitHubRefusedError(status, response.text[:1000])

    def _limit(self, response: requests.Response, installation_id: int) -> float | None:
        """Seconds until GitHub wants to be asked again; None when this refusal is no matter of limits.

        Where it does not say: a minute, and twice as long each time that it says so again.
        """
        headers = response.headers
        if (after := _digits(headers.get("Retry-After"))) is not None:
            return min(after, _LONGEST_LIMIT)
        if headers.get("X-RateLimit-Remaining") == "0":
            reset = _digits(headers.get("X-RateLimit-Reset"))
            if reset is not None:
                return min(max(1.0, reset - self._clock()), _LONGEST_LIMIT)
            return self._longer_each_time(installation_id)
        if response.status_code == _TOO_MANY or "rate limit" in response.text[:2000].lower():
            return self._longer_each_time(installation_id)
        return None

    def _longer_each_time(self, installation_id: int) -> float:
        with self._lock:
            before = self._limits_in_a_row.get(installation_id, 0)
            self._limits_in_a_row[installation_id] = before + 1
        return float(min(_SECONDARY_SECONDS * 2**before, _LONGEST_UNSAID))


def _headers(token: str, accept: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": accept, "X-GitHub-Api-Version": "2022-11-28"}


def _read(response: requests.Response, most: int) -> bytes:
    if "Content-Encoding" in response.headers:
        raise RetryLaterError("GitHub's answer is packed", after=30)
    read = bytearray()
    for piece in response.iter_content(_PIECE):
        read += piece
        if len(read) > most:
            raise AnswerTooLargeError("GitHub's answer is too long")
    return bytes(read)


def _digits(header: str | None) -> float | None:
    """A header's whole number, if it is one."""
    return float(header) if header and header.isascii() and header.isdigit() else None


def read_json(response: requests.Response) -> Any:  # noqa: ANN401  # any JSON value
    """The answer's JSON; raises `RetryLaterError` for a page of HTML or half an answer."""
    try:
        return response.json()
    except ValueError as error:
        raise RetryLaterError("GitHub's answer is not JSON", after=30) from error
