"""Repositories: which of a person's repositories turn merged pull requests into cards; and what is kept of a person."""

from http import HTTPStatus

from functions.repositories.connect import connect, disconnect
from functions.repositories.me import ask_for_erasure
from functions.repositories.me_export import pieces
from functions.repositories.schemas import (
    ErasureShown,
    NewRepository,
    PersonalData,
    RepositoryList,
    RepositoryQuery,
    RepositoryShown,
)
from shared.auth import Actor
from shared.services import Services
from shared.web.stream import Streamed
from shared.web.typed import TypedApp

app = TypedApp("repositories", thing="repository", needs=("github", "tasks"), governs=True)


@app.get("/api/repositories")
def list_repositories(query: RepositoryQuery, actor: Actor, services: Services) -> RepositoryList:
    """List the repositories that the caller has connected, newest first."""
    mine = ("ownerId", "==", actor.id)
    page = services.store.repositories.page([mine], newest="createdAt", limit=query.limit, cursor=query.cursor)
    shown = [RepositoryShown.of(each, services.github_settings.install_url) for each in page.values]
    return RepositoryList(repositories=shown, next_cursor=page.next_cursor)


@app.post("/api/repositories", status=HTTPStatus.CREATED)
def connect_repository(body: NewRepository, actor: Actor, services: Services) -> RepositoryShown:
    """Connect a repository that the caller may read; awaits the App where it is not installed yet."""
    repository = connect(body.owner, body.name, body.backfill_days, actor=actor, services=services)
    return RepositoryShown.of(repository, services.github_settings.install_url)


@app.delete("/api/repositories/<repository_id>")
def disconnect_repository(repository_id: str, actor: Actor, services: Services) -> RepositoryShown:
    """Disconnect a repository: its pull requests give no further cards; those there are stay."""
    repository = disconnect(repository_id, actor=actor, services=services)
    return RepositoryShown.of(repository, services.github_settings.install_url)


@app.get("/api/me/export")
def export_me(actor: Actor, services: Services) -> Streamed[PersonalData]:
    """Export everything that is kept about the caller."""
    account = services.accounts.describe(actor.id)
    return Streamed(json=lambda: pieces(account, actor, services), filename="worklog.json")


@app.delete("/api/me", status=HTTPStatus.ACCEPTED)
def erase_me(actor: Actor, services: Services) -> ErasureShown:
    """Erase the caller: account, connections and cards; what is kept for audit names a pseudonym."""
    return ErasureShown.of(ask_for_erasure(actor=actor, services=services))


main = app.function()
