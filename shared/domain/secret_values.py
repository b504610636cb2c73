"""Secret values: does this name announce a secret, and is this value one, or does it only stand in for one?"""

import functools
import math
import re
from collections import Counter

from shared.domain.secret_patterns import (
    HARMLESS_WORDS,
    KEY_WORDS,
    SECRET_ENDINGS,
    SECRET_WORDS,
    STAND_IN_WORDS,
    SUFFIX_WORDS,
)

MARKER = "⟦redacted⟧"
"""What stands where a secret stood: plain text to Markdown and JSON, a syntax error to every compiler."""

BY_LOOKS = frozenset({"high_entropy_string", "named_secret", "encoded_secret"})
"""Kinds of secrets that have no form of their own."""

_STRUCTURE = re.compile(r"^[.]|^(?:hmac|sha|aes|rsa|ecdsa|ed|md)-?\d|^hmac|[\[\](){}<>/\\|\s,;]", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WORD_RUN = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{4,}|\d{5,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY\d]")
_SEPARATORS = str.maketrans("", "", "_/+=-.")
_DUMMY = re.compile(r"x{6}|\*{5}|\.{3}|example|1234567890|0123456789|abcdefgh|(.)\1{7}", re.IGNORECASE)
_REFERENCE = re.compile(
    r"[$#]\{|\$\(|\{\{|<%|\$\[|\A(?:process\.env|os\.environ|ENV)\b|\A\$[A-Za-z_]+\Z|\A\$[A-Z_][A-Z0-9_]*\Z"
    r"|\A<[^<>]*>\Z|\A%[A-Za-z_]+%\Z|\AENC\[|\A@[A-Za-z.]+\(|\A(?:\.{0,2}|~)/[a-z0-9_./-]+\Z"
    r"|\A[a-z][a-z0-9+.-]{1,20}://|\A(?:arn|urn|data|vault|op|ssm|env|file|projects|secrets?)[:/]"
)
_DIRECTIVE = re.compile(r"%(?:\(\w{1,40}\))?[sdrvq]|\{[A-Za-z0-9_.]*\}|<[^<>]*>")
_NUMBER = re.compile(r"v?\d+(?:[.:/_-]\d+)+\Z|0x[0-9a-fA-F]{1,8}\Z|#[0-9a-fA-F]{3,8}\Z|[\d.]{1,5}\Z")
_CODE = re.compile(r"[\w>](?:\(.*\)|\[.*\]|[(\[{]\Z)|\\[bdswBDSW]|\(\?|=>|[^=]==[^=]|&&|\|\|")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_]*(?:(?:\??\.|->|::)[A-Za-z_]\w*)*\Z")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+\Z")
_DIGEST_LENGTHS = frozenset((32, 40, 56, 64, 96, 128))
_ODD = re.compile(r"[\d!#$%&*+=?@^|~]")
_MIN_MIXED, _MIN_PLAIN, _MAX_RANDOM = 24, 32, 512
_MIN_CHANGES, _MIN_PLAIN_CHANGES = 0.35, 0.2
_MAX_IN_WORDS = ((48, 0.75), (32, 0.6), (0, 0.5))
"""The longer a token, the more of it may look like words by chance."""
_MIN_VOWELS, _MIN_WORDLESS, _MIN_IN_PROSE = 0.2, 20, 0.7
_MIN_JUMBLED, _MAX_IN_WORDS_CODE = 12, 0.4
_MIN_ENTROPY, _MIN_HEX_LETTERS = 3.6, 4
_JUDGED = 64
"""So many characters of a value show what it is."""
_SHORTEST, _LONG, _BLOB, _SHORT_WORD = 6, 16, 48, 2.5


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable, field or header of this name holds a secret: `DB_PASSWORD`, `apiKey`; not `token_type`."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[-1] in SUFFIX_WORDS:
        words.pop()
    if not words or HARMLESS_WORDS.intersection(words):
        return False
    *before, last = words
    if last == "key":
        return bool(before) and before[-1] in KEY_WORDS
    return last in SECRET_WORDS or last.endswith(SECRET_ENDINGS)


def is_stand_in(value: str) -> bool:
    """Whether a value names, describes or masks a secret instead of being one: `changeme`, `${TOKEN}`, `xxxxxxxx`."""
    value = value[:_JUDGED].replace(MARKER, "")
    if _REFERENCE.search(value) or (_DUMMY.search(value) and (len(value) < _BLOB or len(set(value)) < _LONG)):
        return True
    rest = _DIRECTIVE.sub("", value)
    kept = "".join(filter(str.isalnum, rest))
    if len(set(kept)) <= 2 or (rest != value and not _ODD.search(rest)):  # noqa: PLR2004  # `abab`, `00`
        return True
    digits = "".join(filter(str.isdigit, kept))
    if not digits and not rest.isascii():
        return True
    counting = len(digits) < 4 or digits in "12345678901234567890" or len(set(digits)) <= 2  # noqa: PLR2004
    return counting and all(word.lower() in STAND_IN_WORDS for word in _WORD.findall(rest))


def is_quoted_secret(value: str, *, sentence: bool = False) -> bool:
    """Whether the string given to a secret's name is one; only a `sentence` (a pass phrase) may hold spaces."""
    value = value[:_JUDGED]
    if len(value) < _SHORTEST or is_stand_in(value):
        return False
    words = value.split()
    if len(words) > 1:
        return sentence and len(words) > 3 and all(word.isalpha() and word.islower() for word in words)  # noqa: PLR2004
    return not _NUMBER.match(value) and not _CODE.search(value) and (is_irregular(value) or _is_long_word(value))


def is_bare_secret(value: str, *, in_code: bool) -> bool:
    """Whether a value without quotes is a secret; `in_code` it may be the name of one."""
    value = value[:_JUDGED]
    if len(value) < _SHORTEST or is_stand_in(value) or _NUMBER.match(value) or _CODE.search(value):
        return False
    if in_code and _NAME.match(value):
        return looks_random(value) or (len(value) >= _MIN_JUMBLED and _is_jumbled(value, _MAX_IN_WORDS_CODE))
    if "." in value and _NAME.match(value) and not looks_random(value):
        return False
    return is_irregular(value) or _is_long_word(value)


def is_irregular(value: str) -> bool:
    """Whether there is more to a value than words: digits, symbols, or capitals in odd places."""
    if _ODD.search(value):
        return True
    words = _WORD.findall(value, 0, _JUDGED)
    short = len(words) > 1 and sum(map(len, words)) / len(words) < _SHORT_WORD
    return short or (len(value) >= _MIN_WORDLESS and _share_in_words(value[:_JUDGED]) < _MIN_IN_PROSE)


def _is_long_word(value: str) -> bool:
    """Whether several words may have been written together: `correcthorsebattery`."""
    return len(value) >= _LONG and value.isalpha() and value.islower()


def is_likely(kind: str, value: str) -> bool:
    """Whether a reader would take it for a secret: by its form, or because chance seems to have written it."""
    if kind not in BY_LOOKS:
        return True
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and not _STRUCTURE.search(value)
    return looks_random(value.strip("\"'")) or (mixed and kind == "named_secret")


def looks_random(token: str) -> bool:
    """Whether characters of base64 or hex follow each other as chance would have it, not as in words and digests."""
    core = token.rstrip("=")
    if not _MIN_MIXED <= len(core) <= _MAX_RANDOM or core.isalpha() or core.isdigit():
        return False
    if _HEX.match(core):
        digits = core.removeprefix("0x")
        letters = len(set(digits) - set("0123456789"))
        return len(digits) >= _MIN_PLAIN and len(digits) not in _DIGEST_LENGTHS and letters >= _MIN_HEX_LETTERS
    if _entropy(core) < _MIN_ENTROPY:
        return False
    if _is_jumbled(core, next(share for length, share in _MAX_IN_WORDS if len(core) >= length)):
        return True
    one_case = core.isalnum() and len(core) >= _MIN_PLAIN and (core.lower() == core or core.upper() == core)
    return one_case and _changes(core) >= _MIN_PLAIN_CHANGES


def _is_jumbled(token: str, max_in_words: float) -> bool:
    """Whether small letters, capitals and digits alternate as they don't in a name."""
    if token.lower() == token or token.upper() == token or not any(map(str.isdigit, token)):
        return False
    return _share_in_words(token) <= max_in_words and _changes(token.translate(_SEPARATORS)) >= _MIN_CHANGES


def _share_in_words(token: str) -> float:
    """How much of a token, separators aside, stands in what may be words, from 0 to 1."""
    runs = [run for run in _WORD_RUN.findall(token) if len(_VOWEL.findall(run)) >= _MIN_VOWELS * len(run)]
    return sum(map(len, runs)) / max(1, len(token.translate(_SEPARATORS)))


def _changes(token: str) -> float:
    """How often the next character is of another class (digit, capital, small letter), from 0 to 1."""
    classes = [character.isdigit() * 2 + character.isupper() for character in token]
    pairs = len(classes) - 1
    return sum(map(int.__ne__, classes, classes[1:])) / pairs if pairs > 0 else 0.0


def _entropy(token: str) -> float:
    """Shannon's entropy of the characters, in bits for each."""
    counts = Counter(token).values()
    return -sum(count / len(token) * math.log2(count / len(token)) for count in counts)
