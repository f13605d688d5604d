"""The random numbers of many requests at once, one column for each thing that chance decides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench import rng
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.vector.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.simulate.plan import Carriage, SimulationPlan

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Column = Callable[[Draws, Integers, Integers], NDArray[np.float64] | NDArray[np.bool_]]

# numba takes a number of Python's that does not fit 63 bits for a float.
_FIRST_GAMMA = np.uint64(rng.FIRST_GAMMA)
_SECOND_GAMMA = np.uint64(rng.SECOND_GAMMA)
_MIX_1 = np.uint64(rng.MIX_1)
_MIX_2 = np.uint64(rng.MIX_2)


class CompiledDraws(Draws):
    """`Draws` whose uniform numbers come from machine code; they are the same to the bit."""

    def __init__(self, plan: SimulationPlan) -> None:
        super().__init__(plan)
        self._key_seed = plan.experiment.workload.seed

    def _uniforms(self, purpose: str, instances: Integers, sequences: Integers) -> Numbers:
        numbers = np.empty(len(instances))
        fill_uniforms(np.uint64(rng.key(self._key_seed, purpose)), instances, sequences, numbers)
        return numbers

    def recovery_ns(
        self, carriage: Carriage, output: str, instances: Integers, sequences: Integers
    ) -> Numbers:
        """As `Draws`, worked out for those messages alone of which something was lost."""
        if carriage.loss == 0.0:
            return super().recovery_ns(carriage, output, instances, sequences)
        hit = -math.expm1(self.frames(output) * math.log1p(-carriage.loss))
        lost = np.flatnonzero(
            self._uniforms(f"loss/{carriage.purpose}", instances, sequences) < hit
        )
        late_ns = np.zeros(len(instances))
        if len(lost):
            late_ns[lost] = super().recovery_ns(carriage, output, instances[lost], sequences[lost])
        return late_ns


@compiled
def fill_uniforms(
    key: np.uint64, instances: Integers, sequences: Integers, numbers: Numbers
) -> None:
    """`rng.uniforms`, written into *numbers*."""
    for i in range(len(instances)):
        state = np.uint64(instances[i]) * _FIRST_GAMMA + key
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
        state = state ^ (state >> np.uint64(31))
        state = state + (np.uint64(sequences[i]) + np.uint64(1)) * _SECOND_GAMMA
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
        state = state ^ (state >> np.uint64(31))
        numbers[i] = np.float64(state >> np.uint64(11)) * 2.0**-53


class _Watched(Draws):
    """Notes whether a draw needs chance or a place in a log at all."""

    drawn = False

    def _uniforms(self, purpose: str, instances: Integers, sequences: Integers) -> Numbers:
        self.drawn = True
        return super()._uniforms(purpose, instances, sequences)

    def _rows(self, sensor: str, instances: Integers, sequences: Integers) -> Integers:  # noqa: ARG002
        self.drawn = True
        return np.zeros(len(instances), np.int64)


class DrawColumns:
    """Columns that are added one by one; what is the same for all requests needs none."""

    def __init__(self, plan: SimulationPlan) -> None:
        self._plan = plan
        self._draws = CompiledDraws(plan)
        self._columns: list[Column] = []

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, column: Column) -> tuple[int, float]:
        """The number of the new column and 0, or -1 and what all requests draw."""
        watched = _Watched(self._plan)
        first = np.zeros(1, np.int64)
        constant = float(column(watched, first, first)[0])
        if not watched.drawn:
            return -1, constant
        self._columns.append(column)
        return len(self._columns) - 1, 0.0

    def fill(self, instances: Integers, sequences: Integers, rows: Numbers) -> None:
        """Write what these requests draw into *rows*, one row a request."""
        for number, column in enumerate(self._columns):
            rows[:, number] = column(self._draws, instances, sequences)
