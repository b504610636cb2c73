"""The token that `python -m local.token` prints, and the forgeries that a sign-in must refuse."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest

from local.identity import KeyRing
from local.token import SAMPLE_DEVELOPER_GITHUB_ID, main, mint
from tests.forgeries import (
    ID_TOKEN_FORGERIES,
    TASK_TOKEN_FORGERIES,
    Forgery,
    Genuine,
    genuine_id_token,
    genuine_task_token,
)

PROJECT = "token-tests"
AUDIENCE = "https://tasks.sample.invalid"
ACCOUNT = "tasks@sample.invalid"
GOOGLE = "https://accounts.google.com"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing(tmp_path_factory.mktemp("keys"))


def verified(token: str, keys: KeyRing, *, audience: str, issuer: str) -> Mapping[str, Any]:
    """The claims by the published rules; raises a `jwt.PyJWTError`, KeyError or ValueError for a bad token."""
    published = jwt.PyJWKSet.from_dict(keys.key_set())
    key = published[jwt.get_unverified_header(token)["kid"]]
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer=issuer,
        options={"require": ["exp", "iat", "aud", "iss", "sub"], "strict_aud": True},
    )
    return claims


def person(token: str, keys: KeyRing) -> str:
    """Whose ID token it is."""
    claims = verified(token, keys, audience=PROJECT, issuer=f"https://securetoken.google.com/{PROJECT}")
    if not 0 < len(claims["sub"]) <= 128 or claims["auth_time"] > time.time():
        raise ValueError(token)
    return str(claims["sub"])


def account(token: str, keys: KeyRing) -> str:
    """Which service account's token it is."""
    claims = verified(token, keys, audience=AUDIENCE, issuer=GOOGLE)
    if claims["email"] != ACCOUNT or claims["email_verified"] is not True:
        raise ValueError(token)
    return str(claims["email"])


class TestForgeries:
    def test_stand_beside_tokens_that_are_good(self, keys: KeyRing) -> None:
        assert person(genuine_id_token(keys.newest, project=PROJECT).token(), keys) == "ann"
        assert account(genuine_task_token(keys.newest, audience=AUDIENCE, email=ACCOUNT).token(), keys) == ACCOUNT

    @pytest.mark.parametrize("forge", ID_TOKEN_FORGERIES.values(), ids=ID_TOKEN_FORGERIES.keys())
    def test_of_id_tokens_break_a_published_rule(self, forge: Forgery, keys: KeyRing) -> None:
        genuine = genuine_id_token(keys.newest, project=PROJECT)
        with pytest.raises((jwt.PyJWTError, KeyError, ValueError)):
            person(forge(genuine), keys)

    @pytest.mark.parametrize("forge", TASK_TOKEN_FORGERIES.values(), ids=TASK_TOKEN_FORGERIES.keys())
    def test_of_task_tokens_break_a_published_rule(self, forge: Forgery, keys: KeyRing) -> None:
        genuine = genuine_task_token(keys.newest, audience=AUDIENCE, email=ACCOUNT)
        with pytest.raises((jwt.PyJWTError, KeyError, ValueError)):
            account(forge(genuine), keys)

    @pytest.mark.parametrize("table", [ID_TOKEN_FORGERIES, TASK_TOKEN_FORGERIES])
    def test_are_all_different(self, table: Mapping[str, Forgery], keys: KeyRing) -> None:
        genuine: Genuine = genuine_id_token(keys.newest, project=PROJECT)
        forged = {forge(genuine.saying(email=ACCOUNT)) for forge in table.values()}
        assert len(forged) == len(table) >= 20


class TestToken:
    def test_is_the_sample_developers_without_arguments(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--state", str(tmp_path), "--project", PROJECT]) == 0
        token, end, rest = capsys.readouterr().out.partition("\n")
        assert (end, rest) == ("\n", "")
        assert person(token, KeyRing(tmp_path)) == f"gh-{SAMPLE_DEVELOPER_GITHUB_ID}"
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["firebase"]["identities"]["github.com"] == [str(SAMPLE_DEVELOPER_GITHUB_ID)]

    def test_says_what_it_is_asked_to(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        asked = ["--uid", "bob", "--github-id", "0", "--claims", "approver,auditor", "--hours", "2"]
        assert main([*asked, "--state", str(tmp_path), "--project", PROJECT]) == 0
        token = capsys.readouterr().out.strip()
        assert person(token, KeyRing(tmp_path)) == "bob"
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["approver"] is claims["auditor"] is True
        assert claims["exp"] - claims["iat"] == 7200
        assert "github.com" not in claims["firebase"]["identities"]

    @pytest.mark.parametrize("claim", ["sub", "iss", "firebase", "user_id"])
    def test_has_no_reserved_claim_of_ours(self, claim: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=claim):
            mint("ann", claims={claim: "mallory"}, state=tmp_path)
        assert main(["--claims", claim, "--state", str(tmp_path)]) == 1

    def test_needs_somebody_to_be_about(self) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["--github-id", "0"])

    def test_is_all_that_the_command_prints(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "local.token", "--state", str(tmp_path), "--project", PROJECT]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        assert person(done.stdout.removesuffix("\n"), KeyRing(tmp_path)).startswith("gh-")
        assert done.stderr == ""
