"""One contract for every runtime: the shipped networks, in LiteRT and in TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.inference.load import load_predictor, load_streaming_predictor
from edge_aibench.inference.predictor import Predictor, StreamingPredictor
from edge_aibench.tasks.registry import get_task

RUNTIMES = ("litert", "tensorflow")
TASKS = ("death", "decompensation", "heart-failure")
STREAMING = ("decompensation", "heart-failure")
EQUAL_WITHIN = 1e-5

Windows = Callable[[str, str], Predictor]
Streams = Callable[[str, str], StreamingPredictor]


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Predictors by task and runtime, each loaded once."""
    loaded: dict[tuple[str, str], Predictor] = {}

    def get(task: str, runtime: str) -> Predictor:
        if (task, runtime) not in loaded:
            loaded[task, runtime] = load_predictor(task, runtime=runtime)
        return loaded[task, runtime]

    return get


@pytest.fixture(scope="module")
def streams() -> Streams:
    loaded: dict[tuple[str, str], StreamingPredictor] = {}

    def get(task: str, runtime: str) -> StreamingPredictor:
        if (task, runtime) not in loaded:
            loaded[task, runtime] = load_streaming_predictor(task, runtime=runtime)
        return loaded[task, runtime]

    return get


def window(steps: int, *, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(steps, 76)).astype(np.float32)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("task", TASKS)
def test_outputs_are_probabilities_of_the_named_kind(
    windows: Windows, task: str, runtime: str
) -> None:
    prediction = windows(task, runtime).predict(window(48))
    assert prediction.dtype == np.float32
    assert prediction.shape == (len(get_task(task).outputs),)
    assert ((prediction > 0) & (prediction < 1)).all()
    assert get_task(task).probability(prediction) in prediction


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [1, 2, 7, 24, 47, 48, 60])
def test_the_runtimes_agree_for_windows_of_any_length(
    windows: Windows, task: str, steps: int
) -> None:
    features = window(steps, seed=steps)
    light, full = (windows(task, runtime).predict(features) for runtime in RUNTIMES)
    assert np.abs(light - full).max() < EQUAL_WITHIN


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_depends_on_its_window_alone(
    windows: Windows, task: str, runtime: str
) -> None:
    predictor = windows(task, runtime)
    first = predictor.predict(window(48))
    for steps in (5, 48, 1):
        predictor.predict(window(steps, seed=9))
    assert np.array_equal(predictor.predict(window(48)), first)
    assert not np.array_equal(predictor.predict(window(48, seed=1)), first)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("task", STREAMING)
def test_streaming_equals_the_growing_window(
    windows: Windows, streams: Streams, task: str, runtime: str
) -> None:
    features = window(48)
    stream, whole = streams(task, runtime), windows(task, runtime)
    state = stream.initial_state()
    for hour, row in enumerate(features, start=1):
        prediction, state = stream.step(state, row)
        assert np.abs(prediction - whole.predict(features[:hour])).max() < EQUAL_WITHIN


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("task", STREAMING)
def test_states_belong_to_their_patients(streams: Streams, task: str, runtime: str) -> None:
    """Two patients served in turn get what each would get alone."""
    stream = streams(task, runtime)

    def alone(seed: int) -> NDArray[np.float32]:
        state = stream.initial_state()
        for row in window(6, seed=seed):
            prediction, state = stream.step(state, row)
        return prediction

    expected = [alone(1), alone(2)]
    states = [stream.initial_state(), stream.initial_state()]
    for rows in zip(window(6, seed=1), window(6, seed=2), strict=True):
        before = [tuple(part.copy() for part in state) for state in states]
        results = [stream.step(state, row) for state, row in zip(states, rows, strict=True)]
        for old, state in zip(before, states, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(old, state, strict=True))
        states = [state for _, state in results]
    assert all(np.array_equal(r[0], e) for r, e in zip(results, expected, strict=True))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("shape", [(0, 76), (48, 75), (76,), (1, 48, 76)])
def test_other_shapes_are_refused(windows: Windows, runtime: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="steps, 76"):
        windows("death", runtime).predict(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_other_steps_and_states_are_refused(streams: Streams, runtime: str) -> None:
    stream = streams("decompensation", runtime)
    with pytest.raises(ConfigError, match="features"):
        stream.step(stream.initial_state(), np.zeros(75, dtype=np.float32))
    with pytest.raises(ConfigError, match="state"):
        stream.step(stream.initial_state()[:1], np.zeros(76, dtype=np.float32))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_bidirectional_network_cannot_stream(runtime: str) -> None:
    with pytest.raises(ConfigError, match="both directions"):
        load_streaming_predictor("death", runtime=runtime)


def test_unknown_runtimes_presets_and_tasks_are_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean litert"):
        load_predictor("death", runtime="litrt")
    with pytest.raises(ConfigError, match="did you mean reference"):
        load_predictor("death", preset="referance")
    with pytest.raises(ConfigError, match="did you mean decompensation"):
        load_predictor("decompensatoin")
    with pytest.raises(ConfigError, match="threads"):
        load_predictor("death", threads=0)


def test_the_light_runtime_imports_no_tensorflow() -> None:
    code = (
        "import sys, numpy as np\n"
        "from edge_aibench.inference.load import load_predictor\n"
        "p = load_predictor('death').predict(np.zeros((3, 76), np.float32))\n"
        "assert 'ai_edge_litert' in sys.modules\n"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'safetensors')))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
