"""Who may call at all? Forged tokens on every route for people, the keys that real ones are checked with, preflight."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from werkzeug.test import TestResponse

from local.identity import Identity
from shared.clients.keys import KeySet
from shared.domain.errors import RetryLaterError, UnauthenticatedError
from tests.api import Operation, Person, answer, people
from tests.cards import a_card, put
from tests.deployment import ORIGIN, Deployment
from tests.forgeries import ID_TOKEN_FORGERIES, Forgery, Genuine, genuine_id_token

UID = "ann"
REFUSED = b'{"type": "about:blank", "title": "Unauthorized", "status": 401, "code": "unauthenticated", '
HEADERS_OF_NOBODY = {
    "none": {},
    "empty": {"Authorization": ""},
    "the scheme alone": {"Authorization": "Bearer"},
    "another scheme": {"Authorization": "Basic YW5uOmFubg=="},
    "a name and a password": {"Authorization": "Bearer YW5uOmFubg=="},
    "letters beyond ASCII": {"Authorization": "Bearer é.è.ê"},
    "a NUL": {"Authorization": "Bearer a\x00b.c.d"},
    "App Engine's name of a user": {"X-Appengine-User-Id": UID, "X-Goog-Authenticated-User-Id": UID},
    "the queue's name": {"X-CloudTasks-QueueName": "asset-generator", "X-CloudTasks-TaskName": "1"},
    "a session's cookie": {"Cookie": f"session={UID}; __session={UID}"},
}


def calls(operation: Operation, deployment: Deployment, headers: dict[str, str]) -> TestResponse:
    return answer(deployment, operation.verb, operation.at(), headers=headers)


@pytest.fixture(scope="module")
def genuine(standing: Deployment) -> Genuine:
    return genuine_id_token(standing.identity.keys.newest, project=standing.project, uid=UID, github_id=1)


class TestForgedTokens:
    """Each forgery at each route for people: the same refusal everywhere, and nothing written."""

    def test_are_forged_from_one_that_is_accepted(self, standing: Deployment, genuine: Genuine) -> None:
        bearer = {"Authorization": f"Bearer {genuine.token()}"}
        statuses = {calls(each, standing, bearer).status_code for each in people()}
        assert 401 not in statuses
        assert 200 in statuses

    @pytest.mark.parametrize("forge", ID_TOKEN_FORGERIES.values(), ids=ID_TOKEN_FORGERIES.keys())
    def test_are_refused_everywhere_alike(self, standing: Deployment, genuine: Genuine, forge: Forgery) -> None:
        before = standing.everything()
        headers = {"Authorization": f"Bearer {forge(genuine)}"}
        answers = [calls(each, standing, headers) for each in people()]
        assert {each.status_code for each in answers} == {401}
        assert len({each.data for each in answers}) == 1
        assert answers[0].data.startswith(REFUSED)
        assert standing.everything() == before

    @pytest.mark.parametrize("headers", HEADERS_OF_NOBODY.values(), ids=HEADERS_OF_NOBODY.keys())
    def test_are_no_better_than_none(self, standing: Deployment, headers: dict[str, str]) -> None:
        answers = [calls(each, standing, headers) for each in people()]
        assert {each.status_code for each in answers} == {401}
        assert len({each.data for each in answers}) == 1

    def test_are_refused_when_nested_beyond_all_measure(self, standing: Deployment) -> None:
        head = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode().rstrip("=")
        answered = calls(people()[0], standing, {"Authorization": f"Bearer {head}.e30.e30"})
        assert answered.status_code == 401

    def test_say_nothing_of_what_was_wrong(self, standing: Deployment, genuine: Genuine) -> None:
        bodies = set()
        for forge in ID_TOKEN_FORGERIES.values():
            bodies.add(calls(people()[0], standing, {"Authorization": f"Bearer {forge(genuine)}"}).data)
        assert len(bodies) == 1


def repositories(standing: Deployment, token: Genuine) -> TestResponse:
    """The list of one's repositories, asked for with this token."""
    return answer(standing, "GET", "/api/repositories", headers={"Authorization": f"Bearer {token.token()}"})


class TestRealTokens:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_are_taken_whatever_the_case_of_their_scheme(
        self, standing: Deployment, genuine: Genuine, scheme: str
    ) -> None:
        answered = answer(
            standing, "GET", "/api/repositories", headers={"Authorization": f"{scheme} {genuine.token()}"}
        )
        assert answered.status_code == 200

    @pytest.mark.parametrize("seconds", [-3600, -30])
    def test_are_refused_half_a_minute_after_their_end(
        self, standing: Deployment, genuine: Genuine, seconds: int
    ) -> None:
        now = int(time.time())
        late = genuine.saying(iat=now - 7200, auth_time=now - 7200, exp=now + seconds)
        assert repositories(standing, late).status_code == 401
        assert repositories(standing, late.saying(exp=now - 3)).status_code == 200

    def test_name_nobody_by_a_path(self, standing: Deployment, genuine: Genuine) -> None:
        for subject in ("a/b", "/", "../ann"):
            assert repositories(standing, genuine.saying(sub=subject, user_id=subject)).status_code == 401

    @pytest.mark.parametrize("identities", [["abc"], ["٣"], ["1 2"], [None], [[]], [], "7", {"7": 7}, None], ids=repr)
    def test_may_name_an_odd_identity_which_is_none(
        self, standing: Deployment, genuine: Genuine, identities: object
    ) -> None:
        claims = {"identities": {"github.com": identities}, "sign_in_provider": "github.com"}
        assert repositories(standing, genuine.saying(firebase=claims)).status_code == 200

    def test_name_the_person_by_their_subject_alone(self, standing: Deployment, genuine: Genuine) -> None:
        put(standing, a_card("the subject"))
        posing = genuine.saying(sub="somebody else", user_id="the subject", uid="the subject", email="the subject")
        bearer = {"Authorization": f"Bearer {posing.token()}", "X-User-Id": "the subject"}
        assert answer(standing, "GET", "/api/assets/inbox", headers=bearer).get_json() == {"assets": []}
        assert len(Person(standing, "the subject").get("/api/assets/inbox").get_json()["assets"]) == 1


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Identity]:
    """Keys that may be kept for a minute."""
    with Identity(state=tmp_path, keys_max_age=60) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


class TestKeys:
    """The keys that tokens are checked with: kept as long as they may be, fetched again when they change."""

    def test_are_fetched_once_for_as_long_as_their_headers_say(
        self, publisher: Identity, session: requests.Session
    ) -> None:
        clock = Clock()
        keys, key_id = KeySet(publisher.jwks_url, session, clock), publisher.keys.newest.key_id
        for seconds in (0, 1, 58.9):
            clock.seconds = 1000.0 + seconds
            assert keys.key(key_id)
        assert publisher.operations.count("keys") == 1
        clock.seconds = 1060.0
        assert keys.key(key_id)
        assert publisher.operations.count("keys") == 2

    def test_are_fetched_again_for_a_key_that_is_new(self, publisher: Identity, session: requests.Session) -> None:
        clock = Clock()
        keys, old = KeySet(publisher.jwks_url, session, clock), publisher.keys.newest
        assert keys.key(old.key_id)
        new = publisher.keys.rotate()
        clock.seconds += 31
        assert keys.key(new.key_id)
        assert keys.key(old.key_id)
        assert publisher.operations.count("keys") == 2

    def test_are_not_fetched_for_every_key_that_somebody_makes_up(
        self, publisher: Identity, session: requests.Session
    ) -> None:
        keys = KeySet(publisher.jwks_url, session, Clock())
        for number in range(20):
            with pytest.raises(UnauthenticatedError):
                keys.key(f"made up {number}")
        assert publisher.operations.count("keys") == 1

    def test_serve_through_an_outage_while_they_may_be_kept(
        self, publisher: Identity, session: requests.Session
    ) -> None:
        clock = Clock()
        keys, key_id = KeySet(publisher.jwks_url, session, clock), publisher.keys.newest.key_id
        assert keys.key(key_id)
        outage = publisher.operations.fail("keys", status=503, times=None)
        clock.seconds += 45
        with pytest.raises(UnauthenticatedError):
            keys.key("made up")
        assert outage.fired == 1
        assert keys.key(key_id)
        clock.seconds += 15
        with pytest.raises(RetryLaterError):
            keys.key(key_id)

    def test_that_are_withdrawn_open_no_door(self, deployment: Deployment, publisher: Identity, tmp_path: Path) -> None:
        withdrawn = genuine_id_token(publisher.keys.newest, project=deployment.project)
        with Identity(state=tmp_path / "later") as later:
            deployment.function("repositories", FIREBASE_JWKS_URL=later.jwks_url)
            bearer = {"Authorization": f"Bearer {withdrawn.token()}"}
            assert answer(deployment, "GET", "/api/repositories", headers=bearer).status_code == 401

    @pytest.mark.parametrize("fault", ["nobody listens", "an error", "no JSON"])
    def test_that_nobody_can_fetch_make_callers_wait(
        self, deployment: Deployment, publisher: Identity, fault: str
    ) -> None:
        urls = {"nobody listens": "http://127.0.0.1:1/keys", "no JSON": f"{publisher.url}/health/none"}
        outage = publisher.operations.fail("keys", status=500, times=None)
        deployment.function("repositories", FIREBASE_JWKS_URL=urls.get(fault, publisher.jwks_url))
        answered = Person(deployment, UID).get("/api/repositories")
        assert answered.status_code == 503
        assert int(answered.headers["Retry-After"]) > 0
        assert outage.fired == (fault == "an error")


class TestPreflight:
    """What a browser asks before it calls, and which pages may read the answer."""

    @pytest.mark.parametrize("operation", people(), ids=lambda each: each.id)
    def test_is_answered_without_a_token(self, standing: Deployment, operation: Operation) -> None:
        headers = {"Origin": ORIGIN, "Access-Control-Request-Method": operation.verb}
        answered = standing.function(operation.function).options(operation.at(), headers=headers)
        assert answered.status_code == 204
        assert answered.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert operation.verb in answered.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Authorization" in answered.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answered.headers

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.invalid",
            "null",
            ORIGIN.upper(),
            ORIGIN + "/",
            ORIGIN + ".evil.invalid",
            ORIGIN + ":443",
            ORIGIN.replace("https", "http"),
            "https://evil." + ORIGIN.removeprefix("https://"),
            "*",
        ],
    )
    def test_lets_no_other_page_in(self, standing: Deployment, origin: str) -> None:
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        client = standing.function("repositories")
        for answered in (
            client.options("/api/repositories", headers=headers),
            client.get("/api/repositories", headers={**headers, **standing.bearer(UID)}),
        ):
            assert not [name for name, _ in answered.headers if name.startswith("Access-Control")]
            assert "Origin" in answered.headers["Vary"]

    def test_is_no_answer_for_a_path_that_is_not_there(self, standing: Deployment) -> None:
        answered = standing.function("repositories").options("/api/nothing", headers={"Origin": ORIGIN})
        assert answered.status_code == 404

    @pytest.mark.parametrize("token", ["good", "none"])
    def test_lets_the_page_read_answers_and_refusals(self, standing: Deployment, token: str) -> None:
        signed = standing.bearer(UID) if token == "good" else {}
        answered = answer(standing, "GET", "/api/repositories", headers={"Origin": ORIGIN, **signed})
        assert answered.status_code == (200 if token == "good" else 401)
        assert answered.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Retry-After" in answered.headers["Access-Control-Expose-Headers"]
