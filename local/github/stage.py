"""What do all changes on GitHub need: to find what they change, and to tell the App of it?"""

from collections.abc import Sequence
from typing import TypeVar

from local.github import events
from local.github.clock import Clock
from local.github.pulls import Pull
from local.github.samples import Sample
from local.github.shapes import Json
from local.github.webhooks import Webhooks
from local.github.world import Installation, Repository, World

_Thing = TypeVar("_Thing")


class Stage:
    """The world and its webhook, for those who change it: the names of what is not there raise KeyError.

    A method with `notify` sends the delivery that GitHub would send, unless it is False or no webhook URL is set.
    The webhook is that of `world.app`; other Apps have none.
    """

    def __init__(self, world: World, hooks: Webhooks, clock: Clock, samples: Sequence[Sample]) -> None:
        self.world = world
        self.hooks = hooks
        self.clock = clock
        self.samples = {sample.name: sample for sample in samples}

    def _account(self, login: str) -> Json:
        return _found(self.world.account(login), login)

    def _repository(self, full_name: str) -> Repository:
        return _found(self.world.repository(full_name), full_name)

    def _installation(self, owner: str, app_id: int | None = None) -> Installation:
        return _found(self.world.installation_of(owner, app_id), owner)

    def _pull(self, full_name: str, number: int) -> Pull:
        return _found(self.world.pulls.get((self._repository(full_name).id, number)), f"{full_name}#{number}")

    def _tell(self, event: str, payload: Json) -> None:
        if self.hooks.url is not None:
            self.hooks.deliver(event, payload)

    def _tell_installation(self, action: str, installation: Installation) -> None:
        if installation.app.id != self.world.app.id:
            return
        covered = [each for each in list(self.world.repositories.values()) if installation.covers(each)]
        sender = installation.account
        self._tell("installation", events.installation_changed(action, installation, covered, sender=sender))

    def _tell_repository(self, action: str, before: Repository, after: Repository, changes: Json | None) -> None:
        """The App hears of it through the installation that covers the repository, or did before."""
        installation = self.world.installation_on(after) or self.world.installation_on(before)
        if installation is None or installation.suspended_at is not None:
            return
        sender = before.document["owner"]
        payload = events.repository_changed(action, after, installation, sender=sender, changes=changes)
        self._tell("repository", payload)


def _found(thing: _Thing | None, name: str) -> _Thing:
    if thing is None:
        raise KeyError(name)
    return thing
