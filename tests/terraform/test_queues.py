"""Do queues, leases and the clock fit the numbers in the code?"""

from local.functions import names
from shared.domain.step import STAGES
from shared.settings import Environment, TaskSettings
from tests.terraform.planning import NUMBER, REGION, Plan
from tests.terraform.test_functions import FUNCTION, service, variables
from tests.terraform.text import named_stages, queueing

QUEUE = "google_cloud_tasks_queue"


def seconds(duration: str) -> float:
    """The seconds of `300s`."""
    return float(duration.removesuffix("s"))


class TestLeases:
    def test_outlive_the_dispatch_which_outlives_the_function(self, either: Plan) -> None:
        for stage in STAGES.values():
            timeout = service(either, stage.function.replace("-", "_"))["timeout_seconds"]
            assert isinstance(timeout, int | float)
            assert timeout < stage.dispatch_deadline < stage.lease, stage.name
            assert timeout >= stage.timeout, f"the function ends before its stage {stage.name} may"

    def test_end_within_what_a_queue_allows(self) -> None:
        """https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks"""
        assert all(15 <= stage.dispatch_deadline <= 1800 for stage in STAGES.values())


class TestQueues:
    def test_are_those_that_the_code_fills(self, either: Plan) -> None:
        filled = {stage.function for stage in STAGES.values()}
        assert {each["name"] for each in either.of(QUEUE).values()} == filled

    def test_hand_out_no_more_than_their_function_takes(self, either: Plan) -> None:
        for folder, each in either.of(QUEUE).items():
            served = service(either, folder)
            instances, at_once = served["max_instance_count"], served["max_instance_request_concurrency"]
            assert isinstance(instances, int)
            assert isinstance(at_once, int)
            assert each["rate_limits"][0]["max_concurrent_dispatches"] <= instances * at_once

    def test_are_patient_and_bounded(self, either: Plan) -> None:
        for each in either.of(QUEUE).values():
            (rate,), (retry,) = each["rate_limits"], each["retry_config"]
            assert (rate["max_dispatches_per_second"], rate["max_concurrent_dispatches"]) == (5, 8)
            assert (retry["max_attempts"], retry["min_backoff"], retry["max_backoff"]) == (20, "10s", "300s")

    def test_are_fed_by_who_fills_them(self, either: Plan) -> None:
        feeders = {key.partition(" to ")[0] for key in either.of("google_cloud_tasks_queue_iam_member")}
        assert {folder for folder in names() if queueing(folder)} == feeders

    def test_are_fed_by_who_names_their_stages(self, either: Plan) -> None:
        fed = {tuple(key.split(" to ")) for key in either.of("google_cloud_tasks_queue_iam_member")}
        for folder in filter(queueing, names()):
            wanted = {STAGES[stage].function.replace("-", "_") for stage in named_stages(folder)}
            assert {(folder, queue) for queue in wanted} <= fed, "name the queue in terraform/functions.tf"

    def test_are_fed_under_the_one_role(self, either: Plan) -> None:
        for key, each in either.of("google_cloud_tasks_queue_iam_member").items():
            feeder, _, queue = key.partition(" to ")
            assert each["role"] == "roles/cloudtasks.enqueuer"
            assert each["member"] == f"serviceAccount:{service(either, feeder)['service_account_email']}"
            assert each["name"] == either.of(FUNCTION)[queue]["name"]


class TestAudiences:
    def test_are_the_address_that_tasks_go_to(self, either: Plan) -> None:
        """Who queues and who checks take it from one variable, so that the same function reads it the same way."""
        told = {variables(either, folder).get("TASKS_URL") for folder in either.of(FUNCTION)} - {None}
        assert len(told) == 1
        for folder, function in either.of(FUNCTION).items():
            if "TASKS_URL" in variables(either, folder):
                settings = TaskSettings.read(Environment(variables(either, folder)))
                assert settings.address(function["name"]) == f"https://{function['name']}-{NUMBER}.{REGION}.run.app"

    def test_name_the_account_that_carries_tasks(self, either: Plan) -> None:
        (carrier,) = either.named("google_service_account", "tasks").values()
        told = {variables(either, folder).get("TASKS_SERVICE_ACCOUNT") for folder in either.of(FUNCTION)} - {None}
        assert told == {carrier["email"]}


class TestClock:
    def test_calls_the_reconciler_every_minute(self, either: Plan) -> None:
        (job,) = either.of("google_cloud_scheduler_job").values()
        assert (job["schedule"], job["time_zone"]) == ("* * * * *", "Etc/UTC")
        assert job["http_target"][0]["http_method"] == "POST"
        assert job["http_target"][0]["uri"] == f"https://reconciler-{NUMBER}.{REGION}.run.app/api/tasks/reconcile"

    def test_shows_the_token_that_the_code_asks_for(self, either: Plan) -> None:
        (job,) = either.of("google_cloud_scheduler_job").values()
        (token,) = job["http_target"][0]["oidc_token"]
        settings = TaskSettings.read(Environment(variables(either, "reconciler")))
        assert token["audience"] == settings.address("reconciler")
        assert token["service_account_email"] == settings.service_account

    def test_waits_longer_than_the_function_may_take(self, either: Plan) -> None:
        (job,) = either.of("google_cloud_scheduler_job").values()
        timeout = service(either, "reconciler")["timeout_seconds"]
        assert isinstance(timeout, int)
        assert seconds(job["attempt_deadline"]) > timeout
