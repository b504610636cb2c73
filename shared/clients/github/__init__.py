"""GitHub's REST API: the calls that WorkLog makes, its limits obeyed, its answers as our values."""

from shared.clients.github.client import GitHub, Installation, Permission, RepositoryFacts
from shared.clients.github.transport import GitHubRefusedError

__all__ = ["GitHub", "GitHubRefusedError", "Installation", "Permission", "RepositoryFacts"]
