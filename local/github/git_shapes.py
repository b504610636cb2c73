"""How does GitHub write references, commits, trees and blobs in JSON?

https://docs.github.com/en/rest/git
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from local.github.git import Commit, Entry, Signature
from local.github.shapes import WEB, Json, node_id
from local.github.world import Repository


def address(repository: Repository, kind: str, name: str) -> str:
    """Where GitHub keeps an object; `kind` is `refs`, `commits`, `trees` or `blobs`."""
    return f"{repository.document['url']}/git/{kind}/{name}"


def ref(repository: Repository, name: str, sha: str) -> Json:
    """A reference; `name` is without `refs/`."""
    target = {"type": "commit", "sha": sha, "url": address(repository, "commits", sha)}
    full_name = f"refs/{name}"
    url = address(repository, "refs", name)
    return {"ref": full_name, "node_id": node_id("Ref", full_name), "url": url, "object": target}


def commit(repository: Repository, sha: str, kept: Commit) -> Json:
    """A commit."""
    page = f"{WEB}/{repository.full_name}/commit"
    parents = [
        {"sha": each, "url": address(repository, "commits", each), "html_url": f"{page}/{each}"}
        for each in kept.parents
    ]
    return {
        "sha": sha,
        "node_id": node_id("Commit", sha),
        "url": address(repository, "commits", sha),
        "html_url": f"{page}/{sha}",
        "author": _person(kept.author),
        "committer": _person(kept.committer),
        "tree": {"sha": kept.tree, "url": address(repository, "trees", kept.tree)},
        "message": kept.message,
        "parents": parents,
        "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
    }


def tree(repository: Repository, sha: str, entries: Sequence[Entry]) -> Json:
    """A tree."""
    listed = [
        {
            "path": each.path,
            "mode": each.mode,
            "type": each.kind,
            "sha": each.sha,
            "url": address(repository, f"{each.kind}s", str(each.sha)),
        }
        for each in entries
    ]
    return {"sha": sha, "url": address(repository, "trees", sha), "tree": listed, "truncated": False}


def blob(repository: Repository, sha: str, data: bytes) -> Json:
    """A file's bytes, in base64 with GitHub's line ends."""
    return {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(data),
        "url": address(repository, "blobs", sha),
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }


def _person(who: Signature) -> Json:
    at = datetime.fromtimestamp(int(who.date.split()[0]), UTC)
    return {"name": who.name, "email": who.email, "date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
