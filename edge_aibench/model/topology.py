"""Nodes in three tiers, their hardware, and the links between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, Name, Value
from edge_aibench.errors import ConfigError
from edge_aibench.model.hardware import Hardware
from edge_aibench.model.link import Link

__all__ = ["TIERS", "Hardware", "NodeGroup", "NodeName", "Tier", "Topology", "Wire"]

Tier = Literal["device", "edge", "cloud"]
TIERS: tuple[Tier, ...] = ("device", "edge", "cloud")


class NodeGroup(Value):
    """*count* nodes of one kind (`instances`: one for each patient, vehicle, camera or home)."""

    tier: Tier
    count: Annotated[int, Field(ge=1)] | Literal["instances"] = 1
    kind: Literal["host", "switch"] = "host"
    hardware: Hardware | None = None
    broker: bool = False

    @model_validator(mode="after")
    def _switches_only_switch(self) -> Self:
        if self.kind == "switch" and (self.hardware is not None or self.broker):
            raise BrokenRuleError(
                "a switch has no hardware and no broker",
                next_step="drop 'hardware' and 'broker', or make the kind host",
            )
        if self.kind == "host" and self.hardware is None:
            raise BrokenRuleError(
                "a host needs hardware",
                key=("hardware",),
                next_step="`edge-aibench list hardware` shows what there is",
            )
        return self


@dataclass(frozen=True)
class NodeName:
    """One node: its group and its number in it, from 0."""

    group: str
    index: int
    alone: bool

    def __str__(self) -> str:
        return self.group if self.alone else f"{self.group}-{self.index + 1}"


class Topology(Value):
    """A network of node groups; every name used by a link exists, every node is reachable."""

    name: Name
    title: str = ""
    nodes: dict[Name, NodeGroup]
    links: dict[Name, Link]

    @model_validator(mode="after")
    def _is_connected(self) -> Self:
        for name, link in self.links.items():
            for end in link.between:
                if end not in self.nodes:
                    raise BrokenRuleError(
                        "names no node group",
                        key=("links", name, "between"),
                        value=end,
                        known=self.nodes,
                    )
            if link.between[0] == link.between[1]:
                raise BrokenRuleError(
                    "joins a node group with itself",
                    key=("links", name, "between"),
                    value=link.between[0],
                    next_step="name two node groups",
                )
        if not self.nodes:
            raise BrokenRuleError(
                "must hold at least one group",
                key=("nodes",),
                next_step="add a group such as 'edge: {tier: edge, hardware: edge-server}'",
            )
        reached = self._reachable_from(next(iter(self.nodes)))
        if lost := sorted(set(self.nodes) - reached):
            raise BrokenRuleError(
                "no link leads to this node group",
                key=("nodes", lost[0]),
                next_step=f"add a link between it and one of {', '.join(sorted(reached))}",
            )
        return self

    def _reachable_from(self, start: str) -> set[str]:
        reached, front = {start}, [start]
        while front:
            here = front.pop()
            for link in self.links.values():
                if here in link.between:
                    there = link.between[1] if link.between[0] == here else link.between[0]
                    if there not in reached:
                        reached.add(there)
                        front.append(there)
        return reached

    def count(self, group: str, *, instances: int) -> int:
        """How many nodes *group* has when the scenario has *instances*."""
        count = self.nodes[group].count
        return instances if count == "instances" else count

    def members(self, group: str, *, instances: int) -> list[NodeName]:
        """The nodes of *group*, in order."""
        count = self.count(group, instances=instances)
        return [NodeName(group=group, index=i, alone=count == 1) for i in range(count)]

    def groups_of(self, tier: Tier) -> list[str]:
        """Names of the host groups in *tier*, in file order."""
        return [n for n, g in self.nodes.items() if g.tier == tier and g.kind == "host"]

    def wires(self, *, instances: int) -> Iterator[Wire]:
        """Every single link: groups of equal size pair up, a lone node meets all of a group."""
        for name, link in self.links.items():
            first = self.members(link.between[0], instances=instances)
            second = self.members(link.between[1], instances=instances)
            if len(first) == len(second):
                pairs = list(zip(first, second, strict=True))
            elif len(second) == 1:
                pairs = [(a, second[0]) for a in first]
            elif len(first) == 1:
                pairs = [(first[0], b) for b in second]
            else:
                raise ConfigError(
                    f"joins {len(first)} nodes with {len(second)}, but one side must be a "
                    "single node, or both must have the same number",
                    where=f"topology '{self.name}'",
                    key=f"links.{name}.between",
                    next_step=f"change the count of {' or '.join(link.between)}",
                )
            for index, (a, b) in enumerate(pairs):
                yield Wire(link=name, index=index, a=a, b=b, spec=link)


@dataclass(frozen=True)
class Wire:
    """One link of a group: number *index* of *link*, from node *a* up to node *b*."""

    link: str
    index: int
    a: NodeName
    b: NodeName
    spec: Link
