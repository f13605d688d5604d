"""LiteRT gives what Keras gives, at every length, with builtin operators only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.inference.export_litert import export_litert
from edge_aibench.scenarios.home.tasks.speech import networks
from edge_aibench.scenarios.home.tasks.speech.component import component
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.processing import SpeechProcessing


@pytest.fixture(scope="module")
def model() -> Any:
    """A network whose averages are not those it begins with."""
    built = networks.build("lite", 3)
    rng = np.random.default_rng(1)
    for weight in built.weights:
        if weight.path.endswith(("moving_mean", "beta")):
            weight.assign(rng.normal(scale=0.2, size=weight.shape))
        if weight.path.endswith(("moving_variance", "gamma")):
            weight.assign(rng.uniform(0.5, 1.5, size=weight.shape))
    return built


@pytest.fixture(scope="module")
def interpreter(model: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    exported = export_litert(model, component().presets["lite"])
    return Interpreter(model_content=exported, num_threads=1)


def answer(interpreter: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, features.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, features)
    interpreter.invoke()
    logits: NDArray[np.float32] = interpreter.get_tensor(
        interpreter.get_output_details()[0]["index"]
    )
    return logits


def test_generated_speech_gives_the_same_logits(model: Any, interpreter: Any, home: Path) -> None:
    test = LibriSpeech().open(home, split="test")
    lengths = set()
    for index in range(6):
        (features,) = SpeechProcessing(bins=80).preprocess(test[index].raw)
        lengths.add(features.shape[1])
        expected = model(features, training=False).numpy()
        assert np.abs(expected).max() > 0.1
        np.testing.assert_allclose(answer(interpreter, features), expected, atol=1e-4)
    assert len(lengths) > 3


def test_several_rows_give_what_each_gives_alone(interpreter: Any) -> None:
    rows = np.random.default_rng(2).normal(size=(3, 41, 80)).astype(np.float32)
    together = answer(interpreter, rows)
    for row in range(3):
        np.testing.assert_allclose(
            together[row], answer(interpreter, rows[row : row + 1])[0], atol=1e-5
        )


def test_no_operator_needs_tensorflow(interpreter: Any) -> None:
    names = {operator["op_name"] for operator in interpreter._get_ops_details()}
    assert "WHILE" in names
    assert not any(name.startswith("Flex") for name in names)
