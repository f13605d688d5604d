"""A split of faces: pictures on disk, who is on them, and the pairs that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.sample import Sample

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Samples


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two pictures of a split, by index, whether they show the same person, and their fold."""

    first: int
    second: int
    same: bool
    fold: int


@dataclass(frozen=True, kw_only=True)
class FaceSamples:
    """Pictures below *root*, each listed once.

    *names* are their paths below the root, *identities* who is on them, in the same order;
    *pairs* is what the judge compares.
    """

    root: Path
    names: tuple[str, ...]
    identities: tuple[str, ...]
    pairs: tuple[Pair, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int, /) -> Sample[NDArray[np.uint8], str]:
        """Read a picture; its label is the identity. Raises ConfigError naming a damaged file."""
        name = self.names[index]
        return Sample(name=name, raw=read_image(self.root / name), label=self.identities[index])


def face_samples(samples: Samples[Any, Any]) -> FaceSamples:
    """Give *samples* as what `FaceLayout` opens; raises ConfigError for those of another task."""
    if not isinstance(samples, FaceSamples):
        raise ConfigError(
            "must be a split of faces with their pairs",
            where="task face",
            key="samples",
            value=type(samples).__name__,
            next_step="open it with the task's own data layout",
        )
    return samples
