"""From an engine's outcome to the record: tables, summary, files in the run folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge_aibench.config.load import document_form
from edge_aibench.emulate.assemble import Assembler, Timeline
from edge_aibench.emulate.event_table import EventTable
from edge_aibench.record.data import Health, RunData
from edge_aibench.record.summary import Summary, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_aibench.emulate.engine import Outcome
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
) -> RunData:
    """Join the events into tables and judge the quality of the answers."""
    plan = outcome.plans[0]
    table = EventTable(
        outcome.events,
        plan,
        names=outcome.roll.names,
        group_of_node=outcome.roll.group_of_node,
    )
    timeline = Timeline(
        origin_ns=outcome.origin_ns,
        dilation=experiment.dilation,
        end_ns=outcome.end_ns,
        cut_short=outcome.ended is not None,
    )
    scenario = experiment.scenario
    assembled = Assembler(
        scenario, experiment.topology, experiment.placement, plan, table, timeline
    ).assemble()
    warnings = [*outcome.warnings, *outcome.relay.warnings]
    if assembled.repeated:
        warnings.append(f"{assembled.repeated} messages arrived twice; the first counts")
    before, after = outcome.before, outcome.after
    cpu_use = before.times.use_until(after.times) if before.times and after.times else None
    measured = ~assembled.requests["warmup"].to_numpy()
    return RunData(
        scenario=scenario.name,
        engine="emulate",
        instances=experiment.instances,
        planned=assembled.planned,
        duration_s=experiment.workload.duration_s,
        warmup_s=experiment.workload.warmup_s,
        requests=assembled.requests,
        hops=assembled.hops,
        health=Health(
            lateness_ns=assembled.lateness_ns[measured],
            pressure_before=before.pressure,
            pressure_after=after.pressure,
            cpu_use=cpu_use,
            relay_lateness_ns=outcome.relay.lateness_ns(experiment.dilation),
            frames_missed=outcome.relay.missed,
            warnings=tuple(warnings),
        ),
        tasks=scenario.inference_stages(),
        budgets=scenario.budgets,
        dilation=experiment.dilation,
        links=outcome.links,
        quality=dict(components.quality(assembled.answers)),
        experiment=document_form(experiment),
        environment=environment.model_dump(mode="json"),
        repeat_command=command,
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
