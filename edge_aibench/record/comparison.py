"""How runs of two candidates differ: each measure with an interval of the difference.

Where both had the same arrival plan they are compared in pairs: a resample takes the same stretch
of time of both, so that what the arrivals did to both cancels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edge_aibench.record.resampling import (
    BLOCKS,
    MEASURES,
    PERCENTS,
    draws,
    middle,
    resampled,
)
from edge_aibench.record.statistics import CONFIDENCE, needed_for_interval
from edge_aibench.record.values import Entry, Milliseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.record.resampling import Picks, Sampled

    Numbers = NDArray[np.float64]

Finding = Literal["larger", "smaller", "no difference detected", "too few requests"]
Unit = Literal["ms", "share"]

IN_BUDGET = "in-budget"

_Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Samples:
    """What runs of one candidate gave, run by run and in the order of time.

    *series_ms* are latencies by name, infinite where no answer came; *in_time* is 1 for each
    measured request that was answered within its budget, else 0.
    """

    series_ms: Mapping[str, tuple[Numbers, ...]]
    in_time: tuple[Numbers, ...]


class Difference(Entry):
    """One measure of a candidate against the baseline.

    *difference* is candidate minus baseline, in the *unit*; *share* is the same as a share of the
    baseline. They and their bounds are None where they are not finite: one of the two has requests
    without an answer. With too few requests for an interval *needs* says how many it takes.
    """

    measure: str
    unit: Unit
    baseline: Milliseconds
    value: Milliseconds
    difference: float | None
    lower: float | None
    upper: float | None
    share: float | None
    share_lower: float | None
    share_upper: float | None
    finding: Finding
    needs: int | None = None


def differences(
    baseline: Samples, candidate: Samples, *, paired: bool, seed: int = 0
) -> Iterator[Difference]:
    """Compare every measure that both have. Intervals are of 95 %.

    *paired* says that run by run both had the same arrivals.
    """
    for name, before in baseline.series_ms.items():
        after = candidate.series_ms.get(name)
        if after is None:
            continue
        both = _resampled(before, after, name, paired=paired, seed=seed)
        for number, measure in enumerate(MEASURES):
            yield _difference(f"{name}.{measure}", "ms", both, number)
    both = _resampled(baseline.in_time, candidate.in_time, IN_BUDGET, paired=paired, seed=seed)
    yield _difference(IN_BUDGET, "share", both, 0)


@dataclass(frozen=True)
class _Both:
    before: Sampled
    after: Sampled
    requests: int
    blocks: int


def _resampled(
    before: Sequence[Numbers], after: Sequence[Numbers], name: str, *, paired: bool, seed: int
) -> _Both:
    first = _picks(before, f"{name}/baseline", seed)
    alike = [_blocks(run) for run in before] == [_blocks(run) for run in after]
    second = first if paired and alike else _picks(after, f"{name}/candidate", seed)
    return _Both(
        before=resampled(before, first),
        after=resampled(after, second),
        requests=min(sum(map(len, before)), sum(map(len, after))),
        blocks=min(sum(map(_blocks, before)), sum(map(_blocks, after))),
    )


def _picks(runs: Sequence[Numbers], purpose: str, seed: int) -> list[Picks]:
    return list(draws([len(run) for run in runs], seed=seed, purpose=f"compare/{purpose}"))


def _blocks(run: Numbers) -> int:
    return min(BLOCKS, len(run))


def _difference(measure: str, unit: Unit, both: _Both, number: int) -> Difference:
    before, after = (float(side.values[number]) for side in (both.before, both.after))
    needs = needed_for_interval(PERCENTS[number - 1]) if number else 2 * BLOCKS
    difference = _less(np.array([after]), np.array([before]))[0]
    share = _share(np.array([after]), np.array([before]))[0]
    bounds: tuple[_Bounds, _Bounds] = ((None, None), (None, None))
    if both.requests >= needs:
        drawn = both.after.resamples[:, number], both.before.resamples[:, number]
        bounds = (
            _interval(float(difference), _less(*drawn), both.blocks),
            _interval(float(share), _share(*drawn), both.blocks),
        )
    (lower, upper), (share_lower, share_upper) = bounds
    return Difference(
        measure=measure,
        unit=unit,
        baseline=before,
        value=after,
        difference=_finite(float(difference)),
        lower=_finite(lower),
        upper=_finite(upper),
        share=_finite(float(share)),
        share_lower=_finite(share_lower),
        share_upper=_finite(share_upper),
        finding=_finding(lower, upper),
        needs=None if both.requests >= needs else needs,
    )


def _finding(lower: float | None, upper: float | None) -> Finding:
    if lower is None or upper is None:
        return "too few requests"
    if lower > 0:
        return "larger"
    return "smaller" if upper < 0 else "no difference detected"


def _less(after: Numbers, before: Numbers) -> Numbers:
    """*after* minus *before*; 0 where both never end."""
    both = np.isinf(after) & np.isinf(before)
    with np.errstate(invalid="ignore"):
        found: Numbers = np.where(both, 0.0, after - before)
    return found


def _share(after: Numbers, before: Numbers) -> Numbers:
    """The difference as a share of *before*; NaN where that is 0, or infinite alone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = _less(after, before) / before
    found = np.where(np.isinf(before), np.where(np.isinf(after), 0.0, -1.0), found)
    return np.where((before == 0.0) & (after == 0.0), 0.0, found)


def _interval(value: float, drawn: Numbers, blocks: int) -> _Bounds:
    """The interval of *value*; None where it is no number.

    Few blocks vary less than what they are drawn from, and their variance is itself uncertain: the
    deviations are stretched as Student's law stretches the normal one.
    """
    from scipy.stats import norm, t

    if math.isnan(value) or np.isnan(drawn).any():
        return None, None
    lower, upper = middle(drawn)
    if math.isinf(value) or math.isinf(lower) or math.isinf(upper):
        return lower, upper
    tail = (1.0 + CONFIDENCE) / 2.0
    stretch = t.ppf(tail, blocks - 1) / norm.ppf(tail) * math.sqrt(blocks / (blocks - 1))
    return value - (value - lower) * stretch, value + (upper - value) * stretch


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
