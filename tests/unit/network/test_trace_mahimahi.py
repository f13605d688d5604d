"""Mahimahi's packet-delivery traces as rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.network.trace_mahimahi import parse_mahimahi, read_mahimahi

_DELIVERY_BITS = 12_000


def test_deliveries_become_a_rate_for_each_bin() -> None:
    # 12 Mbit/s is one delivery a millisecond; then half of that; 200 ms in all.
    lines = [*range(1, 101), *range(102, 201, 2)]
    table = parse_mahimahi("\n".join(map(str, lines)), source="t")
    columns = TraceColumns(rate_bps=(12e6, 6e6))
    assert table == TraceTable((0.0, 0.1), columns, columns, period_s=0.2)


def test_bins_end_with_their_last_millisecond_and_the_last_one_may_be_short() -> None:
    # Bins of 10 ms: 0, 3 and 10 in the first, 11 in the second, 25 in the third, 5 ms long.
    table = parse_mahimahi("0\n3\n10\n11\n25\n", source="t", bin_s=0.01)
    assert table.up.rate_bps == (
        3 * _DELIVERY_BITS / 0.01,
        1 * _DELIVERY_BITS / 0.01,
        1 * _DELIVERY_BITS / 0.005,
    )
    assert (table.instants_s, table.period_s) == ((0.0, 0.01, 0.02), 0.025)
    assert table.up.outage is None


def test_a_bin_without_deliveries_holds_packets_for_the_next_one() -> None:
    table = parse_mahimahi("5\n35\n35\n", source="t", bin_s=0.01)
    assert table.up.outage == ("none", "held", "held", "none")
    assert table.up.rate_bps == (1.2e6, 4.8e6, 4.8e6, 4.8e6)


def test_no_delivery_is_lost_or_made_up() -> None:
    lines = [0, 0, 7, 7, 7, 13, 40, 99, 100, 101, 230]
    table = parse_mahimahi("\n".join(map(str, lines)), source="t", bin_s=0.03)
    assert table.up.rate_bps is not None
    assert table.up.outage is not None
    assert table.period_s is not None
    ends_s = (*table.instants_s[1:], table.period_s)
    bits = sum(
        rate_bps * (end_s - begin_s)
        for begin_s, end_s, rate_bps, outage in zip(
            table.instants_s,
            ends_s,
            [r or 0.0 for r in table.up.rate_bps],
            table.up.outage,
            strict=True,
        )
        if outage == "none"
    )
    assert bits == pytest.approx(len(lines) * _DELIVERY_BITS)


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_trace_may_be_for_one_direction(way: str) -> None:
    table = parse_mahimahi("1\n2\n", source="t", ways=(way,))
    other = "down" if way == "up" else "up"
    assert getattr(table, way).rate_bps is not None
    assert getattr(table, other) == TraceColumns()


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("", "t", "empty"),
        ("\n \n", "t", "empty"),
        ("0\n0\n", "t", "above 0"),
        ("1\n5\n4\n", "t:3", "not go back, but the line before says 5 ms"),
        ("1\n-2\n", "t:2", "whole number"),
        ("1\n2.5\n", "t:2", "whole number"),
        ("1\nnan\n", "t:2", "whole number"),
        ("1 2\n", "t:1", "whole number"),
        ("1\n9999999999999\n", "t:2", "whole number"),
        ("time,delay\n0,1\n", "t:1", "whole number"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, where: str, rule: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mahimahi(text, source="t")
    assert caught.value.where == where
    assert rule in caught.value.rule
    assert caught.value.next_step


@pytest.mark.parametrize("bin_s", [0.0, 0.0005, 0.0015, 10.001])
def test_a_bin_is_whole_milliseconds(bin_s: float) -> None:
    with pytest.raises(ConfigError, match="whole milliseconds"):
        parse_mahimahi("1\n", source="t", bin_s=bin_s)


def test_a_gap_of_years_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(ConfigError, match="at most 1,000,000 bins"):
        parse_mahimahi("1\n999999999999\n", source="t")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cell.up"
    file.write_text("1\n2\n")
    assert read_mahimahi(file).period_s == 0.002
    with pytest.raises(ConfigError, match="no such file"):
        read_mahimahi(tmp_path / "none")
    file.write_bytes(b"1\n\xff\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        read_mahimahi(file)
    assert caught.value.where == f"{file}:2"
