"""From measured calls to a law of service times: raw samples, and what batches cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from edge_aibench.config.service_csv import read_times_s
from edge_aibench.errors import ConfigError
from edge_aibench.inference.profile_file import read_profile
from edge_aibench.model.time_law import LONGEST_S, MeasuredTimes


def read_measured(name: str, stage: str) -> MeasuredTimes:
    """Read the times in file *name*: a list, a CSV column, or a profile that ends in `.json`.

    Of several columns the one named like *stage* counts. Raises ConfigError for whatever is
    wrong with the file.
    """
    path = Path(name)
    if path.suffix == ".json":
        return law_of_calls(
            {
                batch.batch: [ns / 1e9 for ns in batch.wall_ns]
                for batch in read_profile(path).batches
            },
            where=name,
        )
    return MeasuredTimes(measured_s=read_times_s(path, column=stage))


def law_of_calls(calls_s: Mapping[int, Sequence[float]], *, where: str) -> MeasuredTimes:
    """The law of one request alone, from calls with so many samples each, in seconds.

    Its times are the raw calls of the smallest batch. What a further request of a batch adds is
    fitted to the means by least squares, t(b) = t(1) (1 + (b - 1) m), and kept between 0 and 1;
    where only one size was measured, batches gain nothing (m = 1). Raises ConfigError for an
    empty list, and for times that are negative, no numbers or longer than 1e6 s.
    """
    measured = {batch: calls for batch, calls in sorted(calls_s.items()) if len(calls)}
    if not measured:
        raise ConfigError(
            "holds no measured call",
            where=where,
            next_step="measure again: `edge-aibench task profile`",
        )
    for batch, calls in measured.items():
        for seconds in calls:
            if not 0 <= seconds <= LONGEST_S:
                raise ConfigError(
                    f"a call must take from 0 to {LONGEST_S:g} s",
                    where=where,
                    key=f"batch {batch}",
                    value=seconds,
                    next_step="measure again: `edge-aibench task profile`",
                )
    single_s, marginal = fit_batches({batch: fmean(calls) for batch, calls in measured.items()})
    least = min(measured)
    mean_s = fmean(measured[least])
    scale = single_s / mean_s if mean_s > 0 else 1.0
    return MeasuredTimes(
        measured_s=tuple(measured[least])
        if least == 1
        else tuple(s * scale for s in measured[least]),
        marginal=marginal,
    )


def fit_batches(means_s: Mapping[int, float]) -> tuple[float, float]:
    """Fit t(b) = t(1) (1 + (b - 1) m) to mean times by size of batch: t(1) in seconds, and m.

    Where batches of one were measured, t(1) is their mean. m is kept between 0 and 1.
    """
    sizes = sorted(means_s)
    if len(sizes) == 1:
        return means_s[sizes[0]] / sizes[0], 1.0
    if sizes[0] == 1:
        single_s = means_s[1]
        more = [(size - 1, means_s[size] - single_s) for size in sizes[1:]]
        slope_s = sum(n * extra_s for n, extra_s in more) / sum(n * n for n, _ in more)
    else:
        middle, mean_s = fmean(sizes), fmean(means_s.values())
        slope_s = sum((size - middle) * (means_s[size] - mean_s) for size in sizes)
        slope_s /= sum((size - middle) ** 2 for size in sizes)
        single_s = mean_s - slope_s * (middle - 1)
    if single_s <= 0:
        return means_s[sizes[0]] / sizes[0], 1.0
    return single_s, min(1.0, max(0.0, slope_s / single_s))
