"""The governed half at work: a harmless intent that runs at once, a risky one that waits for a second person."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from local.github import Sample
from local.story import APPROVER, Caller, StoryError, approval_of
from local.walk import authors
from shared.domain.risk import Risk, RiskLevel, assess

_MOST_PATHS = 300
_MOST_SHOWN = 5


@dataclass(frozen=True)
class Chosen:
    """A sample whose review somebody asks for, with what the intent says of it and the risk that follows."""

    sample: Sample
    github_id: int
    said: Mapping[str, Any]
    risk: Risk

    @property
    def place(self) -> str:
        """`owner/name#number`."""
        return f"{self.said['prMeta']['repoFullName']}#{self.said['prMeta']['prNumber']}"


def tell(caller: Caller, samples: Sequence[Sample]) -> Iterator[str]:
    """How two of the samples go through intent, risk, approval, run and evidence, line by line.

    Raises `StoryError` when it is not what should happen.
    """
    harmless, risky = choose(samples, "Low"), choose(samples, "High")
    if harmless:
        yield from _harmless(caller, harmless)
    if risky:
        yield from _risky(caller, risky)


def _harmless(caller: Caller, chosen: Chosen) -> Iterator[str]:
    developer = caller.developer(chosen.github_id)
    intent = caller.post("/api/intents", chosen.said, developer)
    yield f"{chosen.place}: an intent to review it is {intent['riskLevel']}, it needs no approval"
    run = caller.post("/api/agent-runs", run_of(chosen, intent), developer)
    yield from _result(caller, run["runId"], developer)


def _risky(caller: Caller, chosen: Chosen) -> Iterator[str]:
    developer = caller.developer(chosen.github_id)
    intent = caller.post("/api/intents", chosen.said, developer)
    shown = caller.get(f"/api/intents/{intent['intentId']}", developer)
    yield f"{chosen.place}: an intent to review it is {intent['riskLevel']}, because of"
    yield from _factors(shown["riskFactors"])
    refused = caller.post("/api/agent-runs", run_of(chosen, intent), developer, expected=requests.codes.bad_request)
    yield f"  without an approval the run is refused: {refused['code']}; that is kept as an exception"
    approval = caller.post("/api/approvals", decision_on(intent["intentId"]), caller.approver())
    yield f"  {APPROVER} approves exactly this intent, until {approval['validTo'][:10]}"
    run = caller.post("/api/agent-runs", {**run_of(chosen, intent), "approvalId": approval["approvalId"]}, developer)
    yield from _result(caller, run["runId"], developer)


def _result(caller: Caller, run_id: str, headers: Mapping[str, str]) -> Iterator[str]:
    run = caller.ended(f"/api/agent-runs/{run_id}", headers)
    if run["status"] != "completed":
        raise StoryError(f"a run that should complete has failed: {run.get('failureCode')}")
    review, figures = run["review"], run["figures"]
    coverage = review["coverage"]
    yield (
        f"  the run completes in {figures['seconds']:.1f} s: {figures['provider']} read {coverage['reviewed']} of "
        f"{coverage['files']} files; findings: {run['findings']}"
    )
    for finding in review["findings"][:_MOST_SHOWN]:
        place = f"{finding['path']}:{finding['startLine']}" if finding["startLine"] else finding["path"]
        yield f"    {finding['severity']:<6}  {place}  {finding['title']}"
    yield f"  evidence attached by the runner: {', '.join(run['evidence'])}"


def choose(samples: Iterable[Sample], level: RiskLevel) -> Chosen | None:
    """The riskiest, then largest, sample of this risk by a person who connected its repository, or None."""
    chosen = [found for sample in samples if (found := _chosen(sample)) and found.risk.level == level]
    return max(chosen, key=lambda each: (each.risk.score, each.said["prMeta"]["additions"]), default=None)


def _chosen(sample: Sample) -> Chosen | None:
    people, said = authors(sample), _said(sample)
    words = {name: said[name] for name in ("goal", "constraints", "success")}
    return Chosen(sample, people[0].id, said, assess(**words, pr_meta=said["prMeta"])) if people else None


def _said(sample: Sample) -> dict[str, Any]:
    """The intent to have a sample reviewed, bound to its commit and its diff."""
    pull, repository = sample.pull.document, sample.repository["full_name"]
    return {
        "goal": f"Review pull request {pull['number']}: {pull['title']}"[:1000],
        "constraints": {"mayRead": "the diff of this pull request", "mayNot": "change anything"},
        "success": "Findings that name file and line, or none",
        "prMeta": {
            "repoFullName": repository,
            "prNumber": pull["number"],
            "prUrl": f"https://github.com/{repository}/pull/{pull['number']}",
            "baseSHA": pull["base"]["sha"],
            "headSHA": pull["head"]["sha"],
            "diffHash": hashlib.sha256(sample.pull.diff).hexdigest(),
            "additions": pull["additions"],
            "deletions": pull["deletions"],
            "changedFiles": pull["changed_files"],
            "paths": [each["filename"] for each in sample.pull.files][:_MOST_PATHS],
        },
    }


def run_of(chosen: Chosen, intent: Mapping[str, Any]) -> dict[str, Any]:
    """The body that starts the review of a sample under an intent."""
    names = ("repoFullName", "prNumber", "prUrl", "baseSHA", "headSHA", "diffHash")
    agent = {"agentName": "worklog-reviewer", "agentVersion": "1", "model": "as configured"}
    return {"intentId": intent["intentId"], **{name: chosen.said["prMeta"][name] for name in names}, **agent}


def decision_on(intent_id: str) -> dict[str, Any]:
    """The body that approves an intent to review."""
    answers = {"scope": "It reads this diff and says what it finds.", "rollback": "Nothing is changed."}
    return approval_of(intent_id, **answers)


def _factors(factors: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for factor in sorted(factors, key=lambda each: -each["weight"])[:_MOST_SHOWN]:
        yield f"    {factor['code'].replace('_', ' ')}: {factor['evidence']}"
