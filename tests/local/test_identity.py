"""The keys and accounts that sign-in is checked against, through PyJWT and firebase-admin."""

import json
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import firebase_admin
import jwt
import pytest
import requests
from firebase_admin import auth, exceptions

from local.google_error import GoogleError
from local.identity import Identity, KeyRing
from local.identity.keys import FILE

PROJECT = "identity-tests"


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys to start from, for making some takes 0.1 s."""
    folder = tmp_path_factory.mktemp("keys")
    KeyRing(folder)
    return folder / FILE


@pytest.fixture
def identity(tmp_path: Path, key_file: Path) -> Iterator[Identity]:
    shutil.copy(key_file, tmp_path)
    with Identity(state=tmp_path, project=PROJECT) as running:
        yield running


@pytest.fixture
def admin(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> Iterator[firebase_admin.App]:
    """firebase-admin, pointed at the stand-in."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", identity.host)
    app = firebase_admin.initialize_app(options={"projectId": PROJECT, "httpTimeout": 5}, name=identity.url)
    yield app
    firebase_admin.delete_app(app)


def verified(identity: Identity, token: str) -> dict[str, Any]:
    """The claims, checked against the published keys by Firebase's rules."""
    keys = jwt.PyJWKSet.from_dict(requests.get(identity.jwks_url, timeout=5).json())
    return jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience=PROJECT,
        issuer=f"https://securetoken.google.com/{PROJECT}",
        options={"require": ["exp", "iat", "aud", "iss", "sub", "auth_time"]},
    )


class TestKeys:
    def test_verify_the_tokens_that_are_minted(self, identity: Identity) -> None:
        claims = verified(identity, identity.token("ann", github_id=7, claims=["approver"]))
        assert claims["sub"] == claims["user_id"] == "ann"
        assert claims["approver"] is True
        assert claims["exp"] - claims["iat"] == 3600
        assert claims["firebase"]["identities"]["github.com"] == ["7"]
        assert claims["firebase"]["sign_in_provider"] == "github.com"

    def test_do_not_verify_those_of_another_folder(self, identity: Identity, tmp_path: Path) -> None:
        stranger = KeyRing(tmp_path / "other").newest
        with pytest.raises(KeyError):
            verified(identity, stranger.sign({"sub": "ann"}))

    def test_may_be_kept_as_long_as_the_header_says(self, identity: Identity) -> None:
        answer = requests.get(identity.jwks_url, timeout=5)
        assert answer.headers["Cache-Control"].startswith("public, max-age=21600")
        assert {key["alg"] for key in answer.json()["keys"]} == {"RS256"}
        assert "d" not in answer.json()["keys"][0]

    def test_go_on_being_published_after_a_rotation(self, identity: Identity) -> None:
        before = identity.token("ann")
        old = identity.keys.newest.key_id
        assert identity.keys.rotate().key_id != old
        after = identity.token("ann")
        assert jwt.get_unverified_header(after)["kid"] != old
        assert verified(identity, before)["sub"] == verified(identity, after)["sub"] == "ann"

    def test_survive_a_restart_with_their_rotation(self, tmp_path: Path) -> None:
        ring = KeyRing(tmp_path)
        ring.rotate()
        assert KeyRing(tmp_path).key_set() == ring.key_set()

    def test_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        KeyRing(tmp_path).rotate()
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
        assert [file.name for file in tmp_path.iterdir()] == [FILE]

    def test_are_the_same_for_all_who_come_at_once(self, tmp_path: Path) -> None:
        rings: list[KeyRing] = []
        threads = [threading.Thread(target=lambda: rings.append(KeyRing(tmp_path))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({ring.newest.key_id for ring in rings}) == 1

    @pytest.mark.parametrize(
        "content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    def test_are_not_made_up_from_a_broken_file(self, content: str, tmp_path: Path) -> None:
        (tmp_path / FILE).write_text(content)
        with pytest.raises(ValueError):
            KeyRing(tmp_path)

    def test_can_be_out_of_reach(self, identity: Identity) -> None:
        rule = identity.operations.fail("keys", status=503)
        assert requests.get(identity.jwks_url, timeout=5).status_code == 503
        assert requests.get(identity.jwks_url, timeout=5).ok
        assert (rule.fired, identity.operations.count("keys")) == (1, 2)


class TestLookup:
    def test_knows_nobody_by_default(self, identity: Identity, admin: firebase_admin.App) -> None:
        with pytest.raises(auth.UserNotFoundError):
            auth.get_user("ann", app=admin)
        with pytest.raises(auth.UserNotFoundError):
            auth.verify_id_token(identity.token("ann"), app=admin, check_revoked=True)

    def test_shows_an_account_as_firebase_admin_reads_it(self, identity: Identity, admin: firebase_admin.App) -> None:
        identity.create("ann", github_id=7, claims=["approver"])
        user = auth.get_user("ann", app=admin)
        assert (user.uid, user.disabled, user.custom_claims) == ("ann", False, {"approver": True})
        assert [(each.provider_id, each.uid) for each in user.provider_data] == [("github.com", "7")]
        assert auth.get_user_by_email("ann@sample.invalid", app=admin).uid == "ann"
        found = auth.get_users([auth.ProviderIdentifier("github.com", "7"), auth.UidIdentifier("ghost")], app=admin)
        assert [each.uid for each in found.users] == ["ann"]
        assert [each.uid for each in found.not_found] == ["ghost"]

    def test_costs_one_call_for_each_check(self, identity: Identity, admin: firebase_admin.App) -> None:
        identity.create("ann")
        token = identity.token("ann", claims=["auditor"])
        assert auth.verify_id_token(token, app=admin, check_revoked=True)["auditor"] is True
        assert identity.operations.count("lookup") == 1

    def test_takes_any_uid_when_it_is_told_to(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with Identity(state=tmp_path, accept_any=True) as identity:
            assert identity.accounts.find("anybody") is not None
            identity.disable("anybody")
            account = identity.accounts.find("anybody")
            assert account is not None
            assert account.disabled
            identity.accounts.delete("somebody")
            assert identity.accounts.find("somebody") is None

    def test_is_for_administrators(self, identity: Identity) -> None:
        address = f"{identity.url}/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts:lookup"
        answer = requests.post(address, json={"localId": ["ann"]}, timeout=5)
        assert answer.status_code == 401

    def test_fails_when_it_is_told_to(self, identity: Identity, admin: firebase_admin.App) -> None:
        identity.create("ann")
        rule = identity.operations.fail("lookup", status=429)
        with pytest.raises(exceptions.ResourceExhaustedError):
            auth.get_user("ann", app=admin)
        assert rule.fired == 1


class TestAccounts:
    def test_are_refused_once_disabled_by_a_test(self, identity: Identity, admin: firebase_admin.App) -> None:
        identity.create("ann")
        identity.disable("ann")
        with pytest.raises(auth.UserDisabledError):
            auth.verify_id_token(identity.token("ann"), app=admin, check_revoked=True)

    def test_lose_every_token_up_to_now_when_revoked_by_a_test(
        self, identity: Identity, admin: firebase_admin.App
    ) -> None:
        identity.create("ann")
        token = identity.token("ann")
        assert auth.verify_id_token(token, app=admin, check_revoked=True)["uid"] == "ann"
        identity.revoke("ann")
        with pytest.raises(auth.RevokedIdTokenError):
            auth.verify_id_token(token, app=admin, check_revoked=True)
        later = identity.token("ann", issued_at=time.time() + 2)
        assert auth.verify_id_token(later, app=admin, check_revoked=True)["uid"] == "ann"

    def test_change_as_firebase_admin_asks(self, identity: Identity, admin: firebase_admin.App) -> None:
        identity.create("ann", github_id=7)
        auth.update_user("ann", app=admin, disabled=True, display_name="Ann", custom_claims={"auditor": True})
        changed = auth.get_user("ann", app=admin)
        assert (changed.disabled, changed.display_name, changed.custom_claims) == (True, "Ann", {"auditor": True})
        auth.revoke_refresh_tokens("ann", app=admin)
        assert auth.get_user("ann", app=admin).tokens_valid_after_timestamp >= (time.time() - 5) * 1000
        auth.delete_user("ann", app=admin)
        with pytest.raises(auth.UserNotFoundError):
            auth.get_user("ann", app=admin)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda app: auth.update_user("ghost", app=app, disabled=True),
            lambda app: auth.revoke_refresh_tokens("ghost", app=app),
            lambda app: auth.delete_user("ghost", app=app),
        ],
    )
    def test_can_only_be_changed_where_they_are(
        self, ask: Callable[[firebase_admin.App], None], admin: firebase_admin.App
    ) -> None:
        with pytest.raises(auth.UserNotFoundError):
            ask(admin)

    def test_are_made_by_firebase_admin_once(self, admin: firebase_admin.App) -> None:
        assert auth.create_user(uid="ann", email="ann@sample.invalid", app=admin).uid == "ann"
        with pytest.raises(auth.UidAlreadyExistsError):
            auth.create_user(uid="ann", app=admin)

    def test_are_made_over_http_by_scripts(self, identity: Identity, admin: firebase_admin.App) -> None:
        asked = {"uid": "bob", "githubId": 8, "claims": ["approver"]}
        assert requests.post(f"{identity.url}/emulator/accounts", json=asked, timeout=5).ok
        assert auth.get_user("bob", app=admin).custom_claims == {"approver": True}

    @pytest.mark.parametrize("body", ["", "[]", '{"uid": ""}', json.dumps({"uid": "a" * 129})])
    def test_are_not_made_of_anything(self, body: str, identity: Identity) -> None:
        headers = {"Content-Type": "application/json"}
        answer = requests.post(f"{identity.url}/emulator/accounts", data=body, headers=headers, timeout=5)
        assert answer.status_code == 400

    def test_are_made_once(self, identity: Identity) -> None:
        identity.create("ann")
        with pytest.raises(GoogleError, match="DUPLICATE_LOCAL_ID"):
            identity.create("ann")
