"""How far one network's ratio between two machines is another's: one core and two of this one.

    python -m benchmarks.yardstick [TASK ...]

A catalogue entry with a yardstick scales every task by ResNet-50's ratio. Here two "machines" are
at hand, so the error can be seen: each network runs on one thread and on two, in calls that
alternate, and its ratio is set against ResNet-50's. Two cores must be idle.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge_aibench.cli.task_choices import default_preset
from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.contention import ContentionWatch
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.registry import task_names

ROUND_S = 6.0
LEAST_CALLS = 30
WARM_UP_CALLS = 5

Ways = tuple[Callable[[], object], Callable[[], object]]


def yardstick_ways() -> Ways:
    """ResNet-50 on one thread and on two."""
    from edge_aibench.inference.export_onnx import export_onnx
    from edge_aibench.inference.onnx_session import OnnxSession
    from edge_aibench.inference.resnet50 import build_resnet50
    from edge_aibench.inference.yardstick import PRESET, SEED

    model = export_onnx(build_resnet50(SEED), PRESET)
    image = (np.random.default_rng(SEED).standard_normal((1, 3, 224, 224)).astype("float32"),)
    one, two = (OnnxSession(model, PRESET, threads=threads) for threads in (1, 2))
    return lambda: one.run(image), lambda: two.run(image)


def task_ways(task: str) -> Ways:
    """The network of *task*, with one real sample, on one thread and on two."""
    component = get_component(task)
    choice = NetworkChoice(preset=default_preset(component))
    one, two = (load_task(component, choice, threads=threads).pipeline for threads in (1, 2))
    root = generated_data(component, cache_folder(), scale=0.1)
    inputs = one.processing.preprocess(component.data.open(root, split=TEST)[0].raw)
    return lambda: one.session.run(inputs), lambda: two.session.run(inputs)


def measure(name: str, ways: Ways) -> dict[str, Any]:
    """Alternate calls of both; medians, and whether something else had a core."""
    for _ in range(WARM_UP_CALLS):
        for way in ways:
            way()
    watch = ContentionWatch()
    times: tuple[list[float], list[float]] = ([], [])
    end_s = time.perf_counter() + ROUND_S
    while time.perf_counter() < end_s or len(times[0]) < LEAST_CALLS:
        for way, found in zip(ways, times, strict=True):
            start_s = time.perf_counter()
            way()
            found.append(time.perf_counter() - start_s)
    contention = watch.until_now(wall_ns=1, cpu_ns=1, threads=2)
    one_s, two_s = (statistics.median(found) for found in times)
    return {
        "network": name,
        "calls": len(times[0]),
        "one_ms": one_s * 1e3,
        "two_ms": two_s * 1e3,
        "ratio": one_s / two_s,
        "pressure": contention.pressure,
        "stolen": contention.stolen_share,
    }


def main(arguments: list[str]) -> int:
    """Measure the tasks named, or all, after ResNet-50."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    results = [measure("resnet-50", yardstick_ways())]
    results += [measure(task, task_ways(task)) for task in chosen.tasks or task_names()]
    for result in results:
        result["error"] = results[0]["ratio"] / result["ratio"] - 1
    if chosen.json:
        print(json.dumps(results, indent=2))
        return 0
    for result in results:
        pressure = "n/a" if result["pressure"] is None else f"{result['pressure']:.1%}"
        print(
            f"{result['network']:<16} one {result['one_ms']:8.3f}  two {result['two_ms']:8.3f} ms, "
            f"ratio {result['ratio']:.2f}; by the yardstick too fast by {result['error']:+.0%}; "
            f"{result['calls']} calls, pressure {pressure}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
