"""One direction of a link as arguments of `tc`, for the kernel's netem (man 8 tc-netem).

What the kernel makes of them follows from net/sched/sch_netem.c:

- Without a rate, jitter lets packets overtake; with one, a packet never leaves before its
  predecessor. So a rate is always given, an unlimited link's being so high that it does not show.
- A jitter is drawn from a table of 16-bit values in units of 1/8192 of it; without a table it is
  uniform. A table once given stays when a later change gives none, and so does a rate. So every
  law has its table, the uniform one too, and every change gives everything.
- `limit` counts packets, those under way included, and 1000, the default, is too few for most.
- An outage that loses packets is a loss of 100 %. There is none that holds them: a qdisc cannot
  be told to stop and go on, so a held outage is not rendered.
- `loss random` is independent from packet to packet; a lost packet takes no sending time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.errors import InternalError
from edge_aibench.network.law import link_law
from edge_aibench.network.schedule import DEFAULT_MAX_QUEUE_S

if TYPE_CHECKING:
    from edge_aibench.model.link import LinkDirection

_TABLE_VALUES = 4096
_TABLE_UNIT = 8192
_TABLE_LARGEST = 32767
_FRAME_BITS = 1514 * 8
_LEAST_LIMIT = 1000
_UNLIMITED_BPS = 100e9
"""Sends a full frame in 0.12 us."""
_UNLIMITED_QUEUE_BPS = 10e9
"""For the `limit` of a link without a rate: more than a virtual link carries."""


@dataclass(frozen=True)
class DelayTable:
    """A delay law as tc reads it from a file NAME.dist: 16-bit values, 8192 to one jitter."""

    name: str
    values: tuple[int, ...]

    def text(self) -> str:
        """The content of the file, eight values a line."""
        rows = (self.values[i : i + 8] for i in range(0, len(self.values), 8))
        return "\n".join(" ".join(map(str, row)) for row in rows) + "\n"


@dataclass(frozen=True)
class NetemArguments:
    """What to call: `tc` with *arguments*, and the *table* that must lie in TC_LIB_DIR first."""

    arguments: tuple[str, ...]
    table: DelayTable | None


def netem_arguments(
    interface: str, direction: LinkDirection, *, max_queue_s: float = DEFAULT_MAX_QUEUE_S
) -> NetemArguments:
    """Render *direction* for the outgoing side of *interface*; its outage must not be `held`."""
    if direction.outage == "held":
        raise InternalError("netem holds no packets: nothing renders a held outage")
    table, jitter_s = _delay_table(direction)
    arguments = ["qdisc", "replace", "dev", interface, "root", "netem"]
    arguments += ["limit", str(_limit(direction, max_queue_s))]
    arguments += ["delay", _microseconds(direction.delay_s)]
    if table is not None:
        arguments += [_microseconds(jitter_s), "distribution", table.name]
    loss = 1.0 if direction.outage == "lost" else direction.loss
    if loss > 0:
        arguments += ["loss", "random", f"{100 * loss:.9f}%"]
    rate_bps = _UNLIMITED_BPS if direction.rate_bps is None else direction.rate_bps
    arguments += ["rate", f"{round(rate_bps)}bit"]
    return NetemArguments(tuple(arguments), table)


def _delay_table(direction: LinkDirection) -> tuple[DelayTable | None, float]:
    """Give the table of the direction's law, and the jitter that goes with it.

    A table reaches four times the jitter given. A law with longer tails is written smaller and
    the jitter given larger, so that no tail is cut off.
    """
    if direction.jitter.law == "none":
        return None, 0.0
    law = link_law(direction)
    spread_s = direction.jitter.spread_s
    # The quantile in the middle of each of 4096 equal shares.
    shares = [(i + 0.5) / _TABLE_VALUES for i in range(_TABLE_VALUES)]
    deviations = [(law.delay_quantile_s(p) - direction.delay_s) / spread_s for p in shares]
    reach = max(abs(deviations[0]), abs(deviations[-1]))
    scale = max(1.0, reach * _TABLE_UNIT / _TABLE_LARGEST)
    values = tuple(round(d / scale * _TABLE_UNIT) for d in deviations)
    ratio = spread_s / direction.delay_s
    return DelayTable(f"{direction.jitter.law}-{ratio:.9f}", values), spread_s * scale


def _limit(direction: LinkDirection, max_queue_s: float) -> int:
    longest_s = link_law(direction).delay_quantile_s(0.9999)
    if direction.rate_bps is None:
        frames = longest_s * _UNLIMITED_QUEUE_BPS / _FRAME_BITS
    else:
        frames = (longest_s + max_queue_s) * direction.rate_bps / _FRAME_BITS
    return max(_LEAST_LIMIT, math.ceil(frames))


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.3f}us"
