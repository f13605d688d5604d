"""The networks' shapes against the published numbers and Keras' own layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech import networks
from edge_aibench.scenarios.home.tasks.speech.component import component
from edge_aibench.scenarios.home.tasks.speech.shapes import SHAPES, shape_of


@pytest.fixture(scope="module")
def lite() -> Any:
    return networks.build("lite", 7)


def trainable(model: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("preset", "published"),
    # 62.7 and 41.2 million; worked out digit by digit from the layers of tensorflow/models and
    # of SeanNaren's deepspeech.pytorch in the task's README.
    [("reference", 62_699_133), ("edge-aibench", 41_187_968)],
)
def test_parameters_are_those_published(
    preset: str, published: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    # Orthogonal matrices of this size take seconds; a count needs none.
    monkeypatch.setattr(keras.initializers, "Orthogonal", lambda **_: keras.initializers.Zeros())
    assert trainable(networks.build(preset, 0)) == published
    assert component().presets[preset].parameters == published


def test_lite_is_small_enough_to_ship(lite: Any) -> None:
    assert trainable(lite) == component().presets["lite"].parameters
    assert 4 * lite.count_params() <= 4_000_000


@pytest.mark.parametrize("preset", list(SHAPES))
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 98, 99])
def test_the_frames_that_leave_are_counted_right(preset: str, frames: int) -> None:
    # A kernel of size k over n values padded by (k - 1) / 2 has (n - 1) // stride + 1 places.
    strides = {"reference": (2, 2), "edge-aibench": (2, 1), "lite": (3, 1)}[preset]
    expected = frames
    for stride in strides:
        expected = len(range(0, expected, stride))
    assert shape_of(preset).output_frames(frames) == expected


@pytest.mark.parametrize("frames", [1, 2, 31, 50])
def test_logits_have_a_row_for_each_frame_that_leaves(lite: Any, frames: int) -> None:
    logits = lite(np.zeros((2, frames, 80), dtype=np.float32))
    assert logits.shape == (2, shape_of("lite").output_frames(frames), 29)


def test_the_seed_decides_the_weights(lite: Any) -> None:
    again, other = networks.build("lite", 7), networks.build("lite", 8)
    for ours, same, another in zip(lite.weights, again.weights, other.weights, strict=True):
        assert np.array_equal(ours.numpy(), same.numpy())
        if "kernel" in ours.path:
            assert not np.array_equal(ours.numpy(), another.numpy())


def test_no_two_layers_begin_alike(lite: Any) -> None:
    kernels = [w.numpy() for w in lite.weights if w.path.endswith(("_kernel", "_recurrent"))]
    for place, kernel in enumerate(kernels):
        assert not any(
            kernel.shape == other.shape and np.array_equal(kernel, other)
            for other in kernels[place + 1 :]
        )


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("merge", ["sum", "concat"])
def test_the_recurrent_layer_is_keras_own(reset_after: bool, merge: str) -> None:
    import keras

    from edge_aibench.scenarios.home.tasks.speech.recurrent import BidirectionalGRU

    inputs = np.random.default_rng(1).normal(size=(3, 11, 5)).astype(np.float32)
    layer = BidirectionalGRU(7, merge=merge, reset_after=reset_after, seed=1)
    layer.build(inputs.shape)
    for bias in layer.biases:
        bias.assign(np.random.default_rng(2).normal(size=bias.shape))
    gru = keras.layers.GRU(7, return_sequences=True, reset_after=reset_after)
    oracle = keras.layers.Bidirectional(gru, merge_mode={"sum": "sum", "concat": "concat"}[merge])
    oracle.build(inputs.shape)
    parts = zip(layer.kernels, layer.recurrent_kernels, layer.biases, strict=True)
    oracle.set_weights([weight.numpy() for part in parts for weight in part])
    expected = oracle(inputs).numpy()
    for training in (True, False):
        found = layer(inputs, training=training).numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean lite"):
        networks.build("light", 0)
