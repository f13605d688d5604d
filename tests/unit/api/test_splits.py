"""`--split`: its text, the scenarios cut by it, and answers that stay what they were."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.notices import Notices
from edge_aibench.api.splits import Split, parse_splits
from edge_aibench.cli import main
from edge_aibench.errors import ConfigError
from edge_aibench.record.folder import RunFolder
from edge_aibench.testing.play import play


def test_a_layer_may_hold_what_separates_the_rest() -> None:
    assert parse_splits(["face=a:b@c@doorbell", " sign = conv @ device "]) == (
        Split("face", "a:b@c", "doorbell"),
        Split("sign", "conv", "device"),
    )


@pytest.mark.parametrize("text", ["", "face", "face=layer", "layer@device", "face=@device", "=a@b"])
def test_a_text_without_all_three_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="must be STAGE=LAYER@PLACE"):
        parse_splits([text])


def alike(one: Any, other: Any) -> bool:
    """Whether two outputs are the same but for 1e-4 in their floating point numbers."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, atol=1e-4, equal_nan=True)
    if isinstance(one, float):
        return bool(np.isclose(one, other, atol=1e-4, equal_nan=True))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return all(alike(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


@pytest.mark.parametrize(
    ("scenario", "observations", "splits"),
    [
        (
            "vehicle",
            6,
            {"lane-detection": "initial.out.1@device", "traffic-sign": "primary_capsules@device"},
        ),
        ("home", 2, {"face": "stage3_pair4_add@doorbell", "speech": "one_row@speaker"}),
        ("camera", 40, {"person-reid": "backbone.11@camera", "action": "stages.2.0@camera"}),
    ],
)
def test_cut_networks_answer_as_whole_ones(
    scenario: str, observations: int, splits: dict[str, str]
) -> None:
    whole = play(scenario, observations=observations)
    texts = [f"{stage}={cut}" for stage, cut in splits.items()]
    cut = play(scenario, observations=observations, splits=texts)
    for stage in splits:
        answers = whole.outputs[stage]
        assert answers
        assert answers.keys() == cut.outputs[stage].keys() == cut.outputs[f"{stage}-front"].keys()
        assert all(alike(answers[key], cut.outputs[stage][key]) for key in answers)
    # Fronts are not judged, and what the run's quality says is said of the same stages.
    assert {answer.stage for answer in cut.answers} == {answer.stage for answer in whole.answers}
    assert cut.quality.keys() == whole.quality.keys()


def test_an_experiment_is_cut_with_the_sizes_of_its_own_data() -> None:
    chosen = Choices(
        scenario="camera",
        engine="simulate",
        instances=1,
        place="cloud",
        splits=("action=stages.2.0@camera",),
    )
    experiment = resolve(chosen, Notices(warning=lambda _text: None))
    # One clip of 16 frames: 54 bytes of headers, 32 x 2 x 4 x 4 numbers.
    assert experiment.scenario.payload_bytes("action-front") == 54 + 4 * 1024
    groups = experiment.placement.groups
    assert (groups["action-front"], groups["action"]) == (("camera",), ("cloud",))
    assert groups["clip"] == ("camera",)


@pytest.mark.parametrize(
    ("scenario", "split", "said"),
    [
        ("vehicle", "lane-detection=stage2@device", "no cut of this name"),
        ("vehicle", "lanes=initial@device", "no inference stage of this name"),
        ("vehicle", "lane-detection=initial.out.1@moon", "no place of this name"),
        ("icu", "death=concat@device", "in a way of its own"),
        ("home", "face=flatten@device", "several host groups"),
    ],
)
def test_what_cannot_be_cut_ends_with_the_reason(
    scenario: str, split: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["simulate", scenario, "--split", split, "--out", str(tmp_path), "--quiet"]
    assert main(command) == 2
    assert said in capsys.readouterr().err


def test_a_profile_is_of_a_whole_network() -> None:
    chosen = Choices(scenario="home", compute="profiled", splits=("face=flatten@doorbell",))
    with pytest.raises(ConfigError, match="whole networks only"):
        resolve(chosen, Notices(warning=lambda _text: None))


def test_a_cut_scenario_is_simulated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = [
        *("simulate", "home", "--homes", "1", "--duration", "20", "--json", "--quiet"),
        *("--split", "face=flatten@doorbell", "--service", "all=constant 1 ms"),
        *("--out", str(tmp_path)),
    ]
    assert main(command) == 0
    capsys.readouterr()
    (folder,) = tmp_path.iterdir()
    hops = RunFolder.open(folder).hops
    assert hops is not None
    # Each picture goes through both parts, on two nodes, and its activation in between.
    of_kind = hops.groupby("kind")["stage"].value_counts()
    assert of_kind["service", "face-front"] == of_kind["service", "face"] > 0
    assert of_kind["transfer", "face-front"] == of_kind["service", "face"]


def test_the_cuts_of_a_task_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["task", "cuts", "traffic-sign", "--calls", "2", "--json", "--quiet"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["preset"], shown["runtime"]) == ("lite", "litert")
    cut = next(cut for cut in shown["cuts"] if cut["after"] == "primary_convolution")
    assert cut["shape"] == [5, 5, 48]
    assert cut["payload_bytes"] == 46 + 4 * 1200
    assert min(cut["front_s"], cut["rest_s"], shown["whole_s"]) > 0
    assert main(["task", "cuts", "traffic-sign", "--calls", "1", "--quiet"]) == 0
    words = capsys.readouterr().out
    assert "primary_convolution" in words
    assert "4,846" in words
