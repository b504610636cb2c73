"""Are the settings that the simulated day begins with those that Terraform sets, and does each that is named exist?"""

import re
from pathlib import Path

import pytest

from local.scale import turns
from local.scale.cloud import FILE, Cloud

VARIABLES = Path("terraform/variables.tf").read_text("utf-8")
QUEUES = Path("terraform/queues.tf").read_text("utf-8")
FUNCTIONS = Path("terraform/functions.tf").read_text("utf-8")


def default(variable: str) -> float:
    (found,) = re.findall(rf'variable "{variable}" {{.*?\n  default\s*=\s*(\d+)\n', VARIABLES, re.DOTALL)
    return float(found)


class TestSettings:
    @pytest.mark.parametrize("name", ["a_second", "at_once", "first_wait", "last_wait"])
    def test_of_the_queues_are_terraforms(self, name: str) -> None:
        (usual,) = re.findall(r"usual_queue = {(.*?)}", QUEUES)
        (found,) = re.findall(rf"\b{name} = (\d+)", usual)
        assert Cloud.read()[f"queue_{name}"] == float(found)

    @pytest.mark.parametrize("name", ["model_calls_a_day", "deliveries_a_minute"])
    def test_of_variables_are_their_defaults(self, name: str) -> None:
        assert Cloud.read()[name] == default(name)

    def test_of_the_webhook_are_those_of_every_public_function(self) -> None:
        (usual,) = re.findall(r"\n  usual = {\n(.*?)\n  }", FUNCTIONS, re.DOTALL)
        places = [float(re.findall(rf"{name}\s*=\s*(\d+)", usual)[0]) for name in ("concurrency", "max_instances")]
        assert Cloud.read()["webhook_at_once"] == places[0] * places[1]

    def test_that_are_named_exist(self) -> None:
        page, cells = Path("docs/scale.md").read_text("utf-8"), FILE.read_text("utf-8")
        named = set(re.findall(r"var\.(\w+)", page + cells + turns.FILE.read_text("utf-8")))
        assert named <= set(re.findall(r'variable "(\w+)"', VARIABLES))
        assert len(named) > 4
