"""What the tests of functions ask for beside a deployment."""

import pytest

from tests.deployment import Deployment
from tests.governance import Office, Person
from tests.provisioning import Workshop
from tests.steps import Steps


@pytest.fixture
def steps(deployment: Deployment) -> Steps:
    """The chain of a deployment, its queues held."""
    return Steps(deployment)


@pytest.fixture
def office(deployment: Deployment) -> Office:
    """The governed half of a deployment, its queues held."""
    made = Office(deployment)
    made.hold()
    return made


@pytest.fixture
def ada(office: Office) -> Person:
    """Somebody who states intents."""
    return office.person("ada")


@pytest.fixture
def bo(office: Office) -> Person:
    """Somebody who approves them."""
    return office.person("bo", "approver")


@pytest.fixture
def workshop(deployment: Deployment) -> Workshop:
    """What provisions, its queue held."""
    return Workshop(deployment)


@pytest.fixture
def under(workshop: Workshop, ada: Person) -> dict[str, str]:
    """An approved project of Ada's."""
    return workshop.approved(ada)
