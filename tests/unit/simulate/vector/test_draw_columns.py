"""Compiled draws are the plain ones, to the bit."""

from __future__ import annotations

import numpy as np

from edge_aibench import rng
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.vector.draw_columns import CompiledDraws, fill_uniforms
from edge_aibench.testing.ward import three_tiers
from tests.unit.simulate.conftest import Ward


def test_uniform_numbers_are_equal_to_the_bit() -> None:
    instances = np.array([0, 1, 7, 2**31, 999_999], np.int64)
    sequences = np.array([0, 5, 2**20, 3, 2**32], np.int64)
    key = rng.key(2**62, "some purpose")
    numbers = np.empty(5)
    fill_uniforms(np.uint64(key), instances, sequences, numbers)
    assert np.array_equal(numbers, rng.uniforms(key, instances, sequences))


def test_lost_messages_are_late_by_the_same(ward: Ward) -> None:
    topology = three_tiers()
    access = topology.links["access"]
    lossy = access.model_copy(update={"up": access.up.model_copy(update={"loss": 0.1})})
    topology = topology.model_copy(update={"links": {**topology.links, "access": lossy}})
    plan = SimulationPlan.of(ward(topology=topology))
    first = plan.publications["monitor", "ward"].first
    instances, sequences = np.divmod(np.arange(3000), 1000)
    wanted = Draws(plan).recovery_ns(first, "monitor", instances, sequences)
    found = CompiledDraws(plan).recovery_ns(first, "monitor", instances, sequences)
    assert np.array_equal(wanted, found)
    assert 200 < np.count_nonzero(found) < 400
