"""What messages and work put on the emulated links and workers.

The computing part only: what the messages and the work are is foreseen in
`edge_aibench.emulate.foreseen_load` and measured in `edge_aibench.record.measured_load`. Times and
rates are virtual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edge_aibench.model.paths import crossed_links
from edge_aibench.model.routing import Routes, route
from edge_aibench.model.topology import NodeName
from edge_aibench.network.link_traces import wire_traces
from edge_aibench.record.load import Load, fullest_of_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.topology import Topology
    from edge_aibench.network.trace import LinkTrace

    Numbers = NDArray[np.float64]

# Sizes on the wire: Ethernet 14, IPv4 20 and TCP 32 bytes (with time stamps) around at most 1448;
# MQTT 5.0's PUBLISH before its payload, with topic, correlation and expiry, about 45 (44 counted on
# a link of the small ward); a PUBACK 4. TCP's bare acknowledgements are not counted: there is one
# for two segments or fewer, as the kernel likes, and they are 2 % of long messages.
_SEGMENT_BYTES = 1448
_HEADERS_BYTES = 66
_PUBLISH_BYTES = 45
_PUBACK_BYTES = 4

# Stands for nothing at all, where an outage lasts for the whole run.
_LEAST_BPS = 1e-3

CONFIRMING_BITS = 8 * (_HEADERS_BYTES + _PUBACK_BYTES)
"""What the confirmation of one message puts on the other direction."""

Way = Literal["up", "down"]


def wire_bits(payload_bytes: Numbers) -> Numbers:
    """What one message of each payload puts on each link that it crosses, headers included."""
    wire_bytes = payload_bytes + _PUBLISH_BYTES
    bits: Numbers = 8 * (wire_bytes + _HEADERS_BYTES * _segments(wire_bytes))
    return bits


@dataclass(frozen=True)
class Messages:
    """The messages of one output, by instance: how many a second, and bytes of payload in each."""

    per_s: Numbers
    payload_bytes: Numbers

    def bits_per_s(self) -> Numbers:
        """What they put on each link that they cross, by instance."""
        return self.per_s * wire_bits(self.payload_bytes)

    def confirming_bits_per_s(self) -> Numbers:
        """What their confirmations put on the other direction, by instance."""
        return self.per_s * CONFIRMING_BITS


def link_loads(experiment: Experiment, messages: Mapping[str, Messages]) -> tuple[Load, ...]:
    """The load of each direction of each link that has a rate, on its fullest wire.

    *messages* are those of each output that travels; the traffic of others comes on top.
    """
    topology, instances = experiment.topology, experiment.instances
    routes = route(experiment.scenario, topology, experiment.placement)
    confirmed = experiment.scenario.qos > 0
    bits_per_s: dict[tuple[str, Way], Numbers] = {}

    def put(link: str, way: Way, amount: Numbers) -> None:
        bits_per_s[link, way] = bits_per_s.get((link, way), np.zeros(instances)) + amount

    for output, sent in messages.items():
        for link, way in crossings(routes, topology, output):
            put(link, way, sent.bits_per_s())
            if confirmed:
                put(link, other_way(way), sent.confirming_bits_per_s())
    others_bps = _background_bps(experiment)
    for key in others_bps:
        bits_per_s.setdefault(key, np.zeros(instances))
    moving = any(link.mobility or link.trace for link in topology.links.values())
    traces = wire_traces(experiment) if moving else {}
    loads = (
        _link_load(
            link,
            way,
            amount,
            _rates_bps(experiment, traces, link, way),
            others_bps.get((link, way), 0.0),
        )
        for (link, way), amount in bits_per_s.items()
    )
    return tuple(load for load in loads if load is not None)


def worker_loads(
    experiment: Experiment, work_s: Mapping[tuple[str, str], Numbers]
) -> tuple[Load, ...]:
    """The load of the workers of each host, and of each stage with workers of its own.

    *work_s* is the seconds of work a second of a stage on a node group, by instance.
    """
    scenario = experiment.scenario
    shared: dict[str, Numbers] = {}
    loads: list[Load] = []
    for (stage, group), amount in work_s.items():
        serving = scenario.stages[stage].serving
        if serving is None:
            shared[group] = shared.get(group, np.zeros(experiment.instances)) + amount
            continue
        where, most = _fullest_member(experiment, group, amount)
        loads.append(
            Load(
                kind="workers",
                name=f"stage {stage} on {group}",
                place=str(where),
                offered=most,
                carries=serving.workers,
                own_stage=True,
                gives_up=serving.queue == "drop-late",
            )
        )
    for group, amount in shared.items():
        where, most = _fullest_member(experiment, group, amount)
        loads.append(
            Load(
                kind="workers", name=f"worker of {group}", place=str(where), offered=most, carries=1
            )
        )
    return tuple(loads)


def all_loads(
    experiment: Experiment,
    messages: Mapping[str, Messages],
    work_s: Mapping[tuple[str, str], Numbers],
) -> tuple[Load, ...]:
    """The loads of links and workers, each name once."""
    return fullest_of_each([*link_loads(experiment, messages), *worker_loads(experiment, work_s)])


def crossings(routes: Routes, topology: Topology, output: str) -> Iterator[tuple[str, Way]]:
    """The links that a message of *output* crosses, and how, each as often as it crosses it."""
    for source, target in _legs(routes, output):
        yield from _crossed(topology, source, target)


def other_way(way: Way) -> Way:
    """The direction of the confirmations."""
    return "down" if way == "up" else "up"


def _segments(wire_bytes: Numbers) -> Numbers:
    segments: Numbers = np.ceil(wire_bytes / _SEGMENT_BYTES)
    return segments


def _legs(routes: Routes, output: str) -> Iterator[tuple[str, str]]:
    """The ways between hosts that a message of *output* takes, each as often as it takes it.

    It is published once, crosses a bridge once for each channel, and goes to every target.
    """
    legs: dict[tuple[str, str, str], tuple[str, str]] = {}
    for flow in routes.flows:
        if flow.output != output:
            continue
        near, far = routes.ends(flow)
        legs["publish", flow.source, near] = (flow.source, near)
        legs["bridge", flow.channel, far] = (near, far)
        legs["deliver", far, flow.target] = (far, flow.target)
    yield from (leg for leg in legs.values() if leg[0] != leg[1])


def _crossed(topology: Topology, source: str, target: str) -> Iterator[tuple[str, Way]]:
    here = source
    for name in crossed_links(topology, source, target):
        first, second = topology.links[name].between
        way: Way = "up" if here == first else "down"
        yield name, way
        here = second if here == first else first


def _background_bps(experiment: Experiment) -> dict[tuple[str, Way], float]:
    """The traffic of others on every wire of a direction of a link."""
    found: dict[tuple[str, Way], float] = {}
    for others in experiment.disturbances.background:
        rates_bps: tuple[tuple[Way, float], ...] = (
            ("up", others.up_bps),
            ("down", others.down_bps),
        )
        for way, rate_bps in rates_bps:
            if rate_bps > 0:
                found[others.link, way] = found.get((others.link, way), 0.0) + rate_bps
    return found


def _link_load(
    link: str,
    way: Way,
    bits_per_s: Numbers,
    rates_bps: Sequence[float | None],
    others_bps: float,
) -> Load | None:
    """The load of the fullest wire of *link*; None if all of them carry anything."""
    wires = len(rates_bps)
    # One wire is shared by all instances; else each instance has its own.
    offered = bits_per_s if wires == len(bits_per_s) else np.full(wires, bits_per_s.sum() / wires)
    offered = offered + others_bps
    carried = np.array([np.inf if rate_bps is None else rate_bps for rate_bps in rates_bps])
    index = int(np.argmax(offered / carried))
    if np.isinf(carried).all():
        return None
    if np.isinf(carried[index]):
        index = int(np.flatnonzero(np.isfinite(carried))[0])
    return Load(
        kind="link",
        name=f"link {link} {way}",
        place=f"{link}/{index}",
        offered=float(offered[index]),
        carries=float(carried[index]),
    )


def _rates_bps(
    experiment: Experiment, traces: Mapping[str, LinkTrace], link: str, way: Way
) -> list[float | None]:
    """What each wire of *link* carries; of one that moves, on the average over the run."""
    topology, workload = experiment.topology, experiment.workload
    spec = topology.links[link]
    if spec.trace is None and spec.mobility is None:
        still = spec.up if way == "up" else spec.down
        number = max(topology.count(end, instances=experiment.instances) for end in spec.between)
        return [still.rate_bps] * number
    total_s = workload.warmup_s + workload.duration_s
    return [
        mean_rate_bps(trace, way, from_s=workload.warmup_s, until_s=total_s)
        for name, trace in traces.items()
        if name.rpartition("/")[0] == link
    ]


def mean_rate_bps(trace: LinkTrace, way: Way, *, from_s: float, until_s: float) -> float | None:
    """The mean rate of a moving link, nothing during outages; None if it is ever unlimited."""
    steps = list(trace.changes(from_s, until_s))
    ends_s = [*(instant_s for instant_s, _ in steps[1:]), until_s]
    bits = 0.0
    for (instant_s, state), end_s in zip(steps, ends_s, strict=True):
        direction = state.up if way == "up" else state.down
        if direction.outage != "none":
            continue
        if direction.rate_bps is None:
            return None
        bits += direction.rate_bps * (end_s - instant_s)
    return max(bits / (until_s - from_s), _LEAST_BPS)


def _fullest_member(experiment: Experiment, group: str, amount: Numbers) -> tuple[NodeName, float]:
    count = experiment.topology.count(group, instances=experiment.instances)
    if count == 1:
        return NodeName(group=group, index=0, alone=True), float(amount.sum())
    fullest = int(amount.argmax())
    return NodeName(group=group, index=fullest, alone=False), float(amount[fullest])
