"""Does the bench measure what it says, and does it say so when a target is missed?"""

import hashlib
import hmac
import http.client
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.bench.__main__ import main
from local.bench.cores import BenchError, Cores
from local.bench.deliveries import SIZE, Deliveries
from local.bench.figures import HEADINGS, Amount, Figure, Ratio
from local.bench.load import run
from local.bench.queue import Queue
from local.bench.served import Request, Served
from local.bench.waiting import waited
from shared.domain.pr_event import read_delivery

SECRET = b"a secret for deliveries of tests"
LINUX = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="it reads /proc and pins to cores")
ANSWERING = """
def main(request):
    return {"outcome": "accepted", "size": len(request.get_data())}
"""
REFUSING = """
def main(request):
    return {}, 503
"""
POST = Request("/", b"x" * 100, {"Content-Type": "application/json"})


@pytest.fixture
def deliveries() -> Deliveries:
    return Deliveries(SECRET)


@pytest.fixture
def queue() -> Iterator[Queue]:
    with Queue() as running:
        yield running


def function(folder: Path, source: str) -> Served:
    """A function of the test's own, as the bench starts them."""
    (folder / "main.py").write_text(source)
    return Served(folder, "main.py", {})


def ratio(at_most: float | None) -> Ratio:
    """Three times hello in the median, in pairs from two to four."""
    return Ratio(name="speed", unit="ms", ours=[8, 6, 6], hello=[2, 2, 3], at_most=at_most)


class TestRatio:
    def test_is_missed_by_a_hair(self) -> None:
        assert not ratio(2.999).is_met
        assert ratio(2.999).cells()[-1] == "MISSED"

    @pytest.mark.parametrize("at_most", [3.0, None])
    def test_is_met_at_its_target_or_without_one(self, at_most: float | None) -> None:
        assert ratio(at_most).is_met

    def test_shows_both_medians_and_the_range_of_the_pairs(self) -> None:
        assert ratio(3.0).cells() == ("speed, ms", "6", "2", "3.00", "2.00–4.00", "≤ 3.00", "ok")

    def test_records_every_number(self) -> None:
        assert ratio(3.0).record()["ours"] == [8, 6, 6]


class TestAmount:
    @pytest.mark.parametrize(
        ("value", "is_met"), [(14.9, False), (15, True), (16, True), (16.1, False)], ids=["less", "at", "most", "more"]
    )
    def test_is_met_between_its_bounds(self, value: float, is_met: bool) -> None:  # noqa: FBT001  # a parameter
        assert Amount(name="answers", unit="", ours=[value], at_least=15, at_most=16).is_met is is_met

    def test_has_as_many_cells_as_there_are_headings(self) -> None:
        assert len(Amount(name="answers", unit="", ours=[1, 2]).cells()) == len(HEADINGS)


class TestCommand:
    def test_fails_when_a_target_is_missed(self, tmp_path: Path) -> None:
        assert main([], {"a": lambda: [ratio(None)], "b": lambda: [ratio(2.0)]}, tmp_path) == 1

    def test_fails_otherwise_when_nothing_can_be_measured(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse() -> list[Figure]:
            raise BenchError("one core is not enough")

        assert main([], {"a": refuse}, tmp_path) == 2
        assert capsys.readouterr().err == "make bench: one core is not enough\n"

    def test_refuses_a_section_that_there_is_not(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit):
            main(["canary"], {"a": lambda: [ratio(None)]}, tmp_path)

    def test_measures_what_is_asked_for_and_leaves_the_numbers(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["a"], {"a": lambda: [ratio(3.0)], "b": lambda: [ratio(2.0)]}, tmp_path) == 0
        assert "speed, ms" in capsys.readouterr().out
        (report,) = tmp_path.iterdir()
        assert json.loads(report.read_bytes())["sections"] == {"a": [ratio(3.0).record()]}


@LINUX
class TestCores:
    def test_keep_the_server_away_from_everything_else(self) -> None:
        before = os.sched_getaffinity(0)
        cores = Cores.divide()
        with cores.kept_free():
            assert os.sched_getaffinity(0) == cores.others
            with cores.for_server():
                assert os.sched_getaffinity(0) == {cores.server}
            assert cores.server not in os.sched_getaffinity(0)
        assert os.sched_getaffinity(0) == before

    def test_are_refused_where_there_is_only_one(self) -> None:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})
        try:
            with pytest.raises(BenchError, match="two cores"):
                Cores.divide()
        finally:
            os.sched_setaffinity(0, before)


class TestDeliveries:
    def test_are_of_their_size_and_each_a_merge_of_its_own(self, deliveries: Deliveries) -> None:
        found = set()
        for each in deliveries.take(50):
            assert abs(len(each.body) - SIZE) < 100
            event = read_delivery(
                "pull_request", json.loads(each.body), body=each.body, delivery_id=None, at=datetime.now(UTC)
            )
            assert event
            found.add(event.pr_event_id)
        assert len(found) == 50

    def test_are_signed(self, deliveries: Deliveries) -> None:
        (delivery,) = deliveries.take(1)
        expected = hmac.new(SECRET, delivery.body, hashlib.sha256).hexdigest()
        assert delivery.headers["X-Hub-Signature-256"] == f"sha256={expected}"


class TestQueue:
    def test_takes_tasks_on_one_connection(self, queue: Queue) -> None:
        connection = http.client.HTTPConnection(queue.host, timeout=10)
        for number in range(3):
            body = json.dumps({"task": {"name": f"task-{number}"}})
            connection.request("POST", "/v2/a-queue/tasks", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())) == (200, {"name": f"task-{number}"})
            assert connection.sock is not None
        connection.close()


@LINUX
class TestServed:
    def test_is_no_measure_when_its_answer_is_an_error(self, tmp_path: Path) -> None:
        with function(tmp_path, REFUSING) as served:
            with pytest.raises(BenchError, match="the first answer is 503"):
                served.first(POST)
            with pytest.raises(BenchError, match="4 of 4 requests"):
                run(served, [POST] * 4)

    def test_says_why_it_does_not_start(self, tmp_path: Path) -> None:
        with function(tmp_path, "raise SystemExit('a canary')") as served, pytest.raises(BenchError, match="a canary"):
            served.first(POST)

    def test_tells_what_its_start_and_its_requests_cost(self, tmp_path: Path) -> None:
        with function(tmp_path, ANSWERING) as served:
            assert 0 < served.first(POST) < 60
            load = run(served, [POST] * 200)
        assert 0 < load.cpu < 1
        assert 0 < load.proportional <= load.resident

    def test_answers_everybody_who_waited_for_it(self, tmp_path: Path) -> None:
        with function(tmp_path, "import time\ntime.sleep(0.5)\n" + ANSWERING) as served:
            answers = waited(served, [POST] * 8)
        assert [each.accepted for each in answers] == [True] * 8
        assert min(each.seconds for each in answers) > 0.5

    def test_lets_nobody_wait_for_what_never_starts(self, tmp_path: Path) -> None:
        with function(tmp_path, "raise SystemExit") as served:
            assert not any(each.accepted for each in waited(served, [POST] * 2))

    def test_tells_who_waited_in_vain(self, tmp_path: Path) -> None:
        with function(tmp_path, REFUSING) as served:
            assert not any(each.accepted for each in waited(served, [POST] * 2))
