"""What was counted, assumed, priced and simulated, as tables of Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from local.scale.bill import bill
from local.scale.cloud import Cloud
from local.scale.counts import LARGE, ONE, Counts, Story
from local.scale.prices import Price

_MILLI, _MEGA = 1e3, 1e6
_COUNTED = (
    ("requests", "requests"),
    ("GitHub", "github"),
    ("reads", "reads"),
    ("writes", "writes"),
    ("calls of Firestore", "store_calls"),
    ("tasks", "tasks"),
    ("model", "model"),
    ("tokens in", "tokens_in"),
)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = (0,)) -> str:
    """Rows under their headings; columns of `words` to the left, all others, which hold numbers, to the right."""
    lines = [f"| {' | '.join(row)} |" for row in (headings, *rows)]
    sides = "".join("---|" if place in words else "---:|" for place in range(len(headings)))
    return "\n".join([lines[0], f"|{sides}", *lines[1:]])


def stories(counts: Counts) -> str:
    """What one turn of each story takes, of all functions together."""
    headings = ["one …", *(heading for heading, _ in _COUNTED), "processor, ms", "log, bytes"]
    return table(headings, (_story(each) for each in counts.stories.values()))


def functions(counts: Counts, cloud: Cloud) -> str:
    """The functions of a merge and of a large one: what each takes, and how long it would take in the cloud."""
    headings = [
        *("function", "requests", "GitHub", "reads", "writes", "processor, ms", "here, ms", "in the cloud, s"),
        "memory, MB",
    ]
    rows = []
    for story in (counts.stories[ONE], counts.stories[LARGE]):
        for name, spent in sorted(story.functions.items(), key=lambda each: -each[1].get("github", 0)):
            amounts = [_number(spent.get(amount, 0)) for amount in ("requests", "github", "reads", "writes")]
            times = [f"{spent.get(amount, 0) * _MILLI:.0f}" for amount in ("processor", "wall")]
            cloudy = f"{cloud.seconds(story, name, large=story.name == LARGE):.2f}"
            called = f"{name.replace('_', '-')}, {story.name}"
            rows.append([called, *amounts, *times, cloudy, f"{counts.memory[name] / _MEGA:.0f}"])
    return table(headings, rows)


def kept(counts: Counts) -> str:
    """What a merge leaves in Firestore."""
    headings = ["collection", "documents", "bytes", "bytes of indexes", "index entries of one", "stays"]
    rows = (
        [
            each.collection,
            _number(each.documents),
            f"{each.bytes:,.0f}",
            f"{each.index_bytes:,.0f}",
            f"{each.entries:.0f}",
            "7 days" if each.expires else "for good",
        ]
        for each in counts.kept
    )
    return table(headings, rows, words=(0, 5))


def cells(cloud: Cloud) -> str:
    """What is taken to be so, by the name under which `--set` changes it."""
    rows = (
        [f"`{name}`", _value(cell.value), cell.why, "" if cell.checked else "not checked"]
        for name, cell in cloud.cells.items()
    )
    return table(["cell", "value", "what it stands for", ""], rows, words=(0, 2, 3))


def prices(found: Mapping[str, Price]) -> str:
    """The price list."""
    rows = (
        [
            each.name,
            f"{each.price:.7f}".rstrip("0").rstrip(".") + f" for {each.per:,.0f} {each.unit}",
            f"{each.free:,.0f}",
            f"[page]({each.page}), {each.date}" + ("" if each.checked else ", **not checked**"),
            each.note,
        ]
        for each in found.values()
    )
    return table(["price", "US dollars", "free a month", "source", "note"], rows, words=(0, 1, 3, 4))


def bills(counts: Counts, cloud: Cloud, found: Mapping[str, Price], sizes: Sequence[float]) -> str:
    """Dollars a month for each size, line by line."""
    columns = [bill(counts, cloud, found, size) for size in sizes]
    rows = []
    for lines in zip(*columns, strict=True):
        price = lines[0].price
        mark = "" if price.checked else " (not checked)"
        rows.append([price.name + mark, *(_dollars(line.dollars) for line in lines)])
    sums = [sum(line.dollars for line in lines) for lines in columns]
    without = [sum(line.dollars for line in lines if not line.price.name.startswith("model")) for lines in columns]
    rows.append(["**together**", *(f"**{_dollars(each)}**" for each in sums)])
    rows.append(["without the model", *map(_dollars, without)])
    rows.append(["a merge, in cents", *(f"{each / size * 100:.2f}" for each, size in zip(sums, sizes, strict=True))])
    return table(["US dollars a month, merges:", *(f"{size:,.0f}" for size in sizes)], rows)


def _story(story: Story) -> list[str]:
    return [
        story.name,
        *(_number(story.total(amount)) for _, amount in _COUNTED),
        f"{story.total('processor') * _MILLI:.0f}",
        f"{story.total('logged'):,.0f}",
    ]


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.1f}"  # noqa: PLR2004  # three digits


def _value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else f"{value:,}"


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"  # noqa: PLR2004  # the same
