"""Loading the ICU networks into a runtime, from weights that the manifest vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError
from edge_aibench.inference.litert import LiteRTPredictor, LiteRTStreamingPredictor
from edge_aibench.inference.load import LITERT, TENSORFLOW
from edge_aibench.inference.tensorflow import (
    TensorFlowPredictor,
    TensorFlowStreamingPredictor,
)
from edge_aibench.scenarios.icu.channels import FEATURE_COLUMNS
from edge_aibench.scenarios.icu.tasks import shipped_weights
from edge_aibench.scenarios.icu.tasks.networks import (
    RecurrentNetwork,
    build_network,
    set_weights,
)
from edge_aibench.tasks.weights import read_weights

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from edge_aibench.inference.predictor import Predictor, StreamingPredictor

WINDOW_ROLE: Final = "litert"
STEP_ROLE: Final = "litert-step"
VARIABLES_ROLE: Final = "tensorflow"


@dataclass(frozen=True, kw_only=True)
class IcuNetworkLoader:
    """The `NetworkLoader` of one ICU task."""

    task: str
    network: RecurrentNetwork

    @property
    def runtimes(self) -> tuple[str, ...]:
        """LiteRT, the default, and TensorFlow, the framework it was trained in."""
        return (LITERT, TENSORFLOW)

    def load(
        self, *, runtime: str, preset: str, threads: int, weights_root: Path | None
    ) -> Predictor:
        """See `NetworkLoader.load`.

        TensorFlow's thread pools belong to the process, not to a network, so that *threads*
        other than 1 is refused there.
        """
        root = weights_root or shipped_weights()
        if runtime == LITERT:
            model = self._read(root, preset, WINDOW_ROLE)
            return LiteRTPredictor(model, features=FEATURE_COLUMNS, threads=threads)
        keras_model = self._keras_model(root, preset, threads)
        return TensorFlowPredictor(
            lambda window: keras_model(window, training=False), features=FEATURE_COLUMNS
        )

    def load_streaming(
        self, *, runtime: str, preset: str, threads: int, weights_root: Path | None
    ) -> StreamingPredictor:
        """See `NetworkLoader.load_streaming`."""
        root = weights_root or shipped_weights()
        sizes = (self.network.units, self.network.units)
        if runtime == LITERT:
            model = self._read(root, preset, STEP_ROLE)
            return LiteRTStreamingPredictor(
                model, features=FEATURE_COLUMNS, state_sizes=sizes, threads=threads
            )
        keras_model = self._keras_model(root, preset, threads)
        cell = keras_model.get_layer("lstm").cell
        output = keras_model.get_layer("output")

        def step(features: Any, hidden: Any, carried: Any) -> tuple[Any, Any, Any]:
            _, (hidden, carried) = cell(features, (hidden, carried), training=False)
            return output(hidden), hidden, carried

        return TensorFlowStreamingPredictor(step, features=FEATURE_COLUMNS, state_sizes=sizes)

    def _read(self, root: Path | Traversable, preset: str, role: str) -> bytes:
        return read_weights(root, task=self.task, preset=preset, role=role)

    def _keras_model(self, root: Path | Traversable, preset: str, threads: int) -> Any:
        from safetensors.numpy import load

        if threads != 1:
            raise ConfigError(
                "TensorFlow's threads are set for the whole process, not for one network",
                where=f"task {self.task}",
                key="threads",
                value=threads,
                next_step="use 1, or the runtime litert",
            )
        weights = load(self._read(root, preset, VARIABLES_ROLE))
        model = build_network(self.network)
        set_weights(model, weights)
        return model
