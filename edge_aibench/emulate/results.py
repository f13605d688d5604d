"""From an engine's outcome to the record: tables, summary, files in the run folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge_aibench.config.load import document_form
from edge_aibench.record.assemble import Timeline
from edge_aibench.record.data import Health, RunData
from edge_aibench.record.measured_load import measured_loads
from edge_aibench.record.run_tables import assemble_all, event_tables
from edge_aibench.record.sent_messages import sent_messages
from edge_aibench.record.summary import Summary, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_aibench.emulate.outcome import Outcome
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.environment import Environment
    from edge_aibench.record.folder import RunFolder


RenderReport = Callable[[Summary, RunData], str]
"""Makes the page of a run; given by the caller, because reports come after engines."""


def to_run_data(
    experiment: Experiment,
    outcome: Outcome,
    components: Components,
    *,
    environment: Environment,
    command: str,
    expected_use: float | None = None,
) -> RunData:
    """Join the events into tables and judge the quality of the answers."""
    import numpy as np
    import pandas as pd

    scenario = experiment.scenario
    timeline = _timeline(experiment, outcome)
    tables = event_tables(experiment, outcome.plans, outcome.events)
    assembled = assemble_all(experiment, outcome.plans, tables, timeline)
    warnings = [*outcome.warnings, *outcome.relay.warnings]
    if repeated := sum(part.repeated for part in assembled):
        warnings.append(f"{repeated} messages arrived twice; the first counts")
    requests = pd.concat([part.requests for part in assembled], ignore_index=True)
    lateness_ns = np.concatenate([part.lateness_ns for part in assembled])
    answers = [answer for part in assembled for answer in part.answers]
    before, after = outcome.before, outcome.after
    cpu_use = before.times.use_until(after.times) if before.times and after.times else None
    measured = ~requests["warmup"].to_numpy()
    return RunData(
        scenario=scenario.name,
        engine="emulate",
        instances=experiment.instances,
        planned=sum(part.planned for part in assembled),
        duration_s=experiment.workload.duration_s,
        warmup_s=experiment.workload.warmup_s,
        requests=requests,
        hops=pd.concat([part.hops for part in assembled], ignore_index=True),
        health=Health(
            lateness_ns=lateness_ns[measured],
            pressure_before=before.pressure,
            pressure_after=after.pressure,
            cpu_use=cpu_use,
            expected_use=expected_use,
            relay_lateness_ns=outcome.relay.lateness_ns(experiment.dilation),
            frames_missed=outcome.relay.missed,
            warnings=tuple(warnings),
        ),
        tasks=scenario.inference_stages(),
        budgets=scenario.budgets,
        dilation=experiment.dilation,
        links=outcome.links,
        loads=(
            *measured_loads(experiment, outcome.plans, tables, timeline),
            *outcome.brokers,
        ),
        sent=sent_messages(outcome.plans, tables, timeline),
        unjoined=sum(part.unjoined for part in assembled),
        late_joins=sum(part.late_joins for part in assembled),
        quality=dict(components.quality(answers)),
        experiment=document_form(experiment),
        environment=environment.model_dump(mode="json"),
        profiles={stage: str(times) for stage, times in experiment.profiles.items()},
        repeat_command=command,
    )


def _timeline(experiment: Experiment, outcome: Outcome) -> Timeline:
    return Timeline(
        origin_ns=outcome.origin_ns,
        dilation=experiment.dilation,
        end_ns=outcome.end_ns,
        cut_short=outcome.ended is not None,
        lost_agents=bool(outcome.lost_ns),
    )


def write_record(
    folder: RunFolder,
    data: RunData,
    *,
    percentiles: Iterable[float],
    ended: BaseException | None,
    render: RenderReport | None,
) -> Summary | None:
    """Write everything into *folder* and mark how the run ended; None if nothing was due."""
    reason = None if ended is None else _reason(ended)
    summary = None
    if len(data.requests) and bool((~data.requests["warmup"]).any()):
        summary = summarise(
            data, folder=str(folder.path), percentiles=percentiles, interrupted=reason
        )
    report = None if summary is None or render is None else render(summary, data)
    folder.write_results(data, summary, report_html=report)
    now = datetime.now(UTC)
    if ended is None:
        folder.finish(now=now)
    elif isinstance(ended, KeyboardInterrupt):
        folder.stop("interrupted", reason or "", now=now)
    else:
        folder.stop("failed", reason or "", now=now)
    return summary


def _reason(ended: BaseException) -> str:
    return "interrupted" if isinstance(ended, KeyboardInterrupt) else str(ended)
