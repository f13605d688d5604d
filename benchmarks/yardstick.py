"""How far one network's ratio between two machines is another's: one core, with fewer instructions.

    python -m benchmarks.yardstick [TASK ...]

A catalogue entry with a yardstick scales every task by ResNet-50's ratio. Older processors are at
hand to see how wrong that is: this one, kept from its wider vector instructions. Every network runs
in its native framework (whose libraries can be told), on one thread, in a process of its own for
each instruction set; processor time counts, so other work does little harm.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.inference.session import RUNTIMES
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.registry import task_names

YARDSTICK = "resnet-50"
LEAST_CALLS = 30
LEAST_S = 2.0
WARM_UP_CALLS = 5

# By name: what oneDNN, PyTorch's own kernels and MKL are told.
INSTRUCTIONS: dict[str, dict[str, str]] = {
    "all": {},
    "AVX2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "SSE4.1": {
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
}


def yardstick_call() -> Callable[[], object]:
    """ResNet-50 in PyTorch, one image."""
    from edge_aibench.inference.resnet50 import build_resnet50
    from edge_aibench.inference.torch_session import TorchSession, set_threads
    from edge_aibench.inference.yardstick import PRESET, SEED

    set_threads(1)
    session = TorchSession(build_resnet50(SEED), PRESET)
    image = (np.random.default_rng(SEED).standard_normal((1, 3, 224, 224)).astype("float32"),)
    return lambda: session.run(image)


def task_call(task: str) -> Callable[[], object]:
    """The network of *task* in its native framework, with one real sample."""
    component = get_component(task)
    native = RUNTIMES[component.framework][1]
    choice = NetworkChoice(preset=component.default_preset, runtime=native)
    pipeline = load_task(component, choice, threads=1).pipeline
    root = generated_data(component, cache_folder(), scale=0.1)
    inputs = pipeline.processing.preprocess(component.data.open(root, split=TEST)[0].raw)
    return lambda: pipeline.session.run(inputs)


def median_ms(call: Callable[[], object]) -> float:
    """Median processor time of a warm call."""
    for _ in range(WARM_UP_CALLS):
        call()
    times: list[float] = []
    while len(times) < LEAST_CALLS or sum(times) < LEAST_S:
        start_s = time.process_time()
        call()
        times.append(time.process_time() - start_s)
    return statistics.median(times) * 1e3


def measure_with(instructions: str, name: str) -> float:
    """Milliseconds of a network in a process that may use only *instructions*."""
    environment = os.environ | INSTRUCTIONS[instructions] | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.yardstick", "--here", name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main(arguments: list[str]) -> int:
    """Measure ResNet-50 and the tasks named, or all, with each set of instructions."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--here", metavar="NAME", help="measure one network in this process")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.here:
        call = yardstick_call() if chosen.here == YARDSTICK else task_call(chosen.here)
        print(median_ms(call))
        return 0
    times: dict[str, dict[str, float]] = {kind: {} for kind in INSTRUCTIONS}
    for name in (YARDSTICK, *(chosen.tasks or task_names())):
        for kind, found in times.items():
            found[name] = measure_with(kind, name)
        if not chosen.json:
            print(f"{name:<16} {times['all'][name]:8.3f} ms{_compared(name, times)}", flush=True)
    if chosen.json:
        print(json.dumps(times, indent=2))
    return 0


def _compared(name: str, times: dict[str, dict[str, float]]) -> str:
    parts = []
    for kind in list(INSTRUCTIONS)[1:]:
        speed, by_yardstick = (times["all"][n] / times[kind][n] for n in (name, YARDSTICK))
        parts.append(
            f"{kind}: {times[kind][name]:8.3f} ms, speed {speed:.2f}, by the yardstick "
            f"{by_yardstick / speed - 1:+.0%}"
        )
    return "; " + "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
