"""The writer that asks Gemini, and falls back on the offline writer when no card comes of it."""

from functions.asset_generator import offline
from functions.asset_generator.gemini import answer, prompt
from functions.asset_generator.offline.claims import assistance
from shared.clients.gemini import Gemini, ModelBlockedError
from shared.domain.asset_card import CardText, Draft, Flag, GeneratedBy
from shared.domain.pull_request import PullRequest
from shared.logging import log


class GeminiWriter:
    """Writes cards with one model."""

    def __init__(self, gemini: Gemini) -> None:
        self._gemini = gemini

    def write(self, pull: PullRequest) -> Draft:
        """The card for a redacted pull request; raises `RetryLaterError` when the model can't answer now.

        A prompt that the model blocks and an answer that is no card give the offline writer's card, flagged.
        """
        shown = prompt.build(pull)
        try:
            said = self._gemini.whole_answer(shown.prompt)
        except ModelBlockedError as error:
            log.warning("model_blocked", reason=str(error), **self._asked(shown))
            return _fallback(pull, "model_blocked")
        log.info("model_answered", output_sha256=said.sha256, tokens=said.tokens, **self._asked(shown))
        text = None if said.cut else answer.read(said.text, pull)
        if text is None:
            return _fallback(pull, "model_output_invalid")
        generated_by = GeneratedBy(
            provider="gemini", model=self._gemini.model, prompt_version=prompt.PROMPT_VERSION, tokens=said.tokens
        )
        flags: frozenset[Flag] = frozenset({"diff_truncated"}) if shown.unread else frozenset()
        return Draft(
            text=_with_assistance(text, pull), generated_by=generated_by, flags=flags, unread_files=shown.unread
        )

    def _asked(self, shown: prompt.Shown) -> dict[str, object]:
        """What may be logged of a prompt: digests and counts, never its text."""
        return {
            "model": self._gemini.model,
            "prompt_version": prompt.PROMPT_VERSION,
            "prompt_sha256": shown.prompt.sha256,
            "unread": len(shown.unread),
        }


def _with_assistance(text: CardText, pull: PullRequest) -> CardText:
    """The words, with what the pull request says about AI that helped: the model is not asked to remember."""
    claim = assistance(pull)
    return text if claim is None else text.model_copy(update={"claims": (*text.claims, claim)})


def _fallback(pull: PullRequest, flag: Flag) -> Draft:
    draft = offline.write(pull)
    return draft.model_copy(update={"flags": draft.flags | {flag}})
