"""Secret search: where in a text do secrets stand, and of which kind are they?"""

import binascii
import bisect
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from shared.domain.secret_assignments import find_assignments
from shared.domain.secret_patterns import FORMATS, HASH_WORDS
from shared.domain.secret_values import is_irregular, is_stand_in, looks_random
from shared.domain.text_view import Span


class Finding(NamedTuple):
    """A secret: where it stands and what it is."""

    start: int
    end: int
    kind: str


_BEGIN = re.compile(r"-{4,5} ?BEGIN (?P<label>[A-Z0-9][A-Z0-9 ]{0,60}?) ?-{4,5}")
_END = re.compile(r"-{4,5} ?END [A-Z0-9 ]{1,60}-{4,5}")
_MAX_BLOCK = 65_536
_BLOCK_FILLER = re.compile(r"\\[nrt]|[\s\"'`+,;>#*|\\]")
_BLOCK_HEADER = re.compile(r"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\n\\]{0,120}")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{16,}+")
_UNFINISHED = re.compile(
    rf"(?:(?:{_BLOCK_FILLER.pattern})*+(?:{_BLOCK_HEADER.pattern}|(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{{16,}}+=*))++"
    rf"(?:(?:{_BLOCK_FILLER.pattern})*+[A-Za-z0-9+/]{{1,15}}+=*)?"
)
_URL_USER = re.compile(r"://(?P<user>[^\s/:@\"'`<>?#\[]{0,100}):(?P<rest>[^\s\"'`<>]{1,300}+)")
_URL_TOKEN = re.compile(r"://(?P<token>[A-Za-z0-9_-]{20,200}+)@")
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{20,}+={0,2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PUBLIC_KEY = ("AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "AAAAGnNr", "MIIBIjANBgkq", "MFkwEwYHKoZI", "MCowBQYDK2Vw")
_INTEGRITY = re.compile(r"sha(?:1|256|384|512)[-=:]")
_FILE_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\b")
_PRINTABLE = re.compile(rb"[\t\n\r -~]{12,}")
_ALL_PRINTABLE = re.compile(rb"[\t\n\r -~]+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_HEX = re.compile(r"[0-9a-fA-F]+")
_LAST_LINE = re.compile(r"\r?\n[ \t]*[A-Za-z0-9+/]{1,63}={0,2}(?=[ \t]*\r?(?:\n|\Z))")
_MIN_ENCODED, _MIN_WRAPPED, _MIN_KEY, _MIN_PASSWORD = 24, 60, 40, 4
_MAX_DEPTH, _MAX_CONTEXT, _MAX_ADDRESS, _MOSTLY = 2, 60, 1000, 0.9


def find_secrets(text: str) -> list[Finding]:
    """Every secret of a text, in order and without overlaps; two that overlap become one."""
    findings = sorted([*_known(text), *_tokens(text)], key=lambda finding: (finding.start, -finding.end))
    merged: list[Finding] = []
    for finding in findings:
        if merged and finding.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = last._replace(end=max(last.end, finding.end))
        else:
            merged.append(finding)
    return merged


def _known(text: str) -> Iterator[Finding]:
    """What is recognised by its form or its name."""
    yield from _private_keys(text)
    for kind, hint, pattern, loose in FORMATS:
        for match in pattern.finditer(text) if hint in text else ():
            start, end = match.span(match.lastindex or 0)
            if not _is_prose(text[start:end], loose=loose):
                yield Finding(start, end, kind)
    for start, end in _url_credentials(text):
        yield Finding(start, end, "url_credentials")
    for start, end in find_assignments(text):
        yield Finding(start, end, "named_secret")


def _is_prose(token: str, *, loose: bool) -> bool:
    """Whether what has the form of a secret is made of words, or is known to be none."""
    if is_stand_in(token) or (token.islower() and not is_irregular(token)):
        return True
    decoded, readable = _decoded(token) if loose and _BASE64.fullmatch(token) else ("", False)
    return loose and (not is_irregular(token) or (readable and is_stand_in(decoded)))


def _blocks(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """The first line of each armoured block, and where the block ends at the latest."""
    begins = list(_BEGIN.finditer(text)) if "BEGIN" in text else []
    for begin, following in itertools.zip_longest(begins, begins[1:]):
        yield begin, min(following.start() if following else len(text), begin.end() + _MAX_BLOCK)


def _private_keys(text: str) -> Iterator[Finding]:
    """Blocks of PEM and OpenPGP, on lines of their own or in a string, with or without an end."""
    for begin, limit in _blocks(text):
        if "PRIVATE KEY" not in begin["label"]:
            continue
        end = _END.search(text, begin.end(), limit)
        if end and _is_key(text[begin.end() : end.start()]):
            yield Finding(begin.start(), end.end(), "private_key")
        elif body := _UNFINISHED.match(text, begin.end(), limit):
            yield Finding(begin.start(), body.end(), "private_key")


def _is_key(body: str) -> bool:
    """Whether most of what stands between the two lines is base64: documentation has dots there, code has code."""
    body = _BLOCK_HEADER.sub("", body)
    material = sum(map(len, _KEY_LINE.findall(body)))
    return material >= _MIN_KEY and 2 * material >= len(_BLOCK_FILLER.sub("", body))


def _url_credentials(text: str) -> Iterator[Span]:
    """Passwords and tokens before the `@` of a URL (https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1)."""
    for match in _URL_USER.finditer(text) if "://" in text else ():
        rest = match["rest"]
        slash = rest.find("/") % (len(rest) + 1)
        length = rest.rfind("@", 0, slash)
        if length < 0 and not rest[:slash].isdigit():
            length = rest.find("@", slash)
        if length >= _MIN_PASSWORD and not is_stand_in(rest[:length]):
            yield match.start("rest"), match.start("rest") + length
    for match in _URL_TOKEN.finditer(text) if "://" in text else ():
        if is_irregular(match["token"]) and not is_stand_in(match["token"]):
            yield match.span("token")


def _tokens(text: str, depth: int = 0) -> Iterator[Finding]:
    """What is recognised by its characters: tokens that hide a secret under an encoding, or that look random."""
    public: list[Span] | None = None
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if end - start < _MIN_ENCODED:
            continue
        hidden, readable = _decoded(match[0])
        if hidden and depth < _MAX_DEPTH and _hides_secret(hidden, depth + 1, readable=readable):
            yield Finding(start, end, "encoded_secret")
        elif not readable and looks_random(match[0]) and not _is_harmless(text, match):
            public = _public_blocks(text) if public is None else public
            block = bisect.bisect(public, (start, end)) - 1
            if block < 0 or public[block][1] < start:
                yield Finding(start, _end_of_wrapped(text, start, end), "high_entropy_string")


def _hides_secret(text: str, depth: int, *, readable: bool) -> bool:
    """Whether there is a secret in what stood under an encoding; chance proves nothing where that is not all text."""
    found = _tokens(text, depth) if readable else (one for one in _tokens(text, depth) if one.kind == "encoded_secret")
    return any(True for _ in _known(text)) or any(True for _ in found)


def _decoded(token: str) -> tuple[str, bool]:
    """The printable text under base64 or hex, and whether the whole token is such text.

    Where something else stands directly before an encoded text, its first character is one of the first four.
    """
    if _HEX.fullmatch(token):
        return _printable(bytes.fromhex(token[: len(token) // 2 * 2]))
    if token.lower() == token:
        return "", False
    plain = token.rstrip("=").encode().translate(_URL_SAFE)
    found = []
    for offset in range(4):
        whole_bytes = len(plain) - ((len(plain) - offset) % 4 == 1)
        data = binascii.a2b_base64(plain[offset:whole_bytes] + b"==")
        text, whole = _printable(data)
        if whole:
            return text, True
        found.append(text)
    return "\n".join(found).strip(), False


def _printable(data: bytes) -> tuple[str, bool]:
    """The runs of printable ASCII in some bytes (zero bytes aside, as UTF-16 has them), and whether they are most."""
    data = data.replace(b"\0", b"")
    if _ALL_PRINTABLE.fullmatch(data):
        return data.decode(), True
    runs = _PRINTABLE.findall(data)
    return b"\n".join(runs).decode(), bool(runs) and sum(map(len, runs)) >= _MOSTLY * len(data)


def _is_harmless(text: str, match: re.Match[str]) -> bool:
    """Whether a random-looking token is a digest, a public key, part of an address or the name of a file."""
    start, end = match.span()
    if match[0].startswith(_PUBLIC_KEY) or _INTEGRITY.match(match[0]) or _UUID.search(match[0]):
        return True
    if _FILE_ENDING.match(text, end):
        return True
    before = text[max(0, start - _MAX_CONTEXT) : start].rpartition("\n")[2]
    address = re.split(r"[\s\"'<>]", text[max(0, start - _MAX_ADDRESS) : start])[-1]
    return "://" in address or HASH_WORDS.search(before) is not None


def _public_blocks(text: str) -> list[Span]:
    """Where certificates, public keys, signatures and encrypted messages stand."""
    blocks = []
    for begin, limit in _blocks(text):
        if "PRIVATE" not in begin["label"]:
            end = text.find("-----END", begin.end(), limit)
            blocks.append((begin.start(), end if end > 0 else limit))
    return blocks


def _end_of_wrapped(text: str, start: int, end: int) -> int:
    """Where a token ends whose last, shorter line does not look random by itself."""
    tail = _LAST_LINE.match(text, end) if end - start >= _MIN_WRAPPED else None
    return tail.end() if tail else end
