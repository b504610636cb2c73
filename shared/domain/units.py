"""Units: which words beside a number say what it counts or measures, and how one unit converts into another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` turns a number of it into the base of its `dimension`; a counted thing is its own dimension."""

    name: str
    dimension: str
    factor: Fraction = Fraction(1)
    counted: bool = False


_K, _KI = 1000, 1024
_MEASURES: Mapping[str, tuple[tuple[Fraction | int, str], ...]] = {
    "second": (
        (Fraction(1, 10**9), "ns nanosecond nanoseconds ナノ秒"),
        (Fraction(1, 10**6), "us µs μs usec microsecond microseconds マイクロ秒"),
        (Fraction(1, 1000), "ms msec msecs millisecond milliseconds ミリ秒"),
        (1, "s sec secs second seconds 秒 秒間"),
        (60, "min mins minute minutes m 分 分間"),
        (3600, "h hr hrs hour hours 時間"),
        (86400, "day days d 日 日間"),
        (604800, "week weeks wk w 週 週間"),
    ),
    "month": ((1, "month months か月 ヶ月 ヵ月 カ月 ケ月 箇月 か月間 ヶ月間"), (12, "year years yr yrs 年 年間")),
    "byte": (
        (1, "B byte bytes バイト"),
        (_K, "kb kilobyte kilobytes"),
        (_K**2, "mb megabyte megabytes"),
        (_K**3, "gb gigabyte gigabytes"),
        (_K**4, "tb terabyte terabytes"),
        (_KI, "kib kibibytes"),
        (_KI**2, "mib mebibytes"),
        (_KI**3, "gib gibibytes"),
        (_KI**4, "tib tebibytes"),
    ),
    "bit": ((1, "bit bits ビット"), (_K, "kbit kbits"), (_K**2, "mbit mbits"), (_K**3, "gbit gbits")),
    "bit/second": ((1, "bps"), (_K, "kbps"), (_K**2, "mbps"), (_K**3, "gbps")),
    "hertz": ((1, "hz"), (_K, "khz"), (_K**2, "mhz"), (_K**3, "ghz")),
    "ratio": ((Fraction(1, 100), "% percent pct パーセント"), (Fraction(1, 1000), "‰"), (Fraction(1, 10), "割")),
    "point": ((1, "pp pt pts percentage-point percentage-points ポイント"),),
    "factor": ((1, "x × fold 倍"),),
    "occurrence": ((1, "time times 回"),),
    "pixel": ((1, "px pixel pixels ピクセル"),),
    "dollar": ((1, "$ usd dollar dollars ドル"),),
    "euro": ((1, "€ eur euro euros ユーロ"),),
    "yen": ((1, "¥ ￥ jpy yen 円"),),
    "pound": ((1, "£ gbp"),),
    "frame/second": ((1, "fps"),),
    "request/second": ((1, "rps"),),
    "query/second": ((1, "qps"),),
    "transaction/second": ((1, "tps"),),
}
_COUNTED = (
    "file files ファイル",
    "line lines loc sloc 行",
    "addition additions insertion insertions",
    "deletion deletions",
    "commit commits コミット",
    "folder folders directory directories フォルダ フォルダー ディレクトリ",
    "language languages 言語",
    "person people author authors contributor contributors developer developers engineer engineers 人 名",
    "user users customer customers ユーザー ユーザ 顧客",
    "test tests テスト テストケース",
    "request requests req reqs call calls リクエスト 呼び出し",
    "query queries クエリ クエリー",
    "transaction transactions トランザクション",
    "operation operations op ops 操作",
    "event events イベント",
    "message messages msg msgs メッセージ",
    "row rows record records レコード",
    "column columns カラム",
    "token tokens トークン",
    "package packages library libraries dependency dependencies パッケージ ライブラリ 依存関係",
    "module modules モジュール",
    "service services microservice microservices サービス",
    "endpoint endpoints route routes エンドポイント",
    "bug bugs issue issues defect defects バグ 不具合",
    "error errors エラー",
    "warning warnings 警告",
    "image images icon icons 画像 アイコン",
    "page pages screen screens ページ 画面",
    "function functions method methods 関数 メソッド",
    "class classes クラス",
    "character characters char chars 文字",
    "thread threads スレッド",
    "core cores コア",
    "team teams チーム",
    "company companies client clients 社",
)
COUNTED = frozenset(spellings.split()[0] for spellings in _COUNTED)
_GENERIC = "個 件 つ 点 本 台 枚 種類 種 箇所 か所 カ所 ヶ所 ヵ所 項目"


def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for dimension, units in _MEASURES.items():
        for factor, spellings in units:
            unit = Unit(spellings.split()[0], dimension, Fraction(factor))
            table |= dict.fromkeys(spellings.split(), unit)
    for spellings in _COUNTED:
        name = spellings.split()[0]
        table |= dict.fromkeys(spellings.split(), Unit(name, name, counted=True))
    return table


UNITS: Mapping[str, Unit] = _table()
FACTOR, OCCURRENCE, RATIO = UNITS["x"], UNITS["times"], Unit("", "ratio")
PERCENTILE, ORDINAL, MAGNITUDE = Unit("p", "percentile"), Unit("th", "ordinal"), Unit("", "magnitude")
DATE, CLOCK, VERSION = Unit("", "date"), Unit("", "clock"), Unit("", "version")

_SPACE = r"(?:[ \t\u00a0\u2009\u202f]|[ \t]{0,4}\r?\n[ \t]{0,8})"
_SIGNS = "|".join(
    re.escape(word)
    for word in sorted(UNITS, key=len, reverse=True)
    if (not word.isascii() and word != "×") or word in "%$"
)
_COUNTERS = "|".join(sorted(_GENERIC.split(), key=len, reverse=True))
_COUNTER = re.compile(rf"[ ]?(?:{_COUNTERS})(?!月)")
_MEASURE = re.compile(
    rf"""(?P<gap>{_SPACE}|-)?
         (?:(?P<word>percentage[ -]points?|[A-Za-zµμ]++)(?![A-Za-z_])
           |(?P<sign>(?![$€£¥￥]\d)(?:×(?!\s?\d)|{_SIGNS})))""",
    re.VERBOSE,
)
_HEADER = re.compile(r"[(\[（]([A-Za-zµμ%]{1,12}|ミリ秒|秒|分|時間)[)\]）](?=[ ]{0,99}(?:\||$))", re.MULTILINE)
_PER = re.compile(rf"(?:[ ]?/[ ]?|{_SPACE}(?:per|an?){_SPACE})([A-Za-zµμ]++|秒|分)(?![A-Za-z0-9_])")
_NOUN = re.compile(rf"(?:{_SPACE}|-)([A-Za-z]++)(?![A-Za-z0-9_])")
_SMALL_WORDS = (
    "a an and are as at be but by for from has have if in is it its no not of on or per so than that the then to was "
    "were when which while with"
)
_NO_ADJECTIVE = frozenset(_SMALL_WORDS.split())
_FARTHEST_NOUN = 3
_COMPARED = re.compile(
    rf"{_SPACE}(?:as|the|faster|slower|quicker|more|less|fewer|smaller|larger|bigger|higher|lower|better|shorter|longer|"
    r"cheaper|lighter)(?![A-Za-z])",
    re.IGNORECASE,
)


def unit_after(text: str, position: int) -> tuple[Unit | None, int]:
    """The unit that follows a number which ends at `position`, None without one, and where it ends.

    A counted thing may have adjectives before it ("3 new Python files") and, in Japanese, a counter ("3つのファイル").
    """
    counter = _COUNTER.match(text, position)
    if counter:
        unit, end = _sign(text, counter.end() + text.startswith("の", counter.end()))
        return (unit, end) if unit else (None, counter.end())
    measure = _MEASURE.match(text, position)
    if measure is None:
        return None, position
    if measure["sign"]:
        return _rate(text, UNITS[measure["sign"]], measure.end())
    unit = _measure(text, measure)
    if unit and not unit.counted:
        return _rate(text, unit, measure.end())
    noun = _noun(text, position) if measure["gap"] else None
    if noun is None and unit:
        noun = unit, measure.end()
    return _rate(text, *noun) if noun else (None, position)


def header_units(text: str) -> tuple[Unit, ...]:
    """The units in brackets in the head of a Markdown table: "| time (ms) |"."""
    words = (match[1] for match in _HEADER.finditer(text)) if "|" in text else ()
    units = (UNITS.get(word if len(word) == 1 else word.lower()) for word in words)
    return tuple(dict.fromkeys(unit for unit in units if unit and not unit.counted))


def comparison_after(text: str, position: int) -> Unit:
    """What "twice" or "3 times" means there: a factor before a comparison, else how often something happens."""
    return FACTOR if _COMPARED.match(text, position) else OCCURRENCE


def _sign(text: str, position: int) -> tuple[Unit | None, int]:
    measure = _MEASURE.match(text, position)
    return (UNITS[measure["sign"]], measure.end()) if measure and measure["sign"] else (None, position)


def _measure(text: str, match: re.Match[str]) -> Unit | None:
    """The unit that the word is by itself, or None: a single letter is one in its own case only."""
    word = match["word"].replace(" ", "-")
    if len(word) == 1:
        spaced = match["gap"] is not None
        product = word == "x" and text[match.end() : match.end() + 1 + spaced].strip()[:1].isdigit()
        if product or match["gap"] == "-" or (spaced and word not in "sBxh"):
            return None
        return UNITS.get("x" if word == "X" else word)
    unit = UNITS.get(word.lower())
    return comparison_after(text, match.end()) if unit is OCCURRENCE else unit


def _noun(text: str, position: int) -> tuple[Unit, int] | None:
    """The last thing counted among the next words, which is what the words before it describe."""
    found: tuple[Unit, int] | None = None
    before = ""
    for _ in range(_FARTHEST_NOUN):
        match = _NOUN.match(text, position)
        if match is None or match[1].lower() in _NO_ADJECTIVE:
            break
        unit, position = UNITS.get(match[1].lower()), match.end()
        if unit and unit.counted and before not in ("pull", "merge"):
            found = unit, position
        before = match[1].lower()
    return found


def _rate(text: str, unit: Unit, end: int) -> tuple[Unit, int]:
    """`unit`, or so much of it for each of another one when "per second", "/s" or "a day" follows."""
    match = _PER.match(text, end)
    per = UNITS.get(match[1] if len(match[1]) == 1 else match[1].lower()) if match else None
    if match is None or per is None:
        return unit, end
    dimension = f"{unit.dimension}/{per.dimension}"
    return Unit(f"{unit.name}/{per.name}", dimension, unit.factor / per.factor), match.end()
