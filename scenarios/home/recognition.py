"""The two networks at work: what was said, and who is at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.scenarios.home.codecs import Recognised
from edge_aibench.scenarios.home.tasks.face.processing import unit_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.inference.pipeline import Pipeline
    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.home.household import Household
    from edge_aibench.scenarios.home.recordings import Person
    from edge_aibench.tasks.sample import Sound

    Embeddings = NDArray[np.float32]


class Speech:
    """Gives the words of a sound that *need* gives, in lower case; an empty text for none.

    Utterances differ in length, and rows of one batch must not: each goes through by itself.
    """

    def __init__(self, pipeline: Pipeline, need: str, *, example: Sound) -> None:
        self._pipeline = pipeline
        self._need = need
        pipeline.answer(example)

    def process(self, call: Call) -> str:
        """Hear the call's sound."""
        heard: str = self._pipeline.answer(call.inputs[self._need])
        return heard


class Face:
    """Finds the member of a home that a face is nearest to.

    It is a member's if the squared distance of the embeddings is below *threshold*, else a
    stranger's. *galleries* holds a row for each member of each home, of unit length.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        need: str,
        galleries: Mapping[int, Embeddings],
        *,
        threshold: float,
    ) -> None:
        self._pipeline = pipeline
        self._need = need
        self._galleries = galleries
        self._threshold = threshold

    def process(self, call: Call) -> Recognised:
        """Recognise the call's picture."""
        return self.process_batch([call])[0]

    def process_batch(self, calls: Sequence[Call]) -> list[Recognised]:
        """Recognise several pictures, which go through the network together."""
        pictures = [call.inputs[self._need] for call in calls]
        embeddings = self._pipeline.answers(pictures)
        return [
            self._nearest(call, embedding)
            for call, embedding in zip(calls, embeddings, strict=True)
        ]

    def _nearest(self, call: Call, embedding: Embeddings) -> Recognised:
        gallery = self._galleries[call.instance]
        distances = np.square(gallery - embedding, dtype=np.float64).sum(axis=1)
        nearest = int(distances.argmin())
        distance = float(distances[nearest])
        member = nearest if distance < self._threshold else None
        return Recognised(member=member, distance=distance, observation=call.sequence)


def enrol(pipeline: Pipeline, households: Mapping[int, Household]) -> dict[int, Embeddings]:
    """Give the members' embeddings of each home, float32 (members, d), of unit length.

    A member's is the mean of those of the reference pictures. Somebody who lives in several
    homes is embedded once.
    """
    known: dict[str, Any] = {}

    def embedding(person: Person) -> Any:
        if person.name not in known:
            answers = np.stack(pipeline.answers(person.references))
            known[person.name] = unit_length(answers.mean(axis=0))
        return known[person.name]

    return {
        home: np.stack([embedding(member.person) for member in household.members])
        for home, household in households.items()
    }
