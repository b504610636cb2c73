"""A small storm, from the first delivery to the verdict, through real processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.github import read_samples
from local.storm.plan import MINUTE, Plan
from local.storm.report import markdown
from local.storm.storm import storm
from local.surroundings import without_servers


@pytest.mark.timeout(400)
class TestStorm:
    def test_loses_nothing_and_doubles_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"):
            monkeypatch.delenv(name, raising=False)  # a storm has servers of its own
        plan = Plan(
            name="a small storm",
            deliveries=20,
            seed=1,
            speed=10,
            over=2 * MINUTE,
            outage=1 * MINUTE,
            outage_from=1 * MINUTE,
            kills=0.1,
        )
        course = storm(plan, read_samples(Path("local/samples")), tmp_path, lambda _: None)
        found = course.findings
        said = markdown(course)
        assert (found.lost, found.doubled, found.strange, found.broken) == ((), (), (), ()), said
        assert found.unfinished == (), said
        assert (found.events, found.states) == (20, {"done": 20}), said
        assert course.sent == 22
        assert course.tally.struck.total() > 0, "nothing was killed"
        assert course.troubles["GitHub is away"] > 0
        assert course.reconciled > 0

    def test_fails_when_what_was_to_go_wrong_did_not(self, tmp_path: Path) -> None:
        options = ["--deliveries", "2", "--outage", "0", "--over", "0.1", "--speed", "20", "--kills", "0"]
        command = [sys.executable, "-m", "local.storm", *options, "--folder", str(tmp_path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=without_servers())
        assert ended.returncode == 1, ended.stderr
        assert "never happened: a kill of webhooks before an effect" in ended.stdout
        (told,) = json.loads((tmp_path / "report.json").read_text("utf-8"))
        assert (told["events"], told["lost"], told["doubled"], told["kills"]) == (2, [], [], 0)
        assert (tmp_path / "report.md").read_text("utf-8") in ended.stdout
