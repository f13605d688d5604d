"""Quantities: what is read, what is refused, how they are shown."""

from __future__ import annotations

import math

import pytest

from edge_aibench import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2ms", 0.002),
        ("1.79 ms", 0.00179),
        ("500us", 0.0005),
        ("500 \N{MICRO SIGN}s", 0.0005),
        ("500 \N{GREEK SMALL LETTER MU}s", 0.0005),
        ("3 ns", 3e-9),
        (" 1.5 s ", 1.5),
        (".5s", 0.5),
        ("1e-3 s", 0.001),
        ("2 min", 120.0),
        ("1 h", 3600.0),
        ("0", 0.0),
        (0, 0.0),
        ("0 ms", 0.0),
    ],
)
def test_durations_are_read_exactly(text: object, seconds: float) -> None:
    assert units.parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "bits_per_second"),
    [
        ("100 Mbit/s", 100e6),
        ("1Gbit/s", 1e9),
        ("9.6 kbit/s", 9600.0),
        ("264 bit/s", 264.0),
    ],
)
def test_rates_are_in_bits(text: str, bits_per_second: float) -> None:
    assert units.parse_rate_bps(text) == bits_per_second


@pytest.mark.parametrize(("text", "watts"), [("5.7 W", 5.7), ("300mW", 0.3), ("1.2 kW", 1200.0)])
def test_powers_are_in_watts(text: str, watts: float) -> None:
    assert units.parse_power_w(text) == watts


@pytest.mark.parametrize(
    ("text", "joules"), [("20 mJ", 0.02), ("1.5 kJ", 1500.0), ("2 Wh", 7200.0), ("1 kWh", 3.6e6)]
)
def test_energies_are_in_joules(text: str, joules: float) -> None:
    assert units.parse_energy_j(text) == joules


@pytest.mark.parametrize(
    ("text", "joules_per_bit"),
    [("450 nJ/bit", 450e-9), ("2.7 \N{MICRO SIGN}J/bit", 2.7e-6), ("1 pJ/bit", 1e-12), (0, 0.0)],
)
def test_energies_per_bit_are_in_joules(text: object, joules_per_bit: float) -> None:
    assert units.parse_energy_per_bit_j(text) == joules_per_bit


@pytest.mark.parametrize("text", ["450 nJ", "450 nJ/byte", "450", "-1 nJ/bit"])
def test_what_is_no_energy_per_bit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="energy per bit"):
        units.parse_energy_per_bit_j(text)


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (0.0, "0 J"),
        (5.2e-8, "52 nJ"),
        (0.00235, "2.35 mJ"),
        (3.0, "3 J"),
        (7200.0, "7.2 kJ"),
        (4e6, "4 MJ"),
    ],
)
def test_energies_are_shown_in_the_unit_that_reads_best(joules: float, text: str) -> None:
    assert units.format_energy(joules) == text
    assert units.format_power(joules) == text.replace("J", "W")


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("144 B", 144.0), ("1.5 kB", 1500.0), ("64 KiB", 65536.0), ("2 GiB", 2147483648.0)],
)
def test_sizes_know_decimal_and_binary_prefixes(text: str, size_bytes: float) -> None:
    assert units.parse_size_bytes(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "share"),
    [("0.1 %", 0.001), ("100%", 1.0), ("1e-5", 1e-5), (0.5, 0.5), (1, 1.0), ("0", 0.0)],
)
def test_shares_need_no_unit(text: object, share: float) -> None:
    assert units.parse_share(text) == share


@pytest.mark.parametrize("text", ["2", 2, 2.0, "2 m", "ms", "two ms", "2 ms 3", "", "2 MS"])
def test_a_duration_without_a_known_unit_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        units.parse_duration_s(text)


def test_bits_are_never_taken_for_bytes() -> None:
    with pytest.raises(ValueError, match="bit/s"):
        units.parse_rate_bps("100 MB/s")
    with pytest.raises(ValueError, match="kB"):
        units.parse_size_bytes("100 kbit")


@pytest.mark.parametrize("value", [None, True, [], {}, "nan ms", "inf s", "1e999 s", "-1 ms"])
def test_what_is_no_finite_quantity_of_at_least_0_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        units.parse_duration_s(value)


def test_a_share_is_at_most_one() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        units.parse_share("101 %")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.0, "2 s"),
        (0.00235, "2.35 ms"),
        (0.0005, "500 us"),
        (3e-9, "3 ns"),
        (0.0, "0 ms"),
        (123.4, "123 s"),
        (1234.0, "1234 s"),
        (math.nan, "n/a"),
    ],
)
def test_durations_are_shown_with_three_digits(seconds: float, text: str) -> None:
    assert units.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("bits_per_second", "text"),
    [(100e6, "100 Mbit/s"), (1e9, "1 Gbit/s"), (9600.0, "9.6 kbit/s"), (264.0, "264 bit/s")],
)
def test_rates_are_shown_in_the_unit_that_reads_best(bits_per_second: float, text: str) -> None:
    assert units.format_rate(bits_per_second) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(144.0, "144 B"), (14592.0, "14.6 kB"), (1.25e6, "1.25 MB"), (2e9, "2 GB")],
)
def test_sizes_are_shown_in_decimal_units(size_bytes: float, text: str) -> None:
    assert units.format_size(size_bytes) == text
