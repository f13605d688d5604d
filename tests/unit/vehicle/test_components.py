"""The scenario's parts in the order of its graph, without any network between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.components import (
    Answer,
    BatchStageFunction,
    Call,
    CountingStageFunction,
    StageFunction,
)
from edge_aibench.scenarios.vehicle.decision import Decision
from edge_aibench.scenarios.vehicle.detection import Regions
from edge_aibench.scenarios.vehicle.drives.files import open_drives
from edge_aibench.scenarios.vehicle.stages import VehicleComponents, components
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.files import write_image
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign
from tests.unit.vehicle.conftest import make_context, write_label_file

SCORED = ("lane-detection", "traffic-sign", "decide")


def answer_all(
    vehicles: VehicleComponents,
    stages: Mapping[str, StageFunction],
    instance: int,
    sequence: int,
    *,
    travels: bool,
) -> dict[str, Any]:
    """The outputs of all stages; with *travels* each goes through its codec."""
    scenario = make_context(None).scenario
    made = {"camera": vehicles.sensor("camera").observe(instance, sequence)}
    for name in scenario.order():
        inputs = {need: made[need] for need in scenario.stages[name].needs}
        made[name] = stages[name].process(Call(instance, sequence, inputs))
        if travels and made[name] is not None:
            codec = vehicles.codec(name)
            made[name] = codec.decode(codec.encode(made[name]))
    return made


def test_the_graph_forks_behind_the_camera_and_joins_in_the_decision() -> None:
    scenario = make_context(None).scenario
    assert scenario.done_at == "drive"
    assert scenario.stages["decide"].needs == ("lane-detection", "traffic-sign")
    assert scenario.stages["lane-detection"].needs == scenario.stages["detect"].needs == ("decode",)
    budgets = scenario.budgets
    assert budgets.communication is not None
    assert budgets.end_to_end is not None
    assert (budgets.communication.limit_s, budgets.end_to_end.limit_s) == (0.01, 0.1)


def test_declared_sizes_are_those_sent(
    vehicles: VehicleComponents, stages: Mapping[str, StageFunction]
) -> None:
    scenario = make_context(None).scenario
    made = answer_all(vehicles, stages, 0, 0, travels=False)
    for name in ("camera", "decode", "decide"):
        sent = len(vehicles.codec(name).encode(made[name]))
        assert scenario.payload_bytes(name) == sent
    jpeg = len(vehicles.codec("compress").encode(made["compress"]))
    assert scenario.payload_bytes("compress") == pytest.approx(jpeg, rel=0.5)


def test_a_request_passes_all_stages_whether_or_not_its_parts_travel(drives_root: Path) -> None:
    ends = []
    for travels in (False, True):
        vehicles = components(make_context(drives_root))
        vehicles.prepare()
        stages = vehicles.stages(list(make_context(None).scenario.stages), [0])
        for sequence in range(3):
            made = answer_all(vehicles, stages, 0, sequence, travels=travels)
            assert made["drive"] is None
            assert made["archive"] is None
        ends.append(made["decide"])
    local, sent = ends
    assert isinstance(local, Decision)
    assert (local.speed_limit_kmh, local.halt) == (sent.speed_limit_kmh, sent.halt)
    assert local.offset_share == pytest.approx(sent.offset_share, abs=1e-4)


def test_lanes_are_as_good_as_the_weights_they_come_with(
    vehicles: VehicleComponents, stages: Mapping[str, StageFunction]
) -> None:
    """The network finds the lines of frames it was not trained on: far above the 0.65 that the
    mean lines of its training data get.
    """
    scores = []
    for instance in range(2):
        for sequence in (0, 3):
            made = answer_all(vehicles, stages, instance, sequence, travels=False)
            score = vehicles.score("lane-detection", instance, sequence, made["lane-detection"])
            scores.append(score)
    assert np.median(scores) > 0.8


def test_vehicles_see_the_frames_of_the_folder(
    vehicles: VehicleComponents, drives_root: Path
) -> None:
    recorded = [drive.image(place) for drive in open_drives(drives_root) for place in range(6)]
    camera = vehicles.sensor("camera")
    for sequence in range(7):
        frame = camera.observe(0, sequence)
        assert any((image == frame).all() for image in recorded)


def test_quality_holds_all_three(
    vehicles: VehicleComponents, stages: Mapping[str, StageFunction]
) -> None:
    answers = []
    for sequence in range(2):
        made = answer_all(vehicles, stages, 1, sequence, travels=False)
        answers += [
            Answer(1, sequence, name, vehicles.score(name, 1, sequence, made[name]))
            for name in SCORED
        ]
    quality = vehicles.quality(answers)
    assert set(quality) == set(SCORED)
    for name in SCORED:
        assert quality[name]["run_frames"] <= 2
    assert quality["decide"]["run_right"] in (0.0, 0.5, 1.0)


def test_frames_of_a_real_folder_have_no_truth_about_signs(
    vehicles: VehicleComponents, tmp_path: Path
) -> None:
    write_label_file(tmp_path, [("a.jpg", [[300] * 56])])
    write_image(tmp_path / "a.jpg", np.full((720, 1280, 3), 90, np.uint8), quality=90)
    real = components(make_context(tmp_path))
    real.prepare()
    assert math.isnan(real.score("traffic-sign", 0, 0, ()))
    decision = Decision(offset_share=None, speed_limit_kmh=None, halt="no")
    assert math.isnan(real.score("decide", 2, 5, decision))


def test_cut_outs_share_one_pass(stages: Mapping[str, StageFunction]) -> None:
    stage = stages["traffic-sign"]
    assert isinstance(stage, BatchStageFunction)
    crops = tuple((255 * draw_sign(number, 40)[..., :3]).astype(np.uint8) for number in (2, 14, 35))
    boxes = np.array([(i, 0, i + 40, 40) for i in range(3)], np.int32)
    calls = [
        Call(0, 0, {"detect": Regions(boxes=boxes[:2], crops=crops[:2])}),
        Call(1, 0, {"detect": Regions(boxes=boxes[:0], crops=())}),
        Call(2, 0, {"detect": Regions(boxes=boxes[2:], crops=crops[2:])}),
    ]
    assert isinstance(stage, CountingStageFunction)
    assert [stage.samples(call) for call in calls] == [2, 0, 1]
    together = stage.process_batch(calls)
    alone = [stage.process(call) for call in calls]
    assert [[sign.class_id for sign in signs] for signs in together] == [[2, 14], [], [35]]
    assert together[0][1].box == (1, 0, 41, 40)
    assert [[sign.box for sign in signs] for signs in together] == [
        [sign.box for sign in signs] for signs in alone
    ]


def test_frames_share_one_pass(
    vehicles: VehicleComponents, stages: Mapping[str, StageFunction]
) -> None:
    stage = stages["lane-detection"]
    assert isinstance(stage, BatchStageFunction)
    assert not isinstance(stage, CountingStageFunction)
    camera = vehicles.sensor("camera")
    calls = [Call(i, 0, {"decode": camera.observe(i, 0)}) for i in range(2)]
    for one, other in zip(stage.process_batch(calls), map(stage.process, calls), strict=True):
        assert one.columns.shape == other.columns.shape
        assert np.abs(one.columns - other.columns).max(initial=0) < 0.5


def test_a_capsule_that_is_too_short_is_no_sign(drives_root: Path) -> None:
    settings = ("stages.traffic-sign.parameters.least-length=1.0",)
    strict = components(make_context(drives_root, settings=settings))
    stage = strict.stages(["traffic-sign"], [0])["traffic-sign"]
    crop = (255 * draw_sign(14, 40)[..., :3]).astype(np.uint8)
    regions = Regions(boxes=np.array([(0, 0, 40, 40)], np.int32), crops=(crop,))
    assert stage.process(Call(0, 0, {"detect": regions})) == ()


def test_another_sensor_or_stage_is_refused(vehicles: VehicleComponents) -> None:
    with pytest.raises(ConfigError, match="no sensor of this name"):
        vehicles.sensor("radar")
    with pytest.raises(ConfigError, match="no stage of this name"):
        vehicles.stages(["brake"], [0])


def test_networks_of_single_frames_do_not_stream(drives_root: Path) -> None:
    with pytest.raises(ConfigError, match="no inference mode of this name"):
        components(make_context(drives_root, inference="streaming"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ("stages.lane-detection.preset=tiny",)}, "no preset of this name"),
        ({"settings": ("stages.lane-detection.task=traffic-sign",)}, "must run the task"),
        ({"runtime": "litert"}, "no runtime of this name"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(
    drives_root: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        components(make_context(drives_root, **changes)).stages(["lane-detection"], [0])


def test_a_data_folder_of_neither_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="label file is missing"):
        components(make_context(tmp_path)).prepare()
