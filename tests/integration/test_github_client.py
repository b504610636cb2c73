"""What does our GitHub client ask, as whom, and what does it make of the answers?"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
import requests
from flask import Response

from local.cloud import app_key
from local.github import Change, GitHub, faults
from local.github.faults import Proceed
from shared.clients.github import GitHub as Client
from shared.clients.github import Installation, RepositoryFacts
from shared.clients.github.tokens import AppTokens
from shared.clients.github.transport import GitHubRefusedError, TokenRefusedError, Transport
from shared.domain.errors import ConfigurationError, NotFoundError, RetryLaterError
from tests.github_client import INSTALLATION, MAP_ID, TOKENS, TRACKER, TRACKER_ID, Clock, app_client

READ_PULLS = {"metadata": "read", "contents": "read", "pull_requests": "read"}
ADA = 1000000101


@pytest.fixture
def clock() -> Clock:
    """Our own clock."""
    return Clock()


@pytest.fixture
def client(github: GitHub, state: Path, clock: Clock) -> Iterator[Client]:
    """The client as the App."""
    with app_client(github, state, clock) as made:
        yield made


def both(clock: Clock, github: GitHub, seconds: float) -> None:
    """Let time pass for us and for GitHub."""
    clock.advance(seconds=seconds)
    github.clock.advance(seconds)


def known_pull(client: Client) -> None:
    """Ask for a pull request that is there."""
    client.pull_request(INSTALLATION, TRACKER_ID, 41)


class TestAppJwt:
    """The App proves itself to a GitHub whose clock is not ours."""

    @pytest.mark.parametrize("drift", [-60, -30, 0, 30, 60])
    def test_is_taken_by_a_github_with_another_clock(self, github: GitHub, client: Client, drift: int) -> None:
        github.clock.advance(drift)
        assert client.installation(INSTALLATION) == Installation(INSTALLATION, "sample-org", suspended=False)

    @pytest.mark.parametrize("drift", [-700, 700])
    def test_is_refused_when_the_clocks_are_minutes_apart(self, github: GitHub, client: Client, drift: int) -> None:
        github.clock.advance(drift)
        with pytest.raises(TokenRefusedError):
            client.installation(INSTALLATION)

    def test_lasts_ten_minutes_at_most(self, github: GitHub, state: Path, clock: Clock) -> None:
        key = app_key(state / "github-app.pem")
        with requests.Session() as session:
            tokens = AppTokens(
                Transport(github.url, session), app_id="12", private_key=lambda: key, now=clock, setting="KEY"
            )
            said = tokens.app_jwt()
        claims = jwt.decode(said, options={"verify_signature": False})
        assert jwt.get_unverified_header(said)["alg"] == "RS256"
        assert claims == {"iss": "12", "iat": pytest.approx(time.time() - 60, abs=5), "exp": claims["iat"] + 600}

    @pytest.mark.parametrize(
        "key", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"]
    )
    def test_needs_an_rsa_key_and_never_shows_what_it_got(self, github: GitHub, clock: Clock, key: str) -> None:
        with requests.Session() as session:
            client = Client(api_url=github.url, app_id="12", private_key=lambda: key, now=clock, session=session)
            with pytest.raises(ConfigurationError) as refused:
                client.check_key()
        assert "GITHUB_PRIVATE_KEY_SECRET" in str(refused.value)
        assert "c2VjcmV0" not in str(refused.value)
        assert refused.value.__cause__ is None


class TestInstallationToken:
    """A token is asked for one repository and the least permissions, and kept for as long as it is good."""

    def test_is_for_one_repository_and_reading(self, github: GitHub, client: Client) -> None:
        known_pull(client)
        (asked,) = github.calls(TOKENS)
        assert asked.body == {"repository_ids": [TRACKER_ID], "permissions": READ_PULLS}

    def test_for_facts_and_permissions_reads_metadata_alone(self, github: GitHub, client: Client) -> None:
        facts = client.repository(INSTALLATION, TRACKER)
        client.permission(INSTALLATION, facts, ADA)
        client.repository_by_id(INSTALLATION, TRACKER_ID)
        assert [call.body for call in github.calls(TOKENS)] == [
            {"repositories": ["parcel-tracker"], "permissions": {"metadata": "read"}},
            {"repository_ids": [TRACKER_ID], "permissions": {"metadata": "read"}},
        ]

    def test_is_kept_while_more_than_five_minutes_are_left(self, github: GitHub, client: Client, clock: Clock) -> None:
        known_pull(client)
        both(clock, github, 54 * 60)
        known_pull(client)
        assert len(github.calls(TOKENS)) == 1

    def test_is_renewed_when_five_minutes_are_left(self, github: GitHub, client: Client, clock: Clock) -> None:
        known_pull(client)
        both(clock, github, 55 * 60 + 1)
        known_pull(client)
        assert len(github.calls(TOKENS)) == 2
        assert not [call for call in github.calls() if call.status == 401]

    def test_that_is_refused_is_renewed_once(self, github: GitHub, client: Client) -> None:
        known_pull(client)
        github.tokens.revoke()
        known_pull(client)
        assert len(github.calls(TOKENS)) == 2
        assert len([call for call in github.calls() if call.status == 401]) == 1

    def test_that_is_refused_again_and_again_is_no_reason_to_go_on(self, github: GitHub, client: Client) -> None:
        refusing = github.faults.add("GET /repositories/**", faults.refusal(401, "Bad credentials"), times=None)
        with pytest.raises(TokenRefusedError):
            known_pull(client)
        assert (refusing.fired, len(github.calls(TOKENS))) == (2, 2)

    def test_of_one_repository_is_not_used_for_another(self, github: GitHub, client: Client) -> None:
        known_pull(client)
        client.pull_request(INSTALLATION, MAP_ID, 58)
        used = {call.path.split("/")[2]: call.principal.repository_ids for call in github.calls("GET /repositories/**")}
        assert used == {str(TRACKER_ID): frozenset({TRACKER_ID}), str(MAP_ID): frozenset({MAP_ID})}

    def test_of_a_repository_that_the_installation_lacks_is_not_to_be_had(self, github: GitHub, client: Client) -> None:
        """As after the App lost the repository: absent, not an error that somebody has to look at."""
        github.choose(TRACKER, covered=False)
        with pytest.raises(NotFoundError):
            known_pull(client)
        with pytest.raises(NotFoundError):
            client.repository_by_id(INSTALLATION, TRACKER_ID)

    @pytest.mark.parametrize(
        "answer",
        ["", "[]", "null", "{}", '{"token": "x"}', '{"token": "x", "expires_at": "soon"}', '{"token": "x", "expires'],
    )
    def test_that_is_none_is_asked_for_again(self, github: GitHub, client: Client, answer: str) -> None:
        garbled = github.faults.add(TOKENS, faults.answer(201, answer))
        with pytest.raises(RetryLaterError):
            known_pull(client)
        known_pull(client)
        assert garbled.fired == 1

    def test_without_a_zone_in_its_end_does_no_lasting_harm(self, github: GitHub, client: Client) -> None:
        answer = json.dumps({"token": "ghs_" + "a" * 36, "expires_at": "2999-01-01T00:00:00"})
        garbled = github.faults.add(TOKENS, faults.answer(201, answer))
        known_pull(client)
        assert (garbled.fired, len(github.calls(TOKENS))) == (1, 2)

    def test_is_missed_loudly_where_the_app_lacks_a_permission(self, github: GitHub, client: Client) -> None:
        github.uninstall("sample-org", notify=False)
        github.install("sample-org", permissions={"metadata": "read"}, id=INSTALLATION, notify=False)
        with pytest.raises(GitHubRefusedError):
            known_pull(client)

    def test_never_crosses_between_installations(self, github: GitHub, client: Client) -> None:
        """Sixteen threads and two installations, whose private repositories a wrong token can't read."""
        github.add_user("eve")
        github.add_repository("other-org/vault", private=True)
        other = github.install("other-org", notify=False)
        vault = github.add_pull("other-org/vault", title="Lock it", author="eve").repository_id
        github.set_private(TRACKER, notify=False)

        def ask(number: int) -> str:
            if number % 2:
                return client.pull_request(other.id, vault, 1).repo_full_name
            return client.pull_request(INSTALLATION, TRACKER_ID, 41).repo_full_name

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(ask, range(32)))
        assert found == [TRACKER, "other-org/vault"] * 16
        used = {
            (call.path.split("/")[2], call.principal.installation_id) for call in github.calls("GET /repositories/**")
        }
        assert used == {(str(TRACKER_ID), INSTALLATION), (str(vault), other.id)}

    def test_of_one_installation_is_not_used_for_a_repository_of_the_same_name(
        self, github: GitHub, client: Client
    ) -> None:
        made = github.add_repository("other-org/parcel-tracker", private=True)
        other = github.install("other-org", notify=False)
        assert client.repository(INSTALLATION, TRACKER).id == TRACKER_ID
        assert client.repository(other.id, "other-org/parcel-tracker").id == made.id

    def test_is_asked_for_once_by_many_threads(self, github: GitHub, client: Client) -> None:
        known_pull(client)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: known_pull(client), range(16)))
        assert len(github.calls(TOKENS)) == 1


class TestSecrecy:
    """Tokens are opaque and of two forms, and neither is ever seen outside of the header it belongs in."""

    @pytest.mark.parametrize("classic", [True, False], ids=["forty characters", "five hundred and twenty"])
    @pytest.mark.parametrize(
        "fault",
        [
            faults.secondary_limit(5),
            faults.server_error(),
            faults.html(200),
            faults.refusal(403, "No"),
            faults.refusal(404, "Not Found"),
            faults.refusal(401, "Bad credentials"),
            faults.connection_reset,
            faults.answer(302, headers={"Location": "http://elsewhere.invalid/"}),
        ],
        ids=["limit", "outage", "page", "refusal", "gone", "token refused", "reset", "redirect"],
    )
    def test_holds_when_a_call_fails(
        self, github: GitHub, client: Client, capsys: pytest.CaptureFixture[str], fault: faults.Fault, *, classic: bool
    ) -> None:
        github.faults.add(TOKENS, lambda proceed: _minted(github, proceed, classic=classic), times=None)
        failing = github.faults.add("GET /repositories/**", fault, times=None)
        with pytest.raises((RetryLaterError, NotFoundError, GitHubRefusedError)) as failed:
            known_pull(client)
        output = capsys.readouterr()
        tokens = [minted.token for minted in github.tokens.minted if not minted.asked]
        assert failing.fired
        assert {len(token) > 100 for token in tokens} == {not classic}
        for token in tokens:
            assert token[:12] not in output.out + output.err + str(failed.value) + repr(failed.value)

    def test_sends_no_credential_to_anybody_but_the_api(self, github: GitHub, client: Client) -> None:
        with GitHub() as elsewhere:
            github.faults.add(
                "GET /repositories/**", faults.answer(307, headers={"Location": f"{elsewhere.url}/repos/a/b/pulls/1"})
            )
            with pytest.raises(GitHubRefusedError):
                known_pull(client)
            assert elsewhere.calls() == []


def _minted(github: GitHub, proceed: Proceed, *, classic: bool) -> Response:
    """The right answer with a token of either form in it."""
    answer = proceed()
    given = json.loads(answer.get_data())
    installation = github.world.installations[INSTALLATION]
    minted = github.tokens.mint(installation, {}, None, installation.permissions, classic=classic)
    answer.set_data(json.dumps({**given, "token": minted.token}))
    return answer


class TestPullRequest:
    def test_is_read_with_its_commits_and_files(self, github: GitHub, client: Client) -> None:
        pull = client.pull_request(INSTALLATION, MAP_ID, 58)
        assert (pull.repository_id, pull.number, len(pull.commits), len(pull.files)) == (MAP_ID, 58, 3, 3)
        assert [call.path.removeprefix(f"/repositories/{MAP_ID}") for call in github.calls("GET /repositories/**")] == [
            "/pulls/58",
            "/pulls/58/commits",
            "/pulls/58/files",
        ]

    def test_is_followed_through_a_rename(self, github: GitHub, client: Client) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        assert client.pull_request(INSTALLATION, TRACKER_ID, 41).repo_full_name == "sample-org/parcels"

    @pytest.mark.parametrize("private", [True, False])
    def test_is_not_mixed_up_with_one_of_a_repository_that_took_its_name(
        self, github: GitHub, client: Client, *, private: bool
    ) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        github.squat(TRACKER, private=private)
        github.add_user("mallory")
        github.add_pull(TRACKER, title="Buy my product", author="mallory", number=41)
        assert client.pull_request(INSTALLATION, TRACKER_ID, 41).repo_full_name == "sample-org/parcels"

    def test_that_was_removed_is_none(self, github: GitHub, client: Client) -> None:
        github.remove_pull(TRACKER, 41)
        with pytest.raises(NotFoundError):
            known_pull(client)

    def test_tells_the_head_that_it_has_now(self, github: GitHub, client: Client) -> None:
        github.force_push(TRACKER, 41, "f" * 40)
        assert client.pull_request(INSTALLATION, TRACKER_ID, 41).head_sha == "f" * 40

    def test_without_its_patches_is_truncated(self, github: GitHub, client: Client) -> None:
        bare = github.faults.add("GET /repositories/*/pulls/41/files", faults.without_patches)
        pull = client.pull_request(INSTALLATION, TRACKER_ID, 41)
        assert (pull.truncated, bare.fired) == (True, 1)
        assert all(file.patch is None for file in pull.files)

    def test_whose_patches_github_cuts_silently_is_truncated(self, github: GitHub, client: Client) -> None:
        long = "".join(f"{number}\n" for number in range(12_000))
        changes = [Change("a.txt", after=long), Change("b.txt", after=long)]
        github.add_pull(TRACKER, title="Add lists", author="sample-dev-ada", changes=changes, number=90)
        pull = client.pull_request(INSTALLATION, TRACKER_ID, 90)
        assert pull.truncated
        assert [file.patch is None for file in pull.files] == [False, True]

    def test_that_deletes_more_than_github_shows_is_truncated(self, github: GitHub, client: Client) -> None:
        long = "".join(f"{number}\n" for number in range(12_000))
        changes = [Change("a.txt", before=long), Change("b.txt", before=long)]
        github.add_pull(TRACKER, title="Remove lists", author="sample-dev-ada", changes=changes, number=90)
        assert client.pull_request(INSTALLATION, TRACKER_ID, 90).truncated

    def test_has_three_thousand_files_at_most_and_says_so(self, github: GitHub, client: Client) -> None:
        changes = [Change(f"src/{number}.txt", after="x\n") for number in range(3005)]
        github.add_pull(TRACKER, title="Add files", author="sample-dev-ada", changes=changes, number=90)
        pull = client.pull_request(INSTALLATION, TRACKER_ID, 90)
        assert (len(pull.files), pull.changed_files, pull.truncated) == (3000, 3005, True)
        assert len(github.calls("GET /repositories/*/pulls/90/files")) == 30

    def test_has_two_hundred_and_fifty_commits_at_most(self, github: GitHub, client: Client) -> None:
        commits = [(f"Step {number}", "sample-dev-ada") for number in range(260)]
        github.add_pull(TRACKER, title="Many steps", author="sample-dev-ada", commits=commits, number=90)
        assert len(client.pull_request(INSTALLATION, TRACKER_ID, 90).commits) == 250


class TestPermission:
    """It is looked up by the person's number: a login may have changed hands."""

    @pytest.fixture
    def vault(self, github: GitHub) -> RepositoryFacts:
        """A private repository that Ann and Ben may read and write."""
        for login in ("ann", "ben", "cleo"):
            github.add_user(login)
        roles = {"ann": "read", "ben": "maintain", "cleo": "triage"}
        made = github.add_repository("sample-org/vault", private=True, collaborators=roles)
        return RepositoryFacts(made.id, made.full_name, private=True)

    def test_of_a_stranger_is_none(self, github: GitHub, client: Client, vault: RepositoryFacts) -> None:
        eve = github.add_user("eve")
        assert client.permission(INSTALLATION, vault, eve["id"]) == "none"

    def test_of_nobody_is_none(self, client: Client, vault: RepositoryFacts) -> None:
        assert client.permission(INSTALLATION, vault, 999_999) == "none"

    def test_does_not_pass_to_whoever_takes_the_login(
        self, github: GitHub, client: Client, vault: RepositoryFacts
    ) -> None:
        ann = github.world.account("ann")
        assert ann is not None
        github.rename_user("ann", "ann-elsewhere")
        mallory = github.add_user("ann")
        assert client.permission(INSTALLATION, vault, ann["id"]) == "read"
        assert client.permission(INSTALLATION, vault, mallory["id"]) == "none"

    def test_does_not_pass_to_whoever_takes_the_login_between_two_calls(
        self, github: GitHub, client: Client, vault: RepositoryFacts
    ) -> None:
        eve = github.add_user("eve")

        def swap(proceed: Proceed) -> Response:
            github.rename_user("eve", "eve-elsewhere")
            github.rename_user("ben", "eve")
            return proceed()

        swapped = github.faults.add("GET /repos/*/*/collaborators/*/permission", swap)
        assert client.permission(INSTALLATION, vault, eve["id"]) == "none"
        assert swapped.fired == 1

    @pytest.mark.parametrize(("login", "permission"), [("ann", "read"), ("ben", "write"), ("cleo", "read")])
    def test_is_what_github_says(
        self, github: GitHub, client: Client, vault: RepositoryFacts, login: str, permission: str
    ) -> None:
        person = github.world.account(login)
        assert person is not None
        assert client.permission(INSTALLATION, vault, person["id"]) == permission

    @pytest.mark.parametrize("pattern", ["GET /user/*", "GET /repos/*/*/collaborators/*/permission"])
    @pytest.mark.parametrize("answer", ["[]", "null", "{}", '{"user": null, "permission": "admin"}', "<html>"])
    def test_is_asked_for_again_when_the_answer_is_none(
        self, github: GitHub, client: Client, vault: RepositoryFacts, pattern: str, answer: str
    ) -> None:
        garbled = github.faults.add(pattern, faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            client.permission(INSTALLATION, vault, ADA)
        assert garbled.fired == 1

    def test_puts_no_login_into_a_path_unquoted(self, github: GitHub, client: Client, vault: RepositoryFacts) -> None:
        github.faults.add("GET /user/*", faults.answer(200, json.dumps({"login": "../../../../app", "id": ADA})))
        assert client.permission(INSTALLATION, vault, ADA) == "none"
        assert not [call for call in github.calls() if call.path.startswith("/app") and call.method == "GET"]


class TestInstallation:
    def test_is_none_where_the_app_is_not(self, github: GitHub, client: Client) -> None:
        github.add_repository("other-org/thing")
        assert client.installation_on("other-org/thing") is None
        assert client.installation_on("nobody/nothing") is None
        assert client.installation(7) is None

    def test_is_none_once_the_app_was_removed(self, github: GitHub, client: Client) -> None:
        github.uninstall("sample-org")
        assert client.installation(INSTALLATION) is None

    def test_tells_that_it_is_suspended(self, github: GitHub, client: Client) -> None:
        github.suspend("sample-org")
        found = client.installation_on(TRACKER)
        assert found is not None
        assert found.suspended

    @pytest.mark.parametrize(
        "answer", ["[]", "{}", '{"id": "x", "account": {"login": "a"}}', '{"id": 1, "account": 7}']
    )
    def test_is_asked_for_again_when_the_answer_is_none(self, github: GitHub, client: Client, answer: str) -> None:
        github.faults.add("GET /app/installations/*", faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            client.installation(INSTALLATION)


class TestRepository:
    def test_is_found_by_its_number_whatever_it_is_called(self, github: GitHub, client: Client) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        found = client.repository_by_id(INSTALLATION, TRACKER_ID)
        assert found == RepositoryFacts(TRACKER_ID, "sample-org/parcels", private=False)

    def test_that_was_deleted_is_not_there(self, github: GitHub, client: Client) -> None:
        github.delete(TRACKER, notify=False)
        with pytest.raises(NotFoundError):
            client.repository_by_id(INSTALLATION, TRACKER_ID)

    @pytest.mark.parametrize(
        "answer",
        [
            "[]",
            "null",
            "{}",
            '{"id": "x", "full_name": "a/b", "private": true}',
            '{"id": 1, "full_name": "a/../b", "private": true}',
        ],
    )
    def test_is_asked_for_again_when_the_answer_is_none(self, github: GitHub, client: Client, answer: str) -> None:
        github.faults.add("GET /repositories/*", faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            client.repository_by_id(INSTALLATION, TRACKER_ID)
