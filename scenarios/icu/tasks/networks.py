"""The three recurrent networks of the ICU scenario, with the published shapes.

Masking, then, for the bidirectional one, a two-way LSTM of half the units, then an LSTM, a
dropout and a sigmoid layer (mimic3-benchmarks, `lstm.py`: dim 16 depth 2 dropout 0.3 for
in-hospital mortality; dim 128 depth 1 for decompensation; dim 256 depth 1 dropout 0.3 for
phenotyping, whose output 9 of 25 is congestive heart failure).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import InternalError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.icu.channels import FEATURE_COLUMNS
from edge_aibench.scenarios.icu.phenotypes import PHENOTYPE_COUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

Weights = Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]
"""Variables by path, such as `lstm/lstm_cell/kernel`."""


@dataclass(frozen=True, kw_only=True)
class RecurrentNetwork:
    """Shape of one network; *parameters* is what the published one has."""

    units: int
    outputs: int
    bidirectional: bool
    parameters: int


DEATH: Final = RecurrentNetwork(units=16, outputs=1, bidirectional=True, parameters=7_569)
DECOMPENSATION: Final = RecurrentNetwork(
    units=128, outputs=1, bidirectional=False, parameters=105_089
)
HEART_FAILURE: Final = RecurrentNetwork(
    units=256, outputs=PHENOTYPE_COUNT, bidirectional=False, parameters=347_417
)


def build_network(
    network: RecurrentNetwork, *, seed: int = 0, dropout: float = 0.0, every_hour: bool = False
) -> Any:
    """Build the Keras model: float32 (n, t, 76) to (n, outputs), hours of all zeros masked.

    *dropout*, of the inputs of each layer, is for training only: Keras draws dropout seeds even
    when it predicts, which cannot be exported. With *every_hour* (unidirectional networks only)
    it gives the prediction after each hour, (n, t, outputs), from the same weights. *seed*
    decides the initial weights and the dropout.

    Raises InternalError if the model does not have the published number of parameters.
    """
    keras = import_tensorflow().keras
    rate = dropout
    inputs = keras.Input((None, FEATURE_COLUMNS), name="features")
    hidden = keras.layers.Masking(name="masking")(inputs)
    if network.bidirectional:
        both_ways = keras.layers.Bidirectional(
            _lstm(keras, "lstm", network.units // 2, rate, seed + 10, sequences=True),
            backward_layer=_lstm(
                keras,
                "backward_lstm",
                network.units // 2,
                rate,
                seed + 20,
                sequences=True,
                back=True,
            ),
            name="bidirectional",
        )
        hidden = both_ways(hidden)
    hidden = _lstm(keras, "lstm", network.units, rate, seed + 30, sequences=every_hour)(hidden)
    if rate:
        hidden = keras.layers.Dropout(rate, seed=seed + 40, name="dropout")(hidden)
    outputs = keras.layers.Dense(
        network.outputs,
        activation="sigmoid",
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 50),
        name="output",
    )(hidden)
    model = keras.Model(inputs, outputs, name="network")
    count = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    if count != network.parameters:
        raise InternalError(
            f"the network has {count} parameters instead of the published {network.parameters}"
        )
    return model


def get_weights(model: Any) -> dict[str, NDArray[np.float32]]:
    """Copy the trainable variables of a model."""
    return {
        variable.path: np.asarray(variable.numpy(), dtype=np.float32)
        for variable in model.trainable_weights
    }


def set_weights(model: Any, weights: Weights) -> None:
    """Set the trainable variables of a model from `get_weights` of another of its shape.

    Raises InternalError if names or shapes differ.
    """
    expected = {variable.path: tuple(variable.shape) for variable in model.trainable_weights}
    found = {name: array.shape for name, array in weights.items()}
    if expected != found:
        raise InternalError(f"weights {found} do not fit a network with {expected}")
    for variable in model.trainable_weights:
        variable.assign(weights[variable.path])


def _lstm(
    keras: Any,
    name: str,
    units: int,
    rate: float,
    seed: int,
    *,
    sequences: bool,
    back: bool = False,
) -> Any:
    return keras.layers.LSTM(
        units,
        dropout=rate,
        return_sequences=sequences,
        go_backwards=back,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 1),
        seed=seed + 2,
        name=name,
    )
