"""The two networks at work in their stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.scenarios.vehicle.decision import SeenSign
from edge_aibench.scenarios.vehicle.detection import Regions
from edge_aibench.scenarios.vehicle.drives.road import SIZE
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import IMAGE_SIDE
from edge_aibench.tasks.payload import damaged, pack_array, unpack_array

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import Pipeline
    from edge_aibench.model.components import Call
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes


class LaneDetection:
    """The lines of a frame; several frames go through the network together."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def process(self, call: Call) -> Lanes:
        """Give the lines of one request's frame."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[Lanes]:
        """Give the lines of the frames of several requests."""
        return self._pipeline.answers([call.inputs["decode"] for call in calls])


class TrafficSign:
    """The signs of a frame: what the network makes of each region, if its capsule is at least
    *least_length* long.
    """

    def __init__(self, pipeline: Pipeline, *, least_length: float) -> None:
        self._pipeline = pipeline
        self._least_length = least_length

    def process(self, call: Call) -> tuple[SeenSign, ...]:
        """Give the signs among one request's regions."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[tuple[SeenSign, ...]]:
        """Give the signs of several requests, whose regions share one pass."""
        found: list[Regions] = [call.inputs["detect"] for call in calls]
        crops = [crop for regions in found for crop in regions.crops]
        answers = iter(self._pipeline.answers(crops) if crops else ())
        return [self._signs(regions, answers) for regions in found]

    def samples(self, call: Call) -> int:
        """As many as there are regions in the frame."""
        regions: Regions = call.inputs["detect"]
        return len(regions.crops)

    def _signs(self, regions: Regions, answers: Any) -> tuple[SeenSign, ...]:
        signs = []
        for box, answer in zip(regions.boxes.tolist(), answers, strict=False):
            length = float(answer.lengths[answer.class_id])
            if length >= self._least_length:
                signs.append(SeenSign(class_id=answer.class_id, length=length, box=tuple(box)))
        return tuple(signs)


class RegionSamples:
    """Where the samples of `traffic-sign` lie in its input: each region is one.

    The boxes, int32 (n, 4), go along for what the rest says of them.
    """

    def taken(self, value: Any, /) -> tuple[Sequence[Any], bytes]:
        """See `SampleLayout.taken`."""
        regions: Regions = value
        return regions.crops, pack_array(regions.boxes)

    def restored(self, activations: Sequence[Any], aside: bytes, /) -> Regions:
        """See `SampleLayout.restored`."""
        boxes = unpack_array(aside)
        if boxes.shape != (len(activations), 4):
            raise damaged("boxes of regions", aside)
        return Regions(boxes=boxes, crops=tuple(activations))


def load_pipeline(scenario: Scenario, name: str, *, runtime: str) -> Pipeline:
    """Load the network of an inference stage and run it once, as its first run is slow.

    Raises ConfigError and HostError as `load_stage_network` does.
    """
    from edge_aibench.inference.stage_network import load_stage_network

    pipeline = load_stage_network(scenario, name, runtime=runtime, task=name).pipeline
    side = SIZE[::-1] if name == "lane-detection" else (IMAGE_SIDE, IMAGE_SIDE)
    pipeline.answer(np.zeros((*side, 3), np.uint8))
    return pipeline
