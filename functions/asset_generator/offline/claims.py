"""The claims of a card: what was done, sentence by sentence, each with the places that prove it."""

from collections.abc import Iterator
from itertools import chain, zip_longest

from functions.asset_generator.offline import effects, findings, headline, statements
from functions.asset_generator.offline.description import Description, repeats
from functions.asset_generator.offline.finding import Finding, Proof
from functions.asset_generator.offline.reading import Reading, read
from functions.asset_generator.offline.statements import Statement
from shared.domain import text as texts
from shared.domain.asset_card import Claim
from shared.domain.grounding import evidence, stands
from shared.domain.pull_request import PullRequest
from shared.domain.redaction import MARKER

_MOST = 5
_LONGEST = 240
_LONGEST_QUOTE = 300
_MOST_QUOTES = 4
_MOST_SHOWN = 2
_SOURCES = 100


def prove(reading: Reading, title: str, told: Description, effect: effects.Effect | None) -> tuple[Claim, ...]:
    """Two to five claims where the pull request has as many; whatever the card repeats elsewhere is quoted here too."""
    repeated = [*map(_stated, [*([effect.statement] if effect else []), *told.told]), *told.shown]
    shown = [finding for finding in findings.show(reading) if finding not in told.shown]
    helped = _assistance(reading)
    room = _MOST - (helped is not None)
    main = Finding(headline.sentence(title), _own_proofs(reading))
    chosen = [main]
    for each in chain(_alternating(repeated, shown[:_MOST_SHOWN]), _steps(reading, chosen), shown[_MOST_SHOWN:]):
        if len(chosen) < room and each.text not in {other.text for other in chosen} and len(each.text) <= _LONGEST:
            chosen.append(each)
    if len(chosen) == 1:
        chosen += list(findings.touched(reading))
    left = tuple(proof for each in repeated if each not in chosen for proof in each.proofs)
    chosen[0] = Finding(main.text, main.proofs + left)
    claims = [_claim(reading, each) for each in [*chosen, *([helped] if helped else [])]]
    return tuple(claim for claim in claims if claim.evidence)


def assistance(pull: PullRequest) -> Claim | None:
    """What the pull request says about AI that helped, for a writer that does not look for it."""
    reading = read(pull)
    found = _assistance(reading)
    claim = _claim(reading, found) if found else None
    return claim if claim and claim.evidence else None


def _own_proofs(reading: Reading) -> tuple[Proof, ...]:
    """Where the title comes from, and the commit that says the same; the largest file where nothing is said."""
    own = reading.headline
    if own is None:
        return tuple(proof for each in findings.touched(reading) for proof in each.proofs)
    proofs = [Proof(own.source, own.ref, own.quote[:_LONGEST_QUOTE])]
    same = (step for step in reading.steps if step.ref != own.ref and step.text == own.text)
    proofs += [Proof("commit", step.ref, step.quotes[0]) for step in [*same][:1]]
    return tuple(proofs)


def _steps(reading: Reading, chosen: list[Finding]) -> Iterator[Finding]:
    """What items of the body and subjects of commits add to the claims chosen so far."""
    items = (each for each in reading.told if each.is_item and each.source == "body")
    for step in (*items, *reading.steps):
        stated = _stated(step)
        if not any(repeats(stated.text, other.text) for other in chosen):
            yield stated


def _stated(statement: Statement) -> Finding:
    quotes = [quote for quote in statement.quotes if quote][:_MOST_QUOTES]
    return Finding(effects.worded(statement), tuple(Proof(statement.source, statement.ref, quote) for quote in quotes))


def _assistance(reading: Reading) -> Finding | None:
    """What the pull request says about the AI that helped."""
    pull = reading.pull
    for commit in pull.commits[:_SOURCES]:
        found = statements.assistant(commit.message)
        if found is not None:
            return _assisted(reading, found, Proof("commit", commit.sha, found[2]))
    found = statements.assistant(pull.body)
    return None if found is None else _assisted(reading, found, Proof("body", "body", found[2]))


def _assisted(reading: Reading, found: tuple[str, str, str], proof: Proof) -> Finding:
    return Finding(reading.phrases.say(f"assistant_{found[1]}", name=found[0]), (proof,))


def _alternating(some: list[Finding], others: list[Finding]) -> Iterator[Finding]:
    for pair in zip_longest(some, others):
        yield from (each for each in pair if each is not None)


def _claim(reading: Reading, finding: Finding) -> Claim:
    """The finding as a claim, with those of its proofs that hold."""
    pull = reading.pull
    quoted = (
        evidence(pull, proof.source, proof.ref, texts.normalise(proof.quote).strip())
        for proof in dict.fromkeys(finding.proofs)
        if proof.quote.strip() and MARKER not in proof.quote
    )
    held = tuple(each for each in quoted if stands(each, pull))
    return Claim(text=texts.clean(finding.text, limit=_LONGEST), evidence=held[: _MOST_QUOTES + 2])
