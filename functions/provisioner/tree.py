"""What does a provisioned repository contain? spec-kit's own files, and what was approved in their form.

A pure function of the blueprint: a second attempt makes the same blobs, tree and commit.
"""

from dataclasses import replace

from functions.provisioner import constitution, readme
from functions.provisioner.specification import folder, specification
from functions.provisioner.speckit import SPECKIT_VERSION, SpeckitError, scaffold
from shared.clients.github import TreeFile
from shared.domain.blueprint import Blueprint

__all__ = ["SPECKIT_VERSION", "commit_message", "tree"]

_SPECIFICATION_TEMPLATE = ".specify/templates/spec-template.md"
_MESSAGE = """\
Begin with spec-kit, from what was approved

spec-kit's files as specify-cli {version} writes them, with a constitution and a first specification made from
the goal, the constraints and the success that the intent states.

WorkLog-Job: {job}
WorkLog-Intent: {intent}
WorkLog-Approval: {approval}
Spec-Kit-Version: {version}
"""


def tree(blueprint: Blueprint) -> tuple[TreeFile, ...]:
    """Every file of the repository, in the order of their paths.

    Raises `RetryLaterError` when spec-kit's command does not end, `SpeckitError` when it fails or makes something else
    than we know, `ConfigurationError` when it is not the one we know.
    """
    files = {file.path: file for file in scaffold(blueprint.agent, blueprint.created_at)}
    ratified = constitution.constitution(_text(files, constitution.PATH), blueprint)
    specified = specification(_text(files, _SPECIFICATION_TEMPLATE), blueprint)
    files[constitution.PATH] = replace(files[constitution.PATH], content=ratified.encode())
    for path, text in ((readme.PATH, readme.readme(blueprint)), (f"{folder(blueprint)}/spec.md", specified)):
        files[path] = TreeFile(path, text.encode())
    return tuple(files[path] for path in sorted(files))


def commit_message(blueprint: Blueprint) -> str:
    """Subject, body and trailers of the one commit; no word of a user is in it, for a commit's words can act."""
    return _MESSAGE.format(
        version=SPECKIT_VERSION, job=blueprint.job_id, intent=blueprint.intent_id, approval=blueprint.approval_id
    )


def _text(files: dict[str, TreeFile], path: str) -> str:
    if path not in files:
        raise SpeckitError("spec-kit's command has left out a file that we fill")
    return files[path].content.decode()
