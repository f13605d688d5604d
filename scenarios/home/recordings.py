"""What is said and who is seen in the homes: recordings that no network was trained on.

The default data is generated on first use and kept: the held-out voices and sentences of the
speech task, the held-out people of the face task. `--data-root` names a folder with `speech/`
in LibriSpeech's layout and `faces/` in LFW's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_aibench import rng
from edge_aibench.errors import ConfigError
from edge_aibench.tasks.component import TEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.scenarios.home.tasks.face.data import FaceSamples
    from edge_aibench.tasks.sample import Sound

    Picture = NDArray[np.uint8]

SPEECH_FOLDER: Final = "speech"
FACES_FOLDER: Final = "faces"

# 60 utterances of the generated test set are all there are at this scale; it takes half a minute
# to write, and the whole set minutes.
GENERATED_SCALE: Final = 0.25

MOST_UTTERANCES: Final = 60
LONGEST_S: Final = 15.0
"""A command takes two or three seconds; LibriSpeech's longest test sentences take 35."""

MOST_PEOPLE: Final = 40
FEWEST_PEOPLE: Final = 5
"""A home of four, and somebody who is a stranger there."""

REFERENCES: Final = 3
MOST_VISITS: Final = 3
MOST_PICTURE_BYTES: Final = 256 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A sound, and what is said in it."""

    sound: Sound
    transcript: str

    @property
    def words(self) -> int:
        """How many words are said."""
        return len(self.transcript.split())


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody by *name*: pictures to be enrolled with, and others, taken at a door.

    A picture is uint8 (height, width, 3) RGB.
    """

    name: str
    references: tuple[Picture, ...]
    visits: tuple[Picture, ...]


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """All that the sensors of all homes will ever sense."""

    utterances: tuple[Utterance, ...]
    people: tuple[Person, ...]


def open_recordings(data_root: Path | None, *, seed: int) -> Recordings:
    """Read the utterances and people of a run, up to 60 and 40, which *seed* draws.

    Raises ConfigError for a folder in another layout, a damaged file, no utterance of up to 15 s
    or too few people with four pictures; HostError where data must be generated and cannot be.
    """
    return Recordings(
        utterances=_read_utterances(_root(data_root, SPEECH_FOLDER, "speech"), seed),
        people=_read_people(_root(data_root, FACES_FOLDER, "face"), seed),
    )


def _root(data_root: Path | None, folder: str, task: str) -> Path:
    if data_root is not None:
        return data_root / folder
    from edge_aibench.config.folders import cache_folder
    from edge_aibench.inference.pipeline import get_component
    from edge_aibench.tasks.generated import generated_data

    return generated_data(get_component(task), cache_folder(), scale=GENERATED_SCALE)


def _read_utterances(root: Path, seed: int) -> tuple[Utterance, ...]:
    from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech

    samples = LibriSpeech().open(root, split=TEST)
    found: list[Utterance] = []
    for index in rng.stream(seed, "home/utterances").permutation(len(samples)):
        sample = samples[int(index)]
        if len(sample.raw.samples) <= LONGEST_S * sample.raw.rate_hz:
            found.append(Utterance(sound=sample.raw, transcript=sample.label))
        if len(found) == MOST_UTTERANCES:
            break
    if not found:
        raise ConfigError(
            f"the test set must hold an utterance of at most {LONGEST_S:g} s",
            where=str(root),
            value=f"{len(samples)} longer ones",
            next_step="add shorter recordings: a command to a home takes a few seconds",
        )
    return tuple(found)


def _read_people(root: Path, seed: int) -> tuple[Person, ...]:
    from edge_aibench.scenarios.home.tasks.face.data import FaceLayout

    samples = FaceLayout().open(root, split=TEST)
    pictures: dict[str, list[int]] = {}
    for index, name in enumerate(samples.identities):
        pictures.setdefault(name, []).append(index)
    known = sorted(name for name, places in pictures.items() if len(places) > REFERENCES)
    if len(known) < FEWEST_PEOPLE:
        raise ConfigError(
            f"must have {FEWEST_PEOPLE} people or more with at least {REFERENCES + 1} pictures "
            "each, of which a home's members are enrolled with all but the last",
            where=str(root),
            value=f"{len(known)} of {len(pictures)} people",
            next_step="add pictures to lfw/ and name them in pairs.txt",
        )
    order = rng.stream(seed, "home/people").permutation(len(known))[:MOST_PEOPLE]
    room = _Room(root)
    return tuple(room.read(samples, known[place], pictures[known[place]]) for place in order)


class _Room:
    """Reads people, as long as there is room for their pictures."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bytes = 0

    def read(self, samples: FaceSamples, name: str, places: Sequence[int]) -> Person:
        kept = [self._picture(samples, place) for place in places[: REFERENCES + MOST_VISITS]]
        return Person(
            name=name, references=tuple(kept[:REFERENCES]), visits=tuple(kept[REFERENCES:])
        )

    def _picture(self, samples: FaceSamples, place: int) -> Any:
        sample = samples[place]
        self._bytes += sample.raw.nbytes
        if self._bytes > MOST_PICTURE_BYTES:
            raise ConfigError(
                f"pictures of the people at the doors must take at most {MOST_PICTURE_BYTES} "
                "bytes together when they are decoded",
                where=str(self._root / sample.name),
                value=f"{sample.raw.shape[1]} x {sample.raw.shape[0]} pixels",
                next_step="make the pictures smaller: LFW's have 250 x 250 pixels",
            )
        return sample.raw
