"""The yardstick network, and this machine's own time of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.errors import HostError, RunError
from edge_aibench.inference import yardstick
from edge_aibench.inference.export_onnx import export_onnx
from edge_aibench.inference.profile_file import Contention
from edge_aibench.inference.yardstick import (
    PRESET,
    MeasuredCalls,
    OwnYardstick,
    Store,
    measure_in_new_process,
    measure_network,
    own_yardstick,
)
from edge_aibench.tasks.component import Preset, TensorSpec

QUIET = Contention(contended=False, waiting_share=0.0, pressure=0.0, stolen_share=0.0)
BUSY = Contention(contended=True, waiting_share=0.5, pressure=0.5, stolen_share=0.0)


def calls(milliseconds: float, contention: Contention = QUIET) -> MeasuredCalls:
    wall_ns = [round(milliseconds * 1e6)] * 30
    return MeasuredCalls(wall_ns=wall_ns, cpu_ns=wall_ns, contention=contention)


def times(processor: str = "a processor", *, float32_ms: float = 56.0) -> OwnYardstick:
    return OwnYardstick(
        processor=processor, onnxruntime="1", float32=calls(float32_ms), int8=calls(20.0)
    )


@pytest.fixture(scope="module")
def network() -> Any:
    from edge_aibench.inference.resnet50 import build_resnet50

    return build_resnet50(0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, "Some Processor @ 2 GHz")


def published_parameters() -> int:
    """Table 1 of the paper, 50 layers: each convolution with a scale and a shift per channel."""

    def convolution(entry: int, exit_: int, side: int) -> int:
        return entry * exit_ * side**2 + 2 * exit_

    count = convolution(3, 64, 7)
    entry = 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        count += convolution(entry, 4 * width, 1)  # the shortcut of the first block
        for _ in range(blocks):
            count += convolution(entry, width, 1)
            count += convolution(width, width, 3)
            count += convolution(width, 4 * width, 1)
            entry = 4 * width
    return count + 2048 * 1000 + 1000


def test_the_network_is_the_published_one(network: Any) -> None:
    assert published_parameters() == 25_557_032
    assert sum(p.numel() for p in network.parameters()) == published_parameters()
    assert published_parameters() == PRESET.parameters


def test_version_1_5_strides_in_the_3x3(network: Any) -> None:
    import torch

    strided = [
        module.kernel_size
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Conv2d)
        and module.stride == (2, 2)
        and "shortcut" not in name
    ]
    assert strided == [(7, 7), (3, 3), (3, 3), (3, 3)]


def test_its_work_is_that_of_the_counted_multiplications(network: Any) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        logits = network(torch.zeros(1, 3, 224, 224))
    assert logits.shape == (1, 1000)
    assert counter.get_total_flops() == PRESET.flops


def test_the_seed_decides_the_weights(network: Any) -> None:
    import torch

    from edge_aibench.inference.resnet50 import build_resnet50

    same, other = build_resnet50(0), build_resnet50(1)
    assert torch.equal(network.stem.weight, same.stem.weight)
    assert not torch.equal(network.stem.weight, other.stem.weight)


def test_a_network_is_measured_warm_and_one_row_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    rows: list[int] = []
    from edge_aibench.inference.onnx_session import OnnxSession

    real = OnnxSession.run

    def run(self: OnnxSession, inputs: Any, /) -> Any:
        rows.append(len(inputs[0]))
        return real(self, inputs)

    monkeypatch.setattr(OnnxSession, "run", run)
    preset = Preset(
        parameters=0,
        flops=None,
        inputs=(TensorSpec(name="image", shape=(4,)),),
        outputs=(TensorSpec(name="logits", shape=(4,)),),
    )
    measured = measure_network(export_onnx(torch.nn.ReLU(), preset), preset, calls=30)
    assert len(measured.wall_ns) == len(measured.cpu_ns) == 30
    assert min(measured.wall_ns) > 0
    assert set(rows) == {1}
    assert len(rows) > 30


def test_the_median_is_what_counts() -> None:
    # 29 calls of 1 to 29 ms and two slow ones: the 16th of 31.
    wall_ns = [n * 1_000_000 for n in (*range(1, 30), 500, 900)]
    assert MeasuredCalls(wall_ns=wall_ns, cpu_ns=[], contention=QUIET).median_s == 0.016


def test_fewer_than_thirty_calls_are_no_measurement() -> None:
    with pytest.raises(ValueError, match="at least 30"):
        MeasuredCalls(wall_ns=[1] * 29, cpu_ns=[], contention=QUIET)


def test_a_time_for_each_precision() -> None:
    assert times().time_s("float32") == pytest.approx(0.056)
    assert times().time_s("int8") == pytest.approx(0.020)


@pytest.mark.parametrize("which", ["float32", "int8"])
def test_either_disturbance_counts(which: str) -> None:
    assert not times().contended
    assert times().model_copy(update={which: calls(1.0, BUSY)}).contended


def test_it_is_measured_once_and_kept(store: Store) -> None:
    asked: list[str] = []
    announced: list[bool] = []

    def measure(processor: str) -> OwnYardstick:
        asked.append(processor)
        return times(processor, float32_ms=50.0 + len(asked))

    def get(*, again: bool = False) -> OwnYardstick:
        return own_yardstick(
            store, again=again, measure=measure, announce=lambda: announced.append(True)
        )

    first, second = get(), get()
    assert first == second
    assert asked == ["Some Processor @ 2 GHz"]
    assert get(again=True).time_s("float32") == pytest.approx(0.052)
    assert get().time_s("float32") == pytest.approx(0.052)
    assert len(asked) == len(announced) == 2
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_a_damaged_file_is_measured_anew(store: Store) -> None:
    store.write(times())
    for damage in (b"{", b'{"format": 2}', b"\xff\xfe"):
        store.path.write_bytes(damage)
        assert store.read() is None
        assert own_yardstick(store, measure=times) == times(store.processor)


def test_the_file_is_of_one_processor_and_one_runtime(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = store.path.name
    assert name.startswith("resnet-50-some-processor-2-ghz-onnxruntime-")
    assert Store(store.cache, "Some Processor @ 3 GHz").path.name != name
    monkeypatch.setattr(yardstick, "_version", lambda _: "0.0")
    assert store.path.name != name


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "yardstick").write_text("a file")
    with pytest.raises(HostError, match="cannot be written") as caught:
        own_yardstick(Store(tmp_path, "x"), measure=times)
    assert caught.value.mend is not None
    assert "XDG_CACHE_HOME" in caught.value.mend


def test_a_process_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RunError, match="ended with 1") as caught:
        measure_in_new_process("x")
    assert caught.value.next_step is not None
    assert "'speed'" in caught.value.next_step


def test_what_a_process_prints_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both = {"float32": calls(3.0).model_dump(), "int8": calls(2.0).model_dump()}
    printed = json.dumps(both)
    program = tmp_path / "measure"
    program.write_text(f"#!/bin/sh\necho noise\necho '{printed}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    found = measure_in_new_process("a processor")
    assert (found.time_s("float32"), found.time_s("int8")) == (0.003, 0.002)
    assert found.processor == "a processor"
