"""What the author states in prose: sentences of the body, of commit messages, of changelog entries.

Left out is what speaks to reviewers: checklists, templates, test plans, questions, trailers.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from functions.asset_generator.offline import subjects
from functions.asset_generator.offline.blocks import blocks, role_of
from shared.domain import text as texts
from shared.domain.asset_card import Source
from shared.domain.redaction import MARKER

_LONGEST_BODY = 20_000
_LONGEST_BLOCK = 4_000
_LONGEST_SENTENCE = 400
_LONGEST_QUOTE = 300
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(r"(?<![\w)\]])\[([^\]\[]{1,300})\]\([^()\s]{0,1000}(?:\([^()\s]{0,300}\)[^()\s]{0,300})?\)")
_BOLD_LABEL = re.compile(r"\*\*([^*\n]{1,40}?)(?:[:：]\*\*|\*\*[:：])\s*")
_ADDRESS = re.compile(r"\s*(?:[-–:]\s*)?[(（]?https?://[^\s)）]+[)）]?")
_POINTER = re.compile(
    r"\s*[(（\[](?:(?:see|via|in|from|fixes|closes|refs?|commit)[:\s]*)?(?:[\w./-]{0,60}#\d{1,9}|(?=[a-f]*\d)[0-9a-f]{7,40})[)）\]]"
)
_ROLE = re.compile(r":(?:issue|pr|pull|gh|ghpull|user|cve|bpo):`[^`]{1,40}`")
_LABEL = re.compile(
    r"^(?:\[?(?:bug|feature|perf|fix|fixed|added|changed|removed|security|gh-)?\s*#\d{1,9}\]?\s*[:：-]\s*)+",
    re.IGNORECASE,
)


class Statement(NamedTuple):
    """One sentence in plain words and the slices of the source that it is made of.

    `role` is `reason`, `effect` or `change` under a heading that says so, else empty.
    """

    text: str
    source: Source
    ref: str
    quotes: tuple[str, ...]
    role: str = ""
    is_item: bool = False


def read(source: Source, ref: str, markdown: str) -> tuple[Statement, ...]:
    """The statements of a body or of a commit message without its subject, in their order."""
    raw = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), markdown[:_LONGEST_BODY])
    return tuple(
        Statement(sentence, source, ref, (quote,), block.role, block.is_item)
        for block in blocks(raw)
        for sentence, quote in _sentences(
            raw[block.start : min(block.end, block.start + _LONGEST_BLOCK)], is_markdown=source == "body"
        )
    )


def read_lines(
    path: str, lines: tuple[str, ...], *, is_markdown: bool = False, items_only: bool = False
) -> tuple[Statement, ...]:
    """The statements of lines that a patch adds; each quotes its lines one by one, as the patch has them."""
    raw = "\n".join(lines)[:_LONGEST_BODY]
    return tuple(
        Statement(sentence, "file", path, _telling_lines(quote, sentence), block.role, block.is_item)
        for block in blocks(raw)
        for sentence, quote in _sentences(
            raw[block.start : min(block.end, block.start + _LONGEST_BLOCK)], is_markdown=is_markdown
        )
        if block.is_item or not items_only
    )


def points_back(sentence: str) -> bool:
    """Whether a sentence begins by pointing at one before it."""
    return _pattern("dangling").search(sentence) is not None


def names_fix(sentence: str) -> bool:
    """Whether a sentence says what is done now, against what was before."""
    return _pattern("fixes").search(sentence) is not None


def speaks_of_us(sentence: str) -> bool:
    """Whether a sentence is told by the people of the project."""
    return _pattern("ours").search(sentence) is not None


def gives_reason(sentence: str) -> bool:
    """Whether a sentence tells why or what for."""
    return _pattern("reasons").search(sentence) is not None


def assistant(message: str) -> tuple[str, str, str] | None:
    """The AI tool that a commit message names: its name, as what it is named, and the line that names it."""
    for line in message[-_LONGEST_BODY:].splitlines():
        for pattern, role in _assistants():
            match = pattern.search(line.strip())
            if match is not None:
                return match["name"].strip(), role, line.strip()[:_LONGEST_QUOTE]
    return None


def _telling_lines(quote: str, sentence: str) -> tuple[str, ...]:
    """The lines of a quote that the sentence is made of: labels and links before it are not."""
    words = set(re.findall(r"\w{2,}", sentence.lower()))
    lines = [line.strip() for line in quote.split("\n") if line.strip()]
    own = {line: re.findall(r"\w{2,}", line.lower()) for line in lines}
    return tuple(line for line in lines if 2 * sum(word in words for word in own[line]) > len(own[line])) or tuple(
        lines
    )


def _sentences(block: str, *, is_markdown: bool) -> Iterator[tuple[str, str]]:
    """The sentences worth repeating, as plain text and as they stand."""
    position = 0
    for slice_ in texts.sentences(block):
        position = block.find(slice_, position)
        quote = slice_[:_LONGEST_QUOTE]
        position += len(slice_)
        label = _BOLD_LABEL.match(slice_)
        if label is not None and role_of(label[1]) == "skip":
            continue
        sentence = _plain(slice_[label.end() :] if label else slice_, is_markdown=is_markdown)
        if len(slice_) > len(quote):
            quote = quote.rsplit(None, 1)[0]
        if MARKER not in slice_ and _says_something(sentence):
            yield sentence, quote


def _plain(slice_: str, *, is_markdown: bool) -> str:
    """A sentence without markup, addresses and the tracker's numbers; a commit message is plain but for links."""
    linkless = _LINK.sub(r"\1", _ROLE.sub("", subjects.unstyled(" ".join(slice_.split()))))
    unmarked = texts.plain(linkless) if is_markdown else linkless.replace("**", "")
    bare = _pattern("labels").sub("", _LABEL.sub("", unmarked.replace("`", "")))
    bare = _POINTER.sub("", _ADDRESS.sub("", bare))
    return texts.clean(" ".join(bare.split()), limit=_LONGEST_SENTENCE + 1).strip(" -–:,;")


def _says_something(sentence: str) -> bool:
    shortest = 4 if texts.language(sentence) == "ja" else 12
    if not shortest <= len(sentence) <= _LONGEST_SENTENCE or "\ufffd" in sentence:
        return False
    letters = sum(character.isalpha() or character.isspace() for character in sentence)
    return letters * 10 >= len(sentence) * 7 and not any(noise.search(sentence) for noise in _noises())


@cache
def _noises() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _data()["noise"])


@cache
def _assistants() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), role) for pattern, role in _data()["assistants"])


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_data()[name], re.IGNORECASE)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("statements.json").read_text("utf-8"))
    return data
