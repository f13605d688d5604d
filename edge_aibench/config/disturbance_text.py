"""Faults and background traffic as users write them.

    node NAME at TIME [for TIME]          link NAME at TIME [for TIME]
    LINK [up RATE] [down RATE] [packet SIZE]

A node is called as everywhere: `edge`, `bedside-3`; the name of its group means all of them. A
wire is a link and its number from 0, as in links.json: `access/3`; the link's name means all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge_aibench.config.clauses import Clauses, split_clauses
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances, Fault
from edge_aibench.model.topology import Topology
from edge_aibench.units import format_duration, parse_duration_s, parse_rate_bps, parse_size_bytes

_FAULT_FORM = "write it like --fault 'node edge at 10 s for 2 s'"
_BACKGROUND_FORM = "write it like --background 'wan up 20 Mbit/s down 1 Mbit/s'"
LARGEST_PACKET_BYTES = 65_535.0


@dataclass(frozen=True)
class Ground:
    """What a disturbance can hit: the nodes and links of *topology*, in a run of *run_s*."""

    topology: Topology
    instances: int
    run_s: float

    def nodes_of(self, group: str) -> int:
        """How many nodes the group has."""
        return self.topology.count(group, instances=self.instances)

    def wires_of(self, link: str) -> int:
        """How many wires the link has."""
        return max(self.nodes_of(end) for end in self.topology.links[link].between)


def parse_disturbances(
    faults: Iterable[str], background: Iterable[str], *, ground: Ground
) -> Disturbances:
    """Read all `--fault` and `--background` options.

    Raises ConfigError for a text of another form, for a node, group, wire or link that the
    topology has not, for a fault after the end of the run, and for a link that comes twice.
    """
    traffic: dict[str, BackgroundTraffic] = {}
    for text in background:
        others = parse_background(text, ground=ground)
        if others.link in traffic:
            raise ConfigError(
                "says the traffic of a link twice", where=f"--background {text}", value=others.link
            )
        traffic[others.link] = others
    return Disturbances(
        faults=tuple(parse_fault(text, ground=ground) for text in faults),
        background=tuple(traffic.values()),
    )


def parse_fault(text: str, *, ground: Ground) -> Fault:
    """Read one `--fault`. Raises ConfigError."""
    where = f"--fault {text}"
    clauses = split_clauses(text, ("at", "for"), where=where, heads=2)
    at_s = clauses.quantity("at", parse_duration_s)
    if len(clauses.head) != 2 or at_s is None:
        raise ConfigError(
            "must have the form KIND NAME at TIME", where=where, next_step=_FAULT_FORM
        )
    kind, name = clauses.head
    lasts_s = clauses.quantity("for", parse_duration_s)
    _check_instants(at_s, lasts_s, ground.run_s, where)
    match kind:
        case "node":
            _check_node(name, ground, where)
            return Fault(kind="node", name=name, at_s=at_s, lasts_s=lasts_s)
        case "link":
            _check_wire(name, ground, where)
            return Fault(kind="link", name=name, at_s=at_s, lasts_s=lasts_s)
        case _:
            raise ConfigError(
                "must begin with node or link", where=where, value=kind, next_step=_FAULT_FORM
            )


def parse_background(text: str, *, ground: Ground) -> BackgroundTraffic:
    """Read one `--background`. Raises ConfigError."""
    where = f"--background {text}"
    clauses = split_clauses(text, ("up", "down", "packet"), where=where, heads=1)
    if len(clauses.head) != 1:
        raise ConfigError(
            "must have the form LINK up RATE down RATE", where=where, next_step=_BACKGROUND_FORM
        )
    (link,) = clauses.head
    if link not in ground.topology.links:
        raise unknown_name("link", link, ground.topology.links, where=where)
    up_bps = clauses.quantity("up", parse_rate_bps) or 0.0
    down_bps = clauses.quantity("down", parse_rate_bps) or 0.0
    if up_bps == down_bps == 0:
        raise ConfigError(
            "must name a rate above 0 for up or down", where=where, next_step=_BACKGROUND_FORM
        )
    return BackgroundTraffic(
        link=link, up_bps=up_bps, down_bps=down_bps, packet_bytes=_packet_bytes(clauses)
    )


def _packet_bytes(clauses: Clauses) -> float:
    size_bytes = clauses.quantity("packet", parse_size_bytes)
    if size_bytes is None:
        return 1500.0
    if not 1 <= size_bytes <= LARGEST_PACKET_BYTES:
        raise ConfigError(
            f"a packet must have from 1 to {LARGEST_PACKET_BYTES:,.0f} bytes",
            where=clauses.where,
            key="packet",
            value=clauses.parts["packet"],
        )
    return size_bytes


def _check_instants(at_s: float, lasts_s: float | None, run_s: float, where: str) -> None:
    if at_s >= run_s:
        raise ConfigError(
            f"must begin before the run ends, {format_duration(run_s)} after its start "
            "(the warm-up included)",
            where=where,
            key="at",
            value=format_duration(at_s),
            next_step="let it begin earlier, or make --duration longer",
        )
    if lasts_s == 0:
        raise ConfigError(
            "must last for some time",
            where=where,
            key="for",
            value="0 s",
            next_step="leave 'for' out for a fault that lasts to the end",
        )


def _check_node(name: str, ground: Ground, where: str) -> None:
    nodes = ground.topology.nodes
    group, number = name, None
    if name not in nodes:
        group, _, written = name.rpartition("-")
        if group not in nodes or not _is_number(written):
            raise unknown_name("node or group of nodes", name, nodes, where=where)
        number = int(written)
    if nodes[group].kind == "switch":
        raise ConfigError(
            "names a switch, which holds nothing that could be lost",
            where=where,
            value=name,
            next_step="let a link of it fail: --fault 'link NAME at TIME'",
        )
    count = ground.nodes_of(group)
    if number is None:
        return
    if count == 1:
        raise ConfigError(
            "numbers a node that is alone in its group",
            where=where,
            value=name,
            next_step=f"call it '{group}'",
        )
    if not 1 <= number <= count:
        raise ConfigError(
            f"the nodes of '{group}' are {group}-1 to {group}-{count}", where=where, value=name
        )


def _check_wire(name: str, ground: Ground, where: str) -> None:
    links = ground.topology.links
    link, slash, written = name.partition("/")
    if link not in links:
        raise unknown_name("link", link, links, where=where)
    last = ground.wires_of(link) - 1
    if slash and not (_is_number(written) and int(written) <= last):
        raise ConfigError(
            f"the wires of '{link}' are {link}/0 to {link}/{last}"
            if last
            else f"the only wire of '{link}' is {link}/0",
            where=where,
            value=name,
        )


def _is_number(text: str) -> bool:
    return len(text) <= 9 and text.isascii() and text.isdigit() and text == str(int(text))
