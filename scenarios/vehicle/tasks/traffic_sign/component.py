"""The parts of the traffic sign task, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.evaluation import HEADLINE, controls, judge
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.processing import SignProcessing
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import IMAGE_SIDE, SHAPES
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.task import TRAFFIC_SIGN
from edge_aibench.tasks.component import Component, Preset, TensorSpec
from edge_aibench.tasks.media import read_image

if TYPE_CHECKING:
    from edge_aibench.tasks.component import LearnerRequest, Processing
    from edge_aibench.tasks.training import Learner

# One row, by TensorFlow's profiler; the published 0.470 GFLOP of the reference are its
# convolutions and transformations.
_FLOPS: Final = {"reference": 472_259_724, "sabour": 787_564_440, "lite": 20_439_326}


def component() -> Component:
    """Give the task's parts."""
    return Component(
        task=TRAFFIC_SIGN,
        framework="keras",
        presets={name: _preset(name) for name in SHAPES},
        data=GtsrbLayout(),
        processing=_processing,
        build=_build,
        learner=_learner,
        judge=judge,
        controls=controls,
        read=read_image,
        headline=HEADLINE,
        encodings=("raw", "jpeg:90", "float32", "base64-float64"),
    )


def _preset(name: str) -> Preset:
    return Preset(
        parameters=TRAFFIC_SIGN.parameters[name],
        flops=_FLOPS[name],
        inputs=(TensorSpec(name="image", shape=(IMAGE_SIDE, IMAGE_SIDE, 3)),),
        outputs=(TensorSpec(name="lengths", shape=(CLASS_COUNT,)),),
    )


def _processing(preset: str) -> Processing:
    TRAFFIC_SIGN.check_preset(preset)
    return SignProcessing()


def _build(preset: str, seed: int) -> Any:
    TRAFFIC_SIGN.check_preset(preset)
    from edge_aibench.inference.tensorflow import import_tensorflow

    # First, so that a machine without TensorFlow is told so.
    import_tensorflow()
    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.networks import build

    return build(preset, seed)


def _learner(request: LearnerRequest) -> Learner:
    TRAFFIC_SIGN.check_preset(request.preset)
    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.learner import CapsuleLearner

    return CapsuleLearner(request)
