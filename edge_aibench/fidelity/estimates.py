"""Mean and percentiles of latencies with intervals that know of slow moments."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Sampled:
    """The measures of a series, and of as many resamples: arrays of shape (4,) and (n, 4)."""

    values: Numbers
    resamples: Numbers

    def interval(self, measure: int) -> tuple[float, float]:
        """The percentile interval of one of `MEASURES`."""
        return _middle(self.resamples[:, measure])


def measures(values: Numbers) -> Numbers:
    """Mean and percentiles, in the order of `MEASURES`."""
    return np.array([values.mean(), *(percentile(values, percent) for percent in PERCENTS)])


def sample(runs: Sequence[Numbers], *, seed: int, purpose: str) -> Sampled:
    """The measures of all *runs* together, each in the order of time.

    The interval is that of a bootstrap over blocks of successive requests (Kuensch, Annals of
    Statistics 17, 1989): in a queue neighbours resemble one another, and single requests drawn at
    random would make it too narrow. Several runs are drawn from as well as their blocks.
    """
    generator = rng.stream(seed, f"bootstrap/{purpose}")
    blocks = [np.array_split(run, min(BLOCKS, len(run))) for run in runs]
    drawn = []
    for _ in range(RESAMPLES):
        chosen = generator.integers(len(blocks), size=len(blocks))
        picked = [
            blocks[run][number]
            for run in chosen
            for number in generator.integers(len(blocks[run]), size=len(blocks[run]))
        ]
        drawn.append(measures(np.concatenate(picked)))
    return Sampled(values=measures(np.concatenate(list(runs))), resamples=np.array(drawn))


def error(predicted: Sampled, observed: Sampled, measure: int) -> tuple[float, float, float]:
    """Signed error of a prediction as a share of what was observed, with its interval.

    Both sides vary: each resample of the one is set against one of the other.
    """
    ratios = relative(predicted.resamples[:, measure], observed.resamples[:, measure])
    value = relative(
        predicted.values[measure : measure + 1], observed.values[measure : measure + 1]
    )
    return (float(value[0]), *_middle(ratios))


def relative(predicted: Numbers, observed: Numbers) -> Numbers:
    """How much larger *predicted* is than *observed*, as a share; 0 where both never end."""
    both = np.isinf(predicted) & np.isinf(observed)
    with np.errstate(invalid="ignore"):
        found: Numbers = np.where(both, 0.0, predicted / observed - 1.0)
    return found


def _middle(values: Numbers) -> tuple[float, float]:
    tail = (1.0 - CONFIDENCE) / 2.0 * 100.0
    # Nearest ranks: interpolation between infinite values is no number.
    return percentile(values, tail), percentile(values, 100.0 - tail)
