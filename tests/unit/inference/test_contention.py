"""Whether a measurement was disturbed, with the kernel's readings in our hands."""

from __future__ import annotations

import time

import pytest

from edge_aibench.host import CpuPressure, CpuTimes
from edge_aibench.inference import contention
from edge_aibench.inference.contention import ContentionWatch
from edge_aibench.inference.profile_file import Contention


class Kernel:
    """Readings that move by a second of wall time between the two that are taken."""

    def __init__(self, *, stalled_us: int | None = 0, stolen: int = 0) -> None:
        self.reads = 0
        self._stalled_us = stalled_us
        self._stolen = stolen

    def pressure(self, now_ns: int) -> CpuPressure | None:
        if self._stalled_us is None:
            return None
        return CpuPressure(some_total_us=500 + self.reads * self._stalled_us, at_ns=now_ns)

    def times(self) -> CpuTimes:
        stolen_s, total_s = 7 + self.reads * self._stolen, 1000 + self.reads * 100
        return CpuTimes(busy_s=0.0, stolen_s=stolen_s, total_s=total_s)

    def monotonic_ns(self) -> int:
        return self.reads * 1_000_000_000


def judged(
    monkeypatch: pytest.MonkeyPatch, kernel: Kernel, *, cpu_ns: int = 1000, threads: int = 1
) -> Contention:
    monkeypatch.setattr(contention, "read_cpu_pressure", kernel.pressure)
    monkeypatch.setattr(contention, "read_cpu_times", kernel.times)
    monkeypatch.setattr(time, "monotonic_ns", kernel.monotonic_ns)
    watch = ContentionWatch()
    kernel.reads = 1
    return watch.until_now(wall_ns=1000, cpu_ns=cpu_ns, threads=threads)


def test_an_idle_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, Kernel(stalled_us=50_000, stolen=1), cpu_ns=950)
    assert found.waiting_share == pytest.approx(0.05)
    assert found.pressure == pytest.approx(0.05)
    assert found.stolen_share == pytest.approx(0.01)
    assert not found.contended


@pytest.mark.parametrize(
    ("kernel", "cpu_ns"),
    [
        (Kernel(stalled_us=150_000), 1000),
        (Kernel(stolen=6), 1000),
        (Kernel(), 850),
    ],
)
def test_pressure_theft_and_waiting_each_count(
    monkeypatch: pytest.MonkeyPatch, kernel: Kernel, cpu_ns: int
) -> None:
    assert judged(monkeypatch, kernel, cpu_ns=cpu_ns).contended


def test_with_more_threads_processor_time_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, Kernel(), cpu_ns=100, threads=2)
    assert found.waiting_share is None
    assert not found.contended


def test_a_kernel_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, Kernel(stalled_us=None))
    assert found.pressure is None
    assert not found.contended
