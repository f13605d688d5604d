"""From a component to bytes that a runtime loads: weights, exported once and kept.

Exporting takes a training framework and seconds; loading what was exported takes neither. The
exported file's name holds everything that decides its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.inference.session import LITERT, NATIVE, ONNXRUNTIME, RUNTIMES
from edge_aibench.tasks.generated import source_digest, write_once
from edge_aibench.tasks.weights import read_manifest, read_weights

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Component

    Rows = tuple[NDArray[Any], ...]

FLOAT32: Final = "float32"
INT8: Final = "int8"
PRECISIONS: Final = (FLOAT32, INT8)

WEIGHTS_ROLE: Final = "weights"
"""The safetensors file in a weights manifest."""

UNTRAINED_SEED: Final = 0

_SUFFIX: Final = {LITERT: ".tflite", ONNXRUNTIME: ".onnx"}
_EXPORTERS: Final = {
    LITERT: ("tensorflow-cpu", "keras"),
    ONNXRUNTIME: ("torch", "onnx", "onnxscript", "onnxruntime"),
}


@dataclass(frozen=True, kw_only=True)
class NetworkChoice:
    """Which network in which form: *runtime* None is the one to deploy on."""

    preset: str
    runtime: str | None = None
    precision: str = FLOAT32
    weights_root: Path | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkWeights:
    """A network's weights; *content* is a safetensors file, None for random ones of a seed."""

    content: bytes | None

    @property
    def trained(self) -> bool:
        """Whether they come from a training."""
        return self.content is not None

    @property
    def digest(self) -> str:
        """What tells them from others."""
        content = b"untrained" if self.content is None else self.content
        return hashlib.sha256(content).hexdigest()


def choose_runtime(component: Component, choice: NetworkChoice) -> str:
    """Give the runtime of a choice; raises ConfigError for one that cannot run the network."""
    where = f"task {component.task.name}"
    runtimes = RUNTIMES[component.framework]
    runtime = choice.runtime or runtimes[0]
    if runtime not in runtimes:
        raise unknown_name("runtime", runtime, runtimes, where=where)
    if choice.precision not in PRECISIONS:
        raise unknown_name("precision", choice.precision, PRECISIONS, where=where)
    if choice.precision != FLOAT32 and component.own_network is not None:
        raise ConfigError(
            "its network is exported in float32 only",
            where=where,
            key="precision",
            value=choice.precision,
        )
    if choice.precision != FLOAT32 and runtime in NATIVE:
        raise ConfigError(
            f"the runtime {runtime} runs float32 only",
            where=where,
            key="precision",
            value=choice.precision,
            next_step=f"use the runtime {runtimes[0]}",
        )
    return runtime


def find_weights(component: Component, choice: NetworkChoice) -> NetworkWeights:
    """Read the weights of *choice*: from its folder, else those that come with the task.

    A preset that nobody trained gets random weights. Raises ConfigError for an unknown preset,
    and for missing or altered weights in a folder of the user's.
    """
    component.preset(choice.preset)
    root = choice.weights_root or _shipped(component, choice.preset)
    if root is None:
        return NetworkWeights(content=None)
    name = component.task.name
    return NetworkWeights(
        content=read_weights(root, task=name, preset=choice.preset, role=WEIGHTS_ROLE)
    )


def build_native(component: Component, preset: str, weights: NetworkWeights) -> Any:
    """Build the native network with *weights*.

    Raises ConfigError if they are of another network.
    """
    network = component.build(preset, UNTRAINED_SEED)
    if weights.content is None:
        return network
    from safetensors.numpy import load

    arrays = load(weights.content)
    where = f"weights of {component.task.name}, preset {preset}"
    if component.framework == "torch":
        from edge_aibench.tasks.torch_state import set_module_arrays

        set_module_arrays(network, arrays, where=where)
    else:
        from edge_aibench.tasks.keras_state import set_model_arrays

        set_model_arrays(network, arrays, where=where)
    return network


def export_network(
    component: Component,
    preset: str,
    weights: NetworkWeights,
    *,
    runtime: str,
    calibration: Sequence[Rows] | None = None,
) -> bytes:
    """Convert a network for LiteRT or ONNX Runtime; with *calibration* inputs to int8."""
    description = component.preset(preset)
    network = build_native(component, preset, weights)
    if runtime == LITERT:
        from edge_aibench.inference.export_litert import export_litert

        return export_litert(network, description, calibration=calibration)
    from edge_aibench.inference.export_onnx import export_onnx, quantise_onnx

    exported = export_onnx(network, description)
    if calibration is None:
        return exported
    return quantise_onnx(exported, description, calibration)


def prepared_model(
    component: Component,
    preset: str,
    weights: NetworkWeights,
    *,
    runtime: str,
    cache: Path,
    calibration: Sequence[Rows] | None = None,
) -> Path:
    """Give the exported file under *cache*, written on first use."""
    key = hashlib.sha256(weights.digest.encode())
    key.update(source_digest(component.source or component.build).encode())
    for package in _EXPORTERS[runtime]:
        key.update(f" {package} {_version(package)}".encode())
    for rows in calibration or ():
        for array in rows:
            key.update(array.tobytes())
    precision = FLOAT32 if calibration is None else INT8
    name = f"{component.task.name}-{preset}-{precision}-{key.hexdigest()[:16]}{_SUFFIX[runtime]}"

    def write(path: Path) -> None:
        path.write_bytes(
            export_network(component, preset, weights, runtime=runtime, calibration=calibration)
        )

    return write_once(cache / "networks" / name, write)


def _shipped(component: Component, preset: str) -> Traversable | None:
    root = component.task.weights_root
    if root is None:
        return None
    networks = read_manifest(root()).networks.get(component.task.name, {})
    return root() if preset in networks else None


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
