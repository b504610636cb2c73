"""The repository of a run: one that its owner has connected, by its number and never by its name alone."""

from dataclasses import dataclass

from shared.domain.agent_run import AgentRun
from shared.domain.errors import WorkLogError
from shared.services import Services

_FEW = 10


class NotConnectedError(WorkLogError):
    """The run's owner has not connected this repository: the same for one that is absent and one that is not theirs."""

    code = "repository_not_connected"


@dataclass(frozen=True)
class Connected:
    """Where GitHub is asked about the repository."""

    installation_id: int
    repository_id: int
    full_name: str


def connected(run: AgentRun, services: Services) -> Connected:
    """The repository that the run names; raises `NotConnectedError` before anything is fetched."""
    mine, named = ("ownerId", "==", run.owner_id), ("nameKey", "==", run.repo_full_name.lower())
    for stored in services.store.repositories.find(mine, named, limit=_FEW):
        found = stored.value
        if found.connection_status == "connected" and found.installation_id and found.github_repository_id:
            return Connected(found.installation_id, found.github_repository_id, found.full_name)
    raise NotConnectedError("the run's owner has not connected this repository")
