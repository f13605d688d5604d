"""Can this machine emulate that much? Answered before anything is built.

The emulated nodes share this machine's cores. While they seldom want them at the same moment,
each behaves as if it had a core of its own; beyond that they wait for each other, which no real
network would show. Time dilation spreads the same work over more wall time.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.model.paths import crossed_links
from edge_aibench.model.routing import route

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.hardware import Hardware


class BeyondHostError(HostError):
    """The emulation of so many would take more than this machine has."""


# Processor time of one message with its acknowledgement, and of each link it crosses. Measured on
# the empty ward (two messages a request, two links each): bedside 1.0, edge 0.35, broker 0.15 and
# relay 0.56 ms a request (docs/performance.md).
MESSAGE_CPU_S = 0.75e-3
LINK_CPU_S = 0.14e-3

# What the relay takes for a frame beyond a message's first (docs/performance.md: 6 to 11 us), its
# acknowledgement and both network stacks included.
FRAME_CPU_S = 0.02e-3
_FRAME_BYTES = 1448

PROPOSED_USE = 0.35
"""Share of the cores from which on a dilation is proposed (see docs/performance.md)."""

LARGEST_USE = 0.95
"""Share of the cores above which a run would fall behind its plan for ever."""

LARGEST_DILATION = 1000
"""The largest dilation there is."""

# Beyond it a virtual second lasts more than a minute, and other ways are better.
_LONGEST_DILATION = 60

# A host is a shell, an agent (most of its pages shared with the others) and kernel buffers.
_HOST_BYTES = 14e6
_BASE_BYTES = 600e6


@dataclass(frozen=True)
class Expectation:
    """What a run will ask of this machine's *cores*, at dilation 1 and as configured."""

    cores: int
    undilated_use: float
    use: float
    proposed_dilation: float
    service_s: Mapping[str, float]


def expect(experiment: Experiment, service_s: Mapping[str, float]) -> Expectation:
    """Work out the expected use from the *service_s* of each stage on this machine."""
    cores = len(os.sched_getaffinity(0))
    per_second_s = _message_cpu_s(experiment) + _stage_cpu_s(experiment, service_s)
    undilated = per_second_s / cores
    fastest = max(
        (group.hardware.speed for group in experiment.topology.nodes.values() if group.hardware),
        default=1.0,
    )
    # In tenths, so that what is shown is not below what is needed.
    needed = max(1.0, math.ceil(10 * undilated / PROPOSED_USE) / 10, math.ceil(10 * fastest) / 10)
    return Expectation(
        cores=cores,
        undilated_use=undilated,
        use=undilated / experiment.dilation,
        proposed_dilation=needed,
        service_s=service_s,
    )


def check(experiment: Experiment, expectation: Expectation) -> None:
    """Refuse what cannot work here, saying what would. Raises HostError or ConfigError."""
    for name, group in experiment.topology.nodes.items():
        if experiment.compute == "profiled" or group.hardware is None:
            continue
        if group.hardware.speed > experiment.dilation:
            raise _too_fast(experiment, name, group.hardware)
    if expectation.use > LARGEST_USE:
        fits = math.floor(experiment.instances * PROPOSED_USE / expectation.use)
        raise BeyondHostError(
            f"{experiment.instances} {experiment.scenario.instances.name}s would ask "
            f"{expectation.use:.0%} of this machine's {expectation.cores} cores",
            mend=f"at most {max(fits, 0)} fit at dilation {experiment.dilation:g}; "
            f"all of them fit at --dilation {expectation.proposed_dilation:g}"
            + (" (at most 1000)" if expectation.proposed_dilation > 1000 else ""),
        )


def _too_fast(experiment: Experiment, group: str, hardware: Hardware) -> ConfigError:
    needed = math.ceil(hardware.speed)
    next_step = f"add --dilation {needed}"
    if needed > _LONGEST_DILATION:
        dilated = (
            f"--dilation {needed} would make a virtual second last {needed} s"
            if needed <= LARGEST_DILATION
            else f"no dilation reaches that far, {LARGEST_DILATION} is the most"
        )
        next_step = f"add --compute profiled with profiles of its tasks, or simulate; {dilated}"
    return ConfigError(
        f"'{hardware.name}' is {hardware.speed:.4g} times as fast as this machine: at dilation "
        f"{experiment.dilation:g} a stage would have to answer before it has run here",
        where=f"topology {experiment.topology.name}",
        key=f"nodes.{group}",
        next_step=next_step,
    )


def check_memory(experiment: Experiment, *, source: Path = Path("/proc/meminfo")) -> None:
    """Refuse more hosts than fit into the memory that is free. Raises HostError."""
    hosts = sum(
        experiment.topology.count(name, instances=experiment.instances)
        for name, group in experiment.topology.nodes.items()
        if group.kind == "host"
    )
    available = _available_bytes(source)
    if available is not None and _BASE_BYTES + hosts * _HOST_BYTES > available:
        raise BeyondHostError(
            f"{hosts} hosts need about {(_BASE_BYTES + hosts * _HOST_BYTES) / 1e9:.1f} GB of "
            f"memory, {available / 1e9:.1f} GB are free",
            mend=f"about {hosts_that_fit(source=source)} hosts fit",
        )


def hosts_that_fit(*, source: Path = Path("/proc/meminfo")) -> int:
    """How many hosts fit into the memory that is free; 0 where the kernel does not say."""
    available = _available_bytes(source) or 0.0
    return max(0, math.floor((available - _BASE_BYTES) / _HOST_BYTES))


def _available_bytes(source: Path) -> float | None:
    for line in source.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    return None


def _observations_per_s(experiment: Experiment, output: str) -> float:
    """How many requests a second the sensor makes whose requests *output* belongs to."""
    scenario = experiment.scenario
    sensor = scenario.sensors[scenario.origin(output)]
    return experiment.instances / sensor.arrivals.interval_s


def _message_cpu_s(experiment: Experiment) -> float:
    """Processor seconds a second for messages."""
    scenario, topology = experiment.scenario, experiment.topology
    routes = route(scenario, topology, experiment.placement)
    once: dict[tuple[str, str], float] = {}
    for flow in routes.flows:
        links = len(crossed_links(topology, flow.source, flow.target))
        further_frames = scenario.payload_bytes(flow.output) // _FRAME_BYTES
        each_s = MESSAGE_CPU_S + links * (LINK_CPU_S + FRAME_CPU_S * further_frames)
        once[flow.output, flow.target] = each_s * _observations_per_s(experiment, flow.output)
    return sum(once.values())


def _stage_cpu_s(experiment: Experiment, service_s: Mapping[str, float]) -> float:
    """Processor seconds a second for stages, each counted wherever a copy of it runs."""
    placed = experiment.placement.groups
    return sum(
        seconds * len(placed[name]) * _observations_per_s(experiment, name)
        for name, seconds in service_s.items()
    )
