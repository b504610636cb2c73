"""How an order becomes something done: "Add a page" is "Added a page", 「追加する」 is 「追加した」."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
_NOT_THIRD_PERSON = frozenset({"to", "for", "in", "of", "from", "and", "on"})
_NOUN_BEFORE = frozenset({"after", "at", "during", "for", "if", "in", "of", "on", "when", "while", "with"})
_NEGATIONS = (("don't",), ("dont",), ("do", "not"), ("no", "longer"))
_JOINTS = frozenset({"and", "then", "&", "+"})


class _Verb(NamedTuple):
    """What a word is a form of."""

    base: str
    form: str


def past(clause: str, *, in_prose: bool = False) -> str | None:
    """The English clause as something done, None where no known verb begins it; code and names stay as they are.

    In prose, other than in titles, a word that may be a noun counts as one.
    """
    words = clause.split()
    return None if not words or _has_subject(words, in_prose=in_prose) else _inflected_clause(words)


def past_japanese(clause: str) -> str:
    """The Japanese clause with its last verb in the past; one that ends in a noun stays as it is."""
    endings: dict[str, str] = _data()["japanese"]
    for ending in sorted(endings, key=len, reverse=True):
        if clause.endswith(ending):
            return clause.removesuffix(ending) + endings[ending]
    return clause


def begins_with_verb(clause: str) -> bool:
    """Whether the English clause says what somebody did or is to do."""
    return past(clause) is not None


def may_begin_with_verb(clause: str) -> bool:
    """Whether the first word of an English clause can be a verb, though it may as well be a noun."""
    word, _, rest = clause.lower().partition(" ")
    return word in _forms() and rest.partition(" ")[0] not in _NOUN_BEFORE


def reported(sentence: str) -> str | None:
    """What a sentence about the pull request says it does, as done: "This PR adds x" is "Added x"; None for others."""
    lowered = sentence.lower()
    for report in _data()["reports"]:
        if lowered.startswith(report + " "):
            return _inflected_clause(sentence[len(report) + 1 :].split())
    subject, _, rest = sentence.partition(" ")
    verb = _forms().get(rest.partition(" ")[0].lower()) if subject.lower() in _table("pointers") else None
    alone = verb is not None and verb.form == "third" and verb.base in _table("pointed")
    return _inflected_clause(rest.split()) if alone and not _second_verb(rest) else None


def _inflected_clause(words: list[str]) -> str | None:
    """The words with their first verb, and those of further main clauses, in the past."""
    stopped = _stopped(words)
    if stopped is not None or not words:
        return stopped
    lead = 1 if words[0].lower() in _table("adverbs") else 0
    beginning = _beginning(words[lead:])
    if beginning is None:
        return None
    replaced, count = beginning
    rest = _joined(words, lead + count)
    return _capitalised(" ".join([*words[:lead], _lower(replaced) if lead else replaced, *rest]))


def _second_verb(clause: str) -> bool:
    """Whether another verb in the present follows an "and": the clause can't be inflected by its first word alone."""
    return any(
        (verb := _forms().get(word.lower())) is not None and verb.form == "third"
        for word in re.findall(r"\band (\w+)", clause)
    )


def _has_subject(words: list[str], *, in_prose: bool) -> bool:
    """Whether the clause begins with a noun that looks like a verb: "Import errors are shown"."""
    verb = _forms().get(words[0].lower())
    following = words[1].lower() if len(words) > 1 else ""
    if verb is None or verb.base not in _table("nouns") or verb.form == "past":
        return False
    if following in _table("determiners") and following not in _table("subordinate"):
        return False
    if in_prose or (verb.form == "third" and verb.base not in _table("joined")):
        return True
    for word in words[1:]:
        if word.lower() in _table("subordinate"):
            return False
        if word.lower() in _table("finite"):
            return True
    return False


def _beginning(words: list[str]) -> tuple[str, int] | None:
    """The past of the verb that the words begin with, and how many of them it replaces."""
    if not words:
        return None
    comma = "," if words[0].endswith(",") else ""
    word = words[0].removesuffix(",").lower()
    following = words[1].lower() if len(words) > 1 else ""
    pair = f"{word} {following}"
    if pair in _data()["phrases"]:
        return _data()["phrases"][pair], 2
    verb = _forms().get(word)
    if verb is None or not _is_verb(verb, following):
        return None
    if verb.form == "past":
        return words[0], 1
    return _inflected(verb.base) + comma, 1


def _is_verb(verb: _Verb, following: str) -> bool:
    """Whether the word is a verb here: many are nouns as well."""
    if verb.base in _table("cautious"):
        led = following in _table("determiners") or (
            verb.base == "release" and re.match(r"v?\d", following) is not None
        )
        return verb.form == "past" or (verb.form == "base" and led)
    if verb.form == "third":
        return following not in _NOT_THIRD_PERSON
    if verb.form == "gerund":
        return verb.base in _table("joined") and following not in _NOT_THIRD_PERSON
    return not (verb.base in _table("nouns_before_for") and following in {"for", "of"})


def _stopped(words: list[str]) -> str | None:
    """Of "Don't retry x" the words "Stopped retrying x"."""
    lowered = tuple(word.lower().replace("’", "'") for word in words[:3])
    for negation in _NEGATIONS:
        count = len(negation)
        if lowered[:count] == negation and len(lowered) > count:
            verb = _forms().get(lowered[count])
            if verb is not None and verb.form == "base":
                return " ".join(["Stopped", _gerund(verb.base), *words[count + 1 :]])
    return None


def _joined(words: list[str], start: int) -> list[str]:
    """The words from `start` on with the verbs of further main clauses in the past too."""
    result = words[start:]
    for position in range(start, len(words)):
        word = words[position].lower()
        if word in _table("stops") or (word == "to" and _infinitive(words, position)):
            break
        before = words[position - 1]
        starts_clause = before.endswith((",", ";")) or (before.lower() in _JOINTS and position > start)
        ends_clause = position + 1 == len(words)
        if starts_clause and not ends_clause and word.removesuffix(",") in _table("joined"):
            comma = "," if word.endswith(",") else ""
            result[position - start] = _lower(_inflected(word.removesuffix(","))) + comma
    return result


def _infinitive(words: list[str], position: int) -> bool:
    following = words[position + 1].lower() if position + 1 < len(words) else ""
    verb = _forms().get(following)
    return verb is not None and verb.form == "base"


def _inflected(base: str) -> str:
    phrase: str | None = _data()["phrases"].get(base)
    return phrase or _capitalised(_past_form(base))


def _past_form(base: str) -> str:
    irregular: str | None = _data()["irregular"].get(base)
    if irregular is not None:
        return irregular
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + (base[-1] if base in _table("doubled") else "") + "ed"


def _third_form(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _gerund(base: str) -> str:
    if base.endswith("e") and base != "be" and not base.endswith("ee"):
        return base[:-1] + "ing"
    return base + (base[-1] if base in _table("doubled") else "") + "ing"


@cache
def _forms() -> dict[str, _Verb]:
    """Every form of every verb; where two are spelled alike the base wins."""
    forms: dict[str, _Verb] = {}
    for base in (*_data()["plain"], *_data()["cautious"]):
        spelled = {"past": _past_form(base), "third": _third_form(base), "gerund": _gerund(base)}
        forms |= {word: _Verb(base, form) for form, word in spelled.items() if word not in forms}
    return forms | {base: _Verb(base, "base") for base in (*_data()["plain"], *_data()["cautious"])}


@cache
def _table(name: str) -> frozenset[str]:
    return frozenset(_data()[name])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("verbs.json").read_text("utf-8"))
    return data


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
