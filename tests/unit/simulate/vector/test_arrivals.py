"""Arrivals by pieces are those of the plan, in order."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.model.experiment import Experiment, plan_all
from edge_aibench.simulate.vector import arrivals
from edge_aibench.simulate.vector.arrivals import pieces
from tests.unit.simulate.conftest import Ward


def planned(experiment: Experiment) -> list[tuple[int, int, int]]:
    """Instant, instance and sequence of every observation, in order."""
    (plan,) = plan_all(experiment)
    return sorted(
        (int(instant_ns), instance, sequence)
        for instance, row in enumerate(plan.instants_ns)
        for sequence, instant_ns in enumerate(row)
    )


def by_pieces(experiment: Experiment, about: int) -> list[tuple[int, int, int]]:
    found = []
    for piece in pieces(experiment, about=about):
        found += list(
            zip(
                piece.due_ns.tolist(),
                piece.instance.tolist(),
                piece.sequence.tolist(),
                strict=True,
            )
        )
    return found


@pytest.mark.parametrize("about", [1, 7, 10_000])
@pytest.mark.parametrize("poisson", [False, True])
def test_pieces_are_the_plan_to_the_nanosecond(ward: Ward, poisson: bool, about: int) -> None:
    experiment = ward(instances=13, duration_s=7.0, poisson=poisson)
    assert by_pieces(experiment, about) == planned(experiment)


@pytest.mark.parametrize("about", [3, 500])
def test_a_poisson_plan_too_large_to_write_out_is_the_same(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, about: int
) -> None:
    experiment = ward(instances=29, duration_s=9.0, poisson=True)
    monkeypatch.setattr(arrivals, "_WRITTEN_OUT", 0)
    assert by_pieces(experiment, about) == planned(experiment)


def test_neighbours_in_time_sit_beside_each_other(ward: Ward) -> None:
    experiment = ward(instances=50, duration_s=1.0)
    seats = arrivals.seats(experiment)
    (piece,) = pieces(experiment.model_copy(update={"instances": 50}), about=10**6)
    first_round = seats[piece.instance[:50]]
    assert np.array_equal(first_round, np.arange(50))
