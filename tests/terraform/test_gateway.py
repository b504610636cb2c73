"""What leads in from outside? The load balancer, to public functions, and to nothing else."""

import pytest

from local.functions import prefixes
from tests.api import DOCUMENT, Operation, operations
from tests.terraform.planning import DOMAIN, Plan
from tests.terraform.test_functions import FUNCTION, PUBLIC

URL_MAP = "google_compute_url_map"
PUBLIC_OPERATIONS = [each for each in operations() if not each.path.startswith("/api/tasks/")]


def rules(plan: Plan) -> dict[str, str]:
    """The backend of each path."""
    (found,) = plan.of(URL_MAP).values()
    (matcher,) = found["path_matcher"]
    return {path: rule["service"].rpartition("/")[2] for rule in matcher["path_rule"] for path in rule["paths"]}


def led(plan: Plan, path: str) -> str | None:
    """Where the load balancer leads a path; the longest rule wins.

    https://cloud.google.com/load-balancing/docs/url-map-concepts#pm-constraints
    """
    found = rules(plan)
    if path in found:
        return found[path]
    while path:
        path = path.rpartition("/")[0]
        if f"{path}/*" in found:
            return found[f"{path}/*"]
    return None


class TestPaths:
    @pytest.mark.parametrize("operation", PUBLIC_OPERATIONS, ids=lambda each: each.id)
    def test_of_the_api_lead_to_their_function(self, either: Plan, operation: Operation) -> None:
        assert led(either, operation.at()) == operation.function.replace("_", "-")

    def test_of_tasks_lead_nowhere(self, either: Plan) -> None:
        inside = [path for path in DOCUMENT["paths"] if path.startswith("/api/tasks/")]
        assert inside
        assert [led(either, path) for path in inside] == [None] * len(inside)

    def test_are_those_of_the_local_cloud(self, either: Plan) -> None:
        public = {prefix: name for prefix, name in prefixes().items() if name in PUBLIC}
        expected = {path: name.replace("_", "-") for each, name in public.items() for path in (each, f"{each}/*")}
        assert rules(either) == expected

    def test_end_where_a_segment_does(self, either: Plan) -> None:
        assert led(either, "/api/assetsx") is None
        assert led(either, "/api") is None

    def test_that_nobody_has_are_answered_by_a_public_function(self, either: Plan) -> None:
        (found,) = either.of(URL_MAP).values()
        defaults = {
            found["default_service"].rpartition("/")[2],
            found["path_matcher"][0]["default_service"].rpartition("/")[2],
        }
        assert defaults <= {name.replace("_", "-") for name in PUBLIC}


class TestLoadBalancer:
    def test_has_a_backend_for_each_public_function_and_no_other(self, either: Plan) -> None:
        backends = either.of("google_compute_backend_service")
        groups = either.of("google_compute_region_network_endpoint_group")
        assert set(backends) == set(groups) == PUBLIC
        for folder, group in groups.items():
            assert group["network_endpoint_type"] == "SERVERLESS"
            assert group["cloud_run"][0]["service"] == either.of(FUNCTION)[folder]["name"]

    def test_speaks_https_alone(self, either: Plan) -> None:
        (rule,) = either.of("google_compute_global_forwarding_rule").values()
        assert rule["port_range"] == "443"
        assert "google_compute_target_http_proxy" not in either.kinds
        (policy,) = either.of("google_compute_ssl_policy").values()
        assert (policy["min_tls_version"], policy["profile"]) == ("TLS_1_2", "MODERN")

    def test_shows_a_managed_certificate_of_the_domain(self, either: Plan) -> None:
        (certificate,) = either.of("google_compute_managed_ssl_certificate").values()
        assert certificate["managed"][0]["domains"] == [DOMAIN]

    def test_answers_for_the_domain_alone(self, either: Plan) -> None:
        (found,) = either.of(URL_MAP).values()
        assert [rule["hosts"] for rule in found["host_rule"]] == [[DOMAIN]]

    def test_logs_what_comes_in(self, either: Plan) -> None:
        assert all(each["log_config"][0]["enable"] for each in either.of("google_compute_backend_service").values())


class TestCloudArmor:
    def test_stands_before_every_backend(self, either: Plan) -> None:
        planned = either.content["configuration"]["root_module"]["resources"]
        (backend,) = (each for each in planned if each["type"] == "google_compute_backend_service")
        references = backend["expressions"]["security_policy"]["references"]
        assert "google_compute_security_policy.rate" in references

    def test_throttles_each_address(self, either: Plan) -> None:
        found = either.of("google_compute_security_policy")
        assert set(found) == {"requests", "deliveries"}
        for policy in found.values():
            (throttle,) = [rule for rule in policy["rule"] if rule["action"] == "throttle"]
            (options,) = throttle["rate_limit_options"]
            assert (options["enforce_on_key"], options["exceed_action"]) == ("IP", "deny(429)")
            assert options["rate_limit_threshold"][0]["interval_sec"] == 60

    def test_leaves_github_room(self, either: Plan) -> None:
        """GitHub sends everybody's deliveries from few addresses."""
        counts = {
            name: next(
                rule["rate_limit_options"][0]["rate_limit_threshold"][0]["count"]
                for rule in policy["rule"]
                if rule["rate_limit_options"]
            )
            for name, policy in either.of("google_compute_security_policy").items()
        }
        assert counts["deliveries"] >= 10 * counts["requests"]
