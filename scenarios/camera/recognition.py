"""The two networks at work: who somebody is, and what somebody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.prepared import find_weights
from edge_aibench.inference.stage_network import load_stage_network
from edge_aibench.scenarios.camera.codecs import BoxesCodec
from edge_aibench.scenarios.camera.gallery import embed_gallery
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES
from edge_aibench.scenarios.camera.views import Action, Person, Sighting
from edge_aibench.tasks.payload import damaged

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import LoadedTask, Pipeline
    from edge_aibench.model.components import Call
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.scenarios.camera.gallery import GalleryImages, KnownPersons

REID: Final = "person-reid"
ACTION: Final = "action"


class Identify:
    """Names the people of a frame, or calls them strangers."""

    def __init__(self, pipeline: Pipeline, known: KnownPersons, *, known_above: float) -> None:
        self._pipeline = pipeline
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

    def samples(self, call: Call) -> int:
        """As many as there are people in the frame."""
        return len(call.inputs["decode"])

    def _sighting(self, person: Person, embedding: Any) -> Sighting:
        identity, likeness = self._known.nearest(embedding, known_above=self._known_above)
        return Sighting(box=person.box, identity=identity, likeness=likeness)


class PeopleSamples:
    """Where the samples of `person-reid` lie in its input: each person is one.

    The boxes, uint16 (n, 4), go along for what the rest says of them.
    """

    def taken(self, value: Any, /) -> tuple[Sequence[Any], bytes]:
        """See `SampleLayout.taken`."""
        people: Sequence[Person] = value
        return [person.image for person in people], BoxesCodec().encode(
            [person.box for person in people]
        )

    def restored(self, activations: Sequence[Any], aside: bytes, /) -> tuple[Person, ...]:
        """See `SampleLayout.restored`."""
        boxes = BoxesCodec().decode(aside)
        if len(boxes) != len(activations):
            raise damaged("boxes of people", aside)
        return tuple(
            Person(box=box, image=activation)
            for box, activation in zip(boxes, activations, strict=True)
        )


class Recognise:
    """Names what is done in a clip."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def process(self, call: Call) -> Action:
        """Give the class of the highest score."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[Action]:
        """The same for several clips together."""
        answers = self._pipeline.answers([call.inputs["clip"] for call in calls])
        return [Action(label=answer.label, score=float(answer.scores.max())) for answer in answers]


def load_identify(
    scenario: Scenario, images: GalleryImages, *, runtime: str, known_above: float
) -> Identify:
    """Load person-reid with the vectors of its gallery, warm."""
    loaded = load_stage_network(scenario, REID, runtime=runtime, task=REID)
    embed = loaded.pipeline.answers
    known = embed_gallery(images, embed, network=_told_apart(loaded), cache=cache_folder())
    loaded.pipeline.answer(np.zeros((128, 64, 3), dtype=np.uint8))
    return Identify(loaded.pipeline, known, known_above=known_above)


def load_recognise(scenario: Scenario, *, runtime: str) -> Recognise:
    """Load action, warm."""
    pipeline = load_stage_network(scenario, ACTION, runtime=runtime, task=ACTION).pipeline
    pipeline.answer(np.zeros((CLIP_FRAMES, 120, 160, 3), dtype=np.uint8))
    return Recognise(pipeline)


def _told_apart(loaded: LoadedTask) -> str:
    """A text that tells a network from others, which answer otherwise."""
    choice = loaded.choice
    weights = find_weights(loaded.component, choice).digest
    return f"{weights} {choice.preset} {choice.precision} {loaded.runtime}"
