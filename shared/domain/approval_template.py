"""What an approver is asked, by the risk and the kind of the intent; what they leave open is recorded."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.document import Document
from shared.domain.intent import Kind
from shared.domain.risk import RiskLevel


class Question(Document):
    """A question in English and Japanese; asked where the risk's level or the intent's kind is among its own."""

    id: str
    text: str
    ja: str
    levels: tuple[RiskLevel, ...] = ()
    kinds: tuple[Kind, ...] = ()


class Template(Document):
    """The questions of one version."""

    version: str
    questions: tuple[Question, ...]

    def asked(self, level: RiskLevel, kind: Kind) -> tuple[Question, ...]:
        """The questions for an intent of this risk and kind."""
        return tuple(each for each in self.questions if level in each.levels or kind in each.kinds)

    def unanswered(self, answers: Mapping[str, Any], level: RiskLevel, kind: Kind) -> tuple[str, ...]:
        """The ids of the questions that got no answer, or a blank one."""
        return tuple(each.id for each in self.asked(level, kind) if not str(answers.get(each.id) or "").strip())


@cache
def template() -> Template:
    """The questions that are asked now."""
    return Template.model_validate_json((Path(__file__).parent / "approval_template.json").read_bytes())
