"""What does the Gemini writer ask, and what becomes of each way in which the model can fail?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from local.gemini import API_KEY, Gemini, behaviours
from tests.steps import ADA, TRACKER, Steps

KEY_SECRET = "gemini-api-key"
PULL = 41


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


class Writing:
    """A fetched merge and the asset generator with a key for the model."""

    def __init__(self, steps: Steps, gemini: Gemini, **variables: str) -> None:
        self.steps = steps
        self.gemini = gemini
        deployment = steps.deployment
        deployment.secret_manager.put(KEY_SECRET, API_KEY, project=deployment.project)
        deployment.function(
            "asset_generator", GEMINI_API_KEY_SECRET=KEY_SECRET, GOOGLE_GEMINI_BASE_URL=gemini.url, **variables
        )
        steps.connect("ada", TRACKER, ADA)
        self.event_id = steps.merge(TRACKER, PULL)
        assert steps.fetch(self.event_id).status_code == 200

    def generate(self) -> TestResponse:
        return self.steps.generate(self.event_id)

    def card(self) -> dict[str, Any]:
        return self.steps.cards()["ada"]

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
        "claims": [{"text": "Fixed the overdue report.", "evidence": [_title()]}],
    }
    return json.dumps({**card, **changed})


def _title() -> dict[str, str]:
    return {"source": "title", "ref": "title", "quote": "Fix the overdue report reading every scan"}


class TestPrompt:
    def test_asks_for_structure_without_tools_and_fences_the_data(self, writing: Writing) -> None:
        assert writing.generate().status_code == 200
        (body,) = writing.requests()
        assert "tools" not in body
        settings = body["generationConfig"]
        assert settings["responseMimeType"] == "application/json"
        assert set((settings.get("responseJsonSchema") or settings["responseSchema"])["properties"]) == {
            "title",
            "description",
            "impact",
            "skills",
            "claims",
        }
        (content,) = body["contents"]
        (part,) = content["parts"]
        lines = part["text"].splitlines()
        assert lines[0] == lines[-1]
        assert lines[0].startswith("=====data-")
        instruction = json.dumps(body["systemInstruction"])
        assert "Fix the overdue report" not in instruction

    def test_keeps_and_logs_digests_of_what_was_said_alone(
        self, writing: Writing, capsys: pytest.CaptureFixture[str]
    ) -> None:
        writing.gemini.behave(behaviours.text(answer(description="A canary in the answer.")))
        writing.generate()
        out = "".join(capsys.readouterr())
        assert "canary" not in out
        assert "overdue report" not in out
        (line,) = [json.loads(each) for each in out.splitlines() if "model_answered" in each]
        assert len(line["prompt_sha256"]) == len(line["output_sha256"]) == 64
        assert writing.card()["generatedBy"]["provider"] == "gemini"
        assert writing.card()["generatedBy"]["tokens"] > 0


class TestFailures:
    def test_waits_as_long_as_the_quota_asks_after_one_call(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.exhausted_quota("53s"), times=None)
        refused = writing.generate()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "53")
        assert len(writing.gemini.requests_bytes()) == 1
        assert writing.steps.event(writing.event_id)["state"] == "received"

    @pytest.mark.parametrize(
        "behaviour",
        [behaviours.failure(500), behaviours.failure(503), behaviours.failure(504), behaviours.reset,
         behaviours.not_json()],
        ids=["500", "503", "504", "reset", "no JSON"],
    )  # fmt: skip
    def test_come_later_without_loss(self, writing: Writing, behaviour: behaviours.Behaviour) -> None:
        writing.gemini.behave(behaviour)
        assert writing.generate().status_code == 503
        assert not writing.steps.cards()
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["generatedBy"]["provider"] == "gemini"

    @pytest.mark.parametrize(
        "behaviour", [behaviours.prompt_blocked(), behaviours.stopped("SAFETY"), behaviours.stopped("RECITATION")]
    )
    def test_of_a_blocked_prompt_give_the_offline_card_flagged(
        self, writing: Writing, behaviour: behaviours.Behaviour
    ) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        card = writing.card()
        assert (card["status"], card["flags"]) == ("flagged", ["model_blocked"])
        assert card["generatedBy"]["provider"] == "offline"
        assert len(writing.gemini.requests_bytes()) == 1

    def test_of_room_are_asked_once_more_and_never_fed_back(self, writing: Writing) -> None:
        rule = writing.gemini.behave(behaviours.cut_short(), times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert rule.fired == 2
        first, second = (body["generationConfig"]["maxOutputTokens"] for body in writing.requests())
        assert second > first
        assert [len(body["contents"]) for body in writing.requests()] == [1, 1]
        assert writing.card()["flags"] == ["model_output_invalid"]

    @pytest.mark.parametrize(
        "behaviour",
        [behaviours.garbage(), behaviours.text("[]"), behaviours.text("{}"), behaviours.text("null"),
         behaviours.text(answer(title=7)), behaviours.text(answer(description=["x"])),
         behaviours.text(answer(title="\u202e\u200b"))],
    )  # fmt: skip
    def test_of_form_give_the_offline_card_flagged(self, writing: Writing, behaviour: behaviours.Behaviour) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert writing.card()["flags"] == ["model_output_invalid"]
        assert writing.card()["generatedBy"]["provider"] == "offline"

    @pytest.mark.parametrize("behaviour", [behaviours.huge(), behaviours.wrong_types(), behaviours.lone_surrogates()])
    def test_of_taste_never_stop_the_card(self, writing: Writing, behaviour: behaviours.Behaviour) -> None:
        writing.gemini.behave(behaviour, times=None)
        assert writing.generate().get_json() == {"outcome": "done"}
        assert len(writing.card()["title"]) <= 120
        assert writing.card()["status"] in ("pending", "flagged")

    def test_of_the_key_lose_nothing_and_pass_with_the_right_one(self, writing: Writing) -> None:
        deployment = writing.steps.deployment
        deployment.secret_manager.put(KEY_SECRET, "another-key-than-it-knows", project=deployment.project)
        assert writing.generate().status_code == 503
        deployment.secret_manager.put(KEY_SECRET, API_KEY, project=deployment.project)
        deployment.function(
            "asset_generator", GEMINI_API_KEY_SECRET=KEY_SECRET, GOOGLE_GEMINI_BASE_URL=writing.gemini.url
        )
        assert writing.generate().get_json() == {"outcome": "done"}


class TestBudget:
    def test_of_no_calls_a_day_puts_the_card_off_to_the_next_day(self, steps: Steps, gemini: Gemini) -> None:
        writing = Writing(steps, gemini, MODEL_CALLS_A_DAY="0")
        postponed = writing.generate()
        event = steps.event(writing.event_id)
        assert event["state"] == "received"
        assert event["dueAt"].date() > event["receivedAt"].date()
        near_midnight = postponed.status_code == 503  # within the last hour of the day the queue itself waits
        assert near_midnight or postponed.get_json() == {"outcome": "postponed"}
        assert not gemini.requests_bytes()


class TestAnswer:
    def test_loses_evidence_that_does_not_stand(self, writing: Writing) -> None:
        lies = [{"source": "body", "ref": "body", "quote": "This never stood anywhere."}, _title()]
        writing.gemini.behave(behaviours.text(answer(claims=[{"text": "Fixed the report.", "evidence": lies}])))
        writing.generate()
        (claim,) = writing.card()["claims"]
        assert [proof["source"] for proof in claim["evidence"]] == ["title"]

    def test_is_flagged_for_a_number_that_nobody_wrote(self, writing: Writing) -> None:
        writing.gemini.behave(behaviours.text(answer(impact="Saved 31415 ms for each report.")))
        writing.generate()
        assert "ungrounded_number" in writing.card()["flags"]

    def test_can_set_nothing_but_words(self, writing: Writing) -> None:
        wanted = {"ownerId": "eve", "status": "approved", "approvalId": "a", "riskLevel": "Low", "assetCardId": "x"}
        writing.gemini.behave(behaviours.text(answer(**wanted)))
        writing.generate()
        card = writing.card()
        assert (card["ownerId"], card["status"]) == ("ada", "pending")
        assert not {"approvalId", "riskLevel"} & card.keys()
