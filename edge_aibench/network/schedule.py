"""When each packet of one direction of a link leaves it: the semantics both engines share.

A packet of n bytes offered at instant t:

1. is lost with the direction's chance, independently of all others. Like in the kernel's
   netem, a lost packet takes no sending time;
2. otherwise waits until the packets before it have been sent: start = max(t, free). If that is
   more than *max_queue_s* away it is dropped (tail drop, counted apart from loss);
3. takes n * 8 / rate to send: free = start + n * 8 / rate;
4. arrives at free + delay, the delay drawn for it, but not before its predecessor: a direction
   keeps order, like the in-order delivery of a radio link (3GPP TS 38.322, RLC) and of a wire.

n is the length of the Ethernet frame without its check sum, which is what the kernel counts
too: a UDP payload of 1400 bytes makes a frame of 1442. Keeping order means that packets closer
together than the jitter arrive later on the average than the delay law alone says.

The queue holds one second by default. Deep queues are what cellular links have (Jiang, Wang,
Lee and Rhee, "Tackling bufferbloat in 3G/4G networks", IMC 2012, measured seconds), and a
simulation with unbounded queues then agrees with emulation until a link is far beyond its rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.network.law import link_law

if TYPE_CHECKING:
    import numpy as np

    from edge_aibench.model.link import LinkDirection

DEFAULT_MAX_QUEUE_S = 1.0

_BLOCK = 1024
"""Draws made at once: one vector call costs what two single draws cost."""


class PacketDraws:
    """Endless delays and losses of one direction, drawn in blocks.

    Losses and delays come from two streams spawned from *generator*, so that a change of the
    loss does not shift the delays.
    """

    def __init__(self, direction: LinkDirection, *, generator: np.random.Generator) -> None:
        self._delay_generator, self._loss_generator = generator.spawn(2)
        self.set(direction)

    def set(self, direction: LinkDirection) -> None:
        """Draw by another law from the next packet on."""
        self._law = link_law(direction)
        self._lossy = direction.loss > 0
        self._constant_ns = (
            round(direction.delay_s * NS_PER_S) if direction.jitter.law == "none" else None
        )
        self._delays_ns: list[int] = []
        self._losses: list[bool] = []

    def is_lost(self) -> bool:
        """Draw whether the next packet is lost."""
        if not self._lossy:
            return False
        if not self._losses:
            self._losses = self._law.sample_loss(self._loss_generator, _BLOCK).tolist()
        return self._losses.pop()

    def delay_ns(self) -> int:
        """Draw the delay of the next packet."""
        if self._constant_ns is not None:
            return self._constant_ns
        if not self._delays_ns:
            delays_s = self._law.sample_delay_s(self._delay_generator, _BLOCK)
            self._delays_ns = (delays_s * NS_PER_S).round().astype("int64").tolist()
        return self._delays_ns.pop()


class DirectionSchedule:
    """Decides for each packet of one direction when it is due, or that it never arrives.

    Keeps count: every packet offered was accepted, lost or dropped.
    """

    def __init__(
        self,
        direction: LinkDirection,
        *,
        generator: np.random.Generator,
        max_queue_s: float = DEFAULT_MAX_QUEUE_S,
    ) -> None:
        self._draws = PacketDraws(direction, generator=generator)
        self._max_queue_ns = max_queue_s * NS_PER_S
        self._ns_per_byte = _ns_per_byte(direction)
        # A float: whole nanoseconds would shift the rate by up to 1 % for small packets on
        # fast links. It holds instants of three months exactly enough (2**53 ns).
        self._free_ns = 0.0
        self._last_due_ns = 0
        self.accepted = 0
        self.lost = 0
        self.dropped = 0

    def set(self, direction: LinkDirection) -> None:
        """Change the law from the next packet on; what was accepted keeps its due instant."""
        self._draws.set(direction)
        self._ns_per_byte = _ns_per_byte(direction)

    def offer(self, now_ns: int, size_bytes: int) -> int | None:
        """Take a packet of *size_bytes* at instant *now_ns*; give its due instant in ns.

        None: the packet is lost or dropped. Instants must not run backwards by more than the
        reordering of their source; each is served in the order of the calls.
        """
        draws = self._draws
        if draws.is_lost():
            self.lost += 1
            return None
        start_ns = self._free_ns
        if start_ns < now_ns:
            start_ns = now_ns
        elif start_ns - now_ns > self._max_queue_ns:
            self.dropped += 1
            return None
        self._free_ns = free_ns = start_ns + size_bytes * self._ns_per_byte
        due_ns = int(free_ns) + draws.delay_ns()
        due_ns = max(due_ns, self._last_due_ns)
        self._last_due_ns = due_ns
        self.accepted += 1
        return due_ns


def _ns_per_byte(direction: LinkDirection) -> float:
    return 0.0 if direction.rate_bps is None else 8 * NS_PER_S / direction.rate_bps
