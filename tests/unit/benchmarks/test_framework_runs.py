from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.framework_runs import (
    FrameworkRun,
    Process,
    descendants,
    processes,
    proportional_bytes,
    pss_bytes,
    run_framework,
)
from benchmarks.ward import end_to_end_ms, service_figures, start_figures

ROLLUP = """\
55d0c0a5e000-7ffd6a5f3000 ---p 00000000 00:00 0                          [rollup]
Rss:               41212 kB
Pss:                6451 kB
Pss_Anon:           4000 kB
"""


def test_proportional_memory_is_read_from_its_own_line() -> None:
    assert pss_bytes(ROLLUP) == 6451 * 1024


def test_a_rollup_without_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="no Pss"):
        pss_bytes("Rss: 12 kB\n")


def test_own_proportional_memory_is_at_most_the_resident_memory() -> None:
    resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
    allowed = resident_pages * os.sysconf("SC_PAGE_SIZE") * 1.5
    assert 1 << 20 < proportional_bytes(os.getpid()) < allowed


def test_descendants_are_children_of_children_too() -> None:
    tree = [
        Process(2, 1, "command"),
        Process(3, 2, "holder"),
        Process(4, 3, "bedside-0"),
        Process(5, 3, "bedside-1"),
        Process(6, 1, "bedside-9"),
    ]
    assert {process.pid for process in descendants(2, tree)} == {3, 4, 5}


def test_a_child_process_is_found() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in {process.pid for process in descendants(os.getpid(), processes())}
    finally:
        child.communicate(b"\n")


def test_a_command_that_fails_is_an_error_with_its_last_words() -> None:
    with pytest.raises(RuntimeError, match=r"exit code 2(.|\n)*no-such-scenario"):
        run_framework(["no-such-scenario"])


def run_of(
    *, counts: dict[str, int] | None = None, checks: tuple[bool, ...] = (True,)
) -> FrameworkRun:
    base = {
        "planned": 110,
        "warmup": 10,
        "in_time": 100,
        "late": 0,
        "timed_out": 0,
        "failed": 0,
        "unaccounted": 0,
    }
    return FrameworkRun(
        exit_code=0,
        summary={
            "dilation": 2.0,
            "counts": {**base, **(counts or {})},
            "health": {"lateness_p99_ms": 0.1, "cpu_pressure": 0.02},
            "validity": {"checks": [{"ok": ok} for ok in checks]},
        },
        latencies_ms=tuple(float(n) for n in range(1, 99)),
        first_scheduled_s=0.5,
        phase_s={"network": 1.0, "link check": 3.0, "load": 7.0},
        hosts=40,
    )


def test_requests_without_an_answer_count_as_never_ending() -> None:
    # 98 of 100 were answered: rank 98 is the last answer, rank 99 never comes.
    assert end_to_end_ms(run_of(), 98) == 98.0
    assert end_to_end_ms(run_of(), 99) == float("inf")


def test_service_figures_find_every_way_of_failing() -> None:
    good = {figure.name: figure.ok for figure in service_figures(run_of())}
    assert good["requests without an answer"] is True
    assert good["VALID"] is True
    lost = {"in_time": 97, "timed_out": 1, "failed": 1, "unaccounted": 1}
    figures = {
        figure.name: figure for figure in service_figures(run_of(counts=lost, checks=(True, False)))
    }
    assert figures["requests without an answer"].measured == 3
    assert figures["requests without an answer"].ok is False
    assert figures["VALID"].ok is False


def test_start_figures_by_hand() -> None:
    # Load told at 7 s, 0.3 s of lead, first request at 0.5 virtual seconds at dilation 2.
    start, network = start_figures(run_of(), start_limit_s=8.0)
    assert start.measured == pytest.approx(8.3)
    assert start.ok is False
    assert network.measured == pytest.approx(50.0)


def test_a_start_without_a_limit_is_shown_and_not_judged() -> None:
    start, _ = start_figures(run_of(), start_limit_s=None)
    assert start.measured == pytest.approx(8.3)
    assert start.ok is None
