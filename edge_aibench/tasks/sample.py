"""Samples of a data set: what a sensor would have seen, and what is right.

A data set is read sample by sample when it is asked for, so that one of any size can be gone
through, and so that one damaged file costs that sample only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

RawT = TypeVar("RawT")
LabelT = TypeVar("LabelT")


@dataclass(frozen=True, kw_only=True)
class Sample(Generic[RawT, LabelT]):
    """One sample. *name* is unique in its split, such as the file's path below the root.

    *raw* is what the sensor has before any preprocessing (an image as uint8 (height, width, 3)
    RGB, a video as uint8 (frames, height, width, 3) RGB, sound as `Sound`); *label* is what the
    task's official metric compares an answer with.
    """

    name: str
    raw: RawT
    label: LabelT


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Mono sound: *samples* int16 (n,), so many a second."""

    samples: NDArray[np.int16]
    rate_hz: int


class Samples(Protocol[RawT, LabelT]):
    """A split of a data set. Reading a damaged sample raises ConfigError naming its file."""

    def __len__(self) -> int:
        """How many samples the split lists."""

    def __getitem__(self, index: int, /) -> Sample[RawT, LabelT]:
        """Read one sample, 0 <= index < len."""


@dataclass(frozen=True, kw_only=True)
class ReadSamples(Generic[RawT, LabelT]):
    """Samples that could be read, and why the others could not."""

    samples: tuple[Sample[RawT, LabelT], ...]
    problems: tuple[ConfigError, ...]


def read_samples(
    samples: Samples[RawT, LabelT], indices: Sequence[int] | range
) -> ReadSamples[RawT, LabelT]:
    """Read the samples at *indices*, keeping those that are sound and reporting the others."""
    read: list[Sample[RawT, LabelT]] = []
    problems: list[ConfigError] = []
    for index in indices:
        try:
            read.append(samples[index])
        except ConfigError as problem:
            problems.append(problem)
    return ReadSamples(samples=tuple(read), problems=tuple(problems))


def chunks(count: int, size: int) -> Iterator[range]:
    """Cut 0 .. *count* into ranges of *size*, the last one maybe shorter."""
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def nonempty(samples: Samples[RawT, LabelT], *, root: Path, split: str) -> Samples[RawT, LabelT]:
    """Give *samples*; raise ConfigError if the split lists none."""
    if len(samples) == 0:
        raise ConfigError(
            f"the split `{split}` must list at least one sample",
            where=str(root),
            next_step="check the folder with `edge-aibench task data NAME --check FOLDER`",
        )
    return samples
