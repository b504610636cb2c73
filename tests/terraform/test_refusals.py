"""Does a plan say what is wrong with what it was given, before anything is made?"""

import json
import re
from pathlib import Path

import pytest

from tests.terraform.planning import FOLDER, LEAST, NEEDED, RefusedError, plan
from tests.terraform.text import blocks

WRONG = {
    "project_id": "Not A Project",
    "project_number": "sample-worklog",
    "region": "europe",
    "domain": "https://worklog.example.com/api",
    "allowed_origins": ["*"],
    "github_app_id": "my app",
    "github_app_slug": "https://github.com/apps/mine",
    "provisioning_organization": "-sample-",
    "provisioning_github_app_id": "",
    "gemini_model": "models/gemini",
    "model_calls_a_day": -1,
    "approval_policy": "maybe",
    "sizes": {"no_such_function": {}},
    "queues": {"webhooks": {}},
    "requests_a_minute": 0,
    "deliveries_a_minute": 1.5,
    "alert_emails": ["on-call"],
    "alert_limits": {"undelivered_hours": 72},
    "runbook": "docs/runbook.md#page",
    "anchors": {"days": 30},
}
# What any text, or anything of its type, may be.
FREE = {"firestore_location", "packages", "use_gemini"}


def words(error: RefusedError) -> str:
    """What Terraform says, which it breaks into lines and draws a bar beside."""
    return " ".join(str(error).replace("│", " ").split())


@pytest.fixture
def refusal(shared_folder: Path, tmp_path: Path, least: object) -> str:
    """What a plan with all that is wrong at once says."""
    with pytest.raises(RefusedError) as caught:
        plan({**LEAST, **WRONG}, tmp_path)
    return words(caught.value)


class TestRefusals:
    def test_name_every_setting_that_is_wrong(self, refusal: str) -> None:
        named = set(re.findall(r"var\.(\w+)(?: is|\.)", refusal)) | set(re.findall(r'variable "(\w+)"', refusal))
        assert set(WRONG) <= named

    def test_hold_every_setting_to_a_form(self) -> None:
        declared = {name for (name,) in blocks("variable")}
        assert declared == {*LEAST, *WRONG} | FREE, "say in WRONG what a plan does not take for the new variable"

    def test_of_sizes_that_do_not_fit_say_what_follows_from_what(self, tmp_path: Path, least: object) -> None:
        sizes, queues = {"agent_runner": {"timeout": 3000}}, {"asset_generator": {"at_once": 100}}
        with pytest.raises(RefusedError) as caught:
            plan({**LEAST, "sizes": sizes, "queues": queues}, tmp_path)
        assert "The timeout of a task function can't be raised" in words(caught.value)
        assert "raise max_instances" in words(caught.value)

    def test_of_a_missing_package_say_what_makes_it(self, tmp_path: Path, least: object) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(RefusedError) as caught:
            plan(LEAST, tmp_path, packages=empty)
        assert "run `make package` first" in words(caught.value)

    def test_without_terraform_say_what_to_install(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(RuntimeError, match=re.escape(NEEDED)):
            plan(LEAST, tmp_path)


class TestExample:
    def test_has_what_has_no_default(self) -> None:
        written = (FOLDER / "terraform.tfvars.example").read_text("utf-8")
        assert set(LEAST) <= set(re.findall(r"^(\w+)\s*=", written, re.MULTILINE))

    def test_is_taken(self, tmp_path: Path, least: object) -> None:
        written = (FOLDER / "terraform.tfvars.example").read_text("utf-8")
        given = {name: json.loads(value) for name, value in re.findall(r"^(\w+)\s*=\s*(.+)$", written, re.MULTILINE)}
        assert plan(given, tmp_path)
