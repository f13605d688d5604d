"""The events to come, in order of time: a calendar of days, and a heap for what is far off.

A calendar queue (Brown, Communications of the ACM 31, 1988) takes an event in and gives the next
one out in constant time, as long as few of them fall on one day.
"""

# Compiled, a whole number is an int64 wherever it comes from; the types of numpy tell them apart.
# mypy: disable-error-code="no-any-return,assignment,arg-type,return-value"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from edge_aibench.simulate.vector.compiled import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

DAYS = 1 << 17

# Columns of an event: the next one of its day or the next free place, its request, its step and
# whether it says something, and its rank among events of one instant.
_NEXT, SLOT, WHAT, _RANK = range(4)
COLUMNS = 4
# Columns of its instants: when it happens, and when the last of the message is there.
WHEN, TAIL = range(2)

# Registers: today's number, events in the calendar and in the heap, the first free place (-1: none)
# and how many are free, and the rank of the next event.
_TODAY, _IN_CALENDAR, _IN_HEAP, _FREE, _FREE_COUNT, _RANKS = range(6)
REGISTERS = 6

NOTHING = -1


class Queue(NamedTuple):
    """Events and where they stand; *per_ns* is days a nanosecond, in an array of one."""

    events: Integers
    instants_ns: Numbers
    days: NDArray[np.int32]
    heap: Integers
    registers: Integers
    per_ns: Numbers


def new_queue(capacity: int, day_ns: float) -> Queue:
    """A queue with room for *capacity* events."""
    queue = Queue(
        events=np.zeros((capacity, COLUMNS), np.int64),
        instants_ns=np.zeros((capacity, 2)),
        days=np.full(DAYS, NOTHING, np.int32),
        heap=np.zeros(capacity, np.int64),
        registers=np.zeros(REGISTERS, np.int64),
        per_ns=np.array([1.0 / day_ns]),
    )
    queue.events[:, _NEXT] = np.arange(1, capacity + 1)
    queue.events[-1, _NEXT] = NOTHING
    queue.registers[_FREE_COUNT] = capacity
    return queue


def grown(queue: Queue) -> Queue:
    """The same with room for twice as many events."""
    capacity = len(queue.events)
    larger = new_queue(2 * capacity, 1.0)
    larger.events[:capacity] = queue.events
    larger.instants_ns[:capacity] = queue.instants_ns
    larger.heap[:capacity] = queue.heap
    larger.days[:] = queue.days
    larger.per_ns[:] = queue.per_ns
    first_free = queue.registers[_FREE]
    larger.registers[:] = queue.registers
    larger.events[2 * capacity - 1, _NEXT] = first_free
    larger.registers[_FREE] = capacity
    larger.registers[_FREE_COUNT] += capacity
    return larger


@inlined
def has_room(queue: Queue, number: int) -> bool:
    """Whether *number* more events can be put in."""
    return queue.registers[_FREE_COUNT] >= number


@inlined
def put(queue: Queue, when_ns: float, tail_ns: float, slot: int, what: int) -> None:
    """Add an event that is not past."""
    registers = queue.registers
    event = registers[_FREE]
    registers[_FREE] = queue.events[event, _NEXT]
    registers[_FREE_COUNT] -= 1
    queue.instants_ns[event, WHEN] = when_ns
    queue.instants_ns[event, TAIL] = tail_ns
    queue.events[event, SLOT] = slot
    queue.events[event, WHAT] = what
    queue.events[event, _RANK] = registers[_RANKS]
    registers[_RANKS] += 1
    day = max(np.int64(when_ns * queue.per_ns[0]), registers[_TODAY])
    if day < registers[_TODAY] + DAYS:
        _enter(queue, event, day)
    else:
        _push(queue, event)


@inlined
def next_before(queue: Queue, limit_ns: float) -> int:
    """Take out the next event if it comes before *limit_ns*, else NOTHING."""
    registers = queue.registers
    if registers[_IN_HEAP] > 0:
        _move_near(queue)
    last = np.int64(min(limit_ns * queue.per_ns[0], 9e18))
    if registers[_IN_CALENDAR] == 0:
        registers[_TODAY] = _idle_until(queue, last)
        if registers[_IN_CALENDAR] == 0:
            return NOTHING
    day = registers[_TODAY]
    while day < last and queue.days[day % DAYS] == NOTHING:
        day += 1
    registers[_TODAY] = day
    return _first_of(queue, day, limit_ns)


@inlined
def release(queue: Queue, event: int) -> None:
    """Give the place of an event back."""
    queue.events[event, _NEXT] = queue.registers[_FREE]
    queue.registers[_FREE] = event
    queue.registers[_FREE_COUNT] += 1


@inlined
def _enter(queue: Queue, event: int, day: int) -> None:
    queue.events[event, _NEXT] = queue.days[day % DAYS]
    queue.days[day % DAYS] = np.int32(event)
    queue.registers[_IN_CALENDAR] += 1


@inlined
def _first_of(queue: Queue, day: int, limit_ns: float) -> int:
    """Take the earliest event of *day* out if it comes before *limit_ns*."""
    before, best, best_before = NOTHING, NOTHING, NOTHING
    event = np.int64(queue.days[day % DAYS])
    while event != NOTHING:
        if queue.instants_ns[event, WHEN] < limit_ns and (
            best == NOTHING or _earlier(queue, event, best)
        ):
            best, best_before = event, before
        before, event = event, queue.events[event, _NEXT]
    if best == NOTHING:
        return NOTHING
    if best_before == NOTHING:
        queue.days[day % DAYS] = np.int32(queue.events[best, _NEXT])
    else:
        queue.events[best_before, _NEXT] = queue.events[best, _NEXT]
    queue.registers[_IN_CALENDAR] -= 1
    return best


@inlined
def _idle_until(queue: Queue, last: int) -> int:
    """The day on which something may happen next, with what the heap has for it brought in."""
    registers = queue.registers
    if registers[_IN_HEAP] == 0:
        return max(registers[_TODAY], min(last, 1 << 62))
    day = np.int64(queue.instants_ns[queue.heap[0], WHEN] * queue.per_ns[0])
    registers[_TODAY] = max(registers[_TODAY], min(day, last))
    _move_near(queue)
    return registers[_TODAY]


@inlined
def _move_near(queue: Queue) -> None:
    """Enter into the calendar what has come near enough."""
    registers = queue.registers
    while registers[_IN_HEAP] > 0:
        day = np.int64(queue.instants_ns[queue.heap[0], WHEN] * queue.per_ns[0])
        if day >= registers[_TODAY] + DAYS:
            break
        _enter(queue, _pop(queue), max(day, registers[_TODAY]))


@inlined
def _earlier(queue: Queue, first: int, second: int) -> bool:
    first_ns, second_ns = queue.instants_ns[first, WHEN], queue.instants_ns[second, WHEN]
    if first_ns != second_ns:
        return first_ns < second_ns
    return queue.events[first, _RANK] < queue.events[second, _RANK]


@inlined
def _push(queue: Queue, event: int) -> None:
    heap, place = queue.heap, queue.registers[_IN_HEAP]
    queue.registers[_IN_HEAP] += 1
    while place > 0 and _earlier(queue, event, heap[(place - 1) // 2]):
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = event


@inlined
def _pop(queue: Queue) -> int:
    heap = queue.heap
    first = heap[0]
    queue.registers[_IN_HEAP] -= 1
    size = queue.registers[_IN_HEAP]
    event, place = heap[size], 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _earlier(queue, heap[child + 1], heap[child]):
            child += 1
        if not _earlier(queue, heap[child], event):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = event
    return first
