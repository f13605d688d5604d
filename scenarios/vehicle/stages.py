"""The working parts of the vehicle scenario: camera, compression, lanes, signs, decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import unknown_name
from edge_aibench.inference.cutting.crossing import OneSample
from edge_aibench.scenarios.vehicle import codecs
from edge_aibench.scenarios.vehicle.decision import Decide
from edge_aibench.scenarios.vehicle.detection import SignFinder
from edge_aibench.scenarios.vehicle.drives.road import SIZE
from edge_aibench.scenarios.vehicle.images import Compress, Decode
from edge_aibench.scenarios.vehicle.networks import (
    LaneDetection,
    RegionSamples,
    TrafficSign,
    load_pipeline,
)
from edge_aibench.scenarios.vehicle.parameters import (
    PARAMETERS,
    CompressParameters,
    DetectParameters,
    SignParameters,
)
from edge_aibench.scenarios.vehicle.quality import Judge, sum_up
from edge_aibench.scenarios.vehicle.recordings import make_fleet
from edge_aibench.tasks.codecs import ImageCodec, LocalOnly
from edge_aibench.tasks.plain_stages import Accept, Archive

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.crossing import SampleLayout
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


class Detect:
    """Sign-like regions of a frame."""

    def __init__(self, finder: SignFinder) -> None:
        self._finder = finder

    def process(self, call: Call) -> Regions:
        """Find them and cut them out."""
        return self._finder.find(call.inputs["decode"])


class VehicleComponents:
    """All parts of the scenario; `prepare` reads the frames, once, before processes are made."""

    def __init__(self, context: Context) -> None:
        # Each frame is looked at by itself: no network carries a state on.
        context.check_inference("window")
        check_parameters(context.scenario, PARAMETERS)
        self._context = context
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
        return {name: self._stage(name) for name in names}

    def codec(self, name: str) -> Codec:
        """See `Components.codec`."""
        of_output: dict[str, Codec] = {
            "camera": ImageCodec(),
            "compress": codecs.JpegCodec(),
            "decode": ImageCodec(),
            "detect": codecs.RegionsCodec(),
            "lane-detection": codecs.LanesCodec(SIZE[1]),
            "traffic-sign": codecs.SignsCodec(),
            "decide": codecs.DecisionCodec(),
        }
        return of_output.get(name, LocalOnly())

    def sample_layout(self, stage: str) -> SampleLayout:
        """See `LaysOutSamples.sample_layout`."""
        return RegionSamples() if stage == "traffic-sign" else OneSample()

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
        scenario, runtime = self._context.scenario, self._context.runtime
        if name == "lane-detection":
            return LaneDetection(load_pipeline(scenario, name, runtime=runtime))
        if name == "traffic-sign":
            least_length = own_parameters(scenario, name, SignParameters).least_length
            pipeline = load_pipeline(scenario, name, runtime=runtime)
            return TrafficSign(pipeline, least_length=least_length)
        if name == "compress":
            return Compress(own_parameters(scenario, name, CompressParameters).jpeg_quality)
        if name == "detect":
            own = own_parameters(scenario, name, DetectParameters)
            return Detect(SignFinder(smallest_px=own.smallest, likeness=own.likeness))
        others: dict[str, StageFunction] = {
            "decode": Decode(),
            "decide": Decide(),
            "drive": Accept(),
            "archive": Archive("decide", codecs.DecisionCodec()),
        }
        if name not in others:
            raise unknown_name("stage", name, scenario.stages, where=_WHERE)
        return others[name]


def components(context: Context) -> VehicleComponents:
    """The factory that scenario.yaml names."""
    return VehicleComponents(context)
