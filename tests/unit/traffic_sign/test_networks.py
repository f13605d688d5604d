from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.capsules import route, squash
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.component import component
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.networks import build, build_decoder
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.processing import SignProcessing

COMPONENT = component()


def count(model: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def profiled_flops(model: Any) -> int:
    traced = tf.function(lambda image: model(image, training=False), autograph=False)
    graph = traced.get_concrete_function(tf.TensorSpec((1, 32, 32, 3), tf.float32)).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    measured = profiler.profile(graph=graph, options=options.with_empty_output().build())
    return int(measured.total_float_ops)


@pytest.fixture(scope="module")
def lite() -> Any:
    """With transformations a hundred times the initial ones: capsules as long as trained ones."""
    model = build("lite", 3)
    (transformations,) = model.get_layer("class_capsules").trainable_variables
    transformations.assign(100 * transformations)
    return model


# Published: Edge AIBench's network, 36.94 M weights with its decoder; Sabour's, on 32 x 32 x 3 and
# 43 classes, 16.6 M, and 20.7 M with its decoder. The shapes say the same:
# 9*9*3*256+256 + 5*5*256*256+256 + 1600*43*32*16 = 36,926,720, and
# 9*9*3*256+256 + 9*9*256*256+256 + 2048*43*16*8 = 16,643,328.
# Convolutions and transformations alone are 0.470 and 0.774 GFLOP.
@pytest.mark.parametrize(
    ("preset", "parameters", "with_decoder", "published_flops"),
    [
        ("reference", 36_926_720, 36.94e6, 0.470e9),
        ("sabour", 16_643_328, 20.67e6, 0.774e9),
    ],
)
def test_the_published_networks_have_their_published_size(
    preset: str, parameters: int, with_decoder: float, published_flops: float
) -> None:
    model = build(preset, 0)
    assert count(model) == parameters == COMPONENT.preset(preset).parameters
    assert count(model) + count(build_decoder(preset, 0)) == pytest.approx(with_decoder, rel=2e-4)
    flops = profiled_flops(model)
    assert flops == COMPONENT.preset(preset).flops
    # What is above the published figure is squashing, biases and routing.
    assert 1.0 < flops / published_flops < 1.02


def test_the_lite_network_fits_its_budget(lite: Any) -> None:
    assert count(lite) == COMPONENT.preset("lite").parameters
    assert count(lite) * 4 <= 2_000_000
    assert profiled_flops(lite) == COMPONENT.preset("lite").flops


def test_presets_say_what_goes_in_and_out(lite: Any) -> None:
    preset = COMPONENT.preset("lite")
    assert lite.input_shape == (None, *preset.inputs[0].shape)
    assert lite.output_shape == (None, *preset.outputs[0].shape)


def test_an_unknown_preset_is_refused() -> None:
    for use in (lambda name: COMPONENT.build(name, 0), COMPONENT.processing, COMPONENT.preset):
        with pytest.raises(ConfigError, match="lite"):
            use("light")


def test_the_seed_decides_the_weights() -> None:
    one, same, other = build("lite", 3), build("lite", 3), build("lite", 4)
    for mine, theirs in zip(one.weights, same.weights, strict=True):
        assert mine.path == theirs.path
        assert np.array_equal(mine.numpy(), theirs.numpy())
    assert any(
        not np.array_equal(mine.numpy(), theirs.numpy())
        for mine, theirs in zip(one.weights, other.weights, strict=True)
    )


def test_squash_by_hand() -> None:
    # Length 5 becomes 25/26, length 1 a half; directions stay.
    squashed = np.array(squash(tf.constant([[3.0, 4.0], [0.0, -1.0], [0.0, 0.0]])))
    expected = [[3 / 5 * 25 / 26, 4 / 5 * 25 / 26], [0.0, -0.5], [0.0, 0.0]]
    assert squashed == pytest.approx(np.array(expected), abs=1e-5)


def routed_literally(votes: NDArray[np.float64], iterations: int) -> NDArray[np.float64]:
    """Procedure 1 of Sabour et al. for one image: votes (capsules, classes, dimensions).

    Squared lengths are 1e-4 longer, as the network's are.
    """
    capsules, classes, _ = votes.shape
    logits = np.zeros((capsules, classes))
    outcomes = np.zeros(votes.shape[1:])
    for _ in range(iterations):
        for j in range(classes):
            summed = np.zeros(votes.shape[2])
            for i in range(capsules):
                coupling = np.exp(logits[i, j]) / np.exp(logits[i]).sum()
                summed += coupling * votes[i, j]
            length = np.sqrt((summed**2).sum() + 1e-4)
            outcomes[j] = length**2 / (1 + length**2) * summed / length
        for i in range(capsules):
            for j in range(classes):
                logits[i, j] += votes[i, j] @ outcomes[j]
    return outcomes


@pytest.mark.parametrize("iterations", [1, 2, 3, 5])
def test_routing_follows_the_published_procedure(iterations: int) -> None:
    votes = np.random.default_rng(iterations).normal(0, 1, (2, 6, 4, 3))
    ours = np.array(
        route(tf.constant(votes.transpose(0, 2, 1, 3), tf.float32), iterations=iterations)
    )
    for image, outcome in zip(votes, ours, strict=True):
        assert outcome == pytest.approx(routed_literally(image, iterations), abs=1e-5)


def test_an_answer_does_not_depend_on_the_other_images(lite: Any) -> None:
    images = np.random.default_rng(0).random((3, 32, 32, 3), dtype=np.float32)
    together = np.array(lite(images, training=False))
    for image, lengths in zip(images, together, strict=True):
        assert np.array(lite(image[np.newaxis], training=False))[0] == pytest.approx(
            lengths, abs=1e-6
        )


@pytest.mark.parametrize("preset", ["lite", "sabour"])
def test_the_decoder_draws_from_the_chosen_class_alone(preset: str) -> None:
    decoder = build_decoder(preset, 0)
    rng = np.random.default_rng(1)
    capsules = rng.normal(0, 1, decoder.input_shape[0][1:]).astype(np.float32)
    others_changed = capsules + 1
    others_changed[5] = capsules[5]
    chosen = np.eye(43, dtype=np.float32)[[5, 5, 6]]
    drawn = np.array(decoder([np.stack([capsules, others_changed, capsules]), chosen]))
    assert drawn.shape == (3, 32, 32, 3)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@pytest.fixture(scope="module")
def converted(lite: Any) -> bytes:
    content: bytes = tf.lite.TFLiteConverter.from_keras_model(lite).convert()
    return content


@pytest.mark.parametrize("rows", [1, 4])
def test_litert_answers_as_the_network_does(
    lite: Any, converted: bytes, signs_root: Path, rows: int
) -> None:
    split = GtsrbLayout().open(signs_root, split="test")
    processing = SignProcessing()
    images = np.concatenate([processing.preprocess(split[i].raw)[0] for i in range(rows)])
    interpreter = Interpreter(model_content=converted, num_threads=1)
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
    interpreter.invoke()
    answers = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert answers == pytest.approx(np.array(lite(images, training=False)), abs=1e-4)
    assert answers.max() > 0.05
