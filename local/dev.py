"""WorkLog on one machine: starts the local cloud and all functions, and shows them at work."""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import governance, provisioning
from local.cloud import LocalCloud
from local.firestore import EmulatorError
from local.functions import DEFAULT_PORT
from local.functions_process import FunctionsError, FunctionsProcess
from local.github import GitHub, Sample, SampleError, read_samples
from local.identity.keys import STATE
from local.scheduler import Scheduler
from local.server import PortTakenError, refuse_taken
from local.story import APPROVER, Caller, StoryError
from local.surroundings import meaning
from local.table import render
from local.token import SAMPLE_DEVELOPER_GITHUB_ID as DEVELOPER
from local.token import mint
from local.walk import Passage, Walk, WalkError, authors
from shared.domain.errors import WorkLogError
from shared.services import Services

_HOURS = 12.0
_PAUSE = 0.5


class DevError(RuntimeError):
    """Something keeps the local stack from running; the message is for the person at the terminal."""


_EXPECTED = (
    DevError,
    EmulatorError,
    FunctionsError,
    OSError,  # requests' errors among them
    PortTakenError,
    SampleError,
    StoryError,
    WalkError,
    WorkLogError,
)


@dataclass(frozen=True)
class _Stack:
    """What runs, and where the API answers."""

    cloud: LocalCloud
    functions: FunctionsProcess
    walk: Walk
    api: str


def guarded(work: Callable[[], None]) -> int:
    """Do the work until its end, SIGINT or SIGTERM; the exit code is 1, after one line, when something keeps it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        work()
    except KeyboardInterrupt:
        return 0
    except _EXPECTED as error:
        print(f"worklog: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def dev(folder: Path, given: Mapping[str, str]) -> None:
    """Run the samples of a folder through everything, and go on serving."""
    samples = read_samples(folder)
    with _stack(samples, given, port_of(given)) as stack:
        passages = _walked(stack.walk, samples)
        _show(passages)
        with Caller(api=stack.api, state=STATE) as caller:
            _govern(caller, samples)
            if "GITHUB_API_URL" not in given:  # what is made in another GitHub would stay there
                _provision(caller, stack.cloud.github, _developer(passages))
        _show_tokens(stack.api, _developer(passages))
        while True:
            stack.functions.check()
            time.sleep(_PAUSE)


def once(folder: Path, given: Mapping[str, str], port: int) -> list[Passage]:
    """Run the samples of a folder through everything, once; returns what became of them."""
    samples = read_samples(folder)
    with _stack(samples, given, port) as stack:
        passages = _walked(stack.walk, samples)
        _show(passages)
        return passages


def table(passages: Iterable[Passage]) -> str:
    """A line for each card, and one for each pull request that gave none, saying why."""
    rows = [row for passage in sorted(passages, key=lambda each: each.sample.name) for row in _rows(passage)]
    return render(("pull request", "card", "status", "flags", "claims", "quoted from", "seconds"), rows)


def say(text: str) -> None:
    """One line of progress."""
    print(f"worklog: {text}", flush=True)


@contextmanager
def _stack(samples: list[Sample], given: Mapping[str, str], port: int) -> Iterator[_Stack]:
    """The local cloud and all functions, with somebody who takes samples through them."""
    api = f"http://localhost:{port}"
    refuse_taken(port, "the API")
    say("starting the local cloud …")
    with LocalCloud(given=given, api=api, samples=samples) as cloud, meaning(cloud.variables):
        log = STATE / f"functions-{port}.log"
        with FunctionsProcess(cloud.variables, port, log) as functions, Scheduler(api=api, token=cloud.scheduler_token):
            walk = Walk(
                api=api,
                secret=cloud.webhook_secret,
                app_id=int(cloud.variables["GITHUB_APP_ID"]),
                state=STATE,
                services=Services(cloud.variables),
            )
            try:
                yield _Stack(cloud, functions, walk, api)
            finally:
                walk.close()
                say("stopping …")


def _walked(walk: Walk, samples: list[Sample]) -> list[Passage]:
    """Take the samples through the chain: connect, deliver, and wait for what becomes of them."""
    many = "1 pull request" if len(samples) == 1 else f"{len(samples)} pull requests"
    say(f"{many} on the way from webhook to card …")
    walk.connect(samples)
    walk.deliver(samples)
    return list(walk.follow(samples, progress=_count))


def _govern(caller: Caller, samples: list[Sample]) -> None:
    """Tell the governed half's story."""
    print("AI acts only inside what somebody stated, and approved where the risk asks for it:\n")
    _print(governance.tell(caller, samples))


def _provision(caller: Caller, github: GitHub, github_id: int) -> None:
    """Tell how a project becomes a repository."""
    print("An approved project becomes a repository that is ready for spec-driven work:\n")
    _print(provisioning.tell(caller, github_id=github_id, clone_url=github.clone_url))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"  {line}", flush=True)
    print(flush=True)


def _count(text: str) -> None:
    """Progress that a terminal shows in one place, and a file not at all."""
    if sys.stdout.isatty():
        print(f"\rworklog: {text} ", end="\r", flush=True)


def _show(passages: list[Passage]) -> None:
    print(f"\n{table(passages)}\n", flush=True)


def _rows(passage: Passage) -> Iterator[tuple[str, ...]]:
    place = f"{passage.sample.repository['full_name']}#{passage.sample.pull.document['number']}"
    seconds = f"{passage.seconds:.1f}"
    if not passage.cards:
        yield place, "–", "no card", (passage.reason or passage.state).replace("_", " "), "", "", seconds
    for card in passage.cards:
        flags = ", ".join(each.replace("_", " ") for each in card["flags"]) or "–"
        quoted = ", ".join(_sources(card))
        yield place, card["title"], card["status"], flags, str(len(card["claims"])), quoted, seconds


def _sources(card: Mapping[str, Any]) -> list[str]:
    return sorted({proof["source"] for claim in card["claims"] for proof in claim["evidence"]})


def _developer(passages: Iterable[Passage]) -> int:
    """The GitHub account of somebody with cards: the samples' own developer where they have any."""
    with_cards = [person.id for each in passages if each.cards for person in authors(each.sample)]
    return DEVELOPER if DEVELOPER in with_cards or not with_cards else with_cards[0]


def _show_tokens(api: str, github_id: int) -> None:
    developer = mint(f"gh-{github_id}", github_id, hours=_HOURS)
    approver = mint(APPROVER, claims=("approver", "auditor"), hours=_HOURS)
    print(f"Serving at {api}/api until Ctrl-C. In another terminal:\n")
    option = "" if github_id == DEVELOPER else f" --github-id {github_id}"
    print(f"  TOKEN=$(.venv/bin/python -m local.token{option})")
    print(f'  curl -s -H "Authorization: Bearer $TOKEN" {api}/api/assets/inbox\n')
    print(f"Or with these, valid for {_HOURS:.0f} hours. A developer's token:\n\n{developer}\n")
    print(f"An approver's:\n\n{approver}\n", flush=True)


def port_of(given: Mapping[str, str]) -> int:
    """Where the API is to listen; raises `DevError` for what is no port."""
    text = given.get("PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 2**16:
        raise DevError("PORT is a number from 1 to 65535")
    return int(text)


def _interrupt(*_: object) -> None:
    """End in order; once, for a second Ctrl-C would leave things behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
