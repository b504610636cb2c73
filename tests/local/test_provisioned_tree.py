"""Is what a developer clones from GitHub a project that spec-kit works with, and nothing but the tree?"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from functions.provisioner.specification import folder
from functions.provisioner.tree import commit_message, tree
from local.cloud import app_key, public_key
from local.github import GitHub, read_samples
from shared.clients.github import NewCommit, ProvisioningGitHub
from shared.domain.blueprint import Blueprint
from tests.blueprints import BLUEPRINT, blueprint
from tests.local.github_calls import SAMPLES

MAKER = 1_000_002
PERMISSIONS = {"metadata": "read", "administration": "write", "contents": "write"}
ORGANIZATION = "sample-org"
SPECIFY = Path(sys.executable).with_name("specify")
HOSTILE = '配送 `$(touch pwned)`; rm -rf "$HOME" \'\n---\n| \\ <script> ${{ github.token }} &&'
CASES = {
    "for no agent": BLUEPRINT,
    "for an agent": blueprint(name="for-claude", agent="claude"),
    "for an agent of other commands": blueprint(name="for-gemini", agent="gemini"),
    "from hostile words": blueprint(name="hostile", goal=HOSTILE, success=HOSTILE, constraints=json.dumps([HOSTILE])),
}
cases = pytest.mark.parametrize("asked", CASES.values(), ids=CASES.keys())


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """A GitHub where each of the cases was provisioned."""
    key = app_key(tmp_path_factory.mktemp("keys") / "maker.pem")
    with GitHub(read_samples(SAMPLES)) as github, requests.Session() as session:
        session.trust_env = False
        github.add_app(MAKER, "worklog-maker", public_key=public_key(key), permissions=PERMISSIONS)
        github.install(ORGANIZATION, app_id=MAKER)
        client = ProvisioningGitHub(
            api_url=github.url,
            app_id=str(MAKER),
            private_key=lambda: key,
            now=lambda: datetime.now(UTC),
            session=session,
            gap=0.0,
        )
        for asked in CASES.values():
            provision(client, asked)
        yield github


def provision(client: ProvisioningGitHub, asked: Blueprint) -> None:
    """Create a repository with the tree of a blueprint."""
    installation = client.installation_on(ORGANIZATION)
    made = client.create_repository(installation, ORGANIZATION, asked.name, description=asked.job_id)
    head = client.branch_head(installation, made.id, made.default_branch)
    written = client.create_tree(installation, made.id, base=head.tree, files=tree(asked))
    commit = NewCommit(written, (head.sha,), commit_message(asked), "WorkLog", "maker@sample.invalid", asked.created_at)
    sha = client.create_commit(installation, made.id, commit)
    client.advance_branch(installation, made.id, made.default_branch, sha)


@pytest.fixture
def clone(github: GitHub, tmp_path: Path, asked: Blueprint) -> Path:
    """A clone of the repository of the case."""
    url, folder = github.clone_url(f"{ORGANIZATION}/{asked.name}"), tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", url, folder], check=True, timeout=60)
    return folder


def ran(folder: Path, *command: str | Path) -> str:
    """What a command says in a folder; it ends well."""
    environment = {
        "PATH": f"{SPECIFY.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder.parent),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cases
class TestClone:
    def test_is_the_tree_file_by_file_and_mode_by_mode(self, clone: Path, asked: Blueprint) -> None:
        listed = (
            line.split(maxsplit=3)
            for line in ran(clone, "git", "-c", "core.quotepath=off", "ls-files", "-s").splitlines()
        )
        modes = {path: mode for mode, _, _, path in listed}
        files = tree(asked)
        assert modes == {file.path: "100755" if file.executable else "100644" for file in files}
        assert {file.path: (clone / file.path).read_bytes() for file in files} == {
            file.path: file.content for file in files
        }
        assert ran(clone, "git", "status", "--porcelain") == ""

    def test_is_one_commit_that_says_where_it_comes_from(self, clone: Path, asked: Blueprint) -> None:
        assert ran(clone, "git", "rev-list", "--count", "HEAD") == "2\n"
        trailers = ran(clone, "git", "log", "-1", "--format=%(trailers:only,unfold)").strip().splitlines()
        assert trailers == commit_message(asked).strip().splitlines()[-4:]

    def test_is_sound_to_spec_kit(self, clone: Path, asked: Blueprint) -> None:
        told = json.loads(ran(clone, SPECIFY, "integration", "status", "--json"))
        assert (told["status"], told["findings"]) == ("ok", [])
        assert told["default_integration"] == (asked.agent or "none")

    def test_goes_on_with_the_next_number(self, clone: Path, asked: Blueprint) -> None:
        script = clone / ".specify/scripts/bash/create-new-feature.sh"
        made = json.loads(ran(clone, script, "--json", "Show late parcels on a map"))
        assert made["BRANCH_NAME"] == "002-show-late-parcels-map"
        assert (clone / "specs/002-show-late-parcels-map/spec.md").is_file()
        assert ran(clone, "git", "status", "--porcelain") == "?? specs/002-show-late-parcels-map/\n"

    def test_is_planned_as_the_readme_says(self, clone: Path, asked: Blueprint) -> None:
        """By the line of its README that points to the specification, then as an agent's plan begins."""
        (pointer,) = [line.strip() for line in (clone / "README.md").read_text("utf-8").splitlines() if "echo " in line]
        ran(clone, "bash", "-c", pointer)
        told = json.loads(ran(clone, clone / ".specify/scripts/bash/setup-plan.sh", "--json"))
        assert told["FEATURE_SPEC"] == str(clone / folder(asked) / "spec.md")
        assert (clone / folder(asked) / "plan.md").is_file()
        found = json.loads(ran(clone, clone / ".specify/scripts/bash/check-prerequisites.sh", "--json"))
        assert found["FEATURE_DIR"] == str(clone / folder(asked))
        assert not list(clone.rglob("pwned"))


@pytest.mark.parametrize("asked", [blueprint()], ids=["for no agent"])
class TestCloneForNoAgent:
    def test_is_switched_to_one_as_the_readme_says(self, clone: Path, asked: Blueprint) -> None:
        constitution = (clone / ".specify/memory/constitution.md").read_bytes()
        ran(clone, SPECIFY, "integration", "switch", "claude")
        assert (clone / ".claude/skills/speckit-plan/SKILL.md").is_file()
        assert json.loads(ran(clone, SPECIFY, "integration", "status", "--json"))["status"] == "ok"
        assert (clone / ".specify/memory/constitution.md").read_bytes() == constitution
