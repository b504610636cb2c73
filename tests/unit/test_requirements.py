"""Is what each function installs pinned, and the same where it is the same package?"""

import re
from pathlib import Path

import pytest

from local.functions import ROOT, names
from local.package.archive import contents

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==([^\s\\]+)", re.MULTILINE | re.IGNORECASE)
PROVISIONER = Path("functions/provisioner/requirements.txt")


def pins(text: str) -> dict[str, str]:
    """The version of each package."""
    return dict(_PIN.findall(text))


class TestRequirements:
    @pytest.mark.parametrize("path", [Path("requirements.txt"), PROVISIONER, Path("requirements-dev.txt")], ids=str)
    def test_are_pinned_by_their_hashes(self, path: Path) -> None:
        entries = re.split(r"\n(?=[a-z0-9])", path.read_text("utf-8"), flags=re.IGNORECASE)[1:]
        assert len(entries) == len(pins(path.read_text("utf-8"))) > 10
        assert not [entry for entry in entries if "--hash=sha256:" not in entry], "run `make lock`"

    def test_of_the_provisioner_are_those_of_all_and_more(self) -> None:
        common, own = (pins(path.read_text("utf-8")) for path in (Path("requirements.txt"), PROVISIONER))
        assert common.items() < own.items(), "run `make lock`"
        assert "specify-cli" in own.keys() - common.keys()

    def test_are_what_is_tested(self) -> None:
        own, tested = (pins(path.read_text("utf-8")) for path in (PROVISIONER, Path("requirements-dev.txt")))
        assert own.items() < tested.items(), "run `make lock`"

    @pytest.mark.parametrize("name", sorted({*names(), "provisioner"}))
    def test_in_an_archive_are_the_function_s_own(self, name: str) -> None:
        found = contents(ROOT, name)
        asked = [path for path in found if "requirements" in path]
        assert asked == ["requirements.txt"]
        assert ("specify-cli" in pins(found["requirements.txt"].decode())) == (name == "provisioner")
