"""Networks run by LiteRT, with any number of rows and any length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import InternalError
from edge_aibench.inference.litert import make_interpreter
from edge_aibench.inference.session import check_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]

SIGNATURE = "serving_default"


class LiteRTSession:
    """An exported model whose signature names the preset's inputs and outputs.

    LiteRT plans its memory for fixed shapes: it plans anew when the shape of an input differs
    from the call before, which costs some time; steady calls do not.
    """

    def __init__(self, model: bytes, preset: Preset, *, threads: int = 1) -> None:
        self._specs = preset.inputs
        self._interpreter = make_interpreter(model, threads=threads)
        # Tensors are found by name once; the interpreter's own signature runner looks them up
        # at each call, and the order of a model's outputs is not the network's.
        signature = self._interpreter._get_full_signature_list()[SIGNATURE]
        self._inputs = _indices(signature["inputs"], [spec.name for spec in preset.inputs])
        self._outputs = _indices(signature["outputs"], [spec.name for spec in preset.outputs])
        self._shapes: tuple[tuple[int, ...], ...] = ()

    def run(self, inputs: Rows, /) -> Rows:
        """See `Session.run`."""
        rows = check_inputs(inputs, self._specs)
        shapes = tuple(array.shape for array in rows)
        interpreter = self._interpreter
        if shapes != self._shapes:
            for index, shape in zip(self._inputs, shapes, strict=True):
                interpreter.resize_tensor_input(index, shape)
            interpreter.allocate_tensors()
            self._shapes = shapes
        # Fused recurrent kernels keep their state from one call to the next; rows start anew.
        interpreter.reset_all_variables()
        for index, array in zip(self._inputs, rows, strict=True):
            interpreter.set_tensor(index, array)
        interpreter.invoke()
        return tuple(np.asarray(interpreter.get_tensor(index)) for index in self._outputs)


def _indices(found: dict[str, int], names: list[str]) -> list[int]:
    if sorted(found) != sorted(names):
        raise InternalError(f"the exported model has {sorted(found)} in place of {sorted(names)}")
    return [found[name] for name in names]
