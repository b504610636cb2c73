"""What would Terraform make of an empty project? Its plan as JSON, made without a cloud.

`TFCHECK`, when it is set, is the command that plans: `$TFCHECK [-v NAME=VALUE ...] --fmt --json FILE FOLDER`. Else
Terraform itself plans, if it reaches its registry. Else there is no plan, and the summary says what was not checked.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.functions import ROOT
from tests.trials import not_tried

FOLDER = ROOT / "terraform"
NEEDED = "Terraform 1.9 or newer is needed on the PATH: https://developer.hashicorp.com/terraform/install"
PROJECT, NUMBER, REGION, DOMAIN = "sample-worklog", "123456789012", "europe-west1", "worklog.example.com"
LEAST: Mapping[str, Any] = {
    "project_id": PROJECT,
    "project_number": NUMBER,
    "domain": DOMAIN,
    "github_app_id": "1234",
    "github_app_slug": "sample-worklog",
    "provisioning_organization": "sample-org",
}
"""What has no default."""
MOST: Mapping[str, Any] = {
    **LEAST,
    "allowed_origins": ["https://app.example.com", "https://www.example.com"],
    "provisioning_github_app_id": "5678",
    "use_gemini": True,
    "approval_policy": "enforce",
    "alert_emails": ["on-call@example.com"],
}
"""With everything that can be switched on."""
_PATIENCE = 300
_UNREACHED, _UNMATCHED = "Failed to query available provider packages", "no available releases match"


class RefusedError(Exception):
    """Terraform does not take the configuration with these variables; its words are the argument."""


@dataclass(frozen=True)
class Plan:
    """What would be made, by kind and key: the key of `for_each`, else the resource's own name."""

    content: Mapping[str, Any]

    def of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The planned values of every resource of a kind."""
        return {str(each.get("index", each["name"])): each["values"] for each in self._planned(kind)}

    def named(self, kind: str, name: str) -> dict[str, Mapping[str, Any]]:
        """Those that the files call by this name."""
        return {str(each.get("index", name)): each["values"] for each in self._planned(kind) if each["name"] == name}

    @property
    def kinds(self) -> set[str]:
        """Every kind of resource that there is."""
        return {each["type"] for each in self.content["planned_values"]["root_module"]["resources"]}

    def output(self, name: str) -> object:
        """The value of an output, if it is known by now."""
        return self.content["planned_values"]["outputs"][name].get("value")

    def _planned(self, kind: str) -> Iterator[Mapping[str, Any]]:
        for each in self.content["planned_values"]["root_module"]["resources"]:
            if each["type"] == kind and each["mode"] == "managed":
                yield each


def plan(variables: Mapping[str, Any], folder: Path, *, packages: Path | None = None) -> Plan | None:
    """The plan for these variables, made in `folder`; None where nothing here can make one.

    Raises `RefusedError` for what Terraform refuses, RuntimeError where there is no Terraform.
    """
    check_installed()
    given, made = folder / "variables.tfvars.json", folder / "plan.json"
    given.write_text(json.dumps({**variables, "packages": str(packages or _packages(folder))}), "utf-8")
    if command := os.environ.get("TFCHECK", "").strip():
        _run(command, "--fmt", "--var-file", str(given), "--json", str(made), str(FOLDER), cwd=ROOT)
    elif not _planned_by_terraform(given, made, folder):
        not_tried("the plan of terraform/", "TFCHECK is not set, and Terraform does not reach its registry")
        return None
    return Plan(json.loads(made.read_text("utf-8")))


def check_installed() -> None:
    """Raise RuntimeError, which says what to install, where there is no Terraform."""
    if not shutil.which("terraform"):
        raise RuntimeError(NEEDED)


def _packages(folder: Path) -> Path:
    """Something to deploy for each function: a plan looks at nothing but the hash."""
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    for name in json.loads((ROOT / "functions" / "prefixes.json").read_text("utf-8")):
        (packages / f"{name}.zip").write_text(name, "utf-8")
    return packages


def _planned_by_terraform(given: Path, made: Path, folder: Path) -> bool:
    """Plan in a copy that keeps its state beside itself; False where the registry can't be reached.

    The token is none: nobody is asked anything for a plan of what is not there yet.
    """
    copy = folder / "project" / "terraform"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars"))
    for name in ("functions/prefixes.json", "firestore.rules", "firestore.indexes.json"):
        target = folder / "project" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, target)
    (copy / "beside_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', "utf-8")
    try:
        _run("terraform", "init", "-input=false", "-no-color", cwd=copy)
    except RefusedError as error:
        if _UNREACHED in str(error) and _UNMATCHED not in str(error):
            return False
        raise
    drawn = str(folder / "drawn.tfplan")
    _run("terraform", "plan", "-input=false", "-no-color", f"-var-file={given}", f"-out={drawn}", cwd=copy)
    made.write_text(_run("terraform", "show", "-json", drawn, cwd=copy), "utf-8")
    return True


def _run(*command: str, cwd: Path) -> str:
    """What the command prints; raises `RefusedError` with that when it fails."""
    variables = {**os.environ, "TF_IN_AUTOMATION": "1", "GOOGLE_OAUTH_ACCESS_TOKEN": "none", "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=_PATIENCE, check=False
    )
    if done.returncode:
        raise RefusedError(done.stdout + done.stderr)
    return done.stdout
