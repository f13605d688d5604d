"""How long brokers work on a message, from how busy they were and what they took in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.fidelity.broker_time import broker_s, messages_taken_in
from edge_aibench.fidelity.observations import experiment_of, observe
from edge_aibench.model.experiment import Experiment
from edge_aibench.record.load import Load
from edge_aibench.record.opened import OpenedRun
from edge_aibench.simulate.plan import SimulationPlan

Ward = Callable[..., Experiment]
Emulated = Callable[..., OpenedRun]

BUSY = tuple(
    Load(kind="broker", name=f"broker of {host}", place=host, offered=share, carries=1.0)
    for host, share in (("edge", 0.2), ("cloud", 0.1))
)


def test_a_message_over_a_bridge_is_taken_in_twice(ward: Ward, emulated: Emulated) -> None:
    run = emulated(ward())
    assert run.hops is not None
    assert run.requests is not None
    # Of each request: the observation at the edge and, for the archive, in the cloud; two answers.
    found = messages_taken_in(run.hops, SimulationPlan.of(experiment_of(run)))
    assert found == 4 * len(run.requests)


def test_the_work_of_a_message_is_the_time_of_all_brokers_over_all_messages(
    ward: Ward, emulated: Emulated
) -> None:
    run = emulated(ward(duration_s=20.0))
    assert run.summary is not None
    assert run.hops is not None
    assert run.requests is not None
    plan = SimulationPlan.of(experiment_of(run))
    assert broker_s(run.summary, run.hops, plan) == 0.0
    busy = run.summary.model_copy(update={"loads": (*run.summary.loads, *BUSY)})
    # 1 s of warm-up and 20 s, of which the brokers worked for 30 % in all.
    expected = 0.3 * 21.0 / (4 * len(run.requests))
    assert broker_s(busy, run.hops, plan) == pytest.approx(expected)
    cut_short = busy.model_copy(update={"interrupted": "by somebody"})
    assert broker_s(cut_short, run.hops, plan) == 0.0


def test_making_a_message_ready_is_known_by_its_size(ward: Ward, emulated: Emulated) -> None:
    found = observe(emulated(ward()))
    # The answers of the small ward are of no size; the observation has 144 bytes.
    assert set(found.encode_by_size_s) == {144}
