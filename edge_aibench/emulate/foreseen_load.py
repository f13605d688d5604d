"""The load of links and workers as it is foreseen before a run.

Sizes are those that the scenario declares, rates those of the sensors; how long stages take and how
often they pass something on is what the rehearsal saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.offered_load import Messages, all_loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.load import Load


def foreseen_loads(
    experiment: Experiment, rehearsal: Rehearsal, answers: AnswerBook | None = None
) -> tuple[Load, ...]:
    """What links and workers will be asked for, alike by every instance.

    In profiled mode *answers* say how many samples requests take. Else stages that compute in
    batches are left out: how long these take was not rehearsed.
    """
    scenario = experiment.scenario
    everyone = np.ones(experiment.instances)

    def per_s(name: str, share: float) -> NDArray[np.float64]:
        sensor = scenario.sensors[scenario.origin(name)]
        rates: NDArray[np.float64] = everyone * share / sensor.arrivals.interval_s
        return rates

    messages = {
        name: Messages(
            per_s=per_s(name, rehearsal.passes.get(name, 1.0)),
            payload_bytes=everyone * scenario.payload_bytes(name),
        )
        for name in (*scenario.sensors, *scenario.stages)
    }
    work_s = {
        (name, group): per_s(name, seconds)
        for name in scenario.stages
        for group in experiment.placement.groups[name]
        if (seconds := _work_s(experiment, rehearsal, answers, name, group)) is not None
    }
    return all_loads(experiment, messages, work_s)


def _work_s(
    experiment: Experiment,
    rehearsal: Rehearsal,
    answers: AnswerBook | None,
    stage: str,
    group: str,
) -> float | None:
    """Seconds that a worker of *group* spends on *stage* for one observation; None is unknown."""
    serving = experiment.scenario.stages[stage].serving
    batch = 1 if serving is None else serving.max_batch
    times = experiment.profiles.get(stage)
    if times is not None and answers is not None:
        # As if requests of as many samples came together in full batches.
        shares = answers.samples(stage, experiment.scenario.origin(stage))
        return sum(
            share * times.mean_s(samples * batch) / batch
            for samples, share in shares.items()
            if samples
        )
    hardware = experiment.topology.nodes[group].hardware
    if batch > 1 or hardware is None:
        return None
    return rehearsal.service_s.get(stage, 0.0) / hardware.speed
