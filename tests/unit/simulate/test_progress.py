"""Whoever waits is told how much of the arrivals' time is over, by both engines."""

from __future__ import annotations

from typing import Literal

import pytest

from edge_aibench.simulate.session import EngineChoice, simulate
from tests.unit.simulate.conftest import Ward


@pytest.mark.parametrize("engine", ["simpy", "vector"])
@pytest.mark.parametrize("record", ["full", "summary"])
def test_progress_grows_from_0_to_1(
    ward: Ward, engine: EngineChoice, record: Literal["full", "summary"]
) -> None:
    told: list[float] = []
    # 20,000 observations are two pieces of the vector engine's at least.
    experiment = ward(instances=4_000, duration_s=4.0)
    run = simulate(experiment, engine=engine, record=record, progress=told.append)
    assert run.engine == run.summary.simulated_by == engine
    assert len(told) > 2
    assert told == sorted(told)
    assert told[0] > 0.0
    assert told[-1] == 1.0
    # Half of the arrivals' time is neither the first nor the last to be told.
    assert any(0.2 < share < 0.9 for share in told)
