"""Disguises: ways to write a word so that a person still reads it and a simple search does not find it."""

from collections.abc import Callable
from typing import Final

_CYRILLIC = str.maketrans("aeopcxyi", "аеорсхуі")
_GREEK = str.maketrans("aiknoptux", "αικηορτυχ")
_CAPITALS = str.maketrans("AEOPCXTHKMB", "АЕОРСХТНКМВ")
_DIGITS = str.maketrans("aeiost", "431057")
_ZERO_WIDTH = "\u200b"
_WORD_JOINER = "\u2060"
_SOFT_HYPHEN = "\u00ad"

DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "capitals": str.upper,
    "every second capital": lambda word: "".join(c.upper() if i % 2 else c for i, c in enumerate(word)),
    "Cyrillic letters": lambda word: word.translate(_CYRILLIC),
    "Greek letters": lambda word: word.translate(_GREEK),
    "Cyrillic capitals": lambda word: word.upper().translate(_CAPITALS),
    "digits for letters": lambda word: word.translate(_DIGITS),
    "full width": lambda word: "".join(chr(ord(c) + 0xFEE0) for c in word),
    "mathematical bold": lambda word: "".join(chr(ord(c) - ord("a") + 0x1D41A) for c in word),
    "letters in circles": lambda word: "".join(chr(ord(c) - ord("a") + 0x24D0) for c in word),
    "letters of flags": lambda word: "".join(chr(ord(c) - ord("a") + 0x1F1E6) for c in word),
    "accents": "\u0301".join,
    "zero-width spaces": _ZERO_WIDTH.join,
    "word joiners": _WORD_JOINER.join,
    "soft hyphens": _SOFT_HYPHEN.join,
    "right to left": lambda word: f"\u202e{word}\u202c",
    "spaces": " ".join,
    "no-break spaces": "\u00a0".join,
    "line ends": "\n".join,
    "hyphens": "-".join,
    "underscores": "_".join,
    "dots": ".".join,
    "stars": "*".join,
    "a hyphen": lambda word: f"{word[:3]}-{word[3:]}",
    "an underscore": lambda word: f"{word[:3]}_{word[3:]}",
    "a hump": lambda word: f"{word[:3]}{word[3:].capitalize()}",
    "a tag": lambda word: f"{word[:3]}<b>{word[3:]}</b>",
    "emphasis": lambda word: f"{word[:3]}**{word[3:]}**",
    "entities": lambda word: "".join(f"&#{ord(c)};" for c in word),
    "in a name of names": lambda word: f"the_{word}_of_it",
    "in a path": lambda word: f"src/{word}.py",
}
