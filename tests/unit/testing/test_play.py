"""Playing a scenario without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.testing.play import play

SCENARIO = """
name: two-sensors
topology: nowhere
components: parts.py:components
instances: {name: bed}
sensors:
  pulse: {node: bed, payload: 1 B}
  camera: {node: bed, payload: 1 B, done-at: seen}
stages:
  even: {kind: preprocess, needs: [pulse], place: with-consumers}
  face: {kind: inference, task: face, needs: [camera], place: edge}
  seen: {kind: actuate, needs: [face], place: bed}
  both: {kind: fuse, needs: [even, face], within: {face: 1 s}, place: edge}
  lamp: {kind: actuate, needs: [both], place: bed}
done-at: lamp
"""
PARTS = """
from edge_aibench.testing.stages import FakeComponents, JsonCodec

class Counting(JsonCodec):
    def encode(self, output):
        assert isinstance(output, list), "local outputs do not travel"
        return super().encode(output)

class Parts(FakeComponents):
    def codec(self, name):
        return Counting()

    def score(self, stage, instance, sequence, output):
        return float(sum(output))

    def quality(self, answers):
        return {"scores": [answer.value for answer in answers]}

def components(context):
    assert dict(context.observations) == {"pulse": 3, "camera": 3}
    return Parts({
        "even": lambda call: None if call.sequence == 1 else tuple(call.inputs["pulse"]),
        "face": lambda call: None if call.sequence == 2 else [*call.inputs["camera"], 10],
        "seen": lambda call: None,
        "both": lambda call: [*call.inputs["even"], *(call.inputs["face"] or [100])],
        "lamp": lambda call: None,
    })
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    (tmp_path / "parts.py").write_text(PARTS)
    return tmp_path


def test_every_stage_gets_what_it_needs_and_the_rest_is_filtered(folder: Path) -> None:
    played = play(folder, instances=2, observations=3)
    outputs = {name: dict(by_request) for name, by_request in played.outputs.items()}
    assert outputs["pulse"] == {(i, n): [i, n] for i in (0, 1) for n in (0, 1, 2)}
    assert outputs["even"] == {(i, n): (i, n) for i in (0, 1) for n in (0, 2)}
    assert outputs["face"] == {(i, n): [i, n, 10] for i in (0, 1) for n in (0, 1)}
    assert outputs["both"] == {
        (0, 0): [0, 0, 0, 0, 10],
        (1, 0): [1, 0, 1, 0, 10],
        (0, 2): [0, 2, 100],
        (1, 2): [1, 2, 100],
    }
    assert outputs["seen"] == outputs["lamp"] == {}
    # Inference and fuse are scored: 10, 11, 11, 12 and 10, 12, 102, 103.
    assert sorted(played.quality["scores"]) == [10, 10, 11, 11, 12, 12, 102, 103]
    assert {answer.stage for answer in played.answers} == {"face", "both"}


def test_settings_and_mistakes_are_those_of_the_command_line(folder: Path) -> None:
    settings = ["stages.both.needs=[even]", "stages.both.within={}"]
    with pytest.raises(KeyError, match="face"):
        play(folder, observations=3, settings=settings)
    with pytest.raises(ConfigError, match="no stage of this name"):
        play(folder, settings=["stages.bth.place=edge"])
    with pytest.raises(ConfigError, match="no scenario of this name"):
        play("no-such-scenario")
