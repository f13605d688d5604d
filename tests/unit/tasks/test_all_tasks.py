"""What every listed task must do, whatever it recognises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.pipeline import LoadedTask, get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.inference.session import RUNTIMES
from edge_aibench.tasks.component import TEST, TRAIN, VAL, Component
from edge_aibench.tasks.payload import encode_raw, encode_rows, parse_encoding
from edge_aibench.tasks.registry import get_task, task_names
from edge_aibench.tasks.task import REFERENCE

SCALE = 0.01
EQUAL_WITHIN = 1e-4
MAY_DIFFER = {"lane-detection": 5e-3}
"""ENet puts a pooled value back where its maximum was. Where two values of a window are equal but
for rounding, the runtimes may take different ones, and a few pixels around differ by more."""

NAMES = (
    "action",
    "death",
    "decompensation",
    "face",
    "heart-failure",
    "lane-detection",
    "person-reid",
    "speech",
    "traffic-sign",
)


@pytest.fixture(scope="module", params=NAMES)
def component(request: pytest.FixtureRequest) -> Component:
    return get_component(request.param)


@pytest.fixture(scope="module")
def root(component: Component, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / component.task.name
    component.data.write(root, seed=3, scale=SCALE)
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def smallest(component: Component) -> str:
    return min(component.presets, key=lambda name: component.presets[name].parameters)


def load(component: Component, runtime: str) -> LoadedTask:
    return load_task(component, NetworkChoice(preset=smallest(component), runtime=runtime))


def test_these_are_the_nine_tasks() -> None:
    assert task_names() == NAMES


def test_list_and_component_agree(component: Component) -> None:
    task = component.task
    assert get_task(task.name) is task
    assert {n: p.parameters for n, p in component.presets.items()} == dict(task.parameters)
    assert REFERENCE in component.presets
    assert component.headline in task.metrics


def test_splits_hold_different_samples(component: Component, root: Path) -> None:
    splits = {split: component.data.open(root, split=split) for split in (TRAIN, VAL, TEST)}
    names = {
        split: {samples[index].name for index in range(len(samples))}
        for split, samples in splits.items()
    }
    for split, samples in splits.items():
        assert 0 < len(samples) == len(names[split])
    assert not names[TRAIN] & names[VAL]
    assert not names[TRAIN] & names[TEST]
    assert not names[VAL] & names[TEST]


def test_the_same_seed_writes_the_same_data(
    component: Component, root: Path, tmp_path: Path
) -> None:
    component.data.write(tmp_path / "again", seed=3, scale=SCALE)
    files = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    again = {p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*")}
    assert files.keys() <= again
    different = [
        name
        for name, path in files.items()
        if (tmp_path / "again" / name).read_bytes() != path.read_bytes()
    ]
    assert different == []


def test_a_full_folder_is_not_written_into(component: Component, root: Path) -> None:
    with pytest.raises(ConfigError):
        component.data.write(root, seed=3, scale=SCALE)


@pytest.mark.parametrize("split", [TRAIN, VAL, TEST])
def test_an_empty_folder_is_named(component: Component, tmp_path: Path, split: str) -> None:
    with pytest.raises(ConfigError) as raised:
        component.data.open(tmp_path, split=split)
    assert str(tmp_path) in str(raised.value)


def test_an_unknown_split_is_refused(component: Component, root: Path) -> None:
    with pytest.raises(ConfigError):
        component.data.open(root, split="tests")


@pytest.mark.usefixtures("cache")
def test_the_exported_network_answers_as_the_native_one(component: Component, root: Path) -> None:
    """On real samples, random weights; rows of one sample and of several at once."""
    samples = component.data.open(root, split=TEST)
    raws = [samples[index].raw for index in range(min(3, len(samples)))]
    deployed, native = (load(component, runtime) for runtime in RUNTIMES[component.framework])
    inputs = [deployed.pipeline.processing.preprocess(raw) for raw in raws]
    preset = component.presets[smallest(component)]
    for rows in inputs:
        for array, spec in zip(rows, preset.inputs, strict=True):
            assert array.ndim == len(spec.shape) + 1
        for one, other in zip(
            deployed.pipeline.session.run(rows), native.pipeline.session.run(rows), strict=True
        ):
            assert one.shape == other.shape
            apart = np.abs(one - other) >= EQUAL_WITHIN
            assert apart.mean() <= MAY_DIFFER.get(component.task.name, 0.0)
    if len({tuple(a.shape[1:] for a in rows) for rows in inputs}) == 1:
        together = deployed.pipeline.session.run(
            tuple(np.concatenate(arrays) for arrays in zip(*inputs, strict=True))
        )
        first = deployed.pipeline.session.run(inputs[0])
        assert np.abs(together[0][: len(first[0])] - first[0]).max() < EQUAL_WITHIN


@pytest.mark.usefixtures("cache")
def test_answers_are_judged_and_can_be_written_down(component: Component, root: Path) -> None:
    loaded = load(component, RUNTIMES[component.framework][0])
    samples = component.data.open(root, split=TEST)
    pairs: list[tuple[Any, Any]] = []
    for index in range(len(samples)):
        sample = samples[index]
        answer = loaded.pipeline.answer(sample.raw)
        json.dumps(dict(loaded.pipeline.processing.describe(answer)))
        pairs.append((sample, answer))
    metrics = component.judge(samples, pairs)
    assert set(component.task.metrics) <= set(metrics)
    assert all(np.isfinite(value) for value in metrics.values())


def test_the_sensor_can_send_what_the_component_says(component: Component, root: Path) -> None:
    raw = component.data.open(root, split=TEST)[0].raw
    rows = component.processing(smallest(component)).preprocess(raw)
    for name in component.encodings:
        encoding = parse_encoding(name)
        if encoding.of_network_input:
            assert len(encode_rows(encoding, rows)) > sum(array.nbytes for array in rows) / 2
        elif component.own_network is None:
            assert len(encode_raw(encoding, raw)) > 100


def test_something_else_than_a_sample_is_refused(component: Component) -> None:
    processing = component.processing(smallest(component))
    for other in (None, "text", np.zeros((3, 3)), np.zeros((2, 2, 2, 2, 2))):
        with pytest.raises(ConfigError):
            processing.preprocess(other)


def test_a_seed_decides_the_weights(component: Component) -> None:
    from edge_aibench.tasks.keras_state import model_arrays
    from edge_aibench.tasks.torch_state import module_arrays

    arrays = module_arrays if component.framework == "torch" else model_arrays
    preset = smallest(component)
    first, again, other = (arrays(component.build(preset, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)
