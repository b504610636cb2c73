"""GitHub's REST API: the calls that WorkLog makes, its limits obeyed, its answers as our values."""

from shared.clients.github.client import GitHub, Installation, Permission, RepositoryFacts

__all__ = ["GitHub", "Installation", "Permission", "RepositoryFacts"]
