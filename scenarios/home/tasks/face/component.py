"""The parts of the face task, put together."""

from __future__ import annotations

from typing import Final

from edge_aibench.scenarios.home.tasks.face import networks
from edge_aibench.scenarios.home.tasks.face.data import FaceLayout
from edge_aibench.scenarios.home.tasks.face.evaluation import controls, judge
from edge_aibench.scenarios.home.tasks.face.learner import FaceLearner
from edge_aibench.scenarios.home.tasks.face.presets import LITE, SHAPES
from edge_aibench.scenarios.home.tasks.face.processing import processing
from edge_aibench.scenarios.home.tasks.face.task import FACE
from edge_aibench.tasks.component import Component, Preset, TensorSpec
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.task import REFERENCE

# Counted by TensorFlow's profiler on one row, 2 for a multiply-add.
_FLOPS: Final = {
    REFERENCE: 2_844_786_768,
    "facenet-128": 2_843_407_824,
    "sphereface": 3_504_533_568,
    "sphereface-edge-aibench": 4_114_320_448,
    LITE: 52_607_192,
}


def component() -> Component:
    """Put the task together."""
    return Component(
        task=FACE,
        framework="keras",
        presets={name: _preset(name) for name in SHAPES},
        data=FaceLayout(),
        processing=processing,
        build=networks.build,
        read=read_image,
        learner=FaceLearner,
        judge=judge,
        controls=controls,
        headline="accuracy",
        encodings=("raw", "jpeg:90", "float32", "base64-float64"),
    )


def _preset(name: str) -> Preset:
    shape = SHAPES[name]
    return Preset(
        parameters=FACE.parameters[name],
        flops=_FLOPS[name],
        inputs=(TensorSpec(name="image", shape=(shape.picture.height, shape.picture.width, 3)),),
        outputs=(TensorSpec(name="embedding", shape=(shape.embedding,)),),
    )
