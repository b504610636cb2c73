"""Does what is counted, charted and kept of the log fit what the code logs, and does every alert lead somewhere?"""

import json
import re
from typing import Any

import pytest

from local.functions import ROOT
from shared.verify.export import ANCHOR, ERASED
from tests.terraform.log_lines import logged
from tests.terraform.planning import PROJECT, REGION, Plan
from tests.terraform.test_access import project_roles
from tests.terraform.test_functions import FUNCTION, PUBLIC
from tests.terraform.text import locals_

METRIC = "google_logging_metric"
POLICY = "google_monitoring_alert_policy"
PAGES = {
    "failed-events",
    "old-unfinished-event",
    "server-errors",
    "slow-webhook",
    "undelivered-webhooks",
    "rate-limit-pauses",
    "model-spend",
    "broken-chain",
}
KINDS = ("counted", "measured")
RUNBOOK = ROOT / "docs" / "runbook.md"
SERIES = re.compile(r"logging_googleapis_com:user_(\w+?)(?:_sum|_count|_bucket)?\{")
FIELD = re.compile(r"jsonPayload\.(\w+)")
# What the platform itself measures.
PLATFORM = re.compile(r"\b((?:run|loadbalancing|cloudtasks|firestore)_googleapis_com:\w+)")


def events_of(found: str) -> set[str]:
    """The events that a filter looks for."""
    (names,) = re.findall(r"jsonPayload\.message=(\(.+?\)|\"\w+\")", found)
    return set(re.findall(r'"(\w+)"', names))


def queries(plan: Plan) -> dict[str, list[str]]:
    """What each alert asks."""
    return {
        key: [each["condition_prometheus_query_language"][0]["query"] for each in policy["conditions"]]
        for key, policy in plan.of(POLICY).items()
    }


def charts(plan: Plan) -> dict[str, str]:
    """What each chart of the dashboard asks."""
    (dashboard,) = plan.of("google_monitoring_dashboard").values()
    tiles = json.loads(dashboard["dashboard_json"])["mosaicLayout"]["tiles"]
    return {
        tile["widget"]["title"]: tile["widget"]["xyChart"]["dataSets"][0]["timeSeriesQuery"]["prometheusQuery"]
        for tile in tiles
    }


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


class TestMetrics:
    def test_count_events_that_the_code_logs(self, either: Plan) -> None:
        for name, metric in either.of(METRIC).items():
            unknown = events_of(metric["filter"]) - set(logged())
            assert not unknown, f"{name} in terraform/metrics.tf counts {unknown}, which nothing logs"

    def test_look_at_fields_that_these_lines_have(self, either: Plan) -> None:
        for name, metric in either.of(METRIC).items():
            looked_at = FIELD.findall(
                f"{metric['filter']} {metric['value_extractor']} {json.dumps(metric['label_extractors'])}"
            )
            for event in events_of(metric["filter"]):
                missing = set(looked_at) - {"message"} - logged()[event]
                assert not missing, f"{name} looks at {missing}, which {event} has not"

    def test_look_at_functions_alone(self, either: Plan) -> None:
        for metric in either.of(METRIC).values():
            assert metric["filter"].startswith('resource.type="cloud_run_revision" AND ')

    def test_have_a_label_for_each_that_they_extract(self, either: Plan) -> None:
        for metric in either.of(METRIC).values():
            declared = {label["key"] for label in metric["metric_descriptor"][0]["labels"]}
            assert declared == set(metric["label_extractors"] or {})

    def test_are_all_looked_at(self, either: Plan) -> None:
        asked = " ".join([*charts(either).values(), *(query for found in queries(either).values() for query in found)])
        assert set(SERIES.findall(asked)) == {metric["name"] for metric in either.of(METRIC).values()}

    def test_are_named_after_what_the_code_logs_in_the_text_too(self) -> None:
        """Without a plan the lists of events can be read all the same."""
        named = [locals_()["reconciled"], *(each["events"] for kind in KINDS for each in locals_()[kind].values())]
        events = {event.strip('"') for found in named if isinstance(found, list) for event in found}
        assert events
        assert events <= set(logged())


class TestAlerts:
    def test_are_there_for_everything_that_matters(self, either: Plan) -> None:
        assert set(either.of(POLICY)) == PAGES

    def test_lead_to_their_page(self, either: Plan) -> None:
        for key, policy in either.of(POLICY).items():
            assert policy["documentation"][0]["content"].endswith(f"docs/runbook.md#{key}")

    @pytest.mark.parametrize("page", sorted(PAGES))
    def test_have_a_page(self, page: str) -> None:
        if not RUNBOOK.exists():
            pytest.skip("there is no docs/runbook.md")
        headings = re.findall(r"^#+ (.+)$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
        assert page in {slug(heading) for heading in headings}

    def test_tell_whoever_is_to_hear(self, most: Plan, least: Plan) -> None:
        (channel,) = most.of("google_monitoring_notification_channel").values()
        assert (channel["type"], channel["labels"]["email_address"]) == ("email", "on-call@example.com")
        configured: Any = most.content["configuration"]["root_module"]["resources"]
        (policy,) = (each for each in configured if each["type"] == POLICY)
        references = policy["expressions"]["notification_channels"]["references"]
        assert "google_monitoring_notification_channel.email" in references
        assert not least.of("google_monitoring_notification_channel")

    def test_ask_in_whole_sentences(self, either: Plan) -> None:
        """Nothing here knows PromQL; what can be seen is whether brackets close and quotes end."""
        for query in [*charts(either).values(), *(each for found in queries(either).values() for each in found)]:
            for opening, closing in ("()", "[]", "{}"):
                assert query.count(opening) == query.count(closing), query
            assert query.count('"') % 2 == 0
            assert SERIES.search(query) or PLATFORM.search(query), query

    def test_come_before_github_forgets(self, either: Plan) -> None:
        (filtered,) = (metric["filter"] for name, metric in either.of(METRIC).items() if name == "undelivered")
        (hours,) = re.findall(r"failing_hours>=(\d+)", filtered)
        assert int(hours) == 24

    def test_of_errors_look_at_public_functions(self, either: Plan) -> None:
        """Task functions answer 503 to have the queue try again: that is no error."""
        (query,) = (each for each in queries(either)["server-errors"] if "request_count" in each)
        (names,) = re.findall(r'service_name=~"([^"]+)"', query)
        assert set(names.split("|")) == {either.of(FUNCTION)[folder]["name"] for folder in PUBLIC}

    def test_notice_a_clock_that_stands_still(self, either: Plan) -> None:
        assert any(query.startswith("absent_over_time(") for query in queries(either)["old-unfinished-event"])


class TestAnchors:
    def test_are_lines_that_the_code_logs(self, either: Plan) -> None:
        (sink,) = either.of("google_logging_project_sink").values()
        assert events_of(sink["filter"]) == {ANCHOR, ERASED}
        assert {"subject", "count", "head"} <= logged()[ANCHOR]
        assert "subject" in logged()[ERASED]

    def test_are_kept_for_good(self, either: Plan) -> None:
        (bucket,) = either.of("google_logging_project_bucket_config").values()
        assert bucket["locked"] is True
        assert bucket["retention_days"] >= 366

    def test_go_where_they_are_kept(self, either: Plan) -> None:
        (bucket,) = either.of("google_logging_project_bucket_config").values()
        (sink,) = either.of("google_logging_project_sink").values()
        kept = f"projects/{PROJECT}/locations/{REGION}/buckets/{bucket['bucket_id']}"
        assert sink["destination"] == f"logging.googleapis.com/{kept}"

    def test_are_out_of_every_functions_reach(self, either: Plan) -> None:
        accounts = {each["member"] for each in either.named("google_service_account", "function").values()}
        granted = {role for member, roles in project_roles(either).items() if member in accounts for role in roles}
        assert not [role for role in granted if role.startswith("roles/logging")]


class TestDashboard:
    def test_places_no_chart_on_another(self, either: Plan) -> None:
        (dashboard,) = either.of("google_monitoring_dashboard").values()
        tiles = json.loads(dashboard["dashboard_json"])["mosaicLayout"]["tiles"]
        places = {(tile["xPos"], tile["yPos"]) for tile in tiles}
        assert len(places) == len(tiles) == len(charts(either))
        assert all(x + 6 <= 12 for x, _ in places)


class TestLoggedEvents:
    def test_are_found(self) -> None:
        assert {"step_failed", "unexpected_error", "poison", ANCHOR} <= set(logged())
        assert "oldest_waiting_seconds" in logged()["steps_dispatched"]

    def test_are_words(self) -> None:
        assert all(re.fullmatch(r"[a-z_]+", event) for event in logged())
