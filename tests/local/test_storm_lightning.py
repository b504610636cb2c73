"""When a worker is struck, and which effects there are to be struck over."""

import json
from dataclasses import dataclass, field

import pytest
from google.cloud.firestore_v1.types import CommitRequest, Document, Write

from local.storm import effects
from local.storm.lightning import Lightning, Place, StruckError, When

ROOT = "projects/p/databases/(default)/documents"


@dataclass
class Victim:
    """A worker that writes down how it was killed."""

    function: str = "webhooks"
    pid: int = 17
    killed: list[tuple[int, bool]] = field(default_factory=list)

    def kill(self, pid: int, *, whole: bool) -> bool:
        self.killed.append((pid, whole))
        return pid == self.pid


class Effect:
    """Something that happens outside of the worker."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return "done"


def strikes(lightning: Lightning, victim: Victim, effect: Effect, times: int) -> int:
    """How many of so many attempts at the effect end in the worker's death."""
    struck = 0
    for _ in range(times):
        try:
            lightning.around(victim, "an effect", effect)
        except StruckError:
            struck += 1
    return struck


class TestLightning:
    def test_kills_before_the_effect_and_after_it(self) -> None:
        lightning, victim, effect = Lightning(seed=1, share=1), Victim(), Effect()
        assert strikes(lightning, victim, effect, 100) == 100
        before = lightning.tally.struck[Place("webhooks", "an effect", When.BEFORE)]
        after = lightning.tally.struck[Place("webhooks", "an effect", When.AFTER)]
        assert before + after == 100
        assert min(before, after) > 20
        assert effect.times == after

    def test_strikes_its_share_and_counts_every_effect(self) -> None:
        lightning, victim = Lightning(seed=1, share=0.05), Victim()
        assert 20 < strikes(lightning, victim, Effect(), 1000) < 100
        assert lightning.tally.effects == {("webhooks", "an effect"): 1000}
        assert lightning.tally.struck.total() == len(victim.killed)

    def test_ends_whole_instances_sometimes(self) -> None:
        lightning, victim = Lightning(seed=1, share=1, whole=0.5), Victim()
        strikes(lightning, victim, Effect(), 100)
        assert lightning.tally.instances == sum(whole for _, whole in victim.killed)
        assert 20 < lightning.tally.instances < 80

    def test_kills_the_process_that_asked(self) -> None:
        victim = Victim(pid=4711)
        strikes(Lightning(seed=1, share=1), victim, Effect(), 1)
        assert [pid for pid, _ in victim.killed] == [4711]

    def test_does_not_count_who_died_meanwhile(self) -> None:
        class Passing(Victim):
            def kill(self, pid: int, *, whole: bool) -> bool:
                return False

        lightning, effect = Lightning(seed=1, share=1), Effect()
        assert strikes(lightning, Passing(), effect, 10) == 0
        assert effect.times == 10
        assert not lightning.tally.struck

    def test_spares_who_has_no_process(self) -> None:
        victim = Victim(pid=0)
        assert strikes(Lightning(seed=1, share=1), victim, Effect(), 10) == 0
        assert not victim.killed

    def test_strikes_no_more_once_it_is_over(self) -> None:
        lightning = Lightning(seed=1, share=1)
        lightning.end()
        assert strikes(lightning, Victim(), Effect(), 10) == 0
        assert not lightning.tally.effects


class TestEffects:
    @pytest.mark.parametrize(
        ("request_line", "name"),
        [
            ("POST /app/installations/7/access_tokens", "ask for a token"),
            ("GET /repositories/5000001002/pulls/58", "read the pull request"),
            ("GET /repositories/5000001002/pulls/58/commits?per_page=100", "read its commits"),
            ("GET /repositories/5000001002/branches", "ask something else"),
            ("GET /repositories/5000001002/pulls/58/files?per_page=100&page=2", "read its files"),
            ("GET /app/hook/deliveries?per_page=100", "list deliveries"),
            ("POST /app/hook/deliveries/9/attempts", "have one repeated"),
        ],
    )
    def test_are_all_calls_of_github(self, request_line: str, name: str) -> None:
        method, path = request_line.split()
        assert effects.of_github(method, path, b"") == f"github: {name}"

    def test_are_the_questions_to_the_model_and_the_tasks(self) -> None:
        assert effects.of_model("POST", "/v1beta/models/gemini-2.5-flash:generateContent", b"{}") == "model: ask"
        assert effects.of_queue("POST", "/v2/projects/p/locations/l/queues/q/tasks", b"{}") == "queue: create the task"

    def test_are_the_webhooks_writes_and_not_its_reads(self) -> None:
        write = {"update": {"name": f"{ROOT}/pr-events/1"}}
        body = json.dumps({"writes": [write]}).encode()
        assert effects.of_store("POST", f"/v1/{ROOT}:commit", body) == "store: write pr-events"
        assert effects.of_store("GET", f"/v1/{ROOT}/pr-events/1", b"") is None

    def test_are_named_by_the_collections_that_a_commit_writes_to(self) -> None:
        paths = ("pr-events/1", "asset-cards/2", "asset-cards/2/ledger/1")
        writes = [Write(update=Document(name=f"{ROOT}/{path}")) for path in paths]
        request = CommitRequest(writes=[*writes, Write(delete=f"{ROOT}/quotas/3")])
        assert effects.of_commit(CommitRequest.serialize(request)) == "store: write asset-cards + pr-events + quotas"
