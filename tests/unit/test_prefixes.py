"""Does `functions/prefixes.json`, by which the gateway and the load balancer find a function, fit the functions?"""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from local.functions import Gateway, names, prefixes
from shared.domain.step import STAGES
from tests.api import Operation, operations

TASK_FUNCTIONS = {stage.function.replace("-", "_") for stage in STAGES.values()} | {"reconciler", "provisioner"}


def reached(path: str) -> str:
    """The function that the gateway hands a path to: each answers with its own name."""
    answered = Client(Gateway({name: Response(name) for name in prefixes().values()})).get(path)
    return answered.text if answered.status_code == 200 else ""


class TestPrefixes:
    def test_are_there_for_every_function(self) -> None:
        assert set(names()) <= set(prefixes().values()), "say in functions/prefixes.json which paths the function has"

    def test_belong_to_one_function_each(self) -> None:
        found = sorted(prefixes())
        assert [one for one in found for other in found if other.startswith(f"{one}/")] == []

    @pytest.mark.parametrize("prefix", prefixes())
    def test_say_who_is_public(self, prefix: str) -> None:
        assert prefix.startswith("/api/tasks/") is (prefixes()[prefix] in TASK_FUNCTIONS)

    @pytest.mark.parametrize("operation", operations(), ids=lambda each: each.id)
    def test_lead_each_operation_to_its_function(self, operation: Operation) -> None:
        function = reached(operation.at())
        assert function in names()
        assert operation.path.startswith("/api/tasks/") or function == operation.function

    @pytest.mark.parametrize(
        "path",
        [
            "/api/exports",
            "/api/assetsx",
            "/api",
            "/api/",
            "/",
            "",
            "/assets",
            "/api/tasks",
            "/API/assets",
            "api/assets",
        ],
    )
    def test_lead_nowhere_else(self, path: str) -> None:
        assert reached(path) == ""
