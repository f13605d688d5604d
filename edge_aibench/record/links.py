"""What was asked of each link and what it did: checked before the load, counted during it."""

from __future__ import annotations

from typing import Literal

from edge_aibench.record.values import Entry


class LinkAsked(Entry):
    """One direction as configured; *rate_bps* None is unlimited. Virtual seconds."""

    delay_s: float
    jitter_law: str = "none"
    spread_s: float = 0.0
    loss: float = 0.0
    rate_bps: float | None = None


class LinkAchieved(Entry):
    """One direction as measured by *sent* probes before the load. Virtual seconds."""

    delay_mean_s: float | None = None
    delay_p50_s: float | None = None
    delay_p99_s: float | None = None
    jitter_s: float | None = None
    rate_bps: float | None = None
    loss: float | None = None
    sent: int = 0
    lost: int = 0


class LinkTraffic(Entry):
    """One direction's counters after the run; lateness is actual minus due forwarding time."""

    packets: int = 0
    bytes: int = 0
    lost: int = 0
    dropped: int = 0
    lateness_p50_ns: int | None = None
    lateness_p99_ns: int | None = None
    lateness_max_ns: int | None = None


class LinkMovement(Entry):
    """How one direction changed while the load ran: *outages* of *outage_s* virtual seconds in all.

    *rate_mean_bps* and *delay_mean_s* are means over time; None where the link has no rate.
    """

    changes: int
    outages: int
    outage_s: float
    rate_mean_bps: float | None
    delay_mean_s: float


class LinkResult(Entry):
    """One direction of one wire: *wire* names it (`access/3`), *link* its group.

    What was *asked* and *achieved* of a link that moves is what the topology says of it at rest.
    """

    wire: str
    link: str
    direction: Literal["up", "down"]
    asked: LinkAsked
    achieved: LinkAchieved | None = None
    within: bool = True
    problems: tuple[str, ...] = ()
    traffic: LinkTraffic | None = None
    movement: LinkMovement | None = None
