"""How busy the brokers of a run were: the processor time of their processes, over the load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from edge_aibench.emulate.kernel import cpu_time_s
from edge_aibench.record.load import Load

if TYPE_CHECKING:
    from edge_aibench.emulate.broker import Broker


@dataclass(frozen=True)
class BrokerTimes:
    """Processor seconds that each broker has taken so far, by host; those that are gone lack."""

    by_host: dict[str, float]

    @classmethod
    def now(cls, brokers: Iterable[Broker]) -> Self:
        """Read them."""
        found = {broker.host: cpu_time_s(broker.pid) for broker in brokers}
        return cls({host: taken_s for host, taken_s in found.items() if taken_s is not None})

    def loads_until(self, later: Self, *, wall_s: float) -> tuple[Load, ...]:
        """The load of each broker between both readings, whose messages came within *wall_s*.

        mosquitto works on one message after the other, in one thread: its processor time is the
        time for which the others wait. The share of it is the same in virtual time.
        """
        return tuple(
            Load(
                kind="broker",
                name=f"broker of {host}",
                place=host,
                offered=(later.by_host[host] - before_s) / wall_s,
                carries=1.0,
            )
            for host, before_s in self.by_host.items()
            if host in later.by_host
        )
