"""Hardware that a topology names by a yardstick gets its speed from this machine's yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.api.notices import Notices

if TYPE_CHECKING:
    from edge_aibench.inference.yardstick import OwnYardstick
    from edge_aibench.model.hardware import Hardware
    from edge_aibench.model.topology import Topology

_CONTENDED = (
    "something else had the processor while the yardstick was measured: this machine seems slower "
    "than it is, and other hardware faster; call `edge-aibench yardstick --again` when it is idle"
)


def this_machine(notices: Notices, *, again: bool = False) -> OwnYardstick:
    """Give this machine's yardstick, measured on first use, which is said.

    A measurement that something disturbed is used, and warned of each time.
    """
    import platform

    from edge_aibench.config.folders import cache_folder
    from edge_aibench.inference.yardstick import Store, own_yardstick
    from edge_aibench.record.environment import collect

    def announce() -> None:
        notices.progress("measuring ResNet-50 on one thread of this machine, once: about 20 s")

    processor = collect(packages=()).cpu_model or platform.machine()
    own = own_yardstick(Store(cache_folder(), processor), again=again, announce=announce)
    if own.contended:
        notices.warning(_CONTENDED)
    return own


def with_speeds(topology: Topology, notices: Notices) -> Topology:
    """Give *topology* with the speed of all its hardware; nothing is measured without need."""
    names = [
        name
        for name, group in topology.nodes.items()
        if group.hardware is not None and group.hardware.open_yardstick is not None
    ]
    if not names:
        return topology
    own = this_machine(notices)
    nodes = dict(topology.nodes)
    for name in names:
        group = nodes[name]
        if group.hardware is not None:
            hardware = with_speed(group.hardware, own)
            nodes[name] = group.model_copy(update={"hardware": hardware})
    return topology.model_copy(update={"nodes": nodes})


def with_speed(hardware: Hardware, own: OwnYardstick) -> Hardware:
    """Give *hardware* with its speed relative to the machine of *own*."""
    wanted = hardware.open_yardstick
    if wanted is None:
        return hardware
    return hardware.measured_here(own.time_s(wanted.own_precision))
