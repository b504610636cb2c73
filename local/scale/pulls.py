"""The pull requests that are counted: many small ones as the samples are, and some that fill the model's prompt."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from local.github import Pull, Sample
from local.storm.merges import merges

_FILES, _COMMITS = 150, 120  # more than a page of each
_BYTES = 900  # of a file's patch; all of them together are more than the prompt's budget


def small(samples: Sequence[Sample], count: int, *, seed: int = 1) -> list[Sample]:
    """So many merges, each a sample under another name, all in the repositories of one of the samples' repositories."""
    return merges([each for each in samples if each.repository["name"] == "parcel-tracker"], count, seed=seed)


def large(pulls: Sequence[Sample], count: int) -> list[Sample]:
    """So many of these merges again, under further numbers, with 150 files in 120 commits."""
    return [_grown(each, 10_000 + number) for number, each in enumerate(pulls[:count])]


def _grown(sample: Sample, number: int) -> Sample:
    text = json.dumps({"document": sample.pull.document, "webhook": sample.webhook})
    told = json.loads(text.replace(sample.pull.document["merge_commit_sha"], f"{number:040x}"))
    document, webhook = told["document"], told["webhook"]
    files = [_file(sample.pull.files[0], place) for place in range(_FILES)]
    commits = [_commit(sample.pull.commits[0], place) for place in range(_COMMITS)]
    additions = sum(each["additions"] for each in files)
    figures = {"changed_files": _FILES, "commits": _COMMITS, "additions": additions, "deletions": 0}
    for each in (document, webhook["pull_request"]):
        each.update({**figures, "id": each["id"] + number, "number": number})
    webhook["number"] = number
    return replace(sample, pull=Pull(document, files, commits, sample.pull.diff), webhook=webhook)


def _file(like: dict[str, Any], place: int) -> dict[str, Any]:
    lines = [f"+    counted_{place}_{line} = measure({line})" for line in range(_BYTES // 40)]
    patch = "\n".join([f"@@ -0,0 +1,{len(lines)} @@", *lines])
    about = {"filename": f"src/parcels/part_{place}.py", "status": "added", "additions": len(lines), "deletions": 0}
    return {**like, **about, "changes": len(lines), "patch": patch}


def _commit(like: dict[str, Any], place: int) -> dict[str, Any]:
    commit = deepcopy(like)
    commit["sha"] = f"{place + 1:040x}"
    commit["commit"]["message"] = f"Measure part {place} of the parcels"
    return commit
