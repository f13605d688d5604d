"""Laws of quantities: the same length in any unit, refusal of everything else."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench import units

WORTH = {"ns": -9, "us": -6, "ms": -3, "s": 0}


@given(
    digits=st.integers(min_value=0, max_value=10**12),
    shift=st.integers(min_value=0, max_value=6),
    unit=st.sampled_from(sorted(WORTH)),
    blank=st.sampled_from(["", " ", "  "]),
)
def test_a_decimal_duration_is_the_nearest_float(
    digits: int, shift: int, unit: str, blank: str
) -> None:
    text = f"{digits // 10**shift}.{digits % 10**shift:0{shift}d}" if shift else str(digits)
    exact = Fraction(digits, 10**shift) * Fraction(10) ** WORTH[unit]
    assert units.parse_duration_s(f"{text}{blank}{unit}") == float(exact)


@given(st.floats(min_value=0, max_value=1e12))
def test_any_float_survives_being_written_in_the_base_unit(value: float) -> None:
    assert units.parse_duration_s(f"{value!r} s") == value
    assert units.parse_rate_bps(f"{value!r} bit/s") == value
    assert units.parse_size_bytes(f"{value!r} B") == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    for parse in (units.parse_duration_s, units.parse_rate_bps, units.parse_size_bytes):
        try:
            quantity = parse(text)
        except ValueError:
            continue
        assert quantity >= 0


@given(st.text(alphabet="0123456789.eE+-msunMkbit/ %B", max_size=12))
def test_the_schema_takes_what_the_parser_takes(text: str) -> None:
    for parse, family in (
        (units.parse_duration_s, units.DURATION),
        (units.parse_rate_bps, units.DATA_RATE),
        (units.parse_size_bytes, units.SIZE),
    ):
        pattern = family.json_schema()["anyOf"][0]["pattern"]
        try:
            quantity = parse(text)
        except ValueError:
            quantity = None
        if quantity is not None and not text.strip().startswith("-"):
            assert re.search(pattern, text), text
        if quantity is None and re.search(pattern, text):
            # The only thing that a pattern cannot say: 1e999 is no finite number.
            assert re.search(r"[eE]\+?\d{3}", text), text


@given(st.floats(min_value=1e-9, max_value=1e6))
def test_a_shown_duration_is_within_half_of_its_last_digit(seconds: float) -> None:
    shown = units.parse_duration_s(units.format_duration(seconds))
    assert shown == pytest.approx(seconds, rel=0.005 + 1e-9)
