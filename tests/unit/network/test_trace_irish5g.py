"""Files of the Irish 5G data set as traces; the rows here are made up in its format."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.network.trace_irish5g import parse_irish5g, read_irish5g

_HEADER = "Timestamp,Longitude,Speed,CellID,NetworkMode,DL_bitrate,UL_bitrate,State,PINGAVG\n"


def _row(second: int, *, cell: str = "7", down: str = "1000", state: str = "D", ping: str) -> str:
    return f"2019.12.14_10.16.{second:02},-8.5,40,{cell},5G,{down},20,{state},{ping}\n"


def test_only_the_variation_of_the_ping_counts_and_half_of_it_each_way() -> None:
    text = (
        _HEADER
        + _row(58, ping="70")
        + _row(59, ping="65")
        + _row(1, ping="85").replace("10.16", "10.17")
    )
    table = parse_irish5g(text, source="t", base_delay_s=0.01)
    assert table.instants_s == (0.0, 1.0, 3.0)
    assert table.up.delay_s == table.down.delay_s == (0.0125, 0.01, 0.02)
    assert (table.up.rate_bps, table.up.loss, table.down.loss) == (None, None, None)
    assert table.period_s is None


def test_idle_seconds_say_nothing_of_the_rate() -> None:
    rows = [("0", "D"), ("5000", "D"), ("0", "D"), ("9000", "I"), ("-", "D"), ("8", "D")]
    text = _HEADER + "".join(
        _row(number, down=down, state=state, ping="65") for number, (down, state) in enumerate(rows)
    )
    table = parse_irish5g(text, source="t")
    assert table.down.rate_bps == (5e6, 5e6, 5e6, 5e6, 5e6, 8e3)


def test_a_change_of_cell_is_an_interruption_of_the_length_given() -> None:
    text = _HEADER + "".join(
        _row(number, cell=cell, ping="65", down=str(1000 * (number + 1)))
        for number, cell in enumerate(["7", "-", "7", "8", "8"])
    )
    table = parse_irish5g(text, source="t", handover_s=0.12)
    assert table.instants_s == (0.0, 1.0, 2.0, 3.0, 3.12, 4.0)
    assert table.up.outage == table.down.outage == ("none", "none", "none", "held", "none", "none")
    assert table.down.rate_bps == (1e6, 2e6, 3e6, 4e6, 4e6, 5e6)
    without = parse_irish5g(text, source="t", handover_s=0.0)
    assert without.up.outage == ("none",) * 5


def test_of_two_rows_in_one_second_the_later_counts() -> None:
    text = _HEADER + _row(1, ping="65", down="1000") + _row(1, ping="65", down="2000")
    table = parse_irish5g(text, source="t")
    assert (table.instants_s, table.down.rate_bps) == ((0.0,), (2e6,))


def test_without_any_ping_the_link_keeps_its_delay() -> None:
    table = parse_irish5g(_HEADER + _row(1, ping="-"), source="t")
    assert table.up.delay_s is None
    assert table.down.delay_s is None


@pytest.mark.parametrize(
    ("text", "where", "key", "rule"),
    [
        ("", "t", None, "empty"),
        (_HEADER, "t", None, "empty"),
        (_HEADER.replace("CellID", "Cell"), "t", None, "empty"),
        (_HEADER.replace("CellID", "Cell") + _row(1, ping="65"), "t:1", None, "no column"),
        (_HEADER + "2019.12.14_10.16.01,1,2\n", "t:2", None, "must have 9 values"),
        (_HEADER + _row(1, ping="x"), "t:2", "PINGAVG", "number of at least 0"),
        (_HEADER + _row(1, ping="-5"), "t:2", "PINGAVG", "number of at least 0"),
        (_HEADER + _row(1, ping="nan"), "t:2", "PINGAVG", "number of at least 0"),
        (_HEADER + _row(1, ping="65", down="inf"), "t:2", "DL_bitrate", "number of at least 0"),
        (_HEADER + _row(1, ping="65", down="0"), "t", "DL_bitrate", "1 kbit/s"),
        (_HEADER + _row(5, ping="65") + _row(4, ping="65"), "t:3", "Timestamp", "not go back"),
        (
            _HEADER + _row(1, ping="65").replace("2019.12.14", "14/12/2019"),
            "t:2",
            "Timestamp",
            "2019.12.14_10.16.30",
        ),
    ],
)
def test_a_mistake_is_named_with_line_and_column(
    text: str, where: str, key: str | None, rule: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_irish5g(text, source="t")
    assert (caught.value.where, caught.value.key) == (where, key)
    assert rule in caught.value.rule
    assert caught.value.next_step


def test_a_handover_is_shorter_than_a_row() -> None:
    with pytest.raises(ConfigError, match="below 1 s"):
        parse_irish5g(_HEADER + _row(1, ping="65"), source="t", handover_s=1.0)


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "drive.csv"
    file.write_text(_HEADER + _row(1, ping="65"))
    assert read_irish5g(file).down.rate_bps == (1e6,)
    with pytest.raises(ConfigError, match="is a folder"):
        read_irish5g(tmp_path)
