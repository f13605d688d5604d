"""Both parts of exported networks give what the whole gives: small ones by hand, then all real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.cutting.crossing import Activation
from edge_aibench.inference.cutting.litert_parts import LiteRTNetwork
from edge_aibench.inference.cutting.measure import example_samples, measure_cuts, payload_bytes
from edge_aibench.inference.cutting.onnx_parts import OnnxNetwork
from edge_aibench.inference.cutting.parts import CutNetwork, RestProcessing, cut_network
from edge_aibench.inference.export_litert import export_litert
from edge_aibench.inference.export_onnx import export_onnx
from edge_aibench.inference.pipeline import get_component, open_model
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.tasks.component import Preset, Session, TensorSpec

PRESET = Preset(
    parameters=9,
    flops=None,
    inputs=(TensorSpec(name="series", shape=(3,)),),
    outputs=(TensorSpec(name="sums", shape=(2,)),),
)
A = np.array([[1.0, -2.0, 0.0], [0.0, 3.0, 1.0]], dtype=np.float32)
B = np.array([[2.0, 1.0], [-1.0, 4.0]], dtype=np.float32)
SERIES = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, -2.0]], dtype=np.float32)
# max(A s, 0) = (0, 9) and (1, 0); B of that.
HIDDEN = np.array([[0.0, 9.0], [1.0, 0.0]], dtype=np.float32)
SUMS = np.array([[9.0, 36.0], [2.0, -1.0]], dtype=np.float32)


def torch_network() -> Any:
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(3, 2, bias=False)
            self.bend = torch.nn.ReLU()
            self.second = torch.nn.Linear(2, 2, bias=False)
            self.first.weight = torch.nn.Parameter(torch.from_numpy(A.copy()))
            self.second.weight = torch.nn.Parameter(torch.from_numpy(B.copy()))

        def forward(self, series: torch.Tensor) -> torch.Tensor:
            hidden = self.bend(self.first(series))
            # The number of rows, looked up from the input, is needed behind the cut as well.
            rows: torch.Tensor = self.second(hidden).view(series.shape[0], 2)
            return rows

    return Network()


def keras_network() -> Any:
    import keras

    series = keras.Input((3,), name="series")
    hidden = keras.layers.Dense(2, use_bias=False, activation="relu", name="first")(series)
    model = keras.Model(series, keras.layers.Dense(2, use_bias=False, name="second")(hidden))
    model.get_layer("first").set_weights([A.T])
    model.get_layer("second").set_weights([B.T])
    return model


Parts = tuple[OnnxNetwork | LiteRTNetwork, str]
NETWORKS: dict[str, Callable[[], Parts]] = {
    "onnxruntime": lambda: (OnnxNetwork(export_onnx(torch_network(), PRESET), PRESET), "bend"),
    "litert": lambda: (LiteRTNetwork(export_litert(keras_network(), PRESET), PRESET), "first"),
}


@pytest.mark.parametrize("runtime", sorted(NETWORKS))
def test_a_small_network_is_cut_behind_its_first_layer(runtime: str) -> None:
    network, layer = NETWORKS[runtime]()
    cut = next(cut for cut in network.cuts if cut.after == layer)
    assert (cut.spec.shape, cut.spec.dtype) == ((2,), "float32")
    # Of the numbers that are multiplied with 6 are in front, 4 behind.
    assert cut.parameters == pytest.approx(0.6)
    front = open_model(network.front(cut), replace(PRESET, outputs=(cut.spec,)), runtime=runtime)
    rest = open_model(network.rest(cut), replace(PRESET, inputs=(cut.spec,)), runtime=runtime)
    (hidden,) = front.run((SERIES,))
    np.testing.assert_allclose(hidden, HIDDEN, atol=1e-6)
    (sums,) = rest.run((hidden,))
    np.testing.assert_allclose(sums, SUMS, atol=1e-6)
    (one,) = rest.run((hidden[1:],))
    np.testing.assert_allclose(one, SUMS[1:], atol=1e-6)


class Doubling:
    """Processing that doubles a sample, and gives the sum of outputs with the sample's shape."""

    def preprocess(self, raw: Any, /) -> tuple[Any, ...]:
        return (2 * raw[np.newaxis],)

    def postprocess(self, outputs: tuple[Any, ...], raw: Any, /) -> Any:
        return float(outputs[0].sum()), raw.shape

    def describe(self, answer: Any, /) -> dict[str, Any]:
        return {"answer": answer}


class Adding:
    """A front that adds one."""

    def run(self, inputs: tuple[Any, ...], /) -> tuple[Any, ...]:
        return tuple(array + 1 for array in inputs)


def test_the_rest_takes_activations_and_whole_samples() -> None:
    opened: list[Session] = []

    def open_front() -> Session:
        opened.append(Adding())
        return opened[-1]

    processing = RestProcessing(Doubling(), open_front)
    sample = np.array([1.0, 2.0])
    # 2 s + 1, by the front on the spot: loaded once.
    for _ in range(2):
        np.testing.assert_array_equal(processing.preprocess(sample)[0], [[3.0, 5.0]])
    assert len(opened) == 1
    rows = np.array([[7.0]])
    activation = Activation(rows, (360, 640, 3))
    assert processing.preprocess(activation)[0] is rows
    assert processing.postprocess((rows,), activation) == (7.0, (360, 640, 3))
    # The front is let go of with the first activation, and loaded anew if it is needed again.
    processing.preprocess(sample)
    assert len(opened) == 2
    assert processing.describe(3) == {"answer": 3}


# Task, cut, how many there are, and the bytes of its activation for one sample: the numbers of
# its rows (both ways round for faces and people), 4 bytes each, and 46 of headers: 26 and 4 for
# each dimension of the activation but its rows, and of the sample but its first.
REAL = [
    ("lane-detection", "initial.out.1", 1, 46 + 4 * 8 * 64 * 128),
    ("traffic-sign", "primary_convolution", 5, 46 + 4 * 5 * 5 * 48),
    ("person-reid", "backbone.11", 19, 46 + 2 * 4 * 192 * 8 * 4),
    ("face", "stage3_pair4_add", 13, 46 + 2 * 4 * 8 * 8 * 48),
    # The first generated video has 29 frames: two clips of 16.
    ("action", "stages.2.0", 11, 54 + 2 * 4 * 32 * 2 * 4 * 4),
]
CUTTABLE = ["action", "face", "lane-detection", "person-reid", "speech", "traffic-sign"]


def real_network(task: str, precision: str = "float32") -> CutNetwork:
    return cut_network(get_component(task), NetworkChoice(preset="lite", precision=precision))


def agree(network: CutNetwork, after: str) -> None:
    """Whole and parts on two rows of drawn numbers, equal to 1e-5 of the largest output."""
    rng = np.random.default_rng(5)
    inputs = tuple(
        rng.uniform(-1, 1, (2, *(37 if size is None else size for size in spec.shape))).astype(
            spec.dtype
        )
        for spec in network.preset.inputs
    )
    cut = network.cut(after)
    wanted = network.whole().run(inputs)
    activation = network.front(cut).run(inputs)
    assert len(activation) == 1
    assert activation[0].shape[0] == 2
    assert activation[0].dtype == cut.spec.dtype
    found = network.rest(cut).run(activation)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * max(1.0, float(np.abs(other).max())))


@pytest.mark.parametrize(("task", "after", "count", "size"), REAL)
def test_a_real_network_in_two_parts(task: str, after: str, count: int, size: int) -> None:
    network = real_network(task)
    assert len(network.cuts) == count
    agree(network, after)
    samples = example_samples(network)[:1]
    assert payload_bytes(network, network.cut(after), samples) == size


def test_a_network_for_sound_is_cut_at_any_length() -> None:
    network = real_network("speech")
    assert network.cut("one_row").spec.shape == (None, 240)
    agree(network, "one_row")
    agree(network, "recurrent_1")


def test_numbers_of_8_bits_travel_where_the_network_has_them() -> None:
    for task, after in (("traffic-sign", "primary_convolution"), ("action", "stages.2.0")):
        network = real_network(task, "int8")
        assert network.cut(after).spec.dtype in {"int8", "uint8"}
        agree(network, after)


def test_parameters_rise_from_cut_to_cut() -> None:
    for task in ("face", "person-reid"):
        shares = [cut.parameters for cut in real_network(task).cuts]
        assert shares == sorted(shares)
        assert 0 < shares[0] < 0.1 < shares[-1] <= 1


@pytest.mark.long
@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("task", CUTTABLE)
def test_every_cut_of_every_network(task: str, precision: str) -> None:
    network = real_network(task, precision)
    for cut in network.cuts:
        agree(network, cut.after)


def test_what_cannot_be_cut_says_why() -> None:
    with pytest.raises(ConfigError, match="no cut of this name") as caught:
        real_network("traffic-sign").cut("primary_capsule")
    assert "primary_capsules" in str(caught.value)
    with pytest.raises(ConfigError, match="in a way of its own"):
        cut_network(get_component("death"), NetworkChoice(preset="reference"))
    with pytest.raises(ConfigError, match="in which they are deployed"):
        cut_network(get_component("lane-detection"), NetworkChoice(preset="lite", runtime="torch"))


def test_measuring_gives_calls_of_both_parts() -> None:
    network = real_network("traffic-sign")
    told: list[tuple[int, int]] = []
    measured = measure_cuts(
        network,
        example_samples(network)[:2],
        calls=3,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(number, 5) for number in range(1, 6)]
    assert [cut.cut for cut in measured.cuts] == list(network.cuts)
    assert len(measured.whole_s) == 3
    for cut in measured.cuts:
        assert len(cut.front_s) == len(cut.rest_s) == 3
        assert min(*cut.front_s, *cut.rest_s) > 0
        # A part's file is smaller than the whole network's, and no part is empty.
        assert 0 < cut.front_bytes < measured.whole_bytes + 10_000
        assert 0 < cut.rest_bytes < measured.whole_bytes + 10_000
