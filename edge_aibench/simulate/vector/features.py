"""What the vector engine has not, in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.simulate.plan import SimulationPlan

# A request remembers what has come for it in one whole number.
_MOST_OUTPUTS = 62


def inexpressible(plan: SimulationPlan) -> str | None:
    """The first feature of *plan* that the vector engine lacks; None if it can run it."""
    if plan.experiment.disturbances.faults:
        return "faults"
    if plan.experiment.disturbances.background:
        return "background traffic"
    if any(crossing.moves for way in plan.carriages() for crossing in way.crossings):
        return "links that move or follow a trace"
    stages = [stage for group in plan.groups.values() for stage in group.stages]
    if any(stage.within_s for stage in stages):
        return "joins of different sensors in time ('within')"
    if any(stage.serving is not None and stage.serving.max_batch > 1 for stage in stages):
        return "batches ('serving.max-batch')"
    if any(s.serving is not None and s.serving.queue == "deadline-first" for s in stages):
        return "queue with the nearest deadline first ('serving.queue')"
    scenario = plan.experiment.scenario
    if len(scenario.sensors) + len(scenario.stages) > _MOST_OUTPUTS:
        return f"room for more than {_MOST_OUTPUTS} sensors and stages"
    return None
