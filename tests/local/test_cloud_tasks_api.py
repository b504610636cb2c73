"""The emulator's REST API over plain HTTP: what it takes, what it refuses, and how it says so."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.cloud_tasks import CloudTasks, Queue
from tests.local.test_cloud_tasks_target import QUEUE, Target, create, encoded, signing_key, task_for

LOCATION = "projects/p/locations/asia-northeast1"
NOWHERE = "http://127.0.0.1:9/never"  # tasks of the paused queue stay where they are


def paused() -> Iterator[CloudTasks]:
    with CloudTasks([Queue(name=QUEUE)], key=signing_key()) as cloud:
        call(cloud, "POST", f"{QUEUE}:pause")
        yield cloud


cloud = pytest.fixture(paused, name="cloud")
shared = pytest.fixture(paused, name="shared", scope="module")  # for what changes nothing, or only its own


def call(cloud: CloudTasks, method: str, path: str, body: object = None, **query: str | int) -> requests.Response:
    return requests.request(method, f"{cloud.url}/v2/{path}", json=body, params=query, timeout=10)


def refusal(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["message"]
    return answer.status_code, error["status"]


INVALID = (400, "INVALID_ARGUMENT")


class TestTargets:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/",
            "http://10.0.0.1/",
            "http://0.0.0.0:8080/",
            "http://169.254.169.254/computeMetadata/v1/",
            "http://127.0.0.1@example.com/",
            "http://example.com#@127.0.0.1/",
            "http://example.com\\@127.0.0.1/",
            "http://127.0.0.1:80@example.com:80/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://user:secret@127.0.0.1/",
            "http://2130706433/",
            "http://[::ffff:10.0.0.1]/",
            "http://[::]/",
            "http://0x7f.1/",
            "http:///path",
            "https://127.0.0.1/",
        ],
    )
    def test_elsewhere_are_refused_with_the_reason(self, shared: CloudTasks, url: str) -> None:
        answer = call(shared, "POST", f"{QUEUE}/tasks", task_for(url))
        assert refusal(answer) == INVALID
        assert "never sends traffic elsewhere" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://127.255.255.254:1/x?y=z", "http://LOCALHOST:8080", "http://[::1]:5/"]
    )
    def test_on_this_machine_are_taken(self, shared: CloudTasks, url: str) -> None:
        assert create(shared.url, task_for(url))["httpRequest"]["url"] == url

    @pytest.mark.parametrize("url", ["", "127.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "javascript:1"])
    def test_that_are_no_web_address_are_refused(self, shared: CloudTasks, url: str) -> None:
        assert refusal(call(shared, "POST", f"{QUEUE}/tasks", task_for(url))) == INVALID


class TestCreateTask:
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"task": {}},
            {"task": None},
            {"task": "x"},
            {"tusk": {}},
            task_for(NOWHERE, nonsense=1),
            task_for(NOWHERE, http={"httpMethod": "FETCH"}),
            task_for(NOWHERE, http={"httpMethod": 77}),
            task_for(NOWHERE, http={"body": "%%%"}),
            task_for(NOWHERE, http={"body": "abcde"}),
            task_for(NOWHERE, http={"body": "aGk=", "httpMethod": "GET"}),
            task_for(NOWHERE, http={"headers": {"a": 5}}),
            task_for(NOWHERE, http={"headers": {"a": "b\r\nX-Evil: 1"}}),
            task_for(NOWHERE, http={"headers": {"a b": "c"}}),
            task_for(NOWHERE, http={"headers": {"a": "日本"}}),
            task_for(NOWHERE, http={"headers": {"a": "x" * 80_000}}),
            task_for(NOWHERE, http={"oidcToken": {"audience": "x"}}),
            task_for(NOWHERE, dispatchDeadline="14.9s"),
            task_for(NOWHERE, dispatchDeadline="1801s"),
            task_for(NOWHERE, dispatchDeadline="-20s"),
            task_for(NOWHERE, dispatchDeadline=20),
            task_for(NOWHERE, scheduleTime="tomorrow"),
            task_for(NOWHERE, scheduleTime="0001-01-01T00:00:00+14:00"),
            task_for(NOWHERE, scheduleTime="2999-01-01T00:00:00Z"),
            task_for(NOWHERE, name=""),
            task_for(NOWHERE, name="a b"),
            task_for(NOWHERE, name="a/b"),
            task_for(NOWHERE, name="x" * 501),
            task_for(NOWHERE, retryConfig={"maxAttempts": -2}),
            task_for("http://127.0.0.1/" + "x" * 2083),
            {"task": {"name": "projects/p/locations/l/queues/other/tasks/x", "httpRequest": {"url": NOWHERE}}},
        ],
    )
    def test_refuses_what_is_malformed(self, shared: CloudTasks, body: object) -> None:
        before, count = call(shared, "GET", f"{QUEUE}/tasks").json(), shared.counters
        assert refusal(call(shared, "POST", f"{QUEUE}/tasks", body)) == INVALID
        assert call(shared, "GET", f"{QUEUE}/tasks").json() == before
        assert shared.counters == replace(count, refused=count.refused + 1)

    @pytest.mark.parametrize(
        "raw", [b"{", b"[]", b"5", b"\xff{}", b"[" * 100_000, b'{"task":{"name":"\\ud800"}}', b'{"task":NaN}']
    )
    def test_refuses_what_is_no_json_object(self, shared: CloudTasks, raw: bytes) -> None:
        answer = requests.post(f"{shared.url}/v2/{QUEUE}/tasks", data=raw, timeout=10)
        assert refusal(answer) == INVALID

    def test_refuses_over_100_kb(self, shared: CloudTasks) -> None:
        fits = task_for(NOWHERE, http={"body": encoded(b"x" * 99_000)})
        assert create(shared.url, fits)
        over = task_for(NOWHERE, http={"body": encoded(b"x" * 100_000)})
        assert refusal(call(shared, "POST", f"{QUEUE}/tasks", over)) == INVALID

    def test_refuses_requests_that_are_enormous(self, shared: CloudTasks) -> None:
        raw = b" " * (10 * 1024 * 1024 + 1)
        assert refusal(requests.post(f"{shared.url}/v2/{QUEUE}/tasks", data=raw, timeout=10)) == INVALID

    def test_says_what_the_local_cloud_lacks(self, shared: CloudTasks) -> None:
        app_engine = {"task": {"appEngineHttpRequest": {"relativeUri": "/"}}}
        oauth = task_for(NOWHERE, http={"oauthToken": {"serviceAccountEmail": "a@b"}})
        for body in (app_engine, oauth):
            assert refusal(call(shared, "POST", f"{QUEUE}/tasks", body)) == (501, "UNIMPLEMENTED")

    def test_refuses_an_unknown_queue(self, shared: CloudTasks) -> None:
        other = QUEUE.replace("projects/p/", "projects/other/")
        assert refusal(call(shared, "POST", f"{other}/tasks", task_for(NOWHERE))) == (404, "NOT_FOUND")

    def test_refuses_a_queue_with_a_malformed_name(self, shared: CloudTasks) -> None:
        bad = f"{LOCATION}/queues/with_underscore"
        assert refusal(call(shared, "POST", f"{bad}/tasks", task_for(NOWHERE))) == INVALID

    def test_answers_with_the_completed_task(self, shared: CloudTasks) -> None:
        before = datetime.now(UTC) - timedelta(seconds=1)
        made = create(shared.url, task_for(NOWHERE, "first", http={"body": encoded(b"secret")}))
        assert made["name"] == f"{QUEUE}/tasks/first"
        assert made["dispatchDeadline"] == "600s"
        assert made["view"] == "BASIC"
        assert made["httpRequest"] == {
            "url": NOWHERE,
            "httpMethod": "POST",
            "headers": {"User-Agent": "Google-Cloud-Tasks"},
        }
        for field in ("createTime", "scheduleTime"):
            assert before <= datetime.fromisoformat(made[field]) <= datetime.now(UTC)

    def test_shows_the_body_in_the_full_view_only(self, shared: CloudTasks) -> None:
        body = task_for(NOWHERE, "x", http={"body": encoded(b"secret")}) | {"responseView": "FULL"}
        assert create(shared.url, body)["httpRequest"]["body"] == encoded(b"secret")
        path = f"{QUEUE}/tasks/x"
        assert "body" not in call(shared, "GET", path).json()["httpRequest"]
        full = call(shared, "GET", path, responseView=2).json()
        assert full["httpRequest"]["body"] == encoded(b"secret")

    def test_takes_fields_by_either_spelling_and_enumerations_by_number(self, shared: CloudTasks) -> None:
        made = create(shared.url, {"task": {"http_request": {"url": NOWHERE, "http_method": 4}}})
        assert made["httpRequest"]["httpMethod"] == "PUT"

    def test_takes_a_past_schedule_time_for_now(self, shared: CloudTasks) -> None:
        made = create(shared.url, task_for(NOWHERE, scheduleTime="2001-01-01T00:00:00Z"))
        assert datetime.fromisoformat(made["scheduleTime"]) > datetime.now(UTC) - timedelta(minutes=1)

    def test_ignores_what_only_the_server_may_say(self, shared: CloudTasks) -> None:
        made = create(shared.url, task_for(NOWHERE, dispatchCount=7, createTime="2001-01-01T00:00:00Z"))
        assert "dispatchCount" not in made
        assert not made["createTime"].startswith("2001")

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["task", "httpRequest", "url", "headers", "body", "name", "scheduleTime"])
                    | st.text(max_size=5),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        )
    )
    def test_never_fails_on_any_json(self, shared: CloudTasks, document: object) -> None:
        raw = json.dumps(document).encode()
        answer = requests.post(f"{shared.url}/v2/{QUEUE}/tasks", data=raw, timeout=10)
        assert refusal(answer) == INVALID


class TestNames:
    def test_are_refused_while_the_task_exists(self, cloud: CloudTasks) -> None:
        create(cloud.url, task_for(NOWHERE, "once"))
        again = call(cloud, "POST", f"{QUEUE}/tasks", task_for(NOWHERE, "once"))
        assert refusal(again) == (409, "ALREADY_EXISTS")
        assert (cloud.counters.created, cloud.counters.refused) == (1, 1)

    def test_are_refused_after_the_task_was_deleted(self, cloud: CloudTasks) -> None:
        create(cloud.url, task_for(NOWHERE, "once"))
        assert call(cloud, "DELETE", f"{QUEUE}/tasks/once").json() == {}
        again = call(cloud, "POST", f"{QUEUE}/tasks", task_for(NOWHERE, "once"))
        assert refusal(again) == (409, "ALREADY_EXISTS")
        assert refusal(call(cloud, "GET", f"{QUEUE}/tasks/once")) == (404, "NOT_FOUND")

    def test_are_refused_after_the_task_was_done(self) -> None:
        with Target() as target, CloudTasks([Queue(name=QUEUE)], key=signing_key()) as cloud:
            create(cloud.url, task_for(target.url, "once"))
            cloud.wait_until_idle(5)
            again = call(cloud, "POST", f"{QUEUE}/tasks", task_for(target.url, "once"))
            assert refusal(again) == (409, "ALREADY_EXISTS")
            assert len(target.received) == 1

    def test_can_be_used_again_once_the_tombstone_is_gone(self) -> None:
        with Target() as target, CloudTasks([Queue(name=QUEUE)], tombstone=60, speed=200, key=signing_key()) as cloud:
            create(cloud.url, task_for(target.url, "once"))
            cloud.wait_until_idle(5)
            ends = time.monotonic() + 5
            while call(cloud, "POST", f"{QUEUE}/tasks", task_for(target.url, "once")).status_code == 409:
                assert time.monotonic() < ends
                time.sleep(0.02)
            target.wait_for(2)

    def test_of_one_queue_are_free_in_another(self, cloud: CloudTasks) -> None:
        other = f"{LOCATION}/queues/other"
        call(cloud, "POST", f"{LOCATION}/queues", {"name": other})
        call(cloud, "POST", f"{other}:pause")
        create(cloud.url, task_for(NOWHERE, "same"))
        body = {"task": {"name": f"{other}/tasks/same", "httpRequest": {"url": NOWHERE}}}
        assert call(cloud, "POST", f"{other}/tasks", body).status_code == 200

    def test_are_made_up_for_tasks_without_one(self, shared: CloudTasks) -> None:
        names = {create(shared.url, task_for(NOWHERE))["name"] for _ in range(20)}
        assert len(names) == 20
        assert all(name.startswith(f"{QUEUE}/tasks/") for name in names)


class TestTasks:
    def test_are_listed_in_pages(self, cloud: CloudTasks) -> None:
        for number in range(5):
            create(cloud.url, task_for(NOWHERE, f"t{number}"))
        first = call(cloud, "GET", f"{QUEUE}/tasks", pageSize=3).json()
        second = call(cloud, "GET", f"{QUEUE}/tasks", pageSize=3, pageToken=first["nextPageToken"]).json()
        names = [task["name"].rsplit("/", 1)[1] for page in (first, second) for task in page["tasks"]]
        assert names == ["t0", "t1", "t2", "t3", "t4"]
        assert "nextPageToken" not in second

    @pytest.mark.parametrize("query", [{"pageSize": -1}, {"pageSize": "x"}, {"nonsense": "1"}, {"responseView": "ALL"}])
    def test_are_not_listed_for_a_malformed_query(self, shared: CloudTasks, query: dict[str, Any]) -> None:
        assert refusal(call(shared, "GET", f"{QUEUE}/tasks", **query)) == INVALID

    def test_that_never_were_are_not_found(self, shared: CloudTasks) -> None:
        for method, path in (("GET", "x"), ("DELETE", "x"), ("POST", "x:run")):
            assert refusal(call(shared, method, f"{QUEUE}/tasks/never-{path}")) == (404, "NOT_FOUND")

    def test_can_be_run_though_their_queue_is_paused(self, cloud: CloudTasks) -> None:
        with Target() as target:
            create(cloud.url, task_for(target.url, "now", scheduleTime=in_seconds(600)))
            assert call(cloud, "POST", f"{QUEUE}/tasks/now:run", {}).status_code == 200
            cloud.wait_until_idle(5)
            assert len(target.received) == 1


class TestQueues:
    SETTINGS: ClassVar[dict[str, dict[str, Any]]] = {
        "rateLimits": {"maxDispatchesPerSecond": 5.0, "maxConcurrentDispatches": 8},
        "retryConfig": {"maxAttempts": 20, "minBackoff": "10s", "maxBackoff": "300s", "maxDoublings": 3},
    }

    def test_are_made_as_told(self, cloud: CloudTasks) -> None:
        made = call(cloud, "POST", f"{LOCATION}/queues", {"name": f"{LOCATION}/queues/q"} | self.SETTINGS).json()
        assert made["state"] == "RUNNING"
        assert made["rateLimits"] == self.SETTINGS["rateLimits"] | {"maxBurstSize": 5}
        assert made["retryConfig"] == self.SETTINGS["retryConfig"]
        assert call(cloud, "GET", f"{LOCATION}/queues/q").json() == made

    def test_get_googles_defaults_for_the_rest(self, shared: CloudTasks) -> None:
        made = call(shared, "POST", f"{LOCATION}/queues", {"name": f"{LOCATION}/queues/q"}).json()
        assert made["rateLimits"]["maxDispatchesPerSecond"] == 500
        assert made["rateLimits"]["maxConcurrentDispatches"] == 1000
        assert made["retryConfig"] == {
            "maxAttempts": 100,
            "minBackoff": "0.100s",
            "maxBackoff": "3600s",
            "maxDoublings": 16,
        }

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "q"},
            {"name": "projects/p/locations/elsewhere/queues/q"},
            {"name": f"{LOCATION}/queues/a_b"},
            {"rateLimits": {"maxDispatchesPerSecond": 501}},
            {"rateLimits": {"maxDispatchesPerSecond": -1}},
            {"rateLimits": {"maxDispatchesPerSecond": "NaN"}},
            {"rateLimits": {"maxConcurrentDispatches": 5001}},
            {"rateLimits": {"maxConcurrentDispatches": -1}},
            {"retryConfig": {"maxAttempts": -2}},
            {"retryConfig": {"minBackoff": "20s", "maxBackoff": "10s"}},
            {"retryConfig": {"minBackoff": "-1s"}},
            {"retryConfig": {"maxDoublings": -1}},
            {"nonsense": 1},
        ],
    )
    def test_are_refused_with_wrong_settings(self, shared: CloudTasks, change: dict[str, Any]) -> None:
        body = {"name": f"{LOCATION}/queues/q"} | change
        assert refusal(call(shared, "POST", f"{LOCATION}/queues", body)) == INVALID

    def test_exist_once_and_are_not_made_again_soon_after_deletion(self, cloud: CloudTasks) -> None:
        body = {"name": QUEUE}
        assert refusal(call(cloud, "POST", f"{LOCATION}/queues", body)) == (409, "ALREADY_EXISTS")
        create(cloud.url, task_for(NOWHERE))
        assert call(cloud, "DELETE", QUEUE).json() == {}
        assert refusal(call(cloud, "POST", f"{LOCATION}/queues", body)) == (400, "FAILED_PRECONDITION")
        assert refusal(call(cloud, "GET", QUEUE)) == (404, "NOT_FOUND")
        cloud.wait_until_idle(1)

    def test_change_only_what_the_mask_names(self, cloud: CloudTasks) -> None:
        call(cloud, "POST", f"{LOCATION}/queues", {"name": f"{LOCATION}/queues/q"} | self.SETTINGS)
        change = {"rateLimits": {"maxDispatchesPerSecond": 50}, "retryConfig": {"maxAttempts": 3}}
        path = f"{LOCATION}/queues/q"
        changed = call(cloud, "PATCH", path, change, updateMask="retryConfig.maxAttempts").json()
        assert changed["retryConfig"] == self.SETTINGS["retryConfig"] | {"maxAttempts": 3}
        assert changed["rateLimits"]["maxDispatchesPerSecond"] == 5
        changed = call(cloud, "PATCH", path, change).json()
        assert changed["rateLimits"]["maxDispatchesPerSecond"] == 50
        assert changed["retryConfig"]["minBackoff"] == "0.100s"

    @pytest.mark.parametrize("mask", ["nonsense", "retryConfig.nonsense", ",", "retry_config"])
    def test_refuse_a_mask_that_names_no_field(self, shared: CloudTasks, mask: str) -> None:
        assert refusal(call(shared, "PATCH", QUEUE, {}, updateMask=mask)) == INVALID

    def test_are_made_by_a_change_if_there_is_none(self, cloud: CloudTasks) -> None:
        assert call(cloud, "PATCH", f"{LOCATION}/queues/fresh", self.SETTINGS).status_code == 200
        assert call(cloud, "GET", f"{LOCATION}/queues/fresh").json()["retryConfig"]["maxAttempts"] == 20

    def test_are_listed_for_their_location(self, cloud: CloudTasks) -> None:
        call(cloud, "POST", f"{LOCATION}/queues", {"name": f"{LOCATION}/queues/a"})
        names = [queue["name"] for queue in call(cloud, "GET", f"{LOCATION}/queues").json()["queues"]]
        assert names == [f"{LOCATION}/queues/a", QUEUE]
        assert call(cloud, "GET", "projects/p/locations/other/queues").json() == {"queues": []}

    def test_that_are_paused_dispatch_once_they_are_resumed(self, cloud: CloudTasks) -> None:
        with Target() as target:
            create(cloud.url, task_for(target.url))
            assert call(cloud, "GET", QUEUE).json()["state"] == "PAUSED"
            with pytest.raises(TimeoutError):
                cloud.wait_until_idle(0.1)
            assert target.received == []
            assert call(cloud, "POST", f"{QUEUE}:resume", {}).json()["state"] == "RUNNING"
            cloud.wait_until_idle(5)
            assert len(target.received) == 1

    def test_that_are_purged_hold_nothing(self, cloud: CloudTasks) -> None:
        for name in ("a", "b"):
            create(cloud.url, task_for(NOWHERE, name))
        assert "purgeTime" in call(cloud, "POST", f"{QUEUE}:purge", {}).json()
        assert call(cloud, "GET", f"{QUEUE}/tasks").json() == {"tasks": []}
        cloud.wait_until_idle(1)
        assert cloud.counters.deleted == 2
        again = call(cloud, "POST", f"{QUEUE}/tasks", task_for(NOWHERE, "a"))
        assert refusal(again) == (409, "ALREADY_EXISTS")

    def test_that_are_unknown_are_not_found(self, shared: CloudTasks) -> None:
        path = f"{LOCATION}/queues/unknown"
        for method, suffix in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", ":pause"),
            ("POST", ":resume"),
            ("POST", ":purge"),
        ):
            assert refusal(call(shared, method, path + suffix)) == (404, "NOT_FOUND")


class TestUnknownQueues:
    def test_are_made_on_first_use_if_that_is_allowed(self) -> None:
        fresh = "projects/fresh-1/locations/l/queues/agent-runner"
        with CloudTasks(create_unknown_queues=True, key=signing_key()) as cloud, Target() as target:
            assert refusal(call(cloud, "GET", fresh)) == (404, "NOT_FOUND")
            create(cloud.url, task_for(target.url), fresh)
            cloud.wait_until_idle(5)
            assert len(target.received) == 1
            assert call(cloud, "GET", fresh).json()["retryConfig"]["maxAttempts"] == 100

    def test_are_set_like_the_declared_one_with_the_same_id(self) -> None:
        declared = Queue(name=QUEUE, max_attempts=3, max_concurrent=2)
        other = QUEUE.replace("projects/p/", "projects/fresh-2/")
        with CloudTasks([declared], create_unknown_queues=True, key=signing_key()) as cloud, Target() as target:
            create(cloud.url, task_for(target.url), other)
            made = call(cloud, "GET", other).json()
            assert made["retryConfig"]["maxAttempts"] == 3
            assert made["rateLimits"]["maxConcurrentDispatches"] == 2

    def test_are_not_made_for_malformed_or_deleted_names(self) -> None:
        with CloudTasks([Queue(name=QUEUE)], create_unknown_queues=True, key=signing_key()) as cloud:
            assert refusal(call(cloud, "POST", f"{LOCATION}/queues/a_b/tasks", task_for(NOWHERE))) == INVALID
            call(cloud, "DELETE", QUEUE)
            answer = call(cloud, "POST", f"{QUEUE}/tasks", task_for(NOWHERE))
            assert refusal(answer) == (404, "NOT_FOUND")


class TestOtherAddresses:
    def test_health_is_ok(self, shared: CloudTasks) -> None:
        assert requests.get(f"{shared.url}/health", timeout=10).json() == {"status": "ok"}

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/"), ("GET", "/v2/nonsense"), ("POST", f"/v2/{QUEUE}/tasks:batchCreate")]
    )
    def test_that_are_unknown_are_404_in_googles_shape(self, shared: CloudTasks, method: str, path: str) -> None:
        answer = requests.request(method, shared.url + path, timeout=10)
        assert refusal(answer) == (404, "NOT_FOUND")

    def test_know_their_methods(self, shared: CloudTasks) -> None:
        assert requests.put(f"{shared.url}/v2/{QUEUE}/tasks", timeout=10).status_code == 405


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
