"""Lane detection as an entry in the list of tasks; importing this loads no framework."""

from __future__ import annotations

from typing import Final

from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.weights import packaged_weights


def _component() -> object:
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.component import component

    return component()


LANE_DETECTION: Final = Task(
    name="lane-detection",
    title="Lane detection: the lines of the own lane and its neighbours in a frame",
    network="LaneNet on ENet, instance embedding of 4 dimensions",
    framework="PyTorch",
    dataset="TuSimple (generated frames by default), CULane",
    parameters={REFERENCE: 560_469, "lite": 144_829},
    metrics=("accuracy", "false_positive_rate", "false_negative_rate"),
    component=_component,
    weights_root=lambda: packaged_weights("vehicle"),
)
