"""The engines that must be right by theory."""

from __future__ import annotations

import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.reference.engine import run_reference
from tests.statistical.simulate.case import Case
from tests.statistical.simulate.measure import Run

ENGINES = ("simpy", "vector")


def run(engine: str, experiment: Experiment) -> Simulated:
    """Simulate *experiment*; the test is skipped where the engine cannot express it."""
    plan = SimulationPlan.of(experiment)
    if engine == "simpy":
        return run_reference(plan)
    from edge_aibench.simulate.vector.engine import run_vector
    from edge_aibench.simulate.vector.features import inexpressible

    missing = inexpressible(plan)
    if missing is not None:
        pytest.skip(f"the vector engine has no {missing}")
    return run_vector(plan)


def simulate(engine: str, case: Case, *, parts: int, requests: int) -> Run:
    """Run *case* with so many parts of so many requests."""
    experiment = case.made(parts=parts, requests=requests)
    return Run(experiment, run(engine, experiment), by_time=parts if case.shared else None)
