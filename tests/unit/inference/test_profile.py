from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.profile import measure_service


class Machine:
    """A hand-wound pair of clocks: each call takes *cpu_ns* of work and *wait_ns* of waiting."""

    def __init__(self, *, cpu_ns: int, wait_ns: int) -> None:
        self.cpu = self.wall = self.calls = 0
        self._cpu_ns = cpu_ns
        self._wait_ns = wait_ns

    def call(self) -> None:
        self.calls += 1
        self.cpu += self._cpu_ns * self.calls
        self.wall += (self._cpu_ns + self._wait_ns) * self.calls

    def clocks(self) -> dict[str, Callable[[], int]]:
        return {"wall_clock_ns": lambda: self.wall, "cpu_clock_ns": lambda: self.cpu}


def test_raw_samples_are_kept_and_warm_up_is_not() -> None:
    machine = Machine(cpu_ns=100, wait_ns=0)
    profile = measure_service(machine.call, samples=3, warmup=2, **machine.clocks())
    assert machine.calls == 5
    assert profile.wall_ns.tolist() == [300, 400, 500]
    assert profile.cpu_ns.tolist() == [300, 400, 500]
    assert not profile.contended


@pytest.mark.parametrize(("wait_ns", "contended"), [(5, False), (10, False), (30, True)])
def test_waiting_beyond_a_tenth_is_flagged(wait_ns: int, contended: bool) -> None:
    machine = Machine(cpu_ns=100, wait_ns=wait_ns)
    profile = measure_service(machine.call, samples=10, warmup=0, **machine.clocks())
    assert profile.waiting_share == pytest.approx(wait_ns / (100 + wait_ns))
    assert profile.contended is contended


def test_real_clocks_measure_real_work() -> None:
    profile = measure_service(lambda: sum(range(20_000)), samples=5, warmup=1)
    assert (profile.cpu_ns > 0).all()
    assert (profile.wall_ns > 0).all()


@pytest.mark.parametrize(("samples", "warmup"), [(0, 0), (1, -1)])
def test_impossible_counts_are_refused(samples: int, warmup: int) -> None:
    with pytest.raises(ConfigError, match="at least 1 sample"):
        measure_service(lambda: None, samples=samples, warmup=warmup)
