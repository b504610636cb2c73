"""Does a project come out as spec-kit's own command makes it, the same every time, and is nothing else done?"""

import hashlib
import json
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from functions.provisioner.speckit import AGENTS, SPECKIT_VERSION, SpeckitError, scaffold
from shared.domain.errors import ConfigurationError, InvalidError, RetryLaterError

AT = datetime(2026, 1, 2, 20, 4, 5, 678901, tzinfo=UTC)  # the next day already in Tokyo
SPECIFY = Path(sys.executable).with_name("specify")
COMMANDS = (
    *("analyze", "checklist", "clarify", "constitution", "converge"),
    *("implement", "plan", "specify", "tasks", "taskstoissues"),
)
SCRIPTS = (
    *("check-prerequisites", "common", "create-new-feature"),
    *("resolve-template", "setup-plan", "setup-tasks"),
)
TEMPLATES = ("checklist", "constitution", "plan", "spec", "tasks")
PLACES = {
    "claude": ".claude/skills/speckit-{}/SKILL.md",
    "codex": ".agents/skills/speckit-{}/SKILL.md",
    "copilot": ".github/skills/speckit-{}/SKILL.md",
    "gemini": ".gemini/commands/speckit.{}.toml",
}
IN_ANOTHER_PROCESS = """
import hashlib, os, sys
from datetime import datetime
os.umask(int(sys.argv[1], 8))
from functions.provisioner.speckit import AGENTS
from functions.provisioner.tree import tree
from tests.blueprints import blueprint
for agent in (None, *AGENTS):
    asked = blueprint(agent=agent, created_at=datetime.fromisoformat(sys.argv[2]))
    print(hashlib.sha256(repr(tree(asked)).encode()).hexdigest())
"""
OFFLINE = """
import sys
def refuse(event, given):
    if event.startswith("socket.") and event != "socket.gethostname" or event in ("subprocess.Popen", "os.system"):
        print("tried", event, file=sys.stderr)
        sys.exit(9)
sys.addaudithook(refuse)
from specify_cli import main
main()
"""
agents = pytest.mark.parametrize("agent", [None, *AGENTS])


def expected_modes(agent: str | None) -> dict[str, bool]:
    """Every path, and whether it can be executed."""
    key = agent or "none"
    plain = [
        ".specify/.gitignore",
        ".specify/init-options.json",
        ".specify/integration.json",
        f".specify/integrations/{key}.manifest.json",
        ".specify/integrations/speckit.manifest.json",
        ".specify/memory/.constitution-template.json",
        ".specify/memory/constitution.md",
        *(f".specify/templates/{name}-template.md" for name in TEMPLATES),
        ".specify/workflows/speckit/workflow.yml",
        ".specify/workflows/workflow-registry.json",
        *(PLACES[agent].format(name) for name in COMMANDS if agent),
    ]
    scripts = [f".specify/scripts/bash/{name}.sh" for name in SCRIPTS]
    return {**dict.fromkeys(plain, False), **dict.fromkeys(scripts, True)}


def read(content: bytes) -> object:
    """A document of JSON without its times."""
    return json.loads(content, object_hook=lambda each: {k: v for k, v in each.items() if not k.endswith("ed_at")})


def python(folder: Path, script: str) -> str:
    """Something in Python's place, as a script of the shell."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


class TestScaffold:
    @agents
    def test_has_these_files_and_modes(self, agent: str | None) -> None:
        assert {file.path: file.executable for file in scaffold(agent, AT)} == expected_modes(agent)

    @agents
    def test_is_what_the_command_makes(self, agent: str | None, tmp_path: Path) -> None:
        """As somebody else runs it: by its console script, under another name, in an environment of theirs."""
        options = ["--integration", agent or "none", "--script", "sh", "--ignore-agent-tools", "--non-interactive"]
        subprocess.run([SPECIFY, "init", "another-name", *options], cwd=tmp_path, check=True, capture_output=True)
        folder = tmp_path / "another-name"
        made = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        files = {file.path: file for file in scaffold(agent, AT)}
        assert made.keys() == files.keys()
        for path, there in made.items():
            assert files[path].executable == bool(there.stat().st_mode & stat.S_IXUSR), path
            if path.endswith(".json"):
                assert read(files[path].content) == read(there.read_bytes()), path
                assert len(files[path].content.splitlines()) == len(there.read_bytes().splitlines()), path
            else:
                assert files[path].content == there.read_bytes(), path

    @agents
    def test_is_installed_when_the_job_was_made(self, agent: str | None) -> None:
        later = AT + timedelta(days=1)
        before, after = ({file.path: file.content for file in scaffold(agent, at)} for at in (AT, later))
        changed = {path for path in before if before[path] != after[path]}
        manifests = {f".specify/integrations/{name}.manifest.json" for name in (agent or "none", "speckit")}
        assert changed == {*manifests, ".specify/workflows/workflow-registry.json"}
        told = AT.isoformat().encode()
        assert all(before[path].replace(told, later.isoformat().encode()) == after[path] for path in changed)

    @agents
    def test_has_manifests_that_are_true_and_in_order(self, agent: str | None) -> None:
        files = {file.path: file.content for file in scaffold(agent, AT)}
        for name in (agent or "none", "speckit"):
            hashes = json.loads(files[f".specify/integrations/{name}.manifest.json"])["files"]
            assert list(hashes) == sorted(hashes)
            assert hashes == {path: hashlib.sha256(files[path]).hexdigest() for path in hashes}

    def test_is_the_same_in_another_process(self, tmp_path: Path) -> None:
        """Under another umask, locale, time zone, home and order of names; the command runs at another time, too."""

        def made(mask: str, moment: str, **variables: str) -> str:
            command = [sys.executable, "-c", IN_ANOTHER_PROCESS, mask, moment]
            done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
            return done.stdout

        here = {"PYTHONPATH": str(Path.cwd()), "HOME": str(tmp_path)}
        first = made("022", AT.isoformat(), PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC", **here)
        (tmp_path / "scratch").mkdir()
        moved, here["TMPDIR"] = AT.astimezone(timezone(timedelta(hours=9))).isoformat(), str(tmp_path / "scratch")
        second = made("077", moved, PYTHONHASHSEED="2", LC_ALL="ja_JP.UTF-8", TZ="Asia/Tokyo", **here)
        assert len(set(first.split())) == 1 + len(AGENTS)
        assert first == second

    @agents
    def test_needs_no_network_and_no_other_program(self, agent: str | None, tmp_path: Path) -> None:
        options = ["--integration", agent or "none", "--script", "sh", "--ignore-agent-tools", "--non-interactive"]
        command = [sys.executable, "-c", OFFLINE, "init", "x", *options]
        done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")

    def test_is_of_the_version_that_is_pinned(self) -> None:
        pinned = Path("functions/provisioner/requirements.txt").read_text("utf-8")
        assert f"\nspecify-cli=={SPECKIT_VERSION} \\\n" in pinned
        options = next(each for each in scaffold(None, AT) if each.path.endswith("init-options.json"))
        assert json.loads(options.content)["speckit_version"] == SPECKIT_VERSION

    @pytest.mark.parametrize("agent", ["none", "", "cursor-agent", "claude; id", "--force"])
    def test_is_made_for_no_other_agent(self, agent: str) -> None:
        with pytest.raises(InvalidError):
            scaffold(agent, AT)


class TestCommand:
    def test_gets_nothing_of_ours(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PROVISIONING_SECRET_OF_A_TEST", "never-to-be-seen")
        seen = tmp_path / "seen"
        with pytest.raises(SpeckitError):
            scaffold(None, AT, python=python(tmp_path, f'{{ env; pwd; echo "$@"; }} > {seen}; exit 3'))
        *environment, folder, given = seen.read_text("utf-8").strip().split("\n")
        variables: Mapping[str, str] = dict(each.split("=", 1) for each in environment)
        assert "never-to-be-seen" not in seen.read_text("utf-8")
        assert variables.keys() - {"PWD", "OLDPWD", "SHLVL", "_"} == {
            *("HOME", "PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "LC_ALL", "TZ", "COLUMNS"),
            *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        }
        assert variables["HOME"] == folder
        assert folder != str(Path.home())
        assert given.endswith(" --integration none --script sh --ignore-agent-tools --non-interactive")

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        with pytest.raises(SpeckitError):
            scaffold(None, AT, python=python(tmp_path, f"pwd > {tmp_path}/seen; touch left; exit 1"))
        assert not Path((tmp_path / "seen").read_text("utf-8").strip()).exists()

    def test_that_fails_is_final_and_not_repeated_in_the_log(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SpeckitError) as raised:
            scaffold(None, AT, python=python(tmp_path, "echo secret-words; echo more-words >&2; exit 1"))
        told = "".join(capsys.readouterr()) + str(raised.value)
        assert "speckit_failed" in told
        assert "-words" not in told

    @pytest.mark.parametrize(
        ("script", "seconds"), [("kill -9 $$", 60.0), ("exec sleep 60", 0.2)], ids=["killed", "too slow"]
    )
    def test_that_does_not_end_is_tried_again_later(self, script: str, seconds: float, tmp_path: Path) -> None:
        with pytest.raises(RetryLaterError):
            scaffold(None, AT, python=python(tmp_path, script), seconds=seconds)

    def test_that_is_not_there_is_tried_again_later(self, tmp_path: Path) -> None:
        with pytest.raises(RetryLaterError):
            scaffold(None, AT, python=str(tmp_path / "nowhere"))

    def test_without_room_to_work_is_tried_again_later(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(RetryLaterError):
            scaffold(None, AT, seconds=59.0)

    @pytest.mark.parametrize(
        "script",
        [
            "exit 0",
            'mkdir -p repository/.specify; echo \'{"speckit_version": "9"}\' > repository/.specify/init-options.json',
        ],
        ids=["nothing", "another version"],
    )
    def test_that_is_another_is_a_matter_of_configuration(self, script: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError):
            scaffold(None, AT, python=python(tmp_path, script))

    def test_that_makes_a_link_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SpeckitError):
            scaffold(None, AT, python=python(tmp_path, "mkdir repository; ln -s /etc/passwd repository/README.md"))
