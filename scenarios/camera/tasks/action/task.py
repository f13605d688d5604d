"""The list entry of action recognition; importing this imports no framework."""

from __future__ import annotations

from typing import Final

from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.weights import packaged_weights


def _component() -> object:
    """Make the component; imported here because listing tasks must stay cheap."""
    from edge_aibench.scenarios.camera.tasks.action.component import component

    return component()


ACTION: Final = Task(
    name="action",
    title="Action recognition: what a person in a short video does",
    network="3D ResNet-18",
    framework="PyTorch",
    dataset="UCF101, split 1 (generated videos by default)",
    parameters={REFERENCE: 33_255_717, "lite": 527_714, "lite-ucf101": 533_629},
    metrics=("top1", "mean_class_top1"),
    component=_component,
    weights_root=lambda: packaged_weights("camera"),
)
