"""The hosts that take part in a run, and numbers for the names in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.topology import NodeName


@dataclass(frozen=True)
class Roll:
    """All hosts with a sensor or a stage, and the numbers that stand for names in the event log."""

    nodes: tuple[NodeName, ...]
    names: tuple[str, ...]

    @property
    def group_of_node(self) -> tuple[str, ...]:
        """Node group by node number."""
        return tuple(node.group for node in self.nodes)


def call_roll(experiment: Experiment) -> Roll:
    """Every host with a sensor or a stage, in the topology's order."""
    scenario, topology = experiment.scenario, experiment.topology
    used = {sensor.node for sensor in scenario.sensors.values()}
    used |= {group for groups in experiment.placement.groups.values() for group in groups}
    nodes = [
        node
        for group in topology.nodes
        if group in used
        for node in topology.members(group, instances=experiment.instances)
    ]
    return Roll(nodes=tuple(nodes), names=(*scenario.sensors, *scenario.stages))
