"""One direction of one wire: how messages occupy it, are under way on it, and are interrupted.

A message is given by two instants, when its first frame is there (head) and when its last one is
(tail), so that a long message is on its way over the next link while it still comes over this one.
Sending occupies the wire; being under way does not, and any number of messages are under way at
once. Messages keep their order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.network.law import LinkLaw, link_law

if TYPE_CHECKING:
    from edge_aibench.model.link import LinkDirection

Interval = tuple[float, float]
"""From an instant to another, in ns."""


class Wire:
    """A direction that stays as it is."""

    __slots__ = ("_last_ns", "free_ns", "ns_per_byte")

    def __init__(self, direction: LinkDirection) -> None:
        self.ns_per_byte = ns_per_byte(direction)
        self.free_ns = 0.0
        self._last_ns = 0.0

    def cross(
        self, head_ns: float, tail_ns: float, wire_bytes: float, frame_bytes: float, delay_ns: float
    ) -> tuple[float, float]:
        """Take a message in; when its head and its tail are at the other end.

        *delay_ns* is how long it is under way. Messages come in the order of their heads.
        """
        # Comparisons, not calls of max(): this is where a simulation spends its time.
        start_ns = head_ns if head_ns > self.free_ns else self.free_ns
        self.free_ns = sent_ns = start_ns + wire_bytes * self.ns_per_byte
        frame_ns = frame_bytes * self.ns_per_byte
        last_ns = tail_ns + frame_ns
        arrived_ns = (sent_ns if sent_ns > last_ns else last_ns) + delay_ns
        before_ns = self._last_ns
        self._last_ns = arrived_ns = arrived_ns if arrived_ns > before_ns else before_ns
        first_ns = start_ns + frame_ns + delay_ns
        return first_ns if first_ns < arrived_ns else arrived_ns, arrived_ns

    def occupy(self, now_ns: float, wire_bytes: float) -> None:
        """Send something that nobody waits for."""
        self.free_ns = max(self.free_ns, now_ns) + wire_bytes * self.ns_per_byte


@dataclass(frozen=True)
class Course:
    """What becomes of a wire over time: *states* from *instants_ns* on, and interruptions."""

    instants_ns: Sequence[float]
    states: Sequence[LinkDirection]
    lost: Sequence[Interval]
    held: Sequence[Interval]

    def state(self, now_ns: float) -> LinkDirection:
        """How the wire is at *now_ns*."""
        return self.states[max(0, bisect_right(self.instants_ns, now_ns) - 1)]


class MovingWire(Wire):
    """A direction that changes, is interrupted, or carries others' packets too.

    A message is sent at the rate, and is under way for the delay, of the instant at which its
    sending begins. What is held arrives later by the length of the outage.
    """

    __slots__ = ("_course", "_laws")

    def __init__(self, direction: LinkDirection, course: Course) -> None:
        super().__init__(direction)
        self._course = course
        self._laws: dict[int, LinkLaw] = {}

    def retry_ns(self, now_ns: float, timeout_ns: float) -> float | None:
        """When what is offered at *now_ns* gets through if not at once: TCP tries again after
        *timeout_ns*, then after twice as long, and so on. Infinite: never.
        """
        if not _within(self._course.lost, now_ns):
            return None
        wait_ns = timeout_ns
        instant_ns = now_ns
        while (outage := _within(self._course.lost, instant_ns)) is not None:
            if outage[1] == float("inf"):
                return outage[1]
            instant_ns += wait_ns
            wait_ns *= 2
        return instant_ns

    def cross(
        self, head_ns: float, tail_ns: float, wire_bytes: float, frame_bytes: float, share: float
    ) -> tuple[float, float]:
        """As for a wire that stays, with the delay at *share* of the law that holds then."""
        start_ns = max(self.free_ns, head_ns)
        if (outage := _within(self._course.held, start_ns)) is not None:
            start_ns = head_ns = outage[1]
            tail_ns = max(tail_ns, head_ns)
        state = self._course.state(start_ns)
        self.ns_per_byte = ns_per_byte(state)
        delay_ns = self._law(state).delay_quantile_s(share) * NS_PER_S
        head_out_ns, tail_out_ns = super().cross(
            head_ns, tail_ns, wire_bytes, frame_bytes, delay_ns
        )
        for begin_ns, end_ns in self._course.held:
            if start_ns < begin_ns < tail_out_ns:
                tail_out_ns += end_ns - begin_ns
                head_out_ns = tail_out_ns
                if self.free_ns > begin_ns:
                    self.free_ns += end_ns - begin_ns
        self._last_ns = max(self._last_ns, tail_out_ns)
        return head_out_ns, tail_out_ns

    def occupy(self, now_ns: float, wire_bytes: float) -> None:
        """Send something that nobody waits for."""
        self.ns_per_byte = ns_per_byte(self._course.state(now_ns))
        super().occupy(now_ns, wire_bytes)

    def _law(self, state: LinkDirection) -> LinkLaw:
        if id(state) not in self._laws:
            self._laws[id(state)] = link_law(state)
        return self._laws[id(state)]


def ns_per_byte(direction: LinkDirection) -> float:
    """How long a byte occupies the direction; 0 where it has no rate."""
    return 0.0 if direction.rate_bps is None else 8 * NS_PER_S / direction.rate_bps


def _within(intervals: Sequence[Interval], now_ns: float) -> Interval | None:
    return next((found for found in intervals if found[0] <= now_ns < found[1]), None)
