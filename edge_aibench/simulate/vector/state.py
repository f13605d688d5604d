"""What the compiled engine works on: its program, its memory, and observations that come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]


class Tables(NamedTuple):
    """The program (layout.py)."""

    steps: Integers
    step_times: Numbers
    forks: Integers
    walks: Integers
    stages: Integers
    stage_times: Numbers
    sendings: Integers
    sending_times: Numbers
    sensors: Integers
    deadline_ns: float


class Memory(NamedTuple):
    """What the engine remembers: stations, and requests under way, each in a slot.

    A row of *drawn* holds its draws, of *noted* its instants (NaN: not yet), of *keys* what
    layout.py says. *over* and *over_keys* take the last two of requests that are over.
    """

    shared: Numbers
    own: Numbers
    drawn: Numbers
    noted: Numbers
    keys: Integers
    free: Integers
    over: Numbers
    over_keys: Integers
    registers: Integers


class Arrived(NamedTuple):
    """Observations in order, what they draw, and the row of *own* that belongs to each."""

    due_ns: Integers
    sensor: Integers
    instance: Integers
    sequence: Integers
    seat: Integers
    drawn: Numbers
    first_place: int
