"""Does the code keep to its own shape? Each rule is a short test whose failure says what to do."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from shared.store.store import PR_EVENTS

MODULES = sorted(path for folder in ("functions", "shared") for path in Path(folder).rglob("*.py"))
# What a part may import is what stands no higher than itself.
HEIGHTS = {"domain": 0, "logging": 1, "settings": 1, "store": 2, "clients": 2, "web": 4, "task": 5}
OF_OTHERS = 3
OF_THE_DOMAIN = {"pydantic", "rfc8785"}
ADAPTERS = {"shared/task.py"}
# On an instance that is billed by request, work that outlives its answer is frozen or killed.
OUTLIVING = {
    *("Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "Process", "Popen", "start_new_thread"),
    *("create_task", "ensure_future", "run_in_executor", "call_on_close", "stream_with_context", "register_at_fork"),
}
STANDARD = set(sys.stdlib_module_names)
# What a stranger sees first. An environment or a report that was added by mistake would stand beside it.
TOP = {
    *("functions", "shared", "local", "terraform", "tests", "docs", ".ci", ".gitignore", "Makefile", "pyproject.toml"),
    *("firestore.rules", "firestore.indexes.json", "README.md", "CHANGELOG.md"),
    *("requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt"),
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """The dotted names of everything a module imports, wherever it does so."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offenders(rule: str, found: Iterator[str]) -> None:
    """Fail with a rule and every place that breaks it."""
    broken = sorted(set(found))
    assert not broken, f"{rule}:\n  " + "\n  ".join(broken)


def part(dotted: str) -> str:
    """The part of `shared` that a module belongs to: `shared.store.cards` is of `store`."""
    return dotted.split(".")[1] if "." in dotted else ""


def height(dotted: str) -> int:
    return HEIGHTS.get(part(dotted), OF_OTHERS)


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def of(folder: str) -> list[Path]:
    return [path for path in MODULES if path.as_posix().startswith(folder)]


class TestImports:
    def test_lead_from_a_function_to_itself_and_shared(self) -> None:
        found = (
            f"{path} imports {name}"
            for path in of("functions/")
            for name in imports(path)
            if name.startswith("functions.") and name.split(".")[1] != path.parts[1]
        )
        offenders("a function imports no other; move what they share to shared/", found)

    def test_point_inwards(self) -> None:
        found = (
            f"{path} imports {name}"
            for path in of("shared/")
            for name in imports(path)
            if name.startswith("functions") or (name.startswith("shared.") and height(name) > height(dotted(path)))
        )
        offenders(
            "imports point inwards (web, task, services -> store, clients -> domain); pass it as an argument", found
        )

    def test_of_the_domain_are_pure(self) -> None:
        found = (
            f"{path} imports {name}"
            for path in of("shared/domain/")
            for name in imports(path)
            if name.split(".")[0] not in STANDARD | OF_THE_DOMAIN and not name.startswith("shared.domain")
            if name != "shared"
        )
        offenders("the domain knows the standard library, pydantic and rfc8785 alone", found)

    def test_never_reach_what_is_not_deployed(self) -> None:
        found = (
            f"{path} imports {name}"
            for path in MODULES
            for name in imports(path)
            if name.split(".")[0] in {"local", "tests"}
        )
        offenders("nothing that is deployed imports local or tests", found)

    def test_are_absolute(self) -> None:
        found = (
            f"{path}:{node.lineno}"
            for path in MODULES
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.level
        )
        offenders("the framework loads a function under the name `main`: import by the whole name", found)


class TestRepository:
    @pytest.mark.skipif(not Path(".git").exists(), reason="an archive says nothing of what is kept")
    def test_keeps_nothing_else(self) -> None:
        command = ("git", "-c", "safe.directory=*", "ls-files")
        kept = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        assert {name.partition("/")[0] for name in kept} <= TOP


class TestModules:
    def test_say_which_question_they_answer(self) -> None:
        found = (str(path) for path in MODULES if path.read_text("utf-8").strip() and not ast.get_docstring(tree(path)))
        offenders("begin the module with a docstring that says which question it answers", found)

    def test_of_functions_are_loaded_by_a_main(self) -> None:
        folders = {path.parent for path in Path("functions").glob("*/*.py")}
        offenders(
            "give the folder a main.py, or it is no function",
            (str(each) for each in folders if not (each / "main.py").exists()),
        )

    def test_called_main_define_routes_and_nothing_else(self) -> None:
        found = (
            f"{path}:{node.lineno} {node.name}"
            for path in Path("functions").glob("*/main.py")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
        )
        offenders("put models into schemas.py: `main` is loaded twice under two names", found)

    def test_called_main_offer_the_function(self) -> None:
        found = (str(path) for path in Path("functions").glob("*/main.py") if "main" not in assigned(path))
        offenders("end main.py with `main = app.function()`", found)

    def test_name_one_collection_of_events(self) -> None:
        told = assigned(Path("shared/store/intake.py"))["_PR_EVENTS"]
        assert told == PR_EVENTS, (
            "shared/store/intake.py and shared/store/store.py name different collections of events"
        )


class TestRules:
    def test_one_place_reads_the_environment(self) -> None:
        found = (
            f"{path}:{node.lineno}"
            for path in MODULES
            if path != Path("shared/services.py")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute | ast.alias)
            and name_of(node) in {"environ", "getenv", "putenv", "environb"}
            if not is_of_a_request(node)
        )
        offenders("only shared/services.py reads the environment; take what you need as an argument", found)

    def test_only_the_adapters_catch_everything(self) -> None:
        found = (
            f"{path}:{node.lineno}"
            for path in MODULES
            if path.as_posix() not in ADAPTERS and not path.as_posix().startswith("shared/web/")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ExceptHandler) and catches_everything(node)
        )
        offenders("name the exceptions that you expect; a bug is for shared/web and shared/task to answer", found)

    def test_nothing_goes_on_after_the_answer(self) -> None:
        found = (
            f"{path}:{node.lineno} {name_of(node)}"
            for path in MODULES
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute | ast.Name | ast.alias) and name_of(node) in OUTLIVING
        )
        offenders("do it before the answer, or queue a task: what outlives a request is frozen", found)

    @pytest.mark.parametrize("name", ["print", "breakpoint", "eval", "exec", "input", "__import__"])
    def test_nothing_calls_what_belongs_to_a_console(self, name: str) -> None:
        found = (
            f"{path}:{node.lineno}"
            for path in MODULES
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        )
        offenders(f"use no {name}() in what is deployed; log an event with shared.logging", found)

    def test_no_clock_stands_in_the_domain(self) -> None:
        found = (
            f"{path}:{node.lineno} {name_of(node)}"
            for path in of("shared/domain/")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute)
            and name_of(node) in {"now", "utcnow", "today", "monotonic", "uuid4", "urandom"}
        )
        offenders("time and chance come into the domain as arguments (`at=`)", found)


def assigned(path: Path) -> dict[str, object]:
    """The names that a module assigns at its top, with their values where those are literals."""
    found: dict[str, object] = {}
    for node in tree(path).body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name):
                found[target.id] = node.value.value if isinstance(node.value, ast.Constant) else None
    return found


def name_of(node: ast.AST) -> str:
    """What a name, an attribute or an import is called."""
    match node:
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
        case ast.alias():
            return node.name
    return ""


def is_of_a_request(node: ast.AST) -> bool:
    """Whether it is WSGI's `environ`, which is a request's and not the process's."""
    return (
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"request", "outer"}
    )


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or name_of(kind) in {"Exception", "BaseException"} for kind in kinds)
