"""Do the report and the rates say what a plain recount says, of every history, whatever people wrote?"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared.domain.agent_run import EVIDENCE, AgentRun
from shared.domain.audit_markdown import CLOSING, markdown
from shared.domain.audit_report import MOST_NAMED, AuditPeriod, AuditReport
from shared.domain.audit_row import AuditRow, EventRow, audit_row, event_row
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.verification import Broken
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


def an_event(**fields: Any) -> ProvisioningEvent:  # noqa: ANN401  # the same
    told: dict[str, Any] = {
        "event_id": "4" * 40,
        "owner_id": "ann",
        "intent_id": "1" * 40,
        "intent_digest": "2" * 64,
        "approval_id": "3" * 40,
        "approval": an_approval(),
        "github_repository_id": 7,
        "repo_full_name": "sample-org/seedlings",
        "resource_url": "https://github.com/sample-org/seedlings",
        "structure_type": "speckit-ready",
        "speckit_version": "1.2.3",
        "created_at": START,
    }
    return ProvisioningEvent(**{**told, **fields})


Act = tuple[AgentRun | ProvisioningEvent, set[str], str | None]


def a_history(random: Random) -> tuple[list[Act], list[tuple[datetime, str]]]:
    """Runs and events over five days, with what was made to be missing from each; and decisions."""
    runs: list[Act] = []
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
    for _ in range(random.choice([0, 0, 1, 3])):
        at = START + timedelta(hours=random.randrange(120))
        missing = {name for name in ("missing_intent", "missing_evidence") if random.random() < 0.1}
        approved = random.choice(["sound", "sound", "missing_approval", "approval_expired"])
        missing |= {approved} - {"sound"}
        event = an_event(
            created_at=at,
            approval={"missing_approval": an_approval(status="rejected")}.get(
                approved, an_approval(validTo=at + timedelta(seconds=int(approved == "sound")))
            ),
            resource_url="" if "missing_evidence" in missing else "https://github.com/sample-org/seedlings",
        )
        runs.append((event, missing, None))
    statuses = ("approved", "rejected", "sent_back")
    decisions = [(START + timedelta(hours=random.randrange(120)), random.choice(statuses)) for _ in range(7)]
    return runs, decisions


def recount(history: list[Act], decisions: list[str]) -> dict[str, float]:
    """The oracle: the rates and the metric, counted in plain lines from what was made to be missing."""
    links = {"missing_intent", "missing_approval", "approval_expired", "missing_evidence"}
    runs = linked = decided = approved = deficient = 0
    days = defaultdict(list)
    for act, missing, _ in history:
        whole = not missing & links
        runs += isinstance(act, AgentRun)
        linked += isinstance(act, AgentRun) and whole
        deficient += bool(missing)
        days[act.created_at.date()].append(whole)
    for status in decisions:
        approved += status == "approved"
        decided += status in ("approved", "rejected")
    clean = sum(all(each) for each in days.values())
    return {
        "linkRate": linked / runs if runs else 1,
        "approvalRate": approved / decided if decided else 1,
        "auditSuccessRate": clean / len(days) if days else 1,
        "successMetric": 0 if deficient else 1,
    }


def rows_of(history: list[Act]) -> list[AuditRow | EventRow]:
    return [
        audit_row(act, intent_exists="missing_intent" not in missing, ledger_fault=fault)
        if isinstance(act, AgentRun)
        else event_row(act, intent_exists="missing_intent" not in missing, ledger_fault=fault)
        for act, missing, fault in history
    ]


def report_of(rows: Iterable[AuditRow | EventRow], *decisions: str) -> AuditReport:
    period = AuditPeriod(START, START + timedelta(days=5))
    report = AuditReport(period, START, approved=decisions.count("approved"), rejected=decisions.count("rejected"))
    return report.add_all(rows)


def lines_of(*rows: AuditRow | EventRow) -> list[str]:
    runs = [row for row in rows if isinstance(row, AuditRow)]
    return list(markdown(report_of(rows), runs, [row for row in rows if isinstance(row, EventRow)]))


def table_under(text: str, heading: str) -> list[list[str]]:
    """The rows of the last table under a heading, cell by cell, as GitHub splits them."""
    part = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in part.split("\n") if line.startswith("|")]
    last = max(number for number, line in enumerate(lines) if re.fullmatch(r"\|( --- \|)+", line))
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[last + 1 :]]


class TestReports:
    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_equal_a_recount_of_every_history(self) -> None:
        for seed in range(HISTORIES):
            history, decisions = a_history(Random(seed))
            rows, statuses = rows_of(history), [status for _, status in decisions]
            report = report_of(rows, *statuses)
            told = {
                "linkRate": report.kpi.link_rate,
                "approvalRate": report.kpi.approval_rate,
                "auditSuccessRate": report.kpi.audit_success_rate,
                "successMetric": report.success_metric,
            }
            assert told == recount(history, statuses), seed
            assert [set(row.deficiencies) for row in rows] == [missing for _, missing, _ in history], seed
            missing = Counter(name for _, each, _ in history for name in each)
            assert report.counts() == dict(missing), seed

    def test_are_sound_over_nothing(self) -> None:
        report = report_of([])
        assert (report.success_metric, report.kpi.link_rate, report.kpi.approval_rate) == (1, 1, 1)
        assert "There is nothing to audit in this period." in lines_of()

    def test_name_a_broken_chain_under_which_no_row_stands(self) -> None:
        report = report_of([])
        report.add_chain(3, Broken("intents/i", 2, "document_missing", "agent-runs/r"))
        assert (report.success_metric, report.counts()) == (0, {"ledger_broken": 1})
        lines = list(markdown(report, [], []))
        assert "| intents/i | 2 | `document_missing` | agent-runs/r |" in lines

    def test_count_all_that_is_deficient_and_name_the_first_of_it(self) -> None:
        rows = [audit_row(a_run(run_id=f"run-{number}"), intent_exists=False) for number in range(MOST_NAMED + 2)]
        report = report_of(rows)
        assert (len(report.deficient), report.deficient_rows) == (MOST_NAMED, MOST_NAMED + 2)
        assert "And 2 more rows that lack something." in lines_of(*rows)


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
    def test_has_a_row_for_each_run_and_event_whatever_people_wrote(self, words: str) -> None:
        told = {"owner_id": words, "intent_id": words, "repo_full_name": words}
        runs = [audit_row(a_run(run_id=words, evidence=[words], **told), ledger_fault=words or "x") for _ in range(3)]
        events = [event_row(an_event(resource_url=words, **told), intent_exists=False) for _ in range(2)]
        text = "\n".join(lines_of(*runs, *events))
        assert [len(row) for row in table_under(text, "Runs")] == [11] * 3
        assert [len(row) for row in table_under(text, "Provisioned repositories")] == [8] * 2
        assert [len(row) for row in table_under(text, "Deficiencies")] == [4] * 5
        assert "<!--" not in text
        assert "<script>" not in text

    def test_names_deficiencies_before_runs_and_ends_with_a_closing_line(self) -> None:
        lines = lines_of(audit_row(a_run(), intent_exists=False))
        assert lines.index("## KPIs") < lines.index("## Deficiencies") < lines.index("## Runs")
        assert "| `missing_intent` | 1 | the intent is not there |" in lines
        assert lines[-1] == CLOSING
        assert CLOSING not in lines[:-1]

    def test_shows_where_a_repository_is(self) -> None:
        lines = lines_of(event_row(an_event()))
        assert any("| `https://github.com/sample-org/seedlings` |" in line for line in lines)

    def test_gives_rates_and_ids_as_they_are(self) -> None:
        lines = lines_of(audit_row(a_run(run_id="my_run_1")))
        assert "| Link rate | 1.000 | 1 of 1 runs |" in lines
        assert any("| `my_run_1` |" in line for line in lines)
        assert "Nothing is missing." in lines
