"""Where each stage runs."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from edge_aibench.config.values import Name, Value
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.scenario import WITH_CONSUMERS, Scenario
from edge_aibench.model.topology import TIERS, Topology


class Placement(Value):
    """Stage -> names of the node groups it runs on (more than one only for copies)."""

    groups: dict[Name, tuple[Name, ...]]

    @model_validator(mode="after")
    def _every_stage_has_a_place(self) -> Self:
        for stage, groups in self.groups.items():
            if not groups:
                raise ValueError(f"stage '{stage}' has no place")
        return self

    def runs_on(self, stage: str, group: str) -> bool:
        """Whether *stage* (or a copy of it) runs on node group *group*."""
        return group in self.groups[stage]

    def stages_on(self, group: str) -> tuple[str, ...]:
        """The stages that run on node group *group*."""
        return tuple(stage for stage, groups in self.groups.items() if group in groups)


def place(scenario: Scenario, topology: Topology, choice: str | None = None) -> Placement:
    """Resolve the scenario's own places and the user's *choice* to node groups.

    *choice* is one tier or group for all inference stages (`edge`; fronts of networks stay where
    they were cut off to), or `stage=place` pairs joined by commas. Raises ConfigError for an
    unknown stage or place, and for a sensor on a node group that the topology does not have.
    """
    _check_sensors(scenario, topology)
    wanted = {name: stage.place for name, stage in scenario.stages.items()}
    wanted |= _parse(choice, scenario)
    groups: dict[str, tuple[str, ...]] = {}
    for name in reversed(scenario.order()):
        if wanted[name] == WITH_CONSUMERS:
            copies = [g for user in scenario.consumers(name) for g in groups[user]]
            groups[name] = tuple(dict.fromkeys(copies))
        else:
            groups[name] = (_group(wanted[name], topology, stage=name),)
    return Placement(groups={name: groups[name] for name in scenario.stages})


def _check_sensors(scenario: Scenario, topology: Topology) -> None:
    hosts = _hosts(topology)
    for name, sensor in scenario.sensors.items():
        if sensor.node not in hosts:
            where = f"sensors.{name}.node of scenario '{scenario.name}'"
            raise unknown_name(
                f"host in topology '{topology.name}'", sensor.node, hosts, where=where
            )


def _hosts(topology: Topology) -> list[str]:
    return [name for name, group in topology.nodes.items() if group.kind == "host"]


def _parse(choice: str | None, scenario: Scenario) -> dict[str, str]:
    if choice is None:
        return {}
    if "=" not in choice:
        return dict.fromkeys(scenario.inference_stages(), choice.strip())
    wanted: dict[str, str] = {}
    for pair in choice.split(","):
        stage, separator, where = (part.strip() for part in pair.partition("="))
        if not separator or not where:
            raise ConfigError(
                "must be a place, or stage=place pairs joined by commas",
                where="--place",
                value=pair,
                next_step="write it like --place death=device,decompensation=edge",
            )
        if stage not in scenario.stages:
            raise unknown_name("stage", stage, scenario.stages, where="--place")
        if stage in wanted:
            raise ConfigError("places a stage twice", where="--place", value=stage)
        wanted[stage] = where
    return wanted


def _group(where: str, topology: Topology, *, stage: str) -> str:
    hosts = _hosts(topology)
    if where in hosts:
        return where
    if where not in TIERS:
        raise unknown_name("place", where, [*TIERS, *hosts], where=f"placement of {stage}")
    groups = topology.groups_of(where)
    if len(groups) == 1:
        return groups[0]
    rule = "has no host" if not groups else f"has several host groups ({', '.join(groups)})"
    raise ConfigError(
        f"tier '{where}' {rule} in topology '{topology.name}'",
        where="placement",
        key=stage,
        next_step="name one node group of the topology",
    )
