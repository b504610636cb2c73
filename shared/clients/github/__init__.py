"""GitHub's REST API: the calls that WorkLog makes, its limits obeyed, its answers as our values."""

from shared.clients.github.client import GitHub, Installation, Permission, RepositoryFacts
from shared.clients.github.pulls import DiffUnavailableError, PullHead
from shared.clients.github.reviews import CommentsRefusedError, NewReview, ReviewComment
from shared.clients.github.transport import GitHubRefusedError

__all__ = [
    "CommentsRefusedError",
    "DiffUnavailableError",
    "GitHub",
    "GitHubRefusedError",
    "Installation",
    "NewReview",
    "Permission",
    "PullHead",
    "RepositoryFacts",
    "ReviewComment",
]
