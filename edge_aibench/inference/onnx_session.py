"""Networks run by ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.inference.session import check_inputs
from edge_aibench.inference.temporary import own_temporary_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Preset

    Rows = tuple[NDArray[Any], ...]


class OnnxSession:
    """An exported model with the preset's inputs and outputs, in their order."""

    def __init__(self, model: bytes, preset: Preset, *, threads: int = 1) -> None:
        if threads < 1:
            raise ConfigError(
                "must be at least 1", where="onnxruntime", key="threads", value=threads
            )
        runtime = import_onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Idle workers that spin take the core from whatever else the node does.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ConfigError(
                "must be an ONNX model",
                where="onnxruntime",
                key="model",
                value=str(error),
                next_step="export the weights again",
            ) from error
        self._specs = preset.inputs
        self._names = [entry.name for entry in self._session.get_inputs()]

    def run(self, inputs: Rows, /) -> Rows:
        """See `Session.run`."""
        rows = check_inputs(inputs, self._specs)
        outputs = self._session.run(None, dict(zip(self._names, rows, strict=True)))
        return tuple(outputs)


def import_onnxruntime() -> Any:
    """Import ONNX Runtime when it is first needed; raises HostError if it is not installed."""
    try:
        # It leaves a file of its session there.
        with own_temporary_folder():
            import onnxruntime
    except ImportError as error:
        raise HostError(
            f"ONNX Runtime cannot be imported: {error}", mend="pip install onnxruntime"
        ) from error
    return onnxruntime
