"""A process that has loaded every library once and forks a child for each request: a line of JSON in, one out.

The child loads its function as functions-framework does, sends it the request, and tells its effects on the way.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from werkzeug.test import Client

import functions
import shared
from functions.provisioner.speckit import scaffold
from local.functions import load
from tests.crash import seams
from tests.crash.effects import Effects, Fault, Kind

_SECONDS = 60  # no request takes that long: SIGALRM then ends its process


def main() -> None:
    """Serve until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the functions log is none of the answers
    _warm()
    for line in sys.stdin:
        print(json.dumps(_in_child(json.loads(line))), file=answers, flush=True)


def _warm() -> None:
    """Import what the functions import; a `main` is the child's, for it is what builds clients.

    Spec-kit's command is run here: it makes the same for everybody, and is kept.
    """
    for package in (shared, functions):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".main"):
                importlib.import_module(module.name)
    scaffold(None, datetime.now(UTC))


def _in_child(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the child told, and how it ended: 0, or the negative number of a signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w", buffering=1) as told:
                _perform(job, told)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = [json.loads(line) for line in told]
    _, status = os.waitpid(child, 0)
    return {"exit": os.waitstatus_to_exitcode(status), "told": lines}


def _perform(job: Mapping[str, Any], told: TextIO) -> None:
    def tell(what: str, value: object) -> None:
        print(json.dumps([what, value]), file=told)

    signal.alarm(_SECONDS)
    variables = job["variables"]
    fault = Fault(Kind(job["fault"][0]), job["fault"][1]) if job["fault"] else None
    seams.install(Effects(tell, fault), variables)
    os.environ.update(variables)  # Google's clients look there again
    try:
        client = Client(load(job["function"], {}))
        answer = client.post(job["path"], data=job["body"].encode(), headers=job["headers"])
        tell("answer", [answer.status_code, dict(answer.headers), answer.text])
    except Exception as error:  # noqa: BLE001 -- a function that does not start answers nothing either
        tell("refusal", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
