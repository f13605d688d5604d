"""DeepSpeech2 as a Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.home.tasks.speech.alphabet import CLASSES
from edge_aibench.scenarios.home.tasks.speech.shapes import shape_of

if TYPE_CHECKING:
    from edge_aibench.scenarios.home.tasks.speech.shapes import NetworkShape

_EPSILON: Final = 1e-5

# Averages over some 50 batches. The published 0.997 suits epochs of thousands of batches; with
# the hundred of the generated home it would still remember the untrained network.
_MOMENTUM: Final = 0.98

_SEEDS_PER_LAYER: Final = 10


def build(preset: str, seed: int) -> Any:
    """Build a preset's model with random weights.

    It maps features, float32 (rows, frames, bins), to logits, float32 (rows, output frames, 29),
    of the characters and, last, the blank. Raises ConfigError for an unknown preset.
    """
    return build_network(shape_of(preset), seed=seed)


def build_network(shape: NetworkShape, *, seed: int) -> Any:
    """Build the model of any shape."""
    keras = import_tensorflow().keras
    seeds = iter(range(seed, seed + 1000 * _SEEDS_PER_LAYER, _SEEDS_PER_LAYER))
    inputs = keras.Input((None, shape.bins), name="features")
    hidden = keras.layers.Reshape((-1, shape.bins, 1), name="one_channel")(inputs)
    for place in range(len(shape.convolutions)):
        hidden = _convolve(keras, shape, place, hidden, next(seeds))
    hidden = keras.layers.Reshape((-1, shape.recurrent_inputs), name="one_row")(hidden)
    hidden = _recur(keras, shape, hidden, seeds)
    hidden = _normalise(keras, "normalise_output")(hidden)
    logits = keras.layers.Dense(
        CLASSES,
        use_bias=shape.output_bias,
        kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
        name="logits",
    )(hidden)
    return keras.Model(inputs, logits, name="network")


def _convolve(keras: Any, shape: NetworkShape, place: int, hidden: Any, seed: int) -> Any:
    convolution = shape.convolutions[place]
    halves = tuple((size // 2, size // 2) for size in convolution.kernel)
    hidden = keras.layers.ZeroPadding2D(halves, name=f"pad_{place + 1}")(hidden)
    hidden = keras.layers.Conv2D(
        shape.channels,
        convolution.kernel,
        strides=convolution.strides,
        use_bias=shape.convolution_bias,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        name=f"convolution_{place + 1}",
    )(hidden)
    hidden = _normalise(keras, f"normalise_convolution_{place + 1}")(hidden)
    return keras.layers.ReLU(max_value=shape.ceiling, name=f"clip_{place + 1}")(hidden)


def _recur(keras: Any, shape: NetworkShape, hidden: Any, seeds: Any) -> Any:
    from edge_aibench.scenarios.home.tasks.speech.recurrent import BidirectionalGRU

    for place in range(shape.layers):
        if place:  # the first layer reads what the convolutions have normalised
            hidden = _normalise(keras, f"normalise_recurrent_{place + 1}")(hidden)
        layer = BidirectionalGRU(
            shape.units,
            merge=shape.merge,
            reset_after=shape.reset_after,
            seed=next(seeds),
            name=f"recurrent_{place + 1}",
        )
        hidden = layer(hidden)
    return hidden


def _normalise(keras: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, name=name)
