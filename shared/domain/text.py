"""Text as it is kept and read: what is removed, where it is cut, which language it is in, where sentences end."""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

_ELLIPSIS = "…"
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co"))
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_OTHER_LINE_ENDS = frozenset("\r\x0b\x0c\x85\u2028\u2029")
_SELECTORS = re.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")

_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|[a-z]{2,9}://[!-~]+", re.DOTALL)
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff\uff66-\uff9d々〆]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_JAPANESE_SHARE = 0.25

_SENTENCE_END = re.compile(
    r"""
      (?P<block>\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+•・]|\d{1,3}[.)]|\#{1,6}|>|\||`{3})))
    | [。！？]++[」』）)】"'”’]*
    | (?P<stop>[.!?]++[)"'”’\]]*)(?=\s+(?P<next>\S)|\s*\Z)
    """,
    re.VERBOSE,
)
_GOES_ON = re.compile("[」』）)】][とのをがはにもで、]")
_MARKER = re.compile(r"\s*(?:(?:[-*+•・]|\d{1,3}[.)]|\#{1,6}|>)[ \t]+)*(?:\[[ xX]\][ \t]+)?")
_LAST_WORD = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]*\Z")
_SHORT_WORD = 3
_NEVER_LAST = frozenset(("approx", "cf", "dr", "e.g", "eg", "fig", "i.e", "ie", "mr", "mrs", "prof", "viz", "vs"))
_SELDOM_LAST = frozenset(("avg", "est", "etc", "excl", "incl", "max", "min", "no", "nos", "resp", "sec", "ver", "vol"))

_WRAP = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef]) (?=[\u3001-\u9fff\uff00-\uffef])")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"`{3,}|~{3,}")
_SKIPPED_LINE = re.compile(
    r"""
      >                                                # somebody else's words, or the template's
    | \[[^\]\[]{1,200}\]:\s                           # a link's definition
    | [-=_*](?:[ \t]*+[-=_*]){2,}+\Z                  # a rule, or the line under a heading
    | (?=[^-]*+--)[|:\ \t-]++\Z                       # the line under a table's head
    | (?:[-*+]|\d{1,3}[.)])[ \t]++\[[ ]\][ \t]        # a task that is not done
    | (?:signed-off|co-authored|reviewed|acked|tested|reported)-by:[ ]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK_START = re.compile(r"(?P<heading>\#{1,6})(?=\s|\Z)|(?:[-*+]|\d{1,3}[.)])(?:[ \t]+\[[xX]\])?[ \t]+|(?=\|)")
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|input|ins|kbd|li|ol|p|picture|"
    "pre|q|s|samp|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video"
)
_INLINE = (
    (re.compile(r"!\[[^\]\[]{0,500}\](?:\([^()]{0,2000}\)|\[[^\]\[]{0,200}\])"), ""),
    (re.compile(r"\[([^\]\[]{0,500})\](?:\([^()]{0,2000}\)|\[[^\]\[]{0,200}\])"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>"), r"\1"),
    (re.compile(rf"</?(?:{_TAGS})(?:[\s/][^<>]{{0,1000}})?>", re.IGNORECASE), " "),
    (re.compile(r"~~[^~]{1,500}~~"), ""),
    (re.compile(r"(?<![A-Za-z0-9*\\])\*{1,3}+(?=[^\s*])|(?<=[^\s*\\])\*{1,3}+(?![A-Za-z0-9*])"), ""),
    # Two underscores round one word are a name more often than bold type: __init__ stays.
    (re.compile(r"(?<![\w\\])_{2,3}(?=[^\s_])(?=[^_\n]{0,500}[^\w\n])([^_\n]{1,500})(?<=\S)_{2,3}(?!\w)"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9_\\])_(?=[^\s_])|(?<=[^\s_\\])_(?![A-Za-z0-9_])"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def normalise(text: str) -> str:
    r"""NFC with "\n" as the only line end, and without what can't be seen: Cc (but "\n" and "\t"), Cf, Cs, Co.

    Cf holds the joiners of emoji and of Indic and Arabic scripts beside the bidirectional overrides, zero-width
    characters and tags that hide text from a reader. They all go: a family emoji becomes its members and a ligature its
    letters, which stay readable, while a hidden instruction or a reversed file name would not. Of several variation
    selectors in a row, which can carry hidden bytes, one stays.
    """
    characters = set(text)
    unified = _LINE_END.sub("\n", text) if characters & _OTHER_LINE_ENDS else text
    hidden = {ord(c): None for c in characters if c not in "\n\t" and unicodedata.category(c) in _HIDDEN}
    seen = unified.translate(hidden) if hidden else unified
    return seen if seen.isascii() else unicodedata.normalize("NFC", _SELECTORS.sub(r"\1", seen))


def clean(text: str, *, limit: int) -> str:
    """`text` as it may be stored: normalised, stripped, and at most `limit` characters, cut with an ellipsis."""
    kept = normalise(text).strip()
    if len(kept) <= limit:
        return kept
    room = max(0, limit - len(_ELLIPSIS))
    end = _cut(kept, room)
    head = kept[:end].rstrip().rstrip(",;:、，；：-–—(（「")
    return head + _ELLIPSIS if head else kept[: max(0, limit)].strip()


def language(text: str) -> Literal["ja", "en"]:
    """Japanese when kana and kanji are at least a quarter of the Latin letters outside code and URLs."""
    prose = _NOT_PROSE.sub(" ", text)
    japanese = len(_JAPANESE.findall(prose))
    return "ja" if japanese and japanese >= _JAPANESE_SHARE * len(_LATIN.findall(prose)) else "en"


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` as exact slices of it, without the markers of lists and headings before them.

    Abbreviations, versions and URLs do not end a sentence; a blank line and the next item of a list do.
    """
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match["block"] is None and not _ends(text, start, match):
            continue
        found.append(text[start : match.start() if match["block"] else match.end()])
        start = match.end()
    found.append(text[start:])
    bare = (part[_marker_end(part) :].strip() for part in found)
    return tuple(part for part in bare if any(c.isalnum() for c in part))


def plain(markdown: str) -> str:
    """The paragraphs of a Markdown text, one for each item of a list, with a blank line between them.

    Left out is what its author does not state: comments, code blocks, images, quotes, tasks that are not done, struck
    text, rules and trailers.
    """
    text = _COMMENT.sub("", normalise(markdown))
    paragraphs = (_inline(" ".join(lines)) for lines in _blocks(text.split("\n")))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _cut(text: str, room: int) -> int:
    """Where to cut: at the last space in the second half of the room, never before a mark of the letter it follows."""
    if text[room : room + 1].isspace():
        return room
    space = max(text.rfind(" ", room // 2, room), text.rfind("\n", room // 2, room))
    end = space if space > 0 else room
    while end > 0 and unicodedata.category(text[end]).startswith("M"):
        end -= 1
    return end


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the stop that `match` found ends the sentence that began at `start`."""
    if match["stop"] is None:
        return _GOES_ON.match(text, match.end() - 1) is None
    if match["next"] is None or match["stop"][0] != ".":
        return True
    before = text[max(start, match.start() - 20) : match.start()]
    word = _last_word(before).lower()
    if word in _NEVER_LAST or (word in _SELDOM_LAST and not match["next"].isupper()):
        return False
    if not word and before.strip().isdigit() and match.start() - start == len(before):
        return False
    return not match["next"].islower() or len(word) >= _SHORT_WORD or not before[-1:].isalpha()


def _last_word(text: str) -> str:
    found = _LAST_WORD.search(text)
    return found[0] if found else ""


def _marker_end(part: str) -> int:
    found = _MARKER.match(part)
    return found.end() if found else 0


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each paragraph, heading, item and row, without their markers."""
    block: list[str] = []
    fence = ""
    for line in map(str.strip, lines):
        start = _BLOCK_START.match(line)
        opening = _FENCE.match(line)
        skipped = bool(fence or opening or not line or _SKIPPED_LINE.match(line))
        if start or skipped:
            yield block
            block = []
        if opening and opening[0].startswith(fence):
            fence = "" if fence else opening[0]
        elif not skipped:
            block.append(line[start.end() :].strip() if start else line)
        if start and start["heading"]:
            yield block
            block = []
    yield block


def _inline(line: str) -> str:
    """A paragraph without the marks of links, emphasis and HTML; code keeps its characters and loses its ticks."""
    if line.startswith("|"):
        line = ", ".join(cell.strip() for cell in line.strip("|").split("|"))
    parts = re.split("`+", line)
    code = range(1, len(parts) - 1, 2)
    text = "".join(f"\x00{index}\x00" if index in code else part for index, part in enumerate(parts))
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    text = re.sub("\x00([0-9]+)\x00", lambda match: parts[int(match[1])], html.unescape(text))
    return _WRAP.sub("", " ".join(normalise(text).split()))
