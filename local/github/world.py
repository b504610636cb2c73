"""What exists on GitHub: accounts, repositories, pull requests, and where the App is installed."""

import itertools
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from local.github import shapes
from local.github.apps import App
from local.github.pulls import Pull
from local.github.reviews import Review
from local.github.samples import Sample, SampleError
from local.github.shapes import API, WEB, Json

APP_PERMISSIONS: Mapping[str, str] = {"metadata": "read", "contents": "read", "pull_requests": "write"}
APP_EVENTS = ("pull_request", "repository")
# https://docs.github.com/en/pull-requests/committing-changes-to-your-project (co-author trailers)
_CO_AUTHOR = re.compile(r"(?im)^co-authored-by:.*<(\d{1,15})\+([\w\[\]-]+)@users\.noreply\.github\.com>\s*$")


@dataclass(frozen=True)
class Repository:
    """A repository's document and the roles people were given in it, by account id."""

    document: Json
    collaborators: Mapping[int, str] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Its number, which no rename changes."""
        return int(self.document["id"])

    @property
    def full_name(self) -> str:
        """`owner/name`, as it is now."""
        return str(self.document["full_name"])

    @property
    def private(self) -> bool:
        """Whether only those with a role see it."""
        return bool(self.document["private"])

    @property
    def owner_id(self) -> int:
        """The owner's account id."""
        return int(self.document["owner"]["id"])

    def role_of(self, account_id: int) -> str:
        """What a person may do here: `read` for everybody where it is public."""
        if account_id == self.owner_id:
            return "admin"
        return self.collaborators.get(account_id, "none" if self.private else "read")


@dataclass(frozen=True)
class Installation:
    """An App on one account; `repository_ids` None stands for all repositories of that account."""

    id: int
    app: App
    account: Json
    permissions: Mapping[str, str]
    repository_ids: frozenset[int] | None
    created_at: str
    suspended_at: str | None = None

    @property
    def selection(self) -> str:
        """`all` or `selected`."""
        return "all" if self.repository_ids is None else "selected"

    def covers(self, repository: Repository) -> bool:
        """Whether the App was given this repository."""
        chosen = self.repository_ids is None or repository.id in self.repository_ids
        return chosen and repository.owner_id == self.account["id"]

    def document(self) -> Json:
        """As `GET /app/installations/{id}` and deliveries show it."""
        return {
            "id": self.id,
            "account": self.account,
            "repository_selection": self.selection,
            "access_tokens_url": f"{API}/app/installations/{self.id}/access_tokens",
            "repositories_url": f"{API}/installation/repositories",
            "html_url": f"{WEB}/settings/installations/{self.id}",
            "app_id": self.app.id,
            "app_slug": self.app.slug,
            "target_id": self.account["id"],
            "target_type": self.account["type"],
            "permissions": dict(self.permissions),
            "events": list(APP_EVENTS),
            "created_at": self.created_at,
            "updated_at": self.suspended_at or self.created_at,
            "single_file_name": None,
            "suspended_by": self.account if self.suspended_at else None,
            "suspended_at": self.suspended_at,
        }


class World:
    """All of it by number. Documents are replaced, never changed in place, so that readers need no lock.

    `app` is the App that is meant where none is named.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.apps = {app.id: app}
        self.lock = threading.RLock()
        self.accounts: dict[int, Json] = {}
        self.repositories: dict[int, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.pulls: dict[tuple[int, int], Pull] = {}
        self.reviews: dict[tuple[int, int], list[Review]] = {}
        self.unsettled: dict[int, int] = {}
        self.former_names: dict[str, int] = {}
        self._numbers = itertools.count(7_000_000_001)

    def new_id(self) -> int:
        """A number nothing else has; larger than 32 bits, as GitHub's are by now."""
        return next(self._numbers)

    def account(self, login: str) -> Json | None:
        """The account of that login, in whatever case."""
        wanted = login.lower()
        return next((each for each in list(self.accounts.values()) if each["login"].lower() == wanted), None)

    def repository(self, full_name: str) -> Repository | None:
        """The repository that has this name now."""
        wanted = full_name.lower()
        return next((each for each in list(self.repositories.values()) if each.full_name.lower() == wanted), None)

    def moved_repository(self, full_name: str) -> Repository | None:
        """The repository that once had this name, which nobody has registered since."""
        number = self.former_names.get(full_name.lower())
        return None if number is None else self.repositories.get(number)

    def installation_on(self, repository: Repository, app_id: int | None = None) -> Installation | None:
        """An App's installation that covers a repository."""
        return next((each for each in self.installations_of(app_id) if each.covers(repository)), None)

    def installation_of(self, owner: str, app_id: int | None = None) -> Installation | None:
        """An App's installation on an account, whatever it covers."""
        found = self.account(owner)
        installed = self.installations_of(app_id)
        return next((each for each in installed if found and each.account["id"] == found["id"]), None)

    def installations_of(self, app_id: int | None) -> list[Installation]:
        """All installations of an App."""
        wanted = self.app.id if app_id is None else app_id
        return [each for each in list(self.installations.values()) if each.app.id == wanted]

    def pulls_of(self, repository: Repository) -> list[Pull]:
        """All pull requests of a repository."""
        return [pull for pull in list(self.pulls.values()) if pull.repository_id == repository.id]

    def too_soon(self, repository: Repository) -> int:
        """How many more calls come too soon after a repository was created, this one among them."""
        with self.lock:
            left = self.unsettled.get(repository.id, 0)
            self.unsettled[repository.id] = max(0, left - 1)
        return left

    def reviews_of(self, repository_id: int, number: int) -> list[Review]:
        """All reviews of a pull request, the oldest first."""
        with self.lock:
            return list(self.reviews.get((repository_id, number), []))

    def add_review(self, repository_id: int, number: int, review: Review) -> Review:
        """Keep a review."""
        with self.lock:
            self.reviews.setdefault((repository_id, number), []).append(review)
        return review

    def put_repository(self, repository: Repository) -> Repository:
        """Add or replace a repository; raises ValueError when another one has its name."""
        with self.lock:
            holder = self.repository(repository.full_name)
            if holder is not None and holder.id != repository.id:
                raise ValueError(f"{repository.full_name} is the name of repository {holder.id}")
            before = self.repositories.get(repository.id)
            if before is not None and before.full_name != repository.full_name:
                self.former_names[before.full_name.lower()] = repository.id
            self.repositories[repository.id] = repository
            return repository

    def put_installation(self, installation: Installation) -> Installation:
        """Add or replace an installation."""
        with self.lock:
            self.installations[installation.id] = installation
            return installation

    def load(self, samples: Iterable[Sample]) -> None:
        """Take in everything the samples speak of; raises `SampleError` where they contradict each other."""
        with self.lock:
            for sample in samples:
                self._load_accounts(sample)
                self._load_repository(sample)
                self._load_installation(sample)
                key = (sample.pull.repository_id, sample.pull.number)
                if key in self.pulls:
                    raise SampleError(sample.path / "pull.json", "another sample has this repository and number")
                self.pulls[key] = sample.pull

    def _load_accounts(self, sample: Sample) -> None:
        pull = sample.pull
        people = [pull.document["user"], pull.document["merged_by"], sample.webhook["sender"]]
        people += [person for commit in pull.commits for person in (commit.get("author"), commit.get("committer"))]
        known = {person["id"]: person for person in [sample.repository["owner"], *people] if person}
        for commit in pull.commits:
            for number, login in _CO_AUTHOR.findall(commit["commit"]["message"]):
                known.setdefault(int(number), shapes.account(login, int(number)))
        for number, person in known.items():
            self.accounts.setdefault(number, person)

    def _load_repository(self, sample: Sample) -> None:
        if sample.repository["id"] in self.repositories:
            return
        try:
            self.put_repository(Repository(sample.repository))
        except ValueError:
            raise SampleError(sample.path / "pull.json", "another sample gives its repository another id") from None

    def _load_installation(self, sample: Sample) -> None:
        owner, number = sample.repository["owner"], sample.repository["id"]
        there = self.installation_of(owner["login"])
        if there is None:
            created = sample.repository.get("created_at") or "2026-01-01T00:00:00Z"
            there = Installation(sample.installation_id, self.app, owner, self.app.permissions, frozenset(), created)
        same_id = self.installations.get(sample.installation_id, there)
        if there.id != sample.installation_id or same_id.account["id"] != owner["id"]:
            raise SampleError(sample.path / "webhook.json", "its installation is not the one of its owner's samples")
        chosen = (there.repository_ids or frozenset()) | {number}
        self.put_installation(replace(there, repository_ids=chosen))
