"""The run folder of a simulated run: the same files as an emulated one leaves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.config.load import document_form
from edge_aibench.record.environment import Environment, collect
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.manifest import REPORT

if TYPE_CHECKING:
    from edge_aibench.api.run import Run
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import SimulationEngine
    from edge_aibench.record.slo import Slo
    from edge_aibench.record.summary import Summary
    from edge_aibench.simulate.session import SimulatedRun


def write_run(run: Run, out: Path) -> Path:
    """Write a simulated *run*, which lies nowhere yet, into a new folder in *out*.

    Raises HostError where that is not possible.
    """
    from edge_aibench.simulate.session import SimulatedRun

    environment = collect()
    engine: SimulationEngine = "simpy" if run.engine == "simpy" else "vector"
    folder = open_folder(run.experiment, out, engine=engine, environment=environment)
    summary = run.summary.model_copy(update={"runs": (str(folder.path),)})
    found = SimulatedRun(summary, run.data, engine)
    fill_folder(folder, run.experiment, found, environment=environment)
    return folder.path


def open_folder(
    experiment: Experiment,
    out: Path,
    *,
    engine: SimulationEngine,
    environment: Environment,
    command: str = "",
) -> RunFolder:
    """Make a new folder in *out*, with the configuration in it. Raises HostError."""
    folder = RunFolder.create(
        out,
        scenario=experiment.scenario.name,
        engine="simulate",
        simulated_by=engine,
        now=datetime.now(UTC),
        run_id=secrets.token_hex(3),
        seed=experiment.workload.seed,
        command=command,
        environment=environment,
    )
    folder.write_config(document_form(experiment))
    return folder


def fill_folder(
    folder: RunFolder,
    experiment: Experiment,
    found: SimulatedRun,
    *,
    environment: Environment,
    slos: Sequence[Slo] = (),
) -> None:
    """Write what was *found* and mark the run complete. Raises HostError."""
    page = report_page(experiment, found, environment, slos)
    if found.data is None:
        folder.write_summary(found.summary)
        folder.write_text(REPORT, page)
    else:
        folder.write_results(found.data, found.summary, report_html=page)
    folder.finish(now=datetime.now(UTC))


def report_page(
    experiment: Experiment,
    found: SimulatedRun,
    environment: Environment,
    slos: Sequence[Slo] = (),
) -> str:
    """The page of a run; without tables there are no curves."""
    from edge_aibench.record.latency import latencies
    from edge_aibench.record.slo import evaluate
    from edge_aibench.report.html import render_report

    summary: Summary = found.summary
    return render_report(
        summary,
        {} if found.data is None else latencies(found.data).named(),
        config=document_form(experiment),
        environment=environment,
        slos=[evaluate(slo, summary) for slo in slos],
    )
