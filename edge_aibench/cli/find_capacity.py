"""`emulate --find-capacity`: one run after another, until it is known how many instances fit."""

from __future__ import annotations

import math
import secrets
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.limits import MOST_INSTANCES
from edge_aibench.cli.emulation import Emulation
from edge_aibench.cli.notices import on_stderr
from edge_aibench.cli.plan import load_notes
from edge_aibench.cli.result import Output, command_line, console
from edge_aibench.errors import (
    EXIT_INTERRUPTED,
    EXIT_INVALID,
    EXIT_OK,
    EXIT_SLO_UNDECIDED,
    ConfigError,
    EdgeAIBenchError,
)

if TYPE_CHECKING:
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.found_capacity import Ending, FoundCapacity, Trial
    from edge_aibench.record.search import CapacitySearch
    from edge_aibench.record.slo import Slo

_SPARE = 1.05
"""Observations planned beyond those that a verdict needs: a Poisson process may make fewer."""


@dataclass(frozen=True)
class Question:
    """What is searched for: *choices* without a number of instances, and how to judge a run.

    *fit* and *repeat* are those of every run.
    """

    choices: Choices
    objectives: tuple[str, ...]
    at_most: int | None
    fit: bool
    repeat: int
    out: Path
    output: Output


def search_capacity(question: Question) -> int:
    """Search, show and save what was found; the exit code says whether anything was."""
    return _Finder.of(question).run()


@dataclass
class _Finder:
    question: Question
    experiment: Experiment
    slos: tuple[Slo, ...]
    search: CapacitySearch
    at_most: int
    folder: Path
    trials: list[Trial] = field(default_factory=list)
    rehearsal: Rehearsal | None = None

    @classmethod
    def of(cls, question: Question) -> _Finder:
        """Check what can be before anything runs. Raises ConfigError."""
        from edge_aibench.record.search import CapacitySearch
        from edge_aibench.record.slo import parse_slos

        experiment = resolve(question.choices, on_stderr(quiet=question.output.quiet))
        scenario = experiment.scenario
        slos = parse_slos(question.objectives, experiment)
        if not slos and not _percentiles(experiment, slos):
            raise ConfigError(
                "needs something to judge by: the scenario has no budget",
                where="--find-capacity",
                value=scenario.name,
                next_step="add an objective such as --slo 'e2e.p99<100ms'",
            )
        at_most = question.at_most or MOST_INSTANCES
        given = question.choices.instances
        if (given or 1) > at_most:
            raise ConfigError(
                "must not be below the number to begin with",
                where="--at-most",
                value=at_most,
                next_step=f"make it at least {given}",
            )
        observations = _needed(experiment, slos) / _per_s(experiment)
        start = given or min(at_most, max(1, math.ceil(observations / question.choices.duration_s)))
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%SZ}-{scenario.name}-capacity-{secrets.token_hex(3)}"
        return cls(
            question=question,
            experiment=experiment,
            slos=slos,
            search=CapacitySearch(start=start, at_most=at_most),
            at_most=at_most,
            folder=question.out / name,
        )

    def run(self) -> int:
        """Search, show, save."""
        try:
            ending = self._try_all()
        except KeyboardInterrupt:
            ending = "interrupted"
        except EdgeAIBenchError:
            if self.trials:
                self._save(self._found("failed"))
                self._show(self._found("failed"))
            raise
        found = self._found(ending)
        if self.trials:
            self._save(found)
        self._show(found)
        if ending == "interrupted":
            return EXIT_INTERRUPTED
        if found.shown:
            return EXIT_OK
        return EXIT_INVALID if ending == "machine" else EXIT_SLO_UNDECIDED

    def _try_all(self) -> Ending:
        """Try one number after another, to the end or an interrupt."""
        while (number := self.search.next_number()) is not None:
            trial, interrupted = self._try(number)
            if trial is not None:
                self._note(trial)
            if interrupted:
                return "interrupted"
        if self.search.smallest_failed is not None:
            return "found"
        return "machine" if self.search.smallest_invalid is not None else "at-most"

    def _try(self, number: int) -> tuple[Trial | None, bool]:
        """Run *number* instances, and once more if that showed nothing.

        Longer, if it was undecided; as long, if something had disturbed the machine.
        """
        from edge_aibench.emulate.capacity import BeyondHostError
        from edge_aibench.record.search import TrialOutcome

        duration_s = self._duration_s(number)
        self._say(f"--- {self._count(number)}, {duration_s:g} s")
        try:
            trial, interrupted, times = self._run(number, duration_s)
            if trial is None or trial.outcome in (TrialOutcome.PASS, TrialOutcome.FAIL):
                return trial, interrupted
            if trial.outcome is TrialOutcome.INVALID and not trial.runs:
                return trial, False
            lengthened = trial.outcome is TrialOutcome.UNDECIDED
            duration_s = float(math.ceil(duration_s * times)) if lengthened else duration_s
            self._say(f"{trial.outcome} ({trial.why}): once more, {duration_s:g} s")
            again, interrupted, _ = self._run(number, duration_s, lengthened=lengthened)
            return again or trial, interrupted
        except BeyondHostError as error:
            return self._beyond(number, duration_s, error.what), False

    def _run(
        self, number: int, duration_s: float, *, lengthened: bool = False
    ) -> tuple[Trial | None, bool, float]:
        """One run: the trial, whether it was stopped, and how many times longer would tell."""
        from edge_aibench.record.found_capacity import describe_trial, judge_trial, longer
        from edge_aibench.record.slo import evaluate
        from edge_aibench.record.validity import ValidityLimits

        emulation = self._prepared(number, duration_s)
        use, limit = emulation.expectation.use, ValidityLimits().expected_use
        if use > limit:
            why = f"it would ask {use:.0%} of this machine's cores, at most {limit:.0%} are allowed"
            return self._beyond(number, duration_s, why, emulation), False, 1.0
        for note in load_notes(emulation.loads):
            self._say(f"note: {note}")
        summary, interrupted = emulation.measure(self.question.repeat)
        if summary is None or interrupted:
            # Part of a run is no verdict on the number; its record is kept all the same.
            return None, interrupted, 1.0
        results = [evaluate(slo, summary) for slo in self.slos]
        outcome, why = judge_trial(summary, results, emulation.loads)
        trial = describe_trial(summary, outcome=outcome, why=why, lengthened=lengthened)
        return trial, False, longer(summary)

    def _prepared(self, number: int, duration_s: float) -> Emulation:
        question = self.question
        emulation = Emulation.prepare(
            replace(question.choices, instances=number, duration_s=duration_s),
            objectives=question.objectives,
            out=self.folder,
            output=question.output,
            fit=question.fit,
            rehearsal=self.rehearsal,
            command=command_line(_single_run(sys.argv[1:], number, duration_s)),
        )
        self.rehearsal = emulation.rehearsal
        return emulation

    def _beyond(
        self, number: int, duration_s: float, why: str, emulation: Emulation | None = None
    ) -> Trial:
        from edge_aibench.record.found_capacity import Trial
        from edge_aibench.record.search import TrialOutcome

        experiment = self.experiment if emulation is None else emulation.experiment
        return Trial(
            instances=number,
            outcome=TrialOutcome.INVALID,
            why=why,
            duration_s=duration_s,
            dilation=experiment.dilation,
            loads=() if emulation is None else emulation.loads,
        )

    def _duration_s(self, number: int) -> float:
        """As long as asked for, or as it takes to observe enough for a verdict."""
        needed_s = _SPARE * _needed(self.experiment, self.slos) / (number * _per_s(self.experiment))
        return max(self.question.choices.duration_s, float(math.ceil(needed_s)))

    def _note(self, trial: Trial) -> None:
        from edge_aibench.report.capacity import trial_line

        self.trials.append(trial)
        self.search.tell(trial.instances, trial.outcome)
        self._say(trial_line(trial, self.experiment.scenario.instances.name))
        # At once, so that whatever ends this process leaves what is known.
        self._save(self._found("interrupted"))

    def _found(self, ending: Ending) -> FoundCapacity:
        from edge_aibench.record.found_capacity import FoundCapacity, conclude

        search, instance = self.search, self.experiment.scenario.instances.name
        return FoundCapacity(
            scenario=self.experiment.scenario.name,
            instance=instance,
            judged_by=self._judged_by(),
            at_most=self.at_most,
            ending=ending,
            largest_passed=search.largest_passed,
            smallest_failed=search.smallest_failed,
            smallest_invalid=search.smallest_invalid,
            contradictions=search.contradictions,
            conclusion=conclude(search, self.trials, ending=ending, instance=instance),
            trials=tuple(self.trials),
            repeat_command=command_line(sys.argv[1:]),
        )

    def _judged_by(self) -> tuple[str, ...]:
        from edge_aibench.cli.plan import budget_lines

        return self.question.objectives or tuple(budget_lines(self.experiment))

    def _save(self, found: FoundCapacity) -> None:
        from edge_aibench.record.files import make_folder, write_whole
        from edge_aibench.record.found_capacity import FILE

        text = found.model_dump_json(indent=2) + "\n"
        make_folder(self.folder)
        write_whole(self.folder / FILE, lambda file: file.write(text.encode()))

    def _show(self, found: FoundCapacity) -> None:
        from edge_aibench.report.capacity import render_capacity

        if self.question.output.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        place = str(self.folder) if self.trials else ""
        console(stderr=False).print(render_capacity(found, place=place))

    def _say(self, text: str) -> None:
        if not self.question.output.quiet:
            typer.echo(text, err=True)

    def _count(self, number: int) -> str:
        from edge_aibench.report.wording import count_of

        return count_of(number, self.experiment.scenario.instances.name)


def _single_run(words: Sequence[str], number: int, duration_s: float) -> list[str]:
    """The command of one trial: that of the search, *words*, with what the trial changed.

    Of an option given twice the last one counts.
    """
    kept = list(words)
    if "--at-most" in kept:
        del kept[kept.index("--at-most") : kept.index("--at-most") + 2]
    kept = [word for word in kept if word.partition("=")[0] not in ("--find-capacity", "--at-most")]
    return [*kept, "--instances", str(number), "--duration", f"{duration_s:g}"]


def _per_s(experiment: Experiment) -> float:
    """Observations of one instance a second."""
    sensors = experiment.scenario.sensors.values()
    return sum(1.0 / sensor.arrivals.interval_s for sensor in sensors)


def _needed(experiment: Experiment, slos: Iterable[Slo]) -> int:
    """Requests without which no percentile that is judged has an interval."""
    from edge_aibench.record.statistics import needed_for_interval

    return max(map(needed_for_interval, _percentiles(experiment, slos)), default=1)


def _percentiles(experiment: Experiment, slos: Iterable[Slo]) -> list[float]:
    from edge_aibench.record.slo import percentiles_of

    asked = list(slos)
    if asked:
        return list(percentiles_of(asked))
    budgets = experiment.scenario.budgets
    return [b.percentile for b in (budgets.communication, budgets.end_to_end) if b is not None]
