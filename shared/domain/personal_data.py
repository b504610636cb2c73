"""What is kept of a person, and what becomes of it when they leave: one row for each collection.

A person is named by their uid. What is theirs alone is removed; what is kept for audit names a pseudonym instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fate = Literal["removed", "pseudonymised"]


@dataclass(frozen=True)
class Personal:
    """How the documents of a collection name people.

    `found_by` are the fields by which a person's documents are looked up, `inside` those that name people further down
    in a document which is found through its intent, as `field.member`. A document whose `state` is among `at_work` is
    in somebody's hands.
    """

    fate: Fate
    found_by: tuple[str, ...]
    inside: tuple[str, ...] = ()
    at_work: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that names people."""
        return (*self.found_by, *self.inside)


OF_A_REPOSITORY = "repositories"
OF_A_CARD = "asset-cards"
INTENT = "intents"
OF_A_DAY, MARK = "audit-days", "audit-marks"
DAYS: Mapping[str, str] = {"agent-runs": "createdAt", "provisioning_events": "createdAt", "approvals": "decidedAt"}
"""What is counted for its owner, and the time that says on which day."""
PERSONAL: Mapping[str, Personal] = {
    OF_A_REPOSITORY: Personal("removed", ("ownerId",)),
    "pr-events": Personal("removed", ("ownerId",), at_work=frozenset({"received", "processing"})),
    OF_A_CARD: Personal("removed", ("ownerId",)),
    "agent-runs": Personal(
        "pseudonymised", ("ownerId",), ("approval.decidedBy",), at_work=frozenset({"queued", "running"})
    ),
    "provisioning-jobs": Personal(
        "pseudonymised", ("ownerId",), ("approval.decidedBy",), at_work=frozenset({"queued", "running"})
    ),
    "provisioning_events": Personal("pseudonymised", ("ownerId",), ("approval.decidedBy",)),
    "evidences": Personal("pseudonymised", ("ownerId", "attachedBy")),
    "exceptions": Personal("pseudonymised", ("ownerIds", "actorId", "retriedBy")),
    "approvals": Personal("pseudonymised", ("ownerId", "decidedBy")),
    INTENT: Personal("pseudonymised", ("ownerId",), ("decision.decidedBy",)),
    OF_A_DAY: Personal("removed", ("ownerId",)),
    MARK: Personal("removed", ("ownerId",)),
}
"""In the order in which they are looked at: what leads to others comes after them."""
IMPERSONAL: Mapping[str, str] = {
    "pr-snapshots": "the pull request of an event, which it leaves with, or after a week",
    "reversals": "which merge undid which, by their numbers",
    "reviews": "what a run found, exported with the run",
    "reconciliations": "how far GitHub's list of deliveries has been read",
    "quotas": "a count under a hash, for two days at most",
    "erasures": "forgets whose it is when it is done",
}
"""The other collections, and why they hold nothing that names a person."""
LISTS = frozenset({"ownerIds"})
"""Fields that name several people."""
CHAINED = tuple(name for name, each in PERSONAL.items() if each.fate == "pseudonymised" and name != INTENT)
"""The collections whose documents name an intent and are kept with it."""
NOBODY = {"authorId": None, "authorLogin": "ghost", "authorType": "User"}
"""The author of a pull request whose account is gone, as GitHub itself names them."""


def renamed(collection: str, fields: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """The fields of a document that change when everything that names `old` names `new` instead."""
    changed: dict[str, Any] = {}
    for path in PERSONAL[collection].fields:
        name, _, member = path.partition(".")
        held = fields.get(name)
        if member and isinstance(held, Mapping) and held.get(member) == old:
            changed[name] = {**held, member: new}
        elif not member and isinstance(held, list) and old in held:
            changed[name] = [new if each == old else each for each in held]
        elif not member and held == old:
            changed[name] = new
    return changed


def is_at_work(collection: str, fields: Mapping[str, Any]) -> bool:
    """Whether somebody may be about to write the document."""
    return fields.get("state") in PERSONAL[collection].at_work
