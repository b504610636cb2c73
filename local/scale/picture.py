"""A picture of the day: how many merges wait for their card, hour by hour, under each turn. SVG, light and dark."""

from collections.abc import Iterator, Sequence
from html import escape
from math import log10

from local.scale.turns import Course

_WIDTH, _HEIGHT = 880, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 28, 44, 128
_MOST = 6  # powers of ten
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .c0 { stroke: #0969da; } .c1 { stroke: #cf222e; } .c2 { stroke: #9a6700; }
  .c3 { stroke: #8250df; } .c4 { stroke: #1a7f37; } .c5 { stroke: #57606a; stroke-dasharray: 5 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .c0 { stroke: #4493f8; } .c1 { stroke: #f85149; } .c2 { stroke: #d29922; }
    .c3 { stroke: #ab7df8; } .c4 { stroke: #3fb950; } .c5 { stroke: #b1bac4; }
  }
"""


def svg(courses: Sequence[Course], title: str) -> str:
    """The picture, whose upright axis has a step for each power of ten."""
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<text x="{_LEFT}" y="20">{escape(title)}</text>',
        *_grid(),
        *(_line(course, number) for number, course in enumerate(courses)),
        *(part for number, course in enumerate(courses) for part in _legend(course, number)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid() -> Iterator[str]:
    for power in range(_MOST + 1):
        y = _up(10**power)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="small" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{10**power:,}</text>'
    for hour in range(0, 25, 3):
        x, y = _along(hour), _HEIGHT - _BOTTOM + 18
        yield f'<text class="small" x="{x}" y="{y}" text-anchor="middle">{hour:02}:00</text>'


def _line(course: Course, number: int) -> str:
    points = " ".join(f"{_along(hour)},{_up(waiting)}" for hour, waiting in course.day.waiting)
    return f'<polyline class="line c{number}" points="{points}"/>'


def _legend(course: Course, number: int) -> Iterator[str]:
    x, y = _LEFT + 400 * (number % 2), _HEIGHT - _BOTTOM + 48 + 24 * (number // 2)
    yield f'<line class="line c{number}" x1="{x}" x2="{x + 28}" y1="{y}" y2="{y}"/>'
    yield f'<text x="{x + 36}" y="{y + 4}">{escape(course.turn.name)}</text>'


def _along(hour: float) -> float:
    return round(_LEFT + hour / 24 * (_WIDTH - _LEFT - _RIGHT), 1)


def _up(number: float) -> float:
    share = log10(max(1, number)) / _MOST
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)
