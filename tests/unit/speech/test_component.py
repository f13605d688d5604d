from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.home.tasks.speech import networks
from edge_aibench.scenarios.home.tasks.speech.component import FLOPS_OF_10_S, component
from edge_aibench.scenarios.home.tasks.speech.shapes import shape_of
from edge_aibench.scenarios.home.tasks.speech.task import SPEECH

FRAMES_OF_10_S = 1_000


def counted(function: Any, *shapes: tuple[int, ...]) -> int:
    """The floating point operations of a function, by TensorFlow's profiler."""
    tf = import_tensorflow()
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    signature = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    traced = tf.function(function, input_signature=signature, autograph=False)
    graph = traced.get_concrete_function().graph
    counts = profiler.profile(graph=graph, options=options.with_empty_output().build())
    return int(counts.total_float_ops)


@pytest.mark.parametrize("preset", list(FLOPS_OF_10_S))
def test_the_work_is_what_the_profiler_counts(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    # Orthogonal matrices of the large presets take seconds; a count needs none.
    monkeypatch.setattr(keras.initializers, "Orthogonal", lambda **_: keras.initializers.Zeros())
    shape = shape_of(preset)
    model = networks.build(preset, 0)
    outside_loops = counted(
        lambda features: model(features, training=False), (1, FRAMES_OF_10_S, shape.bins)
    )
    in_loops = 0
    for place in range(shape.layers):
        layer = model.get_layer(f"recurrent_{place + 1}")
        step = counted(
            lambda projected, state, layer=layer: layer.frame_step()(projected, state),
            (2, 3 * shape.units),
            (2, shape.units),
        )
        in_loops += step * shape.output_frames(FRAMES_OF_10_S)
    assert outside_loops + in_loops == FLOPS_OF_10_S[preset]
    assert f"{FLOPS_OF_10_S[preset]:,}" in component().presets[preset].flops_note


def test_the_work_of_the_published_network_is_that_of_its_layers() -> None:
    # Multiply-adds of 1000 frames by hand, two operations each: the convolutions give 500 x 81
    # and 250 x 81 places, the recurrent layers 250 frames of two directions.
    convolutions = 500 * 81 * 41 * 11 * 32 + 250 * 81 * 21 * 11 * 32 * 32
    recurrent = 250 * 2 * 2_400 * (81 * 32 + 4 * 1_600 + 5 * 800)
    expected = 2 * (convolutions + recurrent + 250 * 1_600 * 29)
    assert FLOPS_OF_10_S["reference"] == pytest.approx(expected, rel=0.01)


def test_the_parts_fit_together(home: Path) -> None:
    parts = component()
    assert parts.task is SPEECH
    assert parts.task.parameters == {
        name: preset.parameters for name, preset in parts.presets.items()
    }
    assert parts.headline in SPEECH.metrics
    assert parts.lower_is_better
    sample = parts.data.open(home, split="test")[0]
    processing = parts.processing("lite")
    rows = processing.preprocess(sample.raw)
    assert rows[0].shape[2] == parts.presets["lite"].inputs[0].shape[1]
    logits = parts.build("lite", 1)(rows[0]).numpy()
    assert logits.shape[2] == parts.presets["lite"].outputs[0].shape[1]
    answer = processing.postprocess((logits,), sample.raw)
    assert json.loads(json.dumps(processing.describe(answer))) == {"transcript": answer}
    rates = parts.judge(parts.data.open(home, split="test"), [(sample, answer)])
    assert 0.0 < rates["wer"] < np.inf  # nobody trained it


def test_a_recording_of_ones_own_is_read(home: Path) -> None:
    parts = component()
    sample = parts.data.open(home, split="test")[0]
    assert parts.read is not None
    assert np.array_equal(parts.read(home / sample.name).samples, sample.raw.samples)
