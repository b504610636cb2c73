"""Which work belongs to which stage of a job."""

from collections.abc import Callable, Mapping

from functions.provisioner.create import create
from functions.provisioner.initialize import initialize
from shared.domain.provisioning_job import ProvisioningJob
from shared.domain.step import CREATE, INITIALIZE
from shared.services import Services
from shared.task import Finish


def stages(services: Services) -> Mapping[str, Callable[[ProvisioningJob], Finish[ProvisioningJob]]]:
    """The work of each stage, by its name."""
    return {CREATE.name: create(services), INITIALIZE.name: initialize(services)}
