"""Does docs/deploy.md speak of what is there?"""

import re

from local.functions import ROOT, prefixes
from tests.terraform.planning import Plan
from tests.terraform.text import blocks

GUIDE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
NAMES = {name.replace("_", "-") for name in prefixes().values()}


class TestGuide:
    def test_gives_every_secret_its_value(self, most: Plan) -> None:
        assert sorted(set(re.findall(r"secrets versions add ([\w-]+)", GUIDE))) == most.output("secrets")

    def test_says_how_every_secret_is_rotated(self, most: Plan) -> None:
        secrets = most.output("secrets")
        assert isinstance(secrets, list)
        (table,) = re.findall(r"## Rotating secrets\n(.+?)\n## ", GUIDE, re.DOTALL)
        assert [secret for secret in secrets if f"`{secret}`" not in table] == []

    def test_names_outputs_and_resources_that_are_there(self) -> None:
        outputs = {name for (name,) in blocks("output")}
        assert set(re.findall(r"terraform output (\w+)", GUIDE)) <= outputs
        targets = {tuple(each.split(".")) for each in re.findall(r"-target=([\w.]+)", GUIDE)}
        assert targets
        assert targets <= set(blocks("resource"))

    def test_names_variables_that_are_there(self) -> None:
        variables = {name for (name,) in blocks("variable")}
        named = {"alert_emails", "alert_limits", "runbook", "anchors", "allowed_origins", "use_gemini"}
        assert named <= variables
        assert [name for name in named if name not in GUIDE] == []

    def test_names_functions_and_queues_that_are_there(self) -> None:
        commanded = re.findall(r"(?:queues pause|--service=|update-traffic|jobs (?:pause|describe)) ?([\w-]+)", GUIDE)
        assert commanded
        assert set(commanded) - {"reconcile"} <= NAMES

    def test_has_the_webhooks_address(self, most: Plan) -> None:
        address = str(most.output("webhook_url"))
        assert f"`https://DOMAIN{address.removeprefix('https://worklog.example.com')}`" in GUIDE
