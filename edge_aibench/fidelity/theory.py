"""An experiment as queueing theory sees it: stations with their means, and delays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.fidelity.link_time import link_time
from edge_aibench.fidelity.queueing import Station, TheoreticalTimes, network, single_queue
from edge_aibench.model.paths import foreground_paths
from edge_aibench.model.silence import ancestors
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.plan import SimulationPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.simulate.plan import PlannedGroup


@dataclass(frozen=True)
class Theory:
    """What a single queue and a network of queues say; times in seconds."""

    single: TheoreticalTimes
    network: TheoreticalTimes


def theory_of(experiment: Experiment, percents: Sequence[float]) -> Theory | None:
    """Closed forms with the means of the experiment's timings; None where they do not apply.

    The single queue is M/M/1 at the fullest worker. The network adds the other workers that an
    answer passes, each M/M/1, and as constant delays the links and the handling of messages. Both
    are for scenarios of one sensor, whose stages have no workers of their own.
    """
    plan = SimulationPlan.of(experiment)
    if len(experiment.scenario.sensors) != 1:
        return None
    if any(stage.serving for group in plan.groups.values() for stage in group.stages):
        return None
    stations = dict(_stations(plan))
    if not stations:
        return None
    fullest = max(stations.values(), key=lambda station: station.use)
    (sensor,) = experiment.scenario.sensors
    end = experiment.scenario.end_of(sensor)
    passed = {end, *ancestors(experiment.scenario, end)}
    on_the_way = [
        station
        for name, station in stations.items()
        if any(stage.name in passed for stage in plan.groups[name].stages)
    ]
    return Theory(
        single=single_queue(fullest, percents),
        network=network(on_the_way, _longest_delay_s(plan, sensor), percents),
    )


def _stations(plan: SimulationPlan) -> Iterator[tuple[str, Station]]:
    """The worker of each group that computes."""
    experiment = plan.experiment
    for group in plan.groups.values():
        if group.computes:
            each_s = sum(
                1.0 / experiment.scenario.sensors[sensor].arrivals.interval_s
                for sensor in dict.fromkeys(stage.origin for stage in group.stages)
            )
            rate_per_s = each_s if group.each else each_s * experiment.instances
            yield group.name, Station(group.name, rate_per_s, _service_s(plan, group))


def _service_s(plan: SimulationPlan, group: PlannedGroup) -> float:
    """The worker's time for one request: its stages, and the messages with their outputs."""
    timings = plan.experiment.timings
    sending_s = timings.messages.encode.mean_s + timings.messages.publish.mean_s
    total_s = 0.0
    for stage in group.stages:
        times = timings.stages.get(stage.name)
        if times is not None:
            total_s += times.work.mean_s / (1.0 if times.scaled else stage.speed)
            total_s += times.handling.mean_s
        if (stage.name, group.name) in plan.publications:
            total_s += sending_s * (1.0 if times is None else times.passes)
    return total_s


def _longest_delay_s(plan: SimulationPlan, sensor: str) -> float:
    """Links, and the messages' own time, on the way that takes longest."""
    experiment = plan.experiment
    draws = Draws(plan)
    longest_s = 0.0
    for path in foreground_paths(experiment.scenario, experiment.placement, sensor):
        total_s = 0.0
        for before, step in zip(path.steps, path.steps[1:], strict=False):
            if before.group != step.group:
                size = draws.payload_bytes(before.name)
                total_s += link_time(plan, before.name, before.group, step.group, size).mean_s
                total_s += _transfer_s(plan, size)
                if before.name == sensor:
                    total_s += experiment.timings.messages.encode.mean_s
        longest_s = max(longest_s, total_s)
    return longest_s


def _transfer_s(plan: SimulationPlan, payload_bytes: float) -> float:
    """The mean of the measured size that is nearest."""
    sized = plan.experiment.timings.messages.transfer
    if not sized:
        return 0.0
    return min(sized, key=lambda one: abs(one.payload_bytes - payload_bytes)).time.mean_s
