"""Networks run by PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError
from edge_aibench.inference.session import check_inputs
from edge_aibench.tasks.torch_state import import_torch

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]


class TorchSession:
    """A `torch.nn.Module` that gives a tensor or a tuple of tensors; see `set_threads`."""

    def __init__(self, module: torch.nn.Module, preset: Preset) -> None:
        self._torch = import_torch()
        self._module = module.eval()
        self._specs = preset.inputs

    def run(self, inputs: Rows, /) -> Rows:
        """See `Session.run`."""
        rows = check_inputs(inputs, self._specs)
        with self._torch.inference_mode():
            outputs = self._module(*(self._torch.from_numpy(array) for array in rows))
        if not isinstance(outputs, (tuple, list)):
            outputs = (outputs,)
        return tuple(output.numpy() for output in outputs)


def set_threads(threads: int) -> None:
    """Set the threads of all PyTorch in this process; raises ConfigError for less than 1."""
    if threads < 1:
        raise ConfigError("must be at least 1", where="torch", key="threads", value=threads)
    import_torch().set_num_threads(threads)
