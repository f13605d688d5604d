"""The parts of action recognition, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.scenarios.camera.tasks.action.data.layout import ActionVideos
from edge_aibench.scenarios.camera.tasks.action.evaluation import HEADLINE, controls, judge
from edge_aibench.scenarios.camera.tasks.action.presets import PRESETS
from edge_aibench.scenarios.camera.tasks.action.processing import processing
from edge_aibench.scenarios.camera.tasks.action.task import ACTION
from edge_aibench.tasks.component import Component
from edge_aibench.tasks.media import read_video

if TYPE_CHECKING:
    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import Learner


def component() -> Component:
    """Give the component of the task `action`."""
    return Component(
        task=ACTION,
        framework="torch",
        presets=PRESETS,
        data=ActionVideos(),
        processing=processing,
        build=_build,
        learner=_learner,
        judge=judge,
        controls=controls,
        read=read_video,
        headline=HEADLINE,
        encodings=("raw", "jpeg:90", "float32", "base64-float64"),
    )


def _build(preset: str, seed: int) -> Any:
    from edge_aibench.scenarios.camera.tasks.action.networks import build

    return build(preset, seed)


def _learner(request: LearnerRequest) -> Learner:
    from edge_aibench.scenarios.camera.tasks.action.learner import ActionLearner

    return ActionLearner(request)
