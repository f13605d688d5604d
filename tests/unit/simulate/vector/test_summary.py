"""The summary of a run without tables is that of the same run with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.timings import Timings
from edge_aibench.record.summary import Summary, summarise
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.results import to_run_data
from edge_aibench.simulate.vector import collect as collecting
from edge_aibench.simulate.vector.engine import run_vector
from edge_aibench.simulate.vector.program import Program
from edge_aibench.simulate.vector.summary import collect, summarise_vector
from edge_aibench.testing.ward import small_ward
from tests.unit.simulate.conftest import Ward


def timings(**passes: float) -> Timings:
    law = {"law": "exponential", "mean": 0.01}
    stages: dict[str, Any] = {
        name: {"work": law, "passes": passes.get(name, 1.0)} for name in small_ward().stages
    }
    messages = {"encode": law, "publish": law, "broker": 1e-3}
    return Timings.model_validate({"stages": stages, "messages": messages})


def with_budgets(scenario: Scenario) -> Scenario:
    document = scenario.model_dump(mode="json", by_alias=True)
    limit = {"percentile": 90.0, "limit": 0.1}
    document["budgets"] = {"end-to-end": limit, "communication": {**limit, "limit": 0.03}}
    document["timeout"] = 0.2
    return Scenario.model_validate(document)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{number}")
    else:
        yield path, value


def of_tables(experiment: Experiment) -> Summary:
    simulated = run_vector(SimulationPlan.of(experiment))
    return summarise(to_run_data(experiment, simulated), folder="", percentiles=(95.0,))


def assert_equal(found: Summary, wanted: Summary, *, without: tuple[str, ...] = ()) -> None:
    ours, theirs = (dict(leaves(s.model_dump(mode="json"))) for s in (found, wanted))
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        if not key.startswith(without):
            assert ours[key] == (
                pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            ), key


@pytest.mark.parametrize("choice", ["edge", "cloud"])
def test_it_is_the_summary_of_the_tables(ward: Ward, choice: str) -> None:
    experiment = ward(
        timings(), scenario=with_budgets(small_ward()), choice=choice, instances=9, duration_s=60.0
    )
    summary = summarise_vector(SimulationPlan.of(experiment), percentiles=(95.0,))
    assert summary.counts.timed_out > 0
    assert summary.counts.late > 0
    assert_equal(summary, of_tables(experiment))


def test_requests_that_end_silently_are_told_apart(ward: Ward) -> None:
    experiment = ward(timings(window=0.5), instances=5, duration_s=30.0)
    summary = summarise_vector(SimulationPlan.of(experiment), percentiles=(95.0,))
    assert summary.counts.filtered > 20
    # Loads are those of instances on the average, not of the fullest.
    assert_equal(summary, of_tables(experiment), without=("/loads",))


def test_both_ways_to_collect_give_the_same_to_the_bit(ward: Ward) -> None:
    plan = SimulationPlan.of(ward(timings(), instances=40, duration_s=20.0, poisson=True))
    alone, together = (collect(Program(plan), two_threads=two) for two in (False, True))
    assert np.array_equal(alone.latencies, together.latencies, equal_nan=True)
    assert np.array_equal(alone.durations, together.durations)
    assert np.array_equal(alone.found.since, together.found.since)


def test_counted_latencies_are_those_that_were_kept(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = SimulationPlan.of(ward(timings(), instances=8, duration_s=200.0))
    kept = summarise_vector(plan)
    real = collecting.Collected.__init__

    def few(self: collecting.Collected, program: Program) -> None:
        real(self, program, every_one=100)

    monkeypatch.setattr(collecting.Collected, "__init__", few)
    counted = summarise_vector(plan)
    assert any("classes" in warning for warning in counted.health.warnings)
    assert counted.counts == kept.counts
    for name, series in kept.latency.items():
        other = counted.latency[name]
        assert (other.count, other.max_ms) == (series.count, series.max_ms)
        assert series.mean is not None
        assert other.mean is not None
        assert other.mean.value == pytest.approx(series.mean.value, rel=1e-12)
        for key, estimate in series.percentiles.items():
            assert other.percentiles[key].value == pytest.approx(estimate.value, rel=5e-4)
            assert other.percentiles[key].upper == pytest.approx(estimate.upper, rel=5e-4)
    assert kept.hops is not None
    assert counted.hops is not None
    assert counted.hops.all.mean_ms == pytest.approx(kept.hops.all.mean_ms, rel=1e-12)
    assert counted.hops.slowest.mean_ms == pytest.approx(kept.hops.slowest.mean_ms, rel=0.02)
