"""`edge-aibench trace`: convert, generate, show."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.config.load import load_topology
from edge_aibench.config.trace_csv import read_trace

Call = Callable[..., Any]

_IRISH = """\
Timestamp,CellID,DL_bitrate,UL_bitrate,State,PINGAVG
2019.12.14_10.16.30,7,12000,20,D,65
2019.12.14_10.16.31,9,24000,20,D,69
2019.12.14_10.16.32,9,24000,20,D,65
"""


def test_a_mahimahi_trace_becomes_ours(call: Call, tmp_path: Path) -> None:
    source, out = tmp_path / "cell.up", tmp_path / "out.csv"
    source.write_text("\n".join(str(i) for i in range(1, 201)))
    ending = call(
        *("trace", "convert", "--from", "mahimahi", str(source)),
        *("--bin", "50ms", "--direction", "up", "--out", str(out)),
    )
    assert (ending.code, ending.out) == (0, "")
    assert ending.err.startswith(f"{out}: 4 rows")
    assert out.read_text().splitlines()[1:] == [
        "time (s),up rate (Mbit/s)",
        *("0,12", "0.05,12", "0.1,12", "0.15,12", "0.2,repeat"),
    ]


def test_a_file_of_the_irish_data_set_becomes_ours(call: Call, tmp_path: Path) -> None:
    source, out = tmp_path / "drive.csv", tmp_path / "out.csv"
    source.write_text(_IRISH)
    ending = call(
        *("trace", "convert", "--from", "irish-5g", str(source), "--out", str(out)),
        *("--base-delay", "7ms", "--handover", "80ms"),
    )
    assert ending.code == 0
    comment, *lines = out.read_text().splitlines()
    assert "a base of 7ms" in comment
    assert lines == [
        "time (s),delay (ms),down rate (Mbit/s),outage",
        "0,7,12,none",
        "1,9,24,held",
        "1.08,9,24,none",
        "2,7,24,none",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", "irish-5g", "FILE", "--handover", "80"), "--handover: must be a duration"),
        (("--from", "mahimahi", "FILE"), "drive.csv:1: must be one whole number"),
        (("--from", "mahimahi", "FILE", "--bin", "20s"), "whole milliseconds"),
        (("--from", "irish-5g", "NONE"), "there is no such file"),
        (("--from", "pcap", "FILE"), "irish-5g"),
    ],
)
def test_a_mistake_is_told_and_nothing_written(
    call: Call, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    source, out = tmp_path / "drive.csv", tmp_path / "out.csv"
    source.write_text(_IRISH)
    paths = {"FILE": str(source), "NONE": str(tmp_path / "none")}
    ending = call("trace", "convert", *(paths.get(w, w) for w in words), "--out", str(out))
    assert ending.code == 2
    assert message in ending.err
    assert not out.exists()


def test_a_trace_too_large_for_a_topology_is_not_written(call: Call, tmp_path: Path) -> None:
    source, out = tmp_path / "cell", tmp_path / "out.csv"
    source.write_text("1\n90000\n")
    convert = ("trace", "convert", "--from", "mahimahi", str(source), "--out", str(out))
    ending = call(*convert, "--bin", "1ms")
    assert ending.code == 2
    assert "more than 20,000 rows or 524 kB" in ending.err
    assert "steps longer" in ending.err
    assert call(*convert).code == 0


def test_a_folder_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    out = str(tmp_path / "none" / "out.csv")
    ending = call("trace", "generate", "vehicle-city", "--duration", "2s", "--out", out)
    assert ending.code == 3
    assert "No such file or directory" in ending.err


def test_the_trace_that_ships_is_generated_by_the_command_in_the_readme(
    call: Call, tmp_path: Path
) -> None:
    folder = Path(str(resources.files("edge_aibench.topologies")))
    command = (
        "trace generate vehicle-city --duration 288s --repeat "
        "--set links.access.mobility.step=1s --out"
    )
    assert f"edge-aibench {command} vehicle-city.csv" in " ".join(
        (folder / "README.md").read_text().replace("\\\n", "").split()
    )
    out = tmp_path / "out.csv"
    assert call(*command.split(), str(out)).code == 0
    shipped = folder / "vehicle-city.csv"
    assert out.read_text() == shipped.read_text()
    assert shipped.stat().st_size <= 20_000
    assert load_topology("vehicle-trace").links["access"].trace == read_trace(shipped)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("vehicle-static",), "the link does not move"),
        (("vehicle-city", "--link", "acces"), "did you mean access?"),
        (("vehicle-city", "--link", "wan"), "links.wan: the link does not move"),
        (("vehicle-city", "--number", "3", "--instances", "2"), "at most 2"),
        (("vehicle-city", "--duration", "0s"), "above 0"),
        (("vehicle-city", "--duration", "48h"), "at most 24 h"),
        (("vehicle-town",), "vehicle-city"),
    ],
)
def test_what_cannot_be_generated_is_told(
    call: Call, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    ending = call("trace", "generate", *words, "--out", str(tmp_path / "out.csv"))
    assert ending.code == 2
    assert message in ending.err


def test_a_trace_is_shown_in_words_and_as_json(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(
        "time (s),up delay (ms),down rate (Mbit/s),outage\n"
        "0,10,100,none\n8,30,unlimited,held\n10,repeat\n"
    )
    shown = call("trace", "show", str(file))
    assert (shown.code, shown.err) == (0, "")
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert lines[0] == "2 rows over 10 s, then it begins again"
    assert "delay 14 ms 10 ms 30 ms" in lines
    assert "rate unlimited 100 Mbit/s unlimited" in lines
    assert lines.count("held 1 outage, 2 s in all, the longest 2 s") == 2
    assert lines.count("lost no outage") == 2
    found = json.loads(call("trace", "show", str(file), "--json").out)
    assert found["duration_s"] == 10.0
    assert found["up"]["delay_s"] == pytest.approx({"mean": 0.014, "p5": 0.01, "p95": 0.03})
    assert found["up"]["rate_bps"] is None
    assert found["down"]["rate_bps"] == {"mean": None, "p5": 100e6, "p95": None}
    assert found["down"]["held"] == {"count": 1, "total_s": 2.0, "longest_s": 2.0}


def test_a_trace_that_is_wrong_is_not_shown(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text("time (s),delay (ms)\n0,1\n2,1\n1,1\n")
    ending = call("trace", "show", str(file))
    assert ending.code == 2
    assert f"{file}:4: time (s): time must rise" in ending.err
    assert "sort the rows" in ending.err
