"""Grounding: is everything that a card states proved by the pull request it is about?

It is deterministic and not about meaning: quotes must stand where they say, and each number, technology, URL, address,
issue, advisory and commit that the card names must stand in a quote, be one of the pull request's own figures or, for
technologies and kinds of work, follow from a touched path. A claim is proved by its own quotes, the rest of the card
by those of all its claims. A paraphrase without any of these passes.
"""

import re
from collections.abc import Iterator

from shared.domain.asset_card import CardText, Claim, Evidence, Flag, Source
from shared.domain.document import Document
from shared.domain.numbers import quantities
from shared.domain.proofs import Proofs, of_figures, of_passage
from shared.domain.pull_request import PullRequest
from shared.domain.quotes import Passage, Quotable, build
from shared.domain.references import blank, references
from shared.domain.technologies import lookup, lookup_work, named_in
from shared.domain.text import normalise

_LIST_MARKER = re.compile(r"^[ \t]*+\d{1,3}[.)](?=[ \t])", re.MULTILINE)
_PATH = re.compile(r"[A-Za-z0-9_@+~./\-]++")
_BETWEEN_SKILLS = re.compile(r"[,/&+;・、()（）]|(?<![A-Za-z])(?:and|with)(?![A-Za-z])")
_LEAST_SAID = 3
_USES = (
    "api apps applications code development framework language libraries library programming scripting tooling tools"
)
_USES_OF_TECHNOLOGY = frozenset(_USES.split())


class Grounded(Document):
    """A card's words without the evidence that is false, and what is wrong with them.

    `unproved` are the words that set the flags, in the order of the card.
    """

    text: CardText
    flags: frozenset[Flag] = frozenset()
    unproved: tuple[str, ...] = ()


def ground(text: CardText, pull: PullRequest) -> Grounded:
    """Check `text` against the pull request it was written from; the same input always gives the same answer."""
    quotable, own = Quotable(pull), of_figures(pull)
    checked = [_checked(claim, quotable) for claim in text.claims]
    proofs = [
        Proofs.all_of((own, *(of_passage(passage, pull.repo_full_name) for passage in passages)))
        for _, passages in checked
    ]
    every = Proofs.all_of((own, *proofs))
    doubts = [doubt for words in (text.title, text.description, text.impact) for doubt in _doubts(words, every, pull)]
    doubts += (("ungrounded_claim", skill) for skill in text.skills if not _is_shown(skill, every))
    for (claim, _), proof in zip(checked, proofs, strict=True):
        doubts += _doubts(claim.text, proof, pull)
        if not claim.evidence:
            doubts.append(("ungrounded_claim", claim.text))
    return Grounded(
        text=text.model_copy(update={"claims": tuple(claim for claim, _ in checked)}),
        flags=frozenset(flag for flag, _ in doubts),
        unproved=tuple(dict.fromkeys(words for _, words in doubts)),
    )


def evidence(pull: PullRequest, source: Source, ref: str, quote: str) -> Evidence:
    """Evidence for a place of the pull request, with its URL; whether the quote stands there is not looked at."""
    return build(pull, source, ref, quote)


def quoted(pull: PullRequest, source: Source, ref: str, words: str) -> Evidence | None:
    """Evidence whose quote stands: `words` as the source has them, which may wrap its lines elsewhere, or None."""
    found = Quotable(pull).verified(Evidence(source=source, ref=ref, quote=words, url=""))
    return found[0] if found else None


def stands(evidence: Evidence, pull: PullRequest) -> bool:
    """Whether the quote stands verbatim in the place that `evidence` names and says enough to prove anything."""
    return Quotable(pull).verified(evidence) is not None


def by_line(text: CardText) -> CardText:
    """`text` with each quote a line at a time: GitHub's own texts end their lines in more than one way.

    A quote that was grounded as a whole stands so verbatim there too, whatever ends its lines.
    """
    claims = (
        claim.model_copy(
            update={"evidence": tuple(dict.fromkeys(line for each in claim.evidence for line in _lines(each)))}
        )
        for claim in text.claims
    )
    return text.model_copy(update={"claims": tuple(claims)})


def _lines(evidence: Evidence) -> Iterator[Evidence]:
    """The lines of a quote that say something, or the quote itself where it has but one."""
    if "\n" not in evidence.quote:
        yield evidence
        return
    lines = [line.strip() for line in evidence.quote.split("\n")]
    telling = [line for line in lines if sum(map(str.isalnum, line)) >= _LEAST_SAID]
    yield from (evidence.model_copy(update={"quote": line}) for line in telling or lines)


def _checked(claim: Claim, quotable: Quotable) -> tuple[Claim, list[Passage]]:
    verified = [found for found in map(quotable.verified, claim.evidence) if found]
    kept = tuple(dict.fromkeys(evidence for evidence, _ in verified))
    return claim.model_copy(update={"evidence": kept}), [passage for _, passages in verified for passage in passages]


def _doubts(text: str, proofs: Proofs, pull: PullRequest) -> Iterator[tuple[Flag, str]]:
    """What `text` states and nothing proves; touched paths prove themselves, the numbers of a list say nothing."""
    text = normalise(text)
    paths = ((match.start(), match[0].rstrip(".")) for match in _PATH.finditer(text))
    touched = ((start, start + len(word)) for start, word in paths if proofs.place(word))
    stated = _LIST_MARKER.sub(lambda match: "\x00" * len(match[0]), blank(text, touched))
    pointed = references(stated, repo=pull.repo_full_name)
    yield from (("ungrounded_claim", one.text) for one in pointed if not proofs.reference(one))
    for quantity in quantities(text):
        sign = text[quantity.start - 1] if quantity.start else ""
        if "\x00" not in stated[quantity.start : quantity.number_end] and not proofs.quantity(quantity, sign):
            yield "ungrounded_number", quantity.text
    prose = blank(stated, ((one.start, one.end) for one in pointed))
    for mention in named_in(text):
        if "\x00" not in prose[mention.start : mention.end] and mention.technology not in proofs.technologies:
            yield "ungrounded_claim", mention.text


def _is_shown(skill: str, proofs: Proofs) -> bool:
    """Whether a skill, or each of the skills that it joins, follows from a path or stands in a quote."""
    parts = [part for part in _BETWEEN_SKILLS.split(skill) if part.strip()]
    return _is_proved(skill, proofs) or (len(parts) > 1 and all(_is_proved(part, proofs) for part in parts))


def _is_proved(skill: str, proofs: Proofs) -> bool:
    technology, work = lookup(skill), lookup_work(skill)
    if technology:
        return technology in proofs.technologies
    if work and proofs.kind(work):
        return True
    return proofs.phrase(skill) or _is_use_of_proved(skill, proofs)


def _is_use_of_proved(skill: str, proofs: Proofs) -> bool:
    """Whether a skill is a proved technology with its proved version, or a word such as "programming"."""
    mentions = named_in(skill)
    rest = blank(skill, ((mention.start, mention.end) for mention in mentions)).replace("\x00", " ")
    words = [
        word for word in rest.split() if any(c.isalpha() for c in word) and word.lower() not in _USES_OF_TECHNOLOGY
    ]
    known = all(mention.technology in proofs.technologies for mention in mentions)
    return bool(mentions) and known and all(map(proofs.phrase, words)) and all(map(proofs.quantity, quantities(rest)))
