"""What a record says of nodes that took their service times from this machine's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge_aibench.record.combine import combine
from edge_aibench.record.example import example_run
from edge_aibench.record.scaling import scaled_nodes
from edge_aibench.record.summary import Summary, summarise

BOARD = {
    "name": "board",
    "speed": 0.125,
    "yardstick": {
        "network": "resnet-50",
        "time": "448 ms",
        "here": "56 ms",
        "precision": "float32",
        "runtime": "some",
        "origin": "somebody",
    },
}


def experiment(**hardware: Any) -> dict[str, Any]:
    nodes = {name: {"tier": "edge", "hardware": written} for name, written in hardware.items()}
    return {"topology": {"name": "ward", "nodes": nodes}}


def test_scaled_nodes_are_found_in_order_and_others_left_out() -> None:
    found = scaled_nodes(
        experiment(
            bedside=BOARD,
            switch=None,
            edge={"name": "edge-server", "speed": 1},
            cloud={"name": "old-server", "speed": 0.5, "source": "ours"},
        )
    )
    assert [(s.node, s.hardware, s.speed) for s in found] == [
        ("bedside", "board", 0.125),
        ("cloud", "old-server", 0.5),
    ]
    assert found[0].text == (
        "scaled by 0.125: ResNet-50 here 56 ms, there 448 ms, both float32 (somebody)"
    )
    assert found[1].text == "scaled by a judged 0.5"


def test_a_record_without_a_topology_has_none() -> None:
    assert scaled_nodes({}) == ()
    assert scaled_nodes({"scenario": "icu"}) == ()


def test_the_summary_carries_them_and_repeats_keep_them() -> None:
    data = replace(example_run([5.0] * 40), experiment=experiment(bedside=BOARD))
    summary = summarise(data, folder="runs/x")
    assert [s.hardware for s in summary.scaled] == ["board"]
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    both = combine([summary, summarise(data, folder="runs/y")], repeat_command="again")
    assert both.scaled == summary.scaled


def test_an_older_summary_without_them_can_be_read() -> None:
    document = summarise(example_run([5.0] * 40), folder="runs/x").model_dump(mode="json")
    del document["scaled"]
    assert Summary.model_validate(document).scaled == ()
