"""What the measured requests of a run handed over: also what never came or is on no path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.data import Sent
from edge_aibench.record.events import Kind
from edge_aibench.record.offered_load import wire_bits

if TYPE_CHECKING:
    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.record.assemble import Timeline
    from edge_aibench.record.event_table import EventTable


def sent_messages(
    plans: Sequence[ArrivalPlan], tables: Mapping[str, EventTable], timeline: Timeline
) -> dict[str, Sent]:
    """The messages of each output, by its name. *tables* holds the events by sensor.

    Of a run that was cut short, those of the requests that were due by then.
    """
    found: dict[str, Sent] = {}
    for plan in plans:
        scheduled_ns = np.concatenate([np.zeros(0, np.int64), *plan.instants_ns])
        counted = scheduled_ns >= plan.warmup_ns
        if timeline.cut_short:
            counted &= scheduled_ns < timeline.virtual(np.array([timeline.end_ns]))[0]
        for (kind, output, _), row in tables[plan.sensor].rows.items():
            sizes_bytes = row.size[row.there & counted]
            if kind == Kind.SENT and len(sizes_bytes):
                bits = float(wire_bits(sizes_bytes.astype(np.float64)).sum())
                found[output] = Sent(messages=len(sizes_bytes), bits=bits)
    return found
