"""What if GitHub does not show what it has made? For some seconds after its creation that is how it is.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from shared.clients.github import RepositoryNotReadyError
from shared.domain.errors import RetryLaterError, WorkLogError
from shared.domain.provisioning_job import NOT_READY, ProvisioningJob
from shared.services import Services

_SOONEST, _LATEST = 2.0, 8.0


class NotReadyError(WorkLogError):
    """GitHub has not shown the repository for longer than we wait for that."""

    code = NOT_READY


@contextmanager
def patience(job: ProvisioningJob, services: Services) -> Iterator[None]:
    """Calls about a repository that may not be there yet; raises what `not_ready` gives."""
    try:
        yield
    except RepositoryNotReadyError as error:
        raise not_ready(job, services) from error


def not_ready(job: ProvisioningJob, services: Services) -> WorkLogError:
    """The error to raise: to be asked for again after some seconds, never all jobs at once, or given up."""
    if job.is_out_of_patience(services.now()):
        return NotReadyError("GitHub has not shown the repository in time")
    wait = random.uniform(_SOONEST, _LATEST)  # noqa: S311  # scatters the tries; nothing depends on it
    return RetryLaterError(NOT_READY, after=wait)
