"""What WorkLog asks GitHub, one method a question; URLs are built from checked names and numbers only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from shared.clients.github import pulls, reviews
from shared.clients.github.app import App
from shared.clients.github.calls import Grant
from shared.clients.github.deliveries import Deliveries
from shared.clients.github.pulls import PullHead
from shared.clients.github.reviews import NewReview
from shared.clients.github.shapes import read_full_name, read_listed_pull, read_pull_request
from shared.clients.github.tokens import Permissions
from shared.clients.github.transport import read_json
from shared.domain.errors import NotFoundError, RetryLaterError
from shared.domain.pull_request import PullRequest
from shared.domain.redelivery import DeliveriesPage
from shared.domain.requested_event import PullsPage

Permission = Literal["none", "read", "write", "admin"]
_METADATA: Permissions = {"metadata": "read"}
_READ_PULLS: Permissions = {"metadata": "read", "contents": "read", "pull_requests": "read"}
_READ_DIFF: Permissions = {"metadata": "read", "pull_requests": "read"}
_PUBLISH: Permissions = {"pull_requests": "write"}
_PAGE = 100
_MOST_FILES = 3000
_MOST_COMMITS = 250


@dataclass(frozen=True)
class Installation:
    """The App's installation on an account."""

    id: int
    account: str
    suspended: bool


@dataclass(frozen=True)
class RepositoryFacts:
    """A repository as GitHub names it now."""

    id: int
    full_name: str
    private: bool


class GitHub(App):
    """GitHub as seen by the App that is installed on repositories."""

    KEY_SETTING = "GITHUB_PRIVATE_KEY_SECRET"

    def deliveries(self, cursor: str | None) -> DeliveriesPage:
        """A page of what GitHub delivered to the App's webhook in the last three days, the newest first."""
        return Deliveries(self._transport, self._tokens).page(cursor)

    def redeliver(self, number: int) -> None:
        """Have a delivery sent again; raises `NotFoundError` or `GitHubRefusedError` where it can't be."""
        Deliveries(self._transport, self._tokens).repeat(number)

    def installation_on(self, full_name: str) -> Installation | None:
        """The installation that covers a repository, or None where the App is not, or nothing is."""
        return self._installation(f"/repos/{full_name}/installation")

    def installation(self, installation_id: int) -> Installation | None:
        """An installation as it is now, or None when the App has been removed."""
        return self._installation(f"/app/installations/{installation_id}")

    def repository(self, installation_id: int, full_name: str) -> RepositoryFacts:
        """A repository by name; raises `NotFoundError` when the installation does not cover it."""
        return self._facts(installation_id, {"repositories": [full_name.split("/")[1]]}, f"/repos/{full_name}")

    def repository_by_id(self, installation_id: int, repository_id: int) -> RepositoryFacts:
        """A repository by its number, whatever it is called now; raises `NotFoundError` as above."""
        return self._facts(installation_id, {"repository_ids": [repository_id]}, f"/repositories/{repository_id}")

    def permission(self, installation_id: int, repository: RepositoryFacts, github_user_id: int) -> Permission:
        """What a person may do with a repository, by their numeric id: a login may have changed hands.

        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        grant = Grant(installation_id, {"repository_ids": [repository.id]}, _METADATA)
        try:
            person = read_json(self._calls.get(grant, f"/user/{github_user_id}"))
            login = quote(str(person["login"]), safe="")
            path = f"/repos/{repository.full_name}/collaborators/{login}/permission"
            answer = read_json(self._calls.get(grant, path))
            same = answer["user"]["id"] == github_user_id
            return answer["permission"] if same and answer["permission"] in ("read", "write", "admin") else "none"
        except NotFoundError:
            return "none"
        except (KeyError, TypeError) as error:
            raise RetryLaterError("GitHub's answer is no permission", after=30) from error

    def pull_request(self, installation_id: int, repository_id: int, number: int) -> PullRequest:
        """A merged pull request with its commits and files; raises `NotFoundError` when it is gone."""
        grant = Grant(installation_id, {"repository_ids": [repository_id]}, _READ_PULLS)
        path = pulls.pull_path(repository_id, number)
        pull = read_json(self._calls.get(grant, path))
        commits = self._calls.pages(grant, f"{path}/commits", most=_MOST_COMMITS)
        files = self._calls.pages(grant, f"{path}/files", most=_MOST_FILES)
        return read_pull_request(pull, commits=list(commits), files=list(files))

    def changed_pulls(self, installation_id: int, repository_id: int, *, page: int) -> PullsPage:
        """A page of all pull requests, the last changed first; raises `NotFoundError` where there is no list.

        Open ones too: closing and reopening then moves a pull request to the front, and nothing ever leaves the list.
        By number: the name may have passed to another repository. GitHub's own links between the pages are like that.
        https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
        """
        query = f"state=all&sort=updated&direction=desc&per_page={_PAGE}&page={page}"
        path = f"/repositories/{repository_id}/pulls?{query}"
        response = self._calls.get(Grant(installation_id, {"repository_ids": [repository_id]}, _READ_PULLS), path)
        items = read_json(response)
        if not isinstance(items, list):
            raise RetryLaterError("GitHub's answer is no list", after=30)
        is_last = not items or self._transport.next_page(response) is None
        return PullsPage(tuple(read_listed_pull(each) for each in items), is_last=is_last)

    def pull_head(self, installation_id: int, repository_id: int, number: int) -> PullHead:
        """Where a pull request stands now; raises `NotFoundError` when it is gone."""
        return pulls.read_head(self._calls, _to_read(installation_id, repository_id), repository_id, number)

    def pull_diff(self, installation_id: int, repository_id: int, number: int) -> bytes:
        """The diff, byte for byte; raises `DiffUnavailableError` when it is too large, `NotFoundError` as above."""
        return pulls.read_diff(self._calls, _to_read(installation_id, repository_id), repository_id, number)

    def find_review(self, installation_id: int, repository_id: int, number: int, *, marker: str) -> int | None:
        """The number of the App's own review that has `marker` in its text; None when there is none."""
        author = f"{self._slug()}[bot]"
        grant = _to_read(installation_id, repository_id)
        return reviews.find(self._calls, grant, repository_id, number, marker=marker, author=author)

    def post_review(self, installation_id: int, repository_id: int, number: int, review: NewReview) -> int:
        """Post a review with a token for that alone; returns its number.

        After a `RetryLaterError` it may be there or not: look for its marker. Raises `CommentsRefusedError` when
        GitHub may take the review without its comments, `NotFoundError` when the pull request is gone.
        """
        grant = Grant(installation_id, {"repository_ids": [repository_id]}, _PUBLISH, kept=False)
        return reviews.post(self._calls, grant, repository_id, number, review)

    def _slug(self) -> str:
        """The App's name in addresses; asked each time, because its owner may change it."""
        answer = read_json(self._transport.call("GET", "/app", installation_id=0, token=self._tokens.app_jwt()))
        try:
            return str(answer["slug"])
        except (KeyError, TypeError) as error:
            raise RetryLaterError("GitHub's answer is no App", after=30) from error

    def _installation(self, path: str) -> Installation | None:
        try:
            response = self._transport.call("GET", path, installation_id=0, token=self._tokens.app_jwt())
        except NotFoundError:
            return None
        answer = read_json(response)
        try:
            return Installation(
                int(answer["id"]), str(answer["account"]["login"]), suspended=answer.get("suspended_at") is not None
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("GitHub's answer is no installation", after=30) from error

    def _facts(self, installation_id: int, scope: Mapping[str, Any], path: str) -> RepositoryFacts:
        answer = read_json(self._calls.get(Grant(installation_id, scope, _METADATA), path))
        try:
            return RepositoryFacts(int(answer["id"]), read_full_name(answer["full_name"]), bool(answer["private"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("GitHub's answer is no repository", after=30) from error


def _to_read(installation_id: int, repository_id: int) -> Grant:
    return Grant(installation_id, {"repository_ids": [repository_id]}, _READ_DIFF)
