"""All functions as functions-framework loads them, in one process, each found by the path of its routes."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import functions_framework
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from local.server import Server
from local.stand_in import run_alone
from local.surroundings import having
from shared.domain.errors import ConfigurationError

DEFAULT_PORT = 3000
ROOT = Path(__file__).resolve().parent.parent


def names() -> tuple[str, ...]:
    """The folders of `functions/` that hold a function."""
    return tuple(sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py")))


def prefixes() -> dict[str, str]:
    """The function of each path and of all below it: `functions/prefixes.json`, which the deployment reads too."""
    found: Mapping[str, list[str]] = json.loads((ROOT / "functions" / "prefixes.json").read_text("utf-8"))
    return {prefix: name for name, given in found.items() for prefix in given}


def load(name: str, variables: Mapping[str, str]) -> WSGIApplication:
    """One function, loaded as in production under these variables; raises what stops it at its start."""
    source = str(ROOT / "functions" / name / "main.py")
    with having(variables):
        app: WSGIApplication = functions_framework.create_app("main", source)  # type: ignore[no-untyped-call]
    return app


class Gateway:
    """What the load balancer is in production: hands each request to the function that has its path."""

    def __init__(self, functions: Mapping[str, WSGIApplication]) -> None:
        self._functions = functions
        self._prefixes = prefixes()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI); `/api/health` is 200, for it is only asked once all functions are loaded."""
        if environ["PATH_INFO"] == "/api/health":
            return Response('{"status": "ok"}', content_type="application/json")(environ, start_response)
        function = self._functions.get(self._function_of(environ["PATH_INFO"]))
        if function is None:
            return NotFound()(environ, start_response)
        return function(environ, start_response)

    def _function_of(self, path: str) -> str:
        """The function of the longest prefix that ends where a segment of the path does."""
        while path:
            if path in self._prefixes:
                return self._prefixes[path]
            path = path.rpartition("/")[0]
        return ""


def main() -> int:
    """Serve all functions under the environment of this process until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m local.functions", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where to listen (default %(default)s)")
    port = parser.parse_args().port

    def start() -> Server:
        gateway = Gateway({name: load(name, {}) for name in names()})
        return Server(gateway, port=port, name="the functions").start()

    return run_alone("functions", start, refusals=(ConfigurationError,))


if __name__ == "__main__":
    sys.exit(main())
