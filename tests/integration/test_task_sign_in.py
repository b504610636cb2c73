"""Who may call a task function? The queue's own service account, and nobody else on earth."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local.cloud import TASK_ACCOUNT
from local.functions import load
from local.github import read_sample
from local.identity import Identity
from tests.api import DOCUMENT, answer, people
from tests.deployment import Deployment
from tests.forgeries import TASK_TOKEN_FORGERIES, Forgery, Genuine, genuine_id_token, genuine_task_token
from tests.steps import Steps

ROUTES = sorted(path for path in DOCUMENT["paths"] if path.startswith("/api/tasks/"))
FUNCTIONS = json.loads(Path("functions/prefixes.json").read_text("utf-8"))
PROCESSOR = "/api/tasks/pr-event-processor"
SAMPLE = read_sample(Path("local/samples/sample-org__parcel-tracker__41"))
HEADERS_OF_NOBODY: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "an empty one": {"Authorization": ""},
    "the scheme alone": {"Authorization": "Bearer "},
    "a password": {"Authorization": f"Basic {TASK_ACCOUNT}"},
    "letters beyond ASCII": {"Authorization": "Bearer é.è.ê"},
    "the queue's own": {
        "X-CloudTasks-QueueName": "pr-event-processor",
        "X-CloudTasks-TaskName": "1",
        "X-CloudTasks-TaskRetryCount": "0",
        "X-CloudTasks-TaskETA": "1795381110.0",
        "User-Agent": "Google-Cloud-Tasks",
    },
    "App Engine's and the scheduler's": {
        "X-AppEngine-QueueName": "pr-event-processor",
        "X-Appengine-Cron": "true",
        "X-CloudScheduler": "true",
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{TASK_ACCOUNT}",
        "X-Serverless-Authorization": "Bearer 1",
    },
}


@pytest.fixture(scope="module")
def event_id(standing: Deployment) -> str:
    """A merge that waits for its first task, and is somebody's."""
    steps = Steps(standing)
    steps.connect("ada", "sample-org/parcel-tracker", 1000000101)
    return steps.merge("sample-org/parcel-tracker", 41)


@pytest.fixture(scope="module")
def genuine(standing: Deployment) -> Genuine:
    """The queue's token."""
    return genuine_task_token(standing.tasks.tokens, audience=standing.gateway.url, email=TASK_ACCOUNT)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def call(standing: Deployment, path: str, event_id: str, headers: Mapping[str, str]) -> TestResponse:
    """A task as the queue would send it, but for its headers."""
    function = standing.function(next(name for name, prefixes in FUNCTIONS.items() if path in prefixes))
    return Client(function.application).post(path, json={"prEventId": event_id}, headers=dict(headers))


def effects(standing: Deployment) -> tuple[dict[str, Any], int, int]:
    """All that a task could have changed: the documents, the queues, and what GitHub was asked."""
    return standing.everything(), standing.tasks.counters.created, len(standing.github.calls())


def assert_refused(standing: Deployment, event_id: str, headers: Mapping[str, str]) -> None:
    """Every task function answers 401, in the same words, and does nothing."""
    before = effects(standing)
    answers = [call(standing, path, event_id, headers) for path in ROUTES]
    assert {each.status_code for each in answers} == {401}
    assert {each.get_json()["code"] for each in answers} == {"unauthenticated"}
    assert effects(standing) == before


class TestForgedTokens:
    @pytest.mark.parametrize("forge", TASK_TOKEN_FORGERIES.values(), ids=TASK_TOKEN_FORGERIES.keys())
    def test_are_refused_at_every_task_and_do_nothing(
        self, standing: Deployment, event_id: str, genuine: Genuine, forge: Forgery
    ) -> None:
        assert_refused(standing, event_id, bearer(forge(genuine)))

    @pytest.mark.parametrize(
        "issuer", ["http://accounts.google.com", "https://accounts.google.com/", "ACCOUNTS.GOOGLE.COM", ""]
    )
    def test_of_almost_google_are_refused(
        self, standing: Deployment, event_id: str, genuine: Genuine, issuer: str
    ) -> None:
        assert_refused(standing, event_id, bearer(genuine.saying(iss=issuer).token()))

    @pytest.mark.parametrize("verified", ["true", 1, [True], None, False], ids=repr)
    def test_of_an_unproved_address_are_refused(
        self, standing: Deployment, event_id: str, genuine: Genuine, verified: object
    ) -> None:
        assert_refused(standing, event_id, bearer(genuine.saying(email_verified=verified).token()))

    @pytest.mark.parametrize("email", [[TASK_ACCOUNT], {"a": TASK_ACCOUNT}, f" {TASK_ACCOUNT}", f"{TASK_ACCOUNT}\n"])
    def test_of_almost_the_account_are_refused(
        self, standing: Deployment, event_id: str, genuine: Genuine, email: object
    ) -> None:
        assert_refused(standing, event_id, bearer(genuine.saying(email=email).token()))

    def test_for_another_function_s_address_are_refused(
        self, standing: Deployment, event_id: str, genuine: Genuine
    ) -> None:
        """Each function has an address of its own in production; here it stands in the setting."""
        variables = {**standing.variables, "TASKS_URL": "https://{function}-1.sample.invalid"}
        processor = Client(load("pr_event_processor", variables))
        mine, other = ("https://pr-event-processor-1.sample.invalid", "https://asset-generator-1.sample.invalid")
        before = standing.everything()
        statuses = [
            processor.post(PROCESSOR, json={"prEventId": name}, headers=bearer(genuine.saying(aud=audience).token()))
            for name, audience in ((event_id, other), (event_id, genuine.claims["aud"]), ("no-such-event", mine))
        ]
        assert [each.status_code for each in statuses] == [401, 401, 200]
        assert standing.everything() == before


class TestHeaders:
    """What a request says about itself is no identity: only its token is."""

    @pytest.mark.parametrize("headers", HEADERS_OF_NOBODY.values(), ids=HEADERS_OF_NOBODY.keys())
    def test_are_no_identity(self, standing: Deployment, event_id: str, headers: Mapping[str, str]) -> None:
        assert_refused(standing, event_id, headers)

    @pytest.mark.parametrize("form", ["Bearer {0}, Bearer {0}", "Bearer  {0}", "Token {0}", "{0}", "Bearer {0} {0}"])
    def test_of_another_form_are_refused(
        self, standing: Deployment, event_id: str, genuine: Genuine, form: str
    ) -> None:
        assert_refused(standing, event_id, {"Authorization": form.format(genuine.token())})

    def test_in_the_query_are_refused(self, standing: Deployment, event_id: str, genuine: Genuine) -> None:
        function = standing.function("pr_event_processor")
        path = f"{PROCESSOR}?access_token={genuine.token()}"
        assert Client(function.application).post(path, json={"prEventId": event_id}).status_code == 401


class TestCrossing:
    """A person's token opens no task, and the queue's token nothing else."""

    def test_of_a_person_s_token_to_the_tasks_is_refused(self, standing: Deployment, event_id: str) -> None:
        claims = {"approver": True, "email": TASK_ACCOUNT}
        for token in (
            standing.bearer("ada", 1000000101),
            bearer(genuine_id_token(standing.identity.keys.newest, project=standing.project).saying(**claims).token()),
        ):
            assert_refused(standing, event_id, token)

    def test_of_the_queue_s_token_to_the_people_s_routes_is_refused(
        self, standing: Deployment, genuine: Genuine
    ) -> None:
        for_project = genuine.saying(aud=standing.project)
        person = genuine_id_token(standing.identity.keys.newest, project=standing.project)
        posing = Genuine(genuine.key, genuine.headers, person.claims)
        for token in (genuine, for_project, posing):
            answers = [answer(standing, each.verb, each.at(), headers=bearer(token.token())) for each in people()]
            assert {each.status_code for each in answers} == {401}


class TestTheQueue:
    @pytest.mark.parametrize("path", ROUTES)
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_is_let_in(self, standing: Deployment, genuine: Genuine, path: str, scheme: str) -> None:
        answered = call(standing, path, "no-such-event", {"Authorization": f"{scheme} {genuine.token()}"})
        assert answered.status_code == 200, answered.text

    def test_is_let_in_under_the_shorter_name_of_google(self, standing: Deployment, genuine: Genuine) -> None:
        token = genuine.saying(iss="accounts.google.com").token()
        assert call(standing, PROCESSOR, "no-such-event", bearer(token)).status_code == 200

    def test_is_let_in_by_a_clock_that_is_a_few_seconds_off(self, standing: Deployment, genuine: Genuine) -> None:
        now = int(time.time())
        for seconds in (-5, 5):
            token = genuine.saying(iat=now + seconds, exp=now + seconds + 3600).token()
            assert call(standing, PROCESSOR, "no-such-event", bearer(token)).status_code == 200


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Identity]:
    """Google's keys, published by somebody who can change and lose them."""
    with Identity(state=tmp_path) as running:
        yield running


@pytest.fixture
def processor(standing: Deployment, publisher: Identity) -> Client:
    """The processor, trusting that publisher."""
    return Client(load("pr_event_processor", {**standing.variables, "GOOGLE_JWKS_URL": publisher.jwks_url}))


class TestKeys:
    def signed(self, standing: Deployment, publisher: Identity) -> dict[str, str]:
        """A good token under the publisher's newest key."""
        audience = standing.gateway.url
        return bearer(genuine_task_token(publisher.keys.newest, audience=audience, email=TASK_ACCOUNT).token())

    @pytest.mark.parametrize("status", [500, 503, 404])
    def test_that_can_not_be_had_let_nobody_in_and_lose_nothing(
        self, standing: Deployment, publisher: Identity, processor: Client, event_id: str, status: int
    ) -> None:
        before = effects(standing)
        headers = self.signed(standing, publisher)
        failing = publisher.operations.fail("keys", status=status)
        refused = processor.post(PROCESSOR, json={"prEventId": event_id}, headers=headers)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert effects(standing) == before
        assert failing.fired == 1
        assert processor.post(PROCESSOR, json={"prEventId": "none"}, headers=headers).status_code == 200

    def test_that_nobody_serves_let_nobody_in(
        self, standing: Deployment, publisher: Identity, processor: Client, event_id: str
    ) -> None:
        headers = self.signed(standing, publisher)
        before = effects(standing)
        publisher.stop()
        assert processor.post(PROCESSOR, json={"prEventId": event_id}, headers=headers).status_code == 503
        assert effects(standing) == before
        publisher.start()
        assert processor.post(PROCESSOR, json={"prEventId": "none"}, headers=headers).status_code == 200

    def test_of_both_sides_of_a_rotation_let_the_queue_in(
        self, standing: Deployment, publisher: Identity, processor: Client
    ) -> None:
        before = self.signed(standing, publisher)
        publisher.keys.rotate()
        after = self.signed(standing, publisher)
        for headers in (before, after):
            assert processor.post(PROCESSOR, json={"prEventId": "none"}, headers=headers).status_code == 200

    def test_are_fetched_once_for_many_tasks(
        self, standing: Deployment, publisher: Identity, processor: Client
    ) -> None:
        headers = self.signed(standing, publisher)
        for _ in range(5):
            processor.post(PROCESSOR, json={"prEventId": "none"}, headers=headers)
        assert publisher.operations.count("keys") == 1

    def test_that_strangers_name_are_not_asked_for_each_time(
        self, standing: Deployment, publisher: Identity, processor: Client, genuine: Genuine, event_id: str
    ) -> None:
        """Else anybody could have us call Google as often as they like."""
        for number in range(5):
            token = genuine.headed(kid=f"unknown-{number}").token()
            refused = processor.post(PROCESSOR, json={"prEventId": event_id}, headers=bearer(token))
            assert refused.status_code == 401
        assert publisher.operations.count("keys") == 1
