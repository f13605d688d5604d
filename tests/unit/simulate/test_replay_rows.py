"""A log must have a row for each request."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import Experiment, plan_all
from edge_aibench.model.timings import Replay, Timings
from edge_aibench.simulate.replay_rows import check_rows

Ward = Callable[..., Experiment]


def log(rows: int) -> Timings:
    return Timings(replay=Replay(rows=rows, columns={"first": (1e-3,) * rows}, source="log.csv"))


def test_as_many_rows_as_requests_are_enough(ward: Ward) -> None:
    # Three beds, once a second, for one second of warm-up and four more: five each.
    check_rows(ward(log(15)))
    check_rows(ward())


def test_too_few_rows_are_refused_with_a_duration_that_fits(ward: Ward) -> None:
    with pytest.raises(ConfigError, match=r"log.csv: has 14 rows, but the run plans 15") as raised:
        check_rows(ward(log(14)))
    assert raised.value.next_step is not None
    said = re.match(r"--duration ([0-9.]+) fits", raised.value.next_step)
    assert said is not None
    fitting_s = float(said[1])
    assert 3.0 < fitting_s < 4.0
    check_rows(ward(log(14), duration_s=fitting_s))
    with pytest.raises(ConfigError):
        check_rows(ward(log(14), duration_s=fitting_s + 0.0011))


def test_a_poisson_plan_is_counted_too(ward: Ward) -> None:
    (plan,) = plan_all(ward(poisson=True, instances=40))
    rows = plan.total - 20
    with pytest.raises(ConfigError) as raised:
        check_rows(ward(log(rows), poisson=True, instances=40))
    fitting_s = float(str(raised.value.next_step).split()[1])
    fits = ward(log(rows), poisson=True, instances=40, duration_s=fitting_s)
    check_rows(fits)
    # Nothing longer by more than a millisecond would do: the next request comes within it.
    (shorter,) = plan_all(fits)
    assert shorter.total <= rows
    instants_s = np.sort(np.concatenate(plan.instants_ns)) / 1e9
    assert instants_s[rows] - (1.0 + fitting_s) < 1e-3


def test_where_no_duration_fits_fewer_instances_may(ward: Ward) -> None:
    with pytest.raises(ConfigError, match="take fewer patients"):
        check_rows(ward(log(2)))
