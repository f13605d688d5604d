"""The working parts of the camera scenario: video, gate, two networks, events, alarm centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.config.folders import cache_folder
from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import unknown_name
from edge_aibench.inference.cutting.crossing import OneSample
from edge_aibench.model.components import NOT_JUDGED
from edge_aibench.scenarios.camera.clip import Clip, Decode
from edge_aibench.scenarios.camera.codecs import (
    ActionCodec,
    EventCodec,
    PeopleCodec,
    SeenCodec,
    SightingsCodec,
)
from edge_aibench.scenarios.camera.gallery import find_images
from edge_aibench.scenarios.camera.gate import GateStage
from edge_aibench.scenarios.camera.parameters import (
    PARAMETERS,
    SCENARIO,
    ClipParameters,
    GateParameters,
    ReidParameters,
    video_parameters,
)
from edge_aibench.scenarios.camera.quality import (
    clip_truths,
    judge_answers,
    judge_gate,
    score_action,
    score_event,
    score_sightings,
)
from edge_aibench.scenarios.camera.site import generated_site, recorded_site
from edge_aibench.scenarios.camera.street.site_folder import generated_folder
from edge_aibench.scenarios.camera.street.writer import GALLERY_FOLDER
from edge_aibench.scenarios.camera.views import Event
from edge_aibench.tasks.codecs import ImageCodec, LocalOnly
from edge_aibench.tasks.plain_stages import Accept

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.inference.cutting.crossing import SampleLayout
    from edge_aibench.model.components import (
        Answer,
        Call,
        Codec,
        Context,
        SensorFunction,
        StageFunction,
    )
    from edge_aibench.scenarios.camera.gallery import GalleryImages
    from edge_aibench.scenarios.camera.site import Site

REID, ACTION = "person-reid", "action"

CODECS: Final[Mapping[str, Codec]] = {
    "video": ImageCodec(),
    "gate": SeenCodec(),
    "decode": PeopleCodec(),
    REID: SightingsCodec(),
    "clip": ImageCodec(frames=True),
    ACTION: ActionCodec(),
    "events": EventCodec(),
    "alarm-centre": LocalOnly(),
}


class Video:
    """The cameras' pictures."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def observe(self, instance: int, sequence: int) -> NDArray[np.uint8]:
        """Give a frame, uint8 (height, width, 3) RGB."""
        return self._site.frame(instance, sequence)


class Events:
    """Puts together what the networks say of one observation."""

    def process(self, call: Call) -> Event:
        """Give the event; one of both networks may have said nothing."""
        return Event(sightings=call.inputs[REID] or (), action=call.inputs[ACTION])


class CameraComponents:
    """All parts of the scenario; raises ConfigError for parameters that cannot be."""

    def __init__(self, context: Context) -> None:
        # Each frame or clip is looked at by itself: no network carries a state on.
        context.check_inference("window")
        scenario = context.scenario
        check_parameters(scenario, PARAMETERS)
        self._context = context
        self._video = video_parameters(scenario)
        self._gate = own_parameters(scenario, "gate", GateParameters)
        self._reid = own_parameters(scenario, REID, ReidParameters)
        self._site: Site | None = None
        self._gallery: GalleryImages | None = None

    def prepare(self) -> None:
        """Read or generate the recordings, and list the gallery's images.

        Raises ConfigError for recordings or a gallery that cannot be used, HostError if the
        generated ones cannot be kept.
        """
        context = self._context
        folder: Path | None = None
        if context.data_root is None or not self._reid.gallery:
            folder = generated_folder(cache_folder())
        if context.data_root is not None:
            self._site = recorded_site(
                context.data_root, self._video, instances=context.instances, seed=context.seed
            )
        elif folder is not None:
            self._site = generated_site(folder, self._video, seed=context.seed)
        if self._reid.gallery:
            self._gallery = find_images(Path(self._reid.gallery))
        elif folder is not None:
            self._gallery = find_images(folder / GALLERY_FOLDER)

    def sensor(self, name: str) -> SensorFunction:
        """Give the sensor `video`."""
        if name != "video":
            raise unknown_name("sensor", name, ["video"], where=SCENARIO)
        return Video(self._prepared_site())

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        """Give working stages, with their networks loaded and warm."""
        return {name: self._stage(name, instances) for name in names}

    def codec(self, name: str) -> Codec:
        """Give how the output of a sensor or stage travels."""
        if name not in CODECS:
            raise unknown_name("sensor or stage", name, CODECS, where=SCENARIO)
        return CODECS[name]

    def sample_layout(self, stage: str) -> SampleLayout:
        """Give where the samples of a network lie in its stage's input."""
        from edge_aibench.scenarios.camera.recognition import PeopleSamples

        return PeopleSamples() if stage == REID else OneSample()

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """Give the share of an output that is right, NaN where nobody knows."""
        if self._context.data_root is not None:
            return NOT_JUDGED
        site = self._prepared_site()
        if stage == REID and not self._reid.gallery:
            return score_sightings(output, site.truth(instance, sequence))
        if stage == ACTION:
            return score_action(output, clip_truths(site, instance, sequence))
        if stage == "events" and not self._reid.gallery:
            return score_event(output, site, instance, sequence)
        return NOT_JUDGED

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """Give, by stage, how right the answers were; and what the gate let through."""
        context = self._context
        scenario = context.scenario
        gate = judge_gate(
            self._prepared_site(),
            self._gate,
            cameras=context.instances,
            frames=context.observations["video"],
            interval_s=scenario.sensors["video"].arrivals.interval_s,
        )
        return {**judge_answers(answers, scenario), "gate": gate}

    def _prepared_site(self) -> Site:
        if self._site is None:
            self.prepare()
        assert self._site is not None  # noqa: S101 - prepare() has set it
        return self._site

    def _stage(self, name: str, instances: Sequence[int]) -> StageFunction:
        if name in (REID, ACTION):
            return self._network(name)
        if name == "gate":
            return GateStage(self._prepared_site(), instances, self._gate)
        if name == "clip":
            scenario = self._context.scenario
            return Clip(own_parameters(scenario, "clip", ClipParameters).stride)
        others: dict[str, StageFunction] = {
            "decode": Decode(),
            "events": Events(),
            "alarm-centre": Accept(),
        }
        if name not in others:
            raise unknown_name("stage", name, CODECS, where=SCENARIO)
        return others[name]

    def _network(self, name: str) -> StageFunction:
        from edge_aibench.scenarios.camera.recognition import load_identify, load_recognise

        scenario, runtime = self._context.scenario, self._context.runtime
        if name == ACTION:
            return load_recognise(scenario, runtime=runtime)
        if self._gallery is None:
            self.prepare()
        assert self._gallery is not None  # noqa: S101 - prepare() has set it
        known_above = self._reid.known_above
        return load_identify(scenario, self._gallery, runtime=runtime, known_above=known_above)


def components(context: Context) -> CameraComponents:
    """The factory that scenario.yaml names."""
    return CameraComponents(context)
