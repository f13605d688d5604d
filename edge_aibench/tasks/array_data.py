"""A data layout for whatever is an array: two NumPy files for each split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.tasks.generated import source_digest, writing_data
from edge_aibench.tasks.sample import Sample, nonempty

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataProgress
    from edge_aibench.tasks.sample import Samples

    Arrays = tuple[NDArray[Any], NDArray[Any]]

_LARGEST_SCALE = 100.0
_FEWEST_SAMPLES = 4


@dataclass(frozen=True, kw_only=True)
class ArrayData:
    """`SPLIT-samples.npy` holds float32 (n, *shape*), `SPLIT-labels.npy` n numbers.

    *make* generates so many samples and labels, *counts* says how many of each split at scale
    1. Real data are two files of the same names for each split, named by `--data-root`.
    """

    shape: tuple[int, ...]
    make: Callable[[np.random.Generator, int], Arrays]
    counts: Mapping[str, int]

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`."""
        with writing_data(root, scale=scale, largest_scale=_LARGEST_SCALE):
            for done, (split, count) in enumerate(self.counts.items(), start=1):
                wanted = max(_FEWEST_SAMPLES, round(count * scale))
                samples, labels = self.make(stream(seed, f"data/{split}"), wanted)
                np.save(_path(root, split, "samples"), np.asarray(samples, np.float32))
                np.save(_path(root, split, "labels"), np.asarray(labels))
                if progress is not None:
                    progress(done, len(self.counts))

    def open(self, root: Path, *, split: str) -> Samples[Any, float]:
        """See `DataLayout.open`."""
        paths = [_path(root, split, part) for part in ("samples", "labels")]
        samples, labels = map(_read, paths)
        shape = ", ".join(map(str, ("n", *self.shape)))
        if samples.ndim == 0 or samples.shape[1:] != self.shape or samples.dtype.kind != "f":
            raise _misshapen(paths[0], samples, f"floating point numbers of shape ({shape})")
        if labels.shape != samples.shape[:1] or labels.dtype.kind not in "biuf":
            raise _misshapen(paths[1], labels, f"a number for each of {len(samples)} samples")
        return nonempty(_Split(split, samples, labels), root=root, split=split)

    def digest(self) -> str:
        """The sha256 of the source of *make*."""
        return source_digest(self.make)


@dataclass(frozen=True)
class _Split:
    name: str
    samples: NDArray[Any]
    labels: NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Sample[Any, float]:
        raw = np.array(self.samples[index], np.float32)
        return Sample(name=f"{self.name}-{index}", raw=raw, label=float(self.labels[index]))


def _path(root: Path, split: str, part: str) -> Path:
    return root / f"{split}-{part}.npy"


def _read(path: Path) -> NDArray[Any]:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise ConfigError(
            "must be an array that numpy.save wrote",
            where=str(path),
            value=getattr(error, "strerror", None) or str(error),
            next_step="write it with numpy.save(path, array)",
        ) from error


def _misshapen(path: Path, array: NDArray[Any], wanted: str) -> ConfigError:
    return ConfigError(
        f"must hold {wanted}", where=str(path), value=(array.dtype.name, array.shape)
    )
