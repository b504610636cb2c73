"""References: the URLs, addresses, issues, advisories and commits that a text points at, in a form that compares."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["url", "email", "issue", "advisory", "ticket", "sha"]

_DOMAINS = "ai|app|biz|ch|cn|co|com|de|dev|edu|eu|fr|gov|gl|info|io|jp|kr|ly|me|net|nl|org|ru|sh|tech|tv|uk|us|xyz"
_PATH = r"[A-Za-z0-9\-._~:/?#@!$&*+,;=%()']*+"
_PATTERNS: tuple[tuple[Kind, str, re.Pattern[str]], ...] = (
    (
        "url",
        ":",
        re.compile(
            rf"""(?:[A-Za-z][A-Za-z0-9+.\-]{{1,15}}://|(?<![A-Za-z0-9_])(?:javascript|vbscript|data|mailto|tel):(?=[^\s:]))
                 (?:[A-Za-z0-9.\-_:@\[\]%]++|[^\s/?\#"'<>`、。！？「」（）]++)(?:[/?\#(=,;+]{_PATH})?""",
            re.VERBOSE | re.IGNORECASE,
        ),
    ),
    (
        "email",
        "@",
        re.compile(r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}+@[A-Za-z0-9\-]{1,63}+(?:\.[A-Za-z0-9\-]{1,63}+)++"),
    ),
    (
        "url",
        ".",
        re.compile(
            rf"""(?<![A-Za-z0-9@._/\-])(?:(?:[A-Za-z0-9][A-Za-z0-9\-]{{0,62}}+\.){{1,8}}
                 (?:(?:com|org)(?![A-Za-z0-9_\-(]|\.[A-Za-z0-9])|(?:{_DOMAINS})(?=/))
                 |www\.[A-Za-z0-9.\-]{{3,80}}+)(?:[/?\#]{_PATH})?""",
            re.VERBOSE,
        ),
    ),
    (
        "advisory",
        "-",
        re.compile(r"\b(?:CVE-\d{4}-\d{4,9}|GHSA(?:-[0-9a-z]{4}){3})(?![0-9A-Za-z])", re.IGNORECASE | re.ASCII),
    ),
    (
        "issue",
        "#",
        re.compile(
            r"(?<![A-Za-z0-9_&/#.\-])(?:([A-Za-z0-9\-]{1,39}+/[A-Za-z0-9._\-]{1,100}+))?#(\d{1,9})(?![0-9A-Za-z_])"
        ),
    ),
    (
        "issue",
        "",
        re.compile(
            r"""(?<![A-Za-z0-9_])()(?:GH-|(?:PR|pull[ \-]request|issue|プルリク(?:エスト)?|イシュー|課題)[ \t]?[#＃]?)
                (\d{1,9})(?![0-9A-Za-z_]|[.,]\d|[%％])""",
            re.VERBOSE | re.IGNORECASE | re.ASCII,
        ),
    ),
    (
        "ticket",
        "-",
        re.compile(
            r"""(?<![A-Za-z0-9_\-])(?!(?:UTF|UCS|SHA|ISO|AES|RSA|GPT|IEEE|RFC|MD|ES|EC|MP|ARM|HTTP|TLS|COVID|BASE|CP|KOI)-)
                [A-Z][A-Z0-9]{1,9}-\d{1,6}(?![0-9A-Za-z_])""",
            re.VERBOSE,
        ),
    ),
    (
        "sha",
        "",
        re.compile(
            r"""(?<![A-Za-z0-9_\-])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
                |(?=[0-9]*+[a-f])(?=[a-f]*+[0-9])[0-9a-f]{7,64}+)(?![0-9A-Za-z_\-])""",
            re.VERBOSE,
        ),
    ),
)
_ISSUE_PAGE = re.compile(r"https?://github\.com/([\w.\-]+/[\w.\-]+)/(?:pull|issues)/(\d{1,9})/?", re.IGNORECASE)
_SHORTEST_SHA = 7


@dataclass(frozen=True, slots=True)
class Reference:
    """What `text` points at from `start` to `end`; two that point at the same thing have the same `key`."""

    kind: Kind
    key: str
    text: str
    start: int
    end: int


def references(text: str, *, repo: str = "") -> tuple[Reference, ...]:
    """The references in `text` by their place; `#12` means the issue or pull request 12 of `repo` (`owner/name`)."""
    found: list[Reference] = []
    rest = text
    for kind, sign, pattern in _PATTERNS:
        if sign in rest:
            new = list(_matches(kind, pattern, rest, repo))
            found += new
            rest = blank(rest, ((reference.start, reference.end) for reference in new))
    return tuple(sorted(found, key=lambda reference: reference.start))


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with NUL in place of every character of `spans`, which are in order: the other places stay the same."""
    parts: list[str] = []
    position = 0
    for start, end in spans:
        parts += (text[position:start], "\x00" * (end - start))
        position = end
    return "".join((*parts, text[position:])) if parts else text


def same_commit(one: str, other: str) -> bool:
    """Whether two SHAs name one commit: a short one is the beginning of the long one."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return len(short) >= _SHORTEST_SHA and long.startswith(short)


def _matches(kind: Kind, pattern: re.Pattern[str], text: str, repo: str) -> Iterator[Reference]:
    for match in pattern.finditer(text):
        word = _trimmed(match[0]) if kind == "url" else match[0]
        key = f"{match[1] or repo}#{int(match[2])}" if kind == "issue" else word
        page = _ISSUE_PAGE.fullmatch(word) if kind == "url" else None
        if page:
            yield Reference(
                "issue", f"{page[1]}#{int(page[2])}".lower(), word, match.start(), match.start() + len(word)
            )
        else:
            yield Reference(kind, key.lower().rstrip("/"), word, match.start(), match.start() + len(word))


def _trimmed(url: str) -> str:
    """A URL without the punctuation of the sentence around it."""
    end = len(url)
    unopened = url.count(")") - url.count("(")
    while end and (url[end - 1] in ".,;:!?'*_！？" or (url[end - 1] == ")" and unopened > 0)):
        unopened -= url[end - 1] == ")"
        end -= 1
    return url[:end]
