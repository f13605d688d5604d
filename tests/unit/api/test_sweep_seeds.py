"""Each run of a sweep has its own seed, the same wherever and whenever it is done."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.api.sweeps.seeds import run_seed


@pytest.mark.parametrize("repeat", [0, 1, 4])
def test_common_seeds_are_what_numpy_spawns(repeat: int) -> None:
    children = np.random.SeedSequence(7).spawn(5)
    expected = int(children[repeat].generate_state(1, np.uint64)[0]) >> 16
    for point in (0, 3):
        assert run_seed(7, "common", point=point, repeat=repeat) == expected


def test_independent_seeds_are_spawned_twice() -> None:
    grandchildren = np.random.SeedSequence(7).spawn(5)[2].spawn(4)
    expected = int(grandchildren[3].generate_state(1, np.uint64)[0]) >> 16
    assert run_seed(7, "independent", point=3, repeat=2) == expected


def test_no_two_runs_of_neighbouring_sweeps_share_a_seed() -> None:
    seeds = [
        run_seed(root, "independent", point=point, repeat=repeat)
        for root in (1, 2)
        for point in range(20)
        for repeat in range(20)
    ]
    assert len(set(seeds)) == 800
    assert min(seeds) >= 0
    assert max(seeds) < 2**48
