"""The columns of a sweep's table: what of each run's summary is kept (`record.measures`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError
from edge_aibench.record.measures import Measure, parse_measure

if TYPE_CHECKING:
    from edge_aibench.record.summary import Summary

DEFAULT_MEASURES = (
    *("e2e.p50", "e2e.p99", "comm.up.p99", "comm.down.p99"),
    *("in-budget", "answered", "goodput", "e2e.mean"),
)


def parse_measures(
    names: Sequence[str], *, tasks: Iterable[str], parts: Iterable[str] = (), where: str
) -> tuple[Measure, ...]:
    """Read the *names* of measures on a scenario with these *tasks*.

    *parts* are the node groups and links of the topologies. Raises ConfigError, citing *where*, for
    a name that no summary has a figure for, and for one that comes twice.
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("the measure comes twice", where=where, value=name)
    tasks, parts = tuple(tasks), tuple(parts)
    return tuple(parse_measure(name, tasks=tasks, parts=parts, where=where) for name in names)


def figures_of(measures: Iterable[Measure], summary: Summary) -> dict[str, float]:
    """Read *measures* off *summary*; one that this run has no figure for is NaN."""
    return {measure.name: _figure(measure, summary) for measure in measures}


def _figure(measure: Measure, summary: Summary) -> float:
    figure = measure.of(summary)
    return math.nan if figure is None or figure.value is None else figure.value
