"""The governed half at work: a harmless intent that runs at once, a risky one that waits for a second person."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from local.github import Sample
from local.identity.tokens import PROJECT
from local.token import mint
from local.walk import authors
from shared.domain.risk import Risk, RiskLevel, assess

APPROVER = "sample-approver"
_PATIENCE = 60.0
_PAUSE = 0.1
_TIMEOUT = 30.0
_MOST_PATHS = 300
_MOST_SHOWN = 5
_VALID_DAYS = 30
_OVER = ("completed", "failed")


class GovernanceError(RuntimeError):
    """The story did not go as it should; the message says where."""


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


class Governance:
    """Takes two of the samples through intent, risk, approval, run and evidence, at the API at `api`."""

    def __init__(self, *, api: str, state: Path, project: str = PROJECT) -> None:
        self._api = api
        self._state = state
        self._project = project
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy leads to loopback

    def tell(self, samples: Sequence[Sample]) -> Iterator[str]:
        """What happens, line by line; raises `GovernanceError` when it is not what should."""
        harmless, risky = choose(samples, "Low"), choose(samples, "High")
        if harmless:
            yield from self._harmless(harmless)
        if risky:
            yield from self._risky(risky)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _harmless(self, chosen: Chosen) -> Iterator[str]:
        developer = self._bearer(chosen.github_id)
        intent = self._post("/api/intents", chosen.said, developer)
        yield f"{chosen.place}: an intent to review it is {intent['riskLevel']}, it needs no approval"
        run = self._post("/api/agent-runs", _run(chosen, intent), developer)
        yield from self._result(run["runId"], developer)

    def _risky(self, chosen: Chosen) -> Iterator[str]:
        developer, approver = self._bearer(chosen.github_id), self._bearer(0, APPROVER, "approver")
        intent = self._post("/api/intents", chosen.said, developer)
        shown = self._get(f"/api/intents/{intent['intentId']}", developer)
        yield f"{chosen.place}: an intent to review it is {intent['riskLevel']}, because of"
        yield from _factors(shown["riskFactors"])
        refused = self._post("/api/agent-runs", _run(chosen, intent), developer, expected=requests.codes.bad_request)
        yield f"  without an approval the run is refused: {refused['code']}; that is kept as an exception"
        approval = self._post("/api/approvals", _decision(intent), approver)
        yield f"  {APPROVER} approves exactly this intent, until {approval['validTo'][:10]}"
        asked = {**_run(chosen, intent), "approvalId": approval["approvalId"]}
        run = self._post("/api/agent-runs", asked, developer)
        yield from self._result(run["runId"], developer)

    def _result(self, run_id: str, bearer: Mapping[str, str]) -> Iterator[str]:
        run = self._awaited(run_id, bearer)
        if run["status"] != "completed":
            raise GovernanceError(f"a run that should complete has failed: {run.get('failureCode')}")
        review, figures = run["review"], run["figures"]
        coverage = review["coverage"]
        yield (
            f"  the run completes in {figures['seconds']:.1f} s: {figures['provider']} read {coverage['reviewed']} of "
            f"{coverage['files']} files; {run['findings']} findings"
        )
        for finding in review["findings"][:_MOST_SHOWN]:
            place = f"{finding['path']}:{finding['startLine']}" if finding["startLine"] else finding["path"]
            yield f"    {finding['severity']:<6}  {place}  {finding['title']}"
        yield f"  evidence attached by the runner: {', '.join(run['evidence'])}"

    def _awaited(self, run_id: str, bearer: Mapping[str, str]) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while True:
            run = self._get(f"/api/agent-runs/{run_id}", bearer)
            if run["status"] in _OVER:
                return run
            if time.monotonic() > until:
                raise GovernanceError(f"a run has not ended in {_PATIENCE:.0f} s")
            time.sleep(_PAUSE)

    def _get(self, path: str, bearer: Mapping[str, str]) -> dict[str, Any]:
        return _json(self._session.get(self._api + path, headers=bearer, timeout=_TIMEOUT), requests.codes.ok)

    def _post(
        self, path: str, body: Mapping[str, Any], bearer: Mapping[str, str], *, expected: int = requests.codes.created
    ) -> dict[str, Any]:
        return _json(self._session.post(self._api + path, json=body, headers=bearer, timeout=_TIMEOUT), expected)

    def _bearer(self, github_id: int, uid: str = "", *roles: str) -> dict[str, str]:
        uid = uid or f"gh-{github_id}"
        token = mint(uid, github_id or None, roles, project=self._project, state=self._state)
        return {"Authorization": f"Bearer {token}"}


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


def _run(chosen: Chosen, intent: Mapping[str, Any]) -> dict[str, Any]:
    names = ("repoFullName", "prNumber", "prUrl", "baseSHA", "headSHA", "diffHash")
    agent = {"agentName": "worklog-reviewer", "agentVersion": "1", "model": "as configured"}
    return {"intentId": intent["intentId"], **{name: chosen.said["prMeta"][name] for name in names}, **agent}


def _decision(intent: Mapping[str, Any]) -> dict[str, Any]:
    answers = {"scope": "It reads this diff and says what it finds.", "rollback": "Nothing is changed."}
    valid_to = (datetime.now(UTC) + timedelta(days=_VALID_DAYS)).isoformat()
    return {"intentId": intent["intentId"], "status": "approved", "templateAnswers": answers, "validTo": valid_to}


def _factors(factors: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for factor in sorted(factors, key=lambda each: -each["weight"])[:_MOST_SHOWN]:
        yield f"    {factor['code'].replace('_', ' ')}: {factor['evidence']}"


def _json(answer: requests.Response, expected: int) -> dict[str, Any]:
    if answer.status_code != expected:
        raise GovernanceError(f"{answer.request.path_url} was answered {answer.status_code}: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found
