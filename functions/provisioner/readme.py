"""What does a developer read first in a provisioned repository? What it is for, and what to do now."""

from collections.abc import Mapping
from string import Template

from functions.provisioner.constraints import rules
from functions.provisioner.prose import date, line, markdown, statements
from functions.provisioner.specification import folder
from functions.provisioner.speckit import SPECKIT_VERSION
from shared.domain.blueprint import Blueprint

PATH = "README.md"
# What each agent is called, and how its commands begin: spec-kit's command says so at its end.
_AGENTS = {
    "claude": ("Claude Code", "/speckit-"),
    "codex": ("Codex", "$speckit-"),
    "copilot": ("GitHub Copilot", "/speckit-"),
    "gemini": ("Gemini CLI", "/speckit."),
}
_COMMANDS = {
    "clarify": "asks what the specification leaves open and writes your answers into it",
    "plan": "chooses the technology and checks the plan against the constitution",
    "tasks": "breaks the plan into tasks",
    "implement": "works through the tasks",
}
_TEXT = Template("""\
# $name

$goal

This repository holds what was approved and the tools to build it from there, with
[spec-kit](https://github.com/github/spec-kit). There is no code yet; technology is chosen in
the plan.

## Begin here

1. Read the [first specification]($folder/spec.md) and the
   [constitution](.specify/memory/constitution.md). Both were written from the approved intent; correct by a pull
   request what they get wrong.
2. Tell spec-kit which specification you work on. Each checkout keeps this for itself, so do it in each:

   ```sh
   echo '{"feature_directory": "$folder"}' > .specify/feature.json
   ```

3. $agent

$commands

The next specification gets its number by itself, from the agent's `$specify` or from

```sh
.specify/scripts/bash/create-new-feature.sh 'what it is for, in a sentence'
```

## Done means

$success

## Within these limits

$limits

## What is where

| path | holds |
|---|---|
| `$folder/spec.md` | the goal as a user story with requirements and outcomes; open questions are marked |
| `.specify/memory/constitution.md` | the principles that every specification, plan and change is checked against |
| `.specify/templates/`, `.specify/scripts/` | spec-kit's forms and scripts, as its command wrote them |
$row
## Where it comes from

| | |
|---|---|
| intent | `$intent` |
| approval | `$approval` |
| provisioning job | `$job`, $date |
| spec-kit | $version |

Goal and constraints change by a new intent and its approval in WorkLog. All else here changes by pull request.
""")
_WITH_AGENT = "Start $agent in this folder and give it these commands, one after the other:"
_WITHOUT_AGENT = """\
Choose a coding agent; this repository is prepared for none yet. `specify integration list` names those that spec-kit
   knows, and `switch` writes the commands of one:

   ```sh
   uv tool install specify-cli==$version
   specify integration switch claude
   ```

   Commit what it wrote, start the agent in this folder and give it these commands, one after the other:"""


def readme(blueprint: Blueprint) -> str:
    """The README, for the agent that was asked for."""
    return _TEXT.substitute(_values(blueprint))


def _values(blueprint: Blueprint) -> Mapping[str, str]:
    limits = "\n".join(f"- {each}" for each in rules(blueprint.constraints))
    return {
        "name": line(blueprint.name),
        "goal": markdown(blueprint.goal),
        "folder": folder(blueprint),
        "success": "\n".join(f"- {each}" for each in statements(blueprint.success)),
        "limits": limits or "The approved intent states none beyond its goal.",
        "intent": blueprint.intent_id,
        "approval": blueprint.approval_id,
        "job": blueprint.job_id,
        "date": date(blueprint.created_at),
        "version": SPECKIT_VERSION,
        **_for_agent(blueprint.agent),
    }


def _for_agent(agent: str | None) -> Mapping[str, str]:
    name, prefix = _AGENTS[agent] if agent else ("", "/speckit-")
    how = Template(_WITH_AGENT if agent else _WITHOUT_AGENT).substitute(agent=name, version=SPECKIT_VERSION)
    listed = "\n".join(f"   - `{prefix}{command}` {what}" for command, what in _COMMANDS.items())
    return {"agent": how, "commands": listed, "specify": f"{prefix}specify", "row": _row(agent)}


def _row(agent: str | None) -> str:
    places = {"claude": ".claude/", "codex": ".agents/", "copilot": ".github/", "gemini": ".gemini/"}
    return f"| `{places[agent]}` | spec-kit's commands for {_AGENTS[agent][0]} |\n" if agent else ""
