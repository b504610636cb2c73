"""A request handed on to another server as it came, and its answer back."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import urllib3
from werkzeug.wrappers import Request, Response

_TIMEOUT = 60.0
_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Forward:
    """Hands every request (WSGI) on to `target`, `host:port`."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=_TIMEOUT)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        _, answer = self.exchange(environ)
        return answer(environ, start_response)

    def exchange(self, environ: WSGIEnvironment) -> tuple[Request, Response]:
        """The request as it was handed on, and what was answered; 502 when nobody did."""
        request = Request(environ)
        body = request.get_data()
        sent = {name: value for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION}
        url = f"http://{self._target}{environ['REQUEST_URI']}"
        try:
            answer = self._pool.request(
                request.method, url, body=body, headers=sent, decode_content=False, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return request, Response("nobody answers", status=502)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        return request, Response(answer.data, status=answer.status, headers=kept)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()
