"""The entry of person re-identification in the list of tasks; importing it loads no framework."""

from __future__ import annotations

from typing import Final

from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.weights import packaged_weights

LITE: Final = "lite"


def _component() -> object:
    from edge_aibench.scenarios.camera.tasks.person_reid.component import component

    return component()


PERSON_REID: Final = Task(
    name="person-reid",
    title="Person re-identification: the same person under another camera",
    network="DG-Net appearance encoder (ResNet-50, two 512-d embeddings)",
    framework="PyTorch",
    dataset="Market-1501 (generated people by default)",
    parameters={REFERENCE: 25_608_256, LITE: 677_392},
    metrics=("map", "rank1", "rank5", "rank10"),
    component=_component,
    weights_root=lambda: packaged_weights("camera"),
)
