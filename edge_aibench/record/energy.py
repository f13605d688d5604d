"""What a run took in energy and money, by node group and link, and for each request.

A node takes its idle power for as long as the run lasts, and the difference to its busy power
while it works: a linear model, as in Fan, Weber, Barroso, ISCA 2007. A link takes its idle power,
and so much for each bit on the wire. What the hardware or the link does not say counts as nothing
and is named: the sum is then "at least". Nodes and links that take no part in the scenario as it is
placed are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.errors import InternalError
from edge_aibench.model.routing import Routes, route
from edge_aibench.record.offered_load import Way, crossings
from edge_aibench.record.values import Entry

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment

_S_PER_H = 3600.0
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What *requests* measured requests used in *time_s* of virtual time.

    *busy_s* is seconds of work by node group, summed over its nodes and their workers; *wire_bytes*
    is what crossed each direction of a link, summed over its wires, headers included. Both count
    0 where they say nothing.
    """

    time_s: float
    requests: int
    busy_s: Mapping[str, float]
    wire_bytes: Mapping[tuple[str, Way], float]

    def __post_init__(self) -> None:
        amounts = (self.time_s, *self.busy_s.values(), *self.wire_bytes.values())
        if not all(math.isfinite(amount) and amount >= 0 for amount in amounts):
            raise InternalError("time, work and bytes must be finite and at least 0")
        if self.time_s == 0 or self.requests < 1:
            raise InternalError("energy needs some time and a request")


class Joules(Entry):
    """*busy_j* went into work or bits, *idle_j* into being there: all requests share it evenly."""

    busy_j: float
    idle_j: float
    total_j: float
    busy_j_per_request: float
    idle_j_per_request: float
    total_j_per_request: float
    mean_power_w: float


class EnergyPart(Joules):
    """The *count* nodes of a group, or wires of a link; *unknown* says what they do not state."""

    kind: Literal["nodes", "link"]
    name: str
    count: int
    unknown: tuple[str, ...] = ()


class Energy(Joules):
    """The energy of a run that measured *requests* requests in *time_s* virtual seconds.

    With *at_least* some part does not state all of its powers.
    """

    time_s: float
    requests: int
    at_least: bool
    parts: tuple[EnergyPart, ...]


class NodeCost(Entry):
    """What the *count* nodes of a group cost an hour; None if their hardware does not say."""

    node: str
    count: int
    per_hour: float | None
    currency: str | None


class Cost(Entry):
    """What the nodes that take part cost, by currency: nothing is converted.

    *unknown* are node groups without a price: with any, the sums are "at least".
    """

    per_hour: dict[str, float]
    per_million_requests: dict[str, float]
    nodes: tuple[NodeCost, ...]
    unknown: tuple[str, ...] = ()


def energy_and_cost(experiment: Experiment, usage: Usage) -> tuple[Energy, Cost]:
    """What *usage* of an experiment's nodes and links took; needs no tables of the run."""
    cost = cost_of(experiment, time_s=usage.time_s, requests=usage.requests)
    return energy_of(experiment, usage), cost


def energy_of(experiment: Experiment, usage: Usage) -> Energy:
    """The energy that *usage* of an experiment's nodes and links takes."""
    routes = route(experiment.scenario, experiment.topology, experiment.placement)
    parts = (*_node_parts(experiment, routes, usage), *_link_parts(experiment, routes, usage))
    return _total(parts, time_s=usage.time_s, requests=usage.requests)


def cost_of(experiment: Experiment, *, time_s: float, requests: int) -> Cost:
    """What the nodes cost while *requests* requests came in *time_s* virtual seconds."""
    topology = experiment.topology
    routes = route(experiment.scenario, topology, experiment.placement)
    nodes = []
    for name in _groups(experiment, routes):
        hardware = topology.nodes[name].hardware
        price = None if hardware is None else hardware.price_per_hour
        count = topology.count(name, instances=experiment.instances)
        nodes.append(
            NodeCost(
                node=name,
                count=count,
                per_hour=None if price is None else count * price.value,
                currency=None if price is None else price.currency,
            )
        )
    return _priced(tuple(nodes), hours_per_request=time_s / _S_PER_H / requests)


def pooled_energy(energies: Sequence[Energy]) -> Energy | None:
    """Repeats of one experiment as one long run; None if they have unlike parts."""
    if not energies or len({tuple((p.kind, p.name) for p in e.parts) for e in energies}) > 1:
        return None
    time_s = math.fsum(energy.time_s for energy in energies)
    requests = sum(energy.requests for energy in energies)
    parts = (
        _part(
            same[0].kind,
            same[0].name,
            same[0].count,
            busy_j=math.fsum(part.busy_j for part in same),
            idle_j=math.fsum(part.idle_j for part in same),
            time_s=time_s,
            requests=requests,
            unknown=tuple(dict.fromkeys(name for part in same for name in part.unknown)),
        )
        for same in zip(*(energy.parts for energy in energies), strict=True)
    )
    return _total(tuple(parts), time_s=time_s, requests=requests)


def pooled_cost(costs: Sequence[Cost], energies: Sequence[Energy]) -> Cost | None:
    """The cost of repeats, whose *energies* tell how long they were; None if nodes differ."""
    if not costs or len({cost.nodes for cost in costs}) > 1:
        return None
    time_s = math.fsum(energy.time_s for energy in energies)
    requests = sum(energy.requests for energy in energies)
    return _priced(costs[0].nodes, hours_per_request=time_s / _S_PER_H / requests)


def _groups(experiment: Experiment, routes: Routes) -> list[str]:
    """The node groups that take part, in the topology's order."""
    used = {sensor.node for sensor in experiment.scenario.sensors.values()}
    used |= {name for groups in experiment.placement.groups.values() for name in groups}
    used |= {broker for flow in routes.flows for broker in routes.ends(flow)}
    return [name for name in experiment.topology.nodes if name in used]


def _node_parts(experiment: Experiment, routes: Routes, usage: Usage) -> Iterator[EnergyPart]:
    topology = experiment.topology
    for name in _groups(experiment, routes):
        hardware = topology.nodes[name].hardware
        count = topology.count(name, instances=experiment.instances)
        present_s = count * usage.time_s
        busy_w = None if hardware is None else hardware.busy_power_w
        idle_w = None if hardware is None else hardware.idle_power_w
        at_once = 1 if hardware is None else hardware.stages_at_once
        # Several workers may share a machine: it takes no more than its busy power.
        worked_s = min(usage.busy_s.get(name, 0.0) / at_once, present_s)
        known = busy_w is not None and idle_w is not None
        yield _part(
            "nodes",
            name,
            count,
            busy_j=((busy_w or 0.0) - (idle_w or 0.0)) * worked_s if known else 0.0,
            idle_j=(idle_w or 0.0) * present_s,
            time_s=usage.time_s,
            requests=usage.requests,
            unknown=_missing({"idle-power": idle_w, "busy-power": busy_w}),
        )


def _link_parts(experiment: Experiment, routes: Routes, usage: Usage) -> Iterator[EnergyPart]:
    topology = experiment.topology
    outputs = dict.fromkeys(flow.output for flow in routes.flows)
    used = {link for output in outputs for link, _ in crossings(routes, topology, output)}
    for name, link in topology.links.items():
        if name not in used:
            continue
        wires = max(topology.count(end, instances=experiment.instances) for end in link.between)
        stated: dict[str, float | None] = {"idle-power": link.idle_power_w}
        busy_j = 0.0
        for way, energy in (("up", link.up.energy), ("down", link.down.energy)):
            bits = 8 * usage.wire_bytes.get((name, "up" if way == "up" else "down"), 0.0)
            if bits == 0:
                continue
            sides = {"sending": energy.sending_j_per_bit, "receiving": energy.receiving_j_per_bit}
            stated |= {f"{way} {side}": each_j for side, each_j in sides.items()}
            busy_j += bits * math.fsum(each_j or 0.0 for each_j in sides.values())
        yield _part(
            "link",
            name,
            wires,
            busy_j=busy_j,
            idle_j=(link.idle_power_w or 0.0) * wires * usage.time_s,
            time_s=usage.time_s,
            requests=usage.requests,
            unknown=_missing(stated),
        )


def _missing(stated: Mapping[str, float | None]) -> tuple[str, ...]:
    return tuple(name for name, value in stated.items() if value is None)


def _joules(busy_j: float, idle_j: float, time_s: float, requests: int) -> dict[str, float]:
    total_j = busy_j + idle_j
    return {
        "busy_j": busy_j,
        "idle_j": idle_j,
        "total_j": total_j,
        "busy_j_per_request": busy_j / requests,
        "idle_j_per_request": idle_j / requests,
        "total_j_per_request": total_j / requests,
        "mean_power_w": total_j / time_s,
    }


def _part(
    kind: Literal["nodes", "link"],
    name: str,
    count: int,
    *,
    busy_j: float,
    idle_j: float,
    time_s: float,
    requests: int,
    unknown: tuple[str, ...],
) -> EnergyPart:
    return EnergyPart(
        kind=kind,
        name=name,
        count=count,
        unknown=unknown,
        **_joules(busy_j, idle_j, time_s, requests),
    )


def _total(parts: tuple[EnergyPart, ...], *, time_s: float, requests: int) -> Energy:
    busy_j = math.fsum(part.busy_j for part in parts)
    idle_j = math.fsum(part.idle_j for part in parts)
    return Energy(
        time_s=time_s,
        requests=requests,
        at_least=any(part.unknown for part in parts),
        parts=parts,
        **_joules(busy_j, idle_j, time_s, requests),
    )


def _priced(nodes: tuple[NodeCost, ...], *, hours_per_request: float) -> Cost:
    per_hour: dict[str, float] = {}
    for node in nodes:
        if node.currency is not None and node.per_hour is not None:
            per_hour[node.currency] = per_hour.get(node.currency, 0.0) + node.per_hour
    return Cost(
        per_hour=per_hour,
        per_million_requests={
            currency: amount * hours_per_request * _MILLION for currency, amount in per_hour.items()
        },
        nodes=nodes,
        unknown=tuple(node.node for node in nodes if node.per_hour is None),
    )
