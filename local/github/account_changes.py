"""What happens to accounts, and to the App's installations on them?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from local.github import events, shapes
from local.github.apps import App, read_key
from local.github.shapes import Json
from local.github.stage import Stage
from local.github.world import Installation, Repository


class AccountChanges(Stage):
    """Registering accounts and Apps, and renaming accounts; installing, suspending and removing an App."""

    def add_app(self, id: int, slug: str, *, public_key: str | bytes, permissions: Mapping[str, str]) -> App:  # noqa: A002 -- GitHub's word
        """Register another App, which has no webhook; raises ValueError for a key that is none."""
        app = App(id, f"Iv23li{slug}", slug, permissions, read_key(public_key))
        self.world.apps[app.id] = app
        self._put_account(app.bot)
        return app

    def add_user(self, login: str, *, id: int | None = None, kind: str = "User") -> Json:  # noqa: A002 -- GitHub's word
        """Register an account: `User`, `Bot` or `Organization`."""
        account = shapes.account(login, self.world.new_id() if id is None else id, kind)
        return self._put_account(account)

    def rename_user(self, login: str, new_login: str) -> Json:
        """Give an account another login; the old one is free for anybody."""
        account = self._account(login)
        return self._put_account(shapes.account(new_login, account["id"], account["type"]))

    def install(
        self,
        owner: str,
        repositories: Sequence[str] | None = None,
        *,
        permissions: Mapping[str, str] | None = None,
        app_id: int | None = None,
        id: int | None = None,  # noqa: A002 -- GitHub's word
        notify: bool = True,
    ) -> Installation:
        """Install an App on an account, for some of its repositories (full names) or for all.

        With fewer `permissions` than it asks for, if given.
        """
        app = self.world.app if app_id is None else self.world.apps[app_id]
        chosen = None if repositories is None else frozenset(self._repository(each).id for each in repositories)
        number = self.world.new_id() if id is None else id
        granted = app.permissions if permissions is None else permissions
        installed = Installation(number, app, self._account(owner), granted, chosen, self.clock.stamp())
        self.world.put_installation(installed)
        if notify:
            self._tell_installation("created", installed)
        return installed

    def uninstall(self, owner: str, *, app_id: int | None = None, notify: bool = True) -> None:
        """Remove an App from an account: its tokens are void at once."""
        installation = self._installation(owner, app_id)
        del self.world.installations[installation.id]
        if notify:
            self._tell_installation("deleted", installation)

    def suspend(self, owner: str, *, app_id: int | None = None, notify: bool = True) -> Installation:
        """Suspend an App's installation on an account."""
        running = self._installation(owner, app_id)
        stopped = self.world.put_installation(replace(running, suspended_at=self.clock.stamp()))
        if notify:
            self._tell_installation("suspend", stopped)
        return stopped

    def unsuspend(self, owner: str, *, notify: bool = True) -> Installation:
        """Let a suspended installation go on."""
        running = self.world.put_installation(replace(self._installation(owner), suspended_at=None))
        if notify:
            self._tell_installation("unsuspend", running)
        return running

    def choose(self, full_name: str, *, covered: bool = True, notify: bool = True) -> Installation:
        """Add a repository to its owner's installation, or take it out."""
        repository = self._repository(full_name)
        owner = repository.document["owner"]
        installation = self._cover(self._installation(owner["login"]), repository, covered=covered)
        action = "added" if covered else "removed"
        payload = events.repositories_changed(action, installation, [repository], sender=owner)
        if notify:
            self._tell("installation_repositories", payload)
        return installation

    def _cover(self, installation: Installation, repository: Repository, *, covered: bool) -> Installation:
        """An installation for all repositories stays one: it can't be told to leave some out."""
        if installation.repository_ids is None:
            return installation
        chosen = installation.repository_ids - {repository.id} | ({repository.id} if covered else set())
        return self.world.put_installation(replace(installation, repository_ids=chosen))

    def _put_account(self, account: Json) -> Json:
        """Add or replace an account, and the owner it is in repositories; raises ValueError for a login in use."""
        with self.world.lock:
            holder = self.world.account(account["login"])
            if holder is not None and holder["id"] != account["id"]:
                raise ValueError(f"{account['login']} is the login of account {holder['id']}")
            self.world.accounts[account["id"]] = account
            for repository in list(self.world.repositories.values()):
                if repository.owner_id == account["id"]:
                    document = shapes.moved(repository.document, account, repository.document["name"])
                    self.world.put_repository(replace(repository, document=document))
            for installation in list(self.world.installations.values()):
                if installation.account["id"] == account["id"]:
                    self.world.put_installation(replace(installation, account=account))
        return account
