"""Which network an inference stage runs, and what is known of its quality."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.inference.stage_network import (
    load_stage_network,
    shipped_figures,
    stage_component,
    stage_preset,
)
from edge_aibench.model.scenario import Scenario
from edge_aibench.tasks.weights import packaged_weights


def vehicle(*settings: str) -> Scenario:
    overrides = parse_overrides([f"stages.traffic-sign.{setting}" for setting in settings])
    return load_scenario("vehicle", overrides).scenario


def published(preset: str) -> Any:
    manifest = json.loads((packaged_weights("vehicle") / "manifest.json").read_text())
    return manifest["networks"]["traffic-sign"][preset]["quality"]


@pytest.mark.parametrize(
    ("settings", "preset", "runtime"),
    [
        ((), "lite", "litert"),
        (("preset=lite",), "lite", "litert"),
        (("precision=int8",), "lite", "litert"),
    ],
)
def test_a_stage_runs_what_it_says(settings: tuple[str, ...], preset: str, runtime: str) -> None:
    loaded = load_stage_network(
        vehicle(*settings), "traffic-sign", runtime="auto", task="traffic-sign"
    )
    precision = "int8" if "precision=int8" in settings else "float32"
    assert (loaded.choice.preset, loaded.choice.precision) == (preset, precision)
    assert (loaded.runtime, loaded.trained) == (runtime, True)
    answer = loaded.pipeline.answer(np.zeros((48, 48, 3), np.uint8))
    assert 0 <= answer.class_id < 43


def test_the_runtime_may_be_named() -> None:
    with pytest.raises(ConfigError, match="no runtime of this name") as caught:
        load_stage_network(vehicle(), "traffic-sign", runtime="onnxruntime")
    assert caught.value.value == "onnxruntime"


def test_a_stage_that_is_written_for_a_task_runs_no_other() -> None:
    other = vehicle("task=lane-detection")
    with pytest.raises(ConfigError, match="must run the task traffic-sign") as caught:
        load_stage_network(other, "traffic-sign", runtime="auto", task="traffic-sign")
    assert caught.value.where == "scenario vehicle"
    assert caught.value.key == "stages.traffic-sign.task"
    assert caught.value.value == "lane-detection"


@pytest.mark.parametrize("name", ["decide", "brake"])
def test_only_inference_stages_have_a_network(name: str) -> None:
    with pytest.raises(ConfigError, match="no inference stage of this name") as caught:
        load_stage_network(vehicle(), name, runtime="auto")
    assert caught.value.next_step == "known: lane-detection, traffic-sign"


def test_a_stages_component_is_its_tasks() -> None:
    assert stage_component(vehicle(), "traffic-sign").task.name == "traffic-sign"


def test_the_default_preset_is_lite_where_there_is_one() -> None:
    assert stage_preset(vehicle().stages["traffic-sign"]) == "lite"
    assert stage_preset(vehicle("preset=reference").stages["traffic-sign"]) == "reference"
    # The networks of the ICU come in one size.
    assert stage_preset(load_scenario("icu").scenario.stages["death"]) == "reference"


def test_shipped_figures_are_the_manifests() -> None:
    plain = shipped_figures(vehicle().stages["traffic-sign"], ["top1", "no-such-metric"])
    assert plain == {"top1": published("lite")["network"]["top1"]}
    small = shipped_figures(vehicle("precision=int8").stages["traffic-sign"], ["top1"])
    assert small == {"top1": published("lite")["int8"]["top1"]}


def test_an_untrained_network_has_no_figures() -> None:
    untrained = shipped_figures(vehicle("preset=reference").stages["traffic-sign"], ["top1"])
    assert untrained == {"quality": "n/a (untrained)"}
    assert shipped_figures(vehicle().stages["decide"], ["top1"]) == {}
