"""One `emulate` or `replay` from plan to exit code: what is shown, run and judged, in order."""

from __future__ import annotations

import errno
import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.components import load_components, observations_of
from edge_aibench.cli.notices import on_stderr
from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK, RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.emulate.capacity import Expectation
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import RunData
    from edge_aibench.record.load import Load
    from edge_aibench.record.slo import Slo, SloResult
    from edge_aibench.record.summary import Summary


@dataclass(frozen=True)
class Output:
    """stdout carries data, stderr progress."""

    as_json: bool
    quiet: bool


@dataclass(frozen=True)
class Emulation:
    """A resolved experiment, ready to run.

    *expectation* is what it will ask of this machine, *loads* what it will ask of the emulated
    links and workers, both by the *rehearsal*. *command* is the line that repeats it.
    """

    experiment: Experiment
    components: Components
    rehearsal: Rehearsal
    expectation: Expectation
    loads: tuple[Load, ...]
    answers: AnswerBook | None
    slos: tuple[Slo, ...]
    out: Path
    output: Output
    command: str

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
        from edge_aibench.api.limits import check_load
        from edge_aibench.emulate import capacity
        from edge_aibench.emulate.foreseen_load import foreseen_loads
        from edge_aibench.record.slo import parse_slo

        slos = tuple(
            parse_slo(text, tasks=experiment.scenario.inference_stages()) for text in objectives
        )
        capacity.check_memory(experiment)
        check_load(experiment)
        components = load_components(experiment)
        answers = None
        if experiment.compute == "profiled":
            answers = _answers(experiment, components, output)
            rehearsal = answers.played
        elif rehearsal is None:
            rehearsal = _rehearsed(experiment, components)
        expectation = capacity.expect(experiment, rehearsal.service_s)
        if fit:
            experiment = experiment.model_copy(
                update={"dilation": min(1000.0, expectation.proposed_dilation)}
            )
            expectation = capacity.expect(experiment, rehearsal.service_s)
        capacity.check(experiment, expectation)
        return cls(
            experiment=experiment,
            components=components,
            rehearsal=rehearsal,
            expectation=expectation,
            loads=foreseen_loads(experiment, rehearsal, answers),
            answers=answers,
            slos=slos,
            out=out,
            output=output,
            command=command or command_line(sys.argv[1:]),
        )

    def run(self, repeat: int = 1) -> int:
        """Show the plan, run, show the result; the exit code says how it went."""
        from edge_aibench.record.slo import evaluate, exit_code

        try:
            self._show_plan()
            whole, interrupted = self.measure(repeat)
        except KeyboardInterrupt:
            whole, interrupted = None, True
        if whole is None:
            typer.echo("interrupted before anything was measured", err=True)
            return EXIT_INTERRUPTED
        results = [evaluate(slo, whole) for slo in self.slos]
        self._show_result(whole, results)
        if interrupted:
            return EXIT_INTERRUPTED
        if not whole.validity.valid:
            return EXIT_INVALID
        return exit_code(results) if results else EXIT_OK

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
        from edge_aibench.emulate.session import RunRequest, emulate
        from edge_aibench.record.slo import percentiles_of

        experiment = self.experiment
        components, answers = self.components, self.answers
        if number:
            seeded = experiment.workload.model_copy(
                update={"seed": experiment.workload.seed + number}
            )
            experiment = experiment.model_copy(update={"workload": seeded})
            components = load_components(experiment)
            if answers is not None:
                answers = _answers(experiment, components, self.output)
        request = RunRequest(
            experiment=experiment,
            components=components,
            out_dir=self.out,
            command=self.command,
            percentiles=percentiles_of(self.slos),
            render=self._page,
            answers=answers,
            expected_use=self.expectation.use,
        )
        observer = SilentObserver() if self.output.quiet else ConsoleObserver(sys.stderr)
        result = emulate(request, observer)
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

    def _show_result(self, summary: Summary, results: list[SloResult]) -> None:
        try:
            self._write_result(summary, results)
            sys.stdout.flush()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            # The terminal was closed. The record is saved and the exit code still counts; what
            # is buffered, and what comes after, goes where it can.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
            os.close(nowhere)

    def _write_result(self, summary: Summary, results: list[SloResult]) -> None:
        if self.output.as_json:
            document = summary.model_dump(mode="json")
            document["slos"] = [result.model_dump(mode="json") for result in results]
            typer.echo(json.dumps(document, indent=2))
            return
        from edge_aibench.report.console import render_summary

        console(stderr=False).print(render_summary(summary, slos=results))


def command_line(words: Sequence[str]) -> str:
    """A command of ours with these *words*, as one types it."""
    return shlex.join(["edge-aibench", *words])


def _rehearsed(experiment: Experiment, components: Components) -> Rehearsal:
    from edge_aibench.emulate.rehearsal import rehearse

    return rehearse(experiment.scenario, components, observations_of(experiment))


def _answers(experiment: Experiment, components: Components, output: Output) -> AnswerBook:
    """Have the real networks answer every observation, before the load."""
    from edge_aibench.cli.task_choices import new_bars
    from edge_aibench.emulate.answer_book import work_out
    from edge_aibench.model.experiment import plan_all

    with new_bars(quiet=output.quiet) as bars:
        bar = bars.add_task("answers of the real networks", total=None, rate="")
        return work_out(
            experiment.scenario,
            components,
            plan_all(experiment),
            lambda done, total: bars.update(bar, completed=done, total=total),
        )


def read_summary(folder: Path) -> Summary | None:
    """The summary of a run folder; None where nothing was measured."""
    from edge_aibench.record.summary import Summary

    path = folder / "summary.json"
    return Summary.model_validate_json(path.read_text()) if path.exists() else None


def console(*, stderr: bool) -> Console:
    """The user's screen, or what is read from it."""
    from rich.console import Console

    # Not on a terminal, rich would wrap at 80 columns and cut run folders in two.
    file = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if file.isatty() else 100)
