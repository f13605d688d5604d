"""This machine's own time of the yardstick network, measured once and kept.

A hardware catalogue holds published times of ResNet-50 on other machines; this one measures the
same network, so that a ratio is published on one side and measured on the other. It runs on one
thread, one image at a time, because an emulated stage runs on one thread of this machine; a
published figure uses all cores, or the accelerator, of its machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_aibench.errors import HostError, RunError
from edge_aibench.inference.profile_file import Contention
from edge_aibench.rng import stream
from edge_aibench.tasks.component import Preset, TensorSpec

if TYPE_CHECKING:
    from edge_aibench.model.hardware import OwnPrecision

FORMAT: Final = 1
NETWORK: Final = "resnet-50"
SEED: Final = 0
THREADS: Final = 1
CALLS: Final = 50
_WARM_UP_CALLS: Final = 10
_CALIBRATION_IMAGES: Final = 4

PRESET: Final = Preset(
    parameters=25_557_032,
    flops=8_178_368_512,
    inputs=(TensorSpec(name="image", shape=(3, 224, 224)),),
    outputs=(TensorSpec(name="logits", shape=(1000,)),),
)

_EXPORTERS: Final = ("torch", "onnx", "onnxscript", "onnxruntime")
# What decides how long the network takes here.
_SOURCES: Final = ("yardstick.py", "resnet50.py", "export_onnx.py", "onnx_session.py")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MeasuredCalls(_Value):
    """Calls of the network with one image, one entry a call, nanoseconds."""

    wall_ns: list[int] = Field(min_length=30)
    cpu_ns: list[int]
    contention: Contention

    @property
    def median_s(self) -> float:
        """The median of the wall times."""
        return float(np.median(self.wall_ns)) / 1e9


class OwnYardstick(_Value):
    """The network's times on one thread of this machine, by precision."""

    format: Literal[1] = FORMAT
    network: Literal["resnet-50"] = NETWORK
    threads: Literal[1] = THREADS
    processor: str
    onnxruntime: str
    float32: MeasuredCalls
    int8: MeasuredCalls

    def time_s(self, precision: OwnPrecision) -> float:
        """The median time of one pass in *precision*."""
        return (self.int8 if precision == "int8" else self.float32).median_s

    @property
    def contended(self) -> bool:
        """Whether something else had the processor, which makes the times too long."""
        return self.float32.contention.contended or self.int8.contention.contended


@dataclass(frozen=True)
class Store:
    """Where the yardstick of a *processor* (its model name) is kept: in the folder *cache*."""

    cache: Path
    processor: str

    @property
    def path(self) -> Path:
        """The file; its name holds all that decides the times."""
        runtime = _version("onnxruntime")
        key = hashlib.sha256(f"{self.processor} {os.cpu_count()} ".encode())
        for source in _SOURCES:
            key.update((Path(__file__).parent / source).read_bytes())
        for package in _EXPORTERS:
            key.update(f" {package} {_version(package)}".encode())
        words = re.sub(r"[^a-z0-9]+", "-", self.processor.lower()).strip("-")[:60]
        name = f"{NETWORK}-{words}-onnxruntime-{runtime}-{key.hexdigest()[:16]}.json"
        return self.cache / "yardstick" / name

    def read(self) -> OwnYardstick | None:
        """Give what is kept; None if there is nothing, or nothing that can be read."""
        try:
            return OwnYardstick.model_validate_json(self.path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError):
            return None

    def write(self, measured: OwnYardstick) -> None:
        """Keep *measured*; raises HostError if the folder cannot be written."""
        path = self.path
        fresh = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(measured.model_dump_json() + "\n", encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            raise HostError(
                f"{path.parent} cannot be written: {error.strerror or error}",
                mend="free some space, or set XDG_CACHE_HOME to a folder that can be written",
            ) from error


def own_yardstick(
    store: Store,
    *,
    again: bool = False,
    announce: Callable[[], None] | None = None,
    measure: Callable[[str], OwnYardstick] | None = None,
) -> OwnYardstick:
    """Give this machine's times: the kept ones, unless there are none or *again* is set.

    *announce* is called before anything is measured. Raises RunError if measuring fails and
    HostError if the result cannot be kept.
    """
    kept = None if again else store.read()
    if kept is not None:
        return kept
    if announce is not None:
        announce()
    measured = (measure or measure_in_new_process)(store.processor)
    store.write(measured)
    return measured


def measure_in_new_process(processor: str) -> OwnYardstick:
    """Measure in a fresh interpreter: what runs the experiment stays free of PyTorch.

    Raises RunError if that process fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RunError(
            f"measuring the yardstick ended with {done.returncode}: {done.stderr[-500:]}",
            next_step="give the hardware a 'speed' of your own instead of a yardstick",
        )
    times = json.loads(done.stdout.splitlines()[-1])
    return OwnYardstick.model_validate(
        times | {"processor": processor, "onnxruntime": _version("onnxruntime")}
    )


def measure_network(model: bytes, preset: Preset, *, calls: int = CALLS) -> MeasuredCalls:
    """Measure an ONNX *model* on one thread, warm, one row at a time."""
    from edge_aibench.inference.contention import ContentionWatch
    from edge_aibench.inference.onnx_session import OnnxSession
    from edge_aibench.inference.profile import measure_service

    session = OnnxSession(model, preset, threads=THREADS)
    rows = _rows(preset, 1, purpose="calls")
    for _ in range(_WARM_UP_CALLS):
        session.run(rows)
    watch = ContentionWatch()
    profile = measure_service(lambda: session.run(rows), samples=calls, warmup=0)
    wall_ns, cpu_ns = profile.wall_ns.tolist(), profile.cpu_ns.tolist()
    return MeasuredCalls(
        wall_ns=wall_ns,
        cpu_ns=cpu_ns,
        contention=watch.until_now(wall_ns=sum(wall_ns), cpu_ns=sum(cpu_ns), threads=THREADS),
    )


def _measure() -> dict[str, Any]:
    from edge_aibench.inference.export_onnx import export_onnx, quantise_onnx
    from edge_aibench.inference.resnet50 import build_resnet50

    exported = export_onnx(build_resnet50(SEED), PRESET)
    calibration = [
        _rows(PRESET, 1, purpose=f"calibration/{number}") for number in range(_CALIBRATION_IMAGES)
    ]
    quantised = quantise_onnx(exported, PRESET, calibration)
    return {
        "float32": measure_network(exported, PRESET).model_dump(),
        "int8": measure_network(quantised, PRESET).model_dump(),
    }


def _rows(preset: Preset, count: int, *, purpose: str) -> tuple[Any, ...]:
    # Random images: no value of theirs makes a processor faster or slower.
    rng = stream(SEED, f"yardstick/{purpose}")
    return tuple(
        rng.standard_normal((count, *(size or 1 for size in spec.shape))).astype(spec.dtype)
        for spec in preset.inputs
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure()) + "\n")
