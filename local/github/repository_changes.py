"""What happens to repositories?"""

from collections.abc import Mapping
from dataclasses import replace

from local.github import events, shapes
from local.github.account_changes import AccountChanges
from local.github.world import Repository


class RepositoryChanges(AccountChanges):
    """Creating, renaming, transferring, hiding and deleting repositories."""

    def add_repository(
        self,
        full_name: str,
        *,
        private: bool = False,
        collaborators: Mapping[str, str] | None = None,
        installed: bool = True,
        id: int | None = None,  # noqa: A002 -- GitHub's word
    ) -> Repository:
        """Create a repository, with roles by login, and its owner as an organisation if nobody has that login.

        `installed` puts it into the owner's installation where there is one.
        """
        owner, name = full_name.split("/")
        account = self.world.account(owner) or self.add_user(owner, kind="Organization")
        number = self.world.new_id() if id is None else id
        document = shapes.repository(account, name, number, private=private, created_at=self.clock.stamp())
        roles = {self._account(login)["id"]: role for login, role in (collaborators or {}).items()}
        repository = self.world.put_repository(Repository(document, roles))
        installation = self.world.installation_of(owner)
        if installed and installation is not None:
            self._cover(installation, repository, covered=True)
        return repository

    def squat(self, former_name: str, *, private: bool = False) -> Repository:
        """Register a name that a rename or transfer left free: the redirect ends here."""
        if self.world.moved_repository(former_name) is None:
            raise KeyError(former_name)
        return self.add_repository(former_name, private=private, installed=False)

    def set_role(self, full_name: str, login: str, role: str | None) -> None:
        """Give a person a role in a repository, or take it away with None."""
        repository = self._repository(full_name)
        roles = {who: kept for who, kept in repository.collaborators.items() if who != self._account(login)["id"]}
        if role is not None:
            roles[self._account(login)["id"]] = role
        self.world.put_repository(replace(repository, collaborators=roles))

    def rename(self, full_name: str, new_name: str, *, notify: bool = True) -> Repository:
        """Give a repository another name; the old one redirects until somebody registers it."""
        before = self._repository(full_name)
        document = shapes.moved(before.document, before.document["owner"], new_name)
        after = self.world.put_repository(replace(before, document=document))
        if notify:
            self._tell_repository("renamed", before, after, events.renamed_from(before.document["name"]))
        return after

    def transfer(self, full_name: str, new_owner: str, *, notify: bool = True) -> Repository:
        """Hand a repository to another account; the App keeps it only where that account's installation covers it."""
        before = self._repository(full_name)
        document = shapes.moved(before.document, self._account(new_owner), before.document["name"])
        after = self.world.put_repository(replace(before, document=document))
        from_owner = events.transferred_from(before.document["owner"])
        if notify:
            self._tell_repository("transferred", before, after, from_owner)
        return after

    def set_private(self, full_name: str, *, private: bool = True, notify: bool = True) -> Repository:
        """Make a repository private, or public."""
        before = self._repository(full_name)
        visible = {"private": private, "visibility": "private" if private else "public"}
        after = self.world.put_repository(replace(before, document={**before.document, **visible}))
        if notify:
            self._tell_repository("privatized" if private else "publicized", before, after, None)
        return after

    def delete(self, full_name: str, *, notify: bool = True) -> None:
        """Delete a repository; its name is free."""
        repository = self._repository(full_name)
        del self.world.repositories[repository.id]
        if notify:
            self._tell_repository("deleted", repository, repository, None)
