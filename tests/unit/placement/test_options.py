"""Which choices there are, and the rules that keep others out."""

from __future__ import annotations

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.hardware import Hardware
from edge_aibench.placement.choice import Choice
from edge_aibench.placement.options import Rules
from edge_aibench.placement.problem import Problem
from tests.unit.placement.wards import build_small, build_ward, constant, lite


def rules_of(problem: Problem, stage: str) -> dict[str, str]:
    return {str(refusal.choice): refusal.rule for refusal in problem.refused[stage]}


def test_every_host_is_an_option_where_no_rule_speaks() -> None:
    problem, _ = build_small(build_ward())
    assert problem.options["first"] == (Choice("ward"), Choice("edge"), Choice("cloud"))
    assert problem.refused["first"] == ()
    assert problem.combinations == 9


@pytest.mark.parametrize(
    ("name", "tier", "left"),
    [
        ("monitor", "edge", ["ward", "edge"]),
        ("window", "edge", ["ward", "edge"]),
        ("window", "device", ["ward"]),
        ("first", "edge", ["ward", "edge"]),
        ("monitor", "cloud", ["ward", "edge", "cloud"]),
    ],
)
def test_data_stays_within_its_tier_whatever_carries_it(
    name: str, tier: str, left: list[str]
) -> None:
    problem, _ = build_small(build_ward(changes={name: {"stays-within": tier}}))
    assert [choice.place for choice in problem.options["first"]] == left
    for rule in rules_of(problem, "first").values():
        assert rule == f"{name} stays within the {tier} tier"


def test_too_little_memory_for_the_weights_of_one_network() -> None:
    experiment = with_hardware(build_ward(), "ward", memory=1000.0)
    problem, _ = build_small(experiment, forms={"first": (lite(1e-3, size_bytes=2000),)})
    assert rules_of(problem, "first") == {"ward, lite": "its weights take 2 kB, ward has 1 kB"}


def test_hardware_without_a_runtime_of_the_network() -> None:
    experiment = with_hardware(build_ward(), "ward", runtimes=("litert",))
    rules = Rules(runtimes=lambda _: ("onnxruntime", "torch"))
    problem, _ = build_small(experiment, rules=rules)
    assert list(rules_of(problem, "first")) == ["ward"]
    assert "no runtime of its network (onnxruntime, torch)" in rules_of(problem, "first")["ward"]


def test_hardware_that_runs_its_sensor_only() -> None:
    problem, _ = build_small(with_hardware(build_ward(), "ward", runtimes=()))
    assert rules_of(problem, "second") == {"ward": "device-hardware runs its sensor only"}


def test_a_stage_that_alone_asks_for_too_much() -> None:
    # 0.3 s a second: 1.2 at a quarter of the speed on the ward, 0.9 for three patients elsewhere.
    experiment = build_ward({"first": constant(0.3)}, instances=3, device_speed=0.25)
    problem, _ = build_small(experiment)
    assert rules_of(problem, "first") == {
        "ward": "it alone would ask for 120% of what a worker of ward can do"
    }


def test_a_stage_that_nobody_can_host() -> None:
    experiment = build_ward({"first": constant(0.3)}, instances=4, device_speed=0.25)
    with pytest.raises(ConfigError, match=r"first: no node can host this stage: ward: .* edge: .*"):
        build_small(experiment)


def test_quality_below_the_floor_or_unknown() -> None:
    forms = {"first": (lite(1e-3, quality=0.91),)}
    problem, _ = build_small(build_ward(), forms=forms, rules=Rules(floors={"first": 0.9}))
    assert {str(choice) for choice in problem.options["first"]} == {
        "ward, lite",
        "edge, lite",
        "cloud, lite",
    }
    assert "untrained" in rules_of(problem, "first")["edge"]
    with pytest.raises(ConfigError, match=r"first: no node can host.*accuracy is 0.91, below 0.95"):
        build_small(build_ward(), forms=forms, rules=Rules(floors={"first": 0.95}))


def with_hardware(experiment: Experiment, group: str, **values: object) -> Experiment:
    node = experiment.topology.nodes[group]
    assert node.hardware is not None
    hardware = Hardware.model_validate({**node.hardware.model_dump(by_alias=True), **values})
    nodes = {**experiment.topology.nodes, group: node.model_copy(update={"hardware": hardware})}
    topology = experiment.topology.model_copy(update={"nodes": nodes})
    return experiment.model_copy(update={"topology": topology})
