"""Does the local GitHub believe only its App, and give tokens for no more than was granted?"""

import re
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from local.github import APP_ID, GitHub, read_samples
from tests.local.github_calls import SAMPLES, Caller, app_jwt, app_key, public_key

TRACKER = "sample-org/parcel-tracker"


@pytest.fixture(scope="module")
def reader() -> Iterator[Caller]:
    """Calls a GitHub that nothing happens to."""
    with GitHub(read_samples(SAMPLES), public_key=public_key()) as standing:
        reader = Caller(standing)
        yield reader
        reader.close()


def now() -> int:
    return int(time.time())


class TestAppJwt:
    @pytest.mark.parametrize(
        ("claims", "message"),
        [
            ({"exp": None}, "'Expiration time' claim ('exp') must be a numeric value"),
            ({"exp": "soon"}, "'Expiration time' claim ('exp') must be a numeric value"),
            ({"exp": True}, "'Expiration time' claim ('exp') must be a numeric value"),
            ({"exp": lambda: now() - 5}, "'Expiration time' claim ('exp') must be a numeric value"),
            ({"exp": lambda: now() + 700}, "'Expiration time' claim ('exp') is too far in the future"),
            ({"iat": None}, "'Issued at' claim ('iat') must be an Integer"),
            ({"iat": lambda: str(now())}, "'Issued at' claim ('iat') must be an Integer"),
            ({"iat": lambda: now() + 90}, "'Issued at' claim ('iat') must be an Integer"),
        ],
    )
    def test_is_refused_for_its_times(self, reader: Caller, claims: dict[str, Any], message: str) -> None:
        said = {name: value() if callable(value) else value for name, value in claims.items()}
        answer = reader.get("/app", app_jwt(**said))
        assert answer.status_code == 401
        assert message in answer.json()["message"]
        assert answer.json()["status"] == "401"
        assert answer.json()["documentation_url"].startswith("https://docs.github.com/")

    @pytest.mark.parametrize("issuer", ["7", 7, None, True, [str(APP_ID)]])
    def test_of_another_app_is_unknown(self, reader: Caller, issuer: object) -> None:
        answer = reader.get("/app", app_jwt(iss=issuer))
        assert (answer.status_code, answer.json()["message"]) == (404, "Integration not found")

    def test_must_be_signed_by_the_apps_key(self, reader: Caller) -> None:
        forged = [
            app_jwt(generate_private_key(65537, 2048)),
            app_jwt("a secret that everybody knows, thirty-two bytes", algorithm="HS256"),
            jwt.PyJWS().encode(b'{"iss": "1000001"}', "", algorithm="none"),
            app_jwt(app_key(), algorithm="PS256"),
            app_jwt()[:-4] + "AAAA",
            "a.b.c",
        ]
        answers = [reader.get("/app", credential) for credential in forged]
        assert {each.status_code for each in answers} == {401}
        assert {each.json()["message"] for each in answers} == {"A JSON web token could not be decoded"}

    @pytest.mark.parametrize("header", ["", "Bearer", "Basic QTpC", "Bearer a b", "token nonsense"])
    def test_is_needed(self, reader: Caller, header: str) -> None:
        assert reader.get("/app", headers={"Authorization": header}).status_code == 401

    @pytest.mark.parametrize("issuer", [APP_ID, str(APP_ID), GitHub.client_id])
    def test_names_its_app_by_number_or_client_id(self, reader: Caller, issuer: object) -> None:
        assert reader.get("/app", app_jwt(iss=issuer)).json()["id"] == APP_ID

    @pytest.mark.parametrize("drift", [-60, 0, 60])
    def test_survives_a_minute_of_drift(self, github: GitHub, caller: Caller, drift: int) -> None:
        github.clock.advance(drift)
        assert caller.get("/app", app_jwt()).status_code == 200

    def test_without_a_margin_does_not_survive_drift(self, github: GitHub, caller: Caller) -> None:
        github.clock.advance(-5)
        assert caller.get("/app", app_jwt(exp=now() + 600)).status_code == 401

    def test_opens_nothing_but_the_apps_own_calls(self, reader: Caller) -> None:
        assert reader.as_app(f"/repos/{TRACKER}").status_code == 401
        assert reader.get("/app", reader.token("sample-org")).status_code == 401

    def test_can_not_be_checked_without_a_key(self) -> None:
        with GitHub() as keyless:
            caller = Caller(keyless)
            assert caller.as_app("/app").status_code == 401
            caller.close()


class TestInstallations:
    def test_are_found_by_repository(self, reader: Caller) -> None:
        found = reader.as_app(f"/repos/{TRACKER.upper()}/installation").json()
        assert found["id"] == 3000000001
        assert found["account"]["login"] == "sample-org"
        assert found["permissions"] == {"metadata": "read", "contents": "read", "pull_requests": "write"}
        assert found["suspended_at"] is None
        assert reader.as_app(f"/app/installations/{found['id']}").json() == found
        assert reader.as_app("/app/installations").json() == [found]

    def test_are_absent_where_the_app_is_not(self, github: GitHub, caller: Caller) -> None:
        github.add_repository("elsewhere/thing")
        github.add_repository("sample-org/not-chosen", installed=False)
        for path in ("/repos/elsewhere/thing", "/repos/sample-org/not-chosen", "/repos/no/such"):
            answer = caller.as_app(f"{path}/installation")
            assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
        assert caller.as_app("/app/installations/5").status_code == 404

    def test_say_that_they_are_suspended(self, github: GitHub, caller: Caller) -> None:
        github.suspend("sample-org")
        assert caller.as_app(f"/repos/{TRACKER}/installation").json()["suspended_at"] is not None
        github.unsuspend("sample-org")
        assert caller.as_app(f"/repos/{TRACKER}/installation").json()["suspended_at"] is None

    def test_come_and_go(self, github: GitHub, caller: Caller) -> None:
        github.add_repository("elsewhere/thing")
        number = github.install("elsewhere", ["elsewhere/thing"]).id
        assert caller.as_app("/repos/elsewhere/thing/installation").json()["id"] == number
        github.uninstall("elsewhere")
        assert caller.as_app(f"/app/installations/{number}").status_code == 404


class TestInstallationTokens:
    def test_are_long_and_last_an_hour(self, github: GitHub, caller: Caller) -> None:
        answer = caller.ask_token("sample-org").json()
        assert re.fullmatch(r"ghs_1000001_[A-Za-z0-9_.-]+", answer["token"])
        assert 480 <= len(answer["token"]) <= 560
        assert set("._-") <= set(answer["token"])
        assert answer["expires_at"] == github.clock.stamp(github.tokens.minted[-1].expires)
        assert 3590 < github.tokens.minted[-1].expires - time.time() <= 3600
        assert answer["repository_selection"] == "selected"

    def test_are_short_when_the_old_form_is_asked_for(self, caller: Caller) -> None:
        token = caller.ask_token("sample-org", headers={"X-GitHub-Stateless-S2S-Token": "disabled"}).json()["token"]
        assert re.fullmatch(r"ghs_[A-Za-z0-9]{36}", token)
        assert caller.get(f"/repos/{TRACKER}", token).status_code == 200

    def test_remember_what_was_asked_for(self, github: GitHub, caller: Caller) -> None:
        body = {"repository_ids": [2000000001], "permissions": {"contents": "read"}}
        answer = caller.ask_token("sample-org", body).json()
        minted = github.tokens.minted[-1]
        assert minted.asked == body
        assert minted.repository_ids == frozenset([2000000001])
        assert answer["permissions"] == minted.permissions == {"metadata": "read", "contents": "read"}
        assert [each["full_name"] for each in answer["repositories"]] == [TRACKER]

    def test_are_for_repositories_by_name_too(self, github: GitHub, caller: Caller) -> None:
        caller.token("sample-org", repositories=["parcel-map"])
        assert github.tokens.minted[-1].repository_ids == frozenset([2000000002])

    @pytest.mark.parametrize(
        "body",
        [
            {"permissions": {"administration": "read"}},
            {"permissions": {"contents": "write"}},
            {"permissions": {"contents": "everything"}},
            {"permissions": {"contents": None}},
            {"permissions": ["contents"]},
            {"repository_ids": [1]},
            {"repository_ids": [2000000001, 1]},
            {"repository_ids": ["2000000001"]},
            {"repository_ids": list(range(501))},
            {"repositories": ["no-such"]},
            {"repositories": "parcel-tracker"},
            {"repositories": ["../parcel-tracker"]},
        ],
    )
    def test_are_for_no_more_than_was_granted(self, reader: Caller, body: dict[str, Any]) -> None:
        answer = reader.ask_token("sample-org", body)
        assert answer.status_code == 422
        assert answer.json()["documentation_url"].startswith("https://docs.github.com/rest/apps/apps#create")
        assert body not in [minted.asked for minted in reader.github.tokens.minted]

    def test_need_a_body_of_json_if_any(self, reader: Caller) -> None:
        path = "/app/installations/3000000001/access_tokens"
        assert reader.as_app(path, "POST", data=b"{").status_code == 400
        assert reader.as_app(path, "POST", data=b"[]").status_code == 400
        assert reader.as_app(path, "POST", data=b"").status_code == 201

    def test_of_a_suspended_installation_are_refused(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        github.suspend("sample-org")
        answer = caller.ask_token("sample-org")
        assert (answer.status_code, answer.json()["message"]) == (403, "This installation has been suspended")
        assert caller.get(f"/repos/{TRACKER}", token).status_code == 403

    def test_end_with_the_installation(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        github.uninstall("sample-org")
        assert caller.get(f"/repos/{TRACKER}", token).json()["message"] == "Bad credentials"

    def test_expire_and_can_be_revoked(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        github.clock.advance(3601)
        assert caller.get(f"/repos/{TRACKER}", token).status_code == 401
        github.clock.advance(-3601)
        assert caller.get(f"/repos/{TRACKER}", token).status_code == 200
        github.tokens.revoke()
        assert caller.get(f"/repos/{TRACKER}", token).status_code == 401

    def test_that_nobody_gave_out_are_bad(self, reader: Caller) -> None:
        answer = reader.get(f"/repos/{TRACKER}", "ghs_1000001_made.up.token")
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
