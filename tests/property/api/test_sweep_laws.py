"""Laws of the points of a sweep, and of what the store reads back."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench import rng
from edge_aibench.api.sweeps.ranges import Range, latin_hypercube, read_range
from edge_aibench.api.sweeps.runs import Outcome
from edge_aibench.api.sweeps.store import STORE, open_store
from edge_aibench.units import DURATION, parse_duration_s, read_quantity

SCALES: st.SearchStrategy[Literal["linear", "log"]] = st.sampled_from(["linear", "log"])
BOUNDS = st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)).filter(
    lambda bounds: bounds[1] > bounds[0] * 1.01
)


def share_of(value: float, low: float, high: float, scale: str) -> float:
    """How far along the range *value* is, by the definition of its scale."""
    if scale == "log":
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


@given(BOUNDS, SCALES, st.integers(2, 40), st.integers(0, 2**32))
def test_each_part_of_a_range_has_one_point(
    bounds: tuple[float, float], scale: Literal["linear", "log"], points: int, seed: int
) -> None:
    low, high = bounds
    drawn = latin_hypercube({"x": Range(low, high, scale)}, points, rng.stream(seed, "test"))
    values = [float(point["x"]) for point in drawn]
    assert all(low <= value <= high for value in values)
    shares = sorted(share_of(value, low, high, scale) for value in values)
    # Rounding to six digits moves a value by 5e-6 of itself.
    slack = 5e-6 * high / (high - low) + 1e-9
    if scale == "log":
        slack = 6e-6 / math.log(high / low) + 1e-9
    for index, share in enumerate(shares):
        assert index / points - slack <= share <= (index + 1) / points + slack


@given(
    st.integers(1, 1000), st.integers(1, 1000), SCALES, st.integers(2, 40), st.integers(0, 2**32)
)
def test_whole_numbers_stay_whole_and_inside(
    low: int, more: int, scale: Literal["linear", "log"], points: int, seed: int
) -> None:
    found = read_range(low, low + more, scale=scale, integer=True)
    drawn = latin_hypercube({"n": found}, points, rng.stream(seed, "test"))
    values = [point["n"] for point in drawn]
    assert all(type(value) is int for value in values)
    assert all(low <= int(value) <= low + more for value in values)


@given(st.integers(1, 50), st.integers(0, 2**32))
def test_as_many_points_as_whole_numbers_meet_each_once(number: int, seed: int) -> None:
    found = read_range(3, 2 + number + 1, scale="linear", integer=True)
    drawn = latin_hypercube({"n": found}, number + 1, rng.stream(seed, "test"))
    assert sorted(int(point["n"]) for point in drawn) == list(range(3, 4 + number))


@given(BOUNDS, SCALES, st.integers(0, 2**32))
def test_a_quantity_is_drawn_in_a_unit_that_reads_back(
    bounds: tuple[float, float], scale: Literal["linear", "log"], seed: int
) -> None:
    low_ms, high_ms = (float(f"{bound:.6g}") for bound in bounds)
    found = read_range(f"{low_ms!r} ms", f"{high_ms!r} ms", scale=scale, integer=False)
    for point in latin_hypercube({"d": found}, 5, rng.stream(seed, "test")):
        value_s, family = read_quantity(point["d"])
        assert family is DURATION
        assert found.low <= value_s <= found.high
        assert parse_duration_s(point["d"]) == value_s


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats(allow_nan=False).filter(lambda value: value != -math.inf)


@given(
    st.dictionaries(TEXTS, NUMBERS, max_size=5),
    st.none() | TEXTS,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 2**48 - 1),
)
def test_the_store_reads_back_what_it_was_given(
    figures: dict[str, float], error: str | None, index: int, repeat: int, seed: int
) -> None:
    outcome = Outcome(index, repeat, seed, figures, error, 0.125)
    with tempfile.TemporaryDirectory() as name:
        with open_store(Path(name), digest="d", resume=False) as store:
            store.add(outcome)
        with open_store(Path(name), digest="d", resume=True) as store:
            assert store.outcomes == {(index, repeat): outcome}


@given(st.data())
def test_a_store_cut_anywhere_keeps_all_whole_lines(data: st.DataObject) -> None:
    outcomes = [Outcome(index, 0, 1, {"x": index / 3}) for index in range(4)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(folder, digest="d", resume=False) as store:
            for outcome in outcomes:
                store.add(outcome)
        whole = (folder / STORE).read_bytes()
        length = data.draw(st.integers(0, len(whole)))
        (folder / STORE).write_bytes(whole[:length])
        complete = max(0, whole[:length].count(b"\n") - 1)
        with open_store(folder, digest="d", resume=True) as store:
            assert list(store.outcomes.values()) == outcomes[:complete]
