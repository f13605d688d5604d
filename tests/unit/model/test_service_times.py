"""Times drawn from a profile, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from edge_aibench.model.service_times import ServiceTimes, shares


def times(calls_ns: dict[int, tuple[int, ...]], *, scale: float = 1.0) -> ServiceTimes:
    return ServiceTimes(
        task="action",
        preset="lite",
        runtime="onnxruntime",
        precision="float32",
        threads=1,
        measured_on="a bench",
        scale=scale,
        calls_ns=calls_ns,
    )


@pytest.mark.parametrize(
    ("share", "call_ns"), [(0.0, 10), (0.33, 10), (0.34, 20), (0.99, 30), (1.0, 30)]
)
def test_each_measured_call_stands_for_an_equal_share(share: float, call_ns: int) -> None:
    assert times({1: (10, 20, 30)}).drawn_ns(1, share) == call_ns


@pytest.mark.parametrize(
    ("batch", "drawn_ns"),
    [(1, 10.0), (2, 40.0), (3, 40.0), (4, 40.0), (6, 60.0), (8, 80.0)],
)
def test_a_batch_takes_the_next_larger_measured_one(batch: int, drawn_ns: float) -> None:
    # 2 and 3 count as 4; beyond 4 the time grows with the number of samples.
    assert times({1: (10,), 4: (40,)}).drawn_ns(batch, 0.5) == drawn_ns


def test_the_scale_multiplies_and_is_told() -> None:
    slow = times({1: (2_000_000, 4_000_000)}, scale=5.0)
    assert slow.drawn_ns(1, 0.0) == 10_000_000
    assert slow.mean_s() == pytest.approx(0.015)
    assert "scaled by 5" in str(slow)
    assert "scaled" not in str(times({1: (1,)}))


@pytest.mark.parametrize("calls_ns", [{}, {1: ()}, {0: (1,)}, {1: (-1,)}])
def test_what_no_profile_holds_is_refused(calls_ns: dict[int, tuple[int, ...]]) -> None:
    with pytest.raises(ValidationError):
        times(calls_ns)


def test_draws_are_the_seed_s() -> None:
    drawn = shares(1, "action", 3, 5)
    assert np.array_equal(drawn, shares(1, "action", 3, 5))
    assert np.array_equal(drawn[:4], shares(1, "action", 3, 4))
    for other in (shares(2, "action", 3, 5), shares(1, "face", 3, 5), shares(1, "action", 4, 5)):
        assert not np.array_equal(drawn, other)
    assert ((drawn >= 0) & (drawn < 1)).all()
