"""Networks run by LiteRT, the light runtime formerly called TensorFlow Lite.

Needs only ai-edge-litert, not TensorFlow: a worker process is ready in a fraction of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError, HostError, InternalError
from edge_aibench.inference.native_output import unheard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.inference.predictor import State


class LiteRTPredictor:
    """A window network: one input (1, steps, features), one output (1, outputs)."""

    def __init__(self, model: bytes, *, features: int, threads: int = 1) -> None:
        self._interpreter = make_interpreter(model, threads=threads)
        self._features = features
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]
        self._steps = 0

    def predict(self, inputs: NDArray[np.float32], /) -> NDArray[np.float32]:
        """See `Predictor.predict`."""
        window = check_window(inputs, features=self._features)
        interpreter = self._interpreter
        if len(window) != self._steps:
            # The network has no padding to mask: its time axis takes the window's length.
            interpreter.resize_tensor_input(self._input, (1, *window.shape))
            interpreter.allocate_tensors()
            self._steps = len(window)
        # Fused recurrent kernels keep their state from one call to the next; a window starts
        # anew. Without such kernels this does nothing.
        interpreter.reset_all_variables()
        interpreter.set_tensor(self._input, window[np.newaxis])
        interpreter.invoke()
        return _first_row(interpreter.get_tensor(self._output))


class LiteRTStreamingPredictor:
    """A step network: inputs features and state parts, one output (1, outputs + state).

    The order of several outputs is not kept by the converter, which is why prediction and next
    state are one row; inputs are told apart by the alphabetical order of their names.
    """

    def __init__(
        self, model: bytes, *, features: int, state_sizes: tuple[int, ...], threads: int = 1
    ) -> None:
        self._interpreter = make_interpreter(model, threads=threads)
        self._features = features
        self._state_sizes = state_sizes
        inputs = sorted(self._interpreter.get_input_details(), key=lambda detail: detail["name"])
        outputs = self._interpreter.get_output_details()
        shapes = [tuple(detail["shape"]) for detail in inputs]
        if shapes != [(1, size) for size in (features, *state_sizes)] or len(outputs) != 1:
            raise InternalError(f"a step network has inputs {shapes} and {len(outputs)} outputs")
        self._inputs = [detail["index"] for detail in inputs]
        self._output: int = outputs[0]["index"]
        predictions = int(outputs[0]["shape"][1]) - sum(state_sizes)
        self._cuts = np.cumsum((predictions, *state_sizes))[:-1]
        self._interpreter.allocate_tensors()

    def initial_state(self) -> State:
        """See `StreamingPredictor.initial_state`."""
        return tuple(np.zeros(size, dtype=np.float32) for size in self._state_sizes)

    def step(
        self, state: State, features: NDArray[np.float32], /
    ) -> tuple[NDArray[np.float32], State]:
        """See `StreamingPredictor.step`."""
        check_step(state, features, features_size=self._features, state_sizes=self._state_sizes)
        interpreter = self._interpreter
        for index, value in zip(self._inputs, (features, *state), strict=True):
            interpreter.set_tensor(index, np.asarray(value, dtype=np.float32)[np.newaxis])
        interpreter.invoke()
        row = _first_row(interpreter.get_tensor(self._output))
        prediction, *following = np.split(row, self._cuts)
        return prediction, tuple(following)


def check_window(inputs: NDArray[np.float32], *, features: int) -> NDArray[np.float32]:
    """Give *inputs* as float32; raise ConfigError unless its shape is (1 or more, features)."""
    window = np.asarray(inputs, dtype=np.float32)
    if window.ndim != 2 or not len(window) or window.shape[1] != features:
        raise ConfigError(
            f"must have shape (steps, {features}) with at least one step",
            where="predict",
            key="inputs",
            value=window.shape,
        )
    return window


def check_step(
    state: State,
    features: NDArray[np.float32],
    *,
    features_size: int,
    state_sizes: tuple[int, ...],
) -> None:
    """Raise ConfigError unless one step's features and state have the right shapes."""
    if np.shape(features) != (features_size,):
        raise ConfigError(
            f"must have shape ({features_size},)",
            where="step",
            key="features",
            value=np.shape(features),
        )
    shapes = tuple(np.shape(part) for part in state)
    if shapes != tuple((size,) for size in state_sizes):
        raise ConfigError(
            f"must be arrays of {state_sizes} values, from `initial_state` or the step before",
            where="step",
            key="state",
            value=shapes,
        )


def _first_row(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    row: NDArray[np.float32] = batch[0]
    return row


def make_interpreter(model: bytes, *, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise HostError(
            f"the LiteRT runtime cannot be imported: {error}", mend="pip install ai-edge-litert"
        ) from error
    if threads < 1:
        raise ConfigError("must be at least 1", where="litert", key="threads", value=threads)
    try:
        with unheard():
            return Interpreter(model_content=model, num_threads=threads)
    except ValueError as error:
        raise ConfigError(
            "must be a LiteRT model",
            where="litert",
            key="model",
            value=str(error),
            next_step="export the weights again",
        ) from error
