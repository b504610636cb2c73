"""What was sent to be kept in git, and what has GitHub against it?"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Request

from local.github.answers import ApiError
from local.github.git import Commit, Entry, GitRepository, Signature
from local.github.shapes import Json

_MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}
_MALFORMED = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)|[\x00\n]", re.IGNORECASE)


def object_of(request: Request) -> Json:
    """The JSON object in the body; refuses in GitHub's words."""
    sent: Any = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise ApiError(400, "Problems parsing JSON", page="/git")
    return sent


def invalid(message: str) -> ApiError:
    """A refusal of what was sent."""
    return ApiError(422, message, page="/git")


def entries_of(sent: Mapping[str, Any], git: GitRepository) -> list[Entry]:
    """The entries of a new tree; the content that some of them carry is kept."""
    listed = sent.get("tree")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise invalid("Invalid request. For 'tree', an array is required.")
    return [_entry(each, git) for each in listed]


def commit_of(sent: Mapping[str, Any], git: GitRepository, bot: Json, now: float) -> Commit:
    """The commit that was sent, by the bot where it names nobody."""
    tree, parents, message = sent.get("tree"), sent.get("parents", []), sent.get("message")
    if not isinstance(message, str) or not message:
        raise invalid('Invalid request. "message" wasn\'t supplied.')
    if git.kind(str(tree)) != "tree":
        raise invalid("Tree SHA does not exist")
    if not isinstance(parents, list) or any(git.kind(str(each)) != "commit" for each in parents):
        raise invalid("Parent SHA does not exist or is not a commit object")
    email = f"{bot['id']}+{bot['login']}@users.noreply.github.com"
    nobody = Signature(bot["login"], email, f"{int(now)} +0000")
    author = _signature(sent.get("author"), nobody)
    return Commit(str(tree), parents, author, _signature(sent.get("committer"), author), message)


def _entry(sent: Mapping[str, Any], git: GitRepository) -> Entry:
    path, mode, sha, content = sent.get("path"), sent.get("mode"), sent.get("sha"), sent.get("content")
    if not isinstance(path, str) or _MALFORMED.search(path):
        raise invalid("tree.path contains a malformed path component")
    if not isinstance(mode, str) or mode not in _MODES:
        raise invalid("tree.mode is not included in the list")
    if sha is not None and content is not None:
        raise invalid("Must supply either tree.sha or tree.content")
    if isinstance(content, str):
        return Entry(path, mode, git.write_blob(content.encode()))
    if sha is None and "sha" in sent:
        return Entry(path, mode, None)
    kind = _MODES[mode]
    if not isinstance(sha, str) or git.kind(sha) != kind:
        raise invalid(f"tree.sha {sha} is not a valid {kind}")
    return Entry(path, mode, sha, kind)


def _signature(sent: object, default: Signature) -> Signature:
    """An author or committer as sent; without a date, the default's."""
    if sent is None:
        return default
    if not isinstance(sent, dict) or not all(isinstance(sent.get(each), str) for each in ("name", "email")):
        raise invalid('Invalid request. "name", "email" weren\'t supplied.')
    if "date" not in sent:
        return Signature(sent["name"], sent["email"], default.date)
    try:
        at = datetime.fromisoformat(sent["date"]).astimezone(UTC)
    except (TypeError, ValueError):
        raise invalid('Invalid request. "date" is not a valid date') from None
    return Signature(sent["name"], sent["email"], f"{int(at.timestamp())} +0000")
