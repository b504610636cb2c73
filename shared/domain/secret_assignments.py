"""Secret assignments: where is a value given to something whose name says that it is a secret?"""

import re
from collections.abc import Iterator

from shared.domain.secret_values import is_bare_secret, is_quoted_secret, is_secret_name
from shared.domain.text_view import Span

_STEM = re.compile(r"(?:pass|pwd|psw|secret|token|key|credential|mnemonic)[a-z0-9_]{0,40}+")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")
_MAX_NAME, _MAX_VALUE, _MAX_INLINE, _MAX_ESCAPES = 60, 4096, 1024, 32
_QUOTE = r"\\{0,3}[\"'`]"
_OPERATOR = re.compile(
    rf"""
    (?P<closing>{_QUOTE})?(?:\[\d{{0,4}}\]|\])?\)?
    (?:
        (?P<pair>[,;]?\s{{0,40}}+{_QUOTE}?(?i:value|val|data|default)(?:{_QUOTE})?[ \t]{{0,3}}(?:=>|[:=])[ \t]*+)
      | (?P<assign>(?::?[ \t]*+[A-Za-z][\w.<>\[\]?&*]{{0,30}}+(?:[ \t]*\|[ \t]*\w{{1,20}})?)?[ \t]*+
            (?:[:?+]|\?\?|\|\|)?=(?!=|~[ \t/])>?[ \t]*+
          | [ \t]*+:(?![:/=])[ \t]*+)
      | [ \t]*+(?P<weak>[=!]==?|,|\(|\|\||\?\?|or\b|>)[ \t]*+
      | [ \t]++(?P<word>(?:(?:is|was|to)[ \t]+)?(?=[\"'`]))
      | (?P<option>[ \t]++)
    )
    """,
    re.VERBOSE,
)
_LITERAL_CALL = r"(?i:from|of|some|ok|just|str|string|secret\w*|bytes|decode\w*|value|literal|unhexlify)"
_OPENING = re.compile(
    r"(?:\r?\n[ \t]*+(?=[bfrBFR@$]?[\"'`]))?"
    rf"(?:[\w.:]{{0,40}}\b{_LITERAL_CALL}\([ \t]*+|ConvertTo-SecureString[ \t]++)?"
    r"[bBfFrRuUL@$]{0,2}(?P<quote>\\{0,3}(?:\"\"\"|'''|[\"'`]))"
)
_INLINE = re.compile(r"[^\s\"'`,;<>()\[\]{}\\]+")
_REST_OF_LINE = re.compile(r"[^\r\n]{0,1024}(?=[\r\n]|\Z)")
_COMMENT = re.compile(r"\s+(?:#|//|;|--)\s.*")
_LINE_START = re.compile(r"[ \t]*(?:-[ \t]+)?(?:export|set|setenv|env|ENV|ARG|declare -x)?[ \t]*[\"']?\Z")
_OPTION = re.compile(r"(?:\bENV|\blogin[ \t]+\S+)[ \t]+\Z")
_CONFIGURED_AFTER = frozenset("?&;:/-_")
_QUOTES = ('"', "'", "`", "\\")
_AFTER_STRING = tuple(" \t\n+.,;:)]}&?=")
_SENTENCE_NAMES = ("mnemonic", "passphrase", "phrase")


def find_assignments(text: str) -> Iterator[Span]:
    """Where the values stand that are given to secrets' names, in any common language or configuration."""
    lowered = _lowered(text)
    done = 0
    for stem in _STEM.finditer(lowered):
        if stem.start() < done:
            continue
        start, end = _name_start(lowered, stem.start()), stem.end()
        operator = _OPERATOR.match(text, end)
        if operator and is_secret_name(text[start:end]):
            for value in _value(text, start, end, operator):
                done = value[1]
                yield value


def _lowered(text: str) -> str:
    """The text in small letters, each character where it was: `lower` alone makes two of a dotted capital I."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join([one.lower() if one.isascii() else one for one in text])


def _name_start(lowered: str, stem: int) -> int:
    start = stem
    while start > max(0, stem - _MAX_NAME) and lowered[start - 1] in _NAME_CHARACTERS:
        start -= 1
    return start


def _value(text: str, start: int, end: int, operator: re.Match[str]) -> Iterator[Span]:
    """The value that follows an operator, if it is a secret."""
    opening = _OPENING.match(text, operator.end())
    if text[start:end].lower() == "pass" and not operator["assign"]:
        return  # the verb: pass "--verbose"
    if opening and operator["word"] is not None and text.startswith(_AFTER_STRING, opening.end()):
        return  # a string ends here: "expected a token " + name
    if opening:
        yield from _quoted(text, opening, sentence=text[start:end].lower().endswith(_SENTENCE_NAMES))
    elif operator["weak"] == ">":
        yield from _element(text, operator.end())
    elif operator["option"]:
        if text.startswith("--", start) or _OPTION.search(text[max(0, start - _MAX_NAME) : start]):
            yield from _inline(text, operator.end(), in_code=False)
    elif operator["assign"] or operator["pair"]:
        yield from _bare(text, start, end, operator)


def _quoted(text: str, opening: re.Match[str], *, sentence: bool) -> Iterator[Span]:
    quote, start = opening["quote"], opening.end()
    limit = min(len(text), start + _MAX_VALUE)
    end = text.find(quote, start, limit)
    for _ in range(_MAX_ESCAPES):
        if end <= start or len(quote) > 1 or text[end - 1] != "\\" or text[end - 2] == "\\":
            break
        end = text.find(quote, end + 1, limit)
    value = text[start:end] if end > start else ""
    if value and "\n" not in value and is_quoted_secret(value, sentence=sentence):
        yield start, end


def _bare(text: str, start: int, end: int, operator: re.Match[str]) -> Iterator[Span]:
    """A value without quotes: to the end of a line of configuration, else up to where code or an address goes on."""
    position = operator.end()
    if operator["pair"] or _LINE_START.match(text, text.rfind("\n", max(0, start - _MAX_NAME), start) + 1, start):
        rest = _REST_OF_LINE.match(text, position)
        value = _COMMENT.sub("", rest[0]).rstrip() if rest else ""
        if value and " " not in value and value[-1] not in ",;" and value[0] not in "([{|>&*":
            if is_bare_secret(value, in_code=False):
                yield position, position + len(value)
            return
    before = text[start - 1 : start]
    configured = text[start] in _CONFIGURED_AFTER or before in _CONFIGURED_AFTER or text[start:end].isupper()
    in_string = before in _QUOTES and not operator["closing"]
    tight = text[position - 1] in "=:"
    yield from _inline(text, position, in_code=not (tight and (configured or in_string)), query=before in ("?", "&"))


def _inline(text: str, position: int, *, in_code: bool, query: bool = False) -> Iterator[Span]:
    """A value in the middle of a line; what ends where a string does is no name of something else."""
    beginning = match[0] if (match := _INLINE.match(text, position, position + _MAX_INLINE)) else ""
    value = beginning.partition("&")[0] if query else beginning
    end = position + len(value)
    called = text.startswith(("(", "["), end)
    if value and not called and is_bare_secret(value, in_code=in_code and not text.startswith(_QUOTES, end)):
        rest = _INLINE.match(text, end) if len(value) == _MAX_INLINE else None
        yield position, rest.end() if rest else end


def _element(text: str, position: int) -> Iterator[Span]:
    """The text of an XML element."""
    end = text.find("</", position, position + _MAX_VALUE)
    value = text[position:end] if end > position else ""
    if value and not re.search(r"[<>\s]", value) and is_quoted_secret(value):
        yield position, end
