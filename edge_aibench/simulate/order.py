"""What comes in order: what it sets going can then be worked out at once, and is no event.

Both engines ask. An event is needed where several hand things on to one place, because only time
tells which of them comes first; where all comes from a single place, that place's order holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.simulate.plan import PlannedGroup, SimulationPlan


def broker_in_order(plan: SimulationPlan, group: str) -> bool:
    """Whether messages come to the broker on *group* over one connection, which orders them."""
    feeders = set()
    for sent in plan.publications.values():
        if sent.broker == group:
            feeders.add((sent.first.connection, "first", sent.first.each))
        for to in sent.deliveries:
            if to.bridge is not None and to.broker == group:
                feeders.add((to.bridge.connection, "bridge", to.bridge.each))
    return len(feeders) == 1 and not any(feeder[2] for feeder in feeders)


def host_at_once(plan: SimulationPlan, group: PlannedGroup) -> bool:
    """Whether a host of *group* may take an output in before it is there, if nothing ever fails."""
    if any(stage.within_s for stage in group.stages):
        return False
    return _in_order(plan, group) or simple_host(group)


def simple_host(group: PlannedGroup) -> bool:
    """Whether it does not matter in which order outputs are taken in on *group*.

    It does not where nobody waits for a worker and each output is for a single stage, whose own
    output no stage of the host needs.
    """
    if group.computes:
        return False
    needs = [need for stage in group.stages for need in stage.needs]
    return len(needs) == len(set(needs)) and not set(needs) & {s.name for s in group.stages}


def _in_order(plan: SimulationPlan, group: PlannedGroup) -> bool:
    """Whether outputs come to the worker of *group* from a single place, and so in order."""
    if not group.computes or plan.local_sensors(group.name):
        return False
    if any(stage.serving is not None for stage in group.stages):
        return False
    feeders = {
        to.last.connection
        for sent in plan.publications.values()
        for to in sent.deliveries
        if to.target == group.name
    }
    return len(feeders) == 1
