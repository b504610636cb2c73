"""What a report costs as what it is about grows: documents, calls, time and memory, each method in a fresh process."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter

from local.bench.audit_method import FETCHED
from local.bench.audit_seed import BEGIN, PERIOD, RUNS_OF_AN_INTENT, seed
from local.bench.cores import BenchError
from local.bench.documents import Count, GrpcWire
from local.bench.figures import Amount, Figure
from local.bench.writers import retries
from local.firestore import FirestoreEmulator
from local.surroundings import meaning
from shared.store.collection import PAGE

SIZES = (1_000, 10_000)
LONG = 50_000
_FIXED_CALLS = 8
_MEGABYTE = 2**20
_HEAP = "4g"
_TIMEOUT = 3600


@dataclass(frozen=True)
class _Method:
    """What a method took past the wire: seconds, bytes at most, documents and calls."""

    seconds: float
    peak: int
    count: Count


def figures() -> list[Figure]:
    """1,000 and 10,000 runs, 50,000 too where `LONG=1`; and what fifty writers cost each other."""
    sizes = (*SIZES, LONG) if os.environ.get("LONG") == "1" else SIZES
    with FirestoreEmulator(heap=_HEAP) as firestore, meaning({"FIRESTORE_EMULATOR_HOST": firestore.host}):
        host, found, peaks = firestore.host, list[Figure](), list[float]()
        for size in sizes:
            whole = _counted(host, _seeded(host, size), "whole")
            found += [*_links(host, size), *_chains(host, size, whole)]
            peaks.append(whole.peak / _MEGABYTE)
        found += _memory(peaks, sizes)
        found += _lonely(host)
        found.append(Amount(name="50 writers on 50 intents", unit="retries", ours=[retries(host)], at_most=0))
    return found


def _links(host: str, runs: int) -> Iterator[Figure]:
    """The links of so many runs, with others before their period."""
    project, said = _seeded(host, runs), f"links of {runs:,} runs"
    pages = ceil(runs / PAGE) + ceil(runs / RUNS_OF_AN_INTENT / PAGE)
    count = _counted(host, project, "in-pages").count
    yield Amount(name=said, unit="documents a run", ours=[count.reads / runs], at_most=1.05)
    yield Amount(name=said, unit="calls", ours=[count.calls], at_most=_FIXED_CALLS + pages)
    seconds, slow = (_run(method, host, project)["seconds"] for method in ("in-pages", "run-by-run"))
    ratio = (seconds / runs) / (slow / min(runs, FETCHED))
    yield Amount(name=f"{said} against fetching them run by run", unit="time a run", ours=[ratio], at_most=0.2)


def _chains(host: str, runs: int, whole: _Method) -> Iterator[Figure]:
    """What the check of the chains adds to the links of so many runs."""
    said, count = f"of {runs:,} runs", whole.count.of
    each = count["ledger"] / _entries(_seeded(host, runs))
    yield Amount(name=f"chains {said}", unit="reads an entry", ours=[each], at_least=1, at_most=1)
    linked = sum(count[name] for name in ("approvals", "evidences", "exceptions"))
    yield Amount(name=f"documents of chains {said} that are no run of it", unit="reads", ours=[linked])
    yield Amount(name=f"the whole report {said}", unit="seconds", ours=[whole.seconds])


def _memory(peaks: Sequence[float], sizes: Sequence[int]) -> Iterator[Figure]:
    """How much more memory (MB) the largest report takes than the smallest."""
    yield Amount(name=f"memory for {sizes[0]:,} runs", unit="MB", ours=peaks[:1])
    more = [peaks[-1] - peaks[0]]
    yield Amount(name=f"memory for {sizes[-1]:,} runs beyond that", unit="MB", ours=more, at_most=64)


def _lonely(host: str) -> Iterator[Figure]:
    """The worst there is: every run under an intent of its own."""
    runs = min(SIZES)
    project = _seeded(host, runs, of_an_intent=1)
    links = _counted(host, project, "in-pages")
    name = f"links of {runs:,} runs, each under an intent of its own"
    yield Amount(name=name, unit="documents a run", ours=[links.count.reads / runs])


_PROJECTS: dict[tuple[str, int, int], str] = {}


def _seeded(host: str, runs: int, *, of_an_intent: int = RUNS_OF_AN_INTENT) -> str:
    """A project with so many runs in the period, and some before it."""
    key = (host, runs, of_an_intent)
    if key not in _PROJECTS:
        _PROJECTS[key] = f"bench-{secrets.token_hex(4)}"
        client = _client(_PROJECTS[key])
        seed(client, runs, of_an_intent=of_an_intent)
        seed(client, min(SIZES) // 2, begin=BEGIN - PERIOD)
    return _PROJECTS[key]


def _entries(project: str) -> int:
    """How many entries the subjects of the period have."""
    made = _client(project).collection("intents").where(filter=FieldFilter("createdAt", ">=", BEGIN)).select(["ledger"])
    return sum(each.get("ledger")["count"] for each in made.stream())


def _counted(host: str, project: str, method: str) -> _Method:
    """A method past a wire that counts."""
    count = Count()
    with GrpcWire(host, count) as wire:
        told = _run(method, wire.host, project)
    count.calls -= 1  # those of the greeting
    count.reads -= 1
    return _Method(told["seconds"], int(told["peak"]), count)


def _run(method: str, host: str, project: str) -> dict[str, float]:
    variables = {**os.environ, "FIRESTORE_EMULATOR_HOST": host, "GOOGLE_CLOUD_PROJECT": project}
    command = [sys.executable, "-m", "local.bench.audit_method", method]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        raise BenchError(f"{method} failed: {done.stderr[-2000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _client(project: str) -> Client:
    return Client(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
