"""Do the report and the rates say what a plain recount says, of every history, whatever people wrote?"""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared.domain.agent_run import EVIDENCE, AgentRun
from shared.domain.audit_report import CLOSING, AuditReport, markdown
from shared.domain.audit_row import AuditRow, audit_row
from shared.domain.kpi import Figures, figures, kpi
from tests.sizes import size

START = datetime(2026, 3, 1, tzinfo=UTC)
HISTORIES = size(1000, long=20_000)
HOSTILE = (
    *("a|b", "a\nb", "<!-- x", "`", "``a|b``", "\\|", "\\", "|||", "<script>", "[x](http://y)", "| --- |", "-->"),
    *("\u2028", "\r", "\x00", "\u202e", "$x$", "@ann", "&vert;", "&#124;", "<br>", ""),
)


def a_run(**fields: Any) -> AgentRun:  # noqa: ANN401  # of any field
    told: dict[str, Any] = {
        "state": "completed",
        "stage": "review",
        "updated_at": START,
        "agent_run_id": "0" * 40,
        "run_id": "run-1",
        "owner_id": "ann",
        "intent_id": "1" * 40,
        "intent_digest": "2" * 64,
        "intent_kind": "review",
        "risk_level": "Med",
        "requires_approval": True,
        "approval_id": "3" * 40,
        "approval": an_approval(),
        "repo_full_name": "sample-org/parcel-tracker",
        "pr_number": 41,
        "pr_url": "https://github.com/sample-org/parcel-tracker/pull/41",
        "base_sha": "b" * 40,
        "head_sha": "a" * 40,
        "diff_hash": "d" * 64,
        "agent_name": "reviewer",
        "agent_version": "1",
        "model": "offline",
        "request_digest": "e" * 64,
        "created_at": START,
        "started_at": START,
        "evidence": list(EVIDENCE),
    }
    return AgentRun(**{**told, **fields})


def an_approval(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  # the same
    told = {"approvalId": "3" * 40, "status": "approved", "intentDigest": "2" * 64, "selfApproved": False}
    return {**told, "validTo": START + timedelta(days=1), **fields}


def a_history(random: Random) -> tuple[list[tuple[AgentRun, set[str], str | None]], list[tuple[datetime, str]]]:
    """Runs over five days, with what was made to be missing from each; and decisions."""
    runs = []
    for number in range(random.choice([0, 1, 3, 12])):
        at = START + timedelta(hours=random.randrange(120))
        missing = {name for name in ("missing_intent", "missing_evidence", "break_glass") if random.random() < 0.1}
        approved = random.choice(["none needed", "sound", "sound", "missing_approval", "approval_expired"])
        status = random.choice(["completed", "completed", "failed", "queued"])
        missing -= set() if status == "completed" else {"missing_evidence"}
        valid = {"sound": timedelta(seconds=1), "approval_expired": timedelta(0)}.get(approved)
        missing |= {approved} & {"missing_approval", "approval_expired"}
        fault = random.choice([None, None, None, "intents/i at entry 2: entry_altered"])
        missing |= {"ledger_broken"} if fault else set()
        run = a_run(
            run_id=f"run-{number}",
            state=status,
            created_at=at,
            started_at=at,
            requires_approval=approved != "none needed",
            approval_id="3" * 40 if valid is not None else None,
            approval=an_approval(validTo=at + valid) if valid is not None else None,
            evidence=list(EVIDENCE)[: random.randrange(4)] if "missing_evidence" in missing else list(EVIDENCE),
            break_glass_reason="fire" if "break_glass" in missing else None,
        )
        runs.append((run, missing, fault))
    statuses = ("approved", "rejected", "sent_back")
    decisions = [(START + timedelta(hours=random.randrange(120)), random.choice(statuses)) for _ in range(7)]
    return runs, decisions


def recount(history: list[tuple[AgentRun, set[str], str | None]], decisions: list[str]) -> dict[str, float]:
    """The oracle: the rates and the metric, counted in plain lines from what was made to be missing."""
    links = {"missing_intent", "missing_approval", "approval_expired", "missing_evidence"}
    linked = decided = approved = deficient = 0
    days = defaultdict(list)
    for run, missing, _ in history:
        whole = not missing & links
        linked += whole
        deficient += bool(missing)
        days[run.created_at.date()].append(whole)
    for status in decisions:
        approved += status == "approved"
        decided += status in ("approved", "rejected")
    clean = sum(all(each) for each in days.values())
    return {
        "linkRate": linked / len(history) if history else 1,
        "approvalRate": approved / decided if decided else 1,
        "auditSuccessRate": clean / len(days) if days else 1,
        "successMetric": 0 if deficient else 1,
    }


def rows_of(history: list[tuple[AgentRun, set[str], str | None]]) -> list[AuditRow]:
    return [
        audit_row(run, intent_exists="missing_intent" not in missing, ledger_fault=fault)
        for run, missing, fault in history
    ]


def report_of(rows: list[AuditRow], days: list[Figures] | None = None) -> AuditReport:
    return AuditReport(
        START, START + timedelta(days=5), "", rows, kpi(days if days is not None else [figures(rows, [])])
    )


def table_under(text: str, heading: str) -> list[list[str]]:
    """The rows of the last table under a heading, cell by cell, as GitHub splits them."""
    part = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in part.split("\n") if line.startswith("|")]
    last = max(number for number, line in enumerate(lines) if re.fullmatch(r"\|( --- \|)+", line))
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[last + 1 :]]


class TestReports:
    def test_equal_a_recount_of_every_history(self) -> None:
        for seed in range(HISTORIES):
            history, decisions = a_history(Random(seed))
            rows = rows_of(history)
            days = [
                figures(
                    [row for row in rows if row.created_at.date() == day],
                    [status for at, status in decisions if at.date() == day],
                )
                for day in ((START + timedelta(days=number)).date() for number in range(5))
            ]
            report = report_of(rows, days)
            told = {
                "linkRate": report.kpi.link_rate,
                "approvalRate": report.kpi.approval_rate,
                "auditSuccessRate": report.kpi.audit_success_rate,
                "successMetric": report.success_metric,
            }
            assert told == recount(history, [status for _, status in decisions]), seed
            assert [set(row.deficiencies) for row in rows] == [missing for _, missing, _ in history], seed

    def test_are_sound_over_nothing(self) -> None:
        report = report_of([])
        assert (report.success_metric, report.kpi.link_rate, report.kpi.approval_rate) == (1, 1, 1)
        assert "There are no runs in this period." in list(markdown(report))


class TestApprovals:
    @pytest.mark.parametrize(
        "approval",
        [
            None,
            {},
            an_approval(status="rejected"),
            an_approval(status="sent_back"),
            an_approval(intentDigest="f" * 64),
            an_approval(approvalId="f" * 40),
        ],
    )
    def test_that_approve_nothing_are_missing(self, approval: dict[str, Any] | None) -> None:
        assert audit_row(a_run(approval=approval), intent_exists=True).deficiencies == ("missing_approval",)

    def test_that_nobody_needed_but_somebody_named_have_to_hold(self) -> None:
        run = a_run(requires_approval=False, approval=an_approval(status="rejected"))
        assert audit_row(run, intent_exists=True).deficiencies == ("missing_approval",)

    def test_end_strictly_before_their_end(self) -> None:
        ended = a_run(approval=an_approval(validTo=START))
        assert audit_row(ended, intent_exists=True).deficiencies == ("approval_expired",)
        holding = a_run(approval=an_approval(validTo=START + timedelta(microseconds=1)))
        assert audit_row(holding, intent_exists=True).deficiencies == ()

    def test_have_to_hold_when_the_run_is_claimed(self) -> None:
        late = START + timedelta(days=1)
        assert audit_row(a_run(started_at=late), intent_exists=True).deficiencies == ("approval_expired",)
        refused = a_run(started_at=late, state="failed", last_error="approval_invalid")
        assert audit_row(refused, intent_exists=True).deficiencies == ()

    def test_are_not_made_up_for_by_breaking_the_glass(self) -> None:
        run = a_run(approval_id=None, approval=None, break_glass_reason="fire")
        assert audit_row(run, intent_exists=True).deficiencies == ("missing_approval", "break_glass")


class TestMarkdown:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_has_a_row_of_eleven_cells_for_each_run_whatever_people_wrote(self, words: str) -> None:
        fields = {"run_id": words, "owner_id": words, "intent_id": words, "repo_full_name": words, "evidence": [words]}
        rows = [audit_row(a_run(**fields), intent_exists=False, ledger_fault=words or "x") for _ in range(3)]
        text = "\n".join(markdown(report_of(rows)))
        assert [len(row) for row in table_under(text, "Runs")] == [11] * 3
        assert [len(row) for row in table_under(text, "Deficiencies")] == [4] * 3
        assert "<!--" not in text
        assert "<script>" not in text

    def test_names_deficiencies_before_runs_and_ends_with_a_closing_line(self) -> None:
        lines = list(markdown(report_of([audit_row(a_run(), intent_exists=False)])))
        assert lines.index("## KPIs") < lines.index("## Deficiencies") < lines.index("## Runs")
        assert "| `missing_intent` | 1 | the intent is not there |" in lines
        assert lines[-1] == CLOSING
        assert CLOSING not in lines[:-1]

    def test_gives_rates_and_ids_as_they_are(self) -> None:
        lines = list(markdown(report_of([audit_row(a_run(run_id="my_run_1"), intent_exists=True)])))
        assert "| Link rate | 1.000 | 1 of 1 runs |" in lines
        assert any("| `my_run_1` |" in line for line in lines)
        assert "Nothing is missing." in lines
