"""How a link changes over time: the state of both directions, and the instants it changes at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise

from edge_aibench.errors import InternalError
from edge_aibench.model.experiment import slower
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.trace_table import TraceColumns, TraceTable


@dataclass(frozen=True)
class LinkState:
    """Both directions of a link at one instant."""

    up: LinkDirection
    down: LinkDirection


@dataclass(frozen=True)
class LinkTrace:
    """From *instants_s* [i] on, up to the next instant, the link is in *states* [i].

    The first instant is 0, the others rise. After *period_s* the trace begins again; with None
    the last state stays.
    """

    instants_s: tuple[float, ...]
    states: tuple[LinkState, ...]
    period_s: float | None = None

    def __post_init__(self) -> None:
        if not self.instants_s or len(self.instants_s) != len(self.states):
            raise InternalError("a trace needs one state for each instant")
        if self.instants_s[0] != 0 or any(b <= a for a, b in pairwise(self.instants_s)):
            raise InternalError("the instants of a trace begin at 0 and rise")
        if self.period_s is not None and self.period_s <= self.instants_s[-1]:
            raise InternalError("a trace repeats after its last instant")

    def state_at(self, instant_s: float) -> LinkState:
        """The state at *instant_s*, which is at least 0."""
        if instant_s < 0:
            raise InternalError(f"a trace has no state before it begins, at {instant_s} s")
        if self.period_s is not None:
            instant_s %= self.period_s
        return self.states[bisect_right(self.instants_s, instant_s) - 1]

    def changes(self, start_s: float, end_s: float) -> Iterator[tuple[float, LinkState]]:
        """The state at *start_s*, then each other one with its instant, up to *end_s* (excluded).

        A state equal to the one before it is no change.
        """
        before = self.state_at(start_s)
        yield start_s, before
        for instant_s, state in self._from(start_s):
            if instant_s >= end_s:
                return
            if instant_s > start_s and state != before:
                yield instant_s, state
                before = state

    def _from(self, start_s: float) -> Iterator[tuple[float, LinkState]]:
        if self.period_s is None:
            yield from zip(self.instants_s, self.states, strict=True)
            return
        for number in count(int(start_s // self.period_s)):
            for instant_s, state in zip(self.instants_s, self.states, strict=True):
                yield number * self.period_s + instant_s, state

    def begun_at(self, offset_s: float) -> LinkTrace:
        """The repeating trace that has run for *offset_s*, from 0 to its period, when it begins."""
        if self.period_s is None or not 0 <= offset_s < self.period_s:
            raise InternalError("only a repeating trace can begin within its period")
        rotated = [(0.0, self.state_at(offset_s))]
        for shift_s in (-offset_s, self.period_s - offset_s):
            for instant_s, state in zip(self.instants_s, self.states, strict=True):
                if rotated[-1][0] < instant_s + shift_s < self.period_s:
                    rotated.append((instant_s + shift_s, state))
        instants_s, states = zip(*rotated, strict=True)
        return LinkTrace(instants_s, states, self.period_s)

    def repeated_after(self, period_s: float) -> LinkTrace:
        """The trace cut at *period_s*, above 0, to begin again there."""
        kept = bisect_left(self.instants_s, period_s)
        return LinkTrace(self.instants_s[:kept], self.states[:kept], period_s)

    def dilated(self, dilation: float) -> LinkTrace:
        """The trace that runs *dilation* times slower, over a link that is as much slower."""
        if dilation == 1:
            return self
        made: dict[int, LinkState] = {}
        for state in self.states:
            if id(state) not in made:
                made[id(state)] = LinkState(
                    up=slower(state.up, dilation), down=slower(state.down, dilation)
                )
        return LinkTrace(
            instants_s=tuple(instant_s * dilation for instant_s in self.instants_s),
            states=tuple(made[id(state)] for state in self.states),
            period_s=None if self.period_s is None else self.period_s * dilation,
        )


def table_trace(table: TraceTable, *, up: LinkDirection, down: LinkDirection) -> LinkTrace:
    """What *table* makes of a link that is *up* and *down* in all that the table does not say."""
    ways = [
        _directions(columns, base, len(table.instants_s))
        for columns, base in ((table.up, up), (table.down, down))
    ]
    states = tuple(LinkState(up=u, down=d) for u, d in zip(*ways, strict=True))
    return LinkTrace(table.instants_s, states, table.period_s)


def _directions(columns: TraceColumns, base: LinkDirection, rows: int) -> list[LinkDirection]:
    said = {
        field: values
        for field in ("delay_s", "rate_bps", "loss", "outage")
        if (values := getattr(columns, field)) is not None
    }
    # The table was checked when it was read, and against the link when the link was made.
    return [
        base.model_copy(update={field: values[row] for field, values in said.items()})
        for row in range(rows)
    ]


def trace_table(trace: LinkTrace) -> TraceTable:
    """*trace* as a table that says everything but the jitter."""
    up, down = (
        TraceColumns(
            delay_s=tuple(d.delay_s for d in directions),
            rate_bps=tuple(d.rate_bps for d in directions),
            loss=tuple(d.loss for d in directions),
            outage=tuple(d.outage for d in directions),
        )
        for directions in ([s.up for s in trace.states], [s.down for s in trace.states])
    )
    return TraceTable(instants_s=trace.instants_s, up=up, down=down, period_s=trace.period_s)
