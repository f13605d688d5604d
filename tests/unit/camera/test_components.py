"""The whole scenario without a network: observe, travel, work, score."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.errors import ConfigError
from edge_aibench.model.components import Answer, BatchStageFunction, Call, CountingStageFunction
from edge_aibench.model.placement import place
from edge_aibench.scenarios.camera.stages import CameraComponents
from edge_aibench.scenarios.camera.tasks.action.data.video import write_video
from edge_aibench.scenarios.camera.views import Action, Event, Person, Sighting

from .conftest import MakeComponents

Drive = Callable[..., tuple[list[Answer], int, dict[str, list[Any]]]]
JUDGED = ("person-reid", "action", "events")


@pytest.fixture
def drive() -> Drive:
    """Give so many frames of so many cameras to stages, each output by way of its bytes.

    Returns the answers, how many requests reached the alarm centre, and all outputs by stage.
    """

    def run(
        parts: CameraComponents, cameras: int, frames: int, *, without: Sequence[str] = ()
    ) -> tuple[list[Answer], int, dict[str, list[Any]]]:
        scenario = load_scenario("camera").scenario
        parts.prepare()
        names = [name for name in scenario.stages if name not in without]
        stages = parts.stages(names, range(cameras))
        answers: list[Answer] = []
        reached, seen = 0, {name: list[Any]() for name in scenario.stages}
        for camera in range(cameras):
            for sequence in range(frames):
                outputs = {"video": _travel(parts, "video", _observe(parts, camera, sequence))}
                for name in scenario.order():
                    inputs = {need: outputs.get(need) for need in scenario.stages[name].needs}
                    if name in without or all(value is None for value in inputs.values()):
                        continue
                    output = stages[name].process(Call(camera, sequence, inputs))
                    reached += name == "alarm-centre"
                    if output is not None:
                        outputs[name] = _travel(parts, name, output)
                        seen[name].append(outputs[name])
                answers += [
                    Answer(
                        camera, sequence, name, parts.score(name, camera, sequence, outputs[name])
                    )
                    for name in JUDGED
                    if name in outputs
                ]
        return answers, reached, seen

    return run


def test_the_generated_site_from_end_to_end(make_components: MakeComponents, drive: Drive) -> None:
    parts = make_components(instances=2, frames=240)
    answers, reached, seen = drive(parts, 2, 240)
    quality = parts.quality(answers)
    # Whatever one of both networks says something of is an event; quiet frames are none.
    assert reached == len(seen["events"]) == quality["events"]["run_cases"]
    assert 240 * 2 * 0.3 < reached < 240 * 2 * 0.7
    assert all(isinstance(event, Event) for event in seen["events"])
    assert quality["person-reid"]["run_accuracy"] > 0.75
    assert quality["person-reid"]["run_cases"] == len(seen["person-reid"])
    assert quality["action"]["run_accuracy"] > 0.9
    # Two actions of 36 frames, a clip after 16 and every 8 frames: 3 of each, on 2 cameras.
    assert quality["action"]["run_cases"] == 12
    assert quality["gate"]["recall"] > 0.95


def test_video_by_segments_gives_the_same_clips(
    make_components: MakeComponents, drive: Drive
) -> None:
    parts = make_components(parameters={"gate": {"zone-codec": "mpeg4"}})
    answers, _, seen = drive(parts, 1, 240, without=["person-reid"])
    quality = parts.quality(answers)
    assert quality["action"]["run_accuracy"] > 0.9
    # Segments of 8: the first clip after two of them, the next after one more.
    assert len(seen["action"]) == 6


def test_batches_give_what_single_requests_give(make_components: MakeComponents) -> None:
    parts = make_components()
    stages = parts.stages(["person-reid", "action"], [0])
    images = [np.full((128, 64, 3), level, dtype=np.uint8) for level in (10, 90, 200)]
    box = parts._prepared_site().recording(0).zone
    assert box is not None
    people = [tuple(Person(box=box, image=image) for image in images[:n]) for n in (1, 3, 2)]
    clips = [np.full((16, 120, 160, 3), level, dtype=np.uint8) for level in (20, 180)]
    for name, need, inputs in (("person-reid", "decode", people), ("action", "clip", clips)):
        stage = stages[name]
        assert isinstance(stage, BatchStageFunction)
        calls = [Call(0, number, {need: value}) for number, value in enumerate(inputs)]
        for alone, together in zip(
            [stage.process(call) for call in calls], stage.process_batch(calls), strict=True
        ):
            _assert_alike(alone, together)
    identify, recognise = stages["person-reid"], stages["action"]
    assert isinstance(identify, CountingStageFunction)
    assert [identify.samples(Call(0, 0, {"decode": value})) for value in people] == [1, 3, 2]
    assert not isinstance(recognise, CountingStageFunction)


def test_networks_of_single_frames_and_clips_do_not_stream(make_components: MakeComponents) -> None:
    with pytest.raises(ConfigError, match="no inference mode of this name"):
        make_components(inference="streaming")


def test_recordings_of_ones_own_have_no_truth(
    tmp_path: Path, make_components: MakeComponents, drive: Drive
) -> None:
    frames = [np.full((90, 160, 3), 40, dtype=np.uint8) for _ in range(20)]
    for number, frame in enumerate(frames):
        frame[20:70, 20 + 4 * number : 40 + 4 * number] = 220
    write_video(tmp_path / "hall.avi", frames, frames_per_s=10)
    parts = make_components(instances=1, frames=20, data_root=tmp_path)
    answers, reached, seen = drive(parts, 1, 20)
    assert reached == len(seen["events"]) > 0
    assert answers
    assert all(math.isnan(answer.value) for answer in answers)
    quality = parts.quality(answers)
    assert quality["person-reid"]["run_accuracy"] is None
    assert quality["gate"]["recall"] is None
    assert quality["gate"]["compression"]["hall.avi"] > 10


def test_with_a_gallery_of_ones_own_only_actions_are_judged(
    folder: Path, make_components: MakeComponents
) -> None:
    parts = make_components(parameters={"person-reid": {"gallery": str(folder / "gallery")}})
    box = parts._prepared_site().recording(0).zone
    assert box is not None
    sighting = Sighting(box=box, identity=1, likeness=1.0)
    assert math.isnan(parts.score("person-reid", 0, 20, (sighting,)))
    assert math.isnan(parts.score("events", 0, 20, Event(sightings=(sighting,), action=None)))
    assert parts.score("action", 0, 20, Action(label="Swing", score=1.0)) == 0.0


def test_empty_folders_are_refused(tmp_path: Path, make_components: MakeComponents) -> None:
    with pytest.raises(ConfigError, match="must hold video files, or images"):
        make_components(data_root=tmp_path).prepare()
    parts = make_components(parameters={"person-reid": {"gallery": str(tmp_path)}})
    with pytest.raises(ConfigError, match="at least one image of a known person"):
        parts.prepare()


def test_unknown_names_are_refused(make_components: MakeComponents) -> None:
    parts = make_components()
    with pytest.raises(ConfigError, match="no sensor of this name"):
        parts.sensor("microphone")
    with pytest.raises(ConfigError, match="no stage of this name"):
        parts.stages(["gates"], [0])
    with pytest.raises(ConfigError, match="no sensor or stage of this name"):
        parts.codec("gates")


def test_payloads_in_the_scenario_are_those_that_travel(make_components: MakeComponents) -> None:
    parts = make_components(instances=1, frames=240)
    scenario = load_scenario("camera").scenario
    frame = parts.codec("video").encode(_observe(parts, 0, 0))
    assert len(frame) == scenario.sensors["video"].payload_bytes
    # Of all six cameras the mean is 5257 bytes.
    gate = parts.quality([])["gate"]
    mean_bytes = gate["sent_bps"] / 8 * 0.1 / gate["passed"]
    assert scenario.stages["gate"].payload_bytes == pytest.approx(mean_bytes, rel=0.25)
    clip = np.zeros((16, 120, 160, 3), dtype=np.uint8)
    assert len(parts.codec("clip").encode(clip)) == scenario.stages["clip"].payload_bytes


@pytest.mark.parametrize("name", ["camera-site", "camera-lte"])
def test_the_topologies_carry_the_scenario(name: str) -> None:
    scenario, topology = load_scenario("camera").scenario, load_topology(name)
    groups = place(scenario, topology).groups
    assert groups["gate"] == ("camera",)
    assert groups["decode"] == groups["clip"] == groups["person-reid"] == ("edge",)
    assert groups["alarm-centre"] == ("cloud",)


def _observe(parts: CameraComponents, camera: int, sequence: int) -> Any:
    return parts.sensor("video").observe(camera, sequence)


def _travel(parts: CameraComponents, name: str, output: Any) -> Any:
    codec = parts.codec(name)
    return codec.decode(codec.encode(output))


def _assert_alike(alone: Any, together: Any) -> None:
    if isinstance(alone, Action):
        assert alone.label == together.label
        assert alone.score == pytest.approx(together.score, abs=1e-4)
        return
    assert [seen.identity for seen in alone] == [seen.identity for seen in together]
    assert [seen.likeness for seen in alone] == pytest.approx(
        [seen.likeness for seen in together], abs=1e-4
    )
