"""What does the Gemini writer ask, and what becomes of a card in each way in which the model can fail?"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.asset_generator.gemini import GeminiWriter
from functions.asset_generator.gemini.answer import SCHEMA
from functions.asset_generator.generate import generate, grounded
from local.gemini import API_KEY, Behaviour, Gemini, behaviours
from local.github import Change, read_samples
from shared.clients.gemini import Gemini as GeminiClient
from shared.clients.github.shapes import read_pull_request
from shared.clients.secrets import KEPT_SECONDS, Secrets, client
from shared.domain.errors import RetryLaterError
from shared.domain.redaction import redact_pull
from shared.domain.step import GENERATE
from shared.failures import failed_event
from shared.services import Services
from shared.task import perform
from tests.steps import ADA, TRACKER, Steps
from tests.trials import trials

KEY_SECRET = "gemini-api-key"
PULL = 41
TITLE = "Fix the overdue report reading every scan"
OTHER_KEY = "another-key-than-it-knows"


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


class Writing:
    """A fetched merge and the asset generator with a key for the model."""

    def __init__(self, steps: Steps, gemini: Gemini, **variables: str) -> None:
        self.steps = steps
        self.gemini = gemini
        self.deployment = steps.deployment
        self.deployment.secret_manager.put(KEY_SECRET, API_KEY, project=self.deployment.project)
        self.deployment.variables |= {
            "GEMINI_API_KEY_SECRET": KEY_SECRET,
            "GOOGLE_GEMINI_BASE_URL": gemini.url,
            **variables,
        }
        steps.connect("ada", TRACKER, ADA)
        self.event_id = self.fetched(PULL)

    def fetched(self, number: int) -> str:
        """A merge that waits for its card."""
        event_id = self.steps.merge(TRACKER, number)
        assert self.steps.fetch(event_id).status_code == 200
        return event_id

    def more(self, count: int) -> list[str]:
        """So many further merges that wait for their cards."""
        return [self.fetched(self._added(100 + number)) for number in range(count)]

    def _added(self, number: int) -> int:
        title = f"Fix report {number}"
        self.steps.github.add_pull(TRACKER, title=title, author="sample-dev-ada", number=number)
        return number

    def generate(self) -> TestResponse:
        return self.steps.generate(self.event_id)

    def perform(self, services: Services, event_id: str = "") -> str:
        """What the function does, with services of the test's own."""
        work = {GENERATE.name: generate(services)}
        events = services.store.pr_events
        return perform(events, event_id or self.event_id, work, services, beside=failed_event(services))

    def card(self) -> dict[str, Any]:
        return self.steps.cards()["ada"]

    def cards(self) -> list[dict[str, Any]]:
        return list(self.deployment.documents("asset-cards").values())

    def requests(self) -> list[dict[str, Any]]:
        """The bodies that the model was sent."""
        return [json.loads(raw.partition(b"\r\n\r\n")[2]) for raw in self.gemini.requests_bytes()]


@pytest.fixture
def writing(steps: Steps, gemini: Gemini) -> Writing:
    return Writing(steps, gemini)


def answer(**changed: object) -> str:
    """A card as the model should write it, but for what is changed."""
    card = {
        "title": "Fixed the overdue report",
        "description": "The report reads less.",
        "impact": "",
        "skills": ["Python"],
        "claims": [{"text": "Fixed the overdue report.", "evidence": [proof()]}],
    }
    return json.dumps({**card, **changed})


def proof(quote: str = TITLE) -> dict[str, str]:
    return {"source": "title", "ref": "title", "quote": quote}


class TestPrompt:
    def test_asks_for_a_card_without_tools_and_fences_the_data(self, writing: Writing) -> None:
        assert writing.generate().status_code == 200
        (body,) = writing.requests()
        assert set(body) == {"contents", "systemInstruction", "generationConfig"}
        assert body["generationConfig"]["responseJsonSchema"] == SCHEMA
        assert body["generationConfig"]["temperature"] == 0
        (content,) = body["contents"]
        (part,) = content["parts"]
        first, *data, last = part["text"].split("\n")
        assert first == last
        assert re.fullmatch("=====data-[0-9a-f]{32}=====", first)
        assert first not in data
        assert f"TITLE: {TITLE}" in data
        assert TITLE not in json.dumps([body["systemInstruction"], body["generationConfig"]])

    def test_has_another_boundary_each_time(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.failure(503), times=3)
        for _ in range(4):
            writing.generate()
        boundaries = {body["contents"][0]["parts"][0]["text"].partition("\n")[0] for body in writing.requests()}
        assert len(boundaries) == 4

    def test_that_can_not_show_everything_flags_the_card(self, writing: Writing) -> None:
        lines = "".join(f"value_{number} = {number}\n" for number in range(7_000))
        changes = [Change("src/large.py", after=lines), Change("src/larger.py", after=lines + "end = 1\n")]
        writing.steps.github.add_pull(TRACKER, title="Add data", author="sample-dev-ada", changes=changes, number=90)
        writing.steps.generate(writing.fetched(90))
        (card,) = writing.cards()
        assert (card["status"], "diff_truncated" in card["flags"]) == ("flagged", True)
        assert card["unreadFiles"] == ["src/large.py", "src/larger.py"]
        assert card["generatedBy"]["provider"] == "gemini"

    def test_of_each_given_pull_request_gives_a_card(self, gemini: Gemini) -> None:
        given = trials("cards of the given pull requests by the Gemini writer")
        if given is None:
            return
        writer = GeminiWriter(GeminiClient(lambda: API_KEY, model="gemini-2.5-flash", base_url=gemini.url))
        for pull in (sample.pull for sample in read_samples(given / "prs")):
            read = redact_pull(read_pull_request(pull.document, commits=pull.commits, files=pull.files))
            draft = grounded(writer.write(read), read)
            assert draft.generated_by.provider == "gemini"
            assert draft.text.claims


class TestTrace:
    """What is left of what was asked and answered: digests and counts."""

    def test_of_a_call_is_in_the_log_by_digest(self, writing: Writing, capsys: pytest.CaptureFixture[str]) -> None:
        said = answer(description="A canary in the answer.", notes="another canary")
        writing.gemini.behave(behaviours.text(said))
        writing.generate()
        out = "".join(capsys.readouterr())
        assert "canary" not in out
        assert TITLE not in out
        (line,) = [json.loads(each) for each in out.splitlines() if "model_answered" in each]
        assert len(line["prompt_sha256"]) == len(line["output_sha256"]) == 64
        assert (line["model"], line["prompt_version"]) == ("gemini-2.5-flash", "gemini-1")
        made = writing.card()["generatedBy"]
        assert (made["provider"], made["model"], made["promptVersion"]) == ("gemini", "gemini-2.5-flash", "gemini-1")
        assert made["tokens"] == line["tokens"] > 0

    @pytest.mark.parametrize(
        "behaviour",
        [
            behaviours.text(answer(ownerId="canary", claims=[{"text": "canary", "evidence": []}, {"text": 7}] * 9)),
            behaviours.text('{"title": "canary"'),
            behaviours.text(answer(title="canary"), reason="SAFETY"),
            behaviours.text(answer(title="canary"), reason="MAX_TOKENS"),
        ],
    )
    def test_holds_nothing_of_prompt_and_answer(
        self, writing: Writing, capsys: pytest.CaptureFixture[str], behaviour: Behaviour
    ) -> None:
        change = Change("src/x.py", after="prompted = 'canary of the diff'\n")
        writing.steps.github.add_pull(TRACKER, title="Add x", author="sample-dev-ada", changes=[change], number=90)
        event_id = writing.fetched(90)
        writing.gemini.behave(behaviour, times=None)
        assert writing.steps.generate(event_id).status_code == 200
        assert writing.gemini.seen(b"canary of the diff")
        kept = {name: each for name, each in writing.deployment.everything().items() if "pr-snapshots/" not in name}
        (card,) = writing.cards()
        words = {"title", "description", "impact", "skills", "claims"}
        beside_the_words = [{k: v for k, v in each.items() if k not in words | {"canonical"}} for each in kept.values()]
        assert "canary" not in repr(beside_the_words) + "".join(capsys.readouterr())
        assert "canary of the diff" not in repr(kept)
        assert "canary" not in repr(card) or card["generatedBy"]["provider"] == "gemini"
        assert "You write asset cards" not in repr(kept)


class TestOutage:
    @pytest.mark.parametrize(("retry_delay", "seconds"), [("53s", "53"), ("", "60")])
    def test_waits_as_long_as_the_quota_asks_after_one_call(
        self, writing: Writing, retry_delay: str, seconds: str
    ) -> None:
        writing.gemini.behave(behaviours.exhausted_quota(retry_delay), times=None)
        before = datetime.now(UTC)
        refused = writing.generate()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, seconds)
        assert len(writing.gemini.requests_bytes()) == 1
        event = writing.steps.event(writing.event_id)
        assert event["state"] == "received"
        assert event["dueAt"] >= before + timedelta(seconds=int(seconds))

    @pytest.mark.parametrize(
        "behaviour",
        [
            behaviours.failure(500),
            behaviours.failure(503),
            behaviours.failure(504),
            behaviours.reset,
            behaviours.not_json(),
        ],
        ids=["500", "503", "504", "reset", "no JSON"],
    )
    def test_puts_the_card_off_without_loss(self, writing: Writing, behaviour: Behaviour) -> None:
        writing.gemini.behave(behaviour)
        assert writing.generate().status_code == 503
        assert not writing.steps.cards()
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["generatedBy"]["provider"] == "gemini"

    def test_may_be_a_model_that_hangs(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.hang(30))
        services = writing.deployment.services()
        services.gemini = GeminiClient(
            lambda: API_KEY, model="gemini-2.5-flash", base_url=writing.gemini.url, timeout=0.3
        )
        with pytest.raises(RetryLaterError):
            writing.perform(services)
        assert writing.steps.event(writing.event_id)["state"] == "received"
        assert writing.generate().get_json() == {"outcome": "done"}

    def test_of_many_calls_loses_no_card_and_doubles_none(self, writing: Writing) -> None:
        waiting = [writing.event_id, *writing.more(5)]
        failures = [behaviours.failure(503), behaviours.exhausted_quota("9s"), behaviours.reset, behaviours.not_json()]
        for behaviour in failures:
            rule = writing.gemini.behave(behaviour, times=len(waiting))
            assert [writing.steps.generate(each).status_code for each in waiting] == [503] * len(waiting)
            assert rule.fired == len(waiting)
        writing.gemini.stop()
        assert [writing.steps.generate(each).status_code for each in waiting] == [503] * len(waiting)
        assert not writing.cards()
        writing.gemini.start()
        assert [writing.steps.generate(each).get_json()["outcome"] for each in waiting] == ["done"] * len(waiting)
        assert sorted(card["prNumber"] for card in writing.cards()) == [PULL, 100, 101, 102, 103, 104]
        assert {card["generatedBy"]["provider"] for card in writing.cards()} == {"gemini"}


class TestRefusal:
    @pytest.mark.parametrize(
        "behaviour",
        [
            behaviours.prompt_blocked(),
            behaviours.stopped("SAFETY"),
            behaviours.stopped("RECITATION"),
            behaviours.text(answer(), reason="SAFETY"),
        ],
    )
    def test_gives_the_offline_card_flagged(self, writing: Writing, behaviour: Behaviour) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        card = writing.card()
        assert (card["status"], card["flags"]) == ("flagged", ["model_blocked"])
        assert card["generatedBy"]["provider"] == "offline"
        assert len(writing.gemini.requests_bytes()) == 1


class TestAnswer:
    def test_that_is_cut_is_asked_for_once_more_and_never_fed_back(self, writing: Writing) -> None:
        rule = writing.gemini.behave(behaviours.cut_short(), times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert rule.fired == 2
        first, second = writing.requests()
        rooms = [body["generationConfig"].pop("maxOutputTokens") for body in (first, second)]
        assert rooms[1] > rooms[0]
        assert first == second
        assert writing.card()["flags"] == ["model_output_invalid"]

    def test_that_is_cut_is_none_even_where_it_looks_whole(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.text(answer(), reason="MAX_TOKENS"), times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["flags"] == ["model_output_invalid"]

    def test_that_is_cut_once_costs_the_tokens_of_both(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.text('{"title": "Fixed', reason="MAX_TOKENS"))
        writing.gemini.behave(behaviours.text(answer()))
        assert writing.generate().get_json() == {"outcome": "done"}
        card = writing.card()
        assert card["title"] == "Fixed the overdue report"
        prompts = sum(len(json.dumps(body["contents"])) // 5 for body in writing.requests())
        assert card["generatedBy"]["tokens"] > prompts

    @pytest.mark.parametrize(
        "behaviour",
        [
            behaviours.garbage(),
            behaviours.wrong_types(),
            behaviours.huge(),
            behaviours.text("[]"),
            behaviours.text("{}"),
            behaviours.text("null"),
            behaviours.text(answer(title=7)),
            behaviours.text(answer(description=["x"])),
            behaviours.text(answer(title=float("nan"))),
            behaviours.text(answer(title="\u202e\u200b")),
            behaviours.text(answer(claims=[])),
            behaviours.text("[" * 100_000),
            behaviours.text('{"title": ' + "9" * 5_000 + "}"),
        ],
        ids=range(13),
    )
    def test_that_is_no_card_gives_the_offline_card_flagged(self, writing: Writing, behaviour: Behaviour) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["flags"] == ["model_output_invalid"]
        assert writing.card()["generatedBy"]["provider"] == "offline"
        assert len(writing.gemini.requests_bytes()) == 1

    @pytest.mark.parametrize(
        "behaviour",
        [
            behaviours.lone_surrogates(),
            behaviours.lone_surrogates(in_envelope=True),
            behaviours.changed(lambda card: card | {"impact": float("nan"), "skills": [None, [7]]}),
            behaviours.wrong_content_type(),
        ],
        ids=range(4),
    )
    def test_that_is_odd_gives_a_card(self, writing: Writing, behaviour: Behaviour) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["generatedBy"]["provider"] == "gemini"
        assert "\ud800" not in repr(writing.card())

    def test_loses_evidence_that_does_not_stand(self, writing: Writing) -> None:
        lies = [{"source": "body", "ref": "body", "quote": "This never stood anywhere."}, proof()]
        writing.gemini.behave(behaviours.text(answer(claims=[{"text": "Fixed the report.", "evidence": lies}])))
        writing.generate()
        (claim,) = writing.card()["claims"]
        assert [each["source"] for each in claim["evidence"]] == ["title"]

    @pytest.mark.parametrize(
        ("changed", "flag"),
        [
            ({"impact": "Saved 31415 ms for each report."}, "ungrounded_number"),
            ({"description": "See https://elsewhere.invalid/report for more."}, "ungrounded_claim"),
            ({"description": "Closes #31415."}, "ungrounded_claim"),
            ({"skills": ["Kubernetes"]}, "ungrounded_claim"),
            ({"claims": [{"text": "Fixed it.", "evidence": [proof("It was never said.")]}]}, "ungrounded_claim"),
        ],
    )
    def test_is_flagged_for_what_nobody_wrote(self, writing: Writing, changed: dict[str, object], flag: str) -> None:
        writing.gemini.behave(behaviours.text(answer(**changed)))
        writing.generate()
        assert (writing.card()["status"], flag in writing.card()["flags"]) == ("flagged", True)

    def test_can_set_nothing_but_words(self, writing: Writing) -> None:
        wanted = {"ownerId": "eve", "status": "approved", "approvalId": "a", "riskLevel": "Low", "assetCardId": "x"}
        writing.gemini.behave(behaviours.text(answer(**wanted)))
        writing.generate()
        card = writing.card()
        assert (card["ownerId"], card["status"]) == ("ada", "pending")
        assert not {"approvalId", "riskLevel"} & card.keys()


class TestKey:
    def test_that_is_refused_loses_nothing(self, writing: Writing) -> None:
        writing.deployment.secret_manager.put(KEY_SECRET, OTHER_KEY, project=writing.deployment.project)
        assert writing.generate().status_code == 503
        assert writing.steps.event(writing.event_id)["state"] == "received"
        assert OTHER_KEY not in repr(writing.deployment.everything())

    def test_is_exchanged_without_a_restart(self, writing: Writing) -> None:
        """A refused one is asked for again once what is kept of Secret Manager has grown old."""
        deployment, times = writing.deployment, [0.0]
        deployment.secret_manager.put(KEY_SECRET, OTHER_KEY, project=deployment.project)
        services = deployment.services()
        services.secrets = Secrets(client(deployment.secret_manager.host), deployment.project, lambda: times[-1])
        with pytest.raises(RetryLaterError):
            writing.perform(services)
        deployment.secret_manager.put(KEY_SECRET, API_KEY, project=deployment.project)
        times.append(KEPT_SECONDS + 1)
        assert writing.perform(services) == "done"
        assert writing.card()["generatedBy"]["provider"] == "gemini"

    def test_that_is_gone_puts_the_card_off(self, writing: Writing) -> None:
        deployment = writing.deployment
        deployment.variables["GEMINI_API_KEY_SECRET"] = "no-such-secret"
        assert writing.generate().status_code == 503
        assert writing.steps.event(writing.event_id)["state"] == "received"
        assert not writing.gemini.requests_bytes()


class TestBudget:
    """So many calls a day (UTC)."""

    NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize("calls", ["0", "1"])
    def test_that_is_spent_puts_the_card_off_to_the_next_day(self, steps: Steps, gemini: Gemini, calls: str) -> None:
        writing = Writing(steps, gemini, MODEL_CALLS_A_DAY=calls)
        allowed = writing.more(int(calls))
        noon = writing.deployment.services(now=lambda: self.NOON)
        assert [writing.perform(noon, each) for each in allowed] == ["done"] * len(allowed)
        assert writing.perform(noon) == "postponed"
        event = steps.event(writing.event_id)
        assert (event["state"], event["dueAt"].date()) == ("received", self.NOON.date() + timedelta(days=1))
        assert len(gemini.requests_bytes()) == len(writing.cards()) == len(allowed)

    def test_is_not_spent_by_calls_that_the_model_did_not_answer(self, steps: Steps, gemini: Gemini) -> None:
        """Or an outage of an hour would use up the day."""
        writing = Writing(steps, gemini, MODEL_CALLS_A_DAY="1")
        gemini.behave(behaviours.failure(503), times=1)
        noon = writing.deployment.services(now=lambda: self.NOON)
        with pytest.raises(RetryLaterError):
            writing.perform(noon)
        assert writing.perform(noon) == "done"

    def test_is_another_one_the_next_day(self, steps: Steps, gemini: Gemini) -> None:
        writing = Writing(steps, gemini, MODEL_CALLS_A_DAY="1")
        (other,) = writing.more(1)
        noon = writing.deployment.services(now=lambda: self.NOON)
        assert (writing.perform(noon, other), writing.perform(noon)) == ("done", "postponed")
        due = steps.event(writing.event_id)["dueAt"]
        assert writing.perform(writing.deployment.services(now=lambda: due)) == "done"
        assert len(writing.cards()) == 2

    def test_of_no_calls_is_a_switch(self, steps: Steps, gemini: Gemini) -> None:
        writing = Writing(steps, gemini, MODEL_CALLS_A_DAY="0")
        postponed = writing.generate()
        near_midnight = postponed.status_code == 503  # within the last hour of the day the queue itself waits
        assert near_midnight or (postponed.status_code, postponed.get_json()) == (200, {"outcome": "postponed"})
        assert not gemini.requests_bytes()
        assert not writing.cards()
