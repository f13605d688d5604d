"""The calendar gives events in the order of their instants, also those far off."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.simulate.vector.compiled import compiled
from edge_aibench.simulate.vector.queue import (
    DAYS,
    NOTHING,
    SLOT,
    Queue,
    grown,
    has_room,
    new_queue,
    next_before,
    put,
    release,
)


@compiled
def _put(queue: Queue, when_ns: float, slot: int) -> None:
    put(queue, when_ns, when_ns, slot, 0)


@compiled
def _take(queue: Queue, limit_ns: float) -> int:
    event = next_before(queue, limit_ns)
    if event == NOTHING:
        return NOTHING
    slot: int = queue.events[event, SLOT]
    release(queue, event)
    return slot


@compiled
def _room(queue: Queue, number: int) -> bool:
    return has_room(queue, number)


@pytest.mark.parametrize("day_ns", [1.0, 1e3, 1e9])
def test_events_come_in_order_between_others(day_ns: float) -> None:
    generator = np.random.default_rng(3)
    queue = new_queue(64, day_ns)
    waiting: list[tuple[float, int]] = []
    now_ns = 0.0
    for slot in range(400):
        if not _room(queue, 1):
            queue = grown(queue)
        # Some share an instant, some lie beyond the calendar's end.
        spread_ns = [0.0, 10.0, 1e4, 3.0 * DAYS * day_ns][slot % 4]
        when_ns = now_ns + float(np.round(generator.random() * spread_ns))
        _put(queue, when_ns, slot)
        waiting.append((when_ns, slot))
        if slot % 3 == 2:
            waiting.sort()
            now_ns, first = waiting.pop(0)
            assert _take(queue, np.inf) == first
    for _, slot in sorted(waiting):
        assert _take(queue, np.inf) == slot
    assert _take(queue, np.inf) == NOTHING


def test_what_comes_at_the_limit_or_later_stays() -> None:
    queue = new_queue(8, 5.0)
    _put(queue, 12.0, 1)
    assert _take(queue, 12.0) == NOTHING
    # What comes after a look ahead is not too late.
    _put(queue, 3.0, 2)
    assert [_take(queue, 12.5), _take(queue, 12.5)] == [2, 1]
