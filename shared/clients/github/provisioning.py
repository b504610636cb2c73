"""What WorkLog asks GitHub as the App that creates repositories: one repository of an organisation, one commit in it.

https://docs.github.com/en/rest/repos/repos#create-an-organization-repository, https://docs.github.com/en/rest/git
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared.clients.github import git_data
from shared.clients.github.app import App
from shared.clients.github.calls import Grant
from shared.clients.github.git_data import BranchHead, NewCommit, NotFastForwardError, TreeFile
from shared.clients.github.shapes import read_full_name
from shared.clients.github.tokens import NoTokenError, Permissions
from shared.clients.github.transport import GitHubRefusedError, read_json
from shared.domain.errors import InvalidError, NotFoundError, RetryLaterError

_READ: Permissions = {"metadata": "read"}
_CREATE: Permissions = {"administration": "write"}
_WRITE: Permissions = {"contents": "write"}
_NAME = re.compile(r"(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}", re.IGNORECASE)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_CONFLICT, _UNPROCESSABLE = 409, 422
_SOON = 3.0


class OrganizationRequiredError(InvalidError):
    """A personal account: no App's token creates repositories there."""

    code = "organization_required"


class NameTakenError(GitHubRefusedError):
    """A repository of that name is there: ours from an attempt whose answer was lost, or somebody else's."""


class RepositoryNotReadyError(RetryLaterError):
    """GitHub does not know of the repository, or of what is in it.

    So it is for some seconds after it was created; whoever has waited for two minutes may take it for final.
    """


@dataclass(frozen=True)
class OrganizationRepository:
    """A repository of an organisation as GitHub shows it; `description` is empty where there is none."""

    id: int
    full_name: str
    description: str
    private: bool
    default_branch: str
    url: str


class ProvisioningGitHub(App):
    """GitHub as seen by the App that may create repositories."""

    KEY_SETTING = "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET"

    def installation_on(self, organization: str) -> int:
        """The App's installation on an organisation.

        Raises `OrganizationRequiredError` for a person's account, `NotFoundError` where the App is not installed.
        """
        _check(_LOGIN, organization, "an organisation's login")
        try:
            return self._installation(f"/orgs/{organization}/installation")
        except NotFoundError:
            self._installation(f"/users/{organization}/installation")
            raise OrganizationRequiredError("repositories are created for organisations only") from None

    def find_repository(self, installation_id: int, organization: str, name: str) -> OrganizationRepository | None:
        """The repository that has this name now; None when the App sees none.

        One that has been renamed since does not have it, though GitHub redirects to it.
        """
        path = f"/repos/{_full_name(organization, name)}"
        try:
            found = _read(read_json(self._calls.get(Grant(installation_id, {}, _READ), path)))
        except NotFoundError:
            return None
        return found if found.full_name.lower() == f"{organization}/{name}".lower() else None

    def create_repository(
        self, installation_id: int, organization: str, name: str, *, description: str
    ) -> OrganizationRepository:
        """A private repository with a first commit; `description` (one line, 350 characters) carries the marker.

        After a `RetryLaterError` it may be there or not. Raises `NameTakenError`, also when our own earlier attempt has
        taken it: whoever doesn't find it then may not see it yet.
        """
        _full_name(organization, name)
        body = {"name": name, "description": description, "private": True, "auto_init": True}
        try:
            grant = Grant(installation_id, {}, _CREATE)
            return _read(read_json(self._calls.send(grant, "POST", f"/orgs/{organization}/repos", body)))
        except GitHubRefusedError as error:
            if error.status == _UNPROCESSABLE and "already exists" in error.reason:
                raise NameTakenError(error.status, error.reason) from error
            if error.status == _CONFLICT or "in progress" in error.reason:
                raise RetryLaterError("GitHub is at it still", after=_SOON) from error
            raise

    def branch_head(self, installation_id: int, repository_id: int, branch: str) -> BranchHead:
        """The newest commit of a branch; raises `RepositoryNotReadyError`."""
        with _not_ready():
            return git_data.read_head(self._calls, _to_write(installation_id, repository_id), repository_id, branch)

    def commit(self, installation_id: int, repository_id: int, sha: str) -> BranchHead:
        """A commit by its name; raises `RepositoryNotReadyError`."""
        with _not_ready():
            return git_data.read_commit(self._calls, _to_write(installation_id, repository_id), repository_id, sha)

    def create_tree(self, installation_id: int, repository_id: int, *, base: str, files: Sequence[TreeFile]) -> str:
        """A tree like `base` with these files in it, their modes kept; raises `RepositoryNotReadyError`."""
        with _not_ready():
            grant = _to_write(installation_id, repository_id)
            return git_data.write_tree(self._calls, grant, repository_id, base, files)

    def create_commit(self, installation_id: int, repository_id: int, commit: NewCommit) -> str:
        """A commit that no branch has yet; raises `RepositoryNotReadyError`."""
        with _not_ready():
            return git_data.write_commit(self._calls, _to_write(installation_id, repository_id), repository_id, commit)

    def advance_branch(self, installation_id: int, repository_id: int, branch: str, commit: str) -> None:
        """Let a branch end in a commit that follows its newest one; no branch is ever forced.

        Raises `NotFastForwardError` when somebody was there first, `RepositoryNotReadyError`.
        """
        with _not_ready():
            grant = _to_write(installation_id, repository_id)
            git_data.advance(self._calls, grant, repository_id, branch, commit)

    def _installation(self, path: str) -> int:
        answer = read_json(self._transport.call("GET", path, installation_id=0, token=self._tokens.app_jwt()))
        try:
            return int(answer["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("GitHub's answer is no installation", after=30) from error


@contextmanager
def _not_ready() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise RepositoryNotReadyError("GitHub does not know the repository", after=_SOON) from error
    except (NotFastForwardError, NoTokenError):
        raise
    except GitHubRefusedError as error:
        if error.status in (_CONFLICT, _UNPROCESSABLE):
            raise RepositoryNotReadyError("GitHub's repository is not ready", after=_SOON) from error
        raise


def _to_write(installation_id: int, repository_id: int) -> Grant:
    return Grant(installation_id, {"repository_ids": [repository_id]}, _WRITE)


def _full_name(organization: str, name: str) -> str:
    """Both checked: GitHub would create a repository under a name that it has mended."""
    _check(_LOGIN, organization, "an organisation's login")
    _check(_NAME, name, "a repository's name")
    return f"{organization}/{name}"


def _check(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise InvalidError(f"not {what}", code="invalid_repository_name")


def _read(answer: Any) -> OrganizationRepository:  # noqa: ANN401  # any JSON value
    try:
        return OrganizationRepository(
            id=int(answer["id"]),
            full_name=read_full_name(answer["full_name"]),
            description=str(answer["description"] or ""),
            private=bool(answer["private"]),
            default_branch=str(answer["default_branch"]),
            url=str(answer["html_url"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no repository", after=30) from error
