"""The events of a whole run, put in order by sensor and joined into tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.model.roll import call_roll
from edge_aibench.record.assemble import Assembled, Assembler, Timeline
from edge_aibench.record.event_table import EventTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.workload import ArrivalPlan


def event_tables(
    experiment: Experiment, plans: Sequence[ArrivalPlan], events: NDArray[np.void]
) -> dict[str, EventTable]:
    """The *events* (dtype EVENT) of each sensor's requests, by sensor."""
    scenario, roll = experiment.scenario, call_roll(experiment)
    return {
        plan.sensor: EventTable(
            events,
            plan,
            names=roll.names,
            group_of_node=roll.group_of_node,
            wanted={name for name in roll.names if scenario.origin(name) == plan.sensor},
        )
        for plan in plans
    }


def assemble_all(
    experiment: Experiment,
    plans: Sequence[ArrivalPlan],
    tables: Mapping[str, EventTable],
    timeline: Timeline,
) -> list[Assembled]:
    """The tables of each sensor's requests, numbered through."""
    assembled: list[Assembled] = []
    first_request = 0
    for plan in plans:
        assembler = Assembler(
            experiment.scenario,
            experiment.topology,
            experiment.placement,
            plan,
            tables[plan.sensor],
            timeline,
            first_request=first_request,
        )
        assembled.append(assembler.assemble())
        first_request += plan.total
    return assembled
