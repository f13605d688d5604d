"""A stage whose network is cut: what the two stages are, and what cannot be cut."""

from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.errors import ConfigError
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.split import split


def vehicle() -> Scenario:
    return load_scenario("vehicle").scenario


def cut_vehicle() -> Scenario:
    return split(vehicle(), "lane-detection", after="initial", place="device", payload_bytes=1000)


def test_a_stage_becomes_two() -> None:
    whole, cut = vehicle(), cut_vehicle()
    front, rest = cut.stages["lane-detection-front"], cut.stages["lane-detection"]
    before = whole.stages["lane-detection"]
    assert list(cut.stages) == [
        *("compress", "decode", "lane-detection-front", "lane-detection", "detect"),
        *("traffic-sign", "decide", "drive", "archive"),
    ]
    assert (front.needs, front.place, front.payload_bytes) == (("decode",), "device", 1000)
    assert (front.task, front.serving, front.is_front) == ("lane-detection", None, True)
    assert rest.needs == ("lane-detection-front",)
    assert (rest.place, rest.serving, rest.payload_bytes) == ("edge", before.serving, 452)
    assert not rest.is_front
    # Only what answers counts as an inference stage of the scenario.
    assert cut.inference_stages() == whole.inference_stages()
    assert cut.fronts() == ("lane-detection-front",)
    assert whole.fronts() == ()


def test_pre_processing_goes_with_the_front() -> None:
    topology = load_topology("vehicle-static")
    groups = place(cut_vehicle(), topology, "cloud").groups
    assert groups["lane-detection-front"] == ("vehicle",)
    assert groups["lane-detection"] == ("cloud",)
    # Decoded for the front on the vehicle, and for the detection of signs at the edge.
    assert set(groups["decode"]) == {"vehicle", "edge"}
    moved = place(cut_vehicle(), topology, "lane-detection-front=edge")
    assert moved.groups["lane-detection-front"] == ("edge",)


def test_a_cut_scenario_is_read_back_as_it_was() -> None:
    cut = cut_vehicle()
    assert Scenario.model_validate(cut.model_dump(mode="json", by_alias=True)) == cut


@pytest.mark.parametrize(
    ("scenario", "stage", "said"),
    [
        (vehicle, "lanes", "no inference stage of this name"),
        (vehicle, "decide", "no inference stage of this name"),
        (cut_vehicle, "lane-detection", "cuts a stage twice"),
        (cut_vehicle, "lane-detection-front", "no inference stage of this name"),
    ],
)
def test_what_cannot_be_cut(scenario: object, stage: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        split(scenario(), stage, after="x", place="device", payload_bytes=1)  # type: ignore[operator]
    assert caught.value.where == "--split"
    assert caught.value.value == stage


def changed(**stages: dict[str, object]) -> dict[str, object]:
    document = cut_vehicle().model_dump(mode="json", by_alias=True)
    for name, update in stages.items():
        document["stages"][name.replace("_", "-")].update(update)
    return document


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ({"decide": {"part": {"side": "rest", "after": "x"}}}, "only an inference stage"),
        (
            {"lane_detection": {"part": {"side": "rest", "after": "other"}}},
            "does not run the rest of its network",
        ),
        ({"lane_detection": {"part": None}}, "does not run the rest of its network"),
        ({"lane_detection": {"needs": ["decode"]}}, "needs the front of its own network"),
        ({"traffic_sign": {"needs": ["lane-detection-front"]}}, "does not run the rest"),
        (
            {"lane_detection": {"needs": ["lane-detection-front", "decode"]}},
            "takes one need",
        ),
    ],
)
def test_parts_that_do_not_fit(stages: dict[str, dict[str, object]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Scenario.model_validate(changed(**stages))


def test_a_name_that_is_taken_or_too_long_is_refused() -> None:
    document = vehicle().model_dump(mode="json", by_alias=True)
    document["stages"]["lane-detection-front"] = document["stages"]["detect"]
    taken = Scenario.model_validate(document)
    with pytest.raises(ConfigError, match="another stage has this name"):
        split(taken, "lane-detection", after="x", place="device", payload_bytes=1)
    long = "l" * 38
    document = vehicle().model_dump(mode="json", by_alias=True)
    document["stages"][long] = {**document["stages"].pop("lane-detection")}
    document["stages"]["decide"]["needs"] = [long, "traffic-sign"]
    with pytest.raises(ConfigError, match="too long"):
        split(Scenario.model_validate(document), long, after="x", place="device", payload_bytes=1)
