from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_aibench.host import CpuPressure, read_cpu_pressure, read_cpu_times


def test_pressure_is_read_as_the_kernel_writes_it(tmp_path: Path) -> None:
    source = tmp_path / "cpu"
    source.write_text(
        "some avg10=1.23 avg60=0.80 avg300=0.20 total=123456\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n"
    )
    assert read_cpu_pressure(5, source) == CpuPressure(some_total_us=123456, at_ns=5)


@pytest.mark.parametrize("text", ["", "full avg10=0 total=3\n"])
def test_a_kernel_without_the_figure(tmp_path: Path, text: str) -> None:
    source = tmp_path / "cpu"
    source.write_text(text)
    assert read_cpu_pressure(5, source) is None
    assert read_cpu_pressure(5, tmp_path / "absent") is None


def test_share_of_the_time_between_two_readings() -> None:
    # 250 ms of waiting in 2 s.
    before = CpuPressure(some_total_us=1_000_000, at_ns=10_000_000_000)
    after = CpuPressure(some_total_us=1_250_000, at_ns=12_000_000_000)
    assert before.share_until(after) == pytest.approx(0.125)
    with pytest.raises(ValueError, match="later"):
        after.share_until(before)


def test_cpu_times_by_hand(tmp_path: Path) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    source = tmp_path / "stat"
    source.write_text("cpu  100 0 50 800 50 0 0 20 7 0\ncpu0 1 2 3\n")
    before = read_cpu_times(source)
    source.write_text("cpu  160 0 50 820 50 0 0 40 7 0\n")
    after = read_cpu_times(source)
    assert before is not None
    assert after is not None
    assert before.busy_s == pytest.approx(150 / tick)
    assert before.stolen_s == pytest.approx(20 / tick)
    # 60 ticks busy, 20 idle, 20 stolen.
    assert before.use_until(after) == pytest.approx(0.6)
    assert before.use_until(before) == 0.0
    assert before.stolen_until(after) == pytest.approx(0.2)
    assert before.stolen_until(before) == 0.0


def test_a_strange_stat_file(tmp_path: Path) -> None:
    source = tmp_path / "stat"
    source.write_text("intr 5\n")
    assert read_cpu_times(source) is None
    assert read_cpu_times(tmp_path / "absent") is None


def test_this_machine_can_be_read() -> None:
    now = read_cpu_times()
    assert now is not None
    assert 0 < now.busy_s <= now.total_s
