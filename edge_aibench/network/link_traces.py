"""What becomes of each link of a topology during a run: what every engine asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge_aibench.errors import InternalError
from edge_aibench.model.topology import Topology, Wire
from edge_aibench.network.mobility import mobility_trace
from edge_aibench.network.trace import LinkTrace, table_trace
from edge_aibench.rng import stream

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment


def link_traces(
    topology: Topology, *, instances: int, duration_s: float, seed: int
) -> Mapping[tuple[str, int], LinkTrace]:
    """The trace of each link that moves, by its name and number, in virtual time.

    *topology* is the one that was asked for, not a dilated one (`LinkTrace.dilated` is for that).
    Links that do not move are missing. The nodes of one link begin evenly spread over the route
    or, if it repeats, over the trace; the first one begins a trace at its beginning.
    """
    wires = [w for w in topology.wires(instances=instances) if _moves(w)]
    counts = Counter(wire.link for wire in wires)
    return {
        (wire.link, wire.index): _trace(
            wire, share=wire.index / counts[wire.link], duration_s=duration_s, seed=seed
        )
        for wire in wires
    }


def wire_traces(experiment: Experiment) -> dict[str, LinkTrace]:
    """The trace (in virtual time) of each wire that moves in *experiment*, by its name."""
    workload = experiment.workload
    traces = link_traces(
        experiment.topology,
        instances=experiment.instances,
        duration_s=workload.warmup_s + workload.duration_s + experiment.scenario.timeout_s,
        seed=workload.seed,
    )
    return {f"{link}/{index}": trace for (link, index), trace in traces.items()}


def _moves(wire: Wire) -> bool:
    return wire.spec.mobility is not None or wire.spec.trace is not None


def _trace(wire: Wire, *, share: float, duration_s: float, seed: int) -> LinkTrace:
    link = wire.spec
    if link.trace is not None:
        trace = table_trace(link.trace, up=link.up, down=link.down)
        return trace if trace.period_s is None else trace.begun_at(share * trace.period_s)
    if link.mobility is None:
        raise InternalError(f"link '{wire.link}' does not move")
    start = stream(seed, f"mobility/{wire.link}/start").random()
    return mobility_trace(
        link.mobility,
        up=link.up,
        down=link.down,
        start_share=(start + share) % 1.0,
        duration_s=duration_s,
        generator=stream(seed, f"mobility/{wire.link}/{wire.index}"),
    )
