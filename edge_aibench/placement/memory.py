"""What the networks of an assignment keep in the memory of each node.

A network is there once a node, however many workers and stages use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge_aibench.inference.stage_network import stage_component, stage_preset

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Scenario, Stage
    from edge_aibench.model.topology import Topology
    from edge_aibench.placement.choice import Choice
    from edge_aibench.placement.facts import StageFacts

BYTES_A_PARAMETER = {"float32": 4, "int8": 1}


def weight_bytes(scenario: Scenario, stage: str) -> int:
    """What the weights of inference stage *stage* take, in its preset and precision.

    A lower bound of what a loaded network takes: a runtime's buffers and code come on top, and
    depend on the runtime.
    """
    described = scenario.stages[stage]
    preset = stage_component(scenario, stage).preset(stage_preset(described))
    return preset.parameters * BYTES_A_PARAMETER[described.precision]


def memory_of(topology: Topology, group: str) -> float | None:
    """The memory of one node of *group* in bytes; None if its hardware does not say."""
    hardware = topology.nodes[group].hardware
    return None if hardware is None else hardware.memory_bytes


def kept_bytes(
    scenario: Scenario, facts: Mapping[str, StageFacts], choices: Mapping[str, Choice]
) -> dict[str, int]:
    """Bytes of weights by node group, on each of its nodes."""
    networks: dict[str, dict[object, int]] = {}
    for name, choice in choices.items():
        size_bytes = facts[name].forms[choice.form].resident_bytes
        if size_bytes:
            network = _network(scenario.stages[name], choice)
            networks.setdefault(choice.place, {})[network] = size_bytes
    return {group: sum(sizes.values()) for group, sizes in networks.items()}


def memory_shares(
    scenario: Scenario,
    topology: Topology,
    facts: Mapping[str, StageFacts],
    choices: Mapping[str, Choice],
) -> dict[str, float]:
    """What of its memory each node group's nodes keep networks in, where memory is known."""
    shares = {}
    for group, size_bytes in kept_bytes(scenario, facts, choices).items():
        memory_bytes = memory_of(topology, group)
        if memory_bytes:
            shares[group] = size_bytes / memory_bytes
    return shares


def _network(stage: Stage, choice: Choice) -> object:
    """What tells networks apart: two stages of one task and form share one."""
    return stage.task, choice.form
