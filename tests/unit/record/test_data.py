from __future__ import annotations

from dataclasses import replace

import pytest

from edge_aibench.errors import InternalError
from edge_aibench.record.data import Request, hops_frame, requests_frame
from edge_aibench.record.example import example_run


def test_frames_are_typed_also_when_empty() -> None:
    requests, hops = requests_frame([]), hops_frame([])
    assert str(requests["scheduled_ns"].dtype) == "int64"
    assert str(requests["done_ns"].dtype) == "Int64"
    assert str(hops["start_ns"].dtype) == "int64"
    assert str(hops["critical"].dtype) == "bool"


def test_an_open_end_stays_open() -> None:
    rows = [
        Request(0, 0, 0, "m", 0, False, "answered", 2**53 + 1),
        Request(1, 0, 1, "m", 5, False, "timeout", None),
    ]
    frame = requests_frame(rows)
    # As a float this instant would be rounded: the column must hold integers.
    assert int(frame["done_ns"][0]) == 2**53 + 1
    assert frame["done_ns"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("status", "lost", "'lost'"), ("scheduled_ns", 0.5, "int64")],
)
def test_a_wrong_requests_table_is_our_bug(column: str, value: str | float, message: str) -> None:
    data = example_run([1.0])
    with pytest.raises(InternalError, match=message):
        replace(data, requests=data.requests.assign(**{column: value}))


@pytest.mark.parametrize(("column", "value"), [("kind", "walk"), ("direction", "sideways")])
def test_a_wrong_hops_table_is_our_bug(column: str, value: str) -> None:
    data = example_run([1.0])
    with pytest.raises(InternalError, match=value):
        replace(data, hops=data.hops.assign(**{column: value}))


def test_a_missing_column_is_named() -> None:
    data = example_run([1.0])
    with pytest.raises(InternalError, match="bytes"):
        replace(data, hops=data.hops.drop(columns=["bytes"]))
