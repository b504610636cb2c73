"""The writer's own words in the language of the card."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path


class Phrases:
    """The sentences of one language, `ja` or `en`."""

    def __init__(self, language: str) -> None:
        self._sentences = _data()[language]
        self.is_japanese = language == "ja"

    def say(self, key: str, **parts: str) -> str:
        """The sentence of this key with its parts filled in."""
        return self._sentences[key].format(**parts)

    def count(self, key: str, number: int) -> str:
        """`number` things of a kind whose singular is `key`: "1 file", "2345 additions"."""
        return self._sentences[key] if number == 1 else self._sentences[key + "s"].format(number)

    def enumerate(self, parts: Sequence[str]) -> str:
        """The parts as a list in a sentence."""
        if len(parts) < 2:  # noqa: PLR2004  # a list has two
            return "".join(parts)
        return self._sentences["comma"].join(parts[:-1]) + self._sentences["and"] + parts[-1]

    def of(self, names: tuple[str, str]) -> str:
        """The name in this language out of the English and the Japanese one."""
        return names[1] if self.is_japanese else names[0]


@cache
def _data() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("phrases.json").read_text("utf-8"))
    return data
