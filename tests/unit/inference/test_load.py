from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.inference.load import load_predictor
from edge_aibench.inference.predictor import Predictor, StreamingPredictor
from edge_aibench.tasks.task import Task


class MeanPredictor:
    def predict(self, inputs: NDArray[np.float32], /) -> NDArray[np.float32]:
        mean: NDArray[np.float32] = inputs.mean(axis=0)
        return mean


class MeanLoader:
    """A user's network: no file, no framework."""

    runtimes = ("numpy",)

    def load(self, **_: object) -> Predictor:
        return MeanPredictor()

    def load_streaming(self, **_: object) -> StreamingPredictor:
        raise NotImplementedError


def task(factory: Callable[[], object]) -> Task:
    return Task(
        name="mean",
        title="Mean of a window",
        network="none",
        framework="NumPy",
        dataset="any",
        parameters={"reference": 0},
        metrics=(),
        outputs=("mean",),
        headline="mean",
        factory=factory,
    )


def test_a_users_task_is_loaded_by_its_own_factory() -> None:
    predictor = load_predictor(task(MeanLoader), runtime="numpy")
    assert predictor.predict(np.array([[1.0], [3.0]], dtype=np.float32)).tolist() == [2.0]


def test_its_runtimes_are_the_ones_it_names() -> None:
    with pytest.raises(ConfigError, match="known: numpy"):
        load_predictor(task(MeanLoader), runtime="litert")


def test_a_factory_that_gives_something_else_is_refused() -> None:
    with pytest.raises(ConfigError, match="NetworkLoader"):
        load_predictor(task(dict))
