"""Utterances on disk: a recording each, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.scenarios.home.tasks.speech.sound import duration_s, read_recording
from edge_aibench.tasks.media import import_soundfile
from edge_aibench.tasks.sample import Sample, Sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_aibench.tasks.sample import Samples


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A recording and its transcript, in lower case; *name* is unique in its split."""

    name: str
    path: Path
    transcript: str


class Utterances:
    """A split: the `Samples` of raw type `Sound` and label type str."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self._utterances = tuple(utterances)

    def __len__(self) -> int:
        """How many utterances the split lists."""
        return len(self._utterances)

    def __getitem__(self, index: int, /) -> Sample[Sound, str]:
        """Read one; raises ConfigError, naming its file, if it is missing or damaged."""
        utterance = self._utterances[index]
        return Sample(
            name=utterance.name, raw=read_recording(utterance.path), label=utterance.transcript
        )

    @property
    def transcripts(self) -> tuple[str, ...]:
        """What was said, without reading a recording."""
        return tuple(utterance.transcript for utterance in self._utterances)

    @property
    def durations_s(self) -> tuple[float, ...]:
        """How long the recordings last, read from the beginnings of their files.

        Raises ConfigError, naming its file, if one is missing or damaged.
        """
        return tuple(_duration_s(utterance.path) for utterance in self._utterances)


def transcripts_of(samples: Samples[Any, Any]) -> tuple[str, ...]:
    """Give the labels of a split, at no cost where it keeps them apart from the recordings."""
    if isinstance(samples, Utterances):
        return samples.transcripts
    return tuple(samples[index].label for index in range(len(samples)))


def durations_of(samples: Samples[Any, Any]) -> tuple[float, ...]:
    """Give how long each sound of a split lasts, in seconds, at little cost where files say."""
    if isinstance(samples, Utterances):
        return samples.durations_s
    return tuple(duration_s(samples[index].raw) for index in range(len(samples)))


def _duration_s(path: Path) -> float:
    soundfile = import_soundfile()
    try:
        return float(soundfile.info(str(path)).duration)
    except soundfile.LibsndfileError:
        return duration_s(read_recording(path))  # which says what is wrong with the file
