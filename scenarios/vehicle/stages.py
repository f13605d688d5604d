"""The working parts of the vehicle scenario: camera, compression, lanes, signs, decision."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.vehicle import codecs
from edge_aibench.scenarios.vehicle.decision import Decide
from edge_aibench.scenarios.vehicle.detection import SignFinder
from edge_aibench.scenarios.vehicle.drives.road import SIZE
from edge_aibench.scenarios.vehicle.images import Compress, Decode
from edge_aibench.scenarios.vehicle.networks import LaneDetection, TrafficSign, load_pipeline
from edge_aibench.scenarios.vehicle.parameters import read_parameters
from edge_aibench.scenarios.vehicle.quality import Judge, sum_up
from edge_aibench.scenarios.vehicle.recordings import end_threads, make_fleet

if TYPE_CHECKING:
    from edge_aibench.model.components import (
        Answer,
        Call,
        Codec,
        Context,
        SensorFunction,
        StageFunction,
    )
    from edge_aibench.scenarios.vehicle.detection import Regions
    from edge_aibench.scenarios.vehicle.recordings import Fleet

_WHERE = "scenario vehicle"
_INFERENCE_MODES = ("window",)


class Detect:
    """Sign-like regions of a frame."""

    def __init__(self, finder: SignFinder) -> None:
        self._finder = finder

    def process(self, call: Call) -> Regions:
        """Find them and cut them out."""
        return self._finder.find(call.inputs["decode"])


class Drive:
    """The vehicle takes the decision: the request ends."""

    def process(self, call: Call) -> None:
        """Do nothing more."""
        del call


class Archive:
    """Keeps every decision, in a file that ends with the process."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.memfd_create("archive"), "wb")
        weakref.finalize(self, self._file.close)
        self._codec = codecs.DecisionCodec()

    def process(self, call: Call) -> None:
        """Write one down."""
        self._file.write(self._codec.encode(call.inputs["decide"]))


class VehicleComponents:
    """All parts of the scenario; `prepare` reads the frames, once, before processes are made."""

    def __init__(self, context: Context) -> None:
        if context.inference not in _INFERENCE_MODES:
            # Each frame is looked at by itself: no network carries a state on.
            raise unknown_name(
                "inference mode", context.inference, _INFERENCE_MODES, where="--inference"
            )
        self._context = context
        self._parameters = read_parameters(context.scenario)
        self._fleet: Fleet | None = None
        self._judge: Judge | None = None

    def prepare(self) -> None:
        """See `Components.prepare`."""
        context = self._context
        self._fleet = make_fleet(context.data_root, vehicles=context.instances, seed=context.seed)
        self._judge = Judge(self._fleet)

    def sensor(self, name: str) -> SensorFunction:
        """See `Components.sensor`."""
        if name != "camera":
            raise unknown_name("sensor", name, ["camera"], where=_WHERE)
        return self._prepared_fleet()

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        """See `Components.stages`."""
        del instances
        end_threads()
        return {name: self._stage(name) for name in names}

    def codec(self, name: str) -> Codec:
        """See `Components.codec`."""
        of_output: dict[str, Codec] = {
            "camera": codecs.FrameCodec(),
            "compress": codecs.JpegCodec(),
            "decode": codecs.FrameCodec(),
            "detect": codecs.RegionsCodec(),
            "lane-detection": codecs.LanesCodec(SIZE[1]),
            "traffic-sign": codecs.SignsCodec(),
            "decide": codecs.DecisionCodec(),
        }
        return of_output.get(name, codecs.NoOutput())

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """See `Components.score`; NaN for an answer that there is no truth for."""
        if self._judge is None:
            self.prepare()
        assert self._judge is not None  # noqa: S101 -- prepare() has set it
        return self._judge.score(stage, instance, sequence, output)

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """See `Components.quality`."""
        return sum_up(answers, self._context.scenario.stages)

    def _prepared_fleet(self) -> Fleet:
        if self._fleet is None:
            self.prepare()
        assert self._fleet is not None  # noqa: S101 -- prepare() has set it
        return self._fleet

    def _stage(self, name: str) -> StageFunction:
        stages = self._context.scenario.stages
        if name in ("lane-detection", "traffic-sign"):
            pipeline = load_pipeline(name, stages[name], self._context.runtime)
            if name == "lane-detection":
                return LaneDetection(pipeline)
            least_length = self._parameters[name]["least-length"]
            return TrafficSign(pipeline, least_length=least_length)
        if name == "compress":
            return Compress(int(self._parameters[name]["jpeg-quality"]))
        if name == "detect":
            own = self._parameters[name]
            return Detect(SignFinder(smallest_px=int(own["smallest"]), likeness=own["likeness"]))
        others: dict[str, StageFunction] = {
            "decode": Decode(),
            "decide": Decide(),
            "drive": Drive(),
            "archive": Archive(),
        }
        if name not in others:
            raise unknown_name("stage", name, stages, where=_WHERE)
        return others[name]


def components(context: Context) -> VehicleComponents:
    """The factory that scenario.yaml names."""
    return VehicleComponents(context)
