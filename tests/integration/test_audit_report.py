"""GET /api/audit/report and /api/audit/ledger: whose acts, of which period, what they lack, and nothing invented."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from markdown_it import MarkdownIt

from shared.domain.agent_run import EVIDENCE
from shared.domain.audit_markdown import CLOSING
from shared.verify.__main__ import main
from tests.api import conforms, operations
from tests.cards import NOON, a_card, put
from tests.deployment import Deployment
from tests.governance import HARMLESS, RISKY, Office, moment
from tests.governed import an_intent, put_event, put_intent, put_run
from tests.sizes import size

REPORT, LEDGER = "/api/audit/report", "/api/audit/ledger"
HISTORIES = size(6, long=60)
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
WITHOUT = {
    "nothing": {},
    "to": {"from": MARCH["from"]},
    "from": {"to": MARCH["to"]},
    "sense": {"from": "yesterday", "to": MARCH["to"]},
    "zone": {"from": "2026-03-01T00:00:00", "to": MARCH["to"]},
    "time": {"from": "2026-03-01", "to": "2026-04-01"},
    "length": {"from": MARCH["to"], "to": MARCH["to"]},
    "order": {"from": MARCH["to"], "to": MARCH["from"]},
    "bound": {"from": "2026-01-01T00:00:00Z", "to": "2027-01-02T00:00:00.000001Z"},
    "repository": {**MARCH, "scope": "not a repository"},
    "known fields": {**MARCH, "owner": "ann"},
    "a real day": {"from": "2026-02-30T00:00:00Z", "to": MARCH["to"]},
}


class Reader:
    """Somebody who asks for reports; every answer is held against the document."""

    def __init__(self, deployment: Deployment, uid: str, *roles: str) -> None:
        self._client = deployment.function("audit")
        self._bearer = deployment.bearer(uid, claims=dict.fromkeys(roles, True))

    def get(self, path: str, query: Mapping[str, str], **headers: str) -> Any:  # noqa: ANN401  # werkzeug's answer
        answer = self._client.get(path, query_string=query, headers={**self._bearer, **headers})
        conforms(answer, next(each for each in operations() if each.matches("GET", path)))
        return answer

    def report(self, **query: str) -> Any:  # noqa: ANN401  # JSON
        answer = self.get(REPORT, {**MARCH, **query})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def markdown(self, **query: str) -> str:
        answer = self.get(REPORT, {**MARCH, **query}, Accept="text/markdown")
        assert (answer.status_code, answer.mimetype) == (200, "text/markdown")
        text: str = answer.text
        return text


@pytest.fixture
def ann(deployment: Deployment) -> Reader:
    return Reader(deployment, "ann")


@pytest.fixture
def auditor(deployment: Deployment) -> Reader:
    return Reader(deployment, "audrey", "auditor")


class TestQuery:
    @pytest.mark.parametrize("lacks", WITHOUT)
    def test_is_refused_without(self, standing: Deployment, lacks: str) -> None:
        answer = Reader(standing, "ann").get(REPORT, WITHOUT[lacks])
        assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_input")

    def test_may_name_366_days(self, standing: Deployment) -> None:
        year = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-02T00:00:00Z"}
        assert Reader(standing, "ann").get(REPORT, year).status_code == 200

    def test_needs_a_person(self, standing: Deployment) -> None:
        assert standing.function("audit").get(REPORT, query_string=MARCH).status_code == 401

    @pytest.mark.parametrize("lacks", ["to", "from", "sense", "length", "order", "bound", "known fields"])
    def test_of_a_ledger_is_refused_without(self, standing: Deployment, lacks: str) -> None:
        assert Reader(standing, "ann").get(LEDGER, WITHOUT[lacks]).status_code == 400


class TestReport:
    def test_of_nothing_succeeds(self, ann: Reader) -> None:
        said = ann.report()
        assert (said["successMetric"], said["rows"], said["provisioningEvents"], said["complete"]) == (1, [], [], True)
        assert said["kpi"] == {**said["kpi"], "linkRate": 1, "approvalRate": 1, "auditSuccessRate": 1}

    def test_is_of_a_half_open_period(self, deployment: Deployment, ann: Reader) -> None:
        for number, hours in enumerate((-1, 0, 1, 2)):
            put_run(deployment, "ann", number, hours=hours)
            put_event(deployment, "ann", number, hours=hours)
        ends = {"from": moment(NOON), "to": moment(NOON + timedelta(hours=2))}
        said = ann.report(**ends)
        assert [row["runId"] for row in said["rows"]] == ["run-1", "run-2"]
        assert len(said["provisioningEvents"]) == 2

    def test_is_of_ones_own_for_all_but_auditors(self, deployment: Deployment, ann: Reader, auditor: Reader) -> None:
        put_run(deployment, "ann", 1)
        put_run(deployment, "bob", 2, hours=1)
        put_event(deployment, "bob", 2)
        assert [row["ownerId"] for row in ann.report()["rows"]] == ["ann"]
        assert ann.report()["provisioningEvents"] == []
        assert [row["ownerId"] for row in auditor.report()["rows"]] == ["ann", "bob"]
        assert (ann.report()["whose"], auditor.report()["whose"]) == ("own", "everybody")
        assert Reader(deployment, "abe", "approver").report()["rows"] == []
        assert "bob" not in ann.markdown()

    def test_is_of_one_repository_where_it_is_named(self, deployment: Deployment, auditor: Reader) -> None:
        put_run(deployment, "ann", 1)
        put_run(deployment, "ann", 2, repo_full_name="sample-org/parcel-map")
        put_event(deployment, "ann", 1)
        for reader in (auditor, Reader(deployment, "ann")):
            said = reader.report(scope="sample-org/parcel-map")
            assert ([row["runId"] for row in said["rows"]], said["provisioningEvents"]) == (["run-2"], [])
            assert len(reader.report(scope="sample-org/new-service")["provisioningEvents"]) == 1
            assert reader.report(scope="sample-org/nothing")["successMetric"] == 1

    def test_ends_with_what_says_that_it_is_complete(self, deployment: Deployment, ann: Reader) -> None:
        put_run(deployment, "ann")
        assert list(ann.report())[-1] == "complete"
        assert ann.report()["markdown"].splitlines()[-1] == CLOSING
        as_of = [" | As of", "| As of"]
        told = [line for line in ann.markdown().splitlines() if not line.startswith(tuple(as_of))]
        assert told == [line for line in ann.report()["markdown"].splitlines() if not line.startswith(tuple(as_of))]

    def test_tells_of_acts_through_the_api(self, deployment: Deployment) -> None:
        office = Office(deployment)
        office.hold()
        ann, bob = office.person("ann", "breakGlass"), office.person("bob", "approver")
        harmless, risky = ann.state(HARMLESS)["intentId"], ann.state(RISKY)["intentId"]
        approval_id = bob.decide(risky)["approvalId"]
        ann.decide(harmless, "rejected")
        runs = [
            ann.start(harmless, runId="low"),
            ann.start(risky, runId="approved", approvalId=approval_id),
            ann.start(risky, runId="broken", breakGlass={"reason": "production is down"}),
            ann.start(risky, runId="refused"),
        ]
        assert [each.status_code for each in runs] == [201, 201, 201, 400]
        now = deployment.services().now()
        period = {"from": moment(now - timedelta(hours=1)), "to": moment(now + timedelta(hours=1))}
        said = Reader(deployment, "audrey", "auditor").report(**period)
        lacking = {row["runId"]: row["deficiencies"] for row in said["rows"]}
        assert lacking == {"low": [], "approved": [], "broken": ["missing_approval", "break_glass"]}
        assert (said["successMetric"], said["deficientRows"]) == (0, 1)
        assert said["deficiencies"] == {"missing_approval": 1, "break_glass": 1}
        assert (said["kpi"]["approvalRate"], said["ledger"]["broken"]) == (0.5, 0)

    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_equals_a_recount_of_every_history(self, deployment: Deployment) -> None:
        for seed in range(HISTORIES):
            uid, random = f"person-{seed}", Random(seed)
            made = [a_made_run(deployment, uid, number, random) for number in range(random.choice([0, 1, 4, 9]))]
            made += [a_made_event(deployment, uid, number, random) for number in range(random.choice([0, 0, 2]))]
            said = Reader(deployment, uid).report()
            rows = [*said["rows"], *said["provisioningEvents"]]
            found = {row.get("runId") or row["eventId"]: set(row["deficiencies"]) for row in rows}
            assert found == dict(made), seed
            assert said["successMetric"] == (0 if any(found.values()) else 1), seed


class TestChains:
    def test_that_were_tampered_with_are_named_with_their_first_bad_entry(
        self, deployment: Deployment, ann: Reader, capsys: pytest.CaptureFixture[str]
    ) -> None:
        put_run(deployment, "ann", 1)
        put_run(deployment, "ann", 2)
        assert ann.report()["successMetric"] == 1
        intent_id = ann.report()["rows"][0]["intentId"]
        entry = deployment.firestore.document(f"intents/{intent_id}/ledger/00000002")
        entry.update({"canonical": "{}"})
        capsys.readouterr()
        said = ann.report()
        fault = f"intents/{intent_id} at entry 2: entry_altered"
        assert [row.get("ledgerFault") for row in said["rows"]] == [fault, None]
        assert said["ledger"]["named"] == [
            {"subject": f"intents/{intent_id}", "seq": 2, "reason": "entry_altered"},
        ]
        assert fault in ann.markdown().replace("\\_", "_")
        (line, _) = [json.loads(each) for each in capsys.readouterr().out.splitlines() if "ledger_broken" in each]
        assert (line["severity"], line["subject"], line["seq"]) == ("ERROR", f"intents/{intent_id}", 2)

    def test_of_cards_are_looked_at_too(self, deployment: Deployment, ann: Reader, auditor: Reader) -> None:
        card_id = put(deployment, a_card("ann"))
        assert ann.report()["ledger"] == {"checked": 1, "entries": 1, "broken": 0, "named": []}
        deployment.firestore.document(f"asset-cards/{card_id}").update({"title": "Saved a million"})
        for reader in (ann, auditor):
            (named,) = reader.report()["ledger"]["named"]
            assert named == {"subject": f"asset-cards/{card_id}", "seq": 1, "reason": "subject_altered"}
        assert "Saved a million" not in auditor.markdown()

    def test_show_a_run_that_was_deleted_under_an_intent_of_before(self, deployment: Deployment, ann: Reader) -> None:
        run_id = put_run(deployment, "ann")
        deployment.firestore.document(f"agent-runs/{run_id}").delete()
        said = ann.report()
        assert (said["rows"], said["successMetric"]) == ([], 0)
        assert said["ledger"]["named"][0]["document"] == f"agent-runs/{run_id}"
        assert said["deficiencies"] == {"ledger_broken": 1}

    @pytest.mark.parametrize("value", [7, None, [], {"a": 1}, "", float("nan"), b"\xff", "\u202e|\n# x", 2**62])
    def test_survive_fields_of_every_type(self, deployment: Deployment, ann: Reader, value: object) -> None:
        run_id = put_run(deployment, "ann", 1)
        put_event(deployment, "ann", 1)
        run = deployment.firestore.document(f"agent-runs/{run_id}")
        fields = run.get().to_dict() or {}
        for name in ("intentId", "approval", "evidence", "riskLevel", "prNumber", "tokens", "startedAt"):
            if fields[name] == value:
                continue
            run.set({**fields, name: value})
            assert ann.report()["successMetric"] == 0, name
            assert ann.markdown().splitlines()[-1] == CLOSING
        run.set(fields)
        assert ann.report()["successMetric"] == 1


class TestMoment:
    def test_is_one_for_all_that_is_read(self, deployment: Deployment) -> None:
        put_run(deployment, "ann", 1)
        store = deployment.services().store.at_once()
        put_run(deployment, "ann", 2)
        query = store.database.collection("agent-runs")
        references = [store.database.reference("agent-runs", each) for each in deployment.documents("agent-runs")]
        assert len(store.database.run(query)) == store.database.total(query) == 1
        assert sorted(each.exists for each in store.database.read_all(references)) == [False, True]
        assert sorted(store.database.read(each).exists for each in references) == [False, True]

    def test_is_told(self, deployment: Deployment, ann: Reader) -> None:
        before = deployment.services().now()
        told = datetime.fromisoformat(ann.report()["asOf"])
        assert before - timedelta(minutes=1) < told < deployment.services().now() + timedelta(minutes=1)


class TestLedger:
    def test_is_a_download_that_the_check_reads(self, deployment: Deployment, tmp_path: Path) -> None:
        put_run(deployment, "ann", 1)
        put_event(deployment, "ann", 1)
        put(deployment, a_card("ann"))
        put_run(deployment, "bob", 2)
        for reader, chains in ((Reader(deployment, "ann"), 3), (Reader(deployment, "audrey", "auditor"), 4)):
            for query in (MARCH, {}):
                answer = reader.get(LEDGER, query)
                assert "worklog-ledger.json" in answer.headers["Content-Disposition"]
                file = tmp_path / "ledger.json"
                file.write_bytes(answer.data)
                assert len(answer.get_json()["chains"]) == chains
                assert main([str(file)]) == 0

    def test_shows_nobody_elses_card(self, deployment: Deployment, auditor: Reader, ann: Reader) -> None:
        put(deployment, a_card("ann", title="A secret thing"))
        (own,), (seen,) = (reader.get(LEDGER, {}).get_json()["chains"] for reader in (ann, auditor))
        assert own["state"]["title"] == "A secret thing"
        assert "A secret thing" not in json.dumps(seen)
        assert len(seen["state"]) == 64

    def test_of_a_period_raises_no_alarm_for_what_lies_outside(
        self, deployment: Deployment, auditor: Reader, ann: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        for number, hours in enumerate((-24 * 40, 0, 24 * 40)):
            put_run(deployment, "ann", number, hours=hours)
            put_run(deployment, "bob", 10 + number, hours=hours)
            put_intent(deployment, an_intent("ann", number, hours=hours))
        file, log = tmp_path / "ledger.json", tmp_path / "log.jsonl"
        log.write_text(capsys.readouterr().out)
        for reader, query in ((auditor, MARCH), (ann, MARCH), (auditor, {}), (ann, {})):
            file.write_bytes(reader.get(LEDGER, query).data)
            assert main([str(file), "--anchors", str(log)]) == 0, capsys.readouterr().out
        put_run(deployment, "ann", 5)  # nothing that comes later either
        log.write_text(log.read_text() + capsys.readouterr().out)
        assert main([str(file), "--anchors", str(log)]) == 0, capsys.readouterr().out


class TestMarkdown:
    def test_is_rendered_as_tables_whatever_people_called_things(self, deployment: Deployment, ann: Reader) -> None:
        for number, words in enumerate(("a|b", "x\n| y |", "<!-- ", "`", "[x](http://y)", "\\|")):
            put_run(deployment, "ann", number, risk_level=words, evidence=[words], state="completed")
        said = ann.report()
        html = MarkdownIt("gfm-like", {"linkify": False}).render(said["markdown"])
        table = html.split("<h2>Runs</h2>")[1].split("</table>")[0]
        assert table.count("<tr>") == 1 + len(said["rows"])
        assert table.count("<td>") == 11 * len(said["rows"])
        assert "<a " not in html
        assert "<!--" not in html


def a_made_run(deployment: Deployment, uid: str, number: int, random: Random) -> tuple[str, set[str]]:
    """A run of some day, and what was made to be missing from it."""
    at = NOON + timedelta(hours=(hours := random.randrange(200)))
    approved = random.choice(["none needed", "sound", "missing_approval", "approval_expired"])
    missing = {name for name in ("missing_intent", "missing_evidence", "break_glass") if random.random() < 0.2}
    missing |= {approved} & {"missing_approval", "approval_expired"}
    approval_id = "3" * 40 if approved in ("sound", "approval_expired") else None
    until = at if approved == "approval_expired" else at + timedelta(seconds=1)
    digest = an_intent(uid, 1000 + number, hours=hours, level="Low").intent_digest
    given = {"approvalId": approval_id, "status": "approved", "intentDigest": digest, "validTo": until}
    run_id = put_run(
        deployment,
        uid,
        number,
        hours=hours,
        state="completed",
        requires_approval=approved != "none needed",
        approval_id=approval_id,
        approval=given if approval_id else None,
        evidence=[] if "missing_evidence" in missing else list(EVIDENCE),
        break_glass_reason="fire" if "break_glass" in missing else None,
    )
    if "missing_intent" in missing:
        run = deployment.firestore.document(f"agent-runs/{run_id}").get().to_dict() or {}
        deployment.firestore.document(f"intents/{run['intentId']}").delete()
        missing.add("ledger_broken")
    return f"run-{number}", missing


def a_made_event(deployment: Deployment, uid: str, number: int, random: Random) -> tuple[str, set[str]]:
    """A provisioned repository, and what was made to be missing from it."""
    missing = {name for name in ("missing_approval", "missing_evidence") if random.random() < 0.3}
    fields: dict[str, Any] = {"resource_url": ""} if "missing_evidence" in missing else {}
    fields |= {"approval": {"status": "approved"}} if "missing_approval" in missing else {}
    return put_event(deployment, uid, number, hours=random.randrange(200), **fields), missing
