"""Networks run by TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError
from edge_aibench.inference.session import check_inputs
from edge_aibench.inference.tensorflow import import_tensorflow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]


class KerasSession:
    """A `keras.Model`, compiled once for any number of rows; see `set_threads`."""

    def __init__(self, model: Any, preset: Preset) -> None:
        tf = import_tensorflow()
        self._specs = preset.inputs
        signature = [
            tf.TensorSpec([None, *spec.shape], spec.dtype, name=spec.name) for spec in preset.inputs
        ]

        def call(*inputs: Any) -> Any:
            return model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)

        self._function = tf.function(call, input_signature=signature, autograph=False)

    def run(self, inputs: Rows, /) -> Rows:
        """See `Session.run`."""
        outputs = self._function(*check_inputs(inputs, self._specs))
        if not isinstance(outputs, (tuple, list)):
            outputs = (outputs,)
        return tuple(output.numpy() for output in outputs)


def set_threads(threads: int) -> None:
    """Set the threads of all TensorFlow in this process, which is fixed when it first runs.

    Raises ConfigError if it has run with another number, and for a number less than 1.
    """
    tf = import_tensorflow()
    if threads < 1:
        raise ConfigError("must be at least 1", where="tensorflow", key="threads", value=threads)
    threading = tf.config.threading
    if threading.get_intra_op_parallelism_threads() == threads:
        return
    try:
        threading.set_intra_op_parallelism_threads(threads)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        raise ConfigError(
            "TensorFlow has already run in this process with another number of threads",
            where="tensorflow",
            key="threads",
            value=threads,
            next_step="load it in a new process, or use the runtime litert",
        ) from error
