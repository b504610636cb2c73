"""Assessment: the strongest sign of each area, their sum, and the level that follows."""

from collections.abc import Iterator, Mapping

from shared.domain.risk.model import Risk, RiskFactor
from shared.domain.risk.places import marks_of
from shared.domain.risk.policy import Policy, policy
from shared.domain.risk.scope import Scope, scope_of
from shared.domain.risk.wording import quoted, wording


def assess(*, goal: str, constraints: object, success: str, pr_meta: Mapping[str, object] | None) -> Risk:
    """The risk of an intent with these words, paths and figures; what can't be read is High, nothing is raised."""
    rules = policy()
    scope = scope_of(goal=goal, constraints=constraints, success=success, pr_meta=pr_meta, limits=rules.limits)
    strongest: dict[str, RiskFactor] = {}
    for code, weight, evidence in _signs(scope, rules):
        if code not in strongest or weight > strongest[code].weight:
            strongest[code] = RiskFactor(code=code, weight=weight, evidence=evidence)
    factors = sorted(strongest.values(), key=lambda factor: (-factor.weight, factor.code))
    score = min(rules.most, sum(factor.weight for factor in factors))
    return Risk(level=rules.level(score), score=score, factors=tuple(factors), policy_version=rules.version)


def _signs(scope: Scope, rules: Policy) -> Iterator[tuple[str, int, str]]:
    """Everything that adds to the risk: code, weight, evidence; the same code may come more than once."""
    for code, evidence in scope.doubts:
        yield code, rules.doubts[code], quoted(evidence)
    yield from _sizes(scope, rules)
    for path in scope.paths:
        for mark, evidence in marks_of(path, rules):
            yield mark.code, mark.weight, evidence
    yield from _said(scope, rules)


def _sizes(scope: Scope, rules: Policy) -> Iterator[tuple[str, int, str]]:
    for kind, size in (("lines", scope.lines), ("files", scope.files)):
        for least, weight in rules.sizes[kind]:
            if size >= least:
                yield "size", weight, f"{size} {kind}"


def _said(scope: Scope, rules: Policy) -> Iterator[tuple[str, int, str]]:
    text = wording(scope.texts)
    if text.unread:
        yield "unread_letters", rules.doubts["unread_letters"], text.quote([("", text.unread[0])])
    named = sorted(rules.words.found_in(text), key=lambda term: -term[0].weight)
    strongest = {mark.code: (mark, words) for mark, words in reversed(named)}
    yield from ((mark.code, mark.weight, text.quote(words)) for mark, words in strongest.values())
    for word, index in rules.spelling.found_in(text.pieces):
        yield rules.spelled[word].code, rules.spelled[word].weight, text.quote_end(index)
