"""From a simulated run to the record: the same tables, loads and summary as of an emulated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.config.load import document_form
from edge_aibench.record.assemble import Timeline
from edge_aibench.record.data import Health, RunData
from edge_aibench.record.measured_load import measured_loads
from edge_aibench.record.run_tables import assemble_all
from edge_aibench.record.sent_messages import sent_messages

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.timings import Timings
    from edge_aibench.record.environment import Environment
    from edge_aibench.simulate.outcome import Simulated


def to_run_data(
    experiment: Experiment,
    simulated: Simulated,
    *,
    environment: Environment | None = None,
    command: str = "",
    warnings: tuple[str, ...] = (),
) -> RunData:
    """Join the events into tables. No answer was computed, so there is no quality to judge."""
    import pandas as pd

    scenario, workload = experiment.scenario, experiment.workload
    timeline = Timeline(
        origin_ns=0, dilation=1.0, end_ns=simulated.end_ns, cut_short=False, lost_agents=False
    )
    assembled = assemble_all(experiment, simulated.plans, simulated.tables, timeline)
    requests = pd.concat([part.requests for part in assembled], ignore_index=True)
    lateness_ns = np.concatenate([part.lateness_ns for part in assembled])
    return RunData(
        scenario=scenario.name,
        engine="simulate",
        instances=experiment.instances,
        planned=sum(part.planned for part in assembled),
        duration_s=workload.duration_s,
        warmup_s=workload.warmup_s,
        requests=requests,
        hops=pd.concat([part.hops for part in assembled], ignore_index=True),
        health=Health(
            lateness_ns=lateness_ns[~requests["warmup"].to_numpy()],
            clock="virtual",
            warnings=warnings,
        ),
        tasks=scenario.inference_stages(),
        budgets=scenario.budgets,
        loads=measured_loads(experiment, simulated.plans, simulated.tables, timeline),
        sent=sent_messages(simulated.plans, simulated.tables, timeline),
        unjoined=sum(part.unjoined for part in assembled),
        late_joins=sum(part.late_joins for part in assembled),
        profiles=sources(experiment.timings),
        experiment=document_form(experiment),
        environment={} if environment is None else environment.model_dump(mode="json"),
        repeat_command=command,
        simulated_by=simulated.engine,
    )


def sources(timings: Timings) -> dict[str, str]:
    """Where the times come from, by stage and for messages."""
    found = {name: times.source for name, times in timings.stages.items() if times.source}
    if timings.replay is not None:
        found |= dict.fromkeys(timings.replay.columns, f"replay of {timings.replay.source}")
    return {**found, "messages": timings.messages.source}
