"""Two drawings as inline SVG: the tail of a distribution, and bars of parts.

Colours come from the page's style sheet (classes `s0`, `s1`, ...), so that light and dark both
work; series also differ in their dashes. The numbers stand in tables beside the drawings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from edge_aibench.report.wording import milliseconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 14, 46
_POINTS = 240
STYLES = 6
"""Line styles that the page's style sheet knows."""


@dataclass(frozen=True)
class Mark:
    """A vertical line at a limit."""

    text: str
    value_ms: float


def tail_chart(
    series_ms: Mapping[str, NDArray[np.float64]], *, title: str, marks: Sequence[Mark] = ()
) -> str:
    """Share of requests at least as slow as x, both axes logarithmic (the complement of the ECDF).

    A request without an answer is slower than every x: its curve ends above the floor. Empty
    if no series holds a finite value above 0.
    """
    import numpy as np

    finite = [v[np.isfinite(v) & (v > 0)] for v in series_ms.values()]
    finite = [values for values in finite if values.size]
    if not finite:
        return ""
    low = min(float(values.min()) for values in finite)
    high = max([float(values.max()) for values in finite] + [m.value_ms for m in marks])
    x_axis = LogAxis(low / 1.1, high * 1.1, _LEFT, WIDTH - _RIGHT)
    most = max(values.size for values in series_ms.values())
    y_axis = LogAxis(min(0.5 / most, 0.05), 1.0, HEIGHT - _BOTTOM, _TOP)
    parts = [_frame(x_axis, y_axis, "latency in ms", "share of requests at least as slow")]
    for mark in marks:
        x = x_axis.place(mark.value_ms)
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
            f'<text class="marktext" x="{x + 4:.1f}" y="{_TOP + 12}">{escape(mark.text)}</text>'
        )
    for number, values in enumerate(series_ms.values()):
        points = " ".join(
            f"{x_axis.place(x):.1f},{y_axis.place(y):.1f}" for x, y in _tail_points(values)
        )
        parts.append(f'<polyline class="line s{number % STYLES}" points="{points}"/>')
    return _svg(title, HEIGHT, parts) + _legend(list(series_ms))


def _tail_points(values_ms: NDArray[np.float64]) -> list[tuple[float, float]]:
    """(x, share at or above x) at values spread evenly over the logarithm of the share."""
    import numpy as np

    ordered = np.sort(values_ms)
    count = int(ordered.size)
    above = np.unique(np.rint(np.geomspace(1, count, _POINTS)).astype(np.int64))[::-1]
    points = []
    for number in above:
        value = float(ordered[count - int(number)])
        if math.isfinite(value) and value > 0:
            points.append((value, float(number) / count))
    return points


def part_bars(
    rows: Sequence[tuple[str, float, float]], *, title: str, names: tuple[str, str]
) -> str:
    """Two bars for each (label, first, second) in milliseconds, on one scale from 0."""
    if not rows:
        return ""
    step, left = 34, 210
    height = step * len(rows) + 8
    largest = max(max(first, second) for _, first, second in rows) or 1.0
    room = WIDTH - left - 80
    parts = []
    for number, (label, first, second) in enumerate(rows):
        y = 4 + number * step
        parts.append(
            f'<text class="label" x="{left - 8}" y="{y + 18}" text-anchor="end">'
            f"{escape(label)}</text>"
        )
        for offset, style, value in ((0, "b0", first), (14, "b1", second)):
            size = max(value, 0.0) / largest * room
            parts.append(
                f'<rect class="{style}" x="{left}" y="{y + offset}" height="12" '
                f'width="{size:.1f}"/>'
                f'<text class="value" x="{left + size + 5:.1f}" y="{y + offset + 10}">'
                f"{milliseconds(value)}</text>"
            )
    return _svg(title, height, parts) + _legend(list(names), style="b")


@dataclass(frozen=True)
class LogAxis:
    """A logarithmic axis from *low* to *high*, drawn from pixel *start* to *end*."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Powers of ten, with 2 and 5 between them where there are few."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1.0,) if len(powers) > 4 else (1.0, 2.0, 5.0)
        ticks = [step * 10.0**power for power in powers for step in steps]
        return [tick for tick in ticks if self.low <= tick <= self.high]


def _frame(x_axis: LogAxis, y_axis: LogAxis, x_title: str, y_title: str) -> str:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts = []
    for tick in x_axis.ticks():
        x = x_axis.place(tick)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
            f'<text class="tick" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>'
        )
    for power in range(math.ceil(math.log10(y_axis.low)), 1):
        y = y_axis.place(10.0**power)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{100 * 10.0**power:g} %</text>"
        )
    parts.append(
        f'<text class="axis" x="{(_LEFT + right) / 2:.0f}" y="{HEIGHT - 8}" '
        f'text-anchor="middle">{escape(x_title)}</text>'
        f'<text class="axis" transform="translate(14 {(bottom + _TOP) / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_title)}</text>'
    )
    return "".join(parts)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _legend(names: Sequence[str], style: str = "s") -> str:
    items = "".join(
        f'<li><svg class="key" viewBox="0 0 28 10" aria-hidden="true">{_key(style, number)}</svg>'
        f"{escape(name)}</li>"
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def _key(style: str, number: int) -> str:
    if style == "b":
        return f'<rect class="b{number}" width="28" height="10"/>'
    return f'<polyline class="line s{number % STYLES}" points="0,5 28,5"/>'
