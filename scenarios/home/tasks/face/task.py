"""The face verification task's entry in the list of tasks."""

from __future__ import annotations

from typing import Final

from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.weights import packaged_weights


def _component() -> object:
    from edge_aibench.scenarios.home.tasks.face.component import component

    return component()


FACE: Final = Task(
    name="face",
    title="Face verification: are two pictures of the same person",
    network="FaceNet (Inception-ResNet-v1) or SphereFace-20",
    framework="TensorFlow/Keras",
    dataset="LFW pairs and CASIA-WebFace (generated faces by default)",
    parameters={
        REFERENCE: 23_467_824,
        "facenet-128": 22_779_312,
        "sphereface": 22_666_944,
        "sphereface-edge-aibench": 37_349_568,
        "lite": 561_664,
    },
    metrics=("accuracy", "val_at_far_0.001", "auc", "eer"),
    component=_component,
    weights_root=lambda: packaged_weights("home"),
)
