"""Where the App that makes repositories is installed, asked anew for each stage: it may have been installed again."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import NotFoundError, WorkLogError
from shared.domain.provisioning_job import ProvisioningJob
from shared.services import Services


class NotInstalledError(WorkLogError):
    """The App is not installed in the organisation."""

    code = "app_not_installed"


@contextmanager
def installed(job: ProvisioningJob, services: Services) -> Iterator[int]:
    """The number of the installation; raises `NotInstalledError`, also where it ends meanwhile.

    Raises `OrganizationRequiredError` for a person's account.
    """
    try:
        yield services.provisioning_github.installation_on(job.organization)
    except NotFoundError as error:
        raise NotInstalledError("the App is not installed in the organisation") from error
