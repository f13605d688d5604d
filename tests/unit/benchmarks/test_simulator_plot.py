from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from benchmarks.simulator_plot import draw, slope, table


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_slope_is_the_power_of_growth(power: float) -> None:
    assert slope([(x, 3.0 * x**power) for x in (1e3, 1e4, 1e6)]) == pytest.approx(power)


def test_the_slope_by_hand() -> None:
    # Logarithms to base 10: (0, 0), (1, 1), (2, 1). Least squares: 1 / 2.
    assert slope([(1.0, 1.0), (10.0, 10.0), (100.0, 10.0)]) == pytest.approx(0.5)


def test_the_drawing_holds_a_line_a_series_with_its_slope() -> None:
    series = {"edge": [(1e3, 0.1), (1e4, 1.0)], "device": [(1e3, 0.2), (1e4, 0.2 * math.sqrt(10))]}
    root = ET.fromstring(draw(series, title="cost", x_title="patients", y_title="seconds"))  # noqa: S314 - our own text
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "edge: slope 1.00" in texts
    assert "device: slope 0.50" in texts
    assert {"1,000", "10,000", "patients", "seconds"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 4


def test_the_table_is_in_the_order_of_patients() -> None:
    runs = {"edge": {n: {"took_s": float(n) / 1e6, "per_s": 2e6} for n in ("10000", "2000")}}
    assert table(runs).splitlines()[2:] == [
        "| edge | 2,000 | 0.002 | 2.00 |",
        "| edge | 10,000 | 0.01 | 2.00 |",
    ]
