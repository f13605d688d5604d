"""The ICU ward on this machine: is everything answered, on time, soon enough and small enough?

    python -m benchmarks.ward [--only ward crowd urllc] [--json]

Runs edge-aibench through its command line, as a user would, and measures from outside what it
does not say of itself: how long it takes to start, and the memory of its agents.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.comparison import Figure, as_json, at_most, holds, percentile, render
from benchmarks.framework_runs import (
    FrameworkRun,
    descendants,
    processes,
    proportional_bytes,
    run_framework,
)

# From the start order to virtual time 0, so that all agents have heard the order.
_LEAD_S = 0.3
_WARMUP_S = 6.0
_SETTLE_S = 2.0

LATENESS_LIMIT_MS = 0.5
START_LIMIT_S = 15.0
NETWORK_LIMIT_MS_PER_HOST = 60.0
AGENT_LIMIT_MB = 40.0
END_TO_END_LIMIT_MS = 10.0


@dataclass(frozen=True)
class Ward:
    """What to run: scenario, patients, measured seconds, the name of the agents to weigh."""

    scenario: str
    patients: int
    seconds: float
    backend: str
    device: str
    options: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Its command line."""
        return [
            self.scenario,
            *("--patients", str(self.patients)),
            *("--duration", str(self.seconds)),
            *("--warmup", str(_WARMUP_S)),
            *("--backend", self.backend),
            *self.options,
        ]


@dataclass
class AgentMemory:
    """Weighs the device agents once, while the warm-up runs and nothing is measured yet."""

    device: str
    bytes_by_agent: dict[str, int] = field(default_factory=dict)

    def __call__(self, command_pid: int) -> None:
        """Take the PSS of every descendant of *command_pid* named *device*-N."""
        time.sleep(_SETTLE_S)
        for process in descendants(command_pid, processes()):
            if process.name.startswith(f"{self.device}-"):
                self.bytes_by_agent[process.name] = proportional_bytes(process.pid)

    def figures(self) -> list[Figure]:
        """Median and largest agent."""
        sizes_mb = [size / 1e6 for size in self.bytes_by_agent.values()]
        median = percentile(sizes_mb, 50) if sizes_mb else None
        largest = max(sizes_mb, default=None)
        return [
            at_most("memory of a device agent, median PSS", median, AGENT_LIMIT_MB, "MB"),
            at_most("memory of a device agent, largest PSS", largest, AGENT_LIMIT_MB, "MB"),
        ]


def service_figures(run: FrameworkRun) -> list[Figure]:
    """Whether all was answered, on time, and may be trusted."""
    counts, health = run.summary["counts"], run.summary["health"]
    unanswered = counts["timed_out"] + counts["failed"] + counts["unaccounted"]
    checks = run.summary["validity"]["checks"]
    return [
        at_most("requests without an answer", unanswered, 0, "requests"),
        at_most(
            "generator lateness, p99", health["lateness_p99_ms"], LATENESS_LIMIT_MS, "virtual ms"
        ),
        holds("VALID", all(check["ok"] for check in checks)),
        Figure("host CPU pressure during the load", health["cpu_pressure"], "share", "-", None),
    ]


def start_figures(run: FrameworkRun, *, start_limit_s: float | None) -> list[Figure]:
    """How long until the first request, and what each host of the network took to make."""
    first_s = run.phase_s["load"] + _LEAD_S + run.first_scheduled_s * run.dilation
    network_ms = (run.phase_s["link check"] - run.phase_s["network"]) * 1e3 / run.hosts
    name = "command start to first request"
    start = (
        Figure(name, first_s, "s", "-", None)
        if start_limit_s is None
        else at_most(name, first_s, start_limit_s, "s")
    )
    return [
        start,
        at_most("network creation", network_ms, NETWORK_LIMIT_MS_PER_HOST, "ms per host"),
    ]


def end_to_end_ms(run: FrameworkRun, percent: float) -> float:
    """Percentile of the end-to-end latency over planned requests; unanswered ones never end."""
    counts = run.summary["counts"]
    unanswered = counts["planned"] - counts["warmup"] - len(run.latencies_ms)
    return percentile([*run.latencies_ms, *[float("inf")] * unanswered], percent)


def latency_figures(run: FrameworkRun) -> list[Figure]:
    """The latencies, for the record; targets stand where a benchmark has one."""
    return [
        Figure(f"end to end, p{percent}", end_to_end_ms(run, percent), "virtual ms", "-", None)
        for percent in (50, 99)
    ]


def measure_ward(ward: Ward) -> list[Figure]:
    """The ward as it is shipped: service, start, network, memory."""
    memory = AgentMemory(ward.device)
    run = run_framework(ward.arguments(), at_load=memory)
    return [
        *service_figures(run),
        *start_figures(run, start_limit_s=START_LIMIT_S),
        *memory.figures(),
        *latency_figures(run),
    ]


def measure_crowd(ward: Ward) -> list[Figure]:
    """Many patients: does it run, and is it still on time?"""
    run = run_framework(ward.arguments())
    return [
        *service_figures(run),
        *start_figures(run, start_limit_s=None),
        *latency_figures(run),
    ]


def measure_urllc(ward: Ward) -> list[Figure]:
    """The best link and streaming inference, at the dilation this machine needs."""
    run = run_framework(ward.arguments())
    p99_ms = end_to_end_ms(run, 99)
    return [
        *service_figures(run),
        Figure("dilation chosen", run.dilation, "times", "-", None),
        Figure("end to end, p50", end_to_end_ms(run, 50), "virtual ms", "-", None),
        at_most("end to end, p99", p99_ms, END_TO_END_LIMIT_MS, "virtual ms"),
    ]


URLLC_OPTIONS = (
    *("--inference", "streaming"),
    *("--link", "access=5g-urllc-target"),
    *("--dilation", "auto"),
)


def plan(chosen: argparse.Namespace) -> dict[str, Callable[[], list[Figure]]]:
    """The parts of the benchmark by name."""

    def ward(patients: int, *options: str) -> Ward:
        return Ward(
            chosen.scenario, patients, chosen.seconds, chosen.backend, chosen.device, options
        )

    placed = () if chosen.place == "" else ("--place", chosen.place)
    streaming = URLLC_OPTIONS if chosen.scenario == "icu" else ("--dilation", "auto")
    return {
        "ward": lambda: measure_ward(ward(chosen.patients, *placed)),
        "crowd": lambda: measure_crowd(ward(4 * chosen.patients, *placed)),
        "urllc": lambda: measure_urllc(ward(chosen.patients, *placed, *streaming)),
    }


def main(arguments: Sequence[str]) -> int:
    """Run the chosen parts; 0 if every target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenario", default="icu", help="name or folder")
    parser.add_argument("--patients", type=int, default=32, help="four times as many in crowd")
    parser.add_argument("--seconds", type=float, default=30.0, help="virtual, of each run")
    parser.add_argument("--backend", default="auto", help="netem, relay or auto")
    parser.add_argument("--place", default="edge", help="'': as the scenario says")
    parser.add_argument("--device", default="bedside", help="the node group to weigh")
    parser.add_argument("--only", nargs="+", choices=["ward", "crowd", "urllc"])
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    document: dict[str, Any] = {}
    met = True
    for name, measure in plan(chosen).items():
        if chosen.only and name not in chosen.only:
            continue
        figures = measure()
        met &= all(figure.ok is not False for figure in figures)
        document[name] = as_json(figures)
        if not chosen.json:
            print(f"{name}\n{render(figures)}\n", flush=True)
    if chosen.json:
        print(json.dumps(document, indent=2))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
