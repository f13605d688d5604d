"""What a calibration says of a simulated run, and whether the run lies within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.model.calibration import Situation
from edge_aibench.model.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_aibench.model.calibration import Calibration
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.load import Load


def calibrated(experiment: Experiment, calibration: Calibration) -> Timings:
    """The times of *experiment*: of messages, and of its stages if they were calibrated."""
    times = calibration.timings(experiment.dilation, qos=experiment.scenario.qos)
    if calibration.scenario == experiment.scenario.name:
        # Of a network that is cut the calibration knows the whole alone.
        cut = {name for name, stage in experiment.scenario.stages.items() if stage.part}
        if cut.isdisjoint(times.stages):
            return times
        whole = {name: stage for name, stage in times.stages.items() if name not in cut}
        return times.model_copy(update={"stages": whole, "rows": False, "moments": None})
    return Timings(messages=times.messages)


def beyond_calibration(
    experiment: Experiment, calibration: Calibration, loads: Iterable[Load]
) -> tuple[str, ...]:
    """A warning for each respect in which the run lies outside of what was calibrated."""
    scenario = experiment.scenario
    use = max((load.share for load in loads if load.kind == "workers"), default=0.0)
    sizes = {scenario.payload_bytes(name) for name in (*scenario.sensors, *scenario.stages)}
    run = Situation(
        worker_use=use,
        instances=experiment.instances,
        payload_bytes=tuple(sorted(size for size in sizes if size)),
        placed=experiment.placement.groups,
        dilation=experiment.dilation,
        qos=experiment.scenario.qos,
    )
    found = [f"extrapolated: {what}" for what in calibration.outside(run)]
    if calibration.scenario not in {"", scenario.name}:
        found.append(
            f"the calibration is of '{calibration.scenario}': times of messages are taken from it, "
            "those of stages are not"
        )
    return tuple(found)
