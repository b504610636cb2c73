"""What does the Gemini client send through Google's SDK, and what does it make of everything that may come back?"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Response, jsonify

from local.gemini import API_KEY, Behaviour, Prompt, behaviours
from local.gemini import Gemini as FakeGemini
from local.google_error import GoogleError
from shared.clients.gemini import Gemini, ModelAnswer, ModelBlockedError, checked_key
from shared.clients.gemini import Prompt as Asked
from shared.domain.errors import ConfigurationError, RetryLaterError

SCHEMA = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
ASKED = Asked("Our own words.", "=====\nThe data.\n=====", SCHEMA)
CANARY = "canary"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeGemini) -> FakeGemini:
    """A model without a past."""
    running.behave_as_usual()
    running.recording.clear()
    return running.start()


def client(fake: FakeGemini, api_key: Callable[[], str] = lambda: API_KEY, timeout: float = 20) -> Gemini:
    return Gemini(api_key, model="gemini-2.5-flash", base_url=fake.url, timeout=timeout)


def ask(fake: FakeGemini, *, most_tokens: int = 100) -> ModelAnswer:
    return client(fake).answer(ASKED, most_tokens=most_tokens)


def refused(status: str, details: Any = ()) -> Behaviour:  # noqa: ANN401 -- whatever an API may send
    """An error of the API with the given details, and words that belong nowhere."""

    def behave(_: Prompt) -> Response:
        error = GoogleError(status, CANARY)
        answer = jsonify(error={"code": error.http, "message": CANARY, "status": status, "details": details})
        answer.status_code = error.http
        return answer

    return behave


def says(body: Any) -> Behaviour:  # noqa: ANN401 -- whatever an API may send
    """HTTP 200 and this JSON."""
    return lambda _: jsonify(body)


def error_page(status: int) -> Behaviour:
    """An error that something between us and the API answers."""
    return lambda _: Response(f"<html>{CANARY}</html>", status=status, content_type="text/html")


def candidate(*parts: object, reason: str | None = "STOP") -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, "finishReason": reason}]}


class TestRequest:
    def test_asks_for_one_structured_answer_and_hands_over_no_tools(self, fake: FakeGemini) -> None:
        ask(fake, most_tokens=123)
        head, _, raw = fake.requests_bytes()[0].partition(b"\r\n\r\n")
        body = json.loads(raw)
        assert set(body) == {"contents", "systemInstruction", "generationConfig"}
        assert body["generationConfig"] == {
            "candidateCount": 1,
            "maxOutputTokens": 123,
            "responseJsonSchema": SCHEMA,
            "responseMimeType": "application/json",
            "temperature": 0.0,
        }
        assert head.startswith(b"POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1\r\n")

    def test_keeps_our_words_apart_from_the_data(self, fake: FakeGemini) -> None:
        ask(fake)
        body = json.loads(fake.requests_bytes()[0].partition(b"\r\n\r\n")[2])
        assert body["contents"] == [{"parts": [{"text": ASKED.data}], "role": "user"}]
        assert [part["text"] for part in body["systemInstruction"]["parts"]] == [ASKED.instruction]

    def test_shows_the_key_in_one_header_alone(self, fake: FakeGemini, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            ask(fake)
        (sent,) = fake.requests_bytes()
        assert sent.count(API_KEY.encode()) == 1
        assert f"x-goog-api-key: {API_KEY}".encode().lower() in sent.lower()
        assert API_KEY not in caplog.text
        assert "The data." not in caplog.text

    def test_goes_where_it_is_told_whatever_the_environment_says(
        self, fake: FakeGemini, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("GOOGLE_API_KEY", "another-key-of-the-environment")
        assert ask(fake).text


class TestAnswer:
    def test_is_the_text_with_the_tokens_of_each_direction(self, fake: FakeGemini) -> None:
        said = ask(fake)
        assert json.loads(said.text)["title"] in ASKED.data
        assert (said.tokens_in > 0, said.tokens_out > 0, said.tokens > 5, said.cut) == (True, True, True, False)

    def test_leaves_out_what_the_model_thought(self, fake: FakeGemini) -> None:
        fake.behave(says(candidate({"text": CANARY, "thought": True}, {"text": '{"title":'}, {"text": '"a"}'})))
        assert ask(fake) == ModelAnswer('{"title":"a"}', 0, 0, cut=False)

    @pytest.mark.parametrize("parts", [[{"text": '{"ti'}], [{"text": "a", "thought": True}], []])
    def test_is_cut_where_the_room_ends(self, fake: FakeGemini, parts: list[object]) -> None:
        """A model that thinks may spend all of it before it says a word."""
        fake.behave(says(candidate(*parts, reason="MAX_TOKENS")))
        assert ask(fake).cut

    @pytest.mark.parametrize("reason", [None, "FINISH_REASON_UNSPECIFIED", "STOP"])
    def test_needs_no_reason_to_end(self, fake: FakeGemini, reason: str | None) -> None:
        fake.behave(says(candidate({"text": "{}"}, reason=reason)))
        assert ask(fake).text == "{}"


@pytest.mark.filterwarnings("ignore:NEW is not a valid")  # what the SDK says of reasons that are newer than it
class TestBlocked:
    @pytest.mark.parametrize(
        "behaviour",
        [
            *(behaviours.prompt_blocked(reason) for reason in ("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "NEW")),
            *(behaviours.stopped(reason) for reason in ("SAFETY", "RECITATION", "SPII", "LANGUAGE", "OTHER", "NEW")),
            *(behaviours.text('{"title":', reason=reason) for reason in ("SAFETY", "RECITATION", "PROHIBITED_CONTENT")),
            says({}),
            says({"candidates": []}),
            says({"candidates": [{}]}),
            says(candidate()),
            says(candidate({"text": ""})),
            says(candidate({"functionCall": {"name": "approve", "args": {}}})),
            refused("INVALID_ARGUMENT"),
            error_page(413),
        ],
        ids=range(21),
    )
    def test_is_known_after_one_call(self, fake: FakeGemini, behaviour: Behaviour) -> None:
        fake.behave(behaviour, times=None)
        with pytest.raises(ModelBlockedError) as caught:
            ask(fake)
        assert len(fake.requests_bytes()) == 1
        assert CANARY not in str(caught.value)


class TestFailure:
    @pytest.mark.parametrize(
        ("behaviour", "after"),
        [
            (behaviours.exhausted_quota("53s"), 53),
            (behaviours.exhausted_quota("0.5s"), 1),
            (behaviours.exhausted_quota("37.25s"), 37.25),
            (behaviours.exhausted_quota("999999999s"), 86_400),
            (behaviours.exhausted_quota(""), 60),
            (behaviours.exhausted_quota("-5s"), 60),
            (behaviours.exhausted_quota("9" * 400 + "s"), 60),
            (behaviours.exhausted_quota("soon"), 60),
            (refused("RESOURCE_EXHAUSTED", None), 60),
            (refused("RESOURCE_EXHAUSTED", 7), 60),
            (refused("RESOURCE_EXHAUSTED", [None, 7, [], {"retryDelay": None}, {"retryDelay": "9s"}]), 9),
            (refused("RESOURCE_EXHAUSTED", {"retryDelay": "9s"}), 60),
            (refused("UNAVAILABLE", [{"retryDelay": "300s"}]), 300),
            *((behaviours.failure(status), 20) for status in (500, 502, 503, 504)),
            (behaviours.reset, 20),
            (behaviours.not_json(), 20),
            (says({"candidates": 7}), 20),
            (says({"candidates": [{"content": {"parts": [{"text": 7}]}}]}), 20),
            (lambda _: Response(b"\xff\xfe", content_type="application/json"), 20),
            (error_page(502), 20),
            *((error_page(status), 60) for status in (301, 401, 403, 404, 408)),
            (refused("FAILED_PRECONDITION"), 60),
        ],
        ids=range(29),
    )
    def test_is_known_after_one_call_and_says_when_to_come_back(
        self, fake: FakeGemini, behaviour: Behaviour, after: float
    ) -> None:
        fake.behave(behaviour, times=None)
        with pytest.raises(RetryLaterError) as caught:
            ask(fake)
        assert caught.value.after == after
        assert len(fake.requests_bytes()) == 1
        assert CANARY not in str(caught.value)

    def test_of_a_day_s_quota_takes_hours_whatever_it_says_of_seconds(self, fake: FakeGemini) -> None:
        violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "250"}
        fake.behave(refused("RESOURCE_EXHAUSTED", [{"violations": [violation]}, {"retryDelay": "19s"}]))
        with pytest.raises(RetryLaterError) as caught:
            ask(fake)
        assert caught.value.after == 7_200

    def test_of_a_model_that_hangs_is_known_in_time(self, fake: FakeGemini) -> None:
        fake.behave(behaviours.hang(30))
        started = time.monotonic()
        with pytest.raises(RetryLaterError):
            client(fake, timeout=0.3).answer(ASKED, most_tokens=1)
        assert time.monotonic() - started < 10
        assert len(fake.requests_bytes()) == 1

    def test_of_a_server_that_is_gone_passes_when_it_is_back(self, fake: FakeGemini) -> None:
        asking = client(fake)
        assert asking.answer(ASKED, most_tokens=1)
        fake.stop()
        with pytest.raises(RetryLaterError):
            asking.answer(ASKED, most_tokens=1)
        fake.start()
        assert asking.answer(ASKED, most_tokens=1)


class TestKey:
    def test_that_is_wrong_is_a_reason_to_wait(self, fake: FakeGemini) -> None:
        with pytest.raises(RetryLaterError) as caught:
            client(fake, lambda: "another-key-than-it-knows").answer(ASKED, most_tokens=1)
        assert (caught.value.after, "another-key" in str(caught.value)) == (60, False)

    def test_is_asked_for_at_each_call(self, fake: FakeGemini) -> None:
        keys = iter(["an-old-key-of-ours", API_KEY])
        asking = client(fake, lambda: next(keys))
        with pytest.raises(RetryLaterError):
            asking.answer(ASKED, most_tokens=1)
        assert asking.answer(ASKED, most_tokens=1).text

    def test_may_change_in_the_middle_of_another_call(self, fake: FakeGemini) -> None:
        """Which goes on with the key that it began with."""
        keys, answering, going_on = ["a-new-key-of-ours", API_KEY], threading.Event(), threading.Event()

        def slow(prompt: Prompt) -> Response:
            answering.set()
            going_on.wait(10)
            return behaviours.usual(prompt)

        fake.behave(slow)
        asking = client(fake, keys.pop)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(asking.answer, ASKED, most_tokens=1)
            assert answering.wait(10)
            with pytest.raises(RetryLaterError):
                asking.answer(ASKED, most_tokens=1)
            going_on.set()
            assert first.result(10).text

    def test_serves_many_threads_with_one_client(self, fake: FakeGemini) -> None:
        asking = client(fake)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: asking.answer(ASKED, most_tokens=1).text, range(64)))
        assert len(set(answers)) == 1

    @pytest.mark.parametrize(
        "key", ["", "short", "a key with spaces", "key\r\nHost: evil", "schlüssel-schlüssel", "k" * 201]
    )
    def test_that_can_be_none_is_refused_unseen(self, key: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            checked_key(key)
        assert not key or key not in str(caught.value)

    def test_that_can_be_one_is_taken(self) -> None:
        assert checked_key(API_KEY) == API_KEY
