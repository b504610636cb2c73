"""Evidence: an address or a hash that is kept, never fetched, on one's own runs and intents."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.chains import chain
from tests.governance import HARMLESS, Office, Person


@pytest.fixture
def intent_id(ada: Person) -> str:
    return str(ada.state(HARMLESS)["intentId"])


def attach(person: Person, intent_id: str, **more: Any) -> TestResponse:  # noqa: ANN401 -- fields of the body
    body = {"linkedType": "intent", "linkedId": intent_id, "kind": "ticket", **more}
    return person.post("evidences", "/api/evidences", body)


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            *[
                "http://sample.invalid/1",
                "ftp://sample.invalid/1",
                "javascript:alert(1)",
                "data:text/html,x",
                "//sample",
            ],
            *["https://", "https:///path", "//sample", "", "https://ada:secret@sample.invalid/", "https://a@b/"],
            *["https://sample.invalid/a b", "https://sample.invalid/\n", "https://sämple.invalid/", "https://[::1/"],
            *["https://sample.invalid:99999/", f"https://sample.invalid/{'x' * 2048}", "https://sample.invalid/\u202e"],
        ],
    )
    def test_that_leads_astray_is_refused(self, office: Office, ada: Person, intent_id: str, url: str) -> None:
        assert attach(ada, intent_id, url=url).status_code == 400
        assert office.deployment.documents("evidences") == {}

    def test_is_kept_and_never_asked_for(self, office: Office, ada: Person, intent_id: str) -> None:
        before = len(office.github.calls())
        made = attach(ada, intent_id, url=f"{office.github.url.replace('http:', 'https:')}/repos/a/b")
        assert made.status_code == 201
        assert len(office.github.calls()) == before


class TestHash:
    @pytest.mark.parametrize("wrong", ["", "abc", "G" * 64, "A" * 64, "0" * 129, "0" * 31, "0x" + "0" * 62])
    def test_is_in_hex_digits(self, ada: Person, intent_id: str, wrong: str) -> None:
        assert attach(ada, intent_id, hash=wrong).status_code == 400

    def test_or_an_address_has_to_be_there(self, ada: Person, intent_id: str) -> None:
        assert attach(ada, intent_id).status_code == 400


class TestAttaching:
    @pytest.mark.parametrize("kind", ["", "Ticket", "a-b", "a b", "1st", "x" * 65, "__x__ "])
    def test_takes_a_word_for_its_kind(self, ada: Person, intent_id: str, kind: str) -> None:
        assert attach(ada, intent_id, kind=kind, hash="0" * 64).status_code == 400

    def test_stands_in_the_intents_chain(self, office: Office, ada: Person, intent_id: str) -> None:
        made = attach(ada, intent_id, hash="0" * 64).get_json()
        said = chain(office.deployment, "intents", intent_id)
        assert [each["action"] for each in said] == ["create", "attach"]
        assert said[-1]["document"] == f"evidences/{made['evidenceId']}"

    def test_names_its_kind_on_the_run(self, office: Office, ada: Person, intent_id: str) -> None:
        run = ada.start(intent_id, runId="one").get_json()
        body = {"linkedType": "agent_run", "linkedId": "one", "kind": "ticket", "hash": "0" * 64}
        for _ in range(2):
            assert ada.post("evidences", "/api/evidences", body).status_code == 201
        assert office.deployment.documents("agent-runs")[run["agentRunId"]]["evidence"] == ["ticket"]
        shown = ada.get("evidences", "/api/evidences", linkedType="agent_run", linkedId="one").get_json()
        assert len(shown["evidences"]) == 2
        chain(office.deployment, "intents", intent_id)

    def test_is_not_for_what_one_only_sees(self, office: Office, intent_id: str) -> None:
        """An approver sees everybody's intents; what is attached to them is their owners' word."""
        assert attach(office.person("bo", "approver"), intent_id, hash="0" * 64).status_code == 404
