"""GitHub's REST API: the calls that WorkLog makes, its limits obeyed, its answers as our values."""

from shared.clients.github.client import GitHub, Installation, Permission, RepositoryFacts
from shared.clients.github.git_data import BranchHead, NewCommit, NotFastForwardError, TreeFile
from shared.clients.github.provisioning import (
    NameTakenError,
    OrganizationRepository,
    OrganizationRequiredError,
    ProvisioningGitHub,
    RepositoryNotReadyError,
)
from shared.clients.github.pulls import DiffUnavailableError, PullHead
from shared.clients.github.reviews import CommentsRefusedError, NewReview, ReviewComment
from shared.clients.github.transport import GitHubRefusedError

__all__ = [
    "BranchHead",
    "CommentsRefusedError",
    "DiffUnavailableError",
    "GitHub",
    "GitHubRefusedError",
    "Installation",
    "NameTakenError",
    "NewCommit",
    "NewReview",
    "NotFastForwardError",
    "OrganizationRepository",
    "OrganizationRequiredError",
    "Permission",
    "ProvisioningGitHub",
    "PullHead",
    "RepositoryFacts",
    "RepositoryNotReadyError",
    "ReviewComment",
    "TreeFile",
]
