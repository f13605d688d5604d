"""One `simulate`, or `replay` of one, from plan to exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.cli.result import Output, command_line, console, end_with
from edge_aibench.errors import EXIT_INTERRUPTED, EdgeAIBenchError

if TYPE_CHECKING:
    from edge_aibench.api.simulation import Simulation
    from edge_aibench.cli.progress import ConsoleObserver, SilentObserver
    from edge_aibench.record.slo import Slo
    from edge_aibench.record.summary import Summary


@dataclass(frozen=True)
class SimulationCommand:
    """What the user wants of a simulation besides the simulation itself."""

    output: Output
    out: Path
    objectives: tuple[str, ...] = ()

    def run(self, prepare: Callable[[], Simulation], repeat: int = 1) -> int:
        """Show the plan, run, show the result; the exit code says how it went."""
        from edge_aibench.record.combine import combine
        from edge_aibench.record.slo import parse_slos

        command = command_line(sys.argv[1:])
        summaries: list[Summary] = []
        slos: tuple[Slo, ...] = ()
        interrupted = False
        try:
            simulation = prepare()
            slos = parse_slos(self.objectives, simulation.experiment)
            self._show_plan(simulation)
            for number in range(repeat):
                summaries.append(self._run_once(simulation, number, slos, command))
        except KeyboardInterrupt:
            interrupted = True
        if not summaries:
            typer.echo("interrupted before anything was simulated to its end", err=True)
            return EXIT_INTERRUPTED
        whole = summaries[0] if len(summaries) == 1 else combine(summaries, repeat_command=command)
        return end_with(whole, slos, self.output, interrupted=interrupted)

    def _run_once(
        self, simulation: Simulation, number: int, slos: tuple[Slo, ...], command: str
    ) -> Summary:
        """Simulate repeat *number* into a folder of its own, which tells how it ended."""
        from edge_aibench.api.run_folder import fill_folder, open_folder
        from edge_aibench.record.environment import collect
        from edge_aibench.record.slo import percentiles_of

        experiment, environment = simulation.seeded(number), collect()
        observer = self._observer()
        # First: a folder that cannot be written is no news for the end of a long run.
        folder = open_folder(
            experiment,
            self.out,
            engine=simulation.engine,
            environment=environment,
            command=command,
        )
        try:
            observer.phase("simulate")
            found = simulation.run(
                number,
                percentiles=percentiles_of(slos),
                folder=str(folder.path),
                command=command,
                environment=environment,
                progress=observer.share,
            )
            observer.phase("record")
            fill_folder(folder, experiment, found, environment=environment, slos=slos)
        except KeyboardInterrupt:
            folder.stop("interrupted", "interrupted before its end", now=datetime.now(UTC))
            raise
        except EdgeAIBenchError as error:
            folder.stop("failed", str(error), now=datetime.now(UTC))
            raise
        return found.summary

    def _observer(self) -> ConsoleObserver | SilentObserver:
        from edge_aibench.cli.progress import ConsoleObserver, SilentObserver

        return SilentObserver() if self.output.quiet else ConsoleObserver(sys.stderr)

    def _show_plan(self, simulation: Simulation) -> None:
        if self.output.quiet:
            return
        from edge_aibench.cli.plan import simulation_view
        from edge_aibench.report.console import render_plan

        console(stderr=True).print(render_plan(simulation_view(simulation)))
