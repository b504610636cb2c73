"""Can each guard still be taken away by the text that names it? Whether a test then turns red, `make mutants` tells."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.mutant import DoesNotApplyError, Mutant, read_mutants

MUTANTS = read_mutants()
# Undefined names and the like: such a mutant would be noticed by any test, and show nothing.
BROKEN_CODE = "F5,F6,F7,F82"


def node_ids_in(path: Path) -> set[str]:
    """The node ids of a file's classes, functions and methods, without parameters."""
    found = {path.as_posix()}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            below = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {
                f"{path.as_posix()}::{node.name}",
                *(f"{path.as_posix()}::{node.name}::{each.name}" for each in below),
            }
        elif isinstance(node, ast.FunctionDef):
            found.add(f"{path.as_posix()}::{node.name}")
    return found


@pytest.fixture
def mutant() -> Mutant:
    """A mutant of nothing in particular."""
    return Mutant(name="a", guard="a stays", file="a.py", old="if a:", new="if True:", tests=("tests/unit",))


class TestMutant:
    @pytest.mark.parametrize("text", ["", "if b:", "if a: ...\nif a: ..."])
    def test_does_not_apply_but_to_one_exact_place(self, mutant: Mutant, text: str) -> None:
        with pytest.raises(DoesNotApplyError):
            mutant.applied(text)

    def test_lacks_its_guard_and_nothing_else(self, mutant: Mutant) -> None:
        assert mutant.applied("x\nif a: ...\ny") == "x\nif True: ...\ny"


class TestMutants:
    def test_have_names_of_their_own(self, tmp_path: Path) -> None:
        fields = 'guard = "a"\nfile = "a.py"\nold = "a"\nnew = "b"\ntests = []\n'
        for name in ("one.toml", "two.toml"):
            (tmp_path / name).write_text(f"[same]\n{fields}")
        with pytest.raises(ValueError, match="same stands twice"):
            read_mutants(tmp_path)

    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
    def test_apply_and_compile(self, mutant: Mutant) -> None:
        text = mutant.applied(Path(mutant.file).read_text("utf-8"))
        if mutant.file.endswith(".py"):
            compile(text, mutant.file, "exec")

    def test_break_nothing_but_their_guards(self, tmp_path: Path) -> None:
        for each in (mutant for mutant in MUTANTS if mutant.file.endswith(".py")):
            (tmp_path / f"{each.name.replace('-', '_')}.py").write_text(
                each.applied(Path(each.file).read_text("utf-8"))
            )
        rules = ["--isolated", "--no-cache", f"--select={BROKEN_CODE}", "--output-format=concise"]
        command = [sys.executable, "-m", "ruff", "check", *rules, str(tmp_path)]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def test_name_tests_that_exist(self) -> None:
        known: dict[str, set[str]] = {}
        for test in {test for each in MUTANTS for test in each.tests}:
            path = test.partition("::")[0]
            known.setdefault(path, node_ids_in(Path(path)))
            assert test.partition("[")[0] in known[path], f"there is no {test}"
