"""Writing Keras networks as LiteRT models, in float32 or with 8-bit weights and activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.inference.native_output import unheard
from edge_aibench.inference.temporary import own_temporary_folder
from edge_aibench.inference.tensorflow import import_tensorflow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]


@own_temporary_folder()
def export_litert(
    model: Any, preset: Preset, *, calibration: Sequence[Rows] | None = None
) -> bytes:
    """Convert a Keras model to a LiteRT model whose signature names the preset's tensors.

    The number of rows and dimensions of None stay open. With *calibration*, inputs of real
    samples, weights and activations become 8-bit where LiteRT has such a kernel; inputs and
    outputs stay float32.
    """
    tf = import_tensorflow()
    signature = [
        tf.TensorSpec([None, *spec.shape], spec.dtype, name=spec.name) for spec in preset.inputs
    ]
    names = [spec.name for spec in preset.outputs]

    # As constants: variables would stay variables, which nothing fills in LiteRT, and a
    # delegate answers with whatever lies in that memory.
    trainable, others = (
        [tf.constant(variable.numpy()) for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )

    def call(*inputs: Any) -> dict[str, Any]:
        given = inputs[0] if len(inputs) == 1 else list(inputs)
        outputs, _ = model.stateless_call(trainable, others, given, training=False)
        if not isinstance(outputs, (tuple, list)):
            outputs = (outputs,)
        return dict(zip(names, outputs, strict=True))

    traced = tf.function(call, input_signature=signature, autograph=False)
    module = tf.Module()
    module.traced = traced
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [traced.get_concrete_function()], module
    )
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _representative(calibration, preset)
    with unheard():
        converted: bytes = converter.convert()
    return converted


def _representative(calibration: Sequence[Rows], preset: Preset) -> Iterator[list[NDArray[Any]]]:
    for rows in calibration:
        yield [
            np.asarray(array, dtype=spec.dtype)
            for array, spec in zip(rows, preset.inputs, strict=True)
        ]
