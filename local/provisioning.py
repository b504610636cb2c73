"""A project at work: an approved intent becomes a repository that spec-kit works with, and that can be cloned."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from local.story import APPROVER, Caller, StoryError, approval_of

_NAME = "parcel-alerts"
PROJECT: Mapping[str, Any] = {
    "kind": "project",
    "goal": "Tell couriers which parcels will be late.\n\nEvery five minutes the service\n"
    "- reads the scans of the depots\n- lists late parcels by courier\n\nIt never writes to them at night.",
    "constraints": {"mustNot": ["store names of customers", "write to a depot's system"], "language": "Python"},
    "success": "A courier sees every late parcel within 10 minutes. No message goes out between 22:00 and 6:00.",
}
"""What the project's intent says."""


def tell(caller: Caller, *, github_id: int, clone_url: Callable[[str], str]) -> Iterator[str]:
    """How a project of this developer becomes a repository, line by line; raises `StoryError` when it does not.

    `clone_url` says where a repository of a full name can be cloned from.
    """
    developer = caller.developer(github_id)
    intent = caller.post("/api/intents", PROJECT, developer)
    goal = PROJECT["goal"].partition("\n")[0]
    yield f'"{goal}" is a project: whatever its risk, here {intent["riskLevel"]}, a person approves it first'
    approval = caller.post("/api/approvals", leave_for(intent["intentId"]), caller.approver())
    yield f"  {APPROVER} approves it, until {approval['validTo'][:10]}"
    asked = {"intentId": intent["intentId"], "approvalId": approval["approvalId"], "repositoryName": _NAME}
    accepted = caller.post("/api/provisioning", asked, developer, expected=requests.codes.accepted)
    job = caller.ended(f"/api/provisioning/jobs/{accepted['jobId']}", developer)
    if job["status"] != "completed":
        raise StoryError(f"a repository that should be made was not: {job.get('failureCode')}")
    yield f"  {job['repoFullName']} is made, with a constitution and a first specification written from that"
    yield f"  git clone {clone_url(job['repoFullName'])} {_NAME}"


def leave_for(intent_id: str) -> dict[str, Any]:
    """The decision that lets a project become a repository."""
    answers = {"scope": "A private repository with its first specification.", "rollback": "The repository is deleted."}
    return approval_of(intent_id, **answers)
