"""From a delivery to its card: seconds, and Firestore's reads and writes.

The samples go through every function in a process of its own, the queues at their real speed, one sample at a time.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.bench.cores import BenchError
from local.bench.documents import Count, GrpcWire, RestWire
from local.bench.figures import Amount, Figure
from local.bench.served import Served
from local.cloud import LocalCloud
from local.functions import Gateway, names
from local.github import Sample, read_samples
from local.server import Server
from local.surroundings import meaning, without_servers
from local.walk import Walk
from local.wire import Forward
from shared.services import Services

_ROOT = Path(__file__).resolve().parent.parent.parent
_SAMPLES = _ROOT / "local" / "samples"
_STEPS = ("webhooks", "pr_event_processor", "asset_generator")
_IN_REST = "webhooks"


@dataclass(frozen=True)
class Chain:
    """The whole deployment: takes samples through, and counts the documents of each function."""

    walk: Walk
    counts: dict[str, Count]


@dataclass(frozen=True)
class Journey:
    """One sample's way: seconds from delivery to the end, how many cards it gave, and documents by function."""

    seconds: float
    cards: int
    counts: dict[str, tuple[int, int]]

    @property
    def reads(self) -> int:
        """By all functions."""
        return sum(reads for reads, _ in self.counts.values())

    @property
    def writes(self) -> int:
        """By all functions."""
        return sum(writes for _, writes in self.counts.values())


def figures() -> list[Figure]:
    """Every figure of the chain, from the samples that give cards; the first one finds everything cold."""
    samples = read_samples(_SAMPLES)
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder), samples) as chain:
        chain.walk.connect(samples)
        journeys = [each for each in (_journey(sample, chain) for sample in samples) if each.cards]
    first, *warm = journeys
    if not warm:
        raise BenchError("the samples give no cards")
    return [
        Amount(name="delivery to the first card of all", unit="s", ours=[first.seconds]),
        Amount(name="delivery to card", unit="s", ours=[each.seconds for each in warm]),
        Amount(name="reads from delivery to card", unit="documents", ours=[each.reads for each in journeys]),
        Amount(name="writes from delivery to card", unit="documents", ours=[each.writes for each in journeys]),
        *(figure for name in _STEPS for figure in _of_function(name, journeys)),
    ]


def _of_function(name: str, journeys: list[Journey]) -> list[Figure]:
    reads, writes = zip(*(each.counts[name] for each in journeys), strict=True)
    function = name.replace("_", "-")
    return [
        Amount(name=f"reads of {function}", unit="documents", ours=reads),
        Amount(name=f"writes of {function}", unit="documents", ours=writes),
    ]


def _journey(sample: Sample, chain: Chain) -> Journey:
    for count in chain.counts.values():
        count.clear()
    chain.walk.deliver([sample])
    (passage,) = chain.walk.follow([sample], progress=lambda _: None)
    counts = {name: (chain.counts[name].reads, chain.counts[name].writes) for name in _STEPS}
    return Journey(passage.seconds, len(passage.cards), counts)


@contextmanager
def _running(folder: Path, samples: list[Sample]) -> Iterator[Chain]:
    with ExitStack() as stack:
        enter = stack.enter_context
        forwards: dict[str, Forward] = {}
        api = enter(Server(Gateway(forwards), name="the functions")).url
        cloud = enter(LocalCloud(given=without_servers(), api=api, samples=samples, state=folder))
        counts = {name: Count() for name in names()}
        for name, count in counts.items():
            store = cloud.firestore.host
            wire: RestWire | GrpcWire = RestWire(store, count) if name == _IN_REST else GrpcWire(store, count)
            enter(wire)
            variables = {**cloud.variables, "FIRESTORE_EMULATOR_HOST": wire.host}
            served = enter(Served(_ROOT, f"functions/{name}/main.py", variables))
            forwards[name] = Forward(served.host)
            stack.callback(forwards[name].close)
            served.await_socket()
        enter(meaning(cloud.variables))
        app_id = int(cloud.variables["GITHUB_APP_ID"])
        services = Services(cloud.variables)
        walk = Walk(api=api, secret=cloud.webhook_secret, app_id=app_id, state=folder, services=services)
        stack.callback(walk.close)
        yield Chain(walk, counts)
