"""The whole OpenAPI document, fuzzed over HTTP: no 5xx, no status or answer that it does not describe.

A person of its own for every request, so that nobody is told to slow down. That valid data be accepted is not asked
for: a document can't say everything that a route refuses, such as an address that belongs to another pull request.
"""

import itertools
import re
from copy import deepcopy
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import load_all_checks
from schemathesis.core.parameters import ParameterLocation

from tests.api import DOCUMENT
from tests.deployment import Deployment
from tests.sizes import size

pytestmark = [pytest.mark.long, pytest.mark.timeout(5400)]
load_all_checks()
Case: TypeAlias = "schemathesis.Case[Any]"
NOT_ASKED_FOR = ("positive_data_acceptance",)
SCHEMA = schemathesis.openapi.from_dict(deepcopy(dict(DOCUMENT)))  # it writes into what it is given
SCHEMA.config.update(base_url="http://127.0.0.1:1")
EXAMPLES = size(4, long=320)
QUIETLY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def served(standing: Deployment) -> Deployment:
    """Every function behind one address."""
    standing.load_all()
    return standing


def reaches_a_function(case: Case) -> bool:
    """Whether the framework hands it on: a path with a line break is its own 404, in words of its own."""
    return not re.search(r"\n|%0A", case.formatted_path)


def excluded(case: Case) -> list[Any]:
    """The checks that are not asked for; a header that was taken away, the test has put back."""
    header = case.meta.components.get(ParameterLocation.HEADER) if case.meta else None
    mended = ("negative_data_rejection",) if header and header.mode.is_negative else ()
    return [schemathesis.checks.CHECKS.get_one(name) for name in (*NOT_ASKED_FOR, *mended)]


@SCHEMA.parametrize()
@QUIETLY
def test_every_operation_keeps_its_word(case: Case, served: Deployment) -> None:
    assume(reaches_a_function(case))
    person = served.bearer(f"fuzz-{next(_numbers)}", 1000000101, {"approver": True, "breakGlass": True})
    case.call_and_validate(base_url=served.gateway.url, headers=person, excluded_checks=excluded(case))


def test_any_sequence_of_operations_keeps_its_word(served: Deployment) -> None:
    """What one operation answers goes into the next one: ids that are there, and soon are not."""
    machine = SCHEMA.as_state_machine()

    class Sequence(machine):  # type: ignore[misc,valid-type]
        """One person's calls, one after the other."""

        def setup(self) -> None:
            self.person = served.bearer(f"fuzz-{next(_numbers)}", 1000000101, {"approver": True})

        def get_call_kwargs(self, _case: Case) -> dict[str, Any]:
            return {"headers": self.person, "base_url": served.gateway.url}

        def validate_response(self, response: Any, case: Case, **_: Any) -> None:  # noqa: ANN401
            if reaches_a_function(case):
                case.validate_response(response, excluded_checks=excluded(case))

    many = settings(QUIETLY, max_examples=size(4, long=60), stateful_step_count=size(15, long=40))
    run_state_machine_as_test(Sequence, settings=many)
