"""How the emulator delivers: when, with which headers, how often, how many at once, and what it counts."""

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from local.cloud_tasks import CloudTasks, CreateFault, Queue
from local.cloud_tasks.connections import Call
from tests.local.test_cloud_tasks_target import QUEUE, Answer, Target, create, encoded, signing_key, task_for

QUICK = Queue(name=QUEUE, min_backoff=1, max_backoff=8, max_attempts=10)


def cloud_with(queue: Queue = QUICK, **options: object) -> CloudTasks:
    settings: dict[str, Any] = {"speed": 100} | options
    return CloudTasks([queue], key=signing_key(), **settings)


def pauses(target: Target) -> list[float]:
    return [later.at - earlier.at for earlier, later in itertools.pairwise(target.received)]


class TestDelivery:
    def test_sends_what_the_task_says(self) -> None:
        headers = {"Content-Type": "application/json", "X-Trace": "abc"}
        http = {"httpMethod": "PUT", "headers": headers, "body": encoded(b'{"prEventId": "1"}')}
        with Target() as target, cloud_with() as cloud:
            create(cloud.url, task_for(f"{target.url}/api/tasks/x?y=%20z", http=http))
            (received,) = target.wait_for(1)
        assert (received.method, received.path) == ("PUT", "/api/tasks/x?y=%20z")
        assert received.body == b'{"prEventId": "1"}'
        assert received.headers["content-type"] == "application/json"
        assert received.headers["x-trace"] == "abc"

    def test_knows_every_method(self) -> None:
        methods = ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PATCH"]
        with Target() as target, cloud_with() as cloud:
            for method in methods:
                create(cloud.url, task_for(f"{target.url}/{method}", http={"httpMethod": method}))
            cloud.wait_until_idle(5)
            sent = {(received.method, received.path) for received in target.received}
        assert sent == {(method, f"/{method}") for method in methods}

    def test_says_what_the_real_thing_says_in_headers(self) -> None:
        with Target() as target, cloud_with() as cloud:
            made = create(cloud.url, task_for(target.url, "event-1"))
            (received,) = target.wait_for(1)
        assert received.headers["user-agent"] == "Google-Cloud-Tasks"
        assert received.headers["x-cloudtasks-queuename"] == "pr-event-processor"
        assert received.headers["x-cloudtasks-taskname"] == "event-1"
        assert received.headers["x-cloudtasks-taskretrycount"] == "0"
        assert received.headers["x-cloudtasks-taskexecutioncount"] == "0"
        eta = float(received.headers["x-cloudtasks-tasketa"])
        assert eta == pytest.approx(datetime.fromisoformat(made["scheduleTime"]).timestamp(), abs=1e-5)
        assert "x-cloudtasks-taskpreviousresponse" not in received.headers
        assert "x-cloudtasks-taskretryreason" not in received.headers
        assert "content-type" not in received.headers
        assert "authorization" not in received.headers

    def test_drops_headers_that_are_not_the_tasks_to_set(self) -> None:
        forged = {
            "X-CloudTasks-TaskName": "forged",
            "x-cloudtasks-anything": "forged",
            "X-Google-Thing": "forged",
            "X-AppEngine-QueueName": "forged",
            "User-Agent": "forged",
            "Host": "forged.example",
            "Content-Length": "9999",
            "Transfer-Encoding": "chunked",
        }
        with Target() as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url, "real", http={"headers": forged, "body": encoded(b"four")}))
            (received,) = target.wait_for(1)
        assert "forged" not in "".join(received.headers.values())
        assert received.headers["x-cloudtasks-taskname"] == "real"
        assert received.headers["content-length"] == "4"
        assert received.body == b"four"

    def test_waits_for_the_schedule_time(self) -> None:
        with Target() as target, cloud_with() as cloud:
            time.sleep(0.1)  # the queues' clock is 10 s ahead by now; a schedule time is the caller's, though
            begun = time.monotonic()
            later = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
            create(cloud.url, task_for(target.url, scheduleTime=later))
            create(cloud.url, task_for(f"{target.url}/at-once"))
            first, second = target.wait_for(2)
        assert (first.path, second.path) == ("/at-once", "/")
        assert 0.1 < second.at - begun < 5

    def test_reaches_targets_by_every_loopback_name(self) -> None:
        with Target() as target, cloud_with() as cloud:
            port = target.url.rsplit(":", 1)[1]
            create(cloud.url, task_for(f"http://localhost:{port}/"))
            cloud.wait_until_idle(5)
            assert len(target.received) == 1

    def test_reuses_the_connections_that_targets_keep(self) -> None:
        peers = set()

        class Keeping(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                peers.add(self.client_address)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
            with cloud_with(Queue(name=QUEUE, max_concurrent=1)) as cloud:
                for _ in range(10):
                    create(cloud.url, task_for(f"http://127.0.0.1:{server.server_port}/"))
                cloud.wait_until_idle(5)
                assert cloud.counters.succeeded == 10
            server.shutdown()
        assert len(peers) == 1


class TestRetries:
    def test_double_then_grow_linearly_then_stay(self) -> None:
        queue = Queue(name=QUEUE, min_backoff=10, max_backoff=300, max_doublings=3)
        assert [queue.delay(failures) for failures in range(1, 9)] == [10, 20, 40, 80, 160, 240, 300, 300]
        assert Queue(name=QUEUE, max_doublings=2**31).delay(2**31) == 3600

    def test_wait_as_long_as_the_queue_says(self) -> None:
        queue = Queue(name=QUEUE, min_backoff=10, max_backoff=30)
        with Target(500, 500, 500) as target, cloud_with(queue, speed=200) as cloud:
            create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
        least = [0.05, 0.1, 0.15]
        assert all(pause > wait * 0.98 for pause, wait in zip(pauses(target), least, strict=True))
        assert cloud.counters.retried == 3

    def test_tell_what_went_before(self) -> None:
        with Target(503, 404, 429, 500, 302) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url, "event-1"))
            cloud.wait_until_idle(10)
        sent = [received.headers for received in target.received]
        assert [headers["x-cloudtasks-taskretrycount"] for headers in sent] == ["0", "1", "2", "3", "4", "5"]
        assert [headers["x-cloudtasks-taskexecutioncount"] for headers in sent] == ["0", "0", "1", "2", "2", "3"]
        previous = [headers.get("x-cloudtasks-taskpreviousresponse") for headers in sent]
        assert previous == [None, "503", "404", "429", "500", "302"]
        assert {headers["x-cloudtasks-taskretryreason"] for headers in sent[1:]} == {""}
        etas = [float(headers["x-cloudtasks-tasketa"]) for headers in sent]
        assert etas == sorted(etas)

    def test_end_with_any_2xx(self) -> None:
        with Target(200, 201, 204, 299) as target, cloud_with() as cloud:
            for _ in range(4):
                create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(5)
            assert (len(target.received), cloud.counters.succeeded) == (4, 4)

    def test_do_not_follow_redirects_to_elsewhere(self) -> None:
        away = Answer(302, {"Location": "http://example.com/stolen"})
        queue = Queue(name=QUEUE, max_attempts=1)
        with Target(away) as target, cloud_with(queue) as cloud:
            create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(5)
            (task,) = cloud.tasks()
        assert (task["state"], task["lastStatus"]) == ("vanished", 302)

    def test_wait_at_least_as_long_as_the_handler_asks(self) -> None:
        asked = [Answer(status, {"Retry-After": "20"}) for status in (429, 503)]
        with Target(*asked) as target, cloud_with(Queue(name=QUEUE, min_backoff=1, max_backoff=2)) as cloud:
            create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            first, second = pauses(target)
        assert 0.19 < first < 5
        assert 0.19 < second < 5

    def test_ignore_what_is_no_such_wish(self) -> None:
        arabic = "٣٠٠٠".encode().decode("latin-1")
        said = ["soon", "-3000", "3e3", "0x3000", "²", "Wed, 21 Oct 2065 07:28:00 GMT", "", arabic]
        wishes = [Answer(503, {"Retry-After": text}) for text in said] + [Answer(500, {"Retry-After": "3000"})]
        with Target(*wishes) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            assert len(target.received) == len(wishes) + 1

    def test_survive_an_absurd_wish(self) -> None:
        with Target(Answer(503, {"Retry-After": "9" * 400})) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url, "x"))
            with pytest.raises(TimeoutError):
                cloud.wait_until_idle(0.2)
            (waiting,) = cloud.tasks()
            assert (waiting["state"], waiting["lastStatus"]) == ("scheduled", 503)
            away = datetime.fromisoformat(waiting["scheduleTime"]) - datetime.now(UTC)
            assert timedelta(days=29) < away < timedelta(days=31)

    def test_stop_after_the_last_attempt(self) -> None:
        queue = Queue(name=QUEUE, min_backoff=1, max_attempts=3)
        with Target(500, 500, 500) as target, cloud_with(queue) as cloud:
            create(cloud.url, task_for(target.url, "doomed"))
            cloud.wait_until_idle(5)
            assert len(target.received) == 3
            assert (cloud.counters.vanished, cloud.counters.retried) == (1, 2)
            assert requests.get(f"{cloud.url}/v2/{QUEUE}/tasks/doomed", timeout=5).status_code == 404

    def test_follow_the_tasks_own_rules_if_it_has_some(self) -> None:
        with Target(500, 500) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url, retryConfig={"maxAttempts": 2}))
            cloud.wait_until_idle(5)
            assert cloud.counters.vanished == 1

    @pytest.mark.parametrize(
        ("queue", "attempts", "trying", "age", "over"),
        [
            ({"max_attempts": 3}, 3, 0, 0, True),
            ({"max_attempts": 3}, 2, 1e6, 1e6, False),
            ({"max_attempts": 3, "max_retry_duration": 60}, 3, 59, 59, False),
            ({"max_attempts": 3, "max_retry_duration": 60}, 2, 61, 61, False),
            ({"max_attempts": 3, "max_retry_duration": 60}, 3, 61, 61, True),
            ({"max_attempts": -1, "max_retry_duration": 60}, 9, 59, 59, False),
            ({"max_attempts": -1, "max_retry_duration": 60}, 1, 60, 60, True),
            ({"max_attempts": -1}, 10**6, 1e6, 1e6, False),
            ({"max_attempts": -1}, 1, 0, 31 * 24 * 3600, True),
        ],
    )
    def test_end_when_every_limit_is_reached(
        self, queue: dict[str, Any], attempts: int, trying: float, age: float, *, over: bool
    ) -> None:
        assert Queue(name=QUEUE, **queue).gives_up(attempts, trying, age) is over

    def test_come_when_nobody_listens(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        with cloud_with(Queue(name=QUEUE, min_backoff=1, max_attempts=2)) as cloud:
            create(cloud.url, task_for(f"http://127.0.0.1:{port}/"))
            cloud.wait_until_idle(5)
            (task,) = cloud.tasks()
        assert task["state"] == "vanished"
        assert task["lastStatus"] is None
        assert task["lastResult"].startswith("UNAVAILABLE(14): ")

    def test_come_when_the_answer_is_nonsense(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            queue = Queue(name=QUEUE, max_attempts=1)
            with cloud_with(queue) as cloud:
                create(cloud.url, task_for(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"SSH-2.0-nonsense\r\n\r\n")
                cloud.wait_until_idle(5)
                assert cloud.counters.vanished == 1


class TestDeadlines:
    def test_cut_the_request_off_and_count_as_a_failure(self) -> None:
        with Target() as target, cloud_with(deadline_speed=100) as cloud:
            target.always(Answer(before=target.hold), times=1)
            create(cloud.url, task_for(target.url, dispatchDeadline="15s"))
            _, second = target.wait_for(2)
            cloud.wait_until_idle(5)
            (task,) = cloud.tasks()
        assert second.headers["x-cloudtasks-taskpreviousresponse"] == "504"
        assert second.headers["x-cloudtasks-taskexecutioncount"] == "0"
        assert second.headers["x-cloudtasks-taskretrycount"] == "1"
        assert task["attempts"][0]["result"] == "DEADLINE_EXCEEDED(4): no answer within 15 s"
        assert task["state"] == "succeeded"

    def test_hold_for_answers_that_never_end(self) -> None:
        def drip() -> Iterator[bytes]:
            while not target.let_go.wait(0.02):
                yield b"."

        queue = Queue(name=QUEUE, max_attempts=1)
        with Target() as target, cloud_with(queue, deadline_speed=100) as cloud:
            target.always(Answer(body=drip()), times=1)
            create(cloud.url, task_for(target.url, dispatchDeadline="15s"))
            cloud.wait_until_idle(5)
            (task,) = cloud.tasks()
        assert task["state"] == "vanished"
        assert task["lastResult"].startswith("DEADLINE_EXCEEDED(4)")

    def test_are_real_time_unless_they_are_sped_up(self) -> None:
        slow = Answer(before=lambda: time.sleep(0.3))
        with Target(slow) as target, cloud_with(speed=1000) as cloud:
            create(cloud.url, task_for(target.url, dispatchDeadline="15s"))
            cloud.wait_until_idle(5)
            assert cloud.counters.succeeded == 1
            assert len(target.received) == 1

    def test_do_not_run_while_a_task_waits_for_a_worker(self) -> None:
        slow = Answer(before=lambda: time.sleep(0.2))
        with Target(slow, slow) as target, cloud_with(workers=1, deadline_speed=50) as cloud:
            for _ in range(2):
                create(cloud.url, task_for(target.url, dispatchDeadline="15s"))
            cloud.wait_until_idle(5)
            assert (cloud.counters.succeeded, cloud.counters.retried) == (2, 0)

    def test_hold_for_calls_that_have_no_connection_yet(self) -> None:
        call = Call()
        call.cut()
        with socket.socket() as late, pytest.raises(ConnectionAbortedError):
            call.use(late)
        assert not call.end()


class TestLimits:
    def test_hold_for_requests_at_once(self) -> None:
        queue = Queue(name=QUEUE, max_concurrent=3)
        with Target() as target, cloud_with(queue) as cloud:
            target.always(Answer(before=lambda: target.meet(4)), times=9)
            for _ in range(9):
                create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            assert target.peak == 3

    def test_hold_for_requests_a_second(self) -> None:
        queue = Queue(name=QUEUE, max_dispatches_per_second=10)
        with Target() as target, cloud_with(queue, speed=4) as cloud:
            for _ in range(20):
                create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            ordered = sorted(received.at for received in target.received)
        assert len(ordered) == 20
        assert 0.2 < ordered[-1] - ordered[0] < 5

    def test_hold_for_all_queues_together(self) -> None:
        with Target() as target, cloud_with(workers=2) as cloud:
            target.always(Answer(before=lambda: target.meet(3)), times=4)
            for _ in range(4):
                create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            assert target.peak == 2

    def test_of_one_queue_do_not_hold_up_another(self) -> None:
        other = QUEUE.replace("processor", "other")
        queues = [Queue(name=QUEUE, max_concurrent=1), Queue(name=other)]
        with Target() as target, CloudTasks(queues, key=signing_key()) as cloud:
            target.always(Answer(before=target.hold), times=1)
            create(cloud.url, task_for(f"{target.url}/held"))
            target.wait_for(1)
            create(cloud.url, task_for(f"{target.url}/behind"))
            create(cloud.url, {"task": {"httpRequest": {"url": f"{target.url}/other"}}}, other)
            assert [received.path for received in target.wait_for(2)] == ["/held", "/other"]
            target.let_go.set()
            cloud.wait_until_idle(5)
            assert len(target.received) == 3

    def test_share_the_workers_in_turn(self) -> None:
        other = QUEUE.replace("processor", "other")
        with Target() as target, cloud_with(workers=1, create_unknown_queues=True) as cloud:
            target.always(Answer(before=target.hold), times=1)
            for path in ("/first", "/second", "/third"):
                create(cloud.url, task_for(target.url + path))
            create(cloud.url, {"task": {"httpRequest": {"url": f"{target.url}/other"}}}, other)
            target.let_go.set()
            cloud.wait_until_idle(5)
            assert [received.path for received in target.received][:2] == ["/first", "/other"]

    def test_that_are_changed_hold_at_once(self) -> None:
        with Target() as target, cloud_with(Queue(name=QUEUE, max_concurrent=1)) as cloud:
            target.always(Answer(before=target.hold), times=2)
            for _ in range(2):
                create(cloud.url, task_for(target.url))
            target.wait_for(1)
            change = {"rateLimits": {"maxConcurrentDispatches": 2}}
            mask = {"updateMask": "rateLimits.maxConcurrentDispatches"}
            requests.patch(f"{cloud.url}/v2/{QUEUE}", json=change, params=mask, timeout=5).raise_for_status()
            target.wait_for(2)


class TestDeletedTasks:
    def test_under_way_are_not_tried_again(self) -> None:
        with Target() as target, cloud_with() as cloud:
            target.always(Answer(500, before=target.hold), times=1)
            create(cloud.url, task_for(target.url, "x"))
            target.wait_for(1)
            requests.delete(f"{cloud.url}/v2/{QUEUE}/tasks/x", timeout=5).raise_for_status()
            target.let_go.set()
            later = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
            create(cloud.url, task_for(f"{target.url}/after", scheduleTime=later))
            cloud.wait_until_idle(5)
            assert [received.path for received in target.received] == ["/", "/after"]
            counters = cloud.counters
            assert (counters.deleted, counters.succeeded) == (1, 1)
            assert (counters.retried, counters.vanished) == (0, 0)
            assert [task["state"] for task in cloud.tasks()] == ["deleted", "succeeded"]

    def test_do_not_start_though_they_were_to_run_at_once(self) -> None:
        with Target() as target, cloud_with(workers=1) as cloud:
            target.always(Answer(before=target.hold), times=1)
            create(cloud.url, task_for(target.url))
            target.wait_for(1)
            create(cloud.url, task_for(f"{target.url}/deleted", "x"))
            task = f"{cloud.url}/v2/{QUEUE}/tasks/x"
            requests.post(f"{task}:run", timeout=5).raise_for_status()
            requests.delete(task, timeout=5).raise_for_status()
            create(cloud.url, task_for(f"{target.url}/after"))
            target.let_go.set()
            cloud.wait_until_idle(5)
            assert [received.path for received in target.received] == ["/", "/after"]

    def test_never_start(self) -> None:
        with Target() as target, cloud_with() as cloud:
            later = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
            create(cloud.url, task_for(target.url, "x", scheduleTime=later))
            requests.delete(f"{cloud.url}/v2/{QUEUE}/tasks/x", timeout=5).raise_for_status()
            create(cloud.url, task_for(f"{target.url}/after", scheduleTime=later))
            cloud.wait_until_idle(5)
            assert [received.path for received in target.received] == ["/after"]


class TestDuplicates:
    def test_come_twice_together_or_afterwards(self) -> None:
        with Target() as target, cloud_with(seed=7) as cloud:
            cloud.faults.duplicate(1.0)
            target.always(Answer(before=lambda: target.meet(2)), times=1)
            for number in range(20):
                create(cloud.url, task_for(target.url, f"t{number}"))
            cloud.wait_until_idle(10)
            names = Counter(received.headers["x-cloudtasks-taskname"] for received in target.received)
            shown = cloud.tasks()
        assert names == Counter({f"t{number}": 2 for number in range(20)})
        counters = cloud.counters
        assert (counters.duplicated, counters.dispatched, counters.succeeded) == (20, 40, 20)
        assert {(len(task["attempts"]), len(task["duplicates"])) for task in shown} == {(1, 1)}

    def test_come_at_either_time(self) -> None:
        seen = Counter(self.peak_of_a_duplicate(seed) for seed in range(4))
        assert seen.keys() == {1, 2}

    def peak_of_a_duplicate(self, seed: int) -> int:
        """How many requests were there at once when one task came twice."""
        with Target() as target, cloud_with(seed=seed) as cloud:
            cloud.faults.duplicate(1.0)
            target.always(Answer(before=lambda: target.meet(2)), times=1)
            create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            assert len(target.received) == 2
            return target.peak

    def test_come_as_often_as_told(self) -> None:
        with Target() as target, cloud_with(seed=1) as cloud:
            cloud.faults.duplicate(0.5)
            for _ in range(60):
                create(cloud.url, task_for(target.url))
            cloud.wait_until_idle(10)
            assert 10 < cloud.counters.duplicated < 50
            assert len(target.received) == 60 + cloud.counters.duplicated

    def test_do_not_change_what_becomes_of_the_task(self) -> None:
        with Target(500, 500, 200, 500) as target, cloud_with(seed=3) as cloud:
            cloud.faults.duplicate(1.0)
            create(cloud.url, task_for(target.url))
            target.wait_for(2)
            cloud.faults.clear()
            cloud.wait_until_idle(10)
            counters = cloud.counters
            assert (counters.succeeded, counters.vanished) == (1, 0)
            assert counters.dispatched == 1 + counters.retried + counters.duplicated


class TestCreateFaults:
    URL = "http://127.0.0.1:9/"

    def post(self, cloud: CloudTasks, name: str, timeout: float = 5) -> requests.Response:
        body = task_for(self.URL, name, scheduleTime=(datetime.now(UTC) + timedelta(days=1)).isoformat())
        return requests.post(f"{cloud.url}/v2/{QUEUE}/tasks", json=body, timeout=timeout)

    @pytest.mark.parametrize(("status", "name"), [(429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL"), (503, "UNAVAILABLE")])
    def test_refuse_once_and_make_nothing(self, status: int, name: str) -> None:
        with cloud_with(speed=1) as cloud:
            fault = cloud.faults.on_create(CreateFault(status=status))
            answer = self.post(cloud, "x")
            assert (answer.status_code, answer.json()["error"]["status"]) == (status, name)
            assert (fault.fired, cloud.counters.refused, cloud.counters.created) == (1, 1, 0)
            assert self.post(cloud, "x").status_code == 200

    def test_may_be_ambiguous(self) -> None:
        with cloud_with(speed=1) as cloud:
            fault = cloud.faults.on_create(CreateFault(status=500, applied=True))
            assert self.post(cloud, "x").status_code == 500
            assert self.post(cloud, "x").status_code == 409
            assert (fault.fired, cloud.counters.created, cloud.counters.refused) == (1, 1, 1)

    def test_may_hang_longer_than_the_caller_waits(self) -> None:
        with cloud_with(speed=1) as cloud:
            cloud.faults.on_create(CreateFault(status=None, applied=True, hang=30))
            with pytest.raises(requests.ReadTimeout):
                self.post(cloud, "x", timeout=0.2)
            assert self.post(cloud, "x").status_code == 409

    def test_may_only_be_slow(self) -> None:
        with cloud_with(speed=1) as cloud:
            cloud.faults.on_create(CreateFault(status=None, hang=0.2))
            begun = time.monotonic()
            assert self.post(cloud, "x").status_code == 200
            assert time.monotonic() - begun >= 0.2

    def test_last_until_they_are_cleared_and_strike_by_chance(self) -> None:
        with cloud_with(speed=1, seed=5) as cloud:
            fault = cloud.faults.on_create(CreateFault(status=503, times=None, probability=0.5))
            statuses = Counter(self.post(cloud, f"t{number}").status_code for number in range(40))
            assert statuses[503] == fault.fired
            assert 5 < statuses[503] < 35
            cloud.faults.clear()
            assert {self.post(cloud, f"u{number}").status_code for number in range(5)} == {200}


class TestWaiting:
    def test_names_what_is_left(self) -> None:
        with Target(500) as target, cloud_with(Queue(name=QUEUE, min_backoff=3000), speed=1) as cloud:
            create(cloud.url, task_for(target.url, "stuck"))
            target.wait_for(1)
            with pytest.raises(TimeoutError, match=r"1 tasks are left: .*stuck"):
                cloud.wait_until_idle(0.1)
            answer = requests.get(f"{cloud.url}/emulator/idle", params={"timeoutSeconds": 0.05}, timeout=5)
            assert answer.status_code == 504
            assert answer.json()["error"]["status"] == "DEADLINE_EXCEEDED"

    def test_ends_when_all_is_done(self) -> None:
        with Target(500) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url))
            answer = requests.get(f"{cloud.url}/emulator/idle", params={"timeoutSeconds": 5}, timeout=10)
            assert answer.status_code == 200
            assert answer.json()["counters"]["succeeded"] == 1

    @pytest.mark.parametrize("seconds", ["x", "-1", "nan", "inf", "601"])
    def test_refuses_no_time(self, seconds: str) -> None:
        with cloud_with() as cloud:
            url = f"{cloud.url}/emulator/idle"
            assert requests.get(url, params={"timeoutSeconds": seconds}, timeout=5).status_code == 400

    def test_shows_each_attempt(self) -> None:
        with Target(503) as target, cloud_with() as cloud:
            create(cloud.url, task_for(target.url, "x"))
            cloud.wait_until_idle(5)
            shown = requests.get(f"{cloud.url}/emulator/tasks", timeout=5).json()
        (task,) = shown["tasks"]
        assert (task["name"], task["state"], task["lastStatus"]) == (f"{QUEUE}/tasks/x", "succeeded", 200)
        results = [(attempt["status"], attempt["result"]) for attempt in task["attempts"]]
        assert results == [(503, "UNAVAILABLE(14): HTTP status code 503"), (200, "OK: HTTP status code 200")]
        assert all(attempt["respondedAt"] >= attempt["dispatchedAt"] for attempt in task["attempts"])
        assert shown["counters"] == {
            "created": 1,
            "refused": 0,
            "dispatched": 2,
            "succeeded": 1,
            "retried": 1,
            "vanished": 0,
            "deleted": 0,
            "duplicated": 0,
        }
