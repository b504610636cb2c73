"""What happens to pull requests, and which deliveries speak of them?"""

import time
from collections.abc import Sequence

from local.github import events
from local.github.deliveries import Delivery
from local.github.diffs import Change
from local.github.pulls import NewPull, Pull, with_head
from local.github.reviews import NewReview, Review
from local.github.shapes import object_name
from local.github.stage import Stage

_ONE_LINE = (Change("README.md", "one\n", "two\n"),)


class PullChanges(Stage):
    """Adding, pushing over and removing pull requests."""

    def add_pull(
        self,
        full_name: str,
        *,
        title: str,
        author: str,
        body: str | None = None,
        changes: Sequence[Change] = _ONE_LINE,
        commits: Sequence[tuple[str, str | None]] | None = None,
        number: int | None = None,
        merged_at: str | None = "now",
        merged_by: str | None = None,
    ) -> Pull:
        """Add a pull request, merged unless `merged_at` is None; `commits` are (message, login or None).

        Without `commits` there is one by the author that says the title. Deliver it with `deliver_pull`.
        """
        repository = self._repository(full_name)
        person = self._account(author)
        told = [(title, author)] if commits is None else commits
        at = self.clock.stamp()
        new = NewPull(
            number=number or 1 + max((pull.number for pull in self.world.pulls_of(repository)), default=0),
            title=title,
            body=body,
            author=person,
            changes=changes,
            commits=[(text, None if login is None else self._account(login)) for text, login in told],
            created_at=at,
            merged_at=at if merged_at == "now" else merged_at,
            merged_by=self._account(merged_by) if merged_by else person,
        )
        return self._put_pull(new.build(repository.document))

    def force_push(self, full_name: str, number: int, sha: str | None = None) -> Pull:
        """Push another head over a pull request's branch; deliveries that were made before name the old one."""
        pull = self._pull(full_name, number)
        new_head = sha or object_name(pull.document["head"]["sha"], "forced", time.monotonic_ns())
        return self._put_pull(with_head(pull, new_head))

    def remove_pull(self, full_name: str, number: int) -> None:
        """Let a pull request vanish, as when its author's account is found to be spam."""
        pull = self._pull(full_name, number)
        del self.world.pulls[pull.repository_id, pull.number]

    def add_review(self, full_name: str, number: int, *, author: str, body: str) -> Review:
        """Let somebody comment on a pull request."""
        pull = self._pull(full_name, number)
        sent = {"body": body, "event": "COMMENT"}
        new = NewReview(self.world.new_id(), self._account(author), sent, self.clock.stamp())
        return self.world.add_review(pull.repository_id, number, new.build(pull))

    def reviews(self, full_name: str, number: int) -> list[Review]:
        """The reviews that a pull request has, the oldest first."""
        return self.world.reviews_of(self._pull(full_name, number).repository_id, number)

    def deliver_sample(self, name: str, *, guid: str | None = None) -> Delivery:
        """Send a sample's own delivery, as it is in its folder; raises KeyError when there is no such sample."""
        return self.hooks.deliver("pull_request", self.samples[name].webhook, guid=guid)

    def deliver_pull(self, full_name: str, number: int, *, action: str = "closed") -> Delivery:
        """Send the delivery about a pull request as it is now."""
        repository = self._repository(full_name)
        pull = self._pull(full_name, number)
        installation = self._installation(repository.document["owner"]["login"])
        sender = pull.document["merged_by"] or pull.document["user"]
        payload = events.pull_request(pull, repository, installation, sender=sender, action=action)
        return self.hooks.deliver("pull_request", payload)

    def _put_pull(self, pull: Pull) -> Pull:
        self.world.pulls[pull.repository_id, pull.number] = pull
        return pull
