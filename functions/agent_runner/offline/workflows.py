"""Workflows: what may a changed GitHub workflow do that it could not do before?

https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions
"""

import re
from collections.abc import Iterator

from functions.agent_runner.offline.hit import Hit, Rule
from functions.agent_runner.offline.source import Source

_WORKFLOW = re.compile(r"(^|/)\.github/(workflows/[^/]+\.ya?ml|actions/.+/action\.ya?ml)$|(^|/)action\.ya?ml$")
_OWN = frozenset({"actions", "github"})
_USES = re.compile(
    r"^\s*(?:-\s+)?uses:\s*[\"']?(?P<action>(?P<owner>[\w.-]+)/[\w./-]+)@(?P<version>[\w./-]+)", re.IGNORECASE
)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_STEP = Rule(
    "unpinned_action",
    "low",
    "Action of a third party at a tag that can move",
    "whoever owns the tag can change what runs here; pin the commit.",
)
_LINES: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (
        re.compile(r"^\s*permissions:\s*[\"']?write-all\b"),
        Rule(
            "permissions",
            "high",
            "Workflow may write everything",
            "name the permissions that it needs; the token of every step has all of these.",
        ),
    ),
    (
        re.compile(
            r"^\s*(?:contents|actions|packages|deployments|id-token|pull-requests|security-events|checks|statuses|pages"
            r"|attestations|workflows):\s*[\"']?write\b"
        ),
        Rule(
            "permissions",
            "medium",
            "Workflow may write more than before",
            "every step of the job gets this right, those of third parties too.",
        ),
    ),
    (
        re.compile(r"^\s*(?:-\s+)?[\"']?pull_request_target\b|\bon:.*\bpull_request_target\b"),
        Rule(
            "pull_request_target",
            "high",
            "Workflow of a stranger's pull request has secrets",
            "pull_request_target runs with the secrets and the token of this repository: check nothing of the pull"
            " request out, run nothing of it.",
        ),
    ),
    (
        re.compile(r"\b(?:echo|printf|cat|tee)\b.*\$\{\{\s*secrets\."),
        Rule(
            "secret_printed",
            "high",
            "Secret is printed",
            "masks in logs are lost by any change of the text; give it as an environment variable.",
        ),
    ),
    (
        re.compile(
            r"\$\{\{[^}]*\bgithub\.(?:event\.(?:issue|pull_request|comment|review|discussion|head_commit)[\w.]*"
            r"\.(?:title|body|message|ref|label|name|email)\b|head_ref\b)"
        ),
        Rule(
            "text_in_script",
            "high",
            "Text of strangers becomes part of a script",
            "it is pasted in before the shell reads it; give it as an environment variable.",
        ),
    ),
)
_HARMLESS = re.compile(r"^\s*(?:-\s+)?(?:if|name|group|run-name|key|title|ref|concurrency|[A-Z][A-Z0-9_]*):")


def hits(source: Source) -> Iterator[Hit]:
    """What is new in a workflow and wants a second look."""
    if not _WORKFLOW.search(source.path):
        return
    used = {match["action"] for line in source.lines if not line.fresh and (match := _USES.match(line.text))}
    for line in source.fresh:
        for pattern, rule in _LINES:
            if pattern.search(line.text) and not (rule.code == "text_in_script" and _HARMLESS.match(line.text)):
                yield Hit(rule, source.path, line.number, line.text.strip())
        match = _USES.match(line.text)
        if match and match["action"] not in used and _can_move(match["owner"], match["version"]):
            yield Hit(_STEP, source.path, line.number, f"{match['action']}@{match['version']}")


def _can_move(owner: str, version: str) -> bool:
    return owner.lower() not in _OWN and not _COMMIT.fullmatch(version)
