"""Person re-identification as a component: its parts put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.camera.tasks.person_reid.data import Market1501
from edge_aibench.scenarios.camera.tasks.person_reid.evaluation import controls, judge
from edge_aibench.scenarios.camera.tasks.person_reid.networks import build
from edge_aibench.scenarios.camera.tasks.person_reid.processing import ReidProcessing
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import network_shape
from edge_aibench.scenarios.camera.tasks.person_reid.task import LITE, PERSON_REID
from edge_aibench.tasks.component import Component, Preset, TensorSpec
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.task import REFERENCE
from edge_aibench.tasks.torch_state import import_torch

if TYPE_CHECKING:
    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import Learner

# Counted by PyTorch's FlopCounterMode for one image; with its mirror image it is twice this.
FLOPS: Final = {REFERENCE: 8_110_735_360, LITE: 78_217_216}


def component() -> Component:
    """Give the component."""
    return Component(
        task=PERSON_REID,
        framework="torch",
        presets={name: _preset(name) for name in PERSON_REID.parameters},
        data=Market1501(),
        processing=ReidProcessing.of_preset,
        build=build,
        learner=_learner,
        judge=judge,
        controls=controls,
        read=read_image,
        headline="map",
        encodings=("raw", "jpeg:90", "float32", "base64-float64"),
    )


def _preset(name: str) -> Preset:
    shape = network_shape(name).encoder
    return Preset(
        parameters=PERSON_REID.parameters[name],
        flops=FLOPS[name],
        inputs=(TensorSpec(name="images", shape=(3, shape.height, shape.width)),),
        outputs=(
            TensorSpec(name="primary", shape=(shape.embedding,)),
            TensorSpec(name="fine", shape=(shape.embedding,)),
        ),
        flops_note="one row; an image is two rows, itself and its mirror image",
    )


def _learner(request: LearnerRequest) -> Learner:
    import_torch()
    from edge_aibench.scenarios.camera.tasks.person_reid.learner import ReidLearner

    return ReidLearner(request)
