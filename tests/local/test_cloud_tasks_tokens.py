"""The tokens that tasks carry, and the keys they are checked with."""

import time

import jwt
import pytest
import requests

from local.cloud_tasks import CloudTasks, Queue, TokenSigner
from tests.local.test_cloud_tasks_target import QUEUE, Target, create, signing_key, task_for

EMAIL = "pr-tasks@p.iam.gserviceaccount.com"


def cloud_with(queue: Queue | None = None) -> CloudTasks:
    return CloudTasks([queue or Queue(name=QUEUE, min_backoff=1)], speed=100, key=signing_key())


def claims_in(token: str, cloud: CloudTasks, audience: str) -> dict[str, object]:
    """What a verifier reads, after it has fetched the published keys."""
    key = jwt.PyJWKClient(f"{cloud.url}/oauth2/v3/certs").get_signing_key_from_jwt(token)
    options: jwt.types.Options = {"require": ["exp", "iat", "sub", "azp"]}
    claims: dict[str, object] = jwt.decode(
        token, key, ["RS256"], audience=audience, issuer="https://accounts.google.com", options=options
    )
    return claims


def tokens_of(target: Target) -> list[str]:
    return [received.headers["authorization"].removeprefix("Bearer ") for received in target.received]


class TestTaskTokens:
    def test_say_who_calls_and_whom(self) -> None:
        with Target() as target, cloud_with() as cloud:
            oidc = {"serviceAccountEmail": EMAIL, "audience": "https://audience.example"}
            create(cloud.url, task_for(target.url, http={"oidcToken": oidc}))
            cloud.wait_until_idle(5)
            (token,) = tokens_of(target)
            claims = claims_in(token, cloud, "https://audience.example")
        assert (claims["email"], claims["email_verified"]) == (EMAIL, True)
        assert claims["sub"] == claims["azp"]
        assert str(claims["sub"]).isdigit()
        issued, ends = claims["iat"], claims["exp"]
        assert isinstance(issued, int)
        assert ends == issued + 3600
        assert abs(time.time() - issued) < 30

    def test_are_for_the_target_unless_another_audience_is_named(self) -> None:
        with Target() as target, cloud_with() as cloud:
            url = f"{target.url}/api/tasks/x?y=1"
            create(cloud.url, task_for(url, http={"oidcToken": {"serviceAccountEmail": EMAIL}}))
            cloud.wait_until_idle(5)
            assert claims_in(tokens_of(target)[0], cloud, url)["aud"] == url

    def test_replace_what_the_task_says_itself(self) -> None:
        with Target() as target, cloud_with() as cloud:
            http = {"oidcToken": {"serviceAccountEmail": EMAIL}, "headers": {"authorization": "Bearer forged"}}
            create(cloud.url, task_for(target.url, http=http))
            create(cloud.url, task_for(f"{target.url}/own", http={"headers": {"Authorization": "Basic b3du"}}))
            cloud.wait_until_idle(5)
            sent = {received.path: received.headers["authorization"] for received in target.received}
        assert "forged" not in sent["/"]
        assert sent["/"].startswith("Bearer ey")
        assert sent["/own"] == "Basic b3du"

    def test_are_minted_afresh_for_every_attempt(self) -> None:
        with Target(503) as target, cloud_with(Queue(name=QUEUE, min_backoff=105)) as cloud:
            create(cloud.url, task_for(target.url, http={"oidcToken": {"serviceAccountEmail": EMAIL}}))
            cloud.wait_until_idle(10)
            first, second = (claims_in(token, cloud, target.url)["iat"] for token in tokens_of(target))
        assert isinstance(first, int)
        assert isinstance(second, int)
        assert second > first


class TestKeys:
    def test_are_published_with_a_time_to_keep_them(self) -> None:
        with cloud_with() as cloud:
            answer = requests.get(f"{cloud.url}/oauth2/v3/certs", timeout=5)
        assert "max-age=3600" in answer.headers["Cache-Control"]
        (key,) = answer.json()["keys"]
        assert (key["kty"], key["alg"], key["use"], key["kid"]) == ("RSA", "RS256", "sig", cloud.tokens.key_id)
        assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}

    def test_are_made_at_the_start_unless_given(self) -> None:
        given = TokenSigner(signing_key())
        assert given.key is signing_key()
        made = TokenSigner()
        assert made.key.key_size == 2048
        assert made.key_id != given.key_id


class TestMinting:
    def test_signs_any_claims_and_adds_none(self) -> None:
        with cloud_with() as cloud:
            token = cloud.mint(iss="https://evil.example", exp=1, email_verified=False)
        assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": cloud.tokens.key_id}
        read = jwt.decode(token, options={"verify_signature": False})
        assert read == {"iss": "https://evil.example", "exp": 1, "email_verified": False}

    def test_lets_a_test_change_one_claim(self) -> None:
        with cloud_with() as cloud:
            usual = cloud.tokens.claims_for(EMAIL, "us")
            expired = cloud.mint(**usual | {"exp": 1})
            assert claims_in(cloud.mint(**usual), cloud, "us") == usual
            with pytest.raises(jwt.ExpiredSignatureError):
                claims_in(expired, cloud, "us")
            with pytest.raises(jwt.InvalidAudienceError):
                claims_in(cloud.mint(**usual), cloud, "them")
