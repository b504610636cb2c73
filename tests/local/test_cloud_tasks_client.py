"""Google's own client against the emulator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from google.api_core.exceptions import AlreadyExists, BadRequest, Conflict, InternalServerError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksRestTransport
from google.protobuf import duration_pb2, field_mask_pb2, timestamp_pb2  # type: ignore[import-untyped]  # ships no types

from local.cloud_tasks import CloudTasks, CreateFault, Queue
from tests.local.test_cloud_tasks_target import QUEUE, Target, signing_key

LOCATION = QUEUE.partition("/queues/")[0]


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudTasks]:
    with CloudTasks([Queue(name=QUEUE, min_backoff=1)], speed=100, key=signing_key()) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def client(cloud: CloudTasks) -> Iterator[tasks_v2.CloudTasksClient]:
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google.auth is typed in part
    transport = CloudTasksRestTransport(host=cloud.url, credentials=nobody, url_scheme="http")
    with tasks_v2.CloudTasksClient(transport=transport) as client:
        yield client


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


def task_of(url: str, name: str | None = None) -> tasks_v2.Task:
    request = tasks_v2.HttpRequest(
        url=url,
        http_method=tasks_v2.HttpMethod.POST,
        headers={"Content-Type": "application/json"},
        body=b'{"prEventId": "1"}',
        oidc_token=tasks_v2.OidcToken(service_account_email="tasks@p.iam.gserviceaccount.com", audience="us"),
    )
    return tasks_v2.Task(name=f"{QUEUE}/tasks/{name}" if name else None, http_request=request)


class TestCreateTask:
    def test_delivers(self, cloud: CloudTasks, client: tasks_v2.CloudTasksClient, target: Target) -> None:
        made = client.create_task(parent=QUEUE, task=task_of(f"{target.url}/api/tasks/x", "client-delivers"))
        assert made.name == f"{QUEUE}/tasks/client-delivers"
        assert made.dispatch_deadline == timedelta(minutes=10)
        cloud.wait_until_idle(5)
        (received,) = target.received
        assert received.body == b'{"prEventId": "1"}'
        assert received.headers["authorization"].startswith("Bearer ")

    def test_raises_conflict_for_a_used_name(
        self, cloud: CloudTasks, client: tasks_v2.CloudTasksClient, target: Target
    ) -> None:
        client.create_task(parent=QUEUE, task=task_of(target.url, "client-once"))
        cloud.wait_until_idle(5)
        with pytest.raises(Conflict):
            client.create_task(parent=QUEUE, task=task_of(target.url, "client-once"))
        assert issubclass(AlreadyExists, Conflict)

    def test_raises_not_found_for_an_unknown_queue(self, client: tasks_v2.CloudTasksClient) -> None:
        with pytest.raises(NotFound):
            client.create_task(parent=f"{LOCATION}/queues/unknown", task=task_of("http://127.0.0.1/"))

    def test_raises_bad_request_for_another_machine(self, client: tasks_v2.CloudTasksClient) -> None:
        with pytest.raises(BadRequest, match="never sends traffic elsewhere"):
            client.create_task(parent=QUEUE, task=task_of("http://example.com/"))

    def test_can_meet_an_ambiguous_answer(self, cloud: CloudTasks, client: tasks_v2.CloudTasksClient) -> None:
        fault = cloud.faults.on_create(CreateFault(status=500, applied=True))
        task = task_of("http://127.0.0.1:9/", "client-ambiguous")
        task.schedule_time = datetime.now(UTC) + timedelta(days=1)
        with pytest.raises(InternalServerError):
            client.create_task(parent=QUEUE, task=task)
        assert fault.fired == 1
        client.delete_task(name=task.name)

    def test_takes_times_as_messages(self, client: tasks_v2.CloudTasksClient) -> None:
        later = timestamp_pb2.Timestamp()
        later.FromDatetime(datetime.now(UTC) + timedelta(days=2))
        task = task_of("http://127.0.0.1:9/", "client-later")
        task.schedule_time = later
        task.dispatch_deadline = duration_pb2.Duration(seconds=130)
        client.create_task(parent=QUEUE, task=task)
        got = client.get_task(name=task.name)
        assert got.dispatch_deadline == timedelta(seconds=130)
        assert abs(got.schedule_time - later.ToDatetime(tzinfo=UTC)) < timedelta(milliseconds=1)
        assert [listed.name for listed in client.list_tasks(parent=QUEUE)] == [task.name]
        client.delete_task(name=task.name)
        with pytest.raises(NotFound):
            client.get_task(name=task.name)


class TestQueues:
    def test_live_and_die(self, client: tasks_v2.CloudTasksClient) -> None:
        name = f"{LOCATION}/queues/client-lives"
        queue = tasks_v2.Queue(
            name=name,
            rate_limits=tasks_v2.RateLimits(max_dispatches_per_second=5, max_concurrent_dispatches=8),
            retry_config=tasks_v2.RetryConfig(max_attempts=20, min_backoff=timedelta(seconds=10)),
        )
        made = client.create_queue(parent=LOCATION, queue=queue)
        assert made.retry_config.min_backoff == timedelta(seconds=10)
        assert made.rate_limits.max_concurrent_dispatches == 8
        change = tasks_v2.Queue(name=name, retry_config=tasks_v2.RetryConfig(max_attempts=3))
        mask = field_mask_pb2.FieldMask(paths=["retry_config.max_attempts"])
        changed = client.update_queue(queue=change, update_mask=mask)
        assert changed.retry_config.max_attempts == 3
        assert changed.retry_config.min_backoff == timedelta(seconds=10)
        assert client.pause_queue(name=name).state == tasks_v2.Queue.State.PAUSED
        assert client.resume_queue(name=name).state == tasks_v2.Queue.State.RUNNING
        assert client.purge_queue(name=name).purge_time
        assert name in [listed.name for listed in client.list_queues(parent=LOCATION)]
        client.delete_queue(name=name)
        with pytest.raises(NotFound):
            client.get_queue(name=name)

    def test_run_a_task_on_demand(self, cloud: CloudTasks, client: tasks_v2.CloudTasksClient, target: Target) -> None:
        task = task_of(target.url, "client-runs")
        task.schedule_time = datetime.now(UTC) + timedelta(days=1)
        client.create_task(parent=QUEUE, task=task)
        client.run_task(name=task.name)
        cloud.wait_until_idle(5)
        assert len(target.received) == 1
