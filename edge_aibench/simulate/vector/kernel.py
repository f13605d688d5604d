"""The compiled engine: observations come in, messages go their way, hosts work, requests end.

Only what several feed out of order is an event: a wire that gathers, a broker, a worker. What
comes in order, or belongs to one instance alone, is worked out as soon as what comes before it is.
"""

# Compiled, a whole number is an int64 wherever it comes from; the types of numpy tell them apart.
# mypy: disable-error-code="no-any-return,assignment,arg-type,return-value"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.simulate.vector import layout as at
from edge_aibench.simulate.vector.compiled import compiled, inlined
from edge_aibench.simulate.vector.queue import (
    NOTHING,
    SLOT,
    TAIL,
    WHAT,
    WHEN,
    Queue,
    has_room,
    next_before,
    put,
    release,
)
from edge_aibench.simulate.vector.state import Arrived, Memory, Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

# Why the engine stops: no observations are left, or there is no room for something.
OUT_OF_ARRIVALS, NEEDS_EVENTS, NEEDS_SLOTS, FULL = range(4)

# Registers of a run: the next observation of the piece, free slots, and requests that are over.
NEXT, FREE_SLOTS, OVER = range(3)

# Never so many events come of one.
ROOM = 256


@compiled
def run(tables: Tables, memory: Memory, queue: Queue, arrived: Arrived, until_ns: float) -> int:
    """Go on until all of *arrived* have come and *until_ns* is reached, or room is wanting."""
    registers = memory.registers
    while True:
        if not has_room(queue, ROOM):
            return NEEDS_EVENTS
        if registers[OVER] + 1 >= len(memory.over):
            return FULL
        number = registers[NEXT]
        more = number < len(arrived.due_ns)
        limit_ns = np.float64(arrived.due_ns[number]) if more else until_ns
        event = next_before(queue, limit_ns)
        if event != NOTHING:
            _happen(tables, memory, queue, event)
        elif not more:
            return OUT_OF_ARRIVALS
        elif registers[FREE_SLOTS] == 0:
            return NEEDS_SLOTS
        else:
            _observe(tables, memory, queue, arrived, number)
            registers[NEXT] += 1


@inlined
def _observe(tables: Tables, memory: Memory, queue: Queue, arrived: Arrived, number: int) -> None:
    """An observation is due: it is sent off, and taken in by the stages of its own host."""
    memory.registers[FREE_SLOTS] -= 1
    slot = memory.free[memory.registers[FREE_SLOTS]]
    keys, sensor = memory.keys[slot], arrived.sensor[number]
    keys[at.INSTANCE], keys[at.SENSOR] = arrived.instance[number], sensor
    keys[at.SEQUENCE], keys[at.SEAT] = arrived.sequence[number], arrived.seat[number]
    keys[at.PLACE] = arrived.first_place + number
    for i in range(at.OPEN, len(keys)):
        keys[i] = 0
    for i in range(arrived.drawn.shape[1]):
        memory.drawn[slot, i] = arrived.drawn[number, i]
    for i in range(memory.noted.shape[1]):
        memory.noted[slot, i] = np.nan
    now_ns = np.float64(arrived.due_ns[number])
    memory.noted[slot, 0] = now_ns
    sending, local = tables.sensors[sensor, at.SENDING], tables.sensors[sensor, at.LOCAL]
    if sending >= 0:
        now_ns = _send(tables, memory, queue, slot, sending, now_ns, True)
    if local >= 0:
        _await(memory, queue, slot, 2 * local + 1, now_ns, now_ns)


@inlined
def _await(
    memory: Memory, queue: Queue, slot: int, what: int, when_ns: float, tail_ns: float
) -> None:
    put(queue, when_ns, tail_ns, slot, what)
    memory.keys[slot, at.OPEN] += 1


@inlined
def _send(
    tables: Tables,
    memory: Memory,
    queue: Queue,
    slot: int,
    sending: int,
    now_ns: float,
    spoke: bool,
) -> float:
    """Make a message ready from *now_ns* on; gives when its sender goes on."""
    row, times = tables.sendings[sending], tables.sending_times[sending]
    handed_ns = now_ns + _drawn(memory, slot, row[at.ENCODE], times[at.ENCODE_TIME])
    done_ns = handed_ns + _drawn(memory, slot, row[at.PUBLISH], times[at.PUBLISH_TIME])
    noted = memory.noted[slot]
    noted[row[at.SENT]], noted[row[at.SENT] + 1] = handed_ns, done_ns
    if not spoke:
        noted[row[at.SENT] + 2] = 1.0
    _await(memory, queue, slot, 2 * row[at.START] + spoke, handed_ns, handed_ns)
    return done_ns


@inlined
def _drawn(memory: Memory, slot: int, column: int, constant: float) -> float:
    return memory.drawn[slot, column] if column >= 0 else constant


@inlined
def _happen(tables: Tables, memory: Memory, queue: Queue, event: int) -> None:
    """An event: its message goes on, as one or, from a broker, as several."""
    slot, what = queue.events[event, SLOT], queue.events[event, WHAT]
    now_ns, tail_ns = queue.instants_ns[event, WHEN], queue.instants_ns[event, TAIL]
    release(queue, event)
    step, spoke = what >> 1, what & 1
    head_ns = out_ns = now_ns
    copy = last = 0
    while True:
        fork, at_ns = _go_on(tables, memory, queue, slot, step, spoke, now_ns, head_ns, tail_ns)
        if fork >= 0:
            out_ns, copy = at_ns, tables.steps[fork, at.FIRST]
            last = copy + tables.steps[fork, at.COUNT]
        if copy == last:
            break
        step, head_ns, tail_ns = tables.forks[copy], out_ns, out_ns
        copy += 1
    keys = memory.keys[slot]
    keys[at.OPEN] -= 1
    if keys[at.OPEN] == 0:
        _end(memory, slot)


@inlined
def _end(memory: Memory, slot: int) -> None:
    """Nothing of the request is under way any more."""
    registers = memory.registers
    over = registers[OVER]
    for i in range(memory.noted.shape[1]):
        memory.over[over, i] = memory.noted[slot, i]
    for i in range(memory.over_keys.shape[1]):
        memory.over_keys[over, i] = memory.keys[slot, i]
    registers[OVER] += 1
    memory.free[registers[FREE_SLOTS]] = slot
    registers[FREE_SLOTS] += 1


@inlined
def _go_on(  # noqa: PLR0913, PLR0917 - inlined: nothing is handed over
    tables: Tables,
    memory: Memory,
    queue: Queue,
    slot: int,
    step: int,
    spoke: int,
    now_ns: float,
    head_ns: float,
    tail_ns: float,
) -> tuple[int, float]:
    """Take a message as far as it goes at once; where it is to be copied, that step and when."""
    while True:
        row = tables.steps[step]
        if row[at.WAITS] and head_ns > now_ns:
            _await(memory, queue, slot, 2 * step + spoke, head_ns, tail_ns)
            return -1, head_ns
        operation = row[at.OP]
        if operation == at.CROSS:
            head_ns, tail_ns = _cross(tables, memory, slot, step, head_ns, tail_ns)
        elif operation == at.BROKER:
            head_ns = max(head_ns, memory.shared[row[at.STATION]])
            head_ns += tables.step_times[step, at.CONSTANT]
            memory.shared[row[at.STATION]] = tail_ns = head_ns
            if row[at.COUNT] > 1:
                return step, head_ns
        elif operation == at.HOST:
            _walk(tables, memory, queue, slot, row, head_ns, spoke)
            return -1, head_ns
        else:
            head_ns = _in_order(tables, memory, slot, step, tail_ns)
            tail_ns = head_ns
        step += 1


@inlined
def _cross(
    tables: Tables, memory: Memory, slot: int, step: int, head_ns: float, tail_ns: float
) -> tuple[float, float]:
    """Over a wire: sending occupies it, being under way does not."""
    row, times = tables.steps[step], tables.step_times[step]
    wire = memory.own[memory.keys[slot, at.SEAT]] if row[at.EACH] else memory.shared
    station = row[at.STATION]
    start_ns = max(head_ns, wire[station])
    sent_ns = start_ns + times[at.WHOLE]
    wire[station] = sent_ns
    sent_ns = max(sent_ns, tail_ns + times[at.FRAME])
    delay_ns = _drawn(memory, slot, row[at.DRAW], times[at.CONSTANT])
    arrived_ns = max(sent_ns + delay_ns, wire[station + 1])
    wire[station + 1] = arrived_ns
    return min(start_ns + times[at.FRAME] + delay_ns, arrived_ns), arrived_ns


@inlined
def _in_order(tables: Tables, memory: Memory, slot: int, step: int, tail_ns: float) -> float:
    """At the end of a connection, or at its receiver: never before an earlier message."""
    row = tables.steps[step]
    last = memory.own[memory.keys[slot, at.SEAT]] if row[at.EACH] else memory.shared
    now_ns = tail_ns + _drawn(memory, slot, row[at.DRAW], tables.step_times[step, at.CONSTANT])
    now_ns = max(now_ns, last[row[at.STATION]])
    last[row[at.STATION]] = now_ns
    if row[at.OP] == at.RECEIVE:
        memory.noted[slot, row[at.ROW]] = now_ns
    return now_ns


@inlined
def _walk(
    tables: Tables,
    memory: Memory,
    queue: Queue,
    slot: int,
    host: Integers,
    arrived_ns: float,
    spoke: int,
) -> None:
    """A host takes an output in, and does every stage that now has all it needs."""
    walk = tables.walks[host[at.FIRST]]
    worker = walk[at.WORKER]
    workers = memory.own[memory.keys[slot, at.SEAT]] if walk[at.WORKER_EACH] else memory.shared
    now_ns = max(arrived_ns, workers[worker]) if worker >= 0 else arrived_ns
    fresh = host[at.COUNT]
    spoken = fresh if spoke else 0
    for number in range(walk[at.FIRST_STAGE], walk[at.FIRST_STAGE] + walk[at.STAGES]):
        stage = tables.stages[number]
        if not stage[at.NEEDS] & fresh:
            continue
        site = at.MASKS + 2 * stage[at.SITE]
        keys = memory.keys[slot]
        keys[site] |= stage[at.NEEDS] & fresh
        keys[site + 1] |= stage[at.NEEDS] & spoken
        if stage[at.READY] >= 0:
            now_ns = _latest(memory, slot, stage, now_ns)
        if keys[site] == stage[at.NEEDS]:
            now_ns, result = _do(tables, memory, queue, slot, number, now_ns, keys[site + 1] != 0)
            if result > 0 or (result == 0 and stage[at.ANNOUNCES]):
                fresh |= stage[at.OUTPUT]
                spoken |= stage[at.OUTPUT] if result > 0 else 0
    if worker >= 0:
        workers[worker] = now_ns


@inlined
def _latest(memory: Memory, slot: int, stage: Integers, now_ns: float) -> float:
    """When the last need came, though they may be looked at in another order."""
    ready_ns = memory.noted[slot, stage[at.READY]]
    if not ready_ns > now_ns:
        ready_ns = now_ns
    memory.noted[slot, stage[at.READY]] = ready_ns
    return ready_ns


@inlined
def _do(
    tables: Tables,
    memory: Memory,
    queue: Queue,
    slot: int,
    number: int,
    now_ns: float,
    spoke: bool,
) -> tuple[float, int]:
    """Do a stage; when that is over, and whether it spoke (1), did not (0) or has yet to (-1)."""
    stage = tables.stages[number]
    noted = memory.noted[slot]
    if not spoke:
        if stage[at.ANNOUNCES]:
            noted[stage[at.SERVED]] = noted[stage[at.SERVED] + 1] = now_ns
        return _finish(tables, memory, queue, slot, number, now_ns, False, True), 0
    if stage[at.POOL] >= 0:
        _serve(tables, memory, queue, slot, number, now_ns)
        return now_ns, -1
    noted[stage[at.SERVED]] = now_ns
    now_ns += _drawn(memory, slot, stage[at.SERVICE], tables.stage_times[number, 0])
    noted[stage[at.SERVED] + 1] = now_ns
    passes = _passes(memory, slot, stage)
    return _finish(tables, memory, queue, slot, number, now_ns, passes, False), np.int64(passes)


@inlined
def _passes(memory: Memory, slot: int, stage: Integers) -> bool:
    column = stage[at.PASSES]
    return memory.drawn[slot, column] != 0.0 if column >= 0 else column == -1


@inlined
def _finish(
    tables: Tables,
    memory: Memory,
    queue: Queue,
    slot: int,
    number: int,
    now_ns: float,
    spoke: bool,
    skipped: bool,
) -> float:
    """Pass an output on, or the word that there is none; when that is done."""
    stage = tables.stages[number]
    if spoke or stage[at.ANNOUNCES]:
        if stage[at.SENDS] >= 0:
            return _send(tables, memory, queue, slot, stage[at.SENDS], now_ns, spoke)
    elif stage[at.ENDS] or (stage[at.SILENT_END] and skipped):
        memory.noted[slot, stage[at.FILTERED]] = now_ns
    return now_ns


@inlined
def _serve(
    tables: Tables, memory: Memory, queue: Queue, slot: int, number: int, now_ns: float
) -> None:
    """Hand a request to the stage's own workers, who take requests as they come."""
    stage = tables.stages[number]
    free = memory.own[memory.keys[slot, at.SEAT]] if stage[at.POOL_EACH] else memory.shared
    worker = stage[at.POOL]
    for other in range(stage[at.POOL] + 1, stage[at.POOL] + stage[at.SERVERS]):
        if free[other] < free[worker]:
            worker = other
    start_ns = max(now_ns, free[worker])
    noted = memory.noted[slot]
    if stage[at.DROPPED] >= 0 and start_ns > noted[0] + tables.deadline_ns:
        noted[stage[at.DROPPED]] = start_ns
        return
    end_ns = start_ns + _drawn(memory, slot, stage[at.SERVICE], tables.stage_times[number, 0])
    noted[stage[at.SERVED]], noted[stage[at.SERVED] + 1] = start_ns, end_ns
    spoke = _passes(memory, slot, stage)
    done_ns = _finish(tables, memory, queue, slot, number, end_ns, spoke, False)
    free[worker] = done_ns
    if spoke or stage[at.ANNOUNCES]:
        _await(memory, queue, slot, 2 * stage[at.BACK] + spoke, done_ns, done_ns)
