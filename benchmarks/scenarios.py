"""Vehicle, camera and home on this machine: valid runs, handovers, and dilation.

    python -m benchmarks.scenarios [--only vehicle camera home handover dilation] [--json]

`camera` runs in profiled mode, with profiles taken first. `handover` lets vehicles drive past radio
stations and asks whether every request was answered. `dilation` runs scenarios at several dilations
and compares the virtual results; compare only VALID rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.comparison import Figure, as_json, at_most, holds, percentile, render
from benchmarks.framework_runs import FrameworkRun, run_framework

LATER_P50_SHARE = 0.05
LATER_P99_SHARE = 0.15
DILATIONS = (1, 2, 4)
_CAMERA_TASKS = ("person-reid", "action")


def run_of(scenario: str, *options: str, seconds: float) -> FrameworkRun:
    """One run, with a warm-up of three virtual seconds."""
    return run_framework([scenario, "--duration", str(seconds), "--warmup", "3", *options])


def figures_of(run: FrameworkRun) -> list[Figure]:
    """Whether the run may be trusted, whether all was answered, and how long it took."""
    counts, health = run.summary["counts"], run.summary["health"]
    checks = run.summary["validity"]["checks"]
    unanswered = counts["timed_out"] + counts["failed"] + counts["dropped"] + counts["unaccounted"]
    return [
        holds("VALID", all(check["ok"] for check in checks)),
        at_most("requests without an answer", unanswered, 0, "requests"),
        Figure("dilation", run.dilation, "times", "-", None),
        Figure("requests answered", counts["in_time"] + counts["late"], "requests", "-", None),
        Figure("requests filtered", counts["filtered"], "requests", "-", None),
        Figure("end to end, p50", percentile(run.latencies_ms, 50), "virtual ms", "-", None),
        Figure("end to end, p99", percentile(run.latencies_ms, 99), "virtual ms", "-", None),
        Figure("generator lateness, p99", health["lateness_p99_ms"], "virtual ms", "-", None),
        Figure("host CPU pressure", health["cpu_pressure"], "share", "-", None),
    ]


@contextmanager
def profiles(tasks: Sequence[str]) -> Iterator[list[str]]:
    """The `--profile` options of *tasks*, measured now, batch 1, one thread."""
    with tempfile.TemporaryDirectory(prefix="profiles-") as folder:
        options = []
        for task in tasks:
            file = Path(folder) / f"{task}.json"
            command = [sys.executable, "-m", "edge_aibench", "task", "profile", task]
            subprocess.run(
                [*command, "--out", str(file), "--quiet"], check=True, stdout=subprocess.DEVNULL
            )
            options += ["--profile", str(file)]
        yield options


def measure_vehicle(seconds: float) -> list[Figure]:
    """Four vehicles at ten frames a second over the link that 5G is required to be."""
    return figures_of(run_of("vehicle", "--vehicles", "4", "--dilation", "auto", seconds=seconds))


def measure_camera(seconds: float) -> list[Figure]:
    """Eight cameras, with times from profiles."""
    with profiles(_CAMERA_TASKS) as options:
        run = run_of(
            "camera",
            *("--cameras", "8", "--dilation", "auto", "--compute", "profiled"),
            *options,
            seconds=seconds,
        )
    return figures_of(run)


def measure_home(seconds: float) -> list[Figure]:
    """Four homes."""
    return figures_of(run_of("home", "--homes", "4", "--dilation", "auto", seconds=seconds))


def measure_handover(seconds: float) -> list[Figure]:
    """Vehicles past radio stations: outages there are, and no request is without an answer."""
    run = run_of(
        "vehicle",
        *("--vehicles", "4", "--topology", "vehicle-city", "--dilation", "auto"),
        seconds=seconds,
    )
    moves = [link["movement"] for link in run.summary["links"] if link["movement"]]
    return [
        *figures_of(run),
        Figure("outages", sum(move["outages"] for move in moves) / 2, "of wires", "-", None),
        Figure("outages in all", sum(m["outage_s"] for m in moves) / 2, "virtual s", "-", None),
    ]


def measure_dilation(seconds: float) -> list[Figure]:
    """The same scenarios at several dilations; each is compared with the largest."""
    figures: list[Figure] = []
    for scenario, options in (
        ("icu", ("--patients", "16")),
        ("vehicle", ("--vehicles", "2")),
    ):
        runs = {k: run_of(scenario, *options, "--dilation", str(k), seconds=seconds)
                for k in DILATIONS}  # fmt: skip
        slowest = runs[max(DILATIONS)].latencies_ms
        for k, run in runs.items():
            name = f"{scenario}, dilation {k}"
            figures.append(holds(f"{name}: VALID", run.exit_code != 4))
            for percent, limit in ((50, LATER_P50_SHARE), (99, LATER_P99_SHARE)):
                found = percentile(run.latencies_ms, percent)
                off = abs(found / percentile(slowest, percent) - 1)
                figures += [
                    Figure(f"{name}: p{percent}", found, "virtual ms", "-", None),
                    at_most(
                        f"{name}: p{percent} off dilation {max(DILATIONS)}", off, limit, "share"
                    ),
                ]
    return figures


PARTS: dict[str, Callable[[float], list[Figure]]] = {
    "vehicle": measure_vehicle,
    "camera": measure_camera,
    "home": measure_home,
    "handover": measure_handover,
    "dilation": measure_dilation,
}


def main(arguments: Sequence[str]) -> int:
    """Run the chosen parts; 0 if every target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="virtual, of each run")
    parser.add_argument("--only", nargs="+", choices=list(PARTS))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    document: dict[str, Any] = {}
    met = True
    for name, measure in PARTS.items():
        if chosen.only and name not in chosen.only:
            continue
        figures = measure(chosen.seconds)
        met &= all(figure.ok is not False for figure in figures)
        document[name] = as_json(figures)
        if not chosen.json:
            print(f"{name}\n{render(figures)}\n", flush=True)
    if chosen.json:
        print(json.dumps(document, indent=2))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
