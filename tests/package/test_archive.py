"""The archives that are deployed."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.functions import ROOT, names
from local.package.archive import build, contents, packed

_LOADS = "import sys; sys.path.insert(0, '.'); import main; assert main.main.__name__ == 'main'"


class TestArchives:
    """Every function's archive, built."""

    def test_are_the_same_bytes_from_another_folder_at_another_time(self, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        for folder in ("functions", "shared"):
            shutil.copytree(ROOT / folder, copy / folder, copy_function=shutil.copyfile)
        shutil.copyfile(ROOT / "requirements.txt", copy / "requirements.txt")
        for path in copy.rglob("*.py"):
            os.utime(path, (1, 1))
            path.chmod(0o700)
        (copy / "shared" / "__pycache__").mkdir(exist_ok=True)
        (copy / "shared" / "__pycache__" / "stale.pyc").write_bytes(b"stale")
        here, there = build(ROOT, tmp_path / "here"), build(copy, tmp_path / "there")
        assert [each.stem for each in here] == list(names())
        assert [each.read_bytes() for each in here] == [each.read_bytes() for each in there]

    def test_replace_those_of_functions_that_are_gone(self, tmp_path: Path) -> None:
        (tmp_path / "gone.zip").write_bytes(b"")
        assert tmp_path / "gone.zip" not in build(ROOT, tmp_path)
        assert not (tmp_path / "gone.zip").exists()

    def test_do_not_depend_on_the_order_of_the_files(self) -> None:
        assert packed({"a": b"1", "b": b"2"}) == packed({"b": b"2", "a": b"1"})

    @pytest.mark.parametrize("name", names())
    def test_hold_the_function_alone(self, name: str) -> None:
        files = contents(ROOT, name)
        assert files["main.py"].count(b"\n") == 1
        assert {Path(each).parts[0] for each in files} == {"main.py", "requirements.txt", "functions", "shared"}
        functions = {Path(each).parts[1] for each in files if each.startswith("functions/")}
        assert functions == {"__init__.py", name}
        assert not [each for each in files if each.endswith(".pyc") or "/." in each]


class TestUnpacked:
    """An archive in an empty folder."""

    @pytest.mark.parametrize("name", names())
    def test_stops_at_its_own_settings_and_at_nothing_before(self, name: str, tmp_path: Path) -> None:
        """All its modules are there: it gets as far as reading its first setting."""
        (tmp_path / "function.zip").write_bytes(packed(contents(ROOT, name)))
        with zipfile.ZipFile(tmp_path / "function.zip") as archive:
            archive.extractall(tmp_path / "unpacked")
        done = subprocess.run(
            [sys.executable, "-I", "-c", _LOADS],
            cwd=tmp_path / "unpacked",
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "ConfigurationError: GOOGLE_CLOUD_PROJECT is not set" in done.stderr
