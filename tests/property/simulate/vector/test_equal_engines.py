"""The vector engine gives the SimPy engine's answers, request by request and hop by hop."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.timings import Timings
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.reference.engine import run_reference
from edge_aibench.simulate.vector.engine import run_vector
from edge_aibench.simulate.vector.features import inexpressible
from edge_aibench.testing.ward import small_ward, three_tiers

TIERS = ("device", "edge", "cloud")


def works() -> st.SearchStrategy[dict[str, Any]]:
    """Laws of times; those that give one and the same time often make ties, which no engine orders
    by more than habit.
    """
    mean_s = st.floats(1e-5, 5e-2)
    return st.one_of(
        mean_s.map(lambda s: {"law": "exponential", "mean": s}),
        mean_s.map(lambda s: {"law": "uniform", "shortest": s / 2, "longest": s}),
        mean_s.map(lambda s: {"law": "lognormal", "mean": s, "spread": s / 3}),
        mean_s.map(lambda s: {"law": "measured", "measured": [s, 1.7 * s, 3.1 * s]}),
        mean_s.map(lambda s: {"law": "erlang", "mean": s, "phases": 3}),
    )


def directions(losses: list[float]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda delay_s, law, loss, rate_bps: {
            "delay": delay_s,
            "jitter": {"law": law, "spread": delay_s / 4 if law != "none" else 0.0},
            "loss": loss,
            "rate": rate_bps,
        },
        st.floats(1e-4, 2e-2),
        st.sampled_from(["none", "uniform", "normal", "lognormal"]),
        st.sampled_from(losses),
        st.one_of(st.none(), st.floats(3e4, 1e8)),
    )


@st.composite
def topologies(draw: st.DrawFn, losses: list[float]) -> Topology:
    document = three_tiers().model_dump(mode="json", by_alias=True)
    for link in document["links"].values():
        link["up"], link["down"] = draw(directions(losses)), draw(directions(losses))
    return Topology.model_validate(document)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    document = small_ward().model_dump(mode="json", by_alias=True)
    document["sensors"]["monitor"]["arrivals"] = {
        "law": draw(st.sampled_from(["periodic", "poisson"])),
        "interval": draw(st.floats(0.05, 1.0)),
    }
    document["sensors"]["monitor"]["payload"] = draw(st.floats(1, 5000))
    if draw(st.booleans()):
        document["sensors"]["camera"] = {
            "node": draw(st.sampled_from(["ward", "edge"])),
            "payload": draw(st.floats(1, 20000)),
            "arrivals": {"law": "poisson", "interval": draw(st.floats(0.1, 1.0))},
            "done-at": "look",
        }
        document["stages"]["look"] = {
            "kind": "preprocess",
            "needs": ["camera"],
            "place": draw(st.sampled_from(TIERS)),
        }
    if draw(st.booleans()):
        document["stages"]["first"]["serving"] = {
            "workers": draw(st.integers(1, 3)),
            "queue": draw(st.sampled_from(["fifo", "drop-late"])),
        }
    if draw(st.booleans()):
        document["budgets"] = {"end-to-end": {"limit": 0.05, "percentile": 99.0}}
    return Scenario.model_validate(document)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    # What waits behind a lost message of another request comes at one instant with it: a tie.
    lossy = draw(st.booleans())
    scenario, topology = draw(scenarios()), draw(topologies([0.0, 0.01, 0.2] if lossy else [0.0]))
    tiers = {name: draw(st.sampled_from(TIERS)) for name in ("first", "second", "archive")}
    stages = {
        name: {
            "work": draw(works()),
            "passes": draw(st.sampled_from([1.0, 1.0, 0.6])),
        }
        for name in scenario.stages
    }
    messages = {
        "encode": draw(works()),
        "publish": draw(works()),
        "transfer": [
            {"payload": 10, "time": draw(works())},
            {"payload": 1000, "time": draw(works())},
        ],
        "broker": draw(st.sampled_from([0.0, 1e-5, 2e-3])),
    }
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, ",".join(f"{k}={v}" for k, v in tiers.items())),
        instances=1 if lossy else draw(st.integers(1, 6)),
        workload=Workload(
            duration_s=0.05 if lossy else draw(st.floats(0.5, 4.0)),
            warmup_s=0.3,
            seed=draw(st.integers(0, 1000)),
        ),
        timings=Timings.model_validate({"stages": stages, "messages": messages}),
    )


def events(simulated: Simulated) -> dict[tuple[object, ...], tuple[np.ndarray, ...]]:
    """Starts, ends and sizes of all events there are."""
    return {
        (sensor, *key): (row.start_ns, row.end_ns, row.size)
        for sensor, table in simulated.tables.items()
        for key, row in table.rows.items()
        if row.there.any()
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(experiments())
def test_both_engines_give_the_same_events(experiment: Experiment) -> None:
    plan = SimulationPlan.of(experiment)
    assert inexpressible(plan) is None
    wanted, found = events(run_reference(plan)), events(run_vector(plan))
    assert wanted.keys() == found.keys()
    for key, columns in wanted.items():
        for theirs, ours in zip(columns, found[key], strict=True):
            # Rounded to whole nanoseconds after sums in another order.
            assert np.abs(theirs - ours).max() <= 1, key
