"""Does checkov find nothing that is not answered in a line? Tried where `CHECKOV` names the command."""

import json
import os
import re
import subprocess

from local.functions import ROOT
from tests.terraform.planning import FOLDER
from tests.terraform.text import FILES
from tests.trials import not_tried

ANSWER = re.compile(r"#checkov:skip=(\w+):(.*)")


class TestCheckov:
    def test_has_no_check_that_fails(self) -> None:
        command = os.environ.get("CHECKOV", "").strip()
        if not command:
            not_tried("checkov on terraform/", "CHECKOV is not set; `make checkov` installs it")
            return
        options = ["--framework", "terraform", "--skip-download", "--quiet", "--compact", "-o", "json"]
        done = subprocess.run(
            [command, "-d", str(FOLDER), *options], cwd=ROOT, capture_output=True, text=True, check=False
        )
        found = json.loads(done.stdout)
        failed = [f"{each['check_id']} {each['resource']}" for each in found["results"]["failed_checks"]]
        assert failed == [], "mend it, or answer it beside the resource: #checkov:skip=ID:why"
        assert found["summary"]["passed"] > 0

    def test_is_answered_with_a_reason(self) -> None:
        for path in FILES:
            for check, reason in ANSWER.findall(path.read_text("utf-8")):
                assert len(reason.split()) > 3, f"say why {check} does not apply"
