"""The reviewer that asks Gemini, and falls back on the offline reviewer when no review comes of it."""

from functions.agent_runner import offline
from functions.agent_runner.coverage import is_partial
from functions.agent_runner.gemini import answer, prompt
from functions.agent_runner.secret_findings import secret_findings
from shared.clients.gemini import Gemini, ModelAnswer, ModelBlockedError
from shared.domain.diff_redaction import RedactedDiff
from shared.domain.review import Reviewed, ReviewedBy, ReviewFlag, new_review
from shared.logging import log


class GeminiReviewer:
    """Reviews diffs with one model."""

    def __init__(self, gemini: Gemini) -> None:
        self._gemini = gemini

    def review(self, redacted: RedactedDiff, goal: str) -> Reviewed:
        """The review of a redacted diff; raises `RetryLaterError` when the model can't answer now.

        A prompt that the model blocks and an answer that is no review give the offline review, flagged. A diff that
        has nothing to show is not sent.
        """
        shown = prompt.build(redacted.diff, goal)
        if not shown.files:
            return offline.review(redacted)
        try:
            said = self._gemini.whole_answer(shown.prompt)
        except ModelBlockedError as error:
            log.warning("model_blocked", reason=str(error), **self._asked(shown))
            return _fallback(redacted, "model_blocked", shown, None)
        log.info("model_answered", output_sha256=said.sha256, tokens=said.tokens, **self._asked(shown))
        told = None if said.cut else answer.read(said.text)
        if told is None:
            return _fallback(redacted, "model_output_invalid", shown, said)
        return self._reviewed(redacted, told, shown, said)

    def _reviewed(self, redacted: RedactedDiff, told: answer.Said, shown: prompt.Shown, said: ModelAnswer) -> Reviewed:
        flags: list[ReviewFlag] = ["secret_redacted"] if redacted.redacted else []
        if is_partial(shown.coverage, redacted.diff):
            flags.append("diff_truncated")
        findings = (*secret_findings(redacted.places), *told.findings)
        review = new_review(told.summary, findings, shown.coverage, redacted.diff, flags=flags)
        review = review.model_copy(update={"dropped": review.dropped + told.unusable})
        reviewed_by = ReviewedBy(
            provider="gemini",
            model=self._gemini.model,
            prompt_version=prompt.PROMPT_VERSION,
            tokens_in=said.tokens_in,
            tokens_out=said.tokens_out,
            prompt_hash=shown.prompt.sha256,
            output_hash=review.sha256,
        )
        return Reviewed(review=review, reviewed_by=reviewed_by)

    def _asked(self, shown: prompt.Shown) -> dict[str, object]:
        """What may be logged of a prompt: digests and counts, never its text."""
        return {
            "model": self._gemini.model,
            "prompt_version": prompt.PROMPT_VERSION,
            "prompt_sha256": shown.prompt.sha256,
            "unread": shown.coverage.files - shown.coverage.reviewed,
        }


def _fallback(redacted: RedactedDiff, flag: ReviewFlag, shown: prompt.Shown, said: ModelAnswer | None) -> Reviewed:
    """The offline review, which says what the model was told and what that cost."""
    reviewed = offline.review(redacted, flags=(flag,))
    spent = {"tokens_in": said.tokens_in, "tokens_out": said.tokens_out} if said else {}
    asked = {**spent, "prompt_hash": shown.prompt.sha256}
    return reviewed.model_copy(update={"reviewed_by": reviewed.reviewed_by.model_copy(update=asked)})
