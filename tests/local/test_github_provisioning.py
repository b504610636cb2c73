"""Does the local GitHub create repositories, and keep git data in them, as GitHub does?"""

import base64
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.github import GitHub, faults, read_samples
from tests.local.github_calls import SAMPLES, Caller, app_jwt, public_key

MAKER = 1_000_002
MAKER_PERMISSIONS = {"metadata": "read", "administration": "write", "contents": "write"}
ORGANIZATION = "sample-org"
REPOSITORIES = f"/orgs/{ORGANIZATION}/repos"


@cache
def maker_key() -> RSAPrivateKey:
    """The private key of the App that creates repositories."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(read_samples(SAMPLES), public_key=public_key()) as github:
        key = maker_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        github.add_app(MAKER, "worklog-maker", public_key=key, permissions=MAKER_PERMISSIONS)
        github.install(ORGANIZATION, app_id=MAKER)
        yield github


class Maker(Caller):
    """Calls GitHub as the App that creates repositories."""

    def as_maker(self, path: str, method: str = "GET", **options: Any) -> requests.Response:  # noqa: ANN401
        """A call of the App itself."""
        return self.call(method, path, app_jwt(maker_key(), iss=str(MAKER)), **options)

    def maker_token(self, owner: str = ORGANIZATION, **body: object) -> str:
        """A token of its installation on an account."""
        installation = self.github.world.installation_of(owner, MAKER)
        assert installation is not None
        answer = self.as_maker(f"/app/installations/{installation.id}/access_tokens", "POST", json=body or None)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def create(self, name: object = "seedlings", path: str = REPOSITORIES, **sent: object) -> requests.Response:
        """Create a repository."""
        body = {"name": name, "private": True, "auto_init": True, **sent}
        return self.call("POST", path, self.maker_token(), json=body)


@pytest.fixture
def maker(github: GitHub) -> Iterator[Maker]:
    maker = Maker(github)
    yield maker
    maker.close()


class Git:
    """Git data calls on one repository."""

    def __init__(self, maker: Maker, name: str = "seedlings") -> None:
        self.maker = maker
        self.token = maker.maker_token()
        self.path = f"/repos/{ORGANIZATION}/{name}/git"

    def get(self, path: str) -> requests.Response:
        """GET below `/git`."""
        return self.maker.get(self.path + path, self.token)

    def send(self, path: str, method: str = "POST", **body: object) -> requests.Response:
        """A change below `/git`."""
        return self.maker.call(method, self.path + path, self.token, json=body)

    def head(self) -> str:
        """The newest commit of the main branch."""
        return str(self.get("/ref/heads/main").json()["object"]["sha"])

    def commit(self, *, parent: str, **files: str) -> str:
        """A commit of some files on top of another, which no branch has."""
        base = self.get(f"/commits/{parent}").json()["tree"]["sha"]
        tree = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()]
        made = self.send("/trees", base_tree=base, tree=tree).json()["sha"]
        return str(self.send("/commits", message="Change", tree=made, parents=[parent]).json()["sha"])

    def move(self, sha: object, *, force: bool = False, branch: str = "main") -> requests.Response:
        """Let a branch stand for a commit."""
        return self.send(f"/refs/heads/{branch}", "PATCH", sha=sha, force=force)


@pytest.fixture
def git(maker: Maker) -> Git:
    """A repository that was created with a first commit."""
    assert maker.create().status_code == 201
    return Git(maker)


def clone(github: GitHub, folder: Path, full_name: str = f"{ORGANIZATION}/seedlings") -> Path:
    """A clone of a repository."""
    subprocess.run(["git", "clone", "--quiet", github.clone_url(full_name), folder], check=True, timeout=60)
    return folder


class TestApps:
    """Each App has a key of its own, and sees its own installations alone."""

    def test_are_not_each_other(self, maker: Maker) -> None:
        assert maker.get("/app", app_jwt(maker_key())).status_code == 401
        assert maker.get("/app", app_jwt(iss=str(MAKER))).status_code == 401
        assert maker.as_maker("/app").json()["slug"] == "worklog-maker"
        assert maker.as_app("/app").json()["slug"] == "worklog-local"

    def test_see_no_installation_of_another(self, github: GitHub, maker: Maker) -> None:
        ours = github.world.installation_of(ORGANIZATION)
        assert ours is not None
        path = f"/app/installations/{ours.id}"
        assert maker.as_maker(path).status_code == 404
        assert maker.as_maker(f"{path}/access_tokens", "POST").status_code == 404
        assert [each["app_id"] for each in maker.as_maker("/app/installations").json()] == [MAKER]
        assert MAKER not in [each["app_id"] for each in maker.as_app("/app/installations").json()]

    def test_are_told_where_they_are_installed(self, github: GitHub, maker: Maker) -> None:
        answer = maker.as_maker(f"/orgs/{ORGANIZATION}/installation").json()
        assert (answer["app_slug"], answer["target_type"]) == ("worklog-maker", "Organization")
        assert maker.as_maker("/orgs/sample-dev-ada/installation").status_code == 404
        assert maker.as_maker("/users/sample-dev-ada/installation").status_code == 404
        github.install("sample-dev-ada", app_id=MAKER)
        assert maker.as_maker("/users/sample-dev-ada/installation").json()["target_type"] == "User"
        assert maker.as_maker("/orgs/sample-dev-ada/installation").status_code == 404

    def test_end_one_by_one(self, github: GitHub, maker: Maker) -> None:
        github.uninstall(ORGANIZATION, app_id=MAKER)
        assert maker.as_maker(f"/orgs/{ORGANIZATION}/installation").status_code == 404
        assert maker.as_app(f"/orgs/{ORGANIZATION}/installation").status_code == 200


class TestCreator:
    """A repository is created by who may, where they may, and by nobody else."""

    def test_is_nobody_without_a_token(self, maker: Maker) -> None:
        answer = maker.call("POST", REPOSITORIES, json={"name": "seedlings"})
        assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")

    def test_has_the_permission(self, maker: Maker, github: GitHub) -> None:
        tokens = [
            maker.token(ORGANIZATION),
            maker.maker_token(permissions={"contents": "write"}),
            maker.maker_token(permissions={"administration": "read"}),
            maker.maker_token(repository_ids=[2000000001]),
        ]
        for token in tokens:
            answer = maker.call("POST", REPOSITORIES, token, json={"name": "seedlings"})
            assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
            assert answer.headers["X-Accepted-GitHub-Permissions"] == "administration=write"
        assert github.world.repository(f"{ORGANIZATION}/seedlings") is None

    def test_is_installed_on_that_organisation(self, github: GitHub, maker: Maker) -> None:
        github.add_user("other-org", kind="Organization")
        assert maker.create(path="/orgs/other-org/repos").status_code == 403

    @pytest.mark.parametrize("owner", ["sample-dev-ada", "no-such-account"])
    def test_creates_nothing_for_a_person(self, github: GitHub, maker: Maker, owner: str) -> None:
        github.install("sample-dev-ada", app_id=MAKER)
        assert maker.create(path=f"/orgs/{owner}/repos").status_code == 404
        assert maker.create(path="/user/repos").status_code == 403

    def test_has_a_body_of_json(self, maker: Maker) -> None:
        for body in (b"", b"{", b"[]"):
            assert maker.call("POST", REPOSITORIES, maker.maker_token(), data=body).status_code == 400


class TestName:
    """GitHub mends a name where it can, without a word, and refuses it where it can't."""

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("my app!", "my-app-"),
            ("../x", "..-x"),
            ("tool.git", "tool"),
            ("Åström", "-str-m"),
            ("a😀😀😀z", "a-z"),
            ("-x", "-x"),
            (".dots.", ".dots."),
            ("x" * 100, "x" * 100),
        ],
    )
    def test_is_mended(self, maker: Maker, name: str, kept: str) -> None:
        assert maker.create(name).json()["full_name"] == f"{ORGANIZATION}/{kept}"

    @pytest.mark.parametrize("name", ["", " ", None, 7, ".", "..", "x" * 101, ".git"])
    def test_is_refused(self, maker: Maker, name: object) -> None:
        answer = maker.create(name)
        assert (answer.status_code, answer.json()["message"]) == (422, "Repository creation failed.")
        assert answer.json()["errors"][0]["field"] == "name"

    @pytest.mark.parametrize("name", ["parcel-tracker", "PARCEL-tracker", "parcel tracker", "parcel-tracker.git"])
    def test_that_is_taken_is_refused_and_its_holder_not_touched(self, github: GitHub, maker: Maker, name: str) -> None:
        before = github.world.repository(f"{ORGANIZATION}/parcel-tracker")
        answer = maker.create(name, description="Mine")
        assert answer.status_code == 422
        said = "name already exists on this account"
        assert answer.json()["errors"] == [
            {"resource": "Repository", "code": "custom", "field": "name", "message": said}
        ]
        assert github.world.repository(f"{ORGANIZATION}/parcel-tracker") == before

    def test_is_given_once_among_many(self, github: GitHub, maker: Maker) -> None:
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: maker.create().status_code, range(8)))
        assert sorted(statuses) == [201] + [422] * 7


class TestRepository:
    def test_is_private_with_its_description_and_a_first_commit(
        self, github: GitHub, maker: Maker, tmp_path: Path
    ) -> None:
        made = maker.create(description="Job 7f").json()
        assert (made["private"], made["visibility"], made["description"]) == (True, "private", "Job 7f")
        assert maker.get(f"/repos/{ORGANIZATION}/seedlings").status_code == 404
        assert maker.get(f"/repos/{ORGANIZATION}/seedlings", maker.maker_token()).json()["id"] == made["id"]
        folder = clone(github, tmp_path / "clone")
        assert (folder / "README.md").read_text() == "# seedlings\nJob 7f"

    @pytest.mark.parametrize("description", ["two\nlines", "bell\a", 7, "x" * 351])
    def test_has_one_line_of_description(self, maker: Maker, description: object) -> None:
        answer = maker.create(description=description)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "description"

    def test_without_a_first_commit_is_empty(self, maker: Maker) -> None:
        maker.create(auto_init=False)
        git = Git(maker)
        answers = [git.get("/ref/heads/main"), git.send("/blobs", content="x"), git.send("/trees", tree=[])]
        assert {(each.status_code, each.json()["message"]) for each in answers} == {(409, "Git Repository is empty.")}

    def test_that_was_not_created_here_is_empty(self, maker: Maker) -> None:
        assert Git(maker, "parcel-tracker").get("/ref/heads/main").status_code == 409

    def test_can_be_there_though_the_answer_was_lost(self, github: GitHub, maker: Maker) -> None:
        lost = github.faults.add(f"POST {REPOSITORIES}", faults.done_but(faults.server_error(504)))
        assert [maker.create(description="Job 7f").status_code, maker.create().status_code] == [504, 422]
        there = maker.get(f"/repos/{ORGANIZATION}/seedlings", maker.maker_token()).json()
        assert (there["description"], lost.fired) == ("Job 7f", 1)

    def test_is_not_ready_for_as_many_calls_as_a_test_says(self, github: GitHub, maker: Maker) -> None:
        github.settling = 5
        maker.create()
        path = f"/repos/{ORGANIZATION}/seedlings"
        git = Git(maker)
        assert [maker.get(path, git.token).status_code for _ in range(2)] == [404, 404]
        assert {git.get("/ref/heads/main").status_code for _ in range(3)} == {404, 409, 422}
        assert git.get("/ref/heads/main").status_code == 200

    def test_of_a_selected_installation_is_out_of_its_reach(self, github: GitHub, maker: Maker) -> None:
        github.uninstall(ORGANIZATION, app_id=MAKER)
        github.install(ORGANIZATION, [f"{ORGANIZATION}/parcel-tracker"], app_id=MAKER)
        assert maker.create().status_code == 201
        assert maker.get(f"/repos/{ORGANIZATION}/seedlings", maker.maker_token()).status_code == 404

    def test_is_gone_when_github_stops(self, tmp_path: Path) -> None:
        with GitHub(read_samples(SAMPLES), public_key=public_key()) as github:
            folder = github.store.add(7).folder
            assert folder.is_dir()
        assert not folder.exists()


class TestGitData:
    """Objects are git's own: a clone has them byte for byte, with their modes."""

    def test_becomes_a_commit_that_can_be_cloned(self, github: GitHub, git: Git, tmp_path: Path) -> None:
        raw = bytes(range(256))
        blob = git.send("/blobs", content=base64.encodebytes(raw).decode(), encoding="base64").json()["sha"]
        head = git.head()
        base = git.get(f"/commits/{head}").json()["tree"]["sha"]
        tree = [
            {"path": "bin/run.sh", "mode": "100755", "type": "blob", "content": "#!/bin/sh\necho ä\n"},
            {"path": "data/all.bin", "mode": "100644", "type": "blob", "sha": blob},
            {"path": "crlf.txt", "mode": "100644", "type": "blob", "content": "a\r\nb"},
        ]
        made = git.send("/trees", base_tree=base, tree=tree).json()["sha"]
        who = {"name": "WorkLog", "email": "maker@sample.invalid", "date": "2026-01-02T03:04:05Z"}
        message = "Add specs\n\nJob: 7f\n"
        body = {"message": message, "tree": made, "parents": [head], "author": who, "committer": who}
        commit = git.send("/commits", **body).json()
        assert git.send("/commits", **body).json()["sha"] == commit["sha"]
        assert (commit["author"], commit["message"]) == (who, message)
        assert git.move(commit["sha"]).status_code == 200
        folder = clone(github, tmp_path / "clone")
        assert (folder / "data/all.bin").read_bytes() == raw
        assert (folder / "crlf.txt").read_bytes() == b"a\r\nb"
        assert (folder / "bin/run.sh").read_text() == "#!/bin/sh\necho ä\n"
        assert (folder / "bin/run.sh").stat().st_mode & 0o111
        assert not (folder / "crlf.txt").stat().st_mode & 0o111
        assert (folder / "README.md").exists()

    def test_is_read_as_it_was_written(self, git: Git) -> None:
        blob = git.send("/blobs", content="ä\n").json()["sha"]
        answer = git.get(f"/blobs/{blob}").json()
        assert (base64.b64decode(answer["content"]).decode(), answer["size"]) == ("ä\n", 3)
        head = git.commit(parent=git.head(), **{"a/b.txt": "x"})
        tree = git.get(f"/commits/{head}").json()["tree"]["sha"]
        assert [each["path"] for each in git.get(f"/trees/{tree}").json()["tree"]] == ["README.md", "a"]
        listed = git.get(f"/trees/{tree}?recursive=1").json()["tree"]
        assert [(each["path"], each["type"]) for each in listed] == [
            ("README.md", "blob"),
            ("a", "tree"),
            ("a/b.txt", "blob"),
        ]

    @pytest.mark.parametrize("path", ["/ref/heads/other", "/ref/tags/v1", "/commits/" + "0" * 40, "/trees/main"])
    def test_that_is_absent_is_not_found(self, git: Git, path: str) -> None:
        assert git.get(path).status_code == 404

    @pytest.mark.parametrize(
        "entry",
        [
            {"path": "../x"},
            {"path": "/x"},
            {"path": "a//b"},
            {"path": "a/../b"},
            {"path": ".git/config"},
            {"path": "a/.GIT/config"},
            {"path": "a\nb"},
            {"path": ""},
            {"path": None},
            {"mode": "100777"},
            {"mode": None},
            {"content": None, "sha": "0" * 40},
            {"content": None, "sha": "HEAD"},
            {"sha": "0" * 40},
        ],
    )
    def test_with_a_bad_entry_is_refused(self, git: Git, entry: dict[str, object]) -> None:
        good = {"path": "a.txt", "mode": "100644", "type": "blob", "content": "x"}
        body = {name: value for name, value in {**good, **entry}.items() if value is not None or name == "path"}
        assert git.send("/trees", tree=[good, body]).status_code == 422

    def test_of_another_kind_is_refused(self, git: Git) -> None:
        head = git.head()
        tree = git.get(f"/commits/{head}").json()["tree"]["sha"]
        assert git.send("/trees", base_tree="0" * 40, tree=[]).status_code == 422
        assert git.send("/commits", message="x", tree=head, parents=[]).status_code == 422
        assert git.send("/commits", message="x", tree=tree, parents=[tree]).status_code == 422
        assert git.send("/commits", message="", tree=tree, parents=[head]).status_code == 422
        assert git.send("/blobs", content="a", encoding="base64").status_code == 422
        assert git.send("/blobs", content=None).status_code == 422

    @pytest.mark.parametrize(
        "body",
        [
            {"message": "a\0b"},
            {"message": "x", "author": {"name": "", "email": "a@sample.invalid"}},
            {"message": "x", "author": {"name": "A"}},
            {"message": "x", "author": {"name": "A", "email": "a@sample.invalid", "date": "soon"}},
        ],
    )
    def test_that_git_does_not_take_is_refused(self, git: Git, body: dict[str, Any]) -> None:
        head = git.head()
        tree = git.get(f"/commits/{head}").json()["tree"]["sha"]
        assert git.send("/commits", tree=tree, parents=[head], **body).status_code == 422

    def test_of_half_a_character_is_refused(self, git: Git) -> None:
        entry = {"path": "a.txt", "mode": "100644", "type": "blob", "content": "\ud800"}
        assert git.send("/trees", tree=[entry]).status_code == 400
        assert git.send("/blobs", content="\ud800").status_code == 422

    def test_takes_a_file_where_a_folder_was(self, git: Git) -> None:
        tree = [{"path": path, "mode": "100644", "type": "blob", "content": "x"} for path in ("a/b", "a")]
        assert [each["path"] for each in git.send("/trees", tree=tree).json()["tree"]] == ["a"]

    def test_needs_the_permission_to_write(self, git: Git, maker: Maker) -> None:
        reader = maker.maker_token(permissions={"contents": "read"})
        ours = maker.token(ORGANIZATION)
        assert maker.get(f"{git.path}/ref/heads/main", reader).status_code == 200
        assert maker.call("POST", f"{git.path}/blobs", reader, json={"content": "x"}).status_code == 403
        assert maker.call("POST", f"{git.path}/blobs", ours, json={"content": "x"}).status_code == 404
        assert maker.call("POST", f"{git.path}/blobs", json={"content": "x"}).status_code == 404


class TestBranch:
    def test_goes_on_to_a_commit_ahead_of_it(self, git: Git) -> None:
        first = git.head()
        second = git.commit(parent=first, **{"a.txt": "x"})
        assert git.head() == first
        assert git.move(second).json()["object"]["sha"] == second
        assert git.head() == second
        assert git.move(second).status_code == 200

    def test_is_not_moved_aside_without_force(self, git: Git) -> None:
        first = git.head()
        ours, theirs = (git.commit(parent=first, **{"a.txt": text}) for text in ("ours", "theirs"))
        git.move(theirs)
        for sha in (ours, first):
            answer = git.move(sha)
            assert (answer.status_code, answer.json()["message"]) == (422, "Update is not a fast forward")
        assert git.head() == theirs
        assert git.move(ours, force=True).status_code == 200

    @pytest.mark.parametrize(
        ("sha", "branch", "said"),
        [
            ("0" * 40, "main", "Object does not exist"),
            ("main", "main", "Object does not exist"),
            (None, "main", "Object does not exist"),
            ("0" * 40, "other", "Reference does not exist"),
        ],
    )
    def test_is_moved_to_what_is_there(self, git: Git, sha: object, branch: str, said: str) -> None:
        answer = git.move(sha, branch=branch)
        assert (answer.status_code, answer.json()["message"]) == (422, said)

    def test_goes_to_one_of_many(self, git: Git) -> None:
        first = git.head()
        commits = [git.commit(parent=first, **{"a.txt": str(number)}) for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda sha: git.move(sha).status_code, commits))
        assert sorted(statuses) == [200, 422, 422, 422]
        assert git.head() in commits
