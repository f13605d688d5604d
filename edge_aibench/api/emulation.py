"""From a resolved experiment to emulated runs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_aibench.api.components import load_components, observations_of
from edge_aibench.api.limits import check_load

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.emulate.answer_book import AnswerBook
    from edge_aibench.emulate.capacity import Expectation
    from edge_aibench.emulate.outcome import Observer
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.emulate.results import RenderReport
    from edge_aibench.emulate.session import RunResult
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.load import Load

Told = Callable[[int, int | None], None]
"""Is told how many answers of the real networks are there, and of how many."""


@dataclass(frozen=True)
class Prepared:
    """An experiment that this machine can emulate.

    *expectation* is what it will ask of this machine, *loads* what it will ask of the emulated
    links and workers, both by the *rehearsal*. *answers* are those of profiled mode.
    """

    experiment: Experiment
    components: Components
    rehearsal: Rehearsal
    expectation: Expectation
    loads: tuple[Load, ...]
    answers: AnswerBook | None

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        *,
        fit: bool = False,
        rehearsal: Rehearsal | None = None,
        told: Told | None = None,
    ) -> Prepared:
        """Check *experiment* against this machine. Raises ConfigError or HostError.

        With *fit* it gets the dilation that this machine needs. A *rehearsal* of the same stages
        is taken for theirs. In profiled mode *told* is told how the answers come along.
        """
        from edge_aibench.emulate import capacity
        from edge_aibench.emulate.foreseen_load import foreseen_loads
        from edge_aibench.emulate.rehearsal import rehearse

        capacity.check_memory(experiment)
        check_load(experiment)
        components = load_components(experiment)
        answers = None
        if experiment.compute == "profiled":
            answers = _answers(experiment, components, told)
            rehearsal = answers.played
        elif rehearsal is None:
            rehearsal = rehearse(experiment.scenario, components, observations_of(experiment))
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
        )

    def seeded(self, number: int, *, told: Told | None = None) -> Prepared:
        """The same for repeat *number*, whose seed is so many more."""
        if not number:
            return self
        workload = self.experiment.workload
        seeded = workload.model_copy(update={"seed": workload.seed + number})
        experiment = self.experiment.model_copy(update={"workload": seeded})
        components = load_components(experiment)
        answers = None if self.answers is None else _answers(experiment, components, told)
        return replace(self, experiment=experiment, components=components, answers=answers)

    def run(
        self,
        *,
        out: Path,
        observer: Observer,
        command: str = "",
        percentiles: tuple[float, ...] = (),
        render: RenderReport | None = None,
    ) -> RunResult:
        """Emulate once, into a new folder in *out*.

        Raises what `edge_aibench.emulate.session.emulate` raises.
        """
        from edge_aibench.emulate.session import RunRequest, emulate

        request = RunRequest(
            experiment=self.experiment,
            components=self.components,
            out_dir=out,
            command=command,
            percentiles=percentiles,
            render=render,
            answers=self.answers,
            expected_use=self.expectation.use,
        )
        return emulate(request, observer)


def _answers(experiment: Experiment, components: Components, told: Told | None) -> AnswerBook:
    """Have the real networks answer every observation, before the load."""
    from edge_aibench.emulate.answer_book import work_out
    from edge_aibench.model.experiment import plan_all

    return work_out(experiment.scenario, components, plan_all(experiment), told or _to_nobody)


def _to_nobody(done: int, total: int | None) -> None:
    del done, total
