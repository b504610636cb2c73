"""Portfolios for tests: cards whose every word is hostile, and ordinary ones to compare their form with."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from functions.assets.exports import Portfolio, Profile, compile_portfolio
from shared.domain.asset_card import AssetCard, Claim, Evidence
from shared.domain.reversal import Reversal
from tests.cards import a_card

REPOSITORY = "sample-org/parcel-tracker"
HOME = f"https://github.com/{REPOSITORY}"
PAGE = "https://ada.sample.org/work"
PROFILE = Profile(name="Ada Sample", label="Engineer", summary="Builds things.", url=PAGE, location="Malmö")
# Text that is markup, a command or a value of its own in one of the formats or in what shows them.
HOSTILE: Mapping[str, str] = {
    "a link that runs": "[x](javascript:alert(1)) <javascript:alert(2)> [y](JaVaScRiPt&#58;alert(3))",
    "a link elsewhere": '[see](http://evil.sample.invalid "t") [z](<https://evil.sample.invalid>)',
    "an address": "https://evil.sample.invalid/x?y=1 and www.evil.sample.invalid, ftp://evil.sample.invalid/",
    "an e-mail": "eve@evil.sample.invalid <eve@evil.sample.invalid> mailto:eve@evil.sample.invalid",
    "a mention": "@eve and @sample-org/team, GH-7, #7, sample-org/parcel-tracker#7",
    "an image": "![](http://evil.sample.invalid/?q=1) ![a][b] !\\[c\\]",
    "a reference link": "[a][b] [b]: http://evil.sample.invalid [c]",
    "a footnote": "x[^1] [^1]: y",
    "raw HTML": '<img src=x onerror="alert(1)"><script>alert(2)</script><a href=javascript:alert(3)>x</a>',
    "half a tag": "<img src=x onerror=alert(1) //",
    "an attribute's end": "\" onmouseover=\"alert(1) ' onfocus='alert(2)",
    "a comment": "<!-- x --> <?php echo 1 ?> <![CDATA[x]]> </style></script></li></body>",
    "entities": "&lt;script&gt; &#60;b&#62; &amp;nbsp; &colon;",
    "a fence": "``` x\n```\n~~~\ny\n~~~ ``x`` `unclosed",
    "a code span's end": "` </code> `` ` ```",
    "block marks": "# h\n## h\n- i\n* i\n+ i\n1. i\n2) i\n> q\n---\n===\n***\n    code",
    "one block mark": "# heading",
    "a numbered item": "1. first",
    "a hyphen": "- item",
    "a quote mark": "> quote",
    "emphasis": "*a* **b** ***c*** _d_ __e__ ~~f~~ *unclosed **unclosed",
    "a table": "| a | b |\n|---|---|\n| c | d |",
    "a formula": "$x$ $$y$$ $`z`$ \\(a\\) \\[b\\]",
    "an escape at its end": "ends in a backslash \\",
    "two line ends": "a  \nb\\\nc\n\n\nd\u2028e\u0085f",
    "a terminal": "\x1b]8;;http://evil.sample.invalid\x1b\\click\x1b]8;;\x1b\\ \x1b[2J \x07\x9b31m",
    "a reversed text": "\u202egnp.exe\u202c \u2066x\u2069 \u200fy",
    "what is not seen": "a\u200bb\u2060c\ufeffd\u00ade\U000e0041f\ue000g",
    "a cell's formula": "=cmd|' /C calc'!A0",
    "another": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a sign": "+1-2",
    "a YAML map": "key: value\n- item: {a: b} # comment",
    "a YAML tag": "!!python/object/apply:os.system ['x']",
    "a YAML anchor": "&anchor *alias <<: *anchor",
    "a YAML block": "| \n > --- ...",
    "a YAML quote": "'single' \"double\" \\u0041 %TAG",
    "a number": "0o14",
    "a float": "1e3",
    "a time": "12:30:45",
    "a word for nothing": "null",
    "a word for truth": "yes",
    "a command of Typst": '#read("/etc/passwd")[x] #eval("1")[y] #{1} #import "x": y',
    "a raw text of Typst": "`raw",
    "a label of Typst": "x <label> @ref <a",
    "an escape of Typst": "\\u{202e} \\n \\",
    "a comment of Typst": "// x /* y",
    "a heading of Typst": "= x",
    "a template's": "((* if 1 *)) << cv.name >> {{ 1 }} {% x %}",
    "a placeholder": "NAME DATE LOCATION SUMMARY HIGHLIGHTS LABEL !!LINEBREAK!! !!-link0-!! ONE_STAR TODAY",
    "a group of a pattern": "\\1 \\g<0> \\g<name>",
    "Japanese marks": "「配達」**太字**。[リンク](javascript:x)",
    "an emoji": "👩‍👩‍👧 done 🇸🇪",
    "a long word": "x" * 199,
}


def hostile_cards(words: str) -> list[AssetCard]:
    """Two cards of one repository, everything that a person may have written on them hostile."""
    quote = Evidence(source="body", ref=words, quote=words, url=f"{HOME}/pull/41#{words}")
    foreign = Evidence(source="file", ref="a", quote=words, url=f"javascript:alert(1)//{HOME}")
    claims = (Claim(text=words, evidence=(quote, foreign)),)
    fields: dict[str, Any] = {
        "title": words,
        "description": words,
        "skills": (words, "Python"),
        "claims": claims,
        "status": "edited",
    }
    return [a_card("ann", 41, impact=words, **fields), a_card("ann", 42, impact="", hours=1, **fields)]


def hostile_profile(words: str) -> Profile:
    """A profile that says the same everywhere but in its address, which is checked."""
    return Profile(name=words, label=words, summary=words, url=PAGE, location=words)


def portfolio(cards: Iterable[AssetCard], *reversals: Reversal, **options: Any) -> Portfolio:  # noqa: ANN401
    """A portfolio of these cards."""
    return compile_portfolio(cards, **{"profile": PROFILE, "hidden": frozenset(), "reversals": reversals, **options})


def hostile_portfolio(words: str) -> Portfolio:
    """A portfolio that is hostile all through."""
    return portfolio(hostile_cards(words), profile=hostile_profile(words))


def hidden_characters(text: str) -> set[str]:
    """The characters of a text that can't be seen, line ends and tabs apart."""
    return {each for each in text if each not in "\n\t" and unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co")}
