"""What the tests of functions ask for beside a deployment."""

import pytest

from tests.deployment import Deployment
from tests.steps import Steps


@pytest.fixture
def steps(deployment: Deployment) -> Steps:
    """The chain of a deployment, its queues held."""
    return Steps(deployment)
