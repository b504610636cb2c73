"""A blueprint: what a provisioned repository's content is made from, and nothing else is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Blueprint:
    """All that a provisioned repository's content is made from: the same blueprint makes the same bytes.

    `constraints` is canonical JSON as the intent keeps it; `agent` is None, "copilot", "claude", "gemini" or "codex";
    `created_at` is the job's.
    """

    job_id: str
    intent_id: str
    approval_id: str
    name: str
    goal: str
    constraints: str
    success: str
    agent: str | None
    created_at: datetime
