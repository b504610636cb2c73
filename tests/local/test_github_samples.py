"""Do the samples agree with themselves, and is a broken one named?"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.github import GitHub, Sample, SampleError, read_sample, read_samples
from tests.local.github_calls import SAMPLES

OURS = read_samples(SAMPLES)
SECTION = re.compile(rb"^diff --git ", re.MULTILINE)
HUNK = re.compile(r"^@@ -(?:\d+)(?:,(\d+))? \+(?:\d+)(?:,(\d+))? @@")

each_sample = pytest.mark.parametrize("sample", OURS, ids=lambda sample: sample.name)


def sections(sample: Sample) -> list[str]:
    starts = [found.start() for found in SECTION.finditer(sample.pull.diff)]
    ends = [*starts[1:], len(sample.pull.diff)]
    return [sample.pull.diff[start:end].decode() for start, end in zip(starts, ends, strict=True)]


def signs(patch: str) -> tuple[int, int]:
    lines = patch.split("\n")
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


class TestOurSamples:
    def test_show_five_kinds_of_pull_requests(self) -> None:
        authors = {sample.pull.document["user"]["type"] for sample in OURS}
        assert len(OURS) == 5
        assert authors == {"User", "Bot"}
        assert any(re.search(r"\d+ ms", sample.pull.document["body"]) for sample in OURS)
        assert any(re.search(r"[ぁ-ん]", sample.pull.document["title"]) for sample in OURS)
        assert any("Co-authored-by: " in each["commit"]["message"] for one in OURS for each in one.pull.commits)

    def test_name_nobody_but_samples(self) -> None:
        people = {
            login
            for sample in OURS
            for file in sample.path.glob("*.json")
            for login in re.findall(r'"login": "([^"]+)"', file.read_text())
        }
        assert people == {"sample-org", "sample-dev-ada", "sample-dev-ren", "sample-bot[bot]"}

    @each_sample
    def test_list_each_section_of_the_diff_as_a_file(self, sample: Sample) -> None:
        files = sample.pull.files
        assert len(sections(sample)) == len(files)
        for section, entry in zip(sections(sample), files, strict=True):
            assert section.startswith(f"diff --git a/{entry['filename']} b/{entry['filename']}\n")
            assert section[section.index("@@") :].removesuffix("\n") == entry["patch"]

    @each_sample
    def test_count_what_the_patches_add_and_delete(self, sample: Sample) -> None:
        pull, files = sample.pull.document, sample.pull.files
        for entry in files:
            assert signs(entry["patch"]) == (entry["additions"], entry["deletions"])
            assert entry["changes"] == entry["additions"] + entry["deletions"]
        assert pull["additions"] == sum(entry["additions"] for entry in files)
        assert pull["deletions"] == sum(entry["deletions"] for entry in files)
        assert pull["changed_files"] == len(files)
        assert pull["commits"] == len(sample.pull.commits)

    @each_sample
    def test_have_hunks_as_long_as_their_headers_say(self, sample: Sample) -> None:
        for entry in sample.pull.files:
            expected = {"-": 0, "+": 0}
            found = {"-": 0, "+": 0}
            for line in entry["patch"].split("\n"):
                if header := HUNK.match(line):
                    expected["-"] += int(header[1] or 1)
                    expected["+"] += int(header[2] or 1)
                    continue
                for side in "-+":
                    found[side] += line[0] in (" ", side)
            assert found == expected

    @each_sample
    def test_name_one_head_everywhere(self, sample: Sample) -> None:
        head = sample.pull.document["head"]["sha"]
        assert sample.pull.commits[-1]["sha"] == head
        assert sample.webhook["pull_request"]["head"]["sha"] == head
        assert all(head in entry["contents_url"] for entry in sample.pull.files)
        assert sample.pull.document["merge_commit_sha"] not in {each["sha"] for each in sample.pull.commits}

    @each_sample
    def test_announce_the_merge_of_the_same_pull_request(self, sample: Sample) -> None:
        assert sample.webhook["action"] == "closed"
        assert sample.webhook["pull_request"] == sample.pull.document
        assert sample.webhook["repository"] == sample.repository
        assert sample.webhook["number"] == sample.pull.number
        assert sample.pull.document["merged"] is True

    def test_build_one_world(self) -> None:
        github = GitHub(OURS)
        world = github.world
        assert {each.full_name for each in world.repositories.values()} == {
            "sample-org/parcel-tracker",
            "sample-org/parcel-map",
            "sample-org/docs-site",
        }
        assert [each.account["login"] for each in world.installations.values()] == ["sample-org"]
        assert {each["login"] for each in world.accounts.values()} >= {"sample-dev-ada", "sample-bot[bot]"}

    def test_know_a_co_author_from_the_trailer_alone(self) -> None:
        sample = next(each for each in OURS if each.repository["name"] == "docs-site")
        ada = {"sample-dev-ada": 1000000101}
        assert ada.items() <= {each["login"]: each["id"] for each in GitHub([sample]).world.accounts.values()}.items()


def edit(file: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / file
        document = json.loads(path.read_text())
        path.write_text(json.dumps(change(document)))

    return apply


class TestBrokenSample:
    @pytest.mark.parametrize(
        ("damage", "named"),
        [
            (lambda folder: (folder / "commits.json").unlink(), "commits.json: no such file"),
            (lambda folder: (folder / "pull.diff").unlink(), "pull.diff: no such file"),
            (lambda folder: (folder / "files.json").write_text("[{"), "files.json: is not JSON"),
            (lambda folder: (folder / "pull.json").write_bytes(b'{"number": "\xff"}'), "pull.json: is not JSON"),
            (lambda folder: (folder / "pull.json").write_text("[]"), "pull.json: is not of the shape"),
            (edit("pull.json", lambda pull: {}), "pull.json: lacks the member 'base'"),
            (
                edit("pull.json", lambda pull: {**pull, "number": "41"}),
                "pull.json: has a number that is not an integer",
            ),
            (edit("pull.json", lambda pull: {**pull, "head": {"sha": "abc"}}), "pull.json: has a sha"),
            (edit("pull.json", lambda pull: {**pull, "head": {"sha": None}}), "pull.json: is not of the shape"),
            (edit("files.json", lambda files: [{**files[0], "patch": 7}]), "files.json: is not of the shape"),
            (edit("commits.json", lambda commits: [{"sha": "z" * 40}]), "commits.json: "),
            (edit("webhook.json", lambda hook: {**hook, "installation": {}}), "webhook.json: lacks the member 'id'"),
            (edit("webhook.json", lambda hook: {**hook, "repository": {"id": 1}}), "announces another pull request"),
        ],
    )
    def test_is_named_in_one_line(self, tmp_path: Path, damage: Callable[[Path], object], named: str) -> None:
        folder = tmp_path / "one"
        shutil.copytree(OURS[0].path, folder)
        damage(folder)
        with pytest.raises(SampleError) as refused:
            read_sample(folder)
        assert named in str(refused.value)
        assert str(folder) in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_may_lack_what_is_known_about_it(self, tmp_path: Path) -> None:
        shutil.copytree(OURS[0].path, tmp_path / "one")
        (tmp_path / "one" / "meta.json").unlink()
        assert [sample.name for sample in read_samples(tmp_path)] == ["one"]

    def test_is_not_served_beside_one_that_contradicts_it(self, tmp_path: Path) -> None:
        shutil.copytree(OURS[0].path, tmp_path / "one")
        shutil.copytree(OURS[1].path, tmp_path / "two")
        edit("webhook.json", lambda hook: {**hook, "installation": {"id": 5}})(tmp_path / "two")
        with pytest.raises(SampleError, match=r"two/webhook.json: its installation"):
            GitHub(read_samples(tmp_path))

    def test_is_not_served_twice(self, tmp_path: Path) -> None:
        shutil.copytree(OURS[0].path, tmp_path / "one")
        shutil.copytree(OURS[0].path, tmp_path / "two")
        with pytest.raises(SampleError, match=r"two/pull.json: another sample"):
            GitHub(read_samples(tmp_path))

    @pytest.mark.parametrize("name", ["empty", "absent"])
    def test_needs_a_folder_with_samples(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "empty" / ".hidden").mkdir(parents=True)
        with pytest.raises(SampleError, match=name):
            read_samples(tmp_path / name)
