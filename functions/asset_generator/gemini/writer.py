"""The writer that asks Gemini, and falls back on the offline writer when no card comes of it."""

import hashlib
from dataclasses import replace

from functions.asset_generator import offline
from functions.asset_generator.gemini import answer, prompt
from functions.asset_generator.offline.claims import assistance
from shared.clients.gemini import Gemini, ModelAnswer, ModelBlockedError
from shared.domain.asset_card import CardText, Draft, Flag, GeneratedBy
from shared.domain.pull_request import PullRequest
from shared.logging import log

_ROOM = (8_192, 32_768)  # a model that thinks first spends some of it on thoughts


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
            said = self._ask(shown)
        except ModelBlockedError as error:
            log.warning("model_blocked", reason=str(error), **self._asked(shown))
            return _fallback(pull, "model_blocked")
        log.info("model_answered", output_sha256=_sha256(said.text), tokens=said.tokens, **self._asked(shown))
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

    def _ask(self, shown: prompt.Shown) -> ModelAnswer:
        """The answer, asked for once more with more room where it was cut; the broken half is thrown away."""
        said = self._gemini.answer(shown.prompt, most_tokens=_ROOM[0])
        if not said.cut:
            return said
        again = self._gemini.answer(shown.prompt, most_tokens=_ROOM[1])
        return replace(again, tokens=said.tokens + again.tokens)

    def _asked(self, shown: prompt.Shown) -> dict[str, object]:
        """What may be logged of a prompt: digests and counts, never its text."""
        return {
            "model": self._gemini.model,
            "prompt_version": prompt.PROMPT_VERSION,
            "prompt_sha256": _sha256(shown.prompt.instruction + shown.prompt.data),
            "unread": len(shown.unread),
        }


def _with_assistance(text: CardText, pull: PullRequest) -> CardText:
    """The words, with what the pull request says about AI that helped: the model is not asked to remember."""
    claim = assistance(pull)
    return text if claim is None else text.model_copy(update={"claims": (*text.claims, claim)})


def _fallback(pull: PullRequest, flag: Flag) -> Draft:
    draft = offline.write(pull)
    return draft.model_copy(update={"flags": draft.flags | {flag}})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
