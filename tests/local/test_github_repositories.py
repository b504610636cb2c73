"""Does the local GitHub answer about repositories, pull requests and people as GitHub does?"""

from urllib.parse import urlsplit

import pytest
from urllib3.util import SKIP_HEADER

from local.github import Change, GitHub
from local.github.pulls import MOST_FILES_IN_DIFF, MOST_LINES_IN_DIFF
from tests.local.github_calls import DIFF, SECRET, Caller

TRACKER = "sample-org/parcel-tracker"
PULL = f"/repos/{TRACKER}/pulls/41"


class TestPrivateRepository:
    def test_is_absent_for_everybody_without_its_scope(self, github: GitHub, caller: Caller, private: int) -> None:
        github.add_repository("elsewhere/thing")
        github.install("elsewhere")
        other = caller.token("sample-org", repositories=["parcel-tracker"])
        stranger = caller.token("elsewhere")
        for credential in (None, other, stranger):
            for path in (f"/repos/{SECRET}", f"/repositories/{private}", f"/repos/{SECRET}/pulls/1"):
                answer = caller.get(path, credential)
                assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")

    def test_needs_the_permission_besides(self, caller: Caller, private: int) -> None:
        token = caller.token("sample-org", repository_ids=[private], permissions={"contents": "read"})
        answer = caller.get(f"/repos/{SECRET}/pulls/1", token)
        assert answer.status_code == 403
        assert answer.json()["message"] == "Resource not accessible by integration"
        assert answer.headers["X-Accepted-GitHub-Permissions"] == "pull_requests=read"
        assert caller.get(f"/repos/{SECRET}", token).json()["private"] is True

    def test_is_read_with_scope_and_permission(self, caller: Caller, private: int) -> None:
        token = caller.token("sample-org", repository_ids=[private], permissions={"pull_requests": "read"})
        assert caller.get(f"/repos/{SECRET}/pulls/1", token).json()["title"] == "Keep it quiet"

    def test_leaves_the_scope_with_the_installation(self, github: GitHub, caller: Caller, private: int) -> None:
        token = caller.token("sample-org")
        assert caller.get(f"/repos/{SECRET}", token).status_code == 200
        github.choose(SECRET, covered=False)
        assert caller.get(f"/repos/{SECRET}", token).status_code == 404

    def test_does_not_give_its_new_name_away(self, github: GitHub, caller: Caller, private: int) -> None:
        github.rename(SECRET, "even-more-secret")
        assert caller.get(f"/repos/{SECRET}").status_code == 404
        assert caller.get(f"/repos/{SECRET}", caller.token("sample-org")).status_code == 301


class TestPublicRepository:
    def test_is_read_by_nobody_in_particular(self, caller: Caller) -> None:
        answer = caller.get(f"/repos/{TRACKER.upper()}")
        assert answer.json()["id"] == 2000000001
        assert answer.json()["organization"]["login"] == "sample-org"
        assert caller.get("/repositories/2000000001").json() == answer.json()

    def test_is_absent_under_a_made_up_name(self, caller: Caller) -> None:
        for path in ("/repos/sample-org/nothing", "/repositories/12", "/repos/..%2f/x", "/no/such/path", "/"):
            answer = caller.get(path)
            assert answer.status_code == 404
            assert answer.json()["message"] == "Not Found"
        assert caller.call("DELETE", f"/repos/{TRACKER}").status_code == 404


class TestEveryAnswer:
    def test_tells_the_rate_limit(self, caller: Caller) -> None:
        first = caller.get(f"/repos/{TRACKER}").headers
        second = caller.get(f"/repos/{TRACKER}/nothing").headers
        assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"], first["X-RateLimit-Used"]) == (
            "60",
            "59",
            "1",
        )
        assert second["X-RateLimit-Remaining"] == "58"
        assert first["X-RateLimit-Resource"] == "core"
        assert first["X-RateLimit-Reset"] == second["X-RateLimit-Reset"]
        assert first["X-GitHub-Request-Id"] != second["X-GitHub-Request-Id"]
        assert first["Content-Type"] == "application/json; charset=utf-8"

    def test_counts_each_caller_apart_and_anew_each_hour(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        caller.get(f"/repos/{TRACKER}")
        assert caller.get(f"/repos/{TRACKER}", token).headers["X-RateLimit-Remaining"] == "4999"
        github.clock.advance(3601)
        assert caller.get(f"/repos/{TRACKER}").headers["X-RateLimit-Remaining"] == "59"

    def test_stays_possible_after_the_limit(self, caller: Caller) -> None:
        answers = [caller.get("/users/sample-dev-ada") for _ in range(65)]
        assert {each.status_code for each in answers} == {200}
        assert answers[-1].headers["X-RateLimit-Remaining"] == "1"

    def test_needs_a_user_agent(self, caller: Caller) -> None:
        assert caller.get(f"/repos/{TRACKER}", headers={"User-Agent": SKIP_HEADER}).status_code == 403


class TestPullRequest:
    def test_is_the_document_of_the_sample(self, github: GitHub, caller: Caller) -> None:
        for sample in github.samples.values():
            path = f"/repos/{sample.repository['full_name']}/pulls/{sample.pull.number}"
            assert caller.get(path).json() == sample.pull.document
            assert caller.get(f"{path}/files").json() == sample.pull.files
            assert caller.get(f"{path}/commits").json() == sample.pull.commits
            diff = caller.get(path, headers=DIFF)
            assert diff.content == sample.pull.diff
            assert diff.headers["Content-Type"].startswith("application/vnd.github.diff")

    def test_is_absent_when_it_has_vanished(self, github: GitHub, caller: Caller) -> None:
        github.remove_pull(TRACKER, 41)
        for path in (PULL, f"{PULL}/files", f"{PULL}/commits"):
            assert caller.get(path).status_code == 404

    def test_shows_a_new_head_after_a_push(self, github: GitHub, caller: Caller) -> None:
        before = caller.get(PULL).json()["head"]["sha"]
        github.force_push(TRACKER, 41)
        after = caller.get(PULL).json()["head"]["sha"]
        assert after != before
        assert caller.get(f"{PULL}/commits").json()[-1]["sha"] == after
        github.force_push(TRACKER, 41, "f" * 40)
        assert caller.get(PULL).json()["head"]["sha"] == "f" * 40

    def test_is_built_from_plain_words(self, github: GitHub, caller: Caller) -> None:
        github.add_pull(
            TRACKER,
            title="Rename, add, remove and change",
            author="sample-dev-ren",
            body="Four files.",
            changes=[
                Change("new.txt", None, "one\ntwo"),
                Change("gone.txt", "old\n", None),
                Change("changed.py", "a\nb\nc\n", "a\nB\nc\n"),
                Change("here.txt", "same\n", "same\n", previous="there.txt"),
            ],
            commits=[("First", None), ("Second", "sample-dev-ada")],
            number=99,
        )
        path = f"/repos/{TRACKER}/pulls/99"
        pull, files = caller.get(path).json(), caller.get(f"{path}/files").json()
        assert (pull["additions"], pull["deletions"], pull["changed_files"], pull["commits"]) == (3, 2, 4, 2)
        assert [each["status"] for each in files] == ["added", "removed", "modified", "renamed"]
        assert files[0]["patch"] == "@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file"
        assert files[1]["patch"] == "@@ -1 +0,0 @@\n-old"
        assert "patch" not in files[3]
        assert files[3]["previous_filename"] == "there.txt"
        commits = caller.get(f"{path}/commits").json()
        assert [each["author"] and each["author"]["login"] for each in commits] == [None, "sample-dev-ada"]
        assert commits[1]["parents"][0]["sha"] == commits[0]["sha"]
        assert commits[1]["sha"] == pull["head"]["sha"]
        assert set(pull) == set(caller.get(PULL).json())
        diff = caller.get(path, headers=DIFF).text
        assert "rename from there.txt\nrename to here.txt\n" in diff
        assert diff.count("diff --git ") == 4

    def test_diff_may_be_no_utf8(self, github: GitHub, caller: Caller) -> None:
        pull = github.world.pulls[2000000001, 41]
        raw = pull.diff + "名前".encode("shift_jis") + b"\n"
        github.world.pulls[2000000001, 41] = type(pull)(pull.document, pull.files, pull.commits, raw)
        assert caller.get(PULL, headers=DIFF).content == raw

    @pytest.mark.parametrize(
        ("changes", "limit"),
        [
            ([Change(f"{n}.txt", None, "x\n") for n in range(MOST_FILES_IN_DIFF + 1)], "number of files (300)"),
            ([Change("long.txt", None, "x\n" * (MOST_LINES_IN_DIFF + 1))], "number of lines (20000)"),
            ([Change("wide.txt", None, "x" * 1_000_001 + "\n")], "maximum size"),
        ],
        ids=["files", "lines", "bytes"],
    )
    def test_diff_is_refused_over_a_limit(
        self, github: GitHub, caller: Caller, changes: list[Change], limit: str
    ) -> None:
        github.add_pull(TRACKER, title="Large", author="sample-dev-ada", changes=changes, number=99)
        answer = caller.get(f"/repos/{TRACKER}/pulls/99", headers=DIFF)
        assert answer.status_code == 406
        assert limit in answer.json()["message"]
        assert answer.json()["errors"] == [{"resource": "PullRequest", "field": "diff", "code": "too_large"}]
        assert caller.get(f"/repos/{TRACKER}/pulls/99").status_code == 200


class TestPages:
    @pytest.fixture
    def wide(self, github: GitHub) -> str:
        changes = [Change(f"file-{n:04}.txt", None, "x\n") for n in range(3050)]
        commits = [(f"Step {n}", "sample-dev-ada") for n in range(260)]
        author = "sample-dev-ada"
        github.add_pull(TRACKER, title="Wide", author=author, changes=changes, commits=commits, number=99)
        return f"/repos/{TRACKER}/pulls/99"

    def test_end_at_github_s_limits(self, caller: Caller, wide: str) -> None:
        files = caller.pages(f"{wide}/files?per_page=100")
        assert [len(page) for page in files] == [100] * 30
        assert len({each["filename"] for page in files for each in page}) == 3000
        assert [len(page) for page in caller.pages(f"{wide}/commits?per_page=100")] == [100, 100, 50]
        assert caller.get(wide).json()["changed_files"] == 3050

    def test_have_thirty_items_unless_asked_and_never_over_a_hundred(self, caller: Caller, wide: str) -> None:
        assert len(caller.get(f"{wide}/commits").json()) == 30
        assert len(caller.get(f"{wide}/commits?per_page=1000").json()) == 100
        assert len(caller.get(f"{wide}/commits?per_page=x&page=-1").json()) == 30
        assert caller.get(f"{wide}/commits?page=99").json() == []

    def test_link_to_the_repository_s_number(self, caller: Caller, wide: str) -> None:
        links = caller.get(f"{wide}/commits?per_page=100&page=2").links
        path = "/repositories/2000000001/pulls/99/commits"
        assert {name: urlsplit(link["url"]).query for name, link in links.items()} == {
            "prev": "per_page=100&page=1",
            "next": "per_page=100&page=3",
            "last": "per_page=100&page=3",
            "first": "per_page=100&page=1",
        }
        assert {link["url"].split("?")[0] for link in links.values()} == {caller.github.url + path}
        assert "Link" not in caller.get(f"{PULL}/commits").headers

    def test_say_less_past_twenty_thousand_lines_of_patches(self, github: GitHub, caller: Caller) -> None:
        changes = [Change(f"{name}.txt", None, "x\n" * 9000) for name in "abc"]
        github.add_pull(TRACKER, title="Large", author="sample-dev-ada", changes=changes, number=99)
        files = caller.get(f"/repos/{TRACKER}/pulls/99/files").json()
        assert [(each["additions"], "patch" in each) for each in files] == [(9000, True), (9000, True), (0, False)]
        alone = caller.get(f"/repos/{TRACKER}/pulls/99/files?per_page=1&page=3").json()
        assert alone[0]["additions"] == 9000


class TestListOfPullRequests:
    def test_shows_closed_ones_newest_first_in_the_shorter_form(self, github: GitHub, caller: Caller) -> None:
        github.add_pull(TRACKER, title="Still open", author="sample-dev-ada", merged_at=None)
        path = f"/repos/{TRACKER}/pulls?state=closed&sort=updated&direction=desc"
        found = caller.get(path).json()
        assert [each["number"] for each in found] == [52, 44, 41]
        assert not {"merged", "additions", "changed_files", "commits"} & set(found[0])
        assert found[0]["merged_at"] is not None
        assert [len(page) for page in caller.pages(f"{path}&per_page=2")] == [2, 1]
        assert [each["title"] for each in caller.get(f"/repos/{TRACKER}/pulls").json()] == ["Still open"]
        assert len(caller.get(f"/repos/{TRACKER}/pulls?state=all").json()) == 4
        assert caller.get(f"/repos/{TRACKER}/pulls?state=merged").status_code == 422
