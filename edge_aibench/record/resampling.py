"""Intervals of means and percentiles that know of slow moments: a bootstrap over blocks.

In a queue neighbours resemble one another, and single requests drawn at random would make an
interval too narrow. So blocks of successive requests are drawn (Kuensch, Annals of Statistics 17,
1989), and where there are several runs, runs as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench import rng
from edge_aibench.record.statistics import CONFIDENCE, percentile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PERCENTS = (50.0, 90.0, 99.0)
MEASURES = ("mean", *(f"p{percent:g}" for percent in PERCENTS))

BLOCKS = 10
"""Blocks a run is cut into. What is slow together must mostly lie in one of them."""

RESAMPLES = 400

Picks = tuple[tuple[int, tuple[int, ...]], ...]
"""Runs that were drawn, by number, and the blocks that were drawn of each."""


@dataclass(frozen=True)
class Sampled:
    """The measures of a series, and of as many resamples: arrays of shape (4,) and (n, 4)."""

    values: Numbers
    resamples: Numbers

    def interval(self, measure: int) -> tuple[float, float]:
        """The percentile interval of one of `MEASURES`."""
        return middle(self.resamples[:, measure])


def measures(values: Numbers) -> Numbers:
    """Mean and percentiles, in the order of `MEASURES`."""
    return np.array([values.mean(), *(percentile(values, percent) for percent in PERCENTS)])


def sample(runs: Sequence[Numbers], *, seed: int, purpose: str) -> Sampled:
    """The measures of all *runs* together, each in the order of time."""
    lengths = [len(run) for run in runs]
    return resampled(runs, list(draws(lengths, seed=seed, purpose=purpose)))


def draws(lengths: Sequence[int], *, seed: int, purpose: str) -> Iterator[Picks]:
    """Which blocks of runs of these *lengths* each resample takes."""
    generator = rng.stream(seed, f"bootstrap/{purpose}")
    blocks = [min(BLOCKS, length) for length in lengths]
    for _ in range(RESAMPLES):
        chosen = generator.integers(len(blocks), size=len(blocks))
        yield tuple(
            (int(run), tuple(generator.integers(blocks[run], size=blocks[run]).tolist()))
            for run in chosen
        )


def resampled(runs: Sequence[Numbers], picks: Sequence[Picks]) -> Sampled:
    """The measures of *runs*, and of the blocks that each of *picks* takes of them."""
    blocks = [np.array_split(run, min(BLOCKS, len(run))) for run in runs]
    drawn = [
        measures(
            np.concatenate([blocks[run][number] for run, numbers in one for number in numbers])
        )
        for one in picks
    ]
    return Sampled(values=measures(np.concatenate(list(runs))), resamples=np.array(drawn))


def middle(values: Numbers) -> tuple[float, float]:
    """The interval that holds the share `CONFIDENCE` of *values*."""
    tail = (1.0 - CONFIDENCE) / 2.0 * 100.0
    # Nearest ranks: interpolation between infinite values is no number.
    return percentile(values, tail), percentile(values, 100.0 - tail)
