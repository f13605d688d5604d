"""Writing PyTorch networks as ONNX models, in float32 or with 8-bit weights and activations."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import HostError
from edge_aibench.inference.temporary import own_temporary_folder
from edge_aibench.tasks.torch_state import import_torch

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]

# Two rows, and a length unlike any other dimension: an export by example takes a dimension of 1
# to be a constant.
_EXAMPLE_ROWS = 2
_EXAMPLE_LENGTH = 37


@own_temporary_folder()
def export_onnx(module: torch.nn.Module, preset: Preset) -> bytes:
    """Convert a module to an ONNX model of any number of rows; dimensions of None stay open.

    Raises HostError if the exporter's packages (onnx, onnxscript) are not installed.
    """
    torch = import_torch()
    examples, open_dimensions = [], []
    for spec in preset.inputs:
        shape = [_EXAMPLE_LENGTH if size is None else size for size in spec.shape]
        examples.append(torch.zeros([_EXAMPLE_ROWS, *shape], dtype=getattr(torch, spec.dtype)))
        kept = {0: torch.export.Dim("rows")}
        for axis, size in enumerate(spec.shape, start=1):
            if size is None:
                kept[axis] = torch.export.Dim.DYNAMIC
        open_dimensions.append(kept)
    with warnings.catch_warnings(), _quiet():
        # The exporter warns of its own deprecated calls; nothing of it concerns the model.
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                module.eval(),
                tuple(examples),
                dynamo=True,
                verbose=False,
                dynamic_shapes=tuple(open_dimensions),
            )
        except ImportError as error:
            raise HostError(
                f"ONNX models cannot be written: {error}", mend="pip install onnx onnxscript"
            ) from error
    model = program.model_proto
    _name_tensors(model.graph, preset)
    content: bytes = model.SerializeToString()
    return content


def _name_tensors(graph: Any, preset: Preset) -> None:
    """Give inputs and outputs the preset's names, and tensors inside that have them others.

    The exporter names tensors after operations and does not look whether it gives a name twice.
    """
    outer = (*graph.input, *graph.output)
    names = [spec.name for spec in (*preset.inputs, *preset.outputs)]
    renamed = {tensor.name: name for tensor, name in zip(outer, names, strict=True)}
    inner = {name for node in graph.node for name in (*node.input, *node.output)}
    renamed |= {name: f"{name}__inner" for name in inner & set(names) - renamed.keys()}
    for node in graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [renamed.get(name, name) for name in tensors]
    for tensor in (*outer, *graph.value_info, *graph.initializer):
        tensor.name = renamed.get(tensor.name, tensor.name)


@own_temporary_folder()
def quantise_onnx(model: bytes, preset: Preset, calibration: Sequence[Rows]) -> bytes:
    """Give *model* with 8-bit weights (each channel its own scale) and activations.

    *calibration* holds inputs of real samples, from which the ranges of activations are taken.
    Inputs and outputs stay float32.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    names = [spec.name for spec in preset.inputs]

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Hands out the calibration inputs."""

        def __init__(self) -> None:
            self._inputs: Iterator[Rows] = iter(calibration)

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            """Give the next inputs, None after the last."""
            rows = next(self._inputs, None)
            if rows is None:
                return None
            return {
                name: np.asarray(array, dtype=spec.dtype)
                for name, array, spec in zip(names, rows, preset.inputs, strict=True)
            }

    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        given, prepared, quantised = (Path(scratch) / f"{n}.onnx" for n in ("a", "b", "c"))
        given.write_bytes(model)
        quant_pre_process(str(given), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(quantised),
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        return quantised.read_bytes()


class _quiet:  # noqa: N801 -- used like a function, as contextlib's own are
    """Keep what the exporters log below errors from the user's terminal."""

    _NAMES = ("torch.onnx", "onnxscript", "onnx_ir", "root")

    def __enter__(self) -> None:
        self._levels = {name: logging.getLogger(name).level for name in self._NAMES}
        for name in self._NAMES:
            logging.getLogger(name).setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
