"""Modules and optimisers of PyTorch as named NumPy arrays, and its chance under our control."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import HostError
from edge_aibench.tasks.weights import check_weights_fit

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


def import_torch() -> Any:
    """Import PyTorch when it is first needed; raises HostError if it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise HostError(f"PyTorch cannot be imported: {error}", mend="pip install torch") from error
    return torch


def torch_device(name: str) -> torch.device:
    """Give the device `cpu` or `cuda`; raises HostError where there is no such device."""
    framework = import_torch()
    if name == "cuda" and not framework.cuda.is_available():
        raise HostError("PyTorch finds no CUDA device", mend="train with --device cpu")
    device: torch.device = framework.device(name)
    return device


def module_arrays(module: torch.nn.Module) -> dict[str, NDArray[Any]]:
    """Copy a module's parameters and buffers, by their names."""
    return {
        name: value.detach().cpu().numpy().copy() for name, value in module.state_dict().items()
    }


def set_module_arrays(module: torch.nn.Module, arrays: Arrays, *, where: str) -> None:
    """Put `module_arrays` into *module*.

    Raises ConfigError, citing *where*, unless names and shapes are those of the module: the
    arrays are then of another network.
    """
    torch = import_torch()
    own = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    check_weights_fit(own, arrays, where=where)
    module.load_state_dict(
        {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}
    )


class TrainingState:
    """Everything of a PyTorch training that decides how it goes on.

    *modules* and *optimisers* by name. All parameters of an optimiser must have been stepped
    once, or none: its state has one entry a parameter.
    """

    def __init__(
        self,
        modules: Mapping[str, torch.nn.Module],
        optimisers: Mapping[str, torch.optim.Optimizer],
    ) -> None:
        self._modules = modules
        self._optimisers = optimisers

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copy it."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, module in self._modules.items():
            arrays |= {f"{name}/{key}": value for key, value in module_arrays(module).items()}
        for name, optimiser in self._optimisers.items():
            for index, entry in optimiser.state_dict()["state"].items():
                for key, value in entry.items():
                    if value is not None:
                        arrays[f"{name}#{index}#{key}"] = np.array(
                            value.detach().cpu().numpy() if hasattr(value, "detach") else value
                        )
        return arrays

    def restore(self, arrays: Arrays) -> None:
        """Put `arrays` back."""
        torch = import_torch()
        for name, module in self._modules.items():
            own = {
                key.removeprefix(f"{name}/"): value
                for key, value in arrays.items()
                if key.startswith(f"{name}/")
            }
            set_module_arrays(module, own, where=f"checkpoint, {name}")
        for name, optimiser in self._optimisers.items():
            state: dict[int, dict[str, Any]] = {}
            for key, value in arrays.items():
                if key.startswith(f"{name}#"):
                    _, index, entry = key.split("#")
                    state.setdefault(int(index), {})[entry] = torch.from_numpy(np.array(value))
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": state, "param_groups": groups})


@contextlib.contextmanager
def seeded(rng: np.random.Generator) -> Iterator[None]:
    """Let PyTorch's own chance (initial weights, dropout) follow *rng*, and put its state back."""
    torch = import_torch()
    with torch.random.fork_rng():
        torch.manual_seed(int(rng.integers(2**31)))
        yield
