"""The two networks at work: who somebody is, and what somebody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice, find_weights
from edge_aibench.scenarios.camera.gallery import embed_gallery
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES
from edge_aibench.scenarios.camera.views import Action, Person, Sighting
from edge_aibench.tasks.task import REFERENCE

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import LoadedTask
    from edge_aibench.model.components import Call
    from edge_aibench.model.scenario import Stage
    from edge_aibench.scenarios.camera.gallery import GalleryImages, KnownPersons

LITE = "lite"


class Identify:
    """Names the people of a frame, or calls them strangers."""

    def __init__(self, loaded: LoadedTask, known: KnownPersons, *, known_above: float) -> None:
        self._pipeline = loaded.pipeline
        self._known = known
        self._known_above = known_above

    def process(self, call: Call) -> tuple[Sighting, ...]:
        """Give a sighting for each person."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[tuple[Sighting, ...]]:
        """The same for several frames, whose people go through the network together."""
        frames: list[Sequence[Person]] = [call.inputs["decode"] for call in calls]
        people = [person for frame in frames for person in frame]
        sightings = iter(
            self._sighting(person, embedding)
            for person, embedding in zip(
                people, self._pipeline.answers([person.image for person in people]), strict=True
            )
        )
        return [tuple(next(sightings) for _ in frame) for frame in frames]

    def _sighting(self, person: Person, embedding: Any) -> Sighting:
        identity, likeness = self._known.nearest(embedding, known_above=self._known_above)
        return Sighting(box=person.box, identity=identity, likeness=likeness)


class Recognise:
    """Names what is done in a clip."""

    def __init__(self, loaded: LoadedTask) -> None:
        self._pipeline = loaded.pipeline

    def process(self, call: Call) -> Action:
        """Give the class of the highest score."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[Action]:
        """The same for several clips together."""
        answers = self._pipeline.answers([call.inputs["clip"] for call in calls])
        return [Action(label=answer.label, score=float(answer.scores.max())) for answer in answers]


def load_identify(
    stage: Stage, images: GalleryImages, *, runtime: str, known_above: float
) -> Identify:
    """Load person-reid with the vectors of its gallery, warm."""
    loaded, network = _load(stage, runtime=runtime)
    known = embed_gallery(images, loaded.pipeline.answers, network=network, cache=cache_folder())
    loaded.pipeline.answer(np.zeros((128, 64, 3), dtype=np.uint8))
    return Identify(loaded, known, known_above=known_above)


def load_recognise(stage: Stage, *, runtime: str) -> Recognise:
    """Load action, warm."""
    loaded, _ = _load(stage, runtime=runtime)
    loaded.pipeline.answer(np.zeros((CLIP_FRAMES, 120, 160, 3), dtype=np.uint8))
    return Recognise(loaded)


def preset_of(stage: Stage) -> str:
    """The preset that a stage runs: its own, else lite where there is one."""
    presets = get_component(stage.task or "").presets
    return stage.preset or (LITE if LITE in presets else REFERENCE)


def _load(stage: Stage, *, runtime: str) -> tuple[LoadedTask, str]:
    """A stage's network, and a text that tells it from others that answer otherwise."""
    component = get_component(stage.task or "")
    choice = NetworkChoice(
        preset=preset_of(stage),
        runtime=None if runtime == "auto" else runtime,
        precision=stage.precision,
    )
    loaded = load_task(component, choice, threads=1)
    weights = find_weights(component, choice).digest
    return loaded, f"{weights} {choice.preset} {choice.precision} {loaded.runtime}"
