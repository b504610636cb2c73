"""What does a provisioned project hold to? spec-kit's constitution, with every placeholder filled."""

import re
from collections.abc import Mapping

from functions.provisioner.constraints import rules
from functions.provisioner.prose import date, line, statements
from functions.provisioner.speckit import SpeckitError
from shared.domain.blueprint import Blueprint

PATH = ".specify/memory/constitution.md"
_VERSION = "1.0.0"
_EXAMPLE = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TOKEN = re.compile(r"\[([A-Z0-9_]+)\]")

_PRINCIPLES = (
    (
        "I. Specification Before Code",
        """\
Every change MUST begin as a specification in `specs/` that says who needs it and how one sees that it works.
Code that no specification asks for MUST NOT be merged, and a specification that proves wrong is corrected
before the code is.

Rationale: a goal was approved, not its code; a reader has to find the way from one to the other.""",
    ),
    (
        "II. The Constraints Hold",
        """\
What is listed under "Constraints" was approved together with the goal. Each of them MUST hold in every change,
whoever or whatever writes it. A plan that can't keep one MUST stop there and say so.

Rationale: the goal was approved within these limits; outside them nobody has approved anything.""",
    ),
    (
        "III. Success Is Shown",
        """\
Every requirement MUST have a test that fails without it, written before the code that lets it pass. All tests
MUST pass before a merge. The goal is reached when this can be shown, and not before:

$success

Rationale: what can't be shown can be neither reviewed nor kept.""",
    ),
    (
        "IV. Agents Work Inside What Was Approved",
        """\
An agent MAY write specifications, plans, tests and code for the goal. It MUST NOT widen the goal, loosen a
constraint, weaken a test in order to pass it, or merge its own work: a person reads every change first. Secrets and
personal data MUST NOT stand in a prompt, a specification or the code.

Rationale: who approves answers for what follows, and needs to see it.""",
    ),
    (
        "V. Small and Reversible",
        """\
The simplest design that meets the specification MUST be taken. A change is small enough to be read in one sitting
and can be undone by itself. A new dependency, service or layer MUST be justified in the plan by a requirement.

Rationale: what is small is reviewed; what is large is waved through.""",
    ),
)
_WORKFLOW = """\
1. **Specify**: state the need and the way it is tested; mark what is unclear instead of guessing.
2. **Clarify**: no open question may be left when planning begins.
3. **Plan**: choose the technology, and check the plan against this constitution.
4. **Break down**: make tasks that each leave the project working.
5. **Implement**: tests first; one pull request for each story, naming the requirements that it meets.
6. **Review**: a person checks the pull request against specification, plan and constitution, and merges it."""
_GOVERNANCE = """\
This constitution ranks above habit, preference and generated text.

- **Amendments** are made by a pull request that says what changes and why, carries a new version and date below, and
  is approved by somebody who answers for the project.
- **Goal and constraints** come from the WorkLog intent `$intent`, approved as `$approval`. They change by a new
  intent and its approval; an edit in this file changes neither.
- **Versions**: a principle that is removed or turned round raises the first number, one that is added or widened the
  second, clearer words the third.
- **Compliance** is checked in every plan and in every review. Who departs from a rule writes into the plan what was
  simpler and why it does not do; otherwise the change is not merged."""
_UNLIMITED = "The approved intent states none beyond its goal; a constraint that is found later is added by amendment."


def constitution(template: str, blueprint: Blueprint) -> str:
    """The constitution in the form of spec-kit's template; raises `SpeckitError` where that asks what we don't say."""
    values = _values(blueprint)
    unknown = set(_TOKEN.findall(_EXAMPLE.sub("", template))) - values.keys()
    if unknown:
        raise SpeckitError("the constitution's template has a placeholder that we don't fill")
    return _TOKEN.sub(lambda token: values[token[1]], _EXAMPLE.sub("", template))


def _values(blueprint: Blueprint) -> Mapping[str, str]:
    """What stands in the place of each placeholder."""
    ratified = date(blueprint.created_at)
    success = "\n".join(f"- {each}" for each in statements(blueprint.success))
    limits = "\n".join(f"- {each}" for each in rules(blueprint.constraints)) or _UNLIMITED
    found = {
        "PROJECT_NAME": line(blueprint.name),
        "SECTION_2_NAME": "Constraints",
        "SECTION_2_CONTENT": limits,
        "SECTION_3_NAME": "Development Workflow",
        "SECTION_3_CONTENT": _WORKFLOW,
        "GOVERNANCE_RULES": _GOVERNANCE.replace("$intent", blueprint.intent_id).replace(
            "$approval", blueprint.approval_id
        ),
        "CONSTITUTION_VERSION": _VERSION,
        "RATIFICATION_DATE": ratified,
        "LAST_AMENDED_DATE": ratified,
    }
    for number, (name, text) in enumerate(_PRINCIPLES, 1):
        found[f"PRINCIPLE_{number}_NAME"] = name
        found[f"PRINCIPLE_{number}_DESCRIPTION"] = "\n" + text.replace("$success", success)
    return found
