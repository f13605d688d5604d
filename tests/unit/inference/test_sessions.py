"""One contract for all runtimes, native and exported, on networks computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.inference import keras_session, torch_session
from edge_aibench.inference.export_litert import export_litert
from edge_aibench.inference.export_onnx import export_onnx, quantise_onnx
from edge_aibench.inference.keras_session import KerasSession
from edge_aibench.inference.litert_session import LiteRTSession
from edge_aibench.inference.onnx_session import OnnxSession
from edge_aibench.inference.torch_session import TorchSession
from edge_aibench.tasks.component import Preset, Session, TensorSpec

# Two inputs, one of any length; two outputs: mean over time times A, and the other plus one.
A = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 0.25]], dtype=np.float32)
PRESET = Preset(
    parameters=6,
    flops=None,
    inputs=(
        TensorSpec(name="series", shape=(None, 3)),
        TensorSpec(name="extra", shape=(4,)),
    ),
    outputs=(TensorSpec(name="mixed", shape=(2,)), TensorSpec(name="more", shape=(4,))),
)


def torch_network() -> Any:
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.matrix = torch.nn.Parameter(torch.from_numpy(A.copy()))

        def forward(self, series: torch.Tensor, extra: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return series.mean(dim=1) @ self.matrix, extra + 1

    return Network()


def keras_network() -> Any:
    import keras

    series, extra = keras.Input((None, 3), name="series"), keras.Input((4,), name="extra")
    mean = keras.layers.GlobalAveragePooling1D()(series)
    mixed = keras.layers.Dense(2, use_bias=False, name="matrix")(mean)
    model = keras.Model([series, extra], [mixed, keras.layers.Rescaling(1.0, 1.0)(extra)])
    model.get_layer("matrix").set_weights([A])
    return model


SESSIONS: dict[str, Callable[[], Session]] = {
    "torch": lambda: TorchSession(torch_network(), PRESET),
    "onnxruntime": lambda: OnnxSession(export_onnx(torch_network(), PRESET), PRESET),
    "tensorflow": lambda: KerasSession(keras_network(), PRESET),
    "litert": lambda: LiteRTSession(export_litert(keras_network(), PRESET), PRESET),
}


@pytest.fixture(scope="module", params=sorted(SESSIONS))
def session(request: pytest.FixtureRequest) -> Session:
    return SESSIONS[request.param]()


def inputs(rows: int, length: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(rows * 100 + length)
    return (
        rng.normal(size=(rows, length, 3)).astype(np.float32),
        rng.normal(size=(rows, 4)).astype(np.float32),
    )


# Growing and shrinking again: a runtime that plans for a shape must plan anew.
@pytest.mark.parametrize(("rows", "length"), [(1, 5), (3, 9), (1, 6), (2, 1)])
def test_outputs_are_what_the_network_computes(session: Session, rows: int, length: int) -> None:
    series, extra = inputs(rows, length)
    mixed, more = session.run((series, extra))
    assert np.allclose(mixed, series.mean(axis=1) @ A, atol=1e-5)
    assert np.allclose(more, extra + 1, atol=1e-6)


def test_outputs_belong_to_the_caller(session: Session) -> None:
    series, extra = inputs(1, 4)
    first = session.run((series, extra))[1].copy()
    kept = session.run((series, extra))[1]
    session.run((series, extra + 5))
    assert np.array_equal(kept, first)


def test_other_number_types_are_converted(session: Session) -> None:
    series, extra = inputs(2, 3)
    mixed, _ = session.run((series.astype(np.float64), extra.astype(np.float64)))
    assert np.allclose(mixed, series.mean(axis=1) @ A, atol=1e-5)


@pytest.mark.parametrize(
    "shapes",
    [
        [(1, 5, 3)],
        [(1, 5, 2), (1, 4)],
        [(5, 3), (1, 4)],
        [(2, 5, 3), (1, 4)],
        [(0, 5, 3), (0, 4)],
    ],
)
def test_inputs_of_another_shape_are_refused(
    session: Session, shapes: list[tuple[int, ...]]
) -> None:
    with pytest.raises(ConfigError):
        session.run(tuple(np.zeros(shape, np.float32) for shape in shapes))


def test_files_that_are_no_model_are_refused() -> None:
    with pytest.raises(ConfigError, match="must be an ONNX model"):
        OnnxSession(b"no model", PRESET)
    with pytest.raises(ConfigError, match="must be a LiteRT model"):
        LiteRTSession(b"no model", PRESET)


def test_no_runtime_has_zero_threads() -> None:
    for refused in (
        lambda: OnnxSession(b"", PRESET, threads=0),
        lambda: LiteRTSession(b"", PRESET, threads=0),
        lambda: keras_session.set_threads(0),
        lambda: torch_session.set_threads(0),
    ):
        with pytest.raises(ConfigError, match="at least 1"):
            refused()


def test_8_bits_come_close_and_take_less_room() -> None:
    """A layer of 256 x 256: a quarter of the bytes, each output within a few steps of 1/127."""
    import torch

    preset = Preset(
        parameters=256 * 257,
        flops=None,
        inputs=(TensorSpec(name="x", shape=(256,)),),
        outputs=(TensorSpec(name="y", shape=(256,)),),
    )
    rng = np.random.default_rng(1)
    network = torch.nn.Linear(256, 256)
    given = rng.uniform(-1, 1, (200, 256)).astype(np.float32)
    exported = export_onnx(network, preset)
    small = quantise_onnx(exported, preset, [(row[np.newaxis],) for row in given])
    assert len(small) < 0.4 * len(exported)
    exact = OnnxSession(exported, preset).run((given,))[0]
    close = OnnxSession(small, preset).run((given,))[0]
    assert 0 < np.abs(close - exact).max() < 0.05 * np.abs(exact).max()
