from __future__ import annotations

import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.errors import InternalError
from edge_aibench.model.paths import (
    Path,
    Step,
    background_paths,
    crossed_links,
    direction,
    foreground_paths,
)
from edge_aibench.model.placement import Placement, place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Topology

TASKS = ("heart-failure", "decompensation", "death")


@pytest.fixture(scope="module")
def icu() -> Scenario:
    return load_scenario("icu").scenario


@pytest.fixture(scope="module")
def ward() -> Topology:
    return load_topology("icu-ward")


def _placed(icu: Scenario, ward: Topology, choice: str) -> Placement:
    return place(icu, ward, choice)


def _path(branch: str, *steps: tuple[str, str]) -> Path:
    return Path(branch=branch, steps=tuple(Step(name, group) for name, group in steps))


@pytest.mark.parametrize("group", ["edge", "cloud", "bedside"])
def test_each_task_has_a_way_of_its_own(icu: Scenario, ward: Topology, group: str) -> None:
    paths = foreground_paths(icu, _placed(icu, ward, group), "monitor")
    assert paths == tuple(
        _path(
            task,
            ("monitor", "bedside"),
            ("window", group),
            (task, group),
            ("bedside", "bedside"),
        )
        for task in TASKS
    )


def test_a_copied_stage_is_taken_where_the_next_one_runs(icu: Scenario, ward: Topology) -> None:
    paths = foreground_paths(
        icu, _placed(icu, ward, "death=device,decompensation=cloud"), "monitor"
    )
    assert [path.steps[1] for path in paths] == [
        Step("window", "edge"),
        Step("window", "cloud"),
        Step("window", "bedside"),
    ]


def test_background_stages_start_from_what_they_need(icu: Scenario, ward: Topology) -> None:
    # The alerts wait for all three answers; the last need stands for them.
    assert background_paths(icu, _placed(icu, ward, "death=device"), "monitor") == (
        _path("alerts", ("death", "bedside"), ("alerts", "edge")),
        _path("alarm", ("alerts", "edge"), ("alarm", "bedside")),
        _path("archive", ("monitor", "bedside"), ("archive", "cloud")),
    )


def test_a_scenario_without_inference_is_its_own_branch() -> None:
    scenario = Scenario.model_validate(
        {
            "name": "echo",
            "topology": "built",
            "components": "nowhere:nothing",
            "instances": {"name": "bed"},
            "sensors": {"monitor": {"node": "bedside", "payload": 8.0}},
            "stages": {
                "echo": {"kind": "preprocess", "needs": ["monitor"], "place": "edge"},
                "end": {"kind": "actuate", "needs": ["echo"], "place": "bedside"},
            },
            "done-at": "end",
        }
    )
    placement = Placement(groups={"echo": ("edge",), "end": ("bedside",)})
    assert foreground_paths(scenario, placement, "monitor") == (
        _path("end", ("monitor", "bedside"), ("echo", "edge"), ("end", "bedside")),
    )


@pytest.mark.parametrize(
    ("source", "target", "links", "way"),
    [
        ("bedside", "edge", ("access", "backhaul"), "up"),
        ("edge", "bedside", ("backhaul", "access"), "down"),
        ("bedside", "cloud", ("access", "backhaul", "wan"), "up"),
        ("cloud", "bedside", ("wan", "backhaul", "access"), "down"),
        ("edge", "cloud", ("wan",), "up"),
        ("cloud", "edge", ("wan",), "down"),
        ("edge", "edge", (), "up"),
    ],
)
def test_links_are_crossed_in_order(
    ward: Topology, source: str, target: str, links: tuple[str, ...], way: str
) -> None:
    assert crossed_links(ward, source, target) == links
    assert direction(ward, source, target) == way


def test_a_place_that_no_link_leads_to_is_a_bug_of_ours(ward: Topology) -> None:
    with pytest.raises(InternalError, match="no way from edge to elsewhere"):
        crossed_links(ward, "edge", "elsewhere")
