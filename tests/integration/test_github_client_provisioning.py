"""Does our GitHub client create one private repository and one commit in it, and say of each failure what it means?"""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from local.cloud import app_key, public_key
from local.github import GitHub, faults
from shared.clients.github import (
    GitHubRefusedError,
    NameTakenError,
    NewCommit,
    NotFastForwardError,
    OrganizationRepository,
    OrganizationRequiredError,
    ProvisioningGitHub,
    RepositoryNotReadyError,
    TreeFile,
)
from shared.domain.errors import ConfigurationError, InvalidError, NotFoundError, RetryLaterError
from tests.github_client import PATIENCE, TOKENS, Clock, Hasty

MAKER = 1_000_002
PERMISSIONS = {"metadata": "read", "administration": "write", "contents": "write"}
ORGANIZATION = "sample-org"
CREATE = "POST /orgs/*/repos"
GIT = "/repositories/*/git/**"
MARKER = "worklog-job:7f"
FILES = [
    TreeFile("README.md", "# Seedlings\n\nÄpfel\r\n".encode()),
    TreeFile(".specify/scripts/bash/create.sh", b"#!/bin/sh\nexit 0\n", executable=True),
    TreeFile("docs/.gitkeep", b""),
    TreeFile("docs/logo.png", b"\x89PNG\r\n\x1a\n\xff\x00"),
    TreeFile("docs/zero.txt", b"a\0b"),
]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Connections that wait for an answer no longer than `PATIENCE`."""
    with Hasty() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def client(github: GitHub, state: Path, session: requests.Session) -> ProvisioningGitHub:
    """The client as the App that creates repositories, which need not wait between changes."""
    key = app_key(state / "maker.pem")
    github.add_app(MAKER, "worklog-maker", public_key=public_key(key), permissions=PERMISSIONS)
    github.install(ORGANIZATION, app_id=MAKER)
    return ProvisioningGitHub(
        api_url=github.url, app_id=str(MAKER), private_key=lambda: key, now=Clock(), session=session, gap=0.0
    )


@pytest.fixture
def installation(client: ProvisioningGitHub) -> int:
    """The App's installation on the organisation."""
    return client.installation_on(ORGANIZATION)


def create(client: ProvisioningGitHub, installation: int, name: str = "seedlings") -> OrganizationRepository:
    """Create a repository with our marker."""
    return client.create_repository(installation, ORGANIZATION, name, description=MARKER)


def new_commit(tree: str, *parents: str) -> NewCommit:
    """A commit that is the same each time."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return NewCommit(tree, parents, "Add the specification\n\nIntent: 7f\n", "WorkLog", "maker@sample.invalid", at)


def fill(client: ProvisioningGitHub, installation: int, repository: OrganizationRepository) -> str:
    """Put the files into a repository, on top of its newest commit."""
    head = client.branch_head(installation, repository.id, repository.default_branch)
    tree = client.create_tree(installation, repository.id, base=head.tree, files=FILES)
    commit = client.create_commit(installation, repository.id, new_commit(tree, head.sha))
    client.advance_branch(installation, repository.id, repository.default_branch, commit)
    return commit


class TestInstallation:
    def test_on_a_person_s_account_will_not_do(self, github: GitHub, client: ProvisioningGitHub) -> None:
        github.install("sample-dev-ada", app_id=MAKER)
        with pytest.raises(OrganizationRequiredError) as refused:
            client.installation_on("sample-dev-ada")
        assert refused.value.code == "organization_required"

    @pytest.mark.parametrize("organization", ["no-such-org", "sample-dev-ada"])
    def test_that_is_none_is_not_found(self, client: ProvisioningGitHub, organization: str) -> None:
        with pytest.raises(NotFoundError):
            client.installation_on(organization)

    def test_of_the_other_app_is_not_ours(self, github: GitHub, client: ProvisioningGitHub) -> None:
        other = github.world.installation_of(ORGANIZATION)
        assert other is not None
        assert client.installation_on(ORGANIZATION) != other.id
        with pytest.raises(NotFoundError):
            create(client, other.id)

    @pytest.mark.parametrize("organization", ["", "../app", "a/b", "a b", "-a", "a" * 40, "a\n", "ä"])
    def test_is_looked_up_for_logins_only(self, github: GitHub, client: ProvisioningGitHub, organization: str) -> None:
        with pytest.raises(InvalidError):
            client.installation_on(organization)
        assert github.calls() == []

    @pytest.mark.parametrize("answer", ["[]", "null", "{}", '{"id": "x"}', "<html>"])
    def test_that_is_garbled_is_asked_for_later(self, github: GitHub, client: ProvisioningGitHub, answer: str) -> None:
        github.faults.add("GET /orgs/**", faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            client.installation_on(ORGANIZATION)

    def test_takes_an_app_key_that_signs(self, github: GitHub, session: requests.Session) -> None:
        bad = ProvisioningGitHub(
            api_url=github.url, app_id="1", private_key=lambda: "c2VjcmV0", now=Clock(), session=session
        )
        with pytest.raises(ConfigurationError):
            bad.check_key()


class TestCreateRepository:
    def test_makes_a_private_one_with_the_marker(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        made = create(client, installation)
        (call,) = github.calls(CREATE)
        assert call.body == {"name": "seedlings", "description": MARKER, "private": True, "auto_init": True}
        assert made == OrganizationRepository(
            id=made.id,
            full_name="sample-org/seedlings",
            description=MARKER,
            private=True,
            default_branch="main",
            url="https://github.com/sample-org/seedlings",
        )
        assert client.find_repository(installation, ORGANIZATION, "Seedlings") == made

    def test_asks_for_a_token_for_that_alone(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        create(client, installation)
        (asked,) = github.calls(TOKENS)
        assert asked.body == {"permissions": {"administration": "write"}}

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a b",
            "tool.git",
            "tool.GIT",
            ".git",
            "x" * 101,
            "ä",
            "x\n",
            "a%2fb",
            "a?b",
            "a#",
        ],
    )
    def test_takes_no_name_that_github_would_mend(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, name: str
    ) -> None:
        github.calls.clear()
        with pytest.raises(InvalidError):
            create(client, installation, name)
        with pytest.raises(InvalidError):
            client.find_repository(installation, ORGANIZATION, name)
        assert github.calls() == []

    def test_does_not_touch_the_holder_of_the_name(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        before = github.world.repository("sample-org/parcel-tracker")
        with pytest.raises(NameTakenError):
            create(client, installation, "parcel-tracker")
        assert github.world.repository("sample-org/parcel-tracker") == before
        found = client.find_repository(installation, ORGANIZATION, "parcel-tracker")
        assert found is not None
        assert MARKER not in found.description

    @pytest.mark.parametrize(
        "fault",
        [
            faults.done_but(faults.server_error(504)),
            faults.done_but(faults.connection_reset),
            faults.done_but(faults.html(201)),
            faults.done_but(faults.answer(201, '{"id": 1}')),
            faults.done_but(faults.slow(2 * PATIENCE)),
        ],
        ids=["outage", "reset", "page", "half", "silence"],
    )
    def test_whose_answer_is_lost_is_found_by_its_marker(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, fault: faults.Fault
    ) -> None:
        lost = github.faults.add(CREATE, fault)
        with pytest.raises(RetryLaterError):
            create(client, installation)
        found = client.find_repository(installation, ORGANIZATION, "seedlings")
        assert found is not None
        assert (found.description, lost.fired) == (MARKER, 1)
        with pytest.raises(NameTakenError):
            create(client, installation)

    @pytest.mark.parametrize(
        ("status", "message"), [(409, "Conflict"), (422, "A previous repository operation is still in progress.")]
    )
    def test_is_tried_later_while_github_is_at_it(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, status: int, message: str
    ) -> None:
        github.faults.add(CREATE, faults.refusal(status, message))
        with pytest.raises(RetryLaterError) as refused:
            create(client, installation)
        assert refused.value.after <= 10

    def test_without_the_permission_is_refused_for_good(self, github: GitHub, client: ProvisioningGitHub) -> None:
        github.uninstall(ORGANIZATION, app_id=MAKER)
        github.install(ORGANIZATION, app_id=MAKER, permissions={"metadata": "read", "contents": "write"})
        with pytest.raises(GitHubRefusedError):
            create(client, client.installation_on(ORGANIZATION))

    def test_with_a_description_that_github_refuses_is_refused_for_good(
        self, client: ProvisioningGitHub, installation: int
    ) -> None:
        with pytest.raises(GitHubRefusedError) as refused:
            client.create_repository(installation, ORGANIZATION, "seedlings", description="two\nlines")
        assert not isinstance(refused.value, NameTakenError)

    def test_makes_one_among_many(self, github: GitHub, client: ProvisioningGitHub, installation: int) -> None:
        def attempt(_: int) -> bool:
            try:
                return bool(create(client, installation))
            except NameTakenError:
                return False

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(attempt, range(6))) == 1


class TestFindRepository:
    def test_finds_nothing_where_nothing_is(self, client: ProvisioningGitHub, installation: int) -> None:
        assert client.find_repository(installation, ORGANIZATION, "seedlings") is None

    def test_does_not_follow_a_name_that_is_free_again(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        create(client, installation)
        github.rename("sample-org/seedlings", "saplings", notify=False)
        assert client.find_repository(installation, ORGANIZATION, "seedlings") is None
        assert create(client, installation).full_name == "sample-org/seedlings"

    def test_reads_with_a_token_for_reading(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        client.find_repository(installation, ORGANIZATION, "seedlings")
        (asked,) = github.calls(TOKENS)
        assert asked.body == {"permissions": {"metadata": "read"}}


class TestCommit:
    def test_is_what_a_clone_has_byte_for_byte(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, tmp_path: Path
    ) -> None:
        repository = create(client, installation)
        commit = fill(client, installation, repository)
        folder = tmp_path / "clone"
        subprocess.run(["git", "clone", "--quiet", github.clone_url(repository.full_name), folder], check=True)
        for file in FILES:
            assert (folder / file.path).read_bytes() == file.content
            assert bool((folder / file.path).stat().st_mode & 0o111) == file.executable
        log = subprocess.run(
            ["git", "-C", folder, "log", "--format=%H %an <%ae> %aI %cI"], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        (sent,) = github.calls("POST /repositories/*/git/commits")
        assert sent.body["committer"] == sent.body["author"]
        at = "2026-01-02T03:04:05"
        assert log[0].startswith(f"{commit} WorkLog <maker@sample.invalid> {at}")
        assert len(log) == 2

    def test_is_the_same_when_it_is_made_again(self, client: ProvisioningGitHub, installation: int) -> None:
        repository = create(client, installation)
        first = client.branch_head(installation, repository.id, "main")
        commit = fill(client, installation, repository)
        tree = client.create_tree(installation, repository.id, base=first.tree, files=FILES)
        assert client.create_commit(installation, repository.id, new_commit(tree, first.sha)) == commit
        client.advance_branch(installation, repository.id, "main", commit)
        head = client.branch_head(installation, repository.id, "main")
        assert (head.sha, head.tree, head.parents) == (commit, tree, (first.sha,))
        assert head.message == "Add the specification\n\nIntent: 7f\n"

    def test_has_one_token_for_that_repository_and_its_contents(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        repository = create(client, installation)
        github.calls.clear()
        fill(client, installation, repository)
        (asked,) = github.calls(TOKENS)
        assert asked.body == {"repository_ids": [repository.id], "permissions": {"contents": "write"}}

    def test_sends_text_with_its_tree(self, github: GitHub, client: ProvisioningGitHub, installation: int) -> None:
        """Each change costs a second: only what a tree can't carry is sent before it."""
        repository = create(client, installation)
        fill(client, installation, repository)
        assert len(github.calls("POST /repositories/*/git/blobs")) == 3
        assert len(github.calls("POST /repositories/*/git/trees")) == 1


class TestAdvanceBranch:
    def test_never_forces(self, github: GitHub, client: ProvisioningGitHub, installation: int) -> None:
        fill(client, installation, create(client, installation))
        assert [call.body["force"] for call in github.calls("PATCH **")] == [False]

    def test_that_somebody_was_quicker_to_is_refused(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        repository = create(client, installation)
        first = client.branch_head(installation, repository.id, "main")
        fill(client, installation, repository)
        theirs = client.branch_head(installation, repository.id, "main")
        tree = client.create_tree(installation, repository.id, base=first.tree, files=FILES[:1])
        ours = client.create_commit(installation, repository.id, new_commit(tree, first.sha))
        with pytest.raises(NotFastForwardError):
            client.advance_branch(installation, repository.id, "main", ours)
        assert client.branch_head(installation, repository.id, "main") == theirs

    def test_whose_answer_is_lost_can_be_done_again(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        repository = create(client, installation)
        lost = github.faults.add("PATCH **", faults.done_but(faults.connection_reset))
        with pytest.raises(RetryLaterError):
            fill(client, installation, repository)
        head = client.branch_head(installation, repository.id, "main")
        client.advance_branch(installation, repository.id, "main", head.sha)
        assert (len(head.parents), lost.fired) == (1, 1)


class TestReadiness:
    """For some seconds after it was created GitHub may not know a repository: that passes, and is told apart."""

    @pytest.mark.parametrize(
        "fault",
        [
            faults.refusal(404, "Not Found"),
            faults.refusal(409, "Git Repository is empty."),
            faults.refusal(422, "A previous repository operation is still in progress."),
            faults.refusal(422, "Reference update failed"),
            faults.refusal(422, "Object does not exist"),
        ],
        ids=["absent", "empty", "in progress", "no update", "no object"],
    )
    @pytest.mark.parametrize(
        "pattern",
        ["GET **/git/ref/**", "GET **/git/commits/*", "POST **/blobs", "POST **/trees", "POST **/commits", "PATCH **"],
    )
    def test_is_waited_for_whatever_says_so(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, pattern: str, fault: faults.Fault
    ) -> None:
        repository = create(client, installation)
        early = github.faults.add(pattern, fault)
        with pytest.raises(RepositoryNotReadyError) as refused:
            fill(client, installation, repository)
        assert (early.fired, refused.value.after <= 10) == (1, True)
        fill(client, installation, repository)

    def test_is_waited_for_by_those_who_ask_for_a_token(
        self, github: GitHub, client: ProvisioningGitHub, installation: int
    ) -> None:
        repository = create(client, installation)
        said = "There is at least one repository that does not exist or is not accessible to the parent installation."
        github.faults.add(TOKENS, faults.refusal(422, said))
        with pytest.raises(RepositoryNotReadyError):
            fill(client, installation, repository)
        fill(client, installation, repository)

    @pytest.mark.parametrize("fault", [faults.server_error(502), faults.secondary_limit(7), faults.connection_reset])
    def test_is_not_what_an_outage_tells(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, fault: faults.Fault
    ) -> None:
        repository = create(client, installation)
        github.faults.add(GIT, fault)
        with pytest.raises(RetryLaterError) as refused:
            fill(client, installation, repository)
        assert not isinstance(refused.value, RepositoryNotReadyError)

    def test_is_not_what_a_missing_permission_tells(self, github: GitHub, client: ProvisioningGitHub) -> None:
        github.uninstall(ORGANIZATION, app_id=MAKER)
        github.install(ORGANIZATION, app_id=MAKER, permissions={"metadata": "read", "administration": "write"})
        installation = client.installation_on(ORGANIZATION)
        repository = create(client, installation)
        with pytest.raises(GitHubRefusedError):
            fill(client, installation, repository)

    def test_comes_after_some_calls(self, github: GitHub, client: ProvisioningGitHub, installation: int) -> None:
        github.settling = 4
        repository = create(client, installation)
        refusals = 0
        while True:
            try:
                fill(client, installation, repository)
            except RepositoryNotReadyError:
                refusals += 1
            else:
                break
        assert refusals == 4

    @pytest.mark.parametrize("answer", ["[]", "{}", "null", '{"sha": "../../x"}', '{"object": {"sha": "HEAD"}}'])
    @pytest.mark.parametrize("pattern", ["GET **/git/ref/**", "GET **/git/commits/*", "POST **/trees"])
    def test_is_not_what_garbage_tells(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, pattern: str, answer: str
    ) -> None:
        repository = create(client, installation)
        garbled = github.faults.add(pattern, faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            fill(client, installation, repository)
        assert garbled.fired == 1

    @pytest.mark.parametrize("branch", ["", "../x", "a..b", "/x", "a b", "-x", "a?b", "a#b", "a%2f", "a//b", "x" * 101])
    def test_is_asked_of_branches_only(
        self, github: GitHub, client: ProvisioningGitHub, installation: int, branch: str
    ) -> None:
        with pytest.raises(RetryLaterError):
            client.branch_head(installation, 7, branch)
        assert github.calls("**/git/**") == []


class TestManyJobs:
    """Whatever goes wrong on the way, each job ends with one repository, complete, and nobody else's is touched."""

    def test_end_with_a_repository_each(self, github: GitHub, client: ProvisioningGitHub, installation: int) -> None:
        taken = [github.add_repository(f"sample-org/job-{number}", private=True) for number in range(2)]
        github.settling = 3
        lost = github.faults.add(CREATE, faults.done_but(faults.server_error(504)), times=4)
        github.faults.add("PATCH **", faults.done_but(faults.connection_reset), times=2)
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda number: run_job(client, installation, number), range(10)))
        assert outcomes == ["name_taken"] * 2 + ["completed"] * 8
        assert lost.fired == 4
        assert [github.world.repository(each.full_name) for each in taken] == taken
        made = [each for each in github.world.repositories.values() if "/job-" in each.full_name]
        assert len(made) == 10
        for number in range(2, 10):
            found = client.find_repository(installation, ORGANIZATION, f"job-{number}")
            assert found is not None
            head = client.branch_head(installation, found.id, found.default_branch)
            assert (found.description, len(head.parents)) == (f"job:{number}", 1)
            assert head.message.startswith("Add the specification")


def run_job(client: ProvisioningGitHub, installation: int, number: int) -> str:
    """One job, tried until it ends: look, create or adopt, fill."""
    name, marker, unseen = f"job-{number}", f"job:{number}", 0
    while True:
        try:
            found = client.find_repository(installation, ORGANIZATION, name)
            if found is None:
                found = client.create_repository(installation, ORGANIZATION, name, description=marker)
            if found.description != marker:
                return "name_taken"
            head = client.branch_head(installation, found.id, found.default_branch)
            if not head.parents:
                fill(client, installation, found)
        except RetryLaterError:
            continue
        except NameTakenError:
            unseen += 1
            if unseen > 20:
                return "name_taken"
        else:
            return "completed"
