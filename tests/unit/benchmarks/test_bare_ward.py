from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest

from benchmarks import bare_ward


def test_it_imports_nothing_of_the_framework() -> None:
    tree = ast.parse(Path(bare_ward.__file__).read_text())
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.startswith(("edge_aibench", "benchmarks"))}


def test_lines_arrive_whole() -> None:
    here, there = socket.socketpair()
    with here, there:
        bare_ward.say(here, {"pid": 17, "padding": "x" * 5000})
        assert bare_ward.hear(there) == {"pid": 17, "padding": "x" * 5000}


def test_a_silent_end_is_an_error() -> None:
    here, there = socket.socketpair()
    with there:
        here.close()
        with pytest.raises(RuntimeError, match="has ended"):
            bare_ward.hear(there)


def test_every_link_goes_both_ways_with_its_delay() -> None:
    hosts = {name: bare_ward.Child(0, socket.socket()) for name in ("patient-0", "edge")}
    table = bare_ward.relay_table(hosts, 500_000)
    for host in hosts.values():
        host.line.close()
    assert table == {
        "h0": ("p0", 500_000),
        "p0": ("h0", 500_000),
        "h1": ("p1", 0),
        "p1": ("h1", 0),
    }


def test_percentile_is_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 201)]
    assert bare_ward.percentile(values, 50) == 100.0
    assert bare_ward.percentile(values, 99) == 198.0
    assert bare_ward.percentile([7.0], 99) == 7.0


def test_a_message_is_as_long_as_the_scenarios() -> None:
    text = (Path(bare_ward.__file__).parent / "empty_ward" / "scenario.yaml").read_text()
    assert f"payload: {bare_ward.MESSAGE_BYTES} B" in text
