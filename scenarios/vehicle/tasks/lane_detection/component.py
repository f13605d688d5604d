"""Lane detection's parts put together."""

from __future__ import annotations

from edge_aibench.scenarios.vehicle.tasks.lane_detection import evaluation, networks
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.tusimple import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.learner import LaneLearner
from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import LaneProcessing
from edge_aibench.scenarios.vehicle.tasks.lane_detection.task import LANE_DETECTION
from edge_aibench.tasks.component import Component
from edge_aibench.tasks.media import read_image


def component() -> Component:
    """Give lane detection's parts; frameworks are imported where they are used."""
    return Component(
        task=LANE_DETECTION,
        framework="torch",
        presets=networks.presets(),
        data=TuSimple(),
        processing=lambda preset: LaneProcessing(size=networks.get_shape(preset).size),
        build=networks.build,
        learner=LaneLearner,
        judge=evaluation.judge,
        controls=evaluation.controls,
        read=read_image,
        headline=evaluation.HEADLINE,
        encodings=("raw", "jpeg:90", "float32", "base64-float64"),
    )
