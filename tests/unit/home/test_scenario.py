"""The graph, the topology and the figures that scenario.yaml states."""

from __future__ import annotations

import math

import pytest

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.model.placement import place
from edge_aibench.model.workload import Workload, plan_arrivals


def test_every_sensor_ends_at_its_own_stage() -> None:
    scenario = load_scenario("home").scenario
    assert {name: scenario.end_of(name) for name in scenario.sensors} == {
        "microphone": "act",
        "camera": "welcome",
        "thermometer": "climate",
    }
    assert scenario.origin("command") == scenario.origin("diary") == "microphone"


def test_stages_run_where_they_should() -> None:
    groups = place(load_scenario("home").scenario, load_topology("home-mixed")).groups
    assert groups == {
        "compress-sound": ("speaker",),
        "decode-sound": ("gateway",),
        "speech": ("gateway",),
        "compress-image": ("doorbell",),
        "decode-image": ("gateway",),
        "face": ("gateway",),
        "command": ("gateway",),
        "act": ("speaker",),
        "welcome": ("doorbell",),
        "climate": ("gateway",),
        "diary": ("cloud",),
    }


def test_decoding_follows_the_network() -> None:
    placed = place(load_scenario("home").scenario, load_topology("home-mixed"), "speech=cloud")
    assert placed.groups["decode-sound"] == placed.groups["speech"] == ("cloud",)
    assert placed.groups["decode-image"] == ("gateway",)


def test_budgets_are_called_ours_and_leave_room_for_the_window() -> None:
    scenario = load_scenario("home").scenario
    budgets = scenario.budgets
    assert budgets.communication is not None
    assert budgets.end_to_end is not None
    assert budgets.communication.source.startswith("ours")
    assert budgets.end_to_end.source.startswith("ours")
    window_s = scenario.stages["command"].within_s["face"]
    assert window_s < budgets.end_to_end.limit_s < scenario.timeout_s


def test_four_fifths_of_the_commands_have_a_face_in_the_window() -> None:
    scenario = load_scenario("home").scenario
    window_s = scenario.stages["command"].within_s["face"]
    expected = 1 - math.exp(-2 * window_s / scenario.sensors["camera"].arrivals.interval_s)
    assert expected == pytest.approx(0.80, abs=0.005)
    workload = Workload(duration_s=20_000.0, warmup_s=0.0, seed=1)
    commands, faces = (
        plan_arrivals(name, scenario.sensors[name].arrivals, workload, instances=1).instants_ns[0]
        for name in ("microphone", "camera")
    )
    near = sum(bool((abs(faces - instant) <= window_s * 1e9).any()) for instant in commands)
    # Some 4000 commands; windows overlap, so rather more than three standard deviations.
    assert near / len(commands) == pytest.approx(expected, abs=0.03)
