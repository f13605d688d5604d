"""The runtimes, and what each of their sessions checks.

The contract of `edge_aibench.tasks.component.Session` holds for every runtime, native or
exported; one test runs over all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import TensorSpec

    Rows = tuple[NDArray[Any], ...]

TORCH: Final = "torch"
KERAS: Final = "tensorflow"
LITERT: Final = "litert"
ONNXRUNTIME: Final = "onnxruntime"

RUNTIMES: Final = {"torch": (ONNXRUNTIME, TORCH), "keras": (LITERT, KERAS)}
"""By the framework of the network: the runtime to deploy on first, then the native one."""

NATIVE: Final = frozenset({TORCH, KERAS})


def check_inputs(inputs: Sequence[NDArray[Any]], specs: Sequence[TensorSpec]) -> Rows:
    """Give *inputs* in the types that *specs* ask for; raise ConfigError for another shape."""
    if len(inputs) != len(specs):
        raise ConfigError(
            f"the network has {len(specs)} inputs", where="infer", key="inputs", value=len(inputs)
        )
    for array, spec in zip(inputs, specs, strict=True):
        fits = np.ndim(array) == len(spec.shape) + 1 and all(
            wanted in (None, size) for wanted, size in zip(spec.shape, array.shape[1:], strict=True)
        )
        if not fits or array.shape[0] != inputs[0].shape[0] or not array.shape[0]:
            wanted = ", ".join("any" if size is None else str(size) for size in spec.shape)
            raise ConfigError(
                f"must have shape (rows, {wanted}) with at least one row",
                where="infer",
                key=spec.name,
                value=np.shape(array),
                next_step="preprocess samples with the processing of the same task and preset",
            )
    return tuple(
        np.ascontiguousarray(array, dtype=spec.dtype)
        for array, spec in zip(inputs, specs, strict=True)
    )
