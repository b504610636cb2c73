"""What does GitHub send when something happens: the payloads of its deliveries.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Iterable

from local.github.pulls import Pull
from local.github.shapes import Json, node_id, organization, repository_mention
from local.github.world import Installation, Repository


def pull_request(
    pull: Pull, repository: Repository, installation: Installation, *, sender: Json, action: str = "closed"
) -> Json:
    """`pull_request`: something happened to a pull request."""
    shown = pull.shown(repository.document)
    head = {"action": action, "number": pull.number, "pull_request": shown}
    return {**head, **_about(repository, installation, sender)}


def repository_changed(
    action: str, repository: Repository, installation: Installation, *, sender: Json, changes: Json | None = None
) -> Json:
    """`repository`: `renamed`, `transferred`, `privatized`, `publicized` or `deleted`."""
    head: Json = {"action": action, **({"changes": changes} if changes else {})}
    return {**head, **_about(repository, installation, sender)}


def renamed_from(name: str) -> Json:
    """The `changes` of a rename."""
    return {"repository": {"name": {"from": name}}}


def transferred_from(owner: Json) -> Json:
    """The `changes` of a transfer."""
    if owner["type"] == "Organization":
        return {"owner": {"from": {"organization": organization(owner)}}}
    return {"owner": {"from": {"user": owner}}}


def installation_changed(
    action: str, installation: Installation, repositories: Iterable[Repository], *, sender: Json
) -> Json:
    """`installation`: `created`, `deleted`, `suspend` or `unsuspend`."""
    listed = [repository_mention(each.document) for each in repositories]
    payload: Json = {"action": action, "installation": installation.document()}
    if action in ("created", "deleted"):
        payload["repositories"] = listed
    if action == "created":
        payload["requester"] = None
    return {**payload, "sender": sender}


def repositories_changed(
    action: str, installation: Installation, repositories: Iterable[Repository], *, sender: Json
) -> Json:
    """`installation_repositories`: `added` or `removed`."""
    listed = [repository_mention(each.document) for each in repositories]
    return {
        "action": action,
        "installation": installation.document(),
        "repository_selection": installation.selection,
        "repositories_added": listed if action == "added" else [],
        "repositories_removed": listed if action == "removed" else [],
        "requester": None,
        "sender": sender,
    }


def _about(repository: Repository, installation: Installation, sender: Json) -> Json:
    owner = repository.document["owner"]
    about: Json = {"repository": repository.document}
    if owner["type"] == "Organization":
        about["organization"] = organization(owner)
    number = installation.id
    mention = {"id": number, "node_id": node_id("IntegrationInstallation", number)}
    return {**about, "sender": sender, "installation": mention}
