"""The measures that placements are judged by: those of `record.measures`, and a few besides.

over-budget           the share of the measured requests that is not in budget
quality.STAGE         the published quality of the network that a stage runs
energy.per-request    another name of energy.total
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_aibench.errors import unknown_name
from edge_aibench.record.measures import Figure, Measure, parse_measure

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.summary import Summary

OVER_BUDGET = "over-budget"
QUALITY = "quality"
_LARGEST_IS_BEST = {"in-budget", "inbudget", "answered", "goodput", QUALITY}
_SAME = {"energy.per-request": "energy.total"}


def is_best_when_largest(measure: str) -> bool:
    """Whether more of *measure* is better."""
    return measure.partition(".")[0] in _LARGEST_IS_BEST


def is_of_choice(measure: str) -> bool:
    """Whether *measure* follows from what was chosen, without a run."""
    return measure.partition(".")[0] == QUALITY


def read_measure(measure: str, experiment: Experiment, *, where: str) -> Measure:
    """Read the name of a measure. Raises ConfigError, citing *where*, if no run has it."""
    stages = experiment.scenario.inference_stages()
    if measure == OVER_BUDGET:
        return Measure(measure, measure, "share")
    if is_of_choice(measure):
        known = [f"{QUALITY}.{stage}" for stage in stages]
        if measure not in known:
            raise unknown_name("measure", measure, known, where=where)
        return Measure(measure)
    topology = experiment.topology
    return parse_measure(
        _SAME.get(measure, measure),
        tasks=stages,
        parts=(*topology.nodes, *topology.links),
        where=where,
    )


def figure(summary: Summary, measure: Measure) -> Figure:
    """What the run of *summary* has for *measure*; its value is None if that is nothing."""
    if measure.name != OVER_BUDGET:
        return measure.of(summary) or Figure(None, None, None)
    share = summary.in_budget
    if share is None:
        return Figure(None, None, None)
    lower, upper = share.lower, share.upper
    return Figure(
        1.0 - share.value,
        None if upper is None else 1.0 - upper,
        None if lower is None else 1.0 - lower,
        share.needs,
    )


def value_of(found: Figure) -> float:
    """The value of a figure as a number, NaN where there is none."""
    return math.nan if found.value is None else found.value
