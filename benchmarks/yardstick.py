"""How far one network's ratio between two machines is another's: one core and two of this one.

    python -m benchmarks.yardstick [TASK ...]

A catalogue entry with a yardstick scales every task by ResNet-50's ratio. Here two "machines" are
at hand, so the error can be seen: each network runs on one thread and on two, in calls that
alternate, and its ratio is set against ResNet-50's. Both cores must be idle: rounds in which
something else had one are thrown away.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge_aibench.cli.task_choices import default_preset
from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import RunError
from edge_aibench.inference.contention import ContentionWatch
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.registry import task_names

ROUND_S = 0.5
ROUNDS = 10
MOST_ROUNDS = 400
LARGEST_PRESSURE = 0.05
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
    """Medians of both over undisturbed rounds, and how many rounds there were of how many."""
    for _ in range(WARM_UP_CALLS):
        for way in ways:
            way()
    kept: tuple[list[float], list[float]] = ([], [])
    undisturbed = tried = 0
    while undisturbed < ROUNDS and tried < MOST_ROUNDS:
        tried += 1
        watch = ContentionWatch()
        times = _round(ways)
        found = watch.until_now(wall_ns=1, cpu_ns=1, threads=2)
        if max(found.pressure or 0.0, found.stolen_share or 0.0) > LARGEST_PRESSURE:
            continue
        undisturbed += 1
        for all_s, new_s in zip(kept, times, strict=True):
            all_s.extend(new_s)
    if undisturbed < ROUNDS:
        raise RunError(
            f"{name}: {undisturbed} of {tried} rounds were undisturbed, {ROUNDS} are needed",
            next_step="run it on an idle machine",
        )
    one_s, two_s = (statistics.median(all_s) for all_s in kept)
    return {
        "network": name,
        "calls": len(kept[0]),
        "rounds": tried,
        "one_ms": one_s * 1e3,
        "two_ms": two_s * 1e3,
        "ratio": one_s / two_s,
    }


def _round(ways: Ways) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    end_s = time.perf_counter() + ROUND_S
    while time.perf_counter() < end_s:
        for way, found in zip(ways, times, strict=True):
            start_s = time.perf_counter()
            way()
            found.append(time.perf_counter() - start_s)
    return times


def main(arguments: list[str]) -> int:
    """Measure the tasks named, or all, after ResNet-50."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    first = measure("resnet-50", yardstick_ways())
    results = []
    others = (measure(task, task_ways(task)) for task in chosen.tasks or task_names())
    for result in itertools.chain([first], others):
        # The yardstick says that the task gains as much as ResNet-50 does.
        result["error"] = first["ratio"] / result["ratio"] - 1
        results.append(result)
        if not chosen.json:
            print(
                f"{result['network']:<16} one {result['one_ms']:8.3f}  two "
                f"{result['two_ms']:8.3f} ms, ratio {result['ratio']:.2f}; by the yardstick too "
                f"fast by {result['error']:+.0%}; {result['calls']} calls",
                flush=True,
            )
    if chosen.json:
        print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
