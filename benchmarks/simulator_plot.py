"""Draws what `python -m benchmarks.simulator --out FILE` found: cost over the number of patients.

Both axes are logarithmic, so that cost in proportion to the patients is a line of slope 1. The
slope that is stated is that of the line through the points with the least squares of logarithms.
The runs are also written out as a table.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_aibench.report.svg import LogAxis

WIDTH, HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 20, 20, 50
_STYLE = """
text { font: 13px sans-serif; fill: #24292f }
.grid { stroke: #8c959f; stroke-opacity: 0.35 }
.line { fill: none; stroke-width: 2 }
.s0 { stroke: #0969da; fill: #0969da }
.s1 { stroke: #bc4c00; fill: #bc4c00 }
.s1.line { stroke-dasharray: 7 4 }
.line.s0, .line.s1 { fill: none }
@media (prefers-color-scheme: dark) { text { fill: #d0d7de } }
"""

Points = Sequence[tuple[float, float]]


def slope(points: Points) -> float:
    """The power with which the second of *points* grows with the first, both above 0."""
    xs = [math.log(x) for x, _ in points]
    ys = [math.log(y) for _, y in points]
    x_mean, y_mean = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    spread = math.fsum((x - x_mean) ** 2 for x in xs)
    return math.fsum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread


def draw(series: Mapping[str, Points], *, title: str, x_title: str, y_title: str) -> str:
    """A drawing of *series* by name, with the slope of each."""
    points = [point for line in series.values() for point in line]
    xs, ys = zip(*points, strict=True)
    x_axis = LogAxis(min(xs) / 1.2, max(xs) * 1.2, _LEFT, WIDTH - _RIGHT)
    y_axis = LogAxis(min(ys) / 1.5, max(ys) * 1.5, HEIGHT - _BOTTOM, _TOP)
    parts = [_grid(x_axis, y_axis), _titles(x_title, y_title)]
    for number, (name, line) in enumerate(series.items()):
        parts.append(_line(number, name, line, x_axis, y_axis))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{title}</title><style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _grid(x_axis: LogAxis, y_axis: LogAxis) -> str:
    parts = []
    for tick in x_axis.ticks():
        x = x_axis.place(tick)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 18}" text-anchor="middle">{tick:,.0f}</text>'
        )
    for tick in y_axis.ticks():
        y = y_axis.place(tick)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    return "".join(parts)


def _titles(x_title: str, y_title: str) -> str:
    middle = (HEIGHT - _BOTTOM + _TOP) / 2
    return (
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{x_title}</text>"
        f'<text transform="translate(18 {middle:.0f}) rotate(-90)" text-anchor="middle">'
        f"{y_title}</text>"
    )


def _line(number: int, name: str, points: Points, x_axis: LogAxis, y_axis: LogAxis) -> str:
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle class="s{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places
    )
    y = _TOP + 18 + 20 * number
    return (
        f'<polyline class="line s{number}" points="{path}"/>{dots}'
        f'<polyline class="line s{number}" points="{_LEFT + 12},{y - 4} {_LEFT + 44},{y - 4}"/>'
        f'<text x="{_LEFT + 52}" y="{y}">{name}: slope {slope(points):.2f}</text>'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("found", type=Path, help="what benchmarks.simulator wrote")
    parser.add_argument("drawing", type=Path, help="the SVG to write")
    options = parser.parse_args()
    found = json.loads(options.found.read_text())
    series = {
        f"stages at the {where}": [
            (float(patients), run["took_s"]) for patients, run in sorted(runs.items(), key=_number)
        ]
        for where, runs in found["icu"].items()
    }
    options.drawing.write_text(
        draw(
            series,
            title="What 60 simulated seconds of the intensive care unit cost",
            x_title="patients, one observation a second each",
            y_title="seconds for 60 simulated ones",
        )
    )
    sys.stdout.write(table(found["icu"]))


def table(runs_by_place: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The runs as a table for docs/performance.md."""
    lines = [
        "| stages at | patients | seconds | million observations a second |",
        "|---|---|---|---|",
    ]
    for where, runs in runs_by_place.items():
        for patients, run in sorted(runs.items(), key=_number):
            rate = f"{run['per_s'] / 1e6:.2f}"
            lines.append(f"| {where} | {int(patients):,} | {run['took_s']:.3g} | {rate} |")
    return "\n".join(lines) + "\n"


def _number(item: tuple[str, object]) -> int:
    return int(item[0])


if __name__ == "__main__":
    main()
