"""Git data: references, commits, trees and blobs of a repository that was created here.

https://docs.github.com/en/rest/git
"""

import base64
import binascii

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from local.github import git_shapes
from local.github.answers import ApiError, not_found
from local.github.git import GitRepository
from local.github.git_requests import commit_of, entries_of, invalid, object_of
from local.github.lookup import Need, current
from local.github.routing import about
from local.github.world import Repository

routes = Blueprint("git", __name__)
_READ, _WRITE = Need("contents"), Need("contents", "write")


@about(routes, "/git/ref/<path:reference>", _READ)
def show_ref(repository: Repository, reference: str) -> ResponseReturnValue:
    """What a reference (`heads/main`) stands for."""
    sha = _git(repository).ref(f"refs/{reference}")
    if sha is None:
        raise not_found("/git/refs#get-a-reference")
    return git_shapes.ref(repository, reference, sha)


@about(routes, "/git/commits/<sha>", _READ)
def show_commit(repository: Repository, sha: str) -> ResponseReturnValue:
    """A commit."""
    git = _git(repository)
    _found(git, sha, "commit")
    return git_shapes.commit(repository, sha, git.read_commit(sha))


@about(routes, "/git/trees/<sha>", _READ)
def show_tree(repository: Repository, sha: str) -> ResponseReturnValue:
    """A tree, with what is below it when `recursive` is asked for."""
    git = _git(repository)
    _found(git, sha, "tree")
    return git_shapes.tree(repository, sha, git.read_tree(sha, recursive="recursive" in request.args))


@about(routes, "/git/blobs/<sha>", _READ)
def show_blob(repository: Repository, sha: str) -> ResponseReturnValue:
    """The bytes of a file in base64."""
    git = _git(repository)
    _found(git, sha, "blob")
    return git_shapes.blob(repository, sha, git.read_blob(sha))


@about(routes, "/git/blobs", _WRITE, method="POST")
def create_blob(repository: Repository) -> ResponseReturnValue:
    """The bytes of a file, sent as text or in base64."""
    git, sent = _git(repository), object_of(request)
    content, encoding = sent.get("content"), sent.get("encoding", "utf-8")
    if not isinstance(content, str) or encoding not in ("utf-8", "base64"):
        raise invalid("Invalid request. For 'content', a string is required.")
    try:
        data = base64.b64decode(content, validate=False) if encoding == "base64" else content.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise invalid("Unable to decode the content of the blob") from None
    sha = git.write_blob(data)
    return {"sha": sha, "url": git_shapes.address(repository, "blobs", sha)}, 201


@about(routes, "/git/trees", _WRITE, method="POST")
def create_tree(repository: Repository) -> ResponseReturnValue:
    """A tree like `base_tree` with the entries that were sent."""
    git, sent = _git(repository), object_of(request)
    base = sent.get("base_tree")
    if base is not None and git.kind(str(base)) not in ("tree", "commit"):
        raise invalid("base_tree is not a valid tree oid")
    sha = git.write_tree(entries_of(sent, git), base)
    return git_shapes.tree(repository, sha, git.read_tree(sha, recursive=False)), 201


@about(routes, "/git/commits", _WRITE, method="POST")
def create_commit(repository: Repository) -> ResponseReturnValue:
    """A commit, by the App's bot unless it names an author."""
    git, github = _git(repository), current().github
    bot = github.world.apps[current().principal.app_id or 0].bot
    commit = commit_of(object_of(request), git, bot, github.clock.now())
    sha = git.write_commit(commit)
    return git_shapes.commit(repository, sha, git.read_commit(sha)), 201


@about(routes, "/git/refs/<path:reference>", _WRITE, method="PATCH")
def update_ref(repository: Repository, reference: str) -> ResponseReturnValue:
    """Let a reference stand for another commit, one ahead of it unless `force` is true."""
    git, sent = _git(repository), object_of(request)
    sha = sent.get("sha")
    if git.ref(f"refs/{reference}") is None:
        raise invalid("Reference does not exist")
    if not isinstance(sha, str) or git.kind(sha) != "commit":
        raise invalid("Object does not exist")
    if not git.move_ref(f"refs/{reference}", sha, force=sent.get("force") is True):
        raise invalid("Update is not a fast forward")
    return git_shapes.ref(repository, reference, sha)


def _git(repository: Repository) -> GitRepository:
    """The git repository, once it has a first commit; refuses in GitHub's words."""
    git = current().github.store.get(repository.id)
    if git is None or git.is_empty():
        raise ApiError(409, "Git Repository is empty.", page="/git")
    return git


def _found(git: GitRepository, sha: str, kind: str) -> None:
    if git.kind(sha) != kind:
        raise not_found(f"/git/{kind}s#get-a-{kind}")
