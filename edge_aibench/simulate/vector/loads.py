"""What links and workers were asked for, from how often things were noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.record.offered_load import Messages, all_loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.record.load import Load
    from edge_aibench.simulate.vector.collect import Collected


def loads_of(collected: Collected) -> tuple[Load, ...]:
    """The loads after the warm-up, alike by every instance."""
    program = collected.program
    experiment = program.plan.experiment
    everyone = np.ones(experiment.instances)
    messages: dict[str, Messages] = {}
    work_s: dict[tuple[str, str], NDArray[np.float64]] = {}
    for number, sensor in enumerate(program.sensors):
        times, spans = collected.found.times[number], collected.found.spans[number]
        planned = int(times[0])
        if not planned:
            continue
        per_s = 1.0 / experiment.scenario.sensors[sensor].arrivals.interval_s / planned
        for (what, name, group), place in program.notes[sensor].places.items():
            if what == "sent":
                spoken = 1.0 - times[place + 2] / max(int(times[place]), 1)
                size = round(program.stations.draws.payload_bytes(name)) * spoken
                messages[name] = Messages(everyone * times[place] * per_s, everyone * size)
            elif what == "served" and times[place]:
                work_s[name, group] = everyone * (spans[place] / NS_PER_S * per_s)
    return all_loads(experiment, messages, work_s)
