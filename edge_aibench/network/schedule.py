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

An outage (`LinkDirection.outage`) begins with the `set` that asks for it and ends with the next
one:

- `lost`: every packet offered during it is lost. What was accepted before still arrives, as it
  does in the kernel's netem under a loss of 100 %.
- `held`: the direction's own time stands still. What has not arrived yet arrives later by exactly
  the length of the outage; what is offered during it is treated as if it had been offered at its
  beginning (so it waits, in order, behind what was there before, and the queue is full when it
  holds *max_queue_s* of sending) and arrives later by the length of the outage too.

Therefore `offer` answers in the direction's own time, which lies behind by the length of all held
outages so far, and `arrival_ns` turns that into an instant. Without held outages both are equal.

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
        self._interrupted = direction.outage != "none"
        self._losing = direction.outage == "lost"
        self._stopped_ns: int | None = 0 if direction.outage == "held" else None
        self.behind_ns = 0
        self.accepted = 0
        self.lost = 0
        self.dropped = 0

    @property
    def is_held(self) -> bool:
        """Whether a held outage is under way, so that nothing arrives."""
        return self._stopped_ns is not None

    def set(self, now_ns: int, direction: LinkDirection) -> None:
        """Change the law at instant *now_ns*, for the packets offered from then on.

        What was accepted before keeps its due time; a held outage under way ends, and one that
        *direction* asks for begins.
        """
        if self._stopped_ns is not None:
            # A source that reorders may still offer what came before the end: it starts no
            # earlier than the beginning of the outage in the direction's own time.
            self._free_ns = max(self._free_ns, self._stopped_ns - self.behind_ns)
            self.behind_ns += now_ns - self._stopped_ns
            self._stopped_ns = None
        if direction.outage == "held":
            self._stopped_ns = now_ns
        self._interrupted = direction.outage != "none"
        self._losing = direction.outage == "lost"
        self._draws.set(direction)
        self._ns_per_byte = _ns_per_byte(direction)

    def offer(self, now_ns: int, size_bytes: int) -> int | None:
        """Take a packet of *size_bytes* at instant *now_ns*; give when it is due, in ns.

        That is a time of the direction's own, *behind_ns* behind the clock: `arrival_ns` tells
        the instant. None: the packet is lost or dropped. Instants must not run backwards by more
        than the reordering of their source; each is served in the order of the calls.
        """
        draws = self._draws
        if self._interrupted:
            if self._losing:
                self.lost += 1
                return None
            if self._stopped_ns is not None:
                now_ns = min(now_ns, self._stopped_ns)
        if draws.is_lost():
            self.lost += 1
            return None
        now_ns -= self.behind_ns
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

    def arrival_ns(self, due_ns: int) -> int | None:
        """Instant at which what `offer` called due at *due_ns* arrives, as things stand.

        None: it is held, and only the `set` that ends the outage will tell. Whoever waits for
        the instant asks again when it has come: an outage may have begun in between.
        """
        instant_ns = due_ns + self.behind_ns
        if self._stopped_ns is not None and instant_ns > self._stopped_ns:
            return None
        return instant_ns


def _ns_per_byte(direction: LinkDirection) -> float:
    return 0.0 if direction.rate_bps is None else 8 * NS_PER_S / direction.rate_bps
