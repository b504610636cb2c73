"""What WorkLog asks GitHub, one method a question; URLs are built from checked names and numbers only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import requests

from shared.clients.github.deliveries import Deliveries
from shared.clients.github.shapes import read_full_name, read_listed_pull, read_pull_request
from shared.clients.github.tokens import AppTokens, Permissions
from shared.clients.github.transport import TokenRefusedError, Transport, read_json
from shared.domain.errors import NotFoundError, RetryLaterError
from shared.domain.pull_request import PullRequest
from shared.domain.redelivery import DeliveriesPage
from shared.domain.requested_event import PullsPage

Permission = Literal["none", "read", "write", "admin"]
_METADATA: Permissions = {"metadata": "read"}
_READ_PULLS: Permissions = {"metadata": "read", "contents": "read", "pull_requests": "read"}
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


class GitHub:
    """GitHub as seen by one App. Safe to share between threads."""

    def __init__(
        self,
        *,
        api_url: str,
        app_id: str,
        private_key: Callable[[], str],
        now: Callable[[], datetime],
        session: requests.Session,
    ) -> None:
        self._transport = Transport(api_url, session, clock=lambda: now().timestamp())
        self._tokens = AppTokens(self._transport, app_id=app_id, private_key=private_key, now=now)

    def deliveries(self, cursor: str | None) -> DeliveriesPage:
        """A page of what GitHub delivered to the App's webhook in the last three days, the newest first."""
        return Deliveries(self._transport, self._tokens).page(cursor)

    def redeliver(self, number: int) -> None:
        """Have a delivery sent again; raises `NotFoundError` or `GitHubRefusedError` where it can't be."""
        Deliveries(self._transport, self._tokens).repeat(number)

    def check_key(self) -> None:
        """Raise `ConfigurationError` unless the App's key can sign."""
        self._tokens.app_jwt()

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
        scope = {"repository_ids": [repository.id]}
        try:
            person = read_json(self._get(installation_id, scope, _METADATA, f"/user/{github_user_id}"))
            login = quote(str(person["login"]), safe="")
            path = f"/repos/{repository.full_name}/collaborators/{login}/permission"
            answer = read_json(self._get(installation_id, scope, _METADATA, path))
            same = answer["user"]["id"] == github_user_id
            return answer["permission"] if same and answer["permission"] in ("read", "write", "admin") else "none"
        except NotFoundError:
            return "none"
        except (KeyError, TypeError) as error:
            raise RetryLaterError("GitHub's answer is no permission", after=30) from error

    def pull_request(self, installation_id: int, repository_id: int, full_name: str, number: int) -> PullRequest:
        """A merged pull request with its commits and files.

        Raises `NotFoundError` when it is gone, or when the name now belongs to another repository.
        """
        scope = {"repository_ids": [repository_id]}
        path = f"/repos/{full_name}/pulls/{number}"
        pull = read_json(self._get(installation_id, scope, _READ_PULLS, path))
        commits = self._pages(installation_id, scope, f"{path}/commits", most=_MOST_COMMITS)
        files = self._pages(installation_id, scope, f"{path}/files", most=_MOST_FILES)
        found = read_pull_request(pull, commits=list(commits), files=list(files))
        if found.repository_id != repository_id:
            raise NotFoundError("pull request")
        return found

    def changed_pulls(self, installation_id: int, repository_id: int, *, page: int) -> PullsPage:
        """A page of all pull requests, the last changed first; raises `NotFoundError` where there is no list.

        Open ones too: closing and reopening then moves a pull request to the front, and nothing ever leaves the list.
        By number: the name may have passed to another repository. GitHub's own links between the pages are like that.
        https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
        """
        query = f"state=all&sort=updated&direction=desc&per_page={_PAGE}&page={page}"
        path = f"/repositories/{repository_id}/pulls?{query}"
        response = self._get(installation_id, {"repository_ids": [repository_id]}, _READ_PULLS, path)
        items = read_json(response)
        if not isinstance(items, list):
            raise RetryLaterError("GitHub's answer is no list", after=30)
        is_last = not items or self._transport.next_page(response) is None
        return PullsPage(tuple(read_listed_pull(each) for each in items), is_last=is_last)

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
        answer = read_json(self._get(installation_id, scope, _METADATA, path))
        try:
            return RepositoryFacts(int(answer["id"]), read_full_name(answer["full_name"]), bool(answer["private"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("GitHub's answer is no repository", after=30) from error

    def _pages(self, installation_id: int, scope: Mapping[str, Any], path: str, *, most: int) -> Iterator[Any]:
        """The items of all pages, `most` at the utmost, so that a loop of links ends."""
        following: str | None = f"{path}?per_page={_PAGE}"
        seen: set[str] = set()
        count = 0
        while following and count < most:
            if following in seen:
                raise RetryLaterError("GitHub's pages go in a circle", after=300)
            seen.add(following)
            response = self._get(installation_id, scope, _READ_PULLS, following)
            items = read_json(response)
            if not isinstance(items, list):
                raise RetryLaterError("GitHub's answer is no list", after=30)
            if not items:
                return
            yield from items[: most - count]
            count += len(items)
            following = self._transport.next_page(response)

    def _get(
        self, installation_id: int, scope: Mapping[str, Any], permissions: Permissions, path: str
    ) -> requests.Response:
        """GET with an installation token; a refused token is renewed once."""
        self._transport.refuse_early(installation_id)  # or a token would be fetched for a call that is not made
        for last in (False, True):
            token = self._tokens.installation(installation_id, scope, permissions)
            try:
                return self._transport.call("GET", path, installation_id=installation_id, token=token)
            except TokenRefusedError:
                self._tokens.forget(token)
                if last:
                    raise
        raise AssertionError("unreachable")
