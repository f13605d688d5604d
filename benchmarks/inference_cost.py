"""What our session around a runtime costs: the same network, input and threads, without it.

    python -m benchmarks.inference_cost [TASK ...]

Calls of both alternate, so that whatever the machine does meanwhile meets both alike. One pair is
the two medians of a round of calls; the target is a ratio of at most 1.1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.comparison import ratio_of_pairs
from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.pipeline import export_task, get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.inference.session import LITERT
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.registry import task_names

TARGET = 1.1
ROUNDS = 10
ROUND_S = 0.5


def bare_call(model: bytes, runtime: str, inputs: tuple[Any, ...]) -> Callable[[], object]:
    """The runtime's own call on *inputs*: set, run, get."""
    if runtime == LITERT:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=model, num_threads=1)
        entries = sorted(interpreter.get_input_details(), key=lambda entry: entry["name"])
        for entry, array in zip(entries, inputs, strict=True):
            interpreter.resize_tensor_input(entry["index"], array.shape)
        interpreter.allocate_tensors()
        outputs = [entry["index"] for entry in interpreter.get_output_details()]

        def call() -> object:
            for entry, array in zip(entries, inputs, strict=True):
                interpreter.set_tensor(entry["index"], array)
            interpreter.invoke()
            return [interpreter.get_tensor(index) for index in outputs]

        return call
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {entry.name: a for entry, a in zip(session.get_inputs(), inputs, strict=True)}
    return lambda: session.run(None, feeds)


def compare(task: str) -> dict[str, Any]:
    """Time both ways on one real sample of *task*."""
    component = get_component(task)
    choice = NetworkChoice(preset=component.default_preset)
    loaded = load_task(component, choice)
    root = generated_data(component, cache_folder(), scale=0.1)
    raw = component.data.open(root, split=TEST)[0].raw
    inputs = loaded.pipeline.processing.preprocess(raw)
    model, _ = export_task(component, choice)
    ways: tuple[Callable[[], object], ...] = (
        lambda: loaded.pipeline.session.run(inputs),
        bare_call(model, loaded.runtime, inputs),
    )
    medians: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for found, median_s in zip(medians, _round(ways), strict=True):
            found.append(median_s)
    # The first round warms both up.
    ratio = ratio_of_pairs(medians[0][1:], medians[1][1:])
    return {
        "task": task,
        "runtime": loaded.runtime,
        "session_ms": statistics.median(medians[0][1:]) * 1e3,
        "bare_ms": statistics.median(medians[1][1:]) * 1e3,
        "ratio": ratio.value,
        "lower": ratio.lower,
        "upper": ratio.upper,
        "verdict": ratio.verdict(TARGET),
    }


def _round(ways: tuple[Callable[[], object], ...]) -> tuple[float, ...]:
    times: tuple[list[float], ...] = tuple([] for _ in ways)
    end_s = time.perf_counter() + ROUND_S
    while time.perf_counter() < end_s or len(times[0]) < 5:
        for way, found in zip(ways, times, strict=True):
            start_s = time.perf_counter()
            way()
            found.append(time.perf_counter() - start_s)
    return tuple(statistics.median(found) for found in times)


def main(arguments: list[str]) -> int:
    """Compare the tasks named, or all; 0 unless a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    results = [compare(task) for task in chosen.tasks or task_names()]
    if chosen.json:
        print(json.dumps(results, indent=2))
    else:
        for result in results:
            print(
                f"{result['task']:<16} {result['runtime']:<12} {result['session_ms']:8.3f} ms, "
                f"bare {result['bare_ms']:8.3f} ms; ratio {result['ratio']:.3f} "
                f"[{result['lower']:.3f}, {result['upper']:.3f}], target <= {TARGET}: "
                f"{result['verdict']}",
                flush=True,
            )
    return 1 if any(result["verdict"] == "missed" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
