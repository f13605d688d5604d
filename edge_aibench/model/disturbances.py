"""What goes wrong, and what else is going on, while a simulated run lasts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_aibench.config.values import DataRate, DocumentValue, Duration, Size


class Fault(DocumentValue):
    """A node or link is out of order from *at_s* on, for *lasts_s* (None: until the end).

    *name* is a node (`edge`, `bedside-3`), all nodes of a group, a wire (`access/3`) or all wires
    of a link. A node that fails loses what its stages had taken in; what comes for it meanwhile is
    kept for it by its broker at QoS 1 and lost at QoS 0. A failed link loses packets, which TCP
    sends again.
    """

    kind: Literal["node", "link"]
    name: str = Field(min_length=1)
    at_s: Duration = Field(alias="at")
    lasts_s: Duration | None = Field(default=None, alias="lasts")


class BackgroundTraffic(DocumentValue):
    """Packets of others on every wire of *link*: a Poisson process with these mean rates."""

    link: str = Field(min_length=1)
    up_bps: DataRate = Field(default=0.0, alias="up")
    down_bps: DataRate = Field(default=0.0, alias="down")
    packet_bytes: Annotated[Size, Field(ge=1)] = Field(default=1500.0, alias="packet")


class Disturbances(DocumentValue):
    """All of it; nothing by default."""

    faults: tuple[Fault, ...] = ()
    background: tuple[BackgroundTraffic, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.faults or self.background)
