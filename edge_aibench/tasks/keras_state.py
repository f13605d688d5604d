"""Models and optimisers of Keras as named NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.weights import check_weights_fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


def model_arrays(model: Any) -> dict[str, NDArray[Any]]:
    """Copy a model's weights by their path, without the model's own name in front.

    Seed generators' states, which no answer depends on, are left out.
    """
    return {path: np.array(variable.numpy()) for path, variable in _named(model).items()}


def set_model_arrays(model: Any, arrays: Arrays, *, where: str) -> None:
    """Put `model_arrays` into *model*.

    Raises ConfigError, citing *where*, unless names and shapes are those of the model: the
    arrays are then of another network.
    """
    named = _named(model)
    own = {name: tuple(variable.shape) for name, variable in named.items()}
    check_weights_fit(own, arrays, where=where)
    for name, variable in named.items():
        variable.assign(arrays[name])


class TrainingState:
    """Everything of a Keras training that decides how it goes on: *variables*, in their order.

    Give the model's variables (seed generators included), the optimiser's after `build`, and
    whatever else the training keeps.
    """

    def __init__(self, variables: Sequence[Any]) -> None:
        self._variables = tuple(variables)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copy it."""
        return {
            f"{place:04d}": np.array(variable.numpy())
            for place, variable in enumerate(self._variables)
        }

    def restore(self, arrays: Arrays) -> None:
        """Put `arrays` back; raises ConfigError if they are of another training."""
        if len(arrays) != len(self._variables):
            raise ConfigError(
                f"must hold {len(self._variables)} variables",
                where="checkpoint",
                value=len(arrays),
                next_step="remove the file to train from the start",
            )
        for place, variable in enumerate(self._variables):
            variable.assign(arrays[f"{place:04d}"])


def _named(model: Any) -> dict[str, Any]:
    named = {}
    for variable in model.weights:
        path = variable.path.removeprefix(f"{model.name}/")
        if "seed_generator" not in path:
            named[path] = variable
    return named
