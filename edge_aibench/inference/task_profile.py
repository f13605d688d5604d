"""Measuring a task in a process of its own: import, load, first call, steady calls, memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError, RunError
from edge_aibench.inference.contention import ContentionWatch
from edge_aibench.inference.profile_file import BatchProfile, TaskProfile

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import Pipeline

# A call of less than 10 ms is repeated a thousand times, so that its p99 rests on ten calls;
# longer ones as often as fits into the time, and thirty times at least.
SAMPLES: Final = 1000
_LEAST_SAMPLES: Final = 30
_LARGEST_DURATION_S: Final = 20.0
_WARM_UP_CALLS: Final = 20
_LARGEST_WARM_UP_S: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class ProfileRequest:
    """What to measure. *samples_folder* is the data whose test split is used."""

    task: str
    preset: str
    runtime: str
    precision: str
    threads: int
    batches: tuple[int, ...]
    samples_folder: str
    weights_root: str | None
    duration_s: float = _LARGEST_DURATION_S

    def __post_init__(self) -> None:
        if not self.batches or min(self.batches) < 1:
            raise ConfigError(
                "must be at least 1", where="profile", key="batch", value=self.batches
            )


def profile_in_new_process(request: ProfileRequest, environment: dict[str, Any]) -> TaskProfile:
    """Measure in a fresh interpreter, where nothing is imported or warm yet.

    Raises RunError if that process fails.
    """
    command = [sys.executable, "-m", __spec__.name, json.dumps(asdict(request))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunError(
            f"the measuring process ended with {done.returncode}: {done.stderr[-500:]}",
            next_step="call `task evaluate` with the same options to see whether it runs",
        )
    measured = json.loads(done.stdout.splitlines()[-1])
    return TaskProfile.model_validate(measured | {"environment": environment})


def measure(request: ProfileRequest) -> dict[str, Any]:
    """Measure in this process, which should be a fresh one; gives a profile's fields."""
    before_bytes = _resident_bytes()
    started = time.perf_counter_ns()
    _import_runtime(request.runtime)
    imported = time.perf_counter_ns()

    from edge_aibench.inference.pipeline import get_component, load_task
    from edge_aibench.inference.prepared import NetworkChoice
    from edge_aibench.tasks.component import TEST
    from edge_aibench.tasks.sample import read_samples

    component = get_component(request.task)
    samples = component.data.open(Path(request.samples_folder), split=TEST)
    count = min(len(samples), 32)
    raws = [sample.raw for sample in read_samples(samples, range(count)).samples]
    choice = NetworkChoice(
        preset=request.preset,
        runtime=request.runtime,
        precision=request.precision,
        weights_root=None if request.weights_root is None else Path(request.weights_root),
    )
    loading = time.perf_counter_ns()
    loaded = load_task(component, choice, threads=request.threads)
    ready = time.perf_counter_ns()
    loaded_bytes = _resident_bytes()
    loaded.pipeline.answers(raws[:1])
    first_ns = time.perf_counter_ns() - ready
    watch = ContentionWatch()
    batches = [
        _measure_batch(loaded.pipeline, raws, batch, request.duration_s)
        for batch in request.batches
    ]
    contention = watch.until_now(
        wall_ns=sum(sum(batch.wall_ns) for batch in batches),
        cpu_ns=sum(sum(batch.cpu_ns) for batch in batches),
        threads=request.threads,
    )
    return {
        "task": component.task.name,
        "preset": request.preset,
        "runtime": request.runtime,
        "precision": request.precision,
        "threads": request.threads,
        "trained": loaded.trained,
        "import_ns": imported - started,
        "load_ns": ready - loading,
        "first_call_ns": first_ns,
        "warm_up_calls": _WARM_UP_CALLS,
        "resident_before_bytes": before_bytes,
        "resident_loaded_bytes": loaded_bytes,
        "resident_peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "contention": contention.model_dump(),
        "batches": [batch.model_dump() for batch in batches],
    }


def _measure_batch(
    pipeline: Pipeline, raws: Sequence[Any], batch: int, duration_s: float
) -> BatchProfile:
    deadline = time.perf_counter() + _LARGEST_WARM_UP_S
    for call in range(_WARM_UP_CALLS):
        pipeline.answers(_take(raws, call, batch))
        if time.perf_counter() > deadline:
            break
    parts: dict[str, list[int]] = {"preprocess": [], "inference": [], "postprocess": [], "cpu": []}
    started = time.perf_counter()
    for call in range(SAMPLES):
        given = _take(raws, call, batch)
        cpu = time.process_time_ns()
        _, times = pipeline.timed_answers(given)
        parts["cpu"].append(time.process_time_ns() - cpu)
        parts["preprocess"].append(times.preprocess_ns)
        parts["inference"].append(times.inference_ns)
        parts["postprocess"].append(times.postprocess_ns)
        if call + 1 >= _LEAST_SAMPLES and time.perf_counter() - started > duration_s:
            break
    return BatchProfile(
        batch=batch,
        preprocess_ns=parts["preprocess"],
        inference_ns=parts["inference"],
        postprocess_ns=parts["postprocess"],
        cpu_ns=parts["cpu"],
    )


def _take(raws: Sequence[Any], call: int, batch: int) -> list[Any]:
    """Give the samples of a call: another one each time, as caches would otherwise flatter."""
    return [raws[(call * batch + place) % len(raws)] for place in range(batch)]


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _import_runtime(runtime: str) -> None:
    from edge_aibench.inference.onnx_session import import_onnxruntime
    from edge_aibench.inference.session import LITERT, ONNXRUNTIME, TORCH
    from edge_aibench.inference.tensorflow import import_tensorflow
    from edge_aibench.tasks.torch_state import import_torch

    if runtime == ONNXRUNTIME:
        import_onnxruntime()
    elif runtime == TORCH:
        import_torch()
    elif runtime == LITERT:
        from ai_edge_litert import interpreter

        del interpreter
    else:
        import_tensorflow()


def _main(arguments: Sequence[str]) -> None:
    fields = json.loads(arguments[0])
    request = ProfileRequest(**fields | {"batches": tuple(fields["batches"])})
    sys.stdout.write(json.dumps(measure(request)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
