"""Traces as CSV: what is read, and what each mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.config.trace_csv import (
    MAX_ROWS,
    MAX_TRACE_BYTES,
    parse_trace,
    read_trace,
    write_trace,
)
from edge_aibench.errors import ConfigError
from edge_aibench.model.trace_table import TraceColumns, TraceTable

_FULL = """\
# a drive
time (s),up delay (ms),down delay (us),rate (Mbit/s),loss (%),outage
0,8.5,7000,48.2,0.01,none

0.4,8.5,7000,unlimited,0,held
0.52,9,7500,30,0.01,lost
60,repeat
"""


def test_columns_are_read_in_their_units_for_their_directions() -> None:
    table = parse_trace(_FULL, source="t")
    assert (table.instants_s, table.period_s) == ((0.0, 0.4, 0.52), 60.0)
    assert table.up == TraceColumns(
        delay_s=(0.0085, 0.0085, 0.009),
        rate_bps=(48.2e6, None, 30e6),
        loss=(1e-4, 0.0, 1e-4),
        outage=("none", "held", "lost"),
    )
    assert table.down.delay_s == (0.007, 0.007, 0.0075)
    assert table.down.rate_bps == table.up.rate_bps


def test_a_column_that_is_missing_says_nothing() -> None:
    table = parse_trace("time (min),down rate (kbit/s)\n0,5\n1.5,6\n", source="t")
    assert table.instants_s == (0.0, 90.0)
    assert table.up == TraceColumns()
    assert table.down == TraceColumns(rate_bps=(5e3, 6e3))
    assert table.period_s is None


def test_it_is_written_in_one_way_and_short() -> None:
    text = write_trace(parse_trace(_FULL, source="t"), comment="two\nlines")
    assert text == (
        "# two\n# lines\n"
        "time (s),up delay (ms),down delay (ms),rate (Mbit/s),loss (%),outage\n"
        "0,8.5,7,48.2,0.01,none\n"
        "0.4,8.5,7,unlimited,0,held\n"
        "0.52,9,7.5,30,0.01,lost\n"
        "60,repeat\n"
    )


_HEADER = "time (s),delay (ms),rate (Mbit/s)"


@pytest.mark.parametrize(
    ("text", "where", "key", "rule", "next_step"),
    [
        ("", "t", None, "empty", "first line"),
        ("# nothing\n\n", "t", None, "empty", "first line"),
        (_HEADER, "t", None, "no rows", "add a row"),
        (f"{_HEADER}\n10,repeat", "t", None, "no rows", "add a row"),
        ("delay (ms)\n1", "t:1", "delay (ms)", "first column must be the time", "first line"),
        ("time (s)\n0", "t:1", None, "a column beside the time", "delay"),
        ("time (s),delai (ms)\n0,1", "t:1", None, "no column of this name", "delay"),
        ("time (s),up time (s)\n0,1", "t:1", None, "no column of this name", "known|mean"),
        ("time (s),time (s)\n0,1", "t:1", "time (s)", "comes twice", "drop"),
        ("time (s),delay (ms),up delay (ms)\n0,1,1", "t:1", "up delay (ms)", "twice", "drop"),
        ("time (s),delay\n0,1", "t:1", "delay", "unit in brackets", "delay (ms)"),
        ("time,delay (ms)\n0,1", "t:1", "time", "unit in brackets", "time (s)"),
        ("time (s),rate (MB/s)\n0,1", "t:1", "rate (MB/s)", "Mbit/s", "rate (Mbit/s)"),
        ("time (s),outage (s)\n0,1", "t:1", "outage (s)", "no unit", "outage"),
        (f"{_HEADER}\n0,1", "t:2", None, "must have 3 values", "add or remove"),
        (f"{_HEADER}\n0,1,2,3", "t:2", None, "must have 3 values", "add or remove"),
        (f"{_HEADER}\n5,repeat\n0,1,2", "t:2", None, "must have 3 values", "last line only"),
        (f"{_HEADER}\n1,1,2", "t:2", "time (s)", "first row must be at time 0", "subtract"),
        (f"{_HEADER}\n0,1,2\n\n5,1,2\n4,1,2", "t:5", "time (s)", "row before is at 5 s", "sort"),
        (f"{_HEADER}\n0,1,2\n0,1,2", "t:3", "time (s)", "must rise", "keep one"),
        (f"{_HEADER}\n0,-1,2", "t:2", "delay (ms)", "at least 0", "leave the row out"),
        (f"{_HEADER}\n0,nan,2", "t:2", "delay (ms)", "at least 0", "leave the row out"),
        (f"{_HEADER}\n0,inf,2", "t:2", "delay (ms)", "at least 0", "leave the row out"),
        (f"{_HEADER}\n0,,2", "t:2", "delay (ms)", "at least 0", "leave the row out"),
        (f"{_HEADER}\n0,2ms,2", "t:2", "delay (ms)", "at least 0", "leave the row out"),
        (f"{_HEADER}\n0,1e999,2", "t:2", "delay (ms)", "finite", None),
        (f"{_HEADER}\n0,1,0", "t:2", "rate (Mbit/s)", "1 kbit/s", "outage"),
        ("time (s),loss (%)\n0,100", "t:2", "loss (%)", "below 100 %", "lost"),
        ("time (s),outage\n0,yes", "t:2", "outage", "none, held or lost", None),
        (f"{_HEADER}\n0,1,2\n3,1,2\n3,repeat", "t:4", "time (s)", "after the last row", "later"),
        (f"{_HEADER}\n0,1,2\n3,repeat,2", "t:3", None, "nothing else", "repeat"),
        (f'{_HEADER}\n0,"1,2', "t:2", None, "comma-separated", "quotes"),
    ],
)
def test_a_mistake_is_named_with_line_and_column(
    text: str, where: str, key: str | None, rule: str, next_step: str | None
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_trace(text, source="t")
    assert (caught.value.where, caught.value.key) == (where, key)
    assert rule in caught.value.rule
    if next_step is not None:
        assert caught.value.next_step is not None
        assert any(word in caught.value.next_step for word in next_step.split("|"))


def test_padding_after_repeat_is_no_mistake() -> None:
    assert parse_trace(f"{_HEADER}\n0,1,2\n3,repeat,\n", source="t").period_s == 3.0


def test_rows_are_limited() -> None:
    rows = "\n".join(f"{second},1" for second in range(MAX_ROWS))
    text = f"time (s),delay (ms)\n{rows}\n"
    assert len(parse_trace(text, source="t").instants_s) == MAX_ROWS
    with pytest.raises(ConfigError, match="at most 20,000 rows"):
        parse_trace(f"{text}{MAX_ROWS},1\n", source="t")


def test_files_are_limited_and_text(tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    with pytest.raises(ConfigError, match="no such file"):
        read_trace(file)
    file.write_bytes(b"time (s),delay (ms)\n0,\xff\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        read_trace(file)
    assert caught.value.where == f"{file}:2"
    file.write_text("#" * (MAX_TRACE_BYTES + 1))
    with pytest.raises(ConfigError, match="at most 524288 bytes"):
        read_trace(file)
    with pytest.raises(ConfigError, match="is a folder"):
        read_trace(tmp_path)
    file.write_bytes(b"\xef\xbb\xbftime (s),delay (ms)\r\n0,5\r\n")
    assert read_trace(file) == TraceTable(
        (0.0,), TraceColumns(delay_s=(0.005,)), TraceColumns(delay_s=(0.005,))
    )
