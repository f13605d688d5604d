"""What a loaded network can do, whatever runs it.

Predictors keep buffers of their own and serve one thread at a time: give each worker its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    State = tuple[NDArray[np.float32], ...]


@runtime_checkable
class Predictor(Protocol):
    """A network that reads a whole window."""

    def predict(self, inputs: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Give the outputs, float32 (outputs,), for one window, float32 (steps, features).

        Any number of steps from 1 on is right. Raises ConfigError for another shape.
        """


@runtime_checkable
class StreamingPredictor(Protocol):
    """A network that reads one step a time and carries a state.

    The state is a tuple of float32 arrays and belongs to the caller, so that one predictor
    serves many patients and a state can be kept, copied or sent elsewhere.
    """

    def initial_state(self) -> State:
        """The state before the first step."""

    def step(
        self, state: State, features: NDArray[np.float32], /
    ) -> tuple[NDArray[np.float32], State]:
        """Read one step, float32 (features,); give the outputs, float32 (outputs,), and the
        state after it. The given state is left as it was. Raises ConfigError for another shape.
        """
