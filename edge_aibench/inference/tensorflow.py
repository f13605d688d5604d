"""Networks run by TensorFlow.

The caller gives traceable functions; this module compiles them once for any number of steps
and checks shapes. TensorFlow is not fork-safe once it has run: load in the process that serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import HostError
from edge_aibench.inference.litert import check_step, check_window
from edge_aibench.inference.native_output import unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge_aibench.inference.predictor import State


class TensorFlowPredictor:
    """A window network: *network* maps a tensor (1, steps, features) to (1, outputs)."""

    def __init__(self, network: Callable[[Any], Any], *, features: int) -> None:
        tf = import_tensorflow()
        self._features = features
        signature = [tf.TensorSpec([1, None, features], tf.float32)]
        self._function = tf.function(network, input_signature=signature, autograph=False)

    def predict(self, inputs: NDArray[np.float32], /) -> NDArray[np.float32]:
        """See `Predictor.predict`."""
        window = check_window(inputs, features=self._features)
        prediction: NDArray[np.float32] = self._function(window[np.newaxis]).numpy()[0]
        return prediction


class TensorFlowStreamingPredictor:
    """A step network: *network* maps features and state tensors to outputs and next state."""

    def __init__(
        self,
        network: Callable[..., tuple[Any, ...]],
        *,
        features: int,
        state_sizes: tuple[int, ...],
    ) -> None:
        tf = import_tensorflow()
        self._features = features
        self._state_sizes = state_sizes
        signature = [tf.TensorSpec([1, size], tf.float32) for size in (features, *state_sizes)]
        self._function = tf.function(network, input_signature=signature, autograph=False)

    def initial_state(self) -> State:
        """See `StreamingPredictor.initial_state`."""
        return tuple(np.zeros(size, dtype=np.float32) for size in self._state_sizes)

    def step(
        self, state: State, features: NDArray[np.float32], /
    ) -> tuple[NDArray[np.float32], State]:
        """See `StreamingPredictor.step`."""
        check_step(state, features, features_size=self._features, state_sizes=self._state_sizes)
        arguments = (np.asarray(part, dtype=np.float32)[np.newaxis] for part in (features, *state))
        prediction, *following = self._function(*arguments)
        return prediction.numpy()[0], tuple(part.numpy()[0] for part in following)


def import_tensorflow() -> Any:
    """Import TensorFlow when it is first needed; raises HostError if it is not installed."""
    try:
        with unheard():
            import tensorflow as tf
    except ImportError as error:
        raise HostError(
            f"the TensorFlow runtime cannot be imported: {error}",
            mend="pip install tensorflow-cpu",
        ) from error
    return tf
