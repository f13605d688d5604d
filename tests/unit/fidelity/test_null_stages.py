"""A scenario with stages that do nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from edge_aibench.fidelity.null_stages import NullComponents, null_experiment, travelling
from edge_aibench.model.components import Call
from edge_aibench.model.experiment import Experiment
from edge_aibench.testing.stages import FakeComponents

Ward = Callable[..., Experiment]


@pytest.mark.parametrize(("choice", "expected"), [("edge", {"first", "second"}), ("device", set())])
def test_outputs_that_cross_the_network_travel(ward: Ward, choice: str, expected: set[str]) -> None:
    assert travelling(ward(choice=choice)) == expected


def test_links_do_nothing_and_arrivals_are_rarer(ward: Ward) -> None:
    found = null_experiment(ward(interval_s=0.1), slower=3.0, duration_s=8.0, warmup_s=2.0)
    assert found.scenario.name == "null-small-ward"
    (monitor,) = found.scenario.sensors.values()
    assert monitor.arrivals.law == "poisson"
    assert monitor.arrivals.interval_s == pytest.approx(0.3)
    assert (found.workload.duration_s, found.workload.warmup_s) == (8.0, 2.0)
    for link in found.topology.links.values():
        for way in (link.up, link.down):
            assert (way.delay_s, way.rate_bps, way.loss) == (0.0, None, 0.0)
    # Everything that decides which messages there are stays.
    assert found.placement == ward().placement
    assert {name: stage.needs for name, stage in found.scenario.stages.items()} == {
        name: stage.needs for name, stage in ward().scenario.stages.items()
    }


def test_arrivals_are_never_more_often_than_an_interval_may_be(ward: Ward) -> None:
    found = null_experiment(ward(), slower=1e-9, duration_s=1.0, warmup_s=0.0)
    (monitor,) = found.scenario.sensors.values()
    assert monitor.arrivals.interval_s == 1e-3


def test_a_long_name_stays_one(ward: Ward) -> None:
    long = ward().scenario.model_copy(update={"name": "a" * 34 + "-bcdef"})
    renamed = ward().model_copy(update={"scenario": long})
    found = null_experiment(renamed, slower=1.0, duration_s=1.0, warmup_s=0.0)
    assert found.scenario.name == "null-" + "a" * 34


def _call(sequence: int) -> Call:
    return Call(instance=0, sequence=sequence, inputs={})


def test_null_stages_give_outputs_that_were_made_before_in_turn() -> None:
    real = FakeComponents({name: lambda _call: 1 / 0 for name in ("window", "first", "silent")})
    parts = NullComponents(real, {"first": [b"[1]", b"[2]"], "silent": []})
    stages = parts.stages(("window", "first", "silent"), (0,))
    assert [stages["first"].process(_call(n)) for n in range(3)] == [[1], [2], [1]]
    assert stages["first"].process_batch([_call(1), _call(2)]) == [[2], [1]]
    # What stays on its host is at hand; what was never said is not said.
    assert stages["window"].process(_call(0)) is not None
    assert stages["silent"].process(_call(0)) is None
    assert parts.codec("first").encode([1]) == b"[1]"
    assert parts.sensor("monitor").observe(2, 3) == [2, 3]
    assert math.isnan(parts.score("first", 0, 0, [1]))
    assert parts.quality([]) == {}
    assert real.judged == []
