"""Sizes against the published ones, and the lite network outside its framework."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.home.tasks.face.component import component
from edge_aibench.scenarios.home.tasks.face.data import FaceSamples
from edge_aibench.scenarios.home.tasks.face.networks import build, build_for
from edge_aibench.tasks.keras_state import model_arrays


def convolutions(*layers: tuple[int, int, int]) -> int:
    """Weights of convolutions given as (inputs, outputs, kernel elements), without biases."""
    return sum(inputs * outputs * elements for inputs, outputs, elements in layers)


def normalised(*layers: tuple[int, int, int]) -> int:
    """The same with one shift an output, as a batch normalisation without scale adds."""
    return convolutions(*layers) + sum(outputs for _, outputs, _ in layers)


def inception_resnet_parameters(embedding: int) -> int:
    stem = normalised(
        (3, 32, 9), (32, 32, 9), (32, 64, 9), (64, 80, 1), (80, 192, 9), (192, 256, 9)
    )
    block_35 = normalised(
        (256, 32, 1), (256, 32, 1), (32, 32, 9), (256, 32, 1), (32, 32, 9), (32, 32, 9)
    ) + (96 * 256 + 256)  # fmt: skip
    reduction_a = normalised((256, 384, 9), (256, 192, 1), (192, 192, 9), (192, 256, 9))
    block_17 = normalised(
        (896, 128, 1), (896, 128, 1), (128, 128, 7), (128, 128, 7)
    ) + (256 * 896 + 896)  # fmt: skip
    reduction_b = normalised(
        (896, 256, 1), (256, 384, 9), (896, 256, 1), (256, 256, 9),
        (896, 256, 1), (256, 256, 9), (256, 256, 9),
    )  # fmt: skip
    block_8 = normalised(
        (1792, 192, 1), (1792, 192, 1), (192, 192, 3), (192, 192, 3)
    ) + (384 * 1792 + 1792)  # fmt: skip
    bottleneck = normalised((1792, embedding, 1))
    return (
        stem + 5 * block_35 + reduction_a + 10 * block_17 + reduction_b + 6 * block_8 + bottleneck
    )


def sphereface_parameters(
    widths: tuple[int, ...], *, pixels: int, embedding: int, norm: bool
) -> int:
    total, inputs = 0, 3
    for width, pairs in zip(widths, (1, 2, 4, 1), strict=True):
        total += convolutions((inputs, width, 9)) + width
        total += 2 * pairs * convolutions((width, width, 9)) + (2 * pairs + 1) * width
        inputs = width
    total += widths[-1] * pixels * embedding + embedding
    return total + 2 * embedding * norm


@functools.cache
def built(preset: str) -> Any:
    return build(preset, 0)


def trainable(model: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("preset", "by_hand", "published_millions"),
    [
        # davidsandberg/facenet, 512 values, without the classifier
        ("reference", inception_resnet_parameters(512), 23.5),
        # Liu et al. 2017, 20 layers, 112 x 96
        (
            "sphereface",
            sphereface_parameters((64, 128, 256, 512), pixels=7 * 6, embedding=512, norm=False),
            22.7,
        ),
        # yule-li/CosFace, 112 x 112, 1024 values
        (
            "sphereface-edge-aibench",
            sphereface_parameters((64, 128, 256, 512), pixels=7 * 7, embedding=1024, norm=True),
            37.3,
        ),
    ],
)
def test_published_presets_have_the_published_number_of_parameters(
    preset: str, by_hand: int, published_millions: float
) -> None:
    counted = trainable(built(preset))
    assert counted == by_hand
    assert round(counted / 1e6, 1) == published_millions
    assert component().presets[preset].parameters == counted
    assert component().task.parameters[preset] == counted


def test_other_presets_state_what_they_have() -> None:
    presets = component().presets
    assert presets["facenet-128"].parameters == inception_resnet_parameters(128)
    by_hand = sphereface_parameters((16, 24, 48, 96), pixels=4 * 4, embedding=96, norm=True)
    assert presets["lite"].parameters == by_hand == trainable(built("lite"))
    assert sum(array.nbytes for array in model_arrays(built("lite")).values()) <= 2_400_000


def profiled_flops(model: Any) -> int:
    tf = import_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    row = tf.TensorSpec([1, *model.input_shape[1:]], tf.float32)
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(row)
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    graph = convert_variables_to_constants_v2(function).graph
    return int(tf.compat.v1.profiler.profile(graph=graph, options=options).total_float_ops)


@pytest.mark.parametrize(("preset", "published_gflops"), [("lite", None), ("sphereface", 3.50)])
def test_the_stated_work_is_the_profilers(preset: str, published_gflops: float | None) -> None:
    counted = profiled_flops(built(preset))
    assert component().presets[preset].flops == counted
    if published_gflops is not None:
        assert counted / 1e9 == pytest.approx(published_gflops, abs=0.005)


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (model_arrays(build("lite", seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["stage1_reduce/kernel"], other["stage1_reduce/kernel"])


def test_dropout_for_training_changes_no_name() -> None:
    with_dropout = build_for("reference", 0, dropout=0.2)
    assert any("dropout" in layer.name for layer in with_dropout.layers)
    assert model_arrays(with_dropout).keys() == model_arrays(built("reference")).keys()


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean sphereface"):
        build("spherface", 0)


def test_litert_gives_what_keras_gives(lfw_faces: FaceSamples) -> None:
    tf = import_tensorflow()
    from ai_edge_litert.interpreter import Interpreter

    model = build("lite", 3)
    # Moving averages as training leaves them, so that folding them in is put to the test.
    rng = np.random.default_rng(0)
    moving = [variable for variable in model.variables if "moving" in variable.path]
    for variable in moving:
        variable.assign(rng.uniform(0.01, 0.1, variable.shape))
    assert len(moving) == 2
    rows = component().processing("lite").preprocess(lfw_faces[0].raw)[0]
    function = tf.function(lambda x: model(x, training=False), autograph=False)
    concrete = function.get_concrete_function(tf.TensorSpec([1, 64, 64, 3], tf.float32))
    module = tf.Module()
    module.function = function
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    interpreter = Interpreter(model_content=converter.convert(), num_threads=1)
    interpreter.allocate_tensors()
    native = function(rows).numpy()
    exported = []
    for row in rows:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], row[np.newaxis])
        interpreter.invoke()
        exported.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    operations = {detail["op_name"] for detail in interpreter._get_ops_details()}
    assert operations <= {"ADD", "CONV_2D", "DELEGATE", "FULLY_CONNECTED", "PRELU", "RESHAPE"}
    assert np.abs(native).max() > 0.01
    np.testing.assert_allclose(np.stack(exported), native, atol=1e-4)
