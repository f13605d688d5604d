"""One `emulate` or `replay` from plan to exit code: what is shown, run and judged, in order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.cli.notices import on_stderr
from edge_aibench.cli.result import Output, command_line, console, end_with
from edge_aibench.errors import EXIT_INTERRUPTED, RunError

if TYPE_CHECKING:
    from edge_aibench.api.emulation import Prepared, Told
    from edge_aibench.emulate.capacity import Expectation
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import RunData
    from edge_aibench.record.load import Load
    from edge_aibench.record.slo import Slo
    from edge_aibench.record.summary import Summary


@dataclass(frozen=True)
class Emulation:
    """An emulation that is ready to run, what to judge it by, and where its results go.

    *command* is the line that repeats it.
    """

    prepared: Prepared
    slos: tuple[Slo, ...]
    out: Path
    output: Output
    command: str

    @property
    def experiment(self) -> Experiment:
        return self.prepared.experiment

    @property
    def rehearsal(self) -> Rehearsal:
        return self.prepared.rehearsal

    @property
    def expectation(self) -> Expectation:
        return self.prepared.expectation

    @property
    def loads(self) -> tuple[Load, ...]:
        return self.prepared.loads

    @classmethod
    def prepare(
        cls,
        choices: Choices,
        *,
        objectives: tuple[str, ...],
        out: Path,
        output: Output,
        fit: bool,
        rehearsal: Rehearsal | None = None,
        command: str | None = None,
    ) -> Emulation:
        """Resolve *choices*; with *fit*, at the dilation that this machine needs."""
        return cls.prepare_experiment(
            resolve(choices, on_stderr(quiet=output.quiet)),
            objectives=objectives,
            out=out,
            output=output,
            fit=fit,
            rehearsal=rehearsal,
            command=command,
        )

    @classmethod
    def prepare_experiment(
        cls,
        experiment: Experiment,
        *,
        objectives: tuple[str, ...],
        out: Path,
        output: Output,
        fit: bool = False,
        rehearsal: Rehearsal | None = None,
        command: str | None = None,
    ) -> Emulation:
        """Check *experiment* against this machine. Raises ConfigError or HostError.

        A *rehearsal* of the same stages is taken for theirs; *command* for the one that is running.
        """
        from edge_aibench.api.emulation import Prepared
        from edge_aibench.record.slo import parse_slos

        slos = parse_slos(objectives, experiment)
        with _answer_bar(experiment, output) as told:
            prepared = Prepared.of(experiment, fit=fit, rehearsal=rehearsal, told=told)
        return cls(
            prepared=prepared,
            slos=slos,
            out=out,
            output=output,
            command=command or command_line(sys.argv[1:]),
        )

    def run(self, repeat: int = 1) -> int:
        """Show the plan, run, show the result; the exit code says how it went."""
        try:
            self._show_plan()
            whole, interrupted = self.measure(repeat)
        except KeyboardInterrupt:
            whole, interrupted = None, True
        if whole is None:
            typer.echo("interrupted before anything was measured", err=True)
            return EXIT_INTERRUPTED
        return end_with(whole, self.slos, self.output, interrupted=interrupted)

    def measure(self, repeat: int = 1) -> tuple[Summary | None, bool]:
        """Run *repeat* times: the summary of all, and whether they were stopped.

        It is None only if they were stopped before anything was measured. Raises RunError if
        nothing was in spite of their having ended.
        """
        from edge_aibench.record.combine import combine

        summaries: list[Summary] = []
        try:
            interrupted = self._run_all(repeat, summaries)
        except KeyboardInterrupt:
            interrupted = True
        if not summaries:
            if not interrupted:
                raise RunError("nothing was measured", next_step="make --duration longer")
            return None, True
        if len(summaries) == 1:
            return summaries[0], interrupted
        return combine(summaries, repeat_command=self.command), interrupted

    def _run_all(self, repeat: int, summaries: list[Summary]) -> bool:
        """Run *repeat* times and add to *summaries*; whether it was stopped before the last."""
        for number in range(repeat):
            summary, interrupted = self._run_once(number)
            if summary is not None:
                summaries.append(summary)
            if interrupted:
                return True
        return False

    def _run_once(self, number: int) -> tuple[Summary | None, bool]:
        """Run repeat *number*, with a seed of its own: its summary, and whether it was stopped."""
        from edge_aibench.cli.progress import ConsoleObserver, SilentObserver
        from edge_aibench.record.slo import percentiles_of

        with _answer_bar(self.experiment, self.output) as told:
            prepared = self.prepared.seeded(number, told=told)
        result = prepared.run(
            out=self.out,
            observer=SilentObserver() if self.output.quiet else ConsoleObserver(sys.stderr),
            command=self.command,
            percentiles=percentiles_of(self.slos),
            render=self._page,
        )
        return read_summary(result.folder), result.interrupted

    def _page(self, summary: Summary, data: RunData) -> str:
        from edge_aibench.record.environment import Environment
        from edge_aibench.record.latency import latencies
        from edge_aibench.record.slo import evaluate
        from edge_aibench.report.html import render_report

        return render_report(
            summary,
            latencies(data).named(),
            config=data.experiment,
            environment=Environment.model_validate(data.environment),
            slos=[evaluate(slo, summary) for slo in self.slos],
        )

    def _show_plan(self) -> None:
        if not self.output.quiet:
            from edge_aibench.cli.plan import plan_view
            from edge_aibench.report.console import render_plan

            plan = plan_view(self.experiment, self.expectation, self.loads)
            console(stderr=True).print(render_plan(plan))


@contextmanager
def _answer_bar(experiment: Experiment, output: Output) -> Iterator[Told | None]:
    """Shows how the answers of profiled mode come along, where there are any."""
    if experiment.compute != "profiled":
        yield None
        return
    from edge_aibench.cli.task_choices import new_bars

    with new_bars(quiet=output.quiet) as bars:
        bar = bars.add_task("answers of the real networks", total=None, rate="")
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def read_summary(folder: Path) -> Summary | None:
    """The summary of a run folder; None where nothing was measured."""
    from edge_aibench.record.summary import Summary

    path = folder / "summary.json"
    return Summary.model_validate_json(path.read_text()) if path.exists() else None
