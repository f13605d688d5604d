"""The homes at work without a network: from observation to quality, in the order of the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.components import Answer, BatchStageFunction, Call, StageFunction
from edge_aibench.scenarios.home.codecs import Decision, Recognised
from edge_aibench.scenarios.home.sensors import Doorbell
from edge_aibench.scenarios.home.stages import HomeComponents, components
from tests.unit.home.conftest import SENTENCES, make_context

HOMES = 2
COMMANDS = 10
VISITS = 20
Stages = Mapping[str, StageFunction]


def travel(homes: HomeComponents, name: str, output: Any) -> Any:
    """What is left of an output after the network."""
    codec = homes.codec(name)
    return codec.decode(codec.encode(output))


def observe(homes: HomeComponents, sensor: str, home: int, number: int) -> Any:
    return travel(homes, sensor, homes.sensor(sensor).observe(home, number))


def work(
    homes: HomeComponents, stages: Stages, name: str, home: int, number: int, **inputs: Any
) -> Any:
    needs = {need.replace("_", "-"): value for need, value in inputs.items()}
    output = stages[name].process(Call(instance=home, sequence=number, inputs=needs))
    return travel(homes, name, output)


def see(homes: HomeComponents, stages: Stages, home: int, number: int) -> Recognised:
    picture = observe(homes, "camera", home, number)
    small = work(homes, stages, "compress-image", home, number, camera=picture)
    large = work(homes, stages, "decode-image", home, number, compress_image=small)
    face: Recognised = work(homes, stages, "face", home, number, decode_image=large)
    return face


def hear(homes: HomeComponents, stages: Stages, home: int, number: int) -> str:
    sound = observe(homes, "microphone", home, number)
    small = work(homes, stages, "compress-sound", home, number, microphone=sound)
    large = work(homes, stages, "decode-sound", home, number, compress_sound=small)
    text: str = work(homes, stages, "speech", home, number, decode_sound=large)
    return text


def test_a_day_in_two_homes(homes: HomeComponents, stages: Stages) -> None:
    outputs: list[tuple[str, int, int, Any]] = []
    for home in range(HOMES):
        faces = [see(homes, stages, home, number) for number in range(VISITS)]
        for number, face in enumerate(faces):
            assert face.observation == number
            call = Call(instance=home, sequence=number, inputs={"face": face})
            assert stages["welcome"].process(call) is None
            outputs.append(("face", home, number, face))
        for number in range(COMMANDS):
            text = hear(homes, stages, home, number)
            seen = faces[2 * number] if number else None
            decision: Decision = work(
                homes, stages, "command", home, number, speech=text, face=seen
            )
            assert decision.text == text
            assert decision.carried_out or number == 0 or seen is not None
            for end in ("act", "diary"):
                call = Call(instance=home, sequence=number, inputs={"command": decision})
                assert stages[end].process(call) is None
            outputs += [("speech", home, number, text), ("command", home, number, decision)]
            reading = observe(homes, "thermometer", home, number)
            call = Call(instance=home, sequence=number, inputs={"thermometer": reading})
            assert stages["climate"].process(call) is None
    answers = [
        Answer(instance=home, sequence=number, stage=stage, value=homes.score(*output))
        for output in outputs
        for stage, home, number, _ in [output]
    ]
    quality = homes.quality(answers)
    assert list(quality) == ["speech", "face", "command"]
    # Guessing the commonest of four sentences has a word error rate near 0.8; a network whose
    # input was spoilt on the way hears nothing. A random member of two or more is right at most
    # half of the time, and nobody is refused by chance.
    assert quality["speech"]["run_wer"] < 0.3
    assert quality["face"]["run_members_found"] > 0.7
    assert quality["face"]["run_strangers_refused"] > 0.7
    assert quality["face"]["run_members"] + quality["face"]["run_strangers"] == HOMES * VISITS
    assert quality["command"]["run_right"] > 0.7
    assert quality["command"]["run_commands"] == HOMES * COMMANDS
    assert (quality["speech"]["wer"], quality["face"]["accuracy"]) == (0.1085, 0.9447)
    json.dumps(quality, allow_nan=False)


def test_only_stages_that_answered_are_judged(homes: HomeComponents) -> None:
    answer = Answer(instance=0, sequence=0, stage="speech", value=0.0)
    quality = homes.quality([answer])
    assert list(quality) == ["speech"]
    assert quality["speech"]["run_wer"] == 0.0
    assert homes.quality([]) == {}


def test_faces_in_a_batch_are_seen_as_one_by_one(homes: HomeComponents, stages: Stages) -> None:
    face = stages["face"]
    assert isinstance(face, BatchStageFunction)
    calls = [
        Call(home, number, {"decode-image": homes.sensor("camera").observe(home, number)})
        for home in range(HOMES)
        for number in range(3)
    ]
    together = face.process_batch(calls)
    for call, answer in zip(calls, together, strict=True):
        alone = face.process(call)
        assert (answer.member, answer.observation) == (alone.member, call.sequence)
        assert answer.distance == pytest.approx(alone.distance, abs=1e-4)


def test_the_threshold_decides_who_is_a_stranger(root: Path) -> None:
    for threshold, members in ((0.0, 0), (4.0, 10)):
        settings = [f"stages.face.parameters.threshold={threshold}"]
        made = components(make_context(root, settings=settings))
        face = made.stages(["face"], [0])["face"]
        calls = [
            Call(0, number, {"decode-image": made.sensor("camera").observe(0, number)})
            for number in range(10)
        ]
        found = [face.process(call).member is not None for call in calls]
        assert sum(found) == members


def test_the_share_of_strangers_reaches_the_door(root: Path) -> None:
    made = components(make_context(root, settings=["sensors.camera.parameters.strangers=1"]))
    doorbell = made.sensor("camera")
    assert isinstance(doorbell, Doorbell)
    assert all(doorbell.visit(0, number).member is None for number in range(20))


def test_another_object_with_the_same_choices_senses_the_same(
    root: Path, homes: HomeComponents
) -> None:
    other = components(make_context(root))
    for sensor in ("microphone", "camera", "thermometer"):
        codec = homes.codec(sensor)
        same = [codec.encode(made.sensor(sensor).observe(1, 4)) for made in (homes, other)]
        assert same[0] == same[1]
    assert homes.sensor("microphone").observe(1, 4).samples.dtype == np.int16


def test_sentences_of_the_folder_are_said(homes: HomeComponents) -> None:
    score = homes.score("speech", 0, 0, "")
    assert score == 1.0
    scores = {sentence: homes.score("speech", 0, 0, sentence) for sentence in SENTENCES}
    assert sorted(scores.values())[0] == 0.0


def test_an_empty_folder_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LibriSpeech's layout"):
        components(make_context(tmp_path)).prepare()


def test_an_unknown_preset_is_refused(root: Path) -> None:
    made = components(make_context(root, settings=["stages.face.preset=huge"]))
    with pytest.raises(ConfigError, match="no preset of this name"):
        made.stages(["face"], [0])


def test_a_network_that_nobody_trained_has_no_quality(root: Path) -> None:
    made = components(make_context(root, settings=["stages.speech.preset=reference"]))
    answer = Answer(instance=0, sequence=0, stage="speech", value=1.0)
    quality = made.quality([answer])["speech"]
    assert quality["quality"] == "n/a (untrained)"
    assert "wer" not in quality


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda homes: homes.sensor("camera-2"), "did you mean camera"),
        (lambda homes: homes.stages(["speach"], [0]), "did you mean speech"),
        (lambda homes: homes.score("act", 0, 0, None), "no judged stage"),
    ],
)
def test_unknown_names_are_refused(homes: HomeComponents, ask: Any, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        ask(homes)


def test_networks_have_one_way_to_be_asked() -> None:
    with pytest.raises(ConfigError, match=r"--inference.*'streaming'.*\n.*known: window"):
        components(make_context(inference="streaming"))


def test_a_wrong_parameter_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="must be flac or raw"):
        components(make_context(settings=["stages.compress-sound.parameters.encoding=jpeg:9"]))


def test_what_ends_a_request_does_not_travel(homes: HomeComponents) -> None:
    for name in ("act", "welcome", "climate", "diary"):
        with pytest.raises(TypeError):
            homes.codec(name).encode(None)
