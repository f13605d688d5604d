"""What a run asks of a link or of workers, beside what these can carry.

A queue whose offered load reaches what its server carries grows for as long as the load lasts
(Kleinrock, Queueing Systems, vol. 1, 1975, section 2.5): its latencies tell how long the run was,
and nothing about the system.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from edge_aibench.record.values import Entry
from edge_aibench.units import format_rate

NEAR = 0.8
"""Share from which on a queue is near its capacity. At 0.8 requests wait four service times on the
average before a worker with exponential times and arrivals (M/M/1), at 0.9 nine."""


class Load(Entry):
    """One direction of a link, the workers of a stage or host, or a broker: the fullest of a kind.

    *place* is that wire or host, `access/3`. *offered* and *carries* are bit/s on a link; else
    seconds of work that come in a second, and those that all workers do in a second.
    *own_stage* says that they serve one stage only. Where late requests are given up (*gives_up*)
    nothing grows without bound.
    """

    kind: Literal["link", "workers", "broker"]
    name: str
    place: str
    offered: float
    carries: float
    own_stage: bool = False
    gives_up: bool = False

    @property
    def share(self) -> float:
        """Offered as a share of what is carried."""
        return self.offered / self.carries

    @property
    def grows(self) -> bool:
        """Whether the queue grows without bound."""
        return self.share >= 1.0 and not self.gives_up

    @property
    def near(self) -> bool:
        """Whether the queue is bounded, but long runs are needed to see it settle."""
        return NEAR <= self.share < 1.0

    @property
    def title(self) -> str:
        """`link access up (access/3)`."""
        where = "" if self.place in self.name.split() else f" ({self.place})"
        return f"{self.name}{where}"

    @property
    def amounts(self) -> str:
        """`offered 62 Mbit/s, carries 50 Mbit/s`."""
        if self.kind == "link":
            return f"offered {format_rate(self.offered)}, carries {format_rate(self.carries)}"
        return f"offered {self.offered:.3g} s of work a second, carries {self.carries:.3g} s"

    @property
    def remedy(self) -> str:
        """What would help."""
        if self.kind == "link":
            link = self.name.split()[1]
            return f"fewer instances, a faster link (--link {link}=PRESET), less or rarer data"
        if self.kind == "broker":
            return "fewer instances, fewer or rarer messages"
        if self.own_stage:
            stage = self.name.split()[1]
            return (
                "fewer instances, faster hardware, more workers "
                f"(--set stages.{stage}.serving.workers=N), or batches (serving.max-batch)"
            )
        return "fewer instances, faster hardware, or workers of a stage's own (its 'serving')"


def fullest(loads: Iterable[Load]) -> Load | None:
    """The one with the largest share; None of none."""
    return max(loads, key=lambda load: load.share, default=None)


def growing(loads: Iterable[Load]) -> list[Load]:
    """Those that grow without bound, the worst first."""
    return sorted((load for load in loads if load.grows), key=lambda load: -load.share)


def fullest_of_each(loads: Iterable[Load]) -> tuple[Load, ...]:
    """For each name the fullest, in the order in which names first come."""
    found: dict[str, Load] = {}
    for load in loads:
        known = found.get(load.name)
        if known is None or load.share > known.share:
            found[load.name] = load
    return tuple(found.values())


def growth(load: Load) -> str:
    """What is said of a queue that grows."""
    return f"queue of {load.title} grows without bound: {load.amounts}"


def nearness(load: Load) -> str:
    """What is said of a queue near its capacity."""
    return (
        f"{load.title} is at {load.share:.0%} of its capacity ({load.amounts}): its queue settles "
        "slowly, so make the run long"
    )
