"""What the vector engine has not, in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_aibench.simulate.plan import SimulationPlan

# A request remembers what has come for it in one whole number.
_MOST_OUTPUTS = 62


def inexpressible(plan: SimulationPlan) -> str | None:
    """The first feature of *plan* that the vector engine lacks; None if it can run it."""
    return next(_lacking(plan), None)


def _lacking(plan: SimulationPlan) -> Iterator[str]:
    experiment = plan.experiment
    if experiment.disturbances.faults:
        yield "faults"
    if experiment.disturbances.background:
        yield "background traffic"
    if any(crossing.moves for way in plan.carriages() for crossing in way.crossings):
        yield "links that move or follow a trace"
    stages = [stage for group in plan.groups.values() for stage in group.stages]
    if any(stage.within_s for stage in stages):
        yield "joins of different sensors in time ('within')"
    servings = [stage.serving for stage in stages if stage.serving is not None]
    if any(serving.max_batch > 1 for serving in servings):
        yield "batches ('serving.max-batch')"
    if any(serving.queue == "deadline-first" for serving in servings):
        yield "queue with the nearest deadline first ('serving.queue')"
    if len(experiment.scenario.sensors) + len(experiment.scenario.stages) > _MOST_OUTPUTS:
        yield f"room for more than {_MOST_OUTPUTS} sensors and stages"
