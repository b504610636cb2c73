"""What is to be built first? A specification of the approved goal, in the sections of spec-kit's own template."""

import re
from collections.abc import Iterator

from functions.provisioner.constraints import rules
from functions.provisioner.prose import date, line, markdown, slug, statements, title
from functions.provisioner.speckit import SpeckitError
from shared.domain.blueprint import Blueprint

_SECTION = re.compile(r"^## (?P<name>[^*\n]+?)(?: \*\([^)\n]*\)\*)?$", re.MULTILINE)
_TOKEN = re.compile(r"\[FEATURE NAME\]|\[###-feature-name\]|\[DATE\]|\$ARGUMENTS")
_NUMBER = re.compile(r"\d")
_MOST_QUESTIONS = 3  # more than three at a time are not answered: so says spec-kit's own command


def folder(blueprint: Blueprint) -> str:
    """`specs/001-…`: where the specification stands; the words are those of the goal, in ASCII."""
    return f"specs/001-{slug(blueprint.goal, otherwise=blueprint.name)}"


def specification(template: str, blueprint: Blueprint) -> str:
    """The specification; raises `SpeckitError` where the template has a section that we can't write."""
    sections = tuple(_SECTION.finditer(template))
    if {each["name"] for each in sections} != _WRITERS.keys():
        raise SpeckitError("the specification's template has other sections than we write")
    parts = [_head(template[: sections[0].start()], blueprint)]
    parts += [f"{each[0]}\n\n{_WRITERS[each['name']](blueprint)}" for each in sections]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _head(head: str, blueprint: Blueprint) -> str:
    values = {
        "[FEATURE NAME]": title(blueprint.goal),
        "[###-feature-name]": folder(blueprint).removeprefix("specs/"),
        "[DATE]": date(blueprint.created_at),
        "$ARGUMENTS": line(blueprint.goal),
    }
    return _TOKEN.sub(lambda token: values[token[0]], head)


def _scenarios(blueprint: Blueprint) -> str:
    accepted = "\n".join(
        f"{number}. **Given** the story as it was built, **When** somebody who did not build it tries it, "
        f"**Then** this holds: {outcome}"
        for number, outcome in enumerate(statements(blueprint.success), 1)
    )
    return f"""\
### User Story 1 - {title(blueprint.goal)} (Priority: P1)

{markdown(blueprint.goal)}

**Why this priority**: It is the goal that was approved; whatever comes later builds on it.

**Independent Test**: From a fresh clone, by somebody who did not build it, each of the scenarios below in turn.

**Acceptance Scenarios**:

{accepted}

### Edge Cases

- What happens when the goal can't be reached within a constraint? The constraint holds, the work stops there, and
  the goal is stated and approved anew.
- What happens when an outcome is reached only in part? The story is not done; what is missing is said in its pull
  request.
- How does the system handle wrong input, missing data and a dependency that is down? [NEEDS CLARIFICATION: which of
  these can occur, and what should be seen then? The intent does not say]"""


def _requirements(blueprint: Blueprint) -> str:
    goal = [f"System MUST fulfil this part of the goal: {each}" for each in statements(blueprint.goal)]
    limits = [f"System MUST keep to this constraint: {each}" for each in rules(blueprint.constraints)]
    listed = "\n".join(f"- **FR-{number:03}**: {each}" for number, each in enumerate((*goal, *limits), 1))
    return f"### Functional Requirements\n\n{listed}"


def _outcomes(blueprint: Blueprint) -> str:
    return "\n".join(("### Measurable Outcomes\n", *_measured(blueprint)))


def _measured(blueprint: Blueprint) -> Iterator[str]:
    """Each outcome; the first two without a number are asked for one."""
    questions = 1
    for number, each in enumerate(statements(blueprint.success), 1):
        asked = not _NUMBER.search(each) and questions < _MOST_QUESTIONS
        questions += asked
        question = (
            " [NEEDS CLARIFICATION: from which value on does this hold, and how is it measured?]" if asked else ""
        )
        yield f"- **SC-{number:03}**: {each}{question}"


def _assumptions(blueprint: Blueprint) -> str:
    return f"""\
- What the goal does not name is out of scope of this first specification.
- Technology is chosen in the plan, unless a constraint names it.
- Goal, constraints and success stand here as they were approved: WorkLog intent `{blueprint.intent_id}`, approval
  `{blueprint.approval_id}`. Whoever changes their meaning needs a new approval.
- `.specify/memory/constitution.md` applies."""


_WRITERS = {
    "User Scenarios & Testing": _scenarios,
    "Requirements": _requirements,
    "Success Criteria": _outcomes,
    "Assumptions": _assumptions,
}
