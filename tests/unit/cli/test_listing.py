"""`edge-aibench list`: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("scenarios", {"icu"}),
        ("topologies", {"icu-ward", "icu-ward-campus", "icu-ward-lan", "icu-ward-wifi"}),
        ("links", {"5g-urllc-target", "5g-sa-campus", "lte", "wifi6", "lan-1g", "wan-ocean"}),
        ("tasks", {"death", "decompensation", "heart-failure"}),
        ("hardware", {"edge-server", "bedside-monitor", "raspberry-pi-4"}),
    ],
)
def test_both_forms_hold_every_name(call: Call, kind: str, names: set[str]) -> None:
    table, listed = call("list", kind), call("list", kind, "--json")
    assert (table.code, table.err, listed.code, listed.err) == (0, "", 0, "")
    entries = json.loads(listed.out)
    assert names <= {entry["name"] for entry in entries}
    for entry in entries:
        assert any(line.split()[:1] == [entry["name"]] for line in table.out.splitlines())


def test_a_piped_table_has_one_entry_a_line_and_no_colour(call: Call) -> None:
    lines = call("list", "links").out.splitlines()
    (lte,) = (line for line in lines if line.split()[:1] == ["lte"])
    assert "25 ms ± 5.6 ms, 10 Mbit/s, loss 0.001" in lte
    assert "18 ms ± 4 ms, 30 Mbit/s, loss 0.001" in lte
    assert "judgement" in lte
    assert not any("\x1b" in line for line in lines)


def test_a_scenario_is_shown_with_its_budgets(call: Call) -> None:
    out = call("list", "scenarios").out
    assert "p99 1 ms" in out
    assert "p99 10 ms" in out
    (icu,) = (e for e in json.loads(call("list", "scenarios", "--json").out) if e["name"] == "icu")
    assert icu["budgets"]["end-to-end"]["limit"] == "0.01 s"


def test_links_are_listed_with_the_source_of_their_numbers(call: Call) -> None:
    for entry in json.loads(call("list", "links", "--json").out):
        assert entry["source"]
        assert entry["status"] in ("requirement", "measured", "judgement")


def test_tasks_are_listed_with_the_size_of_their_networks(call: Call) -> None:
    tasks = {t["name"]: t for t in json.loads(call("list", "tasks", "--json").out)}
    # As published with the benchmark's networks.
    assert tasks["death"]["parameters"]["reference"] == 7_569
    assert tasks["decompensation"]["parameters"]["reference"] == 105_089
    assert tasks["heart-failure"]["parameters"]["reference"] == 347_417
    assert "347,417 (reference)" in call("list", "tasks").out
