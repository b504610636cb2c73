"""WorkLog on one machine: starts the local cloud and all functions, and shows them at work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from local import card_text
from local.cloud import LocalCloud
from local.firestore import EmulatorError
from local.functions import DEFAULT_PORT
from local.github import Sample, SampleError, read_samples
from local.identity.keys import STATE
from local.server import PortTakenError, refuse_taken
from local.table import render
from local.token import SAMPLE_DEVELOPER_GITHUB_ID, mint
from local.walk import Passage, Walk, WalkError
from shared.domain.errors import WorkLogError
from shared.services import Services

_APPROVER = "sample-approver"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PAUSE = 0.1
_HOURS = 12.0


class DevError(RuntimeError):
    """Something keeps the local stack from running; the message is for the person at the terminal."""


def run(folder: Path, *, given: Mapping[str, str], stay: bool) -> int:
    """Run the samples of a folder through everything; with `stay` go on serving until Ctrl-C, else show the cards.

    The exit code is 1, after one line, when something can't start.
    """
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        _serve(done, read_samples(folder), given, stay=stay)
    except (DevError, EmulatorError, PortTakenError, SampleError, WalkError, WorkLogError) as error:
        print(f"worklog: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(done: threading.Event, samples: list[Sample], given: Mapping[str, str], *, stay: bool) -> None:
    port = _port(given)
    api = f"http://localhost:{port}"
    refuse_taken(port, "the API")
    say("starting the Firestore emulator and the other stand-ins …")
    with LocalCloud(given=given, api=api, samples=samples) as cloud, _functions(cloud.variables, port, done):
        say(f"all functions answer at {api}/api")
        walk = Walk(
            api=api,
            secret=cloud.webhook_secret,
            app_id=int(cloud.variables["GITHUB_APP_ID"]),
            state=STATE,
            services=_services(cloud.variables),
        )
        passages = _walk(walk, samples)
        walk.close()
        if stay:
            _show_tokens(api)
            done.wait()
        else:
            print("\n\n".join(card_text.render(card) for passage in passages for card in passage.cards))
        say("stopping …")


@contextmanager
def _functions(variables: Mapping[str, str], port: int, done: threading.Event) -> Iterator[None]:
    """The functions in a process of their own, with the environment that production would give them."""
    log = (STATE / "functions.log").open("wb")
    command = [sys.executable, "-m", "local.functions", "--port", str(port)]
    process = subprocess.Popen(command, env=dict(variables), stdout=log, stderr=subprocess.STDOUT, process_group=0)
    try:
        _await_health(f"http://localhost:{port}/api/health", process, done)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _await_health(url: str, process: "subprocess.Popen[bytes]", done: threading.Event) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None and not done.is_set():
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(_PAUSE)
    last = (STATE / "functions.log").read_text("utf-8", "replace").strip().splitlines()[-1:]
    raise DevError(f"the functions did not start: {''.join(last)} (all of it: {STATE / 'functions.log'})")


def _services(variables: Mapping[str, str]) -> Services:
    """Our own view of the store; Google's client reads the emulator's address from the process."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = variables["FIRESTORE_EMULATOR_HOST"]
    return Services(variables)


def _walk(walk: Walk, samples: list[Sample]) -> list[Passage]:
    """Take the samples through the chain and print the table of what became of them."""
    say(f"connections made by the authors of the pull requests: {walk.connect(samples)}")
    walk.deliver(samples)
    say(f"signed deliveries accepted: {len(samples)}; fetching, writing, grounding …")
    passages = list(walk.follow(samples, progress=lambda text: say(f"  {text}")))
    print("\n" + table(passages) + "\n")
    return passages


def table(passages: list[Passage]) -> str:
    """A line for each card, and one for each pull request that gave none, saying why."""
    rows = []
    for passage in sorted(passages, key=lambda each: each.sample.name):
        place = f"{passage.sample.repository['full_name']}#{passage.sample.pull.document['number']}"
        seconds = f"{passage.seconds:.1f}"
        if not passage.cards:
            rows.append((place, "no card", passage.reason or passage.state, "", "", "", seconds))
        for card in passage.cards:
            flags = ", ".join(card["flags"]) or "–"
            quoted = ", ".join(_sources(card))
            rows.append((place, card["title"], card["status"], flags, str(len(card["claims"])), quoted, seconds))
    return render(("pull request", "card", "status", "flags", "claims", "quoted from", "seconds"), rows)


def _sources(card: Mapping[str, list[dict[str, list[dict[str, str]]]]]) -> list[str]:
    return sorted({proof["source"] for claim in card["claims"] for proof in claim["evidence"]})


def _show_tokens(api: str) -> None:
    developer = mint(f"gh-{SAMPLE_DEVELOPER_GITHUB_ID}", SAMPLE_DEVELOPER_GITHUB_ID, hours=_HOURS)
    approver = mint(_APPROVER, claims=("approver", "auditor"), hours=_HOURS)
    print(f"A developer's token (valid for {_HOURS:.0f} hours):\n\n{developer}\n")
    print(f"An approver's:\n\n{approver}\n")
    print(f'Try: curl -s -H "Authorization: Bearer $TOKEN" {api}/api/assets/inbox')
    print("More tokens: .venv/bin/python -m local.token --help. Ctrl-C stops everything.", flush=True)


def _port(given: Mapping[str, str]) -> int:
    text = given.get("PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 2**16:
        raise DevError("PORT is a number from 1 to 65535")
    return int(text)


def say(text: str) -> None:
    """One line of progress."""
    print(f"worklog: {text}", flush=True)
