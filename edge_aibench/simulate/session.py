"""One simulated run: the choice of the engine, and the summary of what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.errors import ConfigError
from edge_aibench.record.summary import Summary, summarise
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.results import to_run_data

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.data import RunData, SimulationEngine
    from edge_aibench.record.environment import Environment

EngineChoice = Literal["auto", "simpy", "vector"]
RecordKind = Literal["full", "summary"]
Progress = Callable[[float], None]
"""Is told how much of the simulated time is over, from 0 to 1."""


@dataclass(frozen=True)
class SimulatedRun:
    """What a run found; *data* holds its tables, None in a record of summary kind.

    *fallback* names the feature for which the vector engine was asked and could not serve.
    """

    summary: Summary
    data: RunData | None
    engine: SimulationEngine
    fallback: str | None = None


def simulate(
    experiment: Experiment,
    *,
    engine: EngineChoice = "auto",
    record: RecordKind = "full",
    percentiles: Iterable[float] = (),
    folder: str = "",
    command: str = "",
    environment: Environment | None = None,
    progress: Progress | None = None,
) -> SimulatedRun:
    """Simulate *experiment*. `auto` takes the vector engine where it can, else SimPy.

    Raises ConfigError where *engine* is `vector` and the experiment has a feature it lacks, and
    what `SimulationPlan.of` raises.
    """
    plan = SimulationPlan.of(experiment)
    chosen, fallback = choose_engine(plan, engine)
    if chosen == "vector" and record == "summary":
        from edge_aibench.simulate.vector.summary import summarise_vector

        summary = summarise_vector(
            plan, percentiles=percentiles, folder=folder, command=command, progress=progress
        )
        return SimulatedRun(summary, None, chosen, fallback)
    if chosen == "vector":
        from edge_aibench.simulate.vector.engine import run_vector

        simulated = run_vector(plan, progress)
    else:
        from edge_aibench.simulate.reference.engine import run_reference

        simulated = run_reference(plan, progress)
    data = to_run_data(experiment, simulated, environment=environment, command=command)
    summary = summarise(data, folder=folder, percentiles=percentiles)
    return SimulatedRun(summary, data if record == "full" else None, chosen, fallback)


def choose_engine(
    plan: SimulationPlan, engine: EngineChoice
) -> tuple[SimulationEngine, str | None]:
    """The engine, and what keeps the vector engine from being it.

    Raises ConfigError where *engine* is `vector` and cannot be.
    """
    if engine == "simpy":
        return "simpy", None
    from edge_aibench.simulate.vector.features import inexpressible

    missing = inexpressible(plan)
    if missing is None:
        return "vector", None
    if engine == "vector":
        raise ConfigError(
            f"the vector engine has no {missing}",
            where="--engine",
            value=engine,
            next_step="take --engine simpy, or auto, which does so by itself",
        )
    return "simpy", missing
