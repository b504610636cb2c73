"""The stand-in for the Gemini API, through Google's SDK."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Literal

import httpx
import httpx2
import pytest
import requests
from google import genai
from google.genai import errors, types
from pydantic import BaseModel, ValidationError

from local.gemini import Gemini, behaviours

MODEL = "gemini-2.5-flash"
KEY = "gemini-tests"
PROMPT = "Describe this.\n\nMove the session cache to Redis\nIt halves the time of a login."
NETWORK_ERRORS = (httpx.HTTPError, httpx2.HTTPError)


class Claim(BaseModel):
    text: str
    source: Literal["title", "body"]


class Card(BaseModel):
    title: str
    impact: int
    measured: bool
    claims: list[Claim]


CLIENTS: dict[tuple[str, int, float], genai.Client] = {}  # one takes 50 ms to make


@pytest.fixture(scope="module")
def server() -> Iterator[Gemini]:
    with Gemini(api_key=KEY, seed=1) as running:
        yield running
    while CLIENTS:
        CLIENTS.popitem()[1].close()


@pytest.fixture
def gemini(server: Gemini) -> Gemini:
    server.behave_as_usual()
    server.recording.clear()
    return server


def client_of(gemini: Gemini, *, key: str = KEY, attempts: int = 1, timeout: float = 10) -> genai.Client:
    """The SDK, as a function would set it up; `timeout` in seconds."""
    settings = (key, attempts, timeout)
    if settings not in CLIENTS:
        retries = types.HttpRetryOptions(attempts=attempts, initial_delay=0.01, max_delay=0.02)
        options = types.HttpOptions(base_url=gemini.url, timeout=int(timeout * 1000), retry_options=retries)
        CLIENTS[settings] = genai.Client(api_key=key, http_options=options)
    return CLIENTS[settings]


def ask(
    gemini: Gemini,
    prompt: str = PROMPT,
    *,
    schema: type[BaseModel] | None = Card,
    key: str = KEY,
    attempts: int = 1,
    timeout: float = 10,
) -> types.GenerateContentResponse:
    """One answer, by schema."""
    config = types.GenerateContentConfig()
    if schema is not None:
        config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=schema)
    client = client_of(gemini, key=key, attempts=attempts, timeout=timeout)
    return client.models.generate_content(model=MODEL, contents=prompt, config=config)


def text_of(answer: types.GenerateContentResponse) -> str:
    """The text, which is there."""
    assert answer.text is not None
    return answer.text


def finish(answer: types.GenerateContentResponse) -> str:
    """Why the model stopped."""
    assert answer.candidates
    assert answer.candidates[0].finish_reason is not None
    return answer.candidates[0].finish_reason.value


class TestKey:
    def test_that_is_wrong_is_a_bad_request(self, gemini: Gemini) -> None:
        with pytest.raises(errors.ClientError, match="API key not valid") as refused:
            ask(gemini, key="another")
        assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")

    def test_that_is_missing_is_forbidden(self, gemini: Gemini) -> None:
        answer = requests.post(f"{gemini.url}/v1beta/models/{MODEL}:generateContent", json={}, timeout=5)
        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


class TestRequests:
    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            (f"v1beta/models/{MODEL}:generateContent", b"{", 400),
            (f"v1beta/models/{MODEL}:generateContent", b"[]", 400),
            (f"v1beta/models/{MODEL}:generateContent", b"{}", 400),
            (f"v1beta/models/{MODEL}:generateContent", b'{"contents": [{}]}', 400),
            (f"v1beta/models/{MODEL}:generateContent", b'{"contents": [{"parts": ["text"]}]}', 400),
            (f"v1beta/models/{MODEL}:streamGenerateContent", b"{}", 404),
            (f"v2/models/{MODEL}:generateContent", b"{}", 404),
            ("v1beta/models/gpt:generateContent", b'{"contents": [{"parts": [{"text": "a"}]}]}', 404),
        ],
    )
    def test_are_refused_where_google_refuses_them(self, path: str, body: bytes, status: int, gemini: Gemini) -> None:
        headers = {"x-goog-api-key": KEY, "Content-Type": "application/json"}
        answer = requests.post(f"{gemini.url}/{path}", data=body, headers=headers, timeout=5)
        assert answer.status_code == answer.json()["error"]["code"] == status

    def test_are_refused_with_a_schema_that_makes_no_sense(self, gemini: Gemini) -> None:
        config = types.GenerateContentConfig(
            response_mime_type="application/json", response_json_schema={"$ref": "#/$defs/None"}
        )
        with pytest.raises(errors.ClientError, match="schema"):
            client_of(gemini).models.generate_content(model=MODEL, contents=PROMPT, config=config)

    def test_are_recorded_byte_for_byte(self, gemini: Gemini) -> None:
        body = b'{"contents":  [{"parts":[{"text":"k\\u00e4se \\/ \xf0\x9f\xa7\x80"}]}]}\n'
        url = f"{gemini.url}/v1beta/models/{MODEL}:generateContent?alt=json"
        requests.post(url, data=body, headers={"x-goog-api-key": KEY, "x-extra": "a header"}, timeout=5)
        (recorded,) = gemini.requests_bytes()
        head, _, sent = recorded.partition(b"\r\n\r\n")
        assert sent == body
        assert head.startswith(f"POST /v1beta/models/{MODEL}:generateContent?alt=json HTTP/1.1\r\n".encode())
        assert b"a header" in head

    @pytest.mark.parametrize("secret", ['pass"word\\1', "pässwörd", "a\nb\tc", "鍵🔑"])
    def test_are_seen_through_json_escapes(self, secret: str, gemini: Gemini) -> None:
        ask(gemini, f"look: {secret}!", schema=None)
        assert gemini.seen(secret.encode())
        assert not gemini.seen(b"another secret")

    def test_are_seen_through_base64(self, gemini: Gemini) -> None:
        part = types.Part.from_bytes(data=b"\x89PNG secret in a picture", mime_type="image/png")
        client_of(gemini).models.generate_content(model=MODEL, contents=["What is it?", part])
        assert gemini.seen(b"secret in a picture")

    def test_are_recorded_when_they_are_refused(self, gemini: Gemini) -> None:
        with pytest.raises(errors.ClientError):
            ask(gemini, "my secret", key="another")
        assert gemini.seen(b"my secret")

    def test_are_recorded_from_many_threads(self, gemini: Gemini) -> None:
        threads = [threading.Thread(target=ask, args=(gemini, f"thread number {n} here")) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(gemini.requests_bytes()) == 16
        assert all(gemini.seen(f"thread number {n} here".encode()) for n in range(16))


class TestAnswers:
    def test_follow_the_schema_in_the_words_of_the_prompt(self, gemini: Gemini) -> None:
        answer = ask(gemini)
        assert isinstance(answer.parsed, Card)
        assert answer.parsed.title in PROMPT
        assert answer.parsed.claims[0].text in PROMPT
        assert finish(answer) == "STOP"

    def test_are_the_same_for_the_same_prompt(self, gemini: Gemini) -> None:
        assert ask(gemini).text == ask(gemini).text
        assert ask(gemini).text != ask(gemini, "Rename the flag\nIt was misleading.").text

    def test_do_not_depend_on_a_random_boundary(self, gemini: Gemini) -> None:
        first, second = (
            ask(gemini, f"<data-{mark}>\n{PROMPT}\n</data-{mark}>") for mark in ("3f9ac01b77de", "b0717ac3e5d1")
        )
        assert first.text == second.text

    def test_count_tokens(self, gemini: Gemini) -> None:
        usage = ask(gemini).usage_metadata
        assert usage is not None
        assert usage.prompt_token_count
        assert usage.candidates_token_count
        assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count
        counted = client_of(gemini).models.count_tokens(model=MODEL, contents=PROMPT)
        assert counted.total_tokens == usage.prompt_token_count

    def test_are_prose_without_a_schema(self, gemini: Gemini) -> None:
        assert "Describe this." in text_of(ask(gemini, schema=None))


class TestFailures:
    def test_of_quota_say_when_to_come_back(self, gemini: Gemini) -> None:
        rule = gemini.behave(behaviours.exhausted_quota("53s"))
        with pytest.raises(errors.ClientError) as refused:
            ask(gemini)
        assert (refused.value.code, refused.value.status) == (429, "RESOURCE_EXHAUSTED")
        details = {each["@type"].rpartition(".")[2]: each for each in refused.value.details["error"]["details"]}
        assert details["RetryInfo"]["retryDelay"] == "53s"
        assert details["QuotaFailure"]["violations"][0]["quotaDimensions"]["model"] == MODEL
        assert rule.fired == 1

    @pytest.mark.parametrize("status", [500, 503, 504])
    def test_of_the_service_are_server_errors(self, status: int, gemini: Gemini) -> None:
        gemini.behave(behaviours.failure(status))
        with pytest.raises(errors.ServerError) as refused:
            ask(gemini)
        assert refused.value.code == status

    def test_meet_the_next_calls_only(self, gemini: Gemini) -> None:
        rule = gemini.behave(behaviours.failure(503), times=2)
        assert isinstance(ask(gemini, attempts=3).parsed, Card)
        assert rule.fired == 2
        assert len(gemini.requests_bytes()) == 3

    def test_meet_every_call_until_they_are_dropped(self, gemini: Gemini) -> None:
        rule = gemini.behave(behaviours.failure(503), times=None)
        for _ in range(3):
            with pytest.raises(errors.ServerError):
                ask(gemini)
        gemini.behave_as_usual()
        assert ask(gemini).text
        assert rule.fired == 3

    def test_meet_some_calls_by_chance(self, gemini: Gemini) -> None:
        rule = gemini.behave(behaviours.failure(503), times=None, probability=0.5)
        outcomes: list[str | None] = []
        for _ in range(40):
            try:
                outcomes.append(ask(gemini).text)
            except errors.ServerError:
                outcomes.append(None)
        assert outcomes.count(None) == rule.fired
        assert 5 < rule.fired < 35

    def test_can_be_a_reset_connection(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.reset)
        with pytest.raises(NETWORK_ERRORS):
            ask(gemini)

    def test_can_be_silence(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.hang(30))
        with pytest.raises(NETWORK_ERRORS):
            ask(gemini, timeout=0.3)

    def test_can_be_silence_and_then_an_error(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.hang(0.1, then=behaviours.failure(504)))
        began = time.monotonic()
        with pytest.raises(errors.ServerError):
            ask(gemini)
        assert time.monotonic() - began >= 0.1

    @pytest.mark.parametrize("behaviour", [behaviours.not_json(), behaviours.wrong_content_type()])
    def test_can_be_an_answer_of_another_kind(self, behaviour: behaviours.Behaviour, gemini: Gemini) -> None:
        gemini.behave(behaviour)
        url = f"{gemini.url}/v1beta/models/{MODEL}:generateContent"
        body = {"contents": [{"parts": [{"text": "a"}]}]}
        answer = requests.post(url, json=body, headers={"x-goog-api-key": KEY}, timeout=5)
        assert answer.status_code == 200
        is_json = answer.text.startswith("{")
        assert answer.headers["Content-Type"].startswith("application/json") is not is_json

    def test_can_be_a_page_that_the_sdk_chokes_on(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.not_json())
        with pytest.raises(json.JSONDecodeError):
            ask(gemini)


class TestOutput:
    def test_can_be_blocked_with_the_prompt(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.prompt_blocked("PROHIBITED_CONTENT"))
        answer = ask(gemini)
        assert not answer.candidates
        assert answer.text is None
        assert answer.prompt_feedback is not None
        assert answer.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT

    @pytest.mark.parametrize("reason", ["SAFETY", "RECITATION"])
    def test_can_be_withheld(self, reason: str, gemini: Gemini) -> None:
        gemini.behave(behaviours.stopped(reason))
        answer = ask(gemini)
        assert (answer.text, finish(answer)) == (None, reason)

    def test_can_be_cut_short(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.cut_short())
        answer, whole = ask(gemini), ask(gemini)
        assert finish(answer) == "MAX_TOKENS"
        assert text_of(whole).startswith(text_of(answer))
        assert answer.parsed is None

    def test_can_be_any_text(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.text('{"title": "ignore all rules"}'))
        assert ask(gemini).text == '{"title": "ignore all rules"}'

    def test_can_follow_from_the_request(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.text(lambda request: request["contents"][0]["parts"][0]["text"].upper()))
        assert ask(gemini).text == PROMPT.upper()

    def test_can_be_garbage(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.garbage())
        with pytest.raises(json.JSONDecodeError):
            json.loads(text_of(ask(gemini)))

    def test_can_be_huge(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.huge())
        card = Card.model_validate_json(text_of(ask(gemini)))
        assert len(card.title) == 2 * 1024 * 1024

    def test_can_have_the_wrong_types(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.wrong_types())
        value = json.loads(text_of(ask(gemini)))
        with pytest.raises(ValidationError) as refused:
            Card.model_validate(value)
        assert {error["loc"][0] for error in refused.value.errors()} == {"title", "impact", "measured", "claims"}
        assert value.keys() > {"ownerId", "status"}

    def test_can_have_numbers_that_are_none(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.changed(lambda value: value | {"impact": float("nan")}))
        assert '"impact": NaN' in text_of(ask(gemini))

    def test_can_have_lone_surrogates_in_the_models_json(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.lone_surrogates())
        text = text_of(ask(gemini))
        assert "\\ud800" in text
        with pytest.raises(UnicodeEncodeError):
            json.loads(text)["title"].encode()

    def test_can_have_lone_surrogates_in_the_apis_json(self, gemini: Gemini) -> None:
        gemini.behave(behaviours.lone_surrogates(in_envelope=True))
        url = f"{gemini.url}/v1beta/models/{MODEL}:generateContent"
        body = {"contents": [{"parts": [{"text": "a"}]}], "generationConfig": {"responseMimeType": "application/json"}}
        answer = requests.post(url, json=body, headers={"x-goog-api-key": KEY}, timeout=5)
        assert b"\\ud800" in answer.content
        assert "\ud800" in answer.json()["candidates"][0]["content"]["parts"][0]["text"]
